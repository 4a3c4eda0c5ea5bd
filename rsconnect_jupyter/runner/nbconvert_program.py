"""``jupyter nbconvert``, without an import that takes seconds: ``python nbconvert_program.py OPTIONS NOTEBOOK``.

``--executed=FILE`` also writes the notebook as it was run.
"""

import sys
from typing import Any

# Where it is installed, jsonschema compiles this grammar when it is imported, for address formats that the notebook
# schema does not use.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
sys.path.pop(0)  # the sandbox's own modules are not for the notebook

import nbformat  # noqa: E402
from nbconvert.exporters import base  # noqa: E402

base.get_export_names = lambda *_all, **_options: ["html"]  # for a help text, it would load all others

from nbconvert.nbconvertapp import main  # noqa: E402
from nbconvert.preprocessors import ExecutePreprocessor  # noqa: E402

NOT_STARTED = "Kernel died before replying to kernel_info"
"""What jupyter_client says of a kernel that ended before it ran anything."""

execute = ExecutePreprocessor.preprocess


def start_twice(self: Any, nb: Any, resources: Any, km: Any = None) -> Any:
    """Start a kernel once more that ended at its start.

    jupyter_client chooses ports that are free and closes them again; until the kernel opens them, a kernel of another
    process can have taken one.
    """
    try:
        return execute(self, nb, resources, km)
    except RuntimeError as exc:
        if NOT_STARTED not in str(exc):
            raise
    print("The kernel ended before it ran a cell. It is started once more.", flush=True)  # noqa: T201
    return execute(self, nb, resources, km)


def keep_executed(path: str) -> None:
    """Have the notebook written once it was run."""

    def executed(self: Any, nb: Any, resources: Any, km: Any = None) -> Any:
        made = start_twice(self, nb, resources, km)
        nbformat.write(made[0], path)
        return made

    setattr(ExecutePreprocessor, "preprocess", executed)  # noqa: B010 - the type checker knows no such assignment


setattr(ExecutePreprocessor, "preprocess", start_twice)  # noqa: B010
EXECUTED = "--executed="
for argument in [each for each in sys.argv if each.startswith(EXECUTED)]:
    sys.argv.remove(argument)
    keep_executed(argument.removeprefix(EXECUTED))
main()
