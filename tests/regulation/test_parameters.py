from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from liqbench.errors import FaultsError, ParameterSetError
from liqbench.regulation import Section, diff_parameters, load_parameters

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
    # BCBS 295.
    "A.CAP": "1",
    "A.RET.ST": "0.95",
    "A.RET.LS": "0.90",
    "A.NFC": "0.50",
    "A.FI6": "0",
    "R.CBR": "0",
    "R.L1": "0.05",
    "R.FIL1": "0.10",
    "R.FIOTH": "0.15",
    "R.L2A": "0.15",
    "R.L2B": "0.50",
    "R.MTG35": "0.65",
    "R.LN85": "0.85",
    "R.ENC1Y": "1",
    "R.DER20": "0.20",
    "R.OBS": "0.05",
}
NATIONAL = {"O.CTG.TRADE", "O.CTG.OTHER", "I.OTH", "R.OBS.OTH"}


def test_all_categories_of_basel_are_there_each_once() -> None:
    codes = [category.code for category in BASEL.categories]
    assert len(set(codes)) == len(codes)
    count = dict.fromkeys(Section, 0)
    for category in BASEL.categories:
        count[category.section] += 1
    assert {section: n for section, n in count.items() if n} == {
        Section.L1: 5,
        Section.L2A: 3,
        Section.L2B: 3,
        Section.OUTFLOW: 41,
        Section.INFLOW: 16,
        Section.ASF: 16,  # of which two for deferred taxes and minority interests by maturity
        Section.RSF: 26,  # of which one for other assets encumbered for 6 to 12 months
    }


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
    *rows, outside, unknown = BASEL.reference_table().to_pylist()
    assert (outside["code"], outside["weight"]) == ("OUT_OF_SCOPE", 0)
    assert (unknown["code"], unknown["weight"]) == ("UNCLASSIFIED", 0)
    assert {row["code"] for row in rows} == {item.code for item in BASEL.categories} - NATIONAL
    assert len(rows) == 106
    for row in rows:
        factor, haircut = row["liquidity_factor"], row["haircut"]
        category = BASEL.category(row["code"])
        assert factor * (1 - haircut) == row["weight"] == category.weight
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


def test_caps_are_shares_and_their_coefficients_follow() -> None:
    basel, us, eu = (load_parameters(name).method.coefficients for name in ("basel", "us", "eu"))
    assert (basel.level_2, basel.level_2b) == (Fraction(2, 3), Fraction(15, 85))
    assert basel.level_2b_of_level_1 == Fraction(15, 60)
    assert (us.level_2, us.level_2b) == (Fraction("0.6667"), Fraction("0.1765"))
    assert (eu.level_2, eu.covered_bonds) == (Fraction(2, 3), Fraction(70, 30))


def changes(name: str) -> dict[tuple[str, str], tuple[object, object]]:
    table = diff_parameters(BASEL, load_parameters(name))
    assert table["reason"].notna().all()
    assert table["paragraph"].notna().all()
    rows = table[["place", "field", "before", "after"]].to_numpy().tolist()
    return {(place, field): (before, after) for place, field, before, after in rows}


def test_the_us_set_differs_in_what_it_says() -> None:
    found = changes("us")
    assert found[("L2B.RMBS", "weight")] == (Decimal("0.75"), Decimal("0.50"))
    assert found[("method hqla", "form")] == ("basel", "us")
    assert {place for place, _ in found} == {
        "L2B.RMBS", "method hqla", "method outflow_adjustment", "method mismatch",
    }  # fmt: skip


def test_the_set_of_the_union_differs_in_what_it_says() -> None:
    found = changes("eu")
    assert found[("L1.CB", "weight")] == (None, Decimal("0.93"))
    assert found[("R.DER20", "weight")] == (Decimal("0.20"), Decimal("0.05"))
    assert {place for place, _ in found} == {
        "L1.CB", "O.RET.HIGH15", "O.RET.HIGH20", "I.EXEMPT", "I.CAP90", "R.DER20",
        "method hqla", "method covered_bond_cap", "method partly_capped_inflow_cap",
    }  # fmt: skip


OWN = """
schema: liqparameters/1
name: our-bank
version: "2026-01"
title: Our calibration
source: Treasury policy 12
extends: basel
categories:
"""
STRICTER = """
  - {code: O.RET.LESS, weight: 0.15, reason: The supervisor asks for 15 %}
  - {code: O.CTG.OTHER, weight: 0.025, reason: National discretion}
"""


