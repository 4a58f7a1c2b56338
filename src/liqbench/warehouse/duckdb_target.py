"""The embedded warehouse: a DuckDB file. One publication is one transaction with a ledger row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd

from liqbench.errors import PublicationError
from liqbench.governance import TrustSettings
from liqbench.warehouse import statements as sql
from liqbench.warehouse.publication import Fact, Publication, Receipt, check_approved


class DuckDbTarget:
    """A warehouse in one file; it is open only while something is published or asked.

    With ``demands_trust`` it refuses what is approved by local trust only; ``trust`` is a list of
    trusted people of its own.
    """

    def __init__(
        self, file: Path, *, demands_trust: bool = False, trust: TrustSettings | None = None
    ) -> None:
        self.file = file
        self.demands_trust = demands_trust
        self.trust = trust

    @property
    def identity(self) -> str:
        """The file's place."""
        return f"duckdb:{self.file}"

    def publish(self, publications: tuple[Publication, ...], *, name: str) -> Receipt:
        """Publish what the ledger doesn't have yet, all in one transaction.

        Raises ``PublicationError``, and ``GovernanceError`` for what isn't approved; the warehouse
        is then as it was.
        """
        start = time.perf_counter()
        check_approved(publications, self, name=name)
        rows: dict[str, int] = {}
        new = False
        with self._connected() as connection:
            self._prepare(connection, publications)
            connection.begin()
            try:
                for publication in publications:
                    new = self._add(connection, publication, rows)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
        return Receipt(
            publish_id=publications[-1].publish_id,
            target=name,
            new=new,
            rows=rows,
            seconds=time.perf_counter() - start,
        )

    def query(self, sql_text: str) -> pd.DataFrame:
        """Return a query's rows; decimals come as ``Decimal``."""
        with self._connected(read_only=self.file.exists()) as connection:
            table = connection.sql(sql_text).to_arrow_table()
        found: pd.DataFrame = table.to_pandas(date_as_object=True)
        return found

    @contextmanager
    def _connected(self, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        try:
            connection = duckdb.connect(str(self.file), read_only=read_only)
        except duckdb.Error as error:
            raise PublicationError(
                f"the warehouse can't be opened: {error}",
                where=str(self.file),
                hint="does another program have it open? Close it and publish again",
            ) from error
        try:
            yield connection
        except duckdb.Error as error:
            raise PublicationError(
                f"the warehouse refused: {error}", where=str(self.file), hint="nothing was changed"
            ) from error
        finally:
            connection.close()

    def _prepare(
        self, connection: duckdb.DuckDBPyConnection, publications: tuple[Publication, ...]
    ) -> None:
        """Make the tables that are missing; that is no part of the publication."""
        for statement in (sql.LEDGER, sql.SCENARIO, sql.DATE):
            connection.execute(statement)
        for fact in (fact for publication in publications for fact in publication.facts):
            self._stage(connection, fact)
            described = connection.execute("DESCRIBE stage").fetchall()
            types = {row[0]: row[1] for row in described}
            for dimension in fact.star.dimensions:
                types[dimension.key] = "VARCHAR"
                connection.execute(sql.create_dimension(dimension, types))
                wanted = [dimension.name + "_key", dimension.key, *dimension.attributes]
                _same_columns(connection, "dim_" + dimension.name, wanted, extra=4)
            connection.execute(
                sql.create_fact(fact.star.fact, fact.star.dimensions, fact.star.measures)
            )
            wanted = ["publish_id", "scenario_key", "date_key"]
            wanted += [d.name + "_key" for d in fact.star.dimensions]
            wanted += [m.field for m in fact.star.measures]
            _same_columns(connection, "fact_" + fact.star.fact, wanted)

    def _stage(self, connection: duckdb.DuckDBPyConnection, fact: Fact) -> None:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE stage AS SELECT * FROM read_parquet(?)",
            [list(fact.files)],
        )

    def _add(
        self,
        connection: duckdb.DuckDBPyConnection,
        publication: Publication,
        rows: dict[str, int],
    ) -> bool:
        """Add one publication; return whether the ledger didn't have it yet."""
        known = connection.execute(
            "SELECT 1 FROM lq_ledger WHERE publish_id = ?", [publication.publish_id]
        ).fetchone()
        if known:
            return False
        amount, count = Decimal(0), 0
        scenario_key = int(publication.publish_id[:15], 16)
        connection.execute(
            "INSERT INTO dim_scenario VALUES (?, ?, ?, ?, ?, ?, CAST(? AS DATE))",
            [
                scenario_key,
                publication.publish_id,
                publication.scenario,
                publication.injection_point,
                publication.description,
                publication.run_id,
                publication.as_of,
            ],
        )
        for fact in publication.facts:
            self._stage(connection, fact)
            self._audit(connection, fact, "stage", "what was staged")
            connection.execute(sql.ADD_DATES.format(date=sql.quote(fact.star.date)))
            for dimension in fact.star.dimensions:
                connection.execute(sql.add_members(dimension, fact.star.date))
                connection.execute(sql.chain_members(dimension))
            statement = sql.add_facts(
                fact.star.fact, fact.star.date, fact.star.dimensions, fact.star.measures
            )
            connection.execute(statement, [publication.publish_id, scenario_key])
            self._audit_fact(connection, fact, publication.publish_id)
            table = "fact_" + fact.star.fact
            rows[table] = rows.get(table, 0) + fact.rows
            count += fact.rows
            amount += sum(fact.sums.values(), Decimal(0))
        connection.execute(
            "INSERT INTO lq_ledger VALUES (?, ?, ?, ?, CAST(? AS DECIMAL(38,6)), 1, ?)",
            [
                publication.publish_id,
                publication.run_id,
                publication.content_sha,
                count,
                str(amount),
                datetime.now(UTC).replace(tzinfo=None),
            ],
        )
        return True

    def _audit(
        self, connection: duckdb.DuckDBPyConnection, fact: Fact, table: str, what: str
    ) -> None:
        found = connection.execute(sql.totals(table, tuple(fact.sums))).fetchone()
        _compare(fact, found, what)

    def _audit_fact(
        self, connection: duckdb.DuckDBPyConnection, fact: Fact, publish_id: str
    ) -> None:
        """Raise where the facts are not the approved ones: lost, doubled or changed by a join."""
        table = "fact_" + fact.star.fact
        statement = sql.totals(table, tuple(fact.sums), "publish_id = ?")
        _compare(fact, connection.execute(statement, [publish_id]).fetchone(), table)
        doubled = connection.execute(
            sql.doubled(fact.star.fact, fact.star.dimensions), [publish_id]
        ).fetchone()
        if doubled and doubled[0]:
            raise PublicationError(
                f"{doubled[0]:,} facts share their date and dimensions with another one",
                where=table,
                hint="a dimension is missing from the star schema; nothing was changed",
            )


def _compare(fact: Fact, found: tuple[object, ...] | None, what: str) -> None:
    wanted: tuple[object, ...] = (fact.rows, *fact.sums.values())
    if found is None or tuple(found) != wanted:
        names = ("rows", *fact.sums)
        off = [
            f"{name} {b} instead of {a}"
            for name, a, b in zip(names, wanted, found or (), strict=False)
            if a != b
        ]
        raise PublicationError(
            f"the totals are not the approved ones: {', '.join(off) or 'nothing came back'}",
            where=what,
            hint="nothing was changed; run and submit again",
        )


def _same_columns(
    connection: duckdb.DuckDBPyConnection, table: str, wanted: list[str], *, extra: int = 0
) -> None:
    found = [row[0] for row in connection.execute(f"DESCRIBE {sql.quote(table)}").fetchall()]
    own = found[: len(found) - extra] if extra else found
    if own != wanted:
        raise PublicationError(
            f"the table {table} has the columns {', '.join(own)}, this publication has "
            f"{', '.join(wanted)}",
            hint="publish under another fact name, or to another warehouse",
        )
