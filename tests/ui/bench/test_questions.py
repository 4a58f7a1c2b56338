"""Questions are given up when nobody waits for their answers any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from queue import Queue
from typing import Any

import pytest

from liqbench import ImpactAnalysis, Workbench
from liqbench.engine import cancellable, check_cancelled
from liqbench.ui.bench import PANELS
from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.commands import command
from liqbench.ui.bench.panel import Panel
from liqbench.ui.bench.turns import Turns

PATIENCE = 120  # seconds


class Asked(Panel):
    name = "asked"

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.turns = Turns()
        self.begun, self.may_end = threading.Event(), threading.Event()
        self.said: list[str] = []

    @command(question=True)
    def endless(self) -> int:
        with self.turns.turn():
            spark = cancellable(self.bench.workbench.spark)
            self.begun.set()
            found: int = spark.range(10**15).selectExpr("sum(id % 7)").collect()[0][0]
            return found

    @command(question=True)
    def word(self, word: str) -> str:
        with self.turns.turn():
            self.said.append(word)
            return word

    @command(slow=True)
    def deed(self) -> str:
        self.begun.set()
        assert self.may_end.wait(PATIENCE)
        check_cancelled()
        return "done"


class Page:
    """Asks without waiting; the answers come as they are there."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench, self.name = bench, name
        self.answers: Queue[dict[str, Any]] = Queue()

    def ask(self, number: int, command: str, /, **args: Any) -> None:
        message = {"page": self.name, "id": number, "command": command, "args": args}
        self.bench.ask(message, self.answers.put)

    def answered(self) -> dict[str, Any]:
        return self.answers.get(timeout=PATIENCE)


@pytest.fixture
def asked(bench: Workbench) -> Iterator[Asked]:
    panel = Bench(bench, [Asked], name="questions").panels["asked"]
    assert isinstance(panel, Asked)
    yield panel
    panel.may_end.set()


def test_a_question_that_nobody_waits_for_ends_and_those_behind_it_are_not_begun(
    asked: Asked,
) -> None:
    page, other = Page(asked.bench, "one"), Page(asked.bench, "other")
    page.ask(1, "asked.endless")
    assert asked.begun.wait(PATIENCE)
    page.ask(2, "asked.word", word="first")
    page.ask(3, "asked.word", word="second")
    # Another page's question of that number is its own.
    other.ask(3, "bench.give_up", page="other", number=3)
    assert other.answered() == {"reply": 3, "ok": None}
    for n, given_up in enumerate((2, 1)):
        page.ask(4 + n, "bench.give_up", page="one", number=given_up)
    answers = {answer["reply"]: answer for answer in (page.answered() for _ in range(5))}
    assert {answers[n]["error"]["kind"] for n in (1, 2)} == {"RunCancelledError"}
    assert answers[3]["ok"] == "second"
    assert asked.said == ["second"]


def test_what_is_done_is_done_to_its_end(asked: Asked) -> None:
    page = Page(asked.bench, "one")
    page.ask(1, "asked.deed")
    assert asked.begun.wait(PATIENCE)
    page.ask(2, "bench.give_up", page="one", number=1)
    assert page.answered()["reply"] == 2
    asked.may_end.set()
    assert page.answered() == {"reply": 1, "ok": "done"}


def test_an_answered_question_may_be_given_up(asked: Asked) -> None:
    page = Page(asked.bench, "one")
    page.ask(1, "asked.word", word="there")
    assert page.answered() == {"reply": 1, "ok": "there"}
    page.ask(2, "bench.give_up", page="one", number=1)
    assert page.answered() == {"reply": 2, "ok": None}


def test_what_was_given_up_is_answered_when_it_is_asked_again(
    bench: Workbench, deals: ImpactAnalysis
) -> None:
    opened = Bench(bench, PANELS, name="again")
    with opened.changing():
        opened.compare(deals)
    page, variant = Page(opened, "one"), next(iter(deals)).name
    expected = deals.deals(variant, limit=3)
    for number in (1, 3):
        page.ask(number, "impact.deals", variant=variant, limit=3)
        if number == 1:
            page.ask(2, "bench.give_up", page="one", number=1)
            assert {page.answered()["reply"] for _ in range(2)} == {1, 2}
    found = page.answered()["ok"]
    assert [row[0] for row in found["rows"]] == expected[found["columns"][0]].tolist()
