"""What the morning meeting (晨会) has to speak of: findings that nobody decided in time, an order that
became overdue and one issued yesterday, a hazard found yesterday, an overdue inspection that was made."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from equipment.core import clock
from equipment.core.clock import SITE
from equipment.dues.models import Due
from equipment.dues.queries import overdue
from equipment.hazards.actions import confirm, rectify_by
from equipment.hazards.findings import find
from equipment.hazards.models import Hazard
from equipment.hazards.queries import Wanted, hazards
from equipment.hazards.rules import FindingSource
from equipment.inspections import actions as inspections
from equipment.inspections.checks import Result
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.orders import actions as orders
from equipment.orders.actions import OrderDraft, OrderService, ProblemDraft
from equipment.orders.rules import OrderUrgency, ServiceWay
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.entering import register
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.regulation.clauses import Grade
from equipment.regulation.planning import INSPECTIONS
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.supervised import COUNTY, INSPECTORS
from equipment.storage.db import session, transaction

UNDECIDED = ((19, "厅门自动关闭装置失效"), (14, "机房温度超限，通风机损坏"))  # days ago, what
LATE_ORDER, NEW_ORDER = 12, 1  # days ago
NEW_SERIAL = "09001"


def meeting_of_today(city: City) -> None:
    """Each of it on its day, by the people who do it."""
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    leading = next(area for area in offices if len(area) == COUNTY)
    county = person_of(offices[leading], Role.SUPERVISOR)
    units = [unit for unit in city.of(OrganisationKind.USE_UNIT) if unit.area.startswith(leading)]
    lifts = session.scalars(
        visible(county, Equipment)
        .where(
            Equipment.category == "elevator", Equipment.status == "in_use", Equipment.stop_use_since.is_(None)
        )
        .order_by(Equipment.id)
        .limit(40)
    ).all()
    for place, (days, text) in enumerate(UNDECIDED):
        with clock.played(_at(city, days)), transaction():
            find(lifts[-1 - place], source=FindingSource.MANUAL, description=text, by=county)
    with clock.played(_at(city, 1)), transaction():
        on = clock.today()
        text = "层门门锁啮合深度不足"
        finding = find(_with_hazard(), source=FindingSource.MANUAL, description=text, by=county)
        confirm(finding, Grade.GENERAL, "", rectify_by(Grade.GENERAL, on), by=county)
    _order(city, units[4], county, LATE_ORDER)
    with transaction():
        orders.mark_overdue(clock.today())
    _order(city, units[5], county, NEW_ORDER)
    _inspected(city)
    _registered(city, units[6], county)


def _registered(city: City, unit: Unit, by: Viewer) -> None:
    """A new lift is put on file with its certificate."""
    day = city.today - timedelta(days=1)
    body, firm = city.of(OrganisationKind.BODY)[0], city.of(OrganisationKind.FIRM)[0]
    values = {
        "category": "elevator",
        "serial": f"E{day.year}{NEW_SERIAL}",
        "name": f"{unit.name[:2]}家园6号楼1号梯",
        "maker": "西北电梯（演示）",
        "made_on": day - timedelta(days=150),
        "registered_on": day,
        "in_use_since": day,
        "use_unit_id": unit.id,
        "owner_id": unit.id,
        "maintenance_firm_id": firm.id,
        "inspection_body_id": body.id,
        "area": unit.area,
        "address": f"{unit.name[:2]}家园",
        "position": "6号楼1单元",
        "details": {"catalogue": "3110"},
        "identifiers": {IdentifierKind.CERTIFICATE_NO: f"梯11甘D{NEW_SERIAL}({day.year % 100:02})"},
    }
    with clock.played(_at(city, 1)), transaction():
        register(values, by=by)


def _with_hazard() -> Equipment:
    """A lift with an open hazard already: one more leaves the rate as it is."""
    pieces = (
        hazards(SYSTEM, Wanted(), clock.today())
        .where(Hazard.category == "elevator", Hazard.source == FindingSource.MANUAL)
        .order_by(Hazard.equipment_id)
    )
    hazard = session.scalars(pieces.limit(1)).one()
    return session.get_one(Equipment, hazard.equipment_id)


def _at(city: City, days: int) -> datetime:
    return datetime.combine(city.today - timedelta(days=days), time(10, 20), tzinfo=SITE)


def _order(city: City, unit: Unit, by: Viewer, days: int) -> None:
    """An order of that day; one given long enough ago ended yesterday."""
    with clock.played(_at(city, days)), transaction():
        until = max(city.today - timedelta(days=1), clock.today() + timedelta(days=10))
        order = orders.issue(
            OrderDraft(
                unit=session.get_one(Organisation, unit.id),
                problems=[ProblemDraft(problem="未按规定开展每日电梯安全检查", rule="o74_lift_69")],
                urgency=OrderUrgency.BY_DAY,
                due_on=until,
                inspectors=INSPECTORS,
                measures="立即补齐检查记录",
                unit_head="李建国",
                keep_day=True,
            ),
            by=by,
        )
        orders.serve(order, OrderService(ServiceWay.SIGNED, clock.now(), receiver="李建国"), by=by)


def _inspected(city: City) -> None:
    """A lift that was overdue is inspected and passes."""
    bodies = {unit.id: unit for unit in city.of(OrganisationKind.BODY)}
    late = overdue(SYSTEM, city.today - timedelta(days=1), kinds=INSPECTIONS).where(
        Due.category == "elevator", Due.kind == InspectionKind.INSPECTION.value, Due.body_id.in_(bodies)
    )
    due = session.scalars(late.order_by(Due.due_on.desc(), Due.equipment_id).limit(1)).one()
    assert due.body_id is not None  # asked for above
    body = person_of(bodies[due.body_id], Role.INSPECTOR)
    with clock.played(_at(city, 1)), transaction():
        lift = session.get_one(Equipment, due.equipment_id)
        result = Result(
            kind=InspectionKind.INSPECTION,
            on=clock.today(),
            conclusion=Conclusion.PASSED,
            report_no=f"DEMO-{clock.today():%Y}-晨01",
        )
        inspections.record(lift, result, by=body)
