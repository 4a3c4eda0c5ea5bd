"""Which command starts a notebook's kernel: the kernelspecs that Jupyter knows on this machine.

Format and places: https://jupyter-client.readthedocs.io/en/stable/kernels.html#kernel-specs. Read here rather than by
``jupyter_client``, whose import alone takes longer than the whole inspection may.
"""

from __future__ import annotations

import contextlib
import importlib.util
import inspect
import json
import os
import string
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from ..errors import KernelError
from ..translation import N_, _

NATIVE = "python3"
"""Name of the kernel that runs on Jupyter's own Python when ipykernel is installed there and no spec says otherwise."""

ELSEWHERE = {
    "JupyterLite": ("python", "pyodide", "pyolite"),
    "Google Colab": ("colab", "google-colab"),
    "Databricks": ("databricks", "python-databricks"),
    N_("a Spark cluster"): ("pysparkkernel", "pyspark", "synapse_pyspark"),
}
"""Product -> names that its notebooks give their Python kernel, which no other machine has."""


OWN_NAMES = ("python", f"python{sys.version_info[0]}", f"python{sys.version_info[0]}.{sys.version_info[1]}")
"""Commands for which jupyter_client takes the Python that runs Jupyter; any other is found on ``PATH``."""


class KernelSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A kernel as Jupyter would start it.

    Attributes:
        argv: Command, ``{connection_file}`` not yet filled in.
        env: Variables that are set on top of Jupyter's own.
        language: Lower case.
    """

    name: str
    display_name: str
    language: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = msgspec.field(default_factory=dict)


class KernelSpecs(Protocol):
    """What is used of a Jupyter server's own kernelspec manager (it may know more kernels than the folders hold)."""

    def get_kernel_spec(self, kernel_name: str) -> Any:
        """Return the spec of a name, with ``argv``, ``env``, ``language``, ``display_name``, ``resource_dir``."""


_managers: list[KernelSpecs] = []
_gateway: list[bool] = []


def also_ask(specs: KernelSpecs) -> None:
    """Ask a Jupyter server's kernelspec manager too, in this process, for names that no kernel folder has.

    Some managers know kernels without a folder: nb_conda_kernels names every conda environment. The one given last
    counts, as a process runs one Jupyter server. A manager that answers later is a gateway's.
    """
    _managers[:] = [specs]
    set_gateway(used=inspect.iscoroutinefunction(specs.get_kernel_spec))


def set_gateway(*, used: bool) -> None:
    """State whether the Jupyter server of this process takes its kernels from another machine, whatever their names."""
    _gateway[:] = [used]


def uses_gateway() -> bool:
    """Return True when the kernels of this process's Jupyter server run on another machine."""
    return any(_gateway)


def find_kernelspec(name: str, *, specs: KernelSpecs | None = None) -> KernelSpec:
    """Return the spec of a kernel by name.

    Args:
        name: As in the notebook; case does not matter.
        specs: Jupyter server's manager; without it the kernel folders are read, then who `also_ask` named is asked.

    Raises:
        KernelError: code ``kernel-not-installed``, ``kernel-elsewhere`` for one on another machine, or
            ``kernel-broken`` for an unreadable spec.
    """
    if specs is not None:
        return _from_manager(name, specs)
    if uses_gateway():
        raise _elsewhere(name)
    folder = _kernel_folders().get(name.lower())
    if folder is not None:
        return _read_spec(name, folder)
    if name.lower() == NATIVE and importlib.util.find_spec("ipykernel"):
        argv = (sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}")
        return KernelSpec(name=NATIVE, display_name="Python 3", language="python", argv=argv)
    if _managers:
        return _from_manager(name, _managers[0])
    raise _not_installed(name)


def spec_of_manager(name: str) -> dict[str, Any] | None:
    """Return what the manager that `also_ask` named knows of a kernel, as plain data; None when it knows none."""
    try:
        found = _from_manager(name, _managers[0]) if _managers else None
    except KernelError:
        return None
    if found is None:
        return None
    return {
        "display_name": found.display_name,
        "language": found.language,
        "argv": [*found.argv],
        "env": dict(found.env),
    }


def kernel_names() -> tuple[str, ...]:
    """Return the names of the kernels that Jupyter's folders hold, sorted."""
    return tuple(sorted(_kernel_folders()))


