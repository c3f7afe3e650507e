"""The label ledger: where labels are, what became of them and when, and what share of them falls off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, false, func, or_, select, true

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.ids import NOBODY, id_in
from equipment.core.months import add_months
from equipment.core.words import N_, Message
from equipment.labels.claims import claims
from equipment.labels.handouts import handouts
from equipment.labels.models import LabelBatch, LabelClaim, LabelHandout
from equipment.labels.prints import ENDED
from equipment.labels.rules import LedgerState, Loss
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import spelt
from equipment.register.disclosure import hides_codes
from equipment.register.models import Label, LabelStep
from equipment.register.queries import resolve
from equipment.register.rules import OFF, LabelStatus, LabelStepKind, PrintState
from equipment.storage.db import session
from equipment.tasks.models import Task

OFF_FILTER = "off"  # 脱落和损坏: what a loss rate counts
STATE = case(
    (and_(Label.status == LabelStatus.ISSUED, Label.handout_id.is_(None)), LedgerState.BLANK.value),
    (Label.status == LabelStatus.ISSUED, LedgerState.HANDED_OUT.value),
    else_=Label.status,
)
BOUND_THEN = func.coalesce(func.sum(LabelStep.bound), 0)


def in_state(state: LedgerState) -> ColumnElement[bool]:
    if state is LedgerState.BLANK:
        return and_(Label.status == LabelStatus.ISSUED, Label.handout_id.is_(None))
    if state is LedgerState.HANDED_OUT:
        return and_(Label.status == LabelStatus.ISSUED, Label.handout_id.is_not(None))
    return Label.status == LabelStatus(state.value)


def month_in(text: str) -> date | None:
    """The first day of a month written 2026-11; None for what is none."""
    return day_in(f"{text}-01") if len(text) == 7 else None


def may_read(viewer: Viewer) -> ColumnElement[bool]:
    """Whoever maintains a lift proves by its label that he stands there: such people read no ledger of
    labels."""
    return false() if hides_codes(viewer) else true()


def labels(viewer: Viewer, filters: Mapping[str, str], *, of_state: bool = True) -> Select[Label]:
    """The labels behind the filters of the ledger; without `of_state` those of every state."""
    rows = visible(viewer, Label).where(may_read(viewer))
    if of_state and (state := filters.get("state")):
        rows = rows.where(in_state(LedgerState(state)) if state in set(LedgerState) else Label.code == "")
    for name, column in (
        ("batch", Label.batch_id),
        ("handout", Label.handout_id),
        ("organisation", Label.organisation_id),
    ):
        if filters.get(name):
            rows = rows.where(column == (id_in(filters[name]) or NOBODY))
    if month := month_in(filters.get("month", "")):
        rows = rows.where(
            Label.issued_at >= clock.site_midnight(month),
            Label.issued_at < clock.site_midnight(add_months(month, 1)),
        )
    if filters.get("code"):
        rows = rows.where(Label.code == resolve(filters["code"]).code)
    return rows


def counts(viewer: Viewer, filters: Mapping[str, str]) -> dict[LedgerState, int]:
    """How many labels of these filters are where: together all that were issued."""
    rows = labels(viewer, filters, of_state=False).with_only_columns(STATE, func.count()).group_by(STATE)
    counted = {LedgerState(state): number for state, number in session.execute(rows)}
    return {state: counted.get(state, 0) for state in LedgerState}


def counts_of_batches(batches: Iterable[UUID]) -> dict[UUID, dict[LedgerState, int]]:
    """The same, batch by batch."""
    wanted = list(batches)
    rows = select(Label.batch_id, STATE, func.count()).where(Label.batch_id.in_(wanted))
    counted: dict[UUID, dict[LedgerState, int]] = {key: dict.fromkeys(LedgerState, 0) for key in wanted}
    for key, state, number in session.execute(rows.group_by(Label.batch_id, STATE)):
        counted[key][LedgerState(state)] = number
    return counted


def free_numbers(batch_id: UUID) -> list[tuple[int, int]]:
    """The numbers of a batch that are blank and in stock, as runs from-to."""
    free = select(Label.number).where(Label.batch_id == batch_id, in_state(LedgerState.BLANK))
    return _runs(session.scalars(free.order_by(Label.number)))


def print_runs(batch_id: UUID) -> dict[PrintState, list[tuple[int, int]]]:
    """The numbers of a batch by what is known of their print, as runs from-to."""
    rows = select(Label.print_state, Label.number).where(Label.batch_id == batch_id)
    of_state: dict[PrintState, list[int | None]] = {state: [] for state in PrintState}
    for state, number in session.execute(rows.order_by(Label.number)):
        if state is not None:
            of_state[PrintState(state)].append(number)
    return {state: _runs(numbers) for state, numbers in of_state.items()}


def _runs(numbers: Iterable[int | None]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if number is None or (runs and runs[-1][1] == number):
            continue
        if runs and runs[-1][1] == number - 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def labels_to_print(batch_id: UUID) -> int:
    """How many of a batch are to be printed and in no print that is under way."""
    ended = visible(SYSTEM, Task).where(Task.state.in_(ENDED)).with_only_columns(Task.id)
    free = or_(
        and_(Label.print_state == PrintState.TO_PRINT, Label.print_id.is_(None)),
        and_(Label.print_state.in_((PrintState.TO_PRINT, PrintState.DRAWN)), Label.print_id.in_(ended)),
    )
    rows = select(func.count()).where(Label.batch_id == batch_id, Label.status == LabelStatus.ISSUED, free)
    return session.scalar(rows) or 0


def print_tasks(viewer: Viewer, batch_id: UUID) -> Sequence[Task]:
    """The prints of a batch that the viewer's organisation asked for, the newest first."""
    keys = select(Label.print_id).where(Label.batch_id == batch_id, Label.print_id.is_not(None)).distinct()
    return session.scalars(
        visible(viewer, Task).where(Task.id.in_(keys)).order_by(Task.created_at.desc())
    ).all()


