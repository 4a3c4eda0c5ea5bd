"""How far a publish is: the fraction only grows, numbers are human, a server's text stays harmless."""

from __future__ import annotations

import io
from typing import Any

import pytest

from rsconnect_jupyter.foreground.cell import as_html, as_text
from rsconnect_jupyter.foreground.progress import Progress, advance, duration_text, size_text, sizes_text
from rsconnect_jupyter.foreground.terminal import TerminalProgress
from rsconnect_jupyter.models import Event
from rsconnect_jupyter.terminal_text import plain_text


def event(step: Any, status: Any, message: str = "", **more: Any) -> Event:
    return Event(seq=0, time="2026-11-23T12:00:00.000Z", step=step, status=status, message=message, **more)


STORY = [
    event("inspect", "start"),
    event("check", "start"),
    event("bundle", "start"),
    event("bundle", "progress", data={"done": 500, "total": 1000}),
    event("content", "start"),
    event("upload", "start"),
    event("upload", "progress", data={"sent": 9_100_000, "total": 14_200_000}),
    event("upload", "success"),
    event("deploy", "start"),
    event("deploy", "log", "Installing \x1b[31mpandas\x1b[0m"),
    event("deploy", "success"),
    event("verify", "start"),
    event("done", "success", "Published.", data={"url": "http://localhost/content/1/"}),
]


def test_the_fraction_only_grows_and_ends_at_one() -> None:
    progress, fractions = Progress(), []
    for each in STORY:
        progress = advance(progress, each)
        fractions.append(progress.fraction)
    assert fractions == sorted(fractions)
    assert progress.fraction == 1.0
    assert progress.outcome == "published"


def test_upload_says_how_much_of_how_much() -> None:
    progress = Progress()
    for each in STORY[:7]:
        progress = advance(progress, each)
    assert (progress.label, progress.detail) == ("Uploading", "9.1 of 14.2 MB")


@pytest.mark.parametrize("code", ["cancelled", "task-failed"])
def test_a_failure_keeps_how_far_it_came(code: str) -> None:
    progress = advance(advance(Progress(), STORY[8]), event("deploy", "failure", "It failed.", code=code))
    assert progress.outcome == ("cancelled" if code == "cancelled" else "failed")
    assert 0 < progress.fraction < 1


def test_numbers_are_for_people() -> None:
    assert [size_text(each) for each in (0, 999, 1200, 1_000_000, 123_400_000)] == [
        "0 B",
        "999 B",
        "1.2 kB",
        "1 MB",
        "123 MB",
    ]
    assert sizes_text(500, 1000) == "0.5 of 1 kB"
    assert [duration_text(each) for each in (8.9, 61, 3723)] == ["0:08", "1:01", "1:02:03"]


def test_text_from_servers_cannot_steer_a_terminal_or_a_page() -> None:
    assert plain_text("a\x1b[2Jb\x1b]0;title\x07c\rd\x00") == "abcd"


@pytest.mark.parametrize(
    "text",
    [
        "ab\x1b]0;title", "a\x1b]8;;https://example.com\x1b\\b", "a\x9d0;title\x9cb", "a\x9b31mb", "ab\x1bPq#0;2",
        "a\x1b(Bb", "ab\x1b[38;5;1", "a\x1b=b\x1b",
    ],
    ids=["a title that is cut off", "a link", "a title in one byte", "a colour in one byte", "a picture", "a charset",
         "a colour that is cut off", "a keypad"],
)  # fmt: skip
def test_no_part_of_a_terminal_sequence_stays(text: str) -> None:
    assert plain_text(text) == "ab"
    failed = event("deploy", "failure", "<img src=x onerror=alert(1)>", hint="<b>")
    shown = as_html(advance(Progress(), failed), failed)
    assert "<img" not in shown
    assert 'role="alert"' in shown
    sly = event("done", "success", data={"url": "javascript:alert(1)", "dashboard_url": "https://ok.example.com/"})
    shown = as_html(advance(Progress(), sly), sly)
    assert "javascript" not in shown
    assert "https://ok.example.com/" in shown


def test_a_cell_without_html_reads_well() -> None:
    progress = Progress()
    for each in STORY[:7]:
        progress = advance(progress, each)
    assert as_text(progress, STORY[6]) == "Uploading … 43%"
    assert as_text(advance(progress, STORY[-1]), STORY[-1]) == "Published: http://localhost/content/1/"


def test_without_a_terminal_each_step_and_log_line_is_one_line() -> None:
    stream = io.StringIO()
    with TerminalProgress(stream) as shown:
        for each in STORY:
            shown.show(each)
    lines = stream.getvalue().splitlines()
    assert [each.rstrip(" .") for each in lines] == [
        "Reading the notebook",
        "Checking",
        "Bundling",
        "Preparing the content",
        "Uploading",
        "Running on the server",
        "  Installing pandas",
        "Checking the page",
    ]


def test_on_a_terminal_one_line_moves_and_is_gone_at_the_end() -> None:
    stream = io.StringIO()
    with TerminalProgress(stream, live=True) as shown:
        for each in STORY:
            shown.show(each)
    written = stream.getvalue()
    assert "Uploading  9.1 of 14.2 MB" in written
    assert "  Installing pandas\n" in written
    assert written.endswith("\r\x1b[K")
