"""The tables of a model: scenarios, dates, the stars' dimensions and facts, aggregations."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from liqbench.operators.expressions.types import is_numeric, parse_type
from liqbench.operators.star_schema import Dimension, FactMeasure, Quotient, StarSchemaOperator
from liqbench.warehouse.dialect import folded
from liqbench.warehouse.powerbi import dax
from liqbench.warehouse.powerbi.model import (
    Alternate,
    Hierarchy,
    Measure,
    Mode,
    ModelColumn,
    ModelTable,
    RefreshPolicy,
)
from liqbench.warehouse.powerbi.types import DATE, TEXT, TIMESTAMP, WHOLE, ColumnType, column_type
from liqbench.warehouse.reporting import Aggregation, aggregated

ADJUSTMENTS = "Recorded adjustments"
_ROW_COUNT = "row_count"


def scenario_table(mode: Mode) -> ModelTable:
    """Return the publications by variant; the column Scenario is the one to choose by."""
    return ModelTable(
        name=dax.SCENARIO,
        view="rpt_dim_scenario",
        description="Choose one scenario. Without a choice the baseline is shown, of several none.",
        columns=(
            _column("scenario_key", WHOLE, hidden=True, key=True),
            _column(dax.VARIANT, WHOLE, hidden=True),
            _column(dax.IS_BASE, WHOLE, hidden=True),
            _column("Scenario", TEXT, source="variant"),
            _column("Injection point", TEXT, source="injection_point"),
            _column("Description", TEXT, source="description"),
            _column("As of", DATE, source="as_of"),
            _column("Run", TEXT, source="run_id"),
            _column("Publication", TEXT, source="publish_id"),
            _column("Published at", TIMESTAMP, source="published_at"),
        ),
        mode=mode,
    )


def rule_table(mode: Mode) -> ModelTable:
    """Return what rules change; choosing one chooses the scenarios that have it."""
    return ModelTable(
        name=dax.RULE,
        view="rpt_dim_adjustment",
        description="What a rule changes. Choosing one shows the scenario that has it.",
        columns=(
            _column("adjustment_key", WHOLE, hidden=True, key=True),
            _column("Rule", TEXT, source="rule_id"),
            _column("Stage", TEXT, source="stage"),
            _column("Place in the rule", WHOLE, source="place"),
            _column("Field", TEXT, source="field"),
            _column("Operation", TEXT, source="operation"),
            _column("Value", TEXT, source="value"),
            _column("Conditions", TEXT, source="conditions"),
            _column("Reason", TEXT, source="reason"),
            _column("Evidence", TEXT, source="evidence"),
            _column("Effective from", DATE, source="effective_date"),
            _column("Expires on", DATE, source="expiry_date"),
            _column("Approved by", TEXT, source="approved_by"),
            _column("Approved at", TIMESTAMP, source="approved_at"),
        ),
        mode=mode,
    )


def rules_of_scenarios_table(mode: Mode) -> ModelTable:
    """Return which scenarios have which rules."""
    return ModelTable(
        name=dax.RULES_OF_SCENARIOS,
        view="rpt_scenario_adjustment",
        description="A row per publication and change of a rule that it was made with.",
        columns=(
            _column("scenario_key", WHOLE, hidden=True),
            _column("adjustment_key", WHOLE, hidden=True),
            _column("Position", WHOLE, source="position"),
            _column("In force", WHOLE, source="is_in_force"),
        ),
        mode=mode,
        hidden=True,
    )


def date_table(mode: Mode) -> ModelTable:
    """Return the calendar, marked as the model's date table, with its hierarchy."""
    return ModelTable(
        name=dax.DATE,
        view="rpt_dim_date",
        description="Without a choice the last published date is shown.",
        columns=(
            _column(dax.DATE_KEY, WHOLE, hidden=True),
            _column("Date", DATE, source="date", key=True),
            _column("Year", WHOLE, source="year"),
            _column("Quarter", TEXT, source="quarter_name", sort_by="Quarter number"),
            _column("Month", TEXT, source="month_name", sort_by="Month number"),
            _column("Day", WHOLE, source="day"),
            _column("Quarter number", WHOLE, source="quarter", hidden=True),
            _column("Month number", WHOLE, source="month", hidden=True),
            _column("ISO week", WHOLE, source="iso_week"),
            _column("Month end", WHOLE, source="is_month_end"),
            _column("Weekend", WHOLE, source="is_weekend"),
        ),
        hierarchies=(Hierarchy(name="Calendar", levels=("Year", "Quarter", "Month", "Day")),),
        mode=mode,
        dates=True,
    )


def dimension_table(
    dimension: Dimension, mode: Mode, types: Mapping[str, ColumnType]
) -> ModelTable:
    """Return a dimension with all versions of its members; ``types`` are its attributes'."""
    attributes = (_column(name, types[name]) for name in dimension.attributes)
    drilled = dimension.hierarchy
    name = f"{dimension.name} by {drilled[0]}" if drilled else ""
    return ModelTable(
        name=dimension.name,
        view="rpt_dim_" + dimension.name,
        columns=(
            _column(dimension.name + "_key", WHOLE, hidden=True, key=True),
            _column(dimension.key, TEXT),
            *attributes,
            _column("valid_from", DATE, hidden=True),
            _column("valid_to", DATE, hidden=True),
            _column("is_current", WHOLE, hidden=True),
        ),
        hierarchies=(Hierarchy(name=name, levels=drilled),) if drilled else (),
        mode=mode,
    )


