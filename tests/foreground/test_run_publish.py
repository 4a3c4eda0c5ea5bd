"""A publish from a script or a cell: which notebook, who shows it, and how it is interrupted."""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from foreground.test_progress import event

import rsconnect_jupyter
from rsconnect_jupyter.errors import Cancelled, TargetError
from rsconnect_jupyter.foreground import run_publish
from rsconnect_jupyter.foreground.cell import CellProgress
from rsconnect_jupyter.foreground.terminal import TerminalProgress
from rsconnect_jupyter.models import Deployment, Event, PublishRequest, Secret, Server


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("shell", "stream", "kind"),
    [
        pytest.param(SimpleNamespace(kernel=1), Terminal(), CellProgress, id="kernel"),
        pytest.param(SimpleNamespace(), Terminal(), TerminalProgress, id="IPython in a terminal"),
        pytest.param(None, io.StringIO(), nullcontext, id="script"),
        pytest.param(None, None, nullcontext, id="without streams"),
    ],
)
def test_progress_is_shown_where_somebody_looks(
    shell: Any, stream: Any, kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(sys, "stderr", stream)
    assert isinstance(run_publish._watcher(), kind)


@pytest.mark.parametrize(("key", "hint"), [("published-by-others", "overwrite=True"), ("never-published", "")])
def test_a_refusal_names_the_argument_that_helps(
    key: str, hint: str, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(request: PublishRequest, **_options: Any) -> None:
        assert request.notebook == notebook
        raise TargetError.of(key, title="T", name="a.ipynb", server="s")

    monkeypatch.setenv("JPY_SESSION_NAME", str(notebook))
    monkeypatch.setattr(run_publish, "carry_out", refuse)
    with pytest.raises(TargetError) as caught:
        rsconnect_jupyter.publish(server=Server(name="s", url="https://connect.example.com", api_key=Secret("k")))
    assert (caught.value.code, hint in caught.value.hint) == (key, True)


@pytest.mark.parametrize(("step", "said"), [("inspect", "Nothing was created"), ("upload", "")])
def test_a_second_interrupt_aborts_and_the_first_one_while_only_reading(step: str, said: str) -> None:
    interrupted: list[int] = []

    def steps(should_stop: Callable[[], bool]) -> Generator[Event, None, Deployment]:
        yield event(step, "start")
        for number in range(2):
            interrupted.append(number)
            signal.raise_signal(signal.SIGINT)
            assert should_stop()
        raise AssertionError("the second interrupt was not heard")

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(Cancelled) as caught:
        run_publish.follow(steps)
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert len(interrupted) == (1 if step == "inspect" else 2)
    assert signal.getsignal(signal.SIGINT) is before
