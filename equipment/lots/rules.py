"""Whether a bottle goes into a lot, and which inspection bodies may take it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from equipment.core.words import N_, Message
from equipment.register.rules import EquipmentStatus
from equipment.regulation.cylinder_details import VARIETY_ALIASES

GONE = frozenset({EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED, EquipmentStatus.MOVED_OUT})


@dataclass(frozen=True, slots=True)
class Candidate:
    """What decides whether a bottle may go into a lot: `parties` are its owner and its use unit, `lot_number`
    is that of the open lot in which it is already."""

    status: EquipmentStatus
    is_filled: bool
    parties: frozenset[UUID]
    variety: str = ""
    lot_number: str = ""


@dataclass(frozen=True, slots=True)
class BodyApproval:
    """What the approvals on file of an inspection body cover on a day; None while none is on file."""

    body_id: UUID
    name: str
    covers: frozenset[str] | None

    @property
    def is_on_file(self) -> bool:
        return self.covers is not None

    def covers_variety(self, variety: str, category: str) -> bool:
        """An approval that names nothing holds for all; a body without a paper on file is not known not to be
        approved."""
        if not self.covers:
            return self.covers is None or not len(self.covers)
        names = {category, variety.upper(), *VARIETY_ALIASES.get(variety, ())}
        return bool(names & self.covers)


def packing_problem(bottle: Candidate, approval: BodyApproval, category: str, by: UUID) -> Message | None:
    """Why this bottle does not go into a lot to this body; None when it does."""
    if by not in bottle.parties:
        return Message(N_("It is not a bottle of your organisation."))
    if not bottle.is_filled:
        return Message(N_("Only gas cylinders go to inspection in lots."))
    if bottle.status in GONE:
        return Message(N_("It is %(status)s on file."), {"status": bottle.status.label})
    if bottle.lot_number:
        return Message(N_("It is in lot %(number)s already."), {"number": bottle.lot_number})
    if not approval.covers_variety(bottle.variety, category):
        return Message(
            N_("%(body)s has no approval on file for this variety: choose another body."),
            {"body": approval.name},
        )
    return None


def approvals_by_body(
    names: Mapping[UUID, str], papers: Iterable[tuple[UUID, Collection[str]]]
) -> tuple[BodyApproval, ...]:
    """Each body with what its running papers cover; one paper that names nothing covers everything."""
    by_body: dict[UUID, list[Collection[str]]] = {}
    for body, covers in papers:
        by_body.setdefault(body, []).append(covers)

    def together(body: UUID) -> frozenset[str] | None:
        if body not in by_body:
            return None
        return frozenset() if not all(by_body[body]) else frozenset().union(*by_body[body])

    return tuple(BodyApproval(body, name, together(body)) for body, name in names.items())
