"""The bench behind the screen: one draft, one selection, the panels, and who looks at them."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from liqbench.engine import Cancellation, Examination
from liqbench.errors import LiqbenchError
from liqbench.impact import ImpactAnalysis
from liqbench.model import Dag
from liqbench.ui.bench.commands import Command, call, command, commands_of, find
from liqbench.ui.bench.draft import Draft, DraftFile, History
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.wire import error_to_wire, to_wire
from liqbench.workbench import Workbench

Send = Callable[[dict[str, Any]], None]
Asker = tuple[Any, Any]
_LOGGER = logging.getLogger(__name__)


class Bench:
    """What ``wb.show()`` opens, without a screen: tests and other front ends talk to it too.

    Every screen that looks at it is told of every change, so two views of one bench show the same.
    """

    def __init__(
        self,
        workbench: Workbench,
        panels: Sequence[Callable[[Bench], Panel]],
        *,
        name: str,
        given: Draft | None = None,
        inputs: Mapping[str, Any] | None = None,
    ) -> None:
        self.workbench = workbench
        self.inputs = dict(inputs or {})
        self.lock = threading.RLock()
        self._screens: list[Send] = []
        self._questions: dict[Asker, Cancellation] = {}
        self._told: dict[str, Any] = {}
        self._file = DraftFile(workbench.folder, name)
        self.notices: list[str] = []
        self.history = History(self._opened(given), self._file.save)
        self.selection: dict[str, Any] = {}
        self.analysis: ImpactAnalysis | None = None
        self.panels: dict[str, Panel] = {}
        self._commands: dict[str, Command] = {}
        for make in (BenchPanel, *panels):
            self._add(make(self))
        self.moved()

    def _opened(self, given: Draft | None) -> Draft:
        """Return the stored draft where it began with what is given, else what is given."""
        stored = self._file.load()
        if stored is not None and (given is None or given.origin == stored.origin):
            return stored
        if stored is not None and (kept := self._file.set_aside()) is not None:
            self.notices.append(f"the draft that was here before lies in {kept.name} now")
        draft = given or Draft.begun(Dag(name=self.name, operators=()), _last_month_end(), (), ())
        self._file.save(draft)
        return draft

    def _add(self, panel: Panel) -> None:
        self.panels[panel.name] = panel
        for name, found in commands_of(panel):
            self._commands[f"{panel.name}.{name}"] = found

    @property
    def draft(self) -> Draft:
        """What the analyst is working on."""
        return self.history.draft

    @property
    def name(self) -> str:
        """The bench's name, which is its draft's."""
        return self._file.name

    def change(self, words: str, **fields: Any) -> None:
        """Change the draft, undoable; ``words`` say what was done. Raises ``DocumentError``."""
        self.history.change(words, **fields)
        self.moved()

    def compare(self, analysis: ImpactAnalysis | None) -> None:
        """Let the panels turn to an analysis, or to none; call it under ``changing``."""
        self.analysis = analysis
        self.moved()

    def examine(self, draft: Draft) -> Examination:
        """Return what is known of a draft's DAG; reads its sources' fields, so it may take time."""
        return self.workbench.examine(draft.dag, as_of=draft.as_of, inputs=self.inputs)

    def reload(self) -> None:
        """Take the draft as another notebook stored it."""
        draft = self._file.load()
        if draft is not None:
            self.history = History(draft, self._file.save)
            self.moved()

    def keep(self) -> None:
        """Store the draft over what another notebook stored."""
        self._file.save(self.draft, anyway=True)

    def moved(self) -> None:
        """Let every panel drop what no longer holds."""
        for panel in self.panels.values():
            panel.moved()

    # --- screens -------------------------------------------------------------------------------

    def attach(self, send: Send) -> None:
        """Add a screen; it is told everything at once."""
        with self.lock:
            self._screens.append(send)
            send({"topic": "state", "state": self._state()})

    def detach(self, send: Send) -> None:
        """Forget a screen."""
        with self.lock:
            self._screens = [other for other in self._screens if other != send]

    def _state(self) -> dict[str, Any]:
        return {name: to_wire(panel.state()) for name, panel in self.panels.items()}

    def tell(self) -> None:
        """Tell every screen what changed since it was told last, and no more than that."""
        with self.lock:
            now = self._state()
            news = {
                name: changed
                for name, state in now.items()
                if (changed := _changed(self._told.get(name, {}), state))
            }
            self._told = now
            if news:
                self._broadcast({"topic": "state", "state": news})

    def _broadcast(self, message: dict[str, Any]) -> None:
        for send in self._screens:
            send(message)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the bench still for a change from a thread; the screens are told after it."""
        with self.lock:
            yield
            self.tell()

    # --- commands ------------------------------------------------------------------------------

    def ask(self, message: Mapping[str, Any], answer: Send) -> None:
        """Do what a page asks: ``page``, ``id``, ``command`` and ``args`` in, one answer out.

        The answer is ``{"reply": id, "ok": …}`` or ``{"reply": id, "error": …}``, after the news.
        """
        asker = (message.get("page"), message.get("id"))
        try:
            found = find(self._commands, str(message.get("command")))
        except LiqbenchError as error:
            answer({"reply": asker[1], "error": error_to_wire(error)})
            return
        arguments = message.get("args") or {}
        if not found.slow:
            with self.lock:
                self._answer(found, arguments, asker, answer)
            return
        if found.question:
            self._questions[asker] = Cancellation()
        threading.Thread(
            target=self._answer, args=(found, arguments, asker, answer), daemon=True
        ).start()

    def give_up(self, page: str, number: int) -> None:
        """Spend no more work on a page's question; its answer says so, where it has none yet."""
        if (going := self._questions.get((page, number))) is not None:
            going.cancel()

    def _answer(self, found: Command, arguments: Mapping[str, Any], asker: Asker, to: Send) -> None:
        try:
            with self._questions.get(asker, contextlib.nullcontext()):
                value = to_wire(call(found, arguments))
            reply = {"reply": asker[1], "ok": value}
        except LiqbenchError as error:
            reply = {"reply": asker[1], "error": error_to_wire(error)}
        except Exception as error:  # the screen must never wait for an answer that won't come
            _LOGGER.exception("the command failed")
            reply = {"reply": asker[1], "error": error_to_wire(error)}
        self._questions.pop(asker, None)
        self.tell()
        to(reply)


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a panel's state that are new."""
    return {
        name: value for name, value in now.items() if name not in before or before[name] != value
    }


