"""``liqbench audit``: whether the log is whole, and the story of one publication."""

# ruff: noqa: PLC0415 - --help must not wait for Spark's import

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liqbench.commands.telling import say, told
from liqbench.commands.trusting import AdministratorOption, TrustOption, trust_settings
from liqbench.errors import AuditError, UnknownResultError

if TYPE_CHECKING:
    from liqbench.governance import ApprovalProcess, TrustSettings

app = typer.Typer(help="Verify the audit log, and read it.", no_args_is_help=True)

Space = Annotated[
    Path, typer.Option("--workspace", "-w", help="The folder that keeps stages and records.")
]

HeadOption = Annotated[
    str | None,
    typer.Option("--head", help="A head that was noted before, NUMBER:HASH, to be gone through."),
]


@app.command()
def verify(workspace: Space = Path("workspace"), head: HeadOption = None) -> None:
    """Check every entry of the audit log. Leaves with 0 where it is whole, 1 where it isn't."""
    from liqbench.governance import Head

    with told(), _process(workspace) as process:
        known = []
        if head is not None:
            number, _, hash_ = head.partition(":")
            if not number.isdigit():
                raise AuditError(f"{head!r} is no head", hint="write it as NUMBER:HASH")
            known = [Head(int(number), hash_)]
        found = process.publisher.check_log(known)
        say(f"{found.number} entries, all as they were written")
        say(f"head: {found.number}:{found.hash}")


@app.command()
def show(
    publication: Annotated[
        str, typer.Argument(metavar="PUBLICATION_ID", help="Its id, or how it begins.")
    ],
    workspace: Space = Path("workspace"),
    *,
    trust: TrustOption = None,
    administrator: AdministratorOption = None,
) -> None:
    """Tell how a publication came to be, from its inputs to its row in the ledger."""
    from liqbench.governance.story import story_of
    from liqbench.warehouse import DuckDbTarget, ledger_row

    with told(), _process(workspace, trust_settings(trust, administrator)) as process:
        story = story_of(process, publication)
        for heading, text in story.lines:
            say(f"{heading:<12} {text}")
        file = workspace.resolve() / "warehouse.duckdb"
        if DuckDbTarget(file).identity == story.identity and file.is_file():
            say(f"{'ledger':<12} {ledger_row(DuckDbTarget(file), story.publish_id)}")
        else:
            say(f"{'ledger':<12} lq_ledger in {story.identity}, publish_id {story.publish_id}")


@contextmanager
def _process(folder: Path, trust: TrustSettings | None = None) -> Iterator[ApprovalProcess]:
    """Open a workspace that is there."""
    from liqbench.governance import ApprovalProcess, GovernanceSettings
    from liqbench.store import Workspace, is_workspace

    if not is_workspace(folder):
        raise UnknownResultError("is no workspace", where=str(folder), hint="name one with -w")
    workspace = Workspace(folder)
    try:
        yield ApprovalProcess(workspace, GovernanceSettings(trust=trust))
    finally:
        workspace.records.close()
