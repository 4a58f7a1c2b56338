"""Traces and consequences through every kind of step, against pairs found by brute force."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import Run
from liqbench.errors import LiqbenchError
from liqbench.model import Dag

Make = Callable[..., Any]
Deal = tuple[str, str | None, str | None, int | None]
DEALS = "id string, unit string, line string, amount decimal(12,0)"
LINKS = "line string, part string"
FIXED: list[Deal] = [
    ("d1", "north", "a", 5),
    ("d2", "north", "a", 5),
    ("d3", "north", "b", 7),
    ("d4", None, "a", 1),
    ("d5", None, None, 2),
    ("d6", None, "c", 3),
    ("d7", "south", "b", -4),
    ("d8", "south", None, None),
    ("d9", "south", "a", 9),
]
PARTS = [("a", "p"), ("a", "q"), ("b", "q")]


@pytest.fixture
def dag(config: Make, bound: Make) -> Dag:
    """Filter, one-to-many reference, sums, filter, sums: what of a deal reaches which total."""
    links = {"name": "links", "on": {"line": "line"}, "fields": {"part": "part"},
             "cardinality": "one_to_many", "extra_key": ["part"],
             "on_missing": "default", "defaults": {"part": "none"}}  # fmt: skip
    sums = [{"name": "amount", "function": "sum", "field": "amount"},
            {"name": "n", "function": "count"}]  # fmt: skip
    return Dag(
        operators=(
            bound("deals"),
            bound("links", "line", "part"),
            config("kept", "filter", "deals", expression="amount > 0"),
            config("parts", "enrich", "kept", "links", references=[links]),
            config("doubled", "calculate", "parts",
                   expressions=[{"name": "double", "expression": "2 * amount"}]),
            config("small", "aggregate", "doubled", group_by=["unit", "part"], measures=sums),
            config("several", "filter", "small", expression="n > 1"),
            config("large", "aggregate", "several", group_by=["unit"], measures=sums),
        )
    )  # fmt: skip


@pytest.fixture
def run_rows(dag: Dag, table: Make, run_dag: Callable[..., Run]) -> Callable[..., Run]:
    def run(deals: list[Deal], links: list[tuple[str, str]]) -> Run:
        rows = [(*row[:3], None if row[3] is None else Decimal(row[3])) for row in deals]
        return run_dag(dag, deals=table(DEALS, rows), links=table(LINKS, links))

    return run


@pytest.fixture
def run(run_rows: Callable[..., Run]) -> Run:
    return run_rows(FIXED, PARTS)


class Pairs:
    """What feeds what, row by row, without any of the code under test."""

    def __init__(self, deals: list[Deal], links: list[tuple[str, str]]) -> None:
        self.parts = [
            (deal, unit, line, part)
            for deal, unit, line, amount in deals
            if amount is not None and amount > 0
            for part in [p for on, p in links if on == line] or ["none"]
        ]
        groups = [(unit, part) for _, unit, _, part in self.parts]
        self.small = set(groups)
        self.several = {group for group in groups if groups.count(group) > 1}
        self.large = {unit for unit, _ in self.several}

    def of_small(self) -> set[tuple[Any, ...]]:
        return {((unit, part), deal, part) for deal, unit, _, part in self.parts}

    def of_large(self) -> set[tuple[Any, ...]]:
        return {
            (unit, deal, part) for deal, unit, _, part in self.parts if (unit, part) in self.several
        }


def collected(
    frames: Iterable[tuple[Any, DataFrame]], *fields: str, keys: list[Any]
) -> list[tuple[Any, ...]]:
    """Collect the fields of many frames in one job, each row with its frame's key in front."""
    parts = [f.select(F.lit(keys.index(key)).alias("of"), *fields) for key, f in frames]
    rows = functools.reduce(DataFrame.unionByName, parts).collect()
    return [(keys[row["of"]], *(row[field] for field in fields)) for row in rows]


