"""The same analysis on a local session, through Spark Connect, and on a failing cluster."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.cluster.analysis import answers_of
from tests.cluster.children import Child
from tests.cluster.servers import standalone

from liqbench import ImpactAnalysis


@pytest.fixture(scope="module")
def expected(deals: ImpactAnalysis) -> Any:
    """What the local session says of 2,000 deals under three scenarios at three points."""
    return answers_of(deals)


def assert_same(found: Any, expected: Any) -> None:
    """Hold the variants that a child ran, and its baseline, to the local ones."""
    assert len(found) >= 4
    assert found == {name: expected[name] for name in found}


def test_spark_connect_gives_every_digit_of_the_local_session(
    expected: Any, connect: str, tmp_path: Path, deals_folder: Path
) -> None:
    child = Child("analyze", connect, tmp_path, deals_folder, "auto")
    child.let_go()
    assert_same(child.answers(), expected)


def test_a_cluster_that_loses_a_worker_gives_every_digit_too(
    expected: Any, tmp_path: Path, deals_folder: Path
) -> None:
    with standalone(tmp_path / "cluster") as cluster:
        child = Child("analyze", cluster.address, tmp_path, deals_folder, "full")
        child.let_go()
        for _ in range(3):  # the baseline is stored, the first variants are on their way
            child.hears("stored")
        cluster.workers[0].kill()
        assert child.process.poll() is None
        assert_same(child.answers(), expected)