def _last_month_end() -> date:
    return date.today().replace(day=1) - timedelta(days=1)  # noqa: DTZ011 - her own calendar


class BenchPanel(Panel):
    """What all steps share: the head of the screen, the selection, undo and redo."""

    name = "bench"

    def state(self) -> dict[str, Any]:
        """Return the head and the selection."""
        draft, history = self.bench.draft, self.bench.history
        return {
            "name": self.bench.name,
            "workspace": str(self.bench.workbench.folder.name),
            "dag": draft.dag.name,
            "as_of": draft.as_of,
            "spark": self.bench.workbench.spark_started,
            "selection": self.bench.selection,
            "undo": history.undoable,
            "redo": history.redoable,
            "notices": self.bench.notices,
        }

    @command()
    def show_code(self, panel: str) -> str:
        """Return a step's calls, as they do in a cell what it does on the screen."""
        return self.bench.panels[panel].code()

    @command()
    def select(self, selection: dict[str, Any]) -> None:
        """Select one thing for the whole bench: ``{"kind": …, "id": …}``, or nothing."""
        for panel in self.bench.panels.values():
            selection = panel.understood(selection)
        self.bench.selection = selection
        self.bench.moved()

    @command()
    def give_up(self, page: str, number: int) -> None:
        """Spend no more work on a page's question: nobody there waits for its answer any more."""
        self.bench.give_up(page, number)

    @command()
    def undo(self) -> None:
        """Take the last change back."""
        self.bench.history.undo()
        self.bench.moved()

    @command()
    def redo(self) -> None:
        """Do again what was taken back."""
        self.bench.history.redo()
        self.bench.moved()

    @command()
    def set_as_of(self, as_of: date) -> None:
        """Work on another day."""
        self.bench.change(f"as of {as_of.isoformat()}", as_of=as_of)

    @command()
    def take_theirs(self) -> None:
        """Take the draft as another notebook stored it."""
        self.bench.reload()

    @command()
    def keep_mine(self) -> None:
        """Store the draft over what another notebook stored."""
        self.bench.keep()
