"""Everything a front end shows before publishing: with a server, without one, and with one that does not answer."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from request_log import requests_sent

from rsconnect_jupyter.errors import BundleError, NotebookError
from rsconnect_jupyter.extension.json_views import inspection_info
from rsconnect_jupyter.history.version_records import VersionRecord
from rsconnect_jupyter.models import Bundle, PublishOptions, Secret, Server, ServerFacts, User
from rsconnect_jupyter.publishing.inspection import Inspection, inspect_notebook, mode_choices
from rsconnect_jupyter.publishing.preparation import Preparation, ServerReplies
from rsconnect_jupyter.publishing.project_access import ProjectHere
from rsconnect_jupyter.publishing.server_answers import AnswerCache, ServerAnswers
from rsconnect_jupyter.servers.store import ServerStore


@pytest.fixture
def store(project: Any) -> ServerStore:
    made = ServerStore(folder=project.folder)
    made.add(url=project.server.url, api_key=project.server.api_key, name="sandbox", user="admin")
    return made


def inspect(project: Any, store: ServerStore, **more: Any) -> Any:
    more.setdefault("cache", AnswerCache())
    more.setdefault("server_timeout", 30.0)
    more.setdefault("server", store.default())
    return inspect_notebook(project.notebook, root=project.notebook.parent, store=store, **more)


def target(found: Inspection) -> str:
    return found.plan.target.guid or "new"


def test_a_notebook_never_published(project: Any, store: ServerStore) -> None:
    found = inspect(project, store)

    plan = found.plan
    assert plan.server is not None
    assert (plan.title, plan.mode, target(found), plan.server.name) == (
        project.notebook.stem,
        "jupyter-static",
        "new",
        "sandbox",
    )
    assert set(plan.sources.values()) == {"default"}
    assert (found.publications, plan.target.publication, found.difference) == ((), None, None)
    assert found.kernel is not None
    assert found.kernel.language == "python"
    assert [each.path for each in found.bundle.candidates if each.included] == [project.notebook.name]
    assert found.bundle.requirements.lines
    assert found.answers.facts is not None
    assert found.writable


def test_it_goes_over_the_wire_without_keys(project: Any, store: ServerStore) -> None:
    project.publish(env={"PASSWORD": Secret("pw-123456")})

    found = inspect(project, store, options=PublishOptions(env={"TOKEN": Secret("tk-123456")}))
    told = json.dumps(inspection_info(found, store.servers()))

    assert project.server.api_key.reveal() not in told
    assert "pw-123456" not in told
    assert "tk-123456" not in told
    wire = json.loads(told)
    assert wire["publications"][0]["server"] == "sandbox"


def test_a_published_notebook_is_to_be_updated(project: Any, store: ServerStore) -> None:
    guid = project.publish(title="Published", hide_input="all").good.guid
    found = inspect(project, store)

    plan = found.plan
    assert (target(found), plan.title, plan.mode, plan.bundle.hide_input) == (guid, "Published", "static", "all")
    assert [plan.sources[each] for each in ("target", "title", "mode", "hide_input", "files")] == [
        "remembered",
        "server",
        "server",
        "remembered",
        "default",
    ]
    assert found.answers.content is not None
    assert found.answers.content.guid == guid
    assert found.changed == frozenset()
    project.write("print('changed')")
    assert inspect(project, store).changed == {guid}


def test_what_only_the_project_says_is_offered_in_the_servers_words(
    project: Any, store: ServerStore, tmp_path: Path
) -> None:
    (project.notebook.parent / "notes.txt").write_text("x")
    made = project.publish(title="On the server", files=("notes.txt",)).good
    place = project.notebook.parent / "rsconnect-python" / f"{project.notebook.stem}.json"
    kept = json.loads(place.read_text())
    entry = next(iter(kept.values()))
    entry["title"] = entry["rsconnect_jupyter"]["publications"][0]["title"] = "In the record"
    entry["rsconnect_jupyter"]["publications"][0]["url"] = "https://elsewhere.example/steal"
    place.write_text(json.dumps(kept))
    (store.folder / "history.json").unlink()

    found = inspect(project, store)
    assert (target(found), found.publications, found.plan.bundle.files) == ("new", (), ())
    (offer,) = [each for each in found.findings if each.code == "published-before"]
    assert "“On the server” by admin" in offer.message
    assert offer.fix is not None
    assert (offer.fix.action, offer.fix.value["guid"]) == ("set-target", made.guid)
    wire = json.dumps(inspection_info(found, store.servers()))
    assert "In the record" not in wire
    assert "elsewhere.example" not in wire

    found = inspect(project, store, options=PublishOptions(new=True))
    assert [each.code for each in found.findings if each.code == "published-before"] == []


def test_a_record_that_cannot_be_used_is_a_finding(project: Any, store: ServerStore) -> None:
    place = project.notebook.parent / "rsconnect-python" / f"{project.notebook.stem}.json"
    place.parent.mkdir()
    place.symlink_to("/dev/zero")
    assert "record-not-usable" in {each.code for each in inspect(project, store).findings}


NAMES = st.sampled_from(
    ["rsconnect_jupyter", "publications", "guid", "mode", "time", "bundles", "app_guid", "app_mode"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.just("static") | st.just("9"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | NAMES, inner, max_size=5),
    max_leaves=30,
)


@given(record=JSON, metadata=JSON)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_records_and_metadata_of_any_form_go_over_the_wire(
    record: object, metadata: object, project: Any, store: ServerStore
) -> None:
    project.write("1 + 1", rsconnect=metadata)
    place = project.notebook.parent / "rsconnect-python" / f"{project.notebook.stem}.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps({project.server.url: record}))
    found = inspect(project, store, server_timeout=0, options=PublishOptions(mode="static"))
    assert target(found) == "new"
    json.dumps(inspection_info(found, store.servers())).encode()


def test_the_difference_to_the_requirements_published_last_is_told(project: Any, store: ServerStore) -> None:
    project.write("import requests")
    project.publish(mode="jupyter-static", stop_at=("deploy", "progress"))
    project.write("import packaging")

    found = inspect(project, store)

    assert found.difference is not None
    assert [each.partition("==")[0] for each in found.difference.added] == ["packaging"]
    assert [each.partition("==")[0] for each in found.difference.removed] == ["requests"]


def test_choices_not_made_are_those_of_last_time(project: Any, store: ServerStore) -> None:
    (project.notebook.parent / "prices.csv").write_text("1")
    project.publish(files=("prices.csv",))

    filled = inspect(project, store)
    emptied = inspect(project, store, options=PublishOptions(files=()))

    assert filled.plan.bundle.files == ("prices.csv",)
    assert emptied.plan.bundle.files == ()


def test_a_file_that_is_gone_does_not_stop_the_inspection(project: Any, store: ServerStore) -> None:
    found = inspect(project, store, options=PublishOptions(files=("../outside.csv",)))

    assert any(each.severity in ("error", "warning") for each in found.findings)
    assert found.bundle.candidates


def test_another_mode_or_new_content_is_asked_for(project: Any, store: ServerStore) -> None:
    guid = project.publish().good.guid

    assert target(inspect(project, store, options=PublishOptions(new=True))) == "new"
    assert target(inspect(project, store, options=PublishOptions(mode="jupyter-static"))) == "new"
    assert target(inspect(project, store, options=PublishOptions(mode="static"))) == guid


def test_a_folder_with_too_many_files_is_an_error(
    project: Any, store: ServerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def many(*_arguments: Any, **_more: Any) -> Any:
        raise BundleError.of("too-many-files", most=1, folder="x")

    monkeypatch.setattr("rsconnect_jupyter.publishing.inspection.plan_bundle", many)
    with pytest.raises(BundleError):
        inspect(project, store)


def test_a_server_whose_key_cannot_be_read_is_told_and_not_asked(project: Any, store: ServerStore) -> None:
    keyless = Server(name="forgotten", url=project.server.url)
    found = inspect(project, store, server=keyless)
    assert found.answers.error is not None
    assert found.answers.facts is None


def test_a_kernel_that_is_not_installed_is_not_shown(project: Any, store: ServerStore) -> None:
    project.write("1", kernelspec={"name": "nosuch", "display_name": "No such", "language": "python"})
    assert inspect(project, store, options=PublishOptions(mode="static")).kernel is None


def test_what_a_publish_will_do_can_be_handed_to_another_process(project: Any) -> None:
    here = ProjectHere(project.request(), folder=project.folder)
    assert (
        here.packed_version(Bundle(path=Path("b"), md5="", size=0, mode="static", entrypoint="", manifest={}))
        == VersionRecord()
    )
    user = User(guid="u", username="ada", role="publisher")
    made = here.prepare(ServerReplies(user=user, facts=ServerFacts()))
    assert isinstance(made, Preparation)
    assert Preparation.from_json(json.loads(json.dumps(made.as_json()))) == made


def test_without_any_server_all_but_the_server_is_known(project: Any, tmp_path: Path) -> None:
    found = inspect(project, ServerStore(folder=tmp_path / "empty"))

    assert found.plan.server is None
    assert found.bundle.candidates
    assert all(each.reason is None for each in found.modes)


def test_a_server_that_does_not_answer_delays_it_by_its_time_limit_only(project: Any, tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        store = ServerStore(folder=tmp_path / "store")
        store.add(url=f"http://127.0.0.1:{silent.getsockname()[1]}", api_key=Secret("k" * 32), name="silent")
        cache = AnswerCache(timeout=60)

        found = inspect(project, store, server_timeout=0.01, cache=cache)

        assert found.answers.facts is None
        assert "server-silent" in [each.code for each in found.findings]
        assert found.kernel is not None
        assert inspect(project, store, server_timeout=0.0, cache=cache).answers.facts is None


def silent_server(place: socket.socket, folder: Path) -> Server:
    """Return a server at a port where nobody answers."""
    place.bind(("127.0.0.1", 0))
    store = ServerStore(folder=folder)
    store.add(url=f"http://127.0.0.1:{place.getsockname()[1]}", api_key=Secret("k" * 32), name="silent")
    return store.get("silent")


def test_a_server_that_refuses_connections_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, connected = socket.socket.connect, []

    def noted(self: socket.socket, address: Any) -> None:
        connected.append(address)  # those of tests before, too, which may still wait for an answer
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", noted)
    with socket.socket() as closed:
        answers = AnswerCache().ask(silent_server(closed, tmp_path))(30)
        refused = closed.getsockname()

    assert answers.error is not None
    assert answers.error.message.endswith("does not accept connections.")
    assert connected.count(refused) == 1


def test_inspections_of_a_server_that_does_not_answer_wait_for_it_once(tmp_path: Path) -> None:
    now = [0.0]
    with socket.socket() as silent:
        server = silent_server(silent, tmp_path)
        silent.listen()
        cache = AnswerCache(timeout=600, clock=lambda: now[0])
        assert cache.ask(server)(0.01) == ServerAnswers()
        now[0] = 1.0
        assert cache.ask(server)(600) == ServerAnswers(), "the next one waits no more"


def test_a_server_that_did_not_answer_is_asked_again_in_the_background(tmp_path: Path) -> None:
    now = [0.0]
    with socket.socket() as silent:
        server = silent_server(silent, tmp_path)
        cache = AnswerCache(timeout=600, clock=lambda: now[0])
        closed = cache.ask(server)(30)
        silent.listen()
        now[0] = 60.0
        assert cache.ask(server)(600) is closed, "what was known of it"


def test_a_refused_key_stops_and_is_told_beside_the_server(project: Any, tmp_path: Path) -> None:
    store = ServerStore(folder=tmp_path / "store")
    store.add(url=project.server.url, api_key=Secret("wrong" * 6), name="sandbox")

    found = inspect(project, store)

    (finding,) = [each for each in found.findings if each.where is not None and each.where.field == "server"]
    assert finding.severity == "error"


def test_content_that_is_gone_is_told(project: Any, store: ServerStore) -> None:
    guid = project.publish().good.guid
    with project.client() as client:
        client.delete(guid)

    found = inspect(project, store)

    assert found.answers.facts is not None
    assert "target" in [each.where.field for each in found.findings if each.where is not None]


def test_answers_of_a_server_are_kept_and_asked_anew_for_another_key(project: Any, store: ServerStore) -> None:
    now = [0.0]
    cache = AnswerCache(clock=lambda: now[0])
    first = cache.ask(store.get("sandbox"))(30)

    with requests_sent() as sent:
        assert cache.ask(store.get("sandbox"))(0) == first
        assert sent == []
        now[0] = 1000.0
        assert cache.ask(store.get("sandbox"))(30) == first
        assert len(sent) == 4
    store.update("sandbox", api_key=Secret("wrong" * 6))
    assert cache.ask(store.get("sandbox"))(30).error is not None


def test_versions_of_python_and_quarto_are_asked_by_a_second_question(project: Any, store: ServerStore) -> None:
    now = [0.0]
    cache = AnswerCache(clock=lambda: now[0])
    with requests_sent() as sent:
        first = inspect(project, store, cache=cache, server_versions=False)
        assert sent == ["GET server_settings", "GET user"]
        second = inspect(project, store, cache=cache)
    assert sent[2:] == ["GET server_settings/python", "GET server_settings/quarto"]
    assert (first.answers.versions_pending, second.answers.versions_pending) == (True, False)
    assert not {"python-unknown", "quarto-version-unknown", "mode-unknown"} & {each.code for each in first.findings}
    assert second.answers.facts is not None
    now[0] = 1000.0
    later = inspect(project, store, cache=cache, server_versions=False)
    assert later.answers.versions_pending
    assert later.answers.facts == second.answers.facts, "what it said before stays until it is asked again"


def test_versions_that_a_server_does_not_give_are_unknown_once_it_was_asked(project: Any, store: ServerStore) -> None:
    options = PublishOptions(mode="quarto-static")
    first = inspect(project, store, cache=(cache := AnswerCache()), server_versions=False, options=options)
    assert "quarto-version-unknown" not in {each.code for each in first.findings}
    second = inspect(project, store, cache=cache, options=options)
    assert {"quarto-version-unknown", "mode-not-offered"} <= {each.code for each in second.findings}


def test_a_broken_notebook_is_an_error(project: Any, store: ServerStore) -> None:
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
def test_what_cannot_be_chosen_says_why(
    project: Any, language: str, facts: ServerFacts | None, refused: set[str]
) -> None:
    from msgspec.structs import replace

    from rsconnect_jupyter.notebook.reading import read_notebook

    options = mode_choices(replace(read_notebook(project.notebook), language=language), facts)

    assert {each.mode for each in options if each.reason} == refused


def test_a_notebook_that_the_server_cannot_run_is_a_finished_document(project: Any, store: ServerStore) -> None:
    project.write("1 + 1", kernelspec={"name": "ir", "display_name": "R", "language": "R"})

    assert inspect(project, store).plan.mode == "static"
