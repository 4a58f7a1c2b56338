"""The operators there are: ours and those of other packages, found by entry point."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points

from liqbench.errors import OperatorParameterError, UnknownOperatorError, did_you_mean
from liqbench.model import OperatorConfig
from liqbench.model._documents import parse
from liqbench.operators.base import Operator

GROUP = "liqbench.operators"


@lru_cache
def operator_types() -> Mapping[str, type[Operator]]:
    """Return all operator classes by type. Raises ``UnknownOperatorError`` for a broken one."""
    found: dict[str, type[Operator]] = {}
    for entry in entry_points(group=GROUP):
        try:
            loaded = entry.load()
        except (ImportError, AttributeError) as error:
            raise UnknownOperatorError(
                f"the operator type {entry.name!r} can't be loaded from {entry.value}: {error}",
                hint="reinstall the package that brings it",
            ) from error
        if not (isinstance(loaded, type) and issubclass(loaded, Operator)):
            raise UnknownOperatorError(f"{entry.value} is no operator", where=GROUP)
        found[entry.name] = loaded
    return found


def make_operator(config: OperatorConfig) -> Operator:
    """Return the operator of a config.

    Raises ``UnknownOperatorError`` for its type, ``OperatorParameterError`` with all that is
    wrong in its parameters.
    """
    types = operator_types()
    if config.operator_type not in types:
        raise UnknownOperatorError(
            f"there is no operator type {config.operator_type!r}",
            hint=did_you_mean(config.operator_type, types),
        )
    operator = types[config.operator_type]
    return parse(operator, config.parameters, where="parameters", error=OperatorParameterError)
