"""A port that a program gets is not given to another one meanwhile."""

from __future__ import annotations

from rsconnect_jupyter.runner.ports import free_port


def test_a_free_port_is_none_that_systems_give_away() -> None:
    assert {free_port() // 1000 for _ in range(50)} <= set(range(20, 32))
