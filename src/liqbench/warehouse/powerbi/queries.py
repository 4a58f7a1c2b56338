"""The M queries that fill the tables from the reporting views.

They name the warehouse by parameters and hold no credentials: Power BI asks for those and keeps
them itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from liqbench.warehouse.dialect import quote
from liqbench.warehouse.powerbi.model import (
    ModelTable,
    Parameter,
    RedshiftSource,
    RefreshPolicy,
    Source,
)

_NAVIGATION = """\
    Source = AmazonRedshift.Database(Server, Database),
    Tables = Source{{[Name = Schema]}}[Data],
    View = Tables{{[Name = {view}]}}[Data]"""
_WINDOW = """\
    First = {first},
    Last = {last}"""
_SELECTED = "    Window = Table.SelectRows(View, each [date_key] >= First and [date_key] < Last)"
_ASKED = """\
    Warehouse = [Driver = "DuckDB Driver", Database = File, access_mode = "read_only"],
    View = Odbc.Query(Warehouse, {statement})"""
_BY_ODBC = (
    "The published DuckDB file on this machine. Power BI reads it by DuckDB's ODBC driver (64 bit, "
    "not older than the DuckDB that wrote the file), which has to be installed. At the first "
    "refresh choose no credentials and let each query run. Close Power BI's connection before "
    "publishing again: the file has one writer."
)


def text(value: str) -> str:
    """Return a text as M writes it; ``#(`` would begin an escape there."""
    return '"' + value.replace('"', '""').replace("#(", "#(#)(") + '"'


def query(table: ModelTable, source: Source) -> str:
    """Return the query of a table: its view's rows.

    With a refresh policy it keeps the rows from RangeStart to before RangeEnd, which Power BI
    sets; they become date keys, so that the warehouse does the filtering. What is imported gets
    its types, so a figure that its type can't hold is an error, which stops the refresh. A table
    that may be asked in the warehouse allows no step that the warehouse can't do, and has none.
    """
    windowed = table.refresh is not None
    steps = [*_window(windowed), *_view(table, source, windowed=windowed)]
    last = "Window" if windowed and isinstance(source, RedshiftSource) else "View"
    if table.mode == "import":
        types = ", ".join(f"{{{text(c.source)}, {c.m_type}}}" for c in table.columns)
        steps.append(f"    Typed = Table.TransformColumnTypes({last}, {{{types}}})")
        last = "Typed"
    return "let\n" + ",\n".join(steps) + f"\nin\n    {last}"


def _window(windowed: bool) -> Iterator[str]:
    if windowed:
        yield _WINDOW.format(first=_date_key("RangeStart"), last=_date_key("RangeEnd"))


def _view(table: ModelTable, source: Source, *, windowed: bool) -> Iterator[str]:
    """Yield the steps that read a view.

    Redshift's connector turns a selection into SQL. ODBC's would need the driver to describe all
    that it can do, so DuckDB is given the SQL.
    """
    if isinstance(source, RedshiftSource):
        yield _NAVIGATION.format(view=text(table.view))
        if windowed:
            yield _SELECTED
        return
    statement = text(f"SELECT * FROM {quote(table.view)}")
    if windowed:
        first, last = (text(f" {part} ") for part in ("WHERE date_key >=", "AND date_key <"))
        statement += f" & {first} & Number.ToText(First) & {last} & Number.ToText(Last)"
    yield _ASKED.format(statement=statement)


def _date_key(parameter: str) -> str:
    return f"Date.Year({parameter}) * 10000 + Date.Month({parameter}) * 100 + Date.Day({parameter})"


def parameters(source: Source, refresh: RefreshPolicy | None) -> tuple[Parameter, ...]:
    """Return the model's parameters and their values, as M writes them."""
    found = [*_places(source)]
    if refresh is not None:
        for name, day in zip(("RangeStart", "RangeEnd"), refresh.preview, strict=True):
            found.append(Parameter(name=name, expression=_parameter(_midnight(day), "DateTime")))
    return tuple(found)


def _places(source: Source) -> Iterator[Parameter]:
    if isinstance(source, RedshiftSource):
        places = {"Server": source.server, "Database": source.database, "Schema": source.schema}
        for name, value in places.items():
            yield Parameter(name=name, expression=_parameter(text(value), "Text"))
    else:
        value = _parameter(text(source.file), "Text")
        yield Parameter(name="File", expression=value, description=_BY_ODBC)


def _parameter(value: str, kind: str) -> str:
    return f'{value} meta [IsParameterQuery=true, Type="{kind}", IsParameterQueryRequired=true]'


def _midnight(day: date) -> str:
    return f"#datetime({day.year}, {day.month}, {day.day}, 0, 0, 0)"
