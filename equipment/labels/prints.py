"""打印: which labels of a batch exist on paper or steel. A print takes the labels that are to be printed, each
once, whatever happens to the process that draws them; a person says how it went."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select, update

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import N_, Message
from equipment.labels.models import LabelBatch
from equipment.labels.plates import remake_plates
from equipment.labels.rules import Numbers
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.binding import note_printed_again, void_label
from equipment.register.models import Equipment, Label
from equipment.register.ring import fresh_code
from equipment.register.rules import LabelStatus, PrintState
from equipment.storage.db import session
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState

AT_ONCE = 200  # labels changed in one transaction
ENDED = (TaskState.CANCELLED, TaskState.FAILED)
ON_PAPER = (PrintState.DRAWN, PrintState.PRINTED)


def take_labels(batch_id: UUID, print_id: UUID, *, most: int = AT_ONCE) -> int:
    """Give some labels that are to be printed to this print; how many. A label is in one print at a time."""
    free = (
        select(Label.code)
        .where(
            Label.batch_id == batch_id,
            Label.status == LabelStatus.ISSUED,
            Label.print_state == PrintState.TO_PRINT,
            Label.print_id.is_(None),
        )
        .order_by(Label.number)
        .limit(most)
    )
    codes = session.scalars(free).all()
    return _set(codes, Label.print_id.is_(None), print_id=print_id)


def release_labels(batch_id: UUID, *, most: int = AT_ONCE) -> int:
    """Take back some labels of prints that were cancelled or failed: nobody got their file."""
    ended = visible(SYSTEM, Task).where(Task.state.in_(ENDED), Task.kind == "register.labels")
    theirs = (
        select(Label.code)
        .where(
            Label.batch_id == batch_id,
            Label.print_state.in_((PrintState.TO_PRINT, PrintState.DRAWN)),
            Label.print_id.in_(ended.with_only_columns(Task.id)),
        )
        .limit(most)
    )
    codes = session.scalars(theirs).all()
    return _set(codes, Label.print_id.is_not(None), print_id=None, print_state=PrintState.TO_PRINT)


def mark_drawn(codes: Sequence[str]) -> int:
    """These labels are in a file that is whole."""
    return _set(codes, Label.print_state == PrintState.TO_PRINT, print_state=PrintState.DRAWN)


def _set(codes: Sequence[str], still: ColumnElement[bool], **values: object) -> int:
    if not codes:
        return 0
    changed = session.execute(update(Label).where(Label.code.in_(codes), still).values(**values))
    return changed.rowcount  # type: ignore[attr-defined]


def confirm_printed(batch: LabelBatch, numbers: Numbers | None, *, by: Viewer) -> int:
    """These labels of the last files came out well; without numbers all of them."""
    labels = _labels(batch, numbers, (PrintState.DRAWN,), "numbers")
    _print_state(labels, PrintState.PRINTED)
    _tell(batch, "labels.printed", labels, by)
    return len(labels)


def stop_at(batch: LabelBatch, number: int, *, by: Viewer, destroyed: bool) -> int:
    """The printer stopped at this number: what lies before it came out, it and what follows is to be printed,
    with the same codes, since nobody has a readable copy of them."""
    _no_copy(destroyed)
    labels = _labels(batch, None, (PrintState.DRAWN,), "number")
    rest = [label for label in labels if (label.number or 0) >= number]
    if not rest:
        raise Conflict(
            {
                "number": Message(
                    N_("No label from number %(number)s on waits for a word."), {"number": number}
                )
            }
        )
    before = [label for label in labels if (label.number or 0) < number]
    _print_state(before, PrintState.PRINTED)
    _to_print(rest)
    if before:
        _tell(batch, "labels.printed", before, by)
    _tell(batch, "labels.print_again", rest, by, destroyed=True)
    return len(rest)


def print_again(batch: LabelBatch, numbers: Numbers, *, by: Viewer, destroyed: bool) -> int:
    """The same codes once more: only where no readable copy of them exists."""
    _no_copy(destroyed)
    labels = _labels(batch, numbers, ON_PAPER, "numbers")
    _to_print(labels)
    _tell(batch, "labels.print_again", labels, by, destroyed=True)
    return len(labels)


def printed_before(pieces: Sequence[Equipment]) -> Sequence[Label]:
    """The labels of these pieces that were printed already: one of them may be readable somewhere."""
    codes = [piece.label_code for piece in pieces if piece.label_code]
    return session.scalars(
        select(Label).where(Label.code.in_(codes), Label.print_state.in_(ON_PAPER)).order_by(Label.code)
    ).all()


def print_bound_again(
    labels: Sequence[Label], reason: str, *, was_damaged: bool, destroyed: bool, by: Viewer
) -> None:
    """The labels of pieces once more, each with its code: only where no readable copy of it exists."""
    _no_copy(destroyed)
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    for label in labels:
        note_printed_again(label, reason.strip(), was_damaged=was_damaged, by=by)


def mark_sent(codes: Sequence[str]) -> None:
    """These labels of pieces go to a printer: from now on a copy may be readable."""
    _set(
        codes,
        Label.print_state.is_(None) | (Label.print_state == PrintState.TO_PRINT),
        print_state=PrintState.DRAWN,
    )


def spoil(batch: LabelBatch, numbers: Numbers, reason: str, *, by: Viewer) -> int:
    """These came out badly, and a copy may still be read: their codes are void for ever, and fresh codes with
    the same numbers are to be printed in their place."""
    if not reason.strip():
        raise Invalid({"reason": N_("Say why.")})
    labels = _labels(batch, numbers, ON_PAPER, "numbers")
    if len(labels) > AT_ONCE:
        raise Invalid({"numbers": Message(N_("At most %(most)s labels at once."), {"most": AT_ONCE})})
    fresh = [
        Label(
            code=fresh_code(),
            status=LabelStatus.ISSUED,
            organisation_id=label.organisation_id,
            batch_id=batch.id,
            issued_at=clock.now(),
            number=label.number,
            handout_id=label.handout_id,
            print_state=PrintState.TO_PRINT,
        )
        for label in labels
    ]
    session.add_all(fresh)
    session.flush()
    remake_plates(labels, fresh, by=by)
    for label, new in zip(labels, fresh, strict=True):
        label.replaced_by, label.print_state = new.code, PrintState.SPOILT
        void_label(label, by=by, reason=reason.strip())
    record(
        session(),
        subject_of("label_batch", batch.id),
        "labels.issued",
        actor=by.actor,
        rows=fresh,
        payload={"codes": [new.code for new in fresh], "instead": [label.code for label in labels]},
    )
    return len(labels)


def _no_copy(destroyed: bool) -> None:
    if not destroyed:
        raise Invalid(
            {
                "destroyed": N_(
                    "The same code is printed again only when no readable copy exists: "
                    "two of them could end on two bottles."
                )
            }
        )


def _labels(
    batch: LabelBatch, numbers: Numbers | None, states: tuple[PrintState, ...], field: str
) -> Sequence[Label]:
    """The blank labels of these numbers in these states; Conflict where one of the numbers is none."""
    locked_heads(session.connection(), [subject_of("label_batch", batch.id)])
    waiting = select(Label).where(
        Label.batch_id == batch.id, Label.status == LabelStatus.ISSUED, Label.print_state.in_(states)
    )
    labels = session.scalars(waiting.order_by(Label.number, Label.code)).all()
    if numbers is not None:
        labels = [label for label in labels if label.number is not None and label.number in numbers]
        lacking = sorted(set(numbers.all) - {label.number for label in labels})
        if lacking:
            raise Conflict(
                {
                    field: Message(
                        N_("Number %(number)s is not blank, or is not in a file yet."), {"number": lacking[0]}
                    )
                }
            )
    if not labels:
        raise Conflict({field: N_("No label of this batch waits for a word about its print.")})
    return labels


def _print_state(labels: Sequence[Label], state: PrintState) -> None:
    codes = [label.code for label in labels]
    for start in range(0, len(codes), 500):
        chosen = update(Label).where(Label.code.in_(codes[start : start + 500]))
        session.execute(chosen.values(print_state=state))


def _to_print(labels: Sequence[Label]) -> None:
    codes = [label.code for label in labels]
    for start in range(0, len(codes), 500):
        chosen = update(Label).where(Label.code.in_(codes[start : start + 500]))
        session.execute(chosen.values(print_state=PrintState.TO_PRINT, print_id=None))


def _tell(batch: LabelBatch, verb: str, labels: Sequence[Label], by: Viewer, **more: object) -> None:
    """One line with the numbers that it is about; what labels are is proved by lines of their own."""
    numbers = [label.number for label in labels]
    record(
        session(),
        subject_of("label_batch", batch.id),
        verb,
        actor=by.actor,
        payload={"first": numbers[0], "last": numbers[-1], "labels": len(numbers), **more},
    )
