"""Whose certificates to believe: the system's store, a CA of the user's own, or everybody's.

The system's store is read through ``truststore`` (Windows and macOS keep theirs outside OpenSSL's reach); a file named
by ``REQUESTS_CA_BUNDLE`` or ``CURL_CA_BUNDLE`` counts besides, as companies set these on their machines. Our own
contexts leave ``VERIFY_X509_STRICT`` off: many companies' CAs lack the extensions it asks for.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import ssl
import sys
import textwrap
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from ..errors import CertificateError
from ..translation import _

_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]*CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----")

_REASONS = {
    9: "certificate-refused/too-early",
    10: "certificate-refused/expired",
    18: "certificate-refused/self-signed",
    19: "certificate-refused/self-signed-chain",
    20: "certificate-refused/unknown-ca",
    21: "certificate-refused/chain",
    23: "certificate-refused/revoked",
    62: "certificate-refused/other-host",
    64: "certificate-refused/other-address",
}
"""OpenSSL's verification results (x509_vfy.h) that people meet."""


_HANDSHAKE = (
    "WRONG_VERSION",
    "HTTP_REQUEST",
    "HTTPS_PROXY",
    "UNSUPPORTED_PROTOCOL",
    "ALERT",
    "NO_SHARED",
    "DH_KEY",
    "KEY_TOO",
)
"""Parts of OpenSSL's reasons for handshakes that fail every time."""


def make_context(*, insecure: bool = False, ca_data: str | bytes | None = None) -> ssl.SSLContext:
    """Return the TLS settings for one server.

    Args:
        insecure: True accepts any certificate and any host name.
        ca_data: PEM text or DER bytes of one or more CAs, trusted besides the system's.

    Raises:
        CertificateError: code ``ca-unreadable`` when `ca_data` is no certificate.
    """
    if insecure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    context = _system_context()
    if ca_data:
        _add_ca(context, ca_data)
    return context


def _system_context() -> ssl.SSLContext:
    try:
        import truststore  # noqa: PLC0415 - refuses to be imported on systems it does not know

        context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    except ImportError:
        context = ssl.create_default_context()
    if not _system_has_store():
        import certifi  # noqa: PLC0415 - comes with requests; only read where the system has nothing

        context.load_verify_locations(cafile=certifi.where())
    _add_named_store(context)
    return context


def _add_named_store(context: ssl.SSLContext) -> None:
    """Trust what ``requests`` is told to trust, besides the rest; a path that does not exist changes nothing."""
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    if named:
        kind = "capath" if Path(named).is_dir() else "cafile"
        with contextlib.suppress(OSError):  # a bad certificate in it is one, too
            context.load_verify_locations(**{kind: named})


@lru_cache(maxsize=1)
def _system_has_store() -> bool:
    """Tell whether OpenSSL's default places hold anything; slim containers have none."""
    if sys.platform in ("darwin", "win32"):
        return True
    paths = ssl.get_default_verify_paths()
    files = [paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/cert.pem"]
    return any(each and Path(each).is_file() for each in files)


def _add_ca(context: ssl.SSLContext, ca_data: str | bytes) -> None:
    try:
        context.load_verify_locations(cadata=_certificates_in(ca_data))
    except (ssl.SSLError, ValueError) as exc:
        raise CertificateError.of("ca-unreadable", data={"sent": False}) from exc


def _certificates_in(ca_data: str | bytes) -> str | bytes:
    """Return the certificates alone: people paste them indented, on one line, among words, saved as UTF-16."""
    text = ca_data if isinstance(ca_data, str) else _decoded(ca_data)
    blocks = [(kind, "".join(body.split())) for kind, body in _PEM.findall(text)]
    plain = [f"-----BEGIN {kind}-----\n{textwrap.fill(body, 64)}\n-----END {kind}-----\n" for kind, body in blocks]
    return "".join(plain) or (ca_data.encode() if isinstance(ca_data, str) else bytes(ca_data))


def _decoded(raw: bytes) -> str:
    return bytes(raw).decode("utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "latin-1", "ignore")


def explain_refusal(layers: Iterable[BaseException], host: str) -> CertificateError | None:
    """Return the error to raise when there is a TLS failure among `layers`; None when there is none.

    Args:
        layers: What the HTTP library raised, and all that it wraps.
        host: Host name for the sentence.
    """
    found = next((each for each in layers if isinstance(each, ssl.SSLError)), None)
    if found is None:
        return None
    if not isinstance(found, ssl.SSLCertVerificationError):
        return _handshake_failure(found, host)
    key = _REASONS.get(getattr(found, "verify_code", 0) or 0)
    if key:
        return CertificateError.of(key, host=host)
    reason = getattr(found, "verify_message", "") or _("it cannot be verified")
    return CertificateError.of("certificate-refused", host=host, reason=reason)


def _handshake_failure(failure: ssl.SSLError, host: str) -> CertificateError | None:
    """Return the error for a handshake that cannot succeed; None for a connection that merely broke."""
    reason = str(getattr(failure, "reason", None) or "")
    if not any(each in reason for each in _HANDSHAKE):
        return None
    return CertificateError.of("tls-failed", host=host, reason=reason.replace("_", " ").lower())
