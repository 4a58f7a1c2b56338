"""The workbench with its screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from importlib import import_module
from typing import Any

from liqbench.errors import DocumentError
from liqbench.model import Dag, Scenario, as_date
from liqbench.ui.bench import PANELS, Bench, Draft
from liqbench.workbench import Workbench as WithoutScreen


class Workbench(WithoutScreen):
    """A workspace, a Spark session that starts when it is needed, targets, and the bench.

    See ``liqbench.workbench.Workbench`` for what it is made with.
    """

    @cached_property
    def _benches(self) -> dict[str, Bench]:
        return {}

    def show(
        self,
        dag: Dag | None = None,
        scenarios: Sequence[Scenario] = (),
        *,
        as_of: date | str | None = None,
        injection_points: Sequence[str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        name: str = "bench",
    ) -> Any:
        """Open the bench: compose, ask, run, compare, trace, approve and publish on one screen.

        Its draft is stored in the workspace as she works, under ``name``; opened again, also
        with the same ``dag``, ``scenarios`` and ``as_of``, it goes on where it was. With others it
        begins anew, and the old draft is kept. Two screens of one name show the same bench.
        Raises ``DocumentError`` for a name that can't be a file's, or a DAG without ``as_of``.
        """
        if name not in self._benches or dag is not None:
            self._benches[name] = Bench(
                self,
                PANELS,
                name=name,
                given=_given(dag, scenarios, as_of, injection_points),
                inputs=inputs,
            )
        return import_module("liqbench.ui.bench.widget").BenchWidget(self._benches[name])


def _given(
    dag: Dag | None,
    scenarios: Sequence[Scenario],
    as_of: date | str | None,
    points: Sequence[str] | None,
) -> Draft | None:
    if dag is None:
        return None
    if as_of is None:
        raise DocumentError("a bench with a DAG needs a day", hint="give as_of='2025-12-31'")
    return Draft.begun(dag, as_date(as_of), scenarios, points or ())
