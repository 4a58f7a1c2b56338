"""A calculation composed and stored by keyboard alone."""

from __future__ import annotations

import json

from playwright.sync_api import expect
from tests.browser.composed import comparable, compose
from tests.browser.hands import Keys
from tests.browser.notebook import LabPage

OPENED = """import liqbench as lq
wanted = lq.samples.lcr_dag(2_000, folder="data")
wanted.save("wanted")
wb = lq.Workbench("workspace")
wb.show()"""


def test_eight_operators_are_composed_from_empty(lab_page: LabPage) -> None:
    bench = lab_page.open("keyboard", OPENED)
    folder = lab_page.lab.folder / "keyboard"
    wanted = json.loads((folder / "wanted.liqdag.json").read_text("utf-8"))
    expect(bench.get_by_text("An empty calculation")).to_be_visible()
    keys = Keys(lab_page.page, bench)
    bench.get_by_role("tab", name="Compose").focus()
    keys.reach("Find an operator to add")
    compose(keys, wanted)
    expect(bench.get_by_text("ready to run")).to_be_visible()
    lab_page.picture("keyboard/done", bench)
    lab_page.page.keyboard.press("Escape")
    keys.reach("Save", key="Shift+Tab")
    lab_page.page.keyboard.press("Enter")
    dialog = lab_page.page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    keys.write("File", "made")
    keys.reach("Save")
    lab_page.page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    made = json.loads((folder / "made.liqdag.json").read_text("utf-8"))
    assert comparable(made) == comparable(wanted)
    # No letter that was typed on the bench was taken for one of the notebook's keys.
    expect(lab_page.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")).to_have_count(1)
    lab_page.close()
