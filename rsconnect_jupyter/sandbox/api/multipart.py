"""Bundle uploads as ``multipart/form-data``, taken apart on disk: the archive may be larger than memory."""

from __future__ import annotations

import hashlib
import json
import mmap
import re
from dataclasses import dataclass
from pathlib import Path

from ..api_errors import ApiError
from .routing import Upload

BLOCK = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """One part of a form: where its content lies in the file."""

    name: str
    start: int
    end: int


def split_upload(upload: Upload, content_type: str, target: Path) -> tuple[Upload, dict[str, str]]:
    """Return the archive of a form, copied to `target`, and its metadata; refuses other forms (400/87)."""
    boundary = re.search(r'boundary="?([^";]+)"?', content_type)
    if boundary is None:
        raise ApiError(87)
    with upload.path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        parts = {part.name: part for part in _parts(data, b"--" + boundary[1].encode("latin-1"))}
        if "archive" not in parts and "url" in parts:
            raise ApiError(233)
        if "archive" not in parts:
            raise ApiError(12, "The form has no archive.")
        metadata = parse_metadata(data[parts["metadata"].start : parts["metadata"].end]) if "metadata" in parts else {}
        return _copy(data, parts["archive"], target), metadata


def _parts(data: mmap.mmap, delimiter: bytes) -> list[Part]:
    parts: list[Part] = []
    at = data.find(delimiter)
    while at >= 0:
        head = at + len(delimiter)
        if data[head : head + 2] == b"--":
            return parts
        body = data.find(b"\r\n\r\n", head)
        after = data.find(b"\r\n" + delimiter, max(body, head))
        if body < 0 or after < 0:
            break
        name = re.search(rb'[;\s]name="([^"]*)"', data[head:body])
        if name is not None:
            parts.append(Part(name[1].decode("utf-8", "replace"), body + 4, after))
        at = after + 2
    raise ApiError(87)


def parse_metadata(text: bytes) -> dict[str, str]:
    """Return the metadata object of strings; refuses anything else (400/121)."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ApiError(121, f"The metadata JSON cannot be parsed: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ApiError(121, "The metadata is not an object of strings.")
    return found


def _copy(data: mmap.mmap, part: Part, target: Path) -> Upload:
    md5, sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
    with target.open("xb") as file:
        for start in range(part.start, part.end, BLOCK):
            block = data[start : min(start + BLOCK, part.end)]
            file.write(block)
            md5.update(block)
            sha1.update(block)
    return Upload(target, part.end - part.start, md5.hexdigest(), sha1.hexdigest())
