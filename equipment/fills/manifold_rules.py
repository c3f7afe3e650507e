"""What a bottle on a manifold (汇流排) is waiting for, and what still stands against its start. Pure."""

from __future__ import annotations

from typing import NamedTuple

from equipment.fills.states import FillState, Hook

MOST_BOTTLES = 120  # more hang on no manifold; it keeps one start and one end short
AGAINST_START = frozenset({Hook.RED, Hook.UNCHECKED})  # gas does not flow while one bottle stands so


class HookedBottle(NamedTuple):
    """One bottle that was scanned in, as its last scan left it: the state of its fill, None where no fill of
    this manifold stands behind the scan; `treated`: it was said what becomes of it."""

    state: FillState | None
    checked: bool = False
    treated: bool = False
    taken_off: bool = False


def hook_of(bottle: HookedBottle) -> Hook:
    """How this bottle stands. A refused one stays red until somebody has taken it off or said what becomes of
    it."""
    if bottle.taken_off or bottle.state in (FillState.VOID, FillState.NOT_FILLED):
        return Hook.OFF
    if bottle.state in (None, FillState.REFUSED):
        return Hook.OFF if bottle.treated else Hook.RED
    if bottle.state is FillState.OPEN:
        return Hook.READY if bottle.checked else Hook.UNCHECKED
    return Hook.ON
