from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from liqbench.errors import DocumentError, FaultsError
from liqbench.model import Adjustment, AdjustmentRule, Scenario, load_scenarios, save_scenarios


def rule(rule_id: str, stage: str | None = None, value: object = 0.95) -> AdjustmentRule:
    change = Adjustment(field="liquidity_factor", operation="multiply", value=value)
    return AdjustmentRule(rule_id=rule_id, stage=stage, adjustments=(change,))


MILD = Scenario(name="mild", rules=(rule("M1"),), description="a little")
SEVERE = Scenario(
    name="severe",
    rules=(rule("S1", "enrich"), rule("S2", "calc"), rule("S3", "enrich"), rule("S4")),
)


def ids(rules: tuple[AdjustmentRule, ...]) -> list[str]:
    return [item.rule_id for item in rules]


def fault(**fields: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        Scenario.from_json({"name": "mild", "rules": [rule("R1").to_json()], **fields})
    return str(caught.value)


def test_a_file_of_scenarios_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = save_scenarios([MILD, SEVERE], tmp_path / "deep" / "a.liqscenarios.json")
    assert load_scenarios(file) == (MILD, SEVERE)
    assert [item.content_hash for item in load_scenarios(file)] == [
        MILD.content_hash,
        SEVERE.content_hash,
    ]


def test_rules_with_a_stage_apply_there_and_those_without_anywhere() -> None:
    assert ids(SEVERE.rules_for("enrich")) == ["S1", "S3", "S4"]
    assert ids(SEVERE.rules_for("calc")) == ["S2", "S4"]
    assert ids(SEVERE.rules_for("elsewhere")) == ["S4"]


def test_stages_come_once_and_in_the_order_of_the_rules() -> None:
    scenario = Scenario(name="s", rules=SEVERE.rules[:3])
    assert scenario.stages() == ("enrich", "calc")


def test_a_rule_without_a_stage_leaves_the_place_open() -> None:
    with pytest.raises(DocumentError) as caught:
        SEVERE.stages()
    assert str(caught.value) == (
        "scenario 'severe', rule 'S4': has no stage, so the place to apply it is open "
        "(give injection_points, or a stage to every rule)"
    )


def test_the_hash_is_of_the_name_and_the_rules() -> None:
    def hash_of(name: str = "s", value: object = 0.95, ids: tuple[str, ...] = ("A", "B")) -> str:
        return Scenario(name=name, rules=tuple(rule(i, value=value) for i in ids)).content_hash

    assert hash_of() == hash_of(value=Decimal("0.950"))
    assert len({hash_of(), hash_of("t"), hash_of(value=0.96), hash_of(ids=("B", "A"))}) == 4
    described = MILD.model_copy(update={"description": "other words"})
    assert described.content_hash == MILD.content_hash


def test_two_rules_of_one_name_are_refused() -> None:
    twice = [rule("R1").to_json(), rule("R2").to_json(), rule("R1").to_json()]
    assert fault(rules=twice) == "scenario 'mild': two rules are called 'R1'"


def test_a_scenario_without_rules_is_refused() -> None:
    assert fault(rules=[]) == "scenario 'mild': rules: is empty"


def test_a_fault_in_a_rule_names_its_place() -> None:
    bad = {"rule_id": "R1", "adjustments": [{"field": "x", "operation": "add", "value": None}]}
    assert fault(rules=[rule("R0").to_json(), bad]) == (
        "scenario 'mild': rules.1.adjustments.0: 'add' needs a value"
    )


def test_a_name_holds_no_at_sign_which_separates_it_from_its_injection_point() -> None:
    assert fault(name="mild@enrich").startswith("scenario 'mild@enrich': name: ")


def write(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "s.liqscenarios.json"
    file.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("text", ["[]", "{}", '{"schema": "liqdag/1", "operators": []}'])
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str) -> None:
    file = write(tmp_path, text)
    with pytest.raises(DocumentError) as caught:
        load_scenarios(file)
    assert str(caught.value) == (
        f"{file}: this is no file of scenarios: its schema is not 'liqscenarios/1'"
    )


@pytest.mark.parametrize("rest", ["", ', "scenarios": []', ', "scenarios": 5'])
def test_a_file_without_scenarios_is_refused(tmp_path: Path, rest: str) -> None:
    file = write(tmp_path, f'{{"schema": "liqscenarios/1"{rest}}}')
    with pytest.raises(DocumentError) as caught:
        load_scenarios(file)
    assert str(caught.value) == f"{file}: holds no scenario"


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        save_scenarios([MILD, SEVERE, MILD], tmp_path / "s.json")
    assert str(caught.value) == "2 scenarios are called 'mild' (rename one)"

    mild = json.dumps(MILD.to_json())
    file = write(tmp_path, f'{{"schema": "liqscenarios/1", "scenarios": [{mild}, {mild}]}}')
    with pytest.raises(DocumentError) as caught:
        load_scenarios(file)
    assert str(caught.value) == f"{file}: 2 scenarios are called 'mild' (rename one)"


def test_every_faulty_scenario_of_a_file_is_told(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '{"schema": "liqscenarios/1", "scenarios": [{"name": "a", "rules": []}, {"rules": []}, 5]}',
    )
    with pytest.raises(FaultsError) as caught:
        load_scenarios(file)
    assert [str(fault) for fault in caught.value.faults] == [
        f"{file}, scenario 'a': rules: is empty",
        f"{file}, scenario: name: is missing; rules: is empty",
        f"{file}, scenario: an object is needed, not int",
    ]
