"""What the county makes of what was seen: row by row whole, and nothing leaves the register unsaid."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from PIL import Image

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.dues.applications import apply, pending_application
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, HazardState
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.storage import db
from equipment.walks.actions import add_photo
from equipment.walks.models import Walk
from equipment.walks.queries import PHOTO, round_of
from equipment.walks.settling import WalkDecision, send_back, settle, settled_in_use
from equipment.walks.states import WalkClosing, WalkOutcome, WalkRowState, WalkSettlement
from tests import make
from tests.walks.conftest import Town

W, S = WalkOutcome, WalkSettlement


def decide(town: Town, walk: Walk, row_no: int, decision: WalkDecision, *, by=None) -> str:  # type: ignore[no-untyped-def]
    viewer = town.by(by or town.settler)
    with db.transaction():
        return settle(round_of(viewer, walk.id), row_no, decision, by=viewer).msgid


def now(piece: Equipment) -> Equipment:
    return db.session.get_one(Equipment, piece.id, populate_existing=True)


def picture(colour: str = "red") -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(content, "JPEG")
    content.seek(0)
    return content


def photographed(town: Town, walk: Walk, row_no: int) -> None:
    photo, by = take(picture(), "现场.jpg", PHOTO, accept=IMAGES), town.by(town.officer)
    with db.transaction():
        add_photo(round_of(by, walk.id), row_no, photo, by=by)


def hazards_of(piece: Equipment) -> list[Hazard]:
    return list(db.session.scalars(visible(SYSTEM, Hazard).where(Hazard.equipment_id == piece.id)))


def test_still_in_use_is_a_general_hazard_to_be_put_right_by_a_day(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, W.IN_USE, note="乘客正在使用")
    until = clock.today() + timedelta(days=12)
    decide(town, walk, 1, WalkDecision(S.HAZARD, due_on=until), by=town.officer)  # the office may
    hazard = hazards_of(lift)[0]
    assert (hazard.grade, hazard.source, hazard.state, hazard.due_on, hazard.responsible_id) == (
        Grade.GENERAL,
        FindingSource.WALK,
        HazardState.OPEN,
        until,
        town.unit.id,
    )
    row = town.rows(walk)[0]
    assert hazard.description == f"超期未检仍在用；应检日期 {row.due_on}；乘客正在使用"
    assert (row.state, row.result) == (WalkRowState.SETTLED, f"hazard:{hazard.id}")
    assert round_of(SYSTEM, walk.id).closed_at is not None
    assert now(lift).status is EquipmentStatus.IN_USE


def test_a_piece_walked_again_has_no_second_hazard(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, W.IN_USE)
    decide(town, walk, 1, WalkDecision(S.HAZARD))
    later = clock.now() + timedelta(days=32)
    with clock.played(later):
        following = town.open()
        town.tap(following, 1, W.IN_USE)
        assert decide(town, following, 1, WalkDecision(S.HAZARD)).startswith("A hazard stands already")
        assert len(hazards_of(lift)) == 1
        assert town.rows(following)[0].result == town.rows(walk)[0].result


def test_the_seam_gives_what_is_still_in_use_by_use_unit(town: Town) -> None:
    other = make.organisation(OrganisationKind.USE_UNIT, "安居物业")
    town.lift(position="1")
    town.lift(position="2")
    town.lift(use_unit_id=other.id, address="友谊路1号")
    town.lift(use_unit_id=other.id, address="友谊路2号")
    walk = town.open()
    for row_no in (1, 2, 3):
        town.tap(walk, row_no, W.IN_USE)
        decide(town, walk, row_no, WalkDecision(S.HAZARD))
    town.tap(walk, 4, W.APPLIED)
    decide(town, walk, 4, WalkDecision(S.APPLY))
    rows = town.rows(walk)
    units = settled_in_use(town.by(town.settler), [row.id for row in rows])
    assert {unit.use_unit_id: [one.row.row_no for one in unit.rows] for unit in units} == {
        town.unit.id: [1, 2],
        other.id: [3],
    }
    assert [one.hazard.equipment_id for one in units[0].rows] == [row.equipment_id for row in rows[:2]]


def test_out_of_use_needs_a_photo_or_words_and_is_the_countys(town: Town) -> None:
    first, second = town.lift(position="1"), town.lift(position="2")
    walk = town.open()
    town.tap(walk, 1, W.STOPPED)
    town.tap(walk, 2, W.STOPPED)
    with pytest.raises(NotAllowed):
        decide(town, walk, 1, WalkDecision(S.STOP, remark="断电"), by=town.officer)
    with pytest.raises(Invalid) as refusal:
        decide(town, walk, 1, WalkDecision(S.STOP))
    assert set(refusal.value.fields) == {"remark"}
    assert now(first).status is EquipmentStatus.IN_USE
    decide(town, walk, 1, WalkDecision(S.STOP, remark="物业出具停用说明"))
    photographed(town, walk, 2)
    decide(town, walk, 2, WalkDecision(S.STOP))
    assert (now(first).status, now(second).status) == (EquipmentStatus.STOPPED, EquipmentStatus.STOPPED)
    assert town.rows(walk)[0].settled_note == "物业出具停用说明"


def test_taken_down_is_deregistered_with_the_round_as_its_reason(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, W.REMOVED, note="井道已封")
    decide(town, walk, 1, WalkDecision(S.CANCEL))
    assert now(lift).status is EquipmentStatus.CANCELLED


def test_not_there_is_doubted_and_stays_in_every_rate_or_is_deregistered(town: Town) -> None:
    doubted, gone = town.lift(position="1"), town.lift(position="2")
    walk = town.open()
    town.tap(walk, 1, W.ABSENT, note="地址无此电梯")
    town.tap(walk, 2, W.ABSENT, note="地址无此电梯")
    decide(town, walk, 1, WalkDecision(S.DOUBT))
    decide(town, walk, 2, WalkDecision(S.CANCEL))
    piece = now(doubted)
    assert (piece.status, piece.verified) == (EquipmentStatus.IN_USE, False)
    assert piece.unverified_reason == f"超期核查 {walk.number} 第1行，现场核查查无此设备，地址无此电梯"
    assert now(gone).status is EquipmentStatus.CANCELLED


def test_an_application_is_made_at_the_body_once_and_the_county_names_one(town: Town) -> None:
    lifts = [town.lift(position="1"), town.lift(position="2", body=False), town.lift(position="3")]
    officer = make.user(town.unit, Role.SAFETY_OFFICER)
    with db.transaction():
        standing = apply(now(lifts[2]), by=town.by(officer)).id
    walk = town.open()
    assert [row.applied for row in town.rows(walk)] == [False, False, True]
    town.tap(walk, 1, W.APPLIED)
    town.tap(walk, 2, W.INSPECTED, note="报告编号待出")
    town.tap(walk, 3, W.APPLIED)
    decide(town, walk, 1, WalkDecision(S.APPLY))
    made = pending_application(lifts[0].id)
    assert made is not None
    assert (made.organisation_id, made.body_id, made.applied_by) == (
        town.unit.id,
        town.body.id,
        town.settler.id,
    )
    assert made.note == f"超期核查 {walk.number}：现场核查已报检"
    with pytest.raises(Invalid) as refusal:
        decide(town, walk, 2, WalkDecision(S.APPLY))
    assert set(refusal.value.fields) == {"body"}
    decide(town, walk, 2, WalkDecision(S.APPLY, body_id=town.body.id))
    assert now(lifts[1]).inspection_body_id == town.body.id
    decide(town, walk, 3, WalkDecision(S.APPLY))
    assert town.rows(walk)[2].result == f"application:{standing}"


def test_a_row_whose_piece_was_scrapped_meanwhile_closes_and_says_so(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, W.IN_USE)
    with db.transaction():
        change_status(now(lift), EquipmentStatus.SCRAPPED, reason="报废", by=town.by(town.settler))
    assert decide(town, walk, 1, WalkDecision(S.HAZARD)) == "Closed by itself: %(why)s"
    row = town.rows(walk)[0]
    assert (row.state, row.closing, row.settlement) == (WalkRowState.CLOSED, WalkClosing.OUT_OF_USE, None)
    assert hazards_of(lift) == []


def test_a_row_is_settled_once_and_not_before_it_is_walked(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    with pytest.raises(Conflict):
        decide(town, walk, 1, WalkDecision(S.HAZARD))
    town.tap(walk, 1, W.IN_USE)
    decide(town, walk, 1, WalkDecision(S.HAZARD))
    with pytest.raises(Conflict):
        decide(town, walk, 1, WalkDecision(S.HAZARD))
    with pytest.raises(Conflict) as refusal:  # the phone had no signal until now
        town.tap(walk, 1, W.STOPPED)
    assert set(refusal.value.fields) == {"outcome"}
    assert len(hazards_of(lift)) == 1


def test_a_day_that_has_passed_is_refused_and_nothing_is_left_behind(town: Town) -> None:
    lift = town.lift()
    walk = town.open()
    town.tap(walk, 1, W.IN_USE)
    with pytest.raises(Invalid):
        decide(town, walk, 1, WalkDecision(S.HAZARD, due_on=clock.today() - timedelta(days=1)))
    findings = visible(SYSTEM, Finding).where(Finding.equipment_id == lift.id)
    assert db.session.scalars(findings).all() == []
    assert town.rows(walk)[0].state is WalkRowState.WALKED


def test_sent_back_it_is_walked_again_with_the_reason(town: Town) -> None:
    town.lift()
    with clock.played(clock.now() - timedelta(hours=9)):
        walk = town.open()
    sent_at = clock.now()
    town.tap(walk, 1, W.ABSENT, note="没找到")
    by = town.by(town.settler)
    with pytest.raises(Invalid), db.transaction():
        send_back(round_of(by, walk.id), 1, " ", by=by)
    with db.transaction():
        send_back(round_of(by, walk.id), 1, "地址在后院，请再看", by=by)
    row = town.rows(walk)[0]
    assert (row.state, row.outcome, row.note, row.sent_back_reason) == (
        WalkRowState.TO_WALK,
        None,
        "",
        "地址在后院，请再看",
    )
    # what a phone had tapped before is no second look
    with clock.played(clock.now() + timedelta(hours=6)):
        assert town.tap(walk, 1, W.ABSENT, at=sent_at - timedelta(hours=1)).is_older
        assert town.rows(walk)[0].state is WalkRowState.TO_WALK
        town.tap(walk, 1, W.IN_USE)
    assert town.rows(walk)[0].state is WalkRowState.WALKED


def test_an_administrator_settles_nothing(town: Town) -> None:
    town.lift()
    walk = town.open()
    town.tap(walk, 1, W.IN_USE)
    admin = make.user(db.session.get_one(Organisation, town.county.id), Role.ADMINISTRATOR)
    with pytest.raises(NotAllowed):
        decide(town, walk, 1, WalkDecision(S.HAZARD), by=admin)
    with pytest.raises(NotAllowed):
        town.tap(walk, 1, W.STOPPED, who=admin, message_id=new_id())


def test_a_self_test_that_is_overdue_is_walked_and_needs_no_application(town: Town) -> None:
    """自行检测: the duty that is overdue longest is the row's."""
    since = clock.now() - timedelta(days=1300)  # so long on file, and never tested
    lifts = [town.lift(position=position, created_at=since) for position in "12"]
    walk = town.open()
    assert [row.duty for row in town.rows(walk)] == ["self_test", "self_test"]
    town.tap(walk, 1, W.APPLIED)
    assert decide(town, walk, 1, WalkDecision(S.APPLY)).startswith("Noted: a self-test")
    assert pending_application(lifts[0].id) is None
    town.tap(walk, 2, W.IN_USE)
    decide(town, walk, 2, WalkDecision(S.HAZARD))
    assert hazards_of(lifts[1])[0].description.startswith("超期未检仍在用（自行检测）；应检日期 ")
