"""The folder in which a bench keeps everything."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from liqbench.errors import LiqbenchError, SettingError
from liqbench.model._documents import write_text
from liqbench.store.attachments import Attachments
from liqbench.store.databases import address_of, records_url
from liqbench.store.records import Records
from liqbench.store.settings import StoreSettings

_MARK = "liqbench-workspace.json"
_RECORDS_INSIDE, _RECORDS_ELSEWHERE = 1, 2  # formats; who knows only the first refuses the second


class Workspace:
    """A workspace folder; made on first use. Raises ``LiqbenchError`` for a folder in other use.

    It remembers where its records are, so that it is never opened without them: with other ones
    it raises ``SettingError``.
    """

    def __init__(
        self, folder: str | os.PathLike[str], settings: StoreSettings | None = None
    ) -> None:
        settings = settings or StoreSettings()
        self.folder = Path(folder).expanduser().resolve()
        given = None if settings.records is None else records_url(settings.records)
        mark = self.folder / _MARK
        in_other_use = _is_in_other_use(self.folder)  # or another process makes it a workspace
        if mark.is_file():
            place = self._remembered(mark, given)
        elif in_other_use:
            raise LiqbenchError(
                "is no workspace and not empty",
                where=str(self.folder),
                hint="name a new folder, or the folder of a workspace",
            )
        else:
            place = self._remember(mark, given)
        self.stages = settings.open(self.folder)
        self.attachments = Attachments(self.folder / "attachments")
        self.records = Records(place)

    def _remember(self, mark: Path, given: URL | None) -> Path | URL:
        """Write down where the records of a new workspace are."""
        if given is None:
            found: dict[str, Any] = {"format": _RECORDS_INSIDE}
        else:
            Records(given).close()  # a wrong address is found before it is written down
            found = {"format": _RECORDS_ELSEWHERE, "records": address_of(given)}
        write_text(mark, json.dumps(found) + "\n")
        return given or self._inside

    def _remembered(self, mark: Path, given: URL | None) -> Path | URL:
        """Return where the records of a workspace are that was made before."""
        found = json.loads(mark.read_text("utf-8"))
        if found.get("format") not in (_RECORDS_INSIDE, _RECORDS_ELSEWHERE):
            raise LiqbenchError(
                f"the workspace has format {found.get('format')}, this version reads "
                f"{_RECORDS_INSIDE} and {_RECORDS_ELSEWHERE}",
                where=str(self.folder),
                hint="open it with the liqbench that wrote it",
            )
        kept = found.get("records")
        if given is not None and address_of(given) != kept:
            raise SettingError(
                f"the workspace has its records in {kept or self._inside}, not in "
                f"{address_of(given)}",
                where=str(self.folder),
                hint=f"name a new folder; if the database moved, say so in {_MARK}",
            )
        if kept is None:
            return self._inside
        return given or records_url(kept)

    @property
    def _inside(self) -> Path:
        return self.folder / "records.db"

    @property
    def warehouse_path(self) -> Path:
        """The file of the embedded warehouse."""
        return self.folder / "warehouse.duckdb"


def is_workspace(folder: Path) -> bool:
    """Tell whether a folder was made a workspace."""
    return (folder / _MARK).is_file()


def _is_in_other_use(folder: Path) -> bool:
    """Tell whether there is something else; a mark half written, now or by a killed one, isn't."""
    try:
        entries = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True
    return any(not name.startswith(f".{_MARK}.") for name in entries)
