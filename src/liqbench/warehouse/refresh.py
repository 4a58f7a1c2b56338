"""Stored views after a publication: refreshed, or told that they are not; never undone for it."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from liqbench.errors import PublicationError
from liqbench.warehouse.connection import Connection, Warehouse
from liqbench.warehouse.dialect import quote
from liqbench.warehouse.errors import TargetUnreachableError
from liqbench.warehouse.reporting import is_stored_view

_LOG = logging.getLogger(__name__)


def refresh(connection: Connection, warehouse: Warehouse) -> Iterator[str]:
    """Refresh all stored views; yield, and log, what a reader of the receipt should know.

    What was published stays published whatever fails here. The warehouse refreshes them of itself
    some time, and the next publication tries again.
    """
    question = warehouse.stored_views()
    if question is None:
        return
    name = "which views have to be refreshed"
    try:
        for name in [row[0] for row in connection.fetch(*question) if is_stored_view(row[0])]:
            try:
                connection.execute(f"REFRESH MATERIALIZED VIEW {quote(name)}")
            except TargetUnreachableError:
                raise
            except PublicationError as error:
                yield _told(f"{name} was not refreshed", error)
    except PublicationError as error:
        yield _told(f"the refreshing of views ended at {name}", error)


def _told(what: str, error: PublicationError) -> str:
    text = f"{what}, so reports may show what was there before for a while: {error.what}"
    _LOG.warning(text)
    return text
