"""What a notebook's running kernel says of itself: which packages it has installed, and which of them it has loaded.

The kernel evaluates one expression that needs the standard library only, in a namespace of its own: `probe.py`. Answers
are kept by this process, for the notebook and the kernel that gave them. The panel asks, over the connection to the
kernel that it has anyway, wherever the kernel runs; code that runs in the kernel itself asks directly.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from ..models import Distribution, KernelEnvironment

PROBE = Path(__file__).with_name("probe.py")

NAME = "packages"
"""Key of the expression in the request."""

LONGEST_ANSWER = 4_000_000
"""Characters; a kernel with a thousand packages says two million."""

_answers: dict[Path, KernelEnvironment] = {}


def question() -> dict[str, Any]:
    """Return the content of an ``execute_request`` that asks: nothing is run or stored, one expression is evaluated."""
    source = PROBE.read_text(encoding="utf-8")
    names = "{'__name__': 'rsconnect_probe'}"
    expression = f"(lambda names: (exec({source!r}, names), names['kernel_report']())[1])({names})"
    return {
        "code": "",
        "silent": True,
        "store_history": False,
        "allow_stdin": False,
        "user_expressions": {NAME: expression},
    }


def answer_of(reply: Mapping[str, Any], *, kernel: str) -> KernelEnvironment | None:
    """Return what an ``execute_reply`` says; None when it is no answer to `question`.

    Args:
        reply: Its content.
        kernel: Name of the kernelspec.
    """
    try:
        text = ast.literal_eval(reply["user_expressions"][NAME]["data"]["text/plain"])
        answer = json.loads(text) if len(text) <= LONGEST_ANSWER else None
        return environment_of(answer, kernel=kernel, display_name=kernel)
    except (KeyError, TypeError, ValueError, AttributeError, SyntaxError, RecursionError, MemoryError):
        return None


def environment_of(answer: Any, *, kernel: str, display_name: str) -> KernelEnvironment:
    """Return what a kernel or its interpreter has answered.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: the answer is not the probe's.
    """
    distributions = tuple(
        Distribution(**{**each, "requires": tuple(each["requires"]), "optional": tuple(each["optional"])})
        for each in answer["distributions"]
    )
    return KernelEnvironment(
        kernel=kernel,
        display_name=display_name,
        language="python",
        interpreter=str(answer["executable"]),
        version=str(answer["version"]),
        pip_version=next((each.version for each in distributions if each.name.lower() == "pip"), ""),
        distributions=distributions,
        modules={name: tuple(owners) for name, owners in answer["modules"].items()},
        loaded=tuple(map(str, answer["loaded"])) if "loaded" in answer else None,
    )


def keep_answer(notebook: Path, answer: KernelEnvironment) -> None:
    """Keep what the kernel of a notebook said; it is the answer until the next one."""
    _answers[notebook.absolute()] = answer


def kept_answer(notebook: Path) -> KernelEnvironment | None:
    """Return what a notebook's kernel said when it was asked."""
    return _answers.get(notebook.absolute())


def with_answer(environment: KernelEnvironment, answer: KernelEnvironment) -> KernelEnvironment:
    """Return what was read of a kernel's environment, with what the running one has loaded.

    Where the running kernel uses another interpreter than its kernelspec names, it is the one to believe. Pure.
    """
    if (answer.interpreter, answer.version) == (environment.interpreter, environment.version):
        return replace(environment, loaded=answer.loaded)
    return replace(answer, display_name=environment.display_name)
