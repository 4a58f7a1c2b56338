"""Which way rows take into a warehouse, and what is told of it afterwards."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from liqbench.model._values import FrozenModel

Kind = Literal["fact", "adjustments"]
Route = Literal["upsert", "direct", "staged"]


class RouteSettings(FrozenModel):
    """``direct_rows``: the most rows of a fact that are sent as statements.

    ``upsert_rows``: the most adjustments of a variant that are. More of either go by way of the
    bucket, in files of about ``part_bytes``; adjustments are merged all the same. Below
    ``slow_rows_per_second`` a receipt warns, unless there are fewer than ``slow_from_rows``.
    """

    upsert_rows: int = Field(default=50_000, ge=0)
    direct_rows: int = Field(default=100_000, ge=0)
    part_bytes: int = Field(default=128 * 2**20, ge=1)
    slow_rows_per_second: float = Field(default=1_000, ge=0)
    slow_from_rows: int = Field(default=10_000, ge=0)


def route_of(rows: int, settings: RouteSettings, kind: Kind = "fact") -> Route:
    """Return the way for so many rows."""
    if kind == "adjustments":
        return "upsert" if rows <= settings.upsert_rows else "staged"
    return "direct" if rows <= settings.direct_rows else "staged"


def slow(rows: int, seconds: float, settings: RouteSettings) -> tuple[str, ...]:
    """Return a warning where writing was slower than the settings want it."""
    if rows < settings.slow_from_rows or rows >= seconds * settings.slow_rows_per_second:
        return ()
    expected = f"{settings.slow_rows_per_second:,.0f} are expected"
    return (f"only {rows / seconds:,.0f} rows a second were written, {expected}",)
