"""Impact and lineage in a notebook: down to a deal and back, by mouse and by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.notebook import LabPage

RUN = """import liqbench as lq, pyarrow.compute as pc, pyarrow.parquet as pq
wb = lq.Workbench("workspace")
dag = lq.samples.lcr_dag(2_000, folder="sample")
def rename(file, field, old, new):
    table = pq.read_table(file)
    names = pc.if_else(pc.equal(table[field], old), new, table[field])
    pq.write_table(table.set_column(table.column_names.index(field), field, names), file)
rename("sample/deals/part-00000.parquet", "id", "D0000000102", "<img src=deal>")
bank = "Meridian Retail Bank LU 014"
rename("sample/entities.parquet", "reporting_entity_name", bank, "<img src=bank>")
plain = [each.to_json() for each in lq.samples.lcr_scenarios()]
plain[0]["name"] = "<b>bold</b>"
plain[0]["rules"][0]["rule_id"] = "<img src=x>"
scenarios = [lq.Scenario.from_json(each) for each in plain[:2]]
imp = wb.analyze(dag, scenarios, as_of="2025-12-31")"""
SHOW = """screen = wb.show(dag, scenarios, as_of="2025-12-31")
with screen.bench.changing():
    screen.bench.compare(imp)
screen"""
DEAL = "<img src=deal>"
LONG = 120_000  # ms, for Spark on a busy machine


@pytest.fixture(scope="module")
def given_up(lab_page: LabPage) -> list[bytes]:
    """What the page sends to the kernel to give questions up."""
    sent: list[bytes] = []

    def look(frame: str | bytes) -> None:
        told = frame.encode() if isinstance(frame, str) else frame
        if b"bench.give_up" in told:
            sent.append(told)

    lab_page.page.on("websocket", lambda socket: socket.on("framesent", look))
    return sent


@pytest.fixture(scope="module")
def bench(lab_page: LabPage, given_up: list[bytes]) -> Locator:
    assert given_up == []  # it listens before the kernel's line is opened
    bench = lab_page.open("impact", RUN, SHOW)
    bench.get_by_role("tab", name="Impact").click()
    return bench


def seen(lab_page: LabPage, name: str, bench: Locator) -> None:
    lab_page.shown(name, bench)
    lab_page.wide(name, bench)


def test_down_to_a_deal_and_on_to_its_numbers(bench: Locator, lab_page: LabPage) -> None:
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    expect(table.get_by_role("row")).to_have_count(2 + 6 + 24)
    # More outflows make the ratio worse, and are coloured so.
    outflows = table.get_by_role("row", name=re.compile("^Net outflows")).locator("td").nth(1)
    expect(outflows).to_have_class(re.compile(r"\blq-down\d"))
    seen(lab_page, "impact/table", bench)
    table.get_by_role("button", name="Entity", exact=True).click()
    expect(table.get_by_role("columnheader", name="Entity")).to_have_attribute(
        "aria-sort", "ascending"
    )
    bench.get_by_label("Filter the entities").fill("universal de")
    expect(bench.get_by_text("of 24 entities")).to_be_visible()
    row = table.locator("tr.lq-entity", has_text="DE 001")
    row.get_by_role("button", name="figures and categories").click()
    less = table.get_by_role("row", name=re.compile("less stable deposits")).first
    expect(less).to_be_visible(timeout=LONG)
    seen(lab_page, "impact/categories", bench)
    less.locator("button").nth(1).click()
    deals = bench.get_by_role("table", name="Deals that moved")
    expect(bench.get_by_text("How far they moved")).to_be_visible(timeout=LONG)
    seen(lab_page, "impact/deals", bench)
    deals.get_by_role("button", name=DEAL).click()
    details = bench.get_by_role("complementary", name="Details")
    expect(details.get_by_role("heading", name=DEAL)).to_be_visible()
    expect(details.get_by_text("<img src=x>")).to_be_visible(timeout=LONG)
    details.get_by_role("button", name="Follow it to its numbers").click()
    way = bench.get_by_role("group", name="The way of this number")
    expect(way.get_by_label("agg_final, lcr: 1 row of 24")).to_be_visible(timeout=LONG)
    expect(bench.get_by_role("table", name="Rows of ingest")).to_contain_text(DEAL, timeout=LONG)
    seen(lab_page, "lineage/deal", bench)


def test_a_number_back_to_rules_weights_and_fields(bench: Locator, lab_page: LabPage) -> None:
    way = bench.get_by_role("group", name="The way of this number")
    bench.get_by_role("button", name="Back to the number").click()
    expect(way.get_by_label(re.compile("^calc_final, calculate: 1 row of"))).to_be_visible(
        timeout=LONG
    )
    expect(bench.get_by_role("table", name="Rows of calc_final")).to_be_visible(timeout=LONG)
    seen(lab_page, "lineage/path", bench)
    bench.get_by_role("tab", name="Rules on the way").click()
    expect(bench.get_by_text("rows changed").first).to_be_visible(timeout=LONG)
    seen(lab_page, "lineage/rules", bench)
    bench.get_by_role("tab", name="Weights and paragraphs").click()
    weights = bench.get_by_role("table", name="Weights and paragraphs")
    expect(weights.get_by_role("row", name=re.compile("O.RET.LESS 10.0 % 79-81"))).to_be_visible(
        timeout=LONG
    )
    seen(lab_page, "lineage/weights", bench)
    bench.get_by_role("tab", name="Where a field comes from").click()
    bench.get_by_label("A field of calc_final").select_option("weighted_amount")
    expect(bench.get_by_text("balance of ingest").first).to_be_visible(timeout=LONG)
    seen(lab_page, "lineage/fields", bench)
    bench.get_by_role("tab", name="Impact").click()
    bench.get_by_label("Filter the entities").fill("")


def test_of_deals_that_are_clicked_in_haste_only_the_last_is_waited_for(
    bench: Locator, lab_page: LabPage, given_up: list[bytes]
) -> None:
    details = bench.get_by_role("complementary", name="Details")
    deals = bench.get_by_role("table", name="Deals that moved").get_by_role("button")
    expect(deals.nth(3)).to_be_visible(timeout=LONG)
    given_up.clear()
    with lab_page.busy("impact"):
        for n in (1, 2, 3):
            deals.nth(n).click()
            expect(details.get_by_role("heading", name=deals.nth(n).inner_text())).to_be_visible()
        expect(details.get_by_text("Reading the deal")).to_be_visible()
    expect(details.get_by_text("As it was read")).to_be_visible(timeout=LONG)
    last = details.get_by_role("definition").filter(has_text=deals.nth(3).inner_text())
    expect(last).to_be_visible()
    assert len(given_up) == 2


def test_rules_are_weighed_and_a_slider_prices_at_once(bench: Locator, lab_page: LabPage) -> None:
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    cell = table.locator("tr.lq-entity", has_text="IT 017").locator(".lq-cell").nth(1)
    own = cell.inner_text().removeprefix("▼")
    cell.click()
    bench.get_by_role("tab", name="Rule by rule").click()
    waterfall = bench.get_by_role("table", name="Waterfall by rule")
    expect(waterfall.get_by_role("rowheader", name="Scenario")).to_be_visible(timeout=LONG)
    expect(bench.get_by_role("table", name="Tornado over the rules")).to_be_visible(timeout=LONG)
    seen(lab_page, "impact/rules", bench)
    bench.get_by_role("tab", name="What if").click()
    slider, figure = bench.get_by_role("slider"), bench.locator(".lq-big b")
    expect(bench.get_by_role("img", name=re.compile("^LCR of"))).to_be_visible(timeout=LONG)
    expect(figure).to_contain_text(own)
    seen(lab_page, "impact/what-if", bench)
    slider.focus()
    for _ in range(20):
        slider.press("ArrowRight")
    expect(slider).to_have_value("1.9")  # 1.5 and twenty steps of 0.02
    expect(figure).not_to_contain_text(own)
    bench.get_by_role("button", name="as in the rule: 1.5").click()
    expect(figure).to_contain_text(own)


def test_what_another_scenario_is_held_against_is_said(bench: Locator) -> None:
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    table.locator("tr.lq-entity", has_text="IT 017").locator(".lq-cell").nth(1).click()
    against = bench.get_by_label("Against")
    other = against.locator("option").nth(2).inner_text()
    against.select_option(label=other)
    note = bench.get_by_text(f"The table holds the scenarios against {other}")
    bench.get_by_role("tab", name="Rule by rule").click()
    expect(note).to_be_visible()
    bench.get_by_role("tab", name="What if").click()
    expect(note).to_be_visible()
    bench.get_by_role("tab", name="Deals that moved").click()
    expect(bench.get_by_text(f"before: {other}")).to_be_visible(timeout=LONG)
    expect(note).to_have_count(0)
    against.select_option(label="the baseline")
    expect(bench.get_by_text(f"before: {other}")).to_have_count(0)


def test_names_with_html_are_shown_as_text(bench: Locator) -> None:
    """All that is seen above had them: a deal, a bank, a scenario, a rule."""
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    expect(table.get_by_role("row", name="<img src=bank>").first).to_be_visible()
    expect(table.get_by_role("columnheader", name="<b>bold</b>")).to_be_visible()
    expect(bench.locator("img, b:text-is('bold')")).to_have_count(0)


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


def test_a_saved_notebook_shows_table_and_graph_without_its_kernel(
    bench: Locator, lab_page: LabPage
) -> None:
    twin = lab_page.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .lq-twin")
    expect(twin).to_have_count(1)
    expect(twin).to_be_hidden()  # as long as the bench is there
    lab_page.close()
    notebook = lab_page.reopen("impact/bench.ipynb")
    lost = notebook.get_by_text("Error displaying widget")
    expect(lost).to_have_count(1)
    expect(lost).to_be_hidden()
    expect(bench).to_have_count(0)
    kept_is_seen(twin)
    lab_page.shown("impact/saved", twin)
    lab_page.picture("impact/saved-graph", twin.get_by_role("img"))
    lab_page.close()


def test_others_who_open_it_see_it_too(lab_page: LabPage) -> None:
    file = lab_page.lab.folder / "impact" / "bench.ipynb"
    file.write_text(file.read_text("utf-8").replace("lq.Workbench", "lq. Workbench"), "utf-8")
    notebook = lab_page.reopen("impact/bench.ipynb")  # changed elsewhere, JupyterLab trusts none
    trusted = "window.jupyterapp.shell.currentWidget.content.model.cells.get(1).trusted"
    assert not lab_page.page.evaluate(trusted)
    twin = notebook.locator(".lq-twin")
    kept_is_seen(twin)
    lab_page.picture("impact/saved-untrusted", twin)


def kept_is_seen(twin: Locator) -> None:
    expect(twin.get_by_text("as it was on")).to_be_visible()
    expect(twin.get_by_role("row")).to_have_count(3 + 4 + 24)
    row = twin.get_by_role("row", name=re.compile("Meridian Retail Bank IT 017"))
    expect(row.get_by_role("cell", name="109.5", exact=True).first).to_be_visible()
    expect(twin.get_by_role("columnheader", name="<b>bold</b>")).to_be_visible()
    expect(twin.get_by_role("row", name=re.compile("<img src=bank>"))).to_be_visible()
    graph = twin.get_by_role("img", name=re.compile("Graph of the run of lcr: .*agg_final 24 rows"))
    expect(graph).to_have_count(1)
    expect(graph).to_be_visible()
    drawn = "picture => picture.complete && picture.naturalWidth > 500"
    assert graph.evaluate(drawn)
    assert twin.locator("img").count() == 2
