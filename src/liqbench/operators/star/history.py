"""Members with history: one row per version, from the first day it holds to the last (SCD2).

A version's ``valid_from`` is an as-of date, never the time of a load. ``confirmed_to`` is the last
as-of date for which a load found the version as it is: until then it is known to hold, behind it,
until the next version, it is taken to. So a load for a day in the past changes what is said of
that day, and nothing that another load has said of its own; and a key that facts got on a day
keeps showing them what was loaded for it, unless that day itself is corrected. A version that no
day has any more, but facts may refer to, is retired: its ``valid_to`` lies before its
``valid_from``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812

from liqbench.operators.expressions import quoted
from liqbench.operators.star.keys import attribute_hash_column, version_key_column
from liqbench.operators.star.layout import DimensionLayout

FOREVER = date(9999, 12, 31)


def next_versions(
    dimension: DimensionLayout, members: DataFrame, previous: DataFrame | None, as_of: date
) -> DataFrame:
    """Return the versions after a load: ``previous`` ones and the members as of that day.

    ``members``: natural key and attributes, a row per member. ``previous``: what this function
    returned last. A member that is not among the members stays as it is.
    """
    found = members.withColumn(
        "attribute_hash", attribute_hash_column(_columns(dimension.attributes))
    )
    names = (*dimension.key, *dimension.attributes, "attribute_hash")
    new = found.select(F.struct(*_columns(names)).alias("new"))
    if previous is None:
        return _chained(dimension, new.select(_begun(dimension, as_of).alias("v")).select("v.*"))
    valid = valid_on(as_of)
    stored = (dimension.surrogate, *names, "valid_from", "confirmed_to")
    before = previous.filter(F.col(quoted(dimension.surrogate)) >= 0)
    held = before.filter(valid).select(F.struct(*_columns((*stored, "valid_to"))).alias("old"))
    same = [F.col("old")[name] == F.col("new")[name] for name in dimension.key]
    changed = held.join(new, same, "full").select(
        F.explode(F.filter(_changed(dimension, as_of), lambda v: v.isNotNull())).alias("v")
    )
    retired = (F.col("valid_to") < F.col("valid_from")).alias("retired")
    others = before.filter(~valid).select(*_columns(stored), retired)
    return _chained(dimension, others.unionByName(changed.select("v.*")))


def members_as_of(dimension: DimensionLayout, frame: DataFrame, as_of: date) -> DataFrame:
    """Return a dimension's row per member, special ones too: of versions the one valid then."""
    return frame.filter(valid_on(as_of)) if dimension.versioned else frame


def valid_on(as_of: date) -> Column:
    """Return whether a version is valid on a day."""
    return F.lit(as_of).between(F.col("valid_from"), F.col("valid_to"))


def _columns(names: Sequence[str]) -> list[Column]:
    return [F.col(quoted(name)) for name in names]


def _begun(dimension: DimensionLayout, as_of: date, surrogate: Column | None = None) -> Column:
    """Return the version that begins with the load."""
    day, new = F.lit(as_of), F.col("new")
    own = _key(dimension, new, day) if surrogate is None else surrogate
    return _version(dimension, own, new, day, day, retired=F.lit(False))  # noqa: FBT003


def _key(dimension: DimensionLayout, source: Column, day: Column) -> Column:
    natural = [source[name] for name in dimension.key]
    return version_key_column(natural, day, source["attribute_hash"])


def _version(
    dimension: DimensionLayout,
    surrogate: Column,
    source: Column,
    begin: Column,
    confirmed: Column,
    *,
    retired: Column,
) -> Column:
    names = (*dimension.key, *dimension.attributes, "attribute_hash")
    return F.struct(
        surrogate.alias(dimension.surrogate),
        *(source[name].alias(name) for name in names),
        begin.alias("valid_from"),
        confirmed.alias("confirmed_to"),
        retired.alias("retired"),
    )


def _changed(dimension: DimensionLayout, as_of: date) -> Column:
    """Return what becomes of a version and the member as loaded: up to three versions.

    * Loaded as it is: the version is confirmed.
    * Loaded otherwise, on the version's first day, and never confirmed on another: it is corrected
      in place and keeps its key, since nothing but that day refers to it.
    * The same, but confirmed on another: the day gets a version of its own. The old one, with its
      key, begins a day later; where it held on that day only, it is retired.
    * Loaded otherwise later: a new version begins. Where the old one is known to hold behind
      that day, it is resumed on the next, under a new key.
    """
    old, new = F.col("old"), F.col("new")
    day, after = F.lit(as_of), F.lit(as_of + timedelta(days=1))
    first, confirmed, held_key = old["valid_from"], old["confirmed_to"], old[dimension.surrogate]
    equal = old["attribute_hash"] == new["attribute_hash"]
    begins = first == day
    in_place = begins & (confirmed == day)
    known = F.least(confirmed, old["valid_to"])
    nothing, never = F.lit(None), F.lit(False)  # noqa: FBT003

    def kept(begin: Column, until: Column, retired: Column = never) -> Column:
        return _version(dimension, held_key, old, begin, until, retired=retired)

    earlier = (
        F.when(old.isNull(), nothing)
        .when(new.isNull(), kept(first, confirmed))
        .when(equal, kept(first, F.greatest(confirmed, day)))
        .when(in_place, nothing)
        .when(begins & (old["valid_to"] > day), kept(after, confirmed))
        .otherwise(kept(first, confirmed, begins))
    )
    # The key of the day and these attributes is taken where the old version began with them and
    # was corrected in place; then the key of the corrected attributes is free.
    fresh = _key(dimension, new, day)
    surrogate = (
        F.when(in_place, held_key)
        .when(held_key == fresh, _key(dimension, old, day))
        .otherwise(fresh)
    )
    begun = F.when(new.isNull() | F.coalesce(equal, never), nothing).otherwise(
        _begun(dimension, as_of, surrogate)
    )
    resumed = F.when(
        ~equal & (first < day) & (known > day),
        _version(dimension, _key(dimension, old, after), old, after, known, retired=never),
    )
    return F.array(earlier, begun, resumed)


def _chained(dimension: DimensionLayout, versions: DataFrame) -> DataFrame:
    """Return the versions with their ends: the day before the next one begins."""
    window = Window.partitionBy(*_columns(dimension.key), "retired").orderBy("valid_from")
    following = F.when(F.col("retired"), F.col("valid_from")).otherwise(
        F.lead("valid_from").over(window)
    )
    return versions.select(
        *_columns((dimension.surrogate, *dimension.key, *dimension.attributes, "attribute_hash")),
        F.col("valid_from"),
        F.coalesce(F.date_sub(following, 1), F.lit(FOREVER)).alias("valid_to"),
        following.isNull().alias("is_current"),
        F.col("confirmed_to"),
    )
