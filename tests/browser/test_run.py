"""Runs in a notebook: watched, cancelled, begun again, reopened; and what stops one, in words.

An operator of the calculation waits for a file, so that a run goes on for as long as a test wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from tests.browser.notebook import LabPage

LONG = 120_000  # ms, for Spark on a busy machine
STEPS = '''
"""Steps of a calculation that wait, and that fail."""
import time
from pathlib import Path

GATE = Path({gate!r})


def held(deals):
    def wait(batches):
        while not GATE.exists():
            time.sleep(0.05)
        yield from batches

    few = deals.select("id", "balance")
    return few.mapInArrow(wait, few.schema)


def broken(deals):
    def fail(batches):
        raise ValueError("no rates for <b>EUR</b>")
        yield from batches

    few = deals.select("id", "balance")
    return few.mapInArrow(fail, few.schema)
'''
DAGS = """import sys, liqbench as lq
sys.path.insert(0, {folder!r})
wb = lq.Workbench("workspace")
(ingest, *_) = lq.samples.lcr_dag(2_000, folder="sample").to_json()["operators"]
balance = next(f["type"] for f in ingest["parameters"]["fields"] if f["name"] == "balance")

def dag_of(function, condition="balance > 0"):
    name = function.split(":")[1]
    fields = [{{"name": "id", "type": "string"}}, {{"name": "balance", "type": balance}}]
    step = {{"operator_id": name, "operator_type": "python", "inputs": ["ingest"],
             "parameters": {{"function": function, "fields": fields, "key": ["id"]}}}}
    large = {{"operator_id": "large", "operator_type": "filter", "inputs": [name],
              "parameters": {{"expression": condition}}}}
    document = lq.samples.lcr_dag(2_000, folder="sample").to_json()
    document["operators"] = [ingest, step, large]
    return lq.Dag.from_json(document).at_folder("sample")"""
HELD = """wb.show(dag_of("held_steps:held"), as_of="2025-12-31")"""
BROKEN = """wb.show(dag_of("held_steps:broken"), as_of="2025-12-31", name="broken")"""
WRONG = """wb.show(dag_of("held_steps:held", "balanse > 0"), as_of="2025-12-31", name="wrong")"""
ASKED = """async (code) => {
  const { kernel } = window.jupyterapp.shell.currentWidget.sessionContext.session;
  const answer = await kernel.requestExecute({ code }).done;
  return answer.content.status;
}"""
RESTARTED = """async () => {
  await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart();
}"""


@pytest.fixture(scope="module")
def gate(lab_page: LabPage) -> Path:
    """Return the file that the held operator waits for."""
    folder = lab_page.lab.folder / "steps"
    folder.mkdir()
    (folder / "held_steps.py").write_text(STEPS.format(gate=str(folder / "gate")), "utf-8")
    return folder / "gate"


@pytest.fixture(scope="module")
def bench(lab_page: LabPage, gate: Path) -> Iterator[Locator]:
    dags = DAGS.format(folder=str(gate.parent))
    bench = lab_page.open("run", dags, HELD, BROKEN, WRONG)
    bench.get_by_role("tab", name="Run").click()
    yield bench
    lab_page.close()


def foot(bench: Locator) -> Locator:
    return bench.locator("footer")


def history(bench: Locator) -> Locator:
    return bench.get_by_role("complementary", name="Details").locator("ol.lq-history > li")


def test_a_run_is_watched_cancelled_and_begun_again(
    bench: Locator, lab_page: LabPage, gate: Path
) -> None:
    expect(bench.get_by_text("Nothing was run yet")).to_be_visible()
    lab_page.shown("run/empty", bench)
    bench.get_by_role("button", name="Run the base").click()
    expect(bench.get_by_label(re.compile("^held, python, (at work|on the way)"))).to_be_visible(
        timeout=LONG
    )
    expect(foot(bench).get_by_role("progressbar")).to_be_visible()
    lab_page.shown("run/going", bench)
    # The kernel answers other cells meanwhile, and the bench its other steps.
    assert lab_page.page.evaluate(ASKED, "6 * 7") == "ok"
    bench.get_by_role("tab", name="Compose").click()
    expect(foot(bench).get_by_role("button", name="Cancel")).to_be_visible()
    foot(bench).get_by_role("button", name="Cancel").click()
    expect(foot(bench)).to_contain_text("cancelled", timeout=LONG)
    bench.get_by_role("button", name="Show in Run").click()
    expect(history(bench).first).to_contain_text("cancelled")
    lab_page.shown("run/cancelled", bench)
    gate.touch()
    bench.get_by_role("button", name="Run the base").click()
    expect(foot(bench)).to_contain_text("finished in", timeout=LONG)
    bench.get_by_role("tab", name="Operators").click()
    table = bench.get_by_role("table", name="Operators of the run")
    held = table.get_by_role("row", name=re.compile("^held"))
    expect(held).to_contain_text("2,000")  # as many as the sample has
    expect(held).to_contain_text("kept")
    lab_page.shown("run/operators", bench)
    bench.get_by_role("tab", name="Log").click()
    expect(bench.get_by_role("log")).to_contain_text("finished")
    lab_page.picture("run/log", bench)
    bench.get_by_role("tab", name="Graph").click()
    lab_page.shown("run/done", bench)
    lab_page.wide("run/done", bench)


def test_an_earlier_run_is_opened_again(bench: Locator, lab_page: LabPage) -> None:
    bench.get_by_role("button", name="Run the base").click()
    expect(history(bench)).to_have_count(3, timeout=LONG)
    expect(foot(bench)).to_contain_text("finished in", timeout=LONG)
    expect(bench.get_by_label(re.compile("^held, python, reused, 2,000 rows"))).to_be_visible()
    bench.get_by_label("As of").fill("2025-11-30")
    expect(bench.get_by_text("The draft changed since this run.")).to_be_visible()
    history(bench).nth(1).get_by_role("button", name="Open again").click()
    expect(bench.get_by_label("As of")).to_have_value("2025-12-31", timeout=LONG)
    expect(history(bench).nth(1)).to_contain_text("shown now")
    lab_page.shown("run/reopened", bench)


def test_a_failing_operator_is_named_with_its_reason(bench: Locator, lab_page: LabPage) -> None:
    del bench
    broken = lab_page.bench("broken")
    broken.get_by_role("tab", name="Run").click()
    broken.get_by_role("button", name="Run the base").click()
    fault = broken.get_by_role("region", name="The run").get_by_role("alert")
    expect(fault).to_contain_text("no rates for <b>EUR</b>", timeout=LONG)
    expect(broken.get_by_label(re.compile("^broken, python, failed"))).to_be_visible()
    expect(history(broken).first).to_contain_text("failed")
    lab_page.shown("run/failed", broken)
    fault.get_by_role("button", name="Go to broken").click()
    details = broken.get_by_role("complementary", name="Details")
    expect(details.get_by_role("heading", name="broken")).to_be_visible()


def test_a_wrong_calculation_is_refused_and_leads_to_its_fault(
    bench: Locator, lab_page: LabPage
) -> None:
    del bench
    wrong = lab_page.bench("wrong")
    wrong.get_by_role("tab", name="Run").click()
    wrong.get_by_role("button", name="Run the base").click()
    fault = wrong.get_by_role("region", name="The run").get_by_role("alert")
    expect(fault).to_contain_text("balanse", timeout=LONG)
    lab_page.shown("run/refused", wrong)
    fault.get_by_role("button", name="Go to large").click()
    details = wrong.get_by_role("complementary", name="Details")
    details.get_by_label("Expression", exact=True).fill("balance > 0")
    lab_page.page.keyboard.press("Tab")
    expect(wrong.get_by_text("ready to run")).to_be_visible(timeout=LONG)


def test_a_lost_kernel_is_told_and_the_draft_is_there_again(
    bench: Locator, lab_page: LabPage
) -> None:
    bench.get_by_role("tab", name="Compose").click()
    bench.get_by_label("large, filter").click()
    details = bench.get_by_role("complementary", name="Details")
    details.get_by_label("Expression", exact=True).fill("balance > 1000")
    lab_page.page.keyboard.press("Tab")
    expect(bench.get_by_text("ready to run")).to_be_visible(timeout=LONG)
    lab_page.page.evaluate(RESTARTED)
    expect(foot(bench)).to_contain_text("The kernel behind this bench is gone")
    lab_page.shown("run/lost", bench)
    lab_page.command("notebook:run-all-cells")
    expect(foot(bench)).not_to_contain_text("is gone", timeout=LONG)
    bench.get_by_label("large, filter").click()
    expect(details.get_by_label("Expression", exact=True)).to_have_value("balance > 1000")
    bench.get_by_role("tab", name="Run").click()
    expect(history(bench)).to_have_count(5)
