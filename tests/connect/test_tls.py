"""Certificates and proxies: who is believed, why not, and which way the bytes take."""

from __future__ import annotations

import contextlib
import datetime
import importlib.util
import ssl
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from connect.wire import KEY, Proxy, Reply, Script, scripted

from rsconnect_jupyter.api import RSConnectServer, verify_server
from rsconnect_jupyter.connect.discovery import find_server, open_client
from rsconnect_jupyter.connect.proxies import bypassed, proxy_for
from rsconnect_jupyter.connect.tls import _system_has_store, explain_refusal, make_context
from rsconnect_jupyter.connect.transport import Transport
from rsconnect_jupyter.errors import CertificateError, ConnectError, NoAnswerError, ProxyError
from rsconnect_jupyter.models import Secret, Server

PLAIN_HOST = "localhost"


@contextlib.contextmanager
def secure(certificate: trustme.LeafCert) -> Iterator[Script]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with scripted(context) as running:
        running.url = running.url.replace("127.0.0.1", PLAIN_HOST)
        yield running


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA) -> Iterator[Script]:
    with secure(authority.issue_cert(PLAIN_HOST)) as running:
        yield running


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    running = Proxy()
    monkeypatch.setenv("HTTPS_PROXY", running.url)
    monkeypatch.setenv("HTTP_PROXY", running.url)
    yield running
    running.close()


def pem(authority: trustme.CA) -> str:
    return authority.cert_pem.bytes().decode()


def test_an_unknown_authority_is_named(tls: Script) -> None:
    with pytest.raises(CertificateError) as caught:
        find_server(tls.url)
    assert "CA this machine does not know" in caught.value.message
    assert "CA certificate" in caught.value.hint
    assert tls.seen == []


def test_a_self_signed_certificate_is_named(tmp_path: object) -> None:
    own = trustme.CA()  # a CA's own certificate, used by a server as it is
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with own.cert_pem.tempfile() as cert, own.private_key_pem.tempfile() as key:
        context.load_cert_chain(cert, key)
    with scripted(context) as running, pytest.raises(CertificateError) as caught:
        find_server(running.url.replace("127.0.0.1", PLAIN_HOST))
    assert "self-signed" in caught.value.message


@pytest.mark.parametrize(
    "form",
    ["pem text", "pem bytes", "der", "among words", "with a mark", "utf-16", "indented", "one line", "no line breaks"],
)
def test_a_custom_authority_is_believed(tls: Script, authority: trustme.CA, form: str) -> None:
    forms: dict[str, str | bytes] = {
        "pem text": "A comment\n" + pem(authority),
        "pem bytes": authority.cert_pem.bytes(),
        "der": ssl.PEM_cert_to_DER_cert(pem(authority)),
        "among words": f"# Zürich, Főtanúsítvány\n{pem(trustme.CA())}# — ours —\n{pem(authority)}".encode(),
        "with a mark": b"\xef\xbb\xbf" + authority.cert_pem.bytes().replace(b"\n", b"\r\n"),
        "utf-16": pem(authority).encode("utf-16"),
        "indented": "\n".join("    " + line for line in pem(authority).splitlines()),
        "one line": pem(authority).replace("\n", " "),
        "no line breaks": pem(authority).replace("\n", ""),
    }
    assert find_server(tls.url, ca_data=forms[form]).url == tls.url
    assert verify_server(RSConnectServer(tls.url, KEY, ca_data=forms[form]))["version"]


