"""Submitting, approving, and every way in which an approval must not hold."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from liqbench import DagBuilder, ImpactAnalysis, LiqbenchError, Workbench, samples
from liqbench.errors import (
    ChangedSinceApprovalError,
    CommentRequiredError,
    FourEyesError,
    GovernanceError,
    NotApprovedError,
    StateError,
    UnknownResultError,
)


@pytest.fixture
def own_bench(spark: SparkSession, tmp_path: Path) -> Iterator[Workbench]:
    bench = Workbench(tmp_path / "workspace", session=spark)
    yield bench
    bench.close()


@pytest.fixture
def analysis(own_bench: Workbench, tmp_path: Path) -> ImpactAnalysis:
    """The real banks, from a copy of the sample that a test may change."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    source = samples.disclosure_dag().folder
    for name in ("liq1.csv", "liq1_rows.csv"):
        (folder / name).write_bytes((source / name).read_bytes())
    dag = samples.disclosure_dag().at_folder(folder)
    return own_bench.analyze(dag, samples.disclosure_scenarios()[:1], as_of="2025-12-31")


@pytest.fixture
def approved(own_bench: Workbench, analysis: ImpactAnalysis) -> str:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    return own_bench.approve(submission.id, by="ben", comment="agreed").id


def nothing_was_published(bench: Workbench) -> bool:
    file = bench.targets["local"].file  # type: ignore[attr-defined]
    return not Path(file).exists()


def test_the_way_from_submission_to_publication(
    own_bench: Workbench, analysis: ImpactAnalysis
) -> None:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    assert (submission.state, submission.author) == ("submitted", "ann")
    approval = own_bench.approve(submission.id, by="ben", comment="agreed")
    assert approval.content_hash == submission.content_hash
    assert own_bench.submissions()[0].state == "approved"
    receipt = own_bench.publish(approval.id)
    assert receipt.new
    assert own_bench.submissions()[0].state == "published"
    assert not own_bench.publish(approval.id).new


@pytest.mark.parametrize("name", ["ann", "Ann", " ANN "])
def test_nobody_approves_their_own_work(
    own_bench: Workbench, analysis: ImpactAnalysis, name: str
) -> None:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    with pytest.raises(FourEyesError, match="submitted it and can't approve it"):
        own_bench.approve(submission.id, by=name, comment="fine")
    assert own_bench.submission(submission.id).state == "submitted"


@pytest.mark.parametrize("comment", ["", "  \n"])
def test_every_decision_needs_its_reason(
    own_bench: Workbench, analysis: ImpactAnalysis, comment: str
) -> None:
    with pytest.raises(CommentRequiredError, match="a comment is needed"):
        own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment=comment)
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    with pytest.raises(CommentRequiredError):
        own_bench.approve(submission.id, by="ben", comment=comment)
    with pytest.raises(CommentRequiredError):
        own_bench.reject(submission.id, by="ben", comment=comment)


def test_a_step_without_a_person_is_refused(own_bench: Workbench, analysis: ImpactAnalysis) -> None:
    with pytest.raises(GovernanceError, match="names the person"):
        own_bench.submit(analysis["less_stable_plus_5"], by=" ", comment="stress")


def test_a_submission_is_decided_once(own_bench: Workbench, analysis: ImpactAnalysis) -> None:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    rejected = own_bench.reject(submission.id, by="ben", comment="too mild")
    assert rejected.state == "rejected"
    with pytest.raises(StateError) as caught:
        own_bench.approve(submission.id, by="cleo", comment="still")
    assert str(caught.value) == (
        f"{submission.id}: is rejected, and only what is submitted can become approved"
    )
    assert own_bench.approvals() == []


def test_unknown_submissions_are_named(own_bench: Workbench) -> None:
    with pytest.raises(UnknownResultError, match="there is no submission 'sub-1'"):
        own_bench.approve("sub-1", by="ben", comment="agreed")


def test_what_is_not_approved_is_not_published(
    own_bench: Workbench, analysis: ImpactAnalysis
) -> None:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    with pytest.raises(NotApprovedError, match="this is a submission, and it is submitted"):
        own_bench.publish(submission.id)
    with pytest.raises(NotApprovedError, match="there is no such approval"):
        own_bench.publish("apr-1")
    assert nothing_was_published(own_bench)


