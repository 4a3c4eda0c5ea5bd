"""Each request is answered in the language it asks for, also when two people ask at once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from authoring import write_notebook

from rsconnect_jupyter.errors import NotebookError
from rsconnect_jupyter.messages import FINDINGS
from rsconnect_jupyter.translation import _, language

HINTS = {"de-DE": "de_DE", "en": "en", "ja-JP": "ja_JP"}


async def ask(client: Any, url: str, header: dict[str, str], wanted: str, path: str) -> dict[str, Any]:
    answer = await client.fetch(
        f"{url}rsconnect-jupyter/inspect",
        method="POST",
        headers={**header, "Accept-Language": wanted},
        body=json.dumps({"path": path}),
        raise_error=False,
    )
    told: dict[str, Any] = json.loads(answer.body)
    return told


async def test_two_people_read_their_own_language(
    jp_root_dir: Path, jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: str
) -> None:
    write_notebook(jp_root_dir / "a.ipynb", "# Title", "x = input()")
    asked = [*HINTS, *HINTS]
    answers = await asyncio.gather(
        *(ask(http_server_client, jp_base_url, jp_auth_header, each, "a.ipynb") for each in asked)
    )
    for wanted, answer in zip(asked, answers, strict=True):
        found = next(each for each in answer["findings"] if each["code"] == "asks-for-input")
        with language(HINTS[wanted]):
            assert found["hint"] == _(FINDINGS["asks-for-input"].hint)
    assert len({next(e["hint"] for e in each["findings"] if e["code"] == "asks-for-input") for each in answers}) == 3


async def test_errors_are_told_in_the_language_and_logged_in_english(
    jp_serverapp: Any, http_server_client: Any, jp_auth_header: Any, jp_base_url: str, caplog: Any
) -> None:
    del jp_serverapp
    with caplog.at_level("INFO"):
        problem = await ask(http_server_client, jp_base_url, jp_auth_header, "de-DE", "no.ipynb")
    with language("de_DE"):
        error = NotebookError.of("no-such-notebook", path="no.ipynb")
    assert (problem["code"], problem["message"]) == ("no-such-notebook", error.message)
    assert error.message != error.english
