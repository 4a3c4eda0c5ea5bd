"""Which files go into the bundle, and why each is in or out.

The notebook's own proposals first, then the author's picks in their order: paths, folders, gitignore patterns, each
with ``!`` to leave out; the last word on a file wins. A secret goes in only when it is named exactly.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from ..connect.app_modes import SOURCE
from ..cpu_lock import one_at_a_time
from ..errors import BundleError
from ..messages import finding
from ..models import BundleOptions, Finding, Mode, Where
from ..notebook.analysis import NotebookAnalysis
from ..notebook.local_paths import inside
from ..project_files import Place, destination, is_secret, misread_encoding
from ..translation import N_, _
from .exclusions import RESERVED, is_left_out_file
from .mentioned_files import MentionedFiles
from .patterns import compile_patterns
from .proposals import Proposal, proposals
from .walking import Walked, walk

NOTEBOOK = N_("the notebook")
MOST_NAMED = 5


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was considered.

    Attributes:
        path: Name in the bundle: relative to the notebook's folder, ``/``-separated.
        source: The file on disk, links followed.
        size: Bytes.
        included: True when it goes into the bundle.
        reason: Why it is in, or why it is out, one phrase.
        where: The cell or file that asked for it.
        is_code: True for a module, script or notebook whose code runs.
    """

    path: str
    source: Path
    size: int
    included: bool
    reason: str
    where: Where | None = None
    is_code: bool = False


