"""CREATE TABLE: what PostgreSQL doesn't know is taken out and remembered as the table's design."""

from __future__ import annotations

import json
from typing import Any

from tests.redshift.tokens import Token, Words, split
from tests.redshift.wire import RedshiftError, literal

UNSUPPORTED = "0A000"
TYPES = frozenset(
    {"SMALLINT", "INT2", "INTEGER", "INT", "INT4", "BIGINT", "INT8", "DECIMAL", "NUMERIC",
     "REAL", "FLOAT4", "DOUBLE", "FLOAT8", "FLOAT", "BOOLEAN", "BOOL", "CHAR",
     "CHARACTER", "NCHAR", "BPCHAR", "VARCHAR", "NVARCHAR", "TEXT", "DATE", "TIMESTAMP",
     "TIMESTAMPTZ", "TIME", "TIMETZ"}
)  # fmt: skip
LONGEST_VARCHAR = 65_535
LONGEST_CHAR = 4_096
DEFAULT_LENGTH = 256
WIDEST_DECIMAL = 38


def create_table(text: str) -> tuple[str, str | None]:
    """Rewrite a CREATE TABLE; the second text, if any, is to be executed after it."""
    words = Words.of(text)
    while words.take().upper != "TABLE":
        continue
    words.accept("IF", "NOT", "EXISTS")
    table = words.take_name()
    design: dict[str, Any] = {}
    if words.peek().upper == "(":
        first = words.peek()
        items = [item for item in split(words.take_group()) if item]
        words.replace(first, words.peek(-1), f"({_columns(text, table, items, design)})")
    _attributes(words, design)
    kept = f"SELECT redshift.keep_design({literal(table)}, {literal(json.dumps(design))})"
    return words.edited(), kept if design else None


def add_column(text: str) -> str:
    """Rewrite ``ALTER TABLE table ADD [COLUMN] column type ...``."""
    words = Words.of(text)
    words.accept("ALTER", "TABLE")
    table = words.take_name()
    words.accept("ADD")
    words.accept("COLUMN")
    first, column = words.peek(), words.tokens[words.at :]
    words.replace(first, column[-1], " ".join(_column(text, table, column, {})))
    return words.edited()


def _attributes(words: Words, design: dict[str, Any]) -> None:
    """Take out what follows the columns, up to a query."""
    while words.peek().upper in {
        "BACKUP", "DISTSTYLE", "DISTKEY", "COMPOUND", "INTERLEAVED", "SORTKEY", "ENCODE",
    }:  # fmt: skip
        first = words.peek()
        interleaved = words.accept("INTERLEAVED")
        words.accept("COMPOUND")
        kind = words.take().upper
        names = [token.name for token in words.take_group() if token.upper != ","]
        value = "" if names else words.take().upper
        match kind:
            case "DISTKEY":
                design["diststyle"] = f"KEY({names[0]})"
            case "DISTSTYLE" if value != "KEY":
                design["diststyle"] = value
            case "SORTKEY" if names:
                design["sortkeys"] = ["INTERLEAVED", *names] if interleaved else names
        words.replace(first, words.peek(-1))


def _columns(text: str, table: str, items: list[list[Token]], design: dict[str, Any]) -> str:
    """The columns without keys and encodings; a primary key's columns are NOT NULL."""
    kept: list[list[str]] = []
    primary: set[str] = set()
    for item in items:
        heads = [token.upper for token in item]
        if "CHECK" in heads:
            raise RedshiftError("CHECK constraints are not supported", UNSUPPORTED)
        kind = heads[2] if heads[0] == "CONSTRAINT" else heads[0]
        if kind in {"PRIMARY", "UNIQUE", "FOREIGN"}:
            if kind == "PRIMARY":
                key = Words(text, item[heads.index("KEY") + 1 :])
                primary |= {token.name for token in key.take_group()} - {","}
        elif kind == "LIKE" or len(item) == 1:
            kept.append([text[item[0].start : item[-1].end]])
        else:
            kept.append(_column(text, table, item, design))
    return ", ".join(
        " ".join([*column, "NOT NULL"] if column[0].strip('"') in primary else column)
        for column in kept
    )


def _column(text: str, table: str, item: list[Token], design: dict[str, Any]) -> list[str]:
    words = Words(text, item)
    name = words.take().name
    column = [item[0].text.lower(), _type(words, f"{table}.{name}")]
    while words.at < len(item):
        start = words.peek()
        if words.accept("ENCODE"):
            design.setdefault("encodings", {})[name] = words.take().name
        elif words.accept("DISTKEY"):
            design["diststyle"] = f"KEY({name})"
        elif words.accept("SORTKEY"):
            design["sortkeys"] = [name]
        elif words.accept("PRIMARY", "KEY"):
            column.append("NOT NULL")
        elif words.accept("REFERENCES"):
            words.take_name()
            words.take_group()
        elif not words.accept("UNIQUE"):
            words.take()
            words.take_group()
            column.append(text[start.start : words.peek(-1).end])
    return column


def _type(words: Words, column: str) -> str:
    """A column's type with the lengths that Redshift gives it."""
    first = words.take()
    kind = first.upper
    if kind not in TYPES:
        raise RedshiftError(f'Column "{column}" has unsupported type "{first.name}".', UNSUPPORTED)
    varying = kind in {"VARCHAR", "NVARCHAR", "TEXT"} or (
        kind in {"CHAR", "CHARACTER", "NCHAR"} and words.accept("VARYING")
    )
    sizes = [token.upper or token.text for token in words.take_group() if token.upper != ","]
    if varying or kind in {"CHAR", "CHARACTER", "NCHAR", "BPCHAR"}:
        return _text_type(varying=varying, blank=kind == "BPCHAR", sizes=sizes)
    if kind in {"DECIMAL", "NUMERIC"}:
        return f"NUMERIC({', '.join(sizes or ['18', '0'])})"
    return kind + (f"({sizes[0]})" if sizes else "")


def _text_type(*, varying: bool, blank: bool, sizes: list[str]) -> str:
    longest = LONGEST_VARCHAR if varying else LONGEST_CHAR
    default = DEFAULT_LENGTH if varying or blank else 1
    length = longest if sizes == ["MAX"] else int(sizes[0]) if sizes else default
    kind = "VARCHAR" if varying else "CHAR"
    if length > longest:
        raise RedshiftError(f"length for type {kind.lower()} cannot exceed {longest}", "22023")
    return f"{kind}({length})"
