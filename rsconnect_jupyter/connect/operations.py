"""What is done with content after it was published: the part of a client about its runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import BadAnswerError, ConflictError, RefusedError
from .parsing import as_text
from .responses import is_unrouted, read_id, read_list, read_object, refusal
from .session import Session, as_segment

NOT_RUNNING = 163
"""Connect's code when a job that has ended is to be stopped."""


class Operations(Session):
    """A signed-in conversation with one server about content that is there."""

    # Runs

    def jobs(self, guid: str) -> tuple[dict[str, Any], ...]:
        """Return Connect's descriptions of an item's runs, newest first; none from servers before 2022.10."""
        answer = self._get(f"v1/content/{as_segment(guid)}/jobs")
        listed = [] if is_unrouted(answer) or answer.status in (403, 404) else read_list(answer)
        return tuple(each for each in listed if isinstance(each, dict))

    def job(self, guid: str, key: str) -> dict[str, Any]:
        """Return Connect's description of a run.

        Raises:
            NotFoundError: there is none.
        """
        return read_object(self._get(self._job_path(guid, key)))

    def job_log(self, guid: str, key: str) -> tuple[str, ...]:
        """Return the lines of a run's log."""
        log = read_object(self._get(f"{self._job_path(guid, key)}/log"))
        entries = log.get("entries")
        return tuple(as_text(each.get("data")) for each in entries or () if isinstance(each, Mapping))

    def stop_job(self, guid: str, key: str) -> None:
        """End a run; one that has ended already is fine."""
        answer = self._send("DELETE", self._job_path(guid, key))
        if not answer.good:
            error = refusal(answer)
            if not (isinstance(error, ConflictError) and error.connect_code == NOT_RUNNING):
                raise error

    def render(self, guid: str) -> str:
        """Have the server run an item's active version again, and return the id of the task.

        Raises:
            RefusedError: it is not of a kind that is rendered.
        """
        answer = self._post(f"v1/content/{as_segment(guid)}/render", json={})
        if not is_unrouted(answer):
            return read_id(answer, "task_id")
        variant = self.default_variant(guid)  # before 2025
        if variant is None:
            raise refusal(answer)
        return read_id(self._post(f"variants/{as_segment(as_text(variant['id']))}/render"), "id")

    def renderings(self, guid: str) -> tuple[dict[str, Any], ...]:
        """Return the renderings of an item, newest first; none where the server does not list them.

        The route is not versioned.
        """
        try:
            variant = self.default_variant(guid)
            if variant is None:
                return ()
            listed = read_list(self._get(f"variants/{as_segment(as_text(variant['id']))}/renderings"))
        except (RefusedError, BadAnswerError):
            return ()
        return tuple(each for each in listed if isinstance(each, dict))

    def default_variant(self, guid: str) -> dict[str, Any] | None:
        """Return the variant that readers of a rendered item see; None for items that have none.

        The route is not versioned.
        """
        listed = read_list(self._get(f"applications/{as_segment(guid)}/variants"))
        return next((each for each in listed if isinstance(each, dict) and each.get("is_default") is True), None)

    # Schedules; none of these routes is versioned

    def schedules(self, variant: str) -> tuple[dict[str, Any], ...]:
        """Return the schedules of a variant, at most one.

        Raises:
            BadAnswerError: the answer is in another shape.
        """
        answer = self._get(f"variants/{as_segment(variant)}/schedules")
        listed = read_list(answer)
        if not all(isinstance(each, dict) for each in listed):
            raise BadAnswerError.of("answer-incomplete/content")
        return tuple(listed)

    def write_schedule(self, fields: Mapping[str, Any], schedule_id: int | None) -> None:
        """Create a schedule, or replace the one with an id."""
        if schedule_id is None:
            read_object(self._post("schedules", json=dict(fields)))
        else:
            read_object(self._post(f"schedules/{schedule_id}", json={**fields, "id": schedule_id}))

    def delete_schedule(self, schedule_id: int) -> None:
        """Delete a schedule; one that is gone already is fine."""
        answer = self._send("DELETE", f"schedules/{schedule_id}")
        if not answer.good and (answer.status != 404 or is_unrouted(answer)):
            raise refusal(answer)

    # Environment variables

    def variable_names(self, guid: str) -> tuple[str, ...]:
        """Return the names of an item's environment variables; their values stay on the server."""
        return tuple(sorted(map(as_text, read_list(self._get(f"v1/content/{as_segment(guid)}/environment")))))

    def _job_path(self, guid: str, key: str) -> str:
        return f"v1/content/{as_segment(guid)}/jobs/{as_segment(key)}"
