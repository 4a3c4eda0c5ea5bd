"""What was made of a file is used again until the file changes, however the change hides."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rsconnect_jupyter.notebook.file_cache import FileCache

LONG_AGO = 1_600_000_000_000_000_000


class Text:
    def __init__(self, content: bytes, digest: str, name: str) -> None:
        self.content = content
        self.digest = digest
        self.name = name


class Texts(FileCache[Text]):
    """A cache that notes what it makes."""

    def __init__(self, budget: int = 1000) -> None:
        super().__init__(self._text_of, budget=budget)
        self.made: list[bytes] = []

    def _text_of(self, path: Path, content: bytes, digest: str, name: str) -> Text:
        self.made.append(content)
        return Text(content, digest, name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "code.py"
    path.write_bytes(b"one")
    return path


def test_an_unchanged_file_is_made_once(file: Path) -> None:
    texts = Texts()
    assert texts.get(file) is texts.get(file)
    assert texts.made == [b"one"]


def test_another_content_of_the_same_size_and_time_is_seen(file: Path) -> None:
    texts = Texts()
    texts.get(file)
    before = file.stat().st_mtime_ns
    file.write_bytes(b"two")
    os.utime(file, ns=(before, before))

    assert texts.get(file).content == b"two"


def test_an_old_time_on_a_new_content_is_seen(file: Path) -> None:
    os.utime(file, ns=(LONG_AGO, LONG_AGO))
    texts = Texts()
    texts.get(file)
    file.write_bytes(b"two")
    os.utime(file, ns=(LONG_AGO, LONG_AGO))

    assert texts.get(file).content == b"two"


def test_a_new_time_on_the_same_content_makes_nothing_anew(file: Path) -> None:
    texts = Texts()
    first = texts.get(file)
    os.utime(file, ns=(LONG_AGO, LONG_AGO))

    assert texts.get(file) is first
    assert texts.made == [b"one"]


def test_names_tell_values_of_one_file_apart(file: Path) -> None:
    texts = Texts()
    assert [texts.get(file, "a").name, texts.get(file, "b").name] == ["a", "b"]


def test_a_large_one_lives_only_while_it_is_used(file: Path) -> None:
    texts = Texts(budget=2)
    used = texts.get(file)
    assert texts.get(file) is used

    del used
    gc.collect()
    texts.get(file)
    assert texts.made == [b"one", b"one"]


def test_those_used_last_are_kept(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_bytes(b"two")
    third = tmp_path / "third.py"
    third.write_bytes(b"three")
    texts = Texts(budget=8)
    for each in (file, other, file, third, file, other):
        texts.get(each)

    assert texts.made == [b"one", b"two", b"three", b"two"]


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Texts().get(tmp_path / "none.py")


def test_many_threads_share_it(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.py" for number in range(20)]
    for each in paths:
        each.write_bytes(each.name.encode())
    texts = Texts(budget=30)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(texts.get, paths * 50))

    assert [each.content.decode() for each in found] == [each.name for each in paths * 50]
