"""Views that a report reads: of every figure the newest publication that was not withdrawn.

A warehouse keeps every publication; a report must count a figure once. The statements are in
Redshift's dialect; sqlglot carries them over to DuckDB. Every view's columns have folded names,
which is what Redshift makes of them anyway.

Making views is DDL, so it is no part of a publication: ``target.make_views(stars)`` does it. What
facts and aggregations show may be stored (``StoredView``), as Redshift can.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field
from pyspark.sql.types import BooleanType

from liqbench.errors import SemanticModelError, did_you_mean
from liqbench.model._values import FrozenModel
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.star_schema import Dimension, StarSchemaOperator
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.dialect import folded, literal, quote
from liqbench.warehouse.publication import BASE
from liqbench.warehouse.tables import ADJUSTMENT, BRIDGE_ADJUSTMENT, DIM_ADJUSTMENT, WITHDRAWAL

AttributeTypes = Mapping[tuple[str, str], str]
"""The published types of attributes that are no texts, by dimension and attribute."""

_CALENDAR_DIGITS = 5  # of the number of days: 273 years
_DIGITS = 8
_DIGEST = re.compile(rf"[0-9a-f]{{{_DIGITS}}}")
_STORED = re.compile(rf"mv_(fact|agg)_.+_{_DIGEST.pattern}")


class Aggregation(FrozenModel):
    """A fact's additive measures per date and some of its dimensions, kept beside the fact."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    fact: str
    dimensions: tuple[str, ...]


def reporting_views(
    stars: Sequence[StarSchemaOperator],
    aggregations: Sequence[Aggregation] = (),
    attribute_types: AttributeTypes | None = None,
) -> tuple[str, ...]:
    """Return the statements that make the views, in the order in which they can run.

    The tables of a publication must be there. ``lq_withdrawal`` is made where it is missing: a
    publication is withdrawn by a row in it, so the ledger itself never changes; so are the tables
    of adjustments and rules, which older publications haven't. Running the statements again keeps
    the views' permissions. Raises ``SemanticModelError``.
    """
    return (
        *describing_views(stars, attribute_types),
        *(_view("rpt_fact_" + star.fact, _newest(star)) for star in stars),
        *(
            _view("rpt_agg_" + aggregation.name, _totals(aggregation, stars))
            for aggregation in aggregations
        ),
    )


def describing_views(
    stars: Sequence[StarSchemaOperator], attribute_types: AttributeTypes | None = None
) -> tuple[str, ...]:
    """Return the statements of the views of scenarios, dates, members and adjustments."""
    return (
        *(create_table(t) for t in (WITHDRAWAL, ADJUSTMENT, DIM_ADJUSTMENT, BRIDGE_ADJUSTMENT)),
        _SCENARIOS,
        _RULES,
        _RULES_OF_SCENARIOS,
        _dates(),
        *(_members(dimension, attribute_types) for dimension in dimensions_of(stars)),
        _ADJUSTMENTS,
    )


@dataclass(frozen=True)
class StoredView:
    """A view of a fact or an aggregation whose rows are stored, and refreshed after publications.

    Reports read ``view``, which shows what ``stored`` holds; ``stored`` has a digest of its query
    in its name, so a changed query is another stored view, made beside the old one. What was
    withdrawn is never shown, even where a refresh is due.
    """

    view: str
    query: str

    @property
    def stored(self) -> str:
        """The name of what is stored."""
        return f"{self._stem}{hashlib.sha256(self.query.encode()).hexdigest()[:_DIGITS]}"

    @property
    def _stem(self) -> str:
        return f"mv_{self.view.removeprefix('rpt_')}_"

    def replaces(self, name: str) -> bool:
        """Tell whether a stored view of this name is one of an earlier query."""
        rest = name.removeprefix(self._stem)
        return rest != name and bool(_DIGEST.fullmatch(rest)) and name != self.stored

    def create(self) -> str:
        """Return the statement that stores it."""
        return (
            f"CREATE MATERIALIZED VIEW {quote(self.stored)} SORTKEY (date_key, scenario_key) "
            f"AUTO REFRESH YES AS\n{self.query}"
        )

    def show(self) -> str:
        """Return the statement of the view that reports read."""
        return _view(
            self.view,
            f"SELECT * FROM {quote(self.stored)} AS stored\n"
            "WHERE stored.scenario_key IN (SELECT scenario_key FROM rpt_dim_scenario)",
        )


def stored_views(
    stars: Sequence[StarSchemaOperator], aggregations: Sequence[Aggregation] = ()
) -> tuple[StoredView, ...]:
    """Return the views of facts and aggregations whose rows can be stored.

    None is over another view: a stored view can't be, and none waits for another's refresh.
    Raises ``SemanticModelError``.
    """
    return (
        *(StoredView("rpt_fact_" + star.fact, _newest(star)) for star in stars),
        *(
            StoredView(
                "rpt_agg_" + aggregation.name,
                _totals(aggregation, stars, f"({_newest(star_of(aggregation, stars))})"),
            )
            for aggregation in aggregations
        ),
    )


