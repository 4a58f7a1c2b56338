"""A variant's adjustments as a list of steps: staged, changed against what was there, merged."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from liqbench.warehouse import adjustments, facts
from liqbench.warehouse.connection import Rows
from liqbench.warehouse.ddl import create_stage
from liqbench.warehouse.errors import AdjustmentConflictError, AuditMismatchError
from liqbench.warehouse.load import check_totals
from liqbench.warehouse.recorded import BASE, STAGE, Upsert
from liqbench.warehouse.script import Step
from liqbench.warehouse.tables import ADJUSTMENT

_MOST_OF_A_KEY = 120


def create(upsert: Upsert) -> Iterator[Step]:
    """Yield the making of the temporary tables."""
    yield Step(create_stage(STAGE, upsert.stage))
    yield Step(create_stage(BASE, upsert.base))
    yield Step(create_stage(ADJUSTMENT, upsert.changes))


def versions(upsert: Upsert) -> Step:
    """Return the question what is there, and in which version."""
    return Step(adjustments.VERSIONS, upsert.scope.values)


def staged(upsert: Upsert) -> Iterator[Step]:
    """Yield what follows the loading of the stage and of the versions: audit, and the changes."""
    yield Step(adjustments.totals(upsert.stage, STAGE.names), check=partial(_same, upsert))
    yield Step(facts.doubled(upsert.stage, ("record_key",)), check=partial(_none_doubled, upsert))
    ids = _ids(upsert)
    names = (upsert.changes, upsert.stage, upsert.base)
    yield Step(adjustments.add_changes(*names), (*ids, *upsert.scope.values))
    yield Step(adjustments.add_deletions(*names), ids)


def published(upsert: Upsert) -> Iterator[Step]:
    """Yield the changes that are made under the lock, and their audit."""
    yield Step(
        adjustments.conflicts(upsert.base), upsert.scope.values, partial(_no_conflict, upsert)
    )
    yield Step(facts.add_dates(upsert.changes, "as_of"))
    yield Step(adjustments.keep_before(upsert.changes))
    yield Step(adjustments.merge(upsert.changes))
    yield Step(
        adjustments.merged(upsert.changes),
        (upsert.publication.publish_id,),
        partial(_merged, upsert),
    )


def withdrawn(publish_id: str) -> Iterator[Step]:
    """Yield the restoring of what a publication's adjustments took the place of."""
    for statement in (
        adjustments.KEEP_WITHDRAWN,
        adjustments.RESTORE,
        adjustments.DELETE_WITHDRAWN,
    ):
        yield Step(statement, (publish_id,))


def _ids(upsert: Upsert) -> tuple[object, ...]:
    day = upsert.scope.as_of
    publication = upsert.publication
    date_key = day.year * 10_000 + day.month * 100 + day.day
    return (publication.publish_id, publication.scenario_key, date_key)


def _same(upsert: Upsert, found: Rows) -> None:
    words = "what was staged is not what was approved"
    check_totals(str(upsert.scope), upsert.totals, found[0], words)


def _none_doubled(upsert: Upsert, found: Rows) -> None:
    if found[0][0]:
        raise AuditMismatchError(
            f"{found[0][0]:,} adjustments share their rule, row and field with another one",
            where=str(upsert.scope),
            hint="nothing was changed; the key of the adjusted rows must tell them apart",
        )


def _no_conflict(upsert: Upsert, found: Rows) -> None:
    if not found:
        return
    count = found[0][0]
    named = "; ".join(map(_named, found))
    more = f"; and {count - len(found):,} more" if count > len(found) else ""
    raise AdjustmentConflictError(
        f"somebody else changed {count:,} of them since this publication began: {named}{more}",
        where=str(upsert.scope),
        hint="nothing was changed; see what that publication says, and publish again to put "
        "yours in its place",
    )


def _named(row: tuple[Any, ...]) -> str:
    _, rule, deal_key, field, at_first, now, publish_id = row
    if now is None:
        return f"a row of version {at_first} is gone"
    first = "not there" if at_first is None else f"version {at_first}"
    return (
        f"rule {rule!r} on {str(deal_key)[:_MOST_OF_A_KEY]}, field {field!r}: {first} at first, "
        f"version {now} now, by publication {str(publish_id)[:12]}"
    )


def _merged(upsert: Upsert, found: Rows) -> None:
    written, same, changes, standing = found[0]
    if not written == same == changes or standing != upsert.count:
        raise AuditMismatchError(
            f"of {changes:,} changes {written:,} were written, {same:,} as they should be; "
            f"{standing:,} adjustments are there instead of {upsert.count:,}",
            where=str(upsert.scope),
            hint="nothing was changed; find out who changed the warehouse",
        )
