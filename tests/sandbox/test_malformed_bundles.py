"""More than a hundred ways to make a bundle wrong; each is refused with Connect's number, and nothing leaks out."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api, add, bundle, manifest, notebook, pack, site
from serving import Sandbox, running_sandbox

PAGE = {"index.html": b"<h1>Hello</h1>"}
GOOD = manifest("static", PAGE)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox that nobody else's runs change meanwhile, some folders deep."""
    with running_sandbox(tmp_path_factory.mktemp("malformed") / "around" / "data") as running:
        yield running


def tar_of(*members: tuple[str, bytes, dict[str, Any]], top: dict[str, Any] | None = GOOD) -> bytes:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        if top is not None:
            add(tar, "manifest.json", json.dumps(top).encode())
            add(tar, "index.html", PAGE["index.html"])
        for name, content, header in members:
            add(tar, name, content, **header)
    return archive.getvalue()


def link(target: str, kind: bytes = tarfile.SYMTYPE) -> dict[str, Any]:
    return {"type": kind, "linkname": target}


def raw_header(**fields: bytes) -> bytes:
    """Return a tar.gz whose one header has some raw fields, its checksum made right."""
    header = bytearray(tarfile.TarInfo("index.html").tobuf(tarfile.USTAR_FORMAT))
    places = {"name": 0, "size": 124, "type": 156}
    for name, value in fields.items():
        header[places[name] : places[name] + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return gzip.compress(bytes(header) + b"\0" * 1024)


def unreadable() -> dict[str, bytes]:
    """Archives that cannot be unpacked: 400/135 at the upload."""
    whole = pack({**PAGE, "data.bin": bytes(range(256)) * 4000}, top=GOOD)
    plain = gzip.decompress(whole)
    cases: dict[str, bytes] = {
        "no gzip": plain,
        "text": b"this is no archive",
        "html": b"<html>sign in</html>",
        "zip": b"PK\x03\x04" + b"\0" * 100,
        "gzip of text": gzip.compress(b"hello" * 1000),
        "gzip of nothing": gzip.compress(b""),
        "only end blocks": gzip.compress(b"\0" * 10240),
        "wrong crc": whole[:-8] + b"\1\2\3\4" + whole[-4:],
        "wrong length": whole[:-4] + b"\1\2\3\4",
        "bzip2": b"BZh91AY&SY" + b"\0" * 200,
        "gzip header only": whole[:10],
        "one byte": b"\x1f",
        "garbage header": gzip.compress(plain[:1024] + b"\xff" * 512 + plain[1536:]),
        "garbage after a file": gzip.compress(plain[:2048] + b"garbage!" * 64),
    }
    cases |= {f"cut at {part}%": whole[: len(whole) * part // 100] for part in (1, 5, 20, 40, 60, 80, 95, 99)}
    cases |= {f"tar cut at {size}": gzip.compress(plain[:size]) for size in (100, 511, 600, 1500, 1700, 4000)}
    outside = (
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "//evil",
        "./../evil",
        "..",
        "a/b/../../../evil",
        "../../../../tmp/e",
    )
    cases |= {f"name {name}": tar_of((name, b"x", {})) for name in outside}
    targets = ("/etc/passwd", "../x", "a/../../x", "./../x", "index.html/../../x", "..", "../../../../../etc", "b/..")
    cases |= {f"link to {target}": tar_of(("link", b"", link(target))) for target in targets}
    cases |= {
        f"hard link to {target}": tar_of(("l", b"", link(target, tarfile.LNKTYPE))) for target in (*targets, "no")
    }
    kinds = {"fifo": tarfile.FIFOTYPE, "character device": tarfile.CHRTYPE, "block device": tarfile.BLKTYPE}
    kinds |= {"contiguous": b"7", "unknown type": b"Z", "sparse": tarfile.GNUTYPE_SPARSE}
    cases |= {name: tar_of(("strange", b"", {"type": kind})) for name, kind in kinds.items() if name[0] not in "cu"}
    cases["character device"] = tar_of(("strange", b"", {"type": tarfile.CHRTYPE}))
    cases |= {
        "file twice": tar_of(("index.html", b"other", {})),
        "manifest twice": tar_of(("manifest.json", b"{}", {})),
        "file twice, with ./": tar_of(("./index.html", b"other", {})),
        "file below a file": tar_of(("index.html/x", b"", {})),
        "file below a link": tar_of(("here", b"", link(".")), ("here/x", b"", {})),
        "folder over a file": tar_of(("index.html", b"", {"type": tarfile.DIRTYPE})),
        "file over a folder": tar_of(("d", b"", {"type": tarfile.DIRTYPE}), ("d", b"x", {})),
        "link over a file": tar_of(("index.html", b"", link("manifest.json"))),
        "control character": tar_of(("a\nb", b"", {})),
        "escape character": tar_of(("a\x1b[31m", b"", {})),
        "not utf-8": raw_header(name=b"\xff\xfe\xfd\0"),
        "long name": tar_of(("x" * 300, b"", {})),
        "very long path": tar_of(("/".join(["folder"] * 400), b"", {})),
        "huge size": raw_header(size=b"77777777777\0"),
        "size in base 256": raw_header(size=b"\x80" + b"\0" * 3 + b"\x7f" * 8),
        "negative size": raw_header(size=b"\xff" * 12),
        "size no number": raw_header(size=b"abcdefghijk\0"),
        "huge long name": raw_header(type=b"L", size=b"17777777777\0"),
        "huge pax header": raw_header(type=b"x", size=b"17777777777\0"),
        "huge global header": raw_header(type=b"g", size=b"17777777777\0"),
        "pax header with nonsense": gzip.compress(
            tarfile.TarInfo.create_pax_global_header({}) + raw_pax(b"999999 path=x\n") + b"\0" * 1024
        ),
    }
    return cases


def raw_pax(text: bytes) -> bytes:
    member = tarfile.TarInfo("pax")
    member.type, member.size = tarfile.XHDTYPE, len(text)
    return member.tobuf(tarfile.USTAR_FORMAT) + text.ljust(512, b"\0")


def undeployable() -> dict[str, tuple[bytes, int]]:
    """Archives whose manifest is wrong: uploaded, and refused at the deployment with this number."""

    def without(key: str) -> dict[str, Any]:
        return {name: value for name, value in GOOD.items() if name != key}

    def page(**more: Any) -> bytes:
        return pack(PAGE, top={**GOOD, **more})

    deep = b"[" * 100_000
    texts = {
        "no manifest": None, "empty manifest": b"", "bad json": b"{", "not an object": b"[]", "null": b"null",
        "a number": b"1", "deep json": deep, "not utf-8": b'{"version": 1, "x": "\xff"}',
        "utf-16": "{}".encode("utf-16"),
        "trailing text": json.dumps(GOOD).encode() + b"x", "single quotes": b"{'version': 1}",
    }  # fmt: skip
    cases = {f"manifest: {name}": (pack(PAGE, top=text), 38) for name, text in texts.items()}
    cases |= {f"without {key}": (pack(PAGE, top=without(key)), 38) for key in ("version", "metadata")}
    cases |= {
        f"{key} is {value!r}": (page(**{key: value}), 38)
        for key, value in [
            ("version", 2), ("version", "1"), ("version", True), ("version", None), ("metadata", []), ("metadata", "x"),
            ("files", [1]), ("files", "x"), ("python", "3.11"), ("environment", []), ("jupyter", 1), ("quarto", "1.5"),
        ]
    }  # fmt: skip
    checksum = GOOD["files"]["index.html"]["checksum"]
    wrong_files: list[Any] = [
        {"index.html": {"checksum": "0" * 32}}, {"index.html": {"checksum": 5}}, {"index.html": checksum},
        {"index.html": None}, {"missing.html": None}, {"index.html": {"checksum": checksum[:-1]}},
    ]  # fmt: skip
    cases |= {f"files {files}": (page(files=files), 38) for files in wrong_files}
    cases |= {
        f"page {name!r}": (page(metadata={"appmode": "static", "primary_html": name}), 38)
        for name in ("no.html", "../index.html", "/etc/passwd", 5, ["index.html"])
    }
    cases |= {
        f"mode {mode!r}": (page(metadata={"appmode": mode}), code)
        for mode, code in [("", 148), (None, 148), ("html", 148), ("unknown", 148), (4, 148), ("shiny", 109)]
    }
    cases["manifest deeper"] = (pack({"a/manifest.json": b"{}", "b/index.html": b""}), 38)
    return cases


UNREADABLE = unreadable()
UNDEPLOYABLE = undeployable()


@pytest.fixture(scope="module")
def target(sandbox: Sandbox) -> tuple[Api, str]:
    api = Api(sandbox.url, sandbox.key)
    return api, api.create()["guid"]


def test_there_are_enough_cases() -> None:
    assert len(UNREADABLE) + len(UNDEPLOYABLE) >= 100


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_unpacked_is_refused_and_leaves_nothing(
    target: tuple[Api, str], sandbox: Sandbox, name: str
) -> None:
    api, guid = target
    before = tree(sandbox)
    assert api.refused("POST", f"v1/content/{guid}/bundles", data=UNREADABLE[name]) == (400, 135)
    assert tree(sandbox) == before


@pytest.mark.parametrize("name", UNDEPLOYABLE)
def test_a_wrong_manifest_is_refused_at_the_deployment(target: tuple[Api, str], sandbox: Sandbox, name: str) -> None:
    api, guid = target
    archive, code = UNDEPLOYABLE[name]
    uploaded = api.upload(guid, archive)
    answer = api.refused("POST", f"v1/content/{guid}/deploy", {"bundle_id": uploaded})
    assert answer == (403 if code == 109 else 400, code)
    assert api.json("GET", f"v1/content/{guid}")["bundle_id"] is None


def test_bombs_are_bounded(tmp_path: Path) -> None:
    """A megabyte of zeros squeezes to a kilobyte; the sandbox stops at its limit, whatever the header says."""
    with running_sandbox(tmp_path / "data", "--max-unpacked", "1000000") as running:
        api = Api(running.url, running.key)
        guid = api.create()["guid"]
        bombs = [
            pack({"zeros": b"\0" * 2_000_000}),
            pack({f"zeros-{number}": b"\0" * 300_000 for number in range(5)}),
            gzip.compress(gzip.decompress(site()) + b"\0" * 3_000_000),
            pack({f"{number}": b"" for number in range(10_001)}),
        ]
        for bomb in bombs:
            assert api.refused("POST", f"v1/content/{guid}/bundles", data=bomb) == (400, 135)
        assert list((tmp_path / "data" / "bundles").iterdir()) == []
        assert api.upload(guid, site())


def test_links_inside_and_a_single_folder_are_fine(admin: Api) -> None:
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        add(tar, "./one/two/manifest.json", json.dumps(manifest("static", PAGE)).encode())
        add(tar, "./one/two/index.html", PAGE["index.html"])
        add(tar, "./one/two/sub/up", b"", **link("../index.html"))
        add(tar, "./one/two/same", b"", **link("one/two/index.html", tarfile.LNKTYPE))
    content, task = admin.publish(archive.getvalue())
    assert task["code"] == 0
    for path in ("", "sub/up", "same"):
        assert admin.page(content["content_url"] + path).content == PAGE["index.html"]


def test_a_notebook_needs_its_entrypoint_and_its_files(admin: Api) -> None:
    """Connect accepts these and fails the task."""
    files = {"a.ipynb": notebook("1")}
    whole = manifest("jupyter-static", files)
    no_files = {**whole, "files": {}}
    no_entry = {**whole, "metadata": {"appmode": "jupyter-static", "primary_document": "a.ipynb"}}
    for top in (no_files, no_entry):
        content, task = admin.publish(pack(files, top=top))
        assert task["code"] == 1
        assert "Unable to render" in task["error"]
        assert content["bundle_id"] is None


def test_the_kind_of_content_cannot_change(admin: Api) -> None:
    content, _ = admin.publish(site())
    other = admin.upload(content["guid"], bundle("jupyter-static", {"a.ipynb": notebook("1")}))
    assert admin.refused("POST", f"v1/content/{content['guid']}/deploy", {"bundle_id": other}) == (403, 48)
    category = manifest("static", PAGE)
    category["metadata"]["content_category"] = "site"
    other = admin.upload(content["guid"], pack(PAGE, top=category))
    assert admin.refused("POST", f"v1/content/{content['guid']}/deploy", {"bundle_id": other}) == (403, 110)


def tree(sandbox: Sandbox) -> set[Path]:
    """Return all paths in and around a sandbox's data but its database's, and those of what still runs there."""
    runs = sandbox.data / "runs"
    found = sandbox.data.parents[1].rglob("*")
    return {path for path in found if not path.name.startswith("sandbox.db") and runs not in path.parents}
