"""Signing in from a terminal or a cell: which browser, what is opened, and tokens of a runner."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rsconnect_jupyter.errors import OptionError, RSConnectException, SignInError
from rsconnect_jupyter.foreground import sign_in
from rsconnect_jupyter.models import Secret
from rsconnect_jupyter.servers.registry import ServerRegistry
from rsconnect_jupyter.servers.store import ServerStore

PAGE = "https://connect.example.com/device"


def test_the_page_is_opened_and_time_runs_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = ServerStore(folder=tmp_path)
    store.add(name="kept", url="https://connect.example.com", api_key=Secret("k"))
    done: list[str] = []
    waits = iter([False, True])
    task = SimpleNamespace(
        prompt=SimpleNamespace(page=PAGE, user_code=""),
        wait=lambda _seconds: next(waits),
        cancel=lambda: done.append("cancelled"),
        server=None,
        error=None,
    )
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(sign_in, "is_remote", lambda _environ: False)
    monkeypatch.setattr(webbrowser, "open", done.append)
    monkeypatch.setattr(sign_in, "start_sign_in_again", lambda *_known, **_options: task)
    with pytest.raises(RSConnectException) as caught:
        sign_in.sign_in("kept", registry=ServerRegistry(store))
    assert (caught.value.code, done) == ("sign-in-timeout", [PAGE, "cancelled"])
    assert PAGE in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "browser", "tried"),
    [
        ("sign-in-not-offered/code", True, [True, False]),
        ("sign-in-not-offered/code", False, [True]),
        ("sign-in-timeout", True, [True]),
    ],
)
def test_a_browser_here_is_tried_when_no_other_can_be(
    key: str, browser: bool, tried: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []

    def start(remote: bool) -> Any:
        asked.append(remote)
        if remote:
            raise SignInError.of(key, details={"status": 404}, url=PAGE)
        return "task"

    monkeypatch.setattr(sign_in, "has_browser", lambda: browser)
    if tried[-1]:
        with pytest.raises(SignInError):
            sign_in.begin_for_any_browser(start)
    else:
        assert sign_in.begin_for_any_browser(start) == "task"  # type: ignore[comparison-overlap]
    assert asked == tried


@pytest.mark.parametrize("source", ["env:NO_TOKEN_HERE", "gone.jwt", "blank.jwt"])
def test_an_identity_token_that_is_not_there_is_an_option_s_fault(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blank.jwt").write_text(" \n")
    with pytest.raises(OptionError) as caught:
        sign_in.read_identity_token(source)
    assert source in f"{caught.value.message} {caught.value.hint}"
