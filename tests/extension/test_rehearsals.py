"""Rehearsals over REST: started, followed, cancelled, their page, and what an administrator can set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
import requests
from authoring import write_notebook
from serving import Jupyter
from starting import start_server

from rsconnect_jupyter.storage import data_folder, private_folder

Finished = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests here: an environment is made once."""
    return tmp_path_factory.mktemp("environments")


@pytest.fixture(autouse=True)
def shared_environments(jp_environ: Any, environments: Path) -> None:
    private_folder(data_folder())
    (data_folder() / "environments").symlink_to(environments)


@pytest.fixture
def rehearsed(api: Any) -> Finished:
    """Start a rehearsal, and follow it to its end."""

    async def follow(path: str, **options: Any) -> dict[str, Any]:
        job = await api("POST", "rehearse", {"path": path, **options})
        assert job.status == 202, job
        events: list[Any] = []
        while True:
            read = (await api("GET", f"rehearse/{quote(job.body['id'])}", first=len(events), wait=30)).body
            events += read["events"]
            if read["finished"]:
                return {**read, "events": events}

    return follow


@pytest.fixture
def read_page(http_server_client: Any, jp_base_url: Any, jp_auth_header: Any) -> Callable[..., Awaitable[Any]]:
    async def read(job_id: str, query: str = "") -> Any:
        url = f"{jp_base_url}rsconnect-jupyter/rehearse/{job_id}/page{query}"
        return await http_server_client.fetch(url, headers=dict(jp_auth_header), raise_error=False)

    return read


async def test_a_finished_document_is_shown_without_a_run(
    api: Any, put_notebook: Any, rehearsed: Finished, read_page: Any
) -> None:
    put_notebook("a.ipynb", "# Some title", "raise SystemExit")
    done = await rehearsed("a.ipynb", mode="static")
    assert done["state"] == "done", done
    assert (done["result"]["runs"], done["result"]["page"], done["server"]) == (True, True, "")
    shown = await read_page(done["id"])
    assert b"Some title" in shown.body
    policy = shown.headers["Content-Security-Policy"].split("; ")
    assert "sandbox allow-scripts" in policy
    assert any(each.startswith("frame-ancestors") for each in policy)
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert (await read_page(done["id"], "?look=dark")).body.startswith(shown.body)
    assert (await read_page(done["id"], "?look=purple")).code == 400
    listed = await api("GET", "rehearse", path="a.ipynb")
    assert [each["id"] for each in listed.body["rehearsals"]] == [done["id"]]
    inspected = await api("POST", "inspect", {"path": "a.ipynb"})
    assert inspected.body["rehearsal"] == {"allowed": True, "running": None, "last": done["id"]}


async def test_answers_name_no_folder_of_ours(api: Any, put_notebook: Any, rehearsed: Finished) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    done = await rehearsed("a.ipynb", mode="static")
    assert str(data_folder()) not in str(done)
    assert done["events"][-1]["data"]["page"] is True


@pytest.mark.peer
@pytest.mark.slow
async def test_what_fails_is_fixed_with_the_values_of_its_variables(put_notebook: Any, rehearsed: Finished) -> None:
    put_notebook("a.ipynb", "# Some title", "import os\nos.environ['REGION']", "__import__('ya' + 'ml')")
    values = {"env": {"REGION": "a-value-that-only-the-notebook-sees"}, "mode": "jupyter-static"}
    done = await rehearsed("a.ipynb", fix=True, **values)
    found = done["result"]
    assert (done["state"], found["runs"], found["page"]) == ("done", True, True)
    assert [each["value"] for each in found["applied"]] == [["PyYAML"]]
    [failed] = [each["message"] for each in done["events"] if each["status"] == "warning"]
    assert "in cell 3" in failed
    assert "yaml" in failed
    assert "a-value-that" not in str(done)


