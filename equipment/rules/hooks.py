"""What lies to the right of rules and answers for packs that are no category's: whether a value makes sense,
what it would move, and what follows once it is set."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from equipment.core.followers import Provider
from equipment.rules.proposals import Proposal
from equipment.tasks.makers import Progress


def _fits(_category: str, _key: str, _value: object, _since: date) -> None:
    """Any value does where nobody looks at it."""


def _not_asked(_proposal: Proposal, _progress: Progress) -> None:
    return None


# (category, key, value, since) -> Invalid where the pack makes no sense with it
value_checked = Provider[[str, str, object, date], None](_fits)
# what a value would move, as figures of the preview; None where days of pieces are what moves
effect_beside = Provider[[Proposal, Progress], Mapping[str, object] | None](_not_asked)
# what follows from a value that was set; None where the plan of pieces follows
follow_beside = Provider[[Proposal, Progress], Mapping[str, object] | None](_not_asked)
