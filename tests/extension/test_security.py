"""Every verb of every route: signed in, authorized, safe from other sites - and paths stay below Jupyter's root."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contract import check_answer, operations
from jupyter_server.auth import Authorizer

VALUES = {"{name}": "some", "{id}": "0123456789abcdef"}
OPERATIONS = operations()


def concrete(route: str) -> str:
    for template, value in VALUES.items():
        route = route.replace(template, value)
    return route


async def send(client: Any, base: str, verb: str, route: str, headers: dict[str, str]) -> tuple[int, Any]:
    body = b"{}" if verb in ("POST", "PATCH") else None
    url = f"{base}rsconnect-jupyter/{concrete(route)}"
    answer = await client.fetch(
        url, method=verb, headers=headers, body=body, allow_nonstandard_methods=True, raise_error=False
    )
    value = json.loads(answer.body) if answer.body else None
    check_answer(verb, concrete(route), answer.code, value)
    return answer.code, value


async def test_nobody_gets_in_without_signing_in(jp_serverapp: Any, http_server_client: Any, jp_base_url: Any) -> None:
    for verb, route in OPERATIONS:
        for headers in ({}, {"Authorization": "token wrong"}):
            status, problem = await send(http_server_client, jp_base_url, verb, route, headers)
            assert status == 403, f"{verb} {route} answered {status} to a stranger"
            assert problem["code"] == "not-signed-in"


async def test_every_verb_asks_for_our_resource(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: Any, jp_auth_header: Any
) -> Any:
    asked: list[tuple[str, str]] = []

    class Nobody(Authorizer):
        def is_authorized(self, handler: Any, user: Any, action: Any, resource: Any) -> Any:
            asked.append((action, resource))
            return False

    jp_serverapp.web_app.settings["authorizer"] = Nobody(parent=jp_serverapp)
    for verb, route in OPERATIONS:
        status, _ = await send(http_server_client, jp_base_url, verb, route, dict(jp_auth_header))
        assert status == 403, f"{verb} {route} answered {status} to a user without permission"
    wanted = [("read" if verb == "GET" else "write", "rsconnect_jupyter") for verb, _ in OPERATIONS]
    assert asked == wanted


async def test_a_cookie_alone_changes_nothing(
    jp_serverapp: Any, http_server_client: Any, jp_base_url: Any, jp_auth_header: Any
) -> None:
    """Another site's form sends the browser's cookie, but cannot know the XSRF token."""
    cookies = []
    for page in ("login", f"login?token={jp_serverapp.identity_provider.token}"):
        shown = await http_server_client.fetch(jp_base_url + page, follow_redirects=False, raise_error=False)
        cookies += [each.split(";")[0] for each in shown.headers.get_list("Set-Cookie")]
    cookie = "; ".join(cookies)
    xsrf = next(each.partition("=")[2] for each in cookie.split("; ") if each.startswith("_xsrf="))
    reads, changes = 0, 0
    for verb, route in OPERATIONS:
        status, _ = await send(http_server_client, jp_base_url, verb, route, {"Cookie": cookie})
        if verb == "GET":
            assert status != 403, f"{verb} {route} refuses a browser that is signed in"
            reads += 1
        else:
            assert status == 403, f"{verb} {route} answered {status} without an XSRF token"
            changes += 1
            if route != "sandbox":
                status, _ = await send(
                    http_server_client, jp_base_url, verb, route, {"Cookie": cookie, "X-XSRFToken": xsrf}
                )
                assert status != 403, f"{verb} {route} refuses a browser that sends the token"
    assert reads
    assert changes


def test_no_handler_lets_a_verb_through_undecorated(jp_serverapp: Any) -> None:
    """What Jupyter itself checks at its start when unauthenticated access is switched off."""
    app = jp_serverapp.extension_manager.extension_points["rsconnect_jupyter"].app
    verbs = ("get", "post", "patch", "put", "delete")
    for _, handler, _ in app.handlers:
        for verb in verbs:
            method = vars(handler).get(verb)
            assert method is None or hasattr(method, "__wrapped__"), f"{handler.__name__}.{verb}"


@pytest.mark.parametrize(
    "path",
    [
        *("../outside.ipynb", "folder/../../outside.ipynb", "/../outside.ipynb", "..%2foutside.ipynb"),
        *("link.ipynb", "door/link.ipynb", "door/../outside.ipynb", ".hidden/inside.ipynb", "folder", "no.ipynb", ""),
        *("a\x00.ipynb", "x" * 5000),
    ],
)
async def test_paths_stay_below_the_root(api: Any, put_notebook: Any, jp_root_dir: Path, path: str) -> None:
    put_notebook("../outside.ipynb", "1")
    put_notebook("folder/inside.ipynb", "1")
    put_notebook(".hidden/inside.ipynb", "1")
    (jp_root_dir / "link.ipynb").symlink_to(jp_root_dir.parent / "outside.ipynb")
    (jp_root_dir / "door").symlink_to(jp_root_dir / "folder")
    (jp_root_dir / "folder" / "link.ipynb").symlink_to(jp_root_dir.parent / "outside.ipynb")
    for route in ("inspect", "manifest", "publish"):
        answer = await api("POST", route, {"path": path})
        assert answer.status in (400, 404, 422), f"{route} {path!r} answered {answer}"
        assert answer.body["where"] == {"field": "path"}
    assert not list(jp_root_dir.parent.glob("manifest.json"))


async def test_a_password_of_a_package_index_does_not_reach_the_browser(
    api: Any, put_notebook: Any, jp_root_dir: Path
) -> None:
    put_notebook("a.ipynb", "# Some title", "import pandas")
    (jp_root_dir / "requirements.txt").write_text(
        "--index-url https://me:s3cret@packages.example/simple\nours @ git+https://me:p@s3cret@git.example/ours.git\n"
    )
    told = json.dumps((await api("POST", "inspect", {"path": "a.ipynb"})).body)
    assert "s3cret" not in told
    assert "<hidden>@packages.example" in told
