"""Views with stored rows: made beside publications, refreshed after them, told where that fails."""

from __future__ import annotations

import logging
import re
from decimal import Decimal
from pathlib import Path

import pytest
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.redshift.wire import RedshiftError
from tests.warehouse.publications import (
    STAR,
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
    withdraw,
)

from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse import Publication
from liqbench.warehouse.reporting import Aggregation
from liqbench.warehouse.target import WarehouseTarget

SUMMED = StarSchemaOperator.model_validate(
    {
        **STAR.model_dump(),
        "measures": [{"field": "amount", "type": "decimal(20,2)", "aggregation": "sum"}],
    }
)
TOTALS = Aggregation(name="totals", fact="position", dimensions=("entity",))
SHOWN = "SELECT variant, amount FROM rpt_fact_position JOIN rpt_dim_scenario USING (scenario_key)"
TOTAL = "SELECT amount, row_count FROM rpt_agg_totals"
FAILED = RedshiftError("no room for it", "XX000", "")


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


def amounts(folder: Path, *values: str) -> Publication:
    rows = [
        row("2025-12-31", "A", "a", value, ccy)
        for value, ccy in zip(values, ("EUR", "USD"), strict=False)
    ]
    return publication(folder, rows, star=SUMMED)


def stored(redshift: Redshift) -> list[str]:
    return [name for (name,) in redshift.sql("SELECT matviewname FROM pg_matviews ORDER BY 1")]


def test_what_reports_read_is_stored_and_refreshed_after_a_publication(
    redshift: Redshift, tmp_path: Path
) -> None:
    target = redshift_target(redshift)
    publish(target, amounts(tmp_path, "1.00", "2.00"))
    target.make_views([SUMMED], [TOTALS])
    assert [re.sub("[0-9a-f]{8}$", "", name) for name in stored(redshift)] == [
        "mv_agg_totals_", "mv_fact_position_",
    ]  # fmt: skip
    made = [each.text for each in redshift.statements if "MATERIALIZED" in each.text]
    assert len(made) == 2
    assert all(" SORTKEY (date_key, scenario_key) AUTO REFRESH YES AS" in text for text in made)
    assert rows_of(target, TOTAL) == [(Decimal("3.00"), 2)]
    since = len(redshift.statements)
    receipt = publish(target, amounts(tmp_path, "4.00", "5.00"))
    assert receipt.warnings == ()
    done = [each.text for each in redshift.statements[since:]]
    after = done[done.index("COMMIT") + 1 :]
    assert len(after) == 3
    assert [text.split('"')[0] for text in after[1:]] == ["REFRESH MATERIALIZED VIEW "] * 2
    assert not [text for text in done[done.index("BEGIN") :] if "CREATE" in text or "DROP" in text]
    assert sorted(rows_of(target, SHOWN)) == [("Base", Decimal("4.00")), ("Base", Decimal("5.00"))]
    assert rows_of(target, TOTAL) == [(Decimal("9.00"), 2)]


def test_stored_and_plain_views_show_the_same(redshift: Redshift, tmp_path: Path) -> None:
    redshift.sql("CREATE SCHEMA plain AUTHORIZATION analyst")
    targets: list[WarehouseTarget] = [
        redshift_target(redshift),
        redshift_target(redshift, namespace="plain", materialized_views=False),
        duckdb_target(tmp_path),
    ]
    first, wrong = amounts(tmp_path, "1.00", "2.00"), amounts(tmp_path, "9.00")
    found = []
    for target in targets:
        publish(target, first)
        target.make_views([SUMMED], [TOTALS])
        publish(target, wrong)
        shown = [rows_of(target, SHOWN), rows_of(target, TOTAL)]
        assert shown == [[("Base", Decimal("9.00"))], [(Decimal("9.00"), 1)]]
        assert withdraw(target, wrong.publish_id, "wrong", by="ann").new
        found.append([sorted(rows_of(target, SHOWN)), rows_of(target, TOTAL)])
    assert found[0] == found[1] == found[2]
    assert found[0][1] == [(Decimal("3.00"), 2)]
    assert len(stored(redshift)) == 2