deals_drawn = st.lists(
    st.tuples(
        st.sampled_from(["u", None]),
        st.sampled_from(["a", "b", "c", None]),
        st.sampled_from([None, -1, 0, 1, 1, 2, 3]),
    ),
    min_size=6,
    max_size=14,
)
links_drawn = st.sets(
    st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["p", "q"])), min_size=1
)


@given(drawn=deals_drawn, drawn_links=links_drawn)
@settings(
    deadline=None,
    max_examples=2,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_traces_are_disjoint_and_together_all_that_was_kept_and_impact_is_their_inverse(
    run_rows: Callable[..., Run], drawn: list[Any], drawn_links: set[tuple[str, str]]
) -> None:
    deals: list[Deal] = [(f"d{n}", *row) for n, row in enumerate(drawn)]
    links = sorted(drawn_links)
    run, pairs = run_rows(deals, links), Pairs(deals, links)

    small = sorted(pairs.small, key=str)
    traces = [(key, run.lineage.trace("small", key).frame("parts")) for key in small]
    if traces:
        found = collected(traces, "id", "part", keys=small)
        assert set(found) == pairs.of_small()
        assert len(found) == len(pairs.parts)

    large = sorted(pairs.large, key=str)
    behind = {key: run.lineage.trace("large", key) for key in large}
    if behind:
        frames = [(key, trace.frame("parts")) for key, trace in behind.items()]
        assert set(collected(frames, "id", "part", keys=large)) == pairs.of_large()
        frames = [(key, trace.frame("deals")) for key, trace in behind.items()]
        of_deals = collected(frames, "id", keys=large)
        assert set(of_deals) == {row[:2] for row in pairs.of_large()}
        assert len(of_deals) == len(set(of_deals))

    asked = [row[0] for row in deals[:3]]
    fed = [(deal, run.lineage.impact("deals", deal).frame("large")) for deal in asked]
    wanted = {(deal, unit) for unit, deal, _ in pairs.of_large() if deal in asked}
    assert sorted(collected(fed, "unit", keys=asked), key=str) == sorted(wanted, key=str)


def test_a_null_group_is_traced_through_two_sums_and_their_filter(run: Run) -> None:
    trace = run.lineage.trace("large", {"unit": None})
    assert trace.path == ("large", "several", "small", "doubled", "parts", "kept", "links", "deals")
    wanted = {deal for unit, deal, _ in Pairs(FIXED, PARTS).of_large() if unit is None}
    assert set(trace.table("deals")["id"]) == wanted == {"d5", "d6"}
    assert trace.table("small")["part"].to_list() == ["none"]
    assert trace.table("doubled")[["id", "part"]].to_numpy().tolist() == [
        ["d5", "none"],
        ["d6", "none"],
    ]
    assert trace.table("links").empty


def test_the_summary_counts_the_rows_of_each_operator(run: Run) -> None:
    summary = run.lineage.trace("large", "north").summary()
    assert summary.columns.to_list() == ["operator", "type", "rows", "exact"]
    found = dict(zip(summary["operator"], summary["rows"], strict=True))
    assert found == {
        "large": 1, "several": 2, "small": 2, "doubled": 5, "parts": 5, "kept": 3, "links": 3,
        "deals": 3,
    }  # fmt: skip


def test_the_rows_of_a_connected_reference_are_traced_and_lead_forward(run: Run) -> None:
    trace = run.lineage.trace("small", ("north", "q"))
    assert trace.table("links").to_numpy().tolist() == [["a", "q"], ["b", "q"]]
    assert trace.reference("parts", "links").count() == 2
    fed = run.lineage.impact("links", {"line": "b", "part": "q"})
    assert fed.table("parts")["id"].to_list() == ["d3"]
    assert fed.table("small")[["unit", "part"]].to_numpy().tolist() == [["north", "q"]]


def test_a_row_that_is_filtered_out_is_said_to_be(run: Run) -> None:
    gone = run.lineage.impact("deals", "d7")
    assert gone.filtered_out == {"kept": 1}
    assert gone.summary()["rows"].to_list() == [1, 0, 0, 0, 0, 0, 0]
    assert gone.summary().set_index("operator")["filtered_out"].to_dict()["kept"] == 1
    later = run.lineage.impact("deals", {"id": "d9"})  # alone in its groups
    assert later.filtered_out == {"several": 2}
    assert later.table("small")["part"].to_list() == ["p", "q"]
    assert later.table("large").empty


def test_behind_and_before_a_query_all_rows_are_possible(
    config: Make, bound: Make, run_dag: Callable[..., Run], table: Make
) -> None:
    query = "select unit, max(amount) as amount from {input} where unit is not null group by unit"
    dag = Dag(
        operators=(
            bound("deals"),
            config("kept", "filter", "deals", expression="amount > 0"),
            config("most", "sql", "kept", query=query, key=["unit"]),
            config("end", "filter", "most", expression="amount > 5"),
        )
    )
    rows = [(*row[:3], None if row[3] is None else Decimal(row[3])) for row in FIXED]
    run = run_dag(dag, deals=table(DEALS, rows))
    trace = run.lineage.trace("end", "north").summary()
    assert trace.to_numpy().tolist() == [
        ["end", "filter", 1, True],
        ["most", "sql", 1, True],
        ["kept", "filter", 7, False],
        ["deals", "ingest", 7, False],
    ]
    fed = run.lineage.impact("deals", "d1").summary()
    assert fed[["operator", "rows", "exact"]].to_numpy().tolist() == [
        ["deals", 1, True],
        ["kept", 1, True],
        ["most", 2, False],
        ["end", 2, False],
    ]


def test_an_operator_on_two_ways_has_the_rows_of_both(
    config: Make, bound: Make, run_dag: Callable[..., Run], table: Make
) -> None:
    total = {"name": "total", "source": None, "on": {"line": "line"}, "fields": {"sum": "sum"}}
    dag = Dag(
        operators=(
            bound("deals"),
            config("known", "filter", "deals", expression="line is not null"),
            config("lines", "aggregate", "known", group_by=["line"],
                   measures=[{"name": "sum", "function": "sum", "field": "amount"}]),
            config("shares", "enrich", "known", "lines", references=[total]),
        )
    )  # fmt: skip
    rows = [(*row[:3], None if row[3] is None else Decimal(row[3])) for row in FIXED]
    lineage = run_dag(dag, deals=table(DEALS, rows)).lineage
    trace = lineage.trace("shares", "d3")
    assert trace.table("lines")["line"].to_list() == ["b"]
    assert trace.table("deals")["id"].to_list() == ["d3", "d7"]
    assert lineage.impact("deals", "d7").table("shares")["id"].to_list() == ["d3", "d7"]


@pytest.mark.parametrize(
    ("ask", "kind", "message"),
    [
        (
            lambda lineage: lineage.trace("large", "norht"),
            "UnknownKeyError",
            "table 'large': no row has the key (unit norht) (nearest in 'unit': north)",
        ),
        (
            lambda lineage: lineage.trace("small", ("north", "none")),
            "UnknownKeyError",
            "table 'small': no row has the key (unit north, part none) (nearest in 'part': p, q)",
        ),
        (
            lambda lineage: lineage.trace("small", {"prat": "p"}),
            "UnknownFieldError",
            "table 'small', key: there is no field 'prat' (did you mean 'part'?)",
        ),
        (
            lambda lineage: lineage.impact("small", "north"),
            "UnknownKeyError",
            "table 'small': a key has 2 fields (unit, part), 1 are given "
            '(name them: {"unit": …})',
        ),
        (
            lambda lineage: lineage.trace("small", {}),
            "UnknownKeyError",
            "table 'small': the key is empty (name unit or part)",
        ),
        (
            lambda lineage: lineage.trace("small", {"unit": 7}),
            "ValueCoercionError",
            "table 'small': 7 is no string, which the field 'unit' is (write it in quotes)",
        ),
        (
            lambda lineage: lineage.trace("smal", ("north", "p")),
            "UnknownResultError",
            "the run has no table 'smal' (did you mean 'small'?)",
        ),
        (
            lambda lineage: lineage.trace("small", ("north", "p"), to="large"),
            "UnknownResultError",
            "to: 'large' does not feed 'small' (known are: deals, doubled, kept, links, parts)",
        ),
        (
            lambda lineage: lineage.trace("large", "north", to="small").frame("deals"),
            "UnknownResultError",
            "the trace of 'large': 'deals' is not on the way (known are: large, several, small)",
        ),
        (
            lambda lineage: lineage.trace("large", "north").reference("parts", "link"),
            "UnknownResultError",
            "the trace of 'large': 'parts' has no reference 'link' (did you mean 'links'?)",
        ),
        (
            lambda lineage: lineage.trace("large", "north").table("deals", limit=2),
            "UnknownResultError",
            "the trace of 'large': 'deals' has more than 2 rows "
            "(use frame(…) and let Spark work on it, or raise limit)",
        ),
        (
            lambda lineage: lineage.history("d10"),
            "UnknownKeyError",
            "table 'deals': no row has the key (id d10) (nearest in 'id': d1, d2, d3)",
        ),
        (
            lambda lineage: lineage.history({"idd": "d1"}),
            "UnknownFieldError",
            "key: there is no field 'idd' (did you mean 'id'?)",
        ),
        (
            lambda lineage: lineage.history({"id": "d1", "unit": "north"}),
            "UnknownKeyError",
            "no table's key has all of id, unit (name fields of one key)",
        ),
        (
            lambda lineage: lineage.history(("d1", "north", "p")),
            "UnknownKeyError",
            "it is open which row is meant: the keys of the ingests are (id) or (line, part) "
            '(name the fields: {"id": …})',
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is_near(
    run: Run, ask: Callable[[Any], Any], kind: str, message: str
) -> None:
    with pytest.raises(LiqbenchError) as caught:
        ask(run.lineage)
    assert (type(caught.value).__name__, str(caught.value)) == (kind, message)


def test_a_key_of_numbers_is_found_as_written_in_pandas_or_python(
    config: Make, bound: Make, run_dag: Callable[..., Run], table: Make
) -> None:
    rows = [(1, Decimal("1.50")), (2, None), (None, Decimal("1.50"))]
    few = table("id string, n int, rate decimal(6,2)", [(str(k), *r) for k, r in enumerate(rows)])
    sums = config("sums", "aggregate", "few", group_by=["n", "rate"],
                  measures=[{"name": "rows", "function": "count"}])  # fmt: skip
    lineage = run_dag(Dag(operators=(bound("few"), sums)), few=few).lineage
    for key, wanted in (
        ((1, "1.5"), "0"), ((1.0, Decimal("1.500")), "0"), ((2, None), "1"),
        ((float("nan"), Decimal("1.5")), "2"),
    ):  # fmt: skip
        assert lineage.trace("sums", key).table("few")["id"].to_list() == [wanted]
    for key in ((1, "1.504"), (1 << 70, None)):
        with pytest.raises(LiqbenchError, match="no row has the key"):
            lineage.trace("sums", key)


def test_rows_that_are_not_stored_need_their_input_as_it_was(
    config: Make, run_dag: Callable[..., Run], tmp_path: Path
) -> None:
    file = tmp_path / "few.parquet"
    few = pa.table({"id": ["a", "b"], "unit": ["u", "v"]})
    pa.parquet.write_table(few, file)
    source = {"format": "parquet", "path": "few.parquet"}
    sums = config("sums", "aggregate", "few", group_by=["unit"],
                  measures=[{"name": "rows", "function": "count"}])  # fmt: skip
    run = run_dag(Dag(operators=(config("few", "ingest", source=source, key=["id"]), sums)))
    pa.parquet.write_table(few.slice(1), file)
    trace = run.lineage.trace("sums", "u")
    assert trace.table("sums")["rows"].to_list() == [1]
    with pytest.raises(LiqbenchError, match="operator 'few': the input is not what it was"):
        trace.frame("few")
