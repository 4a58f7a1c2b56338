"""The star as operators of a DAG, each table a stage: worked out by hand and by DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame
from tests.operators.star.example import (
    AS_OF,
    COLUMNS,
    METADATA,
    PRODUCT_REGULATION,
    RELATIONSHIPS,
    ROWS,
)

from liqbench.engine import Run, execute, injections_of, plan_variants, run_variants
from liqbench.engine.resolve import fingerprints, resolve
from liqbench.errors import (
    DataError,
    DuplicateKeysError,
    FieldTypeError,
    InputCountError,
    InvalidDagError,
    InvalidFigureError,
    LostKeysError,
    SchemaDriftError,
    UnknownFieldError,
)
from liqbench.model import Dag, DagBuilder, OperatorConfig, Scenario
from liqbench.operators import Context
from liqbench.operators.star import (
    NONE_KEY,
    UNKNOWN_KEY,
    AggregationLevel,
    ColumnMetadata,
    RelationshipType,
    Star,
    StarSettings,
    TableRelationship,
    attribute_hash,
    generate_star_schema,
    hash_key,
    star_operators,
    version_key,
)
from liqbench.operators.star.errors import FactChoiceError, RelationshipError, UnknownTableError
from liqbench.store import StageStore

Make = Callable[..., Any]
STAR = Star(
    tables=tuple(COLUMNS),
    relationships=tuple(RELATIONSHIPS),
    metadata=tuple(METADATA),
    scd2=("entity",),
    fiscal_year_start=4,
)
LEVELS = (AggregationLevel(name="by_entity", by=("entity_key", "currency")),)
KEYS = {
    "positions": ("position_id",),
    "entity": ("entity_id",),
    "country": ("country_code",),
    "product": ("product_id",),
    "counterparty": ("counterparty_id",),
    "regulation": ("rule",),
    "product_regulation": ("product", "rule"),
    "notes": ("text",),
}
A = version_key(("A",), AS_OF, attribute_hash(("Alpha | Bank", "DE", "Germany")))
B = version_key(("B",), AS_OF, attribute_hash(("Beta", "XX", None)))
BOND, LOAN, REPO = (hash_key((name,)) for name in ("bond", "loan", "repo"))
SEVEN, EIGHT, NINE = (hash_key((number,)) for number in (7, 8, 9))
REASONS = {
    "dim_entity": [
        "entity: dimension, because positions refers to it by entity_id",
        "country: folded, because only entity refers to it, so its columns go there",
    ],
    "dim_product": [
        "product: dimension, because positions refers to it by product_id; a bridge joins it to "
        "regulation"
    ],
    "fact_positions": [
        "positions: fact, because it is the target, with 5 measures and 3 references",
        "notes: unused, because no fact refers to it",
    ],
    "bridge_product_regulation": [
        "product_regulation: bridge, because it holds the pairs of product and regulation"
    ],
}


@pytest.fixture(scope="module")
def frames(frame: Make) -> dict[str, DataFrame]:
    return {name: frame(fields.replace(";", ","), ROWS[name]) for name, fields in COLUMNS.items()}


def dag_of(ingests: Iterable[OperatorConfig], star: Star = STAR, **more: Any) -> Dag:
    made = star_operators(star, dict(zip(star.tables, star.tables, strict=True)), **more)
    return DagBuilder("star").add_operators(ingests).add_operators(made).build()


@pytest.fixture(scope="module")
def ingests(config: Make) -> list[OperatorConfig]:
    """The example's tables as files."""
    return [
        config(name, "ingest", key=key, source={"format": "parquet", "path": f"{name}.parquet"})
        for name, key in KEYS.items()
    ]


@pytest.fixture(scope="module")
def dag(ingests: list[OperatorConfig]) -> Dag:
    return dag_of(ingests, levels=LEVELS)


