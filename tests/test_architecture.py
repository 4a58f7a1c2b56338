"""The design's table of who may import whom, and the other rules of the house."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "liqbench"
MODULES = sorted(SOURCE.rglob("*.py"))
PACKAGES = [
    path
    for path in MODULES
    if path.name == "__init__.py"
    and not any(part.startswith("_") for part in path.parent.relative_to(SOURCE).parts)
]

# room: what it may import beside itself
BASE = {"errors", "_version"}
COMPOSING = BASE | {"model"}
CALCULATING = COMPOSING | {"regulation", "operators"}
RUNNING = CALCULATING | {"store", "engine"}
JUDGING = RUNNING | {"impact"}
GOVERNING = JUDGING | {"governance"}
PUBLISHING = GOVERNING | {"warehouse"}
WORKING = PUBLISHING | {"samples", "export", "workbench"}
MAY_IMPORT = {
    "_version": set[str](),
    "errors": set[str](),
    "model": BASE,
    "regulation": COMPOSING,
    "store": COMPOSING,
    "operators": COMPOSING | {"regulation"},
    "engine": CALCULATING | {"store"},
    "impact": RUNNING,
    "governance": JUDGING,
    "warehouse": GOVERNING,
    "samples": WORKING,
    "export": WORKING,
    "housekeeping": PUBLISHING,
    "desk": PUBLISHING,
    "looks": RUNNING,
    "workbench": WORKING | {"desk", "housekeeping", "looks"},
    "ui": WORKING,
    "console": RUNNING,
    "demo": WORKING | {"console"},
    "commands": PUBLISHING,
    "cli": WORKING | {"commands", "console", "demo", "ui", "__init__"},
    "__init__": WORKING | {"ui"},
}
SEES_WIDGETS = {"ui", "__init__"}
WIDGETS = {"ipywidgets", "pyvis", "IPython", "anywidget", "ipydagred3"}
LONGEST_MODULE = 400


def room_of(module: str) -> str:
    """Name the room of ``liqbench.room.module``; a name of liqbench itself is ``__init__``'s."""
    name = ([*module.split("."), "__init__"])[1]
    return name if (SOURCE / name).is_dir() or (SOURCE / f"{name}.py").is_file() else "__init__"


def dotted(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts)


def imports(path: Path) -> Iterator[str]:
    """Yield every module that a file imports, wherever in it, relative ones made absolute."""
    package = dotted(path).split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            if module == "liqbench":
                yield from (f"liqbench.{name.name}" for name in node.names)
            else:
                yield module


def test_every_room_has_a_place_in_the_table() -> None:
    rooms = {room_of(dotted(path)) for path in MODULES}
    assert rooms <= set(MAY_IMPORT)


def test_the_table_itself_runs_one_way() -> None:
    for room, others in MAY_IMPORT.items():
        for other in others - {room}:
            both_ways = {room, other} <= {"samples", "export", "workbench"}
            assert both_ways or room not in MAY_IMPORT[other], f"{room} ↔ {other}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(dotted(path))
    inner = {room_of(name) for name in imports(path) if name.split(".")[0] == "liqbench"}
    assert inner - {room} <= MAY_IMPORT[room]


@pytest.mark.parametrize(
    "path", [path for path in MODULES if room_of(dotted(path)) not in SEES_WIDGETS], ids=dotted
)
def test_nothing_below_ui_imports_a_widget(path: Path) -> None:
    assert not WIDGETS & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", sorted((SOURCE / "model").rglob("*.py")), ids=dotted)
def test_nothing_in_model_imports_spark(path: Path) -> None:
    assert not {"pyspark", "py4j"} & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_module_is_one_idea_and_not_a_long_one(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < LONGEST_MODULE


def place_in_all(name: str) -> tuple[int, str]:
    """Sort as ruff does: constants, classes, the rest."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


@pytest.mark.parametrize("path", PACKAGES, ids=dotted)
def test_a_package_names_what_is_public_in_order(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    listed = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    ]
    assert len(listed) == 1, "there is no __all__"
    assert listed[0] == sorted(set(listed[0]), key=place_in_all)


CONDA_NAMES = {"duckdb": "python-duckdb", "xxhash": "python-xxhash"}


def requirement(text: str) -> tuple[str, frozenset[str]]:
    """Return a requirement's name and bounds."""
    match = re.match(r"([\w.-]+)\s*(.*)", text)
    assert match, text
    bounds = match[2].replace(" ", "").split(",") if match[2] else []
    return match[1].lower().replace("_", "-"), frozenset(bounds)


def test_pip_and_conda_install_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = dict(map(requirement, project["dependencies"]))
    wanted = {CONDA_NAMES.get(name, name): bounds for name, bounds in wanted.items()}
    wanted |= dict([requirement("python" + project["requires-python"])])

    lines = (ROOT / "environment.yml").read_text("utf-8").split("dependencies:")[1].splitlines()
    items = [
        line.split("#")[0].strip().removeprefix("-").strip().strip("\"'")
        for line in lines
        if re.match(r"\s*-\s+[A-Za-z]", line)
    ]
    found = dict(requirement(item) for item in items if item not in ("pip", "pip:"))

    assert found.pop("openjdk", None) is not None, "environment.yml brings no Java"
    assert found == wanted


def test_the_lock_file_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    for trace in ("://", "--index-url", "--extra-index-url", "--find-links", " @ "):
        assert trace not in lock
