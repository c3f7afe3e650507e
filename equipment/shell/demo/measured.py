"""计量 of the demonstration city: the scales and gauges of its stations with certificates and own checks,
gauges on boilers, one scale that failed, some that ran out, and two lists for the verification body."""

from __future__ import annotations

from datetime import timedelta

from equipment.core import clock
from equipment.instruments import actions
from equipment.instruments.actions import NewInstrument, OwnCheckDraft, VerificationDraft
from equipment.instruments.lists import draw_list
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind, OwnCheckResult, VerificationResult
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction

BODY = "白银市计量测试所（演示）"
MAKERS = ("兰州衡器厂（演示）", "西安仪表（演示）", "上海自动化仪表（演示）")
PLATES = {  # model, range, accuracy class
    InstrumentKind.SCALE: ("TCS-150", "0-150 kg", "Ⅲ级"),
    InstrumentKind.GAUGE: ("Y-100", "0-25 MPa", "1.6级"),
}
FAILED_AT, BAD_AT, EXPIRED = 2, 3, (1, 4, 6)  # stations, by their place
ON_BOILERS = (-12, 20, 95, 140, 170, None)  # days until their verification ends


def instruments_of_city(city: City) -> None:
    """What people enter of their instruments, through the actions behind the pages."""
    today = clock.today()
    for number, unit in enumerate(city.of(OrganisationKind.STATION)):
        owner = person_of(unit, Role.STATION_OWNER)
        own = visible(SYSTEM, Instrument).where(Instrument.organisation_id == unit.id)
        rows = session.scalars(own.order_by(Instrument.number)).all()
        for place, row in enumerate(rows):
            with transaction():
                _of_station(row, number, place, owner)
    boilers = visible(SYSTEM, Equipment).where(
        Equipment.category == "boiler", Equipment.use_unit_id.is_not(None)
    )
    chosen = session.scalars(boilers.order_by(Equipment.id).limit(len(ON_BOILERS))).all()
    for number, (days, boiler) in enumerate(zip(ON_BOILERS, chosen, strict=False)):
        with transaction():
            _on_boiler(boiler, number, days)
    bureau = _supervisor(city)
    with transaction():
        draw_list("白银区第四季度强制检定", BODY, today + timedelta(days=30), {}, by=bureau)


def _of_station(row: Instrument, number: int, place: int, owner: Viewer) -> None:
    """The plate, the certificate, the own check of one scale or gauge."""
    today, kind = clock.today(), InstrumentKind(row.kind)
    model, measures, accuracy = PLATES[kind]
    plate = {"model": model, "measures": measures, "accuracy": accuracy}
    plate |= {"maker": MAKERS[(number + place) % 3], "place": f"{row.bay}号充装台"}
    actions.change_instrument(row, plate, by=owner)
    until = row.verified_until or today
    if number in EXPIRED and place == 1:
        until = today - timedelta(days=9 + number)
    draft = VerificationDraft(
        result=VerificationResult.PASSED,
        body=BODY,
        number=f"HQ{until.year}-{number + 1:02}{place + 1:03}",
        verified_on=min(until - timedelta(days=175), today - timedelta(days=3)),
        valid_until=until,
    )
    actions.verify(row, draft, by=owner)
    if kind is InstrumentKind.SCALE:
        day = today - timedelta(days=12 + 17 * (number % 6))
        good = OwnCheckDraft(
            result=OwnCheckResult.GOOD, checked_on=day, checker="张建国", note="20 kg 标准砝码，示值 20.00 kg"
        )
        actions.own_check(row, good, by=owner)
    if (number, place) == (FAILED_AT, 1):
        failed = VerificationDraft(
            result=VerificationResult.FAILED,
            body=BODY,
            number=f"BH{today.year}-0071",
            verified_on=today - timedelta(days=2),
            valid_until=None,
            note="偏载误差超差",
        )
        actions.verify(row, failed, by=owner)
    if (number, place) == (BAD_AT, 1) and kind is InstrumentKind.SCALE:
        bad = OwnCheckDraft(
            result=OwnCheckResult.BAD,
            checked_on=today - timedelta(days=1),
            checker="李秀英",
            note="加载 20 kg 砝码示值 20.35 kg，停用待修",
        )
        actions.own_check(row, bad, by=owner)


def _on_boiler(boiler: Equipment, number: int, days: int | None) -> None:
    """A gauge that sits on a boiler of a use unit."""
    today = clock.today()
    holder = session.get_one(Organisation, boiler.use_unit_id)
    new = NewInstrument(
        kind=InstrumentKind.GAUGE,
        name="锅筒压力表",
        number=f"YB-{2300 + number}",
        maker=MAKERS[number % 3],
        model="Y-150",
        measures="0-2.5 MPa",
        accuracy="1.6级",
        place="锅炉房",
        equipment_id=boiler.id,
    )
    row = actions.add_instrument(holder, new, by=SYSTEM)
    if days is None:
        return
    until = today + timedelta(days=days)
    draft = VerificationDraft(
        result=VerificationResult.PASSED,
        body=BODY,
        number=f"YL{until.year}-{number + 1:04}",
        verified_on=until - timedelta(days=180),
        valid_until=until,
    )
    actions.verify(row, draft, by=SYSTEM)


def _supervisor(city: City) -> Viewer:
    """A supervisor of the leading county."""
    for unit in city.of(OrganisationKind.REGULATOR):
        viewer = person_of(unit, Role.SUPERVISOR)
        if viewer.area == "620402":
            return viewer
    return person_of(city.of(OrganisationKind.REGULATOR)[0], Role.SUPERVISOR)