@pytest.mark.peer
@pytest.mark.slow
async def test_a_rehearsal_is_cancelled_and_gives_its_folders_back(
    api: Any, put_notebook: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    put_notebook("a.ipynb", "# Some title", "while True: pass")
    job = (await api("POST", "rehearse", {"path": "a.ipynb", "mode": "jupyter-static"})).body
    again = await api("POST", "rehearse", {"path": "a.ipynb"})
    assert (again.status, again.body["data"]) == (409, {"id": job["id"]})
    read = job
    while not any(each["step"] == "environment" for each in read["events"]):
        read = (await api("GET", f"rehearse/{job['id']}", wait=30)).body
        assert not read["finished"], read
    assert (await api("DELETE", f"rehearse/{job['id']}")).body["stopping"] is True
    while not read["finished"]:
        read = (await api("GET", f"rehearse/{job['id']}", first=read["last"], wait=30)).body
    assert (read["state"], read["error"]["code"]) == ("cancelled", "cancelled")
    assert list(scratch.glob("rsconnect-jupyter-*")) == []


@pytest.mark.peer
@pytest.mark.slow
@pytest.mark.thorough
def test_a_killed_jupyter_leaves_no_process_and_no_folder(tmp_path: Path, environments: Path) -> None:
    home, root, scratch = (tmp_path / each for each in ("home", "root", "scratch"))
    data = home / "data" / "rsconnect-jupyter"
    for folder in (data, root, scratch):
        folder.mkdir(parents=True)
    (data / "environments").symlink_to(environments)
    started = tmp_path / "started"
    source = f"import os, pathlib\npathlib.Path({str(started)!r}).write_text(str(os.getpid()))\nwhile True: pass"
    write_notebook(root / "a.ipynb", "# Some title", source)
    jupyter = start_server(home, root, environment={"TMPDIR": str(scratch)})
    job = ask(jupyter, "POST", "rehearse", {"path": "a.ipynb", "mode": "jupyter-static"})
    while not (started.exists() and started.read_text()):
        job = ask(jupyter, "GET", f"rehearse/{job['id']}?first={job['last']}&wait=1")
        assert not job["finished"], job
    kernel = psutil.Process(int(started.read_text()))
    jupyter.process.kill()
    jupyter.process.wait()
    assert psutil.wait_procs([kernel], timeout=30)[1] == []
    assert list(scratch.glob("rsconnect-jupyter-*")) != []

    half_made = environments / "half-made"
    half_made.mkdir()
    again = start_server(home, root, environment={"TMPDIR": str(scratch)})
    try:
        while not (job := ask(again, "GET", f"rehearse/{job['id']}?wait=1"))["finished"]:
            pass
        assert (job["state"], job["error"]["code"]) == ("cancelled", "rehearsal-interrupted")
        assert "because Jupyter ended" in job["error"]["message"]
        assert list(scratch.glob("rsconnect-jupyter-*")) == []
        assert not half_made.exists()
        started.unlink()
        job = ask(again, "POST", "rehearse", {"path": "a.ipynb", "mode": "jupyter-static"})
        while not started.exists():
            job = ask(again, "GET", f"rehearse/{job['id']}?first={job['last']}&wait=1")
            assert not job["finished"], job
    finally:
        again.stop()
    last = start_server(home, root, environment={"TMPDIR": str(scratch)})
    try:
        while not (job := ask(last, "GET", f"rehearse/{job['id']}?wait=1"))["finished"]:
            pass
        assert (job["state"], job["error"]["code"]) == ("cancelled", "rehearsal-interrupted"), job["error"]
    finally:
        last.stop()


def ask(jupyter: Jupyter, verb: str, route: str, body: Any = None) -> dict[str, Any]:
    headers = {"Authorization": f"token {jupyter.token}"}
    url = f"{jupyter.url}/rsconnect-jupyter/{route}"
    answer: dict[str, Any] = requests.request(verb, url, json=body, headers=headers, timeout=60).json()
    return answer


class TestTurnedOff:
    @pytest.fixture
    def extension_config(self) -> dict[str, Any]:
        return {"allow_rehearsals": False}

    async def test_an_administrator_can_switch_rehearsals_off(self, api: Any, put_notebook: Any) -> None:
        put_notebook("a.ipynb", "# Some title", "1")
        refused = await api("POST", "rehearse", {"path": "a.ipynb"})
        assert (refused.status, refused.body["code"]) == (422, "rehearsals-disabled")
        inspected = await api("POST", "inspect", {"path": "a.ipynb"})
        assert inspected.body["rehearsal"]["allowed"] is False


class TestLimited:
    @pytest.fixture
    def extension_config(self) -> dict[str, Any]:
        return {"rehearsal_timeout": 0.1}

    async def test_an_administrator_limits_how_long_it_may_take(self, put_notebook: Any, rehearsed: Finished) -> None:
        put_notebook("a.ipynb", "# Some title", "1")
        found = (await rehearsed("a.ipynb", mode="jupyter-static", run_timeout=1000))["result"]
        assert found["runs"] is False
        assert "0.1 seconds" in found["message"]
