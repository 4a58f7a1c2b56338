"""No credential comes out: canaries are planted, and everything that is left is searched."""

from __future__ import annotations

import base64
import gc
import logging
import traceback
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import nbclient
import nbformat
import pytest
from pydantic import ValidationError
from pyspark.sql import SparkSession
from tests.governance.test_commands import called
from tests.redshift.faults import Faults
from tests.redshift.stand_in import PASSWORD, Redshift
from tests.store.conftest import Team, team_at
from tests.warehouse.publications import STAGED, VARIABLE, redshift_settings, workings

from liqbench import (
    GovernanceSettings,
    RedshiftSettings,
    RedshiftTarget,
    StoreSettings,
    TrustSettings,
    Workbench,
    samples,
)
from liqbench.governance import TrustList
from liqbench.governance.canonical import utc_now
from liqbench.governance.keys import PASSPHRASE, KeyFolder
from liqbench.governance.trust import save_signed

OF_WRONG, WRONG = "WRONG_PASSWORD", "Canary-wrong-of-Redshift-5e1f"
CANARIES: Mapping[str, str] = {
    VARIABLE: PASSWORD,  # the stand-in's own, so that it opens the door
    "AWS_ACCESS_KEY_ID": "AKIACANARY5E1F9Z0QXT",
    "AWS_SECRET_ACCESS_KEY": "Canary/secret+of/AWS/5e1f",
    "AWS_SESSION_TOKEN": "Canary//token//of//AWS//5e1f==",
    "PGPASSWORD": "Canary-of-PostgreSQL-5e1f",
    PASSPHRASE: "Canary of the key 5e1f",
    "LIQBENCH_REDIS_PASSWORD": "Canary-of-Redis-5e1f",
}
NOTEBOOK = """
%xmode Verbose
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
---
from pathlib import Path
import liqbench as lq
settings = lq.RedshiftSettings.model_validate_json(SETTINGS)
target = lq.RedshiftTarget(settings)
wrong = lq.RedshiftTarget(settings.model_copy(update={"password_variable": "WRONG_PASSWORD"}))
elsewhere = lq.RedshiftTarget(settings.model_copy(update={"bucket": "no-such-bucket"}))
wb = lq.Workbench(
    FOLDER,
    targets={"dwh": target, "wrong": wrong, "elsewhere": elsewhere},
    governance=lq.GovernanceSettings.model_validate_json(GOVERNANCE),
)
settings
---
target
---
wb.status()
---
wb.submissions()
---
wb.publish(APPROVAL, target="wrong")
---
wb.publish(APPROVAL, target="elsewhere")
---
wb.publish(APPROVAL, target="dwh", dry_run=True)
---
receipt = wb.publish(APPROVAL, target="dwh")
receipt
---
wb.target("dwh").doctor() + wb.target("wrong").doctor()
---
%xmode Context
---
lq.StoreSettings(records="postgresql://ann:" + PASSWORD + "@host/records")
---
lq.RedshiftSettings(database="dev", workgroup="w", password=PASSWORD)
---
wb.close()
"""


@pytest.fixture
def planted(redshift: Redshift, monkeypatch: pytest.MonkeyPatch) -> Redshift:
    """The stand-in, and canaries in all variables that hold credentials."""
    for name, canary in CANARIES.items():
        monkeypatch.setenv(name, canary)
    monkeypatch.setenv(OF_WRONG, WRONG)
    return redshift


