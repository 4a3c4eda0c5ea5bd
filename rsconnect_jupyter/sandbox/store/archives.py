"""Bundles from outside: reading a tar.gz that nobody vouches for, and unpacking it.

Everything is bounded: bytes, entries, the length of names and of each single read, so that neither a decompression bomb
nor a forged header can fill the disk or the memory. Nothing is written outside the target folder.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from isal import igzip, isal_zlib

from ..api_errors import ApiError

MANIFEST = "manifest.json"
LONGEST_READ = 16 * 1024 * 1024
LARGEST_MANIFEST = 16 * 1024 * 1024

_BROKEN: Any = (
    OSError, EOFError, ValueError, OverflowError, tarfile.TarError, zlib.error, isal_zlib.error,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that one bundle may hold: bytes after unpacking, and entries."""

    bytes: int
    entries: int


@dataclass
class Listing:
    """What an archive holds.

    Attributes:
        checksums: Regular files: path below the collapsed root -> MD5 hex digest.
        links: Symbolic and hard links: path -> target as written.
        manifest: Bytes of ``manifest.json``, None when there is none.
        size: Bytes of all files together.
    """

    checksums: dict[str, str] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    manifest: bytes | None = None
    size: int = 0


def list_archive(path: Path, limits: Limits) -> Listing:
    """Read an archive through and return what it holds; refuses what Connect cannot unpack (400/135)."""
    listing = Listing()
    manifests: dict[str, bytes] = {}
    for name, member, content in _members(path, limits):
        if content is None:
            if not member.isdir():
                listing.links[name] = member.linkname
            continue
        kept = manifests.setdefault(name, b"") if posixpath.basename(name) == MANIFEST else None
        md5 = hashlib.md5(usedforsecurity=False)
        for block in _blocks(content):
            md5.update(block)
            if kept is not None and len(kept) <= LARGEST_MANIFEST:
                kept += block
        if kept is not None:
            manifests[name] = kept
        listing.checksums[name] = md5.hexdigest()
        listing.size += member.size
    return _collapse(listing, manifests)


def read_member(path: Path, wanted: str, limits: Limits, *, most: int) -> bytes | None:
    """Return the first `most` bytes of a regular file below the collapsed root, and one more; None without it."""
    names: list[str] = []
    found: dict[str, bytes] = {}
    for name, member, content in _members(path, limits):
        if not member.isdir():
            names.append(name)
        if content is not None and (name == wanted or name.endswith(f"/{wanted}")):
            found[name] = content.read(most + 1)
    return found.get(_root_of(names) + wanted)


def unpack_archive(path: Path, target: Path, limits: Limits) -> None:
    """Unpack an archive so that its collapsed root becomes `target`, which must not exist.

    Symbolic links are made last, so that nothing is ever written through one.
    """
    work = target.with_name(target.name + ".part")
    work.mkdir(parents=True)
    links: list[tuple[Path, tarfile.TarInfo]] = []
    for name, member, content in _members(path, limits):
        place = work / name
        if member.isdir():
            place.mkdir(parents=True, exist_ok=True)
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            links.append((place, member))
            continue
        with place.open("xb") as file:
            for block in _blocks(content):
                file.write(block)
        place.chmod(0o755 if member.mode & 0o100 else 0o644)
    for place, member in links:
        if member.issym():
            place.symlink_to(member.linkname)
        else:
            os.link(work / _clean_name(member.linkname), place)
    root = work
    while [each.is_dir() and not each.is_symlink() for each in root.iterdir()] == [True]:
        root = next(root.iterdir())
    root.rename(target)
    shutil.rmtree(work, ignore_errors=True)


def _members(path: Path, limits: Limits) -> Iterator[tuple[str, tarfile.TarInfo, IO[bytes] | None]]:
    """Yield ``(name, header, content)`` in archive order; content is None for folders and links."""
    kinds: dict[str, str] = {}
    total = 0
    try:
        with igzip.open(path, "rb") as unzipped:  # type: ignore[no-untyped-call]
            reader = _BoundedReader(unzipped)
            with tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r:") as tar:
                for count, member in enumerate(tar, start=1):
                    total += member.size if member.isreg() else 0
                    if count > limits.entries or total > limits.bytes:
                        raise _refused("it is larger than this server allows")
                    name = _clean_name(member.name)
                    _check_member(name, member, kinds)
                    if name:
                        yield name, member, tar.extractfile(member) if member.isreg() else None
            _check_end(reader, limits.bytes)
    except _BROKEN as error:
        raise _refused(str(error)) from error
    if not kinds:
        raise _refused("it is empty")


