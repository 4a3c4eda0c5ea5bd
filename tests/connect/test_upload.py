"""Bundles on their way: streamed, counted, checked, whatever their size."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from connect.conftest import Noted
from connect.wire import GUID, KEY, Script, scripted

from rsconnect_jupyter.connect.client import Client
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.upload import PIECE, Body, checksum_header
from rsconnect_jupyter.errors import BundleError, Cancelled, RSConnectException
from rsconnect_jupyter.models import Secret, Server

GIGABYTE = 1 << 30

UPLOAD = """
import json, pathlib, re, sys, time
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.models import Secret, Server

url, path, metadata = sys.argv[1:]

def peak_kb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1])

gaps, last = [], None

def progress(sent, total):
    global last
    now = time.monotonic()
    if last is not None:
        gaps.append((sent - last[0], now - last[1]))
    last = (sent, now)

with open_client(Server(name="x", url=url, api_key=Secret("k" * 32))) as client:
    client.user()
    before = peak_kb()
    client.upload({guid!r}, path, md5="0" * 32, progress=progress, metadata=json.loads(metadata))
    grown = peak_kb() - before
late = sum(1 for size, seconds in gaps if size > 1_000_000 and seconds > 0.2)
print(json.dumps({{"peak_kb": peak_kb(), "grown_kb": grown, "sent": last[0], "calls": len(gaps), "late": late}}))
"""


@pytest.fixture
def client(script: Script) -> Iterator[Client]:
    with open_client(Server(name="x", url=script.url, api_key=Secret(KEY)), timeout=5) as running:
        script.seen.clear()
        yield running


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from Linux's /proc")
@pytest.mark.parametrize("metadata", [None, {"source": "git"}])
def test_a_gigabyte_in_sixteen_megabytes_of_memory(metadata: dict[str, str] | None, tmp_path: Path) -> None:
    path = tmp_path / "large.tar.gz"
    with path.open("wb") as file:
        file.truncate(GIGABYTE)
    with scripted(keep_bodies=False) as sink:
        command = [sys.executable, "-c", UPLOAD.format(guid=GUID), sink.url, str(path), json.dumps(metadata)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
        told = json.loads(done.stdout)
        assert sink.received >= GIGABYTE
    assert told["grown_kb"] < 16 * 1024
    assert told["sent"] >= GIGABYTE
    assert told["calls"] >= 1000
    assert told["late"] == 0


def test_length_type_and_checksum(script: Script, client: Client, page_bundle: tuple[Path, str]) -> None:
    path, md5 = page_bundle
    assert client.upload(GUID, path, md5=md5) == "77"
    sent = script.asked("POST", "/bundles")[0]
    assert sent.body == path.read_bytes()
    assert sent.headers["content-length"] == str(path.stat().st_size)
    assert sent.headers["content-type"] == "application/gzip"
    assert "transfer-encoding" not in sent.headers
    digest = hashlib.md5(path.read_bytes()).digest()
    assert sent.headers["x-content-checksum"] == base64.b64encode(digest).decode()


def test_metadata_goes_as_a_form_where_the_server_takes_it(
    script: Script, client: Client, page_bundle: tuple[Path, str]
) -> None:
    path, md5 = page_bundle
    client.upload(GUID, path, md5=md5, metadata={"source": "git", "source_commit": "abc-dirty"})
    sent = script.asked("POST", "/bundles")[0]
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert sent.headers["content-length"] == str(len(sent.body))
    boundary = sent.headers["content-type"].partition("boundary=")[2].encode()
    parts = sent.body.split(b"--" + boundary)
    assert b'name="metadata"' in parts[1]
    assert json.loads(parts[1].partition(b"\r\n\r\n")[2]) == {"source": "git", "source_commit": "abc-dirty"}
    assert b'name="archive"; filename="bundle.tar.gz"' in parts[2]
    assert parts[2].partition(b"\r\n\r\n")[2] == path.read_bytes() + b"\r\n"
    assert parts[3] == b"--\r\n"


def test_metadata_reaches_a_real_server(v1_sandbox: Noted, page_bundle: tuple[Path, str]) -> None:
    path, md5 = page_bundle
    with open_client(Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))) as client:
        content = client.create("with_metadata", "With metadata")
        bundle_id = client.upload(content.guid, path, md5=md5, metadata={"source": "git", "source_branch": "main"})
        bundle = next(each for each in client.bundles(content.guid) if each["id"] == bundle_id)
    assert (bundle["metadata"]["source"], bundle["metadata"]["source_branch"]) == ("git", "main")
    assert bundle["metadata"]["archive_md5"] == md5


def test_a_damaged_bundle_is_refused_by_its_checksum(v1_sandbox: Noted, page_bundle: tuple[Path, str]) -> None:
    with open_client(Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))) as client:
        content = client.create("damaged", "Damaged")
        with pytest.raises(RSConnectException) as caught:
            client.upload(content.guid, page_bundle[0], md5="0" * 32)
    assert caught.value.code == "bundle-damaged"


def test_stopping_in_the_middle(script: Script, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_bytes(b"x" * (8 << 20))
    told: list[int] = []
    with pytest.raises(Cancelled):
        client.upload(
            GUID, path, md5="0" * 32, progress=lambda sent, total: told.append(sent), should_stop=lambda: len(told) > 2
        )
    assert told[-1] < 8 << 20
    assert script.asked("POST", "/bundles") == []


def test_progress_counts_up_to_the_total(script: Script, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "b"
    path.write_bytes(b"x" * 5_000_000)
    told: list[tuple[int, int]] = []
    client.upload(GUID, path, md5="0" * 32, progress=lambda sent, total: told.append((sent, total)))
    assert told[-1] == (5_000_000, 5_000_000)
    assert told == sorted(set(told))
    steps = [two[0] - one[0] for one, two in zip([(0, 0), *told], told, strict=False)]
    assert max(steps) <= 1_000_000


def test_a_slow_network_is_reported_by_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = iter(each * 0.15 for each in range(1000))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    path = tmp_path / "b"
    path.write_bytes(b"x" * 1000)
    told: list[int] = []
    with path.open("rb") as file:
        body = Body(file, 1000, progress=lambda sent, total: told.append(sent))
        while body.read(100):
            pass
    assert told == list(range(100, 1001, 100))


def test_a_file_that_is_not_there(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BundleError) as caught:
        client.upload(GUID, tmp_path / "gone.tar.gz", md5="0" * 32)
    assert "gone.tar.gz" in caught.value.message
    with pytest.raises(BundleError):
        checksum_header("no digest")


def test_pieces_are_large() -> None:
    assert PIECE >= 64 * 1024
