"""One publish: what it needs to know, the order of its steps, and what went wrong."""
