"""The reference: the sample's LCR under scenarios, written by hand for DuckDB.

All of it is SQL, from the deals' parquet files to the ratio of every entity: weights of the Basel
text joined, amounts in euros, both rules of the scenario on every deal, exact sums per entity and
code, the HQLA caps of Annex 1 (204-fold, as 15/85, 15/60 and 2/3 have no decimal form) and the
75 % cap on inflows. Decimals up to the sums, whole ten-thousandths from there. Nothing is checked
on the way (keys, types, references), nothing is stored, no row counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import duckdb

from benchmarks.answers import Answers, Position
from benchmarks.whatif import WhatIf

_DEALS = """
WITH weights AS (
    SELECT code, section, CAST(weight AS DECIMAL(5,4)) AS weight
    FROM read_csv('{weights}', all_varchar = true) WHERE weight IS NOT NULL
), rates AS (
    SELECT code, section,
        CASE WHEN section IN ('OUTFLOW', 'INFLOW') THEN weight
             ELSE CAST(1 AS DECIMAL(5,4)) END AS factor,
        CASE WHEN section IN ('OUTFLOW', 'INFLOW') THEN CAST(0 AS DECIMAL(5,4))
             ELSE CAST(1 - weight AS DECIMAL(5,4)) END AS haircut
    FROM weights
), deals AS (
    SELECT d.reporting_id, d.x_lcr_code, r.section, r.factor, r.haircut,
        CAST(round(CAST(
            CASE WHEN d.x_lcr_code LIKE 'O.FAC.%' THEN coalesce(d.limit_amount, 0) - d.balance
                 ELSE d.balance - coalesce(d.encumbrance_amount, 0) END AS DECIMAL(18,0))
            * CAST(0.01 AS DECIMAL(2,2)) * f.quote, 2) AS DECIMAL(18,2)) AS amount
    FROM read_parquet('{folder}/deals/*.parquet') d
    JOIN read_parquet('{folder}/fx_rates.parquet') f USING (currency_code)
    JOIN rates r ON r.code = d.x_lcr_code
)"""
_ONE_SCENARIO = """
, entity AS (
    SELECT 'w0' AS scenario, reporting_id, section, x_lcr_code, sum({weighted}) AS weighted
    FROM deals GROUP BY ALL
)"""
_ALL_SCENARIOS = """
, wide AS (
    SELECT reporting_id, section, x_lcr_code,
        {sums}
    FROM deals GROUP BY ALL
), entity AS (
    UNPIVOT wide ON {names} INTO NAME scenario VALUE weighted
)"""
_WEIGHTED = (
    "amount"
    " * CAST(CASE WHEN x_lcr_code = '{code}' THEN {runoff} ELSE factor END AS DECIMAL(5,4))"
    " * CAST(1 - CASE WHEN section = 'L2A' THEN haircut + {haircut} ELSE haircut END"
    " AS DECIMAL(5,4))"
)
_RATIO = """
, sums AS (
    SELECT scenario, reporting_id,
        {levels}
    FROM entity GROUP BY ALL
), caps AS (
    SELECT *, greatest(204 * l2b - 36 * (l1 + l2a), 204 * l2b - 51 * l1, 0) AS adj15 FROM sums
), stock AS (
    SELECT *, 204 * (l1 + l2a + l2b) - adj15
        - greatest(204 * (l2a + l2b) - adj15 - 136 * l1, 0) AS stock204
    FROM caps
), ratio AS (
    SELECT scenario, reporting_id, (2 * stock204 + 204) // 408 AS h,
           o - least(i, (3 * o + 2) // 4) AS n
    FROM stock
)
SELECT scenario, reporting_id, h, n, CASE WHEN n > 0 THEN (2000000 * h + n) // (2 * n) END AS lcr
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


def one_after_another(folder: Path, scenarios: Sequence[WhatIf]) -> Answers:
    """Return every entity's position under each scenario, each by a query of its own."""
    found: dict[str, dict[str, Position]] = {}
    for scenario in scenarios:
        sums = _ONE_SCENARIO.format(weighted=_weighted(scenario))
        found |= _asked(folder, sums, [scenario])
    return found


def all_at_once(folder: Path, scenarios: Sequence[WhatIf]) -> Answers:
    """Return the same by one query, which has a sum per scenario and reads the deals once."""
    names = [f"w{n}" for n in range(len(scenarios))]
    sums = ",\n        ".join(
        f"sum({_weighted(scenario)}) AS {name}"
        for name, scenario in zip(names, scenarios, strict=True)
    )
    return _asked(folder, _ALL_SCENARIOS.format(sums=sums, names=", ".join(names)), scenarios)


def _weighted(scenario: WhatIf) -> str:
    """Return a deal's weighted amount under a scenario, as SQL."""
    return _WEIGHTED.format(code=scenario.code, runoff=scenario.runoff, haircut=scenario.haircut)


def _asked(folder: Path, sums: str, scenarios: Sequence[WhatIf]) -> dict[str, dict[str, Position]]:
    weights = files("liqbench.regulation") / "data" / "parameters" / "basel_lcr.csv"
    deals = _DEALS.format(folder=folder, weights=weights)
    with duckdb.connect() as connection:
        rows = connection.execute(deals + sums + _RATIO.format(levels=_LEVELS)).fetchall()
    found: dict[str, dict[str, Position]] = {scenario.name: {} for scenario in scenarios}
    for name, entity, hqla, outflows, lcr in rows:
        found[scenarios[int(name.removeprefix("w"))].name][entity] = (hqla, outflows, lcr)
    return found
