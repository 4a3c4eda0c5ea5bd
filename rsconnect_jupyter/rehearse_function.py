"""``rsconnect_jupyter.rehearse``: its signature and documentation; the work is done by ``foreground``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .option_signature import with_options

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from typing_extensions import Unpack

    from .models import Event, OptionArguments, Server
    from .rehearsal.result import Rehearsal


@with_options
def rehearse(
    notebook: str | os.PathLike[str] | None = None,
    *,
    server: str | Server | None = None,
    fix: bool = False,
    page: str | os.PathLike[str] | None = None,
    on_event: Callable[[Event], None] | None = None,
    **options: Unpack[OptionArguments],
) -> Rehearsal:
    """Run the bundle that `publish` would send in a clean environment on this machine, and return how it went.

    Nothing is sent. The requirements are installed into an environment of their own, which is kept for the next
    rehearsal; the notebook runs with a home of its own and only the variables that are given.

    Args:
        notebook: Path; the notebook this kernel belongs to when omitted.
        server: Where it would be published to: the Python that it offers is used if this machine has it.
        fix: True applies what fixes a failure (adds a package or a file, pins versions) and rehearses again, until the
            notebook runs or nothing more can be done; the result's ``options`` have all of it.
        page: Where the page that resulted is written.
        on_event: Called with each `Event`, in order.
        options:

    Raises:
        RSConnectException: It could not be tried; that the notebook fails is a result.
    """
    from .foreground.run_rehearsal import rehearse_from_script  # noqa: PLC0415 - importing this package must stay cheap

    return rehearse_from_script(notebook, server=server, on_event=on_event, fix=fix, page=page, options=options)
