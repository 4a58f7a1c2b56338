"""The stress scenarios on the sample balance sheet, each written a second time in SQL."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from importlib.resources import files

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession

from liqbench import ImpactAnalysis, Variant, Workbench, samples
from liqbench.engine import Run

SCENARIOS = {scenario.name: scenario for scenario in samples.stress_scenarios()}
LEVELS = ("level_1", "level_2a", "level_2b")
UNWOUND = tuple(f"unwound_{level}" for level in LEVELS)
FLOWS = ("outflows", "inflows")
FUNDING = ("asf", "rsf", "net_derivative_assets")
FIGURES = (*LEVELS, *UNWOUND, *FLOWS, *FUNDING)

# What follows from the figures before it in each line.
FOLLOWS = {
    (*LEVELS, *UNWOUND): ("adjustment_15", "adjustment_40", "hqla"),
    FLOWS: ("capped_inflows", "net_outflows", "inflow_cap_binds"),
    (*LEVELS, *UNWOUND, *FLOWS): ("lcr",),
    ("asf", "rsf"): ("nsfr",),
}

DEPOSIT = "schema_type = 'account' AND asset_liability = 'liability'"
FINANCIAL = "entity_type IN ('credit_institution', 'investment_firm', 'insurer', 'fund')"
MOVED = f"{DEPOSIT} AND purpose IN ('clearing', 'custody') AND {FINANCIAL}"
FUNDS = "asset_liability = 'liability' AND schema_type IN ('security', 'loan')"
SOON_SHORT = (
    f"{FUNDS} AND capital_tier IS NULL AND maturity = 'ge_1y' AND due_date < DATE '2027-06-30'"
)
INTERNET = f"{DEPOSIT} AND type = 'internet_only' AND part = 'insured'"
UNRECOGNISED = "coalesce(status, '') <> 'transactional'"
DEFAULTS = (
    "schema_type = 'loan' AND asset_liability = 'asset' AND on_balance_sheet "
    "AND entity_type = 'corporate' AND residual_days <= 30 AND balance_rc >= 50000"
)
LEVEL_2B = "schema_type = 'security' AND hqla_class = 'iib'"
CALLS = "lcr IN ('O.DER.DOWN3', 'O.DER.VALCH', 'O.DER.LOOKBK')"
IS_HQLA = "regexp_matches(lcr, '^L(1|2A|2B)[.]')"

# Each scenario's changes of categories, amounts and weights, and the figures that move by them.
STRESSES: dict[str, tuple[dict[str, str], set[str]]] = {
    "retail_run": (
        {
            "lcr": f"CASE WHEN {INTERNET} AND {UNRECOGNISED} AND lcr = 'O.RET.STABLE5' "
            "THEN 'O.RET.LESS' ELSE lcr END",
            "nsfr": f"CASE WHEN {INTERNET} AND {UNRECOGNISED} AND nsfr = 'A.RET.ST' "
            "THEN 'A.RET.LS' ELSE nsfr END",
            "factor": "CASE WHEN lcr IN ('O.RET.STABLE5', 'O.SME.STABLE') THEN 0.10 "
            "WHEN lcr IN ('O.RET.LESS', 'O.SME.LESS') THEN 0.20 "
            "WHEN lcr IN ('O.RET.TERM30', 'O.SME.TERM30') THEN 0.05 ELSE factor END",
        },
        {"outflows", "asf"},
    ),
    "wholesale_freeze": (
        {
            "factor": "CASE WHEN lcr = 'O.WHL.NFC' THEN 0.70 "
            "WHEN lcr IN ('O.WHL.NFCINS', 'O.WHL.OP') THEN 0.40 "
            "WHEN lcr IN ('O.SEC.SOV25', 'O.SEC.L2A', 'O.SEC.RMBS') THEN 0.50 ELSE factor END"
        },
        {"outflows"},
    ),
    "downgrade_3_notches": (
        {
            "lcr": f"CASE WHEN {MOVED} THEN 'O.WHL.OTHER' ELSE lcr END",
            "nsfr": f"CASE WHEN {MOVED} THEN 'A.FI6' ELSE nsfr END",
            "amount": "CASE WHEN lcr = 'O.DER.DOWN3' THEN amount * 1.5 ELSE amount END",
            "factor": "CASE WHEN lcr = 'O.WHL.NFC' THEN 0.60 ELSE factor END",
        },
        {"outflows", "asf"},
    ),
    "facilities_drawn": (
        {
            "factor": "CASE WHEN lcr LIKE 'O.FAC.%' THEN least(3 * factor, 1) ELSE factor END",
            "nsfr_factor": "CASE WHEN nsfr = 'R.OBS' THEN 0.15 ELSE nsfr_factor END",
        },
        {"outflows", "rsf"},
    ),
    "haircuts_widen": (
        {
            name: f"CASE WHEN {code} IN ('L1.SEC0', 'L1.SOVDOM') THEN 0.03 "
            f"WHEN {code} LIKE 'L2A.%' THEN 0.25 WHEN {code} LIKE 'L2B.%' THEN 0.60 "
            f"ELSE {name} END"
            for name, code in (("haircut", "lcr"), ("unwind_haircut", "unwind"))
        },
        {*LEVELS, *UNWOUND},
    ),
    "operational_status_lost": (
        {
            "lcr": "CASE WHEN lcr <> 'O.WHL.OP' THEN lcr "
            "WHEN entity_type IN ('corporate', 'pse') THEN 'O.WHL.NFC' ELSE 'O.WHL.OTHER' END",
            "nsfr": "CASE WHEN nsfr <> 'A.OP' THEN nsfr WHEN entity_type = 'corporate' "
            "THEN 'A.NFC' WHEN entity_type = 'pse' THEN 'A.SOV' ELSE 'A.FI6' END",
        },
        {"outflows", "asf"},
    ),
    "collateral_calls": (
        {"amount": f"CASE WHEN {CALLS} OR nsfr = 'R.IM' THEN amount * 2 ELSE amount END"},
        {"outflows", "rsf"},
    ),
    "fx_market_closed": (
        {"lcr": f"CASE WHEN {IS_HQLA} AND currency_code <> 'EUR' THEN 'OUT_OF_SCOPE' ELSE lcr END"},
        {*LEVELS, *UNWOUND},
    ),
    "trapped_liquidity": (
        {"haircut": f"CASE WHEN {IS_HQLA} AND region <> 'Euro area' THEN 1 ELSE haircut END"},
        {"level_1", "level_2a", "unwound_level_1", "unwound_level_2a"},
    ),
    "inflows_missing": (
        {
            "lcr": f"CASE WHEN {DEFAULTS} THEN 'OUT_OF_SCOPE' ELSE lcr END",
            "nsfr": f"CASE WHEN {DEFAULTS} THEN 'R.OTH100' ELSE nsfr END",
            "factor": "CASE WHEN lcr IN ('I.RET', 'I.FI') THEN factor * 0.5 ELSE factor END",
        },
        {"inflows", "rsf"},
    ),
    "level_2b_excluded": (
        {
            "lcr": f"CASE WHEN NOT ({LEVEL_2B}) THEN lcr WHEN lcr LIKE 'L2B.%' "
            "THEN 'OUT_OF_SCOPE' WHEN lcr IN ('O.SEC.RMBS', 'O.SEC.L2B') THEN 'O.SEC.OTHER' "
            "WHEN lcr IN ('I.RR.RMBS', 'I.RR.L2B') THEN 'I.RR.OTHER' ELSE lcr END",
            "nsfr": f"CASE WHEN {LEVEL_2B} AND nsfr = 'R.L2B' THEN CASE WHEN type = 'equity' "
            "OR maturity IN ('open', 'ge_1y') THEN 'R.SEC85' ELSE 'R.OTH1Y' END ELSE nsfr END",
            "unwind": f"CASE WHEN {LEVEL_2B} THEN 'OUT_OF_SCOPE' ELSE unwind END",
        },
        {"level_2b", "unwound_level_2b", "rsf"},
    ),
    "term_funding_lost": (
        {
            "nsfr": f"CASE WHEN {SOON_SHORT} THEN CASE WHEN movement IS NULL "
            "AND entity_type = 'mdb' THEN 'A.SOV' ELSE 'A.OTH6_12' END "
            f"WHEN {FUNDS} AND nsfr = 'A.OTH6_12' THEN 'A.FI6' ELSE nsfr END"
        },
        {"asf"},
    ),
    "combined_stress": (
        {
            "lcr": f"CASE WHEN {MOVED} THEN 'O.WHL.OTHER' ELSE lcr END",
            "nsfr": f"CASE WHEN {MOVED} THEN 'A.FI6' WHEN {SOON_SHORT} THEN CASE WHEN movement "
            "IS NULL AND entity_type = 'mdb' THEN 'A.SOV' ELSE 'A.OTH6_12' END ELSE nsfr END",
            "amount": f"CASE WHEN {CALLS} THEN amount * 1.5 ELSE amount END",
            "factor": "CASE WHEN lcr IN ('O.RET.STABLE5', 'O.SME.STABLE', 'O.RET.LESS', "
            "'O.SME.LESS') THEN 0.15 WHEN lcr = 'O.WHL.NFC' THEN 0.60 "
            "WHEN lcr LIKE 'O.FAC.%' THEN greatest(factor, 0.20) "
            "WHEN lcr = 'I.FI' THEN 0.75 ELSE factor END",
            "haircut": "CASE WHEN lcr LIKE 'L2A.%' THEN 0.20 WHEN lcr LIKE 'L2B.%' THEN 0.55 "
            "ELSE haircut END",
        },
        {"level_2a", "level_2b", "unwound_level_2a", "unwound_level_2b", *FLOWS, "asf"},
    ),
}

# From the baseline's classified parts to the sums; each placeholder is a scenario's change.
ORACLE = """
WITH weights AS (
    SELECT code, section, CAST(weight AS DECIMAL(5,4)) AS weight
    FROM read_csv(['{folder}/basel_lcr.csv', '{folder}/basel_nsfr.csv'], all_varchar = true,
                  union_by_name = true)
), parts AS (
    SELECT * REPLACE (CAST(amount AS DECIMAL(18,2)) AS amount,
                      CAST(unwind_amount AS DECIMAL(18,2)) AS unwind_amount)
             RENAME (x_lcr_code AS lcr, x_nsfr_code AS nsfr, x_unwind_code AS unwind)
    FROM t
), coded AS (
    SELECT * REPLACE ({lcr} AS lcr, {nsfr} AS nsfr, {unwind} AS unwind) FROM parts
), weighed AS (
    SELECT c.* REPLACE (CAST({amount} AS DECIMAL(18,4)) AS amount),
        l.section AS lcr_section, n.section AS nsfr_section, u.section AS unwind_section,
        CASE WHEN l.section IN ('OUTFLOW', 'INFLOW') THEN l.weight ELSE 1 END AS factor,
        CASE WHEN l.section IN ('OUTFLOW', 'INFLOW') THEN 0 ELSE 1 - l.weight END AS haircut,
        n.weight AS nsfr_factor, 1 - u.weight AS unwind_haircut
    FROM coded c LEFT JOIN weights l ON l.code = lcr LEFT JOIN weights n ON n.code = nsfr
        LEFT JOIN weights u ON u.code = unwind
), stressed AS (
    SELECT * REPLACE (
        CAST({factor} AS DECIMAL(9,6)) AS factor, CAST({haircut} AS DECIMAL(9,6)) AS haircut,
        CAST({nsfr_factor} AS DECIMAL(9,6)) AS nsfr_factor,
        CAST({unwind_haircut} AS DECIMAL(9,6)) AS unwind_haircut)
    FROM weighed
), worth AS (
    SELECT *, amount * factor AS flow, amount * (1 - haircut) AS value,
        amount * nsfr_factor AS funding, unwind_amount * (1 - unwind_haircut) AS back,
        CASE nsfr WHEN 'R.DER' THEN amount WHEN 'A.DER' THEN -amount END AS derivatives
    FROM stressed
), sums AS (
    SELECT reporting_id, {levels}, {backs}, {flows},
        {asf} AS asf, {rsf} AS rsf, greatest({derivatives}, 0) AS net_derivative_assets,
        bool_and(factor BETWEEN 0 AND 1 AND haircut BETWEEN 0 AND 1) AS bounded
    FROM worth GROUP BY reporting_id
)
SELECT reporting_id, level_1, level_2a, level_2b,
    level_1 + back_1, level_2a + back_2a, level_2b + back_2b,
    outflows, inflows, asf, rsf + net_derivative_assets, net_derivative_assets, bounded
