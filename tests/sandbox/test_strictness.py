"""Odd numbers, odd texts and odd bodies get Connect's refusals, never an internal failure."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest
from sandbox.publishing import Api, bundle, notebook, pack, site
from serving import running_sandbox

from rsconnect_jupyter.sandbox.server import main

HUGE = "9" * 30
GONE = (404, 4)
BAD_ID = (400, 3)


@pytest.fixture(scope="module")
def guid(sandbox: Any) -> str:
    """Content with one bundle, deployed."""
    return str(Api(sandbox.url, sandbox.key).publish(site("strict"))[0]["guid"])


@pytest.mark.parametrize("number", [HUGE, "²", "٣", "-1", "1.5"])
def test_what_is_no_id_is_refused_wherever_an_id_is_due(admin: Api, guid: str, number: str) -> None:
    me = admin.json("GET", "v1/user")["guid"]
    for path in (
        f"content/{guid}/bundles/{number}",
        f"content/{guid}/permissions/{number}",
        f"users/{me}/keys/{number}",
    ):
        assert admin.refused("GET", f"v1/{path}") == BAD_ID
    assert admin.refused("GET", f"applications/{number}") == BAD_ID
    assert admin.refused("GET", f"v1/tags/{number}") == GONE
    assert admin.refused("GET", "applications", params={"filter": f"account_id:{number}"}) == (400, 11)
    assert admin.refused("POST", f"v1/content/{guid}/deploy", {"bundle_id": number}) == BAD_ID
    assert admin.refused("POST", f"applications/{guid}/deploy", {"bundle": number}) == BAD_ID
    assert admin.refused("POST", f"v1/content/{guid}/tags", {"tag_id": number}) == (400, 158)
    assert admin.refused("POST", "v1/tags", {"name": "x", "parent_id": number}) == (400, 157)
    assert admin.page(f"/content/{guid}/_bundle{number}/").status_code == 404
    assert admin.page(f"/content/{number}/").status_code == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"min_processes": -1}, 191), ({"max_processes": 0}, 192), ({"max_processes": 21}, 113),
        ({"min_processes": 21}, 45), ({"min_processes": 5, "max_processes": 4}, 114),
        ({"max_conns_per_process": 0}, 239), ({"memory_request": -1}, 181), ({"memory_limit": 10**16}, 183),
        ({"memory_request": 2, "memory_limit": 1}, 185), ({"cpu_request": -0.5}, 186), ({"cpu_limit": -1}, 188),
        ({"cpu_request": 2, "cpu_limit": 1.5}, 190), ({"amd_gpu_limit": -1}, 196), ({"nvidia_gpu_limit": -1}, 198),
        ({"default_image_name": "a b"}, 193), ({"service_account_name": "someone"}, 195),
        ({"run_as_current_user": True}, 54),
    ],
)  # fmt: skip
def test_process_settings_have_limits(admin: Api, guid: str, fields: dict[str, Any], code: int) -> None:
    assert admin.refused("POST", "v1/content", fields) == (400, code)
    assert admin.refused("PATCH", f"v1/content/{guid}", fields) == (400, code)


def test_limits_hold_between_what_was_set_before_and_what_is_set_now(admin: Api) -> None:
    made = admin.create(max_processes=4, cpu_limit=2)
    path = f"v1/content/{made['guid']}"
    assert admin.refused("PATCH", path, {"min_processes": 5}) == (400, 114)
    assert admin.refused("PATCH", path, {"cpu_request": 3}) == (400, 190)
    assert admin.json("PATCH", path, {"min_processes": 5, "max_processes": None})["min_processes"] == 5


def test_json_is_read_as_strictly_as_connect_reads_it(admin: Api, guid: str) -> None:
    path = f"v1/content/{guid}"
    for text in (b'{"load_factor": NaN}', b'{"cpu_limit": Infinity}', b'{"title": "abc"} x', b"", b"\xff", b"[]"):
        assert admin.refused("PATCH", path, data=text) == (400, 121)
    half = admin.json("PATCH", path, data=b'{"title": "half \\ud83d of a pair, whole \\ud83d\\ude00"}')
    assert half["title"] == "half \ufffd of a pair, whole \U0001f600"


def test_times_are_kept_in_one_form_and_end_a_key(admin: Api, sandbox: Any) -> None:
    path = f"v1/users/{admin.json('GET', 'v1/user')['guid']}/keys"
    for text in ("never", "2099-01-01", "2099-13-01T00:00:00Z", "2099-01-01T00:00:00"):
        assert admin.refused("POST", path, {"name": "k", "expires_at": text}) == (400, 136)
    later = admin.json("POST", path, {"name": "later", "expires_at": "2099-01-01T01:00:00.5+02:00"})
    assert later["expires_at"] == "2098-12-31T23:00:00Z"
    assert Api(sandbox.url, later["key"]).json("GET", "v1/user")["username"] == "admin"
    over = admin.json("POST", path, {"name": "over", "expires_at": "2020-01-01T00:00:00Z"})
    assert Api(sandbox.url, over["key"]).refused("GET", "v1/user") == (401, 30)
    for each in (later, over):
        admin.json("DELETE", f"{path}/{each['id']}", status=204)


def test_uploads_bring_the_archive_themselves_in_one_piece_or_in_chunks(admin: Api, guid: str) -> None:
    path = f"v1/content/{guid}/bundles"
    assert admin.refused("POST", path, data=b"") == (400, 125)
    assert admin.refused("POST", path, data=iter([b""])) == (400, 125)
    admin.json("POST", path, data=iter([site()]))  # as rsconnect-python sends it
    assert admin.refused("POST", path, params={"url": "https://example.com/b.tar.gz"}) == (400, 233)
    assert admin.refused("POST", path, files={"url": (None, "https://example.com/b.tar.gz")}) == (400, 233)


def test_bundles_come_in_pages_when_asked(admin: Api) -> None:
    guid = admin.create()["guid"]
    ids = [admin.upload(guid, site(str(number))) for number in range(3)]

    def listed(**query: Any) -> list[str]:
        return [each["id"] for each in admin.json("GET", f"v1/content/{guid}/bundles", params=query)]

    assert listed() == ids[::-1]
    assert listed(asc_order="true") == ids
    assert listed(page_size=2) == ids[:0:-1]
    assert listed(page_size=2, page_number=2) == ids[:1]
    assert admin.refused("GET", f"v1/content/{guid}/bundles", params={"page_size": 0}) == (400, 13)


def test_files_of_a_bundle_are_shown_as_text(admin: Api) -> None:
    guid = admin.create()["guid"]
    files = {
        "a/b/x.txt": "né".encode(),
        "a/b/y.bin": b"\xff\xfe",
        "a/b/large.txt": b"x" * 1_048_577,
        "a/b/sub/x.txt": b"2",
    }
    path = f"v1/content/{guid}/bundles/{admin.upload(guid, pack(files))}/files"
    assert [each["path"] for each in admin.json("GET", path)] == ["large.txt", "sub/x.txt", "x.txt", "y.bin"]
    shown = {name: admin.json("GET", f"{path}/{name}") for name in ("x.txt", "sub/x.txt", "y.bin", "large.txt")}
    assert [each["content"] for each in shown.values()] == ["né", "2", None, None]
    assert [(each["binary"], each["too_large"]) for each in shown.values()][2:] == [(True, False), (False, True)]
    assert admin.refused("GET", f"{path}/b/x.txt") == (404, 278)


def test_a_log_is_followed_to_the_end_of_its_job(admin: Api, tmp_path: Path) -> None:
    guid = admin.create()["guid"]
    go = tmp_path / "go"
    cell = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.05)\n1 / 0"
    task = admin.deploy(guid, admin.upload(guid, bundle("jupyter-static", {"a.ipynb": notebook(cell)})))
    jobs = f"v1/content/{guid}/jobs"
    while not (found := [each for each in admin.json("GET", jobs) if each["tag"] == "build_jupyter"]):
        pass
    path = f"{jobs}/{found[0]['key']}"
    tail = admin.call("GET", f"{path}/tail", stream=True).iter_lines()
    assert b"[rsc-session] Content GUID" in next(tail)
    go.touch()
    assert any(b"ZeroDivisionError" in line for line in tail)
    assert admin.follow(task)["code"] == 1
    assert admin.json("GET", f"{path}/error")["summary"]
    whole = admin.call("GET", f"{path}/download", params={"filename": 'my "log".txt'})
    assert whole.headers["Content-Disposition"] == 'attachment; filename="my__log_.txt"'
    assert "ZeroDivisionError" in whole.text


def test_a_full_disk_is_told_as_connect_tells_it(tmp_path: Path) -> None:
    """A limit on the size of files stands for the full disk: writing fails in the middle, all else goes on."""
    small = 3_000_000
    resource_limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with running_sandbox(tmp_path / "data") as running:
        resource.prlimit(running.process.pid, resource.RLIMIT_FSIZE, (small, resource_limits[1]))
        api = Api(running.url, running.key)
        guid = api.create()["guid"]
        for size in (small + 1, 3 * small):
            assert api.refused("POST", f"v1/content/{guid}/bundles", data=b"x" * size) == (400, 134)
        assert list((running.data / "incoming").iterdir()) == []
        api.upload(guid, site())
        assert "Traceback" not in "".join(running.output)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--port", "70000"], "--port"), (["--port", "-1"], "--port"), (["--port", "x"], "--port"),
        (["--prefix", "/a b"], "--prefix"), (["--prefix", "/a/../b"], "--prefix"), (["--prefix", "/a(b"], "--prefix"),
        (["--run-limit", "0"], "--run-limit"), (["--idle-limit", "nan"], "--idle-limit"),
        (["--max-unpacked", "-1"], "--max-unpacked"), (["--connect-version", "new"], "--connect-version"),
        (["--api-key", "two words"], "--api-key"), (["--api-key", ""], "--api-key"),
        (["--tls-cert", "x"], "go together"), (["--tls-cert", "FILE", "--tls-key", "FILE"], "TLS certificate"),
        (["--data", "FILE"], "cannot be used"), (["--data", "BROKEN"], "cannot be used"),
        (["--bootstrap-secret", "FILE"], "--bootstrap-secret"), (["--host", "no such host"], "cannot listen"),
    ],
)  # fmt: skip
def test_wrong_options_are_explained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], words: str
) -> None:
    (tmp_path / "file").write_text("neither a folder nor a secret")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "sandbox.db").write_bytes(b"no database" * 1000)
    places = {"FILE": str(tmp_path / "file"), "BROKEN": str(tmp_path / "broken")}
    given = ["--port", "0", "--data", str(tmp_path / "data"), *(places.get(each, each) for each in options)]
    try:
        code: object = main(given)
    except SystemExit as end:
        code = end.code
    assert code in (1, 2)
    assert words in capsys.readouterr().err
