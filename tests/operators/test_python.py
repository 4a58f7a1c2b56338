from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from liqbench.errors import FaultsError, LiqbenchError, OperatorParameterError, SchemaDriftError
from liqbench.operators import Context

Make = Callable[..., Any]

MODULE = """
from pyspark.sql import functions as F

SETTING = 1

def doubled(deals):
    return deals.select((F.col("amount") * 2).cast("decimal(12,2)").alias("twice"), "id")

def both(left, right):
    return left.unionByName(right).select("id", F.col("amount").alias("twice"))
"""
FIELDS = [{"name": "id", "type": "string"}, {"name": "twice", "type": "decimal(12,2)"}]


@pytest.fixture(autouse=True)
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An importable module of functions, gone again behind the test."""
    file = tmp_path / "functions_under_test.py"
    file.write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield file
    sys.modules.pop("functions_under_test", None)


@pytest.fixture
def deals(frame: Make) -> Any:
    return frame("id string, amount decimal(12,2)", [("a", Decimal("1.05")), ("b", None)])


def of(name: str, **more: Any) -> dict[str, Any]:
    return {"function": f"functions_under_test:{name}", "fields": FIELDS, "key": ["id"], **more}


def test_a_function_of_frames_is_called(
    deals: Any, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(operator("python", **of("doubled")), deals)
    assert found.columns == ["id", "twice"]
    assert rows(found) == [("a", Decimal("2.10")), ("b", None)]


def test_a_function_may_have_several_inputs(
    deals: Any, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(operator("python", **of("both")), deals, deals.limit(1))
    assert [row[0] for row in rows(found)] == ["a", "a", "b"]


def test_another_source_is_another_identity(functions: Path, operator: Make) -> None:
    identity = operator("python", **of("doubled")).code_identity()
    assert operator("python", **of("doubled")).code_identity() == identity
    functions.write_text(MODULE.replace("* 2", "* 2.0"))
    sys.modules.pop("functions_under_test")
    assert operator("python", **of("doubled")).code_identity() != identity


def test_other_fields_than_declared_are_refused(deals: Any, operator: Make, applied: Make) -> None:
    fields = [{"name": "id", "type": "string"}, {"name": "twice", "type": "decimal(13,2)"},
              {"name": "more", "type": "int"}]  # fmt: skip
    with pytest.raises(SchemaDriftError) as caught:
        applied(operator("python", **of("doubled", fields=fields)), deals)
    assert str(caught.value) == (
        "functions_under_test:doubled returned other fields than declared: "
        "'more' is missing, declared is int; 'twice' is decimal(12,2), declared is decimal(13,2)"
    )


def test_what_is_no_frame_is_refused(
    deals: Any, operator: Make, applied: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in = SimpleNamespace(doubled=lambda _deals: None)
    monkeypatch.setitem(sys.modules, "functions_under_test", stand_in)
    with pytest.raises(SchemaDriftError) as caught:
        applied(operator("python", **of("doubled")), deals)
    assert str(caught.value) == (
        "functions_under_test:doubled returned a NoneType, not a DataFrame"
    )


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            of("doubeld"),
            "functions_under_test has no 'doubeld' (did you mean 'doubled'?)",
        ),
        (of("SETTING"), "functions_under_test:SETTING is no function"),
        (
            of("doubled") | {"function": "no_such_module:f"},
            "the module 'no_such_module' can't be imported: No module named 'no_such_module'",
        ),
    ],
)
def test_a_function_that_is_not_there_is_refused(
    parameters: dict[str, Any], message: str, operator: Make, context: Context
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("python", **parameters).outputs(context)
    assert str(caught.value) == message


def test_every_fault_of_a_declaration_is_told(operator: Make, context: Context) -> None:
    wrong = of("doubled", key=["iid"], fields=[{"name": "id", "type": "sting"}])
    with pytest.raises(LiqbenchError) as caught:
        operator("python", **wrong).outputs(context)
    assert isinstance(caught.value, FaultsError)
    assert [str(fault) for fault in caught.value.faults] == [
        "key: there is no field 'iid' (did you mean 'id'?)",
        "field 'id': 'sting' is no type that liqbench calculates with (did you mean 'string'?)",
    ]
