"""Scenarios in a notebook: written by mouse and by keys, counted, compared, exchanged, planned."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.hands import Keys
from tests.browser.notebook import LabPage

from liqbench.model import AdjustmentRule, load_scenarios, read_scenario_sheet

OPENED = """import liqbench as lq
wb = lq.Workbench("workspace")
dag = lq.samples.lcr_dag(2_000, folder="sample")
wb.show(dag, as_of="2025-12-31")"""
OTHER = """wb.show(as_of="2025-12-31", name="other")"""
LONG = 120_000  # ms, for Spark on a busy machine
BOLD, IMG = "<b>faster</b> run-off", "<img src=x>"
CODES = "('O.RET.LESS', 'O.SME.LESS')"
LARGE = "(purpose = 'operational' or balance >= 100000000)"


@pytest.fixture(scope="module")
def bench(lab_page: LabPage) -> Iterator[Locator]:
    bench = lab_page.open("scenarios", OPENED, OTHER)
    bench.get_by_role("tab", name="Scenarios").click()
    yield bench
    lab_page.close()


@pytest.fixture(scope="module")
def files(lab_page: LabPage, bench: Locator) -> Path:
    """Return the folder of the sample, which the notebook wrote before it opened the bench."""
    del bench
    return lab_page.lab.folder / "scenarios" / "sample"


class Form:
    """The rule that is open, and what is done to it by mouse. What was added stands last."""

    def __init__(self, page: Page, bench: Locator) -> None:
        self.page = page
        self.bench = bench
        self.rule = bench.get_by_role("group", name=re.compile("^Rule "))

    def scenario(self, name: str) -> None:
        self.bench.get_by_role("button", name="New scenario").click()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")
        self.opened(name)

    def opened(self, scenario: str) -> None:
        """Wait until it is the rule of this scenario that is open, not the one before."""
        expect(self.rule.get_by_text(f"in {scenario}", exact=True)).to_be_visible()

    def press(self, name: str, at: Locator | None = None) -> None:
        (at or self.rule).get_by_role("button", name=name, exact=True).last.click()

    def pick(self, label: str, value: str) -> None:
        field = self.rule.get_by_label(label, exact=True).last
        field.click()
        field.press_sequentially(value[:6])
        named = re.compile(rf"^{re.escape(value)}\b")
        self.page.get_by_role("option", name=named).first.click(timeout=LONG)

    def write(self, label: str, text: str) -> None:
        field = self.rule.get_by_label(label, exact=True).last
        field.fill(text)
        field.blur()

    def choose(self, label: str, option: str) -> None:
        self.rule.get_by_label(label, exact=True).last.select_option(label=option)

    def listed(self, scenario: str) -> Locator:
        return self.bench.get_by_role("region", name=scenario, exact=True)


def sentence(bench: Locator) -> Locator:
    details = bench.get_by_role("complementary", name="Details")
    return details.get_by_role("status").filter(has_text="rows")


def touched(files: Path, where: str) -> dict[str, Any]:
    """Ask DuckDB about the sample's files: what the rule must touch."""
    deals, entities = files / "deals" / "*.parquet", files / "entities.parquet"
    with duckdb.connect() as connection:
        row = connection.execute(
            "select count(*), count(distinct reporting_entity_name) "
            f"from '{deals}' join '{entities}' using (reporting_id) where {where}"
        ).fetchone()
        currencies = connection.execute(
            f"select currency_code, count(*), sum(balance) from '{deals}' where {where} group by 1"
            " order by 2 desc, 1"
        ).fetchall()
        largest = connection.execute(
            f"select id, currency_code, balance from '{deals}' where {where}"
            " order by balance desc limit 5"
        ).fetchall()
    assert row is not None
    return {"rows": row[0], "entities": row[1], "currencies": currencies, "largest": largest}


