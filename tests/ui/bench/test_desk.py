"""The desk on the screen: what is refused, decided, published, withdrawn, and told of it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from tests.governance.desk import Clock, Desk
from tests.ui.bench.screen import Screen

from liqbench import DuckDbTarget, ImpactAnalysis, Workbench
from liqbench.governance.pack import verify_pack
from liqbench.ui.bench import PANELS, Bench


@dataclass
class AtDesk:
    """A workspace of results made by hand, and a screen on it."""

    desk: Desk
    wb: Workbench
    screen: Screen

    def opened(self) -> Any:
        return self.screen.state("desk")["opened"]

    def open(self, submission_id: str) -> Any:
        self.screen.ask("bench.select", selection={"kind": "submission", "id": submission_id})
        self.screen.ask("desk.refresh")
        return self.opened()


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AtDesk]:
    desk = Desk(tmp_path, clock=Clock(datetime.now(UTC)))
    down = DuckDbTarget(tmp_path / "nowhere" / "warehouse.duckdb")
    wb = Workbench(tmp_path / "workspace", targets={"down": down})
    yield AtDesk(desk, wb, Screen(Bench(wb, PANELS, name="bench")))
    wb.close()
    desk.workspace.records.close()


def kinds(faults: list[dict[str, Any]]) -> list[str]:
    return [fault["kind"] for fault in faults]


def test_who_may_not_approve_is_told_why_before_she_tries(at: AtDesk) -> None:
    submission = at.desk.submit()
    (fault,) = at.open(submission.id)["approve"]
    assert fault["hint"] == "write your name at “You act as”"
    at.screen.ask("desk.act_as", person="Ann")
    (fault,) = at.opened()["approve"]
    assert (fault["kind"], fault["who"]) == ("FourEyesError", "Anybody else who may approve here.")
    at.screen.ask("desk.act_as", person="ben")
    assert at.opened()["approve"] == []
    refused = at.screen.ask("desk.approve", submission=submission.id, comment=" ")
    assert refused["kind"] == "CommentRequiredError"
    assert at.wb.approvals() == []


def test_a_rejection_is_on_the_draft_that_it_becomes(at: AtDesk) -> None:
    submission = at.desk.submit()
    at.screen.ask("desk.act_as", person="ben")
    at.open(submission.id)
    at.screen.ask("desk.reject", submission=submission.id, comment="too <b>mild</b>")
    assert at.opened()["rejection"]["comment"] == "too <b>mild</b>"
    assert at.screen.ask("desk.take_up", submission=submission.id) is None
    draft = at.screen.bench.draft
    assert [scenario.name for scenario in draft.scenarios] == ["stress"]
    assert draft.dag.name == "hand-made"
    assert "too <b>mild</b>" in at.screen.state("bench")["notices"][-1]


def test_it_is_reviewed_approved_rehearsed_published_and_withdrawn(at: AtDesk) -> None:
    submission = at.desk.submit()
    ask = at.screen.ask
    ask("desk.act_as", person="ben")
    at.open(submission.id)
    tables = {each["name"]: each for each in ask("desk.review", submission=submission.id)["tables"]}
    assert ["star", "amount", "10.00", "10.00", "0.00"] in tables["figures"]["rows"]
    ask("desk.write", form=f"decide {submission.id}", fields={"comment": "agreed"})
    approval = ask("desk.approve", submission=submission.id, comment="agreed")
    assert at.screen.state("desk")["forms"] == {}
    ask("publishing.choose", target="local")
    ask("publishing.rehearse", approval=approval, target="local")
    dry = at.screen.state("publishing")["rehearsed"]
    assert {each["column"]: each["sum"] for each in dry["sums"]} == {
        "fact_position.amount": "20.00"
    }
    assert at.wb.publications() == []
    ask("publishing.publish", approval=approval, target="local")
    receipt = at.screen.state("publishing")["ended"]["receipt"]
    assert receipt["new"]
    (row,) = at.screen.state("history")["rows"]
    assert (row["id"], row["by"], row["withdrawn"]) == (receipt["id"], "ben", None)
    ask("desk.look", view="history")
    ask("bench.select", selection={"kind": "publication", "id": receipt["id"]})
    assert [h for h, _ in ask("history.story", publication=receipt["id"])
                             if h == "published"] == ["published"]  # fmt: skip
    ask("history.withdraw", publication=receipt["id"], reason="wrong rates")
    (row,) = at.screen.state("history")["rows"]
    assert row["withdrawn"]["reason"] == "wrong rates"
    assert ask("history.verify")["number"] == at.wb.verify_log().number


def test_its_phases_are_told_in_order(at: AtDesk) -> None:
    approval = at.desk.approved()
    steps: list[Any] = []
    at.wb.publish(approval.id, by="pat", monitor=steps.append)
    phases = list(dict.fromkeys(step.phase for step in steps))
    assert phases == ["checking", "preparing", "staging", "committing", "refreshing"]
    staged = [step for step in steps if step.phase == "staging"]
    assert [step.finished for step in staged] == list(range(staged[0].total))


def test_a_target_that_is_down_is_told_and_nothing_is_done(at: AtDesk) -> None:
    approval = at.desk.approved()
    at.screen.ask("desk.act_as", person="pat")
    at.open(approval.submission_id)
    at.screen.ask("publishing.choose", target="down")
    at.screen.ask("publishing.rehearse", approval=approval.id, target="down")
    at.screen.ask("publishing.publish", approval=approval.id, target="down")
    state = at.screen.state("publishing")
    assert (state["running"], "can't be opened" in state["ended"]["fault"]["what"]) == (None, True)
    assert at.wb.publications() == []


def test_nothing_is_published_that_was_not_rehearsed_there(at: AtDesk) -> None:
    approval = at.desk.approved()
    at.screen.ask("desk.act_as", person="pat")
    at.open(approval.submission_id)
    at.screen.ask("publishing.rehearse", approval=approval.id, target="down")
    refused = at.screen.ask("publishing.publish", approval=approval.id, target="local")
    assert (refused["kind"], refused["where"]) == ("NotRehearsedError", "local")
    assert at.wb.publications() == []


def test_what_was_withdrawn_is_not_offered_again(at: AtDesk) -> None:
    approval = at.desk.approved()
    receipt = at.wb.publish(approval.id, by="pat")
    assert at.open(approval.submission_id)["places"][1]["faults"] == []
    at.wb.withdraw(receipt.publish_id, reason="wrong rates", by="ben")
    down, local = at.open(approval.submission_id)["places"]
    assert (down["name"], down["faults"], down["published"]) == ("down", [], None)
    (fault,) = local["faults"]
    assert fault["what"] == "it was withdrawn by ben: wrong rates"
    assert fault["who"].startswith("The author and an approver")


def test_its_code_approves_for_the_chosen_warehouses(at: AtDesk) -> None:
    submission = at.desk.submit()
    ask = at.screen.ask
    ask("desk.act_as", person="ben")
    at.open(submission.id)
    fields = {"comment": "agreed", "only": "yes", "targets": "local"}
    ask("desk.write", form=f"decide {submission.id}", fields=fields)
    found: dict[str, Any] = {"wb": at.wb}
    exec(ask("bench.show_code", panel="desk"), found)  # noqa: S102 - the code that the screen shows
    assert dict(found["apr"].targets) == {"local": at.wb.target("local").identity}
    assert found["apr"].comment == "agreed"
    opened = at.open(submission.id)
    assert opened["approval"]["targets"] == ["local"]
    assert kinds(opened["places"][0]["faults"]) == ["WrongTargetError"]
    ask("desk.close")
    assert at.opened() is None


def test_its_code_gives_the_same_receipt(at: AtDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    (at.desk.folder / "here").mkdir()
    monkeypatch.chdir(at.desk.folder / "here")
    approval = at.desk.approved()
    ask = at.screen.ask
    ask("desk.act_as", person="pat")
    at.open(approval.submission_id)
    ask("publishing.rehearse", approval=approval.id, target="local")
    ask("publishing.publish", approval=approval.id, target="local")
    found: dict[str, Any] = {"wb": at.wb}
    exec(ask("bench.show_code", panel="desk"), found)  # noqa: S102 - the code that the screen shows
    shown = at.screen.state("publishing")
    assert found["receipt"].publish_id == shown["ended"]["receipt"]["id"]
    assert not found["receipt"].new
    assert {c: str(t) for c, t in found["dry"].sums.items()} == {
        each["column"]: each["sum"] for each in shown["rehearsed"]["sums"]
    }
    assert verify_pack(Path(f"evidence {approval.id}.zip")).holds
    assert [path.suffix for path in Path("Liquidity").glob("*.pbip")] == [".pbip"]
    assert found["checks"].ok
    packed = ask("publishing.evidence_file", approval=approval.id)
    assert base64.b64decode(packed["base64"]) == Path(packed["name"]).read_bytes()


def test_its_code_tells_the_history_and_withdraws(at: AtDesk) -> None:
    receipt = at.wb.publish(at.desk.approved().id, by="pat")
    ask = at.screen.ask
    ask("desk.act_as", person="ben")
    ask("desk.refresh")
    ask("desk.look", view="history")
    ask("bench.select", selection={"kind": "publication", "id": receipt.publish_id})
    ask("desk.write", form=f"withdraw {receipt.publish_id}", fields={"reason": "wrong rates"})
    story, head = ask("history.story", publication=receipt.publish_id), ask("history.verify")
    found: dict[str, Any] = {"wb": at.wb}
    exec(ask("bench.show_code", panel="desk"), found)  # noqa: S102 - the code that the screen shows
    assert [list(line) for line in found["story"].lines] == story
    assert (found["head"].number, found["head"].hash) == (head["number"], head["hash"])
    assert [each.publish_id for each in found["published"]] == [receipt.publish_id]
    ask("desk.refresh")
    (row,) = at.screen.state("history")["rows"]
    assert (row["withdrawn"]["by"], row["withdrawn"]["reason"]) == ("ben", "wrong rates")


def test_what_is_picked_as_evidence_is_submitted_by_the_screen_and_by_its_code(
    deals: ImpactAnalysis, spark: SparkSession, tmp_path: Path
) -> None:
    wb = Workbench(tmp_path / "workspace", session=spark)
    screen = Screen(Bench(wb, PANELS, name="bench"))
    with screen.bench.changing():
        screen.bench.compare(deals)
    ask, variant = screen.ask, "conservative@enrich"
    ask("desk.act_as", person="ann")
    ask("bench.select", selection={"kind": "variant", "id": variant})
    for content in (b"first", b"second"):  # of one name there is one
        text = base64.b64encode(content).decode()
        ask("desk.attach", variant=variant, name="minutes.txt", content=text)
    ask("desk.attach", variant=variant, name="other.txt", content="")
    form = screen.state("desk")["forms"][f"submit {variant}"]
    ask("desk.detach", variant=variant, file=form["files"].splitlines()[1])
    ask("desk.write", form=f"submit {variant}", fields={"reason": "month end"})
    ask("desk.look", view="submit")
    found: dict[str, Any] = {"wb": wb}
    exec(ask("bench.show_code", panel="desk"), found)  # noqa: S102 - what the screen shows
    done = ask("desk.submit", variant=variant, reason="month end")
    both = [wb.review(each) for each in (done, found["sub"].id)]
    assert {review.files["evidence/minutes.txt"] for review in both} == {b"second"}
    assert "evidence/other.txt" not in both[0].files
    one, other = (review.tables["figures"] for review in both)
    pd.testing.assert_frame_equal(one, other)
    assert {review.submission.comment for review in both} == {"month end"}
    assert screen.state("desk")["forms"] == {}
    assert not list((tmp_path / "workspace" / "drafts" / "bench evidence").iterdir())
    named = ask("desk.file", submission=done, name="evidence/minutes.txt")
    assert (named["name"], base64.b64decode(named["base64"])) == ("minutes.txt", b"second")


def test_a_form_can_name_no_file_but_those_that_were_picked(
    deals: ImpactAnalysis, tmp_path: Path
) -> None:
    screen = Screen(Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench"))
    with screen.bench.changing():
        screen.bench.compare(deals)
    variant = "conservative@enrich"
    screen.ask("desk.act_as", person="ann")
    fields = {"files": "../../../../etc/passwd"}
    screen.ask("desk.write", form=f"submit {variant}", fields=fields)
    refused = screen.ask("desk.submit", variant=variant, reason="month end")
    assert refused["hint"] == "pick it again"
    assert screen.bench.workbench.submissions() == []
