"""补录: a line of paper is judged like a scan of its moment, by what was known of the bottle then."""
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from equipment import clock, db
from equipment.categories.planning import DueKind
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.errors import Invalid
from equipment.fills.late import Paper, enter_late
from equipment.fills.models import Fill, Scan
from equipment.ids import new_id
from equipment.people.queries import viewer_of
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from tests import make
from tests.fills.conftest import OXYGEN, Hall, ago

PAPER = 3  # days ago, at this hour
Story = Callable[[Hall, Equipment], None]


def enter(hall: Hall, bottle: Equipment, **more: Any) -> Fill:
    by = viewer_of(db.session.merge(hall.person))
    with db.transaction():
        line = {"gas": bottle.medium, "happened_at": clock.now() - timedelta(days=PAPER), "gross_g": 31000, **more}
        made = enter_late(Paper(piece=db.session.get_one(Equipment, bottle.id), **line), by=by)
    db.session.expunge(made)
    return made


def inspected(days: int, conclusion: str = "passed", due: int = 300) -> Story:
    """An inspection on that day, when the bottle was due on another."""
    def story(_hall: Hall, bottle: Equipment) -> None:
        with make.writing():
            db.session.add(Due(equipment_id=bottle.id, id=new_id(), kind=DueKind.INSPECTION, state=DueState.DONE, due_on=make.days(due), earliest_on=None,
                               citation={}, explanation={}, area=bottle.area, category="cylinder", planned_at=clock.now(), done_on=make.days(days),
                               conclusion=conclusion))
    return story


def filled(days: int) -> Story:
    """A fill by scan that many days ago."""
    def story(hall: Hall, bottle: Equipment) -> None:
        fill_id = hall.scan(bottle.label_code or "").get_json()["fill_id"]
        hall.result(fill_id, gross_g=31000)
        moved(bottle, fill_id, clock.now() + timedelta(days=days))
    return story


def fault(days: int) -> Story:
    """No residual pressure, seen that many days ago."""
    def story(hall: Hall, bottle: Equipment) -> None:
        moved(bottle, hall.scan(bottle.label_code or "", checks={"P07": False}).get_json()["fill_id"], clock.now() + timedelta(days=days))
    return story


def moved(bottle: Equipment, fill_id: str, at: datetime) -> None:
    with make.writing():
        fill = db.session.get_one(Fill, (bottle.id, UUID(fill_id)))
        fill.happened_at = fill.received_at = at
        fill.on = clock.site_day(at)
        fill.result_at = at if fill.result_at else None


def status(changed: int, before: EquipmentStatus, now: EquipmentStatus) -> Story:
    def story(_hall: Hall, bottle: Equipment) -> None:
        with make.writing():
            first = db.session.scalars(select(Standing).where(Standing.equipment_id == bottle.id)).one()
            first.status, first.until_on = before, make.days(changed)
            db.session.add(Standing(equipment_id=bottle.id, id=new_id(), status=now, area=bottle.area, category="cylinder", from_on=make.days(changed)))
            piece = db.session.get_one(Equipment, bottle.id)
            piece.status, piece.block_reason = now, "挂失" if now == LOCKED else ""
    return story


LOCKED, IN_USE = EquipmentStatus.LOCKED, EquipmentStatus.IN_USE
CASES: tuple[tuple[str, dict[str, Any], tuple[Story, ...], list[str]], ...] = (
    # what is said of it, the bottle, what happened, the reasons a scan of three days ago would have met
    ("a good bottle", {}, (), []),
    ("the inspection ran out after the paper", {"inspection_due_on": make.days(-1)}, (), []),
    ("the last valid day was the paper's", {"inspection_due_on": make.days(-PAPER)}, (), []),
    ("the inspection ran out before the paper", {"inspection_due_on": make.days(-9)}, (), ["R07"]),
    ("overdue then, inspected only since", {}, (inspected(-1, due=-9),), ["R07"]),
    ("due later then, inspected early since", {}, (inspected(-1, due=60),), []),
    ("inspected in time on the very day", {}, (inspected(-PAPER, due=-9),), []),
    ("failed its last inspection", {}, (inspected(-100, "failed"),), ["R09"]),
    ("failed since, passed before", {}, (inspected(-100), inspected(-1, "failed")), []),
    ("failed before, passed since", {}, (inspected(-100, "failed"), inspected(-1)), ["R09"]),
    ("idle for five years, LPG is inspected every four", {}, (filled(-5 * 365),), ["R27"]),
    ("idle for five years, inspected last month", {}, (filled(-5 * 365), inspected(-30)), []),
    ("idle for five years then, inspected only since", {}, (filled(-5 * 365), inspected(-1, due=60)), ["R27"]),
    ("idle for five years then, filled since", {}, (filled(-5 * 365), filled(-1)), ["R27"]),
    ("filled last year", {}, (filled(-365),), []),
    ("a screwed guard", {"details": {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "volume_ml": 35500, "tare_g": 16500, "max_charge_g": 14900,
                                     "edition": "gb5842_2006", "screw_guard": True}}, (), ["R11"]),
    ("registered before", {"registered_on": make.days(-PAPER)}, (), []),
    ("registered only since, in transition", {"registered_on": make.days(-1)}, (), ["R02"]),
    ("locked since", {}, (status(-1, IN_USE, LOCKED),), []),
    ("locked then, free since", {}, (status(-1, LOCKED, IN_USE),), ["R28"]),
    ("a fault seen before stands", {}, (fault(-5),), ["R14"]),
    ("a fault seen since stood not yet", {}, (fault(-1),), []),
    ("a fault nobody saw with a scan stands", {"treat_code": "R22"}, (), ["R22"]),
)


