"""What there is to compose with: operators with their forms, functions, types, packaged sets."""

from __future__ import annotations

import inspect
import re
from typing import Any

from liqbench.model.dag import ADJUST
from liqbench.operators.expressions.functions import FUNCTIONS
from liqbench.operators.registry import operator_types
from liqbench.regulation.classification.loading import PACKAGED as CLASSIFICATIONS
from liqbench.regulation.loading import PACKAGED as PARAMETERS

_TYPES = (
    "string",
    "date",
    "bigint",
    "int",
    "boolean",
    "timestamp",
    "decimal(18,2)",
    "decimal(20,2)",
    "decimal(12,6)",
)


def palette() -> list[dict[str, Any]]:
    """Return every operator: kind, family, first sentence, text, number of inputs, form."""
    return [
        {
            "kind": kind,
            "family": family_of(kind),
            "help": _sentence(own.__doc__ or ""),
            "about": inspect.cleandoc(own.__doc__ or ""),
            "fewest": own.fewest_inputs,
            "most": own.most_inputs,
            "schema": own.model_json_schema(),
        }
        for kind, own in sorted(operator_types().items())
    ]


def vocabulary() -> dict[str, Any]:
    """Return the functions of expressions with their numbers of arguments, types, and sets."""
    return {
        "functions": [
            {"name": name, "fewest": each.fewest, "most": each.most}
            for name, each in sorted(FUNCTIONS.items())
            if each.typed
        ],
        "types": list(_TYPES),
        "parameter sets": list(PARAMETERS),
        "classifications": list(CLASSIFICATIONS),
    }


def family_of(kind: str) -> str:
    """Return what kind of step an operator is, by which the screen orders and colours them."""
    own = operator_types().get(kind)
    if own is None or kind == ADJUST:
        return "" if own is None else "adjust"
    return "source" if own.most_inputs == 0 else own.locality.value


def _sentence(text: str) -> str:
    return re.split(r"\n\n|\.\s", text.strip(), maxsplit=1)[0].rstrip(".")
