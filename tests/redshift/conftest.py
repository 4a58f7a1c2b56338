"""The tests of the stand-in itself."""

from __future__ import annotations

from tests.redshift.fixtures import redshift, servers

__all__ = ["redshift", "servers"]
