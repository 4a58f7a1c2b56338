from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow.parquet as pq
import pytest

from liqbench.errors import SampleError
from liqbench.samples.deals import DealSample, write_deals

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# BCBS 238, Annex 4; a typed copy on purpose.
WEIGHTS = {
    "L1.CASH": 1.0, "L1.CBR": 1.0, "L1.SEC0": 1.0, "L1.SOVDOM": 1.0,
    "L2A.SEC20": 0.85, "L2A.CORP": 0.85, "L2A.CB": 0.85,
    "L2B.RMBS": 0.75, "L2B.CORP": 0.5, "L2B.EQ": 0.5,
    "O.RET.STABLE5": 0.05, "O.RET.LESS": 0.1, "O.RET.TERM30": 0.0,
    "O.SME.STABLE": 0.05, "O.SME.LESS": 0.1, "O.SME.TERM30": 0.0,
    "O.WHL.OP": 0.25, "O.WHL.NFC": 0.4, "O.WHL.NFCINS": 0.2, "O.WHL.OTHER": 1.0,
    "O.SEC.CB_L1": 0.0, "O.SEC.L2A": 0.15, "O.SEC.SOV25": 0.25, "O.SEC.RMBS": 0.25,
    "O.SEC.L2B": 0.5, "O.SEC.OTHER": 1.0, "O.DER.NET": 1.0, "O.DEBT.ABS": 1.0,
    "O.FAC.RETAIL": 0.05, "O.FAC.CR.NFC": 0.1, "O.FAC.LQ.NFC": 0.3, "O.FAC.BANK": 0.4,
    "O.FAC.CR.FI": 0.4, "O.FAC.LQ.FI": 1.0, "O.FAC.OTHER": 1.0,
    "I.RR.L1": 0.0, "I.RR.L2A": 0.15, "I.RR.RMBS": 0.25, "I.RR.L2B": 0.5, "I.RR.MARGIN": 0.5,
    "I.RR.OTHER": 1.0, "I.OPDEP": 0.0, "I.RET": 0.5, "I.NFC": 0.5, "I.FI": 1.0,
    "I.SECMAT": 1.0, "I.DER": 1.0,
}  # fmt: skip
REQUIRED = (
    "id", "date", "version_id", "source", "deal_id", "schema_type", "type", "asset_liability",
    "on_balance_sheet", "balance", "currency_code", "start_date", "customer_id", "entity_type",
    "intra_group", "country_code", "reporting_id", "x_lcr_code",
)  # fmt: skip

# A classification that reads attributes and nothing else: the first rule that matches wins.
CLASSIFIED = """
CASE
WHEN schema_type = 'derivative'
    THEN CASE asset_liability WHEN 'asset' THEN 'I.DER' ELSE 'O.DER.NET' END
WHEN type = 'cash' THEN 'L1.CASH'
WHEN type = 'cb_reserve' THEN 'L1.CBR'
WHEN movement = 'asset' AND hqla_class = 'i'
    THEN CASE WHEN risk_weight_std = 0 THEN 'L1.SEC0' ELSE 'L1.SOVDOM' END
WHEN movement = 'asset' AND hqla_class = 'iia' THEN
    CASE WHEN type = 'covered_bond' THEN 'L2A.CB'
         WHEN entity_type = 'corporate' THEN 'L2A.CORP' ELSE 'L2A.SEC20' END
WHEN movement = 'asset' AND hqla_class = 'iib' THEN
    CASE type WHEN 'rmbs' THEN 'L2B.RMBS' WHEN 'equity' THEN 'L2B.EQ' ELSE 'L2B.CORP' END
WHEN movement = 'asset' AND soon THEN 'I.SECMAT'
WHEN movement = 'debt_issue' AND soon
    THEN CASE WHEN type IN ('covered_bond', 'abs') THEN 'O.DEBT.ABS' ELSE 'O.WHL.OTHER' END
WHEN sft_type IS NOT NULL AND asset_liability = 'liability' AND soon THEN
    CASE WHEN entity_type = 'central_bank' OR hqla_class = 'i' THEN 'O.SEC.CB_L1'
         WHEN hqla_class = 'iia' THEN 'O.SEC.L2A'
         WHEN hqla_class = 'iib' AND type = 'rmbs' THEN 'O.SEC.RMBS'
         WHEN hqla_class = 'iib' THEN 'O.SEC.L2B'
         WHEN entity_type IN ('sovereign', 'pse', 'mdb') AND risk_weight_std <= 0.2
             THEN 'O.SEC.SOV25'
         ELSE 'O.SEC.OTHER' END
WHEN sft_type IS NOT NULL AND soon THEN
    CASE WHEN hqla_class = 'i' THEN 'I.RR.L1'
         WHEN hqla_class = 'iia' THEN 'I.RR.L2A'
         WHEN hqla_class = 'iib' AND type = 'rmbs' THEN 'I.RR.RMBS'
         WHEN hqla_class = 'iib' THEN 'I.RR.L2B'
         WHEN sft_type = 'margin_loan' THEN 'I.RR.MARGIN'
         ELSE 'I.RR.OTHER' END
WHEN status = 'committed' AND limit_amount > balance THEN
    CASE WHEN entity_type IN ('natural_person', 'sme') THEN 'O.FAC.RETAIL'
         WHEN entity_type = 'credit_institution' THEN 'O.FAC.BANK'
         WHEN entity_type = 'sspe' THEN 'O.FAC.OTHER'
         ELSE 'O.FAC.' || CASE type WHEN 'credit_facility' THEN 'CR.' ELSE 'LQ.' END
              || CASE WHEN financial THEN 'FI' ELSE 'NFC' END END
WHEN schema_type = 'loan' AND soon THEN
    CASE WHEN entity_type IN ('natural_person', 'sme') THEN 'I.RET'
         WHEN financial THEN 'I.FI' ELSE 'I.NFC' END
WHEN type = 'nostro' AND purpose IN ('operational', 'clearing') THEN 'I.OPDEP'
WHEN schema_type = 'account' AND entity_type IN ('natural_person', 'sme') THEN
    CASE entity_type WHEN 'sme' THEN 'O.SME.' ELSE 'O.RET.' END ||
    CASE WHEN next_withdrawal_date > date + 30 OR (end_date > date + 30 AND withdrawal_penalty > 0)
             THEN 'TERM30'
         WHEN guarantee_scheme IS NOT NULL AND guarantee_amount >= balance
              AND (x_established_relationship OR coalesce(status, '') = 'transactional')
             THEN CASE entity_type WHEN 'sme' THEN 'STABLE' ELSE 'STABLE5' END
         ELSE 'LESS' END
WHEN purpose IN ('operational', 'clearing', 'custody', 'cash_management') THEN 'O.WHL.OP'
WHEN financial THEN 'O.WHL.OTHER'
WHEN guarantee_amount >= balance THEN 'O.WHL.NFCINS'
ELSE 'O.WHL.NFC'
END
"""

