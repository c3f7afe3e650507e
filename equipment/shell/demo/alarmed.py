"""困人救援 of the demonstration: a centre with its desk, half a year of calls, one that is going on, one from a
lift that nobody could name. Told through the actions behind the pages; dice of its own, so that nothing else
of the city moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from equipment.calls import actions
from equipment.calls.corrections import correct
from equipment.calls.models import RescueCall
from equipment.calls.states import ArrivalHow, CallKind, CallSource, CallState, DispatchLevel, DispatchResult
from equipment.calls.taking import CallDraft, describe, take
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.ledger.actions import record
from equipment.people import accounts
from equipment.people.devices import NewDevice, enrol
from equipment.people.models import Organisation, User
from equipment.people.organisations import open_organisation
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role, Viewer
from equipment.shell.demo.city import CITY, City
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

SEED, CALLS, DAYS, RECENT = "rescue", 34, 170, 24
CAUSES = (
    ("door",) * 5
    + ("human",) * 5
    + ("external",) * 4
    + ("control", "safety", "maintenance", "brake", "other")
)
STORIES = {
    "door": "层门门锁触点接触不良，关门后不启动，清洁触点后恢复",
    "human": "乘客反复扒门，电梯保护停梯",
    "external": "小区停电，应急平层未动作",
    "control": "变频器报故障，断电复位后恢复",
    "safety": "限速器开关动作，检查后复位",
    "maintenance": "门机皮带松弛未及时调整",
    "brake": "制动器检测开关异常",
    "other": "原因另行书面报告",
}
LATE = (3, 9, 17, 26)  # which of them came late, and how


def rescues_of_months(city: City, lifts: Sequence[Piece], password: str, password_hash: str) -> None:
    dice = Random(SEED)  # noqa: S311  (stories of a demonstration)
    with transaction():
        taker, colleague = _centre(city, password, password_hash)
    used = [lift for lift in lifts if lift.story == "" and lift.row["maintenance_firm_id"]]
    often = used[5]
    for number in range(CALLS):
        lift = often if number in (8, 16, 24, 31) else used[dice.randrange(len(used))]
        _past_call(lift.id, number, dice, taker)
    _ended(used, dice, taker)
    _worked_on(used[2].id, clock.now() - timedelta(days=1, hours=3), taker, colleague)
    _going_on(used, taker)


def _centre(city: City, password: str, password_hash: str) -> tuple[Viewer, Viewer]:
    with clock.played(city.start):
        values: dict[str, object] = {
            "name": "白银市电梯应急处置中心（演示）",
            "area": CITY,
            "address": "白银区兰州路1号",
            "phone": "0943-96333",
        }
        centre = open_organisation(OrganisationKind.CENTRE, values, by=SYSTEM)
        session.flush()
        people = [_call_taker(centre, *who, password_hash) for who in PEOPLE]
        device = NewDevice(DeviceKind.UPLOAD, "电梯应急处置平台")
        _device, city.tokens["centre"] = enrol(centre, device, by=SYSTEM)
    leading = people[0]
    city.sign_ins["call_taker"] = {
        "title": "应急处置中心接警员",
        "name": leading.name,
        "mobile": leading.mobile,
        "password": password,
        "user_id": str(leading.id),
    }
    return viewer_of(people[0]), viewer_of(people[1])


PEOPLE = (("安接警", "19100000001"), ("卫接警", "19100000002"))


def _call_taker(centre: Organisation, name: str, mobile: str, password_hash: str) -> User:
    new = accounts.NewPerson(name, mobile, [Role.CALL_TAKER], password_hash)
    user = accounts.create_person(centre, new, by=SYSTEM)
    user.organisation = centre
    user.must_change, user.one_time_until = False, None
    record(session(), f"user:{user.id}", "password_changed", actor="system", rows=[user])
    return user


def _past_call(lift_id: UUID, number: int, dice: Random, taker: Viewer) -> None:
    """A call with all its times, as the centre's own system knows it; most came in time."""
    days = dice.randrange(1, 29) if number >= CALLS - RECENT else dice.randrange(30, DAYS)
    called = clock.now() - timedelta(days=days, minutes=dice.randrange(0, 700))
    minutes = dice.randrange(36, 58) if number in LATE else dice.randrange(6, 25)
    arrived = called + timedelta(minutes=minutes, seconds=dice.randrange(60))
    released = arrived + timedelta(minutes=dice.randrange(2, 11), seconds=dice.randrange(60))
    people, cause = dice.randrange(1, 5), CAUSES[dice.randrange(len(CAUSES))]
    draft = CallDraft(
        id=new_id(),
        called_at=called,
        source=CallSource.API if number % 3 else CallSource.WORKBOOK,
        equipment_id=lift_id,
        number=f"JY{called:%y%m%d}{number:03}",
        trapped=people,
        caller_phone=f"139{dice.randrange(10**8):08}" if days < 60 else "",
        dispatched_at=called + timedelta(seconds=dice.randrange(30, 110)),
        arrived_at=None if number == 12 else arrived,
        released_at=released,
        people=people,
        injured=0,
        cause=cause,
        narrative=STORIES[cause],
    )
    with clock.played(released + timedelta(hours=2)), transaction():
        call = take(draft, by=taker)
        if number == 20:
            fixed = {"arrived_at": arrived - timedelta(minutes=2)}
            correct(call, fixed, "到达时间录入有误，以对讲录音为准", by=taker)


