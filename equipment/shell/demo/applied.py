"""报检 and what follows of the demonstration city: a 报检单 of which some rows have a day, a notice that waits for
its unit and one that waits for the body, use marks, the form of a body's report numbers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from equipment.core import clock
from equipment.dues import joint
from equipment.dues.models import Application
from equipment.inspections import actions, marks, opinions, report_numbers
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.queries import COUNTS
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.people.queries import people_with, viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.shell.demo.city import City
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

LEFT_OPEN = "7.2 层门门锁啮合尺寸不足，监护使用\n9.1 机房照明不亮"
TO_CORRECT = "3.4 限速器动作速度超差\n5.1 轿门防夹装置失效"
MARKS = 6


def person(organisation_id: UUID | None, role: Role) -> Viewer:
    """The first person of an organisation with a role."""
    assert organisation_id is not None
    return viewer_of(people_with(organisation_id, role)[0])


def applications_of_weeks(city: City, lifts: list[Piece]) -> None:
    with transaction():
        _joint(city)
    with transaction():
        _left_open(city, lifts)
    with transaction():
        _failed()
    with transaction():
        _marks(city)


def report_form_of_a_body(city: City) -> None:
    """How the second body writes its numbers from now on: the first one's inspector is refused such a one."""
    body = city.of(OrganisationKind.BODY)[-1]
    with transaction():
        report_numbers.set_form("PC-TD-####-*", "定期检验报告（演示）", by=person(body.id, Role.INSPECTOR))


def _joint(city: City) -> None:
    """The unit with the most to apply for sends one form; the body gives some rows a day, one has none."""
    units = [person(unit.id, Role.SAFETY_OFFICER) for unit in city.of(OrganisationKind.USE_UNIT)[1:]]
    due = {officer: joint.to_apply_for(officer, 180) for officer in units}
    enough = (officer for officer in units if len(due[officer]) >= 4)
    officer = next(enough, None) or max(units, key=lambda one: len(due[one]))
    some = due[officer][: max(2, min(6, len(due[officer]) // 2))]  # the rest is left to apply for
    pieces = [row.equipment for row in some]
    note = "上午有人持钥匙在场（演示）"
    wish_on = clock.today() + timedelta(days=9)
    for form in joint.apply_jointly(pieces, by=officer, wish_on=wish_on, note=note).joint:
        inspector = person(form.to_id, Role.INSPECTOR)
        rows = list(joint.rows_of(form))
        half: list[Application] = rows[: len(rows) // 2]
        joint.plan_rows(half, wish_on, by=inspector, inspector_id=inspector.user_id)
        if len(rows) > 2:
            joint.refuse_rows(rows[-1:], "该梯检验现场不具备条件（演示）", by=inspector)


def _left_open(city: City, lifts: list[Piece]) -> None:
    """A result 整改后合格 of today: its notice waits for the unit, which has answered one of two items."""
    unit = city.of(OrganisationKind.USE_UNIT)[1]
    lift = next(lift for lift in reversed(lifts) if lift.unit is unit and lift.story == "")
    piece = session.get_one(Equipment, lift.id)
    result = Result(
        kind=InspectionKind.INSPECTION,
        on=clock.today(),
        conclusion=Conclusion.CORRECTED,
        open_items=LEFT_OPEN,
        feedback_on=clock.today() + timedelta(days=30),
        early=True,
    )
    inspection = actions.record(piece, result, by=person(piece.inspection_body_id, Role.INSPECTOR))
    opinion = opinions.opinion_of(SYSTEM, inspection)
    assert opinion is not None
    officer = person(opinion.unit_id, Role.SAFETY_OFFICER)
    last = opinions.items_of(opinion)[-1]
    opinions.answer(opinion, last.item_no, "已更换照明灯具（演示）", "整改照片 ZG-1", by=officer)


def _failed() -> None:
    """The notice of a result that was not passed, all answered: it waits for the body."""
    failed = visible(SYSTEM, Inspection).where(
        Inspection.category == "elevator", Inspection.conclusion == Conclusion.FAILED, COUNTS
    )
    inspection = session.scalar(failed.order_by(Inspection.on.desc()).limit(1))
    if inspection is None:
        return
    inspector = person(inspection.organisation_id, Role.INSPECTOR)
    feedback_on = clock.today() + timedelta(days=5)
    opinion = opinions.issue(inspection, opinions.items_in(TO_CORRECT), feedback_on, by=inspector)
    officer = person(opinion.unit_id, Role.SAFETY_OFFICER)
    for number in range(1, len(opinions.items_of(opinion)) + 1):
        opinions.answer(opinion, number, "已由维保单位修复（演示）", f"修理记录 XL-{number}", by=officer)


def _marks(city: City) -> None:
    """Marks of the lifts that passed last, printed by their body."""
    body = city.of(OrganisationKind.BODY)[0]
    passed = visible(SYSTEM, Inspection).where(
        Inspection.organisation_id == body.id,
        Inspection.category == "elevator",
        Inspection.kind == InspectionKind.INSPECTION,
        Inspection.conclusion == Conclusion.PASSED,
        COUNTS,
    )
    latest = session.scalars(passed.order_by(Inspection.on.desc()).limit(MARKS)).all()
    marks.make_marks(latest, by=person(body.id, Role.INSPECTOR))
