"""Bundle a project with rsconnect-python; run by its own interpreter, prints one JSON object.

Arguments: the notebook and the archive to write. Everything beside the notebook goes into the bundle, as with
``rsconnect deploy notebook NOTEBOOK FILE…``. Its own interpreter is the one it can inspect: it needs itself there.
"""

import json
import re
import shutil
import sys
import time
from pathlib import Path

from rsconnect.bundle import make_notebook_source_bundle
from rsconnect.environment import Environment


def main(notebook: Path, target: Path) -> None:
    project = notebook.parent
    files = sorted(str(each.relative_to(project)) for each in project.rglob("*") if each.is_file())
    started = time.perf_counter()
    environment = Environment.create_python_environment(str(project), requirements_file="requirements.txt")
    inspected = time.perf_counter()
    archive = make_notebook_source_bundle(
        str(notebook), environment, files, hide_all_input=False, hide_tagged_input=False
    )
    with target.open("wb") as stream:
        shutil.copyfileobj(archive, stream)
    packed = time.perf_counter()
    print(
        json.dumps(
            {
                "inspect": inspected - started,
                "bundle": packed - inspected,
                "size": target.stat().st_size,
                "peak": int(re.findall(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