def write(folder: Path, table: Make, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
    for name, own in rows.items():
        fields = COLUMNS[name].replace(";", ",")
        pq.write_table(table(fields, own), folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def base(dag: Dag, spark: Any, table: Make, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("star")
    write(folder, table, ROWS)
    context = Context(as_of=AS_OF, session=lambda: spark, folder=folder)
    return execute(dag, context, StageStore(folder / "stages"))


def by(run: Run, table: str, *keys: str) -> dict[Any, tuple[Any, ...]]:
    """Return an operator's rows by some of their fields."""
    found = run.stages.dataset(run.fingerprints[run.name_of(table)]).to_table()
    names = run.resolved.nodes[table].schema.fieldNames()
    rows = found.select(names).to_pylist()
    assert len({tuple(row[key] for key in keys) for row in rows}) == len(rows)
    one = len(keys) == 1
    return {
        row[keys[0]] if one else tuple(row[key] for key in keys): tuple(
            value for name, value in row.items() if name not in keys
        )
        for row in rows
    }


def test_the_dag_has_an_operator_per_table_with_its_reason(dag: Dag) -> None:
    assert list(dag.inputs)[len(COLUMNS) :] == [
        "dim_date",
        "dim_entity",
        "dim_product",
        "dim_counterparty",
        "dim_regulation",
        "fact_positions",
        "bridge_product_regulation",
        "agg_by_entity",
    ]
    inputs = {name: dag.inputs[name] for name in ("dim_entity", "dim_date", "agg_by_entity")}
    assert inputs == {
        "dim_entity": ("entity", "country"),
        "dim_date": ("positions",),
        "agg_by_entity": ("fact_positions",),
    }
    facts = ("positions", "dim_entity", "dim_product", "dim_counterparty")
    assert dag.inputs["fact_positions"] == facts
    assert dag.operator("dim_product").description == (
        "positions refers to it by product_id; a bridge joins it to regulation"
    )
    assert Dag.from_json(dag.to_json()) == dag


def test_a_run_tells_why_each_table_is_what_it_is_and_what_refers_to_nobody(base: Run) -> None:
    for operator_id, reasons in REASONS.items():
        for reason in reasons:
            assert f"{operator_id}: {reason}" in base.notices
    assert base.results["fact_positions"].rows == 7
    assert base.results["fact_positions"].metrics == {
        "unknown entity_key": 0,
        "none entity_key": 1,
        "unknown product_key": 1,
        "none product_key": 0,
        "unknown counterparty_key": 0,
        "none counterparty_key": 1,
        "unknown booked_key": 1,
        "none booked_key": 1,
    }
    assert base.results["bridge_product_regulation"].metrics == {
        "pairs without a left member": 1,  # the swap's, which is no product
        "unknown regulation_key": 1,
        "none regulation_key": 3,
    }
    assert (
        "fact_positions: 1 rows refer by product_key to nobody known, so to the unknown member"
        in base.notices
    )
    assert "bridge_product_regulation: 1 pairs without a left member were left out" in base.notices


def test_the_fact_has_every_position_once_with_its_keys(base: Run) -> None:
    keys = {
        "1": (A, BOND, SEVEN, 20240229),
        "2": (A, BOND, EIGHT, 20250331),
        "3": (B, LOAN, SEVEN, 20250331),
        "4": (B, UNKNOWN_KEY, SEVEN, NONE_KEY),
        "5": (A, LOAN, NONE_KEY, 20251231),
        "6": (NONE_KEY, REPO, NINE, UNKNOWN_KEY),
        "7": (B, REPO, EIGHT, 20251231),
    }
    given = {row[0]: row[5:] for row in ROWS["positions"]}
    found = by(base, "fact_positions", "position_id")
    assert found == {name: (*keys[name], *given[name], AS_OF) for name in keys}
    assert base.resolved.nodes["fact_positions"].keys == ("position_id",)


def test_dimensions_bridge_and_calendar_are_those_of_the_function(
    base: Run, frames: dict[str, DataFrame], rows: Make
) -> None:
    """The function's tables are worked out by hand in the tests of the function."""
    settings = StarSettings(as_of=AS_OF, scd2=("entity",), fiscal_year_start=4)
    made = generate_star_schema(frames, RELATIONSHIPS, METADATA, settings).tables()
    for name in ("dim_date", "dim_entity", "dim_product", "dim_counterparty", "dim_regulation"):
        assert base.frame(name).schema.simpleString() == made[name].schema.simpleString()
        assert rows(base.frame(name)) == rows(made[name]), name
    bridge = made["bridge_product_regulation"].drop("run_id", "publish_id")
    assert rows(base.frame("bridge_product_regulation")) == rows(bridge)


def test_duckdb_makes_the_same_aggregate_of_the_same_positions(base: Run) -> None:
    with duckdb.connect() as connection:
        fact = base.stages.dataset(base.fingerprints["fact_positions"]).to_table()
        connection.register("fact", fact)
        wanted = connection.execute(
            """
            SELECT entity_key, currency, as_of, sum(amount),
                   CASE WHEN sum(outflow) <> 0 THEN
                       CAST(round(CAST(sum(amount) AS DECIMAL(38, 8)) / sum(outflow), 4)
                            AS DECIMAL(12, 4)) END,
                   sum(outflow), sum(days), count(days), count(*)
            FROM fact GROUP BY ALL"""
        ).fetchall()
    assert by(base, "agg_by_entity", "entity_key", "currency", "as_of") == {
        row[:3]: row[3:] for row in wanted
    }
    assert {row[:2]: row[3:] for row in wanted if row[0] == A} == {
        (A, "EUR"): (Decimal("107.03"), Decimal("2.0191"), Decimal("53.01"), 41, 3, 3)
    }


def test_a_fact_is_traced_to_its_position_and_the_aggregate_to_its_facts(base: Run) -> None:
    trace = base.lineage.trace("agg_by_entity", {"entity_key": A, "currency": "EUR"})
    assert trace.table("positions")["position_id"].tolist() == ["1", "2", "5"]
    exact = trace.summary().set_index("operator")["exact"]
    assert exact["fact_positions"]
    assert exact["positions"]
    edges = base.lineage.columns("fact_positions", "entity_key")
    found = {(row.from_operator, row.from_field, row.how) for row in edges.itertuples()}
    assert {
        ("dim_entity", "entity_key", "reference"),
        ("positions", "entity_id", "condition"),
        ("country", "label", "calculated"),
    } <= found


def test_what_is_described_otherwise_is_computed_again_and_nothing_else(
    base: Run, ingests: list[OperatorConfig]
) -> None:
    def stale(star: Star, **more: Any) -> set[str]:
        changed = resolve(dag_of(ingests, star, **more), base.context)
        return {
            name
            for name, own in fingerprints(changed, base.context).items()
            if own != base.fingerprints.get(name)
        }

    levels = (*LEVELS, AggregationLevel(name="by_product", by=("product_key",)))
    assert stale(STAR, levels=levels) == {"agg_by_product"}
    label = ColumnMetadata(table="counterparty", column="rated", role="ignore")
    fewer = STAR.model_copy(update={"metadata": (*METADATA, label)})
    assert stale(fewer, levels=LEVELS) == {"dim_counterparty", "fact_positions", "agg_by_entity"}
    later = STAR.model_copy(update={"fiscal_year_start": 7})
    assert stale(later, levels=LEVELS) == {"dim_date"}


def test_the_next_run_continues_the_history_of_the_one_before(
    base: Run, ingests: list[OperatorConfig], config: Make, table: Make, tmp_path: Path
) -> None:
    stored = str(base.stages.data_path(base.fingerprints["dim_entity"]))
    day = date(2026, 3, 31)
    write(tmp_path, table, ROWS | {"entity": [("B", "Beta plc", "FR")]})
    before = config(
        "entity_before", "ingest", key=["entity_key"], source={"format": "parquet", "path": stored}
    )
    dag = dag_of([*ingests, before], previous={"entity": "entity_before"})
    context = replace(base.context, as_of=day, folder=tmp_path)
    run = execute(dag, context, base.stages)
    new_b = version_key(("B",), day, attribute_hash(("Beta plc", "FR", "France")))
    versions = {
        key: (row[5], row[6], row[7])
        for key, row in by(run, "dim_entity", "entity_key").items()
        if key >= 0
    }
    assert versions == {
        A: (AS_OF, date(9999, 12, 31), True),
        B: (AS_OF, date(2026, 3, 30), False),
        new_b: (day, date(9999, 12, 31), True),
    }
    facts = by(run, "fact_positions", "position_id")
    assert {name: row[0] for name, row in facts.items()} == {
        "1": A, "2": A, "3": new_b, "4": new_b, "5": A, "6": NONE_KEY, "7": new_b,
    }  # fmt: skip


def test_a_scenario_behind_small_results_is_the_same_on_the_driver_as_in_full(
    base: Run, dag: Dag
) -> None:
    """Positions are adjusted and get other members and dates; the driver computes what follows."""
    kept = dag.operator("positions").model_copy(update={"checkpoint": True})
    operators = (kept if o.operator_id == "positions" else o for o in dag.operators)
    run = execute(dag.model_copy(update={"operators": tuple(operators)}), base.context, base.stages)
    scenario = Scenario.from_json(
        {
            "name": "stress",
            "rules": [
                {
                    "rule_id": "R1",
                    "conditions": [{"field": "product_id", "operator": "=", "value": "bond"}],
                    "adjustments": [
                        {"field": "amount", "operation": "multiply", "value": 0.5},
                        {"field": "entity_id", "operation": "set", "value": "nobody"},
                        {"field": "booked", "operation": "set", "value": "2026-02-01"},
                    ],
                }
            ],
        }
    )
    injections = injections_of(run.dag, [scenario], ["positions"])
    (planned,) = plan_variants(run, injections)
    assert planned.strategy == "local", planned.reason
    (quick,) = run_variants(run, [planned]).variants
    found = quick.result()
    facts = by(found, "fact_positions", "position_id")
    assert facts["1"][0] == facts["2"][0] == UNKNOWN_KEY
    assert facts["2"][3] == 20260201
    assert facts["2"][5] == Decimal("0.010")
    assert found.results["fact_positions"].metrics["unknown entity_key"] == 2
    full = execute(found.dag, run.context, StageStore(run.context.folder / "full"))
    for name in ("fact_positions", "agg_by_entity", "dim_date"):
        assert not found.results[name].reused
        assert full.results[name].key_hash == found.results[name].key_hash
        assert full.results[name].metrics == found.results[name].metrics
        one, other = (
            pa.table(each.frame(name).toArrow()).sort_by([(k, "ascending") for k in keys])
            for each in (full, found)
            for keys in [each.resolved.nodes[name].keys]
        )
        assert one == other, name
    assert found.fingerprints["dim_entity"] == run.fingerprints["dim_entity"]


def faults_of(dag: Dag, run_dag: Make, frames: dict[str, DataFrame]) -> list[tuple[type, str]]:
    with pytest.raises(InvalidDagError) as caught:
        run_dag(dag, **frames)
    return [(type(fault), str(fault)) for fault in caught.value.faults]


def only(star: Star, bound: Make, **node: Any) -> Dag:
    """A DAG of the tables and one operator of the star."""
    config = DagBuilder("star").add_operators(bound(name, *KEYS[name]) for name in star.tables)
    return config.add_operator(**node).build()


def test_faults_of_the_star_are_found_before_the_run_at_their_operator(
    bound: Make, run_dag: Make, frames: dict[str, DataFrame]
) -> None:
    def faults(kind: str, inputs: list[str], star: Star = STAR, **more: Any) -> Any:
        node = {
            "operator_id": "under_test",
            "operator_type": kind,
            "inputs": inputs,
            "parameters": {"star": star.to_json(), **more},
        }
        return faults_of(only(star, bound, **node), run_dag, frames)

    def fault(kind: str, inputs: list[str], star: Star = STAR, **more: Any) -> tuple[type, str]:
        (found,) = faults(kind, inputs, star, **more)
        return cast("tuple[type, str]", found)

    assert fault("star_dimension", ["entity"], table="entitty") == (
        UnknownTableError,
        "operator 'under_test', table: there is no table 'entitty' (did you mean 'entity'?)",
    )
    assert fault("star_dimension", ["notes"], table="notes") == (
        RelationshipError,
        "operator 'under_test', table: 'notes' is no dimension here but unused, because no fact "
        "refers to it (the star has the dimension entity, product, counterparty, regulation)",
    )
    assert fault("star_dimension", ["entity"], table="entity") == (
        InputCountError,
        "operator 'under_test': star_dimension takes 2 inputs, 1 are connected "
        "(connect, in this order: entity, country)",
    )
    assert fault("star_dimension", ["entity", "product"], table="entity") == (
        UnknownFieldError,
        "operator 'under_test', entity (country_code) many to one country (country_code), table "
        "'country': there is no field 'country_code' (known are: name, product_id)",
    )
    raw = ["positions", "entity", "product", "counterparty"]
    assert faults("star_fact", raw, table="positions") == [
        (
            SchemaDriftError,
            f"operator 'under_test', dimension '{name}': the input has no surrogate key "
            f"'{name}_key' (connect the star_dimension of '{name}')",
        )
        for name in raw[1:]
    ]
    unclear = STAR.model_copy(
        update={
            "metadata": (
                *METADATA,
                ColumnMetadata(table="notes", column="text", role="measure"),
            )
        }
    )
    assert fault("star_calendar", ["positions"], unclear) == (
        FactChoiceError,
        "operator 'under_test': the fact could be positions (5 measures, 3 references) or notes "
        "(1 measure, 0 references) (name it as the target)",
    )
    missing = TableRelationship(
        left="positions", right="desk", left_columns=("desk",), right_columns=("desk",)
    )
    wrong = STAR.model_copy(update={"relationships": (*RELATIONSHIPS, missing)})
    assert fault("star_dimension", ["product"], wrong, table="product")[0] is UnknownTableError
    assert fault("star_aggregate", ["positions"], table="positions", group_by=["entity"]) == (
        UnknownFieldError,
        "operator 'under_test', group_by: there is no field 'entity' (did you mean 'entity_id'?)",
    )


def test_a_reference_and_its_dimension_have_one_type(
    bound: Make, run_dag: Make, frames: dict[str, DataFrame], frame: Make
) -> None:
    given = {**frames, "product": frame("product_id int, name string", [(1, "Bond")])}
    found = faults_of(dag_of([bound(name, *key) for name, key in KEYS.items()]), run_dag, given)
    assert found == [
        (
            FieldTypeError,
            "operator 'fact_positions', dimension 'product': positions.product_id is string, "
            "product.product_id is int (cast one of them before)",
        ),
        (
            FieldTypeError,
            "operator 'bridge_product_regulation', dimension 'product': "
            "product_regulation.product is string, product.product_id is int (cast one of them "
            "before)",
        ),
    ]


def test_a_key_that_refers_to_a_dimension_stays_where_it_is_called_a_key(
    bound: Make, run_dag: Make, frame: Make
) -> None:
    """The ratio of each entity: its only key is the entity's, which the fact has as a key too."""
    refers = TableRelationship(
        left="ratios", right="entity", left_columns=("entity_id",), right_columns=("entity_id",)
    )
    measure = ColumnMetadata(table="ratios", column="lcr", role="measure")
    star = Star(tables=("ratios", "entity"), relationships=(refers,), metadata=(measure,))
    given = {
        "ratios": frame("entity_id string, lcr decimal(9,4)", [("A", Decimal("1.2345"))]),
        "entity": frame("entity_id string, name string", [("A", "Alpha")]),
    }

    def dag(star: Star) -> Dag:
        ingests = [bound("ratios", "entity_id"), bound("entity", "entity_id")]
        made = star_operators(star, {"ratios": "ratios", "entity": "entity"})
        return DagBuilder("ratios").add_operators(ingests).add_operators(made).build()

    (fault,) = faults_of(dag(star), run_dag, given)
    assert fault[0] is LostKeysError
    key = ColumnMetadata(table="ratios", column="entity_id", role="key")
    run = run_dag(dag(star.model_copy(update={"metadata": (measure, key)})), **given)
    assert by(run, "fact_ratios", "entity_id") == {
        "A": (hash_key(("A",)), Decimal("1.2345"), AS_OF)
    }


def test_doubled_members_and_impossible_weights_are_named_with_their_operator(
    bound: Make, run_dag: Make, frames: dict[str, DataFrame], frame: Make
) -> None:
    def failing(name: str, star: Star, key: tuple[str, ...], **given: DataFrame) -> DataError:
        keys = {**KEYS, **dict.fromkeys(given, key)}
        dag = dag_of([bound(each, *own) for each, own in keys.items()], star)
        wanted = dag.upstream(name) | {name}
        behind = tuple(o for o in dag.operators if o.operator_id in wanted)
        with pytest.raises(DataError) as caught:
            run_dag(dag.model_copy(update={"operators": behind}), **frames | given)
        return caught.value

    twice = frame("product_id string, name string", [*ROWS["product"][:2], ("loan", "Loan 2")])
    doubled = failing("dim_product", STAR, ("product_id", "name"), product=twice)
    assert (type(doubled), str(doubled)) == (
        DuplicateKeysError,
        "operator 'dim_product', dimension 'product': 1 members have several rows of one "
        "product_id, such as loan (keep one of each; facts that refer to them would be doubled)",
    )
    bridge = PRODUCT_REGULATION.bridge
    assert bridge is not None
    weighted = PRODUCT_REGULATION.model_copy(
        update={"bridge": bridge.model_copy(update={"weight": "share"})}
    )
    star = STAR.model_copy(update={"relationships": (*RELATIONSHIPS[:-1], weighted)})
    pairs = frame(
        COLUMNS["product_regulation"].replace(";", ","),
        [("bond", "NSFR", Decimal("0.00")), ("loan", "NSFR", Decimal("1.00"))],
    )
    weightless = failing(
        "bridge_product_regulation", star, ("product", "rule"), product_regulation=pairs
    )
    assert (type(weightless), weightless.what) == (
        InvalidFigureError,
        "1 rows have no positive share, such as bond, NSFR, 0.00",
    )
    assert weightless.where == ("operator 'bridge_product_regulation', bridge 'product_regulation'")


def test_tables_and_feeds_belong_together() -> None:
    feeds = dict(zip(STAR.tables, STAR.tables, strict=True))
    with pytest.raises(UnknownTableError, match="feeds: there is no table 'country'"):
        star_operators(STAR, {name: name for name in feeds if name != "country"})
    with pytest.raises(UnknownTableError, match="previous: there is no table 'product'"):
        star_operators(STAR, feeds, previous={"product": "before"})
    with pytest.raises(UnknownTableError, match="scd2: there is no table 'notes'"):
        star_operators(STAR.model_copy(update={"scd2": ("notes",)}), feeds)
    one = TableRelationship(
        left="positions",
        right="product",
        left_columns=("product_id",),
        right_columns=("product_id",),
        kind=RelationshipType.MANY_TO_MANY,
    )
    with pytest.raises(RelationshipError, match="needs one"):
        star_operators(STAR.model_copy(update={"relationships": (one,)}), feeds)