def _ended(used: Sequence[Piece], dice: Random, taker: Viewer) -> None:
    """Two that were nothing to rescue."""
    for number, (to, text) in enumerate(
        ((CallState.FALSE, "误按报警按钮，轿内无人"), (CallState.CANCELLED, "电梯自行恢复，乘客自行离开"))
    ):
        called = clock.now() - timedelta(days=4 + number * 6, hours=2)
        lift = used[dice.randrange(len(used))]
        draft = CallDraft(
            id=new_id(), called_at=called, source=CallSource.DESK, equipment_id=lift.id, kind=CallKind.FAULT
        )
        with clock.played(called), transaction():
            call = take(draft, by=taker)
        with clock.played(called + timedelta(minutes=5)), transaction():
            actions.end(session.get_one(RescueCall, call.id), to, text, by=taker)


def _worked_on(lift_id: UUID, called: datetime, taker: Viewer, colleague: Viewer) -> None:
    """One from the desk with every step: late, so that a second firm was sent."""
    draft = CallDraft(id=new_id(), called_at=called, source=CallSource.DESK, equipment_id=lift_id, trapped=3)
    with clock.played(called), transaction():
        call = take(draft, by=taker)
    firm_id = call.firm_id
    assert firm_id is not None

    def at(minutes: int) -> datetime:
        return called + timedelta(minutes=minutes)

    def again() -> RescueCall:
        return session.get_one(RescueCall, call.id)

    with clock.played(at(1)), transaction():
        firm = session.get_one(Organisation, firm_id)
        row = actions.dispatch(again(), DispatchLevel.FIRM, by=taker, firm=firm, phone=firm.rescue_phone)
        describe(
            again(),
            by=taker,
            caller_phone="13900001234",
            trapped=3,
            address="三楼和四楼之间",
            kind=CallKind.TRAPPED,
        )
        actions.tell(again(), "轿内有一名老人，已安抚，嘱咐不要扒门", by=taker)
    with clock.played(at(3)), transaction():
        actions.answer(again(), row, DispatchResult.ACCEPTED, by=taker, eta_minutes=20)
    with clock.played(at(22)), transaction():
        actions.tell(again(), "维保人员来电：路上堵车，约十分钟后到", by=colleague)
    with clock.played(at(34)), transaction():
        actions.arrive(again(), at(34), ArrivalHow.STATED, by=colleague)
    with clock.played(at(39)), transaction():
        actions.release(again(), at(39), by=colleague, people=3, injured=0)
    with clock.played(at(50)), transaction():
        actions.close(again(), "door", by=taker, narrative=STORIES["door"])


def _going_on(used: Sequence[Piece], taker: Viewer) -> None:
    """What the desk shows now: one on its way, one that nobody can place yet."""
    now = clock.now()
    called = now - timedelta(minutes=7)
    draft = CallDraft(
        id=new_id(), called_at=called, source=CallSource.DESK, equipment_id=used[0].id, trapped=2
    )
    with clock.played(called), transaction():
        call = take(draft, by=taker)
    with clock.played(called + timedelta(seconds=50)), transaction():
        firm = session.get_one(Organisation, call.firm_id)
        fresh = session.get_one(RescueCall, call.id)
        row = actions.dispatch(fresh, DispatchLevel.FIRM, by=taker, firm=firm, phone=firm.rescue_phone)
        actions.tell(fresh, "轿内两人，照明正常，情绪稳定", by=taker)
    with clock.played(called + timedelta(minutes=2)), transaction():
        fresh = session.get_one(RescueCall, call.id)
        actions.answer(fresh, row, DispatchResult.ACCEPTED, by=taker, eta_minutes=15)
    unknown = replace(
        draft,
        id=new_id(),
        equipment_id=None,
        called_at=now - timedelta(minutes=2),
        address="人民路百货大楼后面的观光梯，牌子看不清",
        trapped=1,
    )
    with clock.played(now - timedelta(minutes=2)), transaction():
        take(unknown, by=taker)
