"""Which rules a publication was made with: a dimension of what they change, and who has which.

A row of ``dim_adjustment`` is one change of one rule behind one operator; its key is made of all
that it says, so the same rule has one row, whatever scenarios it is part of, and a rule that says
something else is another one. ``bridge_scenario_adjustment`` tells which publications have it, in
which order, and whether its dates let it act.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from liqbench.model import AdjustmentRule, Dag
from liqbench.model.dag import ADJUST
from liqbench.operators import make_operator
from liqbench.operators.adjust import AdjustmentOperator
from liqbench.operators.star.keys import hash_key
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.errors import ValueTooWideError
from liqbench.warehouse.tables import BRIDGE_ADJUSTMENT, DIM_ADJUSTMENT, Table

_AT_ONCE = 200  # rows of one statement
COUNT_LINKS = (
    "SELECT COUNT(*) FROM bridge_scenario_adjustment AS b JOIN dim_adjustment AS a "
    "ON a.adjustment_key = b.adjustment_key WHERE b.publish_id = %s"
)
Statement = tuple[str, tuple[object, ...]]


@dataclass(frozen=True)
class Change:
    """One change of a rule, behind the operator ``stage``; ``place`` counts from 1 in the rule."""

    rule: AdjustmentRule
    stage: str
    place: int

    @property
    def key(self) -> int:
        """The surrogate key: of all that the row says."""
        return hash_key([_key_text(value) for value in self.row])

    @property
    def row(self) -> tuple[object, ...]:
        """The row without its key, in the order of the table."""
        rule, change = self.rule, self.rule.adjustments[self.place - 1]
        approval = rule.approval
        return (
            rule.rule_id,
            self.stage,
            self.place,
            change.field,
            change.operation,
            _text(change.value),
            " and ".join(node.describe() for node in rule.conditions),
            rule.reason,
            rule.evidence,
            rule.effective_date,
            rule.expiry_date,
            None if approval is None else approval.user,
            None if approval is None else _utc(approval.timestamp),
        )


def changes_of(dag: Dag) -> tuple[Change, ...]:
    """Return what the rules in a DAG change, in the order in which they act, each once."""
    found: dict[int, Change] = {}
    for name in dag.order():
        operator = make_operator(dag.operator(name))
        if isinstance(operator, AdjustmentOperator):
            stage = _stage(dag, name)
            for rule in operator.rules:
                for place in range(1, len(rule.adjustments) + 1):
                    change = Change(rule, stage, place)
                    found.setdefault(change.key, change)
    return tuple(found.values())


def _stage(dag: Dag, name: str) -> str:
    """Return the operator behind which an adjustment stands, past other adjustments."""
    while dag.operator(name).operator_type == ADJUST:
        name = dag.operator(name).inputs[0]
    return name


def added(
    changes: Sequence[Change], publish_id: str, scenario_key: int, as_of: date
) -> Iterator[Statement]:
    """Yield the INSERTs of the changes that are new, and of the publication's links to them.

    Raises ``ValueTooWideError`` for a text that its column can't hold.
    """
    for start in range(0, len(changes), _AT_ONCE):
        some = changes[start : start + _AT_ONCE]
        rows = [_checked((change.key, *change.row), change) for change in some]
        links = [
            (
                scenario_key,
                change.key,
                publish_id,
                start + number,
                change.rule.skipped_because(as_of) is None,
            )
            for number, change in enumerate(some, 1)
        ]
        new = (
            " WHERE NOT EXISTS (SELECT 1 FROM dim_adjustment AS known "
            "WHERE known.adjustment_key = given.adjustment_key)"
        )
        yield _insert(DIM_ADJUSTMENT, rows, new)
        yield _insert(BRIDGE_ADJUSTMENT, links)


def _insert(table: Table, rows: Sequence[tuple[object, ...]], condition: str = "") -> Statement:
    names = ", ".join(map(quote, table.names))
    row = ", ".join(f"CAST(%s AS {c.type}) AS {quote(c.name)}" for c in table.columns)
    given = " UNION ALL ".join([f"SELECT {row}"] * len(rows))
    statement = (
        f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM ({given}) AS given"
        f"{condition}"
    )
    return statement, tuple(value for values in rows for value in values)


def _checked(row: tuple[object, ...], change: Change) -> tuple[object, ...]:
    """Return a row whose texts fit. Redshift would cut them off without a word."""
    for column, value in zip(DIM_ADJUSTMENT.columns, row, strict=True):
        room = column.type.size
        if isinstance(value, str) and room is not None and len(value.encode()) > room:
            where = f"rule {change.rule.rule_id!r}"
            raise ValueTooWideError.of_text(len(value.encode()), column.name, room, where=where)
    return row


def _text(value: object) -> str:
    """Return a rule's value as text: exact, and the same however it was written."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)


def _utc(moment: datetime) -> datetime:
    """Return a moment as a warehouse keeps it: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _key_text(value: object) -> str | int | date | None:
    if isinstance(value, datetime):
        return value.isoformat()
    assert value is None or isinstance(value, str | int | date)  # noqa: S101 - a row has no others
    return value
