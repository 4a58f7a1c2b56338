"""The statements of the ledger, which says what was published, and of withdrawals."""

from __future__ import annotations

from liqbench.warehouse.facts import add_row
from liqbench.warehouse.tables import LEDGER, WITHDRAWAL

# Taken first and alone: a snapshot that is older than the lock would not see what it waited for.
# Nobody reads this table, so nobody waits but publishers.
LOCK = "LOCK TABLE lq_mutex"
FIND = "SELECT content_sha, published_at FROM lq_ledger WHERE publish_id = %s"
LAST = "SELECT MAX(published_at) FROM lq_ledger"
ADD = add_row(LEDGER)
FIND_WITHDRAWAL = (
    "SELECT withdrawn_at, withdrawn_by, reason FROM lq_withdrawal WHERE publish_id = %s"
)
WITHDRAW = add_row(WITHDRAWAL)
