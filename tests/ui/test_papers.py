"""Submission, approval, dry run, receipt and examination as they stand in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.governance.desk import Desk
from tests.ui.conftest import Element

from liqbench.model.presentation import html_of
from liqbench.ui.papers import way_in_words
from liqbench.warehouse import Check, Checks, DryRun, Receipt, dry_run_approved

Parse = Callable[[str], Element]
ROWS = (
    ("2025-12-31", "A", "Bank A", "1234567.10"),
    ("2025-12-31", "B", "Bank B", "-0.50"),
)
PUBLISH_ID = "0123456789abcdef" * 4


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.workspace.records.close()


@pytest.fixture
def shown(html_of: Parse) -> Callable[[Any], Element]:
    """Parse what a notebook is given; nothing of it is loaded from elsewhere, nor runs."""

    def show(thing: Any) -> Element:
        root = html_of(thing._repr_html_())
        assert root.outside() == []
        assert list(root.all("script")) == []
        return root

    return show


def facts(root: Element) -> dict[str, str]:
    return {
        term.text: words.text for term, words in zip(root.all("dt"), root.all("dd"), strict=True)
    }


def cells(root: Element) -> list[list[str]]:
    return [[cell.text for cell in row.all("th", "td")] for row in root.all("tr")]


def codes(root: Element) -> list[str]:
    return [step.one("code").text for step in root.all("p") if "next" in step.classes]


def test_a_submission_says_whose_turn_it_is(desk: Desk, shown: Callable[[Any], Element]) -> None:
    submission = desk.submit()
    root = shown(submission)
    found = facts(root)
    assert (found["author"], found["reason"], found["at"]) == (
        "ann", "month end", "2026-01-15 09:00 UTC",
    )  # fmt: skip
    assert submission.content_hash in {each.attributes.get("title") for each in root.all("dd")}
    assert f"{submission.id}, submitted" in root.text
    assert codes(root)[0] == f'wb.approve("{submission.id}", by="…", comment="…")'
    rejected = desk.process.reject(submission.id, by="ben", comment="too mild")
    assert "submits it again" in shown(rejected).text
    unsigned = replace(submission, key_id="")
    assert facts(shown(unsigned))["signed"] == "not: the author has no key"


def test_an_approval_says_by_whom_until_when_and_for_what(
    desk: Desk, shown: Callable[[Any], Element]
) -> None:
    approval = desk.approved()
    root = shown(approval)
    found = facts(root)
    assert "stress@deals, approved by ben" in root.text
    assert (found["comment"], found["for"]) == ("agreed", "any target")
    assert found["holds until"] == "2026-02-14 09:00 UTC"
    assert found["submitted by"] == f"ann, {approval.submission_id}"
    assert "by local trust only, which proves nothing about persons" in root.text
    listed = replace(approval, trust="listed", targets={"reporting": "duckdb:/x"})
    assert "local trust" not in shown(listed).text
    assert facts(shown(listed))["for"] == "reporting"
    assert f'wb.publish("{approval.id}", dry_run=True)' in codes(root)


def test_a_dry_run_has_rows_ways_and_exact_sums(
    desk: Desk, shown: Callable[[Any], Element]
) -> None:
    approval = desk.approved(rows=ROWS)
    dry = dry_run_approved(desk.process.publisher, approval.id, desk.target, name="local", by="pat")
    root = shown(dry)
    assert cells(root) == [
        ["table", "rows", "way"],
        ["fact_position", "4", "directly"],
        ["lq_adjustment", "2", "merged"],
        ["column", "sum"],
        ["fact_position.amount", "2,469,133.20"],
    ]
    figures = [cell.text for cell in root.all("td") if "figure" in cell.classes]
    assert figures == ["4", "2", "2,469,133.20"]
    assert [line.text for line in root.one("ol").all("li")] == list(dry.statements)
    assert "nothing was written" in root.text


def test_a_dry_run_of_no_figures_has_no_sums(shown: Callable[[Any], Element]) -> None:
    dry = DryRun("dwh", {"fact_x": "staged"}, (), {"fact_x": 2_000_000}, {})
    assert cells(shown(dry))[1:] == [["fact_x", "2,000,000", "by way of S3"]]


def test_a_receipt_says_what_was_added_and_what_can_be_done(
    desk: Desk, shown: Callable[[Any], Element]
) -> None:
    approval = desk.approved(rows=ROWS)
    receipt = desk.publish(approval.id)
    root = shown(receipt)
    assert cells(root)[1:] == [["fact_position", "4"], ["lq_adjustment", "2"]]
    assert facts(root)["id"] == receipt.publish_id
    assert facts(root)["approved"].startswith("by local trust only")
    assert codes(root) == [
        'wb.powerbi("folder", "local")',
        'receipt.rollback("why", by="…")',
        f"liqbench audit show {receipt.publish_id[:12]}",
    ]
    again = shown(desk.publish(approval.id))
    assert "Nothing changed in local" in again.text
    assert list(again.all("table")) == []


def test_a_receipt_tells_tries_ways_and_warnings(shown: Callable[[Any], Element]) -> None:
    receipt = Receipt(
        publish_id=PUBLISH_ID,
        target="dwh",
        new=True,
        rows={"fact_position": 1_500_000},
        seconds=4.0,
        trust="listed",
        method="direct, staged",
        tries=3,
        warnings=("only <few> rows a second",),
    )
    root = shown(receipt)
    assert facts(root) == {
        "id": PUBLISH_ID,
        "took": "4.0 s, 375,000 rows a second, in 3 tries",
        "way": "directly, by way of S3",
        "approved": "by people on the list of trusted people",
    }
    (warning,) = [each.text for each in root.all("p") if "warning" in each.classes]
    assert warning == "⚠ only <few> rows a second"


def test_a_way_that_has_no_words_is_told_by_its_name() -> None:
    assert way_in_words("direct, pigeon") == "directly, pigeon"


def test_an_examination_has_a_sign_for_each_check(shown: Callable[[Any], Element]) -> None:
    checks = Checks(
        [
            Check("connection", ok=True, what="it's there"),
            Check("clock", ok=False, what="3,600 s off", hint="set this machine's clock"),
        ]
    )
    assert not checks.ok
    root = shown(checks)
    assert "1 of 2 checks failed" in root.text
    assert cells(root)[1:] == [
        ["✓", "connection", "it's there", ""],
        ["✗", "clock", "3,600 s off", "set this machine's clock"],
    ]
    assert "The warehouse is well" in shown(Checks(checks[:1])).text
    assert str(checks) == (
        "ok  connection: it's there\nFAILED  clock: 3,600 s off (set this machine's clock)"
    )


def test_what_an_author_writes_is_shown_and_never_run(
    desk: Desk, shown: Callable[[Any], Element]
) -> None:
    bad = '<img src="x" onerror="alert(1)">'
    submission = desk.process.submit(desk.evidence(), by=bad, comment=f"{bad} & more")
    assert facts(shown(submission))["author"] == bad
    assert facts(shown(submission))["reason"] == f"{bad} & more"


def test_what_has_no_picture_has_no_html() -> None:
    assert html_of(Decimal(1)) is None
