"""Random expressions over random rows: the driver's answer is Spark's, digit for digit."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import DataType

from liqbench.errors import DataError, FaultsError, LocalUnsupportedError, ModelError
from liqbench.operators.expressions import (
    Typed,
    fields_of_schema,
    parse_expression,
    type_expression,
)
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.local import LocalTable, evaluate

Make = Callable[..., Any]

AS_OF = date(2025, 12, 31)
ROWS, COUNT = 120, 8  # of a job: its rows, and its expressions of each kind
FIELDS = (
    "amount decimal(18,2), rate decimal(5,4), small decimal(2,2), full decimal(38,10), "
    "whole decimal(38,0), tiny decimal(38,38), n int, long bigint, flag boolean, open boolean, "
    "code string, name string, day date, due date, moment timestamp"
)
WORDS = ("", "A", "a", "AB", "ab%", "a_b", " Bank ", "BOND", "bond", "Bö", "straße", "🏦 x", "a\nb")
NUMBERS = ("0", "1", "-1", "0.5", "2.5", "0.005", "100", "-0.0375", "12345678901234567890")
DAYS = ("date '2025-12-31'", ":as_of", "date '2024-02-29'", "date '1999-01-31'")


def figure(digits: int, scale: int, chance: random.Random) -> Decimal:
    """Return a figure of the type: short ones, the longest ones, and halves to be rounded."""
    top = 10**digits - 1
    half = (2 * chance.randint(-200, 200) + 1) * 5 * 10 ** chance.randrange(3)
    kinds = (0, 1, -1, half, half, half, top, -top, 10**scale)
    unscaled = chance.choice((*kinds, chance.randint(-top, top), chance.randint(-999, 999)))
    unscaled = max(-top, min(top, unscaled))
    sign = 1 if unscaled < 0 else 0
    return Decimal((sign, tuple(map(int, str(abs(unscaled)))), -scale))


def row(chance: random.Random) -> tuple[Any, ...]:
    def any_day() -> date:
        if chance.random() < 0.3:
            return chance.choice((date(2024, 2, 29), date(2025, 1, 31), AS_OF, date(1900, 3, 1)))
        return date(1960, 1, 1) + timedelta(days=chance.randrange(40_000))

    moment = datetime.combine(any_day(), datetime.min.time(), UTC)
    values = (
        figure(18, 2, chance),
        figure(5, 4, chance),
        figure(2, 2, chance),
        figure(38, 10, chance),
        figure(38, 0, chance),
        figure(38, 38, chance),
        chance.choice((0, 1, -1, 2**31 - 1, -(2**31), chance.randint(-99, 99))),
        chance.choice((0, 7, 2**63 - 1, -(2**63), chance.randint(-(10**12), 10**12))),
        chance.random() < 0.5,
        chance.random() < 0.5,
        chance.choice(WORDS),
        chance.choice(WORDS),
        any_day(),
        any_day(),
        moment + timedelta(microseconds=chance.choice((0, 1, 86_399_999_999, 3_600_500_000))),
    )
    return tuple(None if chance.random() < 0.15 else value for value in values)


@pytest.fixture(scope="module")
def deals(table: Make) -> Callable[[int], pa.Table]:
    def make(seed: int) -> pa.Table:
        chance = random.Random(seed)  # noqa: S311
        return table(FIELDS, [row(chance) for _ in range(ROWS)])

    return make


CHOICES = (
    "case when {flag} then {x} when {flag} then {x} end",
    "case when {flag} then null when {flag} then {x} else {x} end",
    "if({flag}, {x}, {x})",
    "if({flag}, null, {x})",
    "coalesce({x}, {x})",
    "coalesce(null, {x}, {x})",
    "nullif({x}, {x})",
    "nullif({x}, null)",
    "greatest({x}, {x})",
    "least({x}, null, {x})",
)
TESTS = (
    "({x} = {x})",
    "({x} != {x})",
    "({x} < {x})",
    "({x} <= {x})",
    "({x} > {x})",
    "({x} >= {x})",
    "({x} < null)",
    "({x} is null)",
    "({x} is not null)",
    "({x} in ({x}, null, {x}))",
    "({x} not in ({x}, {x}))",
    "({x} between {x} and {x})",
)
GRAMMAR: dict[str, tuple[str, ...]] = {
    "number": (
        "({number} + {number})",
        "({number} - {number})",
        "({number} * {number})",
        "(-{number})",
        "abs({number})",
        "round({number}, {digit})",
        "ratio({number}, {number}, {digit})",
        "ratio({number}, nullif({number}, 0), {digit})",
        "cast({number} as {numeric})",
        "datediff({day}, {day})",
        "length({text})",
        "year({day})",
        "month({day})",
        "day({day})",
        *(choice.replace("{x}", "{number}") for choice in CHOICES),
    ),
    "text": (
        "upper({text})",
        "lower({text})",
        "trim({text})",
        "({text} || {text})",
        "concat({text}, '-', {text})",
        "substring({text}, {place}, {place})",
        "cast({number} as string)",
        "cast({day} as string)",
        "cast({flag} as string)",
        "cast(moment as string)",
        "cast(null as string)",
        "upper(null)",
        *(choice.replace("{x}", "{text}") for choice in CHOICES),
    ),
    "day": (
        "date_add({day}, {days})",
        "add_months({day}, {months})",
        "last_day({day})",
        "cast(moment as date)",
        "cast(cast({day} as string) as date)",
        *(choice.replace("{x}", "{day}") for choice in CHOICES),
    ),
    "flag": (
        "({flag} and {flag})",
        "({flag} or {flag})",
        "({flag} and null)",
        "({flag} or null)",
        "(not {flag})",
        "(moment > coalesce(moment, null))",
        "({text} like '{pattern}')",
        "({text} not like '{pattern}')",
        "startswith({text}, {text})",
        "contains({text}, {text})",
        "(day > '2025-06-30')",
        "({number} in (0, 1, 0.5, -1.00, 0.005))",
        "({text} in ('A', 'bond', null))",
        *(
            test.replace("{x}", f"{{{kind}}}")
            for test in TESTS
            for kind in ("number", "text", "day", "flag")
        ),
        *(choice.replace("{x}", "{flag}") for choice in CHOICES),
    ),
}
LEAVES: dict[str, tuple[str, ...]] = {
    "number": ("amount", "rate", "small", "full", "whole", "tiny", "n", "long", *NUMBERS),
    "text": ("code", "name", "'A'", "'bond'", "''", "'Bö'"),
    "day": ("day", "due", *DAYS),
    "flag": ("flag", "open", "true", "false"),
    "digit": ("0", "1", "2", "4", "12", "18"),
    "place": ("0", "1", "2", "-1", "-3", "9", "-9"),
    "days": ("0", "1", "-31", "400"),
    "months": ("0", "1", "-1", "-2", "12", "13"),
    "numeric": ("decimal(38,10)", "decimal(12,6)", "decimal(6,2)", "decimal(5,0)", "int", "bigint"),
    "pattern": ("A%", "%b%", "_", "%", "", "a\\_b", "ab\\%", "%o_d", "a%b", "B_", "a.b"),
}


# A third of the figures end in a five, which these round off.
ROUNDING = (
    *(f"round(amount, {scale})" for scale in (0, 1)),
    *(f"round(rate, {scale})" for scale in (1, 2, 3)),
    *(f"round(full, {scale})" for scale in (7, 8, 9)),
    "ratio(amount, 2, 2)",
    "ratio(rate, -4, 4)",
    "ratio(2025, nullif(round(tiny, 18), 0), 0)",  # scaled by 10^18, the year has 22 digits
)
SLOT = re.compile(r"\{(\w+)\}")


def random_expression(chance: random.Random, kind: str, depth: int) -> str:
    """Return an expression of a kind, nested up to this deep."""
    if kind not in GRAMMAR or depth == 0 or chance.random() < 0.2:
        return chance.choice(LEAVES[kind])
    template = chance.choice(GRAMMAR[kind])
    return re.sub(
        r"\{(\w+)\}", lambda part: random_expression(chance, part[1], depth - 1), template
    )


def random_typed(
    chance: random.Random, kind: str, fields: dict[str, DataType]
) -> Iterator[tuple[str, Typed]]:
    """Yield expressions of a kind; those that can't be typed are refused before anything runs."""
    while True:
        text = random_expression(chance, kind, 3)
        with suppress(ModelError, FaultsError):
            yield text, type_expression(parse_expression(text, AS_OF), fields)


