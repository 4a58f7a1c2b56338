"""A semantic model as a Power BI project on disk, which Desktop opens by its ``.pbip`` file."""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from liqbench.errors import ProjectFolderError
from liqbench.operators.star_schema import StarSchemaOperator
from liqbench.warehouse.powerbi.build import semantic_model
from liqbench.warehouse.powerbi.model import RefreshPolicy, SemanticModel, Source
from liqbench.warehouse.powerbi.tmdl import definition, tag
from liqbench.warehouse.reporting import Aggregation

_SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric"
_NO_FILE_NAME = re.compile(r'[<>:"/\\|?*\x00-\x1f]|^\s|[\s.]$|^$')
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_PUT_ASIDE = ".definition.*"
_KEPT_BESIDE = {".git", ".gitattributes", ".gitignore"}


def write_powerbi(
    stars: Sequence[StarSchemaOperator],
    folder: Path,
    *,
    name: str,
    source: Source,
    refresh: RefreshPolicy | None = None,
    aggregations: Sequence[Aggregation] = (),
) -> Path:
    """Write the project of stars over their reporting views; return its ``.pbip`` file.

    Raises ``SemanticModelError`` and ``ProjectFolderError``.
    """
    model = semantic_model(
        stars, name=name, source=source, refresh=refresh, aggregations=aggregations
    )
    return write(model, folder)


def write(model: SemanticModel, folder: Path) -> Path:
    """Write a model as a project; return its ``.pbip`` file.

    A new project appears whole, by one rename. Where the model's project is there already, its
    model's definition is replaced, and nothing else: report pages, caches and settings stay.
    Raises ``ProjectFolderError`` where the folder holds anything else; it is then as it was.
    """
    check(model, folder)
    if _has_anything(folder):
        _replace(model, folder)
    else:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _beside(folder) as new:
            _put(new, _project_files(model))
            if folder.is_dir():
                folder.rmdir()
            new.rename(folder)
    return folder / f"{model.name}.pbip"


def check(model: SemanticModel, folder: Path) -> None:
    """Raise ``ProjectFolderError`` where a model can't be written to a folder."""
    for name in (model.name, *(table.name for table in model.tables)):
        _check_file_name(name)
    if folder.exists() and not folder.is_dir():
        raise ProjectFolderError("this is a file, not a folder", where=str(folder))
    if _has_anything(folder):
        _check_project(model.name, folder)


def _has_anything(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _check_file_name(name: str) -> None:
    if _NO_FILE_NAME.search(name) or _DEVICES.fullmatch(name):
        raise ProjectFolderError(
            f"{name!r} can't be a file's name on Windows, where Power BI Desktop runs",
            hint='leave out < > : " / \\ | ? * and names of devices',
        )


def _check_project(name: str, folder: Path) -> None:
    """Raise unless the folder holds this project and nothing that is no part of one."""
    own = {f"{name}.pbip", f"{name}.SemanticModel", f"{name}.Report"}
    strange = sorted({path.name for path in folder.iterdir()} - own - _KEPT_BESIDE)
    if strange:
        raise ProjectFolderError(
            f"it holds {', '.join(strange)}, which is no part of the project {name!r}",
            where=str(folder),
            hint="give the project a folder of its own",
        )
    model = folder / f"{name}.SemanticModel"
    if not any(model.glob("definition/model.tmdl")) and not any(model.glob(_PUT_ASIDE)):
        raise ProjectFolderError(
            f"it holds no model {name!r} in TMDL that could be replaced",
            where=str(folder),
            hint="give the project an empty folder",
        )


def _replace(model: SemanticModel, folder: Path) -> None:
    """Put what is missing, then change the definition for the new one, or back on a failure.

    A definition that a killed process had put aside is cleared away by the next writing.
    """
    files = _project_files(model)
    part = f"{model.name}.SemanticModel/definition/"
    keep_report = (folder / f"{model.name}.Report").exists()
    missing = {
        path: text
        for path, text in files.items()
        if not path.startswith(part)
        and not (folder / path).exists()
        and not (keep_report and path.startswith(f"{model.name}.Report/"))
    }
    _put(folder, missing)
    place = folder / part
    with _beside(place) as new:
        _put(new, {p.removeprefix(part): text for p, text in files.items() if p.startswith(part)})
        if place.exists():
            old = _free(place)
            place.rename(old)
            try:
                new.rename(place)
            except OSError:
                old.rename(place)
                raise
        else:
            new.rename(place)
    for aside in place.parent.glob(_PUT_ASIDE):
        shutil.rmtree(aside)


def _free(place: Path) -> Path:
    return place.with_name(f".{place.name}.{uuid.uuid4().hex}")


@contextmanager
def _beside(place: Path) -> Iterator[Path]:
    """Yield a new folder on the same disk, which is gone afterwards unless it was renamed."""
    made = _free(place)
    made.mkdir()
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _put(folder: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")


def _project_files(model: SemanticModel) -> dict[str, str]:
    """Return all files of a new project: paths with slashes, and texts."""
    name = model.name
    files = {
        f"{name}.pbip": _json(
            "pbip/pbipProperties/1.0.0",
            version="1.0",
            artifacts=[{"report": {"path": f"{name}.Report"}}],
            settings={"enableAutoRecovery": True},
        ),
        f"{name}.SemanticModel/definition.pbism": _json(
            "item/semanticModel/definitionProperties/1.0.0", version="4.0", settings={}
        ),
    }
    files |= {
        f"{name}.SemanticModel/definition/{path}": text for path, text in definition(model).items()
    }
    return files | {f"{name}.Report/{path}": text for path, text in _report(name).items()}


def _report(name: str) -> dict[str, str]:
    """Return a report of the model with one empty page."""
    page = tag("report", "page").replace("-", "")[:20]
    return {
        "definition.pbir": _json(
            "item/report/definitionProperties/2.0.0",
            version="4.0",
            datasetReference={"byPath": {"path": f"../{name}.SemanticModel"}},
        ),
        "definition/version.json": _json(
            "item/report/definition/versionMetadata/1.0.0", version="1.0.0"
        ),
        "definition/report.json": _json(
            "item/report/definition/report/1.0.0", layoutOptimization="None", themeCollection={}
        ),
        "definition/pages/pages.json": _json(
            "item/report/definition/pagesMetadata/1.0.0", pageOrder=[page], activePageName=page
        ),
        f"definition/pages/{page}/page.json": _json(
            "item/report/definition/page/1.0.0",
            name=page,
            displayName="Page 1",
            displayOption="FitToPage",
            height=720,
            width=1280,
        ),
    }


def _json(schema: str, **properties: Any) -> str:
    document = {"$schema": f"{_SCHEMAS}/{schema}/schema.json", **properties}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