@pytest.fixture
def team(planted: Redshift, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    """Records in a PostgreSQL that asks for a password."""
    with team_at(planted.socket_folder) as team:
        role = f"canary_{team.schema[-8:]}"
        team.sql(f"CREATE ROLE {role} LOGIN PASSWORD '{CANARIES['PGPASSWORD']}'")
        team.sql(f"GRANT ALL ON SCHEMA {team.schema} TO {role}")
        monkeypatch.setenv("PGUSER", role)
        yield team
        team.end_all_others()
        team.sql(f"DROP OWNED BY {role}")
        team.sql(f"DROP ROLE {role}")


class Ear:
    """Hears what a bench says and how it fails."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def tells(self, *said: object) -> None:
        for each in said:
            self.heard += [str(each), repr(each)]
            html = getattr(each, "_repr_html_", None)
            self.heard.append("" if html is None else str(html()))

    def fails(self, act: Callable[[], object], match: str) -> None:
        """Hear an error with its causes, and with the variables of all frames but the test's."""
        with warnings.catch_warnings():
            # After a log-in that is refused, the driver doesn't close its socket.
            warnings.simplefilter("ignore", ResourceWarning)
            with pytest.raises(Exception, match=match) as caught:
                act()
            error = caught.value
            beyond = error.with_traceback(_beyond_tests(error.__traceback__))
            for captured in (False, True):
                told = traceback.TracebackException.from_exception(beyond, capture_locals=captured)
                self.heard += told.format()
            self.tells(error)
            del caught, error, beyond
            gc.collect()


def _beyond_tests(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and "/liqbench/" not in frames.tb_frame.f_code.co_filename:
        frames = frames.tb_next
    return frames


def forms(canary: str) -> set[bytes]:
    """A canary as it could be written."""
    data = canary.encode()
    encoded = {base64.b64encode(data[at:]).strip(b"=")[2:-2] for at in range(3)}
    return {data, quote(canary, safe="").encode(), repr(canary)[1:-1].encode()} | encoded


def search(places: Mapping[str, bytes]) -> list[str]:
    """Return where a canary is."""
    canaries = {**CANARIES, OF_WRONG: WRONG}
    return [
        f"{name} in {place}"
        for name, canary in canaries.items()
        for form in forms(canary)
        for place, data in places.items()
        if form in data
    ]


def test_a_search_finds_a_canary_in_every_form() -> None:
    secret = CANARIES["AWS_SECRET_ACCESS_KEY"]
    hidden = {
        "plain": f"key={secret}!",
        "quoted": quote(secret, safe=""),
        **{str(n): base64.b64encode(b"x" * n + secret.encode() + b"y").decode() for n in range(3)},
    }
    found = search({name: text.encode() for name, text in hidden.items()})
    assert {place.split(" in ")[1] for place in found} == set(hidden)


def files_of(folder: Path) -> dict[str, bytes]:
    found = {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    for pack in folder.rglob("*.zip"):
        with zipfile.ZipFile(pack) as archive:
            found |= {f"{pack}/{name}": archive.read(name) for name in archive.namelist()}
    return found


def tables_of(redshift: Redshift, team: Team) -> dict[str, bytes]:
    """Return what both databases keep, and the statements that one of them was sent."""
    found = {"statements": "\n".join(each.text for each in redshift.statements).encode()}
    for name in ("documents", "audit"):
        found[name] = str(team.sql(f"SELECT * FROM {name}")).encode()
    tables = redshift.sql(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    )
    for (name,) in tables:
        found[name] = str(redshift.sql(f"SELECT t::text FROM {name} AS t")).encode()
    return found


def objects_of(redshift: Redshift, bucket: str) -> dict[str, bytes]:
    client = redshift.s3.client()
    listed = client.list_objects_v2(Bucket=bucket)["Contents"]
    found = {
        each["Key"]: client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        for each in listed
    }
    client.close()
    return found


def governance(tmp_path: Path) -> GovernanceSettings:
    """Encrypted keys, and a list of those that count."""
    keys = KeyFolder(tmp_path / "keys")
    people = {name: keys.new(name, encrypted=True) for name in ("administrator", "ann", "ben")}
    pinned = people["administrator"]
    file = save_signed(TrustList().trust(people["ben"].card, utc_now()), tmp_path / "t", pinned)
    trust = TrustSettings(path=file, administrator=pinned.card.public.raw.hex())
    return GovernanceSettings(trust=trust, keys=keys.folder)


def target_of(redshift: Redshift, **changes: Any) -> RedshiftTarget:
    settings = redshift_settings(redshift, **{"routes": STAGED, **changes})
    return RedshiftTarget(settings, workings=workings(lambda _: None, tries=1))


FAILURES: Mapping[str, tuple[str, Callable[[Faults, Any], object], str]] = {
    "wrong": ("wrong", lambda _, __: None, "password authentication failed"),
    "no bucket": ("elsewhere", lambda _, __: None, "AWS refused: .*NoSuchBucket"),
    "dropped": ("dwh", lambda faults, _: faults.drop_before(9), "the connection is lost"),
    "refused": ("dwh", lambda faults, _: faults.error(matching="^COPY"), "the test's fault"),
    "S3 is ill": ("dwh", lambda _, s3: s3.error(status=503), "AWS doesn't answer"),
    "S3 is lost": ("dwh", lambda _, s3: s3.lose(), "AWS doesn't answer"),
    "gone": ("gone", lambda _, __: None, "the connection is lost"),
    "answer lost": ("dwh", lambda faults, _: faults.drop_after(matching="^COMMIT$"),
                    "the answer to COMMIT was lost"),
}  # fmt: skip


def test_no_canary_is_found_anywhere(
    planted: Redshift,
    team: Team,
    spark: SparkSession,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="py4j")  # it tells every call of Spark
    ear, bucket = Ear(), planted.s3.bucket()
    targets = {
        "dwh": target_of(planted, bucket=bucket),
        "wrong": target_of(planted, bucket=bucket, password_variable=OF_WRONG),
        "elsewhere": target_of(planted, bucket="no-such-bucket"),
        "gone": target_of(planted, bucket=bucket, port=1),
        "temporary": target_of(
            planted, bucket=bucket, password_variable=None, workgroup="liquidity", user=None
        ),
        "provisioned": target_of(planted, bucket=bucket, password_variable=None, cluster="risk"),
    }
    store, rules = StoreSettings(records=team.url("")), governance(tmp_path)
    bench = Workbench(
        tmp_path / "workspace",
        session=spark,
        targets=targets,
        store=store,
        governance=rules,
    )
    request.addfinalizer(bench.close)
    analysis = bench.analyze(
        samples.disclosure_dag(), samples.disclosure_scenarios()[:1], as_of="2025-12-31"
    )
    ear.tells(bench, bench.status(), store, *targets.values(), analysis.summary())
    ear.tells(*(target.settings for target in targets.values()))
    submission = bench.submit(analysis["less_stable_plus_5"], by="ann", comment="stress")
    approval = bench.approve(submission.id, by="ben", comment="agreed")
    ear.tells(submission, approval)
    for name, inject, told in FAILURES.values():
        inject(planted.faults, planted.s3.faults)

        def publish(target: str = name) -> object:
            return bench.publish(approval.id, target=target)

        ear.fails(publish, told)
        planted.faults.clear()
        planted.s3.faults.clear()
    ear.tells(bench.publish(approval.id, target="dwh", dry_run=True))
    receipts = [
        bench.publish(approval.id, target=name) for name in ("dwh", "temporary", "provisioned")
    ]
    assert [receipt.new for receipt in receipts] == [False, True, True]  # its answer was lost
    ear.tells(*receipts, receipts[0].rollback("wrong rates", by="ben"))
    ear.fails(lambda: bench.publish(approval.id, target="dwh"), "it was withdrawn")
    for target in targets.values():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            ear.tells(*target.doctor())
            gc.collect()
    bench.evidence(approval.id, tmp_path / "workspace" / "pack.zip")
    refuse_settings(ear)
    again = bench.submit(analysis["less_stable_plus_5"], by="ann", comment="right after all")
    waiting = bench.approve(again.id, by="ben", comment="agreed")
    place = tmp_path / "workspace"
    for command in (
        ("audit", "show", receipts[0].publish_id, "-w", place),
        ("audit", "verify", "-w", place),
        ("evidence", "verify", place / "pack.zip"),
        ("keys", "list", "--keys", tmp_path / "keys"),
    ):
        code, text = called(*command)
        assert code == 0, text
        ear.heard.append(text)
    executed = run_notebook(place, targets["dwh"].settings, rules, waiting.id)
    (tmp_path / "workspace" / "executed.ipynb").write_text(executed)
    out, err = capfd.readouterr()
    said = {"said": "\n".join(ear.heard), "log": caplog.text, "stdout": out, "stderr": err}
    places = {name: text.encode() for name, text in said.items()}
    places |= files_of(tmp_path) | tables_of(planted, team) | objects_of(planted, bucket)
    assert all(places[name] for name in ("said", "log", "documents", "lq_ledger", "statements"))
    assert search(places) == []


def refuse_settings(ear: Ear) -> None:
    """Give passwords where none belongs."""
    for make, error in (
        (lambda: RedshiftSettings.model_validate(
            {"database": "dev", "workgroup": "w", "password": PASSWORD}), ValidationError),
        (lambda: RedshiftSettings(database="dev", host=f"redshift://ann:{PASSWORD}@host/dev",
                                  user="ann", password_variable=VARIABLE), ValidationError),
        (lambda: RedshiftSettings(database="dev", host="host", user="ann",
                                  password_variable=PASSWORD), ValidationError),
        (lambda: StoreSettings(records=f"postgresql://ann:{WRONG}@host/db"), Exception),
        (lambda: StoreSettings(redis=f"redis://:{WRONG}@host/0"), Exception),
        (lambda: StoreSettings(remote_options={"secret": WRONG}), Exception),
    ):  # fmt: skip
        with pytest.raises(error) as caught:
            make()
        ear.tells(caught.value)
        ear.heard += traceback.format_exception(caught.value)


def run_notebook(
    folder: Path, settings: RedshiftSettings, rules: GovernanceSettings, approval_id: str
) -> str:
    """Execute a notebook in a kernel of its own, verbose and at the level DEBUG."""
    given = (
        f"SETTINGS, GOVERNANCE = {settings.model_dump_json()!r}, {rules.model_dump_json()!r}\n"
        f"FOLDER, APPROVAL = {str(folder)!r}, {approval_id!r}\n"
        f"import os\nPASSWORD = os.environ[{OF_WRONG!r}]\n"
    )
    cells = [given, *NOTEBOOK.split("---\n")]
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
        cells=[
            nbformat.v4.new_code_cell(each)  # type: ignore[no-untyped-call]
            for each in cells
        ]
    )
    nbclient.NotebookClient(notebook, timeout=120, allow_errors=True).execute()
    failed = [
        output.ename
        for cell in notebook.cells
        for output in cell.outputs
        if output.output_type == "error"
    ]
    assert failed == [
        "StatementRefusedError", "StagingError", "SettingError", "ValidationError",
    ]  # fmt: skip
    return str(nbformat.writes(notebook))  # type: ignore[no-untyped-call]
