"""The model as Power BI would read it: the files are written, and read back by the tests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from tests.warehouse.powerbi.stars import AWKWARD, ENTITY, SOURCE, star
from tests.warehouse.powerbi.tmdl_reader import Node, column_of, read_folder

from liqbench.errors import SemanticModelError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.powerbi import (
    Aggregation,
    RedshiftSource,
    RefreshPolicy,
    semantic_model,
    write,
)

Written = Callable[..., Node]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write the model of stars and read its definition."""

    def make(*stars: StarSchemaOperator, **more: object) -> Node:
        model = semantic_model(stars or (star(),), name="Liquidity", source=SOURCE, **more)  # type: ignore[arg-type]
        write(model, tmp_path / "project")
        return read_folder(tmp_path / "project" / "Liquidity.SemanticModel" / "definition")

    return make


def test_every_view_is_a_table(written: Written) -> None:
    model = written()
    assert sorted(model.names("table")) == [
        "Adjustment rule", "Adjustment scenarios", "Date", "Recorded adjustments",
        "Rules of scenarios", "Scenario", "currency", "entity", "liquidity",
    ]  # fmt: skip
    assert sorted(model.names("ref")) == sorted(model.names("table"))
    views = {
        table.name: re.findall(r'"(rpt_\w+)"', table.one("partition").properties["source"])
        for table in model.all("table")
        if table.all("partition")
    }
    assert views == {
        "Date": ["rpt_dim_date"],
        "Recorded adjustments": ["rpt_adjustment"],
        "Scenario": ["rpt_dim_scenario"],
        "Adjustment rule": ["rpt_dim_adjustment"],
        "Rules of scenarios": ["rpt_scenario_adjustment"],
        "currency": ["rpt_dim_currency"],
        "entity": ["rpt_dim_entity"],
        "liquidity": ["rpt_fact_liquidity"],
    }
    assert {
        table.one("partition").properties["mode"]
        for table in model.all("table")
        if table.all("partition")
    } == {"import"}
    assert model.one("model").properties["discourageImplicitMeasures"] == "true"


def test_figures_are_fixed_decimals_up_to_four_digits_behind_the_point(written: Written) -> None:
    fact = written().one("table", "liquidity")
    types = {column.name: column.properties["dataType"] for column in fact.all("column")}
    assert types == {
        "scenario_key": "int64",
        "date_key": "int64",
        "entity_key": "int64",
        "currency_key": "int64",
        "hqla (published)": "decimal",
        "net_outflows (published)": "decimal",
        "lcr (published)": "double",
        "worst (published)": "decimal",
        "deals (published)": "int64",
        "rate (published)": "double",
        "status": "string",
        "reported": "int64",
        "due": "dateTime",
    }
    told = {
        column.name.removesuffix(" (published)"): {
            note.name: note.expression for note in column.all("annotation")
        }.get("liqbench_Exactness")
        for column in fact.all("column")
    }
    assert told["net_outflows"] == told["worst"] == told["deals"] == "exact"
    assert told["hqla"] == "exact; a figure beyond 922,337,203,685,477.5807 stops the refresh"
    assert told["lcr"] == "rounded to about 15 digits; the warehouse has all of them"
    source = fact.one("partition").properties["source"]
    assert '{"hqla", Currency.Type}' in source
    assert '{"lcr", type number}' in source
    assert '{"due", type date}' in source


def test_keys_and_figures_are_hidden_and_nothing_is_summed_by_itself(written: Written) -> None:
    model = written()
    hidden = {
        (table.name, column.name)
        for table in model.all("table")
        for column in table.all("column")
        if "isHidden" in column.properties
    }
    keys = {name for _, name in hidden}
    assert {"scenario_key", "date_key", "entity_key", "currency_key", "lcr (published)"} <= keys
    shown = {c.name for c in model.one("table", "liquidity").all("column")} - keys
    assert shown == {"status", "reported", "due"}
    columns = [column for table in model.all("table") for column in table.all("column")]
    assert {column.properties["summarizeBy"] for column in columns} == {"none"}
    assert "isKey" in model.one("table", "entity").one("column", "entity_key").properties


