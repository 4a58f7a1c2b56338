"""The reference: LCR and NSFR of the sample balance sheet from its deals, by hand for DuckDB.

All of it is SQL, from the parquet files to both ratios of every entity: the categories written
from the two standards for what the sample holds, the HQLA caps after unwinding (204-fold, as
15/85, 15/60 and 2/3 have no decimal form), whole ten-thousandths behind the sums.
"""

from __future__ import annotations

from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Literal

import duckdb

# HQLA, net outflows and LCR, then ASF, RSF and NSFR of an entity; a ratio of nothing is None.
Row = tuple[Decimal, Decimal, Decimal | None, Decimal, Decimal, Decimal | None]
Of = Literal["entity", "group", "currency"]

# What the figures are of, and which deals count: a group owes nothing to itself.
_MEMBERS: dict[Of, tuple[str, str]] = {
    "entity": ("reporting_id", "true"),
    "group": ("'group'", "NOT intra_group"),
    "currency": ("currency_code", "NOT intra_group"),
}

# Dates count from 2025-12-31.
_PARTS = """
WITH rates AS (SELECT * FROM read_parquet('{folder}/fx_rates.parquet')
), deals AS (
    SELECT d.*,
        CASE WHEN asset_liability <> 'liability' THEN end_date ELSE (
            SELECT min(day) FROM unnest(list_concat(
                [end_date, next_withdrawal_date],
                list_filter(call_dates, lambda day: day >= DATE '2025-12-31'),
                list_filter(break_dates, lambda day: day >= DATE '2025-12-31')
            )) AS days(day)
        ) END AS due,
        {balance} AS bal, {limit} AS lim, {cover} AS gua, {pledge} AS enc,
        coalesce(guarantee_amount, 0) >= balance AS all_covered,
        coalesce(entity_type IN ('natural_person', 'sme'), false) AS small,
        entity_type IN ('corporate', 'sovereign', 'central_bank', 'pse', 'mdb') AS nfc,
        coalesce(purpose IN ('operational', 'clearing', 'custody', 'cash_management'), false) AS op,
        coalesce(status = 'transactional', false)
            OR coalesce(x_established_relationship, false) AS known
    FROM read_parquet('{folder}/deals/*.parquet') d JOIN rates USING (currency_code)
), dated AS (
    SELECT *, due - DATE '2025-12-31' AS days,
        CASE WHEN due IS NULL THEN 'open' WHEN due < DATE '2026-06-30' THEN 'short'
             WHEN due < DATE '2026-12-31' THEN 'middle' ELSE 'long' END AS term,
        CASE WHEN encumbrance_end_date IS NULL OR encumbrance_end_date >= DATE '2026-12-31'
             THEN 'long' WHEN encumbrance_end_date < DATE '2026-06-30' THEN 'short'
             ELSE 'middle' END AS pledged
    FROM deals
), parts AS (
    SELECT *, 'insured' AS part, least(bal, gua) AS amount FROM dated
    WHERE schema_type = 'account' AND asset_liability = 'liability' AND gua > 0
        AND (all_covered OR small OR op)
    UNION ALL
    SELECT *, 'uninsured', bal - gua FROM dated
    WHERE schema_type = 'account' AND asset_liability = 'liability' AND gua > 0
        AND NOT all_covered AND (small OR op)
    UNION ALL
    SELECT *, 'undrawn', lim - bal FROM dated WHERE schema_type = 'loan' AND lim IS NOT NULL
    UNION ALL
    SELECT *, 'drawn', bal FROM dated WHERE schema_type = 'loan' AND lim IS NOT NULL
    UNION ALL
    SELECT *, 'pledged', enc FROM dated
    WHERE asset_liability = 'asset' AND lim IS NULL AND enc > 0
    UNION ALL
    SELECT *, 'free', bal - enc FROM dated
    WHERE asset_liability = 'asset' AND lim IS NULL AND enc > 0
    UNION ALL
    SELECT *, 'gross', bal FROM dated
    WHERE schema_type = 'derivative' AND asset_liability = 'liability'
    UNION ALL
    SELECT *, 'whole', bal FROM dated
    WHERE NOT (asset_liability = 'liability' AND schema_type = 'account' AND gua > 0
               AND (all_covered OR small OR op))
        AND NOT (schema_type = 'loan' AND lim IS NOT NULL)
        AND NOT (asset_liability = 'asset' AND lim IS NULL AND enc > 0)
)"""
_LCR = """
CASE
  WHEN part = 'gross' OR asset_liability = 'equity' OR capital_tier IS NOT NULL THEN NULL
  WHEN schema_type = 'collateral' THEN CASE purpose WHEN 'downgrade' THEN 'O.DER.DOWN3'
       WHEN 'valuation_change' THEN 'O.DER.VALCH' WHEN 'lookback' THEN 'O.DER.LOOKBK' END
  WHEN part = 'undrawn' THEN CASE
       WHEN small THEN 'O.FAC.RETAIL'
       WHEN entity_type = 'credit_institution' THEN 'O.FAC.BANK'
       WHEN entity_type = 'sspe' THEN 'O.FAC.OTHER'
       WHEN type = 'credit_facility' AND nfc THEN 'O.FAC.CR.NFC'
       WHEN nfc THEN 'O.FAC.LQ.NFC'
       WHEN type = 'credit_facility' THEN 'O.FAC.CR.FI' ELSE 'O.FAC.LQ.FI' END
  WHEN schema_type = 'derivative' THEN CASE WHEN days > 30 THEN NULL
       WHEN asset_liability = 'asset' THEN 'I.DER' ELSE 'O.DER.NET' END
  WHEN schema_type = 'account' AND asset_liability = 'liability' THEN CASE
       WHEN type IN ('payable', 'trade_date_payable') THEN 'O.OTH'
       WHEN type IN ('deferred_tax', 'minority_interest') THEN NULL
       WHEN small AND days > 30 AND (type <> 'time_deposit' OR withdrawal_penalty > 0)
            THEN CASE entity_type WHEN 'sme' THEN 'O.SME.TERM30' ELSE 'O.RET.TERM30' END
       WHEN small AND part = 'insured' AND known
            THEN CASE entity_type WHEN 'sme' THEN 'O.SME.STABLE' ELSE 'O.RET.STABLE5' END
       WHEN small THEN CASE entity_type WHEN 'sme' THEN 'O.SME.LESS' ELSE 'O.RET.LESS' END
       WHEN op THEN CASE part WHEN 'insured' THEN 'O.WHL.OPINS' ELSE 'O.WHL.OP' END
       WHEN days > 30 THEN NULL
       WHEN nfc THEN CASE part WHEN 'insured' THEN 'O.WHL.NFCINS' ELSE 'O.WHL.NFC' END
       ELSE 'O.WHL.OTHER' END
  WHEN asset_liability = 'liability' AND (days > 30 OR (days IS NULL AND movement = 'debt_issue'))
       THEN NULL
  WHEN movement = 'debt_issue' THEN
       CASE WHEN type IN ('covered_bond', 'abs') THEN 'O.DEBT.ABS' ELSE 'O.WHL.OTHER' END
  WHEN asset_liability = 'liability' THEN CASE
       WHEN schema_type = 'loan' THEN CASE WHEN nfc THEN 'O.WHL.NFC' ELSE 'O.WHL.OTHER' END
       WHEN entity_type = 'central_bank' OR hqla_class = 'i' THEN 'O.SEC.CB_L1'
       WHEN hqla_class = 'iia' THEN 'O.SEC.L2A'
       WHEN entity_type IN ('sovereign', 'mdb')
            OR (entity_type = 'pse' AND risk_weight_std <= 0.2) THEN 'O.SEC.SOV25'
       WHEN hqla_class = 'iib' THEN CASE type WHEN 'rmbs' THEN 'O.SEC.RMBS' ELSE 'O.SEC.L2B' END
       ELSE 'O.SEC.OTHER' END
  WHEN movement = 'cash' THEN CASE
       WHEN days > 30 THEN NULL
       WHEN hqla_class = 'i' THEN 'I.RR.L1' WHEN hqla_class = 'iia' THEN 'I.RR.L2A'
       WHEN hqla_class = 'iib' THEN CASE type WHEN 'rmbs' THEN 'I.RR.RMBS' ELSE 'I.RR.L2B' END
       WHEN sft_type = 'margin_loan' THEN 'I.RR.MARGIN' ELSE 'I.RR.OTHER' END
  WHEN part = 'pledged' THEN NULL
  WHEN schema_type = 'account' THEN CASE
       WHEN type = 'cash' THEN 'L1.CASH' WHEN type = 'cb_reserve' THEN 'L1.CBR'
       WHEN op THEN 'I.OPDEP' END
  WHEN impairment_status IS NOT NULL THEN NULL
  WHEN schema_type = 'loan' THEN CASE WHEN days > 30 OR days IS NULL THEN NULL
       WHEN small THEN 'I.RET'
       WHEN entity_type IN ('corporate', 'sovereign', 'pse', 'mdb') THEN 'I.NFC' ELSE 'I.FI' END
  WHEN hqla_class = 'i' THEN CASE WHEN risk_weight_std = 0 THEN 'L1.SEC0' ELSE 'L1.SOVDOM' END
  WHEN hqla_class = 'iia' THEN CASE WHEN type = 'covered_bond' THEN 'L2A.CB'
       WHEN entity_type = 'corporate' THEN 'L2A.CORP' ELSE 'L2A.SEC20' END
  WHEN hqla_class = 'iib' THEN CASE type WHEN 'rmbs' THEN 'L2B.RMBS' WHEN 'equity' THEN 'L2B.EQ'
       ELSE 'L2B.CORP' END
  WHEN hqla_class = 'ineligible' AND days <= 30 THEN 'I.SECMAT'
END"""
_NSFR = """
CASE
  WHEN asset_liability = 'equity' OR (capital_tier IS NOT NULL AND term IN ('long', 'open'))
       THEN 'A.CAP'
  WHEN schema_type = 'derivative' THEN CASE WHEN part = 'gross' THEN 'R.DER20'
       WHEN asset_liability = 'asset' THEN 'R.DER' ELSE 'A.DER' END
  WHEN schema_type = 'collateral' THEN CASE WHEN asset_liability = 'asset' THEN 'R.IM' END
  WHEN asset_liability = 'liability' THEN CASE
       WHEN purpose = 'interdependent' THEN 'A.INTERDEP'
       WHEN type = 'trade_date_payable' THEN 'A.TRADE'
       WHEN type IN ('deferred_tax', 'minority_interest') THEN CASE term WHEN 'long' THEN 'A.DTL1Y'
            WHEN 'middle' THEN 'A.DTL6_12' ELSE 'A.OPEN' END
       WHEN type IN ('hybrid', 'preference_share') AND term IN ('long', 'open') THEN 'A.OTHCAP'
       WHEN term = 'long' THEN 'A.LIAB1Y'
       WHEN type = 'payable' THEN 'A.OPEN'
       WHEN small AND part = 'insured' AND known THEN 'A.RET.ST'
       WHEN small THEN 'A.RET.LS'
       WHEN schema_type = 'account' AND op THEN 'A.OP'
       WHEN coalesce(movement, '') <> 'debt_issue' AND entity_type = 'corporate' THEN 'A.NFC'
       WHEN coalesce(movement, '') <> 'debt_issue' AND entity_type IN ('sovereign', 'pse', 'mdb')
            THEN 'A.SOV'
       WHEN term = 'middle' THEN 'A.OTH6_12'
       WHEN term = 'short' OR schema_type = 'account' THEN 'A.FI6' ELSE 'A.OPEN' END
  WHEN NOT on_balance_sheet AND part = 'undrawn' THEN 'R.OBS'
  WHEN NOT on_balance_sheet AND part <> 'drawn' THEN NULL
  WHEN part = 'pledged' AND pledged = 'long' THEN 'R.ENC1Y'
  WHEN schema_type = 'account' THEN CASE
       WHEN type = 'cash' THEN 'R.CASH'
       WHEN type IN ('cb_reserve', 'cb_restricted_reserve') THEN 'R.CBR'
       WHEN type = 'trade_date_receivable' THEN 'R.TRADE' WHEN type = 'commodity' THEN 'R.COMM'
       WHEN op THEN 'R.OPDEP' ELSE 'R.OTH100' END
  WHEN movement = 'cash' THEN CASE WHEN term IN ('long', 'open') THEN 'R.OTH100'
       WHEN term = 'middle' THEN 'R.FI6_12'
       WHEN hqla_class = 'i' AND rehypothecation THEN 'R.FIL1' ELSE 'R.FIOTH' END
  WHEN impairment_status IS NOT NULL THEN 'R.OTH100'
  WHEN schema_type = 'security' THEN CASE
       WHEN hqla_class = 'iib' THEN 'R.L2B'
       WHEN hqla_class IN ('i', 'iia') AND part = 'pledged' AND pledged = 'middle' THEN 'R.HQLAENC'
       WHEN hqla_class IN ('i', 'i_non_op') THEN 'R.L1' WHEN hqla_class = 'iia' THEN 'R.L2A'
       WHEN type IN ('private_equity', 'participation') THEN 'R.OTH100'
       WHEN type <> 'equity' AND term IN ('short', 'middle') THEN 'R.OTH1Y' ELSE 'R.SEC85' END
  WHEN entity_type = 'central_bank' AND term = 'short' THEN 'R.CB6'
  WHEN NOT small AND entity_type NOT IN ('corporate', 'sovereign', 'pse', 'mdb') THEN CASE
       WHEN term = 'short' AND part = 'pledged' AND pledged = 'middle' THEN 'R.ENC6_12'
       WHEN term = 'short' THEN 'R.FIOTH' WHEN term = 'middle' THEN 'R.FI6_12'
       ELSE 'R.OTH100' END
  WHEN term IN ('short', 'middle') THEN 'R.OTH1Y'
  WHEN risk_weight_std <= 0.35 THEN CASE type WHEN 'mortgage' THEN 'R.MTG35' ELSE 'R.LN35' END
  ELSE 'R.LN85'
END"""
_UNWOUND = """
CASE WHEN sft_type IS NULL OR days > 30 OR hqla_class NOT IN ('i', 'iia', 'iib') THEN NULL
     WHEN movement = 'cash' THEN 'L1'
     WHEN NOT on_balance_sheet AND part = 'pledged' THEN NULL
     ELSE CASE hqla_class WHEN 'i' THEN 'L1' WHEN 'iia' THEN 'L2A' ELSE 'L2B' END END"""
