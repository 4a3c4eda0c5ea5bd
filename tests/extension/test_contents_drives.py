"""Which file a contents path means, for contents managers of Jupyter and of jupyter-fs."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tornado.web import HTTPError

from rsconnect_jupyter.errors import RSConnectException
from rsconnect_jupyter.extension.contents_drives import has_files, name_in_drive, place_of
from rsconnect_jupyter.extension.contents_paths import find_folder, find_notebook_file, keep_copy, read_from_jupyter

ROOT = Path("/root-of-jupyter")


class Files:
    """Jupyter's own manager, as far as it is asked."""

    root_dir = str(ROOT)
    allow_hidden = False

    def _get_os_path(self, path: str) -> str:
        if ".." in path:
            raise HTTPError(404)
        return str(ROOT / path)

    async def is_hidden(self, path: str) -> bool:
        return path.startswith(".")


def pyfilesystem(place: str | None) -> Any:
    filesystem = SimpleNamespace(getsyspath=lambda _path: place, hassyspath=lambda _path: place is not None)
    return SimpleNamespace(_pyfilesystem_instance=filesystem)


def fsspec(protocol: Any, root: str) -> Any:
    return SimpleNamespace(_fs=SimpleNamespace(protocol=protocol), root=root)


DRIVES = {
    "": Files(),
    "py": pyfilesystem("/py"),
    "memory": pyfilesystem(None),
    "spec": fsspec(("file", "local"), "/spec"),
    "top": fsspec("file", ""),
    "cloud": fsspec("s3", "bucket"),
}
WITH_DRIVES = SimpleNamespace(_managers=DRIVES, allow_hidden=False)


@pytest.mark.parametrize(
    ("contents", "path", "file", "root", "hidden"),
    [
        (Files(), "/RTC:a.ipynb", ROOT / "RTC:a.ipynb", ROOT, False),
        (Files(), "RTC:work/a.ipynb", ROOT / "work/a.ipynb", ROOT, False),
        (Files(), ".secret", ROOT / ".secret", ROOT, True),
        (Files(), "", ROOT, ROOT, False),
        (WITH_DRIVES, "work/a.ipynb", ROOT / "work/a.ipynb", ROOT, False),
        (WITH_DRIVES, "py:team/a.ipynb", Path("/py/team/a.ipynb"), Path("/py"), False),
        (WITH_DRIVES, "py:team/.a.ipynb", Path("/py/team/.a.ipynb"), Path("/py"), True),
        (WITH_DRIVES, "spec:a.ipynb", Path("/spec/a.ipynb"), Path("/spec"), False),
        (WITH_DRIVES, "top:a.ipynb", Path("/a.ipynb"), Path("/"), False),
    ],
)
async def test_places(contents: Any, path: str, file: Path, root: Path, hidden: bool) -> None:
    assert has_files(contents, path)
    place = await place_of(contents, path)
    assert place is not None
    assert (place.file, place.root, place.hidden) == (file, root, hidden)


@pytest.mark.parametrize("path", ["memory:a.ipynb", "cloud:a.ipynb", "nowhere:a.ipynb"])
async def test_what_is_no_file(path: str) -> None:
    assert not has_files(WITH_DRIVES, path)
    with pytest.raises(RSConnectException) as caught:
        await find_folder(WITH_DRIVES, path)
    assert caught.value.code == "not-on-disk"


async def test_a_path_that_leads_out_has_no_place() -> None:
    assert await place_of(Files(), "../a.ipynb") is None


def test_the_name_in_a_drive() -> None:
    assert [name_in_drive(WITH_DRIVES, each) for each in ("py:/team/a.ipynb", "a.ipynb")] == ["team/a.ipynb", "a.ipynb"]


@pytest.mark.parametrize("path", ["gone", "x" * 5000 + ".ipynb", ".hidden/a.ipynb"], ids=["gone", "long", "hidden"])
async def test_what_is_not_there(path: str) -> None:
    for find in (find_folder, find_notebook_file):
        with pytest.raises(RSConnectException) as caught:
            await find(Files(), path)
        assert caught.value.code == "no-such-notebook"


@pytest.mark.parametrize(
    ("error", "code"),
    [(HTTPError(404), "no-such-notebook"), (OSError(), "no-such-notebook"), (NotImplementedError(), "not-on-disk")],
    ids=["missing", "unreadable", "no notebooks"],
)
async def test_a_notebook_that_jupyter_cannot_read(error: Exception, code: str) -> None:
    def get(_path: str, **_how: Any) -> Any:
        raise error

    with pytest.raises(RSConnectException) as caught:
        await read_from_jupyter(SimpleNamespace(get=get), "a.ipynb")
    assert caught.value.code == code


def test_a_copy_that_was_damaged_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    made = keep_copy({"cells": []}, "bucket:a.ipynb", name="a.ipynb")
    made.file.write_text("{")
    assert keep_copy({"cells": []}, "bucket:a.ipynb", name="a.ipynb") == made
    assert '"cells"' in made.file.read_text()
