"""What an approver decides on: rules in words, what changes, and all that is attached."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from html import escape
from typing import Any

import pandas as pd

from liqbench.errors import ChangedSinceApprovalError
from liqbench.governance.evidence import Evidence
from liqbench.governance.given import GIVEN
from liqbench.governance.rules import rules_of
from liqbench.governance.signatures import Submission
from liqbench.model import Dag, Scenario, as_date

RULES, FIGURES, STEPS = "rules", "figures", "steps"
_TABLE = ".csv"


@dataclass(frozen=True)
class Review:
    """A submission with everything that its approver approves.

    ``tables`` are ``rules`` (each in words), ``figures`` (every published sum of the baseline and
    the variant, exact), ``steps`` (the operators in which their DAGs differ), and those attached,
    by their names in an evidence pack, each cell the text that is under the hash. ``texts`` are the
    other files that liqbench attached: pages, parameter sets, the README. ``files`` are all of
    them as they are, and the evidence that the author gave. ``absent`` says what isn't, and why.
    ``dag`` is the baseline's, to which the ``scenario`` was applied as of ``as_of``.
    """

    submission: Submission
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    texts: Mapping[str, str] = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    absent: Mapping[str, str] = field(repr=False)
    dag: Dag = field(repr=False)
    scenario: Scenario = field(repr=False)
    as_of: date

    def _repr_html_(self) -> str:
        own = self.submission
        head = f"{own.variant}, {own.state}: submitted {own.at} by {own.author}"
        parts = [f"<h3>{escape(head)}</h3><p>{escape(own.comment)}</p>"]
        with pd.option_context("display.max_colwidth", None):  # nothing is cut off
            for name, table in self.tables.items():
                parts.append(f"<h4>{escape(name)}</h4>{table.to_html(index=False, border=0)}")
        given = [name for name in self.files if name.startswith(GIVEN)]
        absent = (f"{name} is absent: {why}" for name, why in self.absent.items())
        names = [*self.texts, *given, *absent]
        parts.append(f"<ul>{''.join(f'<li>{escape(name)}</li>' for name in names)}</ul>")
        return "".join(parts)


def review_of(submission: Submission, evidence: Evidence, attached: Mapping[str, bytes]) -> Review:
    """Return what a submission covers, read from under its hash, with its ``attached`` files.

    Raises ``ChangedSinceApprovalError`` where its record was changed.
    """
    document = evidence.document
    if evidence.content_hash != submission.content_hash:
        raise ChangedSinceApprovalError(
            "its record was changed: the evidence no longer has the hash it was stored with",
            where=submission.id,
            hint="submit again, and find out who changed the workspace",
        )
    files = dict(sorted(attached.items()))
    texts = {name: data.decode() for name, data in files.items() if not name.startswith(GIVEN)}
    tables = {
        RULES: pd.DataFrame(_rules(document), columns=_RULE_FIELDS),
        FIGURES: pd.DataFrame(_figures(document), columns=_FIGURE_FIELDS, dtype=object),
        STEPS: pd.DataFrame(_steps(document), columns=("operator", "type", "change")),
        **{name: _table(text) for name, text in texts.items() if name.endswith(_TABLE)},
    }
    return Review(
        submission,
        tables,
        {name: text for name, text in texts.items() if not name.endswith(_TABLE)},
        files,
        dict(document.get("absent", {})),
        dag=Dag.from_json(document["baseline"]["dag"]).at_folder(evidence.folder),
        scenario=Scenario.from_json(document["scenario"]),
        as_of=as_date(str(document["as_of"])),
    )


_RULE_FIELDS = (
    "rule", "stage", "what", "reason", "evidence", "effective", "expires", "approved_by",
    "approved_at",
)  # fmt: skip
_FIGURE_FIELDS = ("fact", "figure", "baseline", "adjusted", "change")


def _rules(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    for rule in rules_of(document):
        word = rule.approval
        yield (
            rule.rule_id,
            rule.stage,
            rule.describe(),
            rule.reason,
            rule.evidence,
            rule.effective_date,
            rule.expiry_date,
            None if word is None else word.user,
            None if word is None else word.timestamp,
        )


def _figures(document: Mapping[str, Any]) -> Iterator[tuple[object, ...]]:
    """Yield the rows and sums of every fact of both sides; a fact of one side only has no other."""
    sides = [document["baseline"]["stars"], document["adjusted"]["stars"]]
    for fact in dict.fromkeys([*sides[0], *sides[1]]):
        before, after = ({**s["sums"], "rows": s["rows"]} if s else {} for s in
                         (side.get(fact) for side in sides))  # fmt: skip
        for figure in dict.fromkeys(["rows", *before, *after]):
            pair = [
                None if (text := side.get(figure)) is None else Decimal(text)
                for side in (before, after)
            ]
            change = None if None in pair else pair[1] - pair[0]  # type: ignore[operator]
            yield fact, figure, *pair, change


def _steps(document: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    before, after = (
        {operator["operator_id"]: operator for operator in document[side]["dag"]["operators"]}
        for side in ("baseline", "adjusted")
    )
    for name, operator in after.items():
        if name not in before:
            yield name, operator["operator_type"], "added"
        elif operator != before[name]:
            changed = [part for part in operator if operator[part] != before[name].get(part)]
            yield name, operator["operator_type"], f"other {', '.join(changed)}"
    for name, operator in before.items():
        if name not in after:
            yield name, operator["operator_type"], "removed"


def _table(text: str) -> pd.DataFrame:
    """Read a table as it is attached: no cell becomes a number, so none loses a digit."""
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    return pd.DataFrame(rows, columns=header, dtype=object)