def test_dates_are_marked_and_drilled(written: Written) -> None:
    dates = written().one("table", "Date")
    assert dates.properties["dataCategory"] == "Time"
    assert "isKey" in dates.one("column", "Date").properties
    assert dates.one("column", "Date").properties["dataType"] == "dateTime"
    calendar = dates.one("hierarchy", "Calendar")
    assert calendar.names("level") == ["Year", "Quarter", "Month", "Day"]
    assert dates.one("column", "Month").properties["sortByColumn"] == "'Month number'"
    assert dates.one("column", "Month number").properties["sourceColumn"] == "month"


def test_a_declared_hierarchy_is_drilled_and_no_other(written: Written) -> None:
    model = written()
    entity = model.one("table", "entity").one("hierarchy")
    assert entity.names("level") == ["region", "country", "entity_id"]
    assert [level.properties["column"] for level in entity.all("level")] == entity.names("level")
    assert model.one("table", "currency").all("hierarchy") == []


def test_tables_belong_together_one_way_and_rules_choose_scenarios(written: Written) -> None:
    model = written()
    assert {
        (column_of(r.properties["fromColumn"]), column_of(r.properties["toColumn"]))
        for r in model.all("relationship")
    } == {
        (("liquidity", "scenario_key"), ("Scenario", "scenario_key")),
        (("liquidity", "date_key"), ("Date", "date_key")),
        (("liquidity", "entity_key"), ("entity", "entity_key")),
        (("liquidity", "currency_key"), ("currency", "currency_key")),
        (("Recorded adjustments", "scenario_key"), ("Scenario", "scenario_key")),
        (("Recorded adjustments", "date_key"), ("Date", "date_key")),
        (("Rules of scenarios", "scenario_key"), ("Scenario", "scenario_key")),
        (("Rules of scenarios", "adjustment_key"), ("Adjustment rule", "adjustment_key")),
    }
    for relationship in model.all("relationship"):
        back = "Rules of scenarios" in relationship.properties["fromColumn"]
        back &= "scenario_key" in relationship.properties["fromColumn"]
        assert relationship.properties["crossFilteringBehavior"] == (
            "bothDirections" if back else "oneDirection"
        )
        assert relationship.properties["fromCardinality"] == "many"
        assert relationship.properties["toCardinality"] == "one"


def squeezed(expression: str) -> str:
    return re.sub(r"\s+", " ", expression)


def test_a_measure_adds_neither_scenarios_nor_dates(written: Written) -> None:
    hqla = written().one("table", "liquidity").one("measure", "hqla")
    assert squeezed(hqla.expression) == (
        "VAR __AsOf = CALCULATE ( MAX ( 'liquidity'[date_key] ), REMOVEFILTERS ( 'Scenario' ), "
        "REMOVEFILTERS ( 'Adjustment rule' ), REMOVEFILTERS ( 'entity' ), "
        "REMOVEFILTERS ( 'currency' ) ) "
        "RETURN SWITCH ( TRUE (), "
        "HASONEVALUE ( 'Scenario'[variant_number] ), "
        "CALCULATE ( SUM ( 'liquidity'[hqla (published)] ), 'Date'[date_key] = __AsOf ), "
        "NOT ISFILTERED ( 'Scenario' ) && NOT ISFILTERED ( 'Adjustment rule' ), "
        "CALCULATE ( SUM ( 'liquidity'[hqla (published)] ), 'Date'[date_key] = __AsOf, "
        "'Scenario'[is_base] = 1 ) )"
    )
    assert hqla.properties["formatString"] == "#,0.00"


def test_a_ratio_is_never_summed(written: Written) -> None:
    fact = written().one("table", "liquidity")
    lcr = squeezed(fact.one("measure", "lcr").expression)
    assert "SUM ( 'liquidity'[lcr (published)] )" not in lcr
    assert (
        "IF ( COUNTROWS ( 'liquidity' ) = 1, MAX ( 'liquidity'[lcr (published)] ), "
        "DIVIDE ( SUM ( 'liquidity'[hqla (published)] ), "
        "SUM ( 'liquidity'[net_outflows (published)] ) ) )"
    ) in lcr
    assert fact.one("measure", "lcr").properties["formatString"] == "0.00%"
    assert "MIN ( 'liquidity'[worst (published)] )" in fact.one("measure", "worst").expression


