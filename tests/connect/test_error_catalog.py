"""Connect's error codes: each has a message and a hint, and none contradicts the status it came with."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.connect.error_catalog import CATALOG
from rsconnect_jupyter.connect.responses import Answer, refusal
from rsconnect_jupyter.errors import ForbiddenError, RefusedError, SignInError

MET_BY_PUBLISHERS = [
    *range(3, 6), *range(19, 27), 28, 30, 38, 48, 50, 75, 82, 104, *range(109, 112), 117, 118, *range(121, 127),
    134, 135, 141, 144, 147, 148, 222, 223, 225, 226,
]  # fmt: skip


@pytest.mark.parametrize("code", MET_BY_PUBLISHERS)
def test_every_code_a_publisher_can_meet(code: int) -> None:
    assert code in CATALOG
    body = f'{{"code": {code}, "error": "the server says", "payload": null}}'.encode()
    error = refusal(Answer(method="GET", url="http://x/__api__/y", status=400, body=body))
    assert len(error.message.split()) >= 3
    assert error.hint


@pytest.mark.parametrize("code", CATALOG)
def test_every_entry_is_a_sentence(code: int) -> None:
    entry = CATALOG[code]
    assert entry.hint[-1] == "."
    assert not entry.message or (entry.message[-1] == "." and entry.message[0].isupper())
    assert entry.code is None or entry.code == entry.code.lower().replace(" ", "-")


def refused(status: int, code: int, path: str = "v1/content/g") -> RefusedError:
    body = f'{{"code": {code}, "error": "the server says", "payload": null}}'.encode()
    error = refusal(Answer(method="GET", url=f"http://x/__api__/{path}", status=status, body=body))
    assert isinstance(error, RefusedError)
    return error


@pytest.mark.parametrize("code", CATALOG)
def test_the_status_decides_what_kind_of_refusal_it_is(code: int) -> None:
    unknown, forbidden = refused(401, code), refused(403, code)
    assert isinstance(unknown, SignInError)
    assert unknown.code in {"bad-api-key", "key-expired", "sign-in-failed"} or unknown.code.startswith("account-")
    assert isinstance(forbidden, ForbiddenError)
    assert forbidden.code not in {"not-found", "bad-api-key", "key-expired", "name-taken", "endpoint-missing"}


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("v1/content/g", "Connect has no such content."),
        ("v1/content/g?include=owner", "Connect has no such content."),
        ("applications/8", "Connect has no such content."),
        ("v1/content/g/bundles/7", "Connect has no such bundle."),
        ("v1/content/g/jobs/k/log", "Connect has no such job."),
        ("v1/tasks/t", "Connect has no such task."),
        ("v1/users/u", "Connect has no such user."),
        ("v1/content/g/permissions/3", "Connect has no such permission."),
        ("v1/environments/e", "Connect has no such environment."),
        ("something/else", "Connect has no such object."),
    ],
)
def test_what_is_missing_is_named(path: str, message: str) -> None:
    error = refused(404, 4, path)
    assert (error.message, error.code) == (message, "not-found")
    assert error.hint


def test_long_and_broken_texts_are_shortened() -> None:
    text = "line one\\n" + "x" * 5000
    error = refusal(
        Answer(method="GET", url="http://x/", status=400, body=f'{{"code": 9999, "error": "{text}"}}'.encode())
    )
    assert len(error.message) < 600
    assert "\n" not in error.message
