"""Run a command and print what it took as one JSON object. Small: a child's peak memory begins at its parent's."""

import json
import os
import subprocess
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": seconds, "peak": peak, "processor": usage.ru_utime + usage.ru_stime}))
    sys.stdout.flush()
    os._exit(min(255, abs(os.waitstatus_to_exitcode(status))))
