"""A smoke test of a real Redshift: ``LIQBENCH_REDSHIFT_SMOKE`` names a file of its settings.

The file is JSON as of ``RedshiftSettings``, such as
``{"workgroup": "reporting", "database": "dev", "bucket": "staging", "region": "eu-central-1"}``;
credentials come from where the settings say, never from it. The user must be allowed to make a
schema: the test works in one of its own, and drops it. Objects stay in the bucket, under the
prefix ``liqbench-smoke/pub/``, for its lifecycle rule. Without the variable this file isn't
collected.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.governance.desk import STAR, Desk
from tests.warehouse.publications import rows_of

from liqbench import RedshiftSettings, RedshiftTarget, Workbench
from liqbench.warehouse import RouteSettings
from liqbench.warehouse.errors import WithdrawnError

# The driver makes its context in a way that Python has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:ssl:DeprecationWarning")
AMOUNTS = ("1234567890123456.78", "-0.01", "0.03")


@pytest.fixture(scope="module")
def settings() -> Iterator[RedshiftSettings]:
    """The settings with a schema of the test's own."""
    file = Path(os.environ["LIQBENCH_REDSHIFT_SMOKE"])
    given = RedshiftSettings.model_validate_json(file.read_text("utf-8"))
    schema = f"liqbench_smoke_{uuid.uuid4().hex[:12]}"
    admin = RedshiftTarget(given)
    with admin.connect() as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield given.model_copy(update={"namespace": schema, "prefix": "liqbench-smoke"})
    with admin.connect() as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    desk.clock.now = datetime.now(UTC)
    yield desk
    desk.workspace.records.close()


def shown(target: RedshiftTarget) -> list[tuple[str, Decimal]]:
    found = rows_of(
        target,
        "SELECT variant, SUM(amount) AS amount FROM rpt_fact_position "
        "JOIN rpt_dim_scenario USING (scenario_key) GROUP BY variant ORDER BY variant",
    )
    return [(variant, amount) for variant, amount in found]


@pytest.mark.parametrize("way", ["direct", "staged"])
def test_a_result_is_published_shown_and_withdrawn(
    settings: RedshiftSettings, desk: Desk, way: str
) -> None:
    if way == "staged" and settings.bucket is None:
        pytest.fail("the settings have no bucket, so the way by S3 can't be tried")
    routes = RouteSettings(direct_rows=0) if way == "staged" else RouteSettings()
    target = RedshiftTarget(settings.model_copy(update={"routes": routes}))
    ill = [str(check) for check in target.doctor() if not check.ok]
    assert ill == []
    rows = [
        ("2025-12-31", f"{way} {number}", f"Bänk {number}", amount)
        for number, amount in enumerate(AMOUNTS)
    ]
    approval = desk.approved(rows=rows, name=way)
    bench = Workbench(desk.folder / "workspace", targets={"smoke": target})
    with closing(bench):
        told = bench.publish(approval.id, target="smoke", dry_run=True)
        assert told.rows == {"fact_position": 6, "lq_adjustment": 3}
        receipt = bench.publish(approval.id, target="smoke", by="smoke")
        assert (receipt.new, receipt.method) == (True, f"upsert, {way}")
        assert receipt.rows == told.rows
        assert not bench.publish(approval.id, target="smoke").new
        target.make_views([STAR])
        total = sum(map(Decimal, AMOUNTS), Decimal(0))
        assert shown(target) == [("Base", total), (f"{way}@deals", total)]
        assert receipt.rollback("smoke test", by="smoke").new
        assert shown(target) == []
        with pytest.raises(WithdrawnError):
            bench.publish(approval.id, target="smoke")
    assert [check.name for check in target.doctor() if not check.ok] == []
