"""Submissions, approvals, and the proof that what is published is what was approved."""

from liqbench.governance.attachments import Attached, attached_to
from liqbench.governance.audit import AuditLog, Entry, Head
from liqbench.governance.errors import EvidenceFileError
from liqbench.governance.evidence import Evidence, evidence_of
from liqbench.governance.foresight import (
    Actor,
    actor_of,
    against_approving,
    against_publishing,
    against_rejecting,
    against_submitting,
)
from liqbench.governance.given import GIVEN, check_name, given_files
from liqbench.governance.history import Published, published_of
from liqbench.governance.process import ApprovalProcess
from liqbench.governance.publisher import (
    APPROVAL,
    SUBMISSION,
    Clearance,
    Destination,
    Publisher,
)
from liqbench.governance.review import Review
from liqbench.governance.settings import GovernanceSettings
from liqbench.governance.signatures import Approval, Rejection, Submission
from liqbench.governance.story import Story, story_of
from liqbench.governance.trust import TrustList, TrustSettings
from liqbench.governance.withdrawals import Withdrawal, Withdrawals, Withdrawn

__all__ = [
    "APPROVAL",
    "GIVEN",
    "SUBMISSION",
    "Actor",
    "Approval",
    "ApprovalProcess",
    "Attached",
    "AuditLog",
    "Clearance",
    "Destination",
    "Entry",
    "Evidence",
    "EvidenceFileError",
    "GovernanceSettings",
    "Head",
    "Published",
    "Publisher",
    "Rejection",
    "Review",
    "Story",
    "Submission",
    "TrustList",
    "TrustSettings",
    "Withdrawal",
    "Withdrawals",
    "Withdrawn",
    "actor_of",
    "against_approving",
    "against_publishing",
    "against_rejecting",
    "against_submitting",
    "attached_to",
    "check_name",
    "evidence_of",
    "given_files",
    "published_of",
    "story_of",
]
