"""The options that name a list of trusted people."""

# ruff: noqa: PLC0415 - --help must not wait for Spark's import

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from liqbench.governance import TrustSettings

TrustOption = Annotated[
    Path | None,
    typer.Option("--trust", help="A list of trusted people, which says who signed."),
]
AdministratorOption = Annotated[
    str | None,
    typer.Option(
        "--administrator", help="The public key that must have signed the list, 64 hex digits."
    ),
]


def trust_settings(trust: Path | None, administrator: str | None) -> TrustSettings | None:
    """Return what the options say; ``None`` without a list."""
    from liqbench.governance import TrustSettings

    if trust is None:
        if administrator is not None:
            raise typer.BadParameter("is of use with --trust only", param_hint="--administrator")
        return None
    return TrustSettings(path=trust, administrator=administrator)
