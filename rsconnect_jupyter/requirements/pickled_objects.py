"""The packages whose objects a pickle holds: a model that is loaded needs them, though no code imports them.

Only the names in it are read, by ``pickletools``; nothing of a pickle is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterator

SUFFIXES = (".pkl", ".pickle", ".joblib")
MOST_PICKLES = 20
MOST_BYTES = 1_000_000
"""Files, and bytes at the start of each, that are looked through: a pickle names its classes early."""

MOST_OPCODES = 50_000


def pickled_modules(content: bytes) -> tuple[str, ...]:
    """Return the modules that the start of a pickle names, each once; empty for anything else.

    joblib writes arrays between the opcodes: what comes after the first of them is not read.
    """
    return tuple(dict.fromkeys(_modules(content)))


def _modules(content: bytes) -> Iterator[str]:
    import pickletools  # noqa: PLC0415 - few bundles have pickles

    texts: list[str] = []
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if count > MOST_OPCODES:
                return
            if opcode.name == "GLOBAL":
                yield str(argument).partition(" ")[0]
            elif opcode.name == "STACK_GLOBAL" and len(texts) > 1:
                yield texts[-2]
            elif isinstance(argument, str):
                texts = [*texts[-1:], argument]
    except Exception:  # noqa: BLE001 - whatever `pickletools` raises for bytes that are no pickle
        return
