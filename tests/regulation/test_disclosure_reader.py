from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.regulation.conftest import BASEL, lines_of, published, values

from liqbench.errors import DisclosureError
from liqbench.regulation.disclosure import DisclosedTable, load_template, read_disclosures
from liqbench.samples.disclosures import disclosed_tables, disclosures_path, rows_path

Write = Callable[..., Path]
TABLES = [table for name in ("LIQ1", "LIQ2") for table in disclosed_tables(name)]
INDIAN = [table for table in TABLES if table.edition == "basel"]


def named(table: DisclosedTable) -> str:
    return f"{table.template.name}-{table.bank}-{table.reference_date}"


def test_our_own_layout_holds_many_tables_in_one_file() -> None:
    liq1, liq2 = disclosed_tables("LIQ1"), disclosed_tables("LIQ2")
    assert (len(liq1), len(liq2)) == (20, 4)
    assert {table.template.name for table in liq2} == {"LIQ2"}
    santander = next(table for table in liq2 if table.bank == "santander")
    assert santander.reference_date == date(2025, 12, 31)
    assert santander.edition == "eu"
    assert santander.figures["3", "ge_1y"].value == Decimal("300.63")
    assert ("22", "weighted") not in santander.figures
    assert [table.bank for table in liq1 if table.edition == "basel"] == [
        "hdfc_bank", "hdfc_bank", "indusind_bank", "indusind_bank",
    ]  # fmt: skip


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_a_table_as_published_reads_as_the_same_figures(
    write: Write, table: DisclosedTable
) -> None:
    file = write(table.template.name, published(table))
    (read,) = read_disclosures(file)
    assert values(read) == values(table)
    assert (read.bank, read.reference_date, read.source) == ("some_bank", None, str(file))


@pytest.mark.parametrize("table", INDIAN, ids=named)
def test_main_rows_only_are_mapped_to_the_template(write: Write, table: DisclosedTable) -> None:
    lines = published(table, main_rows=True)
    assert [line[0] for line in lines][:4] == ["1", "2", "2i", "2ii"]
    assert lines[-1][0] == "15"
    (read,) = read_disclosures(write("LIQ1", lines))
    assert values(read) == values(table)


def test_main_rows_without_a_single_split_are_known_by_their_number(write: Write) -> None:
    template = load_template("LIQ1")
    lines = [
        (row.row_15, *BASEL[row.row])
        for row in template.rows
        if row.row_15 and not row.row_15.endswith("i")
    ]
    (read,) = read_disclosures(write("LIQ1", lines))
    assert read.figures["5", "weighted"].value == 200
    assert read.figures["22", "weighted"].value == 270


@pytest.mark.parametrize(
    ("text", "ratio", "unit"),
    [
        ("1.50", "1.5", "0.01"),
        ("1.4987", "1.4987", "0.0001"),
        ("1.526000", "1.526", "0.001"),
        ("149.87", "1.4987", "0.0001"),
        ("150", "1.5", "0.01"),
        ("150%", "1.5", "0.01"),
        ("149.8 %", "1.498", "0.001"),
    ],
)
def test_a_ratio_is_read_as_a_number_or_as_percent(
    write: Write, text: str, ratio: str, unit: str
) -> None:
    rows = {**BASEL, "23": ("Liquidity coverage ratio", "", text)}
    (read,) = read_disclosures(write("LIQ1", lines_of(rows)))
    figure = read.figures["23", "weighted"]
    assert (figure.value, figure.unit) == (Decimal(ratio), Decimal(unit))


def test_a_ratio_above_ten_is_no_percentage_where_the_rows_say_so(write: Write) -> None:
    rows = {
        **BASEL,
        "1": ("Total HQLA", "", "4050"),
        "21": ("Total HQLA", "", "4050"),
        "23": ("LCR %", "", "15.00"),
    }
    (read,) = read_disclosures(write("LIQ1", lines_of(rows)))
    assert read.figures["23", "weighted"].value == 15


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234567.89", "1234567.89"),
        ("1,234,567.89", "1234567.89"),
        ("1 234 567", "1234567"),
        ("1\u00a0234\u00a0567", "1234567"),
        ("1'234'567.5", "1234567.5"),
        (" 360 ", "360"),
        ("-360", "-360"),
        ("\u2212360", "-360"),
    ],
)
def test_thousands_may_be_grouped(write: Write, text: str, value: str) -> None:
    rows = {**BASEL, "15": ("Other contingent funding obligations", "", text)}
    (read,) = read_disclosures(write("LIQ1", lines_of(rows)))
    assert read.figures["15", "weighted"].value == Decimal(value)


@pytest.mark.parametrize("blank", ["", "  ", "-", "\u2013"])
def test_a_blank_cell_or_a_dash_is_no_figure(write: Write, blank: str) -> None:
    rows = {**BASEL, "12": ("Loss of funding on debt products", blank, blank)}
    (read,) = read_disclosures(write("LIQ1", lines_of(rows)))
    assert ("12", "weighted") not in read.figures


@pytest.mark.parametrize("text", ["n.a.", "1,5", "1.234.567,89", "12,34", "1e6", "NaN", "1 23"])
def test_a_text_where_a_figure_should_be_is_told_with_line_and_row(write: Write, text: str) -> None:
    rows = {**BASEL, "16": ("TOTAL CASH OUTFLOWS", "", text)}
    with pytest.raises(DisclosureError) as told:
        read_disclosures(write("LIQ1", lines_of(rows)))
    assert f"some_bank.csv, line 17, row 16, weighted: '{text}' is no figure" in str(told.value)
    assert "correct the cell" in str(told.value)


