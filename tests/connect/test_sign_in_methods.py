"""Which way of signing in is chosen, and which addresses of a server are its own."""

from __future__ import annotations

import pytest

from rsconnect_jupyter.connect.sign_in.authorization_server import AuthorizationServer, check_place
from rsconnect_jupyter.connect.sign_in.browser_flow import challenge_of
from rsconnect_jupyter.connect.sign_in.methods import is_remote, methods
from rsconnect_jupyter.errors import BadAnswerError

ROOT = "https://connect.example.com/rsc"


def server(*, browser: bool = True, device: bool = True) -> AuthorizationServer:
    return AuthorizationServer(
        root=ROOT,
        token=f"{ROOT}/t",
        authorization=f"{ROOT}/a" if browser else "",
        registration=f"{ROOT}/r",
        device_authorization=f"{ROOT}/d" if device else "",
        challenge_methods=frozenset({"S256"}),
    )


@pytest.mark.parametrize(
    ("offered", "remote", "relay", "expected"),
    [
        pytest.param(server(), True, False, "device claim", id="2026.06-remote"),
        pytest.param(server(), False, False, "browser device claim", id="2026.06-local"),
        pytest.param(server(device=False), True, False, "claim", id="2026.02-remote"),
        pytest.param(server(device=False), True, True, "relay claim", id="2026.02-workbench"),
        pytest.param(server(device=False), False, False, "browser claim", id="2026.02-local"),
        pytest.param(None, True, False, "claim", id="2024"),
        pytest.param(server(browser=False), False, False, "device claim", id="device-only"),
    ],
)
def test_the_way_suits_server_and_place(
    offered: AuthorizationServer | None, remote: bool, relay: bool, expected: str
) -> None:
    assert " ".join(methods(offered, remote=remote, relay=relay)) == expected


def test_a_server_without_s256_has_no_browser_flow() -> None:
    plain = AuthorizationServer(
        root=ROOT, token="t", authorization="a", registration="r", challenge_methods=frozenset({"plain"})
    )
    assert not plain.has_browser_flow


@pytest.mark.parametrize("name", ["JUPYTERHUB_API_URL", "SSH_CONNECTION", "RS_SERVER_ADDRESS"])
def test_a_hub_or_an_ssh_session_is_remote(name: str) -> None:
    assert is_remote({name: "x"})
    assert not is_remote({})


@pytest.mark.parametrize(
    "url",
    [
        pytest.param(f"{ROOT}/oauth/v1/token", id="below"),
        pytest.param(f"{ROOT}/oauth/v1/token?tenant=1", id="query"),
        pytest.param(ROOT, id="root-itself"),
        pytest.param("https://CONNECT.example.com/rsc/x", id="upper-case-host"),
    ],
)
def test_addresses_below_the_root_are_the_servers(url: str) -> None:
    assert check_place(url, ROOT) == url


@pytest.mark.parametrize(
    ("url", "code"),
    [
        pytest.param("https://login.example.com/rsc/token", "sign-in-elsewhere", id="host"),
        pytest.param("https://connect.example.com/other/token", "sign-in-elsewhere", id="prefix"),
        pytest.param("https://connect.example.com/rsconnect/token", "sign-in-elsewhere", id="half-a-prefix"),
        pytest.param("https://connect.example.com:8443/rsc/token", "sign-in-elsewhere", id="port"),
        pytest.param("https://connect.example.com/rsc/../other/token", "sign-in-elsewhere", id="dots"),
        pytest.param("https://connect.example.com.evil.example/rsc/t", "sign-in-elsewhere", id="longer-host"),
        pytest.param("https://connect.example.com@evil.example/rsc/t", "sign-in-elsewhere", id="userinfo"),
        pytest.param("https://[::1/rsc", "sign-in-elsewhere", id="no-address"),
        pytest.param("http://connect.example.com/rsc/token", "sign-in-unencrypted", id="http"),
        pytest.param("javascript:alert(1)", "sign-in-unencrypted", id="script"),
        pytest.param("/rsc/token", "sign-in-unencrypted", id="relative"),
    ],
)
def test_other_addresses_are_refused(url: str, code: str) -> None:
    with pytest.raises(BadAnswerError) as caught:
        check_place(url, ROOT)
    assert caught.value.code == code


def test_a_host_that_the_user_allowed_is_taken_but_never_without_tls() -> None:
    assert check_place("https://login.example.com/x", ROOT, allowed_host="login.example.com")
    with pytest.raises(BadAnswerError):
        check_place("http://login.example.com/x", ROOT, allowed_host="login.example.com")


def test_the_challenge_is_that_of_the_standard() -> None:
    """The vector of RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
