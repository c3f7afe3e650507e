"""人工放行, 倒残 and 合格证 of the demonstration: the bureau opened the first for a trial at one station, with
its date and document; bottles were emptied; labels were printed, and stuck on by number."""

from __future__ import annotations

from datetime import datetime, timedelta

from equipment.core import clock
from equipment.fills.actions import fill_of
from equipment.fills.emptying import Emptied, record_emptying
from equipment.fills.label_rules import LabelLayout, LabelMode
from equipment.fills.labelling import note_printed, set_up_labels, stick_range
from equipment.fills.models import Fill
from equipment.fills.overrides import override
from equipment.fills.states import FillState
from equipment.people.rules import OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.rules.actions import choose, set_value
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.filled import INDUSTRIAL
from equipment.shell.demo.floor import Floor, all_well, make_of, person_of, quiet_bottles
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.storage.remembered import forget_all

TRIAL = "白银市市监局〔演示〕8号：人工放行试点，限一站，期满评估"
SINCE, BLOCKS = 16, 15  # days ago: of the trial, and since when R05 and R06 block at that station
LET_THROUGH = (
    (11, 9, 40, "已与档案核对，钢印漆层覆盖，除漆后可辨"),
    (6, 14, 15, "已与档案核对，确为本瓶，返站后补打标志"),
    (1, 10, 50, "已与档案核对，确为本瓶"),
)
EMPTIED = ((7, 1_450), (4, 860), (2, 2_300), (0, 1_120))  # days ago, g of residue
LABELLED, ROLL = 72, "GA2600121"


def let_through(city: City, bottles: list[Piece]) -> None:
    station = city.of(OrganisationKind.STATION)[0]
    begins = clock.site_midnight(city.today - timedelta(days=SINCE)) + timedelta(hours=15)
    _open_trial(city, station, begins)
    floor = Floor(city, station)
    quiet = quiet_bottles(city, station, bottles, begins)
    for days, hour, minute, reason in LET_THROUGH:
        at = clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=hour, minutes=minute)
        bottle = next(quiet)
        checks = all_well(make_of(session.get_one(Equipment, bottle))) | {"P03": False}
        key = floor.scan(bottle, at, checks=checks)
        with clock.played(at + timedelta(minutes=4)), transaction():
            second = floor.people[1].user_id
            assert second is not None
            override(fill_of(key, by=floor.people[0]), reason, second=second, by=floor.people[0])
        floor.end(key, at + timedelta(minutes=5))
    for days, residue_g in EMPTIED:
        at = clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=7, minutes=35)
        _emptied(floor, next(quiet), min(at, clock.now() - timedelta(minutes=20)), residue_g)
    _labels(city)


def _open_trial(city: City, station: Unit, begins: datetime) -> None:
    """R05 and R06 block at this one station, and two people may set them aside."""
    bureau = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    office, since = person_of(bureau, Role.ADMINISTRATOR), clock.site_day(begins)
    ends = (since + timedelta(days=SINCE - BLOCKS)).isoformat()
    with clock.played(begins), transaction():
        set_value("cylinder", "override_allowed", since, True, cite=TRIAL, by=office)
        choose(
            "fill_transition",
            since,
            {"R05": ends, "R06": ends},
            subject=str(station.id),
            cite=TRIAL,
            by=office,
        )
    forget_all()


def _emptied(floor: Floor, bottle: object, at: datetime, residue_g: int) -> None:
    piece = session.get_one(Equipment, bottle)
    tare_g, code = int(str(piece.details["tare_g"])), piece.label_code or ""
    with clock.played(at), transaction():
        emptied = Emptied(floor.city.book.id(), code, at, tare_g + residue_g, tare_g + 40)
        record_emptying(emptied, by=floor.people[1])


def _labels(city: City) -> None:
    """The leading station prints its labels, the industrial one sticks on those of a roll."""
    stations = city.of(OrganisationKind.STATION)
    modes = ((stations[0], LabelMode.PRINTED, ""), (stations[INDUSTRIAL], LabelMode.PREPRINTED, ROLL))
    for station, mode, first in modes:
        owner, filler = person_of(station, Role.STATION_OWNER), person_of(station, Role.OPERATOR)
        with clock.played(clock.site_midnight(city.today - timedelta(days=25))), transaction():
            set_up_labels(mode, LabelLayout.ROLL, first, by=owner)
        of_today = visible(filler, Fill).where(Fill.on == city.today, Fill.state == FillState.FILLED)
        with transaction():
            fills = session.scalars(of_today.order_by(Fill.filled_at, Fill.id).limit(LABELLED)).all()
            if mode is LabelMode.PREPRINTED:
                stick_range(fills, first, by=filler)
                continue
            for fill in fills:
                with clock.played((fill.filled_at or clock.now()) + timedelta(seconds=30)):
                    note_printed(fill, by=filler)
