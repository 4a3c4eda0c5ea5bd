"""What a test tells the sandbox to do wrong, as rules, and a record of the requests that arrived."""

from __future__ import annotations

import fnmatch
import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACTIONS = {"status", "delay", "reset", "truncate", "html", "slow-body"}
KNOWN = {
    "method", "path", "times", "every", "skip", "action", "actions", "when", "status", "body", "headers", "seconds",
}  # fmt: skip
AFTER = {"truncate", "slow-body"}
SIGN_IN_HTML = "<!doctype html><html><head><title>Sign in</title></head><body><form>Please sign in</form></body></html>"
LOG_LENGTH = 5_000


@dataclass
class Rule:
    """One order.

    Attributes:
        method: HTTP method or ``*``.
        path: Glob over the path below the server's root, such as ``/__api__/v1/tasks/*``.
        times: How often it acts, None without end.
        every: It acts on each so-manieth request that matches.
        skip: How many matching requests pass first.
        actions: What to do, one after the other in turn; dicts with ``action`` and its details.
    """

    method: str
    path: str
    times: int | None
    every: int
    skip: int
    actions: list[dict[str, Any]]
    matched: int = 0
    applied: int = 0

    def take(self, method: str, path: str) -> dict[str, Any] | None:
        """Count a request and return what to do to it, None for nothing."""
        if self.method not in ("*", method) or not fnmatch.fnmatchcase(path, self.path):
            return None
        self.matched += 1
        if self.matched <= self.skip or (self.matched - self.skip) % self.every:
            return None
        if self.times is not None and self.applied >= self.times:
            return None
        action = self.actions[self.applied % len(self.actions)]
        self.applied += 1
        return action

    def as_dict(self) -> dict[str, Any]:
        """Return the rule and its counts."""
        return {
            "method": self.method,
            "path": self.path,
            "times": self.times,
            "every": self.every,
            "skip": self.skip,
            "actions": self.actions,
            "matched": self.matched,
            "applied": self.applied,
        }


@dataclass
class Faults:
    """The rules in force and the record of requests."""

    rules: list[Rule] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    def take(self, method: str, path: str) -> dict[str, Any] | None:
        """Return what to do to a request; the first rule that acts wins."""
        with self._lock:
            for rule in self.rules:
                action = rule.take(method, path)
                if action is not None:
                    return action
        return None

    def replace(self, orders: Any) -> None:
        """Put other rules in force; raises `ValueError` for what is not a rule."""
        if isinstance(orders, Mapping):
            orders = orders.get("rules", [orders])
        if not isinstance(orders, list):
            raise ValueError("Give a rule, a list of rules, or {rules: […]}.")
        rules = [read_rule(order) for order in orders]
        with self._lock:
            self.rules = rules

    def note(self, entry: dict[str, Any]) -> None:
        """Add a request to the record."""
        with self._lock:
            self.log.append({"number": next(self._numbers), **entry})
            del self.log[:-LOG_LENGTH]

    def clear_log(self) -> None:
        """Forget all requests noted so far."""
        with self._lock:
            self.log.clear()


def read_rule(order: Any) -> Rule:
    """Return a rule from its JSON; raises `ValueError` for unknown fields and actions."""
    if not isinstance(order, dict) or set(order) - KNOWN:
        raise ValueError(f"A fault rule has the fields {sorted(KNOWN)}.")
    details = {name: order[name] for name in ("when", "status", "body", "headers", "seconds") if name in order}
    actions = order.get("actions") or [{"action": order.get("action"), **details}]
    for each in actions:
        if each.get("action") not in ACTIONS or each.get("when", "before") not in ("before", "after"):
            raise ValueError(f"A fault's action is one of {sorted(ACTIONS)}.")
    return Rule(
        method=str(order.get("method", "*")).upper(),
        path=str(order.get("path", "*")),
        times=order.get("times"),
        every=max(1, int(order.get("every", 1))),
        skip=int(order.get("skip", 0)),
        actions=actions,
    )


def happens_after(action: Mapping[str, Any]) -> bool:
    """Return whether a fault strikes the answer, after the request was carried out."""
    return action["action"] in AFTER or action.get("when") == "after"
