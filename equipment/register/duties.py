"""Where duties come from: a table of a slice, its open rows, and what a notice says of one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, Select, tuple_

from equipment.core.words import Message
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duty_rules import Duty, Topic
from equipment.register.models import Equipment
from equipment.register.naming import NO_NUMBER, called
from equipment.storage.db import session

CHUNK = 500


class DutyRecord(Protocol):
    """A row that a duty is of."""

    @property
    def id(self) -> UUID: ...


class PieceRecord(DutyRecord, Protocol):
    """A row about a piece that says in which area and of which category it is."""

    @property
    def equipment_id(self) -> UUID: ...
    @property
    def area(self) -> str: ...
    @property
    def category(self) -> str: ...


@dataclass(frozen=True)
class DutySource:
    """One table of duties: which rows are open, by which day, and the duty a row makes."""

    prefix: str
    model: Any
    open: ColumnElement[bool]
    duty: Callable[[Any, dict[UUID, Equipment]], Duty]
    until: Any = None  # the column of the day, where far days need not be read
    # What a duty's `topic` is called, and the list of whatever is due within so many days (negative:
    # all of it is overdue). Without it each notice stands alone.
    topic: Callable[[str, int], Topic] | None = None
    # (id in the key, person) -> the path of an address of his own, which a message to him alone carries
    own_link: Callable[[UUID, UUID], str] | None = None

    def topic_key(self, duty: Duty) -> str:
        """What the notices of a duty stand together under; empty where each stands alone."""
        return f"{self.prefix}:{duty.topic}" if self.topic else ""

    def rows(self, on: date, ahead: int) -> Select[Any]:
        open_rows = visible(SYSTEM, self.model).where(self.open)
        return open_rows if self.until is None else open_rows.where(self.until <= on + timedelta(days=ahead))

    def duties(self, on: date, ahead: int) -> Iterator[list[Duty]]:
        """All open duties due within so many days after `on`, in chunks; a read transaction never lasts
        longer than one."""
        keys = tuple(self.model.__table__.primary_key)
        last: tuple[object, ...] | None = None
        while True:
            session.rollback()
            query = self.rows(on, ahead).order_by(*keys).limit(CHUNK)
            rows = session.scalars(query if last is None else query.where(tuple_(*keys) > last)).all()
            if not rows:
                return
            pieces = _pieces(row.equipment_id for row in rows if getattr(row, "equipment_id", None))
            yield [self.duty(row, pieces) for row in rows]
            last = tuple(getattr(rows[-1], key.name) for key in keys)

    def open_keys(self, ids: Sequence[UUID]) -> set[str]:
        """The keys of those of these duties that are still open, for the day they are due now."""
        rows = session.scalars(visible(SYSTEM, self.model).where(self.open, self.model.id.in_(ids))).all()
        pieces = _pieces(row.equipment_id for row in rows if getattr(row, "equipment_id", None))
        return {self.duty(row, pieces).key for row in rows}


def _pieces(ids: Iterable[UUID]) -> dict[UUID, Equipment]:
    rows = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(set(ids)))).all()
    return {piece.id: piece for piece in rows}


def piece_name(piece: Equipment | None) -> str:
    """How people call a piece, and where it stands; a lift with a number of its house has its name too."""
    if piece is None:
        return "?"
    number = called(piece)
    parts = (number if number != NO_NUMBER else "", piece.name, piece.position or piece.address)
    return " ".join(dict.fromkeys(part for part in parts if part))[:80]


def one_list(what: str, link: str, *, by_day: bool = False) -> Callable[[str, int], Topic]:
    """The topic of a source whose duties all stand in one list."""
    return lambda _topic, _days: Topic(Message(what), link, by_day)


def duty_key(prefix: str, row: DutyRecord, day: date) -> str:
    return f"{prefix}:{row.id}:{day.isoformat()}"


def record_duty(prefix: str, kind: str, text: Message, row: PieceRecord, day: date, **parties: Any) -> Duty:
    return Duty(
        key=duty_key(prefix, row, day),
        kind=kind,
        due_on=day,
        area=row.area,
        text=text,
        equipment_id=row.equipment_id,
        category=row.category,
        **{"link": f"/equipment/{row.equipment_id}", **parties},
    )


def about_piece(msgid: str, row: PieceRecord, pieces: dict[UUID, Equipment], **more: object) -> Message:
    return Message(msgid, {"piece": piece_name(pieces.get(row.equipment_id)), **more})
