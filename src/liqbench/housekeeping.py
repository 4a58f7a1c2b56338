"""What a bench holds, how its parts do, and what of it can go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pandas as pd

from liqbench.governance import SUBMISSION, ApprovalProcess
from liqbench.store import Leftover, Workspace, leftovers, size_of

RUN = "run"
DONE, FAILED, CANCELLED, CLEANED = "done", "failed", "cancelled", "cleaned"
_MB = 1 << 20


def clean(
    workspace: Workspace, *, dry_run: bool, unused_for: timedelta, runs_before: date | None
) -> pd.DataFrame:
    """Remove what no run, submission or publication refers to; return it, a row each.

    With ``runs_before``, runs of earlier days keep nothing any more unless they were submitted;
    they stay in the history as cleaned. With ``dry_run`` nothing is removed or marked.
    """
    submitted = _submitted(workspace)
    referred = set(submitted)
    given_up = []
    for item in workspace.records.list(RUN):
        prints = set(item["body"].get("fingerprints", {}).values())
        old = runs_before is not None and item["created_at"].date() < runs_before
        if item["state"] == DONE and old and not prints & submitted:
            given_up.append(item["id"])
        elif item["state"] == DONE:
            referred |= prints
    found = list(
        leftovers(
            workspace.stages, workspace.attachments, referred.__contains__, unused_for=unused_for
        )
    )
    if not dry_run:
        for run_id in given_up:
            workspace.records.move(run_id, expected=DONE, state=CLEANED)
        for leftover in found:
            leftover.remove()
    return pd.DataFrame(
        [_row(leftover, removed=not dry_run) for leftover in found],
        columns=["what", "name", "why", "mb", "removed"],
    )


def _row(leftover: Leftover, *, removed: bool) -> dict[str, object]:
    return {
        "what": leftover.what,
        "name": leftover.path.name.strip(".")[:12],
        "why": leftover.why,
        "mb": round(leftover.size / _MB, 3),
        "removed": removed,
    }


def _submitted(workspace: Workspace) -> set[str]:
    """Return the fingerprints of everything that was ever submitted, baselines too.

    Attachments are named by their digests.
    """
    found = set()
    for item in workspace.records.list(SUBMISSION):
        evidence = item["body"]["evidence"]
        for side in ("baseline", "adjusted"):
            found |= {stage["fingerprint"] for stage in evidence[side]["results"].values()}
        found |= {attached["sha256"] for attached in evidence.get("attachments", {}).values()}
    return found


def status(
    workspace: Workspace, session: tuple[str, str], persistence: str, process: ApprovalProcess
) -> pd.DataFrame:
    """Return how every part of a bench does: part, state, details."""
    rows = [("session", *session), *_store(workspace), ("persistence", persistence, "")]
    rows.append(("trust", process.trust.kind, process.trust.source))
    return pd.DataFrame(rows, columns=["part", "state", "details"]).set_index("part")


def _store(workspace: Workspace) -> Iterator[tuple[str, str, str]]:
    stages = workspace.stages
    sizes = [size_of(folder) for folder in stages.folders()]
    yield "workspace", str(workspace.folder), f"{len(sizes)} stages, {sum(sizes) / _MB:,.1f} MB"
    yield "records", workspace.records.database.kind, workspace.records.database.address
    levels = {level.status().name: level.status() for level in stages.levels}
    for name in ("memory", "redis"):
        if name not in levels:
            yield name, "off", ""
            continue
        level = levels[name]
        more = [f"{key} {value}" for key, value in level.details.items()]
        yield name, level.state, ", ".join([f"{level.found} of {level.asked} found", *more])
    yield "shared stages", "off" if stages.remote is None else stages.remote.url, ""
    damages = stages.damages()
    names = ", ".join(damage.operator_id or damage.fingerprint[:12] for damage in damages)
    yield "damaged stages", str(len(damages)), names
    states = [item["state"] for item in workspace.records.list(RUN)]
    known = (DONE, FAILED, CANCELLED, CLEANED)
    counted = ", ".join(f"{states.count(state)} {state}" for state in known)
    yield "runs", str(len(states)), counted
