"""How a page looks to readers with a dark or a light system, and on paper: a script at its end turns its rules on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

Look = Literal["light", "dark", "print"]
_SCRIPT = Path(__file__).with_name("page_look.js")


def with_look(page: bytes, look: Look) -> bytes:
    """Return a page that shows itself so."""
    script = _SCRIPT.read_text(encoding="utf-8")
    return page + f"\n<script>\n{script}\nshowAs({json.dumps(look)});\n</script>\n".encode()
