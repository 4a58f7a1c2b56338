"""Reading models from JSON, with pydantic's findings told in one sentence each."""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, Tag, ValidationError
from pydantic_core import ErrorDetails

from liqbench.errors import DocumentError, LiqbenchError, did_you_mean
from liqbench.model._values import read_json

Model = TypeVar("Model", bound=BaseModel)


def sentences(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Return one sentence per finding: the place in the document, then what is wrong there."""
    found = []
    items = error.errors()
    for item in items:
        loc = item["loc"]
        deeper = (other["loc"] for other in items if other is not item)
        if item["type"] == "too_short" and any(other[: len(loc)] == loc for other in deeper):
            continue  # it is short only because its faulty items, told on their own, are gone
        place = ".".join(str(part) for part in loc if not str(part).startswith("<"))
        message = _message(item, model)
        found.append(f"{place}: {message}" if place else message)
    return found


def _message(item: ErrorDetails, model: type[BaseModel]) -> str:
    loc, given = item["loc"], item["input"]
    match item["type"]:
        case "extra_forbidden":
            known = _model_at(loc[:-1], model).model_fields
            return f"is not known here ({did_you_mean(str(loc[-1]), known)})"
        case "missing":
            return "is missing"
        case "literal_error":
            words = re.findall(r"'([^']+)'", item["ctx"]["expected"])
            return f"{given!r} is not known here ({did_you_mean(str(given), words)})"
        case "string_too_short" | "too_short" if not given:
            return "is empty"
        case _:
            return item["msg"].removeprefix("Value error, ")


def _model_at(loc: Sequence[int | str], model: type[BaseModel]) -> type[BaseModel]:
    """Return the model that a place in a document belongs to."""
    tagged: dict[str, type[BaseModel]] = {}
    for part in map(str, loc):
        if part in model.model_fields:
            tagged = dict(_models_in(model.model_fields[part].annotation))
            part = ""  # noqa: PLW2901 - the one model of a field without alternatives
        model = tagged.get(part, model)
    return model


def _models_in(annotation: Any, tag: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield the models in an annotation, each with its tag in a union of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield tag, annotation
    args = get_args(annotation)
    own = next((arg.tag for arg in args if isinstance(arg, Tag)), tag)
    for arg in args:
        yield from _models_in(arg, own)


def parse(
    model: type[Model],
    value: Any,
    *,
    where: str,
    error: type[LiqbenchError] = DocumentError,
) -> Model:
    """Build the model from JSON-like data; all that is wrong with it comes in one ``error``."""
    if not isinstance(value, Mapping | BaseModel):
        raise error(f"an object is needed, not {type(value).__name__}", where=where)
    try:
        return model.model_validate(value)
    except ValidationError as invalid:
        raise error("; ".join(sentences(invalid, model)), where=where) from None


def load_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file with exact numbers. Raises ``DocumentError`` naming the file."""
    file = Path(path)
    return read_json(read_text(file), where=str(file))


def read_text(
    file: Path, *, error: type[LiqbenchError] = DocumentError, siblings: str = "*"
) -> str:
    """Return a file's text. Raises ``error`` naming the file, or its nearest ``siblings``."""
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        there = file.parent.glob(siblings) if file.parent.is_dir() else ()
        raise error(
            f"there is no file {file.name!r} in {file.parent}",
            hint=did_you_mean(file.name, (entry.name for entry in there)),
        ) from None
    except (OSError, UnicodeDecodeError) as fault:
        raise error(f"can't be read: {fault}", where=str(file)) from fault


def write_text(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text file whole or not at all."""
    return write_bytes(path, text.encode())


def write_bytes(path: str | os.PathLike[str], data: bytes, *, replace: bool = True) -> Path:
    """Write a file whole or not at all: beside its place first, then renamed.

    Without ``replace``, raises ``FileExistsError`` where there is one already.
    """
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("xb") as stream:
            stream.write(data)
        if replace:
            beside.replace(file)
        else:
            os.link(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    return file
