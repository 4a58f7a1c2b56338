"""The README's pictures: the bench of notebook 04 in a browser, as its reader comes to see it."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Locator, Page, expect, sync_playwright
from tests.browser.lab import running
from tests.browser.notebook import LabPage, launched

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04_workbench.ipynb"
WIDTH = 1280
LONG = 240_000  # ms, for Spark on a busy machine
ENTITY = "Meridian Retail Bank IT 017"


def take(folder: Path) -> None:
    """Store the pictures in a folder."""
    with tempfile.TemporaryDirectory() as place, running(Path(place)) as lab:
        shutil.copy(NOTEBOOK, lab.folder)
        with sync_playwright() as playwright:
            browser = launched(playwright)
            page = browser.new_page(viewport={"width": WIDTH, "height": 900})
            lab_page = LabPage(page, lab, folder)
            lab_page.start()
            lab_page.theme("light")
            lab_page.reopen(NOTEBOOK.name)
            lab_page.command("notebook:run-all-cells")
            bench = lab_page.bench()
            bench.wait_for()
            widen(page, bench)
            composed(lab_page, bench)
            compared(lab_page, bench)
            followed(lab_page, bench)
            browser.close()


def widen(page: Page, bench: Locator) -> None:
    """Make the page so wide that the bench's picture is as wide as it should be."""
    box = bench.bounding_box()
    assert box is not None
    page.set_viewport_size({"width": round(2 * WIDTH - box["width"]), "height": 900})


def composed(lab_page: LabPage, bench: Locator) -> None:
    """An operator of the calculation, its form and its data."""
    bench.get_by_label("calc_base, ").click()
    bench.get_by_role("button", name="Look at its data").click()
    expect(bench.get_by_role("table").first).to_be_visible(timeout=LONG)
    lab_page.picture("compose", bench)


def compared(lab_page: LabPage, bench: Locator) -> None:
    """All scenarios side by side, and what moved one entity's ratio."""
    bench.get_by_role("tab", name="Scenarios", exact=True).click()
    bench.get_by_role("button", name="Plan", exact=True).click()
    plan = lab_page.page.get_by_role("dialog", name="What a run will do")
    plan.get_by_role("button", name="Run", exact=True).click(timeout=LONG)
    expect(bench.get_by_text("Results of run-")).to_be_visible(timeout=LONG)
    bench.get_by_role("tab", name="Impact", exact=True).click()
    table = bench.get_by_role("table", name="lcr: scenarios side by side")
    row = table.locator("tr.lq-entity", has_text=ENTITY)
    row.locator(".lq-cell").nth(1).click()
    bench.get_by_role("tab", name="Rule by rule").click()
    for name in ("Waterfall by rule", "Tornado over the rules"):
        expect(bench.get_by_role("table", name=name)).to_be_visible(timeout=LONG)
    lab_page.picture("impact", bench)


def followed(lab_page: LabPage, bench: Locator) -> None:
    """The way of that ratio through the calculation, and the rules on it."""
    bench.get_by_role("button", name="Trace this number").click()
    way = bench.get_by_role("group", name="The way of this number")
    expect(way.get_by_label(re.compile("^calc_final, "))).to_be_visible(timeout=LONG)
    bench.get_by_role("tab", name="Rules on the way").click()
    expect(bench.get_by_text("rows changed").first).to_be_visible(timeout=LONG)
    lab_page.picture("lineage", bench)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
