"""The smoke test of a real Redshift runs against the stand-in, and is not collected by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.redshift.stand_in import PASSWORD, Redshift
from tests.warehouse.publications import VARIABLE, redshift_settings

ROOT = Path(__file__).parents[2]
SMOKE = "LIQBENCH_REDSHIFT_SMOKE"


def ran(environment: dict[str, str], *options: str) -> tuple[int, str]:
    """Run pytest in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_smoke_test_holds_on_the_stand_in(redshift: Redshift, tmp_path: Path) -> None:
    settings = redshift_settings(redshift, bucket=redshift.s3.bucket())
    file = tmp_path / "smoke.json"
    file.write_text(settings.model_dump_json())
    environment = {**os.environ, SMOKE: str(file), VARIABLE: PASSWORD}
    code, text = ran(environment, "tests/warehouse/test_real_cluster.py")
    assert code == 0, text
    assert "2 passed" in text
    left = redshift.sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'liqbench_smoke%'")
    assert left == []


def test_without_settings_the_smoke_test_is_neither_run_nor_skipped() -> None:
    environment = {name: value for name, value in os.environ.items() if name != SMOKE}
    others = "--ignore-glob=*/test_[!r]*.py"  # which take their time to be imported
    code, text = ran(environment, "--collect-only", others, "tests/warehouse")
    assert code == 0, text
    assert "test_reporting.py::" in text
    assert "real_cluster" not in text
    assert "skipped" not in text