LCR = """
WITH counted AS (
    SELECT reporting_id, x_lcr_code AS code, weight * quote / 100 *
        CASE WHEN x_lcr_code LIKE 'O.FAC.%' THEN limit_amount - balance
             ELSE balance - coalesce(encumbrance_amount, 0) END AS weighted
    FROM deals JOIN fx_rates USING (currency_code) JOIN weights ON code = x_lcr_code
), summed AS (
    SELECT reporting_id,
        coalesce(sum(weighted) FILTER (code LIKE 'L1%'), 0) AS l1,
        coalesce(sum(weighted) FILTER (code LIKE 'L2A%'), 0) AS l2a,
        coalesce(sum(weighted) FILTER (code LIKE 'L2B%'), 0) AS l2b,
        sum(weighted) FILTER (code LIKE 'O.%') AS outflow,
        coalesce(sum(weighted) FILTER (code LIKE 'I.%'), 0) AS inflow
    FROM counted GROUP BY ALL
), capped AS (
    SELECT *, greatest(l2b - 15 / 85 * (l1 + l2a), l2b - 15 / 60 * l1, 0) AS over15 FROM summed
)
SELECT (l1 + l2a + l2b - over15 - greatest(l2a + l2b - over15 - 2 / 3 * l1, 0))
    / (outflow - least(inflow, 0.75 * outflow)) AS lcr
FROM capped ORDER BY reporting_id
"""


def opened(sample: DealSample) -> duckdb.DuckDBPyConnection:
    """A database with the sample as views and the typed weights as a table."""
    base = duckdb.connect()
    for view, path in [
        ("deals", sample.deals / "*.parquet"),
        ("entities", sample.entities),
        ("fx_exact", sample.fx_rates),
    ]:
        base.execute(f"CREATE VIEW {view} AS FROM read_parquet('{path}')")
    base.execute("CREATE VIEW fx_rates AS SELECT currency_code, quote::DOUBLE quote FROM fx_exact")
    base.execute("CREATE TABLE weights (code VARCHAR, weight DOUBLE)")
    base.executemany("INSERT INTO weights VALUES (?, ?)", [list(pair) for pair in WEIGHTS.items()])
    return base


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DealSample:
    return write_deals(tmp_path_factory.mktemp("sample") / "deals", deals=40_000)


@pytest.fixture(scope="module")
def base(sample: DealSample) -> Iterator[duckdb.DuckDBPyConnection]:
    with opened(sample) as connection:
        yield connection


