"""Every category of the Basel tables has a deal that lands in it, and weighs what it must."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.regulation.deals_by_hand import AS_OF, NATIONAL, OUT, Deal, deals

from liqbench import Workbench, samples
from liqbench.engine import Run
from liqbench.errors import DataError
from liqbench.model import Dag, OperatorConfig
from liqbench.regulation import load_parameters

DEALS = list(deals())
TEXTS = (
    "schema_type", "type", "purpose", "status", "asset_liability", "currency_code", "customer_id",
    "entity_type", "hqla_class", "sft_type", "movement", "capital_tier", "impairment_status",
    "reporting_id", "deal_id", "id",
)  # fmt: skip
AMOUNTS = ("balance", "limit_amount", "withdrawal_penalty", "guarantee_amount",
           "encumbrance_amount")  # fmt: skip
DATES = ("date", "end_date", "next_withdrawal_date", "encumbrance_end_date")
DAYS = ("call_dates", "break_dates")
FLAGS = ("on_balance_sheet", "intra_group", "x_established_relationship", "rehypothecation",
         "x_central_bank_drawable", "x_domestic_currency", "x_scheme_prefunded",
         "x_covers_short")  # fmt: skip
USUAL: dict[str, Any] = {
    "date": AS_OF, "currency_code": "EUR", "on_balance_sheet": True,
    "intra_group": False, "balance": 100_000,
}  # fmt: skip


def table_of(given: list[Deal]) -> pa.Table:
    rows = [
        {**USUAL, **dict.fromkeys(("id", "deal_id", "reporting_id"), f"D{n:03d}"), **deal.fields}
        for n, deal in enumerate(given)
    ]
    kinds = {
        **dict.fromkeys(TEXTS, pa.string()),
        **dict.fromkeys(AMOUNTS, pa.int64()),
        **dict.fromkeys(DATES, pa.date32()),
        **dict.fromkeys(DAYS, pa.list_(pa.date32())),
        **dict.fromkeys(FLAGS, pa.bool_()),
    }
    columns = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    weights = [row.get("risk_weight_std") for row in rows]
    columns["risk_weight_std"] = pa.array(
        [None if weight is None else Decimal(weight) for weight in weights], pa.decimal128(6, 4)
    )
    return pa.table(columns)


def prepared(folder: Path, given: list[Deal]) -> Dag:
    """Write the deals, their entity, rates and parameter set; return the DAG that reads them."""
    (folder / "deals").mkdir()
    pq.write_table(table_of(given), folder / "deals" / "part.parquet")
    # Every deal is a bank of its own, so that what is summed by bank is the deal's.
    banks = [f"D{n:03d}" for n in range(len(given))]
    entities = {"reporting_id": banks, "reporting_entity_name": banks, "region": banks}
    pq.write_table(pa.table(entities), folder / "entities.parquet")
    quotes = pa.array([Decimal(1), Decimal("0.9")], pa.decimal128(9, 6))
    pq.write_table(
        pa.table({"currency_code": ["EUR", "USD"], "quote": quotes}), folder / "fx_rates.parquet"
    )
    (folder / "own.yaml").write_text(NATIONAL, "utf-8")
    return with_all_fields(samples.lcr_nsfr_dag(1000, folder=folder / "unused")).at_folder(folder)


def with_all_fields(dag: Dag) -> Dag:
    """Return the sample's DAG with every optional field, and weights from the set of the test."""
    document = dag.model_dump(mode="json")
    flags = [{"name": name, "type": "boolean"} for name in FLAGS if name.startswith("x_")]
    for operator in document["operators"]:
        parameters = operator["parameters"]
        if operator["operator_type"] == "ingest":
            known = [field["name"] for field in parameters["fields"]]
            parameters["fields"] += [flag for flag in flags if flag["name"] not in known]
        if operator["operator_id"] == "weigh":
            for reference in parameters["references"]:
                reference["source"]["name"] = "own.yaml"
        if operator["operator_type"] in ("lcr", "nsfr"):
            parameters["parameter_set"] = "own.yaml"
    operators = tuple(OperatorConfig.model_validate(each) for each in document["operators"])
    return Dag(name="by hand", operators=operators)