FROM sums
"""
PLAIN = (
    "lcr", "nsfr", "unwind", "amount", "factor", "haircut", "nsfr_factor", "unwind_haircut",
)  # fmt: skip

Figures = dict[str, tuple[Decimal, ...]]


def _sum(column: str, condition: str = "true") -> str:
    return f"round(coalesce(sum({column}) FILTER ({condition}), 0), 4)"


def _by_section(column: str, code: str, names: dict[str, str]) -> str:
    return ", ".join(
        f"{_sum(column, f'{code}_section = {section!r}')} AS {name}"
        for name, section in names.items()
    )


def by_duckdb(parts: pa.Table, changes: dict[str, str]) -> Figures:
    """Return every entity's figures, from the baseline's parts and the changes of a scenario."""
    sections = {"1": "L1", "2a": "L2A", "2b": "L2B"}
    statement = ORACLE.format(
        folder=files("liqbench.regulation") / "data" / "parameters",
        levels=_by_section("value", "lcr", {f"level_{n}": own for n, own in sections.items()}),
        backs=_by_section("back", "unwind", {f"back_{n}": own for n, own in sections.items()}),
        flows=_by_section("flow", "lcr", {"outflows": "OUTFLOW", "inflows": "INFLOW"}),
        asf=_sum("funding", "nsfr_section = 'ASF' AND nsfr <> 'A.DER'"),
        rsf=_sum("funding", "nsfr_section = 'RSF' AND nsfr <> 'R.DER'"),
        derivatives=_sum("derivatives"),
        **({name: name for name in PLAIN} | changes),
    )
    with duckdb.connect() as connection:
        connection.register("t", parts)
        rows = connection.execute(statement).fetchall()
    assert all(bounded for *_, bounded in rows), "a weight outside 0 to 1"
    return {entity: tuple(figures) for entity, *figures, _ in rows}


@pytest.fixture(scope="module")
def analysis(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ImpactAnalysis]:
    folder = tmp_path_factory.mktemp("stress")
    dag = samples.lcr_nsfr_dag(2_000, folder=folder / "sample")
    workbench = Workbench(folder / "workspace", session=spark)
    yield workbench.analyze(dag, list(SCENARIOS.values()), as_of="2025-12-31")
    workbench.close()


@pytest.fixture(scope="module")
def variants(analysis: ImpactAnalysis) -> dict[str, Variant]:
    return {variant.injections.scenario.name: variant for variant in analysis}


@pytest.fixture(scope="module")
def parts(analysis: ImpactAnalysis) -> pa.Table:
    """The baseline's classified parts of deals."""
    return analysis.base.frame("unwinding").toArrow()


