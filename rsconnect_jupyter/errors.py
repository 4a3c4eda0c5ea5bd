"""Every failure a user can meet, as one tree.

Each error carries four things: a stable ``code`` (kebab-case, for programs), a ``message`` (one sentence: what
happened), a ``hint`` (one sentence: what to do) and, where there is one, the place it is about (``where``)::

    RSConnectException
    ├── ConnectError                 something between here and the Connect server
    │   ├── AddressError             what was typed is no address of a Connect server
    │   ├── NoAnswerError            nothing answered: dead host, reset, time-out
    │   │   ├── CertificateError     the TLS certificate was refused
    │   │   └── ProxyError           the proxy refused or could not be reached
    │   ├── BadAnswerError           something answered, but not as Connect does (HTML, truncated, wrong shape)
    │   └── RefusedError             Connect said no, in its error envelope or with a status
    │       ├── SignInError          401: no key, a wrong key, an expired key
    │       ├── ForbiddenError       403: the key's user may not do this
    │       ├── NotFoundError        404: no such object
    │       └── ConflictError        409: name taken, git-managed, changed meanwhile
    ├── OptionError                  an option of a publish has a value that it cannot have
    ├── RequestError                 a request to our REST API cannot be read
    ├── TaskFailedError              the server ran the content and the run failed
    ├── NotebookError                the notebook is missing, unreadable or not a notebook
    ├── KernelError                  the notebook's kernel or its interpreter cannot be asked
    ├── RenderError                  executing or converting the notebook failed here
    ├── BundleError                  a file cannot or must not be bundled
    ├── RequirementsError            a requirements source cannot be read
    ├── PreflightError               findings of severity "error" stop the publish
    ├── ServerStoreError             the store of servers or keys cannot be read or written
    │   ├── UnknownServerError       no server of that name
    │   └── NoKeyError               the server is known, its API key is not
    ├── TargetError                  the content to update is gone, locked, of another mode, or changed by others
    ├── SandboxError                 the local sandbox could not be started or stopped
    ├── JobError                     a publishing job cannot be started, found or read
    │   └── JobRunningError          this notebook is already being published to this server
    └── Cancelled                    the user asked to stop

The root keeps the name that code written for the function-level client API catches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:  # Jupyter's start imports the errors, and does without the models
    from collections.abc import Mapping

    from typing_extensions import Self

    from .models import Event, Step, Where


__all__ = [
    "AddressError",
    "BadAnswerError",
    "BundleError",
    "Cancelled",
    "CertificateError",
    "ConflictError",
    "ConnectError",
    "ForbiddenError",
    "JobError",
    "JobRunningError",
    "KernelError",
    "NoAnswerError",
    "NoKeyError",
    "NotFoundError",
    "NotebookError",
    "OptionError",
    "PreflightError",
    "ProxyError",
    "RSConnectException",
    "RefusedError",
    "RenderError",
    "RequestError",
    "RequirementsError",
    "SandboxError",
    "ServerStoreError",
    "SignInError",
    "TargetError",
    "TaskFailedError",
    "UnknownServerError",
    "failure_event",
]


class RSConnectException(Exception):  # noqa: N818 - the published name of the function API
    """Root of all errors raised by this package.

    Args:
        message: One sentence: what happened.
        hint: One sentence: what to do about it; empty when there is nothing to do.
        code: Stable kebab-case identifier; the class's own when omitted.
        where: The cell, file or field the error is about.
        data: Further facts for programs; JSON-compatible, never a secret.

    Attributes:
        is_last_event: True when the last event of a publish has said so already.
        english: The message as logs have it, in whatever language `message` is.
    """

    default_code: ClassVar[str] = "failed"
    is_last_event = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        code: str | None = None,
        where: Where | None = None,
        data: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = self.english = message
        self.hint = hint
        self.code = code or self.default_code
        self.where = where
        self.data = data or {}

    @classmethod
    def of(
        cls,
        key: str,
        *,
        where: Where | None = None,
        data: dict[str, Any] | None = None,
        details: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> Self:
        """Return the error of the catalog (``messages/errors.py``), its texts filled with `values`.

        Args:
            key: Code, or code and variant.
            where: As for the class.
            data: As for the class.
            details: Further arguments of the class (``status`` of a `RefusedError`).
            values: For the templates.
        """
        from .messages import error_text  # noqa: PLC0415 - Jupyter's start does without the catalogs

        text = error_text(key, **values)
        error = cls(text.message, hint=text.hint, code=text.code, where=where, data=data, **(details or {}))
        error.english = text.english
        return error

    def with_parts(
        self, *, hint: str | None = None, where: Where | None = None, data: dict[str, Any] | None = None
    ) -> Self:
        """Return this error with other parts, to raise in its place: one that was raised is never changed.

        Raise it ``from`` this one's cause; it has this one's traceback.
        """
        error = type(self).__new__(type(self), *self.args)
        parts = {"hint": hint, "where": where, "data": data}
        vars(error).update({**vars(self), **{name: part for name, part in parts.items() if part is not None}})
        return error.with_traceback(self.__traceback__)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy and pickle without calling classes whose arguments nobody knows any more."""
        return type(self).__new__, (type(self), *self.args), vars(self)

    def as_dict(self) -> dict[str, Any]:
        """Return ``{code, message, hint, where?, data?}`` as it goes over the wire."""
        answer: dict[str, Any] = {"code": self.code, "message": self.message, "hint": self.hint}
        if self.where is not None:
            answer["where"] = self.where.as_dict()
        if self.data:
            answer["data"] = self.data
        return answer


