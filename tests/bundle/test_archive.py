"""The archive: complete, in order, the same bytes each time, little memory, and nothing left of one that failed."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from rsconnect_jupyter.bundle.archive import CHUNK, write_archive
from rsconnect_jupyter.bundle.manifest import make_manifest
from rsconnect_jupyter.errors import BundleError, Cancelled
from rsconnect_jupyter.models import Bundle, BundleFile

DRAFT = make_manifest("jupyter-static", entrypoint="report.ipynb", locale="en_US.UTF-8")


def on_disk(folder: Path, contents: dict[str, bytes]) -> list[BundleFile]:
    files = []
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        files.append(BundleFile(path=name, source=path, size=len(content), reason="picked"))
    return files


def in_memory(name: str, content: bytes) -> BundleFile:
    return BundleFile(path=name, source=content, size=len(content), reason="made")


def pack(files: list[BundleFile], target: Path, **options: Any) -> Bundle:
    return write_archive(files, DRAFT, target, **options)


CONTENTS = {
    "report.ipynb": b'{"cells": []}',
    "data/sales.csv": b"a,b\n" * 1000,
    "data/Größe und Maß.csv": b"x",
    "empty.txt": b"",
    "deep/" * 40 + "leaf.txt": b"far down",
    "exactly.bin": bytes(512),
}


def test_members_are_the_files_with_the_manifest_first(tmp_path: Path) -> None:
    bundle = pack(on_disk(tmp_path / "project", CONTENTS), tmp_path / "bundle.tar.gz")
    with tarfile.open(bundle.path) as archive:
        members = archive.getmembers()
        contents = {each.name: _read(archive, each) for each in members}
    manifest = json.loads(contents.pop("manifest.json"))
    assert [each.name for each in members] == ["manifest.json", *sorted(CONTENTS)]
    assert contents == CONTENTS
    assert {path: each["checksum"] for path, each in manifest["files"].items()} == {
        path: hashlib.md5(content).hexdigest() for path, content in CONTENTS.items()
    }


def test_bundle_says_what_is_on_disk(tmp_path: Path) -> None:
    files = [*on_disk(tmp_path, {"report.ipynb": b"{}"}), in_memory("requirements.txt", b"pandas==2.2.0\n")]
    bundle = pack(files, tmp_path / "bundle.tar.gz")
    packed = bundle.path.read_bytes()
    assert bundle.size == len(packed)
    assert bundle.md5 == hashlib.md5(packed).hexdigest()
    assert (bundle.mode, bundle.entrypoint) == ("jupyter-static", "report.ipynb")
    assert bundle.sizes == {"report.ipynb": 2, "requirements.txt": 14}
    with tarfile.open(bundle.path) as archive:
        assert json.loads(_read(archive, "manifest.json")) == bundle.manifest


def test_owner_time_and_mode_say_nothing_about_this_machine(tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"report.ipynb": b"{}", "run.sh": b"#!/bin/sh\n"})
    (tmp_path / "run.sh").chmod(0o750)
    (tmp_path / "report.ipynb").chmod(0o600)
    with tarfile.open(pack(files, tmp_path / "bundle.tar.gz").path) as archive:
        facts = {each.name: each for each in archive}
    assert {(each.uid, each.gid, each.uname, each.gname, each.mtime) for each in facts.values()} == {(0, 0, "", "", 0)}
    assert {name: each.mode for name, each in facts.items()} == {
        "manifest.json": 0o644,
        "report.ipynb": 0o644,
        "run.sh": 0o755,
    }


def test_same_input_gives_the_same_bytes_whatever_the_order_time_and_place(tmp_path: Path) -> None:
    first = pack(on_disk(tmp_path / "one", CONTENTS), tmp_path / "first.tar.gz")
    again = on_disk(tmp_path / "two", dict(reversed(CONTENTS.items())))
    for each in again:
        os.utime(each.source, (1, 1))
    second = pack(again, tmp_path / "second.tar.gz")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.md5 == second.md5


def test_it_is_one_ordinary_gzip_member_without_time_or_name(tmp_path: Path) -> None:
    packed = pack(on_disk(tmp_path, CONTENTS), tmp_path / "bundle.tar.gz").path.read_bytes()
    assert packed[:10] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    reader = zlib.decompressobj(wbits=31)
    reader.decompress(packed)
    assert reader.eof
    assert reader.unused_data == b""


def test_other_programs_can_read_it(tmp_path: Path) -> None:
    bundle = pack(on_disk(tmp_path, CONTENTS), tmp_path / "bundle.tar.gz")
    subprocess.run(["gzip", "-t", str(bundle.path)], check=True)
    listed = subprocess.run(["tar", "tzf", str(bundle.path)], check=True, capture_output=True, text=True).stdout
    assert listed.splitlines()[0] == "manifest.json"


def test_manifest_longer_than_one_stored_block_is_whole(tmp_path: Path) -> None:
    names = [f"data/{'long' * 20}-{number:04}.csv" for number in range(1200)]
    bundle = pack([in_memory(each, each.encode()) for each in names], tmp_path / "bundle.tar.gz")
    with tarfile.open(bundle.path) as archive:
        member = archive.next()
        assert member is not None
        assert member.size > 0x1FFFF  # several stored blocks
        assert list(json.loads(_read(archive, member))["files"]) == names
        assert len(archive.getnames()) == 1201


def test_files_larger_than_a_chunk_keep_their_checksum(tmp_path: Path) -> None:
    content = random.Random(1).randbytes(2 * CHUNK + 17)
    bundle = pack(on_disk(tmp_path, {"big.bin": content}), tmp_path / "bundle.tar.gz")
    assert bundle.manifest["files"]["big.bin"]["checksum"] == hashlib.md5(content).hexdigest()
    with tarfile.open(bundle.path) as archive:
        assert _read(archive, "big.bin") == content


def test_no_files_still_make_an_archive(tmp_path: Path) -> None:
    bundle = pack([], tmp_path / "bundle.tar.gz")
    with tarfile.open(bundle.path) as archive:
        assert archive.getnames() == ["manifest.json"]


def test_size_stays_near_gzips_default_level(tmp_path: Path) -> None:
    chance = random.Random(2)
    text = "".join(f"{chance.randint(1, 10**6)},{chance.random():.6f},north\n" for _ in range(60_000)).encode()
    noise = chance.randbytes(len(text))
    bundle = pack(on_disk(tmp_path, {"text.csv": text, "noise.bin": noise}), tmp_path / "bundle.tar.gz")
    with gzip.open(bundle.path) as plain:
        default = len(zlib.compress(plain.read(), 6))
    assert bundle.size < 1.05 * default


def test_progress_counts_every_byte_up_to_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    contents = {"a.bin": bytes(3 * CHUNK), "b.bin": bytes(10)}
    pack(on_disk(tmp_path, contents), tmp_path / "b.tar.gz", progress=lambda done, total: seen.append((done, total)))
    total = 3 * CHUNK + 10
    assert {each[1] for each in seen} == {total}
    assert [each[0] for each in seen] == sorted(each[0] for each in seen)
    assert seen[-1] == (total, total)
    assert len(seen) >= 4


@pytest.mark.parametrize("asked", [0, 1, 3, 6])
def test_stopping_leaves_nothing_behind(tmp_path: Path, asked: int) -> None:
    answers = iter([False] * asked)
    folder = tmp_path / "out"
    folder.mkdir()
    files = on_disk(tmp_path, {"a.bin": bytes(3 * CHUNK), "b.bin": bytes(CHUNK)})
    with pytest.raises(Cancelled):
        pack(files, folder / "bundle.tar.gz", should_stop=lambda: next(answers, True))
    assert list(folder.iterdir()) == []


def test_stopping_keeps_the_bundle_that_was_there(tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(b"the last good one")
    with pytest.raises(Cancelled):
        pack(on_disk(tmp_path, {"a": b"a"}), tmp_path / "bundle.tar.gz", should_stop=lambda: True)
    assert (tmp_path / "bundle.tar.gz").read_bytes() == b"the last good one"


def refused(files: list[BundleFile], target: Path) -> BundleError:
    with pytest.raises(BundleError) as caught:
        pack(files, target)
    assert not target.exists()
    return caught.value


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.csv", "a/../b", "./a", "a//b", "", "a/", "nul\0l", "manifest.json", "bad\udcff"]
)
def test_names_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    error = refused([in_memory(name, b"")], tmp_path / "b.tar.gz")
    assert error.code == "bad-file-name"
    assert error.where is not None
    assert error.where.file == name


def test_a_name_twice_is_refused(tmp_path: Path) -> None:
    assert "twice" in refused([in_memory("a", b"1"), in_memory("a", b"2")], tmp_path / "b.tar.gz").message


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"data.csv": b"1"})
    (tmp_path / "data.csv").unlink()
    error = refused(files, tmp_path / "b.tar.gz")
    assert "data.csv" in error.message
    assert error.code == "file-unreadable"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a POSIX thing")
def test_a_named_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    error = refused([BundleFile(path="pipe", source=tmp_path / "pipe", size=0, reason="picked")], tmp_path / "b.tar.gz")
    assert "regular file" in error.message


def test_a_file_that_shrinks_meanwhile_is_an_error(tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"log.txt": bytes(3 * CHUNK)})

    def cut(done: int, _total: int) -> None:
        if done == CHUNK:
            os.truncate(tmp_path / "log.txt", CHUNK)

    with pytest.raises(BundleError, match="shorter"):
        pack(files, tmp_path / "b.tar.gz", progress=cut)


def test_a_disk_that_fails_meanwhile_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing(io.FileIO):
        def readinto(self, _buffer: Any) -> int:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr("rsconnect_jupyter.bundle.archive.open_regular", Failing)
    error = refused(on_disk(tmp_path, {"log.txt": b"text"}), tmp_path / "b.tar.gz")
    assert (error.code, "Input/output error" in error.message) == ("file-unreadable", True)


def test_a_file_that_grows_meanwhile_is_packed_as_it_was_when_opened(tmp_path: Path) -> None:
    files = on_disk(tmp_path, {"log.txt": b"a" * 2 * CHUNK})

    def grow(_done: int, _total: int) -> None:
        with (tmp_path / "log.txt").open("ab") as stream:
            stream.write(b"more")

    bundle = pack(files, tmp_path / "b.tar.gz", progress=grow)
    assert bundle.manifest["files"]["log.txt"]["checksum"] == hashlib.md5(b"a" * 2 * CHUNK).hexdigest()


def test_a_folder_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        pack([], tmp_path / "nowhere" / "b.tar.gz")
    assert caught.value.code == "bundle-not-written"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = os.open

    def full(path: str | Path, flags: int, *arguments: int, **named: int) -> int:
        return (
            opened("/dev/full", os.O_RDWR) if str(path).endswith(".part") else opened(path, flags, *arguments, **named)
        )

    monkeypatch.setattr("os.open", full)
    with pytest.raises(BundleError) as caught:
        pack([in_memory("noise", random.Random(3).randbytes(CHUNK))], tmp_path / "b.tar.gz")
    assert caught.value.code == "bundle-not-written"
    assert f"in {tmp_path}: No space left on device" in caught.value.message
    assert "TMPDIR" in str(caught.value.hint)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read as Linux tells it")
def test_memory_does_not_grow_with_the_project(tmp_path: Path) -> None:
    """A fresh process packs 240 MB; what it needs beyond the interpreter and our imports stays small."""
    script = """
import re, sys
from pathlib import Path
from rsconnect_jupyter.bundle.archive import write_archive
from rsconnect_jupyter.bundle.manifest import make_manifest
from rsconnect_jupyter.models import BundleFile
source, target = Path(sys.argv[1]), Path(sys.argv[2])
files = [BundleFile(path=f"{n}.bin", source=source, size=source.stat().st_size, reason="") for n in range(20)]
write_archive(files, make_manifest("static", entrypoint="0.bin"), target)
print(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
"""
    source = tmp_path / "source.bin"
    source.write_bytes(random.Random(4).randbytes(12_000_000))
    command = [sys.executable, "-c", script, str(source), str(tmp_path / "b.tar.gz")]
    peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    assert peak * 1024 < 80_000_000


def _read(archive: tarfile.TarFile, member: str | tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
