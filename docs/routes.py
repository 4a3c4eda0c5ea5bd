"""The REST routes and their types as Markdown, from the OpenAPI document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Node = dict[str, Any]


def route_reference(document: Path) -> str:
    """Return a section for each route, then one for each type."""
    contract = yaml.safe_load(document.read_text(encoding="utf-8"))
    routes = [
        _route(contract, f"{verb.upper()} {path}", {**shared, **route})
        for path, verbs in contract["paths"].items()
        for shared in [{"parameters": verbs.get("parameters", [])}]
        for verb, route in verbs.items()
        if isinstance(route, dict) and "summary" in route
    ]
    shapes = [_shape(name, node) for name, node in contract["components"]["schemas"].items()]
    head = [contract["info"]["description"], "## Routes\n"]
    problem = contract["components"]["responses"]["Problem"]["description"]
    middle = ["## Errors\n", f"Every failure is a [`Problem`](#problem). {problem}", "## Types\n"]
    return "\n".join([*head, *routes, *middle, *shapes])


def _route(contract: Node, title: str, route: Node) -> str:
    lines = [f"### `{title}`", "", route["summary"], "", route.get("description", ""), ""]
    parameters = [_resolve(contract, each) for each in route["parameters"]]
    for each in parameters:
        about = each.get("description") or _kind(each["schema"])
        lines.append(f"- `{each['name']}` ({each['in']}): {about}")
    lines += ["", *_bodies(contract, route)]
    return "\n".join([*lines, ""])


def _bodies(contract: Node, route: Node) -> list[str]:
    told = []
    if "requestBody" in route:
        told.append(f"Body: {_content(_resolve(contract, route['requestBody']))}.")
    for status, answer in route["responses"].items():
        if status != "default":
            told.append(f"Answer {status}: {_content(_resolve(contract, answer))}.")
    return [" ".join(told)]


def _content(node: Node) -> str:
    for media in node.get("content", {}).values():
        return _kind(media["schema"])
    return "nothing"


def _shape(name: str, node: Node) -> str:
    lines = [f"### {name}", "", node.get("description", ""), ""]
    if "properties" in node:
        needed = set(node.get("required", ()))
        lines += ["| Field | Type | |", "| --- | --- | --- |"]
        for field, each in node["properties"].items():
            about = " ".join(str(each.get("description", "")).split()).replace("|", "\\|")
            lines.append(f"| `{field}` | {_kind(each)} | {'' if field in needed else '*optional* '}{about} |")
    elif "enum" in node:
        lines.append("One of " + ", ".join(f"`{each}`" for each in node["enum"]) + ".")
    else:
        lines.append(_kind(node))
    return "\n".join([*lines, ""])


def _kind(node: Node) -> str:
    """Return what a schema says, in a few words."""
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[`{name}`](#{name.lower()})"
    choices = node.get("oneOf") or node.get("anyOf")
    if choices:
        return " or ".join(_kind(each) for each in choices)
    if "enum" in node:
        return " or ".join(f"`{each}`" for each in node["enum"])
    if "const" in node:
        return f"`{node['const']}`"
    if node.get("type") == "array":
        return f"list of {_kind(node.get('items', {}))}"
    kind = node.get("type", "anything")
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def _resolve(contract: Node, node: Node) -> Node:
    while "$ref" in node:
        target: Any = contract
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node
