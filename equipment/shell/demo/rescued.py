"""应急救援 of the city: its platform, duty phones that are confirmed, run out or never were, and the drills of
some months."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.core.months import add_months
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.rescue.drills import DrillDraft, own_pieces, record
from equipment.rescue.lift_codes import mirror_all
from equipment.rescue.models import DutyPhone, PhoneConfirmation, RescuePlatform, RescueStation
from equipment.rescue.rules import ConfirmedHow, DrillClock, DrillKind, Scenario
from equipment.shell.demo.city import CITY, City, Unit
from equipment.shell.demo.writing import TableRow
from equipment.storage import db
from equipment.storage.db import session

MONTHS = 6  # for which a confirmation counts
NEVER = 3  # every so many firms, one whose phone nobody has confirmed
# By the place of the firm: days ago, the kinds of lift drilled, the minutes until arrival, what went wrong.
DRILLS: tuple[tuple[int, int, tuple[DrillKind, ...], int, str], ...] = (
    (0, 172, (DrillKind.STEPPED,), 19, ""),
    (0, 24, (DrillKind.TRACTION, DrillKind.OTHER), 16, "对讲不清，值班人员未先安抚被困人员"),
    (1, 236, (DrillKind.TRACTION,), 34, "途中走错单元，到达超过30分钟"),
    (2, 61, (DrillKind.TRACTION, DrillKind.HYDRAULIC), 22, ""),
    (4, 95, (DrillKind.TRACTION, DrillKind.STEPPED, DrillKind.OTHER), 14, ""),
    (5, 201, (DrillKind.TRACTION,), 27, "盘车手轮未在指定位置"),
)
# By the place of the station: days ago, the minutes until help came, what went wrong.
STATION_DRILLS: tuple[tuple[int, int, int, str], ...] = (
    (0, 352, 4, "消防水带接口老化，出水慢"),
    (1, 96, 3, ""),
    (2, 31, 6, "个别人员未佩戴防护用品"),
)
UNIT_DRILL_DAYS = 57


def rescue_of_city(city: City) -> None:
    """The platform and its stations, and a duty phone for nearly every firm and unit."""
    officer = city.of(OrganisationKind.REGULATOR)[0].one(Role.ADMINISTRATOR)
    _platform(city, officer)
    for number, firm in enumerate(city.of(OrganisationKind.FIRM)):
        if number == 14:
            continue  # a firm without any
        boss = firm.one(Role.FIRM_MANAGER)
        days = 210 if number == 6 else 175 if number == 0 else 40 + number * 5
        how = None if number % 5 == NEVER else ConfirmedHow.CALLED_BACK
        _phone(city, firm, f"0943{9633300 + number}", "24小时", boss, days, how)
    for number, unit in enumerate(city.of(OrganisationKind.USE_UNIT)):
        person = unit.one(Role.SAFETY_OFFICER)
        how = ConfirmedHow.OWN if number % 3 else None
        _phone(city, unit, f"0943{8220000 + number}", "物业值班室", person, 30 + number, how)


def _platform(city: City, officer: TableRow) -> None:
    book, at = city.book, city.start + timedelta(days=30)
    row = book.add(
        RescuePlatform,
        id=book.id(),
        area=CITY,
        from_on=clock.site_day(at),
        name="示例市电梯应急处置中心（演示）",
        phone="96333",
        hours="24小时",
        digits=6,
        own=True,
        first_code="620000",
        last_code="649999",
        set_by=officer["id"],
        set_at=at,
    )
    book.tell(at, "rescue_platform", CITY, "platform.set", [(RescuePlatform, row)], by=officer)
    for area, name, phone in (
        (CITY, "示例市电梯救援总队（演示）", "09438119000"),
        ("620402", "白银区二级救援站（演示）", "09438119001"),
    ):
        row = book.add(
            RescueStation, id=book.id(), area=area, name=name, phone=phone, set_by=officer["id"], set_at=at
        )
        book.tell(at, "rescue_platform", area, "station.added", [(RescueStation, row)], by=officer)


def _phone(
    city: City, unit: Unit, digits: str, shift: str, person: TableRow, days: int, how: ConfirmedHow | None
) -> None:
    """A number entered so many days ago and confirmed on the day after, or not at all."""
    book, at = city.book, clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=10)
    on = clock.site_day(at)
    until = add_months(on, MONTHS) if how else on + timedelta(days=7)
    phone = book.add(
        DutyPhone,
        organisation_id=unit.id,
        id=book.id(),
        digits=digits,
        shift=shift,
        person=person["name"],
        first=True,
        added_by=person["id"],
        added_at=at,
        confirmed_on=on if how else None,
        confirmed_how=how,
        confirm_by=until,
    )
    book.tell(at, "organisation", unit.id, "phone.added", [(DutyPhone, phone)], by=person)
    if how is None:
        return
    caller = (
        person if how is ConfirmedHow.OWN else city.of(OrganisationKind.REGULATOR)[0].one(Role.ADMINISTRATOR)
    )
    confirmation = book.add(
        PhoneConfirmation,
        organisation_id=unit.id,
        id=book.id(),
        phone_id=phone["id"],
        how=how,
        on=on,
        until_on=until,
        answered_by="" if how is ConfirmedHow.OWN else "值班员",
        by_user=caller["id"],
        by_organisation=caller["organisation_id"],
        at=at,
    )
    rows = [(DutyPhone, phone), (PhoneConfirmation, confirmation)]
    book.tell(at, "organisation", unit.id, "phone.confirmed", rows, by=caller)


def drills_of_months(city: City) -> None:
    """Firms that drilled in time, one whose next is due soon, and some that are late."""
    with db.transaction():
        mirror_all()
    firms = city.of(OrganisationKind.FIRM)
    for place, days, classes, minutes, wrong in DRILLS:
        with db.transaction():
            _drill(firms[place], city.today - timedelta(days=days), classes, minutes, wrong)
    for place, days, minutes, wrong in STATION_DRILLS:
        station = city.of(OrganisationKind.STATION)[place]
        with db.transaction():
            _drill_of_station(station, city.today - timedelta(days=days), minutes, wrong)
    with db.transaction():
        _drill_of_unit(city.of(OrganisationKind.USE_UNIT)[0], city.today - timedelta(days=UNIT_DRILL_DAYS))


def _drill(firm: Unit, on: date, classes: tuple[DrillKind, ...], minutes: int, wrong: str) -> None:
    by = viewer_of(session.get_one(User, firm.one(Role.FIRM_MANAGER)["id"]))
    lift = next((one for one in own_pieces(by) if one.made_on is None or one.made_on < on), None)
    if lift is None:
        return
    called: datetime = clock.site_midnight(on) + timedelta(hours=9, minutes=30)
    arrived = called + timedelta(minutes=minutes)
    team = [firm.one(Role.FIRM_MANAGER)["name"], *(one["name"] for one in firm.people[Role.TECHNICIAN][:3])]
    draft = DrillDraft(
        equipment_id=lift.id,
        on=on,
        place=f"{lift.address} {lift.name}".strip(),
        scenario=Scenario.ESCALATOR if classes == (DrillKind.STEPPED,) else Scenario.TRAPPED,
        classes=[str(kind) for kind in classes],
        people="、".join(team),
        people_count=len(team),
        moments=DrillClock(called, arrived, arrived + timedelta(minutes=7)),
        unit_took_part=not wrong,
        unit_people="物业安全员、值班保安" if not wrong else "",
        story="模拟轿厢内2人被困，值班室接报后通知维保值班人员，到场断电、盘车平层、开门放人，清点人员并恢复运行。",
        shortcomings=wrong,
        improvements="组织复训，张贴路线图和处置步骤卡，下次演练复查" if wrong else "",
    )
    record(new_id(), draft, [], by=by)


def _drill_of_station(station: Unit, on: date, minutes: int, wrong: str) -> None:
    """泄漏 at the manifold: shut, cleared, cooled, told."""
    owner = station.one(Role.STATION_OWNER)
    alarm = clock.site_midnight(on) + timedelta(hours=15)
    team = [owner["name"], *(one["name"] for one in station.people.get(Role.OPERATOR, [])[:4])]
    draft = DrillDraft(
        equipment_id=None,
        on=on,
        place="充装间、瓶库",
        scenario=Scenario.LEAK,
        classes=[DrillKind.STATION],
        people="、".join(team),
        people_count=len(team),
        moments=DrillClock(
            alarm, alarm + timedelta(minutes=minutes), alarm + timedelta(minutes=minutes + 22)
        ),
        unit_took_part=False,
        story="模拟充装接头泄漏，报警后停泵关阀，疏散无关人员，设置警戒，水雾稀释，检测浓度合格后恢复。",
        shortcomings=wrong,
        improvements="一周内更换并复查，下次演练再验证" if wrong else "",
    )
    record(new_id(), draft, [], by=viewer_of(session.get_one(User, owner["id"])))


def _drill_of_unit(unit: Unit, on: date) -> None:
    """A use unit plays its own plan at one of its pieces."""
    officer = unit.one(Role.SAFETY_OFFICER)
    by = viewer_of(session.get_one(User, officer["id"]))
    place = next((one for one in own_pieces(by) if one.made_on is None or one.made_on < on), None)
    draft = DrillDraft(
        equipment_id=place.id if place else None,
        on=on,
        place=place.address if place else "厂区",
        scenario=Scenario.POWER_CUT,
        classes=[DrillKind.UNIT],
        people=officer["name"] + "、值班人员",
        people_count=5,
        moments=DrillClock(),
        unit_took_part=False,
        story="模拟突然停电，值班人员按专项预案处置，清点人员，联系维保单位，恢复后检查。",
    )
    record(new_id(), draft, [], by=by)
