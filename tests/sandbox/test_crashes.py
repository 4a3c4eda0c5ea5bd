"""Power cuts: ``kill -9`` in the middle of an upload, of unpacking and of a run, twenty times."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from sandbox.publishing import Api, bundle, notebook, pack, site
from serving import start_sandbox

ROUNDS = ("upload", "unpack", "queue", "run") * 5
SLEEPER = "import subprocess, time\nsubprocess.Popen(['sleep', '1000'])\nopen({!r}, 'w').close()\ntime.sleep(1000)"


@pytest.mark.slow
def test_what_was_acknowledged_survives_and_nothing_half_made_is_seen(tmp_path: Path) -> None:
    data = tmp_path / "data"
    kept: dict[str, tuple[list[str], str | None]] = {}
    tasks: list[str] = []
    for number, moment in enumerate(ROUNDS):
        running = start_sandbox(data)
        api = Api(running.url, running.key)
        try:
            check_everything(api, kept, tasks)
            guid = api.create(name=f"round-{number}")["guid"]
            kept[guid] = ([], None)
            if number % 4 == 0:
                first = api.upload(guid, site(str(number)))
                kept[guid] = ([first], None)
                assert api.follow(api.deploy(guid, first))["code"] == 0
                kept[guid] = ([first], first)
            INTERRUPTED[moment](api, guid, kept, tasks, tmp_path / f"started-{number}")
        finally:
            running.kill()
    running = start_sandbox(data)
    try:
        check_everything(Api(running.url, running.key), kept, tasks)
        assert len(tasks) >= 10
    finally:
        assert running.stop() == 0


def during_upload(api: Api, guid: str, *_: object) -> None:
    """Leave a body half sent."""
    address = urlsplit(api.root)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.putrequest("POST", f"/__api__/v1/content/{guid}/bundles")
    connection.putheader("Authorization", str(api.session.headers["Authorization"]))
    connection.putheader("Content-Length", "9000000")
    connection.endheaders(os.urandom(3_000_000))
    api.json("GET", "v1/user")


def during_unpack(api: Api, guid: str, kept: dict[str, tuple[list[str], str | None]], *_: object) -> None:
    """Send a large archive whole, without waiting for the answer: it is being read when the cut comes."""
    archive = pack({f"{number}": os.urandom(1_000_000) for number in range(4)})
    answered: list[str] = []

    def send() -> None:
        with contextlib.suppress(OSError, AssertionError):
            answered.append(Api(api.root, str(api.session.headers["Authorization"])[4:]).upload(guid, archive))

    sender = threading.Thread(target=send)
    sender.start()
    while not answered and not any((Path(api_data(api)) / "incoming").iterdir()):
        pass
    api.json("GET", "v1/user")
    if answered:
        kept[guid] = (answered, None)


def in_the_queue(
    api: Api, guid: str, kept: dict[str, tuple[list[str], str | None]], tasks: list[str], *_: Path
) -> None:
    """Leave several deployments waiting."""
    uploaded = api.upload(guid, bundle("jupyter-static", {"a.ipynb": notebook("import time; time.sleep(1000)")}))
    kept[guid] = ([uploaded], None)
    tasks += [api.deploy(guid, uploaded) for _ in range(3)]


def during_run(
    api: Api, guid: str, kept: dict[str, tuple[list[str], str | None]], tasks: list[str], started: Path
) -> None:
    """Wait until a cell runs, which has started a process of its own."""
    uploaded = api.upload(guid, bundle("jupyter-static", {"a.ipynb": notebook(SLEEPER.format(str(started)))}))
    kept[guid] = ([uploaded], None)
    task = api.deploy(guid, uploaded)
    tasks.append(task)
    while not started.exists():
        assert not api.json("GET", f"v1/tasks/{task}", params={"wait": 1})["finished"]


INTERRUPTED: dict[str, Callable[..., None]] = {
    "upload": during_upload,
    "unpack": during_unpack,
    "queue": in_the_queue,
    "run": during_run,
}


def api_data(api: Api) -> str:
    """Return the data folder of a running sandbox: its command line says it."""
    port = urlsplit(api.root).port
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr[1] == port and connection.status == psutil.CONN_LISTEN:
            command = psutil.Process(connection.pid).cmdline()
            return command[command.index("--data") + 1]
    raise AssertionError("nobody listens")


def check_everything(api: Api, kept: dict[str, tuple[list[str], str | None]], tasks: list[str]) -> None:
    assert {each["guid"] for each in api.json("GET", "v1/content")} == set(kept)
    for guid, (bundles, active) in kept.items():
        listed = api.json("GET", f"v1/content/{guid}/bundles")
        assert {each["id"] for each in listed} >= set(bundles)
        for each in listed:
            archive = api.call("GET", f"v1/content/{guid}/bundles/{each['id']}/download")
            assert len(archive.content) == each["size"]
        assert api.json("GET", f"v1/content/{guid}")["bundle_id"] == active
        assert api.page(f"/content/{guid}/").status_code == (200 if active else 404)
    for task in tasks:
        state = api.json("GET", f"v1/tasks/{task}")
        assert state["finished"]
        assert state["code"] == 1
        assert "stopped" in state["error"]
        assert state["output"][-1] == state["error"]
    data = Path(api_data(api))
    assert list((data / "incoming").iterdir()) == []
    assert list((data / "runs").iterdir()) == []


@pytest.mark.slow
def test_nothing_of_a_run_outlives_the_sandbox(tmp_path: Path) -> None:
    started = tmp_path / "started"
    running = start_sandbox(tmp_path / "data")
    api = Api(running.url, running.key)
    during_run(api, api.create()["guid"], {}, [], started)
    family = psutil.Process(running.process.pid).children(recursive=True)
    assert any(each.name() == "sleep" for each in family)
    running.kill()
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked(tmp_path: Path, number: signal.Signals) -> None:
    running = start_sandbox(tmp_path / "data")
    api = Api(running.url, running.key)
    content, _ = api.publish(site())
    running.process.send_signal(number)
    assert running.process.wait(timeout=30) == 0
    again = start_sandbox(tmp_path / "data", port=urlsplit(running.url).port or 0)
    try:
        assert api.page(content["content_url"]).status_code == 200
    finally:
        again.stop()


def test_half_written_files_are_removed_at_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert start_sandbox(data).stop() == 0
    halves = [data / ".keys.json.1a2b3c4d.new", data / "variables" / ".some.json.1a2b3c4d.new"]
    for each in halves:
        each.write_text("{")
    assert start_sandbox(data).stop() == 0
    assert [each for each in halves if each.exists()] == []


def test_a_data_folder_belongs_to_one_sandbox_and_a_port_too(tmp_path: Path) -> None:
    running = start_sandbox(tmp_path / "data")
    try:
        port = str(urlsplit(running.url).port)
        for options, words in [(["--data", str(tmp_path / "data"), "--port", "0"], "Another sandbox"),
                               (["--data", str(tmp_path / "other"), "--port", port], "cannot listen")]:  # fmt: skip
            command = [sys.executable, "-m", "rsconnect_jupyter.sandbox", *options]
            second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
            assert second.returncode == 1
            assert words in second.stderr
            assert "Traceback" not in second.stderr
        with socket.create_connection(("127.0.0.1", int(port))):
            pass
    finally:
        running.stop()
