"""The way of a variant, from an analysis and from hand-made results."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.governance.desk import ROWS, Desk

from liqbench import DagBuilder, DuckDbTarget, ImpactAnalysis, LiqbenchError, Workbench, samples
from liqbench.errors import (
    GovernanceError,
    IdentityError,
    RuleNotApprovedError,
    SettingError,
    UnknownResultError,
)
from liqbench.governance import GovernanceSettings, TrustSettings


def test_the_way_from_an_analysis_to_the_warehouse(
    bench: Workbench, banks: ImpactAnalysis, tmp_path: Path
) -> None:
    bench.targets["own"] = DuckDbTarget(tmp_path / "own.duckdb")
    submission = bench.submit(banks["less_stable_plus_5"], by="ann", comment="stress")
    assert (submission.state, submission.author) == ("submitted", "ann")
    approval = bench.approve(submission.id, by="ben", comment="agreed", targets=["own"])
    assert approval.content_hash == submission.content_hash
    assert bench.submission(submission.id).state == "approved"
    receipt = bench.publish(approval.id, target="own", by="pat")
    assert receipt.new
    assert receipt.trust == "local"
    assert str(receipt).endswith("rows, approved by local trust only")
    assert bench.submission(submission.id).state == "published"
    assert not bench.publish(approval.id, target="own").new


def test_a_dag_without_a_star_schema_has_nothing_to_publish(
    bench: Workbench, banks: ImpactAnalysis
) -> None:
    dag = banks.base.dag
    builder = DagBuilder("plain")
    for operator in dag.operators:
        if operator.operator_type != "star_schema":
            builder.add_operator(operator)
    plain = builder.build().at_folder(dag.folder)
    analysis = bench.analyze(plain, samples.disclosure_scenarios()[:1], as_of="2025-12-31")
    with pytest.raises(GovernanceError, match="the DAG has no star_schema"):
        bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")


def test_an_unapproved_rule_is_explored_but_not_submitted(
    bench: Workbench, banks: ImpactAnalysis
) -> None:
    given = samples.disclosure_scenarios()[0]
    rules = tuple(rule.model_copy(update={"approval": None}) for rule in given.rules)
    scenario = given.model_copy(update={"rules": rules})
    analysis = bench.analyze(banks.base.dag, [scenario], as_of="2025-12-31")
    approved = banks["less_stable_plus_5"].result().table("lcr")
    assert analysis["less_stable_plus_5"].result().table("lcr").equals(approved)
    with pytest.raises(RuleNotApprovedError, match="rule 'RET-LESS-5': nobody approved it"):
        bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")


@pytest.mark.parametrize(
    "scenarios",
    [samples.disclosure_scenarios, samples.lcr_scenarios, samples.stress_scenarios],
)
def test_the_samples_rules_may_be_submitted(desk: Desk, scenarios: object) -> None:
    assert callable(scenarios)
    for scenario in scenarios():
        rules = [rule.model_copy(update={"stage": None}).to_json() for rule in scenario.rules]
        assert desk.submit(*rules, name=scenario.name).state == "submitted"


def test_an_approval_tells_its_trust_and_its_time(desk: Desk) -> None:
    approval = desk.approved()
    assert str(approval) == (
        f"{approval.id}: stress@deals approved by ben, by local trust only, valid until 2026-02-14"
    )
    assert "trust='local'" in repr(approval)
    assert (approval.author, approval.approver, approval.comment) == ("ann", "ben", "agreed")
    assert approval.audit == desk.process.audit.entries()[0].head


def test_every_step_is_in_the_audit_log(desk: Desk) -> None:
    submission = desk.submit()
    approval = desk.approve(submission)
    receipt = desk.publish(approval.id)
    assert not desk.publish(approval.id).new
    told = [(entry.who, entry.what, entry.subject) for entry in desk.process.audit.entries()]
    assert told == [
        ("ann", "submitted", submission.id),
        ("ben", "approved", approval.id),
        ("pat", "published", receipt.publish_id),
    ]
    assert desk.process.publisher.check_log().number == 3


def test_a_second_target_is_a_second_publication(desk: Desk, tmp_path: Path) -> None:
    approval = desk.approved()
    other = DuckDbTarget(tmp_path / "other.duckdb")
    assert desk.publish(approval.id).new
    assert desk.publish(approval.id, name="other", target=other).new
    assert [entry.details["target"] for entry in desk.process.audit.entries(what="published")] == [
        "local",
        "other",
    ]


def test_a_publication_whose_note_was_lost_is_noted_by_the_next_try(desk: Desk) -> None:
    """The process dies between the warehouse's commit and the note."""
    approval = desk.approved()
    desk.target.publish(desk.publications(approval), name="local")
    assert desk.process.submission(approval.submission_id).state == "approved"
    assert not desk.publish(approval.id).new
    assert desk.process.submission(approval.submission_id).state == "published"
    assert len(desk.process.audit.entries(what="published")) == 1


