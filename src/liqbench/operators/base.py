"""What an operator is: a frozen model of its parameters, its Spark, its keys, its output fields."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.types import StructType

from liqbench.errors import LiqbenchError, LocalUnsupportedError
from liqbench.model._values import FrozenModel
from liqbench.operators.local import LocalTable
from liqbench.operators.origins import Origin, Origins

Keys = tuple[str, ...]
Counter = Callable[[str, Mapping[str, int]], None]
Observer = Callable[[str, DataFrame, Mapping[str, Column]], DataFrame]


class Locality(StrEnum):
    """What an output row depends on."""

    ROW = "row"  # one row of the first input; further inputs are reference data
    GROUP = "group"  # the rows that share the group's key
    TABLE = "table"  # everything


@dataclass(frozen=True)
class KeyMapping:
    """How the keys of the output follow from those of the first input.

    ``source`` they begin here, ``identity`` they stay, ``extended`` a row becomes several, each
    with its own longer key, ``grouped`` rows are put together under a shorter one, ``declared``
    the operator's author says so.
    """

    kind: Literal["source", "identity", "extended", "grouped", "declared"]
    keys: Keys


def _unobserved(_operator_id: str, frame: DataFrame, _metrics: Mapping[str, Column]) -> DataFrame:
    return frame


def _uncounted(_operator_id: str, _counts: Mapping[str, int]) -> None:
    return None


def _no_session() -> SparkSession:
    raise LiqbenchError("a Spark session is needed here, and there is none")


@dataclass(frozen=True)
class Context:
    """What an operator may know about the run it is part of."""

    as_of: date
    session: Callable[[], SparkSession] = _no_session
    inputs: Mapping[str, Any] = field(default_factory=dict)
    folder: Path = field(default_factory=Path.cwd)
    operator_id: str = ""
    observer: Observer = _unobserved
    notices: list[str] = field(default_factory=list)
    counter: Counter = _uncounted

    @property
    def spark(self) -> SparkSession:
        """The Spark session; asking for it may start one."""
        return self.session()

    def within(self, operator_id: str) -> Context:
        """Return the context for one operator."""
        return replace(self, operator_id=operator_id)

    def observe(self, frame: DataFrame, metrics: Mapping[str, Column]) -> DataFrame:
        """Return the frame with these aggregates taken in the pass that computes it anyway.

        The frame has the operator's rows, with their key: what is due of the rows that came in is
        counted with them.
        """
        return self.observer(self.operator_id, frame, metrics)

    def count(self, counts: Mapping[str, int]) -> None:
        """Note the operator's own counts, where it is calculated on the driver."""
        self.counter(self.operator_id, counts)

    def notice(self, text: str) -> None:
        """Note what the analyst should know though nothing failed."""
        self.notices.append(f"{self.operator_id}: {text}" if self.operator_id else text)


class Operator(FrozenModel, ABC):
    """A typed step of a calculation (the seed's ``BaseOperator``).

    ``code_version`` goes up whenever the same parameters on the same input give another result.
    """

    kind: ClassVar[str]
    locality: ClassVar[Locality]
    fewest_inputs: ClassVar[int] = 1
    most_inputs: ClassVar[int | None] = 1
    code_version: ClassVar[int] = 1
    keeps_rows: ClassVar[bool] = False  # every row of the first input comes out, at least once

    def at_folder(self, folder: Path) -> Self:
        """Return the operator with the files that its parameters name read, from this folder."""
        del folder
        return self

    @property
    def alters_rows(self) -> bool:
        """Tell whether rows may be dropped or become several on their way through."""
        return self.locality is not Locality.ROW

    @abstractmethod
    def outputs(self, context: Context, *schemas: StructType) -> StructType:
        """Return the fields of the output. Raises every fault that shows without the data."""

    @abstractmethod
    def keys(self, *inputs: Keys) -> KeyMapping:
        """Return how the output's keys follow from the first input's."""

    @abstractmethod
    def apply(self, context: Context, *inputs: DataFrame) -> DataFrame:
        """Return the output, lazily: no action, no collecting."""

    def local(self, context: Context, *tables: LocalTable) -> LocalTable:
        """Return the output on the driver, the same to the last digit.

        Raises ``LocalUnsupportedError`` where only Spark can, and what Spark would raise.
        """
        del context, tables
        raise LocalUnsupportedError(f"a {self.kind} is calculated by Spark only")

    @property
    def is_local(self) -> bool:
        """Tell whether the operator can be evaluated on the driver at all."""
        return type(self).local is not Operator.local

    def check(self, context: Context) -> None:
        """Raise ``DataError`` where a source must not be used; asked once per input snapshot."""

    def diagnose(self, context: Context, *inputs: DataFrame) -> LiqbenchError | None:
        """Say, after a run failed behind this operator, what in its input was at fault."""
        del context, inputs
        return None

    def origins(self, context: Context, output: StructType, *inputs: StructType) -> Origins:
        """Return, for every field of the output, the fields that it follows from."""
        del context
        any_of_them = tuple(
            Origin(place, name, "unknown")
            for place, schema in enumerate(inputs)
            for name in schema.fieldNames()
        )
        return dict.fromkeys(output.fieldNames(), any_of_them)

    def sources(self) -> tuple[Any, ...]:
        """Return the sources that the operator reads itself."""
        return ()

    def identity(self, parameters: Mapping[str, Any]) -> Any:
        """Return what of its parameters the output follows from; part of every fingerprint."""
        return parameters

    def code_identity(self) -> str:
        """Return what changes when the operator's code does; part of every fingerprint."""
        return f"{self.kind}/{self.code_version}"
