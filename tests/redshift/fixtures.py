"""The stand-in as a fixture: a conftest that needs it imports ``redshift`` from here."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from tests.redshift.stand_in import Redshift, stand_in

RUNNING = pytest.StashKey[Redshift]()


@pytest.fixture(scope="module")
def servers(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Redshift:
    """Redshift's servers, which run until the end of the session."""
    # Kept in pytest's own configuration: a session's fixture imported by two conftests would be
    # two, and so would be its servers.
    if RUNNING not in pytestconfig.stash:
        stack = ExitStack()
        running = stack.enter_context(stand_in(tmp_path_factory.mktemp("redshift")))
        pytestconfig.stash[RUNNING] = running
        pytestconfig.add_cleanup(stack.close)
    return pytestconfig.stash[RUNNING]


@pytest.fixture
def redshift(servers: Redshift, monkeypatch: pytest.MonkeyPatch) -> Iterator[Redshift]:
    """Redshift with an empty database.

    The variables of boto3 lead to its S3 endpoint, and the driver's TLS trusts its certificate.
    """
    servers.reset()
    monkeypatch.setenv("SSL_CERT_FILE", str(servers.settings.authority))
    for name, value in servers.s3.environment.items():
        monkeypatch.setenv(name, value)
    # The driver makes its context in a way that Python has deprecated.
    warnings.filterwarnings("ignore", r"ssl\.", DeprecationWarning, "redshift_connector")
    yield servers
    servers.end()