def test_of_what_nobody_declared_one_figure_is_shown_or_none(written: Written) -> None:
    rate = written().one("table", "liquidity").one("measure", "rate")
    one = "IF ( COUNTROWS ( 'liquidity' ) = 1, MAX ( 'liquidity'[rate (published)] ) )"
    assert rate.expression.count(one) == 2
    assert "SUM" not in rate.expression
    assert written().one("table", "liquidity").names("measure") == [
        "hqla", "net_outflows", "lcr", "worst", "deals", "rate",
    ]  # fmt: skip


def test_the_calculation_group_compares_scenarios_and_not_flags(written: Written) -> None:
    table = written().one("table", "Adjustment scenarios")
    items = table.one("calculationGroup").all("calculationItem")
    base = (
        "CALCULATE ( SELECTEDMEASURE (), REMOVEFILTERS ( 'Scenario' ), "
        "REMOVEFILTERS ( 'Adjustment rule' ), 'Scenario'[is_base] = 1 )"
    )
    adjusted = (
        "IF ( HASONEVALUE ( 'Scenario'[variant_number] ) "
        "&& SELECTEDVALUE ( 'Scenario'[is_base] ) == 0, SELECTEDMEASURE () )"
    )
    both = f"VAR __Base = {base} VAR __Adjusted = {adjusted} RETURN IF ( NOT ISBLANK ( __Base )"
    both += " && NOT ISBLANK ( __Adjusted ), "
    assert [(item.name, squeezed(item.expression)) for item in items] == [
        ("Base", base),
        ("With adjustments", adjusted),
        ("Variance", both + "__Adjusted - __Base )"),
        ("Variance %", both + "DIVIDE ( __Adjusted - __Base, __Base ) )"),
    ]
    assert [item.properties["ordinal"] for item in items] == ["0", "1", "2", "3"]
    assert [item.properties.get("formatStringDefinition") for item in items] == [
        None, None, None, '"0.00%"',
    ]  # fmt: skip
    assert table.one("column", "Show as").properties["sortByColumn"] == "Ordinal"


@pytest.mark.parametrize("shape", [star(), AWKWARD], ids=["plain", "awkward"])
def test_every_expression_names_columns_that_are_there(
    shape: StarSchemaOperator, written: Written
) -> None:
    model = written(shape)
    columns = {(t.name, c.name) for t in model.all("table") for c in t.all("column")}
    tables = {table for table, _ in columns}
    expressions = [m.expression for t in model.all("table") for m in t.all("measure")]
    group = model.one("table", "Adjustment scenarios").one("calculationGroup")
    expressions += [item.expression for item in group.all("calculationItem")]
    named = r"'((?:[^']|'')+)'\[((?:[^\]]|\]\])+)\]"
    for expression in expressions:
        found = re.findall(named, expression)
        assert found
        for table, column in found:
            assert (table.replace("''", "'"), column.replace("]]", "]")) in columns
        rest = re.sub(named, "", expression)
        assert "[" not in rest
        for table in re.findall(r"'((?:[^']|'')+)'", rest):
            assert table in tables


def test_names_that_need_care_are_read_back_as_they_are(written: Written) -> None:
    model = written(AWKWARD)
    entity = model.one("table", "entity")
    assert entity.names("column")[1:5] == [
        "Größe 'A'", "<b>Bold</b> & co.", 'He said "so"', "a=b: c",
    ]  # fmt: skip
    assert entity.one("hierarchy").names("level") == ["<b>Bold</b> & co.", "Größe 'A'"]
    fact = model.one("table", "awkward")
    assert fact.names("measure") == ["Höhe [EUR]", "it's #(tab)"]
    quoted = fact.one("column", '"quoted"')
    assert quoted.properties["sourceColumn"] == '"""quoted"""'
    assert "'awkward'[Höhe [EUR]] (published)]" in fact.one("measure", "Höhe [EUR]").expression
    # What Redshift makes of the names: ASCII in lower case, the rest as it is.
    source = fact.one("partition").properties["source"]
    assert '{"höhe [eur]", Currency.Type}' in source
    assert '{"it\'s #(#)(tab)", Currency.Type}' in source
    assert '{"""quoted""", type text}' in source


