"""Scenarios as a sheet: what is written reads back as the same, and faults name their line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liqbench import samples
from liqbench.errors import DocumentError
from liqbench.model import Scenario
from liqbench.model.sheets import (
    load_scenario_sheet,
    read_scenario_sheet,
    save_scenario_sheet,
    scenario_sheet,
)

HEAD = "scenario,rule_id,part,group,field,operator,value"


@pytest.mark.parametrize(
    "scenarios",
    [samples.lcr_scenarios(), samples.disclosure_scenarios(), samples.stress_scenarios()],
)
def test_the_samples_are_the_same_afterwards(
    scenarios: tuple[Scenario, ...], tmp_path: Path
) -> None:
    path = save_scenario_sheet(scenarios, tmp_path / "scenarios.csv")
    assert load_scenario_sheet(path) == scenarios


scalars = st.one_of(
    st.text(st.characters(codec="utf-8"), min_size=1),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-1000, max_value=1000),
    st.sampled_from(["2025", "true", "null", "[1]", '"a"', " a ", "1e5", "2025-01-01"]),
)
comparisons: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda v: {"field": "a b", "operator": "=", "value": v}, scalars),
    st.builds(
        lambda v: {"field": "f", "operator": "in", "value": v}, st.lists(scalars, min_size=1)
    ),
    st.just({"field": "g", "operator": "is null"}),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds(lambda nodes: {"any": nodes}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda nodes: {"all": nodes}, st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=6,
)


@given(st.lists(conditions, max_size=4), scalars)
def test_whatever_a_rule_says_reads_back_as_the_same(nodes: list[Any], value: Any) -> None:
    change = {"field": "x", "operation": "set", "value": value}
    document = {"rule_id": "R", "conditions": nodes, "adjustments": [change]}
    scenario = Scenario.from_json({"name": "s", "rules": [document]})
    assert read_scenario_sheet(scenario_sheet([scenario]), where="it") == (scenario,)


def test_a_sheet_that_a_spreadsheet_wrote_is_read() -> None:
    text = (
        "\ufeffscenario;rule_id;part;group;field;operator;value\n"
        "low;R1;Condition;;product;=;BOND\n"
        "low;R1;condition;any 1;balance;>=;100,5\n"
        'low;R1;condition;any 1;rate;in;"[1, 2]"\n'
        "low;R1;adjustment;;factor;multiply;0.95\n"
        ";;;;;;\n"
    )
    (found,) = read_scenario_sheet(text, where="it")
    assert found.to_json() == {
        "name": "low",
        "rules": [
            {
                "rule_id": "R1",
                "conditions": [
                    {"field": "product", "operator": "=", "value": "BOND"},
                    {
                        "any": [
                            {"field": "balance", "operator": ">=", "value": "100,5"},
                            {"field": "rate", "operator": "in", "value": [1, 2]},
                        ]
                    },
                ],
                "adjustments": [{"field": "factor", "operation": "multiply", "value": 0.95}],
            }
        ],
    }
    assert found.rules[0].adjustments[0].value == Decimal("0.95")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["s,R,conditon,,f,=,1"], "it, line 2: part is 'conditon'"),
        (["s,R,condition,some 1,f,=,1"], "line 2: the group 'some 1' is none"),
        (["s,R,condition,any 2,f,=,1"], "line 2: the group 'any 2' does not follow"),
        (
            ["s,R,condition,any 1,f,=,1", "s,R,condition,all 1,f,=,1"],
            "line 3: the group 'all 1' does not follow",
        ),
        (["s,R,condition,,f,=,1"], "it, scenario 's': rules.0.adjustments: "),
        ([], "it: holds no scenario"),
    ],
)
def test_faults_name_their_line(lines: list[str], told: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read_scenario_sheet("\n".join([HEAD, *lines]), where="it")
    assert told in str(caught.value)


def test_a_sheet_of_something_else_is_told() -> None:
    with pytest.raises(DocumentError, match="has no column 'rule_id'"):
        read_scenario_sheet("scenario,rule,part\n", where="it")
