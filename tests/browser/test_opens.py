"""The bench opens in a notebook, without the internet."""

from __future__ import annotations

from playwright.sync_api import expect
from tests.browser.notebook import LabPage

SAMPLE = """import liqbench as lq
wb = lq.Workbench("workspace")
dag, scenarios = lq.samples.lcr_dag(2_000, folder="sample"), lq.samples.lcr_scenarios()
wb.show(dag, scenarios, as_of="2025-12-31")"""


def test_the_sample_opens_with_its_eight_operators(lab_page: LabPage) -> None:
    bench = lab_page.open("opens", SAMPLE)
    expect(bench.get_by_role("tab", name="Compose")).to_have_attribute("aria-selected", "true")
    for name in ("ingest", "calc_haircut", "agg_final", "star_schema"):
        expect(bench.get_by_label(f"{name}, ")).to_be_visible()
    expect(bench.get_by_text("ready to run")).to_be_visible(timeout=60_000)
    lab_page.shown("compose/open", bench)
    bench.get_by_label("calc_base, ").click()
    bench.get_by_role("button", name="Look at its data").click()
    expect(bench.get_by_text("2,000 rows, all")).to_be_visible()
    lab_page.shown("compose/data", bench)
    lab_page.close()
