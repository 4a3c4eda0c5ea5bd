"""Data and models that code gets by name from a server of its library when it runs, or expects on the disk. Pure."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterable, Iterator, Set

import msgspec

from ..models import Where
from .ipython import PlainCell
from .path_expressions import last_name


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is neither in a package nor in the project.

    Attributes:
        name: As the library knows it.
        host: Where the library gets it from; empty for data that somebody has to download first (NLTK).
    """

    name: str
    host: str
    where: Where


HUGGING_FACE = "huggingface.co"
BY_NAME: dict[str, tuple[str, str]] = {
    "from_pretrained": ("", HUGGING_FACE),
    "hf_hub_download": ("huggingface_hub", HUGGING_FACE),
    "snapshot_download": ("huggingface_hub", HUGGING_FACE),
    "SentenceTransformer": ("sentence_transformers", HUGGING_FACE),
    "CrossEncoder": ("sentence_transformers", HUGGING_FACE),
    "load_dataset": ("datasets", HUGGING_FACE),
    "pipeline": ("transformers", HUGGING_FACE),
    "fetch_openml": ("sklearn", "openml.org"),
    "get_rdataset": ("statsmodels", "raw.githubusercontent.com"),
}
"""Function -> the module that it is of (empty for a method of many), and the host that it gets something from."""

NLTK_CORPORA = {"brown", "gutenberg", "movie_reviews", "names", "reuters", "stopwords", "treebank", "wordnet", "words"}
NLTK_CALLS = {
    "word_tokenize": "punkt_tab",
    "sent_tokenize": "punkt_tab",
    "pos_tag": "averaged_perceptron_tagger_eng",
    "WordNetLemmatizer": "wordnet",
    "SentimentIntensityAnalyzer": "vader_lexicon",
    "ne_chunk": "maxent_ne_chunker_tab",
}
"""What NLTK reads from its data folder, by the name that its downloader knows."""

_CALLS = re.compile("|".join(BY_NAME))
_CALLS_AND_NLTK = re.compile("|".join([*BY_NAME, *NLTK_CALLS, "corpus", "download"]))
"""Words without which code is not looked through."""


def downloads(code: Iterable[tuple[PlainCell, Where]], modules: Set[str]) -> tuple[Download, ...]:
    """Return what code gets by name, each name once, with the first place; what the code itself downloads is left out.

    Args:
        code: Cells and files in order.
        modules: Names of the top-level modules that it imports.
    """
    words = _CALLS if "nltk" not in modules else _CALLS_AND_NLTK
    trees = [(plain.tree, where) for plain, where in code if plain.tree is not None and words.search(plain.python)]
    found: dict[str, Download] = {}
    for tree, where in trees:
        for name, host in (*_by_name(tree, modules), *(_nltk(tree) if "nltk" in modules else ())):
            found.setdefault(name, Download(name=name, host=host, where=where))
    got = {name for tree, _ in trees for name in _downloaded(tree)} if "nltk" in modules else set()
    return tuple(each for each in found.values() if each.host or not got & {each.name, "*"})


def _by_name(tree: ast.Module, modules: Set[str]) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        name = last_name(node.func) if isinstance(node, ast.Call) else ""
        if not isinstance(node, ast.Call) or name not in BY_NAME:
            continue
        module, host = BY_NAME[name]
        model = next((each.value for each in node.keywords if each.arg in ("model", "name", "repo_id")), None)
        if model is None and node.args and name != "pipeline":
            model = node.args[0]
        text = model.value if isinstance(model, ast.Constant) else None
        if isinstance(text, str) and (not module or module in modules) and _is_name(text):
            yield text, host


def _is_name(text: str) -> bool:
    """A path names a folder beside the notebook, not a model."""
    return bool(text) and not text.startswith((".", "/", "~")) and posixpath.splitext(text)[1] not in (".csv", ".json")


def _nltk(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in NLTK_CALLS:
            yield NLTK_CALLS[last_name(node.func)], ""
        elif isinstance(node, ast.ImportFrom) and node.module == "nltk.corpus":
            yield from ((each.name, "") for each in node.names if each.name in NLTK_CORPORA)
        elif isinstance(node, ast.Attribute) and last_name(node.value) == "corpus" and node.attr in NLTK_CORPORA:
            yield node.attr, ""


def _downloaded(tree: ast.Module) -> Iterator[str]:
    """Yield the names that ``nltk.download`` gets; ``*`` where they are not in the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) == "download":
            first = node.args[0] if node.args else None
            each = first.elts if isinstance(first, (ast.List, ast.Tuple)) else [first]
            yield from (str(name.value) if isinstance(name, ast.Constant) else "*" for name in each)
