"""One cell of the benchmark: all ways on one number of deals and of scenarios, then the ratios.

From ``OWN_PROCESS`` deals on, every way runs in a process of its own, one after another: none
profits from what another compiled or cached, and each has its own peak memory. (Only storing a
stage comes behind the baseline in the same process.) Below that, where only the ways' equality
matters, those of liqbench share one.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from typing import Any

from benchmarks.answers import check_equal
from benchmarks.ways import FEW, OF_DUCKDB, Job, Measured, measured

OWN_PROCESS = 50_000
_TIMES = "_s"


def measure(
    ways: Sequence[str], job: Job, *, tell: Callable[[str], object] = print
) -> dict[str, Any]:
    """Return seconds by key, peak memory in MiB, ratios, and what they were measured on.

    ``peak_rss_mb`` is the largest of liqbench's ways, ``peak_rss_mb_by`` has that of each.
    ``tell`` gets a line whenever a process is done. Raises ``DifferentResultsError`` where two
    ways differ in any digit; then there is no result.
    """
    for few in (True, False):
        job.dag(few=few)
    found: dict[str, Measured] = {}
    for name, own in _groups(ways, job.deals):
        found[name] = _in_own_process(own, job)
        told = ", ".join(f"{key} {value:,.2f}" for key, value in found[name].numbers.items())
        tell(f"{job.deals:,} × {job.scenarios}: {told}; not compared yet")
    check_equal({way: own for each in found.values() for way, own in each.answers.items()})
    peaks = {name: _peak(name, each) for name, each in found.items()}
    largest = [max(each.peaks_mb.values()) for name, each in found.items() if name not in OF_DUCKDB]
    numbers = {key: value for each in found.values() for key, value in each.numbers.items()}
    return {
        "deals": job.deals,
        "scenarios": job.scenarios,
        **numbers,
        "peak_rss_mb": max(largest, default=0.0),
        "peak_rss_mb_by": peaks,
        "ratios": ratios(numbers),
        "machine": _machine(job),
    }


def _groups(ways: Sequence[str], deals: int) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the ways that share a process, with the process's name."""
    together = [] if deals >= OWN_PROCESS else [way for way in ways if way not in OF_DUCKDB]
    if together:
        yield "liqbench", together
    for way in ways:
        if way == "baseline" and not together and "store" in ways:
            yield way, [way, "store"]
        elif way not in together and not (way == "store" and "baseline" in ways):
            yield way, [way]


def _peak(name: str, found: Measured) -> float:
    """Return a process's peak: up to the end of the way it is called after, or of all of them."""
    return found.peaks_mb.get(name, max(found.peaks_mb.values()))


def _in_own_process(ways: Sequence[str], job: Job) -> Measured:
    """Measure some ways in a process that is started for them and ends with them."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measured, tuple(ways), job).result()


def ratios(numbers: Mapping[str, float]) -> dict[str, float]:
    """Return each time as a multiple of the baseline's and of the cube's."""
    found: dict[str, float] = {}
    for below in ("baseline", "cube"):
        unit = numbers.get(below + _TIMES)
        for key, value in numbers.items():
            way = key.removesuffix(_TIMES)
            if unit and key.endswith(_TIMES) and way != below:
                found[f"{way}/{below}"] = value / unit
    return found


def _machine(job: Job) -> dict[str, Any]:
    """Return what a time depends on. Other load is the machine's load average of five minutes."""
    return {
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[1], 2),
        "driver_memory": job.driver_memory,
        "warm_up_deals": FEW,
        "python": platform.python_version(),
        **{name: version(name) for name in ("pyspark", "duckdb", "liqbench")},
    }
