"""A rehearsal: install and run a bundle in a clean environment on this machine, and say what a server would."""
