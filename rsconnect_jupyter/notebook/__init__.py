"""A notebook as its author wrote it: cells, code, imports, paths and results."""
