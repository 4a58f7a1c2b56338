"""Every fault that liqbench reports: what was wrong, where, and what to do next."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a hint naming the known names closest to ``name``, or listing all of them."""
    names = sorted(set(known))
    if not names:
        return "there is none to choose from"
    folded = {candidate.casefold(): candidate for candidate in names}
    close = difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(repr(folded[match]) for match in close) + "?"
    shown = ", ".join(names[:30]) + (", …" if len(names) > 30 else "")  # noqa: PLR2004
    return f"known are: {shown}"


class LiqbenchError(Exception):
    """The base of every liqbench fault.

    ``what`` says what is wrong, ``where`` the operator, rule, field or file, ``hint`` what to do
    next. ``str()`` of the error shows all three.
    """

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__(what)

    def __str__(self) -> str:
        text = self.what if self.where is None else f"{self.where}: {self.what}"
        return text if self.hint is None else f"{text} ({self.hint})"

    def at(self, where: str) -> LiqbenchError:
        """Return this error with ``where`` put in front of the place it already names."""
        self.where = where if self.where is None else f"{where}, {self.where}"
        return self


# --- composing: DAGs, operators, expressions ---------------------------------------------------


class ModelError(LiqbenchError):
    """A DAG, operator, rule or scenario that can't be right, whatever the data."""


class DocumentError(ModelError):
    """A JSON document that is not the DAG, rule or scenario it should be."""


class UnknownOperatorError(ModelError):
    """An operator id or operator type that nobody knows."""


class DuplicateOperatorError(ModelError):
    """Two operators of one id."""


class DanglingEdgeError(ModelError):
    """An edge from or to an operator that is not in the DAG."""


class CycleError(ModelError):
    """Operators that feed themselves; the path is named."""


class InputCountError(ModelError):
    """An operator with too few or too many inputs."""


class OperatorParameterError(ModelError):
    """A parameter that an operator doesn't have, lacks or can't read."""


class UnknownFieldError(ModelError):
    """A field that the data at this point doesn't have."""

    @classmethod
    def of(cls, field: str, known: Iterable[str], *, where: str | None = None) -> UnknownFieldError:
        """Name the field and the closest known ones."""
        return cls(f"there is no field {field!r}", where=where, hint=did_you_mean(field, known))


class FieldTypeError(ModelError):
    """A field of a type that the operation can't take."""


class PrecisionError(ModelError):
    """A figure that would need more than the 38 digits of a decimal."""


class ExpressionError(ModelError):
    """An expression that can't be read, or uses what is not allowed in one."""


class LostKeysError(ModelError):
    """A step behind which rows can't be traced any more: a lineage break."""


class ValueCoercionError(ModelError):
    """A rule's value that is no value of the field's type."""


class KeyFieldError(ModelError):
    """A rule that would change a key field."""


class ParameterSetError(ModelError):
    """A regulatory parameter set, or a category of it, that is unknown or incomplete."""


class ClassificationError(ModelError):
    """A table of classification rules that can't be right."""


class NotPolynomialError(ModelError):
    """An expression that is no sum of products of the fields that a scenario changes."""


class StrategyUnfitError(LiqbenchError):
    """A fast way to compute a variant that isn't valid for it; the full way is always there."""


class LocalUnsupportedError(LiqbenchError):
    """Something that only Spark calculates, not the driver."""


class AmbiguousNameError(ModelError):
    """A name that more than one thing answers to."""


class InvalidDagError(ModelError):
    """A DAG that can't run. ``faults`` holds every fault found, each of its own class."""

    def __init__(self, name: str, faults: Sequence[LiqbenchError]) -> None:
        self.faults = tuple(faults)
        count = "1 fault" if len(self.faults) == 1 else f"{len(self.faults)} faults"
        lines = "".join(f"\n  {n}. {fault}" for n, fault in enumerate(self.faults, start=1))
        super().__init__(f"DAG {name!r} has {count}:{lines}")


# --- data --------------------------------------------------------------------------------------


class DataError(LiqbenchError):
    """Data that a calculation must not be based on."""


class SourceNotFoundError(DataError):
    """A file, folder, table or bound input that isn't there."""


class EmptySourceError(DataError):
    """A source without a single row."""


class SchemaDriftError(DataError):
    """A source whose fields are not the declared ones."""


class DuplicateKeysError(DataError):
    """Rows that share their key."""


class NullKeysError(DataError):
    """Rows without a key."""


class InvalidFigureError(DataError):
    """NaN, infinite or unreadable figures, or ones with more digits than declared."""


class DateRangeError(DataError):
    """Dates that can't be read or lie outside the plausible range."""


class MissingReferenceError(DataError):
    """Rows for which a reference table has no row."""


class FanOutError(DataError):
    """A reference table with several rows where one was declared: rows would multiply."""


class UndefinedFigureError(DataError):
    """A calculated figure without a value."""


class OverflowFigureError(DataError):
    """A figure with more digits than its type holds."""


