"""What is asked of AWS: clients, a Redshift's address, temporary credentials."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from liqbench.errors import PublicationError, SettingError
from liqbench.store import quiet, without_frames
from liqbench.warehouse.boto import Access, Trouble, trouble_of
from liqbench.warehouse.errors import (
    StagingError,
    StatementRefusedError,
    TargetUnreachableError,
)
from liqbench.warehouse.redshift_settings import RedshiftSettings


@dataclass(frozen=True)
class WayIn:
    """Where to knock, and what to say."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)


def needed(module: str) -> Any:
    """Import a module of the extra. Raises ``SettingError`` naming it."""
    try:
        return import_module(module)
    except ImportError as error:
        raise SettingError(
            f"publishing to Redshift needs {module}, which isn't installed",
            hint="pip install 'liqbench[redshift]'",
        ) from error


@contextmanager
def client(settings: RedshiftSettings, service: str) -> Iterator[Any]:
    """Make a client for one of AWS's services; it is closed at the end.

    What it raises in the block becomes ``TargetUnreachableError`` where it may pass; where AWS
    says no, ``StagingError`` of S3 and ``StatementRefusedError`` of the others.
    """
    needed("boto3")
    quiet("boto3", "botocore", "s3transfer", "urllib3")
    refused = StagingError if service == "s3" else StatementRefusedError
    try:
        with access(settings).client(service) as opened:
            yield opened
    except Exception as error:
        trouble = trouble_of(error)
        if trouble is None:
            raise
        raise fault_of(trouble, service, refused) from without_frames(error)


def access(settings: RedshiftSettings) -> Access:
    """Return how clients are made."""
    return Access(settings.profile, settings.region, settings.s3_tries)


def fault_of(
    trouble: Trouble, where: str, refused: type[PublicationError] = StagingError
) -> PublicationError:
    """Return the fault for AWS's trouble at a place: what may pass, or what was ``refused``."""
    kind = TargetUnreachableError if trouble.passing else refused
    return kind(trouble.what, where=where, hint=trouble.hint)


def way_in(settings: RedshiftSettings) -> WayIn:
    """Return the address and fresh credentials.

    A temporary password lives for minutes, so it is asked for each time. Raises
    ``SettingError`` where the password's variable isn't set, and as ``client`` does.
    """
    host, port = address_of(settings)
    if settings.password_variable is not None:
        password = os.environ.get(settings.password_variable)
        if not password:
            raise SettingError(
                f"the environment variable {settings.password_variable} isn't set",
                where="password of Redshift",
                hint="set it where the bench runs, never in a notebook",
            )
        return WayIn(host, port, settings.user or "", password)
    if settings.workgroup is not None:
        with client(settings, "redshift-serverless") as serverless:
            found = serverless.get_credentials(
                workgroupName=settings.workgroup, dbName=settings.database
            )
        return WayIn(host, port, found["dbUser"], found["dbPassword"])
    with client(settings, "redshift") as provisioned:
        found = provisioned.get_cluster_credentials(
            ClusterIdentifier=settings.cluster,
            DbUser=settings.user,
            DbName=settings.database,
            AutoCreate=False,
        )
    return WayIn(host, port, found["DbUser"], found["DbPassword"])


def address_of(settings: RedshiftSettings) -> tuple[str, int]:
    """Return host and port; AWS is asked where they aren't set. Raises as ``client`` does."""
    if settings.host is not None:
        return settings.host, settings.port
    if settings.workgroup is not None:
        with client(settings, "redshift-serverless") as serverless:
            found = serverless.get_workgroup(workgroupName=settings.workgroup)
        endpoint = found["workgroup"]["endpoint"]
        return endpoint["address"], endpoint["port"]
    with client(settings, "redshift") as provisioned:
        found = provisioned.describe_clusters(ClusterIdentifier=settings.cluster)
    endpoint = found["Clusters"][0]["Endpoint"]
    return endpoint["Address"], endpoint["Port"]
