"""``rsconnect_jupyter.publish``: its signature and documentation; the work is done by ``foreground``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .option_signature import with_options

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from typing_extensions import Unpack

    from .models import Deployment, Event, OptionArguments, Server


@with_options
def publish(
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    on_event: Callable[[Event], None] | None = None,
    **options: Unpack[OptionArguments],
) -> Deployment:
    """Publish a notebook to Posit Connect and return what came of it.

    Shows its progress as a line in a terminal and as a small live display in a notebook cell. Ctrl-C stops it and
    leaves the server as it was. An option that is not given is as it was for the last publish of this notebook, else
    it has its default.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: Name of a known server, or its address; when omitted, the one this notebook was published to last, else
            the default server. The API key comes from where the server's keys are kept, or from ``CONNECT_API_KEY``.
        on_event: Called with each `Event`, in order.
        options:

    Raises:
        RSConnectException: One of the errors in ``rsconnect_jupyter.errors``, each with a message and a hint.
    """
    from .foreground.run_publish import publish_from_script  # noqa: PLC0415 - importing this package must stay cheap

    return publish_from_script(notebook, server=server, on_event=on_event, options=options)
