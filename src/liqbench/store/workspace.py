"""The folder in which a bench keeps everything."""

from __future__ import annotations

import json
import os
from pathlib import Path

from liqbench.errors import LiqbenchError
from liqbench.model._documents import write_text
from liqbench.store.attachments import Attachments
from liqbench.store.records import Records
from liqbench.store.settings import StoreSettings

_MARK = "liqbench-workspace.json"
_FORMAT = 1


class Workspace:
    """A workspace folder; made on first use. Raises ``LiqbenchError`` for a folder in other use."""

    def __init__(
        self, folder: str | os.PathLike[str], settings: StoreSettings | None = None
    ) -> None:
        self.folder = Path(folder).expanduser().resolve()
        mark = self.folder / _MARK
        if mark.is_file():
            found = json.loads(mark.read_text("utf-8")).get("format")
            if found != _FORMAT:
                raise LiqbenchError(
                    f"the workspace has format {found}, this version reads {_FORMAT}",
                    where=str(self.folder),
                    hint="open it with the liqbench that wrote it",
                )
        elif _is_in_other_use(self.folder) and not mark.is_file():  # no other process was faster
            raise LiqbenchError(
                "is no workspace and not empty",
                where=str(self.folder),
                hint="name a new folder, or the folder of a workspace",
            )
        else:
            write_text(mark, json.dumps({"format": _FORMAT}) + "\n")
        self.stages = (settings or StoreSettings()).open(self.folder)
        self.attachments = Attachments(self.folder / "attachments")
        self.records = Records(self.folder / "records.db")

    @property
    def warehouse_path(self) -> Path:
        """The file of the embedded warehouse."""
        return self.folder / "warehouse.duckdb"


def _is_in_other_use(folder: Path) -> bool:
    """Tell whether there is something else; a mark half written, now or by a killed one, isn't."""
    try:
        entries = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        return True
    return any(not name.startswith(f".{_MARK}.") for name in entries)