@pytest.fixture(scope="module")
def by_hand(bench: Workbench, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return bench.run(prepared(tmp_path_factory.mktemp("by hand"), DEALS), as_of=AS_OF)


def test_every_category_of_basel_has_a_deal() -> None:
    hit = {code for deal in DEALS for part in deal.expected for code in (part[1], part[3])}
    assert {category.code for category in load_parameters("basel").categories} <= hit
    assert hit <= {OUT, *(category.code for category in load_parameters("basel").categories)}


def test_every_deal_lands_in_its_categories_and_weighs_what_it_must(by_hand: Run) -> None:
    rows = by_hand.table("weighted").sort_values("reporting_id", kind="stable")
    found: dict[str, set[tuple[str, Decimal, str, Decimal]]] = {}
    names = ["reporting_id", "x_lcr_code", "lcr_weighted", "x_nsfr_code", "nsfr_weighted"]
    for deal, *codes_and_amounts in rows[names].to_numpy().tolist():
        found.setdefault(deal, set()).add(tuple(codes_and_amounts))
    expected = {
        f"D{n:03d}": {(lcr, Decimal(a), nsfr, Decimal(b)) for _, lcr, a, nsfr, b in deal.expected}
        for n, deal in enumerate(DEALS)
    }
    assert found == expected


def test_the_parts_of_a_deal_are_rows_of_their_own_that_trace_to_it(by_hand: Run) -> None:
    rows = by_hand.table("classify")
    parts = rows.groupby("id")["part"].apply(set).to_dict()
    assert parts == {
        f"D{n:03d}": {part for part, *_ in deal.expected} for n, deal in enumerate(DEALS)
    }
    whole = rows.groupby("id")["amount"].sum()
    drawn = next(n for n, deal in enumerate(DEALS) if "limit_amount" in deal.fields)
    assert whole[f"D{drawn:03d}"] == Decimal("1500.00")
    partly = next(n for n, d in enumerate(DEALS) if d.fields.get("guarantee_amount") == 60_000)
    key = {"id": f"D{partly:03d}", "part": "insured"}
    (deal,) = by_hand.lineage.trace("classify", key).table("ingest")["id"]
    assert deal == key["id"]


def test_the_deciding_rule_stays_on_the_row(by_hand: Run) -> None:
    rows = by_hand.table("classify").set_index(["id", "part"])
    partly = next(n for n, d in enumerate(DEALS) if d.fields.get("guarantee_amount") == 60_000)
    assert rows.loc[(f"D{partly:03d}", "insured"), "x_lcr_rule"] == "LCR.RET.STABLE"
    assert rows.loc[(f"D{partly:03d}", "uninsured"), "x_lcr_rule"] == "LCR.RET.LESS"


def test_what_no_rule_knows_is_unclassified_counted_and_makes_the_ratio_incomplete(
    bench: Workbench, tmp_path: Path
) -> None:
    known = Deal({**DEALS[0].fields}, DEALS[0].expected)
    strange = Deal({**DEALS[0].fields, "type": "tulip_bulbs", "hqla_class": None}, ())
    run = bench.run(prepared(tmp_path, [known, strange]), as_of=AS_OF)
    rows = run.table("classify").to_dict("records")
    (row,) = (each for each in rows if each["id"] == "D001")
    assert (row["x_lcr_code"], row["x_nsfr_code"]) == ("UNCLASSIFIED", "UNCLASSIFIED")
    assert row["x_lcr_rule"] is None
    metrics = run.results["classify"].metrics
    assert metrics["unclassified lcr"] == metrics["unclassified nsfr"] == 1
    status = run.table("nsfr").set_index("reporting_id")["nsfr_status"]
    assert status["D001"] == "undefined: no required stable funding"
    assert any("1 rows are UNCLASSIFIED" in notice for notice in run.notices)


def test_a_currency_without_a_rate_is_an_error_that_names_it(
    bench: Workbench, tmp_path: Path
) -> None:
    strange = Deal({**DEALS[0].fields, "currency_code": "XTS"}, ())
    with pytest.raises(DataError, match=r"fx_rates.*currency_code XTS"):
        bench.run(prepared(tmp_path, [strange]), as_of=AS_OF)
