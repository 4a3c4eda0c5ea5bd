"""The widget itself: what is published, where to and as what; one button; what comes of it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import ipywidgets as W  # noqa: N812

from ..bundle.plan import BundlePlan, plan_bundle
from ..connect.app_modes import TITLES, parse_mode
from ..errors import Cancelled, NotebookError, RSConnectException
from ..foreground import inputs
from ..foreground.location import find_notebook, find_root
from ..foreground.run_publish import carry_out
from ..history.publications import publications
from ..models import Choices, Deployment, HideInput, Mode, PublishRequest, Server
from ..preflight.checks import check
from ..publishing.overview import mode_choices
from ..publishing.server_answers import CACHE, Told
from ..servers.store import ServerStore
from . import html_views as texts
from .details import Details
from .progress_view import Screen
from .server_box import ServerBox
from .target_box import NEW, Choice, TargetBox
from .unsaved import looks_unsaved

_WIDE = {"description_width": "6.5em"}
_PATIENCE = 10.0
"""Seconds that the server has to say what it offers, before the checks do without."""

_HIDE = (("Show all code", "none"), ("Hide all code", "all"), ("Hide code of cells tagged hide_input", "tagged"))


class PublishWidget(W.VBox):  # type: ignore[misc]
    """A form in a notebook cell that publishes the notebook to Posit Connect.

    The cell stays free while publishing: the work is done in a thread. Nothing secret is in the widget's state.

    Args:
        notebook: Path; the notebook of this kernel when omitted.
        server: Name or address of the server to begin with; the default one when omitted.
        title: Title for readers; the earlier one, else the first heading, when omitted.
        mode: ``"source"``, ``"html"``, ``"voila"`` or ``"quarto"``, or one of Connect's own names.
        files: Paths, folders and globs to add, relative to the notebook's folder.
        requirements: ``"auto"``, ``"imports"``, ``"freeze"`` or the path of a requirements file.
        update: Content to update, as GUID or as any of its links.
        new: True makes new content.
        hide_input: ``"all"``, ``"tagged"`` or ``"none"``.
        env: Environment variables for the content, as for `publish`.

    Attributes:
        deployment: What came of the last publish; None before one went through.
        error: Why the last publish failed; None when it did not.
    """

    def __init__(
        self,
        notebook: str | os.PathLike[str] | None = None,
        server: str | Server | None = None,
        title: str | None = None,
        mode: str = "source",
        *,
        files: Iterable[str] = (),
        requirements: str = "auto",
        update: str | None = None,
        new: bool = False,
        hide_input: HideInput | None = None,
        env: Mapping[str, str | None] | Iterable[str] | None = None,
    ) -> None:
        super().__init__(layout=W.Layout(max_width="44em", padding="8px", border="1px solid rgba(128,128,128,.35)"))
        self.deployment: Deployment | None = None
        self.error: RSConnectException | None = None
        self._given_title = title
        self._newest_plan: BundlePlan | None = None
        self._env = inputs.read_variables(env)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._path: Path | None = None
        self._target_wanted = inputs.read_target(update, new=new)
        picks = tuple([files] if isinstance(files, str) else files)
        self._make_controls(server, mode=parse_mode(mode), hide_input=hide_input or "none")
        self._details = Details(files=picks, requirements=requirements, on_change=self._look)
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

    def publish(self) -> None:
        """Start publishing, as the button does; returns at once."""
        if self.publishing or self._path is None:
            return
        try:
            request = self._request(self._path)
        except RSConnectException as exc:
            self.error = exc
            self._screen.clear()
            self._screen.end(texts.alert(exc.message, exc.hint), style="danger")
            return
        self.error = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, args=(request,), name="publish-widget", daemon=True)
        self._show_running(running=True)
        self._screen.begin()
        self._thread.start()

    def cancel(self) -> None:
        """Ask the running publish to stop, as the button does."""
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
            raise RSConnectException("Nothing was published yet.", hint="Press Publish, or call publish().")
        return self.deployment

    def _make_controls(self, server: str | Server | None, *, mode: Mode, hide_input: HideInput) -> None:
        self._head = W.HTML()
        self._where = W.Text(
            description="Notebook",
            placeholder="analysis.ipynb",
            continuous_update=False,
            layout=W.Layout(width="auto", display="none"),
            style=_WIDE,
        )
        self._trouble = W.HTML()
        self._server = ServerBox(ServerStore(), preferred=server, on_change=self._server_changed)
        self._target = TargetBox(server=self._server.server, on_choice=self._target_chosen)
        self._title = W.Text(description="Title", continuous_update=False, layout=W.Layout(width="auto"), style=_WIDE)
        self._mode = W.RadioButtons(
            options=[(title, each) for each, title in TITLES.items()],
            value=mode,
            description="Publish as",
            layout=W.Layout(width="auto"),
            style=_WIDE,
        )
        self._mode_note = W.HTML(layout=W.Layout(margin="0 0 0 6.5em"))
        self._hide = W.Dropdown(
            options=_HIDE, value=hide_input, description="Hide code", layout=W.Layout(width="auto"), style=_WIDE
        )
        self._publish_button = W.Button(description="Publish", button_style="primary")
        self._cancel_button = W.Button(description="Cancel", layout=W.Layout(display="none"))
        self._screen = Screen()

    def _arrange(self) -> None:
        buttons = W.HBox([self._publish_button, self._cancel_button], layout=W.Layout(margin="8px 0"))
        self._form = W.VBox(
            [self._server, self._target, self._title, self._mode, self._mode_note, self._hide, self._details],
        )
        self.children = [self._head, self._where, self._trouble, self._form, buttons, self._screen]
        self._publish_button.on_click(lambda _button: self.publish())
        self._cancel_button.on_click(lambda _button: self.cancel())
        self._where.observe(lambda change: self._choose_notebook(change["new"].strip() or None), "value")
        self._mode.observe(self._mode_changed, "value")
        for part in (self._hide, self._title):
            part.observe(lambda _change: self._look(), "value")

    def _choose_notebook(self, named: str | os.PathLike[str] | None) -> None:
        """Find the notebook, or ask for it."""
        try:
            self._path = find_notebook() if named is None else inputs.existing_notebook(named)
        except NotebookError as exc:
            self._path = None
            self._head.value = texts.heading("", "")
            self._trouble.value = texts.alert(exc.message, exc.hint)
            self._where.layout.display = None
        self._publish_button.disabled = self._path is None
        self._form.layout.display = "none" if self._path is None else None
        if self._path is not None:
            self._where.layout.display = "none"
            self._server_changed()

    def _server_changed(self) -> None:
        """Show what is known of the notebook on the chosen server."""
        if self._path is not None:
            self._show_targets(self._path)
            self._look()

    def _show_targets(self, notebook: Path) -> None:
        known = publications(notebook)
        self._target.show(known, server_url=self._server.url, wanted=self._target_wanted, mode=self._mode.value)

    def _mode_changed(self, _change: Any) -> None:
        """Turn to content of the chosen mode: Connect does not change what content is."""
        if self._path is not None and self._target.mode not in ("", self._mode.value):
            self._target_wanted = None
            self._show_targets(self._path)
        self._look()

    def _target_chosen(self, choice: Choice) -> None:
        """Take over the mode and the title of the content that will be updated."""
        self._target_wanted = choice.value
        if choice.mode in TITLES:
            self._mode.value = choice.mode
        if choice.title and not self._given_title:
            self._title.value = choice.title

    def _look(self) -> None:
        """Read the notebook and show what would be published; what the server has to say comes when it answers."""
        if self._path is None:
            return
        try:
            choices = self._choices(self._path)
            plan = plan_bundle(self._path, root=find_root(self._path), mode=self._mode.value, choices=choices)
        except RSConnectException as exc:
            self._trouble.value = texts.alert(exc.message, exc.hint)
            return
        self._trouble.value = ""
        if not self._title.value:
            self._title.value = self._given_title or plan.notebook.title
        kernel = plan.environment.display_name if plan.environment else plan.notebook.kernel
        self._head.value = texts.heading(self._path.name, kernel)
        self._newest_plan = plan
        self._show_checks(plan, Told())
        threading.Thread(target=self._ask_server, args=(plan,), name="publish-ask", daemon=True).start()

    def _ask_server(self, plan: BundlePlan) -> None:
        """Add what the server knows to the checks of a plan, in a thread."""
        try:
            server = self._server.server()
        except RSConnectException:  # no server, or no key yet: the fields for them say so
            return
        target = self._target.value
        told = CACHE.ask(server, None if target == NEW else target)(_PATIENCE)
        if self._newest_plan is plan:
            self._show_checks(plan, told)
            if target == NEW:
                self._target.offer_namesakes(server, self._title.value)

    def _show_checks(self, plan: BundlePlan, told: Told) -> None:
        unsaved = looks_unsaved(plan.notebook.path)
        found = check(plan, facts=told.facts, target=told.content, title=self._title.value, unsaved=unsaved)
        self._details.show(plan, found)
        modes = mode_choices(plan.notebook, told.facts)
        self._mode_note.value = texts.note(next((each.reason or "" for each in modes if each.mode == plan.mode), ""))
        if told.error is not None:
            self._trouble.value = texts.alert(told.error.message, told.error.hint)

    def _choices(self, notebook: Path) -> Choices:
        return Choices(
            title=self._title.value.strip() or None,
            mode=self._mode.value,
            target=self._target.value,
            files=inputs.files_from_here(self._details.picks, notebook),
            requirements=inputs.requirements_from_here(self._details.requirements, notebook),
            hide_input=self._hide.value,
            env=self._env,
        )

    def _request(self, notebook: Path) -> PublishRequest:
        self._look()
        return PublishRequest(
            notebook=notebook, root=find_root(notebook), server=self._server.server(), choices=self._choices(notebook)
        )

    def _work(self, request: PublishRequest) -> None:
        """Publish, in a thread, and show how it ended."""
        try:
            self.deployment = carry_out(request, watcher=self._screen, stopping=self._stopping)
        except Cancelled as exc:
            self.error = exc
            self._screen.end(texts.alert(exc.message, exc.hint), style="warning")
        except RSConnectException as exc:
            self.error = exc
            self._screen.end(texts.alert(exc.message, exc.hint), style="danger")
        except Exception as exc:  # noqa: BLE001 - the edge: a thread's mistake is told where the user looks
            self.error = RSConnectException(f"Publishing failed: {type(exc).__name__}: {exc}", code="internal-error")
            self._screen.end(texts.alert(self.error.message), style="danger")
        else:
            self._show_published(self.deployment, request.notebook)
        finally:
            self._show_running(running=False)

    def _show_published(self, deployment: Deployment, notebook: Path) -> None:
        links = (
            ("Open content", deployment.draft_url or deployment.url),
            ("Open in dashboard", deployment.dashboard_url),
        )
        self._screen.end(texts.published(f"Published {deployment.title}", links), style="success")
        self._target_wanted = deployment.guid
        self._show_targets(notebook)

    def _show_running(self, *, running: bool) -> None:
        self._publish_button.disabled = running
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
        return {**bundle, "text/plain": f"{self!r}\nThis form needs a front end with ipywidgets; publish() needs none."}
