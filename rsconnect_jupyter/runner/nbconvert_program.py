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


def keep_executed(path: str) -> None:
    """Have the notebook written once it was run."""
    execute = ExecutePreprocessor.preprocess

    def executed(self: Any, nb: Any, resources: Any, km: Any = None) -> Any:
        made = execute(self, nb, resources, km)
        nbformat.write(made[0], path)
        return made

    setattr(ExecutePreprocessor, "preprocess", executed)  # noqa: B010 - the type checker knows no such assignment


EXECUTED = "--executed="
for argument in [each for each in sys.argv if each.startswith(EXECUTED)]:
    sys.argv.remove(argument)
    keep_executed(argument.removeprefix(EXECUTED))
main()
