"""Which lifts are meant: ticked in the register, all of a use unit, or typed as numbers that stand on lift
and
papers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import or_

from equipment.contracts.queries import MAINTAINED
from equipment.contracts.rules import MAINTAINED as MAINTAINED_STATUSES
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import in_scope, visible
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve_own
from equipment.register.rules import Outcome
from equipment.storage.db import session

MOST_CODES = 500
NAMED = 8  # numbers that a refusal names one by one


@dataclass(slots=True)
class ChosenLifts:
    """The lifts by id, and what whoever typed a number may call one that he does not see yet: that number."""

    ids: list[UUID] = field(default_factory=list)
    names: dict[UUID, str] = field(default_factory=dict)


def chosen_lifts(
    viewer: Viewer,
    *,
    ids: Sequence[UUID] = (),
    unit_id: UUID | None = None,
    whole_unit: bool = False,
    codes: str = "",
) -> ChosenLifts:
    """All that were chosen, each once; Invalid names every number that leads to no lift."""
    chosen = ChosenLifts([piece.id for piece in pieces(viewer, ids)] if ids else [])
    if whole_unit and unit_id is not None:
        chosen.ids += _of_unit(viewer, unit_id)
    _read(viewer, codes, chosen)
    chosen.ids = list(dict.fromkeys(chosen.ids))
    return chosen


def _of_unit(viewer: Viewer, unit_id: UUID) -> list[UUID]:
    """Its lifts that the viewer sees, and those that no firm is on file for."""
    lifts = visible(SYSTEM, Equipment).where(
        Equipment.category.in_(MAINTAINED),
        Equipment.status.in_(MAINTAINED_STATUSES),
        Equipment.use_unit_id == unit_id,
        or_(in_scope(viewer, Equipment), Equipment.maintenance_firm_id.is_(None)),
    )
    return list(
        session.scalars(lifts.with_only_columns(Equipment.id).order_by(Equipment.address, Equipment.id))
    )


def _read(viewer: Viewer, codes: str, chosen: ChosenLifts) -> None:
    typed = list(dict.fromkeys(filter(None, map(str.strip, codes.splitlines()))))
    if len(typed) > MOST_CODES:
        raise Invalid({"codes": Message(N_("At most %(most)d numbers at once."), {"most": MOST_CODES})})
    problems: list[Message] = []
    for text in typed:
        resolved = resolve_own(viewer, parse(text))
        if resolved.outcome is Outcome.FOUND and resolved.equipment_id is not None:
            chosen.ids.append(resolved.equipment_id)
            chosen.names[resolved.equipment_id] = text
            continue
        several = resolved.outcome is Outcome.AMBIGUOUS
        wording = (
            N_("%(number)s: several pieces carry it") if several else N_("%(number)s: no lift carries it")
        )
        problems.append(Message(wording, {"number": text}))
    if problems:
        named: dict[str, Message | str] = {
            f"codes{place or ''}": one for place, one in enumerate(problems[:NAMED])
        }
        if len(problems) > NAMED:
            more = N_("and %(number)d more numbers that lead to no lift")
            named["more"] = Message(more, {"number": len(problems) - NAMED})
        raise Invalid(named)
    seen = {piece.id for piece in pieces(viewer, chosen.names)}
    chosen.names = {key: text for key, text in chosen.names.items() if key not in seen}