def in_euros(files: Path) -> Decimal:
    """Return what DuckDB makes of all deals in euros, as the calculation's formula says."""
    deals, rates = files / "deals" / "*.parquet", files / "fx_rates.parquet"
    counted = (
        "case when x_lcr_code like 'O.FAC.%' then coalesce(limit_amount, 0) - balance"
        " else balance - coalesce(encumbrance_amount, 0) end"
    )
    with duckdb.connect() as connection:
        ((total,),) = connection.execute(
            f"select sum(round(cast({counted} as decimal(18, 0)) * 0.01 * quote, 2))"
            f" from '{deals}' join '{rates}' using (currency_code)"
        ).fetchall()
    return Decimal(total)


def check_preview(bench: Locator, expected: dict[str, Any]) -> None:
    told = sentence(bench)
    expect(told.locator("b").first).to_have_text(f"{expected['rows']:,}", timeout=LONG)
    expect(told).to_contain_text(f"in {expected['entities']} of 24 entities")
    examples = bench.get_by_role("table", name="Examples").get_by_role("row")
    for n, (deal, currency, balance) in enumerate(expected["largest"], 1):
        expect(examples.nth(n)).to_contain_text(deal)
        expect(examples.nth(n)).to_contain_text(f"{currency} {balance:,}")
    sums = bench.get_by_role("table", name="balance in each currency").get_by_role("row")
    expect(sums).to_have_count(1 + len(expected["currencies"]))
    for n, (currency, rows, total) in enumerate(expected["currencies"], 1):
        expect(sums.nth(n)).to_have_text(f"{currency}{rows:,}{total:,}")


def write_run_off(form: Form) -> None:
    form.scenario(BOLD)
    form.write("Rule id", IMG)
    form.choose("Applies behind", "enrich")
    form.press("Condition")
    form.pick("Field", "x_lcr_code")
    form.choose("Comparison", "is one of")
    form.pick("Values", "O.RET.LESS")
    form.pick("Values", "O.SME.LESS")
    form.press("Change")
    form.pick("Field to change", "liquidity_factor")
    form.write("By", "1.5")
    form.write("Valid from", "2025-12-01")
    form.write("Valid to", "2026-06-30")
    form.write("Reason", "Deposits left faster in autumn")


def write_operational(bench: Locator, page: Page) -> None:
    """A condition, and two alternatives beside it: by keyboard alone."""
    keys = Keys(page, bench)
    bench.get_by_role("tab", name="Scenarios").focus()
    keys.push("New scenario")
    page.keyboard.type("operational")
    page.keyboard.press("Enter")
    keys.arrive("Rule id")
    keys.choose("Applies behind", "enrich")
    keys.push("Condition")
    keys.arrive("Field")
    keys.write("Field", "x_lcr_code")
    keys.choose("Comparison", "starts with")
    keys.write("Value", "O.WHL")
    keys.push("Alternatives")
    keys.arrive("How many must hold")
    keys.write("Field", "purpose")
    keys.write("Value", "operational")
    keys.write("Field", "balance")
    keys.choose("Comparison", "is at least")
    keys.write("Value", "100000000")
    keys.push("Change")
    keys.arrive("Field to change")
    keys.write("Field to change", "liquidity_factor")
    keys.choose("Change", "set to")
    keys.write("By", "0.4")
    keys.write("Reason", "Operational status not accepted")


OPERATIONAL = {
    "rule_id": "RULE-1",
    "stage": "enrich",
    "conditions": [
        {"field": "x_lcr_code", "operator": "starts with", "value": "O.WHL"},
        {
            "any": [
                {"field": "purpose", "operator": "=", "value": "operational"},
                {"field": "balance", "operator": ">=", "value": 100_000_000},
            ]
        },
    ],
    "adjustments": [{"field": "liquidity_factor", "operation": "set", "value": Decimal("0.4")}],
    "reason": "Operational status not accepted",
}


