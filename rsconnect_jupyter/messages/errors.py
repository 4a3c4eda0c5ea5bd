"""The catalog of errors: what happened, and what to do."""

from __future__ import annotations

from typing import NamedTuple


class ErrorText(NamedTuple):
    """One error: a sentence of what happened, and one of what to do (empty when there is nothing to do)."""

    message: str
    hint: str = ""


ERRORS: dict[str, ErrorText] = {
    "bad-file-name": ErrorText(
        "{path!r} cannot be the name of a file in the bundle: {reason}.", "Rename the file, or leave it out."
    ),
    "bundle-not-written": ErrorText(
        "Could not write the bundle {name}: {reason}.", "Free some disk space, or check the folder's permissions."
    ),
    "bundle-not-written/page": ErrorText(
        "Could not write the page: {reason}.",
        "Free some disk space, or check the permissions of the folder for temporary files.",
    ),
    "cancelled": ErrorText("The publish was cancelled."),
    "cancelled/bundling": ErrorText("Creating the bundle was cancelled.", "Nothing was sent to the server."),
    "cancelled/rendering": ErrorText("Rendering the page was cancelled.", "Nothing was sent to the server."),
    "cancelled/running": ErrorText("Running the notebook was cancelled.", "Nothing was sent to the server."),
    "cell-failed": ErrorText(
        "{place} failed: {error}", "Fix the cell and run the notebook, or publish its saved outputs without running it."
    ),
    "environment-unknown": ErrorText(
        "The packages installed for the kernel are not known, so they cannot be listed.",
        "Repair the kernel, or choose a requirements file.",
    ),
    "file-outside-project": ErrorText(
        "{path} is outside the notebook's folder ({folder}), so it cannot be part of the bundle.",
        "Copy the file to the notebook's folder, or move the notebook to a folder that contains both.",
    ),
    "file-outside-project/link": ErrorText(
        "{path} is a broken link, or a link to a file outside the project.", "Replace the link with a copy of the file."
    ),
    "file-unreadable": ErrorText(
        "Could not add {path} to the bundle: {reason}.", "Check the file, or leave it out of the bundle."
    ),
    "kernel-broken": ErrorText(
        "The interpreter of the kernel {kernel!r} {what}.",
        "Start this kernel in Jupyter to see the error. Repair its environment, or choose another kernel.",
    ),
    "kernel-broken/spec": ErrorText(
        "The kernel {kernel!r} is not installed correctly: {reason}.",
        "Install the kernel again with 'python -m ipykernel install' from its environment.",
    ),
    "kernel-broken/start": ErrorText(
        "The notebook's kernel does not start: {reason}.",
        "Start the kernel in Jupyter to see the error, or choose another kernel.",
    ),
    "kernel-died": ErrorText(
        "The kernel died while it ran the notebook.",
        "It was probably out of memory. Run the notebook in Jupyter to see what happens.",
    ),
    "kernel-interpreter-missing": ErrorText(
        "The kernel {kernel!r} starts {interpreter}, which does not exist on this machine.",
        "Its environment was moved or deleted: create it again, or choose another kernel and save the notebook.",
    ),
    "kernel-not-installed": ErrorText(
        "The notebook's kernel {kernel!r} is not installed on this machine (installed kernels: {installed}).",
        "Choose another kernel for the notebook and save it, or install this one with "
        "'python -m ipykernel install --user --name {kernel}' from its environment.",
    ),
    "kernel-not-installed/run": ErrorText(
        "The notebook's kernel {kernel!r} is not installed on this machine.",
        "Choose another kernel for the notebook and save it.",
    ),
    "kernel-timeout": ErrorText(
        "The interpreter of the kernel {kernel!r} did not answer within {seconds:g} seconds.",
        "Run '{command}' in a terminal to see what it waits for.",
    ),
    "not-a-notebook": ErrorText(
        "{name} is not a Jupyter notebook: {reason}.",
        "Open it in Jupyter and save it again, or choose a file that ends in .ipynb.",
    ),
    "notebook-missing": ErrorText("There is no notebook {name} in {folder}.", "Save the notebook, or check its path."),
    "notebook-not-json": ErrorText(
        "{name} is not valid JSON{place}, so Jupyter cannot open it.",
        "Look for merge conflict markers or an incomplete save, or restore an earlier version.",
    ),
    "notebook-too-new": ErrorText(
        "{name} is in notebook format {version}, which is newer than this version of rsconnect-jupyter supports.",
        "Update rsconnect-jupyter, or save the notebook in format 4.",
    ),
    "notebook-unreadable": ErrorText("{name} cannot be read: {reason}.", "Check the file and its permissions."),
    "notebook-unreadable/document": ErrorText(
        "{name} cannot be read as a notebook: {reason}.", "Open it in Jupyter and save it again."
    ),
    "output-invalid": ErrorText(
        "{place} made an output that the notebook format does not allow.",
        "Display it in another way, or publish the saved outputs without running the notebook.",
    ),
    "page-process-ended": ErrorText(
        "The process that renders the page ended (status {status}).",
        "It was probably out of memory: publish as source code, or with smaller outputs.",
    ),
    "render-failed": ErrorText(
        "The notebook cannot be rendered as a page: {reason}.",
        "Open it in Jupyter and save it again, or publish it as source code.",
    ),
    "requirements-missing": ErrorText(
        "There is no {name} in {folder}.",
        "Choose another requirements file, or create the requirements from the imports.",
    ),
    "requirements-outside": ErrorText(
        "The requirements file {path} is outside the project ({root}).",
        "Choose a file of the project, or copy it there.",
    ),
    "requirements-unreadable": ErrorText(
        "{name} cannot be used: {reason}.", "Correct the file, or create the requirements from the imports."
    ),
    "run-timed-out": ErrorText(
        "The notebook did not finish within {seconds:g} s.",
        "Allow more time, or run the notebook yourself and publish its saved outputs.",
    ),
    "task-failed/cell": ErrorText("The notebook failed on the server{place}.", "See the log for the error."),
    "task-failed/cell-error": ErrorText("The notebook failed on the server{place}: {error}"),
    "task-failed/environment-variable": ErrorText(
        "{failure}", "Set this environment variable for the content, then publish again."
    ),
    "task-failed/file-left-out": ErrorText(
        "{failure}", "{path} is in the notebook's folder but not in the bundle: add it and publish again."
    ),
    "task-failed/file-missing": ErrorText(
        "{failure}", "Put the file in the notebook's folder and add it to the files, then publish again."
    ),
    "task-failed/input": ErrorText(
        "{failure}", "input() does not work on the server: remove it, or use an environment variable."
    ),
    "task-failed/install": ErrorText(
        "The server could not install the packages.",
        "The log names the package: choose another version of it, or install the libraries it needs on the server.",
    ),
    "task-failed/kernel-died": ErrorText(
        "The notebook's process died on the server, probably out of memory.",
        "Use less memory, or ask the server's administrator for more.",
    ),
    "task-failed/kernel-missing": ErrorText(
        "The server has no kernel of the notebook's name.",
        "Choose the Python 3 kernel for the notebook and save it, then publish again.",
    ),
    "task-failed/local-path": ErrorText(
        "{failure}",
        "The path exists on this machine only: put the file in the notebook's folder, use a relative path and add the "
        "file.",
    ),
    "task-failed/memory": ErrorText("{failure}", "Use less memory, or ask the server's administrator for more."),
    "task-failed/package-missing": ErrorText(
        "{failure}", "The server did not install {package}: list it in a requirements.txt in the notebook's folder."
    ),
    "task-failed/package-not-in-file": ErrorText("{failure}", "Add {package} to {file}, then publish again."),
    "task-failed/package-unavailable": ErrorText(
        "The server cannot install {package}: its package index does not have it.",
        "Choose a version that the index has, or remove the package from the requirements.",
    ),
    "task-failed/package-version": ErrorText(
        "{failure}", "The server installed another version of a package: pin its version in the requirements."
    ),
    "task-failed/python-error": ErrorText(
        "{failure}", "Restart the kernel and run all cells, fix the error, then publish again."
    ),
    "task-failed/python-missing": ErrorText(
        "The server has no Python{version} to run the notebook.",
        "Use a kernel with a Python version that the server offers, or ask its administrator to install this one.",
    ),
    "task-failed/run-error": ErrorText("The run on the server failed: {error}"),
    "task-failed/timeout": ErrorText(
        "The notebook took too long on the server{place}.",
        "Shorten the work of the cell, or ask the server's administrator for a longer time limit.",
    ),
    "task-failed/unknown": ErrorText("The run on the server failed: {error}.", "See the log for details."),
    "too-many-files": ErrorText(
        "There are more than {most:,} files in {folder}.",
        "Choose smaller folders, or list what to leave out in a .rscignore file.",
    ),
}
"""Key -> text, in alphabetical order."""
