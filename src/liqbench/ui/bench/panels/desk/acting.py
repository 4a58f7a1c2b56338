"""In whose name the steps on the screen are taken."""

from __future__ import annotations

from typing import Any

from liqbench.errors import IdentityError, LiqbenchError
from liqbench.ui.bench.wire import error_to_wire
from liqbench.workbench import Workbench


class Acting:
    """The person of the workbench's identity or, where every call names her, who she says she is.

    All that she does on the screen is done in this name, by the rules of the process; a key, not a
    name, proves who it was.
    """

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._said = ""

    def become(self, person: str) -> None:
        """Act as a person. Raises ``IdentityError`` where the workbench's identity is another."""
        if person.strip():
            self._workbench.whoami(person.strip())
        self._said = person.strip()

    @property
    def named(self) -> str | None:
        """Whom calls name: nobody where the workbench knows who acts."""
        return self._said or None

    @property
    def unnamed(self) -> bool:
        """Tell whether nobody was named yet where every call names the person."""
        return not self._said and not self._workbench.whoami().person

    def by(self) -> str | None:
        """Return whom calls name. Raises ``IdentityError`` where nobody was named yet."""
        if self.unnamed:
            raise nobody()
        return self.named

    def state(self) -> dict[str, Any]:
        """Return who acts, where the name comes from, and whose keys count."""
        try:
            who = self._workbench.whoami(self.named)
        except LiqbenchError as error:
            return {"person": self._said, "fault": error_to_wire(error)}
        return {
            "person": who.person,
            "provider": who.provider,
            "trust": who.trust,
            "key": who.key_id,
        }


def nobody() -> IdentityError:
    """Return why nothing can be done before somebody is named."""
    return IdentityError(
        "nobody is named yet in whose name this is done", hint="write your name at “You act as”"
    )