def test_three_scenarios_are_written_by_mouse_and_by_keys(
    bench: Locator, lab_page: LabPage, files: Path
) -> None:
    form = Form(lab_page.page, bench)
    expect(bench.get_by_text("No scenario yet")).to_be_visible()
    lab_page.shown("scenarios/empty", bench)

    write_run_off(form)
    expect(form.rule.get_by_text("Nobody approved it yet")).to_be_visible()
    check_preview(bench, touched(files, f"x_lcr_code in {CODES}"))
    # The run-off of less stable deposits is 10 % in the Basel text, paragraph 79.
    example = bench.get_by_role("table", name="Examples").get_by_role("row").nth(1)
    expect(example).to_contain_text("0.1 → 0.15")
    expect(bench.locator("img")).to_have_count(0)
    expect(form.listed(BOLD).locator("b").first).to_have_text(BOLD)
    expect(form.rule.get_by_role("heading", name=IMG)).to_be_visible()
    lab_page.shown("scenarios/rule", bench)

    write_operational(bench, lab_page.page)
    where = f"x_lcr_code like 'O.WHL%' and {LARGE}"
    check_preview(bench, touched(files, where))
    lab_page.shown("scenarios/alternatives", bench)
    lab_page.page.set_viewport_size({"width": 2560, "height": 1400})
    lab_page.shown("scenarios/wide", bench)
    lab_page.page.set_viewport_size({"width": 1280, "height": 900})

    form.scenario("haircuts")
    form.choose("Applies behind", "calc_base")
    form.press("Change")
    form.pick("Field to change", "haircut")
    form.choose("Change", "add")
    form.write("By", "0.05")
    told = sentence(bench)
    expect(told.locator("b").first).to_have_text("2,000", timeout=LONG)
    expect(told.locator("b").nth(1)).to_have_attribute("title", f"{in_euros(files):,}")
    expect(bench.get_by_role("table", name="balance in each currency")).to_have_count(0)
    expect(form.rule.get_by_text("Every row, as there is no condition.")).to_be_visible()


def names(bench: Locator) -> list[str]:
    listed = bench.get_by_role("navigation", name="Scenarios").get_by_role("region")
    return [each.get_attribute("aria-label") or "" for each in listed.all()]


def saved(bench: Locator, lab_page: LabPage, kind: str) -> Path:
    with lab_page.page.expect_download() as download:
        bench.get_by_role("button", name=kind, exact=True).click()
    path = lab_page.lab.folder / "scenarios" / download.value.suggested_filename
    download.value.save_as(path)
    return path


def imported(bench: Locator, lab_page: LabPage, file: Path, count: int) -> None:
    with lab_page.page.expect_file_chooser() as chooser:
        bench.get_by_role("button", name="Import", exact=True).click()
    chooser.value.set_files(file)
    listed = bench.get_by_role("navigation", name="Scenarios").get_by_role("region")
    expect(listed).to_have_count(count)


