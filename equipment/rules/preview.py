"""What a value of a rule would move: which pieces, from when to when, whose they are, and what could not be
filled any more."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.queries import lives_of
from equipment.people.models import Area, Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.regulation.horizon import turn_of
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import PLANNED_STATUSES, Done, DueKind, Life, Origin, Planned
from equipment.rules import actions
from equipment.rules.proposals import Proposal, laid_rows
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Progress
from equipment.tasks.sheets import BYTE_ORDER_MARK, Say, disarmed

PREVIEW, FOLLOW = "rules.preview", "rules.follow"
SHOWN = 100  # moves that the page itself lists; the file has them all
ORGANISATIONS_AT_ONCE = 200
HEAD = (
    N_("Piece"),
    N_("Area"),
    N_("Use unit or owner"),
    N_("Maintenance firm"),
    N_("Due"),
    N_("Day so far"),
    N_("Day then"),
    N_("Moves when"),
    N_("Filling"),
)
STANDS, FOLLOWS, STOPS = (
    N_("The day that stands"),
    N_("The day after the next inspection"),
    N_("Cannot be filled after the day"),
)
AT_ONCE = 500  # pieces read together; nothing is written and no reader's transaction lasts longer


class Move(NamedTuple):
    """One duty of one piece with its day under the present value and under the proposed one."""

    equipment_id: UUID
    number: str
    holder_id: UUID | None  # the use unit, or the station that owns the cylinder
    firm_id: UUID | None
    area: str
    kind: DueKind
    before: date
    after: date
    following: bool  # not the day that stands, but the one after the next inspection
    blocked: bool


@dataclass(slots=True)
class ImpactCounts:
    """The moves counted, by organisation and in all."""

    pieces: int = 0
    unplannable: int = 0
    moved: set[UUID] = field(default_factory=set)
    following: set[UUID] = field(default_factory=set)
    blocked: set[UUID] = field(default_factory=set)
    by_holder: dict[UUID, Counter[str]] = field(default_factory=dict)
    by_firm: dict[UUID, Counter[str]] = field(default_factory=dict)

    def add(self, moves: Sequence[Move]) -> None:
        for piece in {move.equipment_id: move for move in moves}.values():
            mine = [move for move in moves if move.equipment_id == piece.equipment_id]
            now, stopped = any(not move.following for move in mine), any(move.blocked for move in mine)
            (self.moved if now else self.following).add(piece.equipment_id)
            if stopped:
                self.blocked.add(piece.equipment_id)
            for counters, party in ((self.by_holder, piece.holder_id), (self.by_firm, piece.firm_id)):
                if party is not None:
                    counters.setdefault(party, Counter()).update({"moved": 1, "blocked": int(stopped)})


def count_pieces(key: str) -> int:
    planned = visible(SYSTEM, Equipment).where(
        Equipment.category == key, Equipment.status.in_(PLANNED_STATUSES)
    )
    return session.scalar(planned.with_only_columns(func.count(), maintain_column_froms=True)) or 0


def moves(proposal: Proposal, tally: ImpactCounts) -> Iterator[list[Move]]:
    """What the value would move, a chunk of pieces at a time, on the day it comes into force (today, for one
    that is in force)."""
    day = max(proposal.since, clock.today())
    present, proposed = _both(proposal)
    last: UUID | None = None
    while True:
        session.rollback()
        planned = visible(SYSTEM, Equipment).where(
            Equipment.category == proposal.category, Equipment.status.in_(PLANNED_STATUSES)
        )
        after = planned.where(Equipment.id > last) if last else planned
        pieces = session.scalars(after.order_by(Equipment.id).limit(AT_ONCE)).all()
        if not pieces:
            return
        last = pieces[-1].id
        chunk = [
            move
            for piece, life in _lives(pieces, tally)
            for move in _of_piece(piece, life, present, proposed, day, tally)
        ]
        tally.pieces += len(pieces)
        tally.add(chunk)
        yield chunk


def _both(proposal: Proposal) -> tuple[Category, Category]:
    """The category without the value and with it, the bureau's other rows laid over both."""
    pack, (others, own) = category(proposal.category), laid_rows(proposal)
    return pack.overlaid(*others), pack.overlaid(*others, own)


def _lives(pieces: Sequence[Equipment], tally: ImpactCounts) -> Iterator[tuple[Equipment, Life]]:
    try:
        lives = lives_of(pieces)
    except ValidationError:
        lives = {}
        for piece in pieces:
            try:
                lives |= lives_of([piece])
            except ValidationError:
                tally.unplannable += 1
    yield from ((piece, lives[piece.id]) for piece in pieces if piece.id in lives)


def _of_piece(
    piece: Equipment, life: Life, present: Category, proposed: Category, day: date, tally: ImpactCounts
) -> Iterator[Move]:
    try:
        before, after = _by_turn(present, life, day), _by_turn(proposed, life, day)
    except UnknownRule:
        tally.unplannable += 1
        return
    for turn in before.keys() & after.keys():
        if before[turn].due_on != after[turn].due_on:
            yield _move(piece, before[turn], after[turn], proposed, day)
            continue
        done = Done(after[turn].kind, max(after[turn].due_on, day))
        then = replace(life, done=(*life.done, done))
        old, new = _by_turn(present, then, done.on).get(turn), _by_turn(proposed, then, done.on).get(turn)
        if old is not None and new is not None and old.due_on != new.due_on:
            yield _move(piece, old, new, proposed, day, following=True)


