"""The two ways of working on the bench: by mouse, and by keyboard alone.

Both do the same things to the same labels, so that what is composed by one can be composed by
the other.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod

from playwright.sync_api import Locator, Page, expect

MOST_TABS = 160


class Hands(ABC):
    """What a person does in the details of an operator, from the top of its form down."""

    def __init__(self, page: Page, bench: Locator) -> None:
        self.page = page
        self.bench = bench
        self.details = bench.get_by_role("complementary", name="Details")

    @abstractmethod
    def add(self, kind: str) -> None:
        """Add an operator behind the chosen one, and be in its form."""

    @abstractmethod
    def write(self, label: str, text: str) -> None:
        """Write into the next field of that label, and leave it."""

    @abstractmethod
    def press(self, name: str) -> None:
        """Press the next button of that name."""

    @abstractmethod
    def choose(self, label: str, option: str) -> None:
        """Choose from the next list of that label."""

    @abstractmethod
    def pick(self, label: str, *values: str) -> None:
        """Add values to the next field of that label that takes several, from what it offers."""

    @abstractmethod
    def operator(self, name: str) -> None:
        """Choose an operator on the canvas."""

    def pairs(self, group: str, each: str, pairs: dict[str, str]) -> None:
        """Fill in pairs of names, such as what a reference is joined on."""
        for n, (left, right) in enumerate(pairs.items(), 1):
            self.press(f"Add {each}")
            self.write(f"{group} {n}, from", left)
            self.write(f"{group} {n}, to", right)


class Mouse(Hands):
    """By mouse; letters are typed into the field that was clicked.

    The next field or button is the last one of its name: what was added stands at the end.
    """

    def add(self, kind: str) -> None:
        palette = self.bench.get_by_role("navigation", name="Operators to add")
        palette.get_by_role("button", name=kind, exact=True).click()
        expect(self.details.get_by_text(kind, exact=True).first).to_be_visible()

    def _field(self, label: str) -> Locator:
        return self.details.get_by_label(label, exact=True).last

    def write(self, label: str, text: str) -> None:
        field = self._field(label)
        field.click()
        field.fill(text)
        field.blur()

    def press(self, name: str) -> None:
        named = re.compile(rf"^{re.escape(name)}( |$)")
        fields = self.details.locator("input, select, textarea")
        before = fields.count()
        self.details.get_by_role("button", name=named).last.click()
        if name.startswith("Add "):  # what it adds is there before anything is done with it
            expect(fields).not_to_have_count(before)

    def choose(self, label: str, option: str) -> None:
        self._field(label).select_option(option)

    def pick(self, label: str, *values: str) -> None:
        for value in values:
            field = self._field(label)
            field.click()
            field.press_sequentially(value)
            self.page.get_by_role("listbox").get_by_role("option", name=value).first.click()
            expect(self.details.get_by_role("button", name=f"Remove {value}").last).to_be_visible()

    def operator(self, name: str) -> None:
        self.bench.get_by_label(f"{name}, ").click()


class Keys(Hands):
    """By keyboard alone: the focus goes on by Tab to what has the wanted name."""

    def add(self, kind: str) -> None:
        if self._focused() != "Find an operator to add":
            # From a form back to the canvas, and from there to the palette.
            self.page.keyboard.press("Escape")
            expect(self.bench.locator(".react-flow__node:focus")).to_be_visible()
            self.page.keyboard.press("a")
            self.arrive("Find an operator to add")
        self.page.keyboard.type(kind)
        palette = self.bench.get_by_role("navigation", name="Operators to add")
        expect(palette.get_by_role("button", name=kind, exact=True)).to_be_visible()
        self.page.keyboard.press("Enter")
        self.arrive("Name")

    def write(self, label: str, text: str) -> None:
        self.reach(label)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Tab")

    def push(self, name: str) -> None:
        """Press a button, whatever it leads to."""
        self.reach(name)
        self.page.keyboard.press("Enter")

    def press(self, name: str) -> None:
        self.push(name)
        if name.startswith("Add "):  # she goes on in what it added
            self.page.wait_for_function(
                "document.activeElement.matches('input, select, textarea')",
            )

    def choose(self, label: str, option: str) -> None:
        self.reach(label)
        self.page.keyboard.type(option)
        self.page.wait_for_function(  # what depends on the choice is there before she goes on
            "(option) => document.activeElement.selectedOptions[0].label.startsWith(option)",
            arg=option,
        )
        self.page.keyboard.press("Tab")

    def pick(self, label: str, *values: str) -> None:
        self.reach(label)
        for value in values:
            self.page.keyboard.type(value)
            self.page.keyboard.press("Enter")
            expect(self.details.get_by_role("button", name=f"Remove {value}").last).to_be_visible()
        self.page.keyboard.press("Tab")

    def operator(self, name: str) -> None:
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("/")
        self.arrive("Find an operator of the calculation")
        self.page.keyboard.type(name)
        self.page.keyboard.press("Enter")

    def reach(self, name: str, *, key: str = "Tab") -> None:
        """Go on by Tab, or back by another key, until what has the focus is called so."""
        for _ in range(MOST_TABS):
            found = self._focused()
            if found == name or found.startswith(f"{name} "):
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"{name!r} can't be reached by Tab; the focus is at {found!r}")

    def _focused(self) -> str:
        found: str = self.page.evaluate(
            """() => {
              const at = document.activeElement;
              if (!at.closest('.lq-screen')) return '';  // JupyterLab has a button Save, too
              return (at.getAttribute('aria-label') || at.labels?.[0]?.textContent
                      || at.textContent || '').trim();
            }"""
        )
        return found

    def arrive(self, name: str) -> None:
        """Wait until what has the focus is called so."""
        self.page.wait_for_function(
            """(name) => {
              const at = document.activeElement;
              return [at.getAttribute('aria-label'), at.labels?.[0]?.textContent].includes(name);
            }""",
            arg=name,
        )


def act_as(bench: Locator, person: str) -> None:
    """Say at Approve & publish who is at work."""
    field = bench.get_by_label("You act as")
    field.fill(person)
    field.press("Enter")
