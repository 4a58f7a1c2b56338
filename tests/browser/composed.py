"""The LCR of deals composed from an empty canvas, by mouse or by keyboard alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tests.browser.hands import Hands


def compose(hands: Hands, wanted: Mapping[str, Any]) -> None:
    """Compose a DAG like the wanted one, operator by operator."""
    for operator in wanted["operators"]:
        kind, name = operator["operator_type"], operator["operator_id"]
        hands.add(kind)
        if name != kind:
            hands.write("Name", name)
        FILL[kind](hands, operator["parameters"])


def ingest(hands: Hands, parameters: Mapping[str, Any]) -> None:
    hands.choose("Format", "parquet")
    hands.write("Path", "data/deals")
    hands.pick("Key", *parameters["key"])
    hands.press("Take all")


def enrich(hands: Hands, parameters: Mapping[str, Any]) -> None:
    for reference in parameters["references"]:
        source = reference["source"]
        hands.press("Add reference")
        hands.write("Name", reference["name"])
        hands.press("Add source")
        hands.choose("Format", source["format"])
        if source["format"] == "parquet":
            hands.write("Path", f"data/{source['path']}")
        else:
            hands.write("Parameter set", source["name"])
        hands.pairs("On", "join", reference["on"])
        hands.pairs("Fields", "field", reference["fields"])


def calculate(hands: Hands, parameters: Mapping[str, Any]) -> None:
    for step in parameters["expressions"]:
        hands.press("Add expression")
        hands.write("Name", step["name"])
        hands.write("Expression", step["expression"])
        if "type" in step:
            hands.write("Type", step["type"])


def aggregate(hands: Hands, parameters: Mapping[str, Any]) -> None:
    hands.pick("Group by", *parameters["group_by"])
    for measure in parameters["measures"]:
        hands.press("Add measure")
        hands.write("Name", measure["name"])
        hands.choose("Function", measure["function"])
        if "field" in measure:
            hands.write("Field", measure["field"])


def lcr(hands: Hands, parameters: Mapping[str, Any]) -> None:
    hands.pick("Group by", *parameters["group_by"])
    hands.write("Category", parameters["category"])
    hands.write("Weighted", parameters["weighted"])


def star_schema(hands: Hands, parameters: Mapping[str, Any]) -> None:
    hands.write("Fact", parameters["fact"])
    hands.write("Date", parameters["date"])
    for dimension in parameters["dimensions"]:
        hands.press("Add dimension")
        hands.write("Name", dimension["name"])
        hands.write("Key", dimension["key"])
        hands.pick("Attributes", *dimension["attributes"])
        hands.pick("Hierarchy", *dimension["hierarchy"])
    for measure in parameters["measures"]:
        hands.press("Add measure")
        hands.write("Field", measure["field"])
        hands.write("Type", measure["type"])
        shown = measure["aggregation"]
        if isinstance(shown, str):
            hands.choose("Aggregation", shown)
        else:
            hands.choose("Kind", "Quotient")
            hands.write("Numerator", shown["numerator"])
            hands.write("Denominator", shown["denominator"])


FILL = {
    "ingest": ingest,
    "enrich": enrich,
    "calculate": calculate,
    "aggregate": aggregate,
    "lcr": lcr,
    "star_schema": star_schema,
}


def comparable(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the operators without texts, and without the declared fields of a source."""
    found = []
    for operator in document["operators"]:
        own = {name: value for name, value in operator.items() if name != "description"}
        if own["operator_type"] == "ingest":
            rest = {name: each for name, each in own["parameters"].items() if name != "fields"}
            own["parameters"] = rest
        found.append(own)
    text = json.dumps(found).replace('"data/', '"')
    compared: list[dict[str, Any]] = json.loads(text)
    return compared
