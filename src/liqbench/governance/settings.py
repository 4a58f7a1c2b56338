"""How a bench governs: who acts, whose signature counts, how long an approval holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field

from liqbench.errors import SettingError
from liqbench.governance.identity import Provider
from liqbench.governance.keys import KeyFolder, keys_folder
from liqbench.governance.trust import ListedTrust, LocalTrust, Trust, TrustSettings
from liqbench.model._values import FrozenModel


class GovernanceSettings(FrozenModel):
    """The default works out of the box: named persons, and keys in the workspace.

    ``identity`` is where the acting person's name comes from: ``explicit`` (``by=``),
    ``jupyterhub`` or ``os``. With ``trust``, approvals count only from keys on that list, and each
    user's own key is read from ``keys`` (default: ``$LIQBENCH_KEYS``, or ``liqbench/keys`` in the
    user's configuration). ``approval_days`` is how long an approval may be published.
    """

    identity: Provider = "explicit"
    trust: TrustSettings | None = None
    keys: Path | None = None
    approval_days: int = Field(default=30, ge=1)

    @property
    def valid_for(self) -> timedelta:
        """How long an approval may be published."""
        return timedelta(days=self.approval_days)

    def trust_in(self, workspace: Path) -> Trust:
        """Return whose keys count in a workspace. Raises ``SettingError``."""
        if self.trust is None:
            return LocalTrust(KeyFolder(workspace / "keys", lambda: None))
        folder = (self.keys or keys_folder()).expanduser().resolve()
        if folder.is_relative_to(workspace.resolve()):
            raise SettingError(
                f"the keys are inside the workspace: {folder}",
                hint="keep them where only their owner reads: set keys, or LIQBENCH_KEYS",
            )
        return ListedTrust(self.trust, KeyFolder(folder))