def is_stored_view(name: str) -> bool:
    """Tell whether a materialized view is one of these, by its name."""
    return bool(_STORED.fullmatch(name))


def dimensions_of(stars: Sequence[StarSchemaOperator]) -> tuple[Dimension, ...]:
    """Return the dimensions of all stars, each once.

    Raises ``SemanticModelError`` where two stars mean different things by one name.
    """
    found: dict[str, Dimension] = {}
    for star in stars:
        for dimension in star.dimensions:
            if found.setdefault(dimension.name, dimension) != dimension:
                raise SemanticModelError(
                    "the stars describe it differently",
                    where=f"dimension {dimension.name!r}",
                    hint="give it the same key, attributes and hierarchy in all of them",
                )
    return tuple(found.values())


def star_of(aggregation: Aggregation, stars: Sequence[StarSchemaOperator]) -> StarSchemaOperator:
    """Return the star that is aggregated. Raises ``SemanticModelError`` for what it lacks."""
    where = f"aggregation {aggregation.name!r}"
    by_name = {star.fact: star for star in stars}
    if aggregation.fact not in by_name:
        raise SemanticModelError(
            f"there is no fact {aggregation.fact!r}",
            where=where,
            hint=did_you_mean(aggregation.fact, by_name),
        )
    star = by_name[aggregation.fact]
    known = [dimension.name for dimension in star.dimensions]
    for name in aggregation.dimensions:
        if name not in known:
            raise SemanticModelError(
                f"the fact has no dimension {name!r}", where=where, hint=did_you_mean(name, known)
            )
    return star


def type_of(dimension: Dimension, attribute: str, types: AttributeTypes | None) -> str:
    """Return an attribute's published type: as it is given, or text."""
    return (types or {}).get((dimension.name, attribute), "string")


def _view(name: str, query: str) -> str:
    return f"CREATE OR REPLACE VIEW {quote(name)} AS\n{query}"


def _columns(table: str, names: Sequence[str]) -> str:
    return "".join(_column(table, name) for name in names)


def _column(table: str, name: str, kind: str = "string") -> str:
    """Return a column of a view. Yes and no are 1 and 0: drivers answer bits, texts or numbers."""
    value, alias = f"{table}.{quote(name)}", quote(folded(name))
    if parse_type(kind) == BooleanType():
        return f", CASE WHEN {value} THEN 1 WHEN NOT {value} THEN 0 END AS {alias}"
    return f", {value} AS {alias}"


# The label names a variant as everywhere else: scenario@injection point. Several labels may look
# alike to a reader that knows no case, so a number tells the variants apart.
_BASELINE = f"s.scenario = {literal(BASE)} AND COALESCE(s.injection_point, '') = ''"
_SCENARIOS = _view(
    "rpt_dim_scenario",
    f"""SELECT s.scenario_key, s.publish_id,
       CASE WHEN {_BASELINE} THEN 0
            ELSE DENSE_RANK() OVER (ORDER BY s.scenario, COALESCE(s.injection_point, '')) END
       AS variant_number,
       CASE WHEN {_BASELINE} THEN 1 ELSE 0 END AS is_base,
       CASE WHEN COALESCE(s.injection_point, '') = '' THEN s.scenario
            ELSE s.scenario || '@' || s.injection_point END AS variant,
       s.injection_point, s.description, s.run_id, s.as_of, l.published_at
FROM dim_scenario AS s JOIN lq_ledger AS l ON l.publish_id = s.publish_id
WHERE NOT EXISTS (SELECT 1 FROM lq_withdrawal AS w WHERE w.publish_id = s.publish_id)""",
)


_RULES = _view(
    "rpt_dim_adjustment",
    f"SELECT {', '.join('a.' + quote(name) for name in DIM_ADJUSTMENT.names)}\n"
    "FROM dim_adjustment AS a",
)
_RULES_OF_SCENARIOS = _view(
    "rpt_scenario_adjustment",
    """SELECT b.scenario_key, b.adjustment_key, b.position,
       CASE WHEN b.is_in_force THEN 1 ELSE 0 END AS is_in_force
FROM bridge_scenario_adjustment AS b
JOIN rpt_dim_scenario AS s ON s.scenario_key = b.scenario_key""",
)


