"""A local, Connect-compatible server that really runs what is published to it."""
