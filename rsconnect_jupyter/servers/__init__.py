"""Which servers are known and where their keys are kept."""
