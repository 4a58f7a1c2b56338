"""The figures in an impact table are those of the analysis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from liqbench import ImpactAnalysis
from liqbench.engine import Outcome
from liqbench.errors import RunFailedError
from liqbench.ui.comparison import Comparison, _Names, compare


@pytest.fixture(scope="module")
def real(banks: ImpactAnalysis) -> Comparison:
    return compare(banks)


def test_every_bank_is_there_once_the_worst_first(real: Comparison) -> None:
    names = [row.name for row in real.rows]
    assert len(names) == len(set(names)) == 20
    assert names[0] == "IndusInd Bank 2026-03-31"
    lowest = [row.lowest for row in real.rows]
    assert lowest == sorted(lowest, key=lambda lcr: lcr or Decimal(0))


def test_a_bank_is_called_by_its_name_with_its_own_unit(real: Comparison) -> None:
    row = next(row for row in real.rows if row.name.startswith("ABN"))
    assert (row.name, row.detail, row.unit) == ("ABN AMRO Bank N.V.", "abn_amro · NL", "EUR")
    assert {row.unit for row in real.rows} == {"EUR", "PLN", "INR million", "INR crore"}


def test_the_figures_are_those_of_the_analysis(real: Comparison, banks: ImpactAnalysis) -> None:
    row = next(row for row in real.rows if row.name.startswith("ABN"))
    cell = row.cells[0]
    assert row.baseline is not None
    assert cell is not None
    assert row.baseline.ratio == Decimal("1.524284")
    assert (cell.ratio, cell.change) == (Decimal("1.466959"), Decimal("-5.7325"))
    assert (cell.changed, cell.breach, cell.new_breach) == (True, False, False)
    assert [c.records for c in real.columns] == [v.records_affected for v in banks]
    assert [c.new_breaches for c in real.columns] == [0, 1, 0]


def test_over_several_units_nothing_is_added_up(real: Comparison) -> None:
    assert not real.one_unit
    assert real.baseline_ratio is None
    assert all(c.ratio is None and c.surplus_change is None for c in real.columns)


def test_sums_are_there_where_one_unit_is(deals: ImpactAnalysis) -> None:
    found = compare(deals)
    summary = deals.summary()
    assert found.one_unit
    assert [c.ratio for c in found.columns] == list(summary["lcr_after"])
    assert [c.surplus_change for c in found.columns] == list(summary["liquidity_change"])
    assert found.baseline_ratio == summary["lcr_before"][0]
    assert [c.breaches for c in found.columns] == list(summary["breaches"])


@pytest.mark.parametrize("failing", [[0], [0, 1, 2]])
def test_a_failed_variant_keeps_its_column(banks: ImpactAnalysis, failing: list[int]) -> None:
    variants = [
        replace(variant, run=None, error=RunFailedError("boom")) if n in failing else variant
        for n, variant in enumerate(banks)
    ]
    found = compare(ImpactAnalysis(banks.base, Outcome((), tuple(variants), {}), banks.measure))
    assert [bool(c.error) for c in found.columns] == [n in failing for n in range(3)]
    assert [c.records is None for c in found.columns] == [n in failing for n in range(3)]
    assert len(found.rows) == 20
    assert all(row.cells[0] is None and row.baseline is not None for row in found.rows)


def test_names_tell_entities_apart() -> None:
    fields = ("date", "reporting_id", "reporting_entity_name", "currency")
    day = date(2025, 12, 31)
    names = _Names(fields, [(day, "E1", "Same", "EUR"), (day, "E2", "Same", "EUR")])
    assert names.name((day, "E1", "Same", "EUR")) == "Same E1"
    assert names.unit((day, "E1", "Same", "EUR")) == "EUR"
    without = _Names(("entity",), [("A",), ("B",)])
    assert (without.name(("A",)), without.detail(("A",)), without.unit(("A",))) == ("A", "", "")
