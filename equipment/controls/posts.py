"""任命 and 停业日: who holds which post of a unit, and on which days it uses nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from equipment.controls.days import look_again
from equipment.controls.models import ControlAppointment, UnitClosure
from equipment.controls.queries import seat_of
from equipment.controls.rules import ControlPost
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import Base, session
from equipment.supervision.queries import USE_UNITS

LONGEST_CLOSURE = 366


def own_unit(by: Viewer, action: Action = Action.CHANGE) -> Organisation:
    """The viewer's use unit or station; NotAllowed where it is none or he may not."""
    if not may(by, action, Thing.CONTROL) or by.organisation_id is None:
        raise NotAllowed
    unit = session.get_one(Organisation, by.organisation_id)
    if unit.kind not in USE_UNITS:
        raise NotAllowed(N_("Only a use unit or a station controls its own pieces."))
    return unit


def note(unit: UUID, verb: str, by: Viewer, payload: dict[str, object], *rows: Base) -> None:
    """One line of the chain of a unit's controls."""
    session.flush()
    subject = ledger.subject_of("controls", unit)
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=rows)


def appoint(
    post: ControlPost,
    name: str,
    from_on: date,
    *,
    by: Viewer,
    user: User | None = None,
    category: str = "",
    document: StoredDocument | None = None,
) -> ControlAppointment:
    """Somebody holds a post from a day on. With an account he signs by it; one person may hold two posts."""
    unit = own_unit(by)
    wrong: dict[str, str | Message] = {}
    if not name.strip():
        wrong["name"] = N_("Say who.")
    if category and category not in {each.key for each in CATEGORIES}:
        wrong["category"] = N_("Choose one of the list.")
    if user is not None and user.organisation_id != unit.id:
        wrong["user"] = N_("This account belongs to another organisation.")
    if wrong:
        raise Invalid(wrong)
    row = ControlAppointment(
        organisation_id=unit.id,
        id=new_id(),
        area=unit.area,
        post=post,
        category=category,
        name=name.strip()[:60],
        user_id=user.id if user else None,
        from_on=from_on,
        file_sha256=document.content.sha256 if document else "",
        file_name=document.name if document else "",
        file_type=document.content.media_type if document else "",
        entered_by=by.user_id,
        entered_at=clock.now(),
    )
    session.add(row)
    files: list[Base] = [store.name(document.content)] if document else []
    note(unit.id, "control_post.appointed", by, {"appointment": row.id, "post": post}, row, *files)
    return row


def end_appointment(row: ControlAppointment, until_on: date, *, by: Viewer) -> None:
    """He holds the post until that day."""
    if own_unit(by).id != row.organisation_id:
        raise NotAllowed
    if row.until_on is not None:
        raise Conflict({"": N_("This appointment has ended already.")})
    if until_on < row.from_on:
        raise Invalid({"until_on": N_("It ends before it begins.")})
    row.until_on = until_on
    note(row.organisation_id, "control_post.ended", by, {"appointment": row.id, "until_on": until_on}, row)


def state_closure(
    category: str, from_on: date, until_on: date, reason: str, *, by: Viewer, weekdays: Collection[int] = ()
) -> UnitClosure:
    """停业日: nothing of a category (or of all) is used on these days. Stated afterwards it is taken, and
    marked."""
    unit = own_unit(by)
    wrong: dict[str, str | Message] = {}
    if until_on < from_on:
        wrong["until_on"] = N_("It ends before it begins.")
    elif (until_on - from_on).days >= LONGEST_CLOSURE:
        wrong["until_on"] = N_("At most a year at once.")
    if category and category not in {each.key for each in CATEGORIES}:
        wrong["category"] = N_("Choose one of the list.")
    if not reason.strip():
        wrong["reason"] = N_("Give the reason.")
    if any(day not in range(7) for day in weekdays):
        wrong["weekdays"] = N_("Choose one of the list.")
    if wrong:
        raise Invalid(wrong)
    assert by.user_id is not None
    row = UnitClosure(
        organisation_id=unit.id,
        id=new_id(),
        area=seat_of(unit, category).area if category else unit.area,
        category=category,
        from_on=from_on,
        until_on=until_on,
        weekdays=sorted(set(weekdays)),
        reason=reason.strip()[:200],
        stated_by=by.user_id,
        stated_at=clock.now(),
    )
    session.add(row)
    note(unit.id, "closure.stated", by, {"closure": row.id, "from_on": from_on, "until_on": until_on}, row)
    look_again(unit.id, category, from_on, until_on)
    return row


def withdraw_closure(row: UnitClosure, *, by: Viewer) -> None:
    """It is used after all: from today on the days are expected again; those gone by stay as they were."""
    if own_unit(by).id != row.organisation_id:
        raise NotAllowed
    if row.withdrawn_at is not None:
        raise Conflict({"": N_("It was taken back already.")})
    row.withdrawn_at, row.withdrawn_by = clock.now(), by.user_id
    note(row.organisation_id, "closure.withdrawn", by, {"closure": row.id}, row)
    look_again(row.organisation_id, row.category, clock.today(), row.until_on)
