"""The catalog of findings: what the checks report, how severe it is, and what one click can do about it."""

from __future__ import annotations

from typing import NamedTuple

from ..models.finding import Severity


class FindingText(NamedTuple):
    """One finding.

    Attributes:
        severity: ``error`` stops a publish, ``warning`` asks for a look, ``info`` informs, ``unknown`` says that a
            check could not be made.
        message: One sentence: what was found.
        hint: One sentence: what to do; may be empty.
        action: What one click does (``add-file``, ``set-mode`` …); empty when there is no fix.
        label: The text of the fix's button.
    """

    severity: Severity
    message: str
    hint: str = ""
    action: str = ""
    label: str = ""


_RUN_ALL = ("run-all", "Run all cells")
_AS_PAGE = ("set-mode", "Publish as finished document")
_FROM_IMPORTS = ("set-requirements", "Create them from the imports")
_ADD_PACKAGE = ("add-requirement", "Add {package}")

FINDINGS: dict[str, FindingText] = {
    "absolute-path": FindingText(
        "warning",
        "{path}, {use}, is a path that exists on this machine only.",
        "Use a path relative to the notebook, and add the file.",
    ),
    "asks-for-input": FindingText(
        "warning",
        "Cell {cell} waits for keyboard input.",
        "input() does not work on the server: use a variable or an environment variable.",
    ),
    "bad-file-name": FindingText(
        "warning", "Left out, because the names are not UTF-8: {paths}.", "Rename the files if the notebook needs them."
    ),
    "bokeh-inline": FindingText(
        "warning",
        "Cell {cell} loads Bokeh with inline resources, which “{mode}” may leave blank: the server's page has "
        "require.js, which keeps Bokeh's scripts from finding each other.",
        "Call output_notebook() without INLINE, or publish a finished document.",
    ),
    "bundle-large": FindingText(
        "warning", "The bundle is large: {size:.0f} MB before compression.", "The largest files: {largest}."
    ),
    "cell-not-parsed": FindingText(
        "info",
        "Cell {cell} is not valid Python.",
        "If it runs in your kernel, ignore this. Only its import lines were read.",
    ),
    "cells-not-run": FindingText(
        "warning",
        "{count} of {total} cells have not been run; the first is cell {cell}.",
        "Run all cells and save. {consequence}",
        *_RUN_ALL,
    ),
    "check-unfinished": FindingText(
        "unknown",
        "Not checked, because it takes too long: {part}.",
        "Publishing may fail for the same reason. Publish from a folder that contains only what the notebook needs.",
    ),
    "conda-environment-not-used": FindingText(
        "info",
        "{path} was found, but Connect installs packages with pip and cannot use it.",
        "The requirements are created from the imports. To choose them yourself, write a requirements.txt.",
    ),
    "data-folder-unwritable": FindingText(
        "error",
        "{folder} cannot be written ({reason}), so Jupyter cannot publish.",
        "Make the folder writable, or set JUPYTER_DATA_DIR to one that is and restart Jupyter. The command jupyter "
        "publish and the files for Git work without it.",
    ),
    "data-folder-unwritable/full": FindingText(
        "error",
        "The disk of {folder} is full, so Jupyter cannot publish.",
        "Free some disk space, or set JUPYTER_DATA_DIR to a folder on another disk and restart Jupyter. The command "
        "jupyter publish works without it.",
    ),
    "download-when-run": FindingText(
        "info",
        "{name} is downloaded from {host} when the code runs ({place}).",
        "The server must be able to connect to {host}.",
    ),
    "download-when-run/nltk": FindingText(
        "warning",
        "The code needs NLTK's data {name} ({place}), which no package contains.",
        "Download it in the notebook: nltk.download({name!r}).",
    ),
    "error-output": FindingText(
        "warning",
        "Cell {cell} failed with {error}.",
        "{consequence} Fix the cell, or tag it 'raises-exception' if the error is intended.",
    ),
    "file-missing": FindingText(
        "info", "{path}, {use}, does not exist.", "Correct the path if it is meant to be a file."
    ),
    "file-not-in-bundle": FindingText(
        "warning",
        "{path}, {use}, is not in the bundle.",
        "Add it if the notebook needs it on the server.",
        action="add-file",
        label="Add {path}",
    ),
    "file-not-in-bundle/many": FindingText(
        "warning",
        "The {count:,} files of {path}, {use}, are not in the bundle: there are too many to add automatically.",
        "Add the files that the notebook needs, or all of them.",
        action="add-file",
        label="Add {path}",
    ),
    "file-not-in-bundle/output": FindingText(
        "warning",
        "{path}, {use}, does not exist, so readers will not see it.",
        "Run the cell and save the notebook, or remove the output.",
    ),
    "file-not-served": FindingText(
        "warning",
        "Cell {cell} shows {path}, which the page of “{mode}” lacks: the server serves no other file of the content.",
        "Put the picture into the cell as an attachment (drag it there), or publish a finished document.",
    ),
    "file-not-served/link": FindingText(
        "warning",
        "Cell {cell} links to {path}, which readers cannot open: the server serves no other file of the content.",
        "Publish a finished document, or publish the file as content of its own and link to that.",
    ),
    "file-outside-folder": FindingText(
        "warning",
        "{path}, {use}, is outside the notebook's folder ({folder}), so it cannot be part of the bundle.",
        "Move it to the notebook's folder, or move the notebook to a folder that contains both.",
    ),
    "file-outside-folder/module": FindingText(
        "warning",
        "{module}, imported {place}, is in {path}, outside the notebook's folder ({folder}), so it cannot be part of "
        "the bundle.",
        "Move it to the notebook's folder, or move the notebook to a folder that contains both.",
    ),
    "frame-not-served": FindingText(
        "warning",
        "Cell {cell} shows {path} in a frame, which “{mode}” leaves empty: the server serves "
        "no other page of the content.",
        "Show the page's content with HTML(…) or IFrame(srcdoc=…), or publish a finished document.",
    ),
    "hash-missing": FindingText(
        "warning",
        "Some lines of {file} have hashes, so pip refuses all that have none: {lines}.",
        "Add their hashes, as 'pip-compile --generate-hashes' writes them, or remove all hashes.",
    ),
    "hide-input-no-effect": FindingText("info", "Hiding code has no effect in “{mode}”."),
    "hide-input-no-effect/folded": FindingText(
        "info", "Readers see all code: only a finished document shows code on request."
    ),
    "hide-input-no-effect/quarto": FindingText("info", "Quarto may ignore hidden code."),
    "import-not-in-requirements": FindingText(
        "warning",
        "{package} is imported, but {file} does not list it.",
        "Add {package} to the requirements, or create them from the imports.",
        *_ADD_PACKAGE,
    ),
    "import-not-installed": FindingText(
        "warning",
        "{module} is imported, but it is not installed for the notebook's kernel.",
        "Install it in the kernel's environment, or list its package in a requirements.txt.",
    ),
    "import-not-installed/colab": FindingText(
        "warning",
        "{module} is imported, but it is not installed for the notebook's kernel.",
        "It exists in Google Colab only: remove it from the notebook before publishing.",
    ),
    "install-in-cell": FindingText(
        "warning",
        "Cell {cell} installs packages ({packages}).",
        "Remove the line: the server installs the requirements before it runs the notebook.",
    ),
    "language-not-python": FindingText(
        "warning",
        "The notebook is in {language}: the server needs a kernel for it, and gets no list of packages.",
        "Publish it as a finished document if the server has no such kernel.",
        *_AS_PAGE,
    ),
    "link-followed": FindingText(
        "warning",
        "{path} is a link to {target}, outside the project. That file is in the bundle because you chose it by name.",
        "All collaborators of the content can download it.",
        action="remove-file",
        label="Leave {path} out",
    ),
    "link-leads-out": FindingText(
        "warning",
        "Left out, because these links are broken or point outside the project: {paths}.",
        "Replace them with copies if the notebook needs them, or add such a file by its exact name.",
    ),
    "local-version": FindingText(
        "warning",
        "{package} {version} is a local build ('+{label}'); the server installs {public}.",
        "If the build matters (another CUDA, a patch), list it and its index in a requirements.txt.",
    ),
    "local-version/lock": FindingText(
        "warning",
        "{file} locks {packages}; the server installs the same version from PyPI.",
        "If the build matters (another CUDA, a patch), list it and its index in a requirements.txt.",
    ),
    "local-version/requirements": FindingText(
        "warning",
        "{file} pins {packages}, which PyPI does not have.",
        "Add their index to the file (--extra-index-url), or remove the part after the '+'.",
    ),
    "locale-not-utf-8": FindingText(
        "warning",
        "Some names in the notebook's folder cannot be read: Python's locale is forced to {encoding}.",
        "Set LC_ALL=C.UTF-8, and remove PYTHONUTF8=0, where Jupyter or the command is started.",
    ),
    "maybe-missing": FindingText(
        "warning",
        "{package} is probably needed for {use}, but {file} does not list it.",
        "Add it if the notebook needs it on the server.",
        *_ADD_PACKAGE,
    ),
    "maybe-missing/driver": FindingText(
        "info",
        "The code connects to an address that only the running notebook knows ({use}); the requirements do not list "
        "{package}, which is installed for the kernel.",
        "Add it if the notebook uses it.",
        *_ADD_PACKAGE,
    ),
    "maybe-missing/loaded": FindingText(
        "info",
        "The running kernel has loaded packages that the requirements do not bring along: {packages}.",
        "Add them if the notebook needs them; some packages load others only because they are installed.",
        "add-requirement",
        "Add them",
    ),
    "maybe-missing/pickle": FindingText(
        "warning",
        "{use} holds objects of {package}, which the requirements do not list.",
        "Add it if the notebook loads the file.",
        *_ADD_PACKAGE,
    ),
    "mode-change": FindingText(
        "error",
        "“{title}” was published as “{old}”, and Connect does not allow changing it to “{new}”.",
        "Publish in the same mode as before, or as new content.",
        action="set-mode",
        label="Publish as “{old}”",
    ),
    "mode-change/other": FindingText(
        "error",
        "“{title}” was published as “{old}”, and Connect does not allow changing it to “{new}”.",
        "Publish as new content.",
        action="set-target",
        label="Publish as new content",
    ),
    "mode-needs-python": FindingText(
        "error",
        "A notebook in {language} cannot be published as “{mode}”.",
        "Publish it as a finished document, or as source code if the server has its kernel.",
        *_AS_PAGE,
    ),
    "mode-not-offered": FindingText(
        "error",
        "The server does not support {product}.",
        "Publish a finished document, or ask the server's administrator.",
        *_AS_PAGE,
    ),
    "mode-unknown": FindingText("unknown", "The server does not say whether it supports {product}."),
    "never-run": FindingText(
        "warning", "The notebook has not been run.", "Run all cells and save. {consequence}", *_RUN_ALL
    ),
    "no-such-file": FindingText(
        "error",
        "There is no file or folder {path} in the notebook's folder.",
        "Check the spelling, or remove it from the files.",
        action="remove-file",
        label="Remove {path}",
    ),
    "notebook-empty": FindingText("warning", "The notebook is empty.", "Readers would get an empty page."),
    "out-of-order": FindingText(
        "warning",
        "The cells were not run from top to bottom: cell {cell} ran before a cell above it.",
        "Restart the kernel and run all cells, to see what a run from top to bottom gives.",
        *_RUN_ALL,
    ),
    "output-not-shown": FindingText(
        "warning",
        "An output of cell {cell} can be displayed in Jupyter only ({type}).",
        "Display it as an image or as HTML, or tag the cell 'remove_output'.",
    ),
    "output-not-shown/data": FindingText(
        "warning",
        "Readers see the data of the output of cell {cell}, not what Jupyter draws from it ({type}).",
        "Display it as an image or as HTML, such as a map of folium.",
    ),
    "output-not-shown/pdf": FindingText(
        "info",
        "Readers whose browser cannot display the PDF file of cell {cell} get a link to download it ({type}).",
        "Display it as an image to show it to everyone.",
    ),
    "package-from-url": FindingText(
        "info",
        "{package} is installed from {host}, not from a package index.",
        "The server must be able to connect to {host}.",
    ),
    "package-from-url/login": FindingText(
        "warning",
        "{package} is installed from {host}, not from a package index. The user name and password in its URL were "
        "removed.",
        "The server must be able to connect to {host}.",
    ),
    "package-not-installable": FindingText(
        "warning",
        "{package} {version} is installed from a local source ({source}), which the server cannot install.",
        "Add its source code to the notebook's folder, or install it from a package index or Git.",
    ),
    "package-not-installable/file": FindingText(
        "warning",
        "{file} lists a local path ({line}), which the server cannot install; the line was left out.",
        "Add its source code to the files, or install it from a package index or Git.",
    ),
    "package-not-installable/find-links": FindingText(
        "warning",
        "{file} installs packages from the local folder {path}, which the server does not have; the line was left out.",
        "Publish the packages on a package index, or add their source code to the notebook's folder.",
    ),
    "package-not-installable/lock": FindingText(
        "warning",
        "{file} installs {package} from a local path, so the server cannot install it; it was left out.",
        "Add its source code to the notebook's folder, or install it from a package index or Git.",
    ),
    "package-not-installable/repository": FindingText(
        "warning",
        "{package} is installed from a repository on this machine, which the server cannot install.",
        "Install it from a repository that the server can connect to.",
    ),
    "packages-guessed": FindingText(
        "warning",
        "The requirements are the names of the imported modules, without versions.",
        "Check them: a package may have another name than its module.",
    ),
    "page-needs-network": FindingText(
        "info",
        "When it is opened, the page loads {needs}.",
        "Readers whose browser cannot connect to public servers do not see them.",
    ),
    "pair-newer": FindingText(
        "warning",
        "{text} is newer than {name}, which it is paired with; {name} is published as it is.",
        "Save the notebook in Jupyter, which shows the newer text, or run: jupytext --sync {name}",
    ),
    "pattern-without-match": FindingText(
        "warning",
        "No file matches {pattern}.",
        "Check the spelling, or remove it.",
        action="remove-file",
        label="Remove {pattern}",
    ),
    "pattern-without-match/excluded": FindingText(
        "warning",
        "No file matches {pattern}.",
        "Secrets, caches and environments never match a pattern.",
        action="remove-file",
        label="Remove {pattern}",
    ),
    "pattern-without-match/ignored": FindingText(
        "warning",
        "No file of {pattern} was added: a .gitignore or .rscignore file excludes all of them.",
        "Choose the files by name or by a pattern: that takes precedence over ignore files.",
        action="remove-file",
        label="Remove {pattern}",
    ),
    "project-file-not-used": FindingText(
        "info",
        "{path} lists its packages for {tool}, in a form that pip cannot read.",
        "The requirements are created from the imports. To choose them yourself, write a requirements.txt.",
    ),
    "published-before": FindingText(
        "info",
        "According to a file in this project, it was published to “{title}” by {owner}.",
        "If that is the content to update, choose it ({guid}). Otherwise, new content is created.",
        action="set-target",
        label="Update “{title}”",
    ),
    "python-assumed": FindingText(
        "warning",
        "The notebook does not say which Python last ran it; Python {version}, which runs Jupyter, is assumed.",
        "Run the notebook and save it, or write the version into a file .python-version beside it.",
    ),
    "python-constraint-impossible": FindingText(
        "warning",
        "{file} requires Python {constraint}, which no version satisfies.",
        "Use one version, or a range such as >=3.10,<3.13.",
    ),
    "python-constraint-unusable": FindingText(
        "info",
        "The Python version in {file} ({value!r}) is not a version that Connect understands.",
        "Use a version such as 3.11, or a range such as >=3.10,<3.13.",
    ),
    "python-not-offered": FindingText(
        "warning",
        "The notebook needs Python {wanted}, and the server has {offered}.",
        "The server may still choose another version. List the versions that work in a .python-version file in the "
        "notebook's folder.",
    ),
    "python-unknown": FindingText(
        "unknown", "The server does not say which Python versions it has.", "The notebook needs {wanted}."
    ),
    "quarto-version-unknown": FindingText(
        "warning",
        "Quarto is not installed on this machine and the server does not say which version it has, so the server "
        "chooses.",
        "Install Quarto on this machine, or publish the notebook as source code or as a finished document.",
    ),
    "record-not-usable": FindingText(
        "info",
        "{path}, which says where notebooks of this folder were published, cannot be used: {reason}.",
        "Publishing does not need it. Delete it if you do not know where it comes from.",
    ),
    "rehearsed-otherwise": FindingText("info", "Cell {number} printed {before} here and {after} in the rehearsal.", ""),
    "rehearsed-otherwise/long": FindingText("info", "Cell {number} printed something else in the rehearsal.", ""),
    "rehearsed-otherwise/nothing": FindingText("info", "Cell {number} printed nothing in the rehearsal.", ""),
    "rehearsed-otherwise/picture": FindingText(
        "info", "Cell {number} shows a picture here and none in the rehearsal.", ""
    ),
    "rehearsed-otherwise/table": FindingText(
        "info", "The table of cell {number} has {before} here and {after} in the rehearsal.", ""
    ),
    "rehearsed-version": FindingText("info", "{package} {here} here, {there} in the rehearsal.", ""),
    "requirement-malformed": FindingText(
        "warning",
        "{file} has lines that pip cannot read: {lines}.",
        "Write each line as name==version; the output of 'conda list' or 'pip list' is not a requirements file.",
    ),
    "requirement-malformed/added": FindingText(
        "warning",
        "The additional packages have lines that pip cannot read: {lines}. They were left out.",
        "Write each as a name, or as name==version.",
    ),
    "requirement-replaced": FindingText(
        "info",
        "{file} installs {package} from a file on this machine; {line} is sent instead.",
        "Write the line like this in the file to remove this note.",
    ),
    "requirements-empty": FindingText(
        "info", "{file} lists no dependencies.", "The requirements are created from the imports."
    ),
    "requirements-from-url": FindingText(
        "info", "{file} refers to {url}.", "The server must be able to connect to {host}."
    ),
    "requirements-unreadable/line": FindingText(
        "warning",
        "{file} refers to {path}, which {reason}; the line was left out.",
        "Correct the path, or copy the file to the project.",
    ),
    "requirements-unreadable/link": FindingText(
        "warning",
        "{path} was not used: it is a link to {target}, which is outside the project or looks like a secret.",
        "Replace the link with a copy of the file, or create the requirements from the imports.",
        *_FROM_IMPORTS,
    ),
    "reserved-name": FindingText(
        "warning",
        "{path} was left out: every bundle gets a generated file of that name.",
        "Rename the file if the notebook needs it.",
    ),
    "schedule-not-set": FindingText(
        "warning",
        "The notebook is published, but the schedule was not set: {reason}",
        "Set it in the dashboard: {dashboard}",
    ),
    "secret-file-included": FindingText(
        "warning",
        "{path} looks like a secret. It is in the bundle because you added it by name.",
        "All collaborators of the content can download it. Environment variables are safer.",
        action="remove-file",
        label="Leave {path} out",
    ),
    "secret-file-left-out": FindingText(
        "warning",
        "The notebook uses {path}. It was left out because its name looks like a secret.",
        "Set its values as environment variables of the content instead.",
        action="add-file",
        label="Add {path} nevertheless",
    ),
    "secret-file-left-out/link": FindingText(
        "warning",
        "The notebook uses {path}. It was left out because it is a link to {target}, which looks like a secret or is "
        "hidden.",
        "Check where the link comes from. Replace it with a copy if the notebook needs the file.",
        action="add-file",
        label="Add {path} nevertheless",
    ),
    "secret-file-left-out/pattern": FindingText(
        "info",
        "Left out of {pattern}, because the names look like secrets: {paths}.",
        "Add such a file by its exact name if it must be part of the bundle.",
    ),
    "secret-in-cell": FindingText("warning", "Cell {cell} seems to contain {kind}.", "{replace}"),
    "secret-in-file": FindingText("warning", "{path} seems to contain {kind}.", "{replace}"),
    "secret-in-output": FindingText(
        "warning", "The output of cell {cell} seems to show {kind}.", "Clear the output. {replace}"
    ),
    "secret-in-requirements": FindingText(
        "warning",
        "{file} has a user name and password in a URL ({url}).",
        "They would be sent with the bundle. Ask the server's administrator to configure the index instead.",
    ),
    "server-silent": FindingText("unknown", "{server} has not answered yet, so what it offers is not known."),
    "setting-refused": FindingText("warning", "{part} was not changed: {reason}", "{hint}"),
    "stale-output": FindingText(
        "warning", "The output of cell {cell} is from an earlier run.", "Run all cells and save.", *_RUN_ALL
    ),
    "thumbnail-of-draft": FindingText(
        "warning",
        "The thumbnail was not changed: it would show the draft to readers.",
        "Choose it when the draft is activated.",
    ),
    "title-too-long": FindingText(
        "error",
        "The title has {length} characters; Connect allows at most {most}.",
        "Enter a shorter title.",
        action="set-title",
        label="Shorten it",
    ),
    "title-too-short": FindingText(
        "error",
        "The title {title!r} is too short: Connect requires at least {fewest} characters.",
        "Enter a longer title.",
        action="set-title",
        label="Use {proposal!r}",
    ),
    "unsaved": FindingText(
        "warning",
        "The notebook has unsaved changes.",
        "Save it first: the file on disk is what is published.",
        action="save",
        label="Save",
    ),
    "variable-not-set": FindingText(
        "warning",
        "The code needs the environment variable {name} ({place}), which is not set for the content.",
        "Environment variables are not sent from this machine: set it with the environment variables of the publish.",
        action="set-variable",
        label="Set value",
    ),
    "variable-not-set/update": FindingText(
        "info",
        "The code needs the environment variable {name} ({place}).",
        "Environment variables are not sent from this machine: set it unless the content already has it.",
        action="set-variable",
        label="Set value",
    ),
    "version-unusual": FindingText(
        "warning",
        "{package} is installed in version {version!r}, which a package index cannot have.",
        "The server installs the newest version. To use another one, list it in a requirements.txt.",
    ),
    "widgets-without-kernel": FindingText(
        "warning",
        "Widgets are not interactive in “{mode}”: no kernel runs.",
        "Publish it as “{interactive}” (Voilà) if readers should use them.",
        action="set-mode",
        label="Publish as interactive app",
    ),
    "widgets-without-state": FindingText(
        "warning",
        "The widget of cell {cell} will not be displayed: its state is not saved in the notebook.",
        "Turn on 'Save Widget State Automatically' in the Settings menu, run all cells and save.",
        *_RUN_ALL,
    ),
    "windows-path": FindingText(
        "warning",
        "{path}, {use}, has backslashes, which work on Windows only.",
        "Use {forward}, which works everywhere.",
    ),
}
"""Key -> text, in alphabetical order."""