def _edit_stage(bench: Workbench, folder: Path) -> None:
    del bench
    for file in (folder / "workspace" / "stages").rglob("*.parquet"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(bytes(data))


def _edit_stage_and_its_digests(bench: Workbench, folder: Path) -> None:
    """Put another stage's data under the approved name, with a lineage that fits it."""
    del bench
    stages = sorted((folder / "workspace" / "stages").glob("[0-9a-f]*"))
    lineages = {stage: json.loads((stage / "_lineage.json").read_text()) for stage in stages}
    for stage, lineage in lineages.items():
        twins = [
            other
            for other, known in lineages.items()
            if other != stage and known["operator_id"] == lineage["operator_id"]
        ]
        if not twins:  # the baseline has no adjustment records
            continue
        other = twins[0]
        for file in (stage / "data").iterdir():
            file.unlink()
        for file in (other / "data").iterdir():
            (stage / "data" / file.name).write_bytes(file.read_bytes())
        lineage["files"] = lineages[other]["files"]
        (stage / "_lineage.json").write_text(json.dumps(lineage))


def _edit_records(bench: Workbench, folder: Path) -> None:
    """Lose one of the adjustment records; what the variant has is as it was."""
    document = bench._process._records.list("submission")[0]["body"]["evidence"]
    (records,) = document["adjustments"].values()
    assert records["rows"] > 0
    stage = folder / "workspace" / "stages" / records["fingerprint"]
    lineage = json.loads((stage / "_lineage.json").read_text())
    for file in (stage / "data").glob("*.parquet"):
        file.unlink()
    lineage["files"] = {}
    (stage / "_lineage.json").write_text(json.dumps(lineage))


def _edit_input(bench: Workbench, folder: Path) -> None:
    del bench
    file = folder / "inbox" / "liq1.csv"
    file.write_text(file.read_text().replace("51603122205.52", "51603122205.53"))


def _lose_input(bench: Workbench, folder: Path) -> None:
    del bench
    (folder / "inbox" / "liq1.csv").unlink()


def _edit_record(old: str, new: str) -> Callable[[Workbench, Path], None]:
    def edit(bench: Workbench, folder: Path) -> None:
        bench.close()
        connection = sqlite3.connect(folder / "workspace" / "records.db")
        with connection:
            changed = connection.execute(
                "UPDATE documents SET body = replace(body, ?, ?) "
                "WHERE kind = 'submission' AND instr(body, ?)",
                (old, new, old),
            )
            assert changed.rowcount == 1
        connection.close()

    return edit


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_edit_stage, "files are not what was written"),
        (_edit_stage_and_its_digests, "is another one"),
        (_edit_records, "the adjustment records of operator 'adj_prepare' are other ones"),
        (_edit_input, "is not what it was when the run read it"),
        (_lose_input, "can't be read any more"),
        (_edit_record('"value": 0.05', '"value": 0.01'), "its record was changed"),
        (_edit_record('"as_of": "2025-12-31"', '"as_of": "2025-12-30"'), "its record was changed"),
    ],
)
def test_a_change_after_the_approval_voids_it(
    own_bench: Workbench,
    approved: str,
    tmp_path: Path,
    change: Callable[[Workbench, Path], None],
    message: str,
) -> None:
    change(own_bench, tmp_path)
    with pytest.raises(ChangedSinceApprovalError, match=message):
        own_bench.publish(approved)
    assert nothing_was_published(own_bench)


def test_a_change_before_the_approval_is_seen_by_it(
    own_bench: Workbench, analysis: ImpactAnalysis, tmp_path: Path
) -> None:
    submission = own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    _edit_input(own_bench, tmp_path)
    with pytest.raises(ChangedSinceApprovalError):
        own_bench.approve(submission.id, by="ben", comment="agreed")
    assert own_bench.approvals() == []


def test_a_dag_without_a_star_schema_has_nothing_to_publish(own_bench: Workbench) -> None:
    dag = samples.disclosure_dag()
    builder = DagBuilder("plain")
    for operator in dag.operators:
        if operator.operator_type != "star_schema":
            builder.add_operator(operator)
    plain = builder.build().at_folder(dag.folder)
    analysis = own_bench.analyze(plain, samples.disclosure_scenarios()[:1], as_of="2025-12-31")
    with pytest.raises(GovernanceError, match="the DAG has no star_schema"):
        own_bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")


def test_a_second_bench_on_the_workspace_publishes_what_the_first_approved(
    own_bench: Workbench, approved: str, tmp_path: Path
) -> None:
    """Another process needs neither Spark nor the notebook that made the analysis."""
    own_bench.close()
    other = Workbench(tmp_path / "workspace", session="local[1]")
    try:
        assert other.publish(approved).new
        assert "spark" not in vars(other)
    finally:
        other.close()


def test_a_folder_in_other_use_is_no_workspace(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(LiqbenchError, match="is no workspace and not empty"):
        Workbench(tmp_path)
