"""The short form of `make faults`: a publish survives one case of each kind, and the next one sets things right."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.thorough
def test_a_publish_survives_each_kind_of_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[1] / "benchmarks"))
    import faults

    told = dict(faults.survivals(tmp_path, short=True))
    assert told.keys() == faults.KINDS.keys()
    assert {kind: wrong for kind, cases in told.items() if (wrong := [each for each in cases if each])} == {}
