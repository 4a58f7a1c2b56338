"""The data behind the calculation: what a source has, what an operator makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pyspark.sql.types import DoubleType, FloatType, StructType

from liqbench.engine import Preview
from liqbench.model._documents import parse
from liqbench.operators import Context
from liqbench.operators.expressions.types import name_of
from liqbench.operators.sources import Source, describe
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.wire import to_wire

SHOWN_ROWS = 100
_SUFFIXES = {".parquet": "parquet", ".csv": "csv", ".json": "json", ".jsonl": "json"}
_MOST_FILES = 500


class DataPanel(Panel):
    """Looks at data while the DAG is composed."""

    name = "data"

    @command(question=True)
    def preview(self, operator: str) -> dict[str, Any]:
        """Return first rows, counts, and what every field of an operator's output holds."""
        draft = self.bench.draft
        found = self.bench.workbench.preview(
            draft.dag, operator, as_of=draft.as_of, inputs=self.bench.inputs
        )
        return preview_to_wire(found)

    @command(question=True)
    def source_fields(self, source: dict[str, Any]) -> list[dict[str, str]]:
        """Return the fields that a source has, none where it has no types. Raises what is wrong."""
        found = describe(parse(Source, source, where="source"), self._context())
        return [] if found is None else _offered(found)

    def _context(self) -> Context:
        draft, workbench = self.bench.draft, self.bench.workbench
        return Context(
            as_of=draft.as_of,
            session=lambda: workbench.spark,
            inputs=self.bench.inputs,
            folder=draft.dag.folder,
        )

    @command()
    def sources(self) -> dict[str, Any]:
        """Return the files and folders of data below the DAG's folder, and what is bound."""
        folder = self.bench.draft.dag.folder
        return {"files": data_files(folder), "frames": sorted(self.bench.inputs)}


def _offered(schema: StructType) -> list[dict[str, str]]:
    """Return fields with types that a declaration may have; a floating figure becomes a decimal."""
    return [
        {
            "name": field.name,
            "type": "decimal(18,2)"
            if isinstance(field.dataType, DoubleType | FloatType)
            else name_of(field.dataType),
        }
        for field in schema.fields
    ]


def data_files(folder: Path) -> list[dict[str, str]]:
    """Return path and format of the data below a folder; a folder of parts is one of them."""
    found: dict[str, str] = {}
    for depth in ("*", "*/*", "*/*/*"):
        for path in sorted(folder.glob(depth)):
            kind = _SUFFIXES.get(path.suffix.lower())
            local = path.relative_to(folder)
            if kind is None or any(part.startswith((".", "_")) for part in local.parts):
                continue
            if path.is_dir() or len(local.parts) == 1:
                found.setdefault(str(local), kind)
            else:
                found.setdefault(str(local.parent), kind)
            if len(found) >= _MOST_FILES:
                break
    return [{"path": path, "format": kind} for path, kind in found.items()]


def preview_to_wire(found: Preview) -> dict[str, Any]:
    """Return a look at data for the screen: the first rows, and what the fields hold."""
    rows = found.table.slice(0, SHOWN_ROWS).to_pylist()
    types: Mapping[str, str] = dict(zip(found.table.column_names, found.types, strict=True))
    return {
        "operator": found.operator_id,
        "rows": found.rows,
        "read": found.read,
        "available": found.available,
        "profiled": found.table.num_rows,
        "keys": list(found.keys),
        "fields": [{**to_wire(asdict(field)), "type": types[field.name]} for field in found.fields],
        "first": [[_shown(value) for value in row.values()] for row in rows],
    }


def _shown(value: Any) -> Any:
    """Return a value for a cell; a list as text."""
    if isinstance(value, list | dict):
        return str(to_wire(value))
    return to_wire(value)
