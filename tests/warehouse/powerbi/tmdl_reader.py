"""A reader of TMDL for the tests, written from the format's description and not from the writer.

Every line is an object, a property, a flag, a description or part of an expression; a line that
stands deeper belongs to what stands above it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

KINDS = {
    "annotation", "calculationGroup", "calculationItem", "column", "database", "expression",
    "hierarchy", "level", "measure", "model", "partition", "refreshPolicy", "relationship", "table",
    "alternateOf", "dataAccessOptions", "ref",
}  # fmt: skip
EXPRESSIONS = {"source", "sourceExpression", "formatStringDefinition"}
NAME = r"'(?:[^']|'')*'|[^\s=:']+"


@dataclass
class Node:
    """An object: its kind, name, expression, properties, and the objects in it."""

    kind: str
    name: str = ""
    expression: str = ""
    description: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)

    def all(self, kind: str) -> list[Node]:
        return [child for child in self.children if child.kind == kind]

    def one(self, kind: str, name: str = "") -> Node:
        (found,) = [child for child in self.all(kind) if name in ("", child.name)]
        return found

    def names(self, kind: str) -> list[str]:
        return [child.name for child in self.all(kind)]


def plain(text: str) -> str:
    """Return a name or value without its quotes."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace(text[0] * 2, text[0])
    return text


def depth(line: str) -> int:
    return len(line) - len(line.lstrip("\t"))


def read(text: str) -> Node:
    """Read a file; its objects are the children of the node returned."""
    root = Node("file")
    open_nodes: list[tuple[int, Node]] = [(-1, root)]
    lines = text.splitlines()
    description: list[str] = []
    n = 0
    while n < len(lines):
        line, here = lines[n], depth(lines[n])
        n += 1
        if not line.strip():
            continue
        rest = line.strip()
        assert not line.lstrip("\t").startswith(" "), f"indented by blanks: {line!r}"
        if rest.startswith("///"):
            description.append(rest.removeprefix("///").strip())
            continue
        while open_nodes[-1][0] >= here:
            open_nodes.pop()
        assert open_nodes[-1][0] == here - 1, f"too deep: {line!r}"
        owner = open_nodes[-1][1]
        word = re.match(r"\w+", rest)
        assert word, rest
        body = ""
        if rest.endswith("="):
            deeper = []
            while n < len(lines) and (not lines[n].strip() or depth(lines[n]) >= here + 2):
                deeper.append(lines[n][here + 2 :])
                n += 1
            body = "\n".join(deeper).rstrip("\n")
        if word[0] in KINDS and not rest.startswith(word[0] + ":"):
            node = object_of(rest, body)
            node.description = "\n".join(description)
            description = []
            owner.children.append(node)
            open_nodes.append((here, node))
        elif word[0] in EXPRESSIONS:
            owner.properties[word[0]] = body or rest.partition("=")[2].strip()
        elif ":" in rest:
            name, _, value = rest.partition(":")
            assert name not in owner.properties, f"twice: {rest}"
            owner.properties[name] = value.strip()
        else:
            assert word[0] == rest, f"neither object nor property: {rest!r}"
            owner.properties[rest] = "true"
    assert not description
    return root


def object_of(rest: str, body: str) -> Node:
    if rest.startswith("ref "):
        found = re.fullmatch(rf"ref (\w+) ({NAME})", rest)
        assert found, rest
        return Node("ref", plain(found[2]))
    found = re.fullmatch(rf"(\w+)(?: ({NAME}))?(?:\s*=\s*(.*))?", rest)
    assert found, rest
    return Node(found[1], plain(found[2] or ""), body or found[3] or "")


def read_folder(folder: Path) -> Node:
    """Read all files of a definition into one node."""
    root = Node("definition")
    for file in sorted(folder.rglob("*.tmdl")):
        root.children += read(file.read_text("utf-8")).children
    return root


def column_of(reference: str) -> tuple[str, str]:
    """Read a full name such as ``Sales.'Order Date'``."""
    found = re.fullmatch(rf"({NAME.replace('[^', '[^.')})\.({NAME})", reference)
    assert found, reference
    return plain(found[1]), plain(found[2])
