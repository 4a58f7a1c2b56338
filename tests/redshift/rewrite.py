"""A statement in Redshift's SQL, turned into what PostgreSQL answers in the same way.

Only what is known to differ is changed. What Redshift would refuse and PostgreSQL wouldn't is
refused here, with an error of Redshift's wording where that is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from tests.redshift.copying import Copy, parse_copy
from tests.redshift.tables import UNSUPPORTED, WIDEST_DECIMAL, add_column, create_table
from tests.redshift.tokens import END, Token, Words
from tests.redshift.wire import RedshiftError, literal

SYNTAX = "42601"
# Stands in PostgreSQL for a statement that is executed elsewhere: it has no result either.
NOTHING = "SET redshift.statement TO ''"
# Settings that PostgreSQL doesn't have; kept under a prefix, they have no effect.
SESSION_SETTINGS = frozenset(
    {"query_group", "enable_result_cache_for_session", "wlm_query_slot_count",
     "enable_case_sensitive_identifier"}
)  # fmt: skip
DATE_FUNCTIONS = frozenset({"DATEADD", "DATEDIFF"})
PLAIN_WORDS = {"NVL": "COALESCE", "SYSDATE": "(transaction_timestamp() AT TIME ZONE 'UTC')"}
UNKNOWN_FUNCTIONS = frozenset({"ARRAY_AGG", "GENERATE_SERIES", "STRING_AGG", "SUBSTR", "UNNEST"})
# Redshift answers these only where no table is concerned; the stand-in nowhere.
LEADER_ONLY = frozenset({"CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP"})
LEADER_ONLY_FUNCTIONS = frozenset({"NOW", "AGE"})
# Two words in a row by which PostgreSQL's own SQL is known.
FOREIGN = frozenset(
    {("ON", "CONFLICT"), ("FILTER", "("), ("DISTINCT", "ON"), ("DISTINCT", "FROM"), ("(", "VALUES")}
)


@dataclass(frozen=True)
class Statement:
    """What PostgreSQL is given in place of a statement, and what else has to be done."""

    given: str
    text: str
    copy: Copy | None = None
    alone: str = ""
    """What can't run in a transaction block, by its name."""

    commits: bool = False
    afterwards: str | None = None


def rewrite(given: str) -> Statement:
    """Rewrite one statement; raise RedshiftError if Redshift would refuse it."""
    words = Words.of(given.rstrip().rstrip(";"))
    _refuse_foreign(words)
    kind = _kind(words)
    if kind == "COPY":
        return Statement(given, NOTHING, copy=parse_copy(words))
    text = _common(words)
    afterwards = None
    match kind:
        case "TABLE":
            text, afterwards = create_table(text)
        case "VIEW":
            text, afterwards = _create_view(text)
        case "ADD":
            text = add_column(text)
        case "APPEND":
            text = _append(text)
        case "BEGIN":
            text = "BEGIN READ ONLY" if "ONLY" in text.upper() else "BEGIN"
        case "SET":
            text = re.sub(r"(?i)^\s*set\s+", "SET redshift.", text)
        case "MERGE":
            _check_merge(words)
    return Statement(
        given,
        _without_qualify(text),
        alone="ALTER TABLE APPEND" if kind == "APPEND" else "",
        commits=kind == "TRUNCATE",
        afterwards=afterwards,
    )


def _kind(words: Words) -> str:
    """What a statement does, if it needs attention."""
    first = words.peek().upper
    heads = {token.upper for token in words.tokens[:5]}
    if first == "CREATE":
        return "TABLE" if "TABLE" in heads else "VIEW" if "VIEW" in heads else ""
    if first == "ALTER":
        return "APPEND" if "APPEND" in heads else "ADD" if "ADD" in heads else ""
    if first == "SET":
        return first if words.peek(1).name in SESSION_SETTINGS else ""
    return "BEGIN" if first == "START" else first


def _common(words: Words) -> str:
    """Change what may stand anywhere: names, date parts, decimals without a precision."""
    for at, token in enumerate(words.tokens):
        words.at = at
        following, before = words.peek(1), words.peek(-1)
        if token.kind == "quoted":
            words.replace(token, token, token.text.lower())
        elif token.upper in DATE_FUNCTIONS and following.upper == "(":
            part = words.peek(2)
            if part.kind == "word":
                words.replace(part, part, literal(part.text))
        elif token.upper == "NVL" or (token.upper == "SYSDATE" and before.upper != "."):
            words.replace(token, token, PLAIN_WORDS[token.upper])
        elif token.upper in {"DECIMAL", "NUMERIC"}:
            if following.upper == "(":
                _check_decimal(words)
            elif before.upper in {"::", "AS"}:
                words.replace(token, token, "NUMERIC(18, 0)")
    words.at = 0
    return words.edited()


def _check_decimal(words: Words) -> None:
    precision = int(words.peek(2).text)
    scale = int(words.peek(4).text) if words.peek(3).upper == "," else 0
    if precision > WIDEST_DECIMAL or scale >= WIDEST_DECIMAL or scale > precision:
        raise RedshiftError(
            f"DECIMAL({precision}, {scale}): precision must be between 1 and {WIDEST_DECIMAL}, "
            f"scale between 0 and {WIDEST_DECIMAL - 1}",
            "22023",
        )


