"""A Spark Connect server for the tests that only need Spark to be somewhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.cluster.servers import connect_server


@pytest.fixture(scope="package")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect_server(tmp_path_factory.mktemp("connect")) as (address, _):
        yield address