class DisclosureError(DataError):
    """A published table that can't be read as the disclosure template it should be."""


# --- running -----------------------------------------------------------------------------------


class JavaError(LiqbenchError):
    """No Java that Spark can run on."""


class JavaNotFoundError(JavaError):
    """There is no Java at all."""


class JavaVersionError(JavaError):
    """There is a Java, but too old a one."""


class SessionError(LiqbenchError):
    """A Spark session that can't be opened, or lacks the settings that exact results need."""


class RunFailedError(LiqbenchError):
    """A run that stopped at an operator; the cause is chained."""


class UnknownResultError(LiqbenchError):
    """A table, variant or record that a run or workspace doesn't hold."""


class NoSolutionError(LiqbenchError):
    """A question that has no answer: a target that is never reached, a metric that is undefined."""


class UnknownKeyError(LiqbenchError):
    """A key that no row of a table has, or that is none of the table's."""


class InputChangedError(DataError):
    """Input files that are no longer what a run was calculated from."""


class DamagedStageError(LiqbenchError):
    """Stored results that are no longer what was written."""


class DamagedRecordError(LiqbenchError):
    """A record that can't be read as what it should be."""


class RecordStoreError(LiqbenchError):
    """A database of records that can't be reached, or that gave up on what was asked of it."""


class RecordSchemaError(RecordStoreError):
    """A database whose tables are not the records' tables of any schema known here."""


class RemoteStoreError(LiqbenchError):
    """A bucket or folder of shared stages that can't be read or written."""


class SettingError(LiqbenchError):
    """A setting of the bench that can't be."""


# --- governance and publishing -----------------------------------------------------------------


class GovernanceError(LiqbenchError):
    """A step that the approval process doesn't allow."""


class CommentRequiredError(GovernanceError):
    """A decision without its reason."""


class FourEyesError(GovernanceError):
    """An author who approves their own work."""


class StateError(GovernanceError):
    """A submission that is not in the state this step needs."""


class NotApprovedError(GovernanceError):
    """A publication of something that nobody approved."""


class ChangedSinceApprovalError(GovernanceError):
    """What was approved is not what is there now."""


class IdentityError(GovernanceError):
    """A step in the name of somebody else, or of nobody."""


class RuleNotApprovedError(GovernanceError):
    """A rule that nobody approved, in something that is to be submitted or published."""


class RuleExpiredError(GovernanceError):
    """A rule outside its dates, in something that is to be submitted or published."""


class KeyFileError(GovernanceError):
    """A person's key that isn't there, can't be read, or can be read by others."""


class TrustListError(GovernanceError):
    """A list of trusted people that must not be believed."""


class UntrustedKeyError(GovernanceError):
    """A key that is on no list of trusted people, or there as somebody else's."""


class RevokedKeyError(GovernanceError):
    """A key that was trusted once, and no longer is."""


class LocalTrustError(GovernanceError):
    """An approval by a key of the workspace's own, where a configured list is demanded."""


class SignatureError(GovernanceError):
    """A document that its signature doesn't fit."""


class StaleApprovalError(GovernanceError):
    """An approval whose time is over."""


class WrongTargetError(GovernanceError):
    """A publication to a warehouse that the approval doesn't name."""


class AuditError(GovernanceError):
    """An audit log that is not what was written; the first broken entry is named."""


class AuditTruncatedError(AuditError):
    """An audit log that lacks its last entries."""


class ClockError(GovernanceError):
    """A clock that says an earlier time than the last entry of the audit log."""


class PublicationError(LiqbenchError):
    """A publication that didn't happen; the warehouse is as it was before."""


class SemanticModelError(LiqbenchError):
    """Stars of which no Power BI model can be made."""


class ProjectFolderError(LiqbenchError):
    """A folder in which a Power BI project can't be written."""


class SampleError(LiqbenchError):
    """A sample that can't be made or found."""


class FaultCollector:
    """Collects faults, so that all of them are reported at once and not just the first."""

    def __init__(self) -> None:
        self.faults: list[LiqbenchError] = []

    @contextmanager
    def collect(self, where: str | None = None) -> Iterator[None]:
        """Keep a liqbench fault of the block (``where`` put in front) and go on behind it."""
        try:
            yield
        except FaultsError as several:
            self.faults += [fault.at(where) if where else fault for fault in several.faults]
        except LiqbenchError as fault:
            self.faults.append(fault.at(where) if where else fault)

    def add(self, fault: LiqbenchError) -> None:
        """Keep one fault."""
        self.faults.append(fault)

    def raise_all(self) -> None:
        """Raise what was collected: nothing, the one fault, or all in one."""
        if len(self.faults) == 1:
            raise self.faults[0]
        if self.faults:
            raise FaultsError(self.faults)


class FaultsError(LiqbenchError):
    """Several faults of one place, each in ``faults`` with its own class."""

    def __init__(self, faults: Sequence[LiqbenchError]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in self.faults))
