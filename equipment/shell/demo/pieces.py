"""Cylinders and elevators of the demonstration city: each with its label, numbers, standing
and first ledger line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from equipment.core import clock
from equipment.register.checking import derived, facets
from equipment.register.codes import make_code, normal
from equipment.register.entering import facet_rows, holder
from equipment.register.models import Equipment, Facet, Identifier, Label, LabelStep, Standing
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus, IdentifierKind, LabelStatus, LabelStepKind
from equipment.register.search import IndexedPiece, indexed
from equipment.regulation.categories import category
from equipment.regulation.details import Details
from equipment.regulation.planning import DueKind
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.writing import Book, TableRow
from equipment.storage.db import Base

S = EquipmentStatus
Inspected = tuple[tuple[date, DueKind], ...]
GONE = (S.SCRAPPED, S.CANCELLED)


@dataclass
class Piece:
    """One piece of the city: its row, its details, and what makes it special."""

    row: TableRow
    details: Details
    unit: Unit
    story: str = ""
    inspected: Inspected = ()  # our own records; what the papers stated stands in the row

    @property
    def id(self) -> UUID:
        piece_id: UUID = self.row["id"]
        return piece_id


class Register:
    """Puts pieces on file as the register does, on a day in the past."""

    def __init__(self, city: City) -> None:
        self.city, self.book = city, city.book
        self.names = {unit.id: unit.name for units in city.units.values() for unit in units}
        self.entries: list[IndexedPiece] = []

    def put(
        self,
        key: str,
        unit: Unit,
        details: Mapping[str, object],
        numbers: Iterable[tuple[IdentifierKind, str]],
        story: str = "",
        inspected: Inspected = (),
        **columns: Any,
    ) -> Piece:
        kind = category(key)
        read = kind.read({name: value for name, value in details.items() if value is not None})
        registered = columns.get("registered_on")
        at = self.city.start
        if registered:
            at = max(at, clock.site_midnight(registered) + timedelta(hours=9))
        usual = {"category": key, "status": S.IN_USE, "created_at": at, "updated_at": at}
        row = self.book.add(
            Equipment,
            id=self.book.id(),
            label_code=make_code(keys()),
            **usual | derived(kind, read) | columns,
        )
        rows: list[tuple[type[Base], TableRow]] = [(Equipment, row), *self._labelled(row, unit, at)]
        carried = list(numbers)
        for identifier, shown in carried:
            number = {"value": normal(shown), "kind": identifier, "shown": shown}
            rows.append(
                (Identifier, self.book.add(Identifier, equipment_id=row["id"], issued_at=at, **number))
            )
        for facet in facet_rows(row, facets(kind, read)):
            self.book.add(Facet, **facet)
        self.entries.append(indexed(row, self.names, [value for _, value in carried]))
        self.book.tell(
            at, "equipment", row["id"], "registered", rows, values={"serial": row["serial"], "category": key}
        )
        return Piece(row, read, unit, story, inspected)

    def _labelled(self, row: TableRow, unit: Unit, at: datetime) -> list[tuple[type[Base], TableRow]]:
        """Its label with what became of it, and in which standing it was since when."""
        is_gone = row["status"] in GONE
        label = self.book.add(
            Label,
            code=row["label_code"],
            status=LabelStatus.VOID if is_gone else LabelStatus.BOUND,
            equipment_id=row["id"],
            organisation_id=unit.id,
            issued_at=at,
            bound_at=at,
        )
        standings = self._standings(row, at.date())
        steps = [label_step(self.book, label, LabelStepKind.BOUND, at, row, 1)]
        if is_gone:
            row["label_code"] = None
            ended = max(at, noon(standings[-1]["from_on"]))
            steps.append(label_step(self.book, label, LabelStepKind.VOID, ended, row, -1))
        return [
            (Label, label),
            *((LabelStep, step) for step in steps),
            *((Standing, interval) for interval in standings),
        ]

    def _standings(self, row: TableRow, since: date) -> list[TableRow]:
        """In use from the beginning; out of it since some day for those that are not."""
        start: date = row["in_use_since"] or since
        common = {
            "equipment_id": row["id"],
            "organisation_id": holder(row),
            "area": row["area"],
            "category": row["category"],
            "use_unit_id": row["use_unit_id"],
        }
        if row["status"] == S.IN_USE:
            return [self.book.add(Standing, id=self.book.id(), status=S.IN_USE, from_on=start, **common)]
        left = max(start, self.city.today - timedelta(days=self.book.dice.randint(20, 300)))
        return [
            self.book.add(
                Standing, id=self.book.id(), status=S.IN_USE, from_on=start, until_on=left, **common
            ),
            self.book.add(Standing, id=self.book.id(), status=row["status"], from_on=left, **common),
        ]


def label_step(
    book: Book,
    label: TableRow,
    kind: LabelStepKind,
    at: datetime,
    piece: TableRow,
    bound: int,
    **more: object,
) -> TableRow:
    """One step of a label's life, as the register keeps it."""
    return book.add(
        LabelStep,
        code=label["code"],
        id=book.id(),
        kind=kind,
        at=at,
        on=clock.site_day(at),
        organisation_id=piece["owner_id"] or piece["use_unit_id"],
        equipment_id=piece["id"],
        bound=bound,
        **more,
    )


def back(book: Book, today: date, least: int, most: int) -> date:
    """A day between `least` and `most` days ago."""
    return today - timedelta(days=book.dice.randint(least, most))


def noon(day: date) -> datetime:
    return clock.site_midnight(day) + timedelta(hours=12)
