from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from liqbench.engine import Run, check_policy, execute, persistence, resolve
from liqbench.errors import SettingError
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]


@pytest.fixture
def fan(config: Make) -> Dag:
    """Three results of the same weighed rows, and one of the rows before them."""

    def sums(name: str, source: str, group: str) -> Any:
        measures = [{"name": "n", "function": "count"}]
        return config(name, "aggregate", source, group_by=[group], measures=measures)

    weight = {"name": "weighed", "expression": "amount * 0.5"}
    return Dag(
        operators=(
            config("deals", "ingest", key=["id"],
                   source={"format": "parquet", "path": "deals.parquet"}),
            config("marked", "filter", "deals", expression="amount > -100")
            .model_copy(update={"checkpoint": True}),
            config("weights", "calculate", "marked", expressions=[weight]),
            config("large", "filter", "weights", expression="weighed > 0"),
            sums("by_entity", "weights", "entity"),
            sums("by_id", "weights", "id"),
            sums("large_ones", "large", "entity"),
        )
    )  # fmt: skip


STORED = {
    "never": ("by_entity", "by_id", "large_ones"),
    "auto": ("marked", "weights", "by_entity", "by_id", "large_ones"),
    "always": ("deals", "marked", "weights", "large", "by_entity", "by_id", "large_ones"),
}


@pytest.mark.parametrize("policy", STORED)
def test_a_policy_says_what_is_stored_and_changes_no_figure(
    policy: str, fan: Dag, file: Path, context: Context, tmp_path: Path, rows: Make
) -> None:
    del file
    stages = StageStore(tmp_path / policy)
    run = execute(fan, context, stages, persistence=check_policy(policy))
    stored = tuple(name for name in fan.order() if stages.has(run.fingerprints[name]))
    assert sorted(stored) == sorted(STORED[policy])
    assert tuple(run.metrics.query("stored").index) == tuple(
        name for name in run.metrics.index if name in STORED[policy]
    )
    # amount is (n² − 300 n) / 100: below −100 only for 38 < n < 262, 0 at 0 and 300
    assert len(run.table("by_id")) == 500 - 223
    assert sum(run.table("large_ones")["n"]) == 499 - 300
    assert len(rows(run.frame("large"))) == 199


def test_two_results_are_computed_from_the_rows_twice(
    fan: Dag, file: Path, context: Context
) -> None:
    del file
    two = Dag(operators=tuple(o for o in fan.operators if o.operator_id != "by_id"))
    assert "weights" not in resolve(two, context).stored()


def test_scarce_memory_lets_the_rows_before_an_aggregation_be_stored(
    dag: Dag, file: Path, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    del file
    assert resolve(dag, context).stored() == ("sums", "means")
    monkeypatch.setattr(persistence, "SCARCE", 2.0)  # of all memory, so it is always scarce
    assert resolve(dag, context).stored() == ("weighed", "sums", "means")
    assert resolve(dag, context, "never").stored() == ("sums", "means")


def test_a_policy_that_nobody_knows_is_told() -> None:
    with pytest.raises(SettingError) as caught:
        check_policy("allways")
    assert str(caught.value) == (
        "there is no persistence policy 'allways' (did you mean 'always'?)"
    )


def damage(run: Run, name: str) -> None:
    part = Path(run.stages.files(run.fingerprints[name])[0])
    part.write_bytes(part.read_bytes()[:-10])


def test_a_damaged_stage_is_computed_again_and_the_run_says_so(
    run: Run, run_dag: Callable[..., Run]
) -> None:
    before = {name: run.table(name) for name in ("sums", "means")}
    damage(run, "sums")
    again = run_dag(run.dag)
    assert not again.results["sums"].reused
    assert again.results["means"].reused
    assert [notice.split(" (")[0] for notice in again.notices] == [
        "sums: its stored result was damaged",
    ]
    for name, table in before.items():
        assert again.table(name).equals(table)
    assert run_dag(run.dag).notices == ()


def test_a_table_of_a_run_survives_the_damage_of_its_stage(run: Run, context: Context) -> None:
    del context
    before = run.table("sums")
    fresh = StageStore(run.stages.data_path("x").parents[2])
    damage(run, "sums")
    other = Run(**{**run.__dict__, "stages": fresh})
    assert other.table("sums").equals(before)
    assert [found.operator_id for found in fresh.damages()] == ["sums"]


def test_identity_by_content_holds_when_the_file_is_delivered_again(
    config: Make, file: Path, run_dag: Callable[..., Run], deals: pa.Table
) -> None:
    def dag(identity: str) -> Dag:
        source = {"format": "parquet", "path": file.name, "identity": identity}
        measures = [{"name": "total", "function": "sum", "field": "amount"}]
        sums = config("sums", "aggregate", "deals", group_by=["entity"], measures=measures)
        return Dag(operators=(config("deals", "ingest", key=["id"], source=source), sums))

    first = {identity: run_dag(dag(identity)) for identity in ("content", "modified")}
    content = file.read_bytes()
    file.unlink()
    file.write_bytes(content)
    again = {identity: run_dag(dag(identity)) for identity in first}
    assert again["content"].fingerprints == first["content"].fingerprints
    assert again["modified"].fingerprints != first["modified"].fingerprints
    total = sum(deals["amount"].to_pylist(), Decimal(0))
    assert sum(again["modified"].table("sums")["total"]) == total
    file.write_bytes(content[:-1] + b"x")
    with pytest.raises(Exception, match="can't be read as parquet"):
        run_dag(dag("content"))
