"""What an approver sees is what she approves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pandas as pd
import pytest
from tests.governance.desk import RULE, Desk

from liqbench import ImpactAnalysis, Workbench
from liqbench.errors import ChangedSinceApprovalError, UnknownResultError
from liqbench.governance import Attached
from liqbench.governance.attachments import SUMMARY, csv_of
from liqbench.store import DamagedAttachmentError

HOSTILE = "<img src=x onerror=alert(1)>"
LONG = " ".join(["reasons"] * 20)


def test_rules_figures_and_steps(desk: Desk) -> None:
    before = desk.evidence(rows=[("2025-12-31", "A", "Bank A", "10.00")])
    after = desk.evidence(
        {**RULE, "expiry_date": "2026-12-31"}, rows=[("2025-12-31", "A", "Bank A", "9.50")]
    )
    document = {**after.document, "baseline": before.document["baseline"]}
    submission = desk.process.submit(replace(after, document=document), by="ann", comment="x")
    found = desk.process.review(submission.id)
    assert found.submission == submission
    (rule,) = found.tables["rules"].to_dict("records")
    assert (rule["rule"], rule["what"], rule["reason"], rule["approved_by"], rule["expires"]) == (
        "R1", "on every row: multiply amount by 0.95", "stress", "risk_admin", date(2026, 12, 31),
    )  # fmt: skip
    assert found.tables["figures"].to_dict("records") == [
        {"fact": "star", "figure": "rows", "baseline": 1, "adjusted": 1, "change": 0},
        {"fact": "star", "figure": "amount", "baseline": Decimal("10.00"),
         "adjusted": Decimal("9.50"), "change": Decimal("-0.50")},
    ]  # fmt: skip
    assert found.tables["steps"].to_dict("records") == [
        {"operator": "adj_deals", "type": "adjust", "change": "added"},
        {"operator": "star", "type": "star_schema", "change": "other inputs"},
    ]
    assert found.texts["README.txt"].startswith("EVIDENCE PACK")
    assert found.absent[SUMMARY] == "it was submitted without its analysis"


def test_attached_tables_keep_every_digit_and_markup_stays_text(desk: Desk) -> None:
    table = pd.DataFrame({"lcr": [Decimal("1.0500000000"), None], "note": [HOSTILE, "007"]})
    attached = Attached({SUMMARY: csv_of(table)}, {"plan.csv": HOSTILE})
    submission = desk.process.submit(
        desk.evidence({**RULE, "reason": f"of {LONG}"}),
        by="ann",
        comment=HOSTILE,
        attached=attached,
    )
    found = desk.process.review(submission.id)
    assert found.tables[SUMMARY].to_dict("list") == {
        "lcr": ["1.0500000000", ""], "note": [HOSTILE, "007"],
    }  # fmt: skip
    page = found._repr_html_()
    assert "1.0500000000" in page
    assert "multiply amount by 0.95" in page
    assert "<img" not in page
    assert page.count("&lt;img") == 3


def test_what_was_changed_since_is_not_shown(desk: Desk) -> None:
    submission = desk.submit()
    (file,) = (desk.folder / "workspace" / "attachments").iterdir()
    kept = file.read_bytes()
    file.write_bytes(kept + b"!")
    with pytest.raises(DamagedAttachmentError, match="is not what was stored"):
        desk.process.review(submission.id)
    file.write_bytes(kept)
    desk.edit_body(submission.id, lambda body: body["evidence"].update(as_of="2025-11-30"))
    with pytest.raises(ChangedSinceApprovalError, match="its record was changed"):
        desk.process.review(submission.id)
    with pytest.raises(UnknownResultError):
        desk.process.review("sub-1")


def test_the_review_of_an_analysis_is_that_of_its_impact(
    bench: Workbench, banks: ImpactAnalysis
) -> None:
    submission = bench.submit(banks["less_stable_plus_5"], by="ann", comment="stress")
    found = bench.review(submission.id)
    impact = banks.by_entity()
    own = impact[impact["scenario"] == "less_stable_plus_5"]
    shown = found.tables["impact/by_entity.csv"]
    assert list(shown["lcr_after"]) == [format(value, "f") for value in own["lcr_after"]]
    figures = found.tables["figures"].set_index("figure")
    after = banks["less_stable_plus_5"].result().table("star_schema")
    assert figures.loc["net_outflows", "adjusted"] == sum(after["net_outflows"])
    assert set(found.absent) <= {"lineage.html"}
