"""A run's ratios in the layout in which banks publish them: LIQ1 and LIQ2."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pandas as pd

from liqbench.errors import DisclosureError, OperatorParameterError
from liqbench.operators.classify import ClassifyOperator
from liqbench.operators.lcr import LcrOperator
from liqbench.operators.nsfr import NsfrOperator
from liqbench.operators.weighing import WEIGHTED as WEIGHTED_AMOUNT
from liqbench.operators.weighing import WeighingOperator
from liqbench.regulation import OUT_OF_SCOPE, UNCLASSIFIED, Section
from liqbench.regulation.classification import Rule
from liqbench.regulation.disclosure import Line, Template, line_of, load_template

if TYPE_CHECKING:
    from liqbench.engine.run import Run

Row = Mapping[str, Any]
Cells = dict[tuple[str, str], Decimal]

WEIGHTED = "weighted"
_SUMS = ("sum", "sum_if_any", "sum_if_complete")
_OF_WHICH = {"21": "20", "23": "22"}  # rows of LIQ2 whose amounts another row has as well
_POTS = {
    Section.INFLOW_EXEMPT: "EU-20a",
    Section.INFLOW_90: "EU-20b",
    Section.INFLOW: "EU-20c",
}
_BUCKETS = {
    None: "no_maturity",
    "open": "no_maturity",
    "lt_6m": "lt_6m",
    "6m_to_lt_1y": "6m_to_lt_1y",
    "ge_1y": "ge_1y",
}
_DIGITS = 76  # of sums of 38-digit figures, with room to spare


def disclosure(run: Run, name: str, of: str | None = None) -> pd.DataFrame:
    """Return LIQ1 or LIQ2 of every group; see ``Run.disclosure``."""
    template = load_template(name)
    kind = "lcr" if name == "LIQ1" else "nsfr"
    table = run.name_of(of or kind)
    operator = run.resolved.nodes[table].operator
    if not isinstance(operator, LcrOperator | NsfrOperator) or operator.kind != kind:
        raise DisclosureError(
            f"{name} shows the {kind.upper()}, and {table!r} is of type {operator.kind!r}",
            hint=f"name an operator of type {kind!r}",
        )
    if isinstance(operator, NsfrOperator) and not operator.maturity:
        raise OperatorParameterError(
            "LIQ2 has a column per residual maturity, which the operator isn't told",
            where=f"operator {table!r}",
            hint="name the field in 'maturity'",
        )
    (source,) = run.resolved.nodes[table].config.inputs
    amounts = defaultdict(list)
    for row in operator.disclosed(run.frame(source)).toArrow().to_pylist():
        amounts[tuple(row[field] for field in operator.group_by)].append(row)
    layout = _Layout(template, operator, _rules(run, table))
    found: list[dict[str, Any]] = []
    for record in run.table(table).to_dict("records"):
        ratio = {str(field): value for field, value in record.items()}
        group = {field: ratio[field] for field in operator.group_by}
        if (status := ratio[f"{kind}_status"]) != "defined":
            warnings.warn(f"{name} of {_words(group)}: {status}", stacklevel=3)
        with localcontext(prec=_DIGITS, rounding=ROUND_HALF_UP):
            cells = layout.cells(amounts[tuple(group.values())], ratio)
            found += [group | row for row in layout.rows(cells)]
    return pd.DataFrame(found)


def _words(group: Mapping[str, Any]) -> str:
    return ", ".join(f"{field} {value}" for field, value in group.items())


def _rules(run: Run, table: str) -> dict[str, Rule]:
    """Return the rules by which the rows were classified, by their id."""
    before = (run.resolved.nodes[name].operator for name in run.dag.upstream(table))
    tables = (
        table
        for operator in before
        if isinstance(operator, ClassifyOperator)
        for table in operator.assigned().values()
    )
    return {rule.id: rule for table in tables for rule in table.rules}


class _Layout:
    """The rows and columns of one template, filled from amounts by category."""

    def __init__(
        self,
        template: Template,
        operator: LcrOperator | NsfrOperator,
        rules: Mapping[str, Rule],
    ) -> None:
        self._template = template
        self._operator: WeighingOperator = operator
        self._maturity = operator.maturity if isinstance(operator, NsfrOperator) else None
        self._rules = rules
        method = operator.parameters.method
        self._edition = "basel" if method.partly_capped_inflow_cap is None else "eu"

    def cells(self, amounts: Iterable[Row], ratio: Row) -> Cells:
        """Return every figure of one group, by row and column.

        The totals are those of the ratio, which are rounded once, behind the last sum.
        """
        cells: Cells = defaultdict(Decimal)
        for row in amounts:
            if (line := self._line(row)) is None:
                continue
            column = line.column or self._column(row)
            for place in (line.row, *self._as_well(line.row, row)):
                cells[place, column] += row["amount"]
                cells[place, WEIGHTED] += row[WEIGHTED_AMOUNT]
        if self._maturity:
            cells["29", WEIGHTED] = self._net_derivatives(ratio)
        self._add_up(cells)
        return cells | (_nsfr_totals(ratio) if self._maturity else _lcr_totals(ratio))

    def rows(self, cells: Cells) -> Iterable[dict[str, Any]]:
        """Yield the rows as they are printed; what a template leaves blank is ``None``."""
        scale = Decimal(1).scaleb(-self._operator.scale)
        for row in self._template.rows:
            if row.row.startswith("EU-") and self._edition == "basel":
                continue
            figures: dict[str, Decimal | None] = dict.fromkeys(self._template.columns)
            for column in row.columns:
                amount = cells.get((row.row, column), Decimal(0))
                is_ratio = row.section == "RATIO"
                figures[column] = amount if is_ratio else amount.quantize(scale)
            yield {"row": row.row, "label": row.label, **figures}

    def _line(self, row: Row) -> Line | None:
        """Return the line that the deciding rule names, or else the category's.

        A rule says nothing of a category that an adjustment gave the row afterwards.
        """
        code = row[str(self._operator.category)]
        if code in (OUT_OF_SCOPE, UNCLASSIFIED):
            return None
        rule = self._rules.get(row[self._operator.rule] or "") if self._operator.rule else None
        if rule and rule.line and rule.category == code:
            return Line(code=code, row=rule.line)
        line = line_of(self._template.name, code)
        return line if line.row else None

    def _column(self, row: Row) -> str:
        """Return where an amount stands before it is weighed: in LIQ2 by residual maturity."""
        if not self._maturity:
            return "unweighted"
        maturity = row[self._maturity]
        if maturity not in _BUCKETS:
            raise DisclosureError(
                f"{maturity!r} in {self._maturity!r} is no residual maturity",
                hint="write open, lt_6m, 6m_to_lt_1y or ge_1y",
            )
        return _BUCKETS[maturity]

    def _as_well(self, line: str, row: Row) -> tuple[str, ...]:
        """Return the other rows that show an amount: what it is part of, and the inflows' pots."""
        if self._maturity:
            return (_OF_WHICH[line],) if line in _OF_WHICH else ()
        section = self._operator.parameters.category(row[str(self._operator.category)]).section
        return (_POTS[section],) if self._edition == "eu" and section in _POTS else ()

    def _net_derivatives(self, ratio: Row) -> Decimal:
        """Return the weighted excess of derivative assets (BCBS 295, paragraphs 34 and 35)."""
        categories = self._operator.parameters.categories
        (factor,) = {each.weight for each in categories if each.role == "derivative_assets"}
        return Decimal(ratio["net_derivative_assets"]) * (factor or 0)

    def _add_up(self, cells: Cells) -> None:
        """Add the rows that are sums of others, parts before what they are part of."""
        pending = {
            each.row: each
            for each in self._template.identities
            if each.relation in _SUMS and each.edition != "eu"
        }
        while pending:
            of_sums = {each.row for each in pending.values()}
            for each in [*pending.values()]:
                if of_sums.isdisjoint(part for part, _ in each.parts):
                    for column in each.columns:
                        parts = (sign * cells[part, column] for part, sign in each.parts)
                        cells[each.row, column] = sum(parts, Decimal(0))
                    del pending[each.row]


def _lcr_totals(ratio: Row) -> Cells:
    levels = ("level_1", "covered_bonds", "level_2a", "level_2b")
    inflows = ("inflows", "inflows_90", "inflows_exempt")
    return {
        ("1", WEIGHTED): sum((ratio.get(name, 0) for name in levels), Decimal(0)),
        ("16", WEIGHTED): ratio["outflows"],
        ("20", WEIGHTED): sum((ratio.get(name, 0) for name in inflows), Decimal(0)),
        ("21", WEIGHTED): ratio["hqla"],
        ("22", WEIGHTED): ratio["net_outflows"],
        ("23", WEIGHTED): ratio["lcr"],
    }


def _nsfr_totals(ratio: Row) -> Cells:
    return {
        ("14", WEIGHTED): ratio["asf"],
        ("33", WEIGHTED): ratio["rsf"],
        ("34", WEIGHTED): ratio["nsfr"],
    }
