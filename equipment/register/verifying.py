"""待核实 worked off: what is in doubt of the pieces on a list, and the long work that settles many of them with
one reason, each with its own line in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core.errors import Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.ledger.actions import locked_heads, subject_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register import lists
from equipment.register.actions import ASIDE, OTHERS, change, is_in_charge
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.rules import LIST_MARK, EquipmentStatus
from equipment.storage.db import session, transaction
from equipment.tasks.actions import remember
from equipment.tasks.makers import AT_ONCE, ERROR_ROWS_SHOWN, Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.web.language import translate

VERIFY = "register.verify"
REASONS_READ = 2_000  # different reasons of one list: what is rarer than these is no choice of the filter
NO_HOLDER = N_("It has neither owner nor use unit yet: enter one on its own page.")
SET_ASIDE = N_("It was set aside: its record is completed on its own page.")
SETTLED_ALREADY = N_("It is verified already, or no longer in your charge.")
ENDED = N_("This piece has been scrapped or deregistered.")


def unverified(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """The living pieces of a list that are 待核实."""
    wanted = lists.filtered(viewer, {**filters, "unverified": "1"})
    return wanted.where(Equipment.status.in_(lists.LIVING))


def doubts(viewer: Viewer, filters: Mapping[str, str]) -> list[tuple[str, int]]:
    """What is in doubt of these pieces, cell by cell, with how many pieces; the commonest first."""
    others = {name: value for name, value in filters.items() if name != "doubt"}
    reasons = unverified(viewer, others).with_only_columns(
        Equipment.unverified_reason, func.count(), maintain_column_froms=True
    )
    numbers: Counter[str] = Counter()
    grouped = reasons.group_by(Equipment.unverified_reason).order_by(func.count().desc()).limit(REASONS_READ)
    for reason, number in session.execute(grouped):
        numbers.update(dict.fromkeys(filter(None, set(reason.split(LIST_MARK))), number))
    return numbers.most_common()


def why_not(equipment: Equipment, by: Viewer) -> str:
    """Why this piece cannot be settled by saying that its values were checked (msgid); empty where it can."""
    if not is_in_charge(equipment, by):
        return OTHERS
    if equipment.status not in lists.LIVING:
        return ENDED
    if equipment.status == EquipmentStatus.LOCKED and equipment.block_reason == ASIDE:
        return SET_ASIDE
    return "" if equipment.owner_id or equipment.use_unit_id else NO_HOLDER


def verify_pieces(ids: Sequence[UUID], reason: str, *, by: Viewer) -> dict[str, Message | str]:
    """Lift 待核实 from these pieces, each whole or not at all; what stays, by its name, with why."""
    locked_heads(session.connection(), [subject_of("equipment", equipment_id) for equipment_id in ids])
    left: dict[str, Message | str] = {}
    behind = visible(by, Equipment).where(Equipment.id.in_(ids)).execution_options(populate_existing=True)
    for equipment in session.scalars(behind.order_by(Equipment.id)).all():
        if equipment.verified:
            continue
        problem: Message | str = why_not(equipment, by)
        if not problem:
            try:
                with session.begin_nested():
                    change(equipment, {"verified": True, "unverified_reason": ""}, by=by, reason=reason)
            except Invalid as fault:
                problem = next(iter(fault.fields.values()))
        if problem:
            left[translate(called(equipment, "serial"))] = problem
    return left


def verify(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `register.verify`: input {"reason", "ids" or "asked": the list's filters}. It goes on after
    the piece it came to, and settles nothing that somebody else has settled since."""
    by, stated = asked_by(task), task.stated
    if not may(by, Action.CHANGE, Thing.EQUIPMENT):
        raise NotAllowed(OTHERS)
    ticked = [UUID(str(text)) for text in stated.listed("ids")] if "ids" in stated else None
    filters = {name: str(value) for name, value in stated.table("asked").items()} if ticked is None else {}
    wanted = unverified(by, filters).order_by(None)
    wanted = wanted if ticked is None else wanted.where(Equipment.id.in_(ticked))
    settled, left = stated.integer("settled", 0), stated.integer("left", 0)
    shown: list[list[str]] = list(stated.listed("shown")) if "shown" in stated else []
    last = UUID(stated.text("after")) if "after" in stated else None
    progress.done = settled + left
    progress.total = progress.done + _number(wanted if last is None else wanted.where(Equipment.id > last))
    while True:
        following = wanted if last is None else wanted.where(Equipment.id > last)
        ids = session.scalars(
            following.with_only_columns(Equipment.id, maintain_column_froms=True)
            .order_by(Equipment.id)
            .limit(AT_ONCE)
        ).all()
        if not ids:
            break
        with transaction():
            stays = verify_pieces(ids, stated.text("reason"), by=by)
            last, left, settled = ids[-1], left + len(stays), settled + len(ids) - len(stays)
            shown += [[name, translate(text, task.locale)] for name, text in stays.items()]
            del shown[ERROR_ROWS_SHOWN:]
            remember(task, after=str(last), settled=settled, left=left, shown=shown)
        progress.advance(len(ids))
    missing = len(ticked) - settled - left if ticked is not None else 0
    return TaskOutcome(
        summary={"verified": settled, "not_verified": left + missing},
        errors=[{"row": name, "text": text} for name, text in shown]
        + [{"row": "", "text": translate(SETTLED_ALREADY, task.locale)}] * bool(missing),
        link="/equipment/unverified",
    )


def _number(wanted: Select[Equipment]) -> int:
    return session.scalar(wanted.with_only_columns(func.count(), maintain_column_froms=True)) or 0
