"""The canvas by mouse and keys: connecting, injecting, undoing, copying, looking at data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Position, expect
from tests.browser.hands import Mouse
from tests.browser.notebook import LabPage

SAMPLE = """import liqbench as lq
wb = lq.Workbench("workspace")
dag = lq.samples.lcr_dag(2_000, folder="sample")
screen = wb.show(dag, as_of="2025-12-31")
screen"""
OTHER = """wb.show(as_of="2025-12-31", name="other")"""
LONG = 120_000  # ms, for Spark on a busy machine


@pytest.fixture(scope="module")
def bench(lab_page: LabPage) -> Iterator[Locator]:
    bench = lab_page.open("compose", SAMPLE, OTHER)
    expect(bench.get_by_text("ready to run")).to_be_visible(timeout=LONG)
    yield bench
    lab_page.close()


def node(bench: Locator, name: str) -> Locator:
    return bench.locator(f'.react-flow__node[data-id="{name}"]')


def edges(bench: Locator) -> Locator:
    return bench.locator(".react-flow__edge")


def between(bench: Locator, source: str, to: str) -> Locator:
    return bench.get_by_label(f"{source} feeds {to}", exact=True)


def middle(of: Locator) -> tuple[float, float]:
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def dragged(lab_page: LabPage, start: Locator, end: Locator) -> None:
    """Drag with the mouse from the middle of one thing to the middle of another."""
    mouse = lab_page.page.mouse
    mouse.move(*middle(start))
    mouse.down()
    mouse.move(*middle(end), steps=8)
    mouse.up()


def test_an_operator_is_dragged_in_connected_and_taken_back(
    bench: Locator, lab_page: LabPage
) -> None:
    palette = bench.get_by_role("navigation", name="Operators to add")
    free: Position = {"x": 60, "y": 300}
    palette.get_by_role("button", name="filter", exact=True).drag_to(
        bench.locator(".react-flow__pane"), target_position=free
    )
    expect(node(bench, "filter")).to_be_visible()
    expect(edges(bench)).to_have_count(7)
    source = node(bench, "enrich").locator(".react-flow__handle.source")
    target = node(bench, "filter").locator(".react-flow__handle.target")
    dragged(lab_page, source, target)
    expect(between(bench, "enrich", "filter")).to_have_count(1)
    bench.get_by_role("button", name="Undo").click()
    expect(edges(bench)).to_have_count(7)
    node(bench, "filter").click()
    lab_page.page.keyboard.press("Delete")
    expect(node(bench, "filter")).to_have_count(0)
    lab_page.page.keyboard.press("Control+z")
    expect(node(bench, "filter")).to_be_visible()
    lab_page.page.keyboard.press("Control+Shift+z")
    expect(node(bench, "filter")).to_have_count(0)
    expect(bench.get_by_text("ready to run")).to_be_visible()


def test_an_adjustment_is_put_on_an_edge(bench: Locator, lab_page: LabPage) -> None:
    between(bench, "enrich", "calc_base").dispatch_event("click")
    details = bench.get_by_role("complementary", name="Details")
    details.get_by_role("button", name="Put an adjustment between").click()
    expect(between(bench, "enrich", "adj_enrich")).to_have_count(1)
    expect(between(bench, "adj_enrich", "calc_base")).to_have_count(1)
    expect(between(bench, "enrich", "calc_base")).to_have_count(0)
    lab_page.shown("compose/adjust", bench)
    bench.get_by_role("button", name="Undo").click()
    expect(between(bench, "enrich", "calc_base")).to_have_count(1)


def test_operators_are_copied_from_one_bench_to_another(bench: Locator, lab_page: LabPage) -> None:
    page, other = lab_page.page, lab_page.bench("other")
    expect(other.get_by_text("An empty calculation")).to_be_visible()
    node(bench, "calc_base").click()
    page.keyboard.press("Shift+ArrowDown")
    expect(bench.get_by_role("heading", name="2 operators")).to_be_visible()
    page.keyboard.press("Control+c")
    other.locator(".lq-canvas").focus()
    page.keyboard.press("Control+v")
    expect(node(other, "calc_base")).to_be_visible()
    expect(between(other, "calc_base", "calc_haircut")).to_have_count(1)
    page.keyboard.press("Control+v")
    expect(other.locator(".react-flow__node")).to_have_count(4)
    expect(node(bench, "calc_base")).to_have_count(1)
    expect(bench.locator(".react-flow__node")).to_have_count(8)


def test_only_what_is_around_is_shown_and_grows(bench: Locator, lab_page: LabPage) -> None:
    node(bench, "calc_base").click()
    lab_page.page.keyboard.press("f")
    expect(bench.get_by_text("3 of 8 operators")).to_be_visible()
    expect(bench.locator(".react-flow__node")).to_have_count(3)
    node(bench, "calc_haircut").get_by_title("Show 1 operator more").click()
    expect(node(bench, "agg_entity")).to_be_visible()
    lab_page.picture("compose/around", bench)
    bench.get_by_role("button", name="show all", exact=True).click()
    expect(bench.locator(".react-flow__node")).to_have_count(8)


def test_a_fault_is_jumped_to(bench: Locator, lab_page: LabPage) -> None:
    node(bench, "calc_haircut").click()
    details = bench.get_by_role("complementary", name="Details")
    hands = Mouse(lab_page.page, bench)
    hands.press("Add expression")
    hands.write("Name", "broken")
    hands.write("Expression", "amount * hairkut")
    expect(bench.get_by_text("1 fault", exact=True).first).to_be_visible()
    expect(bench.get_by_label(re.compile("^calc_haircut, .*1 fault"))).to_be_visible()
    node(bench, "ingest").click()
    bench.get_by_role("tab", name=re.compile("^Faults")).click()
    faults = bench.get_by_role("tabpanel", name="Faults")
    expect(faults).to_contain_text("hairkut")
    lab_page.shown("compose/faults", bench)
    faults.get_by_role("button", name="calc_haircut").click()
    wrong = details.get_by_label("Expression", exact=True).last
    expect(wrong).to_be_focused()
    expect(wrong).to_have_value("amount * hairkut")
    bench.get_by_role("button", name="Close", exact=True).click()
    for _ in range(3):
        bench.get_by_role("button", name="Undo").click()
    expect(bench.get_by_text("ready to run")).to_be_visible()


def test_data_is_looked_at_and_all_of_it_run(bench: Locator, lab_page: LabPage) -> None:
    node(bench, "agg_entity").click()
    details = bench.get_by_role("complementary", name="Details")
    details.get_by_role("button", name="Run to here").click()
    table = bench.get_by_role("table", name="First rows of agg_entity")
    expect(table.get_by_role("row").nth(1)).to_be_visible(timeout=LONG)
    bench.get_by_role("button", name="Fields", exact=True).click()
    fields = bench.get_by_role("table", name="Fields of agg_entity")
    expect(fields.get_by_role("row").nth(1)).to_be_visible()
    lab_page.shown("compose/fields", bench)


def test_what_is_written_while_the_kernel_is_busy_stays(bench: Locator, lab_page: LabPage) -> None:
    palette = bench.get_by_role("navigation", name="Operators to add")
    palette.get_by_role("button", name="enrich", exact=True).click()
    details = bench.get_by_role("complementary", name="Details")
    hands = Mouse(lab_page.page, bench)
    hands.press("Add reference")
    with lab_page.busy("compose"):
        hands.write("Name", "first")
        hands.pairs("On", "join", {"deal_id": "id", "entity_id": "entity"})
        hands.press("Add reference")
        hands.write("Name", "second")
        hands.press("Add reference")
        details.get_by_role("button", name="Remove reference 1").click()
        expect(details.get_by_label("Name", exact=True).nth(1)).to_have_value("second")
        node(bench, "agg_entity").click()
        groups = details.get_by_label("Group by", exact=True)
        for name in ("one", "two"):
            groups.press_sequentially(name)
            groups.press("Enter")
            expect(details.get_by_role("button", name=f"Remove {name}")).to_be_visible()
    bench.get_by_role("button", name="Save", exact=True).click()
    dialog = lab_page.page.get_by_role("dialog")
    dialog.get_by_label("File").fill("busy")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog).to_have_count(0)
    path = lab_page.lab.folder / "compose" / "busy.liqdag.json"
    kept = {
        each["operator_id"]: each["parameters"]
        for each in json.loads(path.read_text("utf-8"))["operators"]
    }
    assert kept["enrich_2"]["references"] == [{"name": "second"}, {}]
    assert kept["agg_entity"]["group_by"][-2:] == ["one", "two"]


def test_an_answer_takes_away_no_refusal_that_came_after_the_question(
    bench: Locator, lab_page: LabPage
) -> None:
    page = lab_page.page
    palette = bench.get_by_role("navigation", name="Operators to add")
    told = bench.get_by_role("alert")
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {configurable: true})")
    with lab_page.busy("compose"):
        for name in ("split", "classify"):
            palette.get_by_role("button", name=name, exact=True).click()
        bench.get_by_role("button", name="Paste", exact=True).click()
        expect(told).to_contain_text("press Ctrl+V there")
    page.evaluate("delete navigator.clipboard")
    # The second is there, so the first was answered.
    expect(node(bench, "classify")).to_be_visible()
    expect(told).to_contain_text("press Ctrl+V there")
    node(bench, "ingest").click()
    expect(told).to_be_visible()
    bench.get_by_role("button", name="Arrange").click()
    expect(told).to_have_count(0)