class _BoundedReader:
    """A file for tarfile that refuses single huge reads, which only forged headers ask for."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.last = b""

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= LONGEST_READ:
            raise tarfile.ReadError("a header is too large")
        self.last = self._file.read(size)
        return self.last

    def seek(self, position: int, whence: int = 0) -> int:
        return self._file.seek(position, whence)

    def tell(self) -> int:
        return self._file.tell()


def _check_end(reader: _BoundedReader, limit: int) -> None:
    """Refuse garbage where the next header was due, and read on so that the gzip checksum is verified."""
    if reader.last.strip(b"\0"):
        raise tarfile.ReadError("invalid tar header")
    rest = 0
    while block := reader.read(1024 * 1024):
        rest += len(block)
        if rest > limit:
            raise _refused("it is larger than this server allows")


def _clean_name(name: str) -> str:
    """Return a member's name without ``./``; refuses what leaves the folder or cannot be a file name."""
    name.encode("utf-8")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts:
        raise _refused(f"{name!r} points outside the bundle")
    if any(ord(letter) < 32 for letter in name) or len(name) > 1024 or any(len(part.encode()) > 255 for part in parts):
        raise _refused(f"{name[:80]!r} is not a usable file name")
    return "/".join(parts)


def _check_member(name: str, member: tarfile.TarInfo, kinds: dict[str, str]) -> None:
    """Refuse devices, names that occur twice, files below files, and links that leave the bundle."""
    if member.size < 0:
        raise _refused(f"{name!r} has a negative size")
    if member.issparse() or not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise _refused(f"{name!r} is not a regular file")
    kind = "folder" if member.isdir() else "file" if member.isreg() else "link"
    if name in kinds and not kind == kinds[name] == "folder":
        raise _refused(f"{name!r} occurs twice")
    parents = name.split("/")[:-1]
    for depth in range(1, len(parents) + 1):
        if kinds.setdefault("/".join(parents[:depth]), "folder") != "folder":
            raise _refused(f"{name!r} lies below something that is not a folder")
    if member.issym() and not _stays_inside(name, member.linkname):
        raise _refused(f"the link {name!r} points outside the bundle")
    if member.islnk() and kinds.get(_clean_name(member.linkname)) != "file":
        raise _refused(f"the link {name!r} points to nothing")
    kinds[name] = kind


def _stays_inside(name: str, target: str) -> bool:
    """Return whether a link leads below the root: steps up come first, and no more than there are folders above.

    Steps up after steps down are refused, since the way down may lead through another link.
    """
    parts = [part for part in target.split("/") if part not in ("", ".")]
    up = 0
    while up < len(parts) and parts[up] == "..":
        up += 1
    return not target.startswith("/") and up <= name.count("/") and ".." not in parts[up:] and "\0" not in target


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    try:
        while block := content.read(1024 * 1024):
            yield block
    except _BROKEN as error:
        raise _refused(str(error)) from error


def _collapse(listing: Listing, manifests: dict[str, bytes]) -> Listing:
    """Descend while everything lies in one folder, as Connect does."""
    root = _root_of([*listing.checksums, *listing.links])
    cut = len(root)
    return Listing(
        checksums={name[cut:]: checksum for name, checksum in listing.checksums.items()},
        links={name[cut:]: target for name, target in listing.links.items()},
        manifest=manifests.get(root + MANIFEST),
        size=listing.size,
    )


def _root_of(names: list[str]) -> str:
    root = ""
    while names:
        tops = {name[len(root) :].split("/", 1)[0] for name in names}
        if len(tops) != 1 or any("/" not in name[len(root) :] for name in names):
            break
        root += tops.pop() + "/"
    return root


def _refused(reason: str) -> ApiError:
    return ApiError(135, f"Unable to extract the bundle: {reason}.")
