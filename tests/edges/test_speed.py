"""Help is there at once. What a publish takes beside rsconnect-python's is measured by ``make bench``."""

from __future__ import annotations

import resource
import subprocess
import sys


def test_help_is_there_at_once() -> None:
    """Under 0.3 s: counted as processor time, which a busy machine does not stretch; nothing in it waits."""
    spent = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "rsconnect_jupyter", "--help"], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3
