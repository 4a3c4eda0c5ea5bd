"""What happens to a deployment: it is really run, its log reads like Connect's, and its end is told truly."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api, bundle, notebook, site
from serving import Sandbox, running_sandbox
from traces import holders

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
JOB_LINE = re.compile(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d{9} ")
SECRET = "the-value-of-a-variable"


def publish(
    api: Api, *cells: str, extra: dict[str, bytes] | None = None, **more: object
) -> tuple[dict[str, Any], dict[str, Any]]:
    return api.publish(bundle("jupyter-static", {"report.ipynb": notebook(*cells), **(extra or {})}, **more))


def test_a_notebook_is_run_in_a_clean_folder_and_its_page_is_shown(admin: Api) -> None:
    cells = (
        "import os; print(sorted(os.listdir('.')))",
        "print('six times seven is', 6 * 7)",
        "print(open('data.csv').read().upper())",
    )
    content, task = publish(
        admin, *cells, extra={"data.csv": b"a,b", "requirements.txt": b"packaging\nno-such-thing>1"}
    )
    assert (task["code"], task["error"], task["result"]) == (0, "", None)
    page = admin.page(content["content_url"]).text
    assert "six times seven is 42" in page
    assert "A,B" in page
    assert "['data.csv', 'manifest.json', 'report.ipynb', 'requirements.txt']" in page.replace("&#39;", "'")
    assert content["app_mode"] == "jupyter-static"
    assert content["py_version"]

    lines = task["output"]
    assert lines[0] == "Building Jupyter notebook..."
    assert lines[1].startswith("Bundle created with Python version 3.11.0 is compatible with environment Local")
    assert "Launching Jupyter notebook..." in lines
    assert any(line.startswith("Completed Python build against Python version: '") for line in lines)
    keys = [line.split()[-1] for line in lines if "[rsc-session] Job Key: " in line]
    assert len(set(keys)) == 2
    stamped = [line for line in lines if "[rsc-session]" in line or "Requirement not met" in line]
    assert all(JOB_LINE.match(line) for line in stamped)
    assert any(line.endswith("Requirement not met: no-such-thing>1 (not installed)") for line in lines)


def test_a_failing_cell_is_shown_with_its_traceback(admin: Api) -> None:
    content, task = publish(admin, "x = 1", "def divide():\n    return x / 0\ndivide()", "print('not reached')")
    assert task["code"] == 1
    assert task["error"] == "Unable to render: Rendering exited abnormally: exit status 1"
    log = COLOURS.sub("", "\n".join(task["output"]))  # as nbconvert writes it
    assert "nbclient.exceptions.CellExecutionError" in log
    assert "return x / 0" in log
    assert "ZeroDivisionError: division by zero" in log
    assert content["bundle_id"] is None
    assert content["app_mode"] == "unknown"
    assert admin.page(content["content_url"]).status_code == 404


def test_after_a_failure_the_bundle_before_stays_and_a_good_one_takes_over(admin: Api) -> None:
    content, _ = publish(admin, "print('first')")
    guid, first = content["guid"], content["bundle_id"]
    bad = admin.upload(guid, bundle("jupyter-static", {"report.ipynb": notebook("raise ValueError('bad')")}))
    assert admin.follow(admin.deploy(guid, bad))["code"] == 1
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] == first
    assert "first" in admin.page(content["content_url"]).text
    assert admin.follow(admin.deploy(guid, first))["code"] == 0


def test_hidden_input_stays_hidden(admin: Api) -> None:
    source = notebook("print('out' + 'put one')", "print('out' + 'put two')", tags={0: ["hide_input"]})
    shown = {}
    for name in ("hide_all_input", "hide_tagged_input"):
        content, _ = admin.publish(bundle("jupyter-static", {"report.ipynb": source}, jupyter={name: True}))
        shown[name] = re.sub(r"<[^>]+>", "", admin.page(content["content_url"]).text)
    for page in shown.values():
        assert "output one" in page
        assert "output two" in page
        assert "put one'" not in page.replace("&#39;", "'")
    assert "put two'" in shown["hide_tagged_input"].replace("&#39;", "'")
    assert "put two'" not in shown["hide_all_input"].replace("&#39;", "'")


def test_variables_reach_the_run_and_nothing_else_does(admin: Api, sandbox: Sandbox) -> None:
    guid = admin.create()["guid"]
    names = admin.json("PATCH", f"v1/content/{guid}/environment", [{"name": "MY_SECRET", "value": SECRET}])
    assert names == ["MY_SECRET"]
    source = notebook("import os; print(len(os.environ['MY_SECRET']), sorted(os.environ))")
    task = admin.follow(admin.deploy(guid, admin.upload(guid, bundle("jupyter-static", {"report.ipynb": source}))))
    assert task["code"] == 0
    page = admin.page(f"/content/{guid}/").text
    assert f"{len(SECRET)} [" in page
    assert "CONNECT_CONTENT_GUID" in page
    assert "PYTEST_CURRENT_TEST" not in page
    kept = sandbox.data / "variables" / f"{guid}.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert holders(SECRET, sandbox.data) == [kept]


def test_too_long_a_run_is_stopped_with_a_reason(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "data", "--run-limit", "1") as running:
        _, task = publish(Api(running.url, running.key), "while True: pass")
        assert task["code"] == 1
        assert "took longer than 1 seconds" in "\n".join(task["output"])


def test_a_running_job_can_be_ended(admin: Api, tmp_path: Path) -> None:
    guid = admin.create()["guid"]
    started = tmp_path / "started"
    source = notebook(f"open({str(started)!r}, 'w').close()\nimport time; time.sleep(1000)")
    task = admin.deploy(guid, admin.upload(guid, bundle("jupyter-static", {"report.ipynb": source})))
    while not started.exists():
        assert not admin.json("GET", f"v1/tasks/{task}", params={"wait": 1})["finished"]
    jobs = admin.json("GET", f"v1/content/{guid}/jobs")
    assert [job["tag"] for job in jobs] == ["build_jupyter", "python_restore"]
    assert [job["status"] for job in jobs] == [0, 2]
    assert admin.json("DELETE", f"v1/content/{guid}/jobs/{jobs[0]['key']}")["job_key"] == jobs[0]["key"]
    assert admin.follow(task)["code"] == 1
    assert admin.refused("DELETE", f"v1/content/{guid}/jobs/{jobs[0]['key']}") == (409, 163)
    job = admin.json("GET", f"v1/content/{guid}/jobs/{jobs[0]['key']}")
    assert job["exit_code"] == 130
    log = admin.json("GET", f"v1/content/{guid}/jobs/{job['key']}/log")["entries"]
    assert f"[rsc-session] Content GUID: {guid}" in [entry["data"] for entry in log]


@pytest.mark.parametrize(
    "more",
    [{"python": {"version": "2.7.18"}}, {"environment": {"python": {"requires": "<3"}}}],
    ids=["another Python", "a constraint"],
)
def test_another_python_is_refused_in_connects_words(admin: Api, more: dict[str, Any]) -> None:
    _, task = publish(admin, "1", **more)
    assert task["code"] == 1
    assert task["error"].startswith("Cannot find compatible environment: no compatible Local environment with Python")
    assert task["output"][-1] == task["error"]
    assert task["result"]["type"] == "build-failed-error"


def test_without_quarto_the_task_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with running_sandbox(tmp_path / "data") as running:
        api = Api(running.url, running.key)
        assert api.json("GET", "v1/server_settings/quarto") == {"installations": []}
        archive = bundle(
            "quarto-static", {"a.ipynb": notebook("1")}, quarto={"version": "1.5.57", "engines": ["jupyter"]}
        )
        _, task = api.publish(archive)
    assert task["code"] == 1
    assert "Quarto" in task["error"]


def test_with_quarto_its_page_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for Quarto: what is shown is that it is called rightly and that its page is served."""
    program = tmp_path / "bin" / "quarto"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n[ $1 = --version ] && echo 1.9.1 && exit\necho rendering $2\n"
        'echo "<h1>made of $2 by $1</h1>" > "${2%.*}.html"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    with running_sandbox(tmp_path / "data") as running:
        api = Api(running.url, running.key)
        archive = bundle(
            "quarto-static", {"a.ipynb": notebook("1")}, quarto={"version": "1.5.57", "engines": ["jupyter"]}
        )
        content, task = api.publish(archive)
        assert task["code"] == 0, task
        assert "made of a.ipynb by render" in api.page(content["content_url"]).text
        assert content["quarto_version"] == "1.9.1"


