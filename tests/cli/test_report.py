"""What a person reads after a publish."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.cli.report import result_text
from rsconnect_jupyter.models import Deployment


@pytest.mark.parametrize(
    ("draft", "created", "finished", "head"),
    [
        ("", True, True, "Published 'T' (Source code) on s"),
        ("", False, True, "Updated 'T' (Source code) on s"),
        ("http://s/draft", False, True, "Draft of 'T' (Source code) on s"),
        ("", False, False, "Started publishing 'T' (Source code) on s"),
    ],
)
def test_the_head_says_what_was_done(draft: str, created: bool, finished: bool, head: str) -> None:
    done = Deployment(
        server="s", guid="g", title="T", mode="jupyter-static", bundle_id="1", task_id="", created=created,
        url="http://s/content", dashboard_url="http://s/dashboard", logs_url="http://s/logs", draft_url=draft,
    )  # fmt: skip
    lines = result_text(done, quiet=False, finished=finished).splitlines()
    assert lines[:2] == [head, f"  Content    {draft or 'http://s/content'}"]
    assert result_text(done, quiet=True) == (draft or "http://s/content")
