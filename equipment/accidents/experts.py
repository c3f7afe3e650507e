"""专家库: whom a city or county can ask about accidents and drills; their phones are the bureau's alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func

from equipment.accidents.models import Expert
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.people.queries import topmost_area
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertDraft:
    """Who it is and until when the office counts on him."""

    name: str
    field: str
    title: str
    categories: Sequence[str]
    employer: str
    phone: str
    valid_until: date
    remark: str = ""


def enter_expert(draft: ExpertDraft, *, by: Viewer) -> Expert:
    """On the list of the office that enters him."""
    _check(draft, None, by)
    expert = Expert(
        id=new_id(),
        area=by.area or topmost_area(),
        entered_by=by.user_id,
        entered_at=clock.now(),
        **_columns(draft),
    )
    session.add(expert)
    _record(expert, "expert.entered", by)
    return expert


def change_expert(expert: Expert, draft: ExpertDraft, *, by: Viewer) -> Expert:
    """What has changed about him; an office changes its own list and those below it."""
    if not expert.area.startswith(by.area):
        raise NotAllowed(N_("The office that keeps this list changes it."))
    _check(draft, expert.id, by)
    columns = _columns(draft)
    differs = sorted(name for name, value in columns.items() if getattr(expert, name) != value)
    for name in differs:
        setattr(expert, name, columns[name])
    if differs:
        _record(expert, "expert.changed", by, fields=differs)
    return expert


def _columns(draft: ExpertDraft) -> dict[str, object]:
    columns = {
        name: value.strip() if isinstance(value, str) else value for name, value in asdict(draft).items()
    }
    return {**columns, "categories": sorted(draft.categories)}


def _check(draft: ExpertDraft, own: UUID | None, by: Viewer) -> None:
    problems: dict[str, Message | str] = {
        name: N_("This is needed.") for name in ("name", "field", "phone") if not getattr(draft, name).strip()
    }
    if set(draft.categories) - {one.key for one in CATEGORIES} or not draft.categories:
        problems["categories"] = N_("Choose at least one kind of equipment.")
    if problems:
        raise Invalid(problems)
    same = visible(SYSTEM, Expert).where(
        Expert.area == (by.area or topmost_area()),
        Expert.name == draft.name.strip(),
        func.replace(Expert.phone, " ", "") == draft.phone.replace(" ", ""),
    )
    row = session.scalar(same if own is None else same.where(Expert.id != own))
    if row is not None:
        raise Conflict({"name": N_("This expert is on your list already.")})


def _record(expert: Expert, verb: str, by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("expert", expert.id)
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=[expert])
