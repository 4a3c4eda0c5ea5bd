"""Connect's codes as sentences: each has something to say and something to do."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.connect.error_catalog import SAYINGS
from rsconnect_jupyter.connect.responses import Answer, refusal

MET_BY_PUBLISHERS = [
    *range(3, 6), *range(19, 27), 28, 30, 38, 48, 50, 75, 82, 104, *range(109, 112), 117, 118, *range(121, 127),
    134, 135, 141, 144, 147, 148, 222, 223, 225, 226,
]  # fmt: skip


@pytest.mark.parametrize("code", MET_BY_PUBLISHERS)
def test_every_code_a_publisher_can_meet(code: int) -> None:
    assert code in SAYINGS
    body = f'{{"code": {code}, "error": "the server says", "payload": null}}'.encode()
    error = refusal(Answer(method="GET", url="http://x/__api__/y", status=400, body=body))
    assert len(error.message.split()) >= 3
    assert error.hint


@pytest.mark.parametrize("code", SAYINGS)
def test_every_saying_is_a_sentence(code: int) -> None:
    saying = SAYINGS[code]
    assert saying.hint[-1] == "."
    assert not saying.message or (saying.message[-1] == "." and saying.message[0].isupper())
    assert saying.code is None or saying.code == saying.code.lower().replace(" ", "-")


def test_long_and_broken_texts_are_shortened() -> None:
    text = "line one\\n" + "x" * 5000
    error = refusal(
        Answer(method="GET", url="http://x/", status=400, body=f'{{"code": 9999, "error": "{text}"}}'.encode())
    )
    assert len(error.message) < 600
    assert "\n" not in error.message
