"""The table as a reader meets it: its grid, its marks, its figures, and nothing from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from liqbench import ImpactAnalysis
from liqbench.operators.lcr import LcrOperator
from liqbench.ui.comparison import Cell, Column, Comparison, EntityRow
from liqbench.ui.impact_table import MOST_ROWS, ImpactTable, amount, points, ratio, tone

HtmlOf = Callable[[str], Any]
HOSTILE = "<script>alert(1)</script>\"' onmouseover=alert(1) <img src=http://x.y>&amp;"


def cell(lcr: str | None, change: str = "0", **marks: bool) -> Cell:
    return Cell(
        ratio=None if lcr is None else Decimal(lcr),
        available=Decimal("1234567.8900"),
        required=Decimal(1000000),
        change=Decimal(change),
        **marks,
    )


MADE = Comparison(
    title="made by hand",
    names=LcrOperator.figures,
    as_of=date(2025, 12, 31),
    limit=Decimal(1),
    one_unit=True,
    unit="EUR",
    baseline_ratio=Decimal("1.2"),
    columns=(
        Column("calm", "enrich", "Nothing much", 0, Decimal("1.2"), Decimal(0), Decimal(0)),
        Column(
            "storm", "enrich", "", 1234, Decimal("1.1"), Decimal(-10), Decimal("-9876543.21"), 2, 1
        ),
        Column("storm", "calc", error="operator 'x': it broke"),
    ),
    rows=(
        EntityRow(
            ("Always low",),
            "Always low",
            "E1",
            "EUR",
            cell("0.95", breach=True),
            (
                cell("0.95", breach=True),
                cell("0.9", "-5", changed=True, breach=True),
                None,
            ),
        ),
        EntityRow(
            ("Falls",),
            "Falls",
            "E2",
            "EUR",
            cell("1.05"),
            (
                cell("1.05"),
                cell("0.999999", "-5.0001", changed=True, breach=True, new_breach=True),
                None,
            ),
        ),
        EntityRow(
            ("Rises",),
            "Rises",
            "",
            "EUR",
            cell("12.5"),
            (cell("12.5"), cell("13.0", "50", changed=True), None),
        ),
        EntityRow(("Undefined",), "Undefined", "", "EUR", cell(None), (cell(None), None, None)),
    ),
)


@pytest.fixture
def table(html_of: HtmlOf) -> Any:
    return html_of(ImpactTable(MADE)._repr_html_()).one("table")


def grid(table: Any) -> list[list[Any]]:
    """Lay the cells out as a browser does, with their spans; every place is taken once."""
    rows: list[list[Any]] = []
    for part in table.all("thead", "tbody"):
        places: dict[tuple[int, int], Any] = {}
        found = list(part.all("tr"))
        for y, row in enumerate(found):
            x = 0
            for item in row.all("th", "td"):
                while (y, x) in places:
                    x += 1
                for dy in range(int(item.attributes.get("rowspan", 1))):
                    for dx in range(int(item.attributes.get("colspan", 1))):
                        assert (y + dy, x + dx) not in places
                        places[y + dy, x + dx] = item
        width = max(x for _, x in places) + 1
        assert len(places) == width * len(found)
        rows += [[places[y, x] for x in range(width)] for y in range(len(found))]
    return rows


def test_every_row_is_as_wide_as_the_head(table: Any) -> None:
    rows = grid(table)
    assert {len(row) for row in rows} == {2 + 2 * len(MADE.columns)}
    assert len(rows) == 3 + 4 + len(MADE.rows)


def test_it_says_what_it_is(table: Any) -> None:
    caption = table.one("caption").text
    assert "made by hand" in caption
    assert "as of 2025-12-31" in caption
    assert "limit 100.0 %" in caption
    assert all(head.attributes["scope"] for head in table.all("th"))
    heads = [head.text for head in table.one("thead").all("th")]
    assert heads[:4] == ["Entity", "Baseline", "calm", "storm"]
    assert heads.count("LCR, %") == 4
    assert heads.count("change, pp") == 3


def test_the_sums_stand_on_top(table: Any) -> None:
    sums = {row[0].text: [item.text for item in row[1:]] for row in grid(table)[3:7]}
    failed = ["✗ failed"] * 2
    assert sums["All entities"] == ["120.0", "120.0", "0.0", "110.0", "-10.0", *failed]
    assert sums["Liquidity change, EUR"][1:5] == ["0", "0", "-9,876,543", "-9,876,543"]
    assert sums["Records affected"][1:5] == ["0", "0", "1,234", "1,234"]
    assert sums["Entities below the limit"][:5] == ["1", "0", "0", "2 (1 new)", "2 (1 new)"]


def test_a_breach_is_marked_by_more_than_colour(table: Any) -> None:
    rows = {row[0].text.split(" E")[0]: row for row in grid(table)[7:]}
    low, falls, rises = rows["Always low"], rows["Falls"], rows["Rises"]
    assert [item.text for item in low[1:6]] == ["▼95.0", "▼95.0", "=", "▼90.0", "-5.0"]
    assert all("breach" in low[n].classes for n in (1, 2, 4))
    assert not any("new" in item.classes for item in low)
    # One digit would show 100.0, which is no breach.
    assert [item.text for item in falls[1:6]] == ["105.0", "105.0", "=", "▼99.9999", "-5.0"]
    assert {"breach", "new"} <= falls[4].classes
    assert [item.text for item in rises[1:6]] == ["1,250.0", "1,250.0", "=", "1,300.0", "+50.0"]
    assert not any("breach" in item.classes for item in rises)
    (mark,) = falls[4].all("span")
    assert mark.attributes["aria-label"] == "below the limit"


def test_what_did_not_change_is_dimmed_and_what_did_is_coloured(table: Any) -> None:
    rows = {row[0].text.split(" E")[0]: row for row in grid(table)[7:]}
    assert all("same" in item.classes for row in rows.values() for item in row[2:4])
    assert {"down3"} <= rows["Always low"][4].classes & rows["Always low"][5].classes
    assert {"up5"} <= rows["Rises"][4].classes & rows["Rises"][5].classes


def test_an_undefined_ratio_is_called_so(table: Any) -> None:
    row = next(row for row in grid(table) if row[0].text == "Undefined")
    assert row[1].text == "undefined"
    assert "no net outflows" in row[1].attributes["title"]


def test_the_exact_figures_are_in_the_title(table: Any) -> None:
    row = next(row for row in grid(table) if row[0].text.startswith("Falls"))
    assert row[4].attributes["title"] == (
        "LCR 99.9999 %\nHQLA 1,234,567.89 EUR\nnet outflows 1,000,000 EUR"
    )
    assert row[5].attributes["title"] == "-5.0001 percentage points"


def test_a_failed_variant_says_why(table: Any) -> None:
    failed = [item for item in table.all("td") if "failed" in item.classes]
    assert [item.text for item in failed] == ["✗ failed", "operator 'x': it broke"]
    assert all(item.attributes["title"] == "operator 'x': it broke" for item in failed)


def test_figures_are_aligned_and_of_one_width(html_of: HtmlOf) -> None:
    style = html_of(ImpactTable(MADE)._repr_html_()).one("style").text
    assert "tabular-nums" in style
    assert "text-align: right" in style
    assert "var(--jp-ui-font-color1, #" in style


@pytest.mark.parametrize("standalone", [True, False])
def test_hostile_texts_stay_texts_and_nothing_is_loaded(html_of: HtmlOf, standalone: bool) -> None:
    columns = tuple(
        replace(c, scenario=HOSTILE, point=HOSTILE, description=HOSTILE, note=HOSTILE)
        for c in MADE.columns
    )
    columns = (*columns[:2], replace(columns[2], error=HOSTILE))
    rows = tuple(replace(r, name=HOSTILE, detail=HOSTILE, unit=HOSTILE) for r in MADE.rows)
    bad = ImpactTable(replace(MADE, title=HOSTILE, unit=HOSTILE, columns=columns, rows=rows))
    good = ImpactTable(MADE)
    page = html_of(bad.to_html() if standalone else bad._repr_html_())
    other = html_of(good.to_html() if standalone else good._repr_html_())
    assert other.outside() == []
    assert {e.tag for e in page.all()} <= {e.tag for e in other.all()} | {"small", "wbr", "dl"}
    assert not list(page.all("script", "img"))
    assert not [name for e in page.all() for name in e.attributes if name.startswith("on")]
    assert HOSTILE in page.one("caption").text
    assert HOSTILE in page.one("table").text


def test_a_page_of_its_own_is_complete(tmp_path: Path, html_of: HtmlOf) -> None:
    table = ImpactTable(MADE)
    text = table.save(tmp_path / "impact.html").read_text("utf-8")
    assert text == table.to_html()
    assert text.startswith("<!DOCTYPE html>")
    page = html_of(text.removeprefix("<!DOCTYPE html>"))
    assert page.outside() == []
    assert page.one("title").text == "Impact on made by hand"


def test_a_long_table_is_cut_and_says_so(html_of: HtmlOf) -> None:
    rows = tuple(replace(MADE.rows[0], name=f"E{n}") for n in range(MOST_ROWS + 5))
    page = html_of(ImpactTable(replace(MADE, rows=rows))._repr_html_())
    assert len(grid(page.one("table"))) == 3 + 4 + MOST_ROWS
    assert "5 more entities" in page.text


def test_without_entities_and_variants_there_is_still_a_table(html_of: HtmlOf) -> None:
    page = html_of(ImpactTable(replace(MADE, rows=(), columns=()))._repr_html_())
    assert "0 entities" in page.one("caption").text


def test_the_real_banks(banks: ImpactAnalysis, html_of: HtmlOf) -> None:
    table = banks.show()
    assert isinstance(table, ImpactTable)
    page = html_of(table._repr_html_())
    rows = {row[0].text: [item.text for item in row[1:]] for row in grid(page.one("table"))}
    abn_amro = next(cells for name, cells in rows.items() if name.startswith("ABN AMRO"))
    assert abn_amro[:3] == ["152.4", "146.7", "-5.7"]
    indusind = next(cells for name, cells in rows.items() if name.startswith("IndusInd Bank 2026"))
    assert indusind[3] == "▼98.6"
    assert "several units" in page.text
    assert page.outside() == []


@pytest.mark.parametrize(
    ("value", "limit", "shown"),
    [
        ("1.5", None, "150.0"),
        ("-0.25", None, "-25.0"),
        ("13.25238", None, "1,325.2"),
        ("0.9996", "1", "99.96"),
        ("0.999999", "1", "99.9999"),
        ("1.0004", "1", "100.0"),
        ("1.0496", "1.05", "104.96"),
        (None, "1", "undefined"),
    ],
)
def test_ratios(value: str | None, limit: str | None, shown: str) -> None:
    given = None if value is None else Decimal(value)
    assert ratio(given, None if limit is None else Decimal(limit)) == shown


@pytest.mark.parametrize(
    ("change", "shown"),
    [("-5.7325", "-5.7"), ("0.75", "+0.8"), ("-0.0001", "-0.0"), ("0", "0.0"), (None, "\u2013")],
)
def test_changes(change: str | None, shown: str) -> None:
    assert points(None if change is None else Decimal(change)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [("-7197357.355", "-7,197,357"), ("12.345", "+12.34"), ("0", "0"), ("999", "+999")],
)
def test_amounts(value: str, shown: str) -> None:
    assert amount(Decimal(value), signed=True) == shown


@pytest.mark.parametrize(
    ("change", "name"),
    [("0", ""), ("-0.01", "down1"), ("-1", "down2"), ("9.99", "up3"), ("-30", "down5")],
)
def test_colours_grow_with_the_change(change: str, name: str) -> None:
    assert tone(Decimal(change)) == name