def rows(base: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return base.execute(query).fetchall()


def test_ids_are_unique_and_rows_are_counted(base: duckdb.DuckDBPyConnection) -> None:
    assert rows(base, "SELECT count(*), count(DISTINCT id) FROM deals") == [(40_000, 40_000)]
    assert rows(base, "SELECT count(DISTINCT reporting_id) FROM deals") == [(24,)]
    assert rows(base, "SELECT count(*) FROM deals ANTI JOIN entities USING (reporting_id)") == [
        (0,)
    ]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_required_field_has_no_nulls(base: duckdb.DuckDBPyConnection, field: str) -> None:
    assert rows(base, f"SELECT count(*) FROM deals WHERE {field} IS NULL") == [(0,)]


def test_types_are_exact(sample: DealSample) -> None:
    schema = pq.read_schema(sample.deals / "part-00000.parquet")
    types = {field.name: str(field.type) for field in schema}
    assert types["balance"] == types["limit_amount"] == types["encumbrance_amount"] == "int64"
    assert types["date"] == types["end_date"] == types["next_withdrawal_date"] == "date32[day]"
    assert types["risk_weight_std"] == "decimal128(6, 4)"
    assert not {"float", "double"} & set(types.values())
    assert str(pq.read_schema(sample.entities).field("lcr_limit").type) == "decimal128(6, 4)"
    assert str(pq.read_schema(sample.fx_rates).field("quote").type) == "decimal128(9, 6)"


def test_the_euro_is_exactly_one_and_dominates(base: duckdb.DuckDBPyConnection) -> None:
    assert rows(base, "SELECT quote = 1 FROM fx_exact WHERE currency_code = 'EUR'") == [(True,)]
    shares = rows(
        base,
        "SELECT currency_code, sum(balance * quote) AS value FROM deals JOIN fx_rates "
        "USING (currency_code) GROUP BY ALL ORDER BY value DESC",
    )
    assert len(shares) == 6
    assert shares[0][0] == "EUR"
    assert shares[0][1] > sum(value for _, value in shares[1:])


def test_every_code_has_a_weight_and_all_codes_occur(base: duckdb.DuckDBPyConnection) -> None:
    assert {code for (code,) in rows(base, "SELECT DISTINCT x_lcr_code FROM deals")} == set(WEIGHTS)


def test_attributes_alone_lead_to_the_code(base: duckdb.DuckDBPyConnection) -> None:
    wrong = rows(
        base,
        f"""
        WITH read AS (
            SELECT *, end_date <= date + 30 AS soon, entity_type IN ('credit_institution',
                'investment_firm', 'insurer', 'fund', 'central_bank') AS financial
            FROM deals
        )
        SELECT x_lcr_code, {CLASSIFIED} AS found, count(*) FROM read
        WHERE found IS DISTINCT FROM x_lcr_code GROUP BY ALL
        """,
    )
    assert wrong == []


def test_amounts_are_positive_and_fit_each_other(base: duckdb.DuckDBPyConnection) -> None:
    for broken in (
        "balance <= 0",
        "limit_amount <= balance",
        "encumbrance_amount NOT IN (0, balance)",
        "guarantee_amount > balance",
        "(guarantee_amount IS NULL) <> (guarantee_scheme IS NULL)",
        "accrued_interest NOT BETWEEN 0 AND balance",
        "start_date > date OR end_date <= date OR next_withdrawal_date <= date",
        "country_code = ''",
    ):
        assert rows(base, f"SELECT count(*) FROM deals WHERE {broken}") == [(0,)], broken


def test_both_legs_of_a_repo_share_the_deal(base: duckdb.DuckDBPyConnection) -> None:
    trades = rows(
        base,
        """
        SELECT count(*), count(DISTINCT movement), count(DISTINCT reporting_id),
            count(DISTINCT currency_code), count(DISTINCT end_date), count(DISTINCT hqla_class)
        FROM deals WHERE sft_type IN ('repo', 'rev_repo') GROUP BY deal_id
        """,
    )
    assert set(trades) == {(2, 2, 1, 1, 1, 1)}
    assert rows(
        base,
        "SELECT count(*) FROM (SELECT deal_id FROM deals GROUP BY deal_id HAVING count(*) > 1)",
    ) == [(len(trades),)]


def test_collateral_is_worth_more_than_the_cash_and_pledged_if_posted(
    base: duckdb.DuckDBPyConnection,
) -> None:
    legs = """
        FROM deals cash JOIN deals paper USING (deal_id)
        WHERE cash.movement = 'cash' AND paper.movement = 'asset'
    """
    assert rows(base, f"SELECT count(*) {legs} AND paper.balance <= cash.balance") == [(0,)]
    pledged = "paper.encumbrance_amount = paper.balance"
    posted = "cash.sft_type = 'repo'"
    assert rows(base, f"SELECT count(*) {legs} AND ({pledged}) <> ({posted})") == [(0,)]


def test_entities_land_between_tight_and_ample(base: duckdb.DuckDBPyConnection) -> None:
    ratios = [ratio for (ratio,) in rows(base, LCR)]
    assert len(ratios) == 24
    assert sum(0.95 <= ratio <= 2.2 for ratio in ratios) >= 22
    assert 1 <= sum(ratio < 1.05 for ratio in ratios) <= 2
    assert min(ratios) < 1


def test_entities_are_skewed_in_size(base: duckdb.DuckDBPyConnection) -> None:
    counts = [n for (n,) in rows(base, "SELECT count(*) n FROM deals GROUP BY reporting_id")]
    assert max(counts) > 10 * min(counts)


def test_liquid_assets_are_about_a_fifth_of_the_funding(base: duckdb.DuckDBPyConnection) -> None:
    [(share,)] = rows(
        base,
        """
        SELECT sum(balance * quote) FILTER (x_lcr_code LIKE 'L%' AND sft_type IS NULL)
             / sum(balance * quote) FILTER (asset_liability = 'liability')
        FROM deals JOIN fx_rates USING (currency_code)
        """,
    )
    assert 0.15 < share < 0.27


def test_the_same_parameters_give_the_same_content(tmp_path: Path) -> None:
    one = write_deals(tmp_path / "one", deals=2_000, entities=5)
    two = write_deals(tmp_path / "two", deals=2_000, entities=5)
    other = write_deals(tmp_path / "other", deals=2_000, entities=5, seed=8)
    assert pq.read_table(one.deals).equals(pq.read_table(two.deals))
    assert pq.read_table(one.entities).equals(pq.read_table(two.entities))
    assert not pq.read_table(one.deals).equals(pq.read_table(other.deals))


def test_large_samples_come_in_parts(tmp_path: Path) -> None:
    sample = write_deals(tmp_path / "large", deals=260_001)
    parts = sorted(path.name for path in sample.deals.iterdir())
    assert parts == ["part-00000.parquet", "part-00001.parquet"]
    with opened(sample) as base:
        assert rows(base, "SELECT count(*), count(DISTINCT id) FROM deals") == [(260_001, 260_001)]
        trades = rows(
            base, "SELECT DISTINCT count(*) FROM deals WHERE sft_type = 'repo' GROUP BY deal_id"
        )
        assert trades == [(2,)]


@pytest.mark.parametrize(("deals", "entities"), [(1, 1), (24, 24), (30, 24), (3_000, 999)])
def test_small_samples_have_their_rows_and_entities(
    tmp_path: Path, deals: int, entities: int
) -> None:
    sample = write_deals(tmp_path / "small", deals=deals, entities=entities)
    with opened(sample) as base:
        assert rows(base, "SELECT count(*), count(DISTINCT reporting_id) FROM deals") == [
            (deals, entities)
        ]
    assert (sample.deal_count, sample.entity_count, sample.currency_count) == (deals, entities, 6)


def test_a_complete_sample_is_reused(tmp_path: Path) -> None:
    first = write_deals(tmp_path / "sample", deals=100)
    part = first.deals / "part-00000.parquet"
    written = part.stat().st_mtime_ns
    assert write_deals(tmp_path / "sample", deals=100) == first
    assert part.stat().st_mtime_ns == written
    assert [path.name for path in tmp_path.iterdir()] == ["sample"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "sample").mkdir()
    assert write_deals(tmp_path / "sample", deals=100).entities.is_file()


@pytest.mark.parametrize("change", [{"deals": 101}, {"seed": 1}, {"as_of": date(2025, 6, 30)}])
def test_another_sample_is_not_overwritten(tmp_path: Path, change: dict[str, Any]) -> None:
    write_deals(tmp_path / "sample", deals=100)
    with pytest.raises(SampleError, match="another folder"):
        write_deals(tmp_path / "sample", **{"deals": 100, **change})


def test_foreign_and_incomplete_content_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(SampleError, match="something else"):
        write_deals(tmp_path, deals=100)
    with pytest.raises(SampleError, match="something else"):
        write_deals(tmp_path / "notes.txt", deals=100)
    sample = write_deals(tmp_path / "sample", deals=100)
    sample.fx_rates.unlink()
    with pytest.raises(SampleError, match="complete"):
        write_deals(tmp_path / "sample", deals=100)


@pytest.mark.parametrize(
    "impossible", [{"deals": 23}, {"deals": -1}, {"entities": 0}, {"entities": 1000}, {"seed": -1}]
)
def test_impossible_counts_are_refused(tmp_path: Path, impossible: dict[str, int]) -> None:
    with pytest.raises(SampleError, match="no sample has"):
        write_deals(tmp_path / "sample", **impossible)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(pq, "write_table", full)
    with pytest.raises(OSError, match="no space"):
        write_deals(tmp_path / "sample", deals=100)
    assert list(tmp_path.iterdir()) == []