def test_a_bad_certificate_is_no_reason_to_go_on_without_tls(
    tls: Script, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rsconnect_jupyter.connect.discovery.candidates", lambda address: (tls.url, script.url))
    with pytest.raises(CertificateError):
        open_client(Server(name="x", url="typed without a scheme", api_key=Secret(KEY)))
    assert script.seen == []


def test_insecure_believes_everybody_but_only_for_that_server(tls: Script, recwarn: pytest.WarningsRecorder) -> None:
    assert find_server(tls.url, insecure=True).url == tls.url
    assert list(recwarn) == []  # whoever chose so need not be told at every request
    with pytest.raises(CertificateError):
        find_server(tls.url)


def test_the_environment_does_not_replace_what_was_chosen(
    tls: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/invalid_redirect/ca.pem")
    assert find_server(tls.url, ca_data=pem(authority)).url == tls.url
    assert find_server(tls.url, insecure=True).url == tls.url


@pytest.mark.parametrize("name", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_what_requests_is_told_to_trust_counts_besides(
    name: str, tls: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with authority.cert_pem.tempfile() as store:
        monkeypatch.setenv(name, store)
        assert find_server(tls.url).url == tls.url
        assert find_server(tls.url, ca_data=pem(trustme.CA())).url == tls.url


def test_the_systems_store_counts_besides_the_custom_authority(
    tls: Script, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch
) -> None:
    with authority.cert_pem.tempfile() as store:
        monkeypatch.setenv("SSL_CERT_FILE", store)
        assert find_server(tls.url).url == tls.url
        assert find_server(tls.url, ca_data=pem(trustme.CA())).url == tls.url


def test_a_wrong_host_name_and_an_expired_certificate_are_named(authority: trustme.CA) -> None:
    with secure(authority.issue_cert("other.example")) as running, pytest.raises(CertificateError) as caught:
        find_server(running.url, ca_data=pem(authority))
    assert "another host name" in caught.value.message
    yesterday = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
    old = authority.issue_cert(PLAIN_HOST, not_after=yesterday)
    with secure(old) as running, pytest.raises(CertificateError) as caught:
        find_server(running.url, ca_data=pem(authority))
    assert "expired" in caught.value.message


def test_rubbish_instead_of_an_authority(tls: Script) -> None:
    for rubbish in ("no certificate", b"\x00\x01", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(CertificateError) as caught:
            find_server(tls.url, ca_data=rubbish)
        assert caught.value.code == "ca-unreadable"


def test_https_spoken_to_a_plain_server(script: Script) -> None:
    with pytest.raises(NoAnswerError) as caught:
        find_server(script.url.replace("http:", "https:"))
    assert caught.value.hint


@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_proxy_and_a_custom_authority_work_together(
    tls: Script, authority: trustme.CA, proxy: Proxy, form: str
) -> None:
    data = pem(authority) if form == "pem" else ssl.PEM_cert_to_DER_cert(pem(authority))
    server = Server(name="x", url=tls.url, api_key=Secret(KEY), ca_data=data)
    with open_client(server) as client:
        assert client.user().username == "ada"
    assert proxy.asked == [f"CONNECT {PLAIN_HOST}:{tls.port}"]  # one tunnel, kept
    assert all(each.headers["authorization"] == f"Key {KEY}" for each in tls.seen)


def test_a_proxy_does_not_make_certificates_good(tls: Script, proxy: Proxy) -> None:
    with pytest.raises(CertificateError) as caught:
        find_server(tls.url)
    assert "CA this machine does not know" in caught.value.message
    assert proxy.asked
    assert find_server(tls.url, insecure=True).url == tls.url


def test_plain_http_goes_through_the_proxy(script: Script, proxy: Proxy) -> None:
    find_server(script.url)
    assert all(each.startswith("GET http://127.0.0.1") for each in proxy.asked)


def test_a_proxys_password_is_used_and_never_shown(
    tls: Script, authority: trustme.CA, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("://", "://user:pr0xypass@"))
    assert find_server(tls.url, ca_data=pem(authority)).url == tls.url
    assert len(proxy.authorizations) == 1
    proxy.close()
    monkeypatch.setenv("HTTPS_PROXY", "http://user:pr0xypass@127.0.0.1:9")
    with pytest.raises(ProxyError) as caught:
        find_server(tls.url, ca_data=pem(authority))
    assert "pr0xypass" not in everything(caught.value)


def test_a_proxy_that_refuses_is_named(tls: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    for status, words in ((407, "user name and a password"), (403, "status 403")):
        refusing = Proxy(refuse=status)
        monkeypatch.setenv("HTTPS_PROXY", refusing.url)
        with pytest.raises(ProxyError) as caught:
            find_server(tls.url)
        assert words in caught.value.message
        refusing.close()


@pytest.mark.parametrize(
    "address", ["http://", "ftp://127.0.0.1:9", "http://[::1", "http://127.0.0.1:99999", "http://127.0.0.1:x"]
)
def test_a_proxy_without_a_usable_address_is_named_at_once(
    address: str, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", address)
    with pytest.raises(ProxyError) as caught:
        find_server(script.url)
    assert caught.value.code == "proxy-address"
    assert "HTTP_PROXY" in caught.value.hint


@pytest.mark.skipif(importlib.util.find_spec("socks") is not None, reason="PySocks is installed")
def test_a_proxy_of_another_kind_says_what_to_install(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5h://127.0.0.1:9")
    with pytest.raises(ProxyError) as caught:
        find_server(script.url)
    assert "PySocks" in caught.value.hint


NO_PROXY = [
    ("localhost", True),
    ("other.example, localhost", True),
    (" other.example ,  localhost ", True),
    ("other.example localhost", True),
    ("LOCALHOST", True),
    ("*", True),
    ("other.example,*", True),
    (".localhost", True),
    ("localhost:{port}", True),
    ("localhost:1", False),
    ("host", False),
    ("other.example", False),
    ("", False),
    ("  ", False),
]


@pytest.mark.parametrize(("no_proxy", "direct"), NO_PROXY)
def test_no_proxy_is_honoured(
    no_proxy: str,
    direct: bool,
    tls: Script,
    authority: trustme.CA,
    proxy: Proxy,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_PROXY", no_proxy.format(port=tls.port))
    find_server(tls.url, ca_data=pem(authority))
    assert (proxy.asked == []) is direct


@pytest.mark.parametrize(
    ("url", "no_proxy", "direct"),
    [
        ("https://a.example.com", "example.com", True),
        ("https://a.example.com", ".example.com", True),
        ("https://a.example.com", "*.example.com", True),
        ("https://example.com", ".example.com", True),
        ("https://notexample.com", "example.com", False),
        ("https://a.example.com:8443", "example.com:8443", True),
        ("https://a.example.com", "example.com:443", True),
        ("https://a.example.com", "example.com:80", False),
        ("http://10.1.2.3", "10.0.0.0/8", True),
        ("http://10.1.2.3", "10.1.2.3", True),
        ("http://10.1.2.3:81", "10.1.2.3:81", True),
        ("http://10.1.2.3", "2.3", False),
        ("http://[::1]:3939", "::1", True),
        ("http://[::1]:3939", "[::1]:3939", True),
        ("https://a.example.com.", "example.com", True),
        ("https://a.example.com", "a.example.com:\xb2", False),
        ("https://a.example.com", ". *.", False),
    ],
)
def test_what_no_proxy_means(url: str, no_proxy: str, direct: bool) -> None:
    assert bypassed(url, no_proxy) is direct


def test_proxies_by_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "all.example:1")
    assert proxy_for("https://x.example") == "http://all.example:1"
    monkeypatch.setenv("https_proxy", "http://secure.example:2")
    assert proxy_for("https://x.example") == "http://secure.example:2"
    assert proxy_for("http://x.example") == "http://all.example:1"


def test_the_settings_of_windows_and_macos_count_when_the_environment_names_no_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(urllib.request, "getproxies_environment", dict)
    monkeypatch.setattr(urllib.request, "getproxies", lambda: {"https": "http://office.example:8080"})
    monkeypatch.setattr(urllib.request, "proxy_bypass", lambda host: host == "inside.example")
    assert proxy_for("https://x.example") == "http://office.example:8080"
    assert proxy_for("https://inside.example") is None


def test_the_way_to_a_proxy_may_be_encrypted_with_the_same_trust(script: Script) -> None:
    adapter: Any = Transport(Server(name="x", url=script.url))._session.get_adapter("https://x.example")
    manager = adapter.proxy_manager_for("https://proxy.example:8443")
    assert manager.proxy_config.ssl_context is manager.connection_pool_kw["ssl_context"]


def test_a_guessed_http_address_that_leads_to_https_is_used(authority: trustme.CA, script: Script) -> None:
    with secure(authority.issue_cert("127.1")) as encrypted:
        there = f"https://127.1:{encrypted.port}"
        script.on("GET", "server_settings", Reply(302, b"", {"Location": f"{there}/__api__/server_settings"}))
        found = find_server(f"127.1:{script.port}", ca_data=pem(authority))
    assert found.url == there


def test_where_the_system_has_no_certificates_others_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "truststore", None)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda *_arguments: None)
    assert len(make_context().get_ca_certs()) == 0
    monkeypatch.setattr("rsconnect_jupyter.connect.tls._system_has_store", lambda: False)
    assert len(make_context().get_ca_certs()) > 50


def test_windows_and_macos_keep_their_certificates_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert _system_has_store.__wrapped__()


def verification(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, message
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        pytest.param(verification(10, ""), "expired", id="expired"),
        pytest.param(verification(94, "CA md too weak"), "CA md too weak", id="another-reason"),
        pytest.param(verification(94, ""), "cannot be verified", id="no-reason"),
        pytest.param(ssl.SSLError(1, "unexpected end"), None, id="connection-lost"),
        pytest.param(OSError(), None, id="no-tls"),
    ],
)
def test_why_a_certificate_is_refused(error: Exception, words: str | None) -> None:
    explained = explain_refusal([error], "host")
    assert (explained is not None) is (words is not None)
    assert words is None or (explained is not None and words in explained.message)


def everything(error: BaseException) -> str:
    """Return all that could be printed of an error and of what it was raised from."""
    found, waiting, texts = set(), [error], []
    while waiting:
        each = waiting.pop()
        if each is None or id(each) in found:
            continue
        found.add(id(each))
        texts += [repr(each), str(each), repr(each.args), repr(vars(each))]
        waiting += [each.__cause__, each.__context__]  # type: ignore[list-item]
    return " ".join(texts)


def test_errors_are_one_family() -> None:
    assert issubclass(CertificateError, ConnectError)
    assert issubclass(ProxyError, NoAnswerError)
