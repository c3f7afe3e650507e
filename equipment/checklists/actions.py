"""What a firm's manager does with its checklists: begin a version, change its items, name its manual,
approve it. An approved version never changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from equipment.checklists.models import FirmChecklist
from equipment.checklists.queries import LIFTS, versions_of
from equipment.checklists.rules import (
    MOST_ITEMS,
    OwnItem,
    changes,
    next_code,
    own_item_of,
    rows_in,
    wrong_item,
)
from equipment.checklists.states import ListState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.regulation.checklists import ANNEXES, annex_checklist
from equipment.regulation.elevator_details import CATALOGUE
from equipment.regulation.queries import rules
from equipment.storage.db import Base, session

MANUAL_LENGTH = 120


def begin(catalogue: str, *, by: Viewer, annex: str = "") -> FirmChecklist:
    """A draft of the next version: with the items of the last one, else with those of an annex, else empty.
    Where a draft is there already, that one."""
    _must_manage(by.organisation_id, by, Action.CREATE)
    assert by.organisation_id is not None
    _hold(by.organisation_id)
    if catalogue not in CATALOGUE:
        raise Invalid({"catalogue": N_("Choose one of the list.")})
    versions = versions_of(SYSTEM, by.organisation_id, catalogue)
    if versions and versions[0].state == ListState.DRAFT:
        return versions[0]
    items: list[OwnItem] = []
    if versions:
        items = list(versions[0].items)
    elif annex in ANNEXES and rules(LIFTS).find(f"annex.{catalogue}", clock.today()) is None:
        for item in annex_checklist(annex).items:
            visit = item.added_in.removeprefix("visit_")
            items.append(own_item_of(item, next_code([one["code"] for one in items], visit)))
    draft = FirmChecklist(
        organisation_id=by.organisation_id,
        catalogue=catalogue,
        version=versions[0].version + 1 if versions else 1,
        state=ListState.DRAFT,
        items=items,
        manual=versions[0].manual if versions else "",
        made_at=clock.now(),
    )
    session.add(draft)
    _note(draft, "checklist.begun", by=by, items=len(items))
    return draft


def put_item(draft: FirmChecklist, own: OwnItem, *, by: Viewer) -> FirmChecklist:
    """An item of a draft, new or otherwise than before; without a code the next free one of its class."""
    _hold_draft(draft, by)
    codes = [one["code"] for one in draft.items]
    if not own["code"] and not wrong_item({**own, "code": "Q-1-01"}):
        own = {**own, "code": next_code(codes, own["visit"])}
    if wrong := wrong_item(own):
        raise Invalid(wrong)
    others = [one for one in draft.items if one["code"] != own["code"]]
    _change(draft, [*others, own], by)
    return draft


def take_item_away(draft: FirmChecklist, code: str, *, by: Viewer) -> None:
    """Leave an item out of a draft."""
    _hold_draft(draft, by)
    _change(draft, [one for one in draft.items if one["code"] != code], by)


def paste(draft: FirmChecklist, text: str, *, by: Viewer, replace: bool) -> int:
    """Rows of a workbook into a draft, all or none: beside its items, or in their place. How many."""
    _hold_draft(draft, by)
    taken = () if replace else tuple(one["code"] for one in draft.items)
    pasted = rows_in(text, taken)
    if pasted.wrong:
        row, problems = next(iter(pasted.wrong.items()))
        count = {"row": row, "rows": len(pasted.wrong)}
        first = Message(N_("Row %(row)d is not right (%(rows)d in all); nothing was taken."), count)
        raise Invalid({"rows": first, "": next(iter(problems.values()))})
    if not pasted.items:
        raise Invalid({"rows": N_("There is no row of items in it.")})
    codes = {one["code"] for one in pasted.items}
    before = [] if replace else [one for one in draft.items if one["code"] not in codes]
    _change(draft, [*before, *pasted.items], by)
    return len(pasted.items)


def name_manual(
    draft: FirmChecklist, manual: str, document: StoredDocument | None, *, by: Viewer
) -> FirmChecklist:
    """The maker's manual that a version follows, with its file."""
    _hold_draft(draft, by)
    if len(manual.strip()) > MANUAL_LENGTH:
        figures = {"most": MANUAL_LENGTH, "typed": len(manual.strip())}
        raise Invalid({"manual": Message(N_("At most %(most)d characters; you have %(typed)d."), figures)})
    draft.manual = manual.strip()
    stored: list[Base] = []
    if document is not None:
        stored = [store.name(document.content)]
        draft.file_sha256, draft.file_name = document.content.sha256, document.name
        draft.file_type = document.content.media_type
    _note(draft, "checklist.manual", by=by, rows=stored, manual=draft.manual)
    return draft


