"""What ends the command from outside is an exit code, not a traceback."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from rsconnect_jupyter.cli.exit_status import finish


def test_an_interrupt_is_130_and_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with pytest.raises(SystemExit) as ended, finish(as_json=False, debug=False):
        raise KeyboardInterrupt
    assert (ended.value.code, capsys.readouterr().err.splitlines()[0]) == (130, "The publish was cancelled.")


def test_output_that_nobody_reads_any_more_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "output").open("w") as output:
        monkeypatch.setattr(sys, "stdout", output)

        def end() -> None:
            output.write("not flushed yet")
            raise BrokenPipeError

        with pytest.raises(SystemExit) as ended, finish(as_json=False, debug=False):
            end()
    assert (ended.value.code, (tmp_path / "output").read_text()) == (1, "")
