"""The project of what was published to a target: its stars, its reporting views, its address."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from liqbench.errors import ChangedSinceApprovalError, PublicationError, SemanticModelError
from liqbench.governance import ApprovalProcess
from liqbench.governance.audit import PUBLISHED
from liqbench.model import Dag
from liqbench.operators import make_operator
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.attributes import attribute_types
from liqbench.warehouse.aws import address_of
from liqbench.warehouse.duckdb_target import DuckDbTarget
from liqbench.warehouse.gate import Target
from liqbench.warehouse.powerbi.build import semantic_model
from liqbench.warehouse.powerbi.model import DuckDbSource, RedshiftSource, RefreshPolicy, Source
from liqbench.warehouse.powerbi.project import check, write
from liqbench.warehouse.redshift import RedshiftTarget
from liqbench.warehouse.reporting import Aggregation
from liqbench.warehouse.schema import catalog

_REDSHIFTS_PORT = 5439


def write_published(
    process: ApprovalProcess,
    target: Target,
    folder: Path,
    *,
    name: str,
    refresh: RefreshPolicy | None = None,
    aggregations: Sequence[Aggregation] = (),
) -> Path:
    """Write the project of what was published to a target; return its ``.pbip`` file.

    Before, the reporting views that it reads are made in the warehouse, or made anew. Raises
    ``PublicationError`` where nothing was published there, ``SemanticModelError``,
    ``ProjectFolderError``, and what a connection raises; the folder is then as it was.
    """
    stars = published_stars(process, target)
    warehouse, source = _placed(target)
    with warehouse.connect() as connection:
        types = attribute_types(stars, catalog(connection, warehouse.schema()), warehouse.place)
    model = semantic_model(
        stars,
        name=name,
        source=source,
        refresh=refresh,
        aggregations=aggregations,
        attribute_types=types,
    )
    check(model, folder)
    warehouse.make_views(stars, aggregations)
    return write(model, folder)


def published_stars(process: ApprovalProcess, target: Target) -> tuple[StarSchemaOperator, ...]:
    """Return the stars that this workspace published to a target, each as it was last, by name.

    What they are is read from the approved evidence. Raises ``PublicationError`` where there is
    none, ``ChangedSinceApprovalError`` where the evidence is no longer what was approved.
    """
    found: dict[str, StarSchemaOperator] = {}
    for entry in process.audit.entries(what=PUBLISHED):
        if entry.details["identity"] != target.identity:
            continue
        approval = process.approval(str(entry.details["approval"]))
        evidence = process.evidence(approval.submission_id)
        if evidence.content_hash != approval.content_hash:
            raise ChangedSinceApprovalError(
                "its record was changed: the evidence no longer has the approved hash",
                where=approval.submission_id,
                hint="find out who changed the workspace",
            )
        part = evidence.document["adjusted"]
        dag = Dag.from_json(part["dag"])
        for operator_id in part["stars"]:
            star = make_operator(dag.operator(operator_id))
            assert isinstance(star, StarSchemaOperator)  # noqa: S101 - the evidence lists no others
            found[star.fact] = star
    if not found:
        raise PublicationError(
            "nothing of this workspace was published there yet, so there is nothing to report",
            where=target.identity,
            hint="publish an approval first: wb.publish(apr.id, target=…)",
        )
    return tuple(found[fact] for fact in sorted(found))


def _placed(target: Target) -> tuple[DuckDbTarget | RedshiftTarget, Source]:
    """Return a target, and how Power BI finds it."""
    if isinstance(target, RedshiftTarget):
        known = target.settings
        host, port = address_of(known)
        server = host if port == _REDSHIFTS_PORT else f"{host}:{port}"
        return target, RedshiftSource(server, known.database, known.namespace)
    if isinstance(target, DuckDbTarget):
        if not target.file.is_file():
            raise PublicationError(
                "the warehouse is gone", where=target.place, hint="bring its file back"
            )
        return target, DuckDbSource(str(target.file.absolute()))
    raise SemanticModelError(
        f"Power BI has no way to a {type(target).__name__} that is known here",
        where=target.identity,
        hint="write_powerbi makes a project of stars and a source",
    )
