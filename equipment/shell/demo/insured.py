"""保险 and 按需维保 of the demonstration city: policies of every kind and state, what insurers were told, and a
pilot with lifts in force, one that fell back for a missing remote check and one whose insurance was
cancelled."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from uuid import UUID

from PIL import Image

from equipment.core import clock
from equipment.files.actions import take
from equipment.insurance import actions as insurance
from equipment.insurance import cases
from equipment.insurance.actions import PolicyDraft
from equipment.insurance.queries import policy_of
from equipment.insurance.rules import Cover, Payer, PolicyKind
from equipment.on_demand import actions as on_demand
from equipment.on_demand.actions import Approval, FilingDraft
from equipment.on_demand.following import follow
from equipment.on_demand.rules import CheckResult, ContractKnown, FilingCover
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.rules.actions import choose
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

DOCUMENT = "白市监特设〔2026〕18号（演示）"
BEGAN, CHECKED = 21, 8  # days ago: the pilot and its first remote checks, and the second ones
PILOT_LIFTS = 6
FLEETS = (  # number of the use unit, insurer, kind, sum in yuan, begun and ending so many days from today
    (0, "人保财险白银分公司（演示）", PolicyKind.LIABILITY, 1_000_000, -385, -21),
    (1, "平安产险白银中支（演示）", PolicyKind.LIABILITY, 2_000_000, -320, 44),
    (2, "太平洋产险白银中支（演示）", PolicyKind.COMPREHENSIVE, 5_000_000, -120, 244),
    (3, "人保财险白银分公司（演示）", PolicyKind.LIABILITY, 2_000_000, -40, 324),
    (4, "平安产险白银中支（演示）", PolicyKind.LIFE_LONG, 8_000_000, -700, 1125),
    (5, "人保财险白银分公司（演示）", PolicyKind.LIABILITY, 1_000_000, -358, 6),
    (6, "国寿财险白银中支（演示）", PolicyKind.LIABILITY, 2_000_000, 10, 374),
    (8, "平安产险白银中支（演示）", PolicyKind.LIABILITY, 2_000_000, -200, 164),
    (9, "国寿财险白银中支（演示）", PolicyKind.LIABILITY, 1_000_000, -90, 274),
)
CANCELLED = 9
SERVICE = "24小时应急处置费用、主要部件更换（曳引机、变频器、门机）、每年两次安全评估、使用单位培训一次"


def insurance_and_pilot(city: City, lifts: list[Piece]) -> None:
    units, firms = city.of(OrganisationKind.USE_UNIT), city.of(OrganisationKind.FIRM)
    chief, technician = (person_of(firms[0], role) for role in (Role.FIRM_MANAGER, Role.TECHNICIAN))
    policies = _fleets(city, units)
    _firm_policy(city, firms[3])
    chosen = _pilot_lifts(city, lifts, firms[0])
    covers = _for_the_pilot(city, chosen, chief)
    _cases(city, units[1], lifts, policies[1])
    _pilot(city, chosen, firms[0], chief, technician)
    with transaction():
        policy = policy_of(chief, *covers[-1])
        insurance.cancel(policy, city.today, "使用单位更换保险公司，新保单未出具", by=chief)


def _at(city: City, days: int, hour: int = 10) -> datetime:
    return clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=hour)


def _fleets(city: City, units: list[Unit]) -> dict[int, tuple[UUID, UUID]]:
    """A policy for all lifts of a unit, in every state."""
    entered = {}
    for number, (unit, insurer, kind, yuan, since, until) in enumerate(FLEETS, 1):
        officer = person_of(units[unit], Role.SAFETY_OFFICER)
        draft = PolicyDraft(
            holder_id=units[unit].id,
            number=f"PZDT2026{6204:04}{number:05}",
            insurer=insurer,
            kind=kind,
            payer=Payer.OWNER if kind is PolicyKind.LIFE_LONG else Payer.USE_UNIT,
            sum_fen=yuan * 100,
            from_on=city.today + timedelta(days=since),
            until_on=city.today + timedelta(days=until),
            cover=Cover.UNIT,
            iot=kind is not PolicyKind.LIABILITY,
            service=SERVICE if kind is not PolicyKind.LIABILITY else "",
            visits_promised=24 if kind is PolicyKind.COMPREHENSIVE else None,
        )
        with clock.played(_at(city, 30)), transaction():
            policy = insurance.enter(draft, by=officer)
            entered[unit] = (policy.organisation_id, policy.id)
            if unit == CANCELLED:
                day = city.today - timedelta(days=30)
                insurance.cancel(policy, day, "物业服务合同终止", by=officer)
    return entered


def _firm_policy(city: City, firm: Unit) -> None:
    """A firm that insures every lift it maintains."""
    draft = PolicyDraft(
        holder_id=firm.id,
        number="WBZR2026620400077",
        insurer="太平洋产险白银中支（演示）",
        kind=PolicyKind.LIABILITY,
        payer=Payer.FIRM,
        sum_fen=300_000_000,
        from_on=city.today - timedelta(days=150),
        until_on=city.today + timedelta(days=214),
        cover=Cover.FIRM,
    )
    with clock.played(_at(city, 25)), transaction():
        insurance.enter(draft, by=person_of(firm, Role.FIRM_MANAGER))


def _pilot_lifts(city: City, lifts: list[Piece], firm: Unit) -> list[Equipment]:
    """Lifts of the firm in one county of which nothing bad is known."""
    good = [lift.id for lift in lifts if lift.row["maintenance_firm_id"] == firm.id and lift.story == ""]
    chosen = []
    for key in good:
        lift = session.get_one(Equipment, key)
        valid = lift.inspection_due_on is not None and lift.inspection_due_on > city.today + timedelta(
            days=60
        )
        if valid and lift.stop_use_since is None and lift.area.startswith("620402"):
            chosen.append(lift)
        if len(chosen) == PILOT_LIFTS:
            break
    return chosen


def _for_the_pilot(city: City, chosen: list[Equipment], chief: Viewer) -> list[tuple[UUID, UUID]]:
    """Each lift of the pilot has a policy of its own, entered by the firm."""
    entered = []
    for number, lift in enumerate(chosen, 1):
        draft = PolicyDraft(
            holder_id=lift.use_unit_id,
            number=f"AXWB2026{number:04}",
            insurer="平安产险白银中支（演示）",
            kind=PolicyKind.COMPREHENSIVE,
            payer=Payer.FIRM,
            sum_fen=500_000_000,
            from_on=city.today - timedelta(days=60),
            until_on=city.today + timedelta(days=305),
            cover=Cover.LISTED,
            lifts=[lift.id],
            service=SERVICE,
        )
        with clock.played(_at(city, 50)), transaction():
            policy = insurance.enter(draft, by=chief)
            entered.append((policy.organisation_id, policy.id))
    return entered


def _cases(city: City, unit: Unit, lifts: list[Piece], policy: tuple[UUID, UUID]) -> None:
    """Something that the insurer paid, and something it was told yesterday."""
    officer = person_of(unit, Role.SAFETY_OFFICER)
    theirs = [lift.id for lift in lifts if lift.unit is unit][:2]
    pieces = [session.get_one(Equipment, key) for key in theirs]
    day = city.today - timedelta(days=75)
    with clock.played(_at(city, 74)), transaction():
        event = "轿厢平层超差，一名乘客出轿厢时绊倒，左腕骨裂，就医费用由物业垫付"
        case = cases.tell(pieces[0], policy[1], day, event, 1_860_000, ["call:96333-20260915"], by=officer)
    with clock.played(_at(city, 70)), transaction():
        cases.accept(case, "已立案，案号 PADT-0915", by=officer)
    with clock.played(_at(city, 40)), transaction():
        cases.pay(case, 1_520_000, city.today - timedelta(days=41), "扣除免赔额后赔付", by=officer)
    with clock.played(_at(city, 1)), transaction():
        event = "暴雨后底坑进水，随行电缆与底坑开关损坏"
        cases.tell(pieces[-1], policy[1], city.today - timedelta(days=1), event, 780_000, by=officer)


def _pilot(city: City, chosen: list[Equipment], firm: Unit, chief: Viewer, technician: Viewer) -> None:
    """Opened by a document, filed for, approved, followed by remote checks; one lift misses its second."""
    bureaus = city.of(OrganisationKind.REGULATOR)
    administrator = person_of(bureaus[0], Role.ADMINISTRATOR)
    county = person_of(next(unit for unit in bureaus if unit.area == "620402"), Role.SUPERVISOR)
    with clock.played(_at(city, 60)), transaction():
        since = city.today - timedelta(days=60)
        choose("on_demand_pilot", since, {"value": "allowed"}, cite=DOCUMENT, by=administrator)
    for lift in chosen:
        _check(lift, city.today - timedelta(days=BEGAN), _at(city, BEGAN, 9), technician)
    draft = _draft(firm, city.today, [lift.id for lift in chosen])
    with clock.played(_at(city, BEGAN, 14)), transaction():
        filing = on_demand.apply(draft, by=chief)
    approval = Approval(
        "白区市监特备〔2026〕3号（演示）",
        "白银区市场监督管理局（演示）",
        city.today - timedelta(days=BEGAN - 1),
    )
    with clock.played(_at(city, BEGAN - 1, 16)), transaction():
        on_demand.approve(filing, approval, by=county)
    for lift in chosen[1:]:
        _check(lift, city.today - timedelta(days=CHECKED), _at(city, CHECKED, 9), technician)
    missed = _at(city, BEGAN - 16, 0)
    with clock.played(missed), transaction():
        follow([chosen[0].id], clock.site_day(missed))
    with clock.played(_at(city, 2, 15)), transaction():
        on_demand.apply(_draft(firm, city.today, [chosen[1].id], OnDemandBasis.IOT), by=chief)


def _draft(
    firm: Unit, today: date, lifts: list[UUID], basis: OnDemandBasis = OnDemandBasis.REMOTE_CHECK
) -> FilingDraft:
    return FilingDraft(
        firm_id=firm.id,
        basis=basis,
        months=None,
        from_on=today - timedelta(days=BEGAN),
        until_on=today + timedelta(days=344),
        cover=FilingCover.LISTED,
        lifts=lifts,
        contract=ContractKnown.FULL,
        contract_number="QBWB-2026-008",
        contract_until=today + timedelta(days=400),
        items="按 TSG T5002 附件 A 全部项目，另查：制动器动作行程、门锁触点磨损、钢丝绳张力",
        cycle="现场维保不超过2个月一次，每15天远程检查一次",
        target="每台每年困人不超过1次，30分钟内到达现场",
    )


def _check(lift: Equipment, on: date, at: datetime, technician: Viewer) -> None:
    """A remote check with its photo."""
    picture = io.BytesIO()
    Image.new("RGB", (320, 240), (70, 90, 110)).save(picture, "PNG")
    picture.seek(0)
    photo = take(picture, "机房.png", "remote_check")
    with clock.played(at), transaction():
        on_demand.record_check(lift, on, CheckResult.OK, "", [photo], by=technician)
