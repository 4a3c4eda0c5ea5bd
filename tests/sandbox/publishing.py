"""Bundles made by hand and the requests of a publish, for tests that talk to the sandbox as a stranger would."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from typing import Any

import nbformat
import requests


class Api:
    """The sandbox's API as one user sees it; `call` returns the answer, `json` checks its status and reads it."""

    def __init__(self, root: str, key: str | None) -> None:
        self.root = root
        self.session = requests.Session()
        self.session.trust_env = False
        if key:
            self.session.headers["Authorization"] = f"Key {key}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.session.request(method, f"{self.root}/__api__/{path}", timeout=60, **options)

    def json(self, method: str, path: str, body: Any = None, *, status: int = 200, **options: Any) -> Any:
        answer = self.call(method, path, **({"json": body} if body is not None else {}), **options)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def refused(self, method: str, path: str, body: Any = None, **options: Any) -> tuple[int, int]:
        """Return ``(status, code)`` of an answer in Connect's error envelope."""
        answer = self.call(method, path, **({"json": body} if body is not None else {}), **options)
        envelope = answer.json()
        assert set(envelope) == {"code", "error", "payload"}
        assert envelope["error"]
        return answer.status_code, envelope["code"]

    def create(self, **fields: Any) -> dict[str, Any]:
        return dict(self.json("POST", "v1/content", fields))

    def upload(self, guid: str, archive: bytes) -> str:
        return str(self.json("POST", f"v1/content/{guid}/bundles", data=archive)["id"])

    def deploy(self, guid: str, bundle: str | None = None, **more: Any) -> str:
        body = {**({"bundle_id": bundle} if bundle else {}), **more}
        return str(self.json("POST", f"v1/content/{guid}/deploy", body, status=202)["task_id"])

    def follow(self, task: str) -> dict[str, Any]:
        """Return the finished task with all its output."""
        lines: list[str] = []
        while True:
            state = self.json("GET", f"v1/tasks/{task}", params={"first": len(lines), "wait": 5})
            lines += state["output"]
            assert state["last"] == len(lines)
            if state["finished"]:
                return {**state, "output": lines}

    def publish(self, archive: bytes, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Create, upload, deploy and follow; returns the content as it is then, and the finished task."""
        guid = self.create(**fields)["guid"]
        task = self.follow(self.deploy(guid, self.upload(guid, archive)))
        return self.json("GET", f"v1/content/{guid}"), task

    def page(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(path if path.startswith("http") else self.root + path, timeout=120, **options)


def notebook(*cells: str, tags: dict[int, list[str]] | None = None) -> bytes:
    """Return a notebook with these code cells."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = {"name": "my-project", "display_name": "My project", "language": "python"}
    for number, names in (tags or {}).items():
        made.cells[number].metadata["tags"] = names
    return str(nbformat.writes(made)).encode()


def manifest(mode: str, files: dict[str, bytes], **more: Any) -> dict[str, Any]:
    """Return the manifest of a bundle with these files; the first is what it is about."""
    first = next(iter(files), None)
    metadata = {"appmode": mode, ("primary_html" if mode == "static" else "entrypoint"): first}
    checksums = {name: {"checksum": hashlib.md5(content).hexdigest()} for name, content in files.items()}
    python = {"version": "3.11.0", "package_manager": {"name": "pip", "package_file": "requirements.txt"}}
    made: dict[str, Any] = {"version": 1, "metadata": metadata, "files": checksums}
    return {**made, **({} if mode == "static" else {"python": python}), **more}


def pack(files: dict[str, bytes], *, top: dict[str, Any] | bytes | None = None) -> bytes:
    """Return a tar.gz of files, with a manifest in front unless `top` is None; the same bytes at any time."""
    archive = io.BytesIO()
    packed = gzip.GzipFile(fileobj=archive, mode="wb", compresslevel=1, mtime=0)
    with packed, tarfile.open(fileobj=packed, mode="w") as tar:
        if top is not None:
            add(tar, "manifest.json", top if isinstance(top, bytes) else json.dumps(top).encode())
        for name, content in files.items():
            add(tar, name, content)
    return archive.getvalue()


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", **header: Any) -> None:
    """Add a member with any header fields."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in header.items():
        setattr(member, field, value)
    tar.addfile(member, io.BytesIO(content))


def bundle(mode: str, files: dict[str, bytes], **more: Any) -> bytes:
    """Return a well-made bundle."""
    return pack(files, top=manifest(mode, files, **more))


def site(text: str = "Hello") -> bytes:
    """Return the bundle of a static page."""
    return bundle("static", {"index.html": f"<h1>{text}</h1>".encode()})
