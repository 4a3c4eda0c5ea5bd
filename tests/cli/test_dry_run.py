"""``--dry-run`` in this process: what is quiet, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from rsconnect_jupyter.cli.arguments import read_arguments
from rsconnect_jupyter.cli.dry_run import _findings, show_plan
from rsconnect_jupyter.errors import BundleError
from rsconnect_jupyter.models import PublishOptions


def test_quiet_prints_the_bundle_s_path_alone(
    notebook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quiet = [str(notebook), "--dry-run", "--quiet"]
    target = tmp_path / "b.tar.gz"
    show_plan(notebook, PublishOptions(), read_arguments([*quiet, "--output", str(target)]))
    assert (capsys.readouterr().out, target.is_file()) == (f"{target}\n", True)
    show_plan(notebook, PublishOptions(), read_arguments(quiet))
    assert capsys.readouterr().out == ""
    (tmp_path / "outside.csv").touch()
    with pytest.raises(BundleError):
        show_plan(notebook, PublishOptions(files=("../outside.csv",)), read_arguments(quiet))


def test_no_findings_are_said_too() -> None:
    assert _findings([]) == ["Checks", "  no problems found", ""]
