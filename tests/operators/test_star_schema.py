from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pyspark.sql import DataFrame

from liqbench.errors import FaultsError, LostKeysError, OperatorParameterError
from liqbench.operators import Context

Make = Callable[..., Any]

SHAPE = {
    "fact": "lcr",
    "date": "day",
    "dimensions": [{"name": "entity", "key": "bank", "attributes": ["region"]}],
    "measures": [
        {"field": "amount", "type": "decimal(18,2)"},
        {"field": "n", "type": "bigint"},
        {"field": "whole", "type": "decimal(12,3)"},
        {"field": "status", "type": "string"},
    ],
}


@pytest.fixture(scope="module")
def results(frame: Make) -> DataFrame:
    made: DataFrame = frame(
        "status string, bank string, amount decimal(20,6), n decimal(10,1), whole int, "
        "region string, day date, unused int",
        [
            ("ok", "A", Decimal("0.005000"), Decimal("2.5"), 7, "EU", date(2025, 12, 31), 1),
            (None, "B", Decimal("-0.005000"), Decimal("-2.5"), None, None, date(2025, 12, 31), 1),
            ("x", "C", Decimal("12345678901234.994999"), Decimal("2.4"), -1, "US", None, None),
        ],
    )
    return made


def test_measures_are_rounded_half_up_to_their_published_types(
    results: DataFrame, operator: Make, applied: Make, rows: Make
) -> None:
    found = applied(operator("star_schema", **SHAPE), results)
    assert found.columns == ["day", "bank", "region", "amount", "n", "whole", "status"]
    assert [tuple(row[1:]) for row in sorted(rows(found), key=lambda row: row[1])] == [
        ("A", "EU", Decimal("0.01"), 3, Decimal("7.000"), "ok"),
        ("B", None, Decimal("-0.01"), -3, None, None),
        ("C", "US", Decimal("12345678901234.99"), 2, Decimal("-1.000"), "x"),
    ]


def test_the_key_must_be_in_a_dimension(operator: Make) -> None:
    shape = operator("star_schema", **SHAPE)
    assert shape.keys(("bank", "day")).keys == ("bank", "day")
    with pytest.raises(LostKeysError) as caught:
        shape.keys(("bank", "currency", "side"))
    assert str(caught.value) == (
        "the rows' key has currency, side, but no dimension does, so several facts would look "
        "like one (add it to a dimension, or aggregate before)"
    )


def test_every_fault_is_told(results: DataFrame, operator: Make, context: Context) -> None:
    wrong = {
        "fact": "lcr",
        "date": "n",
        "dimensions": [{"name": "entity", "key": "bnak"}],
        "measures": [
            {"field": "amuont", "type": "decimal(18,2)"},
            {"field": "amount", "type": "double"},
            {"field": "region", "type": "bigint"},
            {"field": "status", "type": "string", "aggregation": "sum"},
        ],
    }
    with pytest.raises(FaultsError) as caught:
        operator("star_schema", **wrong).outputs(context, results.schema)
    assert [(type(fault).__name__, str(fault)) for fault in caught.value.faults] == [
        ("UnknownFieldError", "there is no field 'bnak' (did you mean 'bank'?)"),
        ("FieldTypeError", "'n' is decimal(10,1), not date"),
        (
            "UnknownFieldError",
            "measure 'amuont': there is no field 'amuont' (did you mean 'amount'?)",
        ),
        (
            "FieldTypeError",
            "measure 'amount': 'double' is binary floating point, in which money changes its "
            "last digits (use decimal(p,s))",
        ),
        ("FieldTypeError", "measure 'region': string can't be published as bigint"),
        (
            "FieldTypeError",
            "measure 'status': string can't be aggregated (leave out its aggregation)",
        ),
    ]


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"dimensions": [{"name": "e", "key": "a"}, {"name": "e", "key": "b"}]},
            "several dimensions are called e",
        ),
        (
            {"dimensions": [{"name": "scenario", "key": "a"}]},
            "the dimension 'scenario' is always there; choose another name",
        ),
        ({"measures": [{"field": "bank", "type": "string"}]}, "used more than once: bank"),
        (
            {
                "measures": [
                    {"field": "hqla", "type": "decimal(18,2)", "aggregation": "sum"},
                    {"field": "net", "type": "decimal(18,2)"},
                    {
                        "field": "lcr",
                        "type": "decimal(12,6)",
                        "aggregation": {"numerator": "hqla", "denominator": "net"},
                    },
                ]
            },
            "'lcr' is the quotient of 'hqla' and 'net'; both must be measures with the "
            "aggregation 'sum'",
        ),
    ],
)
def test_names_that_collide_or_lead_nowhere_are_refused(
    more: dict[str, Any], message: str, operator: Make
) -> None:
    with pytest.raises(OperatorParameterError) as caught:
        operator("star_schema", **{**SHAPE, **more})
    assert str(caught.value) == f"parameters: {message}"


def test_a_hierarchy_names_fields_of_its_dimension(operator: Make) -> None:
    entity = {"name": "entity", "key": "bank", "attributes": ["region"]}
    drilled = operator(
        "star_schema", **{**SHAPE, "dimensions": [{**entity, "hierarchy": ["region", "bank"]}]}
    )
    assert drilled.dimensions[0].hierarchy == ("region", "bank")
    with pytest.raises(OperatorParameterError, match="the hierarchy names country, which is no"):
        operator("star_schema", **{**SHAPE, "dimensions": [{**entity, "hierarchy": ["country"]}]})


def test_what_is_not_declared_is_never_added(operator: Make) -> None:
    shape = operator("star_schema", **SHAPE)
    assert [measure.aggregation for measure in shape.measures] == ["none"] * 4
