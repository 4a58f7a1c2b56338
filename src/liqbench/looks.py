"""Looks at a calculation and its data before anything is run, as the façade offers them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import date
from typing import Any

from liqbench.engine import (
    SAMPLE_ROWS,
    Examination,
    FieldValues,
    Policy,
    Preview,
    ResolvedDag,
    RuleMatch,
    examine,
    field_values,
    match_rule,
    preview,
    resolve,
)
from liqbench.errors import DocumentError
from liqbench.model import AdjustmentRule, Dag, Scenario
from liqbench.operators import Context
from liqbench.store import Workspace


class Looks(ABC):
    """What a bench tells of a DAG, its data and a rule without running or storing anything."""

    _workspace: Workspace
    _persistence: Policy

    @abstractmethod
    def _context(self, dag: Dag, as_of: date | str, inputs: Mapping[str, Any] | None) -> Context:
        """Return what operators may know."""

    def validate(
        self, dag: Dag, *, as_of: date | str, inputs: Mapping[str, Any] | None = None
    ) -> ResolvedDag:
        """Check a DAG without running it. Raises ``InvalidDagError`` with every fault."""
        return resolve(dag, self._context(dag, as_of, inputs), self._persistence)

    def examine(
        self, dag: Dag, *, as_of: date | str, inputs: Mapping[str, Any] | None = None
    ) -> Examination:
        """Return what is known of a DAG while it is composed: fields, keys, and every fault."""
        return examine(dag, self._context(dag, as_of, inputs))

    def preview(
        self,
        dag: Dag,
        at: str,
        *,
        as_of: date | str,
        inputs: Mapping[str, Any] | None = None,
        rows: int = SAMPLE_ROWS,
    ) -> Preview:
        """Look at an operator's data: its stored output, or what comes of a sample of ``rows``.

        Only what leads to the operator must be valid; nothing is stored. Raises
        ``InvalidDagError``, ``UnknownOperatorError``, and what Spark stops at.
        """
        context = self._context(dag, as_of, inputs)
        return preview(dag, at, context, self._workspace.stages, rows=rows)

    def match_rule(
        self,
        dag: Dag,
        rule: AdjustmentRule,
        at: str | None = None,
        *,
        as_of: date | str,
        scenario: Scenario | None = None,
        amount: str | None = None,
        currency: str | None = None,
        group: str | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> RuleMatch:
        """Return what a rule would touch: rows and amount, in which groups, with examples.

        ``at`` is the operator behind which it applies, by default its ``stage``; ``scenario`` holds
        the rules before it. ``amount`` and ``group`` are the fields that are summed and told
        apart, ``currency`` the one with the currency that a row's amount is in: amounts of several
        are summed in each alone. Nothing is stored. Raises as ``validate``, for what leads there
        and for the rule.
        """
        context = self._context(dag, as_of, inputs)
        place = at or rule.stage
        if place is None:
            raise DocumentError(
                "has no stage, so the place to apply it is open", where=f"rule {rule.rule_id!r}"
            )
        stages = self._workspace.stages
        return match_rule(
            dag,
            rule,
            place,
            context,
            stages,
            scenario=scenario,
            amount=amount,
            currency=currency,
            group=group,
        )

    def field_values(
        self,
        dag: Dag,
        at: str,
        field: str,
        *,
        as_of: date | str,
        inputs: Mapping[str, Any] | None = None,
    ) -> FieldValues:
        """Return which values occur in a field behind an operator, and how often."""
        context = self._context(dag, as_of, inputs)
        return field_values(dag, at, field, context, self._workspace.stages)
