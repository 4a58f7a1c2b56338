"""What is being written at the desk; it is part of the draft, so that it outlives the page."""

from __future__ import annotations

from liqbench.ui.bench.bench import Bench


class Forms:
    """Forms by name, such as ``submit conservative@enrich``: fields and their texts."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def all(self) -> dict[str, dict[str, str]]:
        """Return the forms that are begun."""
        return self._bench.draft.forms

    def of(self, form: str) -> dict[str, str]:
        """Return a form."""
        return self.all().get(form, {})

    def write(self, form: str, fields: dict[str, str]) -> None:
        """Keep fields of a form; one without any text is none."""
        kept = {name: text for name, text in {**self.of(form), **fields}.items() if text}
        others = {name: fields for name, fields in self.all().items() if name != form}
        filled = {form: kept} if kept else {}
        self._bench.change("what was written at the desk", forms={**others, **filled})

    def targets(self, submission: str) -> list[str] | None:
        """Return the warehouses that a submission shall be approved for; none named: for any."""
        form = self.of(f"decide {submission}")
        return form.get("targets", "").splitlines() if form.get("only") else None

    def clear(self, form: str) -> None:
        """Forget a form that was sent."""
        if self.of(form):
            self.write(form, dict.fromkeys(self.of(form), ""))
