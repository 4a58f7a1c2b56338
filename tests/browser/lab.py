"""A JupyterLab of the tests' own: its port, settings and files are nobody else's."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import nbformat

from liqbench.commands.lab import jupyterlab

_STARTED_IN = 60.0
# Every cell is in the page, also those that are out of sight; nothing is fetched from outside.
_SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab and the folder it shows."""

    address: str
    token: str
    folder: Path

    @property
    def url(self) -> str:
        return f"{self.address}lab?token={self.token}&reset"

    def notebook(self, name: str, *cells: str) -> str:
        """Write a notebook in a folder of its own; return its path as JupyterLab calls it."""
        path = self.folder / name / "bench.ipynb"
        path.parent.mkdir()
        document = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]
            cells=[nbformat.v4.new_code_cell(cell) for cell in cells],  # type: ignore[no-untyped-call]
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(document, path)  # type: ignore[no-untyped-call]
        return f"{name}/bench.ipynb"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Lab]:
    """Run a JupyterLab below a folder; it and its kernels end with the block."""
    root, config, runtime = folder / "files", folder / "config", folder / "runtime"
    settings = folder / "settings"
    for each in (root, config, runtime, settings):
        each.mkdir(parents=True)
    (settings / "overrides.json").write_text(json.dumps(_SETTINGS), "utf-8")
    token = secrets.token_hex(16)
    command = jupyterlab(
        *("--no-browser", "--allow-root", f"--IdentityProvider.token={token}"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0", f"--ServerApp.root_dir={root}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"),
        *(f"--LabApp.app_settings_dir={settings}", "--KernelManager.shutdown_wait_time=1"),
    )
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(config),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "LIQBENCH_CACHE": str(folder / "cache"),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=log, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        )
        try:
            address = _address(server, runtime, folder / "server.log")
            yield Lab(address, token, root)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()


def _address(server: subprocess.Popen[bytes], runtime: Path, log: Path) -> str:
    told = runtime / f"jpserver-{server.pid}.json"
    deadline = time.monotonic() + _STARTED_IN
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError, OSError):
            found = json.loads(told.read_text("utf-8"))
            address = f"http://127.0.0.1:{found['port']}/"
            with urlopen(f"{address}api", timeout=5):  # noqa: S310 - our own server
                return address
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.1)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text('utf-8')}")