def _dates() -> str:
    """Return the calendar: whole years without a gap, as time intelligence needs them."""
    digits = " UNION ALL ".join(f"SELECT {n} AS d" for n in range(10))
    places = range(_CALENDAR_DIGITS)
    number = " + ".join(f"d{n}.d * {10**n}" for n in places)
    joined = " CROSS JOIN ".join(f"digits AS d{n}" for n in places)
    months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    return _view(
        "rpt_dim_date",
        f"""WITH digits AS ({digits}),
numbers AS (SELECT {number} AS n FROM {joined}),
bounds AS (
    SELECT CAST(DATE_TRUNC('year', MIN(date)) AS DATE) AS new_year,
           EXTRACT(YEAR FROM MAX(date)) AS last_year
    FROM dim_date
),
calendar AS (
    SELECT CAST(DATEADD(day, numbers.n, bounds.new_year) AS DATE) AS day, bounds.last_year
    FROM bounds CROSS JOIN numbers
),
parts AS (
    SELECT day, CAST(EXTRACT(YEAR FROM day) AS INTEGER) AS year,
           CAST(EXTRACT(QUARTER FROM day) AS INTEGER) AS quarter,
           CAST(EXTRACT(MONTH FROM day) AS INTEGER) AS month,
           CAST(EXTRACT(DAY FROM day) AS INTEGER) AS day_of_month,
           CAST(EXTRACT(WEEK FROM day) AS INTEGER) AS iso_week,
           CAST(EXTRACT(DOW FROM day) AS INTEGER) AS weekday
    FROM calendar WHERE EXTRACT(YEAR FROM day) <= last_year
)
SELECT year * 10000 + month * 100 + day_of_month AS date_key, day AS date, year, quarter,
       'Q' || CAST(quarter AS VARCHAR) AS quarter_name, month,
       SUBSTRING('{months}', month * 3 - 2, 3) AS month_name, day_of_month AS day, iso_week,
       CASE WHEN day = LAST_DAY(day) THEN 1 ELSE 0 END AS is_month_end,
       CASE WHEN weekday IN (0, 6) THEN 1 ELSE 0 END AS is_weekend
FROM parts""",
    )


def _members(dimension: Dimension, types: AttributeTypes | None) -> str:
    keys = _columns("m", [dimension.name + "_key", dimension.key]).removeprefix(", ")
    attributes = "".join(
        _column("m", name, type_of(dimension, name, types)) for name in dimension.attributes
    )
    return _view(
        "rpt_dim_" + dimension.name,
        f"SELECT {keys}{attributes}, m.valid_from, m.valid_to,\n"
        "       CASE WHEN m.is_current THEN 1 ELSE 0 END AS is_current\n"
        f"FROM {quote('dim_' + dimension.name)} AS m",
    )


# Adjustments are kept up to date by the publications themselves.
_ADJUSTMENTS = _view(
    "rpt_adjustment",
    """SELECT a.scenario_key, a.date_key, a.dag, a.place, a.rule_id, a.deal_key, a.field,
       a.field_type, a.old_value, a.new_value, a.version
FROM lq_adjustment AS a WHERE NOT a.is_deleted""",
)


def _newest(star: StarSchemaOperator) -> str:
    """Return the query of the newest publication per variant and date.

    It is chosen among those that hold this fact: another DAG's publication of the same scenario
    must not hide it.
    """
    table = quote("fact_" + star.fact)
    keys = [dimension.name + "_key" for dimension in star.dimensions]
    figures = "".join(_column("f", measure.field, measure.type) for measure in star.measures)
    return f"""SELECT f.scenario_key, f.date_key{_columns("f", keys)}{figures}
FROM {table} AS f
JOIN (
    SELECT held.publish_id, held.date_key,
           ROW_NUMBER() OVER (
               PARTITION BY s.scenario, COALESCE(s.injection_point, ''), held.date_key
               ORDER BY l.published_at DESC, l.publish_id DESC
           ) AS recency
    FROM (SELECT DISTINCT publish_id, date_key FROM {table}) AS held
    JOIN dim_scenario AS s ON s.publish_id = held.publish_id
    JOIN lq_ledger AS l ON l.publish_id = held.publish_id
    LEFT JOIN lq_withdrawal AS w ON w.publish_id = held.publish_id
    WHERE w.publish_id IS NULL
) AS newest
  ON newest.publish_id = f.publish_id AND newest.date_key = f.date_key AND newest.recency = 1"""


def _totals(
    aggregation: Aggregation, stars: Sequence[StarSchemaOperator], fact: str | None = None
) -> str:
    """Return the query of an aggregation over its fact's view, or over another source."""
    source = fact or quote("rpt_fact_" + aggregation.fact)
    keys = ["scenario_key", "date_key", *(name + "_key" for name in aggregation.dimensions)]
    listed = ", ".join(f"f.{quote(key)}" for key in keys)
    figures = "".join(
        f", {kind.upper()}(f.{quote(folded(field))}) AS {quote(folded(field))}"
        for field, kind in aggregated(star_of(aggregation, stars))
    )
    return f"SELECT {listed}{figures}, COUNT(*) AS row_count\nFROM {source} AS f GROUP BY {listed}"


def aggregated(star: StarSchemaOperator) -> Iterator[tuple[str, str]]:
    """Yield the measures of which an aggregation holds figures, with sum, min or max."""
    for measure in star.measures:
        if isinstance(measure.aggregation, str) and measure.aggregation != "none":
            yield measure.field, measure.aggregation
