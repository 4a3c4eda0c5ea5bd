"""The options of a publish as a Markdown table, with their names in each front end."""

from __future__ import annotations

from rsconnect_jupyter.models import OPTIONS, OptionInfo

COLUMNS = ("Option", "Panel", "Widget", "`publish()`", "Command", "REST", "Default", "Remembered", "What it does")


def option_table() -> str:
    """Return one row for each option; a front end that lacks it says why."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(option_row(name, info) for name, info in OPTIONS.items())]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def option_row(name: str, info: OptionInfo) -> tuple[str, ...]:
    """Return the cells of one option."""
    shown = {front_end: info.not_offered.get(front_end) or info.label for front_end in ("panel", "widget")}
    return (
        f"`{name}`",
        shown["panel"],
        shown["widget"],
        f"`{name}=`",
        ", ".join(f"`{flag}`" for flag in info.flags),
        info.not_offered.get("rest") or f"`{name}`",
        _default(info),
        "yes" if info.remembered else "no",
        _cell(f"{info.help[0].upper()}{info.help[1:]}."),
    )


def _default(info: OptionInfo) -> str:
    if info.default is None:
        return "see below"
    return {True: "on", False: "off", (): "none"}.get(info.default) or f"`{info.default}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
