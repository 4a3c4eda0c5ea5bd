"""Everything a face shows before publishing: with a server, without one, and with one that does not answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from rsconnect_jupyter.errors import NotebookError, UnknownServerError
from rsconnect_jupyter.models import Choices, Secret, ServerFacts
from rsconnect_jupyter.publishing.inspection import inspect_notebook
from rsconnect_jupyter.publishing.overview import mode_choices
from rsconnect_jupyter.publishing.server_answers import FactsCache
from rsconnect_jupyter.servers.store import ServerStore


@pytest.fixture
def store(project) -> ServerStore:
    made = ServerStore(folder=project.folder)
    made.add(url=project.server.url, api_key=project.server.api_key, name="sandbox", user="admin")
    return made


def inspect(project, store: ServerStore, **more):
    more.setdefault("cache", FactsCache())
    more.setdefault("server_timeout", 30.0)
    return inspect_notebook(project.notebook, root=project.notebook.parent, store=store, **more)


def test_a_notebook_never_published(project, store: ServerStore) -> None:
    found = inspect(project, store)

    assert (found.title, found.mode, found.target, found.server) == (
        project.notebook.stem, "jupyter-static", "new", "sandbox",
    )  # fmt: skip
    assert (found.publications, found.remembered, found.difference) == ((), None, None)
    assert found.kernel is not None
    assert found.kernel.language == "python"
    assert [each.path for each in found.candidates if each.included] == [project.notebook.name]
    assert found.requirements.lines
    assert found.told.facts is not None
    assert found.writable


def test_it_goes_over_the_wire_without_keys(project, store: ServerStore) -> None:
    project.publish(env={"PASSWORD": Secret("pw-123456")})

    told = json.dumps(inspect(project, store, choices=Choices(env={"TOKEN": Secret("tk-123456")})).as_dict())

    assert project.server.api_key.reveal() not in told
    assert "pw-123456" not in told
    assert "tk-123456" not in told
    wire = json.loads(told)
    assert wire["servers"][0]["has_key"] is True
    assert wire["publications"][0]["server"] == "sandbox"


def test_a_published_notebook_is_to_be_updated(project, store: ServerStore) -> None:
    guid = project.publish(title="Published", hide_input="all").good.guid
    found = inspect(project, store)

    assert (found.target, found.title, found.mode) == (guid, "Published", "static")
    assert found.choices.hide_input == "all"
    assert found.told.content is not None
    assert found.told.content.guid == guid
    assert found.changed == frozenset()
    project.write("print('changed')")
    assert inspect(project, store).changed == {guid}


def test_the_difference_to_the_requirements_published_last_is_told(project, store: ServerStore) -> None:
    project.write("import requests")
    project.publish(mode="jupyter-static", stop_at=("deploy", "progress"))
    project.write("import packaging")

    found = inspect(project, store)

    assert found.difference is not None
    assert [each.partition("==")[0] for each in found.difference.added] == ["packaging"]
    assert [each.partition("==")[0] for each in found.difference.removed] == ["requests"]


def test_choices_not_made_are_those_of_last_time(project, store: ServerStore) -> None:
    (project.notebook.parent / "prices.csv").write_text("1")
    project.publish(files=("prices.csv",))

    filled = inspect(project, store, absent=("files", "requirements"))
    emptied = inspect(project, store)

    assert filled.choices.files == ("prices.csv",)
    assert emptied.choices.files == ()


def test_a_file_that_is_gone_does_not_stop_the_inspection(project, store: ServerStore) -> None:
    found = inspect(project, store, choices=Choices(files=("../outside.csv",)))

    assert any(each.severity in ("error", "warning") for each in found.findings)
    assert found.candidates


def test_another_mode_or_new_content_is_asked_for(project, store: ServerStore) -> None:
    guid = project.publish().good.guid

    assert inspect(project, store, choices=Choices(target="new")).target == "new"
    assert inspect(project, store, choices=Choices(mode="jupyter-static")).target == "new"
    assert inspect(project, store, choices=Choices(mode="static")).target == guid


def test_without_any_server_all_but_the_server_is_known(project, tmp_path: Path) -> None:
    found = inspect(project, ServerStore(folder=tmp_path / "empty"))

    assert (found.server, found.servers) == (None, ())
    assert found.candidates
    assert all(each.available for each in found.modes)


def test_a_server_that_does_not_answer_delays_it_by_its_time_limit_only(project, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        store = ServerStore(folder=tmp_path / "store")
        store.add(url=f"http://127.0.0.1:{silent.getsockname()[1]}", api_key=Secret("k" * 32), name="silent")
        cache = FactsCache(timeout=60)

        found = inspect(project, store, server_timeout=0.01, cache=cache)

        assert found.told.facts is None
        assert "server-silent" in [each.code for each in found.findings]
        assert found.kernel is not None
        assert inspect(project, store, server_timeout=0.0, cache=cache).told.facts is None


def test_a_refused_key_stops_and_is_told_beside_the_server(project, tmp_path: Path) -> None:
    store = ServerStore(folder=tmp_path / "store")
    store.add(url=project.server.url, api_key=Secret("wrong" * 6), name="sandbox")

    found = inspect(project, store)

    (finding,) = [each for each in found.findings if each.where is not None and each.where.field == "server"]
    assert finding.severity == "error"


def test_content_that_is_gone_is_told(project, store: ServerStore) -> None:
    guid = project.publish().good.guid
    with project.client() as client:
        client.delete(guid)

    found = inspect(project, store)

    assert found.told.facts is not None
    assert "target" in [each.where.field for each in found.findings if each.where is not None]


def test_answers_of_a_server_are_kept_and_asked_anew_for_another_key(project, store: ServerStore) -> None:
    now = [0.0]
    cache = FactsCache(clock=lambda: now[0])
    first = cache.ask(store.get("sandbox"))(30)

    assert cache.ask(store.get("sandbox"))(0) is first
    now[0] = 1000.0
    assert cache.ask(store.get("sandbox"))(30) is not first
    store.update("sandbox", api_key=Secret("wrong" * 6))
    assert cache.ask(store.get("sandbox"))(30).error is not None


def test_an_unknown_server_and_a_broken_notebook_are_told(project, store: ServerStore) -> None:
    with pytest.raises(UnknownServerError):
        inspect(project, store, server_name="nobody")
    project.notebook.write_text("{")
    with pytest.raises(NotebookError):
        inspect(project, store)


@pytest.mark.parametrize(
    ("language", "facts", "refused"),
    [
        ("python", None, set()),
        ("python", ServerFacts(quarto=()), {"quarto-static"}),
        ("python", ServerFacts(python=()), {"jupyter-static", "jupyter-voila", "quarto-static"}),
        ("python", ServerFacts(modes={"jupyter-voila": False}), {"jupyter-voila"}),
        ("r", None, {"jupyter-static", "jupyter-voila", "quarto-static"}),
    ],
)
def test_what_cannot_be_chosen_says_why(project, language: str, facts: ServerFacts | None, refused: set[str]) -> None:
    from dataclasses import replace

    from rsconnect_jupyter.notebook.reading import read_notebook

    choices = mode_choices(replace(read_notebook(project.notebook), language=language), facts)

    assert {each.mode for each in choices if not each.available} == refused
    assert all(bool(each.reason) != each.available for each in choices)


def test_a_notebook_that_the_server_cannot_run_is_a_finished_document(project, store: ServerStore) -> None:
    project.write("1 + 1", kernelspec={"name": "ir", "display_name": "R", "language": "R"})

    assert inspect(project, store).mode == "static"
