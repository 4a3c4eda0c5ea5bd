"""Values of the command line's options, from text; what cannot be one is refused with a sentence."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

LONGEST = 10.0**7
"""Seconds."""
DEFAULT_VERSION = "2026.06.0"


def read_path(text: str) -> Path:
    """Return a path, with ~ as the home folder."""
    return Path(text).expanduser().resolve()


def read_version(text: str) -> tuple[int, ...]:
    """Return a version's numbers."""
    parts = text.split(".")
    if len(parts) < 2 or not all(part.isascii() and part.isdigit() for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not a version such as {DEFAULT_VERSION}")
    return tuple(int(part) for part in parts)


def read_port(text: str) -> int:
    """Return a port."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return int(text)


def read_key(text: str) -> str:
    """Return an API key."""
    if not re.fullmatch(r"[!-~]{1,500}", text):
        raise argparse.ArgumentTypeError("a key consists of printable characters without spaces")
    return text


def read_seconds(text: str) -> float:
    """Return a number of seconds above 0."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def read_whole_number(text: str) -> int:
    """Return a whole number above 0."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 2**60):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def read_prefix(text: str) -> str:
    """Return a path in front of everything, with a slash at its begin and none at its end."""
    text = text.strip("/")
    if any(set(part) <= {"."} or not re.fullmatch(r"[A-Za-z0-9._~-]+", part) for part in text.split("/") if text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a path such as /rsc")
    return f"/{text}" if text else ""
