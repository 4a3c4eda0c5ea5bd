"""The edge to Jupyter Server: REST handlers over the publishing core."""
