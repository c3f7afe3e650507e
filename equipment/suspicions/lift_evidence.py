"""The visits that a suspicion about lifts rests on, and the photos that look alike, for the bureau."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from sqlalchemy import or_

from equipment.files.models import Attachment
from equipment.maintenance.listing import ListedVisit, listed_visits
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import names_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.suspicions.lift_words import EXPLAINED
from equipment.suspicions.models import Suspicion


class LiftEvidence(TypedDict):
    """What the page of a suspicion about lifts shows beside its figures."""

    visits: list[ListedVisit]
    photos: list[Attachment]  # the newer one first
    person: str
    explained: str


def lift_evidence(suspicion: Suspicion) -> LiftEvidence:
    """The records are shown whole, also where one is another firm's: the suspicion is the bureau's."""
    visits = listed_visits(SYSTEM, visits_of(suspicion))
    person = suspicion.figures.get("person") or suspicion.figures.get("holder")
    name = names_of([str(person)]).get(UUID(str(person)), "") if person else ""
    return {
        "visits": visits,
        "photos": _photos(suspicion),
        "person": name,
        "explained": EXPLAINED[suspicion.kind],
    }


def visits_of(suspicion: Suspicion) -> Sequence[Visit]:
    """In the order of their beginning; those of the firm are found by it, another firm's by its lift."""
    keys = [UUID(key) for key in suspicion.records]
    lifts = _lifts(suspicion)
    where = Visit.organisation_id == suspicion.organisation_id
    rows = visible(SYSTEM, Visit).where(
        Visit.id.in_(keys), or_(where, Visit.equipment_id.in_(lifts)) if lifts else where
    )
    return session.scalars(rows.order_by(Visit.opened_at, Visit.id)).all()


def _lifts(suspicion: Suspicion) -> list[UUID]:
    named = (suspicion.figures.get(name) for name in ("lift", "earlier_lift"))
    return [UUID(str(key)) for key in named if key]


def _photos(suspicion: Suspicion) -> list[Attachment]:
    figures = suspicion.figures
    if "photo" not in figures:
        return []
    ids = [UUID(str(figures[name])) for name in ("photo", "earlier")]
    rows = visible(SYSTEM, Attachment).where(
        Attachment.equipment_id.in_(_lifts(suspicion)), Attachment.id.in_(ids)
    )
    return sorted(session.scalars(rows), key=lambda photo: photo.at, reverse=True)
