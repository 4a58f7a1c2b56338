"""Which way rows take into a warehouse, and what is told of it afterwards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from liqbench.model._values import FrozenModel

Kind = Literal["fact", "adjustments"]
Route = Literal["upsert", "direct", "staged", "spark"]


class RouteSettings(FrozenModel):
    """``direct_rows``: the most rows of a fact that are sent as statements.

    ``upsert_rows``: the most adjustments of a variant that are. More of either go by way of the
    bucket, in files of about ``part_bytes``; adjustments are merged all the same. The ``driver``
    writes and uploads a fact's files, or the executors of ``spark``; ``auto`` leaves it to
    executors on other machines from ``spark_rows`` on, and otherwise to the driver. Below
    ``slow_rows_per_second`` a receipt warns, unless there are fewer than ``slow_from_rows``.
    """

    upsert_rows: int = Field(default=50_000, ge=0)
    direct_rows: int = Field(default=100_000, ge=0)
    part_bytes: int = Field(default=128 * 2**20, ge=1)
    staging: Literal["auto", "driver", "spark"] = "auto"
    spark_rows: int = Field(default=2_000_000, ge=1)
    slow_rows_per_second: float = Field(default=1_000, ge=0)
    slow_from_rows: int = Field(default=10_000, ge=0)


def route_of(
    rows: int, settings: RouteSettings, kind: Kind = "fact", *, apart: bool = False
) -> Route:
    """Return the way for so many rows; ``apart``, where there are executors on other machines."""
    if kind == "adjustments" and rows <= settings.upsert_rows:
        return "upsert"
    if kind == "fact" and rows <= settings.direct_rows:
        return "direct"
    return staged_by(rows, settings, kind, apart=apart)


def staged_by(
    rows: int, settings: RouteSettings, kind: Kind = "fact", *, apart: bool
) -> Literal["staged", "spark"]:
    """Return who stages so many rows: the driver, as it does where there are none, or Spark.

    Adjustments are made on the driver, so nobody else stages them.
    """
    large = apart and rows >= settings.spark_rows
    by_spark = settings.staging == "spark" or (settings.staging == "auto" and large)
    return "spark" if kind == "fact" and by_spark and rows else "staged"


def slow(rows: int, seconds: float, settings: RouteSettings) -> tuple[str, ...]:
    """Return a warning where writing was slower than the settings want it."""
    if rows < settings.slow_from_rows or rows >= seconds * settings.slow_rows_per_second:
        return ()
    expected = f"{settings.slow_rows_per_second:,.0f} are expected"
    return (f"only {rows / seconds:,.0f} rows a second were written, {expected}",)
