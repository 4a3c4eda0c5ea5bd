"""What content may ask of the server for its processes. The server's own limits are those that the scheduler tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..api_errors import ApiError

MAX_PROCESSES = 20
LARGEST_MEMORY = 9_007_198_180_999_168
_PAIRS = (("memory_request", "memory_limit", 185), ("cpu_request", "cpu_limit", 190))
_RANGES: dict[str, tuple[float, float, int]] = {
    "min_processes": (0, float("inf"), 191),
    "max_processes": (1, float("inf"), 192),
    "max_conns_per_process": (1, 2**31, 239),
    "memory_request": (0, LARGEST_MEMORY, 181),
    "memory_limit": (0, LARGEST_MEMORY, 183),
    "cpu_request": (0, 2**31, 186),
    "cpu_limit": (0, 2**31, 188),
    "amd_gpu_limit": (0, 2**31, 196),
    "nvidia_gpu_limit": (0, 2**31, 198),
}
"""Setting -> lowest value, highest value, and Connect's number for others."""


def check_processes(fields: Mapping[str, Any]) -> None:
    """Refuse what Connect refuses of content's process settings, with its numbers. Pure.

    Args:
        fields: All settings as they would be, those that stay among them; null means the server's default.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    for name, (low, high, code) in _RANGES.items():
        if name in given and not low <= given[name] <= high:
            raise ApiError(code)
    least, most = given.get("min_processes", 0), given.get("max_processes", MAX_PROCESSES)
    for value, code in ((least, 45), (most, 113)):
        if value > MAX_PROCESSES:
            raise ApiError(code)
    if least > most:
        raise ApiError(114)
    for request, limit, code in _PAIRS:
        if given.get(request) and given.get(limit) and given[request] > given[limit]:
            raise ApiError(code)
    _check_identity(given)


def _check_identity(given: Mapping[str, Any]) -> None:
    """Refuse what needs another user, a container or a cluster: a sandbox runs everything as who started it."""
    if given.get("run_as_current_user"):
        raise ApiError(54)
    if given.get("service_account_name"):
        raise ApiError(195)
    image = given.get("default_image_name")
    if image is not None and (not image or any(letter.isspace() for letter in image)):
        raise ApiError(193)