def test_a_refresh_policy_reads_the_last_days_by_their_keys(written: Written) -> None:
    model = written(refresh=RefreshPolicy())
    policy = model.one("table", "liquidity").one("refreshPolicy").properties
    assert {name: policy[name] for name in list(policy)[:-1]} == {
        "policyType": "basic",
        "rollingWindowGranularity": "month",
        "rollingWindowPeriods": "3",
        "incrementalGranularity": "day",
        "incrementalPeriods": "7",
    }
    query = policy["sourceExpression"]
    assert query == model.one("table", "liquidity").one("partition").properties["source"]
    assert (
        "First = Date.Year(RangeStart) * 10000 + Date.Month(RangeStart) * 100 + "
        "Date.Day(RangeStart)"
    ) in query
    assert "Table.SelectRows(View, each [date_key] >= First and [date_key] < Last)" in query
    for name, value in (("RangeStart", "2000, 1, 1"), ("RangeEnd", "2100, 1, 1")):
        assert model.one("expression", name).expression == (
            f"#datetime({value}, 0, 0, 0) meta "
            '[IsParameterQuery=true, Type="DateTime", IsParameterQueryRequired=true]'
        )
    assert model.one("table", "entity").all("refreshPolicy") == []


def test_a_refresh_policy_can_be_set(written: Written) -> None:
    policy = RefreshPolicy(
        store=2, store_unit="year", refresh=1, refresh_unit="month",
        preview=(date(2025, 1, 1), date(2026, 1, 1)),
    )  # fmt: skip
    model = written(refresh=policy)
    found = model.one("table", "liquidity").one("refreshPolicy").properties
    assert (found["rollingWindowGranularity"], found["rollingWindowPeriods"]) == ("year", "2")
    assert (found["incrementalGranularity"], found["incrementalPeriods"]) == ("month", "1")
    assert "#datetime(2025, 1, 1, 0, 0, 0)" in model.one("expression", "RangeStart").expression


def test_a_policy_that_refreshes_more_than_it_stores_is_refused() -> None:
    with pytest.raises(ValidationError, match="more would be refreshed than is stored"):
        RefreshPolicy(store=7, store_unit="day", refresh=1, refresh_unit="month")


def test_without_a_policy_nothing_is_left_out(written: Written) -> None:
    model = written()
    assert model.one("table", "liquidity").all("refreshPolicy") == []
    assert sorted(model.names("expression")) == ["Database", "Schema", "Server"]


def test_an_aggregation_answers_for_its_fact(written: Written) -> None:
    totals = Aggregation(name="liquidity_by_entity", fact="liquidity", dimensions=("entity",))
    model = written(aggregations=(totals,), refresh=RefreshPolicy())
    modes = {
        table.name: table.one("partition").properties["mode"]
        for table in model.all("table")
        if table.all("partition")
    }
    assert modes == {
        "Scenario": "dual",
        "Adjustment rule": "dual",
        "Rules of scenarios": "dual",
        "Date": "dual",
        "entity": "dual",
        "currency": "dual",
        "liquidity": "directQuery",
        "Recorded adjustments": "directQuery",
        "liquidity_by_entity": "import",
    }
    table = model.one("table", "liquidity_by_entity")
    assert table.properties["isHidden"] == "true"
    stands_for = {
        column.name: column.one("alternateOf").properties
        for column in table.all("column")
        if column.all("alternateOf")
    }
    assert stands_for.pop("row_count") == {"baseTable": "liquidity", "summarization": "count"}
    base = {name: column_of(p["baseColumn"]) for name, p in stands_for.items()}
    assert base == {name: ("liquidity", name) for name in stands_for}
    assert {name: p["summarization"] for name, p in stands_for.items()} == {
        "hqla (published)": "sum",
        "net_outflows (published)": "sum",
        "worst (published)": "min",
        "deals (published)": "sum",
    }
    fact = model.one("table", "liquidity")
    for name in stands_for:  # or Power BI would not use it
        own, other = table.one("column", name), fact.one("column", name)
        assert own.properties["dataType"] == other.properties["dataType"]
    ends = {
        column_of(r.properties["toColumn"])
        for r in model.all("relationship")
        if column_of(r.properties["fromColumn"])[0] == "liquidity_by_entity"
    }
    assert ends == {
        ("Scenario", "scenario_key"), ("Date", "date_key"), ("entity", "entity_key"),
    }  # fmt: skip
    assert table.all("refreshPolicy")
    assert fact.all("refreshPolicy") == []
    assert "TransformColumnTypes" not in fact.one("partition").properties["source"]


