"""Serve one Python application: ``python app_program.py wsgi|asgi|gradio MODULE[:OBJECT] PORT BASE``.

Runs in the content's Python, so it imports the standard library and what the content brings.
"""

from __future__ import annotations

import importlib
import os
import sys
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

HOST = "127.0.0.1"


def main(kind: str, entrypoint: str, port: str, base: str) -> None:
    """Import the application and serve it until the process is ended."""
    sys.path[0] = os.getcwd()  # noqa: PTH109 - no more modules than needed before the content's own
    # Dash makes its addresses when it is imported.
    os.environ.setdefault("DASH_REQUESTS_PATHNAME_PREFIX", base)
    name, _, attribute = entrypoint.partition(":")
    module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
    names = [attribute] if attribute else ["app", "demo", "application", "api"]
    app = next((getattr(module, each) for each in names if hasattr(module, each)), None)
    if app is None:
        raise SystemExit(f"{name} has no {' or '.join(names)}.")
    {"wsgi": serve_wsgi, "asgi": serve_asgi, "gradio": serve_gradio}[kind](app, int(port), base.rstrip("/"))


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *values: Any) -> None:  # noqa: A002 - the name is the library's
        sys.stderr.write(f"{format % values}\n")


def serve_wsgi(app: Any, port: int, base: str) -> None:
    """Serve a WSGI application, or the one inside a Dash application."""
    wsgi = getattr(app, "server", app)

    def below_base(environ: dict[str, Any], start: Any) -> Any:
        environ["SCRIPT_NAME"] = base
        return wsgi(environ, start)

    make_server(HOST, port, below_base, server_class=_Server, handler_class=_Handler).serve_forever()


def serve_asgi(app: Any, port: int, base: str) -> None:
    """Serve an ASGI application."""
    importlib.import_module("uvicorn").run(app, host=HOST, port=port, root_path=base)


def serve_gradio(app: Any, port: int, base: str) -> None:
    """Serve a Gradio application."""
    app.launch(server_name=HOST, server_port=port, root_path=base, inbrowser=False, quiet=True, share=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
