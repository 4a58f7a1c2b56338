"""Messages that come in any order are taken in the one in which they were sent."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from liqbench.ui.bench.in_order import InOrder


@given(st.lists(st.sampled_from("ab"), max_size=12), st.randoms(use_true_random=False))
def test_each_is_taken_once_and_after_those_before_it(
    pages: list[str], chance: random.Random
) -> None:
    sent = [{"page": page, "id": pages[:n].count(page)} for n, page in enumerate(pages)]
    coming = sent + chance.sample(sent, len(sent) // 2)  # some come again
    chance.shuffle(coming)
    taken: list[Mapping[str, Any]] = []
    order = InOrder(taken.append)
    for message in coming:
        order.hear(message)
    for page in "ab":
        assert [each for each in taken if each["page"] == page] == [
            each for each in sent if each["page"] == page
        ]
        assert order.next(page) == pages.count(page)


def test_one_that_is_missing_is_told_of_and_holds_the_others_up() -> None:
    taken: list[Mapping[str, Any]] = []
    order = InOrder(taken.append)
    for number in (0, 2, 3):
        order.hear({"page": "a", "id": number})
    assert [each["id"] for each in taken] == [0]
    assert order.next("a") == 1
    order.hear({"page": "a", "id": 1})
    assert [each["id"] for each in taken] == [0, 1, 2, 3]


def test_one_that_takes_long_is_waited_for() -> None:
    taken: list[int] = []
    begun, go_on = threading.Event(), threading.Event()

    def take(message: Mapping[str, Any]) -> None:
        if message["id"] == 0:
            begun.set()
            assert go_on.wait(60)
        taken.append(message["id"])

    order = InOrder(take)
    first = threading.Thread(target=order.hear, args=({"page": "a", "id": 0},))
    second = threading.Thread(target=order.hear, args=({"page": "a", "id": 1},))
    first.start()
    assert begun.wait(60)
    second.start()
    go_on.set()
    first.join(60)
    second.join(60)
    assert taken == [0, 1]
