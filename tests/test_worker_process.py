"""Errors go from a worker to its parent whole, whatever their class asks for."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from rsconnect_jupyter.errors import ForbiddenError, NotebookError, RSConnectException, TaskFailedError
from rsconnect_jupyter.models import Where
from rsconnect_jupyter.worker_process import error_answer, raised_error

ERRORS = {
    "plain": NotebookError("Not there.", hint="Look.", code="gone", where=Where(cell=3)),
    "status": ForbiddenError("No.", status=403, connect_code=22, data={"guid": "a"}),
    "lines": TaskFailedError("Failed.", exit_code=2, lines=("one", "two")),
}
WAYS: dict[str, Callable[[RSConnectException], Any]] = {
    "JSON": lambda error: raised_error(json.loads(json.dumps(error_answer(error)))),
    "pickle": lambda error: pickle.loads(pickle.dumps(error)),
    "copy": copy.copy,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_error_arrives_as_it_left(error: RSConnectException, way: Callable[[RSConnectException], Any]) -> None:
    arrived = way(error)
    assert type(arrived) is type(error)
    assert arrived.as_dict() == error.as_dict()
    assert str(arrived) == str(error)
    assert vars(arrived).keys() == vars(error).keys()
    assert getattr(arrived, "status", None) == getattr(error, "status", None)
