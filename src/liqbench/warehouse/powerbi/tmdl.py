"""A semantic model as TMDL: the text of every file of its definition.

TMDL is indented by tabs; an expression stands two deeper than its object. The same model gives
the same text: what Power BI calls a lineage tag is made of the object's path.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Iterator

from liqbench.warehouse.powerbi.model import (
    CalculationGroup,
    Hierarchy,
    Measure,
    ModelColumn,
    ModelTable,
    RefreshPolicy,
    SemanticModel,
    Source,
)
from liqbench.warehouse.powerbi.queries import query

_TAGS = uuid.uuid5(uuid.NAMESPACE_DNS, "powerbi.liqbench")
_COMPATIBILITY = 1601
_CULTURE = "en-US"


def definition(model: SemanticModel) -> dict[str, str]:
    """Return the files below ``definition``: their paths, with slashes, and their texts."""
    files = {
        "database.tmdl": _database(model),
        "model.tmdl": _model(model),
        "expressions.tmdl": _expressions(model),
        "relationships.tmdl": _relationships(model),
    }
    files |= {f"tables/{t.name}.tmdl": _table(t, model.source) for t in model.tables}
    files |= {f"tables/{group.name}.tmdl": _group(group) for group in model.calculation_groups}
    return {path: "\n".join(lines) + "\n" for path, lines in files.items()}


def quoted(name: str) -> str:
    """Return an object's name: as it is, or in single quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else "'" + name.replace("'", "''") + "'"


def tag(*path: str) -> str:
    """Return an object's lineage tag."""
    return str(uuid.uuid5(_TAGS, json.dumps(path)))


def _value(text: str) -> str:
    """Return a text as a property's value: in double quotes where it would not read back."""
    if text == text.strip() and '"' not in text:
        return text
    return '"' + text.replace('"', '""') + '"'


def _deeper(lines: Iterable[str], by: int = 1) -> Iterator[str]:
    return ("\t" * by + line if line else "" for line in lines)


def _expression(declared: str, text: str) -> Iterator[str]:
    """Yield an object or property with its expression, in one line where it has one."""
    lines = text.splitlines()
    if len(lines) == 1:
        yield f"{declared} = {text}"
    else:
        yield f"{declared} ="
        yield from _deeper(lines, 2)


def _described(text: str) -> Iterator[str]:
    if text:
        yield f"/// {text}"


def _database(model: SemanticModel) -> list[str]:
    return [f"database {quoted(model.name)}", f"\tcompatibilityLevel: {_COMPATIBILITY}"]


def _model(model: SemanticModel) -> list[str]:
    """Return the model's settings and the order of its tables.

    ``returnErrorValuesAsNull`` is left out on purpose: a figure that can't be read must stop the
    refresh instead of turning blank.
    """
    names = [*(t.name for t in model.tables), *(g.name for g in model.calculation_groups)]
    order = json.dumps([p.name for p in model.parameters] + [t.name for t in model.tables])
    return [
        "model Model",
        f"\tculture: {_CULTURE}",
        "\tdefaultPowerBIDataSourceVersion: powerBI_V3",
        "\tdiscourageImplicitMeasures",
        f"\tsourceQueryCulture: {_CULTURE}",
        "\tdataAccessOptions",
        "\t\tlegacyRedirects",
        "",
        "annotation __PBI_TimeIntelligenceEnabled = 0",
        "",
        f"annotation PBI_QueryOrder = {order}",
        "",
        *(f"ref table {quoted(name)}" for name in names),
    ]


def _expressions(model: SemanticModel) -> list[str]:
    lines: list[str] = []
    for parameter in model.parameters:
        kind = "DateTime" if parameter.expression.startswith("#datetime") else "Text"
        lines += [
            *_described(parameter.description),
            *_expression(f"expression {quoted(parameter.name)}", parameter.expression),
            f"\tlineageTag: {tag('expression', parameter.name)}",
            "",
            f"\tannotation PBI_ResultType = {kind}",
            "",
        ]
    return lines[:-1]


def _relationships(model: SemanticModel) -> list[str]:
    lines: list[str] = []
    for relationship in model.relationships:
        lines += [
            f"relationship {tag('relationship', *relationship.many, *relationship.one)}",
            "\tfromCardinality: many",
            "\ttoCardinality: one",
            "\tcrossFilteringBehavior: "
            + ("bothDirections" if relationship.both_ways else "oneDirection"),
            f"\tfromColumn: {_reference(*relationship.many)}",
            f"\ttoColumn: {_reference(*relationship.one)}",
            "",
        ]
    return lines[:-1]


def _reference(table: str, column: str) -> str:
    return f"{quoted(table)}.{quoted(column)}"


