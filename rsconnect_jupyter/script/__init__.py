"""One publish from a script, a cell or a shell: what was typed, and what is shown."""