def answers(frame: DataFrame, typed: dict[str, Typed]) -> list[list[Any]]:
    """Return Spark's values, a list per expression, all of them in one job."""
    columns = [t.column().cast(t.dtype).alias(f"c{n}") for n, t in enumerate(typed.values())]
    return [column.to_pylist() for column in frame.select(*columns).toArrow().columns]


def stops(frame: DataFrame, typed: Typed) -> bool:
    """Tell whether Spark has an error instead of values."""
    try:
        answers(frame, {"": typed})
    except PySparkException:
        return True
    return False


def test_the_grammar_has_every_function() -> None:
    chance = random.Random(0)  # noqa: S311
    found = " ".join(random_expression(chance, kind, 3) for _ in range(900) for kind in GRAMMAR)
    typed = {name for name, function in FUNCTIONS.items() if function.typed}
    assert {name for name in typed if f"{name}(" not in found} == set()


@pytest.mark.parametrize("seed", [1])
def test_an_arrow_table_comes_back_as_it_was(seed: int, deals: Make) -> None:
    given_table = deals(seed)
    assert LocalTable.from_arrow(given_table).to_arrow().equals(given_table)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes a job for each step
)
@given(seed=st.integers(0, 10**9))
def test_an_expression_has_the_value_that_spark_gives_it(
    seed: int, deals: Make, spark: SparkSession
) -> None:
    chance = random.Random(seed)  # noqa: S311
    table = deals(seed)
    frame = spark.createDataFrame(table)
    local = LocalTable.from_arrow(table)
    found: dict[str, list[Any]] = {}
    stopped: dict[str, DataError] = {}
    fields = fields_of_schema(local.schema)
    typed = dict(t for kind in GRAMMAR for t in islice(random_typed(chance, kind, fields), COUNT))
    typed |= {text: type_expression(parse_expression(text), fields) for text in ROUNDING}
    for text, expression in typed.items():
        try:
            found[text] = evaluate(expression, local).to_arrow().to_pylist()
        except LocalUnsupportedError:
            continue
        except DataError as error:
            stopped[text] = error
    assert len(found) > len(typed) / 2
    try:
        expected = answers(frame, {text: typed[text] for text in found})
    except PySparkException:
        pytest.fail(f"Spark stops at {[text for text in found if stops(frame, typed[text])]}")
    differing = {
        text: next((a, b) for a, b in zip(own, wanted, strict=True) if a != b)
        for (text, own), wanted in zip(found.items(), expected, strict=True)
        if own != wanted
    }
    assert not differing
    for text, fault in list(stopped.items())[:2]:  # a job each, as Spark stops at the first
        assert stops(frame, typed[text]), f"Spark has a value for {text}, here it is {fault}"