def _not_installed(name: str) -> KernelError:
    known = ", ".join(kernel_names()) or "none"
    data: dict[str, Any] = {"kernel": name, "installed": list(kernel_names())}
    other = _python_kernel()
    if other is not None:
        data["fix"] = {
            "action": "set-kernel",
            "label": _("Use the kernel {display_name}").format(display_name=other.display_name),
            "value": other.name,
        }
    product = next((product for product, names in ELSEWHERE.items() if name.lower() in names), None)
    if product is not None:
        return KernelError.of(
            "kernel-not-installed/elsewhere", data=data, kernel=name, product=_(product), installed=known
        )
    return KernelError.of("kernel-not-installed", data=data, kernel=name, installed=known)


def _elsewhere(name: str) -> KernelError:
    return KernelError.of("kernel-elsewhere", data={"kernel": name}, kernel=name)


def _python_kernel() -> KernelSpec | None:
    """Return an installed kernel that can take the place of another Python kernel: Jupyter's own, else the first."""
    for name in sorted(kernel_names(), key=lambda each: each != NATIVE):
        with contextlib.suppress(KernelError):
            spec = find_kernelspec(name)
            if spec.language == "python":
                return spec
    return None


def _from_manager(name: str, specs: KernelSpecs) -> KernelSpec:
    try:
        found = specs.get_kernel_spec(name)
    except KeyError as exc:  # jupyter_client's NoSuchKernel is a KeyError
        raise _not_installed(name) from exc
    if not hasattr(found, "argv"):  # a gateway's manager, which answers later
        if hasattr(found, "close"):
            found.close()
        raise _elsewhere(name)
    answer = {each: getattr(found, each, None) for each in ("display_name", "language", "argv", "env", "metadata")}
    return _spec(name, answer, Path(getattr(found, "resource_dir", "") or "."))


def _kernel_folders() -> dict[str, Path]:
    from jupyter_core.paths import jupyter_path  # noqa: PLC0415 - only when a kernel is asked for

    found: dict[str, Path] = {}
    for place in (*jupyter_path("kernels"), str(Path.home() / ".ipython" / "kernels")):
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            folder = Path(entry.path)
            if (folder / "kernel.json").is_file():
                found.setdefault(entry.name.lower(), folder)
    return found


def _read_spec(name: str, folder: Path) -> KernelSpec:
    try:
        answer = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise _broken_spec(name, _("its kernel.json cannot be read ({exc})").format(exc=exc)) from exc
    if not isinstance(answer, dict):
        raise _broken_spec(name, _("its kernel.json is not an object"))
    return _spec(name, answer, folder)


def _broken_spec(name: str, why: str) -> KernelError:
    return KernelError.of("kernel-broken/spec", data={"kernel": name}, kernel=name, reason=why)


def _spec(name: str, answer: Mapping[str, Any], folder: Path) -> KernelSpec:
    argv, env = answer.get("argv"), answer.get("env") or {}
    language = str(answer.get("language") or "python").lower()
    if not isinstance(argv, list) or not all(isinstance(each, str) for each in argv) or not argv:
        raise _broken_spec(name, _("it has no command"))
    if _runs_elsewhere(answer.get("metadata")):
        raise _elsewhere(name)
    filled = [each.replace("{resource_dir}", str(folder)).replace("{prefix}", sys.prefix) for each in argv]
    if filled[0] in OWN_NAMES:
        filled[0] = sys.executable
    return KernelSpec(
        name=name,
        display_name=str(answer.get("display_name") or name),
        language=language,
        argv=tuple(filled),
        env={str(key): _with_variables(str(value)) for key, value in env.items()} if isinstance(env, dict) else {},
    )


def _runs_elsewhere(metadata: Any) -> bool:
    """Return True when a spec names a provisioner, or Enterprise Gateway's proxy, that starts kernels elsewhere."""
    if not isinstance(metadata, Mapping):
        return False
    provisioner = metadata.get("kernel_provisioner")
    name = provisioner.get("provisioner_name") if isinstance(provisioner, Mapping) else None
    return name not in (None, "local-provisioner") or "process_proxy" in metadata


def _with_variables(value: str) -> str:
    return string.Template(value).safe_substitute(os.environ)
