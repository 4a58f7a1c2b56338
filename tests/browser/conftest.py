"""A JupyterLab for all browser tests; a browser and a page in it for each of their files.

Playwright keeps an event loop running while it is there, which other tests don't expect: so it
ends with the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.browser.lab import Lab, running
from tests.browser.notebook import LabPage, launched


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with running(tmp_path_factory.mktemp("lab")) as lab:
        yield lab


@pytest.fixture(scope="session")
def pictures(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder for pictures."""
    given: Path | None = pytestconfig.getoption("--screenshots")
    return given or tmp_path_factory.mktemp("pictures")


@pytest.fixture(scope="module")
def lab_page(lab: Lab, pictures: Path) -> Iterator[LabPage]:
    with sync_playwright() as playwright:
        browser = launched(playwright)
        # What turns while Spark works would take the processor from it.
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        opened = LabPage(page, lab, pictures)
        opened.start()
        yield opened
        browser.close()
