"""Classifications from their YAML files: the packaged ones by name, a bank's own by path.

A bank's own ``extends`` another and names its changes, each with its reason:

    schema: liqclassification/1
    name: our-bank
    version: "2026-01"
    title: Our bank's classification
    source: Treasury policy 12
    extends: basel
    changes:
      - table: lcr
        before: LCR.RET.STABLE
        rule: {id: OUR.RET.STAFF, category: O.RET.STABLE5, when: [purpose = staff_account]}
        reason: Accounts of our own staff
"""

from __future__ import annotations

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from liqbench.errors import ClassificationError, FaultCollector, did_you_mean
from liqbench.model._documents import parse
from liqbench.model._values import FrozenModel
from liqbench.regulation.categories import OUT_OF_SCOPE, Section
from liqbench.regulation.classification.model import (
    Classification,
    InputField,
    Rule,
    RuleGroup,
    RuleTable,
    SplitRule,
    TableName,
)
from liqbench.regulation.documents import YAML_SUFFIXES, base_of, check_circle, read_document
from liqbench.regulation.loading import load_parameters
from liqbench.regulation.parameters import ParameterSet

PACKAGED = ("basel", "eu")


class _Change(FrozenModel):
    """One rule put before or after another, or in its place, or one taken out."""

    table: TableName
    before: str | None = None
    after: str | None = None
    replace: str | None = None
    remove: str | None = None
    rule: Rule | None = None
    reason: str = Field(min_length=1)

    @model_validator(mode="after")
    def _check_place(self) -> _Change:
        places = [self.before, self.after, self.replace, self.remove]
        if sum(place is not None for place in places) != 1:
            raise ValueError("give one of before, after, replace and remove: the id of a rule")
        if (self.remove is None) != (self.rule is not None):
            raise ValueError("give the rule, unless one is removed")
        return self

    @property
    def place(self) -> str:
        return str(self.before or self.after or self.replace or self.remove)


class _Document(FrozenModel):
    schema_: Literal["liqclassification/1"] = Field(alias="schema")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    parameter_set: str | None = None
    extends: str | None = None
    fields: tuple[InputField, ...] = ()
    split: tuple[SplitRule, ...] = ()
    tables: dict[TableName, RuleTable] = Field(default_factory=dict)
    changes: tuple[_Change, ...] = ()


def load_classification(name: str, folder: Path | None = None) -> Classification:
    """Return a packaged classification by its name, or a bank's own by the path of its file.

    Raises ``ClassificationError`` with all that is wrong: unreadable conditions, categories that
    the parameter set doesn't have, ids that stand twice, rules to change that aren't there.
    """
    if not name.endswith(YAML_SUFFIXES):
        if name not in PACKAGED:
            raise ClassificationError(
                f"there is no classification {name!r}",
                hint=f"{did_you_mean(name, PACKAGED)}; one of your own is a path to a .yaml file",
            )
        return _packaged(name)
    return _from_file((folder or Path.cwd()) / Path(name).expanduser(), ())


@lru_cache
def _packaged(name: str) -> Classification:
    folder = resources.files("liqbench.regulation") / "data" / "classification"
    with resources.as_file(folder) as place:
        return _from_file(place / f"{name}.yaml", ())


def _from_file(file: Path, below: tuple[Path, ...]) -> Classification:
    where = str(file)
    check_circle(file, below, "classifications", error=ClassificationError)
    content = read_document(file, error=ClassificationError)
    document = parse(_Document, content, where=where, error=ClassificationError)
    base = base_of(document.extends, file, below, read=_from_file, packaged=load_classification)
    found = _merged(document, base, where)
    _check_categories(found, load_parameters(found.parameter_set, file.parent), where)
    return found


def _merged(document: _Document, base: Classification | None, where: str) -> Classification:
    tables = dict(base.tables) if base else {}
    tables |= document.tables
    faults = FaultCollector()
    for change in document.changes:
        with faults.collect(where):
            if change.table not in tables:
                raise ClassificationError(f"there is no table {change.table!r} to change")
            tables[change.table] = _changed(tables[change.table], change)
    faults.raise_all()
    content: dict[str, Any] = {
        "name": document.name,
        "version": document.version,
        "title": document.title,
        "source": document.source,
        "parameter_set": document.parameter_set or (base.parameter_set if base else "basel"),
        "fields": (*(base.fields if base else ()), *document.fields),
        "split": document.split or (base.split if base else ()),
        "tables": tables,
    }
    return parse(Classification, content, where=where, error=ClassificationError)


def _changed(table: RuleTable, change: _Change) -> RuleTable:
    if table.rule(change.place) is None:
        raise ClassificationError(
            f"table {change.table!r} has no rule {change.place!r}",
            hint=did_you_mean(change.place, (rule.id for rule in table.rules)),
        )
    groups = tuple(_group(group, change) for group in table.groups)
    return table.model_copy(update={"groups": groups})


def _group(group: RuleGroup, change: _Change) -> RuleGroup:
    rules: list[Rule | RuleGroup] = []
    for each in group.rules:
        if isinstance(each, RuleGroup):
            rules.append(_group(each, change))
        elif each.id != change.place:
            rules.append(each)
        elif change.rule is not None:
            new = change.rule.model_copy(update={"reason": change.rule.reason or change.reason})
            kept = [] if change.replace else [each]
            rules += [new, *kept] if change.before or change.replace else [*kept, new]
    return group.model_copy(update={"rules": tuple(rules)})


def _check_categories(found: Classification, parameters: ParameterSet, where: str) -> None:
    faults = FaultCollector()
    for name, table in found.tables.items():
        known = [c.code for c in parameters.categories if _counts(c.section, name)]
        for rule in table.rules:
            if rule.category not in (OUT_OF_SCOPE, *known):
                faults.add(
                    ClassificationError(
                        f"parameter set {parameters.name!r} has no category {rule.category!r} for "
                        f"the table {name!r}",
                        where=f"{where}, rule {rule.id!r}",
                        hint=did_you_mean(rule.category, [*known, OUT_OF_SCOPE]),
                    )
                )
    faults.raise_all()


def _counts(section: Section, table: TableName) -> bool:
    """Tell whether a section's categories may stand in a table."""
    return section.is_hqla if table == "unwind" else section.is_lcr == (table == "lcr")