class ConnectError(RSConnectException):
    """Something between here and the Connect server went wrong."""

    default_code = "connect-failed"


class AddressError(ConnectError):
    """What was typed is no address of a Connect server."""

    default_code = "address-not-connect"


class NoAnswerError(ConnectError):
    """Nothing answered: dead host, reset, time-out."""

    default_code = "no-answer"


class CertificateError(NoAnswerError):
    """The server's TLS certificate was refused."""

    default_code = "certificate-refused"


class ProxyError(NoAnswerError):
    """The proxy refused the connection or could not be reached."""

    default_code = "proxy-failed"


class BadAnswerError(ConnectError):
    """Something answered, but not as Connect does."""

    default_code = "bad-answer"


class RefusedError(ConnectError):
    """Connect said no.

    Args:
        status: HTTP status of the answer.
        connect_code: Connect's error number, or None when the answer carried none.
    """

    default_code = "refused"

    def __init__(self, message: str, *, status: int, connect_code: int | None = None, **details: Any) -> None:
        super().__init__(message, **details)
        self.status = status
        self.connect_code = connect_code


class SignInError(RefusedError):
    """401: no key, a wrong key or an expired key."""

    default_code = "sign-in-failed"


class ForbiddenError(RefusedError):
    """403: the key's user may not do this."""

    default_code = "forbidden"


class NotFoundError(RefusedError):
    """404: the object does not exist, or not for this user."""

    default_code = "not-found"


class ConflictError(RefusedError):
    """409: the name is taken, the content is git-managed, or something changed meanwhile."""

    default_code = "conflict"


class OptionError(RSConnectException):
    """An option of a publish has a value that it cannot have."""

    default_code = "bad-option"


class RequestError(RSConnectException):
    """A request to our REST API cannot be read: a field is missing, unknown or of the wrong kind."""

    default_code = "bad-request"


class TaskFailedError(RSConnectException):
    """The server ran the content and the run failed.

    Args:
        exit_code: The task's exit code.
        lines: The last log lines, the failing ones among them.
    """

    default_code = "task-failed"

    def __init__(self, message: str, *, exit_code: int = 1, lines: tuple[str, ...] = (), **details: Any) -> None:
        super().__init__(message, **details)
        self.exit_code = exit_code
        self.lines = lines


class NotebookError(RSConnectException):
    """The notebook is missing, unreadable or not a notebook."""

    default_code = "notebook-unreadable"


class KernelError(RSConnectException):
    """The notebook's kernel or its interpreter cannot be asked."""

    default_code = "kernel-unavailable"


class RenderError(RSConnectException):
    """Executing or converting the notebook failed on this machine."""

    default_code = "render-failed"


class BundleError(RSConnectException):
    """A file cannot or must not be bundled."""

    default_code = "bundle-failed"


class RequirementsError(RSConnectException):
    """A requirements source cannot be read."""

    default_code = "requirements-unreadable"


class PreflightError(RSConnectException):
    """Findings of severity "error" stop the publish."""

    default_code = "checks-failed"


class ServerStoreError(RSConnectException):
    """The store of servers or keys cannot be read or written."""

    default_code = "server-store-failed"


class UnknownServerError(ServerStoreError):
    """No server of that name is known."""

    default_code = "unknown-server"


class NoKeyError(ServerStoreError):
    """The server is known, its API key is not."""

    default_code = "no-api-key"


class TargetError(RSConnectException):
    """The content to update is gone, locked, of another mode, or was changed by others."""

    default_code = "target-unusable"


class SandboxError(RSConnectException):
    """The local sandbox could not be started or stopped."""

    default_code = "sandbox-failed"


class JobError(RSConnectException):
    """A publishing job cannot be started, found or read."""

    default_code = "job-failed"


class JobRunningError(JobError):
    """This notebook is already being published to this server."""

    default_code = "job-running"


class Cancelled(RSConnectException):
    """The user asked to stop."""

    default_code = "cancelled"


def failure_event(error: RSConnectException, *, seq: int, step: Step) -> Event:
    """Return the event that ends a publish that failed: the same parts in every front end."""
    from .models import Event, timestamp  # noqa: PLC0415 - Jupyter's start does without the models

    data = {**error.data, **({"where": error.where.as_dict()} if error.where else {})}
    return Event(
        seq=seq,
        time=timestamp(),
        step=step,
        status="failure",
        message=error.message,
        code=error.code,
        hint=error.hint or None,
        data=data or None,
    )
