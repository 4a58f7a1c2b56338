"""What split and classify share: the classification whose rules they follow."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, PrivateAttr

from liqbench.model.forms import ClassificationName
from liqbench.operators.base import Operator
from liqbench.operators.sources import Source
from liqbench.regulation.classification import Classification, load_classification


class ByRulesOperator(Operator):
    """An operator that follows a packaged classification, or a bank's own by its file's path."""

    rules: ClassificationName = Field(
        default="basel", description="a packaged classification, or the path of a bank's own"
    )

    _loaded: Classification | None = PrivateAttr(default=None)

    def at_folder(self, folder: Path) -> Self:
        """Return the operator with its rules read. Raises ``ClassificationError``."""
        bound = self.model_copy()
        bound._loaded = load_classification(self.rules, folder)  # noqa: SLF001 - its own
        return bound

    @property
    def classification(self) -> Classification:
        """The rules."""
        return self._loaded or load_classification(self.rules)

    def sources(self) -> tuple[Source, ...]:
        """Return the rules."""
        return (Source(format="classification", name=self.rules),)
