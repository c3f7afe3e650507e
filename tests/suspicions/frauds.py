"""One fraud of each kind as rows of a database, by yesterday evening: what the nightly look must find, and nothing
else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import time_machine

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.core.months import month_start
from equipment.fills.models import Fill, Scan
from equipment.fills.states import FillState, ScanPurpose
from equipment.inspections.models import Inspection
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.register.actions import change
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session
from equipment.suspicions.collecting import RING
from equipment.suspicions.states import SuspicionKind as K
from tests import make
from tests.everything import full
from tests.fills.conftest import LPG


def ago(days: int, hour: int = 9, minute: int = 0, second: int = 0) -> datetime:
    """A time of a day before today, at the site."""
    since = timedelta(hours=hour, minutes=minute, seconds=second)
    return clock.site_midnight(clock.today() - timedelta(days=days)) + since


def station(name: str) -> Organisation:
    """Licensed and on file for more than a year."""
    return make.station(name, created_at=clock.now() - timedelta(days=400))


def bottle(owner: Organisation, tare_g: int = 16_500) -> Equipment:
    return make.equipment("cylinder", owner_id=owner.id, medium="LPG", details=LPG | {"tare_g": tare_g})


def scan(
    at: Organisation, when: datetime, equipment_id: UUID | None = None, fill_id: UUID | None = None
) -> Scan:
    return Scan(
        id=new_id(),
        purpose=ScanPurpose.FILL,
        code="",
        equipment_id=equipment_id or new_id(),
        fill_id=fill_id,
        organisation_id=at.id,
        allowed=True,
        happened_at=when,
        received_at=when,
        on=clock.site_day(when),
        drift_s=0,
        content="{}",
        answer='{"reasons":[]}',
    )


def fill(
    at: Organisation,
    when: datetime,
    of: Equipment | None = None,
    *,
    state: FillState = FillState.FILLED,
    late: bool = False,
    gross_g: int = 31_000,
    tare_g: int = 16_500,
    took: int = 90,
    who: UUID | None = None,
) -> list[Fill | Scan]:
    """A fill with the scan that began it; entered by hand later (`late`) there is none."""
    key, equipment_id = new_id(), of.id if of else new_id()
    has_result = state is FillState.FILLED
    ended = when + timedelta(seconds=took)
    row = Fill(
        equipment_id=equipment_id,
        id=key,
        scan_id=key,
        organisation_id=at.id,
        user_id=who,
        area=at.area,
        category="cylinder",
        gas="LPG",
        state=state,
        allowed=state is not FillState.REFUSED,
        verdict=[],
        facts={},
        happened_at=when,
        received_at=when,
        on=clock.site_day(when),
        tare_g=tare_g if has_result else None,
        gross_g=gross_g if has_result else None,
        net_g=gross_g - tare_g if has_result else None,
        result_at=ended if has_result else None,
        filled_at=ended if has_result else None,
        closed_at=ended,
        late_entry=late,
    )
    return [row] if late else [row, scan(at, when, equipment_id, key)]


def put(rows: Iterable[Fill | Scan]) -> None:
    with make.writing():
        session.add_all(rows)


def every_day(at: Organisation, first: int, last: int = 1, each: int = 1) -> list[Scan]:
    """Scans of every day from `first` to `last` days ago."""
    return [
        scan(at, ago(day, 8 + number // 60, number % 60))
        for day in range(first, last - 1, -1)
        for number in range(each)
    ]


@dataclass
class Frauds:
    """The stations of a county; each method commits one fraud and returns whom it points at."""

    area: str = make.COUNTY
    first: Organisation = field(default_factory=lambda: station("甲充装站"))
    second: Organisation = field(default_factory=lambda: station("乙充装站"))

    def __post_init__(self) -> None:
        put([*every_day(self.first, 3), *every_day(self.second, 3)])
        for at in (self.first, self.second):
            put(fill(at, ago(2, 8), bottle(at), state=FillState.REFUSED))
        self.filler = make.user(self.first).id

    def two_stations(self) -> UUID:
        piece = bottle(self.second)
        put([*fill(self.first, ago(4), piece), *fill(self.second, ago(1), piece)])
        return self.second.id

    def two_places(self) -> UUID:
        piece = bottle(self.first)
        put([scan(self.first, ago(1), piece.id), scan(self.second, ago(1, 9, 5), piece.id)])
        return self.second.id

    def same_gross(self) -> UUID:
        for number in range(5):
            piece = bottle(self.first, 16_400 + 100 * number)
            put(
                fill(self.first, ago(1, 10, 5 * number), piece, tare_g=16_400 + 100 * number, who=self.filler)
            )
        return self.first.id

    def after_scrap(self) -> UUID:
        piece = bottle(self.first)
        with make.writing():
            session.execute(Standing.__table__.delete().where(Standing.equipment_id == piece.id))
        full(
            Standing,
            equipment_id=piece.id,
            id=new_id(),
            organisation_id=self.first.id,
            status=EquipmentStatus.SCRAPPED,
            area=self.area,
            category="cylinder",
            from_on=make.days(-9),
        )
        put(fill(self.first, ago(1), piece))
        return self.first.id

    def too_fast(self) -> UUID:
        for number in range(5):
            piece = bottle(self.first)
            when = ago(1, 11, number)
            put(fill(self.first, when, piece, gross_g=30_900 + 20 * number, took=10, who=self.filler))
        return self.first.id

    def ring_first(self) -> UUID:
        body = make.organisation(OrganisationKind.BODY, "白银检验所")
        piece = bottle(self.first)
        read_on, inspected_on = _neighbours_of_a_month()
        with time_machine.travel(clock.site_midnight(read_on) + timedelta(hours=9)), make.writing():
            change(session.merge(piece), {"last_inspected_on": month_start(read_on)}, by=SYSTEM, reason=RING)
        full(
            Inspection,
            equipment_id=piece.id,
            id=new_id(),
            organisation_id=body.id,
            area=self.area,
            category="cylinder",
            kind="inspection",
            on=inspected_on,
            happened_at=ago(1),
            received_at=ago(1),
            conclusion="passed",
        )
        return body.id

    def silent(self) -> UUID:
        third = station("丙充装站")
        put(every_day(third, 30, 9))
        return third.id

    def down(self) -> UUID:
        third = station("丙充装站")
        put([*every_day(third, 70, 15), *(scan(third, ago(day)) for day in (12, 9, 6, 3))])
        put(fill(third, ago(3, 8), state=FillState.REFUSED))
        return third.id

    def no_results(self) -> UUID:
        return self._one_sided(FillState.NOT_FILLED, late=False)

    def no_scans(self) -> UUID:
        return self._one_sided(FillState.FILLED, late=True)

    def _one_sided(self, state: FillState, *, late: bool) -> UUID:
        """Fifty bottles, ten of them without the one side or the other."""
        third = station("丙充装站")
        put(fill(third, ago(3, 8), state=FillState.REFUSED))
        for number in range(50):
            odd = number % 5 == 0
            when = ago(1 + number % 10, 9, number)
            put(fill(third, when, state=state if odd else FillState.FILLED, late=late and odd))
        return third.id

    def never_refuses(self) -> UUID:
        third = station("丙充装站")
        put(every_day(third, 70, each=8))
        return third.id

    def commit(self, kind: K) -> UUID:
        """The fraud of this kind; returns the organisation that it points at."""
        fraud: Callable[[], UUID] = getattr(self, kind.value)
        return fraud()


def _neighbours_of_a_month() -> tuple[date, date]:
    """Two days of one month, one after the other, both before today."""
    inspected_on = make.days(-1)
    while inspected_on.day == 1:
        inspected_on -= timedelta(days=1)
    return inspected_on - timedelta(days=1), inspected_on
