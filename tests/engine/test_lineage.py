"""Traces through the deal sample's LCR against DuckDB over the same files."""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest

from liqbench import ImpactAnalysis, Workbench, samples
from liqbench.engine import Run
from liqbench.errors import UnknownResultError
from liqbench.model import Scenario

_DEALS = """
SELECT d.* REPLACE ({code} AS x_lcr_code), e.region, w.section
FROM read_parquet('{folder}/deals/*.parquet') d
JOIN read_parquet('{folder}/entities.parquet') e USING (reporting_id)
JOIN read_csv('{weights}', all_varchar = true) w ON w.code = d.x_lcr_code
WHERE w.weight IS NOT NULL
"""
_MOVED = (
    "CASE WHEN x_lcr_code = 'O.RET.LESS' AND balance >= 100000 "
    "THEN 'O.SME.LESS' ELSE x_lcr_code END"
)
_MOVING = {
    "name": "moving",
    "rules": [
        {
            "rule_id": "MOVE",
            "stage": "enrich",
            "conditions": [
                {"field": "x_lcr_code", "operator": "=", "value": "O.RET.LESS"},
                {"field": "balance", "operator": ">=", "value": 100000},
            ],
            "adjustments": [{"field": "x_lcr_code", "operation": "set", "value": "O.SME.LESS"}],
        }
    ],
}


@pytest.fixture(scope="module")
def sample(bench: Workbench, deals_folder: Path) -> ImpactAnalysis:
    dag = samples.lcr_dag(2_000, folder=deals_folder)
    conservative = samples.lcr_scenarios()[0]
    return bench.analyze(
        dag,
        [conservative, Scenario.from_json(_MOVING)],
        injection_points=["enrich"],
        as_of="2025-12-31",
    )


@pytest.fixture(scope="module")
def base(sample: ImpactAnalysis) -> Run:
    return sample.base


@pytest.fixture(scope="module")
def moving(sample: ImpactAnalysis) -> Run:
    return sample["moving"].result()


def by_duckdb(folder: Path, where: str, code: str = "x_lcr_code") -> set[str]:
    weights = files("liqbench.regulation") / "data" / "parameters" / "basel_lcr.csv"
    deals = _DEALS.format(folder=folder, weights=weights, code=code)
    return {row[0] for row in duckdb.execute(f"SELECT id FROM ({deals}) WHERE {where}").fetchall()}


def ids(frame: Any) -> set[str]:
    found = [row["id"] for row in frame.select("id").collect()]
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize(
    ("table", "key", "where"),
    [
        ("agg_entity", {"reporting_id": "LE003", "x_lcr_code": "O.RET.LESS"},
         "reporting_id = 'LE003' AND x_lcr_code = 'O.RET.LESS'"),
        ("agg_entity", {"region": "Euro area", "section": "L1"},
         "region = 'Euro area' AND section = 'L1'"),
        ("agg_final", {"reporting_id": "LE003"}, "reporting_id = 'LE003'"),
        ("star_schema", {"date": "2025-12-31", "reporting_id": "LE003"}, "reporting_id = 'LE003'"),
    ],
)  # fmt: skip
def test_the_deals_behind_a_number_are_those_of_duckdb(
    base: Run, deals_folder: Path, table: str, key: dict[str, str], where: str
) -> None:
    trace = base.lineage.trace(table, key)
    wanted = by_duckdb(deals_folder, where)
    assert wanted
    assert ids(trace.frame("ingest")) == wanted
    assert ids(trace.frame("calc_haircut")) == wanted
    summary = trace.summary().set_index("operator")
    assert summary.loc[["ingest", "enrich", "calc_base"], "rows"].to_list() == [len(wanted)] * 3
    assert summary["exact"].all()


def test_a_whole_key_as_a_tuple_and_the_row_of_a_table_are_the_same_trace(
    base: Run, deals_folder: Path
) -> None:
    names = base.resolved.nodes["agg_entity"].keys
    row = base.table("agg_entity").iloc[17]
    where = f"reporting_id = '{row['reporting_id']}' AND x_lcr_code = '{row['x_lcr_code']}'"
    trace = base.lineage.trace("agg_entity", tuple(row[list(names)]))
    deals = trace.table("calc_haircut")
    assert set(deals["id"]) == ids(trace.frame("ingest")) == by_duckdb(deals_folder, where)
    assert deals["weighted_amount"].sum() == row["weighted_amount"]
    assert len(deals) == row["deals"]


def test_a_trace_ends_where_it_is_told_to(base: Run) -> None:
    trace = base.lineage.trace("star_schema", {"reporting_id": "LE003"}, to="agg_entity")
    assert trace.path == ("star_schema", "agg_final", "calc_final", "agg_entity")
    wanted = base.table("agg_entity").query("reporting_id == 'LE003'")["x_lcr_code"]
    assert trace.table("agg_entity")["x_lcr_code"].to_list() == wanted.to_list()


