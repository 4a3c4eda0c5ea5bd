"""Where a project ends, what a path of it leads to, and that a link swapped in is not followed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from rsconnect_jupyter.project_files import destination, open_regular, project_root, read_regular


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


def touched(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")
    return path


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("code/lab/.git", "code/lab"),
        ("code/lab/pyproject.toml", "code/lab"),
        ("code/lab/deep/pyproject.toml", "code/lab/deep"),
        (".git", "code/lab/deep"),
        ("../.git", "code/lab/deep"),
        (None, "code/lab/deep"),
    ],
)
def test_the_project_is_the_nearest_marked_folder_below_the_home(home: Path, mark: str | None, expected: str) -> None:
    notebook = touched(home / "code" / "lab" / "deep" / "n.ipynb")
    touched(home / "code" / "lab" / ".git") if mark == "code/lab/deep/pyproject.toml" else None
    if mark is not None:
        touched(home / mark)
    assert project_root(notebook) == home / expected


def test_a_folder_that_every_user_may_write_to_is_no_project(tmp_path: Path, home: Path) -> None:
    shared = tmp_path / "scratch"
    notebook = touched(shared / "mine" / "n.ipynb")
    touched(shared / ".git" / "config")
    shared.chmod(0o1777)
    assert project_root(notebook) == shared / "mine"


def test_the_project_of_a_linked_notebook_is_that_of_the_link(tmp_path: Path, home: Path) -> None:
    touched(tmp_path / "elsewhere" / ".git" / "config")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "n.ipynb").symlink_to(touched(tmp_path / "elsewhere" / "n.ipynb"))
    assert project_root(tmp_path / "project" / "n.ipynb") == tmp_path / "project"


class TestDestination:
    @pytest.fixture
    def project(self, home: Path) -> Path:
        folder = home / "project"
        for each in ("data/a.csv", ".env", ".git/config", ".hidden/b.csv", "sub/c.csv"):
            touched(folder / each)
        touched(home / ".ssh" / "id_ed25519")
        return folder

    @pytest.mark.parametrize(
        ("target", "verdict"),
        [
            ("data/a.csv", "open"),
            ("sub/../data/a.csv", "open"),
            (".env", "private"),
            (".git/config", "private"),
            (".hidden/b.csv", "private"),
            ("../.ssh/id_ed25519", "outside"),
            ("/etc/hostname", "outside"),
            ("nowhere", "outside"),
            ("x.csv", "outside"),
        ],
    )
    def test_of_a_link_is_judged_by_what_it_leads_to(self, project: Path, target: str, verdict: str) -> None:
        (project / "x.csv").symlink_to(target)
        place = destination("x.csv", folder=project, root=project)
        assert (place.verdict, place.by_link) == (verdict, True)

    @pytest.mark.parametrize(
        ("path", "verdict"),
        [("data/a.csv", "open"), (".hidden/b.csv", "open"), (".env", "private"), (".git/config", "private"),
         ("../.ssh/id_ed25519", "outside"), ("a\0b", "outside")],
    )  # fmt: skip
    def test_of_a_plain_path_is_judged_by_its_name(self, project: Path, path: str, verdict: str) -> None:
        place = destination(path, folder=project, root=project)
        assert place.verdict == verdict

    def test_a_link_to_a_folder_counts_for_what_is_below_it(self, project: Path) -> None:
        (project / "d").symlink_to(".hidden")
        (project / "e").symlink_to("..")
        assert destination("d/b.csv", folder=project, root=project).verdict == "private"
        assert destination("e/.ssh/id_ed25519", folder=project, root=project).verdict == "outside"

    def test_a_folder_reached_by_a_link_is_not_hidden_by_it(self, project: Path, tmp_path: Path) -> None:
        (tmp_path / "way").symlink_to(project)
        place = destination("data/a.csv", folder=tmp_path / "way", root=tmp_path / "way")
        assert (place.verdict, place.by_link) == ("open", False)

    def test_of_a_notebook_in_the_home_everything_hidden_is_private(self, home: Path) -> None:
        touched(home / ".settings" / "hosts.yml")
        touched(home / "a.csv")
        assert destination(".settings/hosts.yml", folder=home, root=home).verdict == "private"
        assert destination("a.csv", folder=home, root=home).verdict == "open"


def a_link(path: Path, secret: Path) -> None:
    path.unlink()
    path.symlink_to(secret)


def a_link_above(path: Path, secret: Path) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(secret.parent)


def a_pipe(path: Path, _secret: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("swapped", [a_link, a_link_above, a_pipe])
def test_what_was_swapped_in_after_planning_is_not_read(tmp_path: Path, swapped: Callable[[Path, Path], None]) -> None:
    path, secret = touched(tmp_path / "data" / "a.csv"), touched(tmp_path / "outside" / "a.csv")
    with open_regular(path) as stream:
        assert stream.read() == b"x"
    swapped(path, secret)
    with pytest.raises(OSError, match=r"."):
        open_regular(path)


def test_a_file_saved_anew_is_read(tmp_path: Path) -> None:
    path = touched(tmp_path / "a.csv")
    touched(tmp_path / "fresh").replace(path)
    assert read_regular(path, most=10) == b"x"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("xxx")
    with pytest.raises(OSError, match="more than 2 bytes"):
        read_regular(tmp_path / "a", most=2)
