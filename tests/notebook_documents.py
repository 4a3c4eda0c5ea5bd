"""Notebooks that tests make."""

from __future__ import annotations

from typing import Any


def notebook_document(*cells: str, kernel: str = "python3", heading: str = "# Quarterly sales") -> dict[str, Any]:
    """Return a notebook with a heading and code cells, as nbformat 4.5 JSON."""
    made: list[dict[str, Any]] = [{"cell_type": "markdown", "id": "head", "metadata": {}, "source": heading}]
    made += [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    specification = {"name": kernel, "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": specification, "language_info": {"name": "python"}}
    return {"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
