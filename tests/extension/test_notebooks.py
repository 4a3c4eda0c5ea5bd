"""What the panel is told about a notebook before it is published."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from authoring import write_notebook
from jupyter_client.kernelspec import KernelSpec
from jupyter_server.services.contents.manager import ContentsManager
from peers import peer
from tornado.web import HTTPError


async def test_one_request_has_everything_the_panel_shows(
    api: Any, put_notebook: Any, known_sandbox: Any, jp_root_dir: Path
) -> None:
    server = await known_sandbox()
    put_notebook("work/sales.ipynb", "# Quarterly sales", "open('prices.csv')\nimport pandas")
    (jp_root_dir / "work" / "prices.csv").write_text("a,b\n1,2\n")
    told = (await api("POST", "inspect", {"path": "work/sales.ipynb"})).body
    assert (told["path"], told["name"], told["title"]) == ("work/sales.ipynb", "sales.ipynb", "Quarterly sales")
    assert told["kernel"]["language"] == "python"
    assert told["kernel"]["version"].startswith("3.")
    assert [each["mode"] for each in told["modes"]][:1] == ["jupyter-static"]
    assert told["mode"] == "jupyter-static"
    assert told["server"] == server
    assert [each["name"] for each in told["servers"]] == [server]
    files = {each["path"]: each for each in told["files"]}
    assert files["prices.csv"]["included"]
    assert files["prices.csv"]["where"]["cell"] == 1
    assert told["requirements"]["source"] == "imports"
    assert [line for line in told["requirements"]["lines"] if line.startswith("pandas")]
    assert told["publications"] == []
    assert (told["running"], told["last"]) == (None, None)
    assert told["writable"]


async def test_options_change_the_answer_which_says_their_source(
    api: Any, put_notebook: Any, known_sandbox: Any, jp_root_dir: Path
) -> None:
    await known_sandbox()
    put_notebook("a.ipynb", "# Some title", "print(1)")
    (jp_root_dir / "notes.txt").write_text("x")
    (jp_root_dir / "more.txt").write_text("y")
    options = {"mode": "html", "hide_input": "all", "files": ["notes.txt", "more.txt"]}
    told = (await api("POST", "inspect", {"path": "a.ipynb", **options})).body
    assert told["mode"] == "static"
    assert told["options"]["hide_input"] == {"value": "all", "source": "chosen"}
    assert told["options"]["requirements"] == {"value": "auto", "source": "default"}
    assert {each["path"] for each in told["files"] if each["included"]} >= {"notes.txt", "more.txt"}


async def test_an_unknown_kernel_is_a_finding_not_a_failure(api: Any, put_notebook: Any, known_sandbox: Any) -> None:
    await known_sandbox()
    gone = {"name": "gone", "display_name": "Gone", "language": "python"}
    put_notebook("gone.ipynb", "# Some title", "1", kernelspec=gone)
    told = (await api("POST", "inspect", {"path": "gone.ipynb"})).body
    assert (told["kernel"]["display_name"], told["kernel"]["interpreter"]) == ("Gone", "")
    assert [each for each in told["findings"] if each["severity"] == "error"]


async def test_a_kernel_that_only_jupyters_own_manager_knows_is_asked(
    api: Any, put_notebook: Any, jp_serverapp: Any, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """As nb_conda_kernels does: a kernel for every environment, without a folder for any."""
    manager = jp_serverapp.kernel_spec_manager
    plain = manager.get_kernel_spec

    def found(name: str) -> Any:
        if name != "conda-env-mine-py":
            return plain(name)
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python [conda env:mine]", language="python")

    monkeypatch.setattr(manager, "get_kernel_spec", found)
    spec = {"name": "conda-env-mine-py", "display_name": "Python [conda env:mine]", "language": "python"}
    put_notebook("a.ipynb", "# Some title", "1", kernelspec=spec)
    told = (await api("POST", "inspect", {"path": "a.ipynb"})).body
    assert told["kernel"]["display_name"] == "Python [conda env:mine]"
    assert told["kernel"]["version"].startswith("3.")


async def test_a_broken_notebook_is_a_problem_with_a_hint(api: Any, jp_root_dir: Path) -> None:
    (jp_root_dir / "broken.ipynb").write_text("{not json")
    answer = await api("POST", "inspect", {"path": "broken.ipynb"})
    assert (answer.status, answer.body["code"]) == (422, "notebook-not-json")
    assert answer.body["hint"]


async def test_files_are_listed_with_sizes_and_reasons(api: Any, put_notebook: Any, jp_root_dir: Path) -> None:
    put_notebook("a.ipynb", "# Some title", "open('data.csv')")
    (jp_root_dir / "data.csv").write_text("12345")
    (jp_root_dir / ".env").write_text("SECRET=1")
    told = (await api("POST", "inspect", {"path": "a.ipynb"})).body
    files = {each["path"]: each for each in told["files"]}
    assert files["data.csv"]["size"] == 5
    assert files["data.csv"]["included"]
    assert not files.get(".env", {}).get("included")
    left_out = (await api("POST", "inspect", {"path": "a.ipynb", "files": ["!data.csv"]})).body
    assert not {each["path"]: each for each in left_out["files"]}["data.csv"]["included"]
    refused = await api("POST", "inspect", {"path": "a.ipynb", "files": ["../../etc/passwd"]})
    assert [each["code"] for each in refused.body["findings"] if each["severity"] == "error"]


async def test_another_source_of_requirements_gives_other_lines(api: Any, put_notebook: Any) -> None:
    put_notebook("a.ipynb", "# Some title", "import pandas")
    imports = (await api("POST", "inspect", {"path": "a.ipynb", "requirements": "imports"})).body
    assert [line for line in imports["requirements"]["lines"] if line.startswith("pandas==")]
    freeze = (await api("POST", "inspect", {"path": "a.ipynb", "requirements": "freeze"})).body
    assert len(freeze["requirements"]["lines"]) > len(imports["requirements"]["lines"])
    assert freeze["kernel"]["interpreter"]


async def test_a_manifest_is_written_once_and_never_over_another(
    api: Any, put_notebook: Any, jp_root_dir: Path
) -> None:
    put_notebook("work/a.ipynb", "# Some title", "import pandas")
    body = {"path": "work/a.ipynb", "requirements": "imports"}
    written = await api("POST", "manifest", body)
    assert written.status == 201
    assert written.body["written"] == ["work/manifest.json", "work/requirements.txt"]
    folder = jp_root_dir / "work"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["metadata"]["appmode"] == "jupyter-static"
    assert set(manifest["files"]) == {"a.ipynb", "requirements.txt"}
    assert "pandas==" in (folder / "requirements.txt").read_text()
    assert (await api("POST", "manifest", body)).status == 201, "the same again is no conflict"
    (folder / "manifest.json").write_text("{}")
    (folder / "requirements.txt").write_text("mine\n")
    refused = await api("POST", "manifest", body)
    assert (refused.status, refused.body["code"]) == (409, "files-exist")
    assert refused.body["data"]["existing"] == ["manifest.json", "requirements.txt"]
    assert (folder / "requirements.txt").read_text() == "mine\n"
    used = ["Warehouse", "!Lake", "7f0f9c5e-5a35-4c2c-9a67-0d5cc6c2a4a1"]
    assert (await api("POST", "manifest", {**body, "replace_files": True, "integrations": used})).status == 201
    assert "pandas==" in (folder / "requirements.txt").read_text()
    manifest = json.loads((folder / "manifest.json").read_text())
    assert list(manifest)[-1] == "integration_requests"
    assert manifest["integration_requests"] == [{"name": "Warehouse"}, {"guid": used[2]}]


async def test_a_manifest_of_a_project_with_requirements_leaves_them_alone(
    api: Any, put_notebook: Any, jp_root_dir: Path
) -> None:
    put_notebook("a.ipynb", "# Some title", "import pandas")
    (jp_root_dir / "requirements.txt").write_text("pandas>=2\n")
    assert (await api("POST", "manifest", {"path": "a.ipynb"})).status == 201
    assert (jp_root_dir / "requirements.txt").read_text() == "pandas>=2\n"


async def test_history_follows_a_renamed_notebook(
    api: Any, put_notebook: Any, known_sandbox: Any, finished: Any, jp_root_dir: Path
) -> None:
    await known_sandbox()
    put_notebook("old.ipynb", "# Some title", "print('something of its own')", "x = 1")
    job = await finished((await api("POST", "publish", {"path": "old.ipynb", "mode": "html"})).body)
    assert job["state"] == "done", job["error"]
    (jp_root_dir / "old.ipynb").rename(jp_root_dir / "new.ipynb")
    told = (await api("POST", "inspect", {"path": "new.ipynb"})).body["publications"]
    assert [(each["guid"], each["server"], each["changed"]) for each in told] == [
        (job["result"]["guid"], "here", False)
    ]
    put_notebook("new.ipynb", "# Some title", "print('something of its own')", "x = 2")
    assert (await api("POST", "inspect", {"path": "new.ipynb"})).body["publications"][0]["changed"]


async def test_version_names_the_parts(api: Any) -> None:
    told = (await api("GET", "version")).body
    assert told["version"].startswith("2.")
    assert told["jupyter_server"]


async def test_unknown_addresses_and_verbs_answer_as_problems(api: Any) -> None:
    assert (await api("GET", "nonsense")).status == 404
    wrong = await api("DELETE", "inspect")
    assert wrong.status == 405
    assert wrong.headers["Allow"] == "POST"


class TestLinksOutOfTheRoot:
    """Jupyter opens what is behind them."""

    @pytest.fixture
    def share(self, jp_root_dir: Path, tmp_path: Path) -> Path:
        """A folder elsewhere, linked into Jupyter's root."""
        share = tmp_path / "share"
        write_notebook(share / "team" / "a.ipynb", "# Of the team", "open('data.csv'), open('../../private.csv')")
        (share / "team" / "data.csv").write_text("1")
        (tmp_path / "private.csv").write_text("2")
        (jp_root_dir / "shared").symlink_to(share)
        return share

    async def test_a_notebook_in_a_linked_folder_is_published_with_the_files_of_its_project(
        self, api: Any, share: Path, known_sandbox: Any, finished: Any
    ) -> None:
        await known_sandbox()
        told = (await api("POST", "inspect", {"path": "shared/team/a.ipynb", "mode": "source"})).body
        assert (told["path"], told["title"]) == ("shared/team/a.ipynb", "Of the team")
        assert {each["path"] for each in told["files"] if each["included"]} >= {"a.ipynb", "data.csv"}
        assert not [each for each in told["files"] if each["included"] and "private" in each["path"]]
        done = await finished((await api("POST", "publish", {"path": "shared/team/a.ipynb", "mode": "html"})).body)
        assert done["state"] == "done", done["error"]

    async def test_a_notebook_that_is_itself_a_link_is_refused_with_the_reason(
        self, api: Any, share: Path, jp_root_dir: Path
    ) -> None:
        (jp_root_dir / "link.ipynb").symlink_to(share / "team" / "a.ipynb")
        answer = await api("POST", "inspect", {"path": "link.ipynb"})
        assert (answer.status, answer.body["code"]) == (422, "notebook-linked-out")
        assert str(share / "team" / "a.ipynb") in answer.body["message"]
        assert "jupyter publish" in answer.body["hint"]


