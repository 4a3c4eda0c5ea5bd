"""The right title in a library of five thousand items, in both dialects."""

from __future__ import annotations

import sqlite3
import uuid
from pathlib import Path

import pytest
from connect.conftest import Noted
from connect.wire import CONTENT, KEY, Reply, Script, Seen, reply
from serving import running_sandbox

from rsconnect_jupyter.api import (
    RSConnectServer,
    find_unique_name,
    override_title_search,
    retrieve_matching_apps,
    verify_server,
)
from rsconnect_jupyter.connect.content_names import is_name, name_for, numbered
from rsconnect_jupyter.connect.discovery import open_client
from rsconnect_jupyter.connect.search import query_words
from rsconnect_jupyter.models import Secret, Server

MODES = ("static", "jupyter-static", "jupyter-voila", "shiny", "rmd-static")
COUNT = 5_000


def fill(data: Path) -> None:
    """Put deployed items of all kinds and of two owners into a sandbox's library; half of them speak of sales."""
    columns = "guid, owner_guid, name, title, app_mode, created_time, last_deployed_time, variant_key, access_type"
    with sqlite3.connect(data / "sandbox.db", timeout=30) as library:
        owners = dict(library.execute("SELECT username, guid FROM users"))
        me, other = owners.pop("admin"), next(guid for name, guid in sorted(owners.items()) if "publish" in name)
        for number in range(COUNT):
            time = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000000000Z"
            subject = "Library sales" if number % 2 else "Something else"
            owner = other if number % 7 == 3 else me
            values = (str(uuid.uuid4()), owner, f"item_{number}", f"{subject} {number}", MODES[number % 5], time, time)
            library.execute(f"INSERT INTO content ({columns}) VALUES (?,?,?,?,?,?,?,?,?)", (*values, "k", "all"))
        exact = (str(uuid.uuid4()), me, "exact", "Library sales", "jupyter-voila")
        old = "2020-01-01T00:00:00.000000000Z"
        library.execute(f"INSERT INTO content ({columns}) VALUES (?,?,?,?,?,?,?,?,?)", (*exact, old, old, "k", "acl"))


@pytest.mark.parametrize("dialect", ["v1", "legacy"])
def test_the_right_title_among_five_thousand(dialect: str, tmp_path: Path) -> None:
    options = ["--legacy-only"] if dialect == "legacy" else []
    with running_sandbox(tmp_path, "--allow-faults", *options) as running:
        fill(tmp_path)
        noted = Noted(running, dialect)
        server = RSConnectServer(running.url, running.key)
        found = override_title_search(server, None, "Library sales")
        asked = [each["path"] for each in noted.asked() if each["path"].startswith("/__api__")]
        known = override_title_search(server, found[0]["id"], "Library sales")
        words = override_title_search(server, None, "library SALES 4997")
        every = retrieve_matching_apps(server, {"search": "Library sales", "filter": "min_role:editor"})
    assert found[0]["title"] == "Library sales"
    assert len(found) == 5
    assert {each["app_mode"] for each in found} <= {"static", "jupyter-static", "jupyter-voila"}
    assert "jupyter-voila" in {each["app_mode"] for each in found}
    numbers = [int(each["title"].split()[-1]) for each in found[1:]]
    candidates = [each for each in range(COUNT) if each % 2 and each % 5 < 3 and each % 7 != 3]
    assert numbers == candidates[:-5:-1]
    assert len(every) == 1 + len([each for each in range(COUNT) if each % 2 and each % 7 != 3])
    assert known == found
    assert [each["title"] for each in words] == ["Library sales 4997"]
    pages = [each for each in asked if each.endswith(("/search/content", "/applications"))]
    assert len(asked) - len(pages) <= 3  # the settings and who we are
    assert len(pages) <= 6


def test_a_search_text_is_words_not_a_query() -> None:
    assert query_words('Report: "Q3" -draft owner:@me a|b') == "Report Q3 draft owner @me a b"
    assert query_words("  ") == ""


def test_titles_with_signs_are_found(v1_sandbox: Noted) -> None:
    server = Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))
    with open_client(server) as client:
        for title in ('Report: "Q3" sales', "Umsätze – März", "100% of -1"):
            made = client.create(name_for(title), title)
            assert made.guid in [each.guid for each in client.search(title)], title
            assert client.search(title.upper(), limit=1)[0].guid == made.guid


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("My Title", "my_title"),
        ("  Q3 / 2026 — Übersicht  ", "q3_2026_ubersicht"),
        ("отчёт", "notebook"),
        ("", "notebook"),
        ("A", "__a"),
        ("x" * 100, "x" * 64),
        ("a" * 63 + " b", "a" * 63),
        ("../../etc/passwd", "etc_passwd"),
        ("dash-and_under", "dash-and_under"),
    ],
)
def test_names_that_connect_accepts(title: str, name: str) -> None:
    assert name_for(title) == name
    assert is_name(name)
    assert is_name(numbered(name, 12345))
    assert numbered("n" * 64, 2) == "n" * 62 + "_2"


def test_a_name_for_the_hundredth_notebook_takes_three_requests(v1_sandbox: Noted) -> None:
    with open_client(Server(name="x", url=v1_sandbox.url, api_key=Secret(v1_sandbox.key))) as client:
        for number in ("", *range(1, 30)):
            client.create_named(f"popular{number}", None)
    server = RSConnectServer(v1_sandbox.url, v1_sandbox.key)
    verify_server(server)
    v1_sandbox.forget()
    assert find_unique_name(server, "popular") == "popular30"
    assert len(v1_sandbox.asked()) == 3  # who we are, the name, all names


def test_a_server_that_gives_less_than_a_page_is_read_to_the_end(script: Script) -> None:
    def short_page(seen: Seen) -> Reply:
        number = int(seen.query["page_number"][0])
        found = [{**CONTENT, "guid": f"{number}-{each}"} for each in range(100)]
        return reply({"results": found if number <= 3 else [], "total": 300, "current_page": number})

    script.on("GET", "search/content", short_page)
    assert len(retrieve_matching_apps(RSConnectServer(script.url, KEY))) == 300
    assert len(script.asked("GET", "search/content")) == 3
