"""Texts that look like keys, tokens or passwords. Pure; what is found is never part of the answer.

The shapes are those that their issuers publish for scanners. A guess may be wrong either way, so findings only warn.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator

import msgspec

from ..translation import N_

MOST_TEXT = 400_000
"""Characters of one text that are looked at; keys stand at the top of cells and files, not in the middle of data."""

MOST_KINDS = 50
"""Most kinds of secrets that are reported for one text."""

# Patterns are texts here: few notebooks need any, so that each is compiled when it is first used, and kept by `re`.

LOGIN = N_("a login in an address")
VALUE_FOR = "a value for "

SHAPES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (N_("an AWS access key"), ("akia", "asia"), r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    (N_("a GitHub token"), ("gh", "github_pat_"), r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    (N_("a GitLab token"), ("glpat-",), r"\bglpat-[A-Za-z0-9_-]{18,}"),
    (N_("a Slack token"), ("xox",), r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    (N_("a Google API key"), ("aiza",), r"\bAIza[0-9A-Za-z_-]{35}"),
    (N_("an AI provider's key"), ("sk-",),
     r"\bsk-(?:ant|proj|svcacct|or)-[A-Za-z0-9_-]{20,}|\bsk-(?=\w{0,100}\d)[A-Za-z0-9_]{20,}"),
    (N_("a Hugging Face token"), ("hf_",), r"\bhf_[A-Za-z0-9]{30,}\b"),
    (N_("a Stripe key"), ("k_live_",), r"\b[rs]k_live_[A-Za-z0-9]{16,}"),
    (N_("a Databricks token"), ("dapi",), r"\bdapi[0-9a-f]{32}\b"),
    (N_("a PyPI token"), ("pypi-age",), r"\bpypi-AgE[A-Za-z0-9_-]{20,}"),
    (N_("an npm token"), ("npm_",), r"\bnpm_[A-Za-z0-9]{36}\b"),
    (N_("a SendGrid key"), ("sg.",), r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"),
    (N_("an Azure storage key"), ("accountkey=",), r"\bAccountKey=[A-Za-z0-9+/=]{40,}"),
    (N_("a private key"), ("private key-",), r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    (N_("a signed token"), ("eyj",),
     r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    (LOGIN, ("://",),
     r"://[^\s:/@'\"{}<>]{1,100}:(?P<value>[^\s/@'\"{}<>]{3,200})@[\w.-]+"),
    (N_("an authorization header"), ("bearer", "authorization"),
     r"(?i:\bbearer|\bauthorization[\"']?\s*[:=]\s*[\"']?(?:key|token|basic))\s+(?P<value>[A-Za-z0-9._~+/=-]{16,})"),
)  # fmt: skip
"""What it is, lower-case texts of which one must be there (looking for those is fast), and its shape."""

_NAMES = ("password", "passwd", "pwd", "passphrase", "secret", "token", "api_key", "apikey", "access_key", "accesskey",
          "private_key", "privatekey")  # fmt: skip
_NAMED = (
    rf"(?i)(?:{'|'.join(_NAMES)})(?:s|\d{{1,3}}|_\w{{0,20}})?\b"
    r"[\"']?\]?\s{0,5}(?::\s{0,3}str\s{0,3})?(?:=|:|,\s{0,3}(?=[\"']))\s{0,5}[rbfu]{0,2}[\"'](?P<value>[^\"'\s]{6,200})[\"']"
)
_PLACEHOLDER = (
    r"(?i)^[<{$%(\[]|your|my[-_]?(api|secret|token|pass)|example|change.?me|placeholder|dummy|todo|insert|here$|xxx"
    r"|\*\*\*|\.\.\.|^(none|null|true|false|password|passwd|secret|token|test|hidden|redacted|string)$|^(?P<same>.)(?P=same)+$"
    r"|^(?=.{0,38}$)[\w.]*[/\\][\w./\\]+$"
)


class Suspicion(msgspec.Struct, frozen=True):
    """What a text seems to hold: ``"a GitHub token"``, ``"a value for db_password"``; and its 1-based line."""

    kind: str
    line: int


def suspect(text: str) -> tuple[Suspicion, ...]:
    """Return what a text seems to hold, each kind once, in order of the lines."""
    text = text[:MOST_TEXT]
    found: dict[str, int] = {}
    taken: list[tuple[int, int]] = []
    for kind, match in _matches(text):
        start, end = match.span("value") if match.groupdict().get("value") else match.span()
        at = bisect(taken, (start, end))
        overlaps = any(start < upto and begin < end for begin, upto in taken[max(0, at - 1) : at + 1])
        if overlaps or re.search(_PLACEHOLDER, text[start:end]):
            continue
        taken.insert(at, (start, end))
        if kind not in found and len(found) < MOST_KINDS:
            found[kind] = text.count("\n", 0, start) + 1
    return tuple(Suspicion(kind, line) for kind, line in sorted(found.items(), key=lambda each: each[1]))


def _matches(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Yield what matches, the issuers' own shapes before names that only sound like a secret's."""
    lowered = text.lower()
    for kind, hints, pattern in SHAPES:
        if any(each in lowered for each in hints):
            for match in re.finditer(pattern, text):
                yield kind, match
    if any(each in lowered for each in _NAMES):
        for match in re.finditer(_NAMED, text):
            name = _name_at(text, match.start())
            if not _is_told_by_name(name, match["value"]):
                yield f"{VALUE_FOR}{name}", match


_OTHER_NAME = (
    r"(?i)(?:pad|eos|bos|sep|unk|cls|mask|max|min|stop|special|csrf)_?token|tokens$|"
    r"(?:field|name|column|col|label|prompt|url|path|file|env|var|id|input|length)$"
)
_PHRASES = r"(?i)passw|pwd|passphrase|secret"


def _is_told_by_name(name: str, value: str) -> bool:
    """Return True when a name says that its value is no secret: a model's ``pad_token``, a ``password_field``.

    Passwords may be words; keys and tokens, which machines make, have digits.
    """
    is_word = not any(each.isdigit() for each in value)
    return (
        bool(re.search(_OTHER_NAME, name))
        or (is_word and not re.search(_PHRASES, name))
        or value.lower() == name.lower()
    )


def _name_at(text: str, start: int) -> str:
    """Return the whole name that the found word is the end of: ``db_password`` for ``password``."""
    before = re.match(r"\w*", text[max(0, start - 40) : start][::-1])
    after = re.match(r"\w*", text[start : start + 40])
    return (before[0][::-1] if before else "") + (after[0] if after else "")
