"""Submissions, approvals, and the proof that what is published is what was approved."""

from liqbench.governance.evidence import Evidence, evidence_of
from liqbench.governance.process import SUBMISSION, Approval, ApprovalProcess, Submission

__all__ = ["SUBMISSION", "Approval", "ApprovalProcess", "Evidence", "Submission", "evidence_of"]