def test_build_restores_and_render_runs_again(admin: Api) -> None:
    guid = admin.create()["guid"]
    source = "import time; print('made at', time.time_ns())"
    admin.upload(guid, bundle("jupyter-static", {"report.ipynb": notebook(source)}))
    built = admin.follow(admin.json("POST", f"v1/content/{guid}/build", {})["task_id"])
    assert built["code"] == 0
    assert "Launching Jupyter notebook..." not in built["output"]
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] is None
    assert admin.follow(admin.deploy(guid))["code"] == 0
    before = admin.page(f"/content/{guid}/").text
    again = admin.json("POST", f"v1/content/{guid}/render", {}, status=202)["task_id"]
    assert admin.follow(again)["code"] == 0
    assert admin.page(f"/content/{guid}/").text != before


def test_a_draft_leaves_the_active_bundle_alone(admin: Api, viewer: Api) -> None:
    content, _ = admin.publish(site("active"), access_type="logged_in")
    guid = content["guid"]
    draft = admin.upload(guid, site("draft"))
    assert admin.follow(admin.deploy(guid, draft, activate=False))["code"] == 0
    assert "active" in admin.page(f"/content/{guid}/").text
    assert "draft" in admin.page(f"/content/{guid}/_bundle{draft}/").text
    assert viewer.page(f"/content/{guid}/").status_code == 200
    assert viewer.page(f"/content/{guid}/_bundle{draft}/").status_code == 403
    assert admin.json("GET", f"v1/content/{guid}")["bundle_id"] == content["bundle_id"]
    assert admin.follow(admin.deploy(guid, draft))["code"] == 0
    assert "draft" in admin.page(f"/content/{guid}/").text