def test_the_reference_rows_are_those_that_were_joined(base: Run, deals_folder: Path) -> None:
    trace = base.lineage.trace("agg_entity", {"reporting_id": "LE003", "section": "L1"})
    currencies = duckdb.execute(
        f"SELECT DISTINCT currency_code FROM read_parquet('{deals_folder}/deals/*.parquet') "
        f"WHERE list_contains(?, id)",
        [sorted(ids(trace.frame("ingest")))],
    ).fetchall()
    rates = trace.reference("enrich", "fx_rates").select("currency_code").collect()
    assert {row[0] for row in rates} == {row[0] for row in currencies}
    assert len(rates) == len(currencies)
    (entity,) = trace.reference("enrich", "entities").collect()
    assert entity["reporting_id"] == "LE003"


def scanned(frame: Any, capsys: pytest.CaptureFixture[str]) -> list[set[str]]:
    """Return the filters that reach each scan of the deals' files."""
    capsys.readouterr()
    frame.explain(mode="formatted")
    scans = [part for part in capsys.readouterr().out.split("\n\n") if "/deals/" in part]
    found = [
        line.removeprefix("PushedFilters: ").strip("[]").split(", ")
        for scan in scans
        for line in scan.splitlines()
        if line.startswith("PushedFilters: ")
    ]
    assert len(found) == len(scans) > 0
    return [{test for test in tests if not test.startswith("IsNotNull")} for tests in found]


def test_the_key_reaches_the_scan_of_the_files(
    base: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    key = {"reporting_id": "LE003", "x_lcr_code": "O.RET.LESS"}
    trace = base.lineage.trace("agg_entity", key)
    wanted = {
        "EqualTo(reporting_id,LE003)",
        "EqualTo(x_lcr_code,O.RET.LESS)",
        "EqualTo(date,2025-12-31)",
    }
    assert scanned(trace.frame("ingest"), capsys) == [wanted]
    assert scanned(trace.frame("calc_haircut"), capsys) == [wanted]


def test_an_adjusted_field_is_no_filter_before_the_adjustment(
    moving: Run, deals_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = {"reporting_id": "LE003", "x_lcr_code": "O.SME.LESS"}
    trace = moving.lineage.trace("agg_entity", key)
    where = "reporting_id = 'LE003' AND x_lcr_code = 'O.SME.LESS'"
    wanted = by_duckdb(deals_folder, where, code=_MOVED)
    assert wanted > by_duckdb(deals_folder, where)
    assert ids(trace.frame("ingest")) == ids(trace.frame("calc_haircut")) == wanted
    for tests in scanned(trace.frame("ingest"), capsys):
        assert tests == {"EqualTo(reporting_id,LE003)", "EqualTo(date,2025-12-31)"}
    behind = moving.lineage.trace("star_schema", {"reporting_id": "LE003"})
    assert ids(behind.frame("ingest")) == by_duckdb(deals_folder, "reporting_id = 'LE003'")


def test_only_a_ratio_weighs(base: Run) -> None:
    with pytest.raises(UnknownResultError, match="'calc_final' is of type 'calculate'"):
        base.lineage.weights("calc_final", {})


def test_a_deal_feeds_the_numbers_that_are_traced_to_it(moving: Run, deals_folder: Path) -> None:
    where = "reporting_id = 'LE003' AND x_lcr_code = 'O.SME.LESS'"
    moved = by_duckdb(deals_folder, where, code=_MOVED) - by_duckdb(deals_folder, where)
    fed = moving.lineage.impact("ingest", min(moved))
    assert fed.path[-1] == "star_schema"
    assert fed.table("agg_entity")["x_lcr_code"].to_list() == ["O.SME.LESS"]
    assert fed.table("adj_enrich")["x_lcr_code"].to_list() == ["O.SME.LESS"]
    assert fed.table("enrich")["x_lcr_code"].to_list() == ["O.RET.LESS"]
    assert fed.table("star_schema")["reporting_id"].to_list() == ["LE003"]
    assert fed.summary()["rows"].to_list() == [1] * len(fed.path)
    assert fed.filtered_out == {}


def test_the_history_of_a_deal_has_every_rule_that_changed_it(
    sample: ImpactAnalysis, deals_folder: Path
) -> None:
    lineage = sample["conservative"].result().lineage
    runoff = by_duckdb(
        deals_folder, "x_lcr_code IN ('O.RET.LESS', 'O.SME.LESS') AND balance >= 100000"
    )
    operational = by_duckdb(
        deals_folder, "purpose IN ('operational', 'cash_management') AND section = 'OUTFLOW'"
    )
    deal = min(runoff - operational)
    history = lineage.history(deal)
    assert history.columns.to_list() == ["operator", "rule_id", "field", "old_value", "new_value"]
    ((*where, old, new),) = history.to_numpy().tolist()
    assert where == ["adj_enrich", "CON-RUNOFF", "liquidity_factor"]
    assert Decimal(new) == Decimal(old) * Decimal("1.5")
    (other,) = lineage.history({"id": min(operational - runoff)}).to_dict("records")
    assert (other["rule_id"], Decimal(other["new_value"])) == ("CON-OPERATIONAL", Decimal("0.4"))
    assert lineage.history(min(by_duckdb(deals_folder, "section = 'L1'"))).empty


def test_without_adjustments_there_is_no_history_and_no_unknown_deal(
    base: Run, deals_folder: Path
) -> None:
    history = base.lineage.history(min(by_duckdb(deals_folder, "true")))
    assert history.empty
    assert history.columns.to_list() == ["operator", "rule_id", "field", "old_value", "new_value"]
