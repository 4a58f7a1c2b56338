"""Where a Redshift is, how to come in, and how to write to it. No secret is in here."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field, model_validator

from liqbench.model._values import FrozenModel
from liqbench.warehouse.routes import RouteSettings
from liqbench.warehouse.tables import DesignSettings


class RedshiftSettings(FrozenModel):
    """Where a Redshift is, how to come in, and how to write to it.

    It is a ``cluster`` or a Serverless ``workgroup``; AWS is asked for its address and for
    temporary credentials, once per publication. ``host`` says the address instead. With
    ``password_variable`` the password is in this environment variable, and ``user`` is needed.
    AWS's own credentials come from the environment, or from ``profile``. Executors that stage find
    theirs where they are; none is sent to them.

    Rows by way of S3 need a ``bucket``; the cluster reads it as ``iam_role`` (an ARN, or
    ``default``). They are put under ``prefix``/pub/, which a lifecycle rule may expire after days.
    ``statement_timeout`` is in seconds.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # a password may have been given

    database: str = Field(min_length=1)
    host: str | None = Field(default=None, pattern=r"^([A-Za-z0-9_.-]+|[0-9A-Fa-f:.]+)$")
    port: int = Field(default=5439, ge=1, le=65_535)
    cluster: str | None = None
    workgroup: str | None = None
    user: str | None = None
    password_variable: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    namespace: str = Field(default="public", pattern=r"^[a-z_][a-z0-9_]*$")
    """The schema in which the tables are."""

    ssl_mode: Literal["verify-full", "verify-ca"] = "verify-full"
    statement_timeout: int = Field(default=1_800, ge=1)
    region: str | None = None
    profile: str | None = None
    bucket: str | None = None
    prefix: str = Field(default="liqbench", pattern=r"^[A-Za-z0-9_.=-]+(/[A-Za-z0-9_.=-]+)*$")
    iam_role: str = Field(default="default", pattern=r"^(default|arn:[A-Za-z0-9:/_+=,.@-]+)$")
    s3_tries: int = Field(default=4, ge=1)
    """How often boto3 tries a call before the whole publication is tried again."""

    materialized_views: bool = True
    """Whether the rows that reports read of facts are stored, and refreshed after publications."""

    design: DesignSettings = DesignSettings()
    routes: RouteSettings = RouteSettings()

    @model_validator(mode="after")
    def _check_way_in(self) -> RedshiftSettings:
        if self.cluster and self.workgroup:
            raise ValueError("it is either a cluster or a workgroup")
        if not (self.host or self.cluster or self.workgroup):
            raise ValueError("host, cluster or workgroup is needed, to know where it is")
        if self.password_variable is None and not (self.cluster or self.workgroup):
            raise ValueError(
                "password_variable, cluster or workgroup is needed, to come in: a password is "
                "never in the settings"
            )
        if (self.password_variable or self.cluster) and not self.user:
            raise ValueError("user is needed with a password, and for a cluster")
        return self
