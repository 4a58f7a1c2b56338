"""What the comparison of strategies is worth: a wrong sign or a lost row in one doesn't pass it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from liqbench.engine import Run, cube, delta, injections_of, plan_variants, pricing, run_variants
from liqbench.model import Dag, Scenario
from liqbench.store import StageStore


def stress() -> Scenario:
    """Return a scenario of two rules that overlap on the deals of one entity."""

    def rule(name: str, operation: str, value: str, entities: list[str]) -> dict[str, Any]:
        return {
            "rule_id": name,
            "stage": "deals",
            "conditions": [{"field": "entity", "operator": "in", "value": entities}],
            "adjustments": [{"field": "amount", "operation": operation, "value": value}],
        }

    rules = [rule("A", "percent", "10", ["E1", "E2"]), rule("B", "add", "0.03", ["E2", "E3"])]
    return Scenario.from_json({"name": "stress", "rules": rules})


@pytest.fixture
def plain(dag: Dag) -> Dag:
    """Return the DAG without its filter, which reads what the rules change."""
    kept = [step for step in dag.operators if step.operator_id != "large"]
    moved = {"weighed": ("deals",)}
    return Dag(
        operators=tuple(
            step.model_copy(update={"inputs": moved.get(step.operator_id, step.inputs)})
            for step in kept
        )
    )


@pytest.fixture
def compared(
    plain: Dag, file: Path, run_dag: Callable[..., Run], tmp_path: Path
) -> Callable[[str], bool]:
    """Tell whether a strategy's sums are those of the full run."""
    del file
    base = run_dag(plain)
    injections = injections_of(plain, [stress()], None)

    def sums(strategy: str) -> Any:
        own = Run(**{**base.__dict__, "stages": StageStore(tmp_path / strategy)})
        for name in ("sums", "means"):
            source = base.stages.data_path(base.fingerprints[name]).parent
            place = own.stages.data_path(base.fingerprints[name]).parent
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(source)
        (variant,) = run_variants(own, plan_variants(own, injections, strategy)).variants
        assert variant.strategy == strategy
        return variant.result().table("sums")

    return lambda strategy: sums(strategy).equals(sums("full"))


@pytest.mark.parametrize("strategy", ["cube", "delta"])
def test_without_an_error_the_strategies_agree(
    strategy: str, compared: Callable[[str], bool]
) -> None:
    assert compared(strategy)


def wrong_sign_of_what_is_taken_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delta, "negated", lambda figure, _dtype: figure)


def a_row_that_the_delta_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = delta._Job.signed

    def losing(job: Any) -> DataFrame:
        return signed(job).filter(~((F.col("id") == "D9") & (F.col(delta.SIGN) == 1)))

    monkeypatch.setattr(delta._Job, "signed", losing)


def wrong_sign_of_a_price(monkeypatch: pytest.MonkeyPatch) -> None:
    amounts = pricing.Prices._amounts
    monkeypatch.setattr(
        pricing.Prices,
        "_amounts",
        lambda self, difference, cells: amounts(self, -difference, cells),
    )


def a_row_that_the_cube_loses(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = cube.Cube.taken

    def losing(layout: cube.Layout, rows: DataFrame) -> cube.Cube:
        return taken(layout, rows.filter(F.col("id") != "D9"))

    monkeypatch.setattr(cube.Cube, "taken", losing)


ERRORS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    wrong_sign_of_what_is_taken_away: "delta",
    a_row_that_the_delta_loses: "delta",
    wrong_sign_of_a_price: "cube",
    a_row_that_the_cube_loses: "cube",
}


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: error.__name__)
def test_an_error_in_a_strategy_is_caught(
    error: Callable[[pytest.MonkeyPatch], None],
    compared: Callable[[str], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error(monkeypatch)
    assert not compared(ERRORS[error])
