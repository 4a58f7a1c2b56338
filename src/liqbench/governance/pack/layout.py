"""The files of an evidence pack, and which of them follow from others.

Only what was signed or chained is free in a pack. All else follows from it: what is attached has
its digest in the evidence document, the DAGs and rules are parts of that document, and the
manifest is the list of all files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from liqbench.governance.rules import rules_of
from liqbench.model.dag import SUFFIX

SCHEMA, AUDIT_SCHEMA = "liqpack/1", "liqaudit/1"
MANIFEST, EVIDENCE, AUDIT = "manifest.json", "evidence.json", "audit.json"
SUBMISSION, APPROVAL = "submission.json", "approval.json"
AUTHOR_KEY, APPROVER_KEY = "keys/author.pub.json", "keys/approver.pub.json"
SIDES = ("baseline", "adjusted")


def derived_files(document: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the files that are parts of the evidence document, to be read by themselves."""
    versions = {"liqbench": document["liqbench"], **document.get("versions", {})}
    return {
        **{f"dag/{side}{SUFFIX}": _readable(document[side]["dag"]) for side in SIDES},
        "rules.json": _readable([rule.to_json() for rule in rules_of(document)]),
        "versions.json": _readable(versions),
    }


def manifest_of(
    files: Mapping[str, bytes], approval_id: str, document: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the manifest of all files but itself."""
    return {
        "schema": SCHEMA,
        "approval": approval_id,
        "files": {
            name: {"sha256": sha256(data).hexdigest(), "size": len(data)}
            for name, data in files.items()
            if name != MANIFEST
        },
        "absent": document.get("absent", {}),
    }


def _readable(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n").encode()