def test_a_copy_is_changed_and_told_apart(bench: Locator, lab_page: LabPage) -> None:
    form = Form(lab_page.page, bench)
    bench.get_by_role("button", name="Duplicate operational").click()
    form.listed("operational 2").get_by_role("button", name=re.compile("RULE-1")).click()
    form.opened("operational 2")
    form.write("By", "0.6")
    expect(form.listed("operational 2")).to_contain_text("set liquidity_factor to 0.6")
    expect(form.listed("operational")).to_contain_text("set liquidity_factor to 0.4")
    changed = form.rule.get_by_label("By", exact=True)
    for step, value in (("Undo", "0.4"), ("Redo", "0.6")):
        bench.get_by_role("button", name=re.compile(f"^{step}")).click()
        expect(form.listed("operational 2")).to_contain_text(f"set liquidity_factor to {value}")
        expect(changed).to_have_value(value)
    bench.get_by_role("button", name="Compare", exact=True).click()
    dialog = lab_page.page.get_by_role("dialog", name="Compare two scenarios")
    dialog.get_by_label("First").select_option("operational")
    dialog.get_by_label("Second").select_option("operational 2")
    row = dialog.get_by_role("table", name="Differences").locator("tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("set liquidity_factor to 0.4")
    expect(row).to_contain_text("set liquidity_factor to 0.6")
    lab_page.shown("scenarios/compare", bench)
    dialog.get_by_label("Second").select_option(BOLD)
    expect(dialog.get_by_text(f"only in {BOLD}")).to_be_visible()
    expect(bench.locator("img")).to_have_count(0)
    dialog.get_by_role("button", name="Close").last.click()
    bench.get_by_role("button", name="Remove operational 2").click()
    expect(form.listed("operational 2")).to_have_count(0)
    bench.get_by_role("button", name=re.compile("^Undo")).click()
    expect(form.listed("operational 2")).to_contain_text("set liquidity_factor to 0.6")


def test_scenarios_go_out_and_come_in_as_files(bench: Locator, lab_page: LabPage) -> None:
    before = names(bench)
    as_json, as_csv = saved(bench, lab_page, "JSON"), saved(bench, lab_page, "CSV")
    written = load_scenarios(as_json)
    assert [each.name for each in written] == before
    assert written[1].rules == (AdjustmentRule.model_validate(OPERATIONAL),)
    sheet = read_scenario_sheet(as_csv.read_text("utf-8"), where="csv")
    assert [each.rules for each in sheet] == [each.rules for each in written]
    imported(bench, lab_page, as_csv, 2 * len(before))
    # A name that is taken gets a number.
    new = {f"{BOLD} 2", "operational 3", "operational 4", "haircuts 2"}
    assert {*names(bench)} == {*before} | new
    bench.get_by_role("button", name=re.compile("^Undo")).click()
    expect(Form(lab_page.page, bench).listed(f"{BOLD} 2")).to_have_count(0)
    assert names(bench) == before
    broken = as_json.with_name("broken.json")
    broken.write_text(as_json.read_text("utf-8").replace('"multiply"', '"multipy"'), "utf-8")
    with lab_page.page.expect_file_chooser() as chooser:
        bench.get_by_role("button", name="Import", exact=True).click()
    chooser.value.set_files(broken)
    fault = bench.locator("footer").get_by_role("alert")
    expect(fault).to_contain_text("broken.json")
    expect(fault).to_contain_text("multiply")
    lab_page.picture("scenarios/import-refused", bench)
    assert names(bench) == before
    fault.get_by_role("button", name="Dismiss").click()


def test_a_scenario_is_kept_in_the_library_and_taken(bench: Locator, lab_page: LabPage) -> None:
    form = Form(lab_page.page, bench)
    form.listed("haircuts").get_by_role("button", name="haircuts", exact=True).click()
    bench.get_by_role("button", name="Keep in library").click()
    expect(bench.get_by_text("It is in the library as it is here.")).to_be_visible()
    lab_page.shown("scenarios/scenario", bench)
    bench.get_by_role("button", name="Library", exact=True).click()
    dialog = lab_page.page.get_by_role("dialog", name="Library of scenarios")
    own = dialog.locator("section").filter(has_text="This workspace")
    kept = own.get_by_role("article").filter(has_text="haircuts")
    expect(kept).to_have_count(1)
    lab_page.shown("scenarios/library", bench)
    kept.get_by_role("button", name="Take").click()
    expect(form.listed("haircuts 2")).to_contain_text("add 0.05")
    other = lab_page.bench("other")
    other.get_by_role("tab", name="Scenarios").click()
    other.get_by_role("button", name="Open the library").click()
    dialog = lab_page.page.get_by_role("dialog", name="Library of scenarios")
    kept = dialog.get_by_role("article").filter(has_text="haircuts").first
    kept.get_by_role("button", name="Take").click()
    taken = Form(lab_page.page, other).listed("haircuts")
    expect(taken).to_contain_text("add 0.05 to haircut")
