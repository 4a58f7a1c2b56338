"""``liqbench keys``: a person's key, and the list of those that are trusted."""

# ruff: noqa: PLC0415 - --help must not wait for Spark's import

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liqbench.commands.telling import say, told
from liqbench.commands.trusting import AdministratorOption

if TYPE_CHECKING:
    from liqbench.governance.keys import KeyFolder
    from liqbench.governance.trust import TrustList

app = typer.Typer(help="Make keys, and keep the list of trusted people.", no_args_is_help=True)

Person = Annotated[str, typer.Argument(metavar="PERSON", help="Whose key it is.")]
Folder = Annotated[
    Path | None,
    typer.Option("--keys", help="The folder of the keys. Default: $LIQBENCH_KEYS, or the user's."),
]
ListFile = Annotated[Path, typer.Option("--list", help="The list of trusted people.")]
Administrator = Annotated[
    str, typer.Option("--administrator", help="Whose key signs the list; it is in the folder.")
]


@app.command()
def new(
    person: Person,
    *,
    keys: Folder = None,
    encrypt: Annotated[
        bool,
        typer.Option(
            help="Encrypt it with the passphrase of $LIQBENCH_KEY_PASSPHRASE, or one typed in."
        ),
    ] = True,
) -> None:
    """Make a person's key. Her card, the .pub.json file, is what an administrator is given."""
    with told():
        folder = _folder(keys, confirm=True)
        key = folder.new(person, encrypted=encrypt)
        say(f"key {key.key_id} of {key.card.person}: {folder.file(person)}")
        say(f"card: {folder.card_file(key.key_id)}")
        say(f"public key: {key.card.public.raw.hex()}")


@app.command("list")
def list_keys(
    *,
    keys: Folder = None,
    trusted: Annotated[
        Path | None, typer.Option("--list", help="Show this list of trusted people instead.")
    ] = None,
    administrator: AdministratorOption = None,
) -> None:
    """List the keys of the folder, or the people of a list."""
    from liqbench.governance.trust import TrustSettings

    with told():
        if trusted is None:
            for card in _folder(keys).cards():
                say(f"{card.key_id}  {card.person}")
            return
        found = TrustSettings(path=trusted, administrator=administrator).load()
        say(f"list number {found.number}")
        for entry in found.people:
            revoked = f", revoked {entry.revoked_at}" if entry.revoked_at else ""
            say(f"{entry.key_id}  {entry.person}  trusted {entry.trusted_at}{revoked}")


@app.command()
def trust(
    card: Annotated[Path, typer.Argument(metavar="CARD.pub.json", help="The person's card.")],
    *,
    list_file: ListFile,
    administrator: Administrator,
    keys: Folder = None,
) -> None:
    """Put a person's key on the list, and sign it."""
    from liqbench.governance.keys import Card

    with told():
        known = Card.load(card)
        _change(list_file, administrator, keys, lambda held, now: held.trust(known, now))
        say(f"{known.person} is trusted with the key {known.key_id}")


@app.command()
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="KEY_ID", help="The key's id.")],
    *,
    list_file: ListFile,
    administrator: Administrator,
    keys: Folder = None,
) -> None:
    """Revoke a key, and sign the list. What it approved and isn't published yet stays so."""
    with told():
        _change(list_file, administrator, keys, lambda held, now: held.revoke(key_id, now))
        say(f"the key {key_id} is revoked")


def _change(
    file: Path,
    administrator: str,
    keys: Path | None,
    change: Callable[[TrustList, datetime], TrustList],
) -> None:
    """Change a list that this administrator signed, or begin one."""
    from liqbench.governance.trust import TrustList, TrustSettings, save_signed

    key = _folder(keys).load(administrator)
    pinned = TrustSettings(path=file, administrator=key.card.public.raw.hex())
    held = pinned.load() if file.exists() else TrustList()
    save_signed(change(held, datetime.now(UTC)), file, key)
    say(f"{file}: signed with {key.card.public.raw.hex()}, which the settings pin")


def _folder(folder: Path | None, *, confirm: bool = False) -> KeyFolder:
    from liqbench.governance.keys import KeyFolder, from_environment, keys_folder

    def passphrase() -> str | None:
        return from_environment() or typer.prompt(
            "Passphrase", hide_input=True, confirmation_prompt=confirm
        )

    return KeyFolder(folder or keys_folder(), passphrase)
