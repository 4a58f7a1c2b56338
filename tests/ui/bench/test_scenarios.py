"""Scenarios on the screen: written, looked up, planned, compared, kept and taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from tests.ui.bench.asking import Screen

from liqbench import ImpactAnalysis, samples
from liqbench.engine import check_cancelled
from liqbench.model import Scenario
from liqbench.ui.bench import PANELS, Bench, Draft
from liqbench.ui.workbench import Workbench


@pytest.fixture
def screen(
    bench: Workbench, deals: ImpactAnalysis, request: pytest.FixtureRequest
) -> Iterator[Screen]:
    """A screen on the sample's DAG with its scenarios, each test's under its own name."""
    name = request.node.name.replace("[", " ").replace("]", "")[:70]
    draft = Draft.begun(deals.base.dag, deals.base.as_of, samples.lcr_scenarios()[:2], ())
    screen = Screen(Bench(bench, PANELS, name=name, given=draft))
    screen.settled()
    yield screen
    screen.settled()  # what still looks must not outlive the session


def scenario(screen: Screen, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in screen.states["scenarios"]["scenarios"] if each["name"] == name
    )
    return found


def test_a_rule_is_written_step_by_step_and_counts_when_it_is_one(screen: Screen) -> None:
    screen.ask("scenarios.add", name="mine")
    assert screen.states["bench"]["selection"] == {"kind": "rule", "id": "mine / RULE-1"}
    (rule,) = scenario(screen, "mine")["rules"]
    assert rule["new"]
    assert "adjustments" in rule["unfinished"]["what"]
    assert [each.name for each in screen.bench.draft.scenarios] == ["conservative", "baseline"]
    written = {
        "rule_id": "LARGE", "stage": "enrich", "reason": "tested",
        "conditions": [{"any": [{"field": "balance", "operator": ">=", "value": "1000000.50"}]}],
        "adjustments": [{"field": "liquidity_factor", "operation": "multiply", "value": "1.1"}],
    }  # fmt: skip
    assert screen.ask("scenarios.write", scenario="mine", rule_id="RULE-1", rule=written) == "LARGE"
    (rule,) = scenario(screen, "mine")["rules"]
    assert (rule["id"], rule["new"], rule["unfinished"]) == ("LARGE", False, None)
    assert rule["words"] == "where (balance >= 1000000.5): multiply liquidity_factor by 1.1"
    own = screen.bench.draft.scenarios[-1]
    assert own.rules[0].adjustments[0].value == Decimal("1.1")
    screen.ask("bench.undo")
    assert scenario(screen, "mine")["rules"][0]["new"]


def test_what_is_no_rule_any_more_is_kept_beside_the_last_one_that_was(screen: Screen) -> None:
    before = screen.bench.draft.scenarios[0]
    rule = before.rules[0].to_json()
    rule["adjustments"] = [{"field": "liquidity_factor", "operation": "multiply", "value": ""}]
    screen.ask("scenarios.write", scenario="conservative", rule_id="CON-RUNOFF", rule=rule)
    assert screen.bench.draft.scenarios[0] == before
    told = scenario(screen, "conservative")["rules"][0]
    assert told["unfinished"]["what"] == "adjustments.0.value: is missing"
    assert screen.ask("scenarios.plan")["what"].startswith("Not finished: conservative / CON-RUNO")
    screen.ask("scenarios.discard", scenario="conservative", rule_id="CON-RUNOFF")
    assert scenario(screen, "conservative")["rules"][0]["unfinished"] is None


def test_an_approval_goes_with_what_was_approved(screen: Screen) -> None:
    rule = screen.bench.draft.scenarios[0].rules[0].to_json()
    screen.ask("scenarios.write", scenario="conservative", rule_id="CON-RUNOFF", rule=rule)
    assert scenario(screen, "conservative")["rules"][0]["approved"] == "risk_admin"
    rule["reason"] = "another one"
    screen.ask("scenarios.write", scenario="conservative", rule_id="CON-RUNOFF", rule=rule)
    assert scenario(screen, "conservative")["rules"][0]["approved"] is None


def test_an_approval_is_noted_until_the_rule_changes(screen: Screen) -> None:
    rule = screen.bench.draft.scenarios[0].rules[0].to_json()
    del rule["approval"]
    asked = {"scenario": "conservative", "rule_id": "CON-RUNOFF"}
    screen.ask("scenarios.write", **asked, rule=rule)
    assert screen.ask("scenarios.note_approval", **asked, by=" ")["what"] == "nobody is named"
    screen.ask("scenarios.note_approval", **asked, by=" risk committee ")
    noted = screen.bench.draft.scenarios[0].rules[0]
    assert noted.approval is not None
    assert noted.approval.user == "risk committee"
    assert noted.approval.timestamp.utcoffset() == timedelta(0)
    assert noted.to_json() | {"approval": None} == rule | {"approval": None}
    screen.ask("scenarios.write", **asked, rule=noted.to_json() | {"reason": "another one"})
    assert screen.bench.draft.scenarios[0].rules[0].approval is None
    unfinished = rule | {"adjustments": []}
    screen.ask("scenarios.write", **asked, rule=unfinished)
    refused = screen.ask("scenarios.note_approval", **asked, by="Ben")
    assert refused["what"] == "it is not finished"


def test_what_the_selected_rule_touches_is_looked_up(screen: Screen, deals: ImpactAnalysis) -> None:
    """Counts and sums are those of the same question asked of the rows in pandas."""
    selection = {"kind": "rule", "id": "conservative / CON-RUNOFF"}
    screen.ask("bench.select", selection=selection)
    screen.settled()
    told = screen.states["scenarios"]
    assert (told["matching"], told["place"]) == (False, "enrich")
    match = told["match"]
    enriched = deals.base.frame("enrich").toPandas()
    rule = enriched[
        enriched["x_lcr_code"].isin(["O.RET.LESS", "O.SME.LESS"]) & (enriched["balance"] >= 100_000)
    ]
    assert (match["rows"], match["of"]) == (len(rule), len(enriched))
    assert match["amount_field"] == "balance"
    # It is in the currency of each deal, so there is a sum in each and none over all.
    assert match["amount"] is None
    assert {each["group"]: Decimal(each["amount"]) for each in match["currencies"]} == {
        currency: sum(own) for currency, own in rule.groupby("currency_code")["balance"]
    }
    assert match["touched_groups"] == rule[match["group_field"]].nunique()
    assert match["all_groups"] == enriched[match["group_field"]].nunique()
    old, new = match["examples"][0]["changes"]["liquidity_factor"]
    assert Decimal(new) == Decimal(old) * Decimal("1.5")
    assert {field["name"]: field["key"] for field in told["fields"]}["balance"] is False
    screen.ask("scenarios.look_at", amount="(none)", group="(none)")
    screen.settled()
    match = screen.states["scenarios"]["match"]
    assert (match["rows"], match["amount"], match["groups"]) == (len(rule), None, [])


def test_a_condition_is_looked_at_before_anything_is_changed(screen: Screen) -> None:
    screen.ask("scenarios.add", name="mine")
    rule = {"rule_id": "RULE-1", "stage": "enrich", "adjustments": [],
            "conditions": [{"field": "balance", "operator": "<", "value": "0"}]}  # fmt: skip
    screen.ask("scenarios.write", scenario="mine", rule_id="RULE-1", rule=rule)
    screen.settled()
    match = screen.states["scenarios"]["match"]
    assert (match["at"], match["rows"], match["examples"]) == ("enrich", 0, [])
    rule["conditions"] = [{"field": "balanse", "operator": "<", "value": "0"}]
    screen.ask("scenarios.write", scenario="mine", rule_id="RULE-1", rule=rule)
    screen.settled()
    assert "did you mean 'balance'" in screen.states["scenarios"]["match"]["fault"]["hint"]


def test_the_values_that_occur_come_with_their_counts(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    told = screen.ask("scenarios.values", at="enrich", field="section")
    counts = deals.base.frame("enrich").toPandas()["section"].value_counts().to_dict()
    assert dict(told["values"]) == counts
    assert told["distinct"] == len(counts)


def test_the_plan_is_told_in_words(screen: Screen) -> None:
    screen.ask("scenarios.plan")
    assert screen.states["scenarios"]["planning"]
    screen.settled()
    told = screen.states["scenarios"]
    assert (told["planning"], told["plan_current"]) == (False, True)
    first = told["plan"]["variants"][0]
    assert first["name"] == "conservative@enrich + calc_base + agg_entity"
    draft = screen.bench.draft
    table = screen.bench.workbench.recalc_plan(draft.dag, draft.scenarios, as_of=draft.as_of)
    own = table[table["scenario"] == "conservative"]
    assert [(s["operator"], s["action"]) for s in first["steps"]] == list(
        zip(own["operator"], own["action"], strict=True)
    )
    reused = int((own["action"] == "reused").sum())
    assert f"{reused} reused" in first["words"]
    screen.ask("scenarios.set_points", points=["enrich"])
    assert not screen.states["scenarios"]["plan_current"]


def test_scenarios_are_copied_renamed_compared_and_removed(screen: Screen) -> None:
    assert screen.ask("scenarios.duplicate", name="conservative") == "conservative 2"
    assert screen.ask("scenarios.add_rule", scenario="conservative 2", like="CON-RUNOFF") == (
        "CON-RUNOFF-2"
    )
    screen.ask("scenarios.rename", old="conservative 2", new="harder")
    told = screen.ask("scenarios.compare", first="conservative", second="harder")
    assert {each["rule"]: each["state"] for each in told if each["state"] != "the same"} == {
        "CON-RUNOFF-2": "only in the second"
    }
    screen.ask("scenarios.move_rule", scenario="harder", rule_id="CON-RUNOFF-2", steps=-1)
    assert [rule["id"] for rule in scenario(screen, "harder")["rules"]][:2] == [
        "CON-RUNOFF-2", "CON-RUNOFF",
    ]  # fmt: skip
    refused = screen.ask("scenarios.rename", old="harder", new="baseline")
    assert refused["what"] == "there is a scenario 'baseline' already"
    assert screen.ask("scenarios.add", name="a@b")["kind"] == "DocumentError"
    screen.ask("scenarios.remove", name="harder")
    assert [each["name"] for each in screen.states["scenarios"]["scenarios"]] == [
        "conservative", "baseline",
    ]  # fmt: skip


def test_the_library_gives_and_keeps(screen: Screen) -> None:
    shelf = screen.ask("shelf.entries")
    stress = [entry for entry in shelf if entry["source"] == "example: stress of a balance sheet"]
    assert stress
    assert all(entry["missing"] for entry in stress if entry["missing"])
    assert screen.ask("shelf.take", source="example: LCR of deals", name="optimistic") == (
        "optimistic"
    )
    screen.ask("scenarios.describe", name="optimistic", description="mine")
    screen.ask("shelf.keep", name="optimistic")
    own = [entry for entry in screen.ask("shelf.entries") if entry["source"] == "workspace"]
    assert [(entry["name"], entry["description"]) for entry in own] == [("optimistic", "mine")]
    screen.ask("shelf.forget", name="optimistic")
    assert all(entry["source"] != "workspace" for entry in screen.ask("shelf.entries"))


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_files_bring_the_same_scenarios_back(screen: Screen, kind: str) -> None:
    before = screen.bench.draft.scenarios
    file = screen.ask("shelf.write", kind=kind, names=["conservative", "baseline"])
    assert screen.ask("shelf.read", **file) == ["conservative 2", "baseline 2"]
    after = screen.bench.draft.scenarios[2:]
    assert [each.rules for each in after] == [each.rules for each in before]
    assert screen.ask("shelf.read", file="x.json", text="{")["where"] == "x.json"


def test_its_code_gives_the_same_scenarios_and_plan(screen: Screen) -> None:
    screen.ask("scenarios.set_points", points=["enrich", "calc_base"])
    draft = screen.bench.draft
    *calls, last = screen.bench.panels["scenarios"].code().rstrip().rsplit("\n", 1)
    found: dict[str, Any] = {"wb": screen.bench.workbench}
    exec("\n".join(calls), found)  # noqa: S102 - the code that the screen shows
    assert found["scenarios"] == list[Scenario](draft.scenarios)
    assert found["dag"] == draft.dag
    plan = eval(last, found)  # noqa: S307 - as above
    screen.ask("scenarios.plan")
    screen.settled()
    told = screen.states["scenarios"]["plan"]["variants"]
    assert [step["action"] for each in told for step in each["steps"]] == list(plan["action"])
    assert [step["affected"] for each in told for step in each["steps"]] == [
        None if pd.isna(value) else value for value in plan["affected"]
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("half.json", '{"scenarios": [', id="half"),
        pytest.param("other.csv", "name,age\nAnn,41\n", id="other"),
        pytest.param("none.csv", "", id="none"),
    ],
)
def test_a_file_that_holds_no_scenarios_is_refused(screen: Screen, name: str, text: str) -> None:
    before = screen.bench.draft
    refused = screen.ask("shelf.read", file=name, text=text)
    assert name in f"{refused['where']} {refused['what']}"
    assert screen.bench.draft == before


def test_one_broken_rule_keeps_a_whole_file_out(screen: Screen) -> None:
    before = screen.bench.draft
    file = screen.ask("shelf.write", kind="json", names=["conservative", "baseline"])
    broken = file["text"].replace('"multiply"', '"multipy"', 1)
    assert broken != file["text"]
    refused = screen.ask("shelf.read", file="broken.json", text=broken)
    assert "broken.json" in f"{refused['where']} {refused['what']}"
    assert "multiply" in f"{refused['what']} {refused['hint']}"
    assert screen.bench.draft == before


def test_the_shelf_refuses_what_it_does_not_know_and_what_is_not_finished(screen: Screen) -> None:
    before = screen.bench.draft
    source = "example: LCR of deals"
    refused = screen.ask("shelf.take", source=source, name="optimistik")
    assert refused["kind"] == "UnknownResultError"
    assert "optimistic" in refused["hint"]
    assert screen.ask("shelf.take", source="nowhere", name="x")["kind"] == "UnknownResultError"
    assert "nobody" in screen.ask("shelf.keep", name="nobody")["what"]
    assert "nobody" in screen.ask("shelf.write", kind="csv", names=["nobody"])["what"]
    assert screen.ask("shelf.forget", name="nobody")["kind"] == "UnknownResultError"
    assert screen.bench.draft == before
    screen.ask("scenarios.add", name="mine")
    for refused in (
        screen.ask("shelf.keep", name="mine"),
        screen.ask("shelf.write", kind="json", names=["conservative", "mine"]),
    ):
        assert refused["what"] == "the rule 'RULE-1' is not finished"
        assert refused["where"] == "scenario 'mine'"


def test_what_is_taken_under_a_name_that_is_taken_gets_a_number(screen: Screen) -> None:
    before = screen.bench.draft.scenarios
    taken = screen.ask("shelf.take", source="example: LCR of deals", name="conservative")
    assert taken == "conservative 2"
    assert screen.bench.draft.scenarios[:2] == before
    assert screen.states["bench"]["selection"] == {"kind": "scenario", "id": "conservative 2"}


def held(monkeypatch: pytest.MonkeyPatch, work: str) -> threading.Event:
    """Hold a call of the workbench until it is cancelled or let go by the event returned."""
    let_go = threading.Event()
    real = getattr(Workbench, work)

    def waiting(*args: Any, **kwargs: Any) -> Any:
        while not let_go.wait(0.01):
            check_cancelled()
        return real(*args, **kwargs)

    monkeypatch.setattr(Workbench, work, waiting)
    return let_go


def test_counting_is_given_up_and_taken_up_again(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = held(monkeypatch, "match_rule")
    screen.ask("bench.select", selection={"kind": "rule", "id": "conservative / CON-RUNOFF"})
    assert screen.states["scenarios"]["matching"]
    screen.ask("scenarios.stop_looking")
    screen.settled()
    told = screen.states["scenarios"]
    assert (told["matching"], told["match"]) == (False, None)
    let_go.set()
    screen.ask("scenarios.look_again")
    screen.settled()
    told = screen.states["scenarios"]
    assert not told["matching"]
    assert told["match"]["at"] == "enrich"
    assert told["match"]["rows"] > 0


def test_a_plan_is_given_up_and_the_next_one_is_told(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go = held(monkeypatch, "run")
    screen.ask("scenarios.plan")
    assert screen.states["scenarios"]["planning"]
    screen.ask("scenarios.cancel_plan")
    screen.settled()
    told = screen.states["scenarios"]
    assert (told["planning"], told["plan"], told["plan_current"]) == (False, None, False)
    let_go.set()
    screen.ask("scenarios.plan")
    screen.settled()
    told = screen.states["scenarios"]
    assert (told["planning"], told["plan_current"]) == (False, True)
    assert {each["scenario"] for each in told["plan"]["variants"]} == {"conservative", "baseline"}
