"""How visits read in lists, records and exports: what the lift is called, who was there, which filters a list
has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from flask import url_for
from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, String, and_, cast, false, or_, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Message
from equipment.maintenance.answer_rules import StoredItem, StoredReply, readings_of, replies_of
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.presence_rules import fact_text
from equipment.maintenance.queries import names_of
from equipment.maintenance.rules import VisitLimits, on_site_light
from equipment.maintenance.states import (
    Flag,
    ItemAnswer,
    OnSiteLight,
    OtherSignature,
    SignatureKind,
    SwipeVia,
    VisitState,
)
from equipment.maintenance.voiding import refusal_of
from equipment.people.models import Organisation, User
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible, within
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces, resolve
from equipment.register.search import matching
from equipment.regulation.checklists import Item
from equipment.regulation.planning import VISITS, DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.queries import counted_grades, rules
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Day"), 12),
    (N_("Lift"), 34),
    (N_("Area"), 16),
    (N_("Class"), 12),
    (N_("Technicians"), 18),
    (N_("Signed in"), 17),
    (N_("Signed out"), 17),
    (N_("Minutes"), 9),
    (N_("State"), 14),
    (N_("Counts"), 8),
    (N_("Proof of presence"), 22),
    (N_("Remarkable"), 30),
    (N_("Signed by"), 12),
    (N_("Kind of signature"), 16),
    (N_("Maintenance firm"), 28),
)
MOST_NAMESAKES = 30  # people that a name is looked for in
RECORD_NUMBER = re.compile(r"WB-\d{6}-\d+", re.IGNORECASE | re.ASCII)
SIGNATURE_LABELS: Mapping[str, str] = {
    **{str(kind): kind.label for kind in SignatureKind},
    str(OtherSignature.DRAWN_BEFORE): OtherSignature.DRAWN_BEFORE.label,
}


@dataclass(frozen=True, slots=True)
class ListedVisit:
    """One visit with what people call its lift, its people and its firm."""

    record: Visit
    piece: Equipment | None
    technicians: tuple[str, ...]
    firm: str

    @property
    def id(self) -> str:
        """What a bulk action posts."""
        return f"{self.record.equipment_id}/{self.record.id}"

    @property
    def lift_name(self) -> str:
        return lift_name(self.piece)

    @property
    def url(self) -> str:
        return url_for("visits.page", equipment_id=self.record.equipment_id, visit_id=self.record.id)

    @property
    def record_url(self) -> str:
        """Its record, also while its technician still has a checklist to answer."""
        return url_for(
            "visits.page", equipment_id=self.record.equipment_id, visit_id=self.record.id, view="record"
        )

    @property
    def waited_days(self) -> int:
        """How many days ago it ended."""
        return (clock.now() - (self.record.closed_at or clock.now())).days

    @property
    def failed(self) -> int:
        """How many items were abnormal or had to be put right."""
        answers = (stored.get("answer") for stored in self.record.answers.values())
        return sum(answer in (ItemAnswer.ABNORMAL, ItemAnswer.ADJUSTED) for answer in answers)

    @property
    def minutes(self) -> int | None:
        closed = self.record.closed_at
        return None if closed is None else round((closed - self.record.opened_at).total_seconds() / 60)

    @property
    def duty(self) -> DueKind:
        return DueKind(self.record.duty)

    @property
    def flags(self) -> list[Flag]:
        return [Flag(flag) for flag in self.record.flags]


class OnSiteRow(NamedTuple):
    """A visit that goes on: how long its people have been there, and whether the viewer may void it."""

    listed: ListedVisit
    minutes: int
    light: OnSiteLight
    may_void: bool


def on_site_rows(viewer: Viewer, visits: Sequence[Visit]) -> list[OnSiteRow]:
    """Visits that go on, as of now."""
    now, rows = clock.now(), []
    packs = {category: rules(category) for category in {visit.category for visit in visits}}
    for listed in listed_visits(viewer, visits):
        visit = listed.record
        pack, since = packs[visit.category], now - visit.opened_at
        light = on_site_light(since, VisitLimits.of(pack, visit.on).longest)
        rows.append(
            OnSiteRow(
                listed,
                max(0, int(since.total_seconds() // 60)),
                light,
                refusal_of(visit, viewer, pack) is None,
            )
        )
    return rows


def lift_name(piece: Equipment | None, say: Say = gettext) -> str:
    """The lift's name or number, and where it stands."""
    if piece is None:
        return say(N_("Lift"))
    number = say(called(piece))
    return " ".join(part for part in (number, piece.address, piece.position) if part)


