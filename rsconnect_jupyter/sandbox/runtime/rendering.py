"""Documents are rendered as Connect does it: notebooks by nbconvert, others by Quarto."""

from __future__ import annotations

from ...runner.environments import kernel_folder
from ...runner.notebooks import QUARTO_OPTIONS, nbconvert_command
from .build import Build, RenderFailed
from .environments import Environment, kernel_python
from .quarto import document_to_render


def render_notebook(build: Build, environment: Environment | None) -> None:
    """Run the notebook and write its page; raises `RenderFailed`."""
    job = build.start_job("build_jupyter")
    entrypoint = build.manifest["metadata"].get("entrypoint")
    if not entrypoint or not build.manifest.get("files"):
        # Connect hands nbconvert an empty file name here, and the task fails.
        job.write("[NbConvertApp] WARNING | pattern '' matched no files")
        job.end(255)
        raise RenderFailed(255)
    notebook = build.source / entrypoint
    python = kernel_python(build.runtime.store.folder, environment.name if environment else None)
    kernel_folder(build.folder / "jupyter", python, notebook)
    command = nbconvert_command(notebook.name, build.output, hide=build.manifest.get("jupyter") or {})
    build.run(job, command, cwd=notebook.parent, python=None)


def render_document(build: Build, environment: Environment | None) -> None:
    """Render a document with Quarto; raises `RenderFailed`."""
    job = build.start_job("build_report")
    document = document_to_render(build.manifest, build.source)
    if document is None:
        job.write("ERROR: The bundle has no document that Quarto can render.")
        job.end(1)
        raise RenderFailed(1)
    command = ["quarto", "render", document, *QUARTO_OPTIONS]
    build.run(job, command, cwd=build.source, python=environment.python if environment else None)
    page = (build.source / document).with_suffix(".html")
    if not page.is_file():
        job.write(f"ERROR: Quarto did not write {page.name}.")
        raise RenderFailed(1)
    page.rename(build.output / "index.html")
