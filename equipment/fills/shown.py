"""Fills as records and files show them: which bottle, who filled, checked and checked again, by which
scale or gauge, from when until when, and what is remarkable of it, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.fills.listing import FLAGS
from equipment.fills.models import Fill, Mark
from equipment.fills.states import FillState, Treatment
from equipment.instruments.models import Instrument
from equipment.people.models import User
from equipment.people.rules import SYSTEM, people_in
from equipment.people.scope import visible
from equipment.register.codes import spelt
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.tasks.sheets import Say

PIECE = Equipment.__table__.c
LATE, CORRECTED, TREATED_BY = N_("Late entry"), N_("Corrected"), N_("Treated by")
NEVER = "—"


class ShownBottle(NamedTuple):
    """What a record says of the cylinder itself."""

    id: UUID
    label_code: str | None
    serial: str
    own_number: str
    maker: str
    details: dict[str, object]


class InstrumentShown(NamedTuple):
    """A scale or gauge as people call it."""

    name: str
    number: str

    def __str__(self) -> str:
        return f"{self.name} {self.number}".strip()


NO_INSTRUMENT = InstrumentShown("", "")


@dataclass(frozen=True, slots=True)
class FillShown:
    """One fill with the names of all it points to. Amounts in kg, MPa and °C; None where nobody measured."""

    fill: Fill
    bottle: ShownBottle
    station: str
    filler: str
    checker: str
    rechecker: str
    treaters: Sequence[str]
    instrument: InstrumentShown

    @property
    def label(self) -> str:
        return spelt(self.bottle.label_code or "")

    @property
    def numbers(self) -> str:
        """The stamped serial and the unit's own number."""
        return "　".join(text for text in (self.bottle.serial, self.bottle.own_number) if text)

    @property
    def model(self) -> str:
        return str(self.bottle.details.get("model") or "")

    @property
    def due_on(self) -> date | None:
        """Until when its inspection held, as the scan knew it."""
        return day_in(str(self.fill.facts.get("inspection_due_on") or ""))

    @property
    def started(self) -> datetime:
        """When gas began to flow, else when it was scanned."""
        return clock.site_time(self.fill.started_at or self.fill.happened_at)

    @property
    def ended(self) -> datetime | None:
        return clock.site_time(self.fill.filled_at) if self.fill.filled_at else None

    def flags(self, say: Say) -> list[str]:
        """补录, 更正 and what is remarkable, in words."""
        marks = [LATE] * self.fill.late_entry + [CORRECTED] * (self.fill.supersedes_id is not None)
        return [say(mark) for mark in (*marks, *(FLAGS.get(flag, flag) for flag in self.fill.flags))]

    def treatment(self, say: Say) -> str:
        """What was done with a bottle that was refused or failed, by whom, and what is wrong with its
        record."""
        if not self.fill.treatment:
            return self.fill.treatment_remark
        words = [say(Treatment(self.fill.treatment).label), self.fill.treatment_remark]
        if self.treaters:
            words.append(f"{say(TREATED_BY)} {'、'.join(self.treaters)}")
        return " ".join(word for word in words if word)

    def state(self, say: Say) -> str:
        return say(FillState(self.fill.state).label)


def shown(fills: Sequence[Fill]) -> list[FillShown]:
    """These fills with their names, in their order; as many statements however long they are."""
    columns = (PIECE.id, PIECE.label_code, PIECE.serial, PIECE.own_number, PIECE.maker, PIECE.details)
    bottles = {
        row.id: ShownBottle(*row)
        for row in session.execute(
            select(*columns).where(PIECE.id.in_({fill.equipment_id for fill in fills}))
        )
    }
    people = people_named(key for fill in fills for key in _people_of(fill))
    stations = names_of({fill.organisation_id for fill in fills})
    instruments = _instruments(fills)
    rows = []
    for fill in fills:
        filler, checker, rechecker, *treaters = _people_of(fill)
        row = FillShown(
            fill=fill,
            bottle=bottles[fill.equipment_id],
            station=stations[fill.organisation_id],
            filler=people.get(filler, ""),
            checker=people.get(checker, ""),
            rechecker=people.get(rechecker, ""),
            treaters=[people[key] for key in treaters if key in people],
            instrument=instruments.get(fill.instrument_id, NO_INSTRUMENT),
        )
        rows.append(row)
    return rows


def _instruments(fills: Sequence[Fill]) -> dict[UUID | None, InstrumentShown]:
    wanted = {fill.instrument_id for fill in fills if fill.instrument_id}
    own = visible(SYSTEM, Instrument).where(Instrument.id.in_(wanted))
    return {row.id: InstrumentShown(row.name, row.number) for row in session.scalars(own)}


def people_named(ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The names of people who stand on records."""
    wanted = {key for key in ids if key is not None}
    return {
        row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    }


def _people_of(fill: Fill) -> tuple[UUID | None, ...]:
    """Filler, checker, who checked after, and who treated it. Records of before these had columns name them
    at their answers."""
    return (
        fill.user_id,
        fill.checked_by or _answered_by(fill.checks.values()),
        fill.rechecked_by or _answered_by(fill.post_checks.values()),
        fill.treated_by,
        fill.treated_second,
    )


def _answered_by(marks: Iterable[Mark]) -> UUID | None:
    return next((key for mark in marks for key in people_in(mark["by"])), None)