def _by_turn(kind: Category, life: Life, on: date) -> dict[str, Planned]:
    return {turn_of(planned.kind): planned for planned in kind.next_duties(life, on)}


def _move(
    piece: Equipment, before: Planned, after: Planned, kind: Category, day: date, *, following: bool = False
) -> Move:
    ends_filling = (
        kind.filled
        and after.kind in (DueKind.INSPECTION, DueKind.END_OF_LIFE)
        and after.origin is not Origin.UNKNOWN
    )
    number = piece.serial or piece.own_number or piece.label_code or piece.name
    return Move(
        piece.id,
        number,
        piece.use_unit_id or piece.owner_id,
        piece.maintenance_firm_id,
        piece.area,
        after.kind,
        before.due_on,
        after.due_on,
        following,
        ends_filling and not following and after.due_on <= day < before.due_on,
    )


def names(ids: set[UUID | None]) -> dict[UUID | None, str]:
    """Names of organisations: they are public, their rows are not."""
    chosen = visible(SYSTEM, Organisation).where(Organisation.id.in_(ids - {None}))
    return {
        row.id: row.name
        for row in session.execute(chosen.with_only_columns(Organisation.id, Organisation.name))
    }


@dataclass(slots=True)
class Impact:
    """Everything a preview says: figures, the first moves, and who is concerned."""

    tally: ImpactCounts = field(default_factory=ImpactCounts)
    first: list[list[object]] = field(default_factory=list)

    def summary(self) -> dict[str, object]:
        tally, organisations = self.tally, names({*self.tally.by_holder, *self.tally.by_firm})
        parties = [
            {"name": organisations.get(party, ""), "firm": firm, **counter}
            for firm, counters in ((False, tally.by_holder), (True, tally.by_firm))
            for party, counter in sorted(
                counters.items(),
                key=lambda party_counter: (-party_counter[1]["blocked"], -party_counter[1]["moved"]),
            )
        ]
        return {
            "pieces": tally.pieces,
            "moved": len(tally.moved),
            "following": len(tally.following - tally.moved),
            "blocked": len(tally.blocked),
            "unplannable": tally.unplannable,
            "parties": parties,
            "first": self.first,
        }


@contextmanager
def move_file(path: Path, say: Say) -> Iterator[Callable[[list[object]], object]]:
    """A table of moves on its way into a file, a row at a time."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(BYTE_ORDER_MARK)
        writer = csv.writer(file)
        writer.writerow([say(heading) for heading in HEAD])
        yield lambda row: writer.writerow([disarmed(cell) for cell in row])


def tell(proposal: Proposal, path: Path, say: Say, progress: Progress) -> Impact:
    """Write every move into a file and count them; reads in chunks and writes nothing else."""
    impact, areas = Impact(), {area.code: area.name for area in session.scalars(select(Area))}
    progress.total = count_pieces(proposal.category)
    with move_file(path, say) as write:
        for chunk in moves(proposal, impact.tally):
            organisations = names({party for move in chunk for party in (move.holder_id, move.firm_id)})
            for move in chunk:
                row = _row(move, areas, organisations, say)
                write(row)
                if len(impact.first) < SHOWN:
                    impact.first.append([str(move.equipment_id), *row])
            progress.done = impact.tally.pieces
            progress.check()
    session.rollback()
    return impact


def _row(
    move: Move, areas: dict[str, str], organisations: Mapping[UUID | None, str], say: Say
) -> list[object]:
    return [
        move.number,
        areas.get(move.area, move.area),
        organisations.get(move.holder_id, ""),
        organisations.get(move.firm_id, ""),
        say(move.kind.label),
        move.before.isoformat(),
        move.after.isoformat(),
        say(FOLLOWS if move.following else STANDS),
        say(STOPS) if move.blocked else "",
    ]


def announce(proposal: Proposal, progress: Progress) -> int:
    """Note whom a value with a day ahead concerns, so that reminders reach them; returns how many
    organisations."""
    tally = ImpactCounts()
    progress.total = count_pieces(proposal.category)
    for _chunk in moves(proposal, tally):
        progress.done = tally.pieces
        progress.check()
    session.rollback()
    concerned = {
        party: counter for counters in (tally.by_firm, tally.by_holder) for party, counter in counters.items()
    }
    rows = list(concerned.items())
    with transaction():
        actions.forget_announcements(proposal.category, proposal.key, proposal.since)
    for start in range(0, len(rows), ORGANISATIONS_AT_ONCE):
        with transaction():
            actions.note_announcements(
                proposal.category, proposal.key, proposal.since, rows[start : start + ORGANISATIONS_AT_ONCE]
            )
    return len(rows)
