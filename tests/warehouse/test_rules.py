"""Rules as a dimension: one key everywhere, one row per change, scenarios found by them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.redshift.stand_in import PASSWORD, Redshift
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

from liqbench.model import Dag, DagBuilder
from liqbench.warehouse.errors import AuditMismatchError, ValueTooWideError
from liqbench.warehouse.rule_tables import Change, changes_of
from liqbench.warehouse.target import WarehouseTarget

OUTFLOW: dict[str, Any] = {
    "rule_id": "OUT|1",
    "conditions": [{"field": "product", "operator": "in", "value": ["BOND", "LOAN"]}],
    "adjustments": [
        {"field": "factor", "operation": "multiply", "value": 0.95},
        {"field": "haircut", "operation": "add", "value": "0.05"},
    ],
    "effective_date": "2024-01-15",
    "expiry_date": "2026-12-31",
    "approval": {"user": "risk_admin", "timestamp": "2024-01-14T11:00:00+01:00"},
    "reason": "Stress ü",
    "evidence": "minutes",
}
LATER: dict[str, Any] = {
    "rule_id": "LATER",
    "adjustments": [{"field": "rated", "operation": "set", "value": True}],
    "effective_date": "2026-01-01",
}


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def dag(config: Callable[..., Any]) -> Dag:
    source = {"format": "parquet", "path": "deals.parquet"}
    return (
        DagBuilder()
        .add_operator(config("deals", "ingest", key=["id"], source=source))
        .add_operator(config("own", "adjust", "deals", rules=[LATER]))
        .add_operator(config("second", "adjust", "own", rules=[OUTFLOW]))
        .build()
    )


def key(text: str) -> int:
    return int(hashlib.md5(text.encode()).hexdigest()[:15], 16)  # noqa: S324


BY_HAND = {
    "factor": key(
        "OUT\\|1|deals|1|factor|multiply|0.95|product in (BOND, LOAN)|Stress ü|minutes|2024-01-15|"
        "2026-12-31|risk_admin|2024-01-14T10:00:00"
    ),
    "haircut": key(
        "OUT\\|1|deals|2|haircut|add|0.05|product in (BOND, LOAN)|Stress ü|minutes|2024-01-15|"
        "2026-12-31|risk_admin|2024-01-14T10:00:00"
    ),
    "rated": key("LATER|deals|1|rated|set|true||||2026-01-01|\\0|\\0|\\0"),
}


def test_changes_are_those_of_all_adjustments_in_their_order(dag: Dag) -> None:
    changes = changes_of(dag)
    found = [(change.row[3], change.stage, change.place) for change in changes]
    assert found == [("rated", "deals", 1), ("factor", "deals", 1), ("haircut", "deals", 2)]
    assert changes[1].row[6] == "product in (BOND, LOAN)"
    assert [change.key for change in changes] == [
        BY_HAND["rated"],
        BY_HAND["factor"],
        BY_HAND["haircut"],
    ]


def test_both_warehouses_have_each_rule_once_and_know_its_scenarios(
    dag: Dag, redshift: Redshift, tmp_path: Path
) -> None:
    changes = changes_of(dag)
    rows = [row("2025-12-31", "A", "Bank", "1.00")]
    base = publication(tmp_path, rows)
    stress = replace(publication(tmp_path, rows, name="stress"), changes=changes)
    mild = replace(
        publication(tmp_path, [row("2025-12-31", "A", "Bank", "2.00")], name="mild"),
        changes=changes[:1],
    )
    found = []
    for target in (duckdb_target(tmp_path), redshift_target(redshift)):
        publish(target, base, stress, mild)
        assert publish(target, stress).new is False
        found.append(
            [
                rows_of(target, query)
                for query in (
                    "SELECT adjustment_key, rule_id, stage, place, field, operation, value, "
                    "reason, effective_date, expiry_date, approved_by, approved_at "
                    "FROM dim_adjustment ORDER BY field",
                    "SELECT s.scenario, a.field, b.position, b.is_in_force "
                    "FROM bridge_scenario_adjustment AS b "
                    "JOIN dim_scenario AS s ON s.scenario_key = b.scenario_key "
                    "JOIN dim_adjustment AS a ON a.adjustment_key = b.adjustment_key "
                    "ORDER BY s.scenario, b.position",
                )
            ]
        )
        with pytest.raises(AuditMismatchError, match="changes of rules are there instead of 1"):
            spoil(target, changes[0], publication(tmp_path, rows, name="spoilt"))
    rules, links = found[0]
    assert found[1] == found[0]
    both = (date(2024, 1, 15), date(2026, 12, 31), "risk_admin", datetime(2024, 1, 14, 10))  # noqa: DTZ001
    assert rules == [
        (BY_HAND["factor"], "OUT|1", "deals", 1, "factor", "multiply", "0.95", "Stress ü", *both),
        (BY_HAND["haircut"], "OUT|1", "deals", 2, "haircut", "add", "0.05", "Stress ü", *both),
        (BY_HAND["rated"], "LATER", "deals", 1, "rated", "set", "true", "",
         date(2026, 1, 1), None, None, None),
    ]  # fmt: skip
    assert links == [
        ("mild", "rated", 1, False),  # takes effect a day after the as-of date
        ("stress", "rated", 1, False),
        ("stress", "factor", 2, True),
        ("stress", "haircut", 3, True),
    ]


def spoil(target: WarehouseTarget, change: Change, published: Any) -> None:
    """Double a rule behind the publisher's back, and publish something that has it."""
    with target.connect() as connection:
        connection.execute("INSERT INTO dim_adjustment SELECT * FROM dim_adjustment")
    publish(target, replace(published, changes=(change,)))


def test_reports_find_the_figures_of_a_rule_by_its_scenarios(dag: Dag, tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    rated, factor, _ = changes_of(dag)
    for name, amount, changes in (
        ("Base", "1.00", ()),
        ("stress", "2.00", (rated, factor)),
        ("mild", "4.00", (rated,)),
    ):
        rows = [row("2025-12-31", "A", "Bank", amount)]
        publish(target, replace(publication(tmp_path, rows, name=name), changes=changes))
    gone = publication(tmp_path, [row("2025-12-31", "A", "Bank", "8.00")], name="gone")
    publish(target, replace(gone, changes=(factor,)))
    withdraw(target, gone.publish_id, "wrong", by="eve")
    target.make_views([STAR])
    found = rows_of(
        target,
        """SELECT a.rule_id, s.variant, SUM(f.amount)
        FROM rpt_dim_adjustment AS a
        JOIN rpt_scenario_adjustment AS b ON b.adjustment_key = a.adjustment_key
        JOIN rpt_dim_scenario AS s ON s.scenario_key = b.scenario_key
        JOIN rpt_fact_position AS f ON f.scenario_key = s.scenario_key
        GROUP BY ALL ORDER BY ALL""",
    )
    assert [(rule, variant, str(total)) for rule, variant, total in found] == [
        ("LATER", "mild", "4.00"),
        ("LATER", "stress", "2.00"),
        ("OUT|1", "stress", "2.00"),
    ]


def test_a_text_that_would_be_cut_off_is_refused(dag: Dag, tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    change = changes_of(dag)[0]
    rule = change.rule.model_copy(update={"reason": "ü" * 2_001})
    too_long = replace(
        publication(tmp_path, [row("2025-12-31", "A", "Bank", "1.00")]),
        changes=(replace(change, rule=rule),),
    )
    with pytest.raises(ValueTooWideError, match="4,002 bytes doesn't fit the column 'reason'"):
        publish(target, too_long)
    assert rows_of(target, "SELECT * FROM dim_adjustment") == []
