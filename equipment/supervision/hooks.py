"""What lies to the right of supervision and is asked by it: which units may be key units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from equipment.core.followers import Provider
from equipment.core.words import Message
from equipment.people.rules import Viewer


class KeyUnitProposal(NamedTuple):
    """A unit that may belong on the list of key units, and why; the bureau decides."""

    id: UUID
    name: str
    area: str
    reasons: Sequence[Message]


def _nobody(_viewer: Viewer, _on: date) -> Sequence[KeyUnitProposal]:
    return ()


proposed_key_units = Provider[[Viewer, date], Sequence[KeyUnitProposal]](_nobody)
