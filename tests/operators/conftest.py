"""Running an ingest that has to be refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from liqbench.engine import Run
from liqbench.errors import (
    DataError,
    InvalidDagError,
)
from liqbench.model import Dag

Make = Callable[..., Any]


@pytest.fixture
def refusal(config: Make, run_dag: Callable[..., Run]) -> Callable[..., DataError]:
    """Run a DAG of one ingest; return the data fault that stops it."""

    def run(source: dict[str, Any], declared: list[dict[str, Any]], **more: Any) -> DataError:
        parameters = {"key": ["id"], **more}
        ingest = config("deals", "ingest", source=source, fields=declared, **parameters)
        with pytest.raises(DataError) as caught:
            run_dag(Dag(operators=(ingest,)))
        return caught.value

    return run


@pytest.fixture
def invalid(config: Make, run_dag: Callable[..., Run]) -> Callable[..., DataError]:
    """Run a DAG of one ingest that is refused before it runs; return its one fault."""

    def run(source: dict[str, Any]) -> DataError:
        ingest = config(
            "deals", "ingest", source=source, key=["id"], fields=[{"name": "id", "type": "string"}]
        )
        with pytest.raises(InvalidDagError) as caught:
            run_dag(Dag(operators=(ingest,)))
        (fault,) = caught.value.faults
        assert isinstance(fault, DataError)
        return fault

    return run
