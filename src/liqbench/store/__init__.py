"""The workspace: its files and its records."""

from liqbench.store.records import Records
from liqbench.store.stages import StageStore
from liqbench.store.workspace import Workspace

__all__ = ["Records", "StageStore", "Workspace"]