def listed_visits(viewer: Viewer, records: Sequence[Visit]) -> list[ListedVisit]:
    """Visits as lines of a list, in three queries."""
    seen = {piece.id: piece for piece in pieces(viewer, {visit.equipment_id for visit in records})}
    names = names_of(person for visit in records for person in visit.technicians)
    firms = organisation_names(visit.organisation_id for visit in records)
    return [
        ListedVisit(
            visit,
            seen.get(visit.equipment_id),
            tuple(names.get(UUID(person), "") for person in visit.technicians),
            firms.get(visit.organisation_id, ""),
        )
        for visit in records
    ]


@dataclass(frozen=True, slots=True)
class ShownFact:
    """What was measured behind a flag: whom it is about and the other visit, for those who may see it."""

    flag: Flag
    text: Message
    person: str
    lift_name: str
    url: str


def shown_facts(viewer: Viewer, visit: Visit) -> list[ShownFact]:
    """The evidence behind the flags of a visit. Of another use unit's lift a use unit reads no name."""
    facts = visit.flag_facts
    lifts = {UUID(fact["lift"]) for fact in facts if "lift" in fact}
    seen = {piece.id: piece for piece in pieces(viewer, lifts)} if lifts else {}
    names = names_of(fact["person"] for fact in facts if "person" in fact)
    shown = []
    for fact in facts:
        lift = seen.get(UUID(fact["lift"])) if "lift" in fact else None
        url = url_for("visits.page", equipment_id=fact["lift"], visit_id=fact["visit"]) if lift else ""
        person = names.get(UUID(fact["person"]), "") if "person" in fact else ""
        called_so = lift_name(lift) if lift else gettext("another lift") if "lift" in fact else ""
        shown.append(ShownFact(Flag(fact["flag"]), fact_text(fact), person, called_so, url))
    return shown


def shown_via(swipe: Swipe) -> SwipeVia:
    """By what a swipe came. Earlier ones of a card at a colleague's phone are on record as the phone's."""
    return SwipeVia.COLLEAGUE if swipe.via is SwipeVia.PHONE and swipe.card_uid else swipe.via


def people_of(visit: Visit) -> set[str]:
    """Everybody whose name the record of a visit shows: who worked on it, answered, took an answer back or
    remarked."""
    people = {*visit.technicians, *visit.remarks}
    for stored in visit.answers.values():
        for reply in replies_of(stored):
            people |= {reply.get("by", ""), reply["taken_back"]["by"] if "taken_back" in reply else ""}
    return people - {""}


def reply_text(reply: StoredReply, names: Mapping[UUID, str], item: Item | None = None) -> str:
    """One person's answer in a line: 安师傅 异常 6.5 mm：门锁坏 (09:12)."""
    answer, by = reply.get("answer"), reply.get("by")
    words = gettext(ItemAnswer(answer).label) if answer else gettext("Not answered")
    name = names.get(UUID(by), "") if by else ""
    text = f"{name} {words}".strip()
    if item is not None and (readings := readings_of(reply, item)):
        text += " " + " → ".join(one.text for one in readings)
    text += f"：{reply['note']}" if reply.get("note") else ""
    if reply.get("at"):
        text += f" ({clock.site_time(datetime.fromisoformat(reply['at'])):%H:%M})"
    if "taken_back" in reply:
        taking = reply["taken_back"]
        text += gettext(
            " — taken back by %(name)s: %(reason)s",
            name=names.get(UUID(taking["by"]), ""),
            reason=taking["reason"],
        )
    return text


def photo_url(visit: Visit, stored: StoredItem) -> str:
    """Where the photo of an item is read; "" without one."""
    photo = stored.get("photo")
    return url_for("files.read", equipment_id=visit.equipment_id, attachment_id=photo) if photo else ""


def organisation_names(ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """Names of organisations are public; rows are not."""
    wanted = set(ids)
    if not wanted:
        return {}
    organisations = session.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(wanted))
    )
    return {row.id: row.name for row in organisations}


# How a visit came on record.
PROOFS: Mapping[str, ColumnElement[bool]] = {
    "swipe": and_(Visit.late_entry.is_(False), Visit.reported_by.is_(None)),
    "late": Visit.late_entry.is_(True),
    "system": Visit.reported_by.is_not(None),
}


