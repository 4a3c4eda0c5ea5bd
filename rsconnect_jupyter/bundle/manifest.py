"""manifest.json: what the server reads first. Pure: no I/O, same arguments, same object.

Keys, their order and the rule for each are those of section 1 of the publish formats (rsconnect-python 1.32, Posit
Publisher 2.11): what is not set is absent, never null; paths are relative to the bundle's root; ``manifest.json`` never
lists itself.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from ..connect.app_modes import APP_MODES, FINISHED, QUARTO, SOURCE
from ..models import HideInput, Mode, PackageManager

MANIFEST = "manifest.json"


class PythonNeeds(msgspec.Struct, frozen=True, kw_only=True):
    """What the manifest says about Python.

    Attributes:
        version: Version of the notebook's interpreter, ``"3.11.7"``.
        package_file: Path of the requirements in the bundle.
        manager: What installs them; ``"auto"`` leaves it to the server.
        named: Manager the package file was made for (``"uv"`` for an exported ``uv.lock``) when the author chose none.
        versions: Manager's name -> its version, as far as known.
        requires: PEP 440 constraint for the server's Python, honoured by Connect 2025.03.0 and later.
    """

    version: str
    package_file: str = "requirements.txt"
    manager: PackageManager = "auto"
    named: str = "pip"
    versions: Mapping[str, str] | None = None
    requires: str | None = None


def make_manifest(
    mode: Mode,
    *,
    entrypoint: str,
    checksums: Mapping[str, str] | None = None,
    python: PythonNeeds | None = None,
    locale: str | None = None,
    quarto_version: str | None = None,
    hide_input: HideInput = "none",
    has_parameters: bool = False,
    image: str | None = None,
    manage_python: bool | None = None,
    manage_r: bool | None = None,
) -> dict[str, Any]:
    """Return the manifest of a bundle, its keys in writing order.

    Args:
        mode: What is published.
        entrypoint: Path of the notebook, or of the HTML page for ``static``; ``""`` for several Voilà notebooks.
        checksums: Path in the bundle -> lower-case hex MD5; leave out for a draft (see `with_checksums`).
        python: None for kernels that are not Python; ignored for ``static``, which needs no Python.
        locale: ``"en_US.UTF-8"`` when known; source modes only.
        quarto_version: None leaves the whole ``quarto`` block out, which lets the server choose.
        hide_input: Taken for ``jupyter-static`` only: elsewhere the flags have no effect on the server.
        has_parameters: True for a notebook with a papermill ``parameters`` cell; reports only.
        image: Container image for off-host execution.
        manage_python: False stops the server from installing Python packages; None is the server's default.
        manage_r: The same for R.
    """
    if APP_MODES[mode].is_page:
        return _static_manifest(entrypoint, checksums or {})
    manifest: dict[str, Any] = {"version": 1}
    if locale:
        manifest["locale"] = locale
    manifest["metadata"] = {"appmode": mode, "entrypoint": entrypoint}
    if has_parameters and APP_MODES[mode].is_report:
        manifest["metadata"]["has_parameters"] = True
    if mode == QUARTO and quarto_version:
        manifest["quarto"] = {"version": quarto_version, "engines": ["jupyter"]}
    if python:
        manifest["python"] = _python_block(python)
    environment = _environment_block(python, image=image, manage_python=manage_python, manage_r=manage_r)
    if environment:
        manifest["environment"] = environment
    manifest["files"] = _files_block(checksums or {})
    if mode == SOURCE and hide_input in ("all", "tagged"):
        manifest["jupyter"] = {"hide_all_input": True} if hide_input == "all" else {"hide_tagged_input": True}
    return manifest


def with_checksums(manifest: Mapping[str, Any], checksums: Mapping[str, str]) -> dict[str, Any]:
    """Return the manifest with these files (path -> hex MD5) in place of its own; key order is kept."""
    return {key: _files_block(checksums) if key == "files" else value for key, value in manifest.items()}


def manifest_bytes(manifest: Mapping[str, Any]) -> bytes:
    """Return the manifest as it stands in the bundle: UTF-8, two spaces, no newline at the end.

    Its length depends on the files' names, not on their checksums, which all have 32 digits.
    """
    return json.dumps(manifest, indent=2, ensure_ascii=False).encode("utf-8")


def _static_manifest(page: str, checksums: Mapping[str, str]) -> dict[str, Any]:
    return {
        "version": 1,
        "metadata": {"appmode": FINISHED, "primary_html": page},
        "files": _files_block(checksums),
    }


def _python_block(python: PythonNeeds) -> dict[str, Any]:
    name = python.named if python.manager == "auto" else python.manager
    manager: dict[str, Any] = {"name": name}
    version = (python.versions or {}).get(name)
    if version:
        manager["version"] = version
    manager["package_file"] = python.package_file
    if python.manager != "auto":
        manager["allow_uv"] = python.manager == "uv"
    return {"version": python.version, "package_manager": manager}


def _environment_block(
    python: PythonNeeds | None, *, image: str | None, manage_python: bool | None, manage_r: bool | None
) -> dict[str, Any]:
    block: dict[str, Any] = {}
    if python and python.requires:
        block["python"] = {"requires": python.requires}
    if image:
        block["image"] = image
    switches = {"python": manage_python, "r": manage_r}
    management = {language: switch for language, switch in switches.items() if switch is not None}
    if management:
        block["environment_management"] = management
    return block


def _files_block(checksums: Mapping[str, str]) -> dict[str, Any]:
    return {path: {"checksum": checksums[path]} for path in sorted(checksums) if path != MANIFEST}
