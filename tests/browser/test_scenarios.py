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
from tests.browser.notebook import LabPage

OPENED = """import liqbench as lq
wb = lq.Workbench("workspace")
dag = lq.samples.lcr_dag(2_000, folder="sample")
wb.show(dag, as_of="2025-12-31")"""
LONG = 120_000  # ms, for Spark on a busy machine
BOLD, IMG = "<b>faster</b> run-off", "<img src=x>"
CODES = "('O.RET.LESS', 'O.SME.LESS')"
LARGE = "(purpose = 'operational' or balance >= 100000000)"


@pytest.fixture(scope="module")
def bench(lab_page: LabPage) -> Iterator[Locator]:
    bench = lab_page.open("scenarios", OPENED)
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
        expect(self.rule.get_by_role("heading", name="RULE-1")).to_be_visible()

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
            "select count(*), sum(balance), count(distinct reporting_entity_name) "
            f"from '{deals}' join '{entities}' using (reporting_id) where {where}"
        ).fetchone()
        largest = connection.execute(
            f"select id, balance from '{deals}' where {where} order by balance desc limit 5"
        ).fetchall()
    assert row is not None
    return {"rows": row[0], "amount": Decimal(row[1]), "entities": row[2], "largest": largest}


def check_preview(bench: Locator, expected: dict[str, Any]) -> None:
    told = sentence(bench)
    expect(told.locator("b").first).to_have_text(f"{expected['rows']:,}", timeout=LONG)
    expect(told.locator("b").nth(1)).to_have_attribute("title", f"{expected['amount']:,}")
    expect(told).to_contain_text(f"in {expected['entities']} of 24 entities")
    examples = bench.get_by_role("table", name="Examples").get_by_role("row")
    for n, (deal, balance) in enumerate(expected["largest"], 1):
        expect(examples.nth(n)).to_contain_text(deal)
        expect(examples.nth(n)).to_contain_text(f"{balance:,}")


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


def write_operational(form: Form) -> None:
    """A condition, and two alternatives beside it."""
    form.scenario("operational")
    form.choose("Applies behind", "enrich")
    form.press("Condition")
    form.pick("Field", "x_lcr_code")
    form.choose("Comparison", "starts with")
    form.write("Value", "O.WHL")
    form.press("Alternatives")
    group = form.rule.get_by_role("group", name="Any of these")
    form.rule.get_by_label("Field", exact=True).nth(1).click()
    form.page.keyboard.type("purpose")
    form.page.keyboard.press("Enter")
    group.get_by_label("Value", exact=True).first.fill("operational")
    form.pick("Field", "balance")
    group.get_by_label("Comparison").last.select_option(label="is at least")
    group.get_by_label("Value", exact=True).last.fill("100000000")
    form.press("Change")
    form.pick("Field to change", "liquidity_factor")
    form.choose("Change", "set to")
    form.write("By", "0.4")


def test_three_scenarios_are_written_by_mouse(
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

    write_operational(form)
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
    check_preview(bench, touched(files, "true"))
    expect(form.rule.get_by_text("Every row, as there is no condition.")).to_be_visible()