def own_set(folder: Path, rows: str, name: str = "own.yaml", head: str = OWN) -> str:
    (folder / name).write_text(head + rows, "utf-8")
    return name


def test_a_bank_s_own_set_says_only_what_it_changes(tmp_path: Path) -> None:
    found = load_parameters(own_set(tmp_path, STRICTER), tmp_path)
    assert (found.name, found.extends) == ("our-bank", ("basel",))
    assert found.category("O.RET.LESS").weight == Decimal("0.15")
    assert found.category("O.RET.LESS").paragraph == "79-81"
    assert found.category("O.CTG.OTHER").weight == Decimal("0.025")
    assert found.category("O.RET.STABLE5") == BASEL.category("O.RET.STABLE5")
    table = diff_parameters(BASEL, found)
    assert table[["place", "field", "before", "after", "reason"]].to_numpy().tolist() == [
        ["O.RET.LESS", "weight", Decimal("0.1"), Decimal("0.15"), "The supervisor asks for 15 %"],
        ["O.CTG.OTHER", "weight", None, Decimal("0.025"), "National discretion"],
    ]


def test_a_set_may_extend_a_bank_s_own(tmp_path: Path) -> None:
    own_set(tmp_path, STRICTER)
    head = OWN.replace("extends: basel", "extends: own.yaml").replace("our-bank", "subsidiary")
    rows = "  - {code: O.RET.LESS, weight: 0.2, reason: The host supervisor asks for 20 %}"
    found = load_parameters(own_set(tmp_path, rows, "sub.yaml", head), tmp_path)
    assert found.extends == ("our-bank", "basel")
    assert found.category("O.RET.LESS").weight == Decimal("0.2")
    assert found.category("O.CTG.OTHER").weight == Decimal("0.025")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("  - {code: O.RET.LESS, weight: 0.15}", "category 'O.RET.LESS': has no reason"),
        ("  - {code: O.RET.LES, weight: 0.15, reason: x}", "did you mean 'O.RET.LESS'"),
        ("  - {code: O.RET.LESS, weight: 1.5, reason: x}", "category 'O.RET.LESS': weight: Input"),
        ("  - {code: O.RET.LESS, weigth: 0.15, reason: x}", "weigth: is not known here"),
        ("  - {code: O.RET.LESS, weight: 0.10, reason: x}", "'O.RET.LESS': changes nothing"),
        ("  - {code: O.RET.LESS, section: L1, reason: x}", "belongs to section OUTFLOW"),
        (STRICTER * 2, "category 'O.RET.LESS': stands there twice"),
        ("  - {code: O.NEW, section: OUTFLOW, weight: 1, paragraph: '1', paragraph_status: seen, "
         "reason: x}", "'O.NEW': description: is missing"),
        ("  - [1, 2", "this is no YAML"),
        ("  - {code: O.RET.LESS, code: O.RET.LESS}", "'code' stands twice at line 9"),
        ("method: {inflow_cap: {value: 0.8}}", "method.inflow_cap has no reason"),
        ("method: {inflow_cap: {value: 1.2, reason: x}}", "method: inflow_cap.value: Input should"),
        ("method: {hqla: {form: eu, paragraph: x, paragraph_status: seen, reason: x}}",
         "needs method.covered_bond_cap"),
        ("colour: red", "colour: is not known here"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_set_is_told(rows: str, told: str, tmp_path: Path) -> None:
    head = OWN if "  -" in rows else OWN.replace("categories:\n", "")
    own_set(tmp_path, rows, head=head)
    with pytest.raises((ParameterSetError, FaultsError)) as caught:
        load_parameters("own.yaml", tmp_path)
    assert told in str(caught.value)
    assert "own.yaml" in str(caught.value)


def test_sets_that_extend_each_other_are_refused(tmp_path: Path) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        own_set(tmp_path, STRICTER, f"{name}.yaml", OWN.replace("basel", f"{other}.yaml"))
    with pytest.raises(ParameterSetError, match=r"circle: a.yaml extends b.yaml extends a.yaml"):
        load_parameters("a.yaml", tmp_path)


def test_a_set_that_is_not_there_names_its_neighbours(tmp_path: Path) -> None:
    own_set(tmp_path, STRICTER)
    with pytest.raises(ParameterSetError, match=r"no file 'own.yml'.*did you mean 'own.yaml'"):
        load_parameters("own.yml", tmp_path)
