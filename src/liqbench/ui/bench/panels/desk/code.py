"""What is on the desk as calls of the public API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

from liqbench.ui.bench.bench import Bench
from liqbench.ui.bench.calls import analysis_code, call_of
from liqbench.ui.bench.code import shown

if TYPE_CHECKING:
    from liqbench.ui.bench.panels.desk.history import HistoryPanel
    from liqbench.ui.bench.panels.desk.panel import DeskPanel
    from liqbench.ui.bench.panels.desk.publishing import PublishingPanel


def desk_code(bench: Bench) -> str:
    """Return the calls that do what the view on the screen shows, and what is written there."""
    desk = cast("DeskPanel", bench.panels["desk"])
    views = {"submit": _submit, "inbox": _inbox, "history": _history}
    return "\n".join([*views[desk.view](bench, desk), ""])


def _submit(bench: Bench, desk: DeskPanel) -> Iterator[str]:
    if bench.analysis is None:
        return
    name = desk.variants.chosen
    yield analysis_code(bench.analysis, with_inputs=bool(bench.inputs))
    yield call_of("wb.why_not_submit", _Code(f"imp[{name!r}]"))
    if comment := desk.comment(name):
        files = [shown(path) for path in desk.evidence(name)]
        given = {"by": desk.acting.named, "comment": comment, "evidence": files or None}
        yield f"sub = {call_of('wb.submit', _Code(f'imp[{name!r}]'), **given)}"


def _inbox(bench: Bench, desk: DeskPanel) -> Iterator[str]:
    yield "wb.submissions()"
    submission = desk.papers and desk.papers.submission(desk.opened)
    if not submission:
        return
    by, publishing = desk.acting.named, cast("PublishingPanel", bench.panels["publishing"])
    yield f"review = {call_of('wb.review', submission.id)}"
    if submission.state == "submitted":
        yield call_of("wb.why_not_approve", submission.id, by=by)
        if comment := desk.forms.of(f"decide {submission.id}").get("comment"):
            given = {"comment": comment, "targets": desk.forms.targets(submission.id)}
            yield f"apr = {call_of('wb.approve', submission.id, by=by, **given)}"
    if publishing.approval:
        yield from _publish(publishing, by)


def _publish(publishing: PublishingPanel, by: str | None) -> Iterator[str]:
    approval, target = publishing.approval, publishing.target
    yield f"checks = {call_of('wb.target', target)}.doctor()"
    yield f"dry = {call_of('wb.publish', approval, target=target, by=by, dry_run=True)}"
    if publishing.rehearsed():
        yield f"receipt = {call_of('wb.publish', approval, target=target, by=by)}"
    yield call_of("wb.evidence", approval, f"evidence {approval}.zip")
    if publishing.published():
        yield call_of("wb.powerbi", "Liquidity", target)


def _history(bench: Bench, desk: DeskPanel) -> Iterator[str]:
    yield "published = wb.publications()"
    yield "head = wb.verify_log()"
    opened = cast("HistoryPanel", bench.panels["history"]).opened
    if opened:
        yield f"story = {call_of('wb.story', opened)}"
        if reason := desk.forms.of(f"withdraw {opened}").get("reason"):
            yield call_of("wb.withdraw", opened, reason=reason, by=desk.acting.named)


class _Code:
    """Something that is written as it stands."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text
