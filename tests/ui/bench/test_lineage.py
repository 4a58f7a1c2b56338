"""The trail of a number and of a deal: stages, rows, rules, paragraphs, fields."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from tests.ui.bench.screen import Screen, asked_of

from liqbench import ImpactAnalysis, Workbench
from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.bench.wire import table_to_wire, to_wire

VARIANT = "conservative@enrich"


def first_row(screen: Screen) -> str:
    name: str = screen.state("impact")["rows"][0]["name"]
    return name


def deals_of(folder: Path, name: str, more: str = "true") -> list[tuple[Any, ...]]:
    """Return the deals of an entity as they lie in the sample; its number ends its name."""
    return duckdb.execute(
        f"SELECT id FROM read_parquet('{folder}/deals/*.parquet') "
        f"WHERE reporting_id = ? AND {more} ORDER BY id",
        [f"LE{name[-3:]}"],
    ).fetchall()


def test_without_an_analysis_there_is_nothing_to_trace(tmp_path: Path) -> None:
    screen = Screen(Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench"))
    assert screen.state("lineage") == {"ready": False}
    refused = screen.ask("lineage.trace", variant="", entity="x")
    assert refused["hint"] == "choose scenarios and run them"


def test_what_is_selected_is_what_is_traced(screen: Screen) -> None:
    name = first_row(screen)
    assert screen.state("lineage")["target"] is None
    cell = {"kind": "cell", "id": "1", "entity": name, "variant": VARIANT, "metric": "lcr"}
    screen.ask("bench.select", selection=cell)
    assert screen.state("lineage")["target"] == {
        "kind": "number", "variant": VARIANT, "entity": name, "category": "",
    }  # fmt: skip
    number = screen.state("lineage")["target"]
    deal = {"kind": "deal", "id": "D1", "key": {"id": "D1"}}
    for on_its_way in (deal, {"kind": "operator", "id": "enrich"}):
        screen.ask("bench.select", selection=on_its_way)
        assert screen.state("lineage")["target"] == number
    screen.ask("lineage.follow", variant=VARIANT, key={"id": "D1"})
    assert screen.state("lineage")["target"] == {
        "kind": "deal", "variant": VARIANT, "key": {"id": "D1"},
    }  # fmt: skip
    screen.ask("lineage.follow")
    assert screen.state("lineage")["target"] == number


def test_a_ratio_goes_back_to_all_deals_of_its_entity(screen: Screen, deals_folder: Path) -> None:
    name = first_row(screen)
    found = screen.ask("lineage.trace", variant=VARIANT, entity=name)
    rows = {stage["operator"]: stage["rows"] for stage in found["stages"]}
    expected = deals_of(deals_folder, name)
    assert rows["ingest"] == rows["enrich"] == len(expected)
    assert rows["agg_final"] == 1
    assert [stage["operator"] for stage in found["stages"]][:2] == ["ingest", "enrich"]
    assert all(stage["exact"] for stage in found["stages"])
    assert "adj_enrich" in rows
    page = screen.ask("lineage.rows", variant=VARIANT, entity=name, operator="ingest", limit=4)
    place = page["columns"].index("id")
    assert [row[place] for row in page["rows"]] == [deal for (deal,) in expected[:4]]
    more = screen.ask(
        "lineage.rows", variant=VARIANT, entity=name, operator="ingest", limit=4, offset=4
    )
    assert [row[place] for row in more["rows"]] == [deal for (deal,) in expected[4:8]]


def test_a_category_goes_back_to_its_deals_and_the_rules_that_touched_them(
    screen: Screen, deals_folder: Path
) -> None:
    name = first_row(screen)
    asked = {"variant": VARIANT, "entity": name, "category": "O.RET.LESS"}
    stages = screen.ask("lineage.trace", **asked)["stages"]
    of_category = deals_of(deals_folder, name, "x_lcr_code = 'O.RET.LESS'")
    assert {s["operator"]: s["rows"] for s in stages}["ingest"] == len(of_category)
    rules = {rule["rule"]: rule for rule in screen.ask("lineage.rules", **asked)}
    large = deals_of(deals_folder, name, "x_lcr_code = 'O.RET.LESS' AND balance >= 100000")
    assert rules["CON-RUNOFF"]["rows"] == len(large)
    assert rules["CON-RUNOFF"]["approved_by"] == "risk_admin"
    assert rules["CON-OPERATIONAL"]["rows"] == 0
    (parameter,) = screen.ask("lineage.parameters", **asked)
    assert (parameter["category"], Decimal(parameter["weight"])) == ("O.RET.LESS", Decimal("0.1"))
    assert parameter["paragraph"] == "79-81"


def test_the_parameters_of_a_number_add_up_to_it(screen: Screen, deals: ImpactAnalysis) -> None:
    name = first_row(screen)
    found = screen.ask("lineage.parameters", variant="", entity=name)
    level_1 = sum(Decimal(p["amount"]) for p in found if p["section"] == "L1")
    table: Any = deals.base.table("agg_final").set_index("reporting_entity_name")
    assert abs(level_1 - table.loc[name, "level_1"]) <= Decimal("0.0001")


def test_a_deal_tells_what_it_is_what_touched_it_and_what_it_feeds(
    screen: Screen, deals: ImpactAnalysis
) -> None:
    moved: Any = deals.deals(VARIANT, limit=1)
    deal = {"id": moved["id"][0]}
    found = screen.ask("lineage.deal", variant=VARIANT, key=deal)
    assert found["fields"]["id"] == deal["id"]
    history = [dict(zip(found["history"]["columns"], row, strict=True))
               for row in found["history"]["rows"]]  # fmt: skip
    factor = next(row for row in history if row["field"] == "liquidity_factor")
    assert Decimal(factor["old_value"]) == moved["liquidity_factor_before"][0]
    assert Decimal(factor["new_value"]) == moved["liquidity_factor_after"][0]
    ahead = screen.ask("lineage.ahead", variant=VARIANT, key=deal)
    rows = {stage["operator"]: stage["rows"] for stage in ahead["stages"]}
    assert ahead["table"] == "ingest"
    assert rows["ingest"] == rows["agg_final"] == 1
    fed = screen.ask("lineage.fed", variant=VARIANT, key=deal, operator="agg_final")
    assert len(fed["rows"]) == 1
    unknown = screen.ask("lineage.deal", variant=VARIANT, key={"id": "<b>D0</b>"})
    assert (unknown["kind"], "<b>D0</b>" in unknown["what"]) == ("UnknownKeyError", True)


def test_a_field_goes_back_to_the_sources(screen: Screen) -> None:
    found = screen.ask("lineage.columns", variant="", table="agg_final", field="hqla")
    assert ["agg_final", "hqla"] in found["nodes"]
    sources = {tuple(edge["from"]) for edge in found["edges"]}
    assert ("ingest", "balance") in sources
    wrong = screen.ask("lineage.columns", variant="", table="agg_final", field="hqlb")
    assert "did you mean 'hqla'" in wrong["hint"]


def test_its_code_gives_the_identical_trail(
    screen: Screen, deals: ImpactAnalysis, bench: Workbench
) -> None:
    name = first_row(screen)
    cell = {"kind": "cell", "id": "1", "entity": name, "variant": VARIANT,
            "category": "O.RET.LESS"}  # fmt: skip
    screen.ask("bench.select", selection=cell)
    shown = screen.ask("lineage.trace", variant=VARIANT, entity=name, category="O.RET.LESS")
    found: dict[str, Any] = {"wb": bench}
    exec(screen.bench.panels["lineage"].code(), found)  # noqa: S102 - what the screen shows
    summary = found["trace"].summary().set_index("operator")["rows"].to_dict()
    assert summary == {stage["operator"]: stage["rows"] for stage in shown["stages"]}
    asked = {"variant": VARIANT, "entity": name, "category": "O.RET.LESS", "operator": "ingest"}
    page = screen.ask("lineage.rows", **asked, limit=4, offset=4)
    exec(asked_of(screen, "lineage"), found)  # noqa: S102
    assert table_to_wire(found["rows"])["rows"] == page["rows"]
    number = {"variant": VARIANT, "entity": name, "category": "O.RET.LESS"}
    rules = screen.ask("lineage.rules", **number)
    exec(asked_of(screen, "lineage"), found)  # noqa: S102
    counted = found["adjustments"].set_index("rule_id")["rows"].to_dict()
    assert counted == {rule["rule"]: rule["rows"] for rule in rules}
    (less,) = screen.ask("lineage.parameters", **number)
    exec(asked_of(screen, "lineage"), found)  # noqa: S102
    own = found["weights"].set_index("category").loc["O.RET.LESS"]
    assert {part: to_wire(own[part]) for part in ("weight", "paragraph", "amount")} == {
        part: less[part] for part in ("weight", "paragraph", "amount")
    }
    fields = screen.ask("lineage.columns", variant=VARIANT, table="agg_final", field="hqla")
    exec(asked_of(screen, "lineage"), found)  # noqa: S102
    assert [list(node) for node in found["fields"]] == fields["nodes"]
    key = {"id": deals.deals(VARIANT, limit=1)["id"][0]}
    screen.ask("lineage.follow", variant=VARIANT, key=key)
    exec(screen.bench.panels["lineage"].code(), found)  # noqa: S102
    run = deals[VARIANT].result()
    pd.testing.assert_frame_equal(found["history"], run.lineage.history(key))
    pd.testing.assert_frame_equal(
        found["ahead"].summary(), run.lineage.impact("ingest", key).summary()
    )
    fed = screen.ask("lineage.fed", variant=VARIANT, key=key, operator="agg_final")
    exec(asked_of(screen, "lineage"), found)  # noqa: S102
    assert table_to_wire(found["rows"])["rows"] == fed["rows"]
