"""A publish in the calling process: what was typed, and what is shown while it runs."""
