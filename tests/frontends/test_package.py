"""The package as users import it: cheap, with a function ``publish`` that nothing takes away."""

from __future__ import annotations

import inspect
import subprocess
import sys


def fresh(code: str) -> str:
    """Run code in a new interpreter and return what it prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_publish_is_the_function_whatever_was_imported_before() -> None:
    told = fresh(
        "import rsconnect_jupyter, rsconnect_jupyter.publishing.publish, importlib\n"
        "importlib.import_module('rsconnect_jupyter.publishing.publish')\n"
        "from rsconnect_jupyter.publishing.publish import publish as steps\n"
        "from rsconnect_jupyter import publish\n"
        "import inspect\n"
        "print(inspect.isfunction(publish), rsconnect_jupyter.publish is publish, inspect.isgeneratorfunction(steps))"
    )
    assert told == "True True True"


def test_publish_shows_every_option_in_its_signature_and_its_help() -> None:
    import rsconnect_jupyter
    from rsconnect_jupyter.models import OPTIONS

    signature = inspect.signature(rsconnect_jupyter.publish)
    assert list(signature.parameters) == ["notebook", "server", "on_event", *OPTIONS]
    assert {each.default for each in signature.parameters.values()} == {None}
    assert signature.parameters["server"].kind is inspect.Parameter.KEYWORD_ONLY
    assert all(f"{name}: " in (rsconnect_jupyter.publish.__doc__ or "") for name in OPTIONS)


def test_the_types_of_the_options_are_complete() -> None:
    from rsconnect_jupyter.models import OPTIONS, OptionArguments

    assert list(OptionArguments.__annotations__) == list(OPTIONS)


def test_importing_the_package_loads_nothing_heavy() -> None:
    told = fresh(
        "import sys, rsconnect_jupyter; rsconnect_jupyter.publish\n"
        "heavy = {'requests', 'ipywidgets', 'IPython', 'traitlets', 'nbformat', 'tornado', 'jupyter_core', 'ssl'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert told == "[]"


def test_the_widget_is_there_when_asked_for() -> None:
    told = fresh(
        "import rsconnect_jupyter as r\n"
        "print('PublishWidget' in dir(r), r.PublishWidget.__name__, hasattr(r, 'nothing_like_it'))"
    )
    assert told == "True PublishWidget False"


def test_each_public_name_is_there_and_jupyter_finds_the_front_end() -> None:
    import rsconnect_jupyter
    import rsconnect_jupyter.__main__

    assert [each for each in rsconnect_jupyter.__all__ if not getattr(rsconnect_jupyter, each)] == []
    (found,) = rsconnect_jupyter._jupyter_labextension_paths()
    assert found == {"src": "labextension", "dest": "rsconnect-jupyter"}


def test_help_loads_no_application_framework() -> None:
    told = fresh(
        "import sys\nfrom rsconnect_jupyter.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as end:\n    print(end.code)\n"
        "print(sorted({'jupyter_core', 'traitlets', 'asyncio', 'requests'} & set(sys.modules)))"
    )
    assert told.endswith("0\n[]")