def fact_table(
    star: StarSchemaOperator,
    mode: Mode,
    refresh: RefreshPolicy | None,
    repeated: Collection[str] = (),
) -> ModelTable:
    """Return a fact: hidden keys and figures, a measure for each figure, its texts and dates.

    A measure has its field's name; of ``repeated`` names, which other facts have too, it has the
    fact's name with it.
    """
    figures = {measure.field: published(measure.field) for measure in numeric(star)}
    others = tuple(dimension.name for dimension in star.dimensions)
    return ModelTable(
        name=star.fact,
        view="rpt_fact_" + star.fact,
        columns=(*_keys(others), *_values(star, figures)),
        measures=tuple(
            Measure(
                name=f"{measure.field} ({star.fact})"
                if measure.field.casefold() in repeated
                else measure.field,
                expression=dax.measure(measure, star.fact, figures, others),
                format="0.00%"
                if isinstance(measure.aggregation, Quotient)
                else column_type(measure.type).format,
                description=_described(measure),
            )
            for measure in numeric(star)
        ),
        mode=mode,
        refresh=None if mode == "directQuery" else refresh,
    )


def adjustment_table(mode: Mode) -> ModelTable:
    """Return the values that rules wrote, of the publications that are shown."""
    return ModelTable(
        name=ADJUSTMENTS,
        view="rpt_adjustment",
        description="Every value that a rule of the scenario wrote: what it found, what it left.",
        columns=(
            *_keys(()),
            _column("DAG", TEXT, source="dag"),
            _column("Place", TEXT, source="place"),
            _column("Rule", TEXT, source="rule_id"),
            _column("Row", TEXT, source="deal_key"),
            _column("Field", TEXT, source="field"),
            _column("Type", TEXT, source="field_type"),
            _column("Old value", TEXT, source="old_value"),
            _column("New value", TEXT, source="new_value"),
        ),
        mode=mode,
    )


def aggregation_table(
    aggregation: Aggregation, star: StarSchemaOperator, refresh: RefreshPolicy | None
) -> ModelTable:
    """Return the hidden table that answers for its fact where it can."""
    types = {measure.field: column_type(measure.type) for measure in star.measures}
    return ModelTable(
        name=aggregation.name,
        view="rpt_agg_" + aggregation.name,
        columns=(
            *_keys(aggregation.dimensions),
            *(
                _column(
                    published(field),
                    types[field],
                    source=folded(field),
                    hidden=True,
                    alternate=Alternate.model_validate(
                        {"summarization": kind, "table": star.fact, "column": published(field)}
                    ),
                )
                for field, kind in aggregated(star)
            ),
            _column(
                _ROW_COUNT,
                WHOLE,
                hidden=True,
                alternate=Alternate(summarization="count", table=star.fact),
            ),
        ),
        hidden=True,
        refresh=refresh,
    )


def numeric(star: StarSchemaOperator) -> Iterator[FactMeasure]:
    """Yield the measures that are figures; texts, dates and yes or no are columns only."""
    return (measure for measure in star.measures if is_numeric(parse_type(measure.type)))


def published(field: str) -> str:
    """Return the name of a figure's hidden column, as the measure has the field's own."""
    return f"{field} (published)"


def _values(star: StarSchemaOperator, figures: Mapping[str, str]) -> Iterator[ModelColumn]:
    for measure in star.measures:
        name, kind = figures.get(measure.field, measure.field), column_type(measure.type)
        yield _column(name, kind, source=folded(measure.field), hidden=measure.field in figures)


def _described(measure: FactMeasure) -> str:
    if isinstance(parts := measure.aggregation, Quotient):
        return f"As published; of several, the sum of {parts.numerator} over {parts.denominator}."
    if measure.aggregation == "none":
        return "As published, where one figure is meant; nothing says how several make one."
    return f"The {measure.aggregation} of the published figures."


def _keys(dimensions: Collection[str]) -> tuple[ModelColumn, ...]:
    names = ("scenario_key", dax.DATE_KEY, *(name + "_key" for name in dimensions))
    return tuple(_column(name, WHOLE, hidden=True) for name in names)


def _column(
    name: str,
    kind: ColumnType,
    *,
    source: str | None = None,
    hidden: bool = False,
    key: bool = False,
    sort_by: str | None = None,
    alternate: Alternate | None = None,
) -> ModelColumn:
    return ModelColumn(
        name=name,
        data_type=kind.data_type,
        source=source or folded(name),
        m_type=kind.m_type,
        hidden=hidden,
        key=key,
        format=kind.format,
        sort_by=sort_by,
        alternate=alternate,
        annotations=kind.annotations,
    )