def filtered_visits(viewer: Viewer, filters: Mapping[str, str]) -> Select[Visit]:
    """The visits behind the filters of a list; superseded records only when asked for."""
    visits = visible(viewer, Visit)
    if filters.get("superseded") != "1":
        visits = visits.where(Visit.superseded.is_(False))
    if filters.get("state") in {str(state) for state in VisitState}:
        visits = visits.where(Visit.state == filters["state"])
    if filters.get("state") == VisitState.SIGNED:
        visits = visits.where(Visit.signed_by.is_not(None))  # only the unit's own account is called signed
    visits = _signed_as(visits, filters.get("signature", ""))
    if filters.get("flag") in {str(flag) for flag in Flag}:
        visits = visits.where(cast(Visit.flags, String).contains(f'"{filters["flag"]}"', autoescape=True))
    if filters.get("firm"):
        visits = visits.where(Visit.organisation_id == id_in(filters["firm"]))
    if filters.get("lift"):
        visits = visits.where(Visit.equipment_id == id_in(filters["lift"]))
    visits = visits.where(*_searched(viewer, filters))
    if filters.get("area", "").isdecimal():
        visits = visits.where(within(Visit.area, filters["area"]))
    if (proof := PROOFS.get(filters.get("proof", ""))) is not None:
        visits = visits.where(proof)
    if filters.get("grade") == "unproved":
        chosen = [str(grade) for grade in counted_grades(clock.today())]
        visits = visits.where(Visit.counted, Visit.swiped, Visit.late_entry.is_(False))
        visits = visits.where(Visit.grade.not_in(chosen))
    elif filters.get("grade") in {str(grade) for grade in PresenceGrade if grade}:
        visits = visits.where(Visit.grade == filters["grade"])
    return _between(visits, day_in(filters.get("on_from", "")), day_in(filters.get("on_until", "")))


def _searched(viewer: Viewer, filters: Mapping[str, str]) -> Iterator[ColumnElement[bool]]:
    """What was typed of the lift (its name, address, unit, or any number it carries) or of the paper (its
    number), of a person, and the use unit and class that were chosen."""
    text = filters.get("q", "").strip()
    if RECORD_NUMBER.fullmatch(text):
        yield Visit.number == text.upper()
    elif text:
        resolved = resolve(text)
        if resolved.equipment_id is not None:
            yield Visit.equipment_id == resolved.equipment_id
        else:
            lifts = visible(viewer, Equipment).where(matching(viewer, text))
            yield Visit.equipment_id.in_(lifts.with_only_columns(Equipment.id))
    if name := filters.get("person", "").strip():
        people = visible(SYSTEM, User).where(User.name.contains(name, autoescape=True)).limit(MOST_NAMESAKES)
        ids = session.scalars(people.with_only_columns(User.id)).all()
        crew = cast(Visit.technicians, String)
        yield or_(false(), *(crew.contains(f'"{key}"', autoescape=True) for key in ids))
    if filters.get("unit"):
        yield Visit.use_unit_id == (id_in(filters["unit"]) or NOBODY)
    if filters.get("duty") in VISITS:
        yield Visit.duty == filters["duty"]


def _signed_as(visits: Select[Visit], signature: str) -> Select[Visit]:
    """Those with this kind of signature; before there were kinds the account says which it was."""
    before = visits.where(Visit.signed_at.is_not(None), Visit.signature_kind == "")
    if signature == SignatureKind.ACCOUNT:
        return visits.where(Visit.state == VisitState.SIGNED, Visit.signed_by.is_not(None))
    if signature == OtherSignature.DRAWN_BEFORE:
        return before.where(Visit.signed_by.is_(None))
    return visits.where(Visit.signature_kind == signature) if signature in set(SignatureKind) else visits


def _between(visits: Select[Visit], since: date | None, until: date | None) -> Select[Visit]:
    if since is not None:
        visits = visits.where(Visit.on >= since)
    return visits if until is None else visits.where(Visit.on <= until)


def visit_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of a list, as people read them."""
    parts = in_parts(filtered_visits(viewer, filters), Visit.opened_at.desc(), Visit.id)
    areas = {area.code: area.name for area in areas_below("")}
    cells = (_cells(row, areas, say) for part in parts for row in listed_visits(viewer, part))
    return Table(
        say(N_("Maintenance records")), [TableColumn(say(name), width) for name, width in COLUMNS], cells
    )


def _cells(row: ListedVisit, areas: Mapping[str, str], say: Say) -> list[object]:
    visit = row.record
    return [
        visit.on,
        lift_name(row.piece, say),
        areas.get(visit.area, visit.area),
        say(row.duty.label),
        "、".join(row.technicians),
        _time(visit.opened_at),
        _time(visit.closed_at) if visit.closed_at else "",
        row.minutes,
        say(visit.shown.label),
        say(N_("Yes") if visit.counted else N_("No")),
        say(PresenceGrade(visit.grade).label),
        "；".join(say(flag.label) for flag in row.flags),
        visit.signer_name,
        say(SIGNATURE_LABELS[visit.signature]) if visit.signature else "",
        row.firm,
    ]


def _time(at: datetime) -> str:
    return clock.site_time(at).strftime("%Y-%m-%d %H:%M")
