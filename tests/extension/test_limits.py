"""Bodies, texts and lists that are too long are refused before anything is done with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from contract import operations

from rsconnect_jupyter.errors import RequestError
from rsconnect_jupyter.extension.request_schema import checked

LONG = 1_500_000
WITHOUT_BODY = ("sandbox", "servers/{name}/sign-out", "servers/{name}/content/{guid}/runs")


async def test_a_body_of_many_megabytes_is_refused_unread(
    jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: Any
) -> None:
    body = json.dumps({"path": "x" * 20_000_000}).encode()
    for verb, route in operations():
        if verb not in ("POST", "PATCH") or route in WITHOUT_BODY:
            continue
        answer = await http_server_client.fetch(
            f"{jp_base_url}rsconnect-jupyter/{route.replace('{name}', 'some')}",
            method=verb,
            headers=dict(jp_auth_header),
            body=body,
            raise_error=False,
        )
        assert (answer.code, json.loads(answer.body)["code"]) == (413, "too-large"), route


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", "x" * LONG),
        ("path", "x/" * 4_000),
        ("title", "x" * LONG),
        ("update", "x" * LONG),
        ("server", "x" * LONG),
        ("requirements", "x" * LONG),
        ("note", "x" * LONG),
        ("image", "x" * LONG),
        ("files", [""] * 400_000),
        ("files", ["x" * LONG]),
        ("env", {"A": "x" * LONG}),
        ("env", {"A" * LONG: "x"}),
        ("env", {str(number): "" for number in range(100_000)}),
    ],
    ids=lambda each: each if isinstance(each, str) and len(each) < 20 else type(each).__name__,
)
async def test_a_field_that_is_too_long_is_named(api: Any, put_notebook: Any, field: str, value: Any) -> None:
    put_notebook("a.ipynb", "1")
    for route in ("inspect", "manifest", "publish"):
        answer = await api("POST", route, {"path": "a.ipynb", field: value})
        assert (answer.status, answer.body["code"]) == (422, "value-too-long"), answer
        assert answer.body["where"] == {"field": field}
        assert len(json.dumps(answer.body)) < 1000


@pytest.mark.parametrize("field", ["address", "api_key", "name", "ca_data"])
async def test_a_server_of_long_texts_is_refused(api: Any, field: str) -> None:
    body = {"address": "https://connect.example.com", "api_key": "k", field: "x" * LONG}
    answer = await api("POST", "servers", body)
    assert (answer.status, answer.body["where"]) == (422, {"field": field})


@pytest.mark.parametrize(("route", "name"), [("publish", "path"), ("servers/some/content", "search")])
async def test_a_long_query_is_refused(api: Any, known_sandbox: Any, route: str, name: str) -> None:
    await known_sandbox("some")
    answer = await api("GET", route, **{name: "x" * 10_000})
    assert (answer.status, answer.body["code"]) == (422, "value-too-long")


class Unread(list[str]):
    """A list that nobody may look through."""

    def __iter__(self) -> Any:
        raise AssertionError("a list that is too long was looked through")


@pytest.mark.parametrize("field", ["files", "add_requirements", "share_with"])
def test_a_list_that_is_too_long_is_not_looked_through(field: str) -> None:
    with pytest.raises(RequestError) as caught:
        checked("NotebookRequest", {"path": "a.ipynb", field: Unread([""] * 6_000)})
    assert caught.value.code == "value-too-long"