def test_a_failed_step_leaves_no_entry(desk: Desk) -> None:
    submission = desk.submit()
    with pytest.raises(GovernanceError):
        desk.approve(submission, by="ann")
    with pytest.raises(UnknownResultError, match="there is no submission 'sub-1'"):
        desk.process.approve("sub-1", by="ben", comment="agreed")
    with pytest.raises(UnknownResultError):
        desk.process.reject("sub-1", by="ben", comment="agreed")
    assert [entry.what for entry in desk.process.audit.entries()] == ["submitted"]


def test_what_the_warehouse_refuses_is_not_noted_as_published(desk: Desk) -> None:
    approval = desk.approved(total="10.01")
    with pytest.raises(LiqbenchError, match=r"amount 10\.00 instead of 10\.01"):
        desk.publish(approval.id)
    assert desk.process.submission(approval.submission_id).state == "approved"
    assert desk.process.audit.entries(what="published") == []


def test_an_approval_holds_to_its_last_moment(desk: Desk) -> None:
    approval = desk.approved()
    desk.clock.pass_(days=30)
    assert desk.publish(approval.id).new


def test_an_approval_for_one_target_is_published_there(desk: Desk) -> None:
    approval = desk.approve(desk.submit(), targets={"local": desk.target.identity})
    assert desk.publish(approval.id).new


def test_a_step_without_a_person_is_refused(desk: Desk) -> None:
    for nobody in (None, " "):
        with pytest.raises(IdentityError, match="names the person"):
            desk.process.submit(desk.evidence(), by=nobody, comment="stress")


def test_a_second_bench_on_the_workspace_publishes_what_the_first_approved(desk: Desk) -> None:
    """Another process needs neither Spark nor the notebook that made the analysis."""
    desk.clock.now = datetime.now(UTC)
    approval = desk.approved()
    desk.workspace.records.close()
    other = Workbench(desk.folder / "workspace", session="local[1]")
    try:
        assert [found.id for found in other.approvals()] == [approval.id]
        assert other.publish(approval.id).new
        assert other.target().query("SELECT amount FROM fact_position").shape == (2, 1)
        assert "spark" not in vars(other)
        assert other.status().loc["trust", "state"] == "local"
    finally:
        other.close()
    (published,) = desk.process.audit.entries(what="published")
    assert published.who.startswith("account ")


def test_what_is_published_is_what_was_submitted(desk: Desk) -> None:
    desk.publish(desk.approved(rows=[*ROWS, ("2025-12-31", "B", "Bank B", "0.05")]).id)
    found = desk.target.query(
        "SELECT entity_id, CAST(sum(amount) AS VARCHAR) AS amount FROM fact_position "
        "JOIN dim_entity USING (entity_key) JOIN dim_scenario USING (scenario_key) "
        "WHERE scenario = 'stress' GROUP BY 1 ORDER BY 1"
    )
    assert list(found.itertuples(index=False, name=None)) == [("A", "10.00"), ("B", "0.05")]


def test_keys_in_the_workspace_are_no_persons_keys(tmp_path: Path) -> None:
    settings = GovernanceSettings(
        trust=TrustSettings(path=tmp_path / "trust.json"), keys=tmp_path / "workspace" / "keys"
    )
    with pytest.raises(SettingError, match="the keys are inside the workspace"):
        Desk(tmp_path, settings)


def test_a_folder_in_other_use_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(LiqbenchError, match="is no workspace and not empty"):
        Workbench(tmp_path)
