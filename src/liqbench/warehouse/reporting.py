"""Views that a report reads: of every figure the newest publication that was not withdrawn.

A warehouse keeps every publication; a report must count a figure once. The statements are in
Redshift's dialect; sqlglot carries them over to DuckDB. Every view's columns have folded names,
which is what Redshift makes of them anyway.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field
from pyspark.sql.types import BooleanType

from liqbench.errors import SemanticModelError, did_you_mean
from liqbench.model._values import FrozenModel
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.star_schema import Dimension, FactMeasure, StarSchemaOperator
from liqbench.warehouse.ddl import create_table
from liqbench.warehouse.dialect import folded, literal, quote
from liqbench.warehouse.publication import BASE
from liqbench.warehouse.tables import BRIDGE_ADJUSTMENT, DIM_ADJUSTMENT, WITHDRAWAL

_CALENDAR_DIGITS = 5  # of the number of days: 273 years


class Aggregation(FrozenModel):
    """A fact's additive measures per date and some of its dimensions, kept beside the fact."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    fact: str
    dimensions: tuple[str, ...]


def reporting_views(
    stars: Sequence[StarSchemaOperator], aggregations: Sequence[Aggregation] = ()
) -> tuple[str, ...]:
    """Return the statements that make the views, in the order in which they can run.

    The tables of a publication must be there. ``lq_withdrawal`` is made where it is missing: a
    publication is withdrawn by a row in it, so the ledger itself never changes; so are the tables
    of rules, which older publications haven't. Running the
    statements again keeps the views' permissions. Raises ``SemanticModelError``.
    """
    dimensions = dimensions_of(stars)
    return (
        *(create_table(table) for table in (WITHDRAWAL, DIM_ADJUSTMENT, BRIDGE_ADJUSTMENT)),
        _SCENARIOS,
        _RULES,
        _RULES_OF_SCENARIOS,
        _dates(),
        *(_members(dimension) for dimension in dimensions),
        *(_facts(star) for star in stars),
        *(_totals(aggregation, stars) for aggregation in aggregations),
    )


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


def _view(name: str, query: str) -> str:
    return f"CREATE OR REPLACE VIEW {quote(name)} AS\n{query}"


def _columns(table: str, names: Sequence[str]) -> str:
    return "".join(f", {table}.{quote(name)} AS {quote(folded(name))}" for name in names)


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


def _members(dimension: Dimension) -> str:
    names = [dimension.name + "_key", dimension.key, *dimension.attributes]
    return _view(
        "rpt_dim_" + dimension.name,
        f"SELECT {_columns('m', names).removeprefix(', ')}, m.valid_from, m.valid_to,\n"
        "       CASE WHEN m.is_current THEN 1 ELSE 0 END AS is_current\n"
        f"FROM {quote('dim_' + dimension.name)} AS m",
    )


def _facts(star: StarSchemaOperator) -> str:
    """Return the view of the newest publication per variant and date.

    It is chosen among those that hold this fact: another DAG's publication of the same scenario
    must not hide it.
    """
    table = quote("fact_" + star.fact)
    keys = [dimension.name + "_key" for dimension in star.dimensions]
    figures = "".join(_figure(measure) for measure in star.measures)
    return _view(
        "rpt_fact_" + star.fact,
        f"""SELECT f.scenario_key, f.date_key{_columns("f", keys)}{figures}
FROM {table} AS f
JOIN (
    SELECT held.publish_id, held.date_key,
           ROW_NUMBER() OVER (
               PARTITION BY s.variant_number, held.date_key
               ORDER BY s.published_at DESC, s.publish_id DESC
           ) AS recency
    FROM (SELECT DISTINCT publish_id, date_key FROM {table}) AS held
    JOIN rpt_dim_scenario AS s ON s.publish_id = held.publish_id
) AS newest
  ON newest.publish_id = f.publish_id AND newest.date_key = f.date_key AND newest.recency = 1""",
    )


def _figure(measure: FactMeasure) -> str:
    name, alias = f"f.{quote(measure.field)}", quote(folded(measure.field))
    if parse_type(measure.type) == BooleanType():  # which drivers answer as bits, texts or numbers
        return f", CASE WHEN {name} THEN 1 WHEN NOT {name} THEN 0 END AS {alias}"
    return f", {name} AS {alias}"


def _totals(aggregation: Aggregation, stars: Sequence[StarSchemaOperator]) -> str:
    keys = ["scenario_key", "date_key", *(name + "_key" for name in aggregation.dimensions)]
    listed = ", ".join(f"f.{quote(key)}" for key in keys)
    figures = "".join(
        f", {kind.upper()}(f.{quote(folded(field))}) AS {quote(folded(field))}"
        for field, kind in aggregated(star_of(aggregation, stars))
    )
    return _view(
        "rpt_agg_" + aggregation.name,
        f"SELECT {listed}{figures}, COUNT(*) AS row_count\n"
        f"FROM {quote('rpt_fact_' + aggregation.fact)} AS f GROUP BY {listed}",
    )


def aggregated(star: StarSchemaOperator) -> Iterator[tuple[str, str]]:
    """Yield the measures of which an aggregation holds figures, with sum, min or max."""
    for measure in star.measures:
        if isinstance(measure.aggregation, str) and measure.aggregation != "none":
            yield measure.field, measure.aggregation
