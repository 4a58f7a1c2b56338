"""Decision diagrams decide as the rules do that they are made of, asked one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liqbench.model import AllOf, AnyOf, Condition
from liqbench.regulation.classification import (
    Cells,
    Diagram,
    Kind,
    Rule,
    RuleGroup,
    RuleTable,
    diagrams_of,
    load_classification,
    never_matching,
)

Row = dict[str, Any]
KINDS: dict[str, Kind] = {
    "kind": "text", "colour": "text", "days": "number", "weight": "number", "open": "flag",
    "due": "other",
}  # fmt: skip
TEXTS = ("a", "b", "c", "ab")
NUMBERS = tuple(map(Decimal, ("-1", "0", "0.35", "30", "31")))


def holds(node: Any, row: Row) -> bool:
    """Tell whether a condition holds, as the condition language is defined."""
    if isinstance(node, AllOf):
        return all(holds(one, row) for one in node.all)
    if isinstance(node, AnyOf):
        return any(holds(one, row) for one in node.any)
    value, operator, asked = row[node.field], node.operator, node.value
    if operator in ("is null", "is not null"):
        return bool((value is None) == (operator == "is null"))
    if value is None:
        return False
    several = asked if isinstance(asked, tuple) else (asked,)
    if isinstance(value, Decimal):
        several = tuple(map(Decimal, map(str, several)))
    tests: dict[str, Callable[[], bool]] = {
        "=": lambda: value == several[0],
        "!=": lambda: value != several[0],
        "in": lambda: value in several,
        "not in": lambda: value not in several,
        "<": lambda: value < several[0],
        "<=": lambda: value <= several[0],
        ">": lambda: value > several[0],
        ">=": lambda: value >= several[0],
        "between": lambda: several[0] <= value <= several[-1],
        "starts with": lambda: str(value).startswith(several[0]),
    }
    return bool(tests[operator]())


def decided(entries: Sequence[Rule | RuleGroup], row: Row) -> tuple[bool, str | None]:
    """Ask the rules in order: whether one entry is entered, and which rule decides."""
    for entry in entries:
        if all(holds(node, row) for node in entry.when):
            if isinstance(entry, Rule):
                return True, entry.id
            return True, decided(entry.rules, row)[1]
    return False, None


def cell(cells: Cells, row: Row) -> int:
    """Return the cell of a row's value, as the class describes it."""
    value = row[cells.field]
    if cells.condition is not None:
        return int(holds(cells.condition, row))
    if value is None:
        return 0
    if cells.kind == "text":
        return cells.values.index(value) + 2 if value in cells.values else 1
    if cells.kind == "number":
        return 1 + sum(int(value >= edge) + int(value > edge) for edge in cells.values)
    return 2 if value is True else 1


def walked(diagram: Diagram, table: RuleTable, row: Row) -> str | None:
    state = 0
    for step in diagram.steps:
        for cells in step.fields:
            state = state * cells.width + cell(cells, row)
        state = step.table[state]
    return table.rules[state - 1].id if state else None


def comparisons() -> st.SearchStrategy[Condition]:
    texts, numbers = st.sampled_from(TEXTS), st.sampled_from(NUMBERS)

    def made(field: Any, operator: Any, value: Any) -> st.SearchStrategy[Condition]:
        return st.builds(Condition, field=field, operator=operator, value=value)

    text, number = st.sampled_from(("kind", "colour")), st.sampled_from(("days", "weight"))
    anything = st.sampled_from(tuple(KINDS))
    return st.one_of(
        made(text, st.sampled_from(("=", "!=")), texts),
        made(text, st.sampled_from(("in", "not in")), st.lists(texts, min_size=1, max_size=3)),
        made(text, st.just("starts with"), texts),
        made(number, st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), numbers),
        made(number, st.just("between"), st.tuples(numbers, numbers).map(sorted)),
        made(st.just("open"), st.sampled_from(("=", "!=")), st.booleans()),
        made(st.just("due"), st.sampled_from(("=", "<", ">=")), st.sampled_from(("x", "y"))),
        made(anything, st.sampled_from(("is null", "is not null")), st.none()),
    )


def nodes() -> st.SearchStrategy[Any]:
    return st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.builds(AnyOf, any=st.lists(inner, min_size=1, max_size=3).map(tuple)),
            st.builds(AllOf, all=st.lists(inner, min_size=1, max_size=3).map(tuple)),
        ),
        max_leaves=4,
    )


