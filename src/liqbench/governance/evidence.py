"""What an approval covers, as one document with one hash.

The document names everything the numbers came from: both DAGs, the scenario's rules, the as-of
date, the parameter sets, the input snapshots, the code, and the stored results of the baseline
and the variant with their file digests, row counts and sums, the records of every value that the
variant's rules wrote, and the files that were attached when it was submitted.

Where the inputs lie is no part of it. What they are is told by their snapshots; the folder only
says where to look for them, and a document that leaves the house names no machine's paths.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from liqbench._version import __version__
from liqbench.engine import AdjustmentRecords, Run, Variant
from liqbench.engine.resolve import source_snapshots
from liqbench.errors import ChangedSinceApprovalError, DataError, GovernanceError
from liqbench.model import Dag, as_date
from liqbench.model._values import content_hash
from liqbench.operators import Context, make_operator, snapshot
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.store import Attachments, DamagedAttachmentError, StageStore

_CALCULATING = ("pandas", "pyarrow", "pyspark")
_UNREPEATABLE = ("table", "frame")


@dataclass(frozen=True)
class Evidence:
    """The document and its hash; ``folder`` is where the DAG's relative paths begin."""

    document: Mapping[str, Any]
    folder: str

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Evidence:
        """Read the evidence in a submission's record."""
        return cls(body.get("evidence") or {}, str(body.get("folder", "")))

    @property
    def content_hash(self) -> str:
        """SHA-256 of the canonical JSON of the document."""
        return content_hash(self.document)

    @property
    def variant(self) -> str:
        """The variant's name."""
        return str(self.document["variant"])

    def verify(self, stages: StageStore, attachments: Attachments) -> None:
        """Raise ``ChangedSinceApprovalError`` where anything is no longer as the document says.

        Checked are the stored files of all results, those of the adjustment records, the
        attachments, and the inputs where they can be read again.
        """
        for side in ("baseline", "adjusted"):
            self._verify_results(side, self.document[side], stages)
        for name, stage in self.document.get("adjustments", {}).items():
            if stages.verify(stage["fingerprint"]) != stage["digest"]:
                raise ChangedSinceApprovalError(
                    f"the adjustment records of operator {name!r} are other ones",
                    hint="run and submit again, and find out who changed the workspace",
                )
        for name, attached in self.document.get("attachments", {}).items():
            try:
                attachments.get(attached["sha256"])
            except DamagedAttachmentError as error:
                raise ChangedSinceApprovalError(
                    f"the attachment {name!r} is no longer there as it was: {error}",
                    hint="run and submit again, and find out who changed the workspace",
                ) from error
        self._verify_inputs(self.document["adjusted"])

    def _verify_results(self, side: str, part: Mapping[str, Any], stages: StageStore) -> None:
        for name, stage in part["results"].items():
            if stages.verify(stage["fingerprint"]) != stage["digest"]:
                raise ChangedSinceApprovalError(
                    f"the stored result of operator {name!r} ({side}) is another one",
                    hint="run and submit again, and find out who changed the workspace",
                )

    def _verify_inputs(self, part: Mapping[str, Any]) -> None:
        dag = Dag.from_json(part["dag"]).at_folder(self.folder)
        context = Context(as_of=as_date(str(self.document["as_of"])), folder=dag.folder)
        for operator_id, known in part["inputs"].items():
            operator = make_operator(dag.operator(operator_id))
            for source, before in zip(operator.sources(), known, strict=True):
                if source.format in _UNREPEATABLE:
                    continue
                try:
                    now = snapshot(source, context)
                except DataError as error:
                    raise ChangedSinceApprovalError(
                        f"the input {source} can't be read any more: {error}",
                        where=f"operator {operator_id!r}",
                        hint="bring the input back, or run and submit again",
                    ) from error
                if now != before:
                    raise ChangedSinceApprovalError(
                        f"the input {source} is not what it was when the run read it",
                        where=f"operator {operator_id!r}",
                        hint="run and submit again",
                    )


def evidence_of(variant: Variant) -> Evidence:
    """Return the evidence for a variant against its baseline; its adjustment records are stored.

    Raises the variant's own error where it failed, ``GovernanceError`` where it has nothing to
    publish, ``InputChangedError`` where records have to be calculated from inputs that changed.
    """
    run = variant.result()
    check_publishable(run)
    return Evidence(
        {
            "schema": "liqevidence/2",
            "liqbench": __version__,
            "versions": {name: version(name) for name in _CALCULATING}
            | {"python": platform.python_version()},
            "variant": variant.name,
            "scenario": variant.injections.scenario.to_json(),
            "as_of": run.as_of.isoformat(),
            "baseline": _side(variant.baseline),
            "adjusted": _side(run),
            "adjustments": _adjustments(run),
        },
        str(run.dag.folder),
    )


def check_publishable(run: Run) -> None:
    """Raise ``GovernanceError`` for a run that has nothing to publish."""
    if not list(_stars(run)):
        raise GovernanceError(
            "the DAG has no star_schema, so there would be nothing to publish",
            hint="add an operator of type star_schema behind the results",
        )


def _adjustments(run: Run) -> dict[str, Any]:
    """Store the adjustment records of a run; return their stages by operator."""
    return {
        name: {
            "fingerprint": fingerprint,
            "digest": run.stages.verify(fingerprint),
            "rows": run.stages.dataset(fingerprint).count_rows(),
        }
        for name, fingerprint in AdjustmentRecords.of(run).stored().items()
    }


def _side(run: Run) -> dict[str, Any]:
    results = {
        name: {
            "fingerprint": result.fingerprint,
            "digest": run.stages.verify(result.fingerprint),
            "rows": result.rows,
            "metrics": dict(result.metrics),
        }
        for name, result in run.results.items()
        if result.stored
    }
    return {
        "run_id": run.run_id,
        "dag": run.dag.to_json(),
        "dag_hash": run.dag.content_hash,
        "inputs": {
            name: source_snapshots(node, run.context)
            for name, node in run.resolved.nodes.items()
            if node.operator.sources()
        },
        "code": {name: node.operator.code_identity() for name, node in run.resolved.nodes.items()},
        "results": results,
        "stars": {name: _totals(run, name) for name in _stars(run)},
    }


def _stars(run: Run) -> Iterator[str]:
    for name, node in run.resolved.nodes.items():
        if isinstance(node.operator, StarSchemaOperator):
            yield name


def _totals(run: Run, name: str) -> dict[str, Any]:
    """Return the fact's rows and the exact sum of every measure, read from the stored files."""
    operator = run.resolved.nodes[name].operator
    assert isinstance(operator, StarSchemaOperator)  # noqa: S101 - _stars gives no others
    fingerprint = run.results[name].fingerprint
    table = run.stages.dataset(fingerprint).to_table()
    sums = {
        measure.field: str(total_of(table[measure.field]))
        for measure in operator.measures
        if pa.types.is_decimal(table.schema.field(measure.field).type)
    }
    return {"fingerprint": fingerprint, "rows": table.num_rows, "sums": sums}


def total_of(column: pa.ChunkedArray) -> Decimal:
    """Return the exact sum of a decimal column; nulls count nothing."""
    kind = column.type
    wide = column.cast(pa.decimal256(76, kind.scale))
    total = pc.sum(wide).as_py()
    return Decimal(0).quantize(Decimal(1).scaleb(-kind.scale)) if total is None else total
