from __future__ import annotations

from pathlib import Path

import pytest

from liqbench.errors import DocumentError
from liqbench.model import Dag, OperatorConfig
from liqbench.model._documents import write_text

DAG = Dag(
    name="lcr",
    description="the ratio",
    operators=(
        OperatorConfig(operator_id="deals", operator_type="ingest", parameters={"path": "d.csv"}),
        OperatorConfig(
            operator_id="calc",
            operator_type="calculate",
            parameters={"expressions": [{"name": "x", "factor": 0.95}]},
            inputs=("deals",),
            checkpoint=True,
            description="weighted",
        ),
    ),
)


def fault(file: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        Dag.load(file)
    return str(caught.value)


def write(folder: Path, text: str) -> Path:
    file = folder / "lcr.liqdag.json"
    file.write_text(text, "utf-8")
    return file


def test_a_dag_is_read_as_it_was_written(tmp_path: Path) -> None:
    file = DAG.save(tmp_path / "deep" / "lcr")
    assert file.name == "lcr.liqdag.json"
    assert Dag.load(file) == DAG
    assert Dag.load(file).content_hash == DAG.content_hash


def test_a_file_keeps_the_name_it_is_given(tmp_path: Path) -> None:
    assert DAG.save(tmp_path / "lcr.liqdag.json").name == "lcr.liqdag.json"


def test_relative_paths_begin_at_the_file_of_the_dag(tmp_path: Path) -> None:
    file = DAG.save(tmp_path / "books" / "lcr")
    assert Dag.load(file).folder == (tmp_path / "books").resolve()
    assert DAG.folder == Path.cwd()
    assert DAG.at_folder(tmp_path) == DAG


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.json", "whole")
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "half \ud800")
    assert file.read_text("utf-8") == "whole"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_gets_the_rights_that_its_owner_gives_new_files(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    assert write_text(tmp_path / "a.json", "x").stat().st_mode == plain.stat().st_mode


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    DAG.save(tmp_path / "lcr")
    assert fault(tmp_path / "lrc.liqdag.json") == (
        f"there is no file 'lrc.liqdag.json' in {tmp_path} (did you mean 'lcr.liqdag.json'?)"
    )


def test_a_missing_file_in_a_missing_folder_has_no_neighbours(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    assert fault(folder / "lcr.liqdag.json") == (
        f"there is no file 'lcr.liqdag.json' in {folder} (there is none to choose from)"
    )


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert fault(tmp_path).startswith(f"{tmp_path}: can't be read: ")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "lcr.liqdag.json"
    file.write_bytes(b"PAR1\xff\xfe")
    assert fault(file).startswith(f"{file}: can't be read: ")


def test_a_file_that_is_no_json_is_refused_with_line_and_column(tmp_path: Path) -> None:
    file = write(tmp_path, '{"schema": "liqdag/1",\n "operators": [}\n')
    assert fault(file) == f"{file}: this is no JSON: Expecting value at line 2, column 16"


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, '{"schema": "liqdag/1", "name": "a", "name": "b", "operators": []}')
    assert fault(file) == f"{file}: the name 'name' stands twice in one object"


def test_nan_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, '{"schema": "liqdag/1", "operators": [{"parameters": {"x": NaN}}]}')
    assert fault(file) == f"{file}: NaN is no JSON number"


@pytest.mark.parametrize(("schema", "shown"), [("2", "'liqdag/2'"), ("1.1", "'liqdag/1.1'")])
def test_another_schema_version_is_refused(tmp_path: Path, schema: str, shown: str) -> None:
    file = write(tmp_path, f'{{"schema": "liqdag/{schema}", "operators": []}}')
    with pytest.raises(DocumentError, match="written by a newer liqbench") as caught:
        Dag.load(file)
    assert caught.value.what == f"the schema is {shown}, this version reads 'liqdag/1'"


def test_a_file_without_a_schema_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        Dag.from_json({"operators": []})
    assert caught.value.what == "the schema is None, this version reads 'liqdag/1'"


def test_what_is_no_object_is_no_dag() -> None:
    with pytest.raises(DocumentError) as caught:
        Dag.from_json([])
    assert str(caught.value) == "DAG: this is no DAG: an object is needed"


def test_all_faults_of_a_document_come_at_once(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        '{"schema": "liqdag/1", "operators": ['
        '{"operator_id": "a", "type": "sql"}, {"operator_id": "b", "operator_type": ""}]}',
    )
    assert fault(file) == (
        f"{file}: operators.0.operator_type: is missing; operators.0.type: is not known here "
        "(known are: checkpoint, description, inputs, operator_id, operator_type, parameters); "
        "operators.1.operator_type: is empty"
    )
