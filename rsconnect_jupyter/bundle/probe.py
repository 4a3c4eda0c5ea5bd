"""What is installed where the kernel runs: executed by the kernel's interpreter, standard library only, Python 3.8+.

Run as a script (``python probe.py``); prints one line ``MARK{json}MARK`` on stdout among whatever else the
environment prints. Reads the metadata folders directly, because ``importlib.metadata`` parses whole files.
"""

import sys

MARK = "#rsconnect-probe#"


def main():
    """Print what this interpreter has installed, as one marked line of ASCII JSON."""
    import json  # after the caller's clean-up of sys.path: the notebook's folder may hold a json.py

    sys.stdout.write("\n" + MARK + json.dumps(report()) + MARK + "\n")
    sys.stdout.flush()