class TestNotebooksThatAreNoFiles:
    """Some Jupyter servers keep notebooks in a database: said in one sentence."""

    @pytest.fixture
    def jp_server_config(self) -> Any:
        return {
            "ServerApp": {
                "jpserver_extensions": {"rsconnect_jupyter": True},
                "contents_manager_class": "jupyter_server.services.contents.manager.ContentsManager",
            }
        }

    async def test_the_reason_is_told(self, api: Any) -> None:
        answer = await api("POST", "inspect", {"path": "a.ipynb"})
        assert (answer.status, answer.body["code"]) == (422, "not-on-disk")


DOCUMENT = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    "cells": [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Kept elsewhere"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "outputs": [], "execution_count": None},
    ],
}


class MemoryContents(ContentsManager):
    """Keeps one notebook, and no file."""

    def get(self, path: str, *_asked: Any, **_named: Any) -> dict[str, Any]:
        if path != "team/report.ipynb":
            raise HTTPError(404)
        return {"content": DOCUMENT, "type": "notebook"}


class TestNotebooksOfAnotherContentsManager:
    """What Jupyter can read is published like a file."""

    @pytest.fixture
    def jp_server_config(self) -> Any:
        return {
            "ServerApp": {"jpserver_extensions": {"rsconnect_jupyter": True}, "contents_manager_class": MemoryContents}
        }

    async def test_it_is_inspected_as_jupyter_reads_it(self, api: Any) -> None:
        for _ in range(2):
            told = (await api("POST", "inspect", {"path": "RTC:team/report.ipynb", "mode": "source"})).body
            assert (told["title"], told["name"], told["path"]) == (
                "Kept elsewhere",
                "report.ipynb",
                "team/report.ipynb",
            )
            assert [each["path"] for each in told["files"]] == ["report.ipynb"]

    async def test_it_is_published_and_found_again(self, api: Any, known_sandbox: Any, finished: Any) -> None:
        await known_sandbox()
        request = {"path": "team/report.ipynb", "mode": "source"}
        first = await finished((await api("POST", "publish", request)).body)
        assert first["state"] == "done", first["error"]
        second = await finished((await api("POST", "publish", request)).body)
        assert second["result"]["guid"] == first["result"]["guid"]

    async def test_one_that_jupyter_does_not_have_is_missing(self, api: Any) -> None:
        answer = await api("POST", "inspect", {"path": "team/other.ipynb"})
        assert answer.body["code"] == "no-such-notebook"