def steps(viewer: Viewer, filters: Mapping[str, str]) -> Select[LabelStep]:
    """What became of labels, behind the filters of its list."""
    rows = visible(viewer, LabelStep).where(may_read(viewer))
    kind = filters.get("kind", "")
    if kind == OFF_FILTER:
        rows = rows.where(LabelStep.kind.in_(OFF))
    elif kind:
        rows = rows.where(LabelStep.kind == kind)
    if filters.get("organisation"):
        rows = rows.where(LabelStep.organisation_id == (id_in(filters["organisation"]) or NOBODY))
    if month := month_in(filters.get("month", "")):
        rows = rows.where(LabelStep.on >= month, LabelStep.on < add_months(month, 1))
    if filters.get("code"):
        rows = rows.where(LabelStep.code == resolve(filters["code"]).code)
    return rows


def losses(viewer: Viewer, month: date) -> dict[UUID, Loss]:
    """By organisation: labels on its pieces at the start of the month, and those that it lost in it. Whoever
    had none and lost none is left out."""
    of = LabelStep.organisation_id
    seen = steps(viewer, {}).where(of.is_not(None))
    before = seen.where(LabelStep.on < month).with_only_columns(of, BOUND_THEN).group_by(of)
    bound: dict[UUID, int] = {key: number for key, number in session.execute(before) if key is not None}
    off = steps(viewer, {"kind": OFF_FILTER, "month": f"{month:%Y-%m}"}).where(of.is_not(None))
    fallen: dict[tuple[UUID, LabelStepKind], int] = {}
    for key, kind, number in session.execute(
        off.with_only_columns(of, LabelStep.kind, func.count()).group_by(of, LabelStep.kind)
    ):
        if key is not None:
            fallen[key, LabelStepKind(kind)] = number
    organisations = {key for key, number in bound.items() if number} | {key for key, _ in fallen}
    return {
        key: Loss(
            bound.get(key, 0),
            fallen.get((key, LabelStepKind.LOST), 0),
            fallen.get((key, LabelStepKind.DAMAGED), 0),
        )
        for key in organisations
    }


