"""Impact and lineage in a notebook: down to a deal and back, by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.notebook import LabPage

RUN = """import liqbench as lq
wb = lq.Workbench("workspace")
dag = lq.samples.lcr_dag(2_000, folder="sample")
plain = [each.to_json() for each in lq.samples.lcr_scenarios()]
plain[0]["name"] = "<b>bold</b>"
plain[0]["rules"][0]["rule_id"] = "<img src=x>"
scenarios = [lq.Scenario.from_json(each) for each in plain[:2]]
imp = wb.analyze(dag, scenarios, as_of="2025-12-31")"""
SHOW = """screen = wb.show(dag, scenarios, as_of="2025-12-31")
with screen.bench.changing():
    screen.bench.compare(imp)
screen"""
LONG = 120_000  # ms, for Spark on a busy machine


@pytest.fixture(scope="module")
def bench(lab_page: LabPage) -> Iterator[Locator]:
    bench = lab_page.open("impact", RUN, SHOW)
    bench.get_by_role("tab", name="Impact").click()
    yield bench
    lab_page.close()


def test_down_to_a_deal_and_on_to_its_numbers(bench: Locator, lab_page: LabPage) -> None:
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    expect(table.get_by_role("row")).to_have_count(2 + 6 + 24)
    lab_page.picture("impact/table", bench)
    table.get_by_role("button", name="Entity", exact=True).click()
    expect(table.get_by_role("columnheader", name="Entity")).to_have_attribute(
        "aria-sort", "ascending"
    )
    bench.get_by_label("Filter the entities").fill("universal de")
    expect(bench.get_by_text("of 24 entities")).to_be_visible()
    row = table.locator("tr.lq-entity", has_text="DE 001")
    row.get_by_role("button", name="figures and categories").click()
    less = table.get_by_role("row", name=re.compile("less stable deposits"))
    less.first.locator("button").nth(1).click(timeout=LONG)
    deals = bench.get_by_role("table", name="Deals that moved")
    expect(bench.get_by_text("How far they moved")).to_be_visible(timeout=LONG)
    lab_page.picture("impact/deals", bench)
    deals.get_by_role("button").first.click()
    details = bench.get_by_role("complementary", name="Details")
    expect(details.get_by_text("<img src=x>")).to_be_visible(timeout=LONG)
    expect(bench.locator("img")).to_have_count(0)
    details.get_by_role("button", name="Follow it to its numbers").click()
    way = bench.get_by_role("group", name="The way of this number")
    expect(way.get_by_label("agg_final, lcr: 1 row of 24")).to_be_visible(timeout=LONG)
    lab_page.picture("lineage/deal", bench)
    bench.get_by_role("button", name="Back to the number").click()
    expect(way.get_by_label(re.compile("^calc_final, calculate: 1 row of"))).to_be_visible(
        timeout=LONG
    )
    bench.get_by_role("tab", name="Rules on the way").click()
    expect(bench.get_by_text("rows changed").first).to_be_visible(timeout=LONG)
    lab_page.picture("lineage/rules", bench)
    bench.get_by_role("tab", name="Impact").click()
    bench.get_by_label("Filter the entities").fill("")


def test_rules_are_weighed_and_a_slider_prices_at_once(bench: Locator, lab_page: LabPage) -> None:
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    table.locator("tr.lq-entity", has_text="IT 017").locator(".lq-cell").nth(1).click()
    bench.get_by_role("tab", name="Rule by rule").click()
    waterfall = bench.get_by_role("table", name="Waterfall by rule")
    expect(waterfall.get_by_role("rowheader", name="Scenario")).to_be_visible(timeout=LONG)
    expect(bench.get_by_role("table", name="Tornado over the rules")).to_be_visible(timeout=LONG)
    lab_page.picture("impact/rules", bench)
    bench.get_by_role("tab", name="What if").click()
    slider = bench.get_by_role("slider")
    expect(bench.get_by_role("img", name=re.compile("^LCR of"))).to_be_visible(timeout=LONG)
    before = bench.locator(".lq-big b").inner_text()
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    expect(bench.locator(".lq-big b")).not_to_have_text(before)
    lab_page.theme("dark")
    lab_page.picture("impact/what-if-dark", bench)
    lab_page.theme("light")


def test_cells_are_walked_by_keys_and_copied_as_numbers(bench: Locator, lab_page: LabPage) -> None:
    page = lab_page.page
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    cell = table.locator("tr.lq-entity", has_text="IT 017").locator(".lq-cell").nth(1)
    cell.focus()
    page.keyboard.press("ArrowRight")
    change = page.evaluate("document.activeElement.dataset.figure")
    assert re.fullmatch(r"-\d+\.\d+", change)
    page.evaluate(
        "document.addEventListener('copy', (event) =>"
        " { window.copied = event.clipboardData.getData('text/plain'); })"
    )
    page.keyboard.press("Control+c")
    assert page.evaluate("window.copied") == change
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(table.locator(".lq-cell[aria-pressed=true]")).to_have_count(2)


def test_the_table_is_saved_as_a_file(bench: Locator, lab_page: LabPage) -> None:
    for kind, name in (("CSV", "csv"), ("Excel", "xlsx"), ("HTML", "html")):
        with lab_page.page.expect_download() as saved:
            bench.get_by_role("button", name=kind, exact=True).click()
        assert saved.value.suggested_filename == f"impact-2025-12-31.{name}"
