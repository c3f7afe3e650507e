"""监督检查 of these weeks: the offices that issue, key units, the plan of the year, checks with two inspectors,
and the orders that came of them: one put right, one to be re-checked, one late and handed on, one still to be
issued."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

from PIL import Image, ImageDraw

from equipment.core import clock
from equipment.core.clock import SITE
from equipment.core.ids import new_id
from equipment.files.actions import StoredDocument, keep
from equipment.files.content import PNG, checked
from equipment.hazards.models import Finding
from equipment.orders import actions as orders
from equipment.orders import transfers
from equipment.orders.actions import OrderDraft, OrderService, ProblemAnswer, ProblemDraft
from equipment.orders.models import InspectorOfOrder, Order
from equipment.orders.queries import order_of
from equipment.orders.rules import OrderOrigin, OrderUrgency, ServiceWay
from equipment.people.models import Organisation
from equipment.people.organisations import NewPaper, add_paper, open_organisation
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.supervision_numbers import working_day_from
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.names import COUNTIES
from equipment.storage.db import session, transaction
from equipment.supervision import actions
from equipment.supervision.actions import CheckDraft, FindingDraft
from equipment.supervision.models import CheckedUnit, SupervisionCheck
from equipment.supervision.queries import unit_pieces
from equipment.supervision.rules import CheckKind, Measure, UnitAnswer, UnitRole

CITY, COUNTY = "6204", 6
DAYS_AGO = (46, 24, 12, 3)  # of the checks, the first ones first


def checks_of_weeks(city: City) -> None:
    """Offices, plan, checks and orders, each on its day."""
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    leading = next(area for area in offices if len(area) == COUNTY)
    county, above = person_of(offices[leading], Role.SUPERVISOR), person_of(offices[CITY], Role.SUPERVISOR)
    units = [unit for unit in city.of(OrganisationKind.USE_UNIT) if unit.area.startswith(leading)]
    _maker(leading, city.today)
    with clock.played(_at(city.today, 60)):
        _prepare(units, county, above, city.today)
    first, second, third, last = (_check(units[place], county, place, city.today) for place in range(4))
    done = _order(first, units[0], county, 20)
    _answer_all(done, units[0], _at(city.today, DAYS_AGO[0] - 9))
    with clock.played(_at(city.today, DAYS_AGO[0] - 12)), transaction():
        again = {1: ProblemAnswer("现场核对，安全员到岗", is_right=True), 2: ProblemAnswer("", is_right=True)}
        orders.recheck(_of(done), again, by=above)
    late = _order(second, units[1], county, 10)
    with clock.played(_at(city.today, DAYS_AGO[1] - 14)):
        with transaction():
            orders.mark_overdue(clock.today())
        with transaction():
            team = "白银区市场监督管理综合行政执法队"
            transfers.transfer(_of(late), team, "逾期未整改，多次督促无果", "案卷一册", by=county)
    waiting = _order(third, units[2], county, 25)
    _answer_all(waiting, units[2], _at(city.today, 2))
    assert last.measures == [Measure.ORDER]  # its order is left to whoever looks at the city


def _maker(area: str, today: date) -> None:
    """制造单位: on file for its licence alone, and due for a check after it."""
    with clock.played(_at(today, 60)), transaction():
        values: dict[str, object] = {
            "name": "山丹峡压力容器制造有限公司（演示）",
            "area": area,
            "address": "白银区高新大道18号",
            "phone": "0943-8660018",
        }
        maker = open_organisation(OrganisationKind.MAKER, values, by=SYSTEM)
        session.flush()
        since = today - timedelta(days=90)
        covers = ("cylinder", "pressure_vessel")
        licence = NewPaper(
            PaperKind.MANUFACTURING_LICENCE, "TS2262001-2030", covers, since, since + timedelta(days=1460)
        )
        add_paper(maker, licence, by=SYSTEM)


def _prepare(units: list[Unit], county: Viewer, above: Viewer, today: date) -> None:
    with transaction():
        city_office = ("白银市市场监督管理局", "银", "白银市人民政府", "白银区人民法院", "", "0943-8220000")
        orders.set_issuer(CITY, *city_office, by=above)
        for area, (name, _english, _towns) in COUNTIES.items():
            short = name.removesuffix("区").removesuffix("县")
            office = (f"{name}市场监督管理局", short, f"{name}人民政府", f"{name}人民法院", "", "")
            orders.set_issuer(area, *office, by=above)
    year, month = clock.today().year, clock.today().month
    with transaction():
        for unit in units[:2]:
            row = session.get_one(Organisation, unit.id)
            actions.name_key_unit(row, "在用电梯多、曾有重大隐患", by=above)
        ids = [unit.id for unit in units[:3]]
        actions.plan_checks(ids, year, month, CheckKind.ROUTINE, by=county)
    with transaction():
        more = [unit.id for unit in units[3:7]]
        actions.plan_checks(more, today.year, today.month, CheckKind.ROUTINE, by=county)


def _check(unit: Unit, county: Viewer, place: int, today: date) -> SupervisionCheck:
    """One check of a unit: the first lifts looked at, what was wrong with them, both sides' signatures."""
    began = _at(today, DAYS_AGO[place])
    refuses = place == 1
    with clock.played(began + timedelta(minutes=70)), transaction():
        pieces = session.scalars(unit_pieces(county, unit.id).order_by(Equipment.id).limit(2)).all()
        lift = pieces[0]
        findings = [
            FindingDraft("未配备电梯安全员，安全总监职责未明确", "o74_lift_69"),
            FindingDraft("轿厢内应急救援电话无人接听", "law_40", piece=lift.id),
        ]
        officer = unit.one(Role.SAFETY_OFFICER)
        draft = CheckDraft(
            check_id=new_id(),
            unit=session.get_one(Organisation, unit.id),
            kind=CheckKind.ROUTINE,
            began_at=began,
            ended_at=began + timedelta(minutes=65),
            inspectors=INSPECTORS,
            recorder=INSPECTORS[1]["name"],
            as_named=_named(unit, str(officer["name"])),
            answer=UnitAnswer.REFUSED if refuses else UnitAnswer.SIGNED,
            signer="" if refuses else str(officer["name"]),
            witness="社区网格员陈某" if refuses else "",
            refusal="负责人对检查结论有异议" if refuses else "",
            pieces=[piece.id for piece in pieces],
            findings=findings,
            measures=[Measure.ORDER],
            opinion="" if refuses else "无异议，立即整改",
            signatures=_signatures(refuses),
        )
        return actions.record(draft, by=county).check


