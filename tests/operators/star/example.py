"""A small bank: seven positions, one of an unknown product, one without a counterparty."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from liqbench.operators.star import (
    Bridge,
    ColumnMetadata,
    RelationshipType,
    TableRelationship,
)
from liqbench.operators.star_schema import Quotient

AS_OF = date(2025, 12, 31)

COLUMNS = {
    "positions": "position_id string; entity_id string; product_id string; counterparty_id int; "
    "booked date; currency string; amount decimal(18,2); rate decimal(9,6); lcr decimal(12,4); "
    "outflow decimal(18,2); days int",
    "entity": "entity_id string; name string; country_code string",
    "country": "country_code string; label string",
    "product": "product_id string; name string",
    "counterparty": "counterparty_id bigint; sector string; rated boolean",
    "regulation": "rule string; title string",
    "product_regulation": "product string; rule string; share decimal(5,2)",
    "notes": "text string",
}

ROWS: dict[str, list[tuple[Any, ...]]] = {
    "positions": [
        ("1", "A", "bond", 7, date(2024, 2, 29), "EUR", "100.01", "0.010000", None, "50.00", 30),
        ("2", "A", "bond", 8, date(2025, 3, 31), "EUR", "0.02", "0.020000", None, "0.01", 10),
        ("3", "B", "loan", 7, date(2025, 3, 31), "USD", "-5.55", "0.030000", None, "1.00", None),
        ("4", "B", "gone", 7, None, "USD", "1000000.00", None, None, "2.00", 5),  # no such product
        ("5", "A", "loan", None, date(2025, 12, 31), "EUR", "7.00", None, None, "3.00", 1),
        ("6", None, "repo", 9, date(2250, 1, 1), "EUR", None, None, None, "0.00", 2),
        ("7", "B", "repo", 8, date(2025, 12, 31), "EUR", "0.10", "0.000001", None, "0.00", 3),
    ],
    "entity": [("A", "Alpha | Bank", "DE"), ("B", "Beta", "XX")],
    "country": [("DE", "Germany"), ("FR", "France")],
    "product": [("bond", "Bond"), ("loan", "Loan"), ("repo", None)],
    "counterparty": [(7, "bank", True), (8, None, False), (9, "retail", None)],
    "regulation": [("LCR40", "HQLA"), ("LCR50", "Outflows"), ("NSFR", "Stable funding")],
    "product_regulation": [
        ("bond", "LCR40", "1.00"),
        ("bond", "LCR50", "1.00"),
        ("bond", "NSFR", "1.00"),
        ("loan", "NSFR", "2.00"),
        ("loan", "MISSING", "1.00"),
        ("swap", "NSFR", "1.00"),  # no such product
    ],
    "notes": [("nobody reads it",)],
}
for _name, _places in {"positions": (6, 7, 8, 9), "product_regulation": (2,)}.items():
    ROWS[_name] = [
        tuple(
            Decimal(value) if n in _places and value is not None else value
            for n, value in enumerate(row)
        )
        for row in ROWS[_name]
    ]


def _refers(table: str, column: str, left: str = "positions") -> TableRelationship:
    return TableRelationship(
        left=left, right=table, left_columns=(column,), right_columns=(column,)
    )


PRODUCT_REGULATION = TableRelationship(
    left="product",
    right="regulation",
    left_columns=("product_id",),
    right_columns=("rule",),
    kind=RelationshipType.MANY_TO_MANY,
    bridge=Bridge(table="product_regulation", left_columns=("product",), right_columns=("rule",)),
)
RELATIONSHIPS = [
    _refers("entity", "entity_id"),
    _refers("product", "product_id"),
    TableRelationship(
        left="counterparty",
        right="positions",
        left_columns=("counterparty_id",),
        right_columns=("counterparty_id",),
        kind=RelationshipType.ONE_TO_MANY,
    ),
    _refers("country", "country_code", left="entity"),
    PRODUCT_REGULATION,
]

METADATA = [
    ColumnMetadata(table="positions", column="position_id", role="key"),
    ColumnMetadata(table="positions", column="amount", role="measure", aggregation="sum"),
    ColumnMetadata(table="positions", column="outflow", role="measure", aggregation="sum"),
    ColumnMetadata(table="positions", column="rate", role="measure"),
    ColumnMetadata(table="positions", column="days", role="measure", aggregation="avg"),
    ColumnMetadata(
        table="positions",
        column="lcr",
        role="measure",
        aggregation=Quotient(numerator="amount", denominator="outflow"),
    ),
]
