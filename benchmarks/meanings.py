"""What each figure of the table means for a user, in the table's order; `…` stands for any text in a row's title."""

from __future__ import annotations

import re

MEANINGS = {
    "importing the package": "How long `import rsconnect_jupyter` takes in a script or a cell.",
    "`--help`": "How long any `jupyter publish` command takes at least: the start of the program.",
    "inspecting the environment": (
        "How long it takes to find out which packages the notebook's kernel has. Every publish from source needs that."
    ),
    "bundle, one notebook": "How long it takes to pack a notebook without other files.",
    "bundle, 1,000 files, 200 MB": (
        "How long it takes to pack a large project. The memory stays that of a small one, so that a project may be "
        "larger than the memory."
    ),
    "new publish, the server's run taken off": (
        "How long you wait for `jupyter publish`, without the time in which the server runs the notebook."
    ),
    "processor time of a new publish": (
        "How long a publish keeps a processor busy. On a busy or a small machine it is this that makes you wait."
    ),
    "requests of a new publish…": (
        "How many requests are sent to the server. Over a slow network each adds its delay: ten at 100 ms are a second."
    ),
    "connections": "How many connections a publish opens. Each has a handshake of its own, and a proxy may count them.",
    "title search among 5,000 items": (
        "How long it takes to find content by its title on a server with much content, for example to update it."
    ),
    "signing in with the browser, until …": "How long after the click on *Sign in* the server's page opens.",
    "signing in with the browser, from …": (
        "How long after your *Allow* in the browser the panel can publish. Your own time on the server's page is not "
        "counted."
    ),
    "signing in by code, until …": (
        "The same where Jupyter runs on another machine: how long until the panel shows the code."
    ),
    "signing in by code, from …": (
        "How long after your *Allow* the panel can publish. Jupyter asks the server from time to time whether you are "
        "done, as often as the server permits: every 5 s here, so 5 s is the longest wait."
    ),
    "requests of signing in …": (
        "How many requests Jupyter sends to the server for it, without those that are answered with *not yet*."
    ),
    "Jupyter's answer about a notebook, first": (
        "What the panel waits for when it is opened right after Jupyter's start: the process that reads notebooks "
        "starts, reads this one, and lists its kernel's packages."
    ),
    "Jupyter's answer about a notebook, again": "The same later, as after each change in the form and each save.",
    "opening the panel, first": (
        "How long after the click on the toolbar's button *Publish* can be clicked, the first time after Jupyter's "
        "start. The process that reads notebooks has then been started while JupyterLab loaded."
    ),
    "opening the panel, again": "The same in a page that was loaded later.",
    "finished document of a small notebook": (
        "How long it takes to make the page that readers see from a short notebook. Most of it is the start of the "
        "program."
    ),
    "finished document of … cells with … plots": "The same from a long notebook with plots.",
    "size of that document, …": "How much a reader's browser loads, and the server keeps for each version.",
    "finished document of … cells with … plots, again in the same Jupyter": (
        "What a publish or a preview from the panel takes for the page: Jupyter keeps the process ready."
    ),
    "unpublished changes, known after a save": (
        "How long after a save the mark on the toolbar's button shows whether readers see the notebook as it is now."
    ),
    "comparing … cells with … pictures, first": (
        "How long it takes to compare a published version with the notebook when the version has to be downloaded."
    ),
    "comparing … cells with … pictures, again": "The same when the version is on this machine already.",
    "comparing … cells with … pictures, from the click to the screen": (
        "How long you wait for the comparison, with everything drawn in the browser."
    ),
    "requests of the first comparison": "How many requests a comparison sends to the server, with the download.",
    "requests of all later ones": "How many requests later comparisons send. With none, they work offline.",
    "Jupyter's answer, … (median of …)": (
        "How quickly Jupyter does everything else meanwhile, such as running cells and opening files. Half of its "
        "answers come sooner."
    ),
    "Jupyter's answer, … (99th percentile)": (
        "The same for 99 of 100 answers. Delays under 100 ms are hardly noticed."
    ),
    "Jupyter's answer, … (slowest)": "The longest time in which Jupyter did not react.",
    "first rehearsal of a notebook with pandas and matplotlib": (
        "How long a run in a clean environment takes when its packages have to be installed."
    ),
    "start of the notebook in the second rehearsal": (
        "How long after the click the notebook itself starts when the environment is there from last time."
    ),
    "memory of Jupyter before the first publish": "How much memory the Jupyter server takes before the first publish.",
    "memory of Jupyter after … publishes": (
        "How much it has later. It must not grow with every publish: Jupyter servers run for weeks. The latest 50 "
        "publishes keep their logs in memory."
    ),
}


def meaning_of(title: str) -> str | None:
    """Return the name under which a row's title is explained; None when it is not. The longest name counts."""
    fitting = [name for name in MEANINGS if re.fullmatch(re.escape(name).replace("…", ".+"), title)]
    return max(fitting, key=len, default=None)


def table() -> str:
    """Return the explanations as Markdown."""
    head = "| Figure | What it means for you |\n|---|---|\n"
    return head + "".join(f"| {name} | {meaning} |\n" for name, meaning in MEANINGS.items())
