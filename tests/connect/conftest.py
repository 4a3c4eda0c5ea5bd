"""Sandboxes of both dialects that note what they were asked, and scripted servers."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from connect.wire import Script, scripted, static_bundle
from serving import Sandbox, running_sandbox


class Noted:
    """A sandbox that tells what it was asked."""

    def __init__(self, sandbox: Sandbox, dialect: str) -> None:
        self.sandbox, self.dialect = sandbox, dialect
        self.url, self.key = sandbox.url, sandbox.key

    def asked(self) -> list[dict[str, Any]]:
        with urllib.request.urlopen(f"{self.url}/__sandbox__/requests") as answer:
            found: list[dict[str, Any]] = json.load(answer)["requests"]
        return found

    def forget(self) -> None:
        self._order("DELETE", "requests")

    def break_with(self, *rules: dict[str, Any]) -> None:
        self._order("PUT", "faults", list(rules))

    def broken(self) -> int:
        """Return how many answers were broken by the rules in force."""
        with urllib.request.urlopen(f"{self.url}/__sandbox__/faults") as answer:
            return sum(each["applied"] for each in json.load(answer)["rules"])

    def _order(self, method: str, what: str, value: Any = None) -> None:
        data = json.dumps(value).encode() if value is not None else None
        order = urllib.request.Request(f"{self.url}/__sandbox__/{what}", data=data, method=method)
        urllib.request.urlopen(order).close()


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def v1_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    with running_sandbox(tmp_path_factory.mktemp("v1"), "--allow-faults") as running:
        yield Noted(running, "v1")


@pytest.fixture(scope="session")
def legacy_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noted]:
    with running_sandbox(tmp_path_factory.mktemp("legacy"), "--allow-faults", "--legacy-only") as running:
        yield Noted(running, "legacy")


@pytest.fixture(params=["v1", "legacy"])
def noted(request: pytest.FixtureRequest) -> Iterator[Noted]:
    """A sandbox of each dialect in turn."""
    running: Noted = request.getfixturevalue(f"{request.param}_sandbox")
    running.forget()
    yield running
    running.break_with()


@pytest.fixture
def script() -> Iterator[Script]:
    with scripted() as running:
        yield running


@pytest.fixture
def page_bundle(tmp_path: Path) -> tuple[Path, str]:
    """A small bundle of a finished page and its MD5."""
    path = tmp_path / "bundle.tar.gz"
    return path, static_bundle(path)
