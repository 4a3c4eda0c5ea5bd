"""What is remembered of a server between two connections."""

from __future__ import annotations

import pytest
from connect.wire import KEY, USER, Reply, Script, reply

from rsconnect_jupyter.connect.server_memory import ServerMemory
from rsconnect_jupyter.errors import SignInError
from rsconnect_jupyter.models import Secret, Server


@pytest.mark.parametrize(
    ("answer", "asked"),
    [
        pytest.param(reply(USER), [2, 2], id="publisher"),
        pytest.param(reply({**USER, "user_role": "viewer"}), [2, 4], id="viewer-may-get-the-right"),
        pytest.param(reply({"code": 30, "error": "no"}, 401), [3, 6], id="refused"),
    ],
)
def test_only_who_may_publish_is_remembered(answer: Reply, asked: list[int], script: Script) -> None:
    script.on("GET", "v1/user", answer)
    memory, counts = ServerMemory(), []
    for _turn in range(2):
        if answer.status == 401:
            with pytest.raises(SignInError):
                memory.open(Server(name="x", url=script.url, api_key=Secret(KEY)))
        else:
            memory.open(Server(name="x", url=script.url, api_key=Secret(KEY))).close()
        counts.append(len(script.seen))
    assert counts == asked
