"""``liqbench evidence``: whether the evidence pack of an approval holds."""

# ruff: noqa: PLC0415 - --help must not wait for Spark's import

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from liqbench.commands.telling import say, tell
from liqbench.commands.trusting import AdministratorOption, TrustOption, trust_settings
from liqbench.errors import LiqbenchError

if TYPE_CHECKING:
    from liqbench.governance import TrustList
    from liqbench.governance.pack import Verification

app = typer.Typer(help="Verify the evidence pack of an approval.", no_args_is_help=True)
_CANT_BE_READ = 2


@app.callback()
def _group() -> None:
    """Keep ``verify`` a subcommand, though it is the only one."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The pack, a zip.")],
    *,
    trust: TrustOption = None,
    administrator: AdministratorOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Verify a pack by itself: no workspace and no Spark are needed.

    Leaves with 0 where all of it holds, 1 where something doesn't, 2 where the pack or the list
    can't be read.
    """
    from liqbench.governance.pack import verify_pack

    settings = trust_settings(trust, administrator)
    try:
        trusted = None if settings is None else settings.load()
        found = verify_pack(file, trusted)
    except LiqbenchError as error:
        if as_json:
            typer.echo(_json(file, "unreadable", faults=[_fault(error)]))
        else:
            tell(error)
        raise typer.Exit(_CANT_BE_READ) from None
    if as_json:
        typer.echo(_document(file, found))
    else:
        _tell(found, trusted)
    raise typer.Exit(0 if found.holds else 1)


def _tell(found: Verification, trusted: TrustList | None) -> None:
    for heading, text in found.story:
        say(f"{heading:<12} {text}")
    for fault in found.faults:
        tell(fault)
    if not found.holds:
        say(f"does not hold: {len(found.faults)} found wrong")
    elif trusted is None:
        say("holds, by the keys as enclosed: they prove no person; --trust asks a list who signed")
    else:
        say(f"holds, signed by people of list number {trusted.number}")


def _document(file: Path, found: Verification) -> str:
    return _json(
        file,
        "holds" if found.holds else "does not hold",
        approval=found.approval,
        keys="listed" if found.listed else "as enclosed",
        story=[list(line) for line in found.story],
        faults=[_fault(fault) for fault in found.faults],
    )


def _json(file: Path, verdict: str, *, faults: list[Any], **more: Any) -> str:
    document = {"file": str(file), "verdict": verdict, **more, "faults": faults}
    return json.dumps(document, indent=2, ensure_ascii=False)


def _fault(fault: LiqbenchError) -> dict[str, Any]:
    return {"type": type(fault).__name__, "where": fault.where, "message": str(fault)}
