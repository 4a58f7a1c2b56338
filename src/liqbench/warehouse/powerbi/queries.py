"""The M queries that fill the tables from the reporting views.

They name the warehouse by parameters and hold no credentials: Power BI asks for those and keeps
them itself.
"""

from __future__ import annotations

from datetime import date

from liqbench.warehouse.powerbi.model import ModelTable, RedshiftSource, RefreshPolicy

_NAVIGATION = """\
    Source = AmazonRedshift.Database(Server, Database),
    Tables = Source{{[Name = Schema]}}[Data],
    View = Tables{{[Name = {view}]}}[Data]"""
_WINDOW = """\
    First = {first},
    Last = {last},
    Window = Table.SelectRows(View, each [date_key] >= First and [date_key] < Last)"""


def text(value: str) -> str:
    """Return a text as M writes it; ``#(`` would begin an escape there."""
    return '"' + value.replace('"', '""').replace("#(", "#(#)(") + '"'


def query(table: ModelTable) -> str:
    """Return the query of a table: its view's rows.

    With a refresh policy it keeps the rows from RangeStart to before RangeEnd, which Power BI
    sets; they become date keys, so that the warehouse does the filtering. What is imported gets
    its types, so a figure that its type can't hold is an error, which stops the refresh. A table
    that may be asked in the warehouse allows no step that the warehouse can't do, and has none.
    """
    steps, last = [_NAVIGATION.format(view=text(table.view))], "View"
    if table.refresh is not None:
        steps.append(_WINDOW.format(first=_date_key("RangeStart"), last=_date_key("RangeEnd")))
        last = "Window"
    if table.mode == "import":
        types = ", ".join(f"{{{text(c.source)}, {c.m_type}}}" for c in table.columns)
        steps.append(f"    Typed = Table.TransformColumnTypes({last}, {{{types}}})")
        last = "Typed"
    return "let\n" + ",\n".join(steps) + f"\nin\n    {last}"


def _date_key(parameter: str) -> str:
    return f"Date.Year({parameter}) * 10000 + Date.Month({parameter}) * 100 + Date.Day({parameter})"


def parameters(
    source: RedshiftSource, refresh: RefreshPolicy | None
) -> tuple[tuple[str, str], ...]:
    """Return the model's parameters and their values, as M writes them."""
    places = {"Server": source.server, "Database": source.database, "Schema": source.schema}
    found = [(name, _parameter(text(value), "Text")) for name, value in places.items()]
    if refresh is not None:
        for name, day in zip(("RangeStart", "RangeEnd"), refresh.preview, strict=True):
            found.append((name, _parameter(_midnight(day), "DateTime")))
    return tuple(found)


def _parameter(value: str, kind: str) -> str:
    return f'{value} meta [IsParameterQuery=true, Type="{kind}", IsParameterQueryRequired=true]'


def _midnight(day: date) -> str:
    return f"#datetime({day.year}, {day.month}, {day.day}, 0, 0, 0)"