def figures_of(run: Run) -> pd.DataFrame:
    """Return both ratios of every entity beside each other, without the counts of rows."""
    lcr, nsfr = (run.table(name).set_index("reporting_id") for name in ("lcr", "nsfr"))
    both = lcr.drop(columns="rows").join(nsfr[[*FUNDING, "nsfr", "nsfr_status"]])
    return both.sort_index().astype(object)


def as_rows(found: pd.DataFrame) -> Figures:
    return {
        str(entity): tuple(row)
        for entity, row in zip(found.index, found[list(FIGURES)].to_numpy().tolist(), strict=True)
    }


def test_every_scenario_says_what_it_does_where_and_why() -> None:
    assert set(SCENARIOS) == set(STRESSES)
    for name, scenario in SCENARIOS.items():
        assert "BCBS" in scenario.description, name
        assert all(rule.reason for rule in scenario.rules), name
        assert scenario.stages(), name


def test_the_baseline_equals_duckdb(analysis: ImpactAnalysis, parts: pa.Table) -> None:
    assert as_rows(figures_of(analysis.base)) == by_duckdb(parts, {})


@pytest.mark.parametrize("name", sorted(STRESSES))
def test_a_scenario_equals_duckdb_and_moves_nothing_else(
    name: str, analysis: ImpactAnalysis, variants: dict[str, Variant], parts: pa.Table
) -> None:
    changes, moves = STRESSES[name]
    before, after = figures_of(analysis.base), figures_of(variants[name].result())
    assert as_rows(after) == by_duckdb(parts, changes)
    differs = (before != after).any()
    assert {figure for figure in FIGURES if differs[figure]} == moves
    for origins, following in FOLLOWS.items():
        if not moves & set(origins):
            assert not differs[list(following)].any(), following
    assert set(after["lcr_status"]) == set(after["nsfr_status"]) == {"defined"}


def test_every_rule_finds_rows(variants: dict[str, Variant]) -> None:
    matched: dict[str, int] = {}
    for variant in variants.values():
        for result in variant.result().results.values():
            matched |= {
                metric.removeprefix("rule "): int(count)
                for metric, count in result.metrics.items()
                if metric.startswith("rule ")
            }
    known = {rule.rule_id for scenario in SCENARIOS.values() for rule in scenario.rules}
    assert set(matched) == known
    # Two thousand deals hold no repo against Level 2 assets; ten thousand do.
    assert {rule for rule, count in matched.items() if not count} == {
        "HC-UNWIND-2A", "HC-UNWIND-2B",
    }  # fmt: skip