def losses_of(viewer: Viewer, organisation_id: UUID, months: Sequence[date]) -> list[Loss]:
    """One organisation, month by month."""
    own = steps(viewer, {"organisation": str(organisation_id)})
    start, end = months[0], add_months(months[-1], 1)
    bound = session.scalar(own.where(LabelStep.on < start).with_only_columns(BOUND_THEN)) or 0
    since = own.where(LabelStep.on >= start, LabelStep.on < end)
    moves = session.execute(since.with_only_columns(LabelStep.on, LabelStep.kind, LabelStep.bound)).all()
    rows = []
    for month in months:
        within = [move for move in moves if month <= move.on < add_months(month, 1)]
        of_kind = [move.kind for move in within]
        rows.append(Loss(bound, of_kind.count(LabelStepKind.LOST), of_kind.count(LabelStepKind.DAMAGED)))
        bound += sum(move.bound for move in within)
    return rows


@dataclass(frozen=True, slots=True)
class LabelMoment:
    """One point of a label's life."""

    at: datetime
    title: str
    colour: str
    user_id: UUID | None = None
    organisation_id: UUID | None = None
    equipment_id: UUID | None = None
    text: Message | str = ""


def life_of(viewer: Viewer, label: Label) -> list[LabelMoment]:
    """Everything that is on record of a label, the newest first."""
    batch = session.scalar(visible(viewer, LabelBatch).where(LabelBatch.id == label.batch_id))
    moments = [
        LabelMoment(
            label.issued_at,
            N_("Label issued"),
            "grey",
            batch.user_id if batch else None,
            batch.organisation_id if batch else label.organisation_id,
            text=batch.note if batch else "",
        )
    ]
    for handout in session.scalars(
        handouts(viewer).where(
            LabelHandout.batch_id == label.batch_id,
            LabelHandout.first_no <= (label.number or 0),
            LabelHandout.last_no >= (label.number or 0),
        )
    ):
        if label.bound_at is None or label.bound_at > handout.at:  # others of these numbers stayed behind
            moments += _of_handout(handout)
    for step in session.scalars(steps(viewer, {}).where(LabelStep.code == label.code)):
        kind = LabelStepKind(step.kind)
        text = " ".join(filter(None, [f"→ {spelt(step.other_code)}" if step.other_code else "", step.reason]))
        moments.append(
            LabelMoment(
                step.at, kind.label, kind.colour, step.user_id, step.organisation_id, step.equipment_id, text
            )
        )
    for attempt in session.scalars(claims(viewer).where(LabelClaim.code == label.code)):
        moments.append(
            LabelMoment(
                attempt.at,
                N_("Scanned for another piece"),
                "amber",
                attempt.user_id,
                attempt.organisation_id,
                attempt.claimed_id,
                attempt.reason,
            )
        )
    return sorted(moments, key=lambda moment: moment.at, reverse=True)


def _of_handout(handout: LabelHandout) -> list[LabelMoment]:
    numbers = {"no": handout.receipt_no, "first": handout.first_no, "last": handout.last_no}
    text = Message(N_("Receipt %(no)s, numbers %(first)s–%(last)s"), numbers)
    moments = [
        LabelMoment(
            handout.at, N_("Handed out"), "blue", handout.user_id, handout.to_organisation_id, text=text
        )
    ]
    if handout.received_at is not None:
        moments.append(
            LabelMoment(
                handout.received_at,
                N_("Signed for"),
                "blue",
                handout.received_by,
                handout.to_organisation_id,
                text=text,
            )
        )
    if handout.returned_at is not None:
        moments.append(
            LabelMoment(
                handout.returned_at,
                N_("What was blank came back"),
                "grey",
                handout.returned_by,
                handout.organisation_id,
                text=text,
            )
        )
    return moments
