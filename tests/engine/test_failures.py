from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import Progress, Run, execute
from liqbench.errors import (
    OverflowFigureError,
    RunFailedError,
    UndefinedFigureError,
)
from liqbench.model import Dag, OperatorConfig
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]


def test_a_failure_is_told_and_leaves_what_was_done_before(
    dag: Dag, config: Make, file: Path, context: Context, stages: StageStore
) -> None:
    del file
    narrow = config("narrow", "calculate", "means", expressions=[
        {"name": "small", "expression": "total", "type": "decimal(5,4)"}])  # fmt: skip
    told: list[Progress] = []
    with pytest.raises(OverflowFigureError) as caught:
        execute(Dag(operators=(*dag.operators, narrow)), context, stages, monitor=told.append)
    assert str(caught.value).startswith("operator 'narrow': a figure has more digits than its ")
    assert [(p.operator_id, p.state) for p in told[-2:]] == [
        ("narrow", "running"), ("narrow", "failed"),
    ]  # fmt: skip
    assert told[-1].message == str(caught.value)
    again = execute(dag, context, stages)
    assert again.results["sums"].reused


def test_a_ratio_of_zero_is_told_and_how_to_have_none(
    dag: Dag, config: Make, file: Path, context: Context, stages: StageStore
) -> None:
    del file
    expressions = [{"name": "share", "expression": "ratio(amount, amount - amount, 2)"}]
    shares = config("shares", "calculate", "large", expressions=expressions)
    with pytest.raises(UndefinedFigureError) as caught:
        execute(Dag(operators=(*dag.operators, shares)), context, stages)
    assert str(caught.value) == (
        "operator 'shares': a ratio has the denominator zero (let it be null there: "
        "ratio(n, nullif(d, 0), scale) with on_null keep; or filter such rows out before)"
    )


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Write the body of the function that a python operator calls."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(body: str) -> None:
        text = f"from pyspark.sql import functions as F\n\ndef step(deals):\n    {body}\n"
        (tmp_path / "step_under_test.py").write_text(text)

    yield write
    sys.modules.pop("step_under_test", None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('no luck')", "operator 'step': ValueError: no luck"),
        (
            "return deals.select('id', F.raise_error(F.lit('no luck')).cast('int').alias('x'))",
            "operator 'step': Spark stopped: [USER_RAISED_EXCEPTION] no luck",
        ),
        (
            "return deals.select('id').mapInArrow(lambda batches: [1 / 0], 'id string')"
            ".withColumn('x', F.lit(1))",
            "operator 'step': Spark stopped: ZeroDivisionError: division by zero",
        ),
        (
            "return deals.select('nothing')",
            "operator 'step': Spark stopped: [UNRESOLVED_COLUMN.WITH_SUGGESTION] A column, "
            "variable, or function parameter with name `nothing` cannot be resolved. Did you mean "
            "one of the following? [`id`, `amount`, `entity`].",
        ),
    ],
)
def test_what_fails_in_an_analysts_function_is_told_with_the_operator(
    body: str, message: str, module: Callable[[str], None], deals: pa.Table,
    bound: Make, config: Make, run_dag: Callable[..., Run],
) -> None:  # fmt: skip
    module(body)
    fields = [{"name": "id", "type": "string"}, {"name": "x", "type": "int"}]
    step: OperatorConfig = config(
        "step", "python", "deals", function="step_under_test:step", fields=fields, key=["id"]
    )
    with pytest.raises(RunFailedError) as caught:
        run_dag(Dag(operators=(bound("deals"), step)), deals=deals)
    assert str(caught.value) == message


def test_a_sum_beyond_38_digits_is_an_error_and_not_a_null(
    table: Make, bound: Make, config: Make, run_dag: Callable[..., Run]
) -> None:
    most = Decimal("9" * 38)
    huge = table("id string, x decimal(38,0)", [("a", most), ("b", most)])
    sums = config("sums", "aggregate", "deals", group_by=["id"], measures=[
        {"name": "total", "function": "sum", "field": "x"}])  # fmt: skip
    one = config("one", "calculate", "deals", expressions=[
        {"name": "id2", "expression": "'all'"}])  # fmt: skip
    whole = config("whole", "aggregate", "one", group_by=["id2"], measures=[
        {"name": "total", "function": "sum", "field": "x"}])  # fmt: skip
    run = run_dag(Dag(operators=(bound("deals"), sums)), deals=huge)
    assert run.table("sums")["total"].tolist() == [most, most]
    with pytest.raises(OverflowFigureError) as caught:
        run_dag(Dag(operators=(bound("deals"), one, whole)), deals=huge)
    assert str(caught.value).startswith("operator 'whole': a figure has more digits than its type")
