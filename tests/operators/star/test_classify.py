"""What each table is, and why; no Spark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError
from pyspark.sql.types import DataType
from tests.operators.star.example import (
    AS_OF,
    COLUMNS,
    METADATA,
    PRODUCT_REGULATION,
    RELATIONSHIPS,
)

from liqbench.errors import (
    AmbiguousNameError,
    FaultsError,
    FieldTypeError,
    PrecisionError,
    UnknownFieldError,
)
from liqbench.operators.expressions.types import parse_type
from liqbench.operators.star import (
    AggregationLevel,
    Bridge,
    Classification,
    ColumnMetadata,
    Layout,
    RelationshipType,
    StarSettings,
    TableRelationship,
    TableRole,
    classify,
    lay_out,
)
from liqbench.operators.star.errors import (
    DimensionCycleError,
    FactChoiceError,
    RelationshipError,
    UnknownTableError,
)
from liqbench.operators.star_schema import Quotient

Fields = dict[str, dict[str, DataType]]


def fields(**tables: str) -> Fields:
    """Read ``deals="id string, amount decimal(9,2)"``."""
    return {
        name: {
            column.split(" ", 1)[0]: parse_type(column.split(" ", 1)[1])
            for column in text.split("; ")
        }
        for name, text in tables.items()
    }


def joined(left: str, right: str, column: str = "id", **more: Any) -> TableRelationship:
    """``left`` refers to ``right`` by a column that both have."""
    return TableRelationship(
        left=left, right=right, left_columns=(column,), right_columns=(column,), **more
    )


def figure(table: str, column: str, **more: Any) -> ColumnMetadata:
    return ColumnMetadata(table=table, column=column, role="measure", **more)


def roles(found: Classification) -> dict[str, str]:
    return {decision.table: decision.role.value for decision in found.decisions}


EXAMPLE = fields(**COLUMNS)
TWO_FACTS = fields(
    positions="entity string; amount decimal(9,2)",
    flows="entity string; paid decimal(9,2)",
    entity="entity string; name string",
)
TO_ENTITY = [joined("positions", "entity", "entity"), joined("flows", "entity", "entity")]
BOTH_MEASURED = [figure("positions", "amount"), figure("flows", "paid")]


def test_every_table_of_the_example_has_its_role_and_the_reason_in_words() -> None:
    found = classify(EXAMPLE, RELATIONSHIPS, METADATA)
    assert found.target == "positions"
    assert str(found).splitlines() == [
        "positions: fact, because it is the target, with 5 measures and 3 references",
        "entity: dimension, because positions refers to it by entity_id",
        "country: folded, because only entity refers to it, so its columns go there",
        "product: dimension, because positions refers to it by product_id; "
        "a bridge joins it to regulation",
        "counterparty: dimension, because positions refers to it by counterparty_id",
        "regulation: dimension, because a bridge joins it to product",
        "product_regulation: bridge, because it holds the pairs of product and regulation",
        "notes: unused, because no fact refers to it",
    ]


def test_the_target_is_a_fact_and_nothing_else() -> None:
    # flows refers to positions, which alone would make a dimension of it.
    to_position = joined("flows", "positions", "entity")
    found = classify(TWO_FACTS, [*TO_ENTITY, to_position], BOTH_MEASURED, target="positions")
    assert roles(found) == {"positions": "fact", "flows": "fact", "entity": "dimension"}
    assert [(r.table, r.dimension) for r in found.references] == [
        ("positions", "entity"),
        ("flows", "entity"),
    ]
    assert [(r.table, r.dimension) for r in found.between_facts] == [("flows", "positions")]
    assert found.decisions[1].reason == (
        "nobody refers to it; it has 1 measure and 2 references; its columns that refer to "
        "positions stay, facts aren't joined"
    )


def test_a_measure_makes_a_fact_whatever_the_number_of_columns() -> None:
    found = classify(TWO_FACTS, TO_ENTITY[:1], [figure("positions", "amount")])
    assert roles(found) == {"positions": "fact", "flows": "unused", "entity": "dimension"}


def test_several_tables_that_could_be_the_fact_are_named_with_their_evidence() -> None:
    with pytest.raises(FactChoiceError) as caught:
        classify(TWO_FACTS, TO_ENTITY, BOTH_MEASURED)
    assert str(caught.value) == (
        "the fact could be positions (1 measure, 1 reference) or flows (1 measure, 1 reference) "
        "(name it as the target)"
    )


def test_without_measures_the_fact_is_the_table_with_the_most_references() -> None:
    tables = fields(visits="a string; b string", a="a string; b string", b="b string", c="b string")
    links = [joined("visits", "a", "a"), joined("visits", "b", "b"), joined("c", "b", "b")]
    found = classify(tables, links)
    assert roles(found) == {"visits": "fact", "a": "dimension", "b": "dimension", "c": "unused"}
    assert found.decisions[3].reason == (
        "no fact refers to it, and it has no measure, though it refers to b"
    )


def test_tables_without_measures_and_references_have_no_fact() -> None:
    with pytest.raises(FactChoiceError, match="no table can be the fact"):
        classify(TWO_FACTS, [])


def test_a_measure_of_a_table_that_facts_refer_to_describes_its_members() -> None:
    tables = fields(deals="id string; amount decimal(9,2)", bank="id string; equity decimal(9,2)")
    found = classify(
        tables,
        [joined("bank", "deals", kind=RelationshipType.ONE_TO_MANY)],
        [figure("deals", "amount"), figure("bank", "equity")],
    )
    assert found.target == "deals"
    assert str(found.decisions[1].reason) == (
        "deals refers to it by id; its 1 measure describe its members"
    )


def test_of_a_one_to_one_relationship_the_fact_refers() -> None:
    tables = fields(detail="id string; text string", deals="id string; amount decimal(9,2)")
    link = joined("detail", "deals", kind=RelationshipType.ONE_TO_ONE)
    found = classify(tables, [link], [figure("deals", "amount")])
    assert roles(found) == {"detail": "dimension", "deals": "fact"}


def test_one_dimension_may_have_several_roles() -> None:
    tables = fields(
        deals="issuer string; payer string; amount decimal(9,2)", entity="id string; name string"
    )
    links = [
        TableRelationship(
            left="deals", right="entity", left_columns=(column,), right_columns=("id",), role=column
        )
        for column in ("issuer", "payer")
    ]
    found = classify(tables, links, [figure("deals", "amount")])
    layout = lay_out(tables, [figure("deals", "amount")], found, StarSettings(as_of=AS_OF))
    assert layout.facts["deals"].keys == ("issuer_key", "payer_key")
    unnamed = [link.model_copy(update={"role": None}) for link in links]
    with pytest.raises(RelationshipError, match="deals refers to 'entity' in another relationship"):
        classify(tables, unnamed, [figure("deals", "amount")])


def test_an_outer_dimension_goes_into_the_inner_one_over_any_number_of_steps() -> None:
    tables = fields(
        deals="e string; amount decimal(9,2)",
        region="r string; name string",
        country="c string; r string; name string",
        entity="e string; c string; name string",
    )
    links = [joined("deals", "entity", "e"), joined("entity", "country", "c")]
    links += [joined("country", "region", "r")]
    metadata = [figure("deals", "amount")]
    found = classify(tables, links, metadata)
    layout = lay_out(tables, metadata, found, StarSettings(as_of=AS_OF))
    assert layout.dimensions["entity"].attributes == (
        "c",
        "name",
        "country_r",
        "country_name",
        "country_region_name",
    )
    assert found.of(TableRole.FOLDED) == ("region", "country")


def test_dimensions_that_describe_each_other_are_named_as_a_path() -> None:
    tables = fields(
        deals="a string; amount decimal(9,2)", a="a string; b string", b="a string; b string"
    )
    links = [joined("deals", "a", "a"), joined("a", "b", "b"), joined("b", "a", "a")]
    with pytest.raises(DimensionCycleError) as caught:
        classify(tables, links, [figure("deals", "amount")])
    assert str(caught.value).startswith("table 'a': dimensions describe each other: a → b → a")


def test_a_dimension_cannot_refer_to_a_fact() -> None:
    tables = fields(deals="a string; d string; amount decimal(9,2)", a="a string; d string")
    links = [joined("deals", "a", "a"), joined("a", "deals", "d")]
    with pytest.raises(RelationshipError, match="the dimension 'a' can't refer to the fact"):
        classify(tables, links, [figure("deals", "amount")], target="deals")


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"right": "entiti"}, UnknownTableError, "no table 'entiti' (did you mean 'entity'?)"),
        (
            {"left_columns": ("entity",)},
            UnknownFieldError,
            "table 'positions': there is no field 'entity' (did you mean 'entity_id'",
        ),
        (
            {"left_columns": ("booked",)},
            FieldTypeError,
            "positions.booked is date, entity.entity_id is string (cast one of them before)",
        ),
        (
            {"left_columns": ("entity_id", "product_id")},
            RelationshipError,
            "2 columns of positions can't refer to 1 of entity",
        ),
        (
            {"kind": RelationshipType.MANY_TO_MANY},
            RelationshipError,
            "only a many to many relationship has a bridge, and it needs one",
        ),
        ({"right": "positions", "right_columns": ("entity_id",)}, RelationshipError, "itself"),
    ],
)
def test_a_relationship_that_cannot_be_is_refused_with_what_to_do(
    change: dict[str, Any], error: type[Exception], says: str
) -> None:
    wrong = RELATIONSHIPS[0].model_copy(update=change)
    with pytest.raises(error) as caught:
        classify(EXAMPLE, [wrong], METADATA)
    assert says in str(caught.value)


def test_all_faults_of_the_declarations_are_told_at_once() -> None:
    bridge = Bridge(table="pairs", left_columns=("p",), right_columns=("r",))
    wrong = PRODUCT_REGULATION.model_copy(update={"bridge": bridge})
    with pytest.raises(FaultsError) as caught:
        classify(EXAMPLE, [wrong], [figure("positions", "amont"), *METADATA, METADATA[0]])
    assert [type(fault) for fault in caught.value.faults] == [
        UnknownTableError,
        UnknownTableError,
        UnknownFieldError,
        RelationshipError,
    ]


def test_a_bridge_joins_no_fact() -> None:
    tables = fields(
        deals="id string; amount decimal(9,2)", pool="p string", pairs="id string; p string"
    )
    bridge = Bridge(table="pairs", left_columns=("id",), right_columns=("p",))
    link = TableRelationship(
        left="deals",
        right="pool",
        left_columns=("id",),
        right_columns=("p",),
        kind=RelationshipType.MANY_TO_MANY,
        bridge=bridge,
    )
    with pytest.raises(RelationshipError, match="one of these is a fact"):
        classify(tables, [link], [figure("deals", "amount")])


def test_a_dimension_has_one_natural_key() -> None:
    tables = fields(deals="a string; b string; amount decimal(9,2)", d="a string; b string")
    links = [joined("deals", "d", "a"), joined("deals", "d", "b", role="other")]
    with pytest.raises(RelationshipError, match="deals refers to it by b, its key is a"):
        classify(tables, links, [figure("deals", "amount")])


def test_only_measures_are_aggregated() -> None:
    with pytest.raises(ValidationError, match="only a measure has an aggregation"):
        ColumnMetadata(table="t", column="c", role="dimension", aggregation="sum")


def laid(
    tables: Fields,
    links: Sequence[TableRelationship],
    metadata: Sequence[ColumnMetadata],
    **settings: Any,
) -> Layout:
    found = classify(tables, links, metadata)
    return lay_out(tables, metadata, found, StarSettings(as_of=AS_OF, **settings))


def test_a_column_without_metadata_is_no_measure_and_not_lost() -> None:
    layout = laid(EXAMPLE, RELATIONSHIPS, METADATA)
    fact = layout.facts["positions"]
    assert fact.keys == ("entity_key", "product_key", "counterparty_key", "booked_key")
    assert fact.degenerate == ("position_id", "currency")
    assert [m.column for m in fact.measures] == ["amount", "rate", "lcr", "outflow", "days"]


@pytest.mark.parametrize(
    ("column", "aggregation", "error"),
    [
        ("amount double", "none", FieldTypeError),
        ("amount string", "sum", FieldTypeError),
        ("amount decimal(38,30)", "sum", PrecisionError),
        ("amount decimal(9,2)", Quotient(numerator="amount", denominator="x"), UnknownFieldError),
    ],
)
def test_a_measure_that_cannot_be_exact_is_refused(
    column: str, aggregation: Any, error: type[Exception]
) -> None:
    from pyspark.sql.types import DoubleType  # noqa: PLC0415  # parse_type refuses it by itself

    kind = column.split(" ", 1)[1]
    tables: Fields = {"deals": {"amount": DoubleType() if kind == "double" else parse_type(kind)}}
    with pytest.raises(error):
        laid(tables, [], [figure("deals", "amount", aggregation=aggregation)])


def test_a_time_is_no_attribute() -> None:
    tables = fields(deals="id string; amount decimal(9,2)", d="id string; at timestamp")
    metadata = [figure("deals", "amount")]
    with pytest.raises(FieldTypeError, match="'at' is timestamp"):
        laid(tables, [joined("deals", "d")], metadata)
    left_out = ColumnMetadata(table="d", column="at", role="ignore")
    layout = laid(tables, [joined("deals", "d")], [*metadata, left_out])
    assert layout.dimensions["d"].attributes == ()


def test_settings_name_what_is_there() -> None:
    with pytest.raises(UnknownTableError, match="did you mean 'entity'"):
        laid(EXAMPLE, RELATIONSHIPS, METADATA, scd2=("entitty",))
    level = AggregationLevel(name="by_entity", by=("entity",))
    with pytest.raises(UnknownFieldError, match="did you mean 'entity_key'"):
        laid(EXAMPLE, RELATIONSHIPS, METADATA, levels=(level,))


def test_two_columns_never_have_one_name() -> None:
    tables = fields(deals="id string; D_Key string; amount decimal(9,2)", d="id string")
    with pytest.raises(AmbiguousNameError, match="several columns D_Key, d_key"):
        laid(tables, [joined("deals", "d")], [figure("deals", "amount")])
    tables = fields(deals="id string; amount decimal(9,2)", date="id string")
    with pytest.raises(AmbiguousNameError, match="can't be called 'date'"):
        laid(tables, [joined("deals", "date")], [figure("deals", "amount")])
