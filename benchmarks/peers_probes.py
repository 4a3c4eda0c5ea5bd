"""One piece of work with rsconnect-python, run by its own interpreter: ``inspect NOTEBOOK``."""

import json
import re
import sys
import time
from pathlib import Path

from rsconnect.environment import Environment


def main(notebook: Path) -> None:
    began = time.perf_counter()
    environment = Environment.create_python_environment(str(notebook.parent), requirements_file=None)
    seconds = time.perf_counter() - began
    assert environment.contents
    status = Path("/proc/self/status").read_text()
    print(json.dumps({"seconds": seconds, "peak": int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) * 1024}))


if __name__ == "__main__":
    main(Path(sys.argv[2]))
