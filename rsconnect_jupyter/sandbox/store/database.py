"""What the sandbox keeps: one SQLite database and the files beside it.

Everything that was acknowledged survives ``kill -9``: a file is written whole under another name and renamed before the
transaction that mentions it commits; what no row mentions is swept away at the next start.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..api_errors import ApiError
from ..clock import CLOCK
from .schema import LATER_COLUMNS, SCHEMA

Row = dict[str, Any]


class Store:
    """The data folder. Usable from any thread; one thread writes at a time.

    Args:
        folder: The data folder; made when it is missing.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("incoming", "bundles", "contents", "runs", "environments", "variables", "thumbnails"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._threads = threading.local()
        self._writing = threading.RLock()
        self._connections: list[sqlite3.Connection] = []
        with self.transaction() as write:
            for statement in SCHEMA:
                write.execute(statement)
            for table, column, kind in LATER_COLUMNS:
                if column not in {row["name"] for row in self.rows(f"PRAGMA table_info({table})")}:
                    write.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query as dicts."""
        return [dict(row) for row in self._connection().execute(query, values).fetchall()]

    def row(self, query: str, values: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query, or None."""
        found = self._connection().execute(query, values).fetchone()
        return dict(found) if found is not None else None

    def need(self, query: str, values: Sequence[Any] = (), *, code: int = 4) -> Row:
        """Return the first row of a query; refuses when there is none (404/4, or another number)."""
        found = self.row(query, values)
        if found is None:
            raise ApiError(code)
        return found

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside one transaction: all of the block is kept, or nothing."""
        connection = self._connection()
        with self._writing:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def change(self, query: str, values: Sequence[Any] = ()) -> int:
        """Run one writing statement in a transaction of its own and return how many rows it touched."""
        with self.transaction() as write:
            return write.execute(query, values).rowcount

    def bundle_file(self, bundle_id: int) -> Path:
        """Return where the archive of a bundle is kept."""
        return self.folder / "bundles" / f"{bundle_id}.tar.gz"

    def rendered(self, content_guid: str, bundle_id: int) -> Path:
        """Return the folder that readers of a bundle are served from."""
        return self.folder / "contents" / content_guid / str(bundle_id)

    def incoming_file(self) -> Path:
        """Return a fresh name for an upload that is not complete yet."""
        return self.folder / "incoming" / secrets.token_hex(12)

    def sweep(self) -> None:
        """Remove what a crash left half made: uploads, run folders, files that no row mentions."""
        for name in ("incoming", "runs"):
            for path in (self.folder / name).iterdir():
                _remove(path)
        for name in (".", "variables"):
            for path in (self.folder / name).glob(".*.new"):
                _remove(path)
        bundles = {str(row["id"]) for row in self.rows("SELECT id FROM bundles")}
        for path in (self.folder / "bundles").iterdir():
            if path.name.removesuffix(".tar.gz") not in bundles:
                _remove(path)
        contents = {row["guid"] for row in self.rows("SELECT guid FROM content")}
        for path in (self.folder / "contents").iterdir():
            if path.name not in contents:
                _remove(path)
        for path in (self.folder / "contents").glob("*/*.old-*"):
            target = path.with_name(path.name.partition(".")[0])
            if not target.exists():  # killed between taking the old page away and putting the new one there
                path.rename(target)
        for path in (self.folder / "contents").glob("*/*"):
            if path.name not in bundles:
                _remove(path)

    def close(self) -> None:
        """Close all connections; nothing may use the store afterwards."""
        with self._writing:
            for connection in self._connections:
                connection.close()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if connection is None:
            path = self.folder / "sandbox.db"
            connection = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
            connection.row_factory = sqlite3.Row
            connection.create_function("folded", 1, _folded, deterministic=True)
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA foreign_keys=ON")
            self._threads.connection = connection
            self._connections.append(connection)
        return connection


def _folded(text: str | None) -> str:
    return (text or "").casefold()


def now() -> str:
    """Return the present time as Connect writes it in its unversioned API: UTC, nanoseconds, ``Z``."""
    nanoseconds = CLOCK.nanoseconds()
    moment = time.gmtime(nanoseconds // 10**9)
    return time.strftime("%Y-%m-%dT%H:%M:%S", moment) + f".{nanoseconds % 10**9:09d}Z"


def seconds(moment: str | None) -> str | None:
    """Return a stored time as the v1 API writes it: ``2022-12-16T18:40:53Z``."""
    return moment[:19] + "Z" if moment else None


def new_guid() -> str:
    """Return a fresh GUID in lower case."""
    return str(uuid.uuid4())


def new_key(length: int = 16) -> str:
    """Return random letters and digits, the form of Connect's task ids and job keys."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    return "".join(secrets.choice(letters) for _ in range(length))


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that readers see the old or the new content, never a part."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