def _refuse_foreign(words: Words) -> None:
    """Refuse what PostgreSQL has and Redshift hasn't."""
    tokens = words.tokens
    first = tokens[0].upper if tokens else ""
    if ";" in {token.upper for token in tokens}:
        raise RedshiftError("cannot insert multiple commands into a prepared statement", SYNTAX)
    if first == "SAVEPOINT" or (first == "CREATE" and "INDEX" in {t.upper for t in tokens[:4]}):
        name = "SAVEPOINT" if first == "SAVEPOINT" else "CREATE INDEX"
        raise RedshiftError(f'SQL command "{name}" not supported.', UNSUPPORTED)
    if first == "LOCK" and "MODE" in {token.upper for token in tokens}:
        raise _syntax(tokens[-1])
    if first == "WITH":
        _refuse_writing_with(words)
    for token, following in pairwise([*tokens, END]):
        if token.upper == "RETURNING" or (token.upper, following.upper) in FOREIGN:
            raise _syntax(following if token.upper == "(" else token)
        called = following.upper == "("
        if token.upper in UNKNOWN_FUNCTIONS and called:
            raise RedshiftError(f"function {token.name} does not exist", "42883")
        if token.upper in LEADER_ONLY or (token.upper in LEADER_ONLY_FUNCTIONS and called):
            raise RedshiftError(
                "Specified types or functions (one per INFO message) "
                "not supported on Redshift tables.",
                UNSUPPORTED,
            )


def _refuse_writing_with(words: Words) -> None:
    """WITH may stand before SELECT, UPDATE and DELETE, not before INSERT and MERGE."""
    depth = 0
    for token in words.tokens:
        depth += {"(": 1, ")": -1}.get(token.upper, 0)
        if not depth and token.upper in {"INSERT", "MERGE"}:
            raise _syntax(token)


def _syntax(token: Token) -> RedshiftError:
    return RedshiftError(f'syntax error at or near "{token.text}"', SYNTAX)


def _create_view(text: str) -> tuple[str, str | None]:
    """Take out a materialized view's attributes and a late binding."""
    text = re.sub(r"(?is)\s+with\s+no\s+schema\s+binding\s*$", "", text)
    words = Words.of(text)
    while words.take().upper != "VIEW":
        continue
    name = words.take_name()
    words.take_group()
    while words.peek().upper not in {"AS", ""}:
        first = words.peek()
        if not words.accept("AUTO", "REFRESH"):
            words.accept("COMPOUND")
            words.take()
        if not words.take_group():
            words.take()
        words.replace(first, words.peek(-1))
    stored = "MATERIALIZED" in {token.upper for token in words.tokens[:4]}
    return (
        words.edited(),
        f"SELECT redshift.check_materialized({literal(name)})" if stored else None,
    )


def _append(text: str) -> str:
    """``ALTER TABLE target APPEND FROM source``."""
    words = Words.of(text)
    words.accept("ALTER", "TABLE")
    target = words.take_name()
    if not words.accept("APPEND", "FROM"):
        raise _syntax(words.peek())
    source = words.take_name()
    if words.at < len(words.tokens):
        raise RedshiftError("the stand-in knows neither IGNOREEXTRA nor FILLTARGET", UNSUPPORTED)
    return f"CALL redshift.append({literal(target)}, {literal(source)})"


def _check_merge(words: Words) -> None:
    """Hold a MERGE to Redshift's grammar, which is narrower than PostgreSQL's."""
    words.accept("MERGE", "INTO")
    words.take_name()
    if words.peek().upper != "USING":
        raise _syntax(words.peek())
    if words.peek(1).upper == "(":  # only a table can be the source
        raise _syntax(words.peek(1))
    heads = [token.upper for token in words.tokens]
    whens = [at for at, word in enumerate(heads) if word == "WHEN"]
    clauses = [heads[at + 1 : at + 4] for at in whens if "MATCHED" in heads[at + 1 : at + 3]]
    if sorted(clause[0] for clause in clauses) != ["MATCHED", "NOT"]:
        raise RedshiftError("MERGE needs one WHEN MATCHED and one WHEN NOT MATCHED clause", SYNTAX)
    if any(clause[clause.index("MATCHED") + 1 :][:1] not in ([], ["THEN"]) for clause in clauses):
        raise RedshiftError("MERGE: a WHEN clause takes no further condition", SYNTAX)
    condition = heads[heads.index("ON") : whens[0]]
    foreign = {"OR", "<", ">", "<=", ">=", "<>", "!=", "IS", "IN", "LIKE", "BETWEEN", "NOT"}
    if foreign & set(condition):
        raise RedshiftError("MERGE: only equality conditions are supported", UNSUPPORTED)
    if "SET" in heads and heads[heads.index("SET") + 2] == ".":
        raise _syntax(words.tokens[heads.index("SET") + 2])


def _without_qualify(text: str) -> str:
    """Turn QUALIFY into a condition on a subquery, by sqlglot."""
    if "QUALIFY" not in text.upper():
        return text
    named = re.sub(r"\$(\d+)", r"__bind_\1", text)
    (written,) = sqlglot.transpile(named, read="redshift", write="postgres")
    return re.sub(r"__bind_(\d+)", r"$\1", written)
