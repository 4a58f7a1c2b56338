"""What the analyst is working on: a DAG, scenarios, a day. Stored as she works."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from liqbench.errors import DocumentError
from liqbench.model import Dag, Scenario
from liqbench.model._documents import load_json, parse, write_text
from liqbench.model._values import FrozenModel, content_hash
from liqbench.ui.bench.errors import DraftConflictError

SCHEMA = "liqdraft/1"
_MOST_STEPS = 200


class Draft(FrozenModel):
    """One state of the work: immutable, so that undo is a list of these.

    ``points`` are the injection points; without any, each rule goes to its own stage.
    ``places`` are the operators that were put somewhere by hand, in the canvas's pixels.
    ``unfinished`` holds rules that are being written and aren't any yet, by scenario and rule;
    ``forms`` what is written at the desk and not sent yet, by the form's name.
    ``origin`` identifies what the bench was opened with: opened with the same, it goes on.
    """

    dag: Dag
    as_of: date
    scenarios: tuple[Scenario, ...] = ()
    points: tuple[str, ...] = ()
    places: dict[str, tuple[float, float]] = Field(default_factory=dict)
    unfinished: dict[str, Any] = Field(default_factory=dict)
    forms: dict[str, dict[str, str]] = Field(default_factory=dict)
    origin: str = ""

    @classmethod
    def begun(
        cls, dag: Dag, as_of: date, scenarios: Sequence[Scenario], points: Sequence[str]
    ) -> Draft:
        """Return the draft that a bench opens with."""
        draft = cls(dag=dag, as_of=as_of, scenarios=tuple(scenarios), points=tuple(points))
        return draft.model_copy(update={"origin": content_hash(draft.to_json())})

    def to_json(self) -> dict[str, Any]:
        """Return the draft as JSON."""
        return {
            "schema": SCHEMA,
            "dag": self.dag.to_json(),
            "folder": "" if self.dag.folder == Path.cwd() else str(self.dag.folder),
            "as_of": self.as_of.isoformat(),
            "scenarios": [scenario.to_json() for scenario in self.scenarios],
            "points": list(self.points),
            "places": {name: list(place) for name, place in self.places.items()},
            "unfinished": self.unfinished,
            "forms": self.forms,
            "origin": self.origin,
        }

    @classmethod
    def from_json(cls, document: Any, *, where: str) -> Draft:
        """Read a draft. Raises ``DocumentError``."""
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise DocumentError(f"is no draft: its schema is not {SCHEMA!r}", where=where)
        fields = {
            name: document.get(name)
            for name in ("as_of", "points", "places", "unfinished", "forms", "origin")
        }
        dag = Dag.from_json(document.get("dag"), where=where)
        folder = document.get("folder")
        fields["dag"] = dag.at_folder(folder) if folder else dag
        fields["scenarios"] = [Scenario.from_json(item) for item in document.get("scenarios", ())]
        return parse(cls, fields, where=where)


class DraftFile:
    """The file of a draft. Two notebooks may hold it open; none overwrites the other unnoticed."""

    def __init__(self, folder: Path, name: str) -> None:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}", name):
            raise DocumentError(
                f"a bench can't be called {name!r}",
                hint="use up to 80 letters, digits, blanks, points and hyphens",
            )
        self.name = name
        self._path = folder / "drafts" / f"{name}.json"
        self._known: int | None = None

    def load(self) -> Draft | None:
        """Return the draft as it was stored last, or nothing."""
        if not self._path.exists():
            self._known = None
            return None
        document = load_json(self._path)
        draft = Draft.from_json(document, where=str(self._path))
        self._known = int(document.get("revision", 0))
        return draft

    def set_aside(self) -> Path | None:
        """Keep what is stored under another name, and begin anew; return where it lies now."""
        if not self._path.exists():
            return None
        kept = (self._path.with_name(f"{self.name} kept {n}.json") for n in itertools.count(1))
        place = next(path for path in kept if not path.exists())
        self._path.rename(place)
        self._known = None
        return place

    def save(self, draft: Draft, *, anyway: bool = False) -> None:
        """Store a draft. Raises ``DraftConflictError`` where somebody else stored another since."""
        stored = self._stored_revision()
        if stored != self._known and not anyway:
            raise DraftConflictError(
                f"the draft {self.name!r} was changed in another notebook since it was opened here",
                where=str(self._path),
                hint="take theirs, or keep yours over it",
            )
        revision = (stored or 0) + 1
        text = json.dumps(draft.to_json() | {"revision": revision}, ensure_ascii=False)
        write_text(self._path, text + "\n")
        self._known = revision

    def _stored_revision(self) -> int | None:
        if not self._path.exists():
            return None
        return int(load_json(self._path).get("revision", 0))


class History:
    """The draft and its earlier states: every change can be taken back, and done again."""

    def __init__(self, draft: Draft, saved: Callable[[Draft], None]) -> None:
        self.draft = draft
        self._saved = saved
        self._undo: list[tuple[str, Draft]] = []
        self._redo: list[tuple[str, Draft]] = []

    def change(self, words: str, **fields: Any) -> None:
        """Go to a changed state and store it; ``words`` say what undo would take back."""
        changed = parse(Draft, dict(self.draft) | fields, where="the draft")
        if changed == self.draft:
            return
        self._saved(changed)
        self._undo = [*self._undo, (words, self.draft)][-_MOST_STEPS:]
        self._redo = []
        self.draft = changed

    def undo(self) -> None:
        """Take the last change back; nothing where there is none."""
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        """Do again what was taken back last; nothing where there is nothing."""
        self._step(self._redo, self._undo)

    def _step(self, source: list[tuple[str, Draft]], to: list[tuple[str, Draft]]) -> None:
        if source:
            words, draft = source[-1]
            self._saved(draft)
            source.pop()
            to.append((words, self.draft))
            self.draft = draft

    @property
    def undoable(self) -> str:
        """What undo would take back, in words; empty where nothing."""
        return self._undo[-1][0] if self._undo else ""

    @property
    def redoable(self) -> str:
        """What redo would do again, in words; empty where nothing."""
        return self._redo[-1][0] if self._redo else ""
