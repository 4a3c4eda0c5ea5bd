"""Bundle uploads as ``multipart/form-data``, taken apart on disk: the archive may be larger than memory."""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from ..api_errors import ApiError
from .routing import Upload

BLOCK = 1024 * 1024


class _Form:
    """The parts of a form as a parser meets them: the archive goes to a file, other fields stay in memory."""

    def __init__(self, archive: BinaryIO) -> None:
        self.fields: dict[str, bytearray] = {}
        self.ended = False
        self.md5, self.sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
        self._archive = archive
        self._header = b""
        self._value = b""
        self._name = ""

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._name = parse_options_header(self._value)[1].get(b"name", b"").decode("utf-8", "replace")
            self.fields[self._name] = bytearray()
        self._header = self._value = b""

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._name != "archive":
            self.fields.setdefault(self._name, bytearray()).extend(data[start:end])
            return
        block = memoryview(data)[start:end]
        self._archive.write(block)
        self.md5.update(block)
        self.sha1.update(block)

    def on_end(self) -> None:
        self.ended = True


def split_upload(upload: Upload, content_type: str, target: Path) -> tuple[Upload, dict[str, str]]:
    """Return the archive of a form, copied to `target`, and its metadata; refuses other forms (400/87)."""
    with ExitStack() as undo, upload.path.open("rb") as file, target.open("xb") as archive:
        undo.callback(target.unlink)
        form = _Form(archive)
        try:
            parser = MultipartParser(
                parse_options_header(content_type)[1].get(b"boundary", b""),
                {
                    "on_header_field": form.on_header_field,
                    "on_header_value": form.on_header_value,
                    "on_header_end": form.on_header_end,
                    "on_part_data": form.on_part_data,
                    "on_end": form.on_end,
                },
            )
            for block in iter(partial(file.read, BLOCK), b""):
                parser.write(block)
        except FormParserError as error:
            raise ApiError(87) from error
        if not form.ended:
            raise ApiError(87)
        if "archive" not in form.fields:
            raise ApiError(233) if "url" in form.fields else ApiError(12, "The form has no archive.")
        metadata = parse_metadata(bytes(form.fields["metadata"])) if "metadata" in form.fields else {}
        undo.pop_all()
    return Upload(target, target.stat().st_size, form.md5.hexdigest(), form.sha1.hexdigest()), metadata


def parse_metadata(text: bytes) -> dict[str, str]:
    """Return the metadata object of strings; refuses anything else (400/121)."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ApiError(121, f"The metadata JSON cannot be parsed: {error}") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ApiError(121, "The metadata is not an object of strings.")
    return found
