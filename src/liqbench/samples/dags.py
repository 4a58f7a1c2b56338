"""Example DAGs and scenarios: published LIQ1 tables, and an invented group's deals."""

from __future__ import annotations

import os
from datetime import date
from importlib.resources import files
from pathlib import Path

from liqbench.model import Dag, Scenario, load_scenarios
from liqbench.samples.deals import GENERATOR_VERSIONS, write_deals

_AS_OF = date(2025, 12, 31)


def cache_folder() -> Path:
    """Return where samples are kept between runs: ``$LIQBENCH_CACHE`` or the user's cache."""
    given = os.environ.get("LIQBENCH_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(given) if given else Path(home) / "liqbench"


def lcr_dag(
    deals: int = 10_000, *, seed: int = 7, folder: str | os.PathLike[str] | None = None
) -> Dag:
    """Return the LCR of an invented banking group from ``deals`` deals at 2025-12-31.

    The deals are written to ``folder`` (default: a folder of the cache) unless they are there
    already. Eight operators: ingest, enrich, calc_base, calc_haircut, agg_entity, calc_final,
    agg_final (the LCR per entity) and star_schema. Raises ``SampleError``.
    """
    place = Path(folder) if folder else cache_folder() / "samples" / f"deals-{deals}-{seed}"
    write_deals(place, deals=deals, seed=seed, as_of=_AS_OF)
    return Dag.load(_data("lcr.liqdag.json")).at_folder(place)


def lcr_nsfr_dag(
    deals: int = 10_000, *, seed: int = 7, folder: str | os.PathLike[str] | None = None
) -> Dag:
    """Return LCR and NSFR of an invented banking group from the deals of its balance sheet.

    The deals are written to ``folder`` (default: a folder of the cache) unless they are there
    already. From ingest to ``classify`` single deals and their parts; ``agg_entity`` sums them by
    entity, currency and categories, ``weigh`` gives the weights; ``lcr`` and ``nsfr`` are the
    ratios per entity, ``lcr_group`` and ``nsfr_group`` those of the group without what its
    entities owe each other, ``lcr_currency`` the group's LCR by currency, ``currencies`` which of
    them are significant. Raises ``SampleError``.
    """
    name = f"balance-sheet-{GENERATOR_VERSIONS['balance_sheet']}-{deals}-{seed}"
    place = Path(folder) if folder else cache_folder() / "samples" / name
    write_deals(place, deals=deals, seed=seed, as_of=_AS_OF, portfolio="balance_sheet")
    return Dag.load(_data("lcr_nsfr.liqdag.json")).at_folder(place)


def disclosure_dag() -> Dag:
    """Return the LCR of real banks from their published LIQ1 tables.

    One row of ``lcr`` per bank and reference date, in the bank's own unit.
    """
    return Dag.load(_data("disclosures.liqdag.json"))


def templates() -> dict[str, Dag]:
    """Return parts of the LCR of deals that are often wanted, by name."""
    dag = Dag.load(_data("lcr.liqdag.json"))
    wanted = {
        "Amount, weight and haircut": (
            "From deals with codes and weights to the weighted amount",
            ("calc_base", "calc_haircut"),
        ),
        "LCR per entity, as a star schema": (
            "From weighted deals to the LCR per entity and the tables that a report reads",
            ("agg_entity", "calc_final", "agg_final", "star_schema"),
        ),
    }
    return {
        name: Dag(
            name=name,
            description=words,
            operators=tuple(
                each.model_copy(update={"inputs": tuple(n for n in each.inputs if n in kept)})
                for each in dag.operators
                if each.operator_id in kept
            ),
        )
        for name, (words, kept) in wanted.items()
    }


def lcr_scenarios() -> tuple[Scenario, ...]:
    """Return conservative, baseline and optimistic for ``lcr_dag``.

    Each has rules for the injection points enrich, calc_base and agg_entity.
    """
    return load_scenarios(_data("lcr.liqscenarios.json"))


def disclosure_scenarios() -> tuple[Scenario, ...]:
    """Return what-ifs for ``disclosure_dag``, among them less stable deposits +5 points."""
    return load_scenarios(_data("disclosures.liqscenarios.json"))


def stress_scenarios() -> tuple[Scenario, ...]:
    """Return stress scenarios for ``lcr_nsfr_dag``, each with its paragraphs.

    Every rule names its stage, so they run without injection points.
    """
    return load_scenarios(_data("stress.liqscenarios.json"))


def _data(name: str) -> Path:
    return Path(str(files("liqbench") / "samples" / "data" / name))
