"""The workspace: its files and its records."""

from liqbench.store.attachments import Attachments
from liqbench.store.cleaning import Leftover, leftovers, size_of
from liqbench.store.discretion import quiet, without_frames
from liqbench.store.errors import DamagedAttachmentError
from liqbench.store.levels import Level, LevelStatus, MemoryLevel, RedisLevel
from liqbench.store.records import Records
from liqbench.store.remote import RemoteStages
from liqbench.store.schema import AUDIT
from liqbench.store.settings import StoreSettings
from liqbench.store.stages import BELONGS_TO, Damage, StageStore
from liqbench.store.workspace import Workspace, is_workspace

__all__ = [
    "AUDIT",
    "BELONGS_TO",
    "Attachments",
    "Damage",
    "DamagedAttachmentError",
    "Leftover",
    "Level",
    "LevelStatus",
    "MemoryLevel",
    "Records",
    "RedisLevel",
    "RemoteStages",
    "StageStore",
    "StoreSettings",
    "Workspace",
    "is_workspace",
    "leftovers",
    "quiet",
    "size_of",
    "without_frames",
]
