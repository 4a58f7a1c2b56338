from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from liqbench.engine import Run
from liqbench.errors import (
    AmbiguousNameError,
    DamagedStageError,
    InputChangedError,
    UnknownResultError,
)

Make = Callable[..., Any]


def test_a_table_is_named_by_operator_or_by_a_type_that_only_one_has(
    run: Run, config: Make
) -> None:
    del config
    assert run.table("aggregate").equals(run.table("sums"))
    with pytest.raises(AmbiguousNameError) as ambiguous:
        run.table("calculate")
    assert str(ambiguous.value) == (
        "2 operators are of type 'calculate' (name one: weighed, means)"
    )
    with pytest.raises(UnknownResultError) as unknown:
        run.table("sum")
    assert str(unknown.value) == "the run has no table 'sum' (did you mean 'sums'?)"


def test_a_table_that_was_not_stored_is_computed_again(
    run: Run, deals: pa.Table, duck: Make
) -> None:
    found = run.table("large")
    wanted = duck(deals, "select * from t where abs(amount) > 10 order by id")
    assert [tuple(row) for row in found.itertuples(index=False)] == wanted
    with pytest.raises(UnknownResultError) as caught:
        run.table("large", limit=3)
    assert str(caught.value) == (
        "the table 'large' has more than 3 rows "
        "(use frame(…) and let Spark work on it, or raise limit)"
    )


def test_a_changed_input_stops_the_computing_again_but_no_stored_table(
    run: Run, deals: pa.Table, file: Path
) -> None:
    before = run.table("sums")
    pq.write_table(deals.slice(1), file)
    with pytest.raises(InputChangedError) as caught:
        run.frame("large")
    assert str(caught.value) == (
        "operator 'deals': the input is not what it was when the run read it "
        "(run again, or bring the input back)"
    )
    assert run.table("sums").equals(before)


def test_a_damaged_stage_is_found(run: Run) -> None:
    fingerprint = run.fingerprints["sums"]
    part = Path(run.stages.files(fingerprint)[0])
    content = part.read_bytes()
    part.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(DamagedStageError) as caught:
        run.result_hash()
    assert str(caught.value) == (
        f"stage {fingerprint[:12]}: files are not what was written: {part.name} "
        "(run again, and find out who changed them)"
    )


def test_a_stage_with_a_missing_or_a_new_file_is_damaged(run: Run) -> None:
    part = Path(run.stages.files(run.fingerprints["means"])[0])
    spare = part.with_name("spare.parquet")
    spare.write_bytes(part.read_bytes())
    with pytest.raises(DamagedStageError, match=r"files are not what was written: spare\.parquet"):
        run.result_hash()
    spare.unlink()
    part.unlink()
    with pytest.raises(DamagedStageError, match=f"files are not what was written: {part.name}"):
        run.result_hash()


def test_a_damaged_lineage_is_found(run: Run) -> None:
    data = Path(run.stages.data_path(run.fingerprints["means"]))
    (data.parent / "_lineage.json").write_text("{")
    with pytest.raises(DamagedStageError, match=r"its _lineage\.json can't be read: "):
        run.result_hash()
