"""Making the semantic model of stars: their tables, how these belong together, what is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from liqbench.errors import SemanticModelError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.powerbi import dax
from liqbench.warehouse.powerbi.model import (
    CalculationGroup,
    DuckDbSource,
    Mode,
    RefreshPolicy,
    Relationship,
    SemanticModel,
    Source,
)
from liqbench.warehouse.powerbi.queries import parameters
from liqbench.warehouse.powerbi.tables import (
    ADJUSTMENTS,
    adjustment_table,
    aggregation_table,
    date_table,
    dimension_table,
    fact_table,
    numeric,
    rule_table,
    rules_of_scenarios_table,
    scenario_table,
)
from liqbench.warehouse.powerbi.types import column_type
from liqbench.warehouse.reporting import (
    Aggregation,
    AttributeTypes,
    dimensions_of,
    star_of,
    type_of,
)

_SCENARIO_KEY, _RULE_KEY = "scenario_key", "adjustment_key"
_RULES = (
    Relationship(
        many=(dax.RULES_OF_SCENARIOS, _SCENARIO_KEY),
        one=(dax.SCENARIO, _SCENARIO_KEY),
        both_ways=True,
    ),
    Relationship(many=(dax.RULES_OF_SCENARIOS, _RULE_KEY), one=(dax.RULE, _RULE_KEY)),
)
_ADJUSTMENTS = CalculationGroup(
    name="Adjustment scenarios",
    column="Show as",
    items=dax.adjustment_items(),
    description="Any measure as it is, under the one chosen scenario, or the difference.",
)


def semantic_model(
    stars: Sequence[StarSchemaOperator],
    *,
    name: str,
    source: Source,
    refresh: RefreshPolicy | None = None,
    aggregations: Sequence[Aggregation] = (),
    attribute_types: AttributeTypes | None = None,
) -> SemanticModel:
    """Return the model of published stars over their reporting views (``reporting_views``).

    ``refresh`` reads only a fact's latest days again. A fact with an aggregation stays in the
    warehouse (DirectQuery), its aggregations are imported and used wherever they have the answer.
    ``attribute_types`` are the published types of dimensions' attributes that are no texts.
    Raises ``SemanticModelError``.
    """
    if not stars:
        raise SemanticModelError("there is no star to make a model of", where=f"model {name!r}")
    if aggregations and isinstance(source, DuckDbSource):
        raise SemanticModelError(
            "Power BI imports a DuckDB file, so an aggregation would stand beside a fact that is "
            "imported itself",
            where=f"aggregation {aggregations[0].name!r}",
            hint="leave it out, or publish to Redshift",
        )
    remote = {aggregation.fact for aggregation in aggregations}
    shared: Mode = "dual" if remote else "import"
    counts = Counter(measure.field.casefold() for star in stars for measure in numeric(star))
    repeated = {field for field, count in counts.items() if count > 1}
    return SemanticModel(
        name=name,
        source=source,
        tables=(
            scenario_table(shared),
            rule_table(shared),
            rules_of_scenarios_table(shared),
            date_table(shared),
            *(
                dimension_table(
                    dimension,
                    shared,
                    {
                        name: column_type(type_of(dimension, name, attribute_types))
                        for name in dimension.attributes
                    },
                )
                for dimension in dimensions_of(stars)
            ),
            *(
                fact_table(
                    star, "directQuery" if star.fact in remote else "import", refresh, repeated
                )
                for star in stars
            ),
            adjustment_table("directQuery" if remote else "import"),
            *(aggregation_table(item, star_of(item, stars), refresh) for item in aggregations),
        ),
        relationships=(
            *_RULES,
            *(
                relationship
                for star in stars
                for relationship in _belongs(star.fact, [d.name for d in star.dimensions])
            ),
            *_belongs(ADJUSTMENTS, ()),
            *(
                relationship
                for item in aggregations
                for relationship in _belongs(item.name, item.dimensions)
            ),
        ),
        calculation_groups=(_ADJUSTMENTS,),
        parameters=parameters(source, refresh),
    )


def _belongs(table: str, dimensions: Collection[str]) -> Iterator[Relationship]:
    """Yield the relationships of a fact, or an aggregation, to what describes it."""
    others = {dax.SCENARIO: _SCENARIO_KEY, dax.DATE: dax.DATE_KEY}
    others |= {name: name + "_key" for name in dimensions}
    for other, key in others.items():
        yield Relationship(many=(table, key), one=(other, key))
