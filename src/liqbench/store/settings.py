"""Where a workspace keeps results and records besides its own folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, field_validator

from liqbench.model._values import FrozenModel
from liqbench.store.databases import records_url
from liqbench.store.discretion import check_address, check_options
from liqbench.store.levels import PASSWORD, Level, MemoryLevel, RedisLevel
from liqbench.store.remote import RemoteStages
from liqbench.store.stages import StageStore

_ENVIRONMENT = "leave them out; they come from the environment, such as AWS_SECRET_ACCESS_KEY"


class StoreSettings(FrozenModel):
    """Caches and a shared store; without any, results are kept in memory and in the workspace.

    ``memory_mb`` is the most memory for small results, in MiB. ``redis`` is the address of a
    Redis that several benches share, such as ``redis://127.0.0.1:6379/0``; results stay there for
    ``redis_seconds``. ``remote`` is an address that fsspec knows, such as ``s3://bucket/stages``,
    where every stage is put too; ``remote_options`` go to its file system, such as an endpoint.
    ``records`` is a PostgreSQL that keeps the records of a team, such as
    ``postgresql://host/database?sslmode=verify-full``; without one they are in the workspace.
    Credentials come from the environment, never from here: a PostgreSQL's from PGPASSWORD or a
    password file, a Redis's from LIQBENCH_REDIS_PASSWORD, a bucket's from its own variables.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    memory_mb: int = Field(default=256, ge=0)
    redis: str | None = None
    redis_seconds: int = Field(default=3600, ge=1)
    remote: str | None = None
    remote_options: dict[str, Any] = Field(default_factory=dict)
    records: str | None = None

    @field_validator("records")
    @classmethod
    def _check_records(cls, given: str | None) -> str | None:
        # No ValueError: pydantic would tell it with the address, and a password in it.
        if given is not None:
            records_url(given)
        return given

    @field_validator("redis")
    @classmethod
    def _check_redis(cls, given: str | None) -> str | None:
        if given is not None:
            check_address(given, "the Redis", f"leave it out; it comes from {PASSWORD}")
        return given

    @field_validator("remote")
    @classmethod
    def _check_remote(cls, given: str | None) -> str | None:
        if given is not None:
            check_address(given, "the shared stages", _ENVIRONMENT)
        return given

    @field_validator("remote_options")
    @classmethod
    def _check_options(cls, given: dict[str, Any]) -> dict[str, Any]:
        check_options(given, "remote_options", _ENVIRONMENT)
        return given

    def open(self, folder: Path) -> StageStore:
        """Return the stages of a workspace folder. Raises ``SettingError`` and its kin."""
        levels: list[Level] = [MemoryLevel(self.memory_mb << 20)]
        if self.redis is not None:
            levels.append(RedisLevel(self.redis, seconds=self.redis_seconds))
        remote = RemoteStages(self.remote, self.remote_options) if self.remote else None
        return StageStore(folder, remote=remote, levels=levels)
