"""A bundle on its way to the server: read in pieces, with progress, the memory used not growing with its size."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import io
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from ..errors import BundleError, Cancelled

Progress = Callable[[int, int], None]
"""Called with ``(sent, total)`` in bytes."""

Stop = Callable[[], bool]

PIECE = 128 * 1024
"""Bytes per read; the transport asks for pieces of this size."""

_REPORT_BYTES = 512 * 1024
_REPORT_SECONDS = 0.1


class Body:
    """The bytes of one request: `head`, the file from its present position, `tail`. Read once, in order.

    Args:
        size: Bytes of the file.
        progress: Called at least every 1 MB or 200 ms as long as the network takes pieces, and at the end.
        should_stop: Asked before every piece.
    """

    def __init__(
        self,
        file: BinaryIO,
        size: int,
        *,
        head: bytes = b"",
        tail: bytes = b"",
        progress: Progress | None = None,
        should_stop: Stop | None = None,
    ) -> None:
        self._total = len(head) + size + len(tail)
        self._file, self._head, self._tail = file, head, tail
        self._progress, self._should_stop = progress, should_stop
        self._sent = self._reported = 0
        self._reported_at = time.monotonic()

    def __len__(self) -> int:
        return self._total

    def read(self, amount: int = -1) -> bytes:
        """Return the next piece, empty at the end. Asking for a piece means that those before it are sent.

        Raises:
            Cancelled: when `should_stop` says so.
        """
        if self._should_stop is not None and self._should_stop():
            raise Cancelled.of("cancelled")
        self._report()
        piece = self._next(self._total if amount is None or amount < 0 else amount)
        self._sent += len(piece)
        if self._sent == self._total:
            self._report(at_end=True)
        return piece

    def _next(self, amount: int) -> bytes:
        if self._head:
            piece, self._head = self._head[:amount], self._head[amount:]
            return piece
        piece = self._file.read(amount)
        if not piece and self._tail:
            piece, self._tail = self._tail[:amount], self._tail[amount:]
        return piece

    def _report(self, *, at_end: bool = False) -> None:
        if self._progress is None or self._sent == self._reported:
            return
        now = time.monotonic()
        if at_end or self._sent - self._reported >= _REPORT_BYTES or now - self._reported_at >= _REPORT_SECONDS:
            self._reported, self._reported_at = self._sent, now
            self._progress(self._sent, self._total)


class UploadEncoding(msgspec.Struct, frozen=True, kw_only=True):
    """How a bundle is sent: the headers, and what stands before and after its bytes."""

    md5: str
    headers: Mapping[str, str]
    head: bytes = b""
    tail: bytes = b""


def plain_encoding(md5: str) -> UploadEncoding:
    """Return the form every Connect takes: the archive as the body, its checksum in a header.

    Args:
        md5: Hex digest of the archive; Connect wants the base64 of the digest itself.
    """
    return UploadEncoding(
        md5=md5, headers={"Content-Type": "application/gzip", "X-Content-Checksum": checksum_header(md5)}
    )


def multipart_encoding(md5: str, metadata: Mapping[str, str]) -> UploadEncoding:
    """Return the multipart form of Connect 2025.12 and later: fields ``metadata`` and ``archive``."""
    boundary = f"bundle-{secrets.token_hex(16)}"
    fields = json.dumps({str(key): str(value) for key, value in metadata.items()})
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="metadata"\r\n\r\n'
        f"{fields}\r\n"
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="archive"; filename="bundle.tar.gz"\r\n'
        "Content-Type: application/x-tar\r\n\r\n"
    )
    return UploadEncoding(
        md5=md5,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
        head=head.encode(),
        tail=f"\r\n--{boundary}--\r\n".encode(),
    )


def checksum_header(md5: str) -> str:
    """Return ``X-Content-Checksum`` for a hex digest.

    Raises:
        BundleError: `md5` is no MD5 digest.
    """
    try:
        digest = binascii.unhexlify(md5)
    except ValueError as exc:
        raise BundleError.of("bad-checksum") from exc
    return base64.b64encode(digest).decode()


def opened(path: Path) -> BinaryIO:
    """Open a bundle for reading.

    Raises:
        BundleError: it cannot be read.
    """
    try:
        return path.open("rb")
    except OSError as exc:
        raise BundleError.of("bundle-failed", name=path.name) from exc


@contextlib.contextmanager
def seekable(tarball: BinaryIO | bytes | str | Path) -> Iterator[BinaryIO]:
    """Give a bundle as a file that can be read twice: once for its checksum, once for the network."""
    if isinstance(tarball, (bytes, bytearray)):
        yield io.BytesIO(tarball)
    elif isinstance(tarball, (str, Path)):
        with opened(Path(tarball)) as file:
            yield file
    elif tarball.seekable():
        yield tarball
    else:
        with tempfile.TemporaryFile() as copy:
            while piece := tarball.read(1024 * 1024):
                copy.write(piece)
            copy.seek(0)
            yield copy


def md5_of(file: BinaryIO) -> str:
    """Return the hex digest of a file from where it stands, and go back there."""
    start = file.tell()
    digest = hashlib.md5(usedforsecurity=False)
    while piece := file.read(1024 * 1024):
        digest.update(piece)
    file.seek(start)
    return digest.hexdigest()
