from __future__ import annotations

from decimal import Decimal

import pytest

from liqbench.errors import ParameterSetError
from liqbench.regulation import Section, load_parameters

BASEL = load_parameters("basel")

# Typed from BCBS 238 (Annex 4); HQLA after haircut, flows as run-off or inflow rates.
WEIGHTS = {
    "L1.CASH": "1",
    "L1.SOVFX": "1",
    "L2A.SEC20": "0.85",
    "L2A.CB": "0.85",
    "L2B.RMBS": "0.75",
    "L2B.CORP": "0.50",
    "L2B.EQ": "0.50",
    "O.RET.STABLE3": "0.03",
    "O.RET.STABLE5": "0.05",
    "O.RET.LESS": "0.10",
    "O.RET.TERM30": "0",
    "O.WHL.OP": "0.25",
    "O.WHL.OPINS": "0.05",
    "O.WHL.NFC": "0.40",
    "O.WHL.NFCINS": "0.20",
    "O.WHL.OTHER": "1",
    "O.SEC.CB_L1": "0",
    "O.SEC.L2A": "0.15",
    "O.SEC.RMBS": "0.25",
    "O.SEC.L2B": "0.50",
    "O.SEC.OTHER": "1",
    "O.DER.VALCH": "0.20",
    "O.FAC.RETAIL": "0.05",
    "O.FAC.CR.NFC": "0.10",
    "O.FAC.LQ.NFC": "0.30",
    "O.FAC.BANK": "0.40",
    "O.FAC.LQ.FI": "1",
    "I.RR.L1": "0",
    "I.RR.L2A": "0.15",
    "I.RR.MARGIN": "0.50",
    "I.OPDEP": "0",
    "I.RET": "0.50",
    "I.NFC": "0.50",
    "I.FI": "1",
}
NATIONAL = {"O.CTG.TRADE", "O.CTG.OTHER", "I.OTH"}


def test_all_categories_of_basel_are_there_each_once() -> None:
    codes = [category.code for category in BASEL.categories]
    assert len(codes) == 68
    assert len(set(codes)) == 68
    count = dict.fromkeys(Section, 0)
    for category in BASEL.categories:
        count[category.section] += 1
    assert count == {
        Section.L1: 5,
        Section.L2A: 3,
        Section.L2B: 3,
        Section.OUTFLOW: 41,
        Section.INFLOW: 16,
    }


def test_a_code_begins_with_its_section() -> None:
    prefixes = {"L1": "L1", "L2A": "L2A", "L2B": "L2B", "O": "OUTFLOW", "I": "INFLOW"}
    for category in BASEL.categories:
        assert category.section.value == prefixes[category.code.split(".")[0]]


@pytest.mark.parametrize(("code", "weight"), WEIGHTS.items())
def test_a_weight_is_that_of_the_standard(code: str, weight: str) -> None:
    assert BASEL.category(code).weight == Decimal(weight)


def test_every_category_says_what_it_is_and_where_it_stands() -> None:
    for category in BASEL.categories:
        assert category.description
        assert category.paragraph
        assert category.paragraph_status in ("seen", "recalled")
    assert BASEL.category("O.RET.STABLE5").paragraph == "75"
    assert BASEL.category("O.RET.STABLE5").paragraph_status == "seen"
    assert BASEL.category("O.WHL.NFC").paragraph_status == "recalled"


def test_what_the_standard_leaves_to_supervisors_has_no_weight() -> None:
    assert {item.code for item in BASEL.categories if item.weight is None} == NATIONAL


def test_the_reference_table_splits_every_weight_in_factor_and_haircut() -> None:
    rows = BASEL.reference_table().to_pylist()
    assert {row["code"] for row in rows} == {item.code for item in BASEL.categories} - NATIONAL
    assert len(rows) == 65
    for row in rows:
        factor, haircut = row["liquidity_factor"], row["haircut"]
        category = BASEL.category(row["code"])
        assert factor * (1 - haircut) == category.weight
        assert (factor if category.section.is_hqla else 1 - haircut) == 1
        assert row["section"] == category.section.value
        assert row["description"] == category.description
        assert row["paragraph"] == category.paragraph


def test_the_reference_table_is_decimal() -> None:
    table = BASEL.reference_table()
    assert str(table.schema.field("liquidity_factor").type) == "decimal128(5, 4)"
    assert str(table.schema.field("haircut").type) == "decimal128(5, 4)"
    rows = {row["code"]: row for row in table.to_pylist()}
    assert rows["L2A.CORP"]["haircut"] == Decimal("0.15")
    assert rows["O.RET.STABLE3"]["liquidity_factor"] == Decimal("0.03")


@pytest.mark.parametrize(
    ("section", "hqla"),
    [("L1", True), ("L2A", True), ("L2B", True), ("OUTFLOW", False), ("INFLOW", False)],
)
def test_the_levels_are_hqla_and_the_flows_are_not(section: str, hqla: bool) -> None:
    assert Section(section).is_hqla is hqla


def test_the_hash_changes_with_a_weight() -> None:
    first, *rest = BASEL.categories
    lower = first.model_copy(update={"weight": Decimal("0.99")})
    assert BASEL.model_copy(update={"name": "x"}).content_hash == BASEL.content_hash
    assert (
        BASEL.model_copy(update={"categories": (lower, *rest)}).content_hash != BASEL.content_hash
    )


def test_a_set_is_loaded_once() -> None:
    assert load_parameters("basel") is BASEL


def test_an_unknown_set_names_the_known() -> None:
    with pytest.raises(ParameterSetError) as caught:
        load_parameters("basl")
    assert str(caught.value) == "there is no parameter set 'basl' (did you mean 'basel'?)"


def test_an_unknown_category_names_the_closest() -> None:
    with pytest.raises(ParameterSetError) as caught:
        BASEL.category("L2B.RMSB")
    assert caught.value.what == "parameter set 'basel' has no category 'L2B.RMSB'"
    assert caught.value.hint is not None
    assert "'L2B.RMBS'" in caught.value.hint
