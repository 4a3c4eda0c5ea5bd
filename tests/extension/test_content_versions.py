"""Versions through the REST API: listed, compared, restored, deleted, downloaded and opened."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyter_server.serverapp import ServerApp
from request_log import requests_sent
from serving import Sandbox


@pytest.fixture
def published(api: Any, put_notebook: Callable[..., Path], known_sandbox: Any, finished: Any) -> Any:
    """Publish texts one after the other, each as a version; return GUID and ids."""

    async def publish(*texts: str, **options: Any) -> tuple[str, list[str]]:
        await known_sandbox()
        ids = []
        for each in texts:
            put_notebook("v.ipynb", "# Versions", each)
            options = {"mode": "html", **options}
            job = await finished((await api("POST", "publish", {"path": "v.ipynb", **options})).body)
            assert job["state"] == "done", job["error"]
            ids.append(job["result"]["bundle_id"])
        return job["result"]["guid"], ids

    return publish


async def test_versions_are_listed_compared_restored_and_deleted(api: Any, published: Any, finished: Any) -> None:
    guid, ids = await published("print(1)", "print(2)", files=["v.ipynb"], note="A note")
    place = f"servers/here/content/{guid}/versions"

    listed = (await api("GET", place)).body
    assert [(each["id"], each["state"], each["note"]) for each in listed["versions"]] == [
        (ids[1], "active", "A note"),
        (ids[0], "earlier", "A note"),
    ]
    asked = {"path": "v.ipynb", "server": "here", "guid": guid}
    compared = (await api("POST", "compare", {**asked, "old": ids[0]})).body
    assert [each["change"] for each in compared["cells"]] == ["same", "changed"]
    assert (await api("POST", "compare", {**asked, "old": ids[0], "new": ids[0]})).body["differs"] is False

    started = await api("POST", "restore", {**asked, "version": ids[0], "seen": ids[1]})
    assert started.status == 202
    assert (await finished(started.body))["result"]["bundle_id"] == ids[0]
    assert (await api("DELETE", f"{place}/{ids[1]}")).status == 204
    assert (await api("DELETE", f"{place}/{ids[0]}")).status >= 400, "readers see it"
    assert [each["id"] for each in (await api("GET", place)).body["versions"]] == [ids[0]]
    assert isinstance((await api("GET", f"{place}/{ids[0]}/log")).body["lines"], list)


async def test_a_comparison_fetches_each_bundle_once(api: Any, published: Any) -> None:
    guid, ids = await published("print(1)", "print(2)", "print(3)", files=["v.ipynb"])
    asked = {"path": "v.ipynb", "server": "here", "guid": guid}
    sent = []
    for old, new in [(ids[0], None), (ids[0], None), (ids[0], ids[1]), (ids[1], ids[2])]:
        with requests_sent() as requests:
            answer = await api("POST", "compare", {**asked, "old": old, **({"new": new} if new else {})})
        assert answer.body["differs"]
        sent.append(requests)

    fetched = "GET content/bundles/download"
    assert sent == [["GET server_settings", "GET user", fetched], [], [fetched], [fetched]]


async def test_a_version_that_was_not_seen_is_not_replaced(api: Any, published: Any, finished: Any) -> None:
    guid, ids = await published("print(1)", "print(2)")
    asked = {"path": "v.ipynb", "server": "here", "guid": guid, "version": ids[0], "seen": ids[0]}

    job = await finished((await api("POST", "restore", asked)).body)
    assert job["error"]["code"] == "published-by-others"


async def test_the_mark_follows_what_is_saved(api: Any, published: Any, put_notebook: Callable[..., Path]) -> None:
    await published("print(1)")
    looked = (await api("POST", "changes", {"path": "v.ipynb", "ask": True})).body
    assert looked["state"] == "up-to-date"
    put_notebook("v.ipynb", "# Versions", "print(2)")
    looked = (await api("POST", "changes", {"path": "v.ipynb"})).body

    assert (looked["state"], looked["changed"]) == ("changed", ["code"])


async def test_a_notebook_that_was_never_published_is_not_inspected(
    api: Any, put_notebook: Callable[..., Path]
) -> None:
    put_notebook("new.ipynb", "1")
    assert (await api("POST", "changes", {"path": "new.ipynb", "ask": True})).body["state"] == "never-published"


async def test_a_version_is_downloaded_as_it_was_uploaded(
    published: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: str
) -> None:
    guid, ids = await published("print(1)")
    url = f"{jp_base_url}rsconnect-jupyter/servers/here/content/{guid}/versions/{ids[0]}/archive"
    answer = await http_server_client.fetch(url, headers=dict(jp_auth_header))

    with tarfile.open(fileobj=io.BytesIO(answer.body)) as files:
        assert files.getnames() == ["manifest.json", "v.html"]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="version-{ids[0]}.tar.gz"'


async def test_published_content_is_opened_in_a_new_folder(
    api: Any, published: Any, finished: Any, jp_serverapp: ServerApp, sandbox: Sandbox
) -> None:
    guid, _ids = await published("print(1)", files=["v.ipynb"])
    asked = {"server": "here", "guid": guid, "folder": ""}
    opened = (await api("POST", "open", asked)).body
    again = (await api("POST", "open", asked)).body

    assert (opened["folder"], opened["notebook"]) == ("Versions", "Versions/v.ipynb")
    assert again["folder"] == "Versions 2"
    job = await finished((await api("POST", "publish", {"path": opened["notebook"]})).body)
    assert job["result"]["guid"] == guid
    outside = await api("POST", "open", {**asked, "folder": "../.."})
    assert outside.status == 404
