"""What a notebook's running kernel answered is used by the inspections and publishes that follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel_client import Kernel

ELSEWHERE = {"name": "on-the-cluster", "display_name": "On the cluster", "language": "python"}


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    running = Kernel(tmp_path, tmp_path / "n.ipynb", measured=False)
    yield running
    running.close()


async def answered(api: Any, asked: Kernel, **parts: str) -> Any:
    question = (await api("GET", "kernel")).body
    reply = asked.client.execute(**question, reply=True, timeout=60)["content"]
    return await api("POST", "kernel", {**parts, "reply": reply})


async def test_it_is_used_for_a_kernel_that_is_not_on_this_machine(
    api: Any, put_notebook: Any, known_sandbox: Any, kernel: Kernel, finished: Any
) -> None:
    await known_sandbox()
    put_notebook("far.ipynb", "# From afar", "import packaging", kernelspec=ELSEWHERE)
    before = (await api("POST", "inspect", {"path": "far.ipynb"})).body
    assert not before["kernel"]["asked"]
    assert [each["code"] for each in before["findings"] if each["severity"] == "error"] == ["kernel-not-installed"]

    assert (await answered(api, kernel, path="far.ipynb", kernel="on-the-cluster")).status == 204
    after = (await api("POST", "inspect", {"path": "far.ipynb"})).body
    assert after["kernel"]["asked"]
    assert after["kernel"]["display_name"] == "On the cluster"
    assert [each for each in after["findings"] if each["severity"] == "error"] == []
    assert any(line.startswith("packaging==") for line in after["requirements"]["lines"])
    job = (await api("POST", "publish", {"path": "far.ipynb"})).body
    assert (await finished(job))["state"] == "done"


async def test_of_a_local_kernel_it_adds_what_is_loaded(api: Any, put_notebook: Any, kernel: Kernel) -> None:
    put_notebook("here.ipynb", "# Here", "module = 'skl' + 'earn'\n__import__(module)")
    kernel.run("import sklearn")
    await answered(api, kernel, path="here.ipynb", kernel="python3")
    told = (await api("POST", "inspect", {"path": "here.ipynb", "requirements": "imports"})).body
    assert told["kernel"]["asked"]
    offered = [each for each in told["findings"] if each["code"] == "maybe-missing"]
    assert [each["fix"]["value"] for each in offered] == [["scikit-learn"]]


async def test_a_reply_that_is_no_answer_is_refused(api: Any, put_notebook: Any) -> None:
    put_notebook("a.ipynb", "# Some title", "1")
    told = await api("POST", "kernel", {"path": "a.ipynb", "kernel": "python3", "reply": {"status": "ok"}})
    assert (told.status, told.body["code"]) == (422, "kernel-broken")
    assert not (await api("POST", "inspect", {"path": "a.ipynb"})).body["kernel"]["asked"]


async def test_an_answer_about_no_notebook_is_refused(api: Any) -> None:
    told = await api("POST", "kernel", {"path": "gone.ipynb", "kernel": "python3", "reply": {}})
    assert (told.status, told.body["code"]) == (404, "no-such-notebook")
