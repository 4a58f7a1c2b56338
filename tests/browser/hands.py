"""What a person does on the bench, by the labels that she reads there."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect


class Mouse:
    """By mouse; letters are typed into the field that was clicked.

    The next field or button is the last one of its name: what was added stands at the end.
    """

    def __init__(self, page: Page, bench: Locator) -> None:
        self.page = page
        self.bench = bench
        self.details = bench.get_by_role("complementary", name="Details")

    def pairs(self, group: str, each: str, pairs: dict[str, str]) -> None:
        """Fill in pairs of names, such as what a reference is joined on."""
        for n, (left, right) in enumerate(pairs.items(), 1):
            self.press(f"Add {each}")
            self.write(f"{group} {n}, from", left)
            self.write(f"{group} {n}, to", right)

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