def test_a_refresh_that_fails_is_told_and_nothing_else(
    redshift: Redshift, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "liqbench")
    target = redshift_target(redshift)
    publish(target, amounts(tmp_path, "1.00"))
    target.make_views([SUMMED], [TOTALS])
    redshift.faults.error(matching='^REFRESH MATERIALIZED VIEW "mv_agg', error=FAILED)
    receipt = publish(target, amounts(tmp_path, "2.00"))
    (name, _) = stored(redshift)
    told = (
        f"{name} was not refreshed, so reports may show what was there before for a while: "
        "the warehouse refused: no room for it"
    )
    assert (receipt.new, receipt.tries, receipt.warnings) == (True, 1, (told,))
    assert caplog.messages == [told]
    assert rows_of(target, SHOWN) == [("Base", Decimal("2.00"))]  # the other one was refreshed
    assert rows_of(target, TOTAL) == [(Decimal("1.00"), 1)]  # what was there before
    assert redshift.sql("SELECT count(*) FROM lq_ledger") == [(2,)]
    again = publish(target, amounts(tmp_path, "3.00"))
    assert again.warnings == ()
    assert rows_of(target, TOTAL) == [(Decimal("3.00"), 1)]


def test_a_connection_lost_while_refreshing_changes_nothing_either(
    redshift: Redshift, tmp_path: Path
) -> None:
    target = redshift_target(redshift)
    publish(target, amounts(tmp_path, "1.00"))
    target.make_views([SUMMED], [TOTALS])
    for matching in ("svv_mv_info", "^REFRESH"):
        redshift.faults.drop_before(matching=matching)
        receipt = publish(target, amounts(tmp_path, "2.00"))
        assert (receipt.new, receipt.tries, len(receipt.warnings)) == (True, 1, 1)
        assert receipt.warnings[0].startswith("the refreshing of views ended at")


def test_what_is_withdrawn_is_not_shown_even_where_a_refresh_fails(
    redshift: Redshift, tmp_path: Path
) -> None:
    target = redshift_target(redshift)
    publish(target, amounts(tmp_path, "1.00"))
    target.make_views([SUMMED], [TOTALS])
    wrong = publish(target, amounts(tmp_path, "9.00"))
    for n in (1, 2):
        redshift.faults.error(n, matching="^REFRESH", error=FAILED)
    withdraw(target, wrong.publish_id, "wrong feed", by="ann")
    assert rows_of(target, SHOWN) == rows_of(target, TOTAL) == []


def test_a_changed_view_is_made_beside_the_old_one(redshift: Redshift, tmp_path: Path) -> None:
    target = redshift_target(redshift)
    publish(target, amounts(tmp_path, "1.00"))
    target.make_views([SUMMED], [TOTALS])
    before = stored(redshift)
    redshift.sql("CREATE MATERIALIZED VIEW mv_own AS SELECT 1 AS one")
    target.make_views([SUMMED], [TOTALS])
    assert stored(redshift) == [*before, "mv_own"]
    redshift.sql("GRANT SELECT ON rpt_agg_totals TO PUBLIC")
    other = SUMMED.model_copy(
        update={
            "measures": tuple(m.model_copy(update={"aggregation": "max"}) for m in SUMMED.measures)
        }
    )
    target.make_views([other], [TOTALS])
    changed = stored(redshift)
    assert changed[0] != before[0]
    assert changed[1:] == [before[1], "mv_own"]
    granted = redshift.sql(
        "SELECT count(*) FROM information_schema.role_table_grants "
        "WHERE table_name = 'rpt_agg_totals' AND grantee = 'PUBLIC'"
    )
    assert granted == [(1,)]


def test_the_stand_in_stores_no_view_over_a_view(redshift: Redshift) -> None:
    redshift.sql("CREATE VIEW plain AS SELECT 1 AS one")
    redshift.sql("GRANT SELECT ON plain TO PUBLIC")
    with redshift_target(redshift).connect() as connection:  # noqa: SIM117
        with pytest.raises(Exception, match="can not be created on view plain"):
            connection.execute("CREATE MATERIALIZED VIEW mv AS SELECT one FROM plain")
