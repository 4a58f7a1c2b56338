"""The stand-in for Redshift, for the notebook that publishes to it."""

from __future__ import annotations

from tests.redshift.fixtures import redshift, servers

__all__ = ["redshift", "servers"]
