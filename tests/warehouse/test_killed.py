"""A publisher that is killed at any moment leaves its publication there once, or not at all."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.forks import FORKS
from tests.governance.desk import Desk
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import STAGED, VARIABLE, redshift_settings, rows_of
from tests.warehouse.publishers import publish, publish_and_die

from liqbench.governance import Approval, ApprovalProcess
from liqbench.governance.audit import PUBLISHED
from liqbench.warehouse import RedshiftTarget, publication_of, publish_approved
from liqbench.warehouse.target import WarehouseTarget

SEED = 20251231
DIRECT, BY_S3, IN_A_FILE = 9, 5, 6  # of 20 moments
FOUND = (
    "SELECT (SELECT count(*) FROM lq_ledger WHERE publish_id IN ({ids})) AS entered, "
    "(SELECT count(*) FROM fact_position WHERE publish_id IN ({ids})) AS facts, "
    "(SELECT sum(amount) FROM fact_position WHERE publish_id IN ({ids})) AS amount, "
    "(SELECT count(*) FROM dim_scenario WHERE publish_id IN ({ids})) AS scenarios"
)
ALL = (
    "SELECT (SELECT count(*) FROM lq_ledger) AS entered, "
    "(SELECT sum(amount) FROM fact_position) AS amount, "
    "(SELECT count(*) FROM dim_entity WHERE is_current) AS current_members"
)
LOCKS = (
    "SELECT count(*) FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
    "WHERE relname LIKE 'lq_%' OR relname LIKE 'fact_%' OR relname LIKE 'dim_%'"
)
NOTHING = [(0, 0, None, 0)]


@dataclass
class House:
    """A desk whose approvals are published to one warehouse, each of a day of its own."""

    desk: Desk
    target: WarehouseTarget
    name: str
    published: int = 0
    total: Decimal = Decimal(0)

    def approved(self) -> Approval:
        """Approve two facts, on both sides, whose first entity is renamed each time."""
        number = self.published + 1
        day = (date(2025, 1, 1) + timedelta(days=number)).isoformat()
        rows = [(day, "A", f"Bank {number}", f"{number}.01"), (day, "B", "Bank", "100.00")]
        return self.desk.approved(rows=rows)

    def begin(self) -> None:
        """Publish once, so that all tables are there."""
        self._publish(self.approved())
        self._count()

    def _count(self) -> Decimal:
        """Count one more publication; return its amount."""
        self.published += 1
        amount = 2 * (Decimal(f"{self.published}.01") + 100)
        self.total += amount
        return amount

    def _publish(self, approval: Approval) -> bool:
        publisher = self.desk.process.publisher
        return publish_approved(publisher, approval.id, self.target, name=self.name, by="pat").new

    def now_published(self, approval: Approval) -> bool:
        """Publish it, unless it is there, and hold the warehouse to what was approved.

        Tell whether it was there before.
        """
        publisher = self.desk.process.publisher
        cleared = publisher.clear(approval.id, name=self.name, target=self.target, by="pat")
        publications = publication_of(cleared, self.target)
        amount = self._count()
        found = FOUND.format(ids=", ".join(f"'{each.publish_id}'" for each in publications))
        whole = [(2, 4, amount, 2)]
        before = rows_of(self.target, found)
        assert before in (NOTHING, whole)
        receipt = publish_approved(publisher, approval.id, self.target, name=self.name, by="pat")
        assert receipt.new == (before == NOTHING)
        assert rows_of(self.target, found) == whole
        assert rows_of(self.target, ALL) == [(2 * self.published, self.total, 2)]
        assert self.desk.process.submission(approval.submission_id).state == PUBLISHED
        told = self.desk.process.audit.entries(what=PUBLISHED)
        assert [entry.details["approval"] for entry in told].count(approval.id) == 1
        assert publisher.check_log().number == 3 * self.published
        return before == whole


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, PASSWORD)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.process = ApprovalProcess(desk.workspace)  # by the clock that the publishers have
    yield desk
    desk.workspace.records.close()


class Publisher:
    """A process that publishes, to be killed."""

    def __init__(self, act: Callable[..., None], *given: Any) -> None:
        self._process = FORKS.Process(target=act, args=given)
        self._process.start()

    def ends(self) -> None:
        """Wait for its own end."""
        self._process.join(60)
        assert self._process.exitcode == 0

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()
        self.was_killed()

    def was_killed(self) -> None:
        """Wait for its end, which was not its own."""
        self._process.join(60)
        assert self._process.exitcode == -signal.SIGKILL


@dataclass(frozen=True)
class Moment:
    """Before or after the server does the nth statement, or before S3 does the nth call."""

    when: str
    nth: int

    def arrives(self, redshift: Redshift) -> Callable[[], object]:
        """Set the moment up; what is returned waits for it."""
        if self.when == "call":
            return redshift.s3.faults.hold(self.nth).arrived.wait
        faults = redshift.faults
        return (faults.hold if self.when == "before" else faults.hold_after)(self.nth).wait


@pytest.mark.parametrize(("way", "count"), [("direct", DIRECT), ("staged", BY_S3)])
def test_killed_while_publishing_to_redshift(
    redshift: Redshift, desk: Desk, way: str, count: int
) -> None:
    more = {"bucket": redshift.s3.bucket(), "routes": STAGED} if way == "staged" else {}
    settings = redshift_settings(redshift, **more)
    house = House(desk, RedshiftTarget(settings), "dwh")
    variables = {name: os.environ[name] for name in (*redshift.s3.environment, "SSL_CERT_FILE")}
    variables[VARIABLE] = PASSWORD

    def bench(approval: Approval) -> Publisher:
        folder = desk.folder / "workspace"
        return Publisher(publish, folder, approval.id, settings, variables)

    house.begin()
    begun = len(redshift.statements), len(redshift.s3.faults.calls)
    calm = house.approved()
    bench(calm).ends()
    statements = [each.text for each in redshift.statements[begun[0] :]]
    calls = len(redshift.s3.faults.calls) - begun[1]
    assert house.now_published(calm)
    moments = [
        Moment(when, nth) for nth in range(1, len(statements) + 1) for when in ("before", "after")
    ] + [Moment("call", nth) for nth in range(1, calls + 1)]
    chosen = random.Random(SEED).sample(moments, count - 1)  # noqa: S311 - to be repeated
    commit = statements.index("COMMIT") + 1
    chosen.append(Moment("after", commit))  # whose answer nobody hears
    for moment in chosen:
        approval = house.approved()
        arrived = moment.arrives(redshift)
        publisher = bench(approval)
        arrived()
        publisher.kill()
        redshift.faults.clear()
        redshift.s3.faults.clear()
        redshift.wait_for_clients(0)
        assert redshift.sql(LOCKS) == [(0,)], moment
        assert house.now_published(approval) == (moment.when == "after" and moment.nth >= commit)
    assert house.published == count + 2


def test_killed_while_publishing_to_a_file(desk: Desk) -> None:
    house = House(desk, desk.target, "local")
    folder = desk.folder / "workspace"
    house.begin()
    calm = house.approved()
    hears, tells = FORKS.Pipe(duplex=False)
    Publisher(publish_and_die, folder, calm.id, None, tells).ends()
    moments = hears.recv()
    house.now_published(calm)
    for at in random.Random(SEED).sample(range(1, moments + 1), IN_A_FILE):  # noqa: S311
        approval = house.approved()
        Publisher(publish_and_die, folder, approval.id, at, tells).was_killed()
        house.now_published(approval)
    hears.close()
    tells.close()
    assert house.published == IN_A_FILE + 2
