"""事故 of the demonstration city: one of last year that is closed, one at a lift whose clocks run today, one at
a station that the county still has to confirm, one that was none; and experts of city and county (专家库)."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from uuid import UUID

from PIL import Image, ImageDraw

from equipment.accidents import clearing, deciding, relaying
from equipment.accidents.actions import AccidentDraft, facts_of, follow_up, report
from equipment.accidents.deciding import Investigation
from equipment.accidents.experts import ExpertDraft, enter_expert
from equipment.accidents.models import Accident
from equipment.accidents.rules import AccidentFacts
from equipment.accidents.states import AccidentLevel, AccidentSource, ClearanceKind, Office, RelayHow
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.actions import StoredDocument, take
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.shell.demo.city import CITY, City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

COUNTY = "620402"
LAST_YEAR, EXCLUDED = 331, 96  # days ago
# (office, name, field, title, kinds of equipment, employer, months on the list yet)
EXPERTS = (
    (
        CITY,
        "柴延林",
        "曳引机、制动器与控制系统",
        "正高级工程师",
        ("elevator",),
        "市特种设备检验所（演示）",
        25,
    ),
    (CITY, "莫晓红", "气瓶充装与瓶阀", "高级工程师", ("cylinder",), "省特检院白银分院（演示）", 25),
    (CITY, "尚志强", "金属材料与失效分析", "教授", ("cylinder", "elevator"), "白银矿冶学院（演示）", 13),
    (CITY, "阮国平", "事故调查与法规", "高级工程师", ("elevator", "cylinder"), "市应急专家组（演示）", -2),
    (COUNTY, "苗建新", "自动扶梯与人行道", "工程师", ("elevator",), "白银区电梯协会（演示）", 8),
)


def accidents_of_months(city: City, lifts: list[Piece], bottles: list[Piece]) -> None:
    bureaus = city.of(OrganisationKind.REGULATOR)
    county_office = next(unit for unit in bureaus if unit.area == COUNTY)
    county = person_of(county_office, Role.SUPERVISOR)
    city_bureau = person_of(next(unit for unit in bureaus if unit.area == CITY), Role.SUPERVISOR)
    experts = _experts(city, {CITY: city_bureau, COUNTY: county})
    good = [lift for lift in lifts if lift.story == "" and lift.row["area"].startswith(COUNTY)]
    usable = [lift for lift in good if _is_usable(lift.id)]
    _closed(city, usable[-1], county, city_bureau, experts[:2])
    _none(city, usable[-2], county)
    _at_a_station(city, bottles)
    leading = city.of(OrganisationKind.USE_UNIT)[0]
    theirs = [lift for lift in usable[:-2] if lift.unit is leading]
    _running((theirs or usable[-3:-2])[0], county)


def _is_usable(key: UUID) -> bool:
    piece = session.get_one(Equipment, key)
    return piece.status == EquipmentStatus.IN_USE and piece.stop_use_since is None


def _ago(city: City, days: int, hour: int, minute: int = 0) -> datetime:
    return clock.site_midnight(city.today - timedelta(days=days)) + timedelta(hours=hour, minutes=minute)


def _experts(city: City, offices: dict[str, Viewer]) -> list[UUID]:
    keys = []
    for number, (office, name, field, title, categories, employer, months) in enumerate(EXPERTS):
        draft = ExpertDraft(
            name=name,
            field=field,
            title=title,
            categories=categories,
            employer=employer,
            phone=f"1390943{number:04}",
            valid_until=city.today + timedelta(days=30 * months),
        )
        with clock.played(_ago(city, LAST_YEAR + 40, 9)), transaction():
            keys.append(enter_expert(draft, by=offices[office]).id)
    return keys


def _draft(
    lift: Piece, at: datetime, knew: int, reported_after: int, what: str, **more: object
) -> tuple[AccidentDraft, datetime]:
    """The report of an accident: when its head knew and when the bureau did, in minutes after it happened."""
    reported = at + timedelta(minutes=reported_after)
    facts = AccidentFacts(
        happened_at=at,
        known_at=at + timedelta(minutes=knew),
        reported_at=reported,
        what=what,
        **{"place": "", **more},  # type: ignore[arg-type]
    )
    piece = session.get_one(Equipment, lift.id)
    return AccidentDraft(id=new_id(), facts=facts, source=AccidentSource.PAGE, equipment=piece), reported


def _officer(lift: Piece, role: Role = Role.SAFETY_OFFICER) -> Viewer:
    return person_of(lift.unit, role)


def _closed(city: City, lift: Piece, county: Viewer, city_bureau: Viewer, team: list[UUID]) -> None:
    """A year ago: reported in time, investigated, made public, the lift cleared by an inspection body."""
    what = "2楼开门运行，一名乘客进入轿厢时门未关闭即上行，右小腿被夹，送医诊断为骨折"
    measures = "切断电源，维保人员盘车放人，封闭现场，120送医"
    draft, reported = _draft(lift, _ago(city, LAST_YEAR, 15, 20), 8, 46, what, injured=1, measures=measures)
    with clock.played(reported), transaction():
        accident = report(draft, [_photo("DEMO 2F")], by=_officer(lift))
    with clock.played(reported + timedelta(minutes=52)), transaction():
        now, receipt = clock.now(), "市局值班室 祁"
        relaying.relay(accident, Office.COUNTY, RelayHow.SYSTEM, now, receipt, "", by=county)
    with clock.played(reported + timedelta(minutes=75)), transaction():
        deciding.confirm(accident, AccidentLevel.GENERAL, "现场核实：层门锁触点粘连", by=county)
    with clock.played(reported + timedelta(minutes=188)), transaction():
        receipt = "省局应急值班 0931-演示"
        relaying.relay(accident, Office.CITY, RelayHow.PHONE, clock.now(), receipt, "", by=city_bureau)
    with clock.played(reported + timedelta(days=3)), transaction():
        was = facts_of(accident)
        values = {name: getattr(was, name) for name in was.__dataclass_fields__}
        values |= {"injured": 0, "serious": 1, "loss_yuan": 86_000}
        follow_up(accident, AccidentFacts(**values), by=_officer(lift))
    _cleared_and_closed(accident, lift, reported, county, city_bureau, team)


def _cleared_and_closed(
    accident: Accident, lift: Piece, reported: datetime, county: Viewer, city_bureau: Viewer, team: list[UUID]
) -> None:
    with clock.played(reported + timedelta(days=21)), transaction():
        ended = Investigation(
            on=clock.today(),
            result="层门锁触点粘连，门锁回路失去保护；维保时短接试验后未恢复",
            cause="维保人员违规短接门锁回路；使用单位日常检查未发现",
            responsible="维保单位（违规作业）、使用单位（管理不到位）",
            team=team,
        )
        deciding.investigate(accident, ended, [_photo("REPORT")], by=county)
    with clock.played(reported + timedelta(days=24)), transaction():
        note = "市特检所全面检查合格，更换全部层门锁，复测平衡系数与制动力"
        documents = [_photo("CHECKED")]
        clearing.ask_clearance(accident, ClearanceKind.STATEMENT, None, note, documents, by=_officer(lift))
    with clock.played(reported + timedelta(days=25)), transaction():
        clearing.decide_clearance(accident, True, "材料齐全，现场复核合格", by=county)
    with clock.played(reported + timedelta(days=38)), transaction():
        text = "某小区电梯开门走梯事故调查处理结果：维保单位违规短接门锁回路，依法处理；使用单位限期整改。"
        where = "市市场监管局网站—行政执法公示（演示）"
        deciding.publish(accident, clock.today(), where, text, by=city_bureau)
        deciding.close(accident, "", by=city_bureau)


def _none(city: City, lift: Piece, county: Viewer) -> None:
    """Reported late, and found to be none: the fire next door was the cause."""
    what = "楼道电动车起火，电梯迫停，2人被困，消防救出"
    draft, reported = _draft(lift, _ago(city, EXCLUDED, 22, 5), 15, 97, what, trapped=2)
    with clock.played(reported), transaction():
        accident = report(draft, by=_officer(lift))
    with clock.played(reported + timedelta(minutes=70)), transaction():
        relaying.relay(accident, Office.COUNTY, RelayHow.SYSTEM, clock.now(), "", "", by=county)
    with clock.played(reported + timedelta(hours=30)), transaction():
        deciding.exclude(accident, "2", "消防部门认定为电动车火灾引发，电梯本体和安全装置完好", by=county)


def _at_a_station(city: City, bottles: list[Piece]) -> None:
    """This morning: the county has reported it upward already and looks into it."""
    leading = city.of(OrganisationKind.STATION)[0]
    good = (one for one in reversed(bottles) if one.story == "" and one.unit is leading)
    bottle = next(one for one in good if _is_usable(one.id))
    owner = person_of(bottle.unit, Role.STATION_OWNER)
    began = min(_ago(city, 0, 7, 40), clock.now() - timedelta(minutes=210))
    what = "充装完毕卸下时瓶阀泄漏，气体喷出，一名充装员右手冻伤"
    measures = "关闭总阀，人员撤离，喷淋稀释，伤员送医"
    draft, reported = _draft(bottle, began, 5, 33, what, injured=1, measures=measures, place="2号充装台")
    with clock.played(reported), transaction():
        report(draft, [_photo("BAY 2")], by=owner)


def _running(lift: Piece, county: Viewer) -> None:
    """Half an hour ago: confirmed, the lift stopped, the report to the city still to be made."""
    what = "轿厢急停后下滑约1.5米，一名老人倒地，腰部受伤，另有2人受惊"
    draft, reported = _draft(lift, clock.now() - timedelta(minutes=64), 6, 31, what, injured=1, trapped=3)
    with clock.played(reported), transaction():
        accident = report(draft, [_photo("CAR")], by=_officer(lift))
    with clock.played(reported + timedelta(minutes=20)), transaction():
        deciding.confirm(accident, AccidentLevel.GENERAL, "", by=county)


def _photo(words: str) -> StoredDocument:
    """A made-up photo: a dark wall with what it is of."""
    picture = Image.new("RGB", (480, 360), (58, 66, 78))
    drawing = ImageDraw.Draw(picture)
    for y in range(0, 360, 45):
        drawing.line((0, y, 480, y + 60), fill=(120, 60, 50), width=5)
    drawing.text((20, 310), words, fill="white", font_size=34)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    content.seek(0)
    return take(content, "现场.jpg", "accident")
