"""Texts of up to 200 kB in which some parts come very often, for what nobody has thought of yet."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st


def pumped(words: str, *more: str) -> st.SearchStrategy[str]:
    """Texts of at most 200 kB in which some parts come very often."""
    part = st.lists(st.sampled_from([*words.split(), *more]), min_size=1, max_size=4).map("".join)
    many = st.tuples(part, st.sampled_from([1, 3, 1_000, 40_000])).map(lambda each: each[0] * each[1])
    return st.lists(many, min_size=1, max_size=4).map(lambda parts: "".join(parts)[:200_000])


markdown = pumped("# < > [ ] ( ) ! ` * _ a $ & \\ { } . | h1 </h1> <!-- -->", " ", "\n", "\t", "---\n", ": ")
python = pumped(
    "( ) [ ] { } ' \" f' % ! ? = . , # : @ + 0 - a eyJ :// open( glob( '*a*' try: lambda token='",
    *("import ", "from ", " ", "\n", "\\\n", "\t", "def f", "pip install "),
)
toml = pumped("[ ] { } a . = \" ' , 1 # \\", "[[package]]\n", "\n", " ", "name = 'a'\n", "[project]\n")
lines = pumped("a == 1 [ ] ; ( ) , # --hash= @ file: :// < '3' .", " ", "\n", "-r ", "\\\n", " and ")
log_text = pumped(
    "a Error ' 0m - 1 Cell is needed ( ) ] \x1b[",
    *(" ", "\n", ": ", "uv pip ", "install ", "> ", "In[", "No module named ", "requires ", "(Error code: "),
)

words = st.sampled_from(
    ["guid", "title", "mode", "user", "time", "files", "bundles", "requirements", "url", "notebook", "publications",
     "rsconnect_jupyter", "server_url", "app_guid", "app_id", "app_mode", "rsconnect", "servers", "kernelspec", "name",
     "language_info", "static", "http://127.0.0.1:9/", "9999-01-01T00:00:00Z", "../../x", ""]
)  # fmt: skip
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=6),
    max_leaves=30,
)
"""Any JSON, with the words that records and the metadata of notebooks have."""

some = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
