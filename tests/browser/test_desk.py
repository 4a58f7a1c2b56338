"""Approve and publish in a notebook: by two persons, to a warehouse and to one that is down."""

from __future__ import annotations

import re
import socket
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Locator, expect
from tests.browser.hands import act_as
from tests.browser.notebook import LabPage

from liqbench.governance.pack import verify_pack

SHOWN = """import os
import liqbench as lq
from liqbench.warehouse import Patience, Workings
os.environ["DWH_PASSWORD"] = "never asked for"
down = lq.RedshiftTarget(
    lq.RedshiftSettings(
        database="dwh", host="127.0.0.1", port={port}, user="publisher",
        password_variable="DWH_PASSWORD",
    ),
    workings=Workings(Patience(tries=1)),
)
wb = lq.Workbench("workspace", targets={{"dwh": down}})
dag = lq.samples.lcr_dag(1_000, folder="sample")
plain = [each.to_json() for each in lq.samples.lcr_scenarios()]
plain[0]["name"] = "<b>bold</b>"
plain[0]["rules"][0]["reason"] = "<img src=x>"
del plain[2]["rules"][0]["approval"]
scenarios = [lq.Scenario.from_json(each) for each in plain]
wb.show(dag, scenarios, injection_points=["enrich"], as_of="2025-12-31")"""
LONG = 240_000  # ms, for Spark and a busy machine
BOLD, MILD, UNAPPROVED = "<b>bold</b>@enrich", "baseline@enrich", "optimistic@enrich"
MINUTES = b"ALCO, 8 January: agreed"

