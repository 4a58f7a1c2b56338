"""The project of what was published: its stars, the views it reads, and how Power BI gets there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.governance.desk import STAR, Desk
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.powerbi.tmdl_reader import Node, read_folder
from tests.warehouse.publications import STAR as TYPED
from tests.warehouse.publications import (
    VARIABLE,
    duckdb_target,
    publication,
    publish,
    redshift_target,
    row,
    rows_of,
)

from liqbench import DuckDbTarget, RedshiftSettings, RedshiftTarget, Workbench
from liqbench.errors import (
    ChangedSinceApprovalError,
    LiqbenchError,
    ProjectFolderError,
    PublicationError,
    SemanticModelError,
)
from liqbench.warehouse import publish_approved
from liqbench.warehouse.attributes import attribute_types
from liqbench.warehouse.errors import StatementRefusedError
from liqbench.warehouse.powerbi import (
    Aggregation,
    DuckDbSource,
    RedshiftSource,
    RefreshPolicy,
    semantic_model,
)
from liqbench.warehouse.powerbi.published import _placed, write_published
from liqbench.warehouse.powerbi.queries import query
from liqbench.warehouse.schema import catalog
from liqbench.warehouse.target import WarehouseTarget

NAME = "reporting"
ROWS = (("2025-12-31", "A", "Bank A", "10.00"), ("2025-12-31", "B", "Bank B", "5.50"))
TOTALS = Aggregation(name="position_totals", fact="position", dimensions=())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.workspace.records.close()


@pytest.fixture
def redshift_schema(redshift: Redshift, monkeypatch: pytest.MonkeyPatch) -> RedshiftTarget:
    monkeypatch.setenv(VARIABLE, PASSWORD)
    redshift.sql("CREATE SCHEMA liquidity AUTHORIZATION analyst")
    return redshift_target(redshift, namespace="liquidity")


@pytest.fixture(params=["duckdb", "redshift"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> WarehouseTarget:
    if request.param == "duckdb":
        return duckdb_target(tmp_path)
    found: WarehouseTarget = request.getfixturevalue("redshift_schema")
    return found


def published(desk: Desk, target: WarehouseTarget, **evidence: Any) -> Workbench:
    """Publish to a target; return the bench over the same workspace, which knows it by name."""
    approval = desk.approved(rows=ROWS, **evidence)
    publish_approved(desk.process.publisher, approval.id, target, name=NAME, by="pat")
    return Workbench(desk.folder / "workspace", targets={NAME: target})


def definition(shortcut: Path) -> Node:
    return read_folder(shortcut.parent / f"{shortcut.stem}.SemanticModel" / "definition")


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_project_reads_the_published_figures_by_its_views(
    desk: Desk, target: WarehouseTarget, tmp_path: Path
) -> None:
    bench = published(desk, target)
    shortcut = bench.powerbi(tmp_path / "project", NAME)
    assert shortcut == tmp_path / "project" / "Liquidity.pbip"
    assert shortcut.is_file()
    model = definition(shortcut)
    columns = {
        table.one("partition").properties["source"].split("rpt_")[1].split('"')[0]: [
            column.properties["sourceColumn"] for column in table.all("column")
        ]
        for table in model.all("table")
        if table.all("partition")
    }
    assert set(columns) == {
        "adjustment", "dim_adjustment", "dim_date", "dim_entity", "dim_scenario", "fact_position",
        "scenario_adjustment",
    }  # fmt: skip
    for view, names in columns.items():  # what the model asks for is what the view has
        assert set(names) <= set(target.query(f"SELECT * FROM rpt_{view}").columns)
    figures = rows_of(
        target,
        "SELECT s.variant, e.entity_id, e.name, f.amount FROM rpt_fact_position AS f "
        "JOIN rpt_dim_scenario AS s ON s.scenario_key = f.scenario_key "
        "JOIN rpt_dim_entity AS e ON e.entity_key = f.entity_key "
        "ORDER BY s.is_base DESC, e.entity_id",
    )
    assert figures == [
        ("Base", "A", "Bank A", Decimal("10.00")),
        ("Base", "B", "Bank B", Decimal("5.50")),
        ("stress@deals", "A", "Bank A", Decimal("10.00")),
        ("stress@deals", "B", "Bank B", Decimal("5.50")),
    ]
    bench.close()


def test_written_again_it_is_the_same_and_follows_the_newest_star(
    desk: Desk, target: WarehouseTarget, tmp_path: Path
) -> None:
    bench = published(desk, target)
    bench.powerbi(tmp_path / "project", NAME)
    before = files(tmp_path / "project")
    bench.powerbi(tmp_path / "project", NAME)
    bench.powerbi(tmp_path / "other", NAME)
    assert files(tmp_path / "project") == files(tmp_path / "other") == before
    summed = STAR.model_dump()
    summed["measures"][0]["aggregation"] = "sum"
    published(desk, target, star=type(STAR).model_validate(summed), name="second").close()
    shortcut = bench.powerbi(tmp_path / "project", NAME)
    (measure,) = definition(shortcut).one("table", "position").all("measure")
    assert "SUM ( 'position'[amount (published)] )" in measure.expression
    bench.close()


def test_redshift_is_reached_by_its_address_and_keeps_aggregations(
    desk: Desk, redshift: Redshift, redshift_schema: RedshiftTarget, tmp_path: Path
) -> None:
    star = STAR.model_dump()
    star["measures"][0]["aggregation"] = "sum"
    bench = published(desk, redshift_schema, star=type(STAR).model_validate(star))
    shortcut = bench.powerbi(
        tmp_path / "p", NAME, name="Position", refresh=RefreshPolicy(), aggregations=[TOTALS]
    )
    model = definition(shortcut)
    values = {e.name: e.expression.partition(" meta ")[0] for e in model.all("expression")}
    known = redshift.settings
    assert (values["Server"], values["Database"], values["Schema"]) == (
        f'"{known.host}:{known.port}"', f'"{known.database}"', '"liquidity"',
    )  # fmt: skip
    assert "File" not in values
    assert PASSWORD not in b"".join(files(tmp_path / "p").values()).decode()
    totals = redshift.sql(
        "SELECT amount, row_count FROM liquidity.rpt_agg_position_totals ORDER BY scenario_key"
    )
    assert totals == [(Decimal("15.50"), 2)] * 2
    bench.close()


def test_the_usual_port_of_redshift_is_left_out() -> None:
    settings = RedshiftSettings(
        host="warehouse.example", database="risk", user="ann", password_variable=VARIABLE
    )
    _, source = _placed(RedshiftTarget(settings))
    assert source == RedshiftSource("warehouse.example", "risk", "public")


# A DuckDB file


def test_a_duckdb_file_is_a_parameter_that_says_what_to_do(desk: Desk, tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    bench = published(desk, target)
    model = definition(bench.powerbi(tmp_path / "p", NAME))
    (parameter,) = model.all("expression")
    assert parameter.name == "File"
    assert parameter.expression.startswith(f'"{target.file}" meta [')
    for told in ("DuckDB's ODBC driver (64 bit", "has to be installed", "no credentials"):
        assert told in parameter.description
    bench.close()


def asked(source: str, first: int, last: int) -> str:
    """Return the SQL that an M query gives to ODBC, for a window of date keys."""
    found = re.search(r"View = Odbc\.Query\(Warehouse, (.+)\)(?:,|$)", source, re.MULTILINE)
    assert found, source
    said = found[1].replace("Number.ToText(First)", f'"{first}"')
    said = said.replace("Number.ToText(Last)", f'"{last}"')
    texts = re.findall(r'"((?:[^"]|"")*)"', said)
    assert re.sub(r'"(?:[^"]|"")*"', "", said).replace("&", "").strip() == ""
    return "".join(texts).replace('""', '"')


def test_the_queries_of_a_duckdb_file_answer_what_was_published(desk: Desk, tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    bench = published(desk, target)
    model = definition(bench.powerbi(tmp_path / "p", NAME, refresh=RefreshPolicy()))
    with duckdb.connect(str(target.file), read_only=True) as connection:
        for table in model.all("table"):
            for partition in table.all("partition"):
                source = partition.properties["source"]
                found = connection.sql(asked(source, 20251201, 20260101))
                asks = {column.properties["sourceColumn"] for column in table.all("column")}
                assert asks <= set(found.columns)
        fact = model.one("table", "position")
        source = fact.one("partition").properties["source"]
        assert source == fact.one("refreshPolicy").properties["sourceExpression"]
        assert "First = Date.Year(RangeStart) * 10000" in source
        window = "SELECT sum(amount), count(*) FROM ({})"
        inside = connection.sql(window.format(asked(source, 20251231, 20260101))).fetchall()
        before = connection.sql(window.format(asked(source, 20250101, 20251231))).fetchall()
    assert inside == [(Decimal("31.00"), 4)]
    assert before == [(None, 0)]
    bench.close()


def test_a_duckdb_file_takes_no_aggregations(desk: Desk, tmp_path: Path) -> None:
    bench = published(desk, duckdb_target(tmp_path))
    with pytest.raises(SemanticModelError) as caught:
        bench.powerbi(tmp_path / "p", NAME, aggregations=[TOTALS])
    assert str(caught.value) == (
        "aggregation 'position_totals': Power BI imports a DuckDB file, so an aggregation would "
        "stand beside a fact that is imported itself (leave it out, or publish to Redshift)"
    )
    assert not (tmp_path / "p").exists()
    bench.close()


# What doesn't work, and leaves everything as it was


def test_where_nothing_was_published_there_is_no_project(desk: Desk, tmp_path: Path) -> None:
    published(desk, duckdb_target(tmp_path)).close()
    other = DuckDbTarget(tmp_path / "other.duckdb")
    bench = Workbench(desk.folder / "workspace", targets={"other": other})
    with pytest.raises(PublicationError) as caught:
        bench.powerbi(tmp_path / "p", "other")
    assert str(caught.value) == (
        f"{other.identity}: nothing of this workspace was published there yet, so there is "
        "nothing to report (publish an approval first: wb.publish(apr.id, target=…))"
    )
    assert not other.file.exists()
    assert not (tmp_path / "p").exists()
    bench.close()


def test_a_folder_that_holds_something_else_stays_and_no_view_is_made(
    desk: Desk, target: WarehouseTarget, tmp_path: Path
) -> None:
    bench = published(desk, target)
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "notes.txt").write_text("mine", "utf-8")
    with pytest.raises(ProjectFolderError, match=r"it holds notes\.txt"):
        bench.powerbi(tmp_path / "p", NAME)
    assert files(tmp_path / "p") == {"notes.txt": b"mine"}
    with pytest.raises(StatementRefusedError):
        target.query("SELECT * FROM rpt_fact_position")
    bench.close()


def test_a_warehouse_that_lost_a_table_or_its_file_is_named(desk: Desk, tmp_path: Path) -> None:
    target = duckdb_target(tmp_path)
    bench = published(desk, target)
    with target.connect() as connection:
        connection.execute("DROP TABLE dim_entity")
    with pytest.raises(PublicationError, match="the published table dim_entity is not there"):
        bench.powerbi(tmp_path / "p", NAME)
    target.file.unlink()
    with pytest.raises(PublicationError, match="the warehouse is gone"):
        bench.powerbi(tmp_path / "p", NAME)
    assert not target.file.exists()
    assert not (tmp_path / "p").exists()
    bench.close()


def test_evidence_that_was_changed_since_makes_no_model(desk: Desk, tmp_path: Path) -> None:
    bench = published(desk, duckdb_target(tmp_path))
    (submission,) = bench.submissions()

    def change(body: dict[str, Any]) -> None:
        star = body["evidence"]["adjusted"]["dag"]["operators"][-1]
        star["parameters"]["measures"][0]["aggregation"] = "max"

    desk.edit_body(submission.id, change)
    with pytest.raises(ChangedSinceApprovalError, match="no longer has the approved hash"):
        bench.powerbi(tmp_path / "p", NAME)
    bench.close()


def test_a_target_of_another_kind_has_no_project(desk: Desk, tmp_path: Path) -> None:
    own = duckdb_target(tmp_path)
    published(desk, own).close()

    class Other:
        identity = own.identity

    with pytest.raises(LiqbenchError, match="Power BI has no way to a Other"):
        write_published(desk.process, Other(), tmp_path / "p", name="L")  # type: ignore[arg-type]


# Types


def test_attributes_keep_their_types(target: WarehouseTarget, tmp_path: Path) -> None:
    rows = [row("2025-12-31", "A", "Aa", "1.10"), row("2025-12-31", "Z", "Zz", "2.20")]
    publish(target, publication(tmp_path, rows))
    with target.connect() as connection:
        types = attribute_types([TYPED], catalog(connection, target.schema()), target.place)
    target.make_views([TYPED])
    assert types == {
        ("entity", "name"): "string",
        ("entity", "is_bank"): "boolean",
        ("entity", "rated"): "date",
    }
    found = rows_of(target, "SELECT name, is_bank FROM rpt_dim_entity ORDER BY name")
    assert found == [("Aa", 1), ("Zz", 0)]
    source = DuckDbSource("published.duckdb")
    model = semantic_model([TYPED], name="M", source=source, attribute_types=types)
    (entity,) = [table for table in model.tables if table.name == "entity"]
    kinds = {column.name: column.data_type for column in entity.columns}
    assert (kinds["name"], kinds["is_bank"], kinds["rated"]) == ("string", "int64", "dateTime")
    assert '{"is_bank", Int64.Type}' in query(entity, model.source)
