"""A notebook in a real browser: opened, run, and looked at as its user does."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Locator, Page, Playwright, expect
from tests.browser.axe import serious_findings
from tests.browser.lab import Lab

Theme = Literal["light", "dark"]
PATIENCE = 60_000  # ms; a kernel that starts Spark on a busy machine takes its time
_INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Whatever asks for another host gets none: the bench works without the internet.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


def launched(playwright: Playwright) -> Browser:
    """Start the machine's Chromium, or else playwright's own, which is fetched once."""
    found = next((path for name in _INSTALLED if (path := shutil.which(name))), None)
    if found is None and not Path(playwright.chromium.executable_path).exists():
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)
    return playwright.chromium.launch(executable_path=found, args=list(_FLAGS))


class LabPage:
    """A JupyterLab page."""

    def __init__(self, page: Page, lab: Lab, pictures: Path) -> None:
        self.page = page
        self.lab = lab
        self._pictures = pictures

    def start(self) -> None:
        """Open JupyterLab, its side bar closed, and wait until it is there."""
        self.page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        self.page.goto(self.lab.url)
        self.page.wait_for_function("window.jupyterapp?.restored")
        self.page.evaluate("window.jupyterapp.restored.then(() => undefined)")
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def command(self, name: str, **args: object) -> None:
        """Do a command of JupyterLab's and wait for its end."""
        call = "([name, args]) => window.jupyterapp.commands.execute(name, args).then(() => {})"
        self.page.evaluate(call, [name, args])

    def theme(self, theme: Theme) -> None:
        """Show the light or the dark theme."""
        self.command("apputils:change-theme", theme=f"JupyterLab {theme.title()}")
        light = "true" if theme == "light" else "false"
        self.page.wait_for_selector(f'body[data-jp-theme-light="{light}"]', state="attached")
        self.page.wait_for_selector("#jupyterlab-splash", state="detached")

    def open(self, name: str, *cells: str) -> Locator:
        """Open a new notebook of these cells, run them all, and return its first bench."""
        self.reopen(self.lab.notebook(name, *cells))
        self.command("notebook:run-all-cells")
        bench = self.bench()
        bench.wait_for()
        return bench

    def reopen(self, path: str) -> Locator:
        """Open a notebook that is there, with a new kernel; return it, nothing of it run."""
        self.command("docmanager:open", path=path, factory="Notebook")
        self.page.wait_for_selector(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell")
        self.page.wait_for_function(
            "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
        )
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def bench(self, name: str = "bench") -> Locator:
        """Return the bench of a name in the notebook that is in front."""
        panel = self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
        return panel.get_by_role("region", name=f"Bench {name}", exact=True).first

    def close(self) -> None:
        """End the notebook's kernel and close it without asking."""
        self.page.evaluate(
            """async () => {
              const front = window.jupyterapp.shell.currentWidget;
              await front.context?.save();
              await front.sessionContext?.shutdown();
              front.dispose();
            }"""
        )

    @contextlib.contextmanager
    def busy(self, name: str) -> Iterator[None]:
        """Let the notebook's ``screen`` have no answer from its kernel while the block lasts."""
        gate = self.lab.folder / name / "gate"
        os.mkfifo(gate)
        self.page.evaluate(
            """(code) => {
              const { session } = window.jupyterapp.shell.currentWidget.sessionContext;
              session.kernel.requestExecute({ code });
            }""",
            "with screen.bench.changing(): open('gate').read()",
        )
        with gate.open("w"):  # it opens when the kernel reads, which lasts until it is closed
            yield
        gate.unlink()

    def shown(self, name: str, bench: Locator) -> None:
        """Store a panel's picture in both themes, and hold that axe finds nothing serious there."""
        for theme in ("dark", "light"):
            self.theme(theme)
            self.picture(f"{name}-{theme}", bench)
            assert serious_findings(bench) == []

    def wide(self, name: str, bench: Locator) -> None:
        """Store a panel's picture on a large screen."""
        before = self.page.viewport_size
        assert before is not None
        self.page.set_viewport_size({"width": 2560, "height": 1440})
        self.picture(f"{name}-wide", bench)
        self.page.set_viewport_size(before)

    def picture(self, name: str, of: Locator | None = None) -> Path:
        """Store a picture of the page or a part of it; return its file."""
        path = self._pictures / f"{name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        if of is None:
            self.page.screenshot(path=path)
        else:
            of.screenshot(path=path)
        return path
