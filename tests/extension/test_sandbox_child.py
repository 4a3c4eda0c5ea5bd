"""The sandbox that the panel starts: one per user, known as a server, ended with Jupyter, its content kept."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests
from processes import children_with
from strangers import listening_stranger

from rsconnect_jupyter.extension import local_sandbox
from rsconnect_jupyter.runner.ports import free_port


def sandboxes() -> list[psutil.Process]:
    """Return the sandboxes that this process started through the extension."""
    return children_with("rsconnect_jupyter.extension.sandbox_child")


async def test_it_is_started_once_known_as_a_server_and_stopped(api: Any, put_notebook: Any, finished: Any) -> None:
    assert (await api("GET", "servers")).body["sandbox"] == {"allowed": True, "running": False, "url": None}
    started = await api("POST", "sandbox", {})
    assert started.status == 201
    assert (started.body["name"], started.body["origin"]) == ("sandbox", "sandbox")
    assert (await api("POST", "sandbox", {})).body["url"] == started.body["url"]
    (process,) = sandboxes()
    url = started.body["url"]
    assert (await api("GET", "servers")).body["sandbox"] == {"allowed": True, "running": True, "url": url}
    assert (await api("GET", "servers/sandbox/content")).status == 200
    put_notebook("a.ipynb", "# Some title", "1")
    first = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    assert first["state"] == "done", first["error"]
    assert (await api("DELETE", "sandbox")).status == 204
    assert not process.is_running()
    assert (await api("GET", "servers")).body["servers"] == []
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=5)
    assert (await api("DELETE", "sandbox")).status == 204


async def test_its_pages_open_signed_in_once(api: Any, jp_fetch: Any) -> None:
    url = (await api("POST", "sandbox", {})).body["url"]
    page = f"{url}/connect/?a=1#/apps/some-guid"
    answer = await jp_fetch(
        "rsconnect-jupyter", "sandbox", params={"url": page}, follow_redirects=False, raise_error=False
    )
    assert answer.code == 302
    browser = requests.Session()
    first = browser.get(answer.headers["Location"], allow_redirects=False, timeout=30)
    assert (first.status_code, first.headers["Location"]) == (302, "/connect/?a=1#/apps/some-guid")
    assert browser.get(f"{url}/__api__/v1/user", timeout=30).json()["username"] == "admin"
    assert requests.get(answer.headers["Location"], timeout=30).status_code == 401
    for other in ("https://example.com/", f"{url}.example.com/", ""):
        refused = await jp_fetch("rsconnect-jupyter", "sandbox", params={"url": other}, raise_error=False)
        assert (refused.code, json.loads(refused.body)["code"]) == (409, "sandbox-address")


async def test_a_browser_that_may_be_on_another_machine_is_told_where_its_pages_open(
    api: Any, jp_fetch: Any, jp_serverapp: Any
) -> None:
    url = (await api("POST", "sandbox", {})).body["url"]
    jp_serverapp.web_app.settings["allow_remote_access"] = True
    remote = {"Host": "jupyter.example.com"}
    answer = await jp_fetch(
        "rsconnect-jupyter", "sandbox", params={"url": f"{url}/connect/"}, headers=remote, follow_redirects=False
    )
    said = answer.body.decode()
    assert answer.code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "only a browser there can open its pages" in said
    link = re.search(r'href="([^"]+)"', said)
    assert link is not None
    opened = requests.Session().get(unescape(link[1]), timeout=30)
    assert opened.url.startswith(f"{url}/connect/")


async def test_published_pages_open_through_the_link_and_for_nobody_else(
    api: Any, put_notebook: Any, finished: Any, jp_fetch: Any
) -> None:
    await api("POST", "sandbox", {})
    put_notebook("a.ipynb", "# Some title", "1")
    job = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    url = job["result"]["url"]
    stranger = requests.get(url, timeout=30)
    assert "/__login__" in stranger.url
    assert "Some title" not in stranger.text
    answer = await jp_fetch(
        "rsconnect-jupyter", "sandbox", params={"url": url}, follow_redirects=False, raise_error=False
    )
    page = requests.Session().get(answer.headers["Location"], timeout=30)
    assert page.url.startswith(url)
    assert "Some title" in page.text


async def test_a_port_that_somebody_takes_in_the_last_moment_is_left_to_them(
    api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        monkeypatch.setattr(local_sandbox, "_free_port", lambda _url: port)
        started = await api("POST", "sandbox", {})
    assert started.status == 201
    assert not started.body["url"].endswith(f":{port}")


async def test_nobody_reads_its_key_from_the_list_of_processes(api: Any, jp_data_dir: Any) -> None:
    await api("POST", "sandbox", {})
    (process,) = sandboxes()
    keys = [each.read_text() for each in jp_data_dir.rglob("keys.json")]
    assert keys
    arguments = " ".join(process.cmdline())
    assert not [word for word in arguments.split() if len(word) >= 20 and any(word in key for key in keys)]


async def test_each_start_has_a_key_of_its_own(api: Any, jp_data_dir: Any) -> Any:
    def admin_key() -> str:
        return str(json.loads((jp_data_dir / "rsconnect-sandbox" / "keys.json").read_text())["admin"])

    await api("POST", "sandbox", {})
    first = admin_key()
    (process,) = sandboxes()
    process.kill()
    process.wait()
    url = (await api("POST", "sandbox", {})).body["url"]
    assert admin_key() != first
    refused = requests.get(f"{url}/__api__/v1/user", headers={"Authorization": f"Key {first}"}, timeout=30)
    assert refused.status_code == 401


async def test_no_module_of_the_folder_where_jupyter_was_started_is_run(
    api: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("random", "tornado", "sqlite3"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'was-run')!r}, 'w').close()")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "")
    assert (await api("POST", "sandbox", {})).status == 201
    (process,) = sandboxes()
    assert process.cwd() != str(tmp_path)
    assert not (tmp_path / "was-run").exists()


async def test_another_process_on_its_old_port_gets_no_credential(api: Any, put_notebook: Any, finished: Any) -> None:
    old = (await api("POST", "sandbox", {})).body["url"]
    put_notebook("a.ipynb", "# Some title", "1")
    first = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    (process,) = sandboxes()
    process.kill()
    process.wait()
    with listening_stranger(port=int(old.rpartition(":")[2])) as stranger:
        again = await finished((await api("POST", "publish", {"path": "a.ipynb"})).body)
        assert again["state"] == "done", again["error"]
        new = (await api("POST", "sandbox", {})).body["url"]
        assert new != old
    assert stranger.asked
    assert not [name for name in stranger.headers if name in ("authorization", "x-rsc-authorization", "cookie")]
    assert again["result"]["guid"] == first["result"]["guid"], "the same sandbox, though at another address"
    (known,) = (await api("POST", "inspect", {"path": "a.ipynb"})).body["publications"]
    assert (known["server"], known["server_url"], known["changed"]) == ("sandbox", new, False)
    assert known["url"].startswith(new)


async def test_its_content_is_known_again_after_it_was_removed(api: Any, put_notebook: Any, finished: Any) -> None:
    await api("POST", "sandbox", {})
    put_notebook("a.ipynb", "# Some title", "1")
    first = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    await api("DELETE", "sandbox")
    await api("POST", "sandbox", {})
    (known,) = (await api("POST", "inspect", {"path": "a.ipynb"})).body["publications"]
    assert (known["server"], known["guid"]) == ("sandbox", first["result"]["guid"])


async def test_publishing_to_a_sandbox_that_ended_starts_it_again(api: Any, put_notebook: Any, finished: Any) -> None:
    await api("POST", "sandbox", {})
    put_notebook("a.ipynb", "# Some title", "1")
    first = await finished((await api("POST", "publish", {"path": "a.ipynb", "mode": "html"})).body)
    (process,) = sandboxes()
    process.kill()
    process.wait()
    second = await finished((await api("POST", "publish", {"path": "a.ipynb"})).body)
    assert second["state"] == "done", second["error"]
    assert second["result"]["guid"] == first["result"]["guid"], "its content was kept"


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "rsconnect_jupyter.extension.sandbox_child", "--port", str(free_port())]
    child = subprocess.Popen(
        [*command, "--data", str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert child.stdout is not None
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
    assert "Sandbox ready" in child.stdout.readline()
    child.stdin.close()  # what the system does when the parent is gone
    child.wait(timeout=60)
    child.stdout.close()