_RATIOS = """
, coded AS (
    SELECT {member} AS reporting_id, amount,
        {lcr} AS lcr_code, {nsfr} AS nsfr_code, {unwound} AS level,
        CASE WHEN movement = 'cash' THEN CASE asset_liability WHEN 'asset' THEN 1 ELSE -1 END
             WHEN on_balance_sheet THEN 1 ELSE -1 END
        * CASE WHEN movement = 'cash' OR hqla_class = 'i' THEN 1.00
               WHEN hqla_class = 'iia' THEN 0.85 WHEN type = 'rmbs' THEN 0.75 ELSE 0.50 END AS back
    FROM parts WHERE {counted}
), weights AS (
    SELECT code, section, CAST(weight AS DECIMAL(5,4)) AS weight
    FROM read_csv(['{data}/basel_lcr.csv', '{data}/basel_nsfr.csv'], all_varchar = true,
                  union_by_name = true) WHERE weight IS NOT NULL
), flows AS (
    SELECT reporting_id, w.section, sum(amount * weight) AS total
    FROM coded JOIN weights w ON w.code = lcr_code GROUP BY ALL
), back AS (
    SELECT reporting_id, level, sum(amount * CAST(back AS DECIMAL(5,2))) AS total
    FROM coded WHERE level IS NOT NULL GROUP BY ALL
), stable AS (
    SELECT reporting_id, w.section, sum(amount * weight) AS total
    FROM coded JOIN weights w ON w.code = nsfr_code
    WHERE nsfr_code NOT IN ('A.DER', 'R.DER') GROUP BY ALL
), swaps AS (
    SELECT reporting_id, sum(CASE nsfr_code WHEN 'R.DER' THEN amount ELSE -amount END) AS net
    FROM coded WHERE nsfr_code IN ('A.DER', 'R.DER') GROUP BY ALL
), banks AS (SELECT DISTINCT {member} AS reporting_id FROM deals WHERE {counted}
), sums AS (
    SELECT reporting_id, {sums} FROM banks
), caps AS (
    SELECT *, l1 + b1 AS u1, l2a + b2a AS u2a, l2b + b2b AS u2b FROM sums
), capped AS (
    SELECT *, greatest(204 * u2b - 36 * (u1 + u2a), 204 * u2b - 51 * u1, 0) AS adj15 FROM caps
), stock AS (
    SELECT *, 204 * (l1 + l2a + l2b) - adj15
        - greatest(204 * (u2a + u2b) - adj15 - 136 * u1, 0) AS stock204 FROM capped
), ratio AS (
    SELECT *, (2 * greatest(stock204, 0) + 204) // 408 AS h,
           o - least(i, (3 * o + 2) // 4) AS n, r + greatest(d, 0) AS rsf FROM stock
)
SELECT reporting_id, h, n, CASE WHEN n > 0 THEN (2000000 * h + n) // (2 * n) END,
       a, rsf, CASE WHEN rsf > 0 THEN (2000000 * a + rsf) // (2 * rsf) END
FROM ratio
"""


