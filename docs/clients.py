"""Make the table of clients that work with the sandbox: ``python docs/clients.py`` runs them, and writes the table.

It takes minutes and installs the clients, so it is run by hand; the table is kept with the documentation.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree

PROJECT = Path(__file__).resolve().parents[1]
TABLE = PROJECT / "docs" / "reference" / "sandbox-clients.md"
TESTS = [PROJECT / "tests" / "sandbox" / f"test_{name}.py" for name in ("peers", "sign_in_peers")]


def client_table(report: Path) -> str:
    """Return the table of a JUnit report whose test cases have the properties ``client`` and ``tried``."""
    rows = []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it a moment ago
        told = {each.get("name"): each.get("value") for each in case.iter("property")}
        if "client" in told:
            passed = all(case.find(kind) is None for kind in ("failure", "error", "skipped"))
            rows.append((told["client"], told["tried"], "yes" if passed else "no"))
    lines = ["| client | tried | passed |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {client} | {tried} | {passed} |" for client, tried, passed in sorted(rows)), ""])


def main() -> int:
    """Run the clients' tests, write the table, and return pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", *map(str, TESTS)]
        code = subprocess.run(command, cwd=PROJECT, check=False).returncode
        TABLE.write_text(client_table(report), encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(main())
