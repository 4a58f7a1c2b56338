"""The records' schema: made once by whoever comes first, brought up from older files."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from tests.forks import FORKS
from tests.store.conftest import Place
from tests.store.opening import open_and_add
from tests.store.test_records import side_by_side

from liqbench.errors import RecordSchemaError, RecordStoreError
from liqbench.governance import AuditLog
from liqbench.governance.audit import NOTHING, hash_of
from liqbench.store import Records
from liqbench.store.migrations import scripts
from liqbench.store.schema import METADATA, SCHEMA, revisions

# What liqbench wrote before its schema had a number.
OLD = """
CREATE TABLE audit (
    number INTEGER NOT NULL, at VARCHAR(32) NOT NULL, who VARCHAR(200) NOT NULL,
    what VARCHAR(40) NOT NULL, subject VARCHAR(120) NOT NULL, details TEXT NOT NULL,
    previous VARCHAR(64) NOT NULL, hash VARCHAR(64) NOT NULL, PRIMARY KEY (number)
);
CREATE INDEX ix_audit_subject ON audit (subject);
CREATE TABLE documents (
    id VARCHAR(80) NOT NULL, kind VARCHAR(20) NOT NULL, state VARCHAR(20) NOT NULL,
    created_at DATETIME NOT NULL, body TEXT NOT NULL, PRIMARY KEY (id)
);
CREATE INDEX ix_documents_kind ON documents (kind);
"""


def sql(place: Place, *statements: str) -> None:
    """Run statements by a way of their own, on either database."""
    url = f"sqlite:///{place}" if isinstance(place, Path) else place
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def tables(place: Place) -> set[str]:
    url = f"sqlite:///{place}" if isinstance(place, Path) else place
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    found = set(sa.inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_the_revisions_make_the_tables_that_the_code_uses(records: Records) -> None:
    with records.reading() as connection:
        assert revisions(connection) == [SCHEMA]
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    assert ScriptDirectory.from_config(scripts()).get_heads() == [SCHEMA]


def test_an_old_file_is_recognized_and_keeps_its_data(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    entry = {
        "number": 1, "at": "2026-01-15T09:00:00.000000Z", "who": "ann", "what": "began",
        "subject": "d1", "details": {}, "previous": NOTHING,
    }  # fmt: skip
    found = hash_of(**entry)  # type: ignore[arg-type]
    old = sqlite3.connect(file)
    old.executescript(OLD)
    old.execute(
        "INSERT INTO documents VALUES ('d1', 'kind', 'new', '2026-01-15 09:00:00.000000', '{}')"
    )
    row = [*(value for name, value in entry.items() if name != "details"), found]
    row.insert(5, "{}")
    old.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    old.commit()
    old.close()
    for _ in range(2):
        records = Records(file)
        assert records.get("kind", "d1") == ("new", {})
        assert AuditLog(records).verify().hash == found
        with records.reading() as connection:
            assert revisions(connection) == [SCHEMA]
        records.close()


def test_a_newer_schema_is_refused_and_left_alone(records: Records, place: Place) -> None:
    sql(place, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(RecordSchemaError, match=r"have schema 9999.*with the newer liqbench"):
        Records(place)
    with records.reading() as connection:
        assert revisions(connection) == ["9999"]


def test_tables_of_something_else_are_left_alone(place: Place) -> None:
    sql(place, "CREATE TABLE audit (id INTEGER, note TEXT)")
    with pytest.raises(RecordSchemaError, match="a table 'audit' of something else"):
        Records(place)
    assert tables(place) == {"audit"}, "a part of the schema was made"


def test_eight_threads_open_new_records_at_once(place: Place) -> None:
    found = side_by_side(8, lambda _: Records(place))
    for number, records in enumerate(found):
        assert isinstance(records, Records), records
        records.add("kind", f"d{number}", "new", {})
    assert isinstance(found[0], Records)
    assert len(found[0].list("kind")) == 8
    for records in found:
        assert isinstance(records, Records)
        records.close()


def test_eight_processes_open_new_records_at_once(place: Place) -> None:
    barrier = FORKS.Barrier(8)
    processes = [
        FORKS.Process(target=open_and_add, args=(place, barrier, number)) for number in range(8)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 8
    records = Records(place)
    assert {item["id"] for item in records.list("kind")} == {f"d{number}" for number in range(8)}
    records.close()


def test_a_file_of_the_right_schema_opens_without_alembic(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    Records(file).close()
    code = (
        "import sys; from pathlib import Path; from liqbench.store import Records; "
        "Records(Path(sys.argv[1])).close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False"]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "records.db"
    file.write_text("not a database, but long enough to be looked at as one" * 20)
    with pytest.raises(RecordStoreError, match=r"records\.db: .*not a database"):
        Records(file)
