"""The tests of the stand-in itself."""

from __future__ import annotations

from tests.redshift.fixtures import redshift

__all__ = ["redshift"]