INSPECTORS = [
    InspectorOfOrder(name="王监", certificate="甘D-JC-0017"),
    InspectorOfOrder(name="李察", certificate="甘D-JC-0023"),
]


def _named(unit: Unit, officer: str) -> CheckedUnit:
    row = session.get_one(Organisation, unit.id)
    return CheckedUnit(
        name=row.name,
        credit_code=row.credit_code or "",
        legal_representative="张志远",
        safety_manager=officer,
        address=row.address,
        contact=officer,
        post="安全管理员",
        phone=row.phone,
        roles=[UnitRole.USE],
    )


def _order(check: SupervisionCheck, unit: Unit, by: Viewer, days: int) -> Order:
    """The order of a check, signed for within the hour."""
    with clock.played(check.ended_at + timedelta(minutes=55)), transaction():
        finding = session.scalars(visible(SYSTEM, Finding).where(Finding.source_id == check.id)).one()
        lift = session.get_one(Equipment, finding.equipment_id)
        problems = [
            ProblemDraft(problem="未配备电梯安全员，安全总监职责未明确", rule="o74_lift_69"),
            ProblemDraft(problem=finding.description, rule="law_40", piece=lift, finding=finding),
        ]
        draft = OrderDraft(
            unit=session.get_one(Organisation, unit.id),
            problems=problems,
            urgency=OrderUrgency.BY_DAY,
            due_on=working_day_from(clock.today() + timedelta(days=days)),
            inspectors=INSPECTORS,
            measures="整改期间加强巡查，发现异常立即停梯",
            unit_head="张志远",
            origin=OrderOrigin.CHECK,
            origin_id=check.id,
        )
        order = orders.issue(draft, by=by)
        signed = OrderService(ServiceWay.SIGNED, clock.now(), receiver="张志远")
        refused = OrderService(
            ServiceWay.REFUSED, clock.now(), witness="社区网格员陈某", reason="负责人有异议"
        )
        orders.serve(order, signed if check.unit_answer is UnitAnswer.SIGNED else refused, by=by)
        return order


def _answer_all(order: Order, unit: Unit, at: datetime) -> None:
    with clock.played(at), transaction():
        answers = {
            1: ProblemAnswer("已任命安全总监和安全员，职责上墙"),
            2: ProblemAnswer("已更换电话线路，测试接通"),
        }
        orders.answer(_of(order), answers, by=person_of(unit, Role.SAFETY_OFFICER))


def _of(order: Order) -> Order:
    return order_of(SYSTEM, order.organisation_id, order.id)


def _at(today: date, days_ago: int) -> datetime:
    """Half past nine on a day gone by."""
    return datetime.combine(today - timedelta(days=days_ago), time(9, 30), tzinfo=SITE)


def _signatures(refuses: bool) -> dict[str, StoredDocument]:
    who = {"inspector-1": 0, "inspector-2": 1} | ({} if refuses else {"unit": 2})
    return {name: signature(turn) for name, turn in who.items()}


def signature(turn: int) -> StoredDocument:
    """A made-up signature: a few strokes."""
    picture = Image.new("RGBA", (480, 180), (0, 0, 0, 0))
    pen = ImageDraw.Draw(picture)
    for stroke in range(5):
        left = 40 + 80 * stroke
        pen.line(
            (left, 60 + 9 * turn, left + 60, 120 - 7 * stroke, left + 90, 50 + 11 * stroke), "#10243f", 6
        )
    content = io.BytesIO()
    picture.save(content, "PNG")
    content.seek(0)
    sound = checked(content, accept=frozenset({PNG}), largest_mb=1, field="drawing")
    return keep(sound, "signature.png", "signature")
