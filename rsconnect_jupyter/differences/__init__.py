"""What two versions of a notebook differ in. Pure; no I/O.

The alignment of cells, lines and words is the standard library's `difflib`. nbdime was measured and not taken: it
needs minutes for 300 cells that all differ, and its package adds buttons and routes of its own to every Jupyter.
"""
