"""The words of a statement, and changes to its text that leave the rest as it was."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>'(?:[^']|'')*'|\$\$.*?\$\$)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<bind>\$\d+)
    |(?P<word>[^\W\d][\w$]*)
    |(?P<number>\d+(?:\.\d*)?)
    |(?P<sign>::|<=|>=|<>|!=|\|\||.)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def upper(self) -> str:
        """A word or sign to compare with; nothing for a string or a quoted name."""
        return self.text.upper() if self.kind in {"word", "sign"} else ""

    @property
    def name(self) -> str:
        """A name as Redshift keeps it: in lower case, even if it was quoted."""
        return self.text.strip('"').lower()


END = Token("end", "", 0)


def tokens_of(text: str) -> list[Token]:
    return [
        Token(found.lastgroup, found.group(), found.start())
        for found in TOKEN.finditer(text)
        if found.lastgroup and found.lastgroup != "skip"
    ]


@dataclass
class Words:
    """The tokens of a text, read from left to right, and edits to it."""

    text: str
    tokens: list[Token]
    at: int = 0
    _edits: list[tuple[int, int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> Words:
        return cls(text, tokens_of(text))

    def peek(self, ahead: int = 0) -> Token:
        at = self.at + ahead
        return self.tokens[at] if 0 <= at < len(self.tokens) else END

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Pass these words if they are next, all of them."""
        if any(self.peek(n).upper != word for n, word in enumerate(words)):
            return False
        self.at += len(words)
        return True

    def take_name(self) -> str:
        """Pass a name, with its schema if it has one; in lower case, as it may be quoted."""
        start = self.take().start
        while self.accept("."):
            self.take()
        return self.text[start : self.peek(-1).end].lower()

    def take_group(self) -> list[Token]:
        """Pass what stands in parentheses, if they are next; the tokens between them."""
        first = self.at
        depth = 0
        while self.at < len(self.tokens):
            depth += {"(": 1, ")": -1}.get(self.peek().upper, 0)
            if not depth:
                break
            self.at += 1
        inside = self.tokens[first + 1 : self.at]
        if self.at > first:
            self.at += 1
        return inside

    def replace(self, first: Token, last: Token, new: str = "") -> None:
        self._edits.append((first.start, last.end, new))

    def edited(self) -> str:
        text = self.text
        for start, end, new in sorted(self._edits, reverse=True):
            text = text[:start] + new + text[end:]
        return text


def split(tokens: list[Token]) -> list[list[Token]]:
    """The parts of a list, between the commas outside of parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        if token.upper == "," and not depth:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
