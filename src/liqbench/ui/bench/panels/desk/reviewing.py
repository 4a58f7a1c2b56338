"""What an approver decides on, for the screen: figures with their kind, rules, tables, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from liqbench.governance import GIVEN, Review
from liqbench.governance.attachments import LINEAGE, PLAN, SUMMARY
from liqbench.governance.review import RULES
from liqbench.ui.bench.wire import table_to_wire, to_wire

MOST_ROWS = 500  # of an attached table; the file has all
_UNITS = ("pp", "pct")  # told by the kind of a figure, so not in its name
_KINDS = {"_pp": "points", "_pct": "percent", "_before": "ratio", "_after": "ratio"}
# Of one variant, which the head of the screen names, or told in a place of its own.
_HEAD = ("scenario", "injection_point", "status")
_ELSEWHERE = (RULES, SUMMARY, PLAN)


def review_told(review: Review) -> dict[str, Any]:
    """Return what an approver decides on; files are told by name and size, and asked for."""
    submission, tables = review.submission, review.tables
    ratio = _ratio_of(tables[SUMMARY]) if SUMMARY in tables else ""
    return {
        "id": submission.id,
        "content": submission.content_hash,
        "key": submission.key_id,
        "as_of": review.as_of.isoformat(),
        "summary": summary_told(_first(tables.get(SUMMARY))),
        "rules": [_rule(rule) for rule in tables[RULES].to_dict("records")],
        "plan": to_wire(_first(tables.get(PLAN))),
        "tables": [
            _table(name, table, ratio) for name, table in tables.items() if name not in _ELSEWHERE
        ],
        "picture": LINEAGE if LINEAGE in review.texts else "",
        "files": [
            {"name": name, "size": len(data), "given": name.startswith(GIVEN)}
            for name, data in review.files.items()
        ],
        "absent": [{"name": name, "why": why} for name, why in review.absent.items()],
    }


def summary_told(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row of a summary: each figure's name in words, how it is read, and its value."""
    ratio = _ratio_of(row)
    names = {
        "records_affected": "Rows matched by a rule",
        "max_entity": "Entity that moves most",
        "max_entity_change": "What it moves by",
        f"max_entity_{ratio}_pp": f"How its {ratio.upper()} moves",
        f"lowest_{ratio}_after": f"Lowest {ratio.upper()} then",
        "lowest_entity": "Entity with the lowest",
        "breaches": "Entities below the limit",
        "new_breaches": "Below it only now",
    }
    return [
        {**words(label, ratio), **_named(names.get(label)), "value": to_wire(value)}
        for label, value in row.items()
        if label not in _HEAD
    ]


def _named(name: str | None) -> dict[str, str]:
    return {} if name is None else {"name": name}


def words(label: str, ratio: str) -> dict[str, str]:
    """Return the name of a column in words, and how its figures are read.

    That is as a ``ratio``, in percentage ``points``, in ``percent``, or as they stand.
    """
    parts = label.split("_")
    kind = next((kind for end, kind in _KINDS.items() if label.endswith(end)), "")
    if label == "limit":
        kind = "ratio"
    elif kind == "ratio" and ratio not in parts:
        kind = ""
    told = " ".join(part.upper() if part == ratio else part for part in parts if part not in _UNITS)
    return {"name": told[:1].upper() + told[1:], "kind": kind}


def _ratio_of(labels: Any) -> str:
    """Return the name of the ratio that a summary is of."""
    found = (str(each) for each in labels if str(each).startswith("lowest_"))
    return next((each[len("lowest_") : -len("_after")] for each in found if "_after" in each), "")


def _first(table: pd.DataFrame | None) -> dict[str, Any]:
    """Return the row of a table that has one; nothing of one that is absent."""
    return {} if table is None or table.empty else {str(k): v for k, v in table.iloc[0].items()}


def _rule(row: Mapping[Any, Any]) -> dict[str, Any]:
    told: dict[str, Any] = to_wire({str(name): value for name, value in row.items()})
    return {**told, "expiry": told["expires"]}


def _table(name: str, table: pd.DataFrame, ratio: str) -> dict[str, Any]:
    shown = table.head(MOST_ROWS).drop(columns=[n for n in _HEAD if n in table])
    told = table_to_wire(shown)
    columns = [words(column, ratio) for column in told["columns"]]
    return {"name": name, "count": len(table), "columns": columns, "rows": told["rows"]}
