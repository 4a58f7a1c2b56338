"""Stars for the tests: a plain one, and one whose fields have every name that needs care."""

from __future__ import annotations

from typing import Any

from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.powerbi import RedshiftSource

SOURCE = RedshiftSource("warehouse.example:5439", "risk", "reporting")

ENTITY = {
    "name": "entity",
    "key": "entity_id",
    "attributes": ["region", "country"],
    "hierarchy": ["region", "country", "entity_id"],
}


def star(**more: Any) -> StarSchemaOperator:
    return StarSchemaOperator.model_validate(
        {
            "fact": "liquidity",
            "date": "day",
            "dimensions": [ENTITY, {"name": "currency", "key": "iso_code"}],
            "measures": [
                {"field": "hqla", "type": "decimal(20,2)", "aggregation": "sum"},
                {"field": "net_outflows", "type": "decimal(18,4)", "aggregation": "sum"},
                {
                    "field": "lcr",
                    "type": "decimal(12,6)",
                    "aggregation": {"numerator": "hqla", "denominator": "net_outflows"},
                },
                {"field": "worst", "type": "decimal(6,2)", "aggregation": "min"},
                {"field": "deals", "type": "bigint", "aggregation": "sum"},
                {"field": "rate", "type": "decimal(9,5)"},
                {"field": "status", "type": "string"},
                {"field": "reported", "type": "boolean"},
                {"field": "due", "type": "date"},
            ],
            **more,
        }
    )


AWKWARD = star(
    fact="awkward",
    dimensions=[
        {
            "name": "entity",
            "key": "Größe 'A'",
            "attributes": ["<b>Bold</b> & co.", 'He said "so"', "a=b: c"],
            "hierarchy": ["<b>Bold</b> & co.", "Größe 'A'"],
        }
    ],
    measures=[
        {"field": "Höhe [EUR]", "type": "decimal(18,2)", "aggregation": "sum"},
        {"field": "it's #(tab)", "type": "decimal(18,2)", "aggregation": "max"},
        {"field": '"quoted"', "type": "string"},
    ],
)
