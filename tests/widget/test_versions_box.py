"""The list of versions: opened, closed, and what does not come."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from connect.wire import GUID, scripted

from rsconnect_jupyter.connect.server_memory import ServerMemory
from rsconnect_jupyter.errors import NoKeyError
from rsconnect_jupyter.models import Secret, Server
from rsconnect_jupyter.widget.versions_box import VersionsBox


@pytest.mark.parametrize("case", ["read", "closed", "of another content by now", "no key"])
def test_the_list_is_opened_and_closed(case: str) -> None:
    with scripted() as script:

        def server() -> Any:
            if case == "no key":
                raise NoKeyError.of("no-api-key/no-server")
            if case == "of another content by now":
                box._guid = "another"
            return Server(name="s", url=script.url, api_key=Secret("k"))

        box = VersionsBox(server=server, memory=ServerMemory(), on_restore=lambda *_arguments: None)
        box._guid = GUID
        for _click in range(2 if case == "closed" else 1):
            box._open.click()
            for each in threading.enumerate():
                if each.name == "publish-versions":
                    each.join(30)
    assert (box._page is not None) is (case == "read")
    assert ('role="alert"' in box._trouble.value) is (case == "no key")
