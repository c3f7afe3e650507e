"""Colours as a viewer may see them: of pieces, of units, by colour, and how they changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, func, not_, or_

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Labelled, Message
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment, Facet
from equipment.register.search import matching
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.regulation.risk_numbers import RISK_KEY, RiskColour
from equipment.risks.facts import GRADED, table_on, whose
from equipment.risks.grading import PieceGrade, grades_of
from equipment.risks.models import HandGraded, Risk, RiskChange, UnitRisk
from equipment.risks.rules import REASON_NAMES, RiskReason
from equipment.storage.columns import Sorts
from equipment.storage.db import session
from equipment.supervision.hooks import KeyUnitProposal
from equipment.supervision.models import KeyUnit

JOB = "grade_risks"
NEW_DAYS = 7  # how long a change of colour counts as new on first pages
SORTS: Sorts = {
    "points": (Risk.points, Risk.equipment_id),
    "since": (Risk.since, Risk.equipment_id),
    "area": (Risk.area, Risk.category, Risk.equipment_id),
}
UNIT_SORTS: Sorts = {
    "red": (UnitRisk.red, UnitRisk.orange, UnitRisk.yellow, UnitRisk.organisation_id),
    "since": (UnitRisk.since, UnitRisk.organisation_id),
    "area": (UnitRisk.area, UnitRisk.organisation_id),
}


def coloured(viewer: Viewer, filters: Mapping[str, str]) -> Select[Risk]:
    """The pieces that have a row, by the filters of the address bar; what makes no sense there asks for
    nothing."""
    listed = visible(viewer, Risk)
    if filters.get("colour") in set(RiskColour):
        listed = listed.where(Risk.colour == filters["colour"])
    if filters.get("category"):
        listed = listed.where(Risk.category == filters["category"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Risk.area, filters["area"]))
    if filters.get("reason") in REASON_NAMES:
        listed = listed.where(Risk.codes.contains(f"|{filters['reason']}|", autoescape=True))
    if filters.get("unit"):
        listed = listed.where(Risk.organisation_id == (id_in(filters["unit"]) or NOBODY))
    if since := day_in(filters.get("since", "")):
        listed = listed.where(Risk.since >= since)
    if filters.get("hand"):
        listed = listed.where(Risk.hand_id.is_not(None))
    if filters.get("q"):
        piece = exists().where(Equipment.id == Risk.equipment_id, matching(viewer, filters["q"]))
        listed = listed.where(piece)
    return listed


class ColourCounts(NamedTuple):
    """How many pieces in use, or units, have which colour."""

    red: int
    orange: int
    yellow: int
    blue: int


def colour_counts(viewer: Viewer, area: str = "") -> ColourCounts:
    """The pieces in use of the viewer by colour; those without a row are blue."""
    rows = visible(viewer, Risk).where(within(Risk.area, area))
    counted = rows.with_only_columns(Risk.colour, func.count()).group_by(Risk.colour)
    by_colour = {str(colour): number for colour, number in session.execute(counted)}
    in_use = visible(viewer, Equipment).where(Equipment.status == GRADED, within(Equipment.area, area))
    total = session.scalar(in_use.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    red, orange, yellow = (by_colour.get(key, 0) for key in ("red", "orange", "yellow"))
    return ColourCounts(red, orange, yellow, max(0, total - red - orange - yellow))


def has_colour(colour: str) -> ColumnElement[bool]:
    """The filter of the register, on `Equipment`: a piece in use without a row is blue."""
    row = exists().where(Risk.equipment_id == Equipment.id)
    if colour == RiskColour.BLUE:
        return and_(Equipment.status == GRADED, not_(row.where(Risk.colour != RiskColour.BLUE)))
    return row.where(Risk.colour == colour)


def colours_of(ids: Collection[UUID]) -> Mapping[UUID, Labelled]:
    """The colours of those of these pieces that have a row."""
    rows = visible(SYSTEM, Risk).where(Risk.equipment_id.in_(ids))
    stated = session.execute(rows.with_only_columns(Risk.equipment_id, Risk.colour))
    return {key: RiskColour(colour) for key, colour in stated}


class PieceRisk(NamedTuple):
    """The colour of one piece as it was kept, and as it would be graded now; None for a piece out of use."""

    colour: RiskColour | None
    kept: Risk | None
    now: PieceGrade | None
    hand: HandGraded | None

    @property
    def moves(self) -> bool:
        """Whether the next run gives another colour."""
        return self.now is not None and self.now.colour is not self.colour


def colour_of(piece: Equipment) -> RiskColour | None:
    """The colour of a piece that the viewer may see, as it was kept; None for a piece out of use."""
    kept = visible(SYSTEM, Risk).where(Risk.equipment_id == piece.id).with_only_columns(Risk.colour)
    colour = session.scalar(kept)
    return RiskColour(colour) if colour else RiskColour.BLUE if piece.status == GRADED else None


def risk_of(piece: Equipment) -> PieceRisk:
    """The colour of a piece that the viewer may see, with its reasons as of this minute."""
    kept = session.scalar(visible(SYSTEM, Risk).where(Risk.equipment_id == piece.id))
    now = grades_of([piece.id], table_on(clock.today())).get(piece.id)
    colour = RiskColour(kept.colour) if kept else RiskColour.BLUE if now else None
    return PieceRisk(colour, kept, now, now.hand if now else None)


def reasons_in(stored: Sequence[object]) -> list[RiskReason]:
    """The reasons of a row."""
    return [RiskReason.from_json(reason) for reason in Fields({"reasons": stored}).tables("reasons")]


def value_of(reason: RiskReason, on: date) -> Value | None:
    """The value of the table that a reason rests on, with its citation."""
    return rules(RISK_KEY).find(reason.key, on)


def changes_of(viewer: Viewer, piece: UUID, limit: int | None) -> Sequence[RiskChange]:
    """How the colour of a piece changed, the newest first."""
    rows = visible(viewer, RiskChange).where(RiskChange.equipment_id == piece)
    return session.scalars(rows.order_by(RiskChange.id.desc()).limit(limit)).all()


def hands_of(viewer: Viewer, piece: UUID) -> Sequence[HandGraded]:
    rows = visible(viewer, HandGraded).where(HandGraded.equipment_id == piece)
    return session.scalars(rows.order_by(HandGraded.id.desc())).all()


def hand_of(viewer: Viewer, piece: UUID, hand_id: UUID) -> HandGraded:
    """What somebody graded by hand, NotFound where the viewer sees none."""
    rows = visible(viewer, HandGraded).where(HandGraded.equipment_id == piece, HandGraded.id == hand_id)
    row = session.scalar(rows)
    if row is None:
        raise NotFound
    return row


def with_new(viewer: Viewer, on: date) -> Mapping[str, tuple[int, int]]:
    """By colour, how many pieces have it, and how many of them since a few days."""
    new = func.count().filter(Risk.since > on - timedelta(days=NEW_DAYS))
    counted = visible(viewer, Risk).with_only_columns(Risk.colour, func.count(), new).group_by(Risk.colour)
    return {str(colour): (number, fresh) for colour, number, fresh in session.execute(counted)}


def units(viewer: Viewer, filters: Mapping[str, str]) -> Select[UnitRisk]:
    """The units that are not blue, by the filters of the address bar."""
    listed = visible(viewer, UnitRisk)
    if filters.get("colour") in set(RiskColour):
        listed = listed.where(UnitRisk.colour == filters["colour"])
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(UnitRisk.area, filters["area"]))
    if filters.get("kind") in set(OrganisationKind):
        of_kind = exists().where(
            Organisation.id == UnitRisk.organisation_id, Organisation.kind == filters["kind"]
        )
        listed = listed.where(of_kind)
    if filters.get("unit"):
        listed = listed.where(UnitRisk.organisation_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("q"):
        named = Organisation.name.contains(filters["q"].strip(), autoescape=True)
        listed = listed.where(exists().where(Organisation.id == UnitRisk.organisation_id, named))
    return listed


def unit_counts(viewer: Viewer) -> Mapping[str, int]:
    """How many units have which colour, without the blue ones."""
    rows = visible(viewer, UnitRisk).with_only_columns(UnitRisk.colour, func.count())
    return {str(colour): number for colour, number in session.execute(rows.group_by(UnitRisk.colour))}


def unit_colour(unit: UUID) -> tuple[Labelled, str] | None:
    """(the colour of a unit, where its reasons stand); None where it has nothing in use."""
    kept = session.scalar(visible(SYSTEM, UnitRisk).where(UnitRisk.organisation_id == unit))
    if kept is not None:
        return RiskColour(kept.colour), f"/risks/units?unit={unit}"
    in_use = visible(SYSTEM, Equipment).where(Equipment.status == GRADED)
    owns = in_use.where(or_(Equipment.use_unit_id == unit, Equipment.owner_id == unit))
    has = session.scalar(owns.with_only_columns(Equipment.id).limit(1))
    return (RiskColour.BLUE, f"/equipment?use_unit={unit}") if has else None


PROPOSED = 50  # units on one page
RED_UNIT = N_("Red by its risk: %(red)s red and %(orange)s orange pieces")
HAZCHEM_UNIT = N_("Pieces in use that have to do with dangerous chemicals: %(num)s")


def proposed_key_units(viewer: Viewer, on: date) -> Sequence[KeyUnitProposal]:
    """Units that may belong on the list of key units: red ones, and those with dangerous chemicals; without
    those that stand on it. The bureau decides."""
    on_list = exists().where(
        KeyUnit.organisation_id == Organisation.id,
        KeyUnit.from_on <= on,
        or_(KeyUnit.until_on.is_(None), KeyUnit.until_on >= on),
    )
    mine = visible(SYSTEM, Organisation).where(within(Organisation.area, viewer.area), ~on_list)
    red = visible(SYSTEM, UnitRisk).where(UnitRisk.colour == RiskColour.RED)
    why: dict[UUID, list[Message]] = {
        one.organisation_id: [Message(RED_UNIT, {"red": one.red, "orange": one.orange})]
        for one in session.scalars(red.where(within(UnitRisk.area, viewer.area)))
    }
    for unit, number in _hazchem_units(viewer):
        why.setdefault(unit, []).append(Message(HAZCHEM_UNIT, {"num": number}))
    rows = session.scalars(mine.where(Organisation.id.in_(why)).order_by(Organisation.name)).all()
    ordered = sorted(rows, key=lambda unit: -len(why[unit.id]))
    return [KeyUnitProposal(unit.id, unit.name, unit.area, why[unit.id]) for unit in ordered[:PROPOSED]]


def _hazchem_units(viewer: Viewer) -> Sequence[tuple[UUID, int]]:
    rows = (
        visible(SYSTEM, Equipment)
        .join(Facet, Facet.equipment_id == Equipment.id)
        .where(
            Facet.field == "hazchem",
            Facet.value == "true",
            Equipment.status == GRADED,
            whose.is_not(None),
            within(Equipment.area, viewer.area),
        )
        .with_only_columns(whose.label("unit"), func.count().label("number"))
    )
    return [(row.unit, row.number) for row in session.execute(rows.group_by(whose))]
