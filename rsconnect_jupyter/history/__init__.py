"""Where notebooks have been published before."""