@pytest.mark.slow
def test_an_environment_is_made_of_the_requirements_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")  # uv, where it is installed
    with running_sandbox(tmp_path / "data", "--python", "venv") as running:
        api = Api(running.url, running.key)
        cell = "import sys, colorama; print(sys.prefix, colorama.__version__)"
        content, task = publish(api, cell, extra={"requirements.txt": b"colorama==0.4.6\n"})
        assert task["code"] == 0, task["output"]
        log = "\n".join(task["output"])
        assert "Creating environment: " in log
        assert re.search(r"Successfully installed colorama-0\.4\.6| \+ colorama==0\.4\.6", log)
        assert str(tmp_path / "data" / "environments") in api.page(content["content_url"]).text
        lock = api.call("GET", f"v1/content/{content['guid']}/lockfile")
        assert "colorama==0.4.6" in lock.text.splitlines()
        assert lock.headers["Generated-By"].startswith("connect; python=3.")
        again = api.follow(api.deploy(content["guid"]))
        assert "Using cached environment: " in "\n".join(again["output"])
        pip = {"version": "3.11.0", "package_manager": {"name": "pip", "allow_uv": False}}
        wanted = {"requirements.txt": b"no-such-package-of-ours==9.9.9\n"}
        _, failed = publish(api, "1", extra=wanted, python=pip)
        slug = "python-package-version-not-available"
        assert failed["error"] == f"An error occurred while building your content. (Error code: {slug})"
        assert failed["result"] == {"type": "build-failed-error", "data": failed["error"]}
        assert any("pip install failed with exit code 1" in line for line in failed["output"])
        assert not any("uv install failed" in line for line in failed["output"])
