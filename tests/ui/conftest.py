"""Reading HTML as a browser does: elements, their texts, and what they would load."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

VOID = {"meta", "br", "hr", "img", "input", "link", "wbr", "base", "embed", "source", "col"}
LOADING = {"src", "href", "xlink:href", "srcset", "data", "action", "formaction", "poster", "ping"}


@dataclass
class Element:
    """An element with its attributes, children and text."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    def all(self, *tags: str) -> Iterator[Element]:
        """Yield all elements below, of these tags if any are given, in document order."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)

    def one(self, tag: str) -> Element:
        found = list(self.all(tag))
        assert len(found) == 1, f"{len(found)} × {tag}"
        return found[0]

    def outside(self) -> list[str]:
        """Return all that would be loaded from somewhere else, frames included."""
        found = []
        for element in self.all():
            found += [f"{element.tag} {n}" for n in element.attributes if n in LOADING]
            found += [f"{element.tag} {n}" for n in element.attributes if n.startswith("on")]
            if element.tag in ("link", "base", "object", "embed", "img"):
                found.append(element.tag)
            styles = element.attributes.get("style", "")
            if element.tag == "style":
                styles += element.text
            found += re.findall(r"@import|url\((?!['\"]?data:)[^)]*", styles)
            if "srcdoc" in element.attributes:
                found += parse(element.attributes["srcdoc"]).outside()
            elif element.tag != "script":
                own = [c for c in element.children if isinstance(c, str)]
                found += re.findall(r"https?:\S*|//cdn\S*", "".join(own) + styles)
        return found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(text: str) -> Element:
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert [element.tag for element in parser.open] == [""], "an element is left open"
    return parser.root


@pytest.fixture(scope="session")
def html_of() -> Callable[[str], Element]:
    """Parse HTML; elements must be closed in order."""
    return parse
