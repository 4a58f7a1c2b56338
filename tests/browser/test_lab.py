"""What JupyterLab does for the bench: a card opens one, a file too, and its code becomes a cell."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Error, Locator, Page, expect
from tests.browser.notebook import LabPage, Theme

from liqbench import samples

FOLDER = "calculations"
THEMES: tuple[Theme, ...] = ("dark", "light")


@pytest.fixture(scope="module", autouse=True)
def folder(lab_page: LabPage) -> Path:
    """Show a folder that has the real banks' calculation and its input files."""
    sample = samples.disclosure_dag()
    folder = lab_page.lab.folder / FOLDER
    folder.mkdir()
    sample.save(folder / "Real banks")
    for name in ("liq1.csv", "liq1_rows.csv"):
        shutil.copyfile(sample.folder / name, folder / name)
    lab_page.command("filebrowser:open-path", path=FOLDER)
    return folder


def month_end_before(day: date) -> str:
    return (day.replace(day=1) - timedelta(days=1)).isoformat()


def today() -> date:
    return datetime.now(UTC).astimezone().date()


def cells(lab_page: LabPage) -> Locator:
    return lab_page.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell")


def in_both_themes(lab_page: LabPage, name: str) -> None:
    for theme in THEMES:
        lab_page.theme(theme)
        lab_page.picture(f"{name}-{theme}")


def test_a_card_in_the_launcher_opens_a_bench_in_a_new_notebook(
    lab_page: LabPage, folder: Path
) -> None:
    page = lab_page.page
    lab_page.command("launcher:create", cwd=FOLDER)
    card = page.get_by_role("button").and_(page.get_by_title("Liquidity bench", exact=True)).last
    expect(card).to_be_visible()
    in_both_themes(lab_page, "lab/launcher")
    card.click()
    lab_page.bench().wait_for()
    expect(cells(lab_page)).to_have_count(1)
    lab_page.picture("lab/new")
    assert (folder / "workspace" / "drafts" / "bench.json").is_file()
    lab_page.close()


def test_the_file_menu_has_a_new_bench_too(lab_page: LabPage) -> None:
    page = lab_page.page
    page.get_by_role("menuitem", name="File", exact=True).click()
    page.locator(".lm-Menu-item", has_text=re.compile("^New$")).hover()
    expect(page.get_by_role("menuitem", name="Liquidity bench")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")


def test_a_calculation_opens_in_a_bench_of_its_own(lab_page: LabPage) -> None:
    page = lab_page.page
    first = today()
    file = page.get_by_role("listitem", name="Real banks.liqdag.json")
    file.click(button="right")
    in_both_themes(lab_page, "lab/file")
    page.get_by_role("menuitem", name="Open in the bench").click()
    bench = lab_page.bench("Real banks")
    for operator in ("ingest", "components", "lcr"):
        expect(bench.get_by_label(f"{operator}, ")).to_be_visible()
    days = {month_end_before(first), month_end_before(today())}
    assert bench.get_by_label("As of").input_value() in days
    in_both_themes(lab_page, "lab/calculation")


def test_its_code_becomes_a_cell_below_that_runs(lab_page: LabPage) -> None:
    page = lab_page.page
    bench = lab_page.bench("Real banks")
    bench.get_by_role("button", name="Code").click()
    in_both_themes(lab_page, "lab/code")
    bench.get_by_role("button", name="Insert as a new cell").click()
    expect(cells(lab_page)).to_have_count(2)
    new = cells(lab_page).last
    expect(new).to_contain_text("builder = lq.DagBuilder('disclosures'")
    expect(new.locator(".cm-content")).to_be_focused()
    expect(new.locator(".jp-InputPrompt")).to_have_text("[ ]:")
    in_both_themes(lab_page, "lab/inserted")
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.type("\nlen(dag.operators)")
    page.keyboard.press("ControlOrMeta+Enter")
    count = len(samples.disclosure_dag().operators)
    expect(new.locator(".jp-OutputArea-output")).to_have_text(str(count))


@pytest.fixture
def without_clipboard(lab_page: LabPage) -> Iterator[Page]:
    """Take the clipboard from the page, as browsers do over plain http; nothing may break."""
    page = lab_page.page
    broken: list[Error] = []
    page.on("pageerror", lambda error: broken.append(error))  # noqa: PLW0108 - playwright marks it
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {configurable: true})")
    page.evaluate(
        "document.addEventListener('copy', (event) => { window.copied ="
        " event.clipboardData.getData('text/plain') || getSelection().toString(); })"
    )
    yield page
    page.evaluate("delete navigator.clipboard")
    assert broken == []


def test_over_plain_http_code_is_copied_by_key(lab_page: LabPage, without_clipboard: Page) -> None:
    page = without_clipboard
    lab_page.bench("Real banks").get_by_role("button", name="Code").click()
    dialog = page.get_by_role("dialog", name="This step as code")
    dialog.get_by_role("button", name="Copy").click()
    told = dialog.get_by_role("status")
    expect(told).to_contain_text("gives the clipboard only to pages over https")
    expect(told).to_contain_text("copy it with Ctrl+C")
    in_both_themes(lab_page, "lab/not-copied")
    page.keyboard.press("ControlOrMeta+c")
    code = dialog.locator("pre").inner_text()
    assert code.startswith("import liqbench as lq")
    assert page.evaluate("window.copied").strip() == code.strip()
    dialog.get_by_role("button", name="Close").click()


def test_over_plain_http_operators_are_copied_by_key(
    lab_page: LabPage, without_clipboard: Page
) -> None:
    page = without_clipboard
    bench = lab_page.bench("Real banks")
    told = bench.get_by_role("alert")
    bench.get_by_role("button", name="Paste").click()
    expect(told).to_contain_text("click on the canvas and press Ctrl+V there")
    bench.get_by_label("weigh, ").click()
    bench.get_by_role("button", name="Copy").click()
    expect(told).to_contain_text("press Ctrl+C there")
    lab_page.picture("lab/operators-not-copied", bench)
    bench.get_by_label("weigh, ").click()
    page.keyboard.press("ControlOrMeta+c")
    (copied,) = json.loads(page.evaluate("window.copied"))["operators"]
    assert copied["operator_id"] == "weigh"
    told.get_by_role("button", name="Dismiss").click()


def test_where_no_cell_can_be_added_the_code_is_copied(lab_page: LabPage) -> None:
    page = lab_page.page
    cells(lab_page).first.locator(".jp-InputPrompt").click()
    lab_page.command("notebook:create-output-view")
    view = page.locator(".jp-LinkedOutputView")
    bench = view.get_by_role("region", name="Bench Real banks")
    bench.get_by_role("button", name="Code").click()
    dialog = page.get_by_role("dialog", name="This step as code")
    expect(dialog.get_by_role("button", name="Copy")).to_be_enabled()
    expect(dialog.get_by_role("button", name="Insert as a new cell")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")
    lab_page.close()
