from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from liqbench import Dag, ImpactAnalysis, OperatorConfig, Workbench, samples
from liqbench.engine import OperatorResult
from liqbench.ui.graph import GraphPicture, _node, dag_picture, kind_of
from liqbench.ui.layout import layers, positions

HtmlOf = Callable[[str], Any]
HOSTILE = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> <a href='http://x.y'>&amp;"
)


def operator(operator_id: str, *inputs: str, kind: str = "filter", **more: Any) -> OperatorConfig:
    return OperatorConfig(operator_id=operator_id, operator_type=kind, inputs=inputs, **more)


def dag(*operators: OperatorConfig, **more: Any) -> Dag:
    return Dag(operators=operators, **more)


DIAMOND = dag(
    operator("a", kind="ingest"),
    operator("b", "a"),
    operator("c", "a"),
    operator("d", "b", "c", kind="sql"),
)


def test_the_page_and_its_frame_load_nothing(html_of: HtmlOf) -> None:
    picture = DIAMOND.show()
    assert isinstance(picture, GraphPicture)
    assert html_of(picture.html).outside() == []
    frame = html_of(picture._repr_html_())
    assert frame.outside() == []
    assert frame.one("iframe").attributes["srcdoc"] == picture.html
    for trace in ("cdn.jsdelivr", "cdnjs", "bootstrap"):
        assert trace not in picture.html


def test_the_page_forbids_loading_to_the_browser_too(html_of: HtmlOf) -> None:
    policies = [
        meta.attributes["content"]
        for meta in html_of(DIAMOND.show().html).all("meta")
        if meta.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none';")


def test_hostile_texts_stay_texts(html_of: HtmlOf) -> None:
    harmless = html_of(dag(operator("a")).show().html)
    bad = operator(
        "a", kind=HOSTILE, description=HOSTILE, parameters={HOSTILE: HOSTILE, "rules": [HOSTILE]}
    )
    picture = dag(bad, name=HOSTILE, description=HOSTILE).show()
    page = html_of(picture.html)
    assert [e.tag for e in page.all()] == [e.tag for e in harmless.all()]
    # The only trace of an address is the hostile text itself, shown as text.
    assert all(found.startswith("http://x.y'>") for found in page.outside())
    assert page.one("title").text == f"DAG {HOSTILE}"
    assert page.one("h1").text == f"DAG {HOSTILE}"
    assert HOSTILE in page.one("ol").text
    # A text with href must not bring in pyvis' own popup, which would take it for HTML.
    assert "popup.innerHTML" not in picture.html
    assert html_of(picture._repr_html_()).one("iframe").attributes["srcdoc"] == picture.html


def test_the_same_graph_is_the_same_page() -> None:
    assert samples.disclosure_dag().show().html == samples.disclosure_dag().show().html


def test_the_layout_runs_from_left_to_right() -> None:
    graph = samples.disclosure_dag().graph
    place = positions(graph, across=10, down=7)
    assert len(set(place.values())) == len(graph)
    assert all(place[source][0] < place[to][0] for source, to in graph.edges)


def test_a_layer_is_ordered_so_that_edges_do_not_cross() -> None:
    graph = dag(
        operator("a"), operator("b"), operator("x", "b"), operator("y", "a"), operator("z", "x")
    ).graph
    first, second = layers(graph)[:2]
    assert [first.index("a") < first.index("b"), second.index("y") < second.index("x")] in (
        [True, True],
        [False, False],
    )


def test_a_source_stands_next_to_what_it_feeds() -> None:
    graph = dag(operator("a"), operator("b", "a"), operator("r"), operator("c", "b", "r")).graph
    place = positions(graph, across=1, down=1)
    assert place["r"][0] == place["b"][0] == place["c"][0] - 1


def test_an_edge_past_an_operator_does_not_run_behind_it() -> None:
    graph = dag(operator("x"), operator("y", "x"), operator("z", "y", "x")).graph
    place = positions(graph, across=10, down=10)
    assert set(place) == {"x", "y", "z"}
    assert place["x"][1] == place["z"][1] != place["y"][1]


@pytest.mark.parametrize(
    ("unfinished", "count"),
    [
        (dag(), 0),
        (dag(operator("a", "b"), operator("b", "a"), operator("c", "b")), 3),
        (dag(operator("a", "a")), 1),
        (dag(operator("a", "nowhere")), 2),
        (dag(operator("a"), operator("a")), 1),
        (dag(operator("a"), operator("b", "a", "a")), 2),
    ],
)
def test_an_unfinished_dag_has_a_picture_too(html_of: HtmlOf, unfinished: Dag, count: int) -> None:
    page = html_of(dag_picture(unfinished).html)
    assert len(page.one("ol").children) == count


@pytest.mark.parametrize(
    ("kind", "drawn"),
    [
        ("ingest", "source"),
        ("filter", "row"),
        ("lcr", "group"),
        ("sql", "table"),
        ("adjust", "adjust"),
        ("nonsense", "unknown"),
    ],
)
def test_an_operator_is_coloured_by_its_locality(kind: str, drawn: str) -> None:
    assert kind_of(operator("a", kind=kind)) == drawn


def test_long_names_are_cut_in_the_picture_and_figures_never_are() -> None:
    result = OperatorResult("n" * 60, "filter", "f", rows=10**12, stored=True, seconds=12345.6)
    node = _node("n" * 60, operator("n" * 60), result, 0, 0)
    assert node["heading"] == "n" * 60
    assert node["label"].splitlines() == [
        "<b>nnnnnnn…nnnnnnn</b>",
        "filter",
        "<i>1,000,000,000,000 rows</i>",
        "<i>● stored, 12,345.6 s</i>",
    ]


def test_a_missing_operator_is_drawn_as_missing() -> None:
    assert kind_of(None) == "unknown"


def test_the_legend_names_what_is_there(html_of: HtmlOf) -> None:
    legend = html_of(DIAMOND.show().html).one("footer").text
    for words in ("reads a source", "row by row", "the whole table"):
        assert words in legend
    assert "adjustment" not in legend


def test_a_run_shows_rows_what_was_stored_and_what_is_reused(
    spark: SparkSession, tmp_path: Path, html_of: HtmlOf
) -> None:
    bench = Workbench(tmp_path / "workspace", session=spark)
    first, again = (bench.run(samples.disclosure_dag(), as_of="2025-12-31") for _ in range(2))
    bench.close()
    page = html_of(first.show().html)
    assert "as of 2025-12-31" in page.one("header").text
    told = {item.text.split(":")[0]: item.text for item in page.one("ol").all("li")}
    assert "20 rows" in told["lcr"]
    assert "● stored" in told["lcr"]
    assert "stored" not in told["enrich"]
    told = {i.text.split(":")[0]: i.text for i in html_of(again.show().html).one("ol").all("li")}
    assert "↺ reused" in told["lcr"]
    assert "stored" not in told["lcr"]


def test_a_variant_shows_its_rule_in_words(banks: ImpactAnalysis, html_of: HtmlOf) -> None:
    page = html_of(banks["less_stable_plus_5"].result().show().html)
    assert "adjustment" in page.one("footer").text
    (told,) = [i.text for i in page.one("ol").all("li") if i.text.startswith("adj_prepare")]
    assert "where row = 4: add 0.05 to rate_change" in told


def test_a_picture_is_saved_as_a_page(tmp_path: Path) -> None:
    picture = DIAMOND.show()
    assert picture.save(tmp_path / "graph.html").read_text("utf-8") == picture.html
