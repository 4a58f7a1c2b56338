"""The impact table on the screen: its rows, what is behind a cell, and what moves it."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
from tests.ui.bench.screen import Screen, asked_of

from liqbench import ImpactAnalysis, Scenario, Workbench, samples
from liqbench.engine import Outcome, Run
from liqbench.errors import RunFailedError
from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.bench.panels.impact.files import Kind, exported
from liqbench.ui.bench.panels.impact.table import ImpactRows
from liqbench.ui.bench.panels.impact.view import View
from liqbench.ui.bench.wire import table_to_wire, to_wire
from liqbench.ui.comparison import compare

KINDS: tuple[Kind, ...] = ("csv", "xlsx", "html")
Opened = Callable[[ImpactAnalysis], Screen]


def names_of(screen: Screen) -> list[str]:
    return [row["name"] for row in screen.state("impact")["rows"]]


def outflows_of(run: Run) -> dict[str, Decimal]:
    table: Any = run.table("agg_final").set_index("reporting_entity_name")
    return dict(table["outflows"])


def of(table: pd.DataFrame, variant: str) -> pd.DataFrame:
    scenario, point = variant.split("@")
    return table[(table["scenario"] == scenario) & (table["injection_point"] == point)]


def test_without_an_analysis_it_says_so(tmp_path: Path) -> None:
    screen = Screen(Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench"))
    assert screen.state("impact") == {"ready": False}
    assert screen.ask("impact.view", changes={})["hint"] == "choose scenarios and run them"


def test_a_cell_has_the_exact_figures_of_the_analysis(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    table = screen.state("impact")
    assert [v["name"] for v in table["variants"]] == [v.name for v in deals]
    place = [v.name for v in deals].index("conservative@enrich")
    rows = {row["name"]: row for row in table["rows"]}
    for each in of(deals.by_entity(), "conservative@enrich").to_dict("records"):
        row = rows[each["reporting_entity_name"]]
        assert Decimal(row["base"][0]) == each["lcr_before"]
        value, change, mark = row["cells"][place]
        assert (Decimal(value), Decimal(change)) == (each["lcr_after"], each["lcr_change_pp"])
        assert (mark in ("new", "breach")) == each["breach"]
    total = {row["metric"]["name"]: row for row in table["totals"]}
    summary: Any = of(deals.summary(), "conservative@enrich").iloc[0]
    assert Decimal(total["lcr"]["cells"][place][0]) == summary["lcr_after"]
    assert Decimal(total["liquidity"]["cells"][place][1]) == summary["liquidity_change"]


def test_it_is_ordered_filtered_and_narrowed_to_what_changed(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    screen.ask("impact.view", changes={"by": "conservative@enrich", "part": "change"})
    expected: Any = of(deals.by_entity(), "conservative@enrich").sort_values("lcr_change_pp")
    assert names_of(screen) == list(expected["reporting_entity_name"])
    screen.ask("impact.view", changes={"descending": True, "shown": 3})
    assert names_of(screen) == list(expected["reporting_entity_name"])[::-1][:3]
    assert screen.state("impact")["count"] == 24
    screen.ask("impact.view", changes={"filter": "universal de", "by": "name", "descending": False})
    names = sorted(n for n in expected["reporting_entity_name"] if "Universal" in n and " DE " in n)
    assert names_of(screen) == names
    screen.ask("impact.view", changes={"filter": "", "changed_only": True, "shown": 50})
    changed = set(deals.by_entity(changed_only=True)["reporting_entity_name"])
    assert set(names_of(screen)) == changed


def test_another_variant_may_stand_for_the_baseline(screen: Screen, deals: ImpactAnalysis) -> None:
    screen.ask("impact.view", changes={"against": "optimistic@enrich", "metric": "hqla"})
    table = screen.state("impact")
    assert table["baseline"] == "optimistic@enrich"
    frame = deals.by_entity()
    before: Any = of(frame, "optimistic@enrich").set_index("reporting_entity_name")
    after: Any = of(frame, "conservative@calc_base").set_index("reporting_entity_name")
    place = [v["name"] for v in table["variants"]].index("conservative@calc_base")
    for row in table["rows"]:
        expected = after.loc[row["name"], "hqla_after"] - before.loc[row["name"], "hqla_after"]
        assert Decimal(row["cells"][place][1]) == expected


def test_what_it_does_not_have_is_refused_and_the_table_stays(screen: Screen) -> None:
    before = screen.state("impact")
    assert "did you mean 'lcr'" in screen.ask("impact.view", changes={"metric": "lcrr"})["hint"]
    wrong = screen.ask("impact.view", changes={"against": "optimist@enrich"})
    assert wrong["kind"] == "UnknownResultError"
    assert screen.ask("impact.view", changes={"by": "nobody"})["kind"] == "UnknownResultError"
    assert screen.ask("impact.view", changes={"shown": 100_000})["kind"] == "DocumentError"
    assert screen.state("impact") == before


def test_an_entity_opens_to_its_categories_which_add_up(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    name = names_of(screen)[0]
    found = screen.ask("impact.entity", entity=name)
    place = [v.name for v in deals].index("conservative@enrich")
    changes = [Decimal(row["cells"][place][1]) for row in found["categories"]
               if row["section"] == "OUTFLOW"]  # fmt: skip
    runs = (deals.base, deals["conservative@enrich"].result())
    before, after = (outflows_of(run) for run in runs)
    rounding = Decimal("0.0001")
    expected = after[name] - before[name]
    assert abs(sum(changes) - expected) <= rounding
    assert expected > 0
    less = next(row for row in found["categories"] if row["category"] == "O.RET.LESS")
    assert (Decimal(less["weight"]), less["description"] != "") == (Decimal("0.1"), True)
    assert {row["metric"]["name"] for row in found["figures"]} == {
        "hqla", "net_outflows", "liquidity",
    }  # fmt: skip


def test_a_category_opens_to_the_deals_that_moved(screen: Screen, deals: ImpactAnalysis) -> None:
    name = names_of(screen)[0]
    asked = {"variant": "conservative@enrich", "entity": name, "category": "O.RET.LESS"}
    pages = [screen.ask("impact.deals", **asked, limit=5, offset=n) for n in (0, 5)]
    everything = screen.ask("impact.deals", **asked, limit=200)
    assert pages[0]["rows"] + pages[1]["rows"] == everything["rows"][:10]
    assert everything["count"] == len(everything["rows"])
    change = everything["columns"].index("weighted_amount_change")
    moved = sum(Decimal(row[change]) for row in everything["rows"])
    place = [v.name for v in deals].index("conservative@enrich")
    opened = screen.ask("impact.entity", entity=name)["categories"]
    category = next(row for row in opened if row["category"] == "O.RET.LESS")
    assert moved == Decimal(category["cells"][place][1])
    bars = screen.ask("impact.histogram", **asked)
    assert sum(row[2] for row in bars["rows"]) == everything["count"]
    assert sum(Decimal(row[3]) for row in bars["rows"]) == moved
    for low, high, count, _ in bars["rows"]:
        inside = [abs(Decimal(row[change])) for row in everything["rows"]
                  if (Decimal(row[change]) > 0) == (Decimal(high) > 0)]  # fmt: skip
        near, far = sorted((abs(Decimal(low)), abs(Decimal(high))))
        assert count == sum(near <= size < far for size in inside)


def test_rules_are_shown_by_what_they_contribute(screen: Screen) -> None:
    found = screen.ask("impact.shares", variant="conservative@enrich", metric="liquidity")
    in_order = found["columns"].index("in_order")
    assert [row[0] for row in found["rows"]] == ["CON-RUNOFF", "CON-OPERATIONAL", "total"]
    steps = sum(Decimal(row[in_order]) for row in found["rows"][:-1])
    assert Decimal(found["before"]) + steps == Decimal(found["after"])
    moves = screen.ask("impact.tornado", variant="conservative@enrich", metric="lcr")
    swings = [Decimal(row[moves["columns"].index("swing")]) for row in moves["rows"]]
    assert swings == sorted(swings, reverse=True)
    assert len(swings) == 2


def test_a_slider_prices_what_a_run_would_give(
    screen: Screen, bench: Workbench, deals_folder: Path
) -> None:
    numbers = screen.ask("impact.numbers", variant="conservative@enrich")
    operational = next(each for each in numbers if each["rule"] == "CON-OPERATIONAL")
    assert (operational["low"], operational["high"], operational["step"]) == ("0", "1", "0.005")
    asked = {"variant": "conservative@enrich", "rule": "CON-OPERATIONAL",
             "parameter": "liquidity_factor", "metric": "lcr"}  # fmt: skip
    name = names_of(screen)[0]
    priced = screen.ask("impact.price", **asked, value="0.75", entity=name)
    plain = next(s for s in samples.lcr_scenarios() if s.name == "conservative").to_json()
    plain["rules"][1]["adjustments"][0]["value"] = "0.75"
    run = bench.analyze(
        samples.lcr_dag(2_000, folder=deals_folder), [Scenario.from_json(plain)],
        injection_points=["enrich"], as_of="2025-12-31",
    )  # fmt: skip
    lcr: Any = run.by_entity().set_index("reporting_entity_name")["lcr_after"]
    assert Decimal(priced["figure"]) == lcr[name]
    assert {n: Decimal(r) for n, r in priced["ratios"].items()} == lcr.to_dict()
    assert priced["breaches"] == int((lcr < 1).sum())
    curve = screen.ask("impact.curve", **asked, entity=name)
    assert len(curve["points"]) == 21
    points = {Decimal(x): Decimal(y) for x, y in curve["points"]}
    assert points[Decimal("0.75")] == lcr[name]
    assert (curve["crossing"] is None) != (curve["why"] == "")


def test_its_code_gives_the_identical_tables(
    screen: Screen, deals: ImpactAnalysis, bench: Workbench
) -> None:
    name = names_of(screen)[0]
    screen.ask("impact.view", changes={"changed_only": True, "against": "optimistic@enrich"})
    cell = {"kind": "cell", "id": "1", "entity": name, "variant": "conservative@enrich",
            "category": "O.RET.LESS"}  # fmt: skip
    screen.ask("bench.select", selection=cell)
    screen.ask("impact.shares", variant="conservative@enrich", metric="lcr", entity=name)
    found: dict[str, Any] = {"wb": bench}
    exec(screen.bench.panels["impact"].code(), found)  # noqa: S102 - what the screen shows
    same: Any = {"against": "optimistic@enrich", "changed_only": True}
    pd.testing.assert_frame_equal(found["entities"], deals.by_entity(**same))
    key = {"reporting_id": name_to_id(deals, name)}
    by_category = deals.by_category(**same, entity=key)
    pd.testing.assert_frame_equal(found["categories"], by_category)
    moved = deals.deals(
        "conservative@enrich", entity=key, category="O.RET.LESS", against="optimistic@enrich",
        limit=50,
    )  # fmt: skip
    pd.testing.assert_frame_equal(found["deals"], moved)
    shares = deals.attribution("conservative@enrich", metric="lcr", entity=name)
    pd.testing.assert_frame_equal(found["shares"], shares)


def test_the_code_of_each_question_gives_what_was_answered(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    name = names_of(screen)[0]
    variant = {"variant": "conservative@enrich"}
    figure = {**variant, "metric": "lcr", "entity": name}
    number = {**figure, "rule": "CON-OPERATIONAL", "parameter": "liquidity_factor"}

    def done() -> dict[str, Any]:
        found: dict[str, Any] = {"imp": deals}
        exec(asked_of(screen, "impact"), found)  # noqa: S102 - what the screen shows
        return found

    cell = {"kind": "cell", "id": "1", "entity": name, **variant}
    screen.ask("impact.view", changes={"against": "optimistic@enrich"})
    screen.ask("bench.select", selection=cell)
    page = screen.ask("impact.deals", **variant, entity=name, against="optimistic@enrich", limit=50)
    assert table_to_wire(done()["deals"])["rows"] == page["rows"]
    for view, command in (("shares", "impact.shares"), ("tornado", "impact.tornado")):
        shown = screen.ask(command, **figure)
        assert table_to_wire(done()[view])["rows"] == shown["rows"]
    curve = screen.ask("impact.curve", **number)["points"]
    swept: Any = done()["curve"]
    of_entity = swept[swept["reporting_entity_name"] == name]
    assert dict(curve) == to_wire(dict(zip(
        map(str, of_entity["liquidity_factor"]), of_entity["lcr"], strict=True
    )))  # fmt: skip
    priced = screen.ask("impact.price", **number, value="0.75")
    own: Any = done()["priced"].set_index("reporting_entity_name")["lcr"]
    assert to_wire(own.to_dict()) == priced["ratios"]


def test_deals_are_held_against_another_scenario(screen: Screen, deals: ImpactAnalysis) -> None:
    field = "weighted_amount_change"
    first: Any = deals.deals("conservative@enrich", limit=10_000).set_index("id")[field]
    other: Any = deals.deals("optimistic@enrich", limit=10_000).set_index("id")[field]
    both = first.index.union(other.index)
    zero = Decimal(0)
    expected = {id_: first.get(id_, zero) - other.get(id_, zero) for id_ in both}
    asked = {"variant": "conservative@enrich", "against": "optimistic@enrich"}
    found = screen.ask("impact.deals", **asked, limit=200)
    at = found["columns"].index(field)
    rows = {row[0]: Decimal(row[at]) for row in found["rows"]}
    assert rows == {id_: expected[id_] for id_ in rows}
    moved = {id_ for id_, change in expected.items() if change}
    assert moved <= set(rows) or found["count"] > 200
    assert screen.ask("impact.deals", variant="conservative@enrich",
                      against="conservative@enrich")["count"] == 0  # fmt: skip
    # Deals against what is changed behind their sums: both are compared where both show it.
    later = screen.ask(
        "impact.deals", variant="conservative@enrich", against="conservative@agg_entity"
    )
    assert "id" not in later["keys"]
    place = later["columns"].index(field)
    table: Any = deals.by_entity(against="conservative@agg_entity")
    own = table[(table["scenario"] == "conservative") & (table["injection_point"] == "enrich")]
    assert later["count"] > 0
    assert own["net_outflows_change"].ne(0).any()
    assert any(Decimal(row[place]) for row in later["rows"])


def test_a_text_that_begins_like_a_formula_stays_a_text(
    deals: ImpactAnalysis, html_of: Callable[[str], Any]
) -> None:
    whole = compare(deals)
    bad = ("=1+2", "+1+2", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "<img src=x>")
    rows = [replace(row, name=name) for row, name in zip(whole.rows, bad, strict=False)]
    comparison = replace(whole, rows=tuple(rows), baseline="=base")
    names = tuple(variant.name for variant in deals)
    table = ImpactRows(comparison, deals.measure.ratio, names, View())
    read = {kind: base64.b64decode(exported(table, kind)["base64"]) for kind in KINDS}
    lines = list(csv.reader(io.StringIO(read["csv"].decode("utf-8-sig"), newline="")))
    assert "'=base" in lines[0]
    assert {line[0] for line in lines[1:]} == {f"'{name}" for name in bad[:-1]} | {bad[-1]}
    for line in lines[1:]:
        assert all(Decimal(figure).is_finite() for figure in line[4:] if figure)
    assert any(figure.startswith("-") for line in lines[1:] for figure in line[4:])
    sheet = openpyxl.load_workbook(io.BytesIO(read["xlsx"])).active
    assert {cell.data_type for cell in sheet["A"]} == {"s"}
    assert {sheet.cell(2, n).data_type for n in range(5, sheet.max_column + 1)} == {"n"}
    page = html_of(read["html"].decode("utf-8"))
    assert not list(page.all("img"))
    assert any("<img src=x>" in cell.text for cell in page.all("th"))


def name_to_id(deals: ImpactAnalysis, name: str) -> str:
    table: Any = deals.by_entity().set_index("reporting_entity_name")
    return str(table.loc[name, "reporting_id"].iloc[0])


def test_a_failed_variant_keeps_its_column_with_its_error(
    bench_of: Opened, deals: ImpactAnalysis
) -> None:
    first, *others = deals
    failed = replace(first, run=None, error=RunFailedError("<b>boom</b>"))
    analysis = ImpactAnalysis(deals.base, Outcome((), (failed, *others), {}), deals.measure)
    screen = bench_of(analysis)
    head = screen.state("impact")["variants"][0]
    assert (head["ran"], head["error"]) == (False, "<b>boom</b>")
    assert all(row["cells"][0] is None for row in screen.state("impact")["rows"])
    assert screen.ask("impact.deals", variant=first.name)["kind"] == "RunFailedError"
    assert screen.ask("impact.view", changes={"against": first.name})["kind"] == "RunFailedError"


def test_over_several_units_nothing_is_added_up(bench_of: Opened, banks: ImpactAnalysis) -> None:
    screen = bench_of(banks)
    assert screen.state("impact")["totals"] is None
    variant = screen.state("impact")["variants"][0]["name"]
    refused = screen.ask("impact.shares", variant=variant, metric="lcr")
    assert refused["hint"] == "name one entity"
    name = names_of(screen)[0]
    assert screen.ask("impact.shares", variant=variant, metric="lcr", entity=name)["rows"]


def test_it_is_exported_with_all_digits(screen: Screen, deals: ImpactAnalysis) -> None:
    text = base64.b64decode(screen.ask("impact.export", kind="csv")["base64"]).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 24 * 4
    frame: Any = of(deals.by_entity(), "conservative@enrich").set_index("reporting_entity_name")
    for row in rows:
        field = {"LCR": "lcr", "HQLA": "hqla"}.get(row["figure"])
        if field:
            value = Decimal(row["conservative@enrich"])
            assert value == frame.loc[row["entity"], f"{field}_after"]
    book = openpyxl.load_workbook(
        io.BytesIO(base64.b64decode(screen.ask("impact.export", kind="xlsx")["base64"]))
    )
    sheet = list(book["Impact"].values)
    assert (len(sheet), sheet[0][0]) == (24 * 4 + 1, "entity")
    assert sheet[1][0] == rows[0]["entity"]
    page = base64.b64decode(screen.ask("impact.export", kind="html")["base64"]).decode()
    assert "<!DOCTYPE html>" in page
    assert rows[0]["entity"] in page


def test_a_new_analysis_keeps_the_way_it_is_looked_at(
    screen: Screen, banks: ImpactAnalysis
) -> None:
    screen.ask(
        "impact.view", changes={"by": "conservative@enrich", "filter": "x", "metric": "hqla"}
    )
    number = screen.state("impact")["number"]
    with screen.bench.changing():
        screen.bench.compare(banks)
    view = screen.state("impact")["view"]
    assert (view["by"], view["filter"], view["metric"]) == ("worst", "x", "hqla")
    assert screen.state("impact")["number"] == number + 1