@pytest.mark.peer
@pytest.mark.slow
class TestDrivesOfJupyterFs:
    """Its contents manager has Jupyter's own folder, and drives: folders of this machine and others."""

    @pytest.fixture
    def jp_server_config(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        folder = tmp_path / "drive"
        urls = {
            "local": ("fsspec", f"file://{folder}"),
            "other": ("pyfs", f"osfs://{folder}"),
            "away": ("pyfs", "mem://"),
        }
        packages = peer("jupyter-fs==1.2.1", "fsspec==2026.2.0", "fs==2.4.16", "setuptools<81")
        (found,) = packages.parent.glob("lib/python*/site-packages")
        monkeypatch.setattr(sys, "path", [*sys.path, str(found)])
        write_notebook(tmp_path / "drive" / "team" / "a.ipynb", "# On a drive", "open('data.csv')")
        (tmp_path / "drive" / "team" / "data.csv").write_text("1")
        drives = [{"name": each, "type": kind, "url": url, "auth": "none"} for each, (kind, url) in urls.items()]
        return {
            "ServerApp": {
                "jpserver_extensions": {"rsconnect_jupyter": True},
                "contents_manager_class": "jupyterfs.metamanager.MetaManager",
            },
            "JupyterFs": {"resources": drives},
        }

    @pytest.fixture
    def drives(self, jp_serverapp: Any) -> dict[str, str]:
        """Name of each drive -> how its paths begin."""
        return {each["name"]: each["drive"] for each in jp_serverapp.contents_manager.resources}

    async def test_notebooks_of_jupyters_own_folder_are_files(self, api: Any, put_notebook: Any, drives: Any) -> None:
        put_notebook("work/a.ipynb", "# At home", "1")
        for path in ("work/a.ipynb", "RTC:work/a.ipynb"):
            told = (await api("POST", "inspect", {"path": path, "mode": "source"})).body
            assert (told["title"], told["path"], told["writable"]) == ("At home", "work/a.ipynb", True)
        for missing in ("work/b.ipynb", "nodrive:a.ipynb", "work/../../a.ipynb"):
            assert (await api("POST", "inspect", {"path": missing})).body["code"] == "no-such-notebook"

    @pytest.mark.parametrize("drive", ["local", "other"])
    async def test_a_drive_on_this_machine_has_files_too(
        self, api: Any, drives: Any, tmp_path: Path, drive: str
    ) -> None:
        path = f"{drives[drive]}:team/a.ipynb"
        told = (await api("POST", "inspect", {"path": path, "mode": "source"})).body
        assert (told["title"], told["path"]) == ("On a drive", path)
        assert {each["path"] for each in told["files"] if each["included"]} >= {"a.ipynb", "data.csv"}
        write_notebook(tmp_path / "b.ipynb", "1")
        for missing in ("../b.ipynb", ".hidden/b.ipynb"):
            answer = await api("POST", "inspect", {"path": f"{drives[drive]}:{missing}"})
            assert answer.body["code"] == "no-such-notebook"

    async def test_another_drive_is_read_through_jupyter(
        self, api: Any, drives: Any, jp_serverapp: Any, known_sandbox: Any, finished: Any
    ) -> None:
        await known_sandbox()
        path = f"{drives['away']}:report.ipynb"
        drive = jp_serverapp.contents_manager._managers[drives["away"]]
        drive._pyfilesystem_instance.writetext("report.ipynb", json.dumps(DOCUMENT))
        told = (await api("POST", "inspect", {"path": path, "mode": "source"})).body
        assert (told["title"], told["name"], told["path"]) == ("Kept elsewhere", "report.ipynb", path)
        done = await finished((await api("POST", "publish", {"path": path, "mode": "source"})).body)
        assert done["state"] == "done", done["error"]