class FileChoice(msgspec.Struct, frozen=True, kw_only=True):
    """All files considered, sorted by path, the notebook among them, and what the author should know about them."""

    candidates: tuple[Candidate, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def included(self) -> tuple[Candidate, ...]:
        """The files that go into the bundle."""
        return tuple(each for each in self.candidates if each.included)

    @property
    def modules(self) -> tuple[str, ...]:
        """The code among them, the notebook itself left out; its imports count for the requirements."""
        return tuple(each.path for each in self.included if each.is_code or each.path.endswith(".py"))


@one_at_a_time
def choose_files(
    analysis: NotebookAnalysis,
    *,
    root: Path,
    options: BundleOptions | None = None,
    mode: Mode = SOURCE,
    files: MentionedFiles | None = None,
) -> FileChoice:
    """Return every file considered: the notebook, the proposals (unless turned off) and the author's picks.

    Args:
        analysis: Of the notebook that is published.
        root: Folder that nothing in the bundle may lie outside of, links followed.
        options: ``files`` and ``detect_files`` are used.
        mode: A finished document (``static``) needs no data and no modules, only what its text links to.
        files: What is known of the notebook's folder.

    Raises:
        BundleError: code ``file-outside-project`` for a pick outside the project or a link that leads out,
            ``too-many-files`` for one that cannot be meant.
    """
    notebook, options = analysis.notebook, options or BundleOptions()
    choosing = _Choosing(notebook.folder, root, follow_links=options.follow_picked_links)
    choosing.take_notebook(notebook.path.name)
    for each in proposals(analysis, files or MentionedFiles(notebook.folder, root=root), mode=mode):
        wanted = options.detect_files or each.always
        reason = (
            each.reason
            if wanted or not each.needed
            else _("{reason}; file detection is off").format(reason=each.reason)
        )
        choosing.propose(replace(each, reason=reason), included=each.needed and wanted)
    for pick in options.files:
        choosing.pick(pick.strip())
    choosing.note_locale()
    return choosing.result()


class _Choosing:
    """The choice while it is being made: one entry per path, the last word wins."""

    def __init__(self, folder: Path, root: Path, *, follow_links: bool) -> None:
        self._folder = folder
        self._root = root
        self._follow_links = follow_links
        self._candidates: dict[str, Candidate] = {}
        self._findings: list[Finding] = []
        self._everything: Walked | None = None
        self._real_folders: dict[str, Path] = {}
        self._notebook = ""

    def result(self) -> FileChoice:
        ordered = tuple(self._candidates[path] for path in sorted(self._candidates))
        return FileChoice(candidates=ordered, findings=tuple(dict.fromkeys(self._findings)))

    def take(
        self, path: str, reason: str, *, where: Where | None = None, included: bool = True, is_code: bool = False
    ) -> None:
        try:
            source, size = self._located(path)
        except (OSError, RuntimeError):  # the latter: a link to itself
            return
        known = self._candidates.get(path)
        is_code = is_code or (known is not None and known.is_code)
        self._candidates[path] = Candidate(
            path=path, source=source, size=size, included=included, reason=reason, where=where, is_code=is_code
        )

    def _located(self, path: str) -> tuple[Path, int]:
        """Return a file's real path and size; links are followed, those of the folders above once for all files."""
        above, _slash, name = path.rpartition("/")
        if above not in self._real_folders:
            self._real_folders[above] = (self._folder / above).resolve(strict=True)
        source = self._real_folders[above] / name
        status = source.lstat()
        if stat.S_ISLNK(status.st_mode):
            source = source.resolve(strict=True)
            status = source.stat()
        return source, status.st_size

    def take_notebook(self, name: str) -> None:
        """Add the notebook itself, which the author has chosen: a link is followed wherever it leads."""
        place = destination(name, folder=self._folder, root=self._root)
        if place.verdict == "outside" and place.real is not None:
            self._findings.append(_followed_finding(name, place))
        self._notebook = name
        self.take(name, _(NOTEBOOK))

    def note_locale(self) -> None:
        """Say so when the names of files here are not what the notebook calls them."""
        with suppress(OSError):
            encoding = next(filter(None, map(misread_encoding, self._folder.iterdir())), "")
            self._findings += [finding("locale-not-utf-8", encoding=encoding)] if encoding else []

    def propose(self, proposal: Proposal, *, included: bool) -> None:
        """Add what the notebook asks for; a secret and a link that leads out stay out, with a finding."""
        path, reason, where, is_code = proposal.path, proposal.reason, proposal.where, proposal.is_code
        if path == RESERVED:
            return
        place = destination(path, folder=self._folder, root=self._root)
        if place.verdict == "outside":
            self._findings += [_link_finding([_named(path, place)], where)] if included else []
        elif place.verdict == "private" and included:
            self.take(
                path, _("{reason}; its name looks like a secret").format(reason=reason), where=where, included=False
            )
            self._findings.append(_left_out_finding(path, place, where))
        else:
            self.take(path, reason, where=where, included=included, is_code=is_code)

    def pick(self, text: str) -> None:
        """Apply one pick of the author."""
        if not text or text.startswith("#"):
            return
        if text.startswith("!"):
            self._leave_out(text[1:].strip())
            return
        path = self._confined(text)
        if path is None or not os.path.lexists(self._folder / path):
            self._take_matching(text)
        elif (self._folder / path).is_dir():
            self._take_folder(path, text)
        else:
            self._take_exactly(path)

    def _confined(self, text: str) -> str | None:
        """Return a pick as a path relative to the notebook's folder; None for a pattern.

        A leading ``/`` means the notebook's folder, as in a ``.gitignore``, unless only the disk's root has such a
        file.
        """
        named = inside(text.lstrip("/"), self._folder)
        fixed = re.split(r"[*?\[]", text)[0]
        if named is not None and os.path.lexists(self._folder / named):
            fixed = text  # a file may have a bracket in its name
        anchored = fixed.strip("/")
        is_absolute = fixed.startswith("/") and anchored and os.path.lexists(fixed)
        if is_absolute and os.path.lexists(self._folder / anchored):
            is_absolute = False
        path = inside(os.path.expanduser(fixed if is_absolute else anchored) or ".", self._folder)  # noqa: PTH111
        if path is None:
            raise _outside_error(text, self._folder)
        return path if fixed == text else None

    def _take_folder(self, path: str, text: str) -> None:
        if destination(path, folder=self._folder, root=self._root).verdict == "outside":
            raise _link_error(path)
        below = "" if path == "." else path
        below_here = _("picked, in the folder {path}").format(path=path)
        reason = below_here if below else _("picked, in the notebook's folder")
        self._take_all(walk(self._folder, root=self._root, below=below, ignores=True), text, reason)

    def _take_exactly(self, path: str) -> None:
        place = destination(path, folder=self._folder, root=self._root)
        followed = self._follow_links or not place.by_link
        if place.real is None or (place.verdict == "outside" and not followed):
            raise _link_error(path)
        if path == RESERVED:
            where = Where(file=RESERVED, field="files")
            self._findings.append(finding("reserved-name", where=where, path=RESERVED))
            return
        left_out = [_left_out_finding(path, place, None).message, _link_finding([_named(path, place)], None).message]
        self._findings = [each for each in self._findings if each.message not in left_out]
        if place.verdict == "private" and not followed:
            self.take(path, _("it is a link to a private file"), included=False)
            self._findings.append(_left_out_finding(path, place, Where(file=path)))
            return
        if place.verdict == "private":
            self._findings.append(_picked_secret_finding(path, place))
        elif place.verdict == "outside":
            self._findings.append(_followed_finding(path, place))
        self.take(path, _("picked"))

    def _take_matching(self, text: str) -> None:
        pattern = compile_patterns([text])
        everything = self._everything = self._everything or walk(self._folder, root=self._root)
        walked = Walked(
            files=[each for each in everything.files if pattern.match_file(each[0])],
            secrets=[each for each in everything.secrets if pattern.match_file(each)],
            links=[each for each in everything.links if pattern.match_file(each.partition(" -> ")[0])],
            unnameable=[each for each in everything.unnameable if pattern.match_file(each)],
        )
        self._take_all(walked, text, _("picked, {pattern}").format(pattern=text))

    def _take_all(self, walked: Walked, text: str, reason: str) -> None:
        for path, _size in walked.files:
            known = self._candidates.get(path)
            if known is None or not known.included:
                self.take(path, reason)
        for path in walked.secrets:
            if path not in self._candidates:
                self.take(path, _("its name looks like a secret"), included=False)
        if walked.secrets:
            self._findings.append(_skipped_secrets_finding(text, walked.secrets))
        if walked.links:
            self._findings.append(_link_finding(walked.links, None))
        if walked.unnameable:
            names = _names(walked.unnameable)
            self._findings.append(finding("bad-file-name", where=Where(field="files"), paths=names))
        if not (walked.files or walked.secrets or walked.links or walked.unnameable):
            self._findings.append(_no_match_finding(text, ignored=walked.ignored, is_chosen=self._follow_links))

    def _leave_out(self, text: str) -> None:
        pattern = compile_patterns([text])
        name = inside(text.strip("/"), self._folder)
        for path, candidate in self._candidates.items():
            matches = path == name or pattern.match_file(path)
            if matches and path != self._notebook:
                self._candidates[path] = replace(
                    candidate, included=False, reason=_("left out, {pattern}").format(pattern=text)
                )


def _outside_error(text: str, folder: Path) -> BundleError:
    return BundleError.of("file-outside-project", where=Where(file=text, field="files"), path=text, folder=folder)


def _link_error(path: str) -> BundleError:
    return BundleError.of("file-outside-project/link", where=Where(file=path, field="files"), path=path)


def _names(paths: Iterable[str]) -> str:
    named = list(paths)
    more = _(" and {count} more").format(count=len(named) - MOST_NAMED) if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more


def _link_finding(paths: list[str], where: Where | None) -> Finding:
    return finding("link-leads-out", where=where or Where(file=paths[0]), paths=_names(paths))


def _skipped_secrets_finding(text: str, paths: list[str]) -> Finding:
    where = Where(file=paths[0], field="files")
    return finding("secret-file-left-out/pattern", where=where, pattern=text, paths=_names(paths))


def _left_out_finding(path: str, place: Place, where: Where | None) -> Finding:
    key = "secret-file-left-out/link" if place.by_link else "secret-file-left-out"
    return finding(key, where=where, fix_value=path, path=path, target=place.real)


def _picked_secret_finding(path: str, place: Place) -> Finding:
    where, named = Where(file=path, field="files"), _named(path, place)
    return finding("secret-file-included", where=where, fix_value=path, path=named)


def _followed_finding(path: str, place: Place) -> Finding:
    where = Where(file=path, field="files")
    return finding("link-followed", where=where, fix_value=path, path=path, target=place.real)


def _named(path: str, place: Place) -> str:
    return f"{path} -> {place.real}" if place.by_link and place.real is not None else path


def _no_match_finding(text: str, *, ignored: int, is_chosen: bool) -> Finding:
    """Return an error for a file that was named just now; one that the last publish had is no reason to stop."""
    where = Where(file=text, field="files")
    if ignored:
        return finding("pattern-without-match/ignored", where=where, fix_value=text, pattern=text)
    if is_chosen and not re.search(r"[*?\[]", text):
        return finding("no-such-file", where=where, fix_value=text, path=text)
    is_excluded = is_secret(text) or is_left_out_file(text)
    key = "pattern-without-match/excluded" if is_excluded else "pattern-without-match"
    return finding(key, where=where, fix_value=text, pattern=text)