def _money(figure: str) -> str:
    exact = f"CAST({figure} AS DECIMAL(18,0)) * CAST(0.01 AS DECIMAL(2,2)) * quote"
    return f"CAST(round({exact}, 2) AS DECIMAL(18,2))"


def _sum(table: str, condition: str, column: str = "total") -> str:
    """Return the SQL of a bank's sum in whole ten-thousandths."""
    own = f"SELECT sum({column}) FROM {table} t WHERE t.reporting_id = banks.reporting_id"
    return f"CAST(10000 * round(coalesce(({own} AND {condition}), 0), 4) AS HUGEINT)"


def both_ratios(folder: Path, of: Of = "entity") -> dict[str, Row]:
    """Return the figures of every entity, of the group, or of the group by currency."""
    member, counted = _MEMBERS[of]
    names = {
        **{f"l{n}": _sum("flows", f"section = 'L{n.upper()}'") for n in ("1", "2a", "2b")},
        **{f"b{n}": _sum("back", f"level = 'L{n.upper()}'") for n in ("1", "2a", "2b")},
        "o": _sum("flows", "section = 'OUTFLOW'"),
        "i": _sum("flows", "section = 'INFLOW'"),
        "a": _sum("stable", "section = 'ASF'"),
        "r": _sum("stable", "section = 'RSF'"),
        "d": _sum("swaps", "true", "net"),
    }
    parts = _PARTS.format(
        folder=folder,
        balance=_money("abs(balance)"),
        limit=_money("limit_amount"),
        cover=_money("coalesce(guarantee_amount, 0)"),
        pledge=_money("coalesce(encumbrance_amount, 0)"),
    )
    ratios = _RATIOS.format(
        lcr=_LCR, nsfr=_NSFR, unwound=_UNWOUND, member=member, counted=counted,
        data=files("liqbench.regulation") / "data" / "parameters",
        sums=", ".join(f"{figure} AS {name}" for name, figure in names.items()),
    )  # fmt: skip
    found: dict[str, Row] = {}
    for entity, h, n, lcr, asf, rsf, nsfr in duckdb.execute(parts + ratios).fetchall():
        found[entity] = (
            Decimal(h).scaleb(-4), Decimal(n).scaleb(-4), _ratio(lcr),
            Decimal(asf).scaleb(-4), Decimal(rsf).scaleb(-4), _ratio(nsfr),
        )  # fmt: skip
    return found


def _ratio(millionths: int | None) -> Decimal | None:
    return None if millionths is None else Decimal(millionths).scaleb(-6)
