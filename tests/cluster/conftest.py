"""A Spark Connect server for the tests that only need Spark to be somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cluster.servers import connect_server


@pytest.fixture(scope="package")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("connect")
    options = {"spark.sql.warehouse.dir": str(folder / "warehouse")}
    with connect_server(folder, options) as address:
        yield address