@pytest.mark.parametrize(("said", "bottle", "stories", "reasons"), CASES, ids=[case[0] for case in CASES])
def test_a_paper_of_three_days_ago(hall: Hall, said: str, bottle: dict[str, Any], stories: tuple[Story, ...], reasons: list[str]) -> None:
    made = hall.bottle(**bottle)
    for story in stories:
        story(hall, made)
    fill = enter(hall, made)
    refused = bool(reasons) and reasons != ["R02"]
    assert [reason["code"] for reason in fill.verdict] == reasons
    assert (fill.state, fill.allowed, fill.flags) == (("refused", False, ["filled_anyway"]) if refused else ("filled", True, []))


def test_facts_and_marks_are_those_of_a_scan(hall: Hall) -> None:
    bottle = hall.bottle()
    fill = enter(hall, bottle)
    live = hall.scan(bottle.label_code or "").get_json()["fill_id"]
    scanned = db.session.get_one(Fill, (bottle.id, UUID(live)))
    assert ({**fill.facts, "filled_on": fill.on.isoformat()}, fill.tare_g, fill.max_gross_g, fill.pack_digest, fill.area) == (
        scanned.facts, scanned.tare_g, scanned.max_gross_g, scanned.pack_digest, scanned.area)
    assert (fill.late_entry, fill.net_g, fill.on, fill.scan_id == fill.id, db.session.scalar(select(func.count()).select_from(Scan))) == (
        True, 14500, make.days(-PAPER), True, 1)


def test_another_station_was_filling_it_then(hall: Hall, other: Hall) -> None:
    bottle = hall.bottle(use_unit_id=other.station.id)
    fill_id = other.scan(bottle.label_code or "").get_json()["fill_id"]
    moved(bottle, fill_id, clock.now() - timedelta(days=PAPER, hours=1))
    during = [reason["code"] for reason in enter(hall, bottle).verdict]
    other.send("POST", f"/fills/{fill_id}/void", {"happened_at": ago()})
    still, before = enter(hall, bottle), enter(hall, bottle, happened_at=clock.now() - timedelta(days=PAPER, hours=2))
    assert (during, [reason["code"] for reason in still.verdict], before.verdict) == (["R03"], ["R03"], [])


@pytest.mark.parametrize(("more", "field"), [
    ({"happened_at": clock.now() - timedelta(days=40)}, "happened_at"), ({"happened_at": clock.now() + timedelta(days=1)}, "happened_at"),
    ({"gross_g": None}, "gross_g"), ({"gross_g": 16000}, "gross_g"),
])
def test_a_line_that_cannot_be_is_refused_and_nothing_kept(hall: Hall, more: dict[str, Any], field: str) -> None:
    bottle = hall.bottle()
    with pytest.raises(Invalid) as refused:
        enter(hall, bottle, **more)
    assert (list(refused.value.fields), db.session.scalar(select(func.count()).select_from(Fill))) == ([field], 0)


def test_oxygen_is_entered_by_its_pressure(hall: Hall) -> None:
    bottle = hall.bottle(details=OXYGEN)
    with pytest.raises(Invalid):
        enter(hall, bottle)
    fill = enter(hall, bottle, gross_g=None, pressure_kpa=14700)
    assert (fill.state, fill.pressure_kpa, fill.net_g) == ("filled", 14700, None)


def test_more_than_the_charge_is_overfilled(hall: Hall) -> None:
    fill = enter(hall, hall.bottle(), gross_g=31500)
    assert (fill.state, fill.allowed, [reason["code"] for reason in fill.verdict]) == ("overfilled", True, ["Q10"])


def test_a_lift_is_no_bottle(hall: Hall) -> None:
    lift = make.equipment("elevator")
    with pytest.raises(Invalid):
        enter(hall, lift, gas="LPG")
