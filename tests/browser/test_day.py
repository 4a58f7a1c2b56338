"""A working day in one notebook, by mouse: from an empty calculation to what is published."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest
from playwright.sync_api import Locator, expect
from tests.browser.composed import comparable, compose
from tests.browser.hands import Mouse, act_as
from tests.browser.notebook import LabPage

OPENED = """import liqbench as lq
wanted = lq.samples.lcr_dag(2_000, folder="data")
wanted.save("wanted")
wb = lq.Workbench("workspace")
wb.show()"""
LONG = 240_000  # ms, for Spark on a busy machine
NAME = "faster run-off"
ENTITY = "Meridian Retail Bank IT 017"


@pytest.fixture(scope="module")
def bench(lab_page: LabPage) -> Iterator[Locator]:
    yield lab_page.open("day", OPENED)
    lab_page.close()


def step(bench: Locator, name: str) -> None:
    bench.get_by_role("tab", name=name, exact=True).click()


def press(bench: Locator, name: str) -> None:
    bench.get_by_role("button", name=name, exact=True).click()


def write(form: Locator, label: str, text: str) -> None:
    field = form.get_by_label(label, exact=True)
    field.fill(text)
    field.blur()


def test_it_is_composed(bench: Locator, lab_page: LabPage) -> None:
    folder = lab_page.lab.folder / "day"
    wanted = json.loads((folder / "wanted.liqdag.json").read_text("utf-8"))
    expect(bench.get_by_text("An empty calculation")).to_be_visible()
    bench.get_by_label("As of").fill("2025-12-31")
    compose(Mouse(lab_page.page, bench), wanted)
    expect(bench.get_by_text("ready to run")).to_be_visible()
    lab_page.picture("day/composed", bench)
    press(bench, "Save")
    dialog = lab_page.page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="File").fill("made")
    press(dialog, "Save")
    expect(dialog).to_have_count(0)
    made = json.loads((folder / "made.liqdag.json").read_text("utf-8"))
    assert comparable(made) == comparable(wanted)


def test_three_scenarios_are_planned_and_run(bench: Locator, lab_page: LabPage) -> None:
    step(bench, "Scenarios")
    press(bench, "New scenario")
    lab_page.page.keyboard.type(NAME)
    lab_page.page.keyboard.press("Enter")
    rule = bench.get_by_role("group", name=re.compile("^Rule "))
    rule.get_by_label("Applies behind", exact=True).select_option(label="enrich")
    press(rule, "Condition")
    write(rule, "Field", "x_lcr_code")
    write(rule, "Value", "O.RET.LESS")
    press(rule, "Change")
    write(rule, "Field to change", "liquidity_factor")
    write(rule, "By", "1.5")
    write(rule, "Reason", "Deposits left faster in autumn")
    rule.get_by_label("Approved by", exact=True).fill("risk committee")
    press(rule, "Note the approval")
    expect(rule.get_by_text("Approved by risk committee")).to_be_visible()
    for factor, name in (("2", f"{NAME} 2"), ("3", f"{NAME} 3")):
        press(bench, f"Duplicate {NAME}")
        listed = bench.get_by_role("region", name=name, exact=True)
        listed.get_by_role("button", name="RULE-1").click()
        expect(rule.get_by_text(f"in {name}", exact=True)).to_be_visible()
        write(rule, "By", factor)
        expect(listed).to_contain_text(f"by {factor}")
    press(bench, "Plan")
    plan = lab_page.page.get_by_role("dialog", name="What a run will do")
    expect(plan.get_by_text("3 variants")).to_be_visible(timeout=LONG)
    plan.get_by_text(f"{NAME} 3").click()
    with duckdb.connect() as there:
        deals, entities = there.execute(
            "select count(*), count(distinct reporting_id) from read_parquet(?)"
            " where x_lcr_code = 'O.RET.LESS'",
            [str(lab_page.lab.folder / "day" / "data" / "deals" / "*.parquet")],
        ).fetchall()[0]
    steps = plan.get_by_role("table", name=f"Steps of {NAME} 3")
    for name, does, touched in (
        ("enrich", "reused", "\N{EN DASH}"),
        ("adj_enrich", "only the rows that change", f"{deals:,}"),
        ("calc_haircut", "only the rows that change", f"{deals:,}"),
        ("agg_entity", "only the groups that change", f"{entities}"),
        ("agg_final", "only the groups that change", f"{entities}"),
    ):
        cells = steps.get_by_role("row", name=re.compile(rf"^{name}\b")).get_by_role("cell")
        expect(cells.nth(1)).to_have_text(does)
        expect(cells.nth(2)).to_have_text(touched)
    lab_page.shown("day/plan", bench)
    press(plan, "Run")
    expect(bench.get_by_text("Results of run-")).to_be_visible(timeout=LONG)


def test_a_number_is_followed_down_to_a_deal_and_priced(bench: Locator, lab_page: LabPage) -> None:
    step(bench, "Impact")
    table = bench.get_by_role("table", name="bench: scenarios side by side")
    expect(table.get_by_role("row")).to_have_count(2 + 6 + 24)
    row = table.locator("tr.lq-entity", has_text=ENTITY)
    lab_page.picture("day/table", bench)
    row.get_by_role("button", name="figures and categories").click()
    less = table.get_by_role("row", name=re.compile("less stable deposits")).first
    less.locator("button").nth(1).click(timeout=LONG)
    deals = bench.get_by_role("table", name="Deals that moved")
    deals.get_by_role("button", name=re.compile("^D0")).first.click(timeout=LONG)
    details = bench.get_by_role("complementary", name="Details")
    expect(details.get_by_text("RULE-1").first).to_be_visible(timeout=LONG)
    press(details, "Follow it to its numbers")
    way = bench.get_by_role("group", name="The way of this number")
    expect(way.get_by_label("agg_final, lcr: 1 row of 24")).to_be_visible(timeout=LONG)
    lab_page.picture("day/way", bench)
    step(bench, "Impact")
    row.locator(".lq-cell").nth(1).click()
    step(bench, "What if")
    figure = bench.locator(".lq-big b")
    twice = row.locator(".lq-cell").nth(5).inner_text().lstrip("▼▲")
    expect(figure).to_be_visible(timeout=LONG)
    bench.get_by_role("slider").fill("2")
    expect(figure).to_contain_text(twice)
    lab_page.picture("day/what-if", bench)


def test_it_is_approved_by_somebody_else_and_published(bench: Locator, lab_page: LabPage) -> None:
    step(bench, "Approve & publish")
    bench.get_by_role("tab", name=re.compile("^Submit")).click()
    variants = bench.get_by_role("table", name="Variants that may be submitted")
    variants.get_by_role("row").filter(has_text=f"{NAME}@").first.click()
    act_as(bench, "Ann")
    write(bench, "Reason", "Month end")
    press(bench, "Submit")
    expect(bench.get_by_role("tab", name="Inbox 1")).to_be_visible(timeout=LONG)
    act_as(bench, "Ben")
    write(bench, "Comment", "Agreed")
    bench.get_by_label("any warehouse of this bench").click()
    press(bench, "Approve")
    expect(bench.get_by_role("heading", name="Approved")).to_be_visible(timeout=LONG)
    bench.get_by_role("radio", name=re.compile("^local")).click()
    press(bench, "Dry run")
    expect(bench.get_by_role("heading", name="Dry run for local")).to_be_visible(timeout=LONG)
    press(bench, "Publish to local")
    receipt = bench.get_by_role("region", name="Receipt")
    expect(receipt.get_by_text("Published to local")).to_be_visible(timeout=LONG)
    lab_page.picture("day/published", bench)


def test_what_is_published_is_what_was_compared(bench: Locator, lab_page: LabPage) -> None:
    step(bench, "Impact")
    table = bench.get_by_role("table", name="bench: scenarios side by side")
    cells = table.locator("tr.lq-entity", has_text=ENTITY).locator(".lq-cell")
    shown = [Decimal(cells.nth(n).get_attribute("data-figure") or "") for n in range(2)]
    warehouse = lab_page.lab.folder / "day" / "workspace" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as there:
        published = there.execute(
            "select lcr from fact_liquidity join dim_entity using (entity_key)"
            " join dim_scenario using (scenario_key) where reporting_entity_name = ?"
            " order by scenario <> 'baseline'",
            [ENTITY],
        ).fetchall()
    assert [figure for (figure,) in published] == shown