def approve(draft: FirmChecklist, from_on: date | None, *, by: Viewer) -> FirmChecklist:
    """The manager stands for a version: visits opened from that day on have its items, those opened before
    keep the ones they began with."""
    _hold_draft(draft, by, Action.APPROVE)
    wrong: dict[str, str | Message] = {}
    before = next(
        (one for one in versions_of(SYSTEM, draft.organisation_id, draft.catalogue) if one is not draft), None
    )
    if not draft.items:
        wrong[""] = N_("The list has no items yet.")
    if not draft.manual:
        wrong["manual"] = N_("Name the maker's manual that the items follow.")
    if from_on is None or from_on < clock.today():
        wrong["from_on"] = N_("It begins today or later: visits of the past keep their items.")
    elif before is not None and before.from_on is not None and from_on < before.from_on:
        wrong["from_on"] = Message(
            N_("Version %(version)d begins on %(day)s: this one cannot begin before it."),
            {"version": before.version, "day": before.from_on.isoformat()},
        )
    if before is not None and not changes(before.items, draft.items) and before.manual == draft.manual:
        wrong[""] = N_("Nothing differs from the version before.")
    if wrong:
        raise Invalid(wrong)
    draft.state, draft.from_on = ListState.PUBLISHED, from_on
    draft.approved_by, draft.approved_at = by.user_id, clock.now()
    _note(draft, "checklist.approved", by=by, from_on=from_on, items=len(draft.items))
    return draft


def _change(draft: FirmChecklist, items: Sequence[OwnItem], by: Viewer) -> None:
    if len(items) > MOST_ITEMS:
        raise Invalid({"": Message(N_("A list has at most %(most)d items."), {"most": MOST_ITEMS})})
    changed = changes(draft.items, items)
    if not changed:
        return
    draft.items = sorted(items, key=lambda one: one["code"])
    _note(draft, "checklist.changed", by=by, items=[one.code for one in changed])


def _hold(organisation_id: UUID) -> None:
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", organisation_id)])


def _hold_draft(draft: FirmChecklist, by: Viewer, action: Action = Action.CHANGE) -> None:
    _must_manage(draft.organisation_id, by, action)
    _hold(draft.organisation_id)
    session.refresh(draft)
    if draft.state != ListState.DRAFT:
        raise Conflict({"": N_("This version is approved and never changes: begin the next one.")})


def _must_manage(organisation_id: UUID | None, by: Viewer, action: Action) -> None:
    if by.organisation_id != organisation_id or not may(by, action, Thing.CHECKLIST):
        raise NotAllowed(N_("Only the manager of the maintenance firm can do this."))


def _note(own: FirmChecklist, verb: str, *, by: Viewer, rows: Sequence[Base] = (), **payload: object) -> None:
    session.flush()
    ledger.record(
        session(),
        ledger.subject_of("organisation", own.organisation_id),
        verb,
        actor=by.actor,
        payload={"checklist": own.id, "catalogue": own.catalogue, "version": own.version, **payload},
        rows=[own, *rows],
    )