def test_a_figure_of_too_many_digits_is_refused(write: Write) -> None:
    rows = {**BASEL, "16": ("TOTAL CASH OUTFLOWS", "", "1" * 39)}
    with pytest.raises(DisclosureError, match="more than 38 digits"):
        read_disclosures(write("LIQ1", lines_of(rows)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (("24", "Anything", "", "1"), "line 25: there is no row '24' in LIQ1"),
        (("EU-19c", "Anything", "", "1"), "did you mean 'EU-19"),
        (("2", "Retail deposits", "1", "1"), "line 25: row 2 stands here and in line 3 already"),
        (("EU-20c", "Fully exempt inflows", "", "1"), "row EU-20c is 'inflows subject to the 75"),
    ],
)
def test_a_row_that_can_not_be_is_refused(
    write: Write, line: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DisclosureError) as told:
        read_disclosures(write("LIQ1", [*lines_of(BASEL), line]))
    assert message in str(told.value)


def test_numbers_and_descriptions_that_disagree_are_refused(write: Write) -> None:
    """Row 3 is less than a main row in the template, but one where main rows only are counted."""
    rows = {**BASEL, "3": BASEL["5"]}
    with pytest.raises(DisclosureError) as told:
        read_disclosures(write("LIQ1", lines_of(rows)))
    assert "row 3 is 'stable deposits' in LIQ1, not 'Unsecured wholesale funding'" in str(
        told.value
    )


def test_main_rows_need_their_descriptions(write: Write) -> None:
    lines = [("1", "Total HQLA", "", "420"), ("2i", "", "600", "30")]
    with pytest.raises(DisclosureError, match="numbered 1 to 15, not 'without a description'"):
        read_disclosures(write("LIQ1", lines))


@pytest.mark.parametrize("row", ["21", "22", "23"])
def test_a_table_without_its_ratio_can_not_be_reconciled(write: Write, row: str) -> None:
    rows = {**BASEL, row: (BASEL[row][0], "", "")}
    with pytest.raises(DisclosureError, match=f"row {row}, .*, has no weighted figure"):
        read_disclosures(write("LIQ1", lines_of(rows)))


def test_a_ratio_to_nothing_is_undefined(write: Write) -> None:
    rows = {**BASEL, "22": (BASEL["22"][0], "", "0")}
    with pytest.raises(DisclosureError, match="row 22, total net cash outflows, is 0"):
        read_disclosures(write("LIQ1", lines_of(rows)))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "there is no table in the file"),
        (b"row_id,description,unweighted,weighted\n", "there is no table in the file"),
        (b"row_id,description,unweigthed,weighted\n1,x,,1\n", "did you mean 'unweigthed'"),
        (b"row_id;description;unweighted;weighted\n1;x;;1\n", "lacks the column"),
        (b"row_id,description,weighted,weighted\n1,x,,1\n", "column 'weighted' is there twice"),
        (b"row_id,description,unweighted,weighted\n1,x,1\n", "line 2: 3 cells where the header"),
        (b"row_id,description,unweighted,weighted\n1,\xff,,1\n", "no text in UTF-8"),
        (b'row_id,description,unweighted,weighted\n1,"x,,1\n', "the file is no CSV"),
        (
            b"bank_id,reference_date,row,unweighted,weighted\n,2025-12-31,1,,1\n",
            "line 2: there is no bank_id",
        ),
        (
            b"bank_id,reference_date,row,unweighted,weighted\nx,31.12.2025,1,,1\n",
            "line 2: the reference date '31.12.2025' is no date",
        ),
        (
            b"bank_id,reference_date,row,unweighted,weighted\nx,2025-12-31,2i,,1\n",
            "line 2: there is no row '2i' in LIQ1",
        ),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "some.csv").write_bytes(content)
    with pytest.raises(DisclosureError) as told:
        read_disclosures(tmp_path / "some.csv")
    assert str(told.value).startswith(str(tmp_path / "some.csv"))
    assert message in str(told.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DisclosureError, match="there is no such file"):
        read_disclosures(tmp_path / "none.csv")
    with pytest.raises(DisclosureError, match="can't be read"):
        read_disclosures(tmp_path)


def test_a_byte_order_mark_and_blank_lines_do_no_harm(write: Write) -> None:
    file = write("LIQ1", lines_of(BASEL))
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes() + b"\r\n,,,\r\n")
    (read,) = read_disclosures(file)
    assert read.figures["16", "weighted"].value == 360


@pytest.mark.parametrize("name", ["LIQ1", "LIQ2"])
def test_every_label_describes_its_row_and_parts_are_rows(name: str) -> None:
    template = load_template(name)
    assert all(row.is_described_by(row.label) for row in template.rows)
    for identity in template.identities:
        assert {identity.row, *(row for row, _ in identity.parts)} <= template.by_row.keys()
        assert set(identity.columns) <= set(template.columns)


def test_the_template_has_the_rows_of_the_samples_in_their_sections() -> None:
    header, *lines = rows_path().read_text("utf-8").splitlines()
    assert header == "row,label,section,role"
    samples = [tuple(line.split(",")[::2]) for line in lines]
    assert samples == [(row.row, row.section) for row in load_template("LIQ1").rows]


def test_an_unknown_template_is_told() -> None:
    with pytest.raises(DisclosureError, match=r"no template 'LIQ3' \(did you mean 'LIQ"):
        disclosures_path("LIQ3")
