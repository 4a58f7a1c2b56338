"""What a saved notebook keeps of the bench: put out anew with each analysis, all texts as texts."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from liqbench import Dag, ImpactAnalysis, OperatorConfig, Workbench
from liqbench.ui.bench import PANELS, Bench
from liqbench.ui.bench.twin import Html, Twin
from liqbench.ui.drawing import drawn, run_image

HtmlOf = Callable[[str], Any]
NOW = datetime(2026, 1, 5, 14, 5)  # noqa: DTZ001 - her own clock
_SVG = "{http://www.w3.org/2000/svg}"


class Output:
    """An output that keeps what it shows."""

    def __init__(self, shown: Html) -> None:
        self.shown = [shown]

    def update(self, shown: Html) -> None:
        self.shown.append(shown)


def shown_of(twin: Twin) -> Output:
    outputs: list[Output] = []

    def put(html: Html) -> Output:
        outputs.append(Output(html))
        return outputs[-1]

    twin.show_by(put)
    return outputs[0]


def test_it_is_put_out_anew_with_every_analysis(
    tmp_path: Path, deals: ImpactAnalysis, html_of: HtmlOf
) -> None:
    bench = Bench(Workbench(tmp_path / "workspace"), PANELS, name="bench")
    twin = Twin(bench, clock=lambda: NOW)
    output = shown_of(twin)
    assert "Nothing was run on it yet" in html_of(output.shown[0]._repr_html_()).text
    with bench.changing():
        bench.compare(deals)
    assert len(output.shown) == 2
    page = html_of(output.shown[1]._repr_html_())
    assert "as it was on 2026-01-05 at 14:05" in page.text
    names = set(deals.by_entity()["reporting_entity_name"])
    rows = [head.text for head in page.all("th") if head.attributes.get("scope") == "row"]
    assert all(any(row.startswith(name) for row in rows) for name in names)
    assert len(list(page.all("img"))) == 2
    bench.ask({"id": 1, "command": "bench.select", "args": {"selection": {}}}, lambda _: None)
    assert len(output.shown) == 2  # nothing new, nothing put out
    twin.close()
    with bench.changing():
        bench.compare(None)
    assert len(output.shown) == 2


def test_the_graph_is_a_picture_with_every_operator(deals: ImpactAnalysis, html_of: HtmlOf) -> None:
    light, dark = html_of(run_image(deals.base)).all("img")
    assert [each.attributes.get("style") for each in (light, dark)] == [None, "display:none"]
    for name, result in deals.base.results.items():
        assert f"{name} {result.rows:,} rows" in light.attributes["alt"]
    _, data = light.attributes["src"].split("base64,")
    root = ET.fromstring(base64.b64decode(data))  # noqa: S314 - our own
    drawn_names = [each.text for each in root.iter(f"{_SVG}text") if each.get("class") == "name"]
    assert drawn_names == list(deals.base.dag.inputs)


def test_any_text_is_drawn_as_text() -> None:
    hostile = '</text><script>alert(1)</script>&"\x00'
    first = OperatorConfig(operator_id="a", operator_type=hostile)
    root = ET.fromstring(drawn(Dag(operators=(first,)), {}))  # noqa: S314 - our own
    assert not list(root.iter(f"{_SVG}script"))
    assert any("</text>" in (each.text or "") for each in root.iter(f"{_SVG}text"))


def test_a_long_way_goes_on_in_the_next_line() -> None:
    names = [f"o{n}" for n in range(12)]
    configs = [
        OperatorConfig(operator_id=name, operator_type="filter", inputs=names[n - 1 : n])
        for n, name in enumerate(names)
    ]
    root = ET.fromstring(drawn(Dag(operators=tuple(configs)), {}))  # noqa: S314 - our own
    places = [each.get("transform") for each in root.iter(f"{_SVG}g")][:12]
    assert len(set(places)) == 12
    lines = {str(place).split()[1] for place in places}
    assert len(lines) == 3
    assert float(root.attrib["width"]) < 1100


def test_names_with_html_stay_texts(deals: ImpactAnalysis, html_of: HtmlOf) -> None:
    run = replace(deals.base, dag=deals.base.dag.model_copy(update={"name": "<img src=x>"}))
    assert len(list(html_of(run_image(run)).all("img"))) == 2