@st.composite
def tables(draw: st.DrawFn) -> RuleTable:
    names = iter(range(1000))
    conditions = st.lists(nodes(), max_size=2).map(tuple)

    def rule() -> Rule:
        return Rule(id=f"r{next(names)}", category="x", when=draw(conditions))

    def group(depth: int) -> RuleGroup:
        size = draw(st.integers(1, 3))
        entries: list[Rule | RuleGroup] = []
        for _ in range(size):
            deeper = depth and draw(st.booleans())
            entries.append(group(depth - 1) if deeper else rule())
        when = draw(st.lists(nodes(), min_size=1, max_size=2).map(tuple))
        return RuleGroup(name=f"g{next(names)}", when=when, rules=tuple(entries))

    groups = tuple(group(1) for _ in range(draw(st.integers(1, 3))))
    return RuleTable(assigns="code", rule_field="rule", groups=groups)


def rows() -> st.SearchStrategy[Row]:
    text = st.none() | st.sampled_from((*TEXTS, "z", "bc"))
    number = st.none() | st.sampled_from((*NUMBERS, *(n + Decimal("0.1") for n in NUMBERS)))
    return st.fixed_dictionaries(
        {
            "kind": text, "colour": text, "days": number, "weight": number,
            "open": st.none() | st.booleans(), "due": st.none() | st.sampled_from(("x", "y", "z")),
        }
    )  # fmt: skip


@settings(deadline=None, max_examples=50)
@given(tables(), st.lists(rows(), min_size=1, max_size=30))
def test_a_diagram_decides_as_its_rules_do(table: RuleTable, given_rows: list[Row]) -> None:
    diagram = diagrams_of({"lcr": table}, KINDS)["lcr"]
    for row in given_rows:
        assert walked(diagram, table, row) == decided(table.groups, row)[1]


@settings(deadline=None, max_examples=20)
@given(tables(), tables(), st.lists(rows(), min_size=1, max_size=20))
def test_two_tables_over_shared_cells_decide_each_for_itself(
    one: RuleTable, other: RuleTable, given_rows: list[Row]
) -> None:
    both = diagrams_of({"lcr": one, "nsfr": other}, KINDS)
    for row in given_rows:
        assert walked(both["lcr"], one, row) == decided(one.groups, row)[1]
        assert walked(both["nsfr"], other, row) == decided(other.groups, row)[1]


@settings(deadline=None, max_examples=20)
@given(tables(), st.lists(rows(), min_size=30, max_size=30))
def test_a_rule_that_can_never_match_matches_nothing(
    table: RuleTable, given_rows: list[Row]
) -> None:
    deciding = {decided(table.groups, row)[1] for row in given_rows}
    assert not deciding & set(never_matching(table, KINDS))


def table_of(*rules: tuple[str, list[Any]]) -> RuleTable:
    made = [{"id": name, "category": "x", "when": when} for name, when in rules]
    group = {"name": "all", "when": ["kind is not null"], "rules": made}
    return RuleTable.model_validate({"assigns": "a", "rule_field": "b", "groups": [group]})


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        ([("one", ["kind = a", "kind = b"])],
         {"one": "its conditions contradict each other, or those of a group before it"}),
        ([("one", ["days > 30", "days <= 30"])],
         {"one": "its conditions contradict each other, or those of a group before it"}),
        ([("one", ["days > 0"]), ("two", ["days > 30", "colour = a"])],
         {"two": "everything that it matches is decided before, by one"}),
        # Neither covers it alone: both together do.
        ([("low", ["days <= 30"]), ("high", ["days > 30"]), ("some", ["days is not null"])],
         {"some": "everything that it matches is decided before, by low, high"}),
        ([("yes", ["open = true"]), ("no", ["open = false"]), ("null", ["open is null"])], {}),
        ([("one", ["days < 30"]), ("two", ["days < 31"])], {}),
        ([("one", ["kind is null"])],
         {"one": "its conditions contradict each other, or those of a group before it"}),
    ],
)  # fmt: skip
def test_rules_that_can_never_match_are_told_with_the_reason(
    rules: list[tuple[str, list[Any]]], told: dict[str, str]
) -> None:
    assert never_matching(table_of(*rules), KINDS) == told


@pytest.mark.parametrize("name", ["basel", "eu"])
def test_no_packaged_rule_is_in_vain(name: str) -> None:
    classification = load_classification(name)
    kinds: dict[str, Kind] = {
        field.name: {"string": "text", "boolean": "flag"}.get(field.type, "number")  # type: ignore[misc]
        for field in classification.fields
    }
    for table in classification.tables.values():
        assert never_matching(table, kinds) == {}
