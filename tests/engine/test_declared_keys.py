"""Keys that an author declares are held to it before a stage is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liqbench.engine import Run
from liqbench.errors import LostKeysError
from liqbench.model import Dag

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("select d.unit, d.id from {input} d", "(unit u, rows 2)"),
        ("select nullif(unit, 'v') as unit, id from {input} where id != 'b'",
         "(unit None, rows 1)"),
    ],
)  # fmt: skip
def test_a_declared_key_that_is_none_stops_the_run_and_leaves_no_stage(
    query: str, shown: str,
    config: Make, bound: Make, table: Make, run_dag: Callable[..., Run],
) -> None:  # fmt: skip
    deals = table("id string, unit string", [("a", "u"), ("b", "u"), ("c", "v")])
    dag = Dag(operators=(bound("deals"), config("q", "sql", "deals", query=query, key=["unit"])))
    for _ in range(2):  # the second run must not find a stage of the first
        with pytest.raises(LostKeysError) as caught:
            run_dag(dag, deals=deals)
        assert str(caught.value) == (
            "operator 'q': the declared key (unit) doesn't identify the rows, such as "
            f"{shown}, so nothing behind them could be traced "
            "(declare the full key, and keep rows without one out)"
        )
    fine = config("q", "sql", "deals", query="select id, unit from {input}", key=["id"])
    assert len(run_dag(Dag(operators=(bound("deals"), fine)), deals=deals).table("q")) == 3
