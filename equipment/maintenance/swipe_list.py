"""Swipes as the firm and the bureau look through them: what was refused or changed nothing, why, whose card
it was, at which lift."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy import Select, or_, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import id_in
from equipment.core.words import N_, Labelled, Message
from equipment.maintenance.listing import lift_name, organisation_names
from equipment.maintenance.models import Swipe
from equipment.maintenance.states import SwipeOutcome, SwipeReason, SwipeVia
from equipment.people.codes import card_number, card_tail
from equipment.people.models import Device, User
from equipment.people.queries import areas_below
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.queries import pieces, resolve
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

SHORTEST_TAIL = 4  # of a card's number: what the list shows of it
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Happened"), 17),
    (N_("Received"), 17),
    (N_("Lift"), 34),
    (N_("Area"), 16),
    (N_("Result"), 12),
    (N_("Reason"), 44),
    (N_("Card"), 10),
    (N_("Who"), 14),
    (N_("Organisation"), 28),
    (N_("How"), 18),
    (N_("Device"), 20),
)


class SwipeChoice(Labelled):
    """Which swipes a list shows."""

    REFUSED = "refused", N_("Swipe refused")
    IGNORED = "ignored", N_("Without effect")
    ALL = "all", N_("All swipes")


@dataclass(frozen=True, slots=True)
class ListedSwipe:
    """One swipe with its lift, its reasons and its person; `person` is "" for a card that nobody is known by,
    and for whoever is of another organisation than the reader of the list."""

    record: Swipe
    piece: Equipment | None
    reasons: tuple[Message, ...]
    person: str
    firm: str
    device: str

    @property
    def lift_name(self) -> str:
        return lift_name(self.piece) if self.piece is not None else ""

    @property
    def card(self) -> str:
        return card_tail(self.record.card_uid)

    @property
    def url(self) -> str:
        """The visit it belongs to; "" for one that belongs to none."""
        lift, visit = self.record.equipment_id, self.record.visit_id
        return url_for("visits.page", equipment_id=lift, visit_id=visit) if lift and visit else ""


def may_look_through(viewer: Viewer) -> bool:
    """The bureau, and whoever answers for visits in his firm or use unit; a technician sees the answers to
    his own swipes where he swipes."""
    return viewer.oversees or may(viewer, Action.APPROVE, Thing.VISIT)


def filtered_swipes(viewer: Viewer, filters: Mapping[str, str]) -> Select[Swipe]:
    """The swipes behind the filters of the list; only the refused ones unless others are asked for."""
    swipes, choice = visible(viewer, Swipe), filters.get("outcome", SwipeChoice.REFUSED)
    if choice != SwipeChoice.ALL:
        ignored = choice == SwipeChoice.IGNORED
        swipes = swipes.where(Swipe.outcome == (SwipeOutcome.IGNORED if ignored else SwipeOutcome.REFUSED))
    if filters.get("reason") in {str(reason) for reason in SwipeReason}:
        swipes = swipes.where(Swipe.answer.contains(f'"code": "{filters["reason"]}"', autoescape=True))
    if filters.get("q"):
        named = visible(viewer, User).where(User.name.contains(filters["q"], autoescape=True))
        number = card_number(filters["q"])
        of_card = Swipe.card_uid.endswith(number, autoescape=True)
        by_name = Swipe.user_id.in_(named.with_only_columns(User.id))
        swipes = swipes.where(or_(by_name, of_card) if len(number) >= SHORTEST_TAIL else by_name)
    if filters.get("lift"):
        swipes = swipes.where(Swipe.equipment_id.in_(_lifts(viewer, filters["lift"])))
    if filters.get("firm"):
        swipes = swipes.where(Swipe.organisation_id == id_in(filters["firm"]))
    if filters.get("area", "").isdecimal():
        inside = visible(viewer, Equipment).where(within(Equipment.area, filters["area"]))
        swipes = swipes.where(Swipe.equipment_id.in_(inside.with_only_columns(Equipment.id)))
    if since := day_in(filters.get("on_from", "")):
        swipes = swipes.where(Swipe.on >= since)
    if until := day_in(filters.get("on_until", "")):
        swipes = swipes.where(Swipe.on <= until)
    return swipes


def _lifts(viewer: Viewer, text: str) -> Select[UUID] | list[UUID]:
    """The lifts of this id, label or number, else those whose name or place has these words."""
    if key := id_in(text):
        return [key]
    if (resolved := resolve(text)).equipment_id is not None:
        return [resolved.equipment_id]
    words = (
        column.contains(text, autoescape=True)
        for column in (Equipment.name, Equipment.address, Equipment.position)
    )
    return visible(viewer, Equipment).where(or_(*words)).with_only_columns(Equipment.id)


def listed_swipes(viewer: Viewer, records: Sequence[Swipe]) -> list[ListedSwipe]:
    """Swipes as rows of a list, in four queries."""
    seen = {
        piece.id: piece
        for piece in pieces(viewer, {swipe.equipment_id for swipe in records if swipe.equipment_id})
    }
    names = {
        row.id: row.name
        for row in session.execute(
            select(User.id, User.name, User.organisation_id).where(
                User.id.in_({swipe.user_id for swipe in records})
            )
        )
        if viewer.oversees or row.organisation_id == viewer.organisation_id
    }
    firms = organisation_names(swipe.organisation_id for swipe in records)
    devices = session.execute(
        select(Device.id, Device.name).where(Device.id.in_({swipe.device_id for swipe in records}))
    )
    device_names = {row.id: row.name for row in devices}
    return [
        ListedSwipe(
            swipe,
            seen.get(swipe.equipment_id) if swipe.equipment_id else None,
            reasons_of(swipe),
            names.get(swipe.user_id, "") if swipe.user_id else "",
            firms.get(swipe.organisation_id, ""),
            device_names.get(swipe.device_id, "") if swipe.device_id else "",
        )
        for swipe in records
    ]


def reasons_of(swipe: Swipe) -> tuple[Message, ...]:
    """Why it was refused or changed nothing, as its stored answer says."""
    stored = json.loads(swipe.answer).get("reasons", [])
    return tuple(Message(SwipeReason(reason["code"]).label, reason["params"]) for reason in stored)


def swipe_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of the list, as people read them."""
    parts = in_parts(filtered_swipes(viewer, filters), Swipe.received_at.desc(), Swipe.id)
    areas = {area.code: area.name for area in areas_below("")}
    cells = (_cells(row, areas, say) for part in parts for row in listed_swipes(viewer, part))
    return Table(say(N_("Swipes")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _cells(row: ListedSwipe, areas: Mapping[str, str], say: Say) -> list[object]:
    swipe, piece = row.record, row.piece
    return [
        _time(swipe.happened_at),
        _time(swipe.received_at),
        lift_name(piece, say) if piece else "",
        areas.get(piece.area, piece.area) if piece else "",
        say(SwipeOutcome(swipe.outcome).label),
        "；".join(say(reason.msgid) % reason.params for reason in row.reasons),
        row.card,
        row.person,
        row.firm,
        say(SwipeVia(swipe.via).label),
        row.device,
    ]


def _time(at: datetime) -> str:
    return clock.site_time(at).strftime("%Y-%m-%d %H:%M:%S")