# What the screen says of the progress, as it passes.
WATCH = """() => {
  window.said = [];
  new MutationObserver(() => {
    const now = document.querySelector('[aria-label="Progress"] [aria-current="step"]');
    if (now) window.said.push(now.innerText.trim());
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


@pytest.fixture(scope="module")
def closed_port() -> Iterator[int]:
    with socket.socket() as held:  # held and not listened at, so that nobody answers there
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(scope="module")
def bench(lab_page: LabPage, closed_port: int) -> Iterator[Locator]:
    bench = lab_page.open("desk", SHOWN.format(port=closed_port))
    bench.get_by_role("tab", name="Approve & publish").click()
    yield bench
    lab_page.close()


def view(bench: Locator, name: str) -> None:
    bench.get_by_role("tab", name=re.compile(f"^{name}")).click()


def button(bench: Locator, name: str) -> Locator:
    return bench.get_by_role("button", name=name, exact=True)


def chosen(bench: Locator, table: str, text: str) -> Locator:
    row = bench.get_by_role("table", name=table).get_by_role("row").filter(has_text=text)
    row.first.click()
    return row


def nothing_of_it_is_markup(bench: Locator) -> None:
    expect(bench.locator("img")).to_have_count(0)
    expect(bench.locator("b").filter(has_text=re.compile("^bold$"))).to_have_count(0)


def test_a_variant_is_put_forward_with_its_reason(bench: Locator, lab_page: LabPage) -> None:
    expect(bench.get_by_text("Nothing was submitted yet")).to_be_visible(timeout=LONG)
    lab_page.shown("desk/empty", bench)
    button(bench, "Go to Submit").click()
    button(bench, "Go to Run").click()
    button(bench, "Run with 3 variants").click()
    expect(bench.get_by_text("Results of run-")).to_be_visible(timeout=LONG)
    bench.get_by_role("tab", name="Approve & publish").click()
    row = chosen(bench, "Variants that may be submitted", UNAPPROVED)
    expect(row).to_contain_text("not as it is")
    refusal = bench.get_by_role("note", name="It can't be submitted as it is")
    expect(refusal).to_contain_text("nobody approved it")
    expect(refusal).to_contain_text("Who can change it: Whoever approves rules")
    expect(button(bench, "Submit")).to_be_disabled()
    lab_page.picture("desk/refused", bench)
    chosen(bench, "Variants that may be submitted", BOLD)
    expect(bench.get_by_text("Because: <img src=x>")).to_be_visible(timeout=LONG)
    expect(bench.get_by_text("Say first in whose name")).to_be_visible()
    act_as(bench, "Ann")
    expect(bench.get_by_text("Write the reason first")).to_be_visible()
    form = bench.get_by_role("group", name=f"Submit {BOLD}")
    form.get_by_label("Reason", exact=True).fill("Month end, as agreed <img src=x>")
    with lab_page.page.expect_file_chooser() as chooser:
        button(bench, "Add files").click()
    chooser.value.set_files({"name": "minutes.txt", "mimeType": "text/plain", "buffer": MINUTES})
    expect(button(bench, "Take minutes.txt away")).to_be_visible()
    nothing_of_it_is_markup(bench)
    lab_page.shown("desk/submit", bench)
    lab_page.wide("desk/submit", bench)
    button(bench, "Submit").click()
    expect(bench.get_by_role("heading", name=BOLD)).to_be_visible(timeout=LONG)
    expect(bench.get_by_role("tab", name="Inbox 1")).to_be_visible()


def test_its_author_may_not_approve_it_and_somebody_else_does(
    bench: Locator, lab_page: LabPage
) -> None:
    refusal = bench.get_by_role("note", name="You can't approve it")
    expect(refusal).to_contain_text("Who can change it: Anybody else who may approve here.")
    expect(button(bench, "Approve")).to_be_disabled()
    figures = bench.get_by_role("table", name="Control sums of what is published, before and after")
    expect(figures).to_be_visible(timeout=LONG)
    graph = bench.get_by_title("The graph of the run, as it was submitted")
    expect(graph).to_have_attribute("sandbox", "allow-scripts")
    nothing_of_it_is_markup(bench)
    lab_page.shown("desk/review", bench)
    bench.get_by_role("table", name="Entity by entity").scroll_into_view_if_needed()
    lab_page.picture("desk/review-entities", bench)
    figures.scroll_into_view_if_needed()
    lab_page.picture("desk/review-figures", bench)
    lab_page.wide("desk/review-figures", bench)
    graph.scroll_into_view_if_needed()
    lab_page.picture("desk/review-graph", bench)
    with lab_page.page.expect_download() as saved:
        button(bench, "minutes.txt").click()
    assert saved.value.path().read_bytes() == MINUTES
    lab_page.picture("desk/review-files", bench)
    button(bench, "Inbox").click()
    lab_page.shown("desk/inbox", bench)
    chosen(bench, "Submissions", BOLD)
    act_as(bench, "Ben")
    expect(refusal).to_have_count(0)
    expect(bench.get_by_text("Write the comment first")).to_be_visible()
    bench.get_by_label("Comment", exact=True).fill("Agreed")
    bench.get_by_label("any warehouse of this bench").click()
    expect(bench.get_by_role("checkbox", name="dwh")).to_be_checked()
    lab_page.shown("desk/decide", bench)
    button(bench, "Approve").click()
    expect(bench.get_by_role("heading", name="Approved")).to_be_visible(timeout=LONG)


def test_nothing_is_published_before_its_dry_run(bench: Locator, lab_page: LabPage) -> None:
    bench.get_by_role("radio", name=re.compile("^local")).click()
    expect(bench.get_by_text("Publish waits for the dry run")).to_be_visible()
    expect(button(bench, "Publish to local")).to_be_disabled()
    lab_page.picture("desk/publish", bench)
    button(bench, "Dry run").click()
    expect(bench.get_by_role("heading", name="Dry run for local")).to_be_visible(timeout=LONG)
    lab_page.shown("desk/rehearsed", bench)
    lab_page.wide("desk/rehearsed", bench)
    sums = bench.get_by_role("table", name="Control sums")
    told = {
        row.get_by_role("cell").nth(0).inner_text(): row.get_by_role("cell").nth(1).inner_text()
        for row in sums.locator("tbody tr").all()
    }
    lab_page.page.evaluate(WATCH)
    button(bench, "Publish to local").click()
    receipt = bench.get_by_role("region", name="Receipt")
    expect(receipt.get_by_text("Published to local")).to_be_visible(timeout=LONG)
    said = lab_page.page.evaluate("window.said")
    assert said
    assert all(re.match("Checking|Preparing|Bringing|Committ", each) for each in said)
    assert re.fullmatch("[0-9a-f]{64}", receipt.locator("code").inner_text())
    lab_page.shown("desk/receipt", bench)
    warehouse = lab_page.lab.folder / "desk" / "workspace" / "warehouse.duckdb"
    with duckdb.connect(str(warehouse), read_only=True) as there:
        for column, total in told.items():
            table, _, field = column.partition(".")
            ((found,),) = there.execute(f'SELECT SUM("{field}") FROM "{table}"').fetchall()
            assert f"{found:,f}" == total, column
    assert told
    button(bench, "Examine it").click()
    expect(bench.get_by_role("heading", name="local is well")).to_be_visible(timeout=LONG)


def test_a_warehouse_that_is_down_is_told_in_words(
    bench: Locator, lab_page: LabPage, closed_port: int
) -> None:
    bench.get_by_role("radio", name=re.compile("^dwh")).click()
    button(bench, "Dry run").click()
    expect(bench.get_by_role("heading", name="Dry run for dwh")).to_be_visible(timeout=LONG)
    button(bench, "Publish to dwh").click()
    failed = bench.get_by_role("alert").filter(has_text="It was not published to dwh")
    expect(failed).to_contain_text(f"redshift:127.0.0.1:{closed_port}/dwh", timeout=LONG)
    expect(failed).to_contain_text("Connection refused")
    expect(failed).to_contain_text("publish again later")
    lab_page.shown("desk/down", bench)
    failed.get_by_role("button", name="Try again").click()
    expect(bench.get_by_role("region", name="Progress")).to_have_count(0, timeout=LONG)
    expect(failed).to_be_visible()
    dwh = bench.locator("label").filter(has_text="redshift:")
    expect(dwh).to_contain_text("not published there yet")
    button(bench, "Examine it").click()
    expect(bench.get_by_text("dwh: 1 of 1 checks failed")).to_be_visible(timeout=LONG)


def test_what_was_published_is_kept_told_and_withdrawn(
    bench: Locator, lab_page: LabPage, tmp_path: Path
) -> None:
    bench.get_by_role("radio", name=re.compile("^local")).click()
    with lab_page.page.expect_download(timeout=LONG) as saved:
        button(bench, "Save the evidence pack").click()
    pack = tmp_path / saved.value.suggested_filename
    saved.value.save_as(pack)
    assert verify_pack(pack).holds
    with zipfile.ZipFile(pack) as files:
        assert files.read("evidence/minutes.txt") == MINUTES
    with lab_page.page.expect_download(timeout=LONG) as project:
        button(bench, "Save the Power BI project").click()
    with zipfile.ZipFile(project.value.path()) as files:
        assert any(name.endswith(".pbip") for name in files.namelist())
    view(bench, "History")
    rows = bench.get_by_role("table", name="Publications").locator("tbody tr")
    expect(rows).to_have_count(1)
    rows.first.click()
    story = bench.get_by_role("region", name="How it came to be")
    expect(story).to_contain_text("by Ben: Agreed", timeout=LONG)
    expect(story).to_contain_text("by Ann: Month end, as agreed <img src=x>")
    button(bench, "Verify the audit log").click()
    expect(bench.get_by_text("It is whole")).to_be_visible(timeout=LONG)
    nothing_of_it_is_markup(bench)
    lab_page.shown("desk/history", bench)
    lab_page.wide("desk/history", bench)
    bench.get_by_label("Reason for withdrawing it").fill("Wrong rates")
    button(bench, "Withdraw").click()
    details = bench.get_by_role("complementary", name="Details")
    expect(details.get_by_text("Wrong rates").first).to_be_visible(timeout=LONG)
    expect(rows.first).to_contain_text("withdrawn")
    lab_page.picture("desk/withdrawn", bench)
    button(bench, "Open its submission").click()
    refusal = bench.get_by_role("note", name="It can't be published to local")
    expect(refusal).to_contain_text("Wrong rates", timeout=LONG)


def test_what_is_sent_back_comes_with_its_comment(bench: Locator, lab_page: LabPage) -> None:
    view(bench, "Submit")
    act_as(bench, "Ann")
    chosen(bench, "Variants that may be submitted", MILD)
    form = bench.get_by_role("group", name=f"Submit {MILD}")
    form.get_by_label("Reason", exact=True).fill("A second view")
    button(bench, "Submit").click()
    expect(bench.get_by_role("heading", name=MILD)).to_be_visible(timeout=LONG)
    act_as(bench, "Ben")
    bench.get_by_label("Comment", exact=True).fill("too <b>mild</b>")
    button(bench, "Send back").click()
    expect(bench.get_by_role("heading", name="Sent back")).to_be_visible(timeout=LONG)
    act_as(bench, "Ann")
    view(bench, "Submit")
    chosen(bench, "Variants that may be submitted", MILD)
    expect(form.get_by_text("too <b>mild</b>")).to_be_visible()
    lab_page.shown("desk/sent-back", bench)
