"""The real banks' LCR and their what-ifs, calculated a second time by DuckDB."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import pytest

from liqbench import ImpactAnalysis, samples
from liqbench.samples.disclosures import disclosures_path

# All in whole ten-thousandths of the unit; the ratio is rounded half up by integer division.
_ORACLE = """
WITH rows AS (
    SELECT bank_id, CAST(reference_date AS DATE) AS day, "row",
           coalesce(CAST(unweighted AS DECIMAL(24,6)), 0) AS unweighted,
           coalesce(CAST(weighted AS DECIMAL(24,6)), 0) AS weighted
    FROM read_csv(?, all_varchar = true)
), flows AS (
    SELECT bank_id, day,
        sum(CASE WHEN "row" IN ('2', '5', '9', '10', '14', '15') THEN weighted ELSE 0 END)
      + sum(CASE WHEN "row" = '4' THEN unweighted * {less_stable} ELSE 0 END)
      + sum(CASE WHEN "row" = '7' THEN unweighted * {non_operational} ELSE 0 END) AS outflows,
        sum(CASE WHEN "row" IN ('17', '18', '19') THEN weighted
                 WHEN "row" IN ('EU-19a', 'EU-19b') THEN -weighted ELSE 0 END)
      - sum(CASE WHEN "row" = '18' THEN unweighted * {performing} ELSE 0 END) AS inflows,
        sum(CASE WHEN "row" = '21' THEN weighted * {buffer} ELSE 0 END) AS hqla
    FROM rows GROUP BY ALL
), whole AS (
    SELECT bank_id, day, CAST(round(outflows, 4) * 10000 AS HUGEINT) AS o,
           CAST(round(inflows, 4) * 10000 AS HUGEINT) AS i,
           CAST(round(hqla, 4) * 10000 AS HUGEINT) AS h
    FROM flows
), capped AS (
    SELECT *, o - least(i, (3 * o + 2) // 4) AS n FROM whole
)
SELECT bank_id, day, h, n, CASE WHEN n > 0 THEN (2000000 * h + n) // (2 * n) END AS lcr
FROM capped
"""


def _oracle(**changes: str) -> dict[tuple[str, object], tuple[int, int, int]]:
    rates = {"less_stable": "0", "non_operational": "0", "performing": "0", "buffer": "1"}
    statement = _ORACLE.format(**(rates | changes))
    rows = duckdb.execute(statement, [str(disclosures_path())]).fetchall()
    return {(bank, day): (h, n, lcr) for bank, day, h, n, lcr in rows}


def _scaled(value: Decimal, digits: int) -> int:
    scaled = value.scaleb(digits)
    assert scaled == int(scaled)
    return int(scaled)


@pytest.mark.parametrize(
    ("scenario", "changes"),
    [
        ("less_stable_plus_5", {"less_stable": "CAST(0.05 AS DECIMAL(5,4))"}),
        (
            "wholesale_stress",
            {
                "non_operational": "CAST(0.1 AS DECIMAL(5,4))",
                "performing": "CAST(0.1 AS DECIMAL(5,4))",
            },
        ),
        ("buffer_minus_10", {"buffer": "CAST(0.9 AS DECIMAL(5,4))"}),
    ],
)
def test_every_scenario_equals_duckdb_to_the_last_digit(
    banks: ImpactAnalysis, scenario: str, changes: dict[str, str]
) -> None:
    table = banks.by_entity()
    rows = table[table["scenario"] == scenario]
    before, after = _oracle(), _oracle(**changes)
    assert len(rows) == len(before) == 20
    for row in rows.to_dict("records"):
        key = (row["bank_id"], row["reference_date"])
        for side, oracle in (("before", before), ("after", after)):
            found = (
                _scaled(row[f"hqla_{side}"], 4),
                _scaled(row[f"net_outflows_{side}"], 4),
                _scaled(row[f"lcr_{side}"], 6),
            )
            assert found == oracle[key], (key, side)


def test_totals_equal_the_print_but_for_the_known_three(banks: ImpactAnalysis) -> None:
    compared = samples.compare_with_printed(banks.base.table("lcr"))
    off = compared[compared["off"]]
    assert [
        (row["bank_id"], str(row["reference_date"]), row["row"], str(row["difference"]))
        for row in off.to_dict("records")
    ] == [
        ("commerzbank", "2025-12-31", "16", "-1000000.0000"),
        ("commerzbank", "2025-12-31", "22", "-1000000.0000"),
        ("hdfc_bank", "2025-09-30", "22", "419548.9600"),
        ("santander", "2025-12-31", "22", "-186744.0800"),
    ]
    eu = compared[compared["unit"].isin(["EUR", "PLN"])]
    assert eu["bank_id"].nunique() == 16
    assert len(compared) == 60


def test_the_inflow_cap_binds_for_exactly_the_three_banks(banks: ImpactAnalysis) -> None:
    lcr = banks.base.table("lcr")
    assert sorted(lcr[lcr["inflow_cap_binds"]]["bank_id"]) == [
        "banca_sistema",
        "fimbank",
        "santander_consumer_finance",
    ]


def test_the_ratio_is_near_the_printed_average_of_twelve_months(banks: ImpactAnalysis) -> None:
    compared = samples.compare_with_printed(banks.base.table("lcr"))
    volatile = ("banca_sistema", "santander_consumer_finance")
    defect = ("hdfc_bank", "2025-09-30")
    for row in compared.to_dict("records"):
        bank = (row["bank_id"], str(row["reference_date"]))
        if bank[0] not in volatile and bank != defect:
            assert abs(row["lcr"] - row["lcr_printed"]) < Decimal("0.005"), bank
