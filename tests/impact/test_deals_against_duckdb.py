"""The deal sample's LCR per entity, calculated a second time by DuckDB, at each injection point."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from liqbench import ImpactAnalysis

# The whole way from deals to the ratio, written by hand: decimals up to the sums, then whole
# ten-thousandths. Each placeholder is a scenario's change at one injection point.
_ORACLE = """
WITH weights AS (
    SELECT code, section, CAST(weight AS DECIMAL(5,4)) AS weight
    FROM read_csv('{weights}', all_varchar = true) WHERE weight IS NOT NULL
), enriched AS (
    SELECT d.*, f.quote, w.section,
        CASE WHEN section IN ('OUTFLOW', 'INFLOW') THEN weight
             ELSE CAST(1 AS DECIMAL(5,4)) END AS factor,
        CASE WHEN section IN ('OUTFLOW', 'INFLOW') THEN CAST(0 AS DECIMAL(5,4))
             ELSE CAST(1 - weight AS DECIMAL(5,4)) END AS haircut
    FROM read_parquet('{folder}/deals/*.parquet') d
    JOIN read_parquet('{folder}/fx_rates.parquet') f USING (currency_code)
    JOIN weights w ON w.code = d.x_lcr_code
), at_enrich AS (
    SELECT * REPLACE (CAST({factor} AS DECIMAL(7,6)) AS factor) FROM enriched
), based AS (
    SELECT *, CAST(round(CAST(
        CASE WHEN x_lcr_code LIKE 'O.FAC.%' THEN coalesce(limit_amount, 0) - balance
             ELSE balance - coalesce(encumbrance_amount, 0) END AS DECIMAL(18,0))
        * CAST(0.01 AS DECIMAL(2,2)) * quote, 2) AS DECIMAL(18,2)) AS amount
    FROM at_enrich
), at_base AS (
    SELECT * REPLACE (CAST({haircut} AS DECIMAL(6,5)) AS haircut),
           CAST({base} AS DECIMAL(30,10)) AS base
    FROM (SELECT *, amount * factor AS plain FROM based)
), entity AS (
    SELECT reporting_id, section, x_lcr_code,
           sum(CAST(base * (1 - haircut) AS DECIMAL(38,15))) AS weighted
    FROM at_base GROUP BY ALL
), at_entity AS (
    SELECT * REPLACE (CAST({weighted} AS DECIMAL(38,17)) AS weighted) FROM entity
), sums AS (
    SELECT reporting_id,
        {levels}
    FROM at_entity GROUP BY reporting_id
), caps AS (
    SELECT *, greatest(204 * l2b - 36 * (l1 + l2a), 204 * l2b - 51 * l1, 0) AS adj15 FROM sums
), stock AS (
    SELECT *, 204 * (l1 + l2a + l2b) - adj15
        - greatest(204 * (l2a + l2b) - adj15 - 136 * l1, 0) AS stock204
    FROM caps
), ratio AS (
    SELECT reporting_id, (2 * stock204 + 204) // 408 AS h,
           o - least(i, (3 * o + 2) // 4) AS n
    FROM stock
)
SELECT reporting_id, h, n, CASE WHEN n > 0 THEN (2000000 * h + n) // (2 * n) END AS lcr
FROM ratio
"""
_LEVELS = ",\n        ".join(
    f"CAST(10000 * round(coalesce(sum(weighted) FILTER (section = '{section}'), 0), 4) "
    f"AS HUGEINT) AS {name}"
    for section, name in (
        ("L1", "l1"),
        ("L2A", "l2a"),
        ("L2B", "l2b"),
        ("OUTFLOW", "o"),
        ("INFLOW", "i"),
    )
)
_LESS = "x_lcr_code IN ('O.RET.LESS', 'O.SME.LESS')"


def _oracle(folder: Path, **changes: str) -> dict[str, tuple[int, int, int | None]]:
    plain = {"factor": "factor", "haircut": "haircut", "base": "plain", "weighted": "weighted"}
    weights = files("liqbench.regulation") / "data" / "parameters" / "basel_lcr.csv"
    statement = _ORACLE.format(folder=folder, weights=weights, levels=_LEVELS, **(plain | changes))
    rows = duckdb.execute(statement).fetchall()
    return {entity: (h, n, lcr) for entity, h, n, lcr in rows}


def _found(analysis: ImpactAnalysis, variant: str, side: str) -> dict[str, tuple[object, ...]]:
    scenario, point = variant.split("@")
    table = analysis.by_entity()
    rows = table[(table["scenario"] == scenario) & (table["injection_point"] == point)]
    return {
        row["reporting_id"]: (
            int(row[f"hqla_{side}"].scaleb(4)),
            int(row[f"net_outflows_{side}"].scaleb(4)),
            int(row[f"lcr_{side}"].scaleb(6)),
        )
        for row in rows.to_dict("records")
    }


def test_the_baseline_equals_duckdb(deals: ImpactAnalysis, deals_folder: Path) -> None:
    expected = _oracle(deals_folder)
    assert len(expected) == 24
    assert _found(deals, "baseline@enrich", "before") == expected


@pytest.mark.parametrize(
    ("variant", "changes"),
    [
        (
            "conservative@enrich",
            {
                "factor": "CASE WHEN purpose IN ('operational', 'cash_management') "
                "AND section = 'OUTFLOW' THEN 0.4 "
                f"WHEN {_LESS} AND balance >= 100000 THEN factor * 1.5 ELSE factor END"
            },
        ),
        (
            "conservative@calc_base",
            {"haircut": "CASE WHEN section IN ('L2A', 'L2B') THEN haircut + 0.05 ELSE haircut END"},
        ),
        (
            "conservative@agg_entity",
            {"weighted": "weighted * CASE WHEN x_lcr_code LIKE 'O.FAC.%' THEN 1.1 ELSE 1 END"},
        ),
        (
            "baseline@enrich",
            {
                "factor": "CASE WHEN x_lcr_code = 'O.WHL.NFC' AND entity_type = 'sovereign' "
                "THEN least(factor, 0.35) ELSE factor END"
            },
        ),
        (
            "baseline@calc_base",
            {"base": "CASE WHEN x_lcr_code = 'I.NFC' THEN plain * 0.98 ELSE plain END"},
        ),
        (
            "optimistic@calc_base",
            {"haircut": "CASE WHEN section IN ('L2A', 'L2B') THEN haircut * 0.5 ELSE haircut END"},
        ),
        (
            "optimistic@agg_entity",
            {"weighted": "CASE WHEN section = 'INFLOW' THEN weighted * 1.05 ELSE weighted END"},
        ),
    ],
)
def test_every_injection_point_equals_duckdb_to_the_last_digit(
    deals: ImpactAnalysis, deals_folder: Path, variant: str, changes: dict[str, str]
) -> None:
    expected = _oracle(deals_folder, **changes)
    assert _found(deals, variant, "after") == expected
    assert expected != _oracle(deals_folder)
