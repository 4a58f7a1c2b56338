"""The project on disk: what Desktop needs to open it, and what writing it again leaves alone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.warehouse.powerbi.stars import AWKWARD, SOURCE, star

from liqbench.errors import ProjectFolderError
from liqbench.warehouse.powerbi import (
    Aggregation,
    RefreshPolicy,
    semantic_model,
    write,
    write_powerbi,
)

MODEL = semantic_model([star()], name="Liquidity Wörk", source=SOURCE, refresh=RefreshPolicy())
CHANGED = semantic_model([star(fact="other")], name="Liquidity Wörk", source=SOURCE)


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_project_has_the_files_that_desktop_opens(tmp_path: Path) -> None:
    shortcut = write(MODEL, tmp_path / "new" / "project")
    found = files(tmp_path / "new" / "project")
    assert shortcut == tmp_path / "new" / "project" / "Liquidity Wörk.pbip"
    model, report = "Liquidity Wörk.SemanticModel/", "Liquidity Wörk.Report/"
    assert {name for name in found if name.startswith(model)} == {
        model + "definition.pbism",
        *(model + "definition/" + name + ".tmdl" for name in (
            "database", "model", "expressions", "relationships", "tables/Scenario", "tables/Date",
            "tables/Adjustment rule", "tables/Rules of scenarios",
            "tables/entity", "tables/currency", "tables/liquidity", "tables/Adjustment scenarios",
            "tables/Recorded adjustments",
        )),
    }  # fmt: skip
    documents = {
        name: json.loads(text) for name, text in found.items() if not name.endswith(".tmdl")
    }
    for name, document in documents.items():
        assert re.fullmatch(
            r"https://developer\.microsoft\.com/json-schemas/fabric/\S+/\d\.\d\.\d/schema\.json",
            document["$schema"],
        ), name
    opened = documents["Liquidity Wörk.pbip"]
    assert opened["version"] == "1.0"
    assert opened["artifacts"] == [{"report": {"path": "Liquidity Wörk.Report"}}]
    assert documents[model + "definition.pbism"]["version"] == "4.0"
    reference = documents[report + "definition.pbir"]
    assert reference["version"] == "4.0"
    assert reference["datasetReference"] == {"byPath": {"path": "../Liquidity Wörk.SemanticModel"}}
    assert documents[report + "definition/version.json"]["version"] == "1.0.0"
    assert {"themeCollection", "layoutOptimization"} <= set(
        documents[report + "definition/report.json"]
    )
    (name,) = documents[report + "definition/pages/pages.json"]["pageOrder"]
    page = documents[f"{report}definition/pages/{name}/page.json"]
    assert page["name"] == name
    assert {"displayName", "displayOption", "height", "width"} <= set(page)


def test_the_same_model_gives_the_same_bytes(tmp_path: Path) -> None:
    aggregations = [Aggregation(name="totals", fact="awkward", dimensions=())]
    for folder in ("a", "b", "b"):
        write_powerbi(
            [AWKWARD], tmp_path / folder, name="Liquidity", source=SOURCE,
            refresh=RefreshPolicy(), aggregations=aggregations,
        )  # fmt: skip
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_no_two_objects_share_a_lineage_tag(tmp_path: Path) -> None:
    write(MODEL, tmp_path / "p")
    text = b"\n".join(files(tmp_path / "p").values()).decode()
    tags = re.findall(r"lineageTag: (\S+)", text) + re.findall(r"relationship (\S+)", text)
    assert len(tags) == len(set(tags)) > 50


def test_writing_again_changes_the_model_and_leaves_the_report(tmp_path: Path) -> None:
    write(MODEL, tmp_path / "p")
    report = tmp_path / "p" / "Liquidity Wörk.Report"
    (report / "definition" / "pages" / "mine").mkdir()
    (report / "definition" / "pages" / "mine" / "page.json").write_text("{}", "utf-8")
    (report / "definition" / "pages" / "pages.json").unlink()
    cache = tmp_path / "p" / "Liquidity Wörk.SemanticModel" / ".pbi" / "cache.abf"
    cache.parent.mkdir()
    cache.write_bytes(b"data")
    (tmp_path / "p" / ".gitignore").write_text("**/.pbi/\n", "utf-8")
    before = files(tmp_path / "p")
    write(CHANGED, tmp_path / "p")
    after = files(tmp_path / "p")
    part = "Liquidity Wörk.SemanticModel/definition/"
    assert {n: t for n, t in after.items() if not n.startswith(part)} == {
        n: t for n, t in before.items() if not n.startswith(part)
    }
    assert part + "tables/other.tmdl" in after
    assert part + "tables/liquidity.tmdl" not in after


def test_a_missing_report_is_made_again(tmp_path: Path) -> None:
    write(MODEL, tmp_path / "p")
    whole = files(tmp_path / "p")
    for name in whole:
        if name.startswith("Liquidity Wörk.Report/"):
            (tmp_path / "p" / name).unlink()
    for folder in sorted((tmp_path / "p" / "Liquidity Wörk.Report").rglob("*"), reverse=True):
        folder.rmdir()
    (tmp_path / "p" / "Liquidity Wörk.Report").rmdir()
    write(MODEL, tmp_path / "p")
    assert files(tmp_path / "p") == whole


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    assert write(MODEL, tmp_path / "p").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_folder_with_anything_else_in_it_stays_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "p"
    write(MODEL, folder)
    (folder / "notes.txt").write_text("mine", "utf-8")
    before = files(folder)
    with pytest.raises(ProjectFolderError) as caught:
        write(CHANGED, folder)
    assert str(caught.value) == (
        f"{folder}: it holds notes.txt, which is no part of the project 'Liquidity Wörk' "
        "(give the project a folder of its own)"
    )
    assert files(folder) == before


def test_another_projects_folder_and_an_older_format_are_refused(tmp_path: Path) -> None:
    write(MODEL, tmp_path / "p")
    with pytest.raises(ProjectFolderError, match="is no part of the project 'Other'"):
        write(semantic_model([star()], name="Other", source=SOURCE), tmp_path / "p")
    older = tmp_path / "older" / "Liquidity Wörk.SemanticModel"
    older.mkdir(parents=True)
    (older / "model.bim").write_text("{}", "utf-8")
    with pytest.raises(ProjectFolderError, match="it holds no model 'Liquidity Wörk' in TMDL"):
        write(MODEL, tmp_path / "older")
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(ProjectFolderError, match="this is a file, not a folder"):
        write(MODEL, tmp_path / "file")


def test_a_failure_on_the_way_leaves_the_old_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(MODEL, tmp_path / "p")
    before = files(tmp_path / "p")
    rename, calls = Path.rename, []

    def refused(self: Path, to: Path) -> Path:
        calls.append(to)
        if len(calls) == 2:  # the old definition is aside, the new one not yet in its place
            raise OSError("the disk is gone")
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(OSError, match="the disk is gone"):
        write(CHANGED, tmp_path / "p")
    assert files(tmp_path / "p") == before


def test_what_a_killed_process_left_behind_is_cleared_away(tmp_path: Path) -> None:
    write(CHANGED, tmp_path / "p")
    wanted = files(tmp_path / "p")
    definition = tmp_path / "p" / "Liquidity Wörk.SemanticModel" / "definition"
    definition.rename(definition.with_name(".definition.0123"))
    write(CHANGED, tmp_path / "p")
    assert files(tmp_path / "p") == wanted


@pytest.mark.parametrize("name", ["<b>bold</b>", "a/b", "..", "nul", "COM1", "ends.", " a", ""])
def test_a_name_that_windows_does_not_take_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ProjectFolderError, match="can't be a file's name on Windows"):
        write(semantic_model([star()], name=name, source=SOURCE), tmp_path / "p")
    assert list(tmp_path.iterdir()) == []
