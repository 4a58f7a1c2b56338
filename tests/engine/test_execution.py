from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import Observation

from liqbench.engine import Progress, Run, execute, observations
from liqbench.engine.session import observed
from liqbench.model import Dag
from liqbench.operators import Context
from liqbench.store import StageStore

Make = Callable[..., Any]


def test_rows_are_counted_in_every_operator_stored_or_not(
    run: Run, deals: pa.Table, duck: Make
) -> None:
    ((count,),) = duck(deals, "select count(*) from t where abs(amount) > 10")
    assert {name: found.rows for name, found in run.results.items()} == {
        "deals": 500, "large": count, "weighed": count, "sums": 7, "means": 7,
    }  # fmt: skip
    assert run.metrics["stored"].to_dict() == {
        "deals": False, "large": False, "weighed": False, "sums": True, "means": True,
    }  # fmt: skip


@pytest.mark.parametrize("counted_twice", [("deals", "large"), ("sums",)], ids=str)
def test_rows_that_spark_observed_twice_are_counted_anew(
    counted_twice: tuple[str, ...],
    run: Run,
    context: Context,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As after the loss of a worker; the doubled observation here is made, not Spark's own."""
    doubled: list[str] = []

    def twice(observation: Observation) -> dict[str, Any]:
        found = observed(observation)
        name = str(observation._name).split()[0]
        if name in counted_twice and name not in doubled:
            doubled.append(name)
            found["0 rows"] *= 2
        return found

    monkeypatch.setattr(observations, "observed", twice)
    again = execute(run.dag, context, StageStore(tmp_path / "others"))
    assert sorted(doubled) == sorted(counted_twice)
    assert {name: found.rows for name, found in again.results.items()} == {
        name: found.rows for name, found in run.results.items()
    }


def test_the_results_are_those_of_duckdb(run: Run, deals: pa.Table, duck: Make) -> None:
    wanted = duck(
        deals,
        """select entity, sum(amount * 0.85::decimal(3,2)) as total, count(*) from t
           where abs(amount) > 10 group by entity order by entity""",
    )
    found = run.table("sums")
    assert [tuple(row) for row in found.itertuples(index=False)] == wanted


def test_the_key_hash_is_independent_of_order_and_partitions(
    run: Run, deals: pa.Table, dag: Dag, context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "deals.parquet"
    file.unlink()
    file.mkdir()
    turned = deals.take(list(reversed(range(len(deals)))))
    for n in range(5):
        pq.write_table(turned.slice(n * 100, 100), file / f"{n}.parquet")
    again = execute(dag, context, StageStore(tmp_path / "others"))
    hashes = {name: found.key_hash for name, found in run.results.items()}
    assert {name: found.key_hash for name, found in again.results.items()} == hashes
    assert hashes["large"] == hashes["weighed"]
    assert hashes["deals"] != hashes["large"]
    assert again.table("means").equals(run.table("means"))


def test_a_second_run_reuses_every_stage_and_gives_the_same(
    run: Run, run_dag: Callable[..., Run], dag: Dag
) -> None:
    again = run_dag(dag)
    assert again.run_id != run.run_id
    assert again.metrics["reused"].all()
    assert not run.metrics["reused"].any()
    assert again.metrics["rows"].to_dict() == run.metrics["rows"].to_dict()
    assert again.table("means").equals(run.table("means"))
    assert again.result_hash() == run.result_hash()


def test_another_input_or_date_is_another_result(
    run: Run, deals: pa.Table, file: Path, dag: Dag, run_dag: Callable[..., Run], context: Context
) -> None:
    later = Context(
        as_of=context.as_of.replace(year=2026), session=context.session, folder=context.folder
    )
    assert not set(execute(dag, later, run.stages).fingerprints.values()) & set(
        run.fingerprints.values()
    )
    pq.write_table(deals.slice(1), file)
    changed = run_dag(dag)
    assert not changed.metrics["reused"].any()
    assert changed.results["deals"].rows == 499
    assert run.results["deals"].rows == 500
    assert run.table("sums")["deals"].sum() - changed.table("sums")["deals"].sum() in (0, 1)


def renamed(dag: Dag, names: dict[str, str]) -> Dag:
    return Dag(
        operators=tuple(
            operator.model_copy(
                update={
                    "operator_id": names.get(operator.operator_id, operator.operator_id),
                    "inputs": tuple(names.get(name, name) for name in operator.inputs),
                }
            )
            for operator in dag.operators
        )
    )


def test_operators_that_were_only_renamed_are_reused(
    run: Run, dag: Dag, run_dag: Callable[..., Run]
) -> None:
    again = run_dag(renamed(dag, {"large": "big", "sums": "totals"}))
    assert again.metrics["reused"].all()
    assert again.metrics["rows"].to_list() == run.metrics["rows"].to_list()
    assert list(again.results) == ["deals", "big", "weighed", "totals", "means"]
    assert again.table("totals").equals(run.table("sums"))


def test_two_operators_that_do_the_same_are_computed_once(
    dag: Dag, config: Make, file: Path, run_dag: Callable[..., Run]
) -> None:
    del file
    sums = dag.operator("sums")
    twin = config("twin", "aggregate", "weighed", **sums.parameters)
    run = run_dag(Dag(operators=(*dag.operators, twin)))
    assert run.results["twin"].reused
    assert run.table("twin").equals(run.table("sums"))


def test_a_longer_dag_knows_all_operators_of_the_one_it_continues(
    run: Run, dag: Dag, config: Make, run_dag: Callable[..., Run]
) -> None:
    more = config("positive", "filter", "means", expression="mean > 0")
    longer = run_dag(Dag(operators=(*dag.operators, more)))
    rows = longer.metrics["rows"].to_dict()
    assert {name: rows[name] for name in run.results} == run.metrics["rows"].to_dict()
    assert not longer.results["means"].stored
    assert longer.table("means").equals(run.table("means"))
    assert longer.frame("large").count() == run.results["large"].rows


def test_a_checkpoint_is_stored_and_changes_no_result(
    run: Run, dag: Dag, context: Context, tmp_path: Path
) -> None:
    operators = [
        operator.model_copy(update={"checkpoint": operator.operator_id == "large"})
        for operator in dag.operators
    ]
    again = execute(Dag(operators=tuple(operators)), context, StageStore(tmp_path / "others"))
    assert again.results["large"].stored
    assert again.fingerprints == run.fingerprints
    assert again.table("means").equals(run.table("means"))


def test_a_filter_that_keeps_nothing_gives_empty_tables_and_counts(
    dag: Dag, file: Path, run_dag: Callable[..., Run]
) -> None:
    del file
    run = run_dag(dag.replace_parameters("large", expression="amount > 1000000"))
    assert run.metrics["rows"].to_dict() == {
        "deals": 500, "large": 0, "weighed": 0, "sums": 0, "means": 0,
    }  # fmt: skip
    assert list(run.table("means").columns) == ["entity", "total", "deals", "mean"]
    assert len(run.table("means")) == 0


def test_an_empty_side_of_a_join_leaves_the_other_one_counted(
    dag: Dag, config: Make, file: Path, run_dag: Callable[..., Run]
) -> None:
    del file
    none = config("none", "filter", "deals", expression="amount > 1000000")
    names = config("names", "filter", "deals", expression="amount < 0")
    joined = config("joined", "enrich", "none", "names", references=[
        {"name": "names", "on": {"id": "id"}, "fields": {"entity": "other"}}])  # fmt: skip
    run = run_dag(Dag(operators=(dag.operator("deals"), none, names, joined)))
    assert {name: found.rows for name, found in run.results.items()} == {
        "deals": 500, "none": 0, "names": 299, "joined": 0,
    }  # fmt: skip
    assert run.results["joined"].metrics == {"missing names": 0}


def test_progress_is_told_step_by_step(
    dag: Dag, file: Path, context: Context, stages: StageStore
) -> None:
    del file
    told: list[Progress] = []
    execute(dag, context, stages, label="today", monitor=told.append)
    execute(dag, context, stages, label="again", monitor=told.append)
    assert [(p.run, p.operator_id, p.state, p.finished, p.total, p.rows) for p in told] == [
        ("today", "sums", "running", 0, 2, None), ("today", "sums", "done", 1, 2, 7),
        ("today", "means", "running", 1, 2, None), ("today", "means", "done", 2, 2, 7),
        ("again", "sums", "running", 0, 2, None), ("again", "sums", "reused", 1, 2, 7),
        ("again", "means", "running", 1, 2, None), ("again", "means", "reused", 2, 2, 7),
    ]  # fmt: skip


def test_two_runs_at_once_share_their_stages(
    dag: Dag, file: Path, context: Context, stages: StageStore
) -> None:
    del file
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: execute(dag, context, stages), range(2))
    assert one.fingerprints == two.fingerprints
    assert one.metrics["rows"].to_dict() == two.metrics["rows"].to_dict()
    assert one.result_hash() == two.result_hash()
    assert one.table("means").equals(two.table("means"))
