"""The third notebook's cells once more, with Redshift as the warehouse."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import nbformat
import pytest
from pyspark.sql import SparkSession
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import STAGED, VARIABLE, redshift_settings

from liqbench import RedshiftTarget, Variant, Workbench
from liqbench.engine import Run

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03_approve_and_publish.ipynb"
MEASURES = (
    "level_1", "level_2a", "level_2b", "hqla", "outflows", "inflows", "net_outflows", "lcr",
)  # fmt: skip
Facts = list[tuple[Any, ...]]


def run_cells(parameters: dict[str, Any]) -> dict[str, Any]:
    """Run the code cells in order; the parameters count after the cell that has the defaults."""
    namespace: dict[str, Any] = {}
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    (marked,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{NOTEBOOK.name}, {cell.id}", "exec"), namespace)  # noqa: S102
        if cell is marked:
            assert parameters.keys() <= namespace.keys()
            namespace |= parameters
    return namespace


def approved(bench: Workbench, run: Run) -> Facts:
    """Read a run's star from the stored files, past the bench."""
    files = bench._workspace.stages.files(run.results["star_schema"].fingerprint)
    listed = ", ".join(f"'{file}'" for file in files)
    with duckdb.connect() as connection:
        return connection.sql(
            f"SELECT reporting_id, {', '.join(MEASURES)} FROM read_parquet([{listed}]) ORDER BY 1"
        ).fetchall()


def test_on_redshift_the_same_cells_publish_exactly_what_was_approved(
    spark: SparkSession, redshift: Redshift, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del spark  # the notebook's bench takes the session that runs
    monkeypatch.setenv(VARIABLE, PASSWORD)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    redshift.sql("CREATE SCHEMA liquidity AUTHORIZATION analyst")
    bucket = redshift.s3.bucket()
    settings = redshift_settings(redshift, namespace="liquidity", bucket=bucket, routes=STAGED)
    reporting = RedshiftTarget(settings, demands_trust=True)
    found = run_cells({"targets": {"reporting": reporting}, "target": "reporting"})

    receipt, bench, chosen = found["receipt"], found["wb"], found["chosen"]
    assert (receipt.target, receipt.method, receipt.trust) == ("reporting", "staged", "listed")
    ((recorded,),) = redshift.sql("SELECT COUNT(*) FROM liquidity.lq_adjustment WHERE is_deleted")
    assert receipt.rows == {"fact_liquidity": 48, "lq_adjustment": recorded}
    assert bench.folder.is_relative_to(tmp_path)
    assert not bench.target("local").file.exists()
    assert isinstance(chosen, Variant)
    for scenario, run in (("Base", chosen.baseline), ("conservative", chosen.result())):
        published = redshift.sql(
            f"SELECT e.reporting_id, {', '.join('f.' + name for name in MEASURES)} "
            "FROM liquidity.fact_liquidity AS f "
            "JOIN liquidity.dim_scenario AS s USING (scenario_key) "
            "JOIN liquidity.dim_entity AS e USING (entity_key) "
            f"WHERE s.scenario = '{scenario}' ORDER BY 1"
        )
        assert published == approved(bench, run)
        assert len(published) == 24
    total = redshift.sql(
        "SELECT row_count, amount_sum FROM liquidity.lq_ledger ORDER BY published_at"
    )
    assert [rows for rows, _ in total] == [24, 24]
    assert all(isinstance(amount, Decimal) for _, amount in total)
    withdrawn = redshift.sql("SELECT withdrawn_by, reason FROM liquidity.lq_withdrawal")
    assert ("Anna Analyst", "a rate in the deposit study was wrong") in withdrawn
    source = (found["model"] / "expressions.tmdl").read_text("utf-8")
    assert f'expression Server = "{settings.host}:{settings.port}"' in source
    assert PASSWORD not in source
