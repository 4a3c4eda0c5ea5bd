"""The widget itself: what is published, where to and as what; one button; what comes of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as W  # noqa: N812

from ..connect.app_modes import parse_mode
from ..connect.server_memory import ServerMemory
from ..errors import Cancelled, NotebookError, RSConnectException
from ..foreground import inputs
from ..foreground.location import find_notebook
from ..foreground.own_kernel import ask_this_kernel
from ..foreground.run_publish import carry_out, follow
from ..foreground.run_rehearsal import follow_rehearsal
from ..foreground.sign_in import SIGNED_OUT
from ..foreground.uploads import keep_upload
from ..models import Deployment, Event, OptionArguments, PublishOptions, PublishRequest, RestoreRequest, Server
from ..option_signature import with_form_options
from ..project_files import project_root
from ..publishing.inspection import Inspection, inspect_notebook
from ..publishing.restore import restore
from ..rehearsal.request import RehearsalRequest
from ..rehearsal.result import Rehearsal
from ..servers.store import ServerStore
from ..time_budget import time_budget
from ..translation import _
from . import html_views
from .details import Details
from .option_controls import NARROW, OptionControls
from .progress_view import Screen
from .server_box import ServerBox
from .sign_in_box import SignInBox
from .target_box import NEW, Choice, TargetBox
from .unsaved import looks_unsaved
from .versions_box import VersionsBox

if TYPE_CHECKING:
    from typing_extensions import Unpack

_PATIENCE = 10.0
"""Seconds that the server has to answer, before the checks do without."""


class PublishWidget(W.VBox):  # type: ignore[misc]
    """A form in a notebook cell that publishes the notebook to Posit Connect.

    The cell stays free while publishing: the work is done in a thread. Nothing secret is in the widget's state.

    Args:
        notebook: Path; the notebook of this kernel when omitted.
        server: Name or address of the server to begin with; when omitted, the one published to last, else the default.
        options: The options of ``rsconnect_jupyter.publish``, with the same names, meanings and defaults.

    Attributes:
        deployment: What came of the last publish; None before one went through.
        error: Why the last publish failed; None when it did not.
    """

    @with_form_options
    def __init__(
        self,
        notebook: str | os.PathLike[str] | None = None,
        server: str | Server | None = None,
        **options: Unpack[OptionArguments],
    ) -> None:
        super().__init__(layout=W.Layout(max_width="44em", padding="8px", border="1px solid rgba(128,128,128,.35)"))
        self.deployment: Deployment | None = None
        self.error: RSConnectException | None = None
        self.rehearsal: Rehearsal | None = None
        self._newest: Inspection | None = None
        self._stopping = threading.Event()
        self._overwrite: Callable[[], None] = self._publish_over
        self._go_on: Callable[[], None] = self.publish
        self._thread: threading.Thread | None = None
        self._path: Path | None = None
        self._target_options = {name: options.get(name) for name in ("update", "new") if options.get(name)}
        given = {name: value for name, value in options.items() if value is not None}
        if "mode" in given:
            given["mode"] = parse_mode(str(given["mode"]))
        given["env"] = inputs.read_variables(options.get("env") or {})
        self._controls = OptionControls(given, on_change=self._look)
        self._details = Details(self._controls)
        self._make_controls(server)
        self._arrange()
        self._choose_notebook(notebook)

    @property
    def notebook(self) -> Path | None:
        """The notebook this is about; None while it is not known."""
        return self._path

    @property
    def publishing(self) -> bool:
        """True while a publish runs."""
        return self._thread is not None and self._thread.is_alive()

    def options(self) -> PublishOptions:
        """Return the options that were chosen here or given to the widget.

        Raises:
            NotebookError: the notebook is not known.
            RSConnectException: an option has a value that it cannot have.
        """
        if self._path is None:
            raise NotebookError.of("notebook-unknown")
        return inputs.options_from_here({**self._controls.chosen, **self._target_options}, self._path)

    def publish(self) -> None:
        """Start publishing, as the button does; returns at once."""
        if self.publishing or self._path is None:
            return
        try:
            request = self._request(self._path)
        except RSConnectException as exc:
            self.error = exc
            self._screen.clear()
            self._screen.end(html_views.alert(exc.message, exc.hint), style="danger")
            return
        self._overwrite = self._publish_over
        self._go_on = self.publish
        self._begin(lambda: carry_out(request, watcher=self._screen, stopping=self._stopping), _("Published {title}"))

    def rehearse(self) -> None:
        """Start a rehearsal, as the button does; returns at once."""
        if self.publishing or self._path is None:
            return
        try:
            request = RehearsalRequest(
                notebook=self._path,
                root=project_root(self._path),
                server=self._server.known(),
                options=self.options(),
            )
        except RSConnectException as exc:
            self._screen.clear()
            self._screen.end(html_views.alert(exc.message, exc.hint), style="danger")
            return
        self.rehearsal = None
        self._start(self._work_on_rehearsal, request)

    def _begin(self, work: Callable[[], Deployment], success: str) -> None:
        """Do what takes long in a thread; `success` is said when it went well, with the content's title."""
        self._start(self._work, work, success)

    def _start(self, target: Callable[..., None], *arguments: Any) -> None:
        self.error = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=target, args=arguments, name="publish-widget", daemon=True)
        self._show_running(running=True)
        self._screen.begin()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the running publish or rehearsal to stop, as the button does."""
        self._stopping.set()
        self._screen.stopping()
        self._cancel_button.disabled = True

    def wait(self, timeout: float | None = None) -> Deployment:
        """Wait for the running publish and return what came of it.

        Args:
            timeout: Seconds; None waits as long as it takes.

        Raises:
            RSConnectException: why it failed.
            TimeoutError: it still runs.
        """
        if self._thread is not None:
            self._thread.join(timeout)
        if self.publishing:
            raise TimeoutError("The publish still runs.")
        if self.error is not None:
            raise self.error
        if self.deployment is None:
            raise RSConnectException.of("nothing-published")
        return self.deployment

    def _make_controls(self, server: str | Server | None) -> None:
        self._head = W.HTML()
        self._where = W.Text(
            description=_("Notebook"),
            placeholder=_("analysis.ipynb"),
            continuous_update=False,
            layout=W.Layout(width="auto", display="none"),
            style=NARROW,
        )
        self._upload = W.FileUpload(accept=".ipynb", description=_("Upload notebook"), layout=W.Layout(display="none"))
        self._trouble = W.HTML()
        self._server = ServerBox(ServerStore(), preferred=server, on_change=self._server_changed)
        self._server_url = self._server.url
        self._target = TargetBox(server=self._server.server, on_choice=self._target_chosen)
        self._mode_note = W.HTML(layout=W.Layout(margin="0 0 0 6.5em"))
        self._publish_button = W.Button(description=_("Publish"), button_style="primary")
        self._rehearse_button = W.Button(
            description=_("Rehearse"),
            tooltip=_("Run the bundle in a clean environment on this machine; nothing is sent"),
        )
        self._cancel_button = W.Button(description=_("Cancel"), layout=W.Layout(display="none"))
        self._overwrite_button = W.Button(description=_("Overwrite"), layout=W.Layout(display="none"))
        self._screen = Screen()
        self._memory = ServerMemory()
        self._versions = VersionsBox(server=self._server.server, memory=self._memory, on_restore=self._restore)
        self._again = SignInBox(self._server.begin_sign_in, on_done=self._signed_in_again, label=_("Sign in again"))
        self._again.show(shown=False)
        self._offering = threading.Lock()

    def _arrange(self) -> None:
        buttons = W.HBox(
            [self._publish_button, self._rehearse_button, self._cancel_button, self._overwrite_button],
            layout=W.Layout(margin="8px 0"),
        )
        title, mode, hide = (self._controls[each] for each in ("title", "mode", "hide_input"))
        self._form = W.VBox(
            [self._server, self._target, title, mode, self._mode_note, hide, self._details, self._versions]
        )
        outcome = W.VBox([self._screen, self._again])
        self.children = [self._head, self._where, self._upload, self._trouble, self._form, buttons, outcome]
        self._publish_button.on_click(lambda _button: self.publish())
        self._rehearse_button.on_click(lambda _button: self.rehearse())
        self._cancel_button.on_click(lambda _button: self.cancel())
        self._overwrite_button.on_click(lambda _button: self._overwrite())
        self._where.observe(lambda change: self._choose_notebook(change["new"].strip() or None), "value")

        self._upload.observe(lambda change: self._uploaded(change["new"]), "value")

    def _uploaded(self, files: Sequence[Mapping[str, Any]]) -> None:
        """Publish the notebook that was uploaded; this kernel is taken for its own."""
        for each in files[:1]:
            path = keep_upload(str(each["name"]), bytes(each["content"]))
            ask_this_kernel(path)
            self._choose_notebook(path)

    def _choose_notebook(self, named: str | os.PathLike[str] | None) -> None:
        """Find the notebook, or ask for it."""
        try:
            self._path = find_notebook() if named is None else inputs.existing_notebook(named)
            if named is None:
                ask_this_kernel(self._path)
        except NotebookError as exc:
            self._path = None
            self._head.value = html_views.heading("", "")
            self._trouble.value = html_views.alert(exc.message, exc.hint)
            self._show_search(shown=True)
        self._publish_button.disabled = self._rehearse_button.disabled = self._path is None
        self._form.layout.display = "none" if self._path is None else None
        if self._path is not None:
            self._show_search(shown=False)
            self._look()

    def _show_search(self, *, shown: bool) -> None:
        for each in (self._where, self._upload):
            each.layout.display = None if shown else "none"

    def _server_changed(self) -> None:
        """Show what is known of the notebook on the chosen server; on the same one, what was chosen stays."""
        if self._server.url != self._server_url:
            self._server_url, self._target_options = self._server.url, {}
        self._look()

    def _target_chosen(self, choice: Choice) -> None:
        """Update the chosen content, or make new content: mode and title follow from it."""
        self._target_options = {"new": True} if choice.value == NEW else {"update": choice.value}
        if choice.value != NEW:
            self._controls.forget("mode")
        self._look()

    def _look(self) -> None:
        """Show what would be published; what the server has to say comes when it answers."""
        if self._path is None:
            return
        try:
            with time_budget():  # the kernel is busy meanwhile
                inspection = self._inspect(self._path, server_timeout=0)
        except RSConnectException as exc:
            self._trouble.value = html_views.alert(exc.message, exc.hint)
            return
        self._trouble.value = ""
        kernel = inspection.kernel.display_name if inspection.kernel else inspection.notebook.kernel
        self._head.value = html_views.heading(self._path.name, kernel)
        self._newest = inspection
        self._show(inspection)
        if any(each.code == "check-unfinished" for each in inspection.findings):
            return  # in a thread, nothing would limit it
        threading.Thread(
            target=self._ask_server, args=(self._path, inspection), name="publish-ask", daemon=True
        ).start()

    def _inspect(self, notebook: Path, *, server_timeout: float) -> Inspection:
        return inspect_notebook(
            notebook,
            root=project_root(notebook),
            store=self._server.store,
            server=self._server.known(),
            options=self.options(),
            unsaved=looks_unsaved(notebook),
            server_timeout=server_timeout,
        )

    def _ask_server(self, notebook: Path, shown: Inspection) -> None:
        """Add what the server knows, in a thread."""
        try:
            self._show_changes(notebook, shown)
            inspection = self._inspect(notebook, server_timeout=_PATIENCE)
        except RSConnectException:  # said when the form was filled
            return
        if self._newest is not shown:
            return
        self._show(inspection)
        with suppress(RSConnectException):  # said below
            self._show_changes(notebook, inspection)
        if inspection.answers.error is not None:
            self._trouble.value = html_views.alert(inspection.answers.error.message, inspection.answers.error.hint)
            over = inspection.answers.error.code in SIGNED_OUT
            self._offer_sign_in(offered=over)
        elif inspection.plan.target.guid is None and inspection.answers.user is not None:
            self._target.offer_namesakes(self._server.server(), inspection.plan.title)

    def _show_changes(self, notebook: Path, inspection: Inspection) -> None:
        plan = inspection.plan
        self._versions.look(notebook, plan.target.guid, plan.server, inspection.answers.content)

    def _show(self, inspection: Inspection) -> None:
        plan = inspection.plan
        self._controls.show(plan)
        self._target.show(
            inspection.publications, server_url=plan.server.url if plan.server else None, chosen=plan.target.guid or NEW
        )
        self._target.propose(inspection.findings)
        self._details.show(inspection.bundle, inspection.findings)
        reason = next((each.reason for each in inspection.modes if each.mode == plan.mode), None)
        self._mode_note.value = html_views.note(reason or "")

    def _request(self, notebook: Path) -> PublishRequest:
        return PublishRequest(
            notebook=notebook, root=project_root(notebook), server=self._server.server(), options=self.options()
        )

    def _restore(self, guid: str, version: str, seen: str, *, overwrite: bool = False) -> None:
        """Make a version what readers see."""
        if self.publishing or self._path is None:
            return
        try:
            server = self._server.server()
        except RSConnectException as exc:
            self._screen.end(html_views.alert(exc.message, exc.hint), style="danger")
            return
        request = RestoreRequest(
            notebook=self._path,
            root=project_root(self._path),
            server=server,
            guid=guid,
            bundle_id=version,
            seen=(seen,) if seen else (),
            overwrite=overwrite,
        )

        def steps(should_stop: Callable[[], bool]) -> Generator[Event, None, Deployment]:
            return restore(request, should_stop=should_stop, connect=self._memory.open)

        self._overwrite = partial(self._restore, guid, version, seen, overwrite=True)
        self._go_on = partial(self._restore, guid, version, seen, overwrite=overwrite)
        self._begin(
            lambda: follow(steps, watcher=self._screen, stopping=self._stopping),
            _("Restored version {version} of {title}").replace("{version}", version),
        )

    def _offer_sign_in(self, *, offered: bool, to_go_on: bool = False) -> None:
        """Offer it once, beside the server or, to go on with what met the end of the session, below; any thread may."""
        with self._offering:
            if to_go_on:
                self._again.show(shown=True)
            self._server.offer_sign_in(offered=offered and not self._again.shown)

    def _signed_in_again(self, name: str) -> None:
        """Go on with what met the end of the session."""
        self._again.show(shown=False)
        self._server.signed_in(name)
        self._go_on()

    def _publish_over(self) -> None:
        """Publish once more, over the version that someone else published."""
        self._controls.choose("overwrite", True)  # noqa: FBT003 - a value, not a switch
        self.publish()
        self._controls.forget("overwrite")

    def _work(self, work: Callable[[], Deployment], success: str) -> None:
        """Publish or restore, in a thread, and show how it ended."""
        try:
            self.deployment = work()
        except Cancelled as exc:
            self.error = exc
            self._screen.end(html_views.alert(exc.message, exc.hint), style="warning")
        except RSConnectException as exc:
            self.error = exc
            self._screen.end(html_views.alert(exc.message, exc.hint), style="danger")
            self._overwrite_button.layout.display = None if exc.code == "published-by-others" else "none"
            if exc.code in SIGNED_OUT and self._server.can_sign_in:
                self._offer_sign_in(offered=True, to_go_on=True)
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's error is shown where the user looks
            self.error = RSConnectException.of("internal-error/widget", error=f"{type(exc).__name__}: {exc}")
            self._screen.end(html_views.alert(self.error.message, self.error.hint), style="danger")
        else:
            self._show_published(self.deployment, success)
        finally:
            self._show_running(running=False)

    def _work_on_rehearsal(self, request: RehearsalRequest) -> None:
        """Rehearse, in a thread, and show how it ended."""
        try:
            found = self.rehearsal = follow_rehearsal(
                request, store=self._server.store, stopping=self._stopping, on_event=self._screen.show
            )
        except RSConnectException as exc:
            style = "warning" if isinstance(exc, Cancelled) else "danger"
            self._screen.end(html_views.alert(exc.message, exc.hint), style=style)
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's error is shown where the user looks
            told = RSConnectException.of("internal-error/widget", error=f"{type(exc).__name__}: {exc}")
            self._screen.end(html_views.alert(told.message, told.hint), style="danger")
        else:
            self._screen.end(html_views.rehearsed(found), style="success" if found.runs else "danger")
        finally:
            self._show_running(running=False)

    def _show_published(self, deployment: Deployment, success: str) -> None:
        links = (
            (_("Open content"), deployment.draft_url or deployment.url),
            (_("Open in dashboard"), deployment.dashboard_url),
        )
        self._screen.end(html_views.published(success.format(title=deployment.title), links), style="success")
        self._target_options = {}
        self._controls.forget("note")
        self._versions.reload()
        self._look()

    def _show_running(self, *, running: bool) -> None:
        self._publish_button.disabled = self._rehearse_button.disabled = running
        if running:
            self._overwrite_button.layout.display = "none"
            self._again.show(shown=False)
        self._cancel_button.disabled = False
        self._cancel_button.layout.display = None if running else "none"
        # While it runs, the log stands where the form was; what was chosen is kept.
        self._form.layout.display = "none" if running else None

    def __repr__(self) -> str:
        about = self._path.name if self._path else "no notebook"
        return f"<PublishWidget {about} -> {self._server.name or 'no server'}: {self._outcome()}>"

    def _outcome(self) -> str:
        if self.publishing:
            return "publishing"
        if self.error is not None:
            return f"{self.error.message} {self.error.hint}".strip()
        return self.deployment.url if self.deployment else "ready"

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the widget for front ends that have it, and a sentence for those that have not."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**options)
        needs = _("This form needs a front end with ipywidgets; publish() needs none.")
        return {**bundle, "text/plain": f"{self!r}\n{needs}"}
