"""What axe finds on a part of a page: faults of accessibility, the serious ones and worse."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator

_AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
_SERIOUS = ("serious", "critical")
_RUN = """async (part) => {
  const found = await window.axe.run(part, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
  });
  return found.violations.map(({ id, impact, nodes }) => ({
    id, impact, nodes: nodes.map((node) => `${node.html}: ${node.failureSummary}`),
  }));
}"""


def serious_findings(part: Locator) -> list[str]:
    """Return axe's serious and critical findings on a part of the page, one line for each node."""
    if not part.page.evaluate("'axe' in window"):
        part.page.add_script_tag(path=_AXE)
    found = part.evaluate(_RUN)
    return [
        f"{each['id']} ({each['impact']}): {node}"
        for each in found
        if each["impact"] in _SERIOUS
        for node in each["nodes"]
    ]