def test_facts_share_a_dimension_and_tell_equal_names_apart(written: Written) -> None:
    other = star(
        fact="funding",
        dimensions=[ENTITY],
        measures=[
            {"field": "HQLA", "type": "decimal(18,2)", "aggregation": "sum"},
            {"field": "asf", "type": "decimal(18,2)", "aggregation": "sum"},
        ],
    )
    model = written(star(), other)
    assert model.names("table").count("entity") == 1
    assert model.one("table", "funding").names("measure") == ["HQLA (funding)", "asf"]
    assert model.one("table", "liquidity").names("measure")[:2] == [
        "hqla (liquidity)", "net_outflows",
    ]  # fmt: skip


def test_an_attribute_can_have_a_type(written: Written) -> None:
    entity = written(attribute_types={("entity", "country"): "date"}).one("table", "entity")
    assert entity.one("column", "country").properties["dataType"] == "dateTime"
    assert entity.one("column", "region").properties["dataType"] == "string"


def test_no_credential_is_asked_for_or_kept(written: Written) -> None:
    model = written(refresh=RefreshPolicy())
    values = {e.name: e.expression.partition(" meta ")[0] for e in model.all("expression")}
    assert (values["Server"], values["Database"], values["Schema"]) == (
        '"warehouse.example:5439"', '"risk"', '"reporting"',
    )  # fmt: skip
    for table in model.all("table"):
        for partition in table.all("partition"):
            source = partition.properties["source"]
            assert "AmazonRedshift.Database(Server, Database)," in source
            assert not re.search(
                r"user|password|pwd|secret|token|credential", source, re.IGNORECASE
            )


@pytest.mark.parametrize(
    "server", ["ann:secret@warehouse.example", "https://warehouse.example", "", "a b", "a;b=c"]
)
def test_a_server_with_anything_beside_its_name_is_refused(server: str) -> None:
    with pytest.raises(SemanticModelError) as caught:
        RedshiftSource(server, "risk")
    assert str(caught.value) == (
        "source: the server is no host name (write it as host or host:port, without a scheme, a "
        "user or a password)"
    )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("stars", "message"),
    [
        ([star(), star(fact="other", dimensions=[{"name": "entity", "key": "lei"}])],
         "dimension 'entity': the stars describe it differently"),
        ([star(fact="entity")], "the model: 'entity' and 'entity' would be one name"),
        ([star(fact="date")], "the model: 'Date' and 'date' would be one name"),
        ([star(measures=[{"field": "A", "type": "string"}, {"field": "a", "type": "string"}])],
         "table 'liquidity': 'A' and 'a' would be one name"),
        ([star(measures=[{"field": "a\nb", "type": "string"}])],
         r"table 'liquidity': 'a\nb' can't be a name in Power BI"),
        ([], "model 'Liquidity': there is no star to make a model of"),
    ],
)  # fmt: skip
def test_stars_of_which_no_model_can_be_made(stars: list[StarSchemaOperator], message: str) -> None:
    with pytest.raises(SemanticModelError) as caught:
        semantic_model(stars, name="Liquidity", source=SOURCE)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("aggregation", "message"),
    [
        (Aggregation(name="a", fact="liquidty", dimensions=()),
         "aggregation 'a': there is no fact 'liquidty' (did you mean 'liquidity'?)"),
        (Aggregation(name="a", fact="liquidity", dimensions=("entities",)),
         "aggregation 'a': the fact has no dimension 'entities' (did you mean 'entity'?)"),
    ],
)  # fmt: skip
def test_an_aggregation_of_nothing_is_refused(aggregation: Aggregation, message: str) -> None:
    with pytest.raises(SemanticModelError) as caught:
        semantic_model([star()], name="Liquidity", source=SOURCE, aggregations=[aggregation])
    assert str(caught.value) == message
