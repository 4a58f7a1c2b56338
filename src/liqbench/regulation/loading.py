"""Parameter sets from their files: the packaged ones by name, a bank's own by path.

A set is a YAML document. One that ``extends`` another says only what it changes, each change
with its reason:

    schema: liqparameters/1
    name: our-bank
    version: "2026-01"
    title: Our bank's calibration
    source: Treasury policy 12, section 4
    extends: basel
    categories:
      - {code: O.RET.LESS, weight: 0.15, paragraph: "79", paragraph_status: seen,
         reason: The supervisor asks for 15 %}
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from liqbench.errors import FaultCollector, ParameterSetError, did_you_mean
from liqbench.model._documents import parse
from liqbench.model._values import FrozenModel
from liqbench.regulation.categories import Category
from liqbench.regulation.documents import YAML_SUFFIXES, base_of, check_circle, read_document
from liqbench.regulation.method import Method
from liqbench.regulation.parameters import ParameterSet

PACKAGED = ("basel", "eu", "us")
_REQUIRED_OF_HQLA_FORM = {"eu": "covered_bond_cap"}


class _Document(FrozenModel):
    """The document of a set, its changes not applied yet."""

    schema_: Literal["liqparameters/1"] = Field(alias="schema")
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")
    version: str = Field(min_length=1)
    title: str = Field(min_length=1)
    source: str = Field(min_length=1)
    extends: str | None = None
    reason: str = ""
    tables: tuple[str, ...] = ()
    method: dict[str, dict[str, Any]] = Field(default_factory=dict)
    categories: tuple[dict[str, Any], ...] = ()


def load_parameters(name: str, folder: Path | None = None) -> ParameterSet:
    """Return a packaged set by its name, or a bank's own by the path of its YAML file.

    A relative path is one from ``folder``, or from the file that extends it. Raises
    ``ParameterSetError`` with all that is wrong, and where.
    """
    if not name.endswith(YAML_SUFFIXES):
        if name not in PACKAGED:
            raise ParameterSetError(
                f"there is no parameter set {name!r}", hint=did_you_mean(name, PACKAGED)
            )
        return _packaged(name)
    return _from_file((folder or Path.cwd()) / Path(name).expanduser(), ())


@lru_cache
def _packaged(name: str) -> ParameterSet:
    folder = resources.files("liqbench.regulation") / "data" / "parameters"
    with resources.as_file(folder) as place:
        return _from_file(place / f"{name}.yaml", ())


def _from_file(file: Path, below: tuple[Path, ...]) -> ParameterSet:
    where = str(file)
    check_circle(file, below, "sets", error=ParameterSetError)
    document = parse(
        _Document,
        read_document(file, error=ParameterSetError),
        where=where,
        error=ParameterSetError,
    )
    base = base_of(document.extends, file, below, read=_from_file, packaged=load_parameters)
    faults = FaultCollector()
    rows: dict[str, Mapping[str, Any]] = {}
    if base is not None:
        rows = {code: _plain(category) for code, category in base.by_code.items()}
    for table in document.tables:
        with faults.collect(f"{where}, {table}"):
            _add(rows, _table(file.parent / table), base=None)
    with faults.collect(where):
        _add(rows, document.categories, base=base)
    categories: list[Category] = []
    for code, row in rows.items():
        with faults.collect():
            at = f"{where}, category {code!r}"
            categories.append(parse(Category, row, where=at, error=ParameterSetError))
    faults.raise_all()
    method = _method(document, base, where)
    found = ParameterSet(
        name=document.name,
        version=document.version,
        title=document.title,
        source=document.source,
        extends=() if base is None else (base.name, *base.extends),
        reason=document.reason,
        categories=tuple(categories),
        method=method,
    )
    _check_codes(found, where)
    return found


def _plain(value: FrozenModel) -> dict[str, Any]:
    return value.model_dump(exclude_defaults=True)


def _table(file: Path) -> Iterable[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield {name: value for name, value in row.items() if value}


def _add(
    rows: dict[str, Mapping[str, Any]],
    changes: Iterable[Mapping[str, Any]],
    base: ParameterSet | None,
) -> None:
    """Add rows or change those that are there. Raises what is wrong with them, all together."""
    faults = FaultCollector()
    seen: set[str] = set()
    for change in changes:
        code = str(change.get("code", ""))
        before = rows.get(code)
        if code in seen:
            faults.add(ParameterSetError("stands there twice", where=f"category {code!r}"))
        elif base is not None and not change.get("reason"):
            faults.add(
                ParameterSetError(
                    "has no reason",
                    where=f"category {code!r}",
                    hint=f"say why it differs from {base.name!r}",
                )
            )
        elif base is not None and before is None and "section" not in change:
            faults.add(
                ParameterSetError(
                    f"{base.name!r} has no category {code!r} to change",
                    hint=f"{did_you_mean(code, rows)}; a new one gives its section and description",
                )
            )
        elif before is not None and _says_nothing(before, change):
            faults.add(
                ParameterSetError(
                    "changes nothing", where=f"category {code!r}", hint="give what differs only"
                )
            )
        else:
            rows[code] = {**(before or {}), **change}
        seen.add(code)
    faults.raise_all()


def _says_nothing(before: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
    told = {name: value for name, value in change.items() if name not in ("code", "reason")}
    return all(before.get(name) == value for name, value in told.items())


def _method(document: _Document, base: ParameterSet | None, where: str) -> Method:
    entries = {} if base is None else _plain(base.method)
    for name, change in document.method.items():
        if base is not None and not change.get("reason"):
            raise ParameterSetError(
                f"method.{name} has no reason",
                where=where,
                hint=f"say why it differs from {base.name!r}",
            )
        entries[name] = {**entries.get(name, {}), **change}
    found = parse(Method, entries, where=f"{where}, method", error=ParameterSetError)
    needed = _REQUIRED_OF_HQLA_FORM.get(found.hqla.form)
    if needed and getattr(found, needed) is None:
        raise ParameterSetError(f"the form {found.hqla.form!r} needs method.{needed}", where=where)
    return found


def _check_codes(found: ParameterSet, where: str) -> None:
    faults = FaultCollector()
    for code in found.method.mismatch.codes if found.method.mismatch else ():
        with faults.collect(f"{where}, method.mismatch"):
            found.category(code)
    faults.raise_all()
