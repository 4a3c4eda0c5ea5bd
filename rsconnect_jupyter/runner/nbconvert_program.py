"""``jupyter nbconvert``, without an import that takes seconds: ``python nbconvert_program.py OPTIONS NOTEBOOK``."""

import sys

# Where it is installed, jsonschema compiles this grammar when it is imported, for address formats that the notebook
# schema does not use.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
sys.path.pop(0)  # the sandbox's own modules are not for the notebook

from nbconvert.exporters import base  # noqa: E402

base.get_export_names = lambda *_all, **_options: ["html"]  # for a help text, it would load all others

from nbconvert.nbconvertapp import main  # noqa: E402

main()