def _table(table: ModelTable, source: Source) -> list[str]:
    lines = [*_described(table.description), f"table {quoted(table.name)}"]
    lines.append(f"\tlineageTag: {tag('table', table.name)}")
    if table.dates:
        lines.append("\tdataCategory: Time")
    if table.hidden:
        lines.append("\tisHidden")
    parts: list[Iterable[str]] = [
        *(_measure(table, measure) for measure in table.measures),
        *(_column(table, column) for column in table.columns),
        *(_hierarchy(table, hierarchy) for hierarchy in table.hierarchies),
        _partition(table, source),
    ]
    if table.refresh is not None:
        parts.append(_refresh(table, table.refresh, source))
    parts.append(["annotation PBI_ResultType = Table"])
    for part in parts:
        lines += ["", *_deeper(part)]
    return lines


def _measure(table: ModelTable, measure: Measure) -> Iterator[str]:
    yield from _described(measure.description)
    yield from _expression(f"measure {quoted(measure.name)}", measure.expression)
    yield f"\tformatString: {_value(measure.format)}"
    yield f"\tlineageTag: {tag('table', table.name, 'measure', measure.name)}"


def _column(table: ModelTable, column: ModelColumn) -> Iterator[str]:
    yield f"column {quoted(column.name)}"
    yield f"\tdataType: {column.data_type}"
    if column.hidden:
        yield "\tisHidden"
    if column.key:
        yield "\tisKey"
    if column.format:
        yield f"\tformatString: {_value(column.format)}"
    yield f"\tlineageTag: {tag('table', table.name, 'column', column.name)}"
    yield "\tsummarizeBy: none"
    yield f"\tsourceColumn: {_value(column.source)}"
    if column.sort_by is not None:
        yield f"\tsortByColumn: {quoted(column.sort_by)}"
    if (alternate := column.alternate) is not None:
        yield ""
        yield "\talternateOf"
        if alternate.column is None:
            yield f"\t\tbaseTable: {quoted(alternate.table)}"
        else:
            yield f"\t\tbaseColumn: {_reference(alternate.table, alternate.column)}"
        yield f"\t\tsummarization: {alternate.summarization}"
    for name, text in (("SummarizationSetBy", "User"), *column.annotations):
        yield ""
        yield f"\tannotation {name} = {text}"


def _hierarchy(table: ModelTable, hierarchy: Hierarchy) -> Iterator[str]:
    path = ("table", table.name, "hierarchy", hierarchy.name)
    yield f"hierarchy {quoted(hierarchy.name)}"
    yield f"\tlineageTag: {tag(*path)}"
    for level in hierarchy.levels:
        yield ""
        yield f"\tlevel {quoted(level)}"
        yield f"\t\tlineageTag: {tag(*path, 'level', level)}"
        yield f"\t\tcolumn: {quoted(level)}"


def _partition(table: ModelTable, source: Source) -> Iterator[str]:
    yield f"partition {quoted(table.name)} = m"
    yield f"\tmode: {table.mode}"
    yield from _deeper(_expression("source", query(table, source)))


def _refresh(table: ModelTable, policy: RefreshPolicy, source: Source) -> Iterator[str]:
    yield "refreshPolicy"
    yield "\tpolicyType: basic"
    yield f"\trollingWindowGranularity: {policy.store_unit}"
    yield f"\trollingWindowPeriods: {policy.store}"
    yield f"\tincrementalGranularity: {policy.refresh_unit}"
    yield f"\tincrementalPeriods: {policy.refresh}"
    yield from _deeper(_expression("sourceExpression", query(table, source)))


def _group(group: CalculationGroup) -> list[str]:
    path = ("table", group.name)
    lines = [*_described(group.description), f"table {quoted(group.name)}"]
    lines += [f"\tlineageTag: {tag(*path)}", "", "\tcalculationGroup", "\t\tprecedence: 1"]
    for ordinal, item in enumerate(group.items):
        lines.append("")
        lines += _deeper(_expression(f"calculationItem {quoted(item.name)}", item.expression), 2)
        lines.append(f"\t\t\tordinal: {ordinal}")
        if item.format:
            lines += ["", f'\t\t\tformatStringDefinition = "{item.format}"']
    columns = (
        [f"column {quoted(group.column)}", "\tdataType: string", "\tsourceColumn: Name"],
        ["column Ordinal", "\tdataType: int64", "\tisHidden", "\tsourceColumn: Ordinal"],
    )
    for column, name in zip(columns, (group.column, "Ordinal"), strict=True):
        column += [f"\tlineageTag: {tag(*path, 'column', name)}", "\tsummarizeBy: none"]
    columns[0].append("\tsortByColumn: Ordinal")
    for column in columns:
        lines += ["", *_deeper(column)]
    return lines
