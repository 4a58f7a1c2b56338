"""What is attached to a submission, so that its approver approves it: files under the hash.

Every submission has the parameter sets and classifications that its DAGs name, in full, and the
README of its evidence pack. Those of ``OF_AN_ANALYSIS`` exist only while an analysis lives, and
``LINEAGE`` where pictures can be drawn; what a submission lacks, its evidence says, and why.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources import files
from numbers import Integral
from typing import Any

import pandas as pd

from liqbench.engine import Outcome, Variant, VariantPlan, recalculated
from liqbench.errors import DataError, InputChangedError
from liqbench.governance.evidence import Evidence
from liqbench.impact import ImpactAnalysis, Measure
from liqbench.model import Dag
from liqbench.model._values import canonical_json
from liqbench.model.presentation import has_picture, show
from liqbench.operators import make_operator
from liqbench.regulation import ParameterSet, load_parameters
from liqbench.regulation.classification import Classification, load_classification
from liqbench.store import Attachments

README = "README.txt"
LINEAGE = "lineage.html"
SUMMARY, BY_ENTITY = "impact/summary.csv", "impact/by_entity.csv"
PLAN, RECALC_PLAN = "plan.csv", "recalc_plan.csv"
OF_AN_ANALYSIS = (BY_ENTITY, SUMMARY, PLAN, RECALC_PLAN)
_PARAMETERS = "parameters"
_NO_ANALYSIS = "it was submitted without its analysis"
_NO_PICTURE = "it was submitted where no pictures are drawn"
_SHORT = 8
# How a text begins that a spreadsheet calculates; blanks before it don't count.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True)
class Attached:
    """Files by their names in an evidence pack, and why the missing ones are missing."""

    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    absent: Mapping[str, str] = field(
        default_factory=lambda: dict.fromkeys(OF_AN_ANALYSIS, _NO_ANALYSIS) | {LINEAGE: _NO_PICTURE}
    )


def attached_to(variant: Variant, measure: Measure | None) -> Attached:
    """Return what is known of a variant while it lives: impact, plans, picture.

    The tables are those of this variant only, as no other is put forward. ``measure`` is that of
    its analysis; without one, there are no tables. Raises the variant's own error where it failed.
    """
    found: dict[str, bytes] = {}
    absent: dict[str, str] = {}
    if measure is None or variant.planned is None:
        absent |= dict.fromkeys(OF_AN_ANALYSIS, _NO_ANALYSIS)
    else:
        planned = (variant.planned,)
        analysis = ImpactAnalysis(variant.baseline, Outcome(planned, (variant,), {}), measure)
        summary = analysis.summary()
        summary["limit"] = pd.Series([measure.limit], dtype=object)
        tables = {
            BY_ENTITY: analysis.by_entity(),
            SUMMARY: summary,
            PLAN: pd.DataFrame([_plan_row(variant, variant.planned)]),
            RECALC_PLAN: recalculated(planned, (variant,)),
        }
        found |= {name: csv_of(table) for name, table in tables.items()}
    if has_picture(variant):
        found[LINEAGE] = show(variant).html.encode()
    else:
        absent[LINEAGE] = _NO_PICTURE
    return Attached(found, absent)


def _plan_row(variant: Variant, planned: VariantPlan) -> dict[str, str]:
    """Return how a variant was computed: not as it was planned, but as it was done."""
    strategy, reason = planned.strategy, planned.reason
    if variant.touched is None and strategy != "stored":  # nothing fast came to its end
        strategy = "full"
        if planned.strategy != strategy:
            reason = f"planned as {planned.strategy}, which stopped; run as it stands"
    stored = {name: each for name, each in variant.result().results.items() if each.stored}
    return {
        "scenario": variant.injections.scenario.name,
        "injection_point": variant.injections.point,
        "strategy": strategy,
        "reason": reason,
        "reused": ", ".join(name for name, each in stored.items() if each.reused),
        "computed": ", ".join(name for name, each in stored.items() if not each.reused),
    }


def with_attachments(evidence: Evidence, attached: Attached, store: Attachments) -> Evidence:
    """Store what is attached; return the evidence with the digests.

    Raises ``InputChangedError`` where a parameter set is not the one that was calculated with.
    """
    readme = (files("liqbench.governance") / "data" / "pack_readme.txt").read_bytes()
    found = {**attached.files, **dict(_parameters(evidence)), README: readme}
    digests = {name: {"sha256": store.put(data), "size": len(data)} for name, data in found.items()}
    document = {
        **evidence.document,
        "attachments": digests,
        "absent": dict(attached.absent),
    }
    return Evidence(document, evidence.folder)


def _parameters(evidence: Evidence) -> Iterator[tuple[str, bytes]]:
    """Yield every parameter set and classification that the DAGs name, as canonical JSON."""
    for side in ("baseline", "adjusted"):
        part = evidence.document[side]
        dag = Dag.from_json(part["dag"]).at_folder(evidence.folder)
        for operator_id, snapshots in part["inputs"].items():
            sources = make_operator(dag.operator(operator_id)).sources()
            for source, snapshot in zip(sources, snapshots, strict=True):
                found: ParameterSet | Classification
                if source.format == "parameters":
                    found = load_parameters(str(source.name), dag.folder)
                elif source.format == "classification":
                    found = load_classification(str(source.name), dag.folder)
                else:
                    continue
                if found.content_hash != snapshot:
                    raise InputChangedError(
                        f"the {source} is not what it was when the run read it",
                        where=f"operator {operator_id!r}",
                        hint="run again",
                    )
                name = f"{source.format}-{found.name}-{snapshot[:_SHORT]}.json"
                document = canonical_json(found.model_dump(by_alias=True))
                yield f"{_PARAMETERS}/{name}", document.encode()


def csv_of(table: pd.DataFrame) -> bytes:
    """Return a table as CSV (RFC 4180, UTF-8): decimals with all their digits, missing as blank.

    A text that a spreadsheet would take for a formula has an apostrophe in front. Raises
    ``DataError`` for floats, which would not be the figures that were calculated.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_text(str(name)) for name in table.columns])
    for row in table.itertuples(index=False, name=None):
        writer.writerow(
            [_cell(value, str(name)) for name, value in zip(table.columns, row, strict=True)]
        )
    return text.getvalue().encode()


def _cell(value: Any, column: str) -> str:
    if value is None or pd.isna(value):
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Integral):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise DataError(
        f"a {type(value).__name__} has no exact text", where=f"column {column!r} of a table"
    )


def _text(value: str) -> str:
    begins = value.lstrip(" ").startswith(_FORMULA)
    return f"'{value}" if begins else value
