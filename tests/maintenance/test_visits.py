"""A visit from opening to signature: answers, findings, what counts, what is planned next, disputes, late entries, corrections."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingState
from equipment.ledger.models import Event
from equipment.maintenance import actions, disputes, records, signatures, voiding
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.closing import close_forgotten, expire_unconfirmed
from equipment.maintenance.indicators import indicators
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import visit_at
from equipment.maintenance.records import PaperVisit
from equipment.maintenance.signatures import Signature
from equipment.maintenance.states import Direction, ItemAnswer, VisitState
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.queries import device_viewer
from equipment.people.rules import PUBLIC, OrganisationKind, Role
from equipment.register.models import Identifier
from equipment.register.rules import IdentifierKind
from equipment.regulation.planning import DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, codes, good_readings, lift_of, place

# Nine in the morning on site, the last one that lies well back, so that a visit from then on has happened whenever the tests run.
NINE = (clock.now() - timedelta(hours=4)).replace(hour=1, minute=0, second=0, microsecond=0)


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def phone(at: Place, who: User, when: datetime, **more: Any) -> dict[str, Any]:
    """`who` scans the lift's label with his own phone at that time."""
    viewer = at.viewer(who)
    with time_machine.travel(when, tick=False), db.transaction():
        return swipe(SwipeMessage(new_id(), when, **{"code": CODE, **more}), by=viewer)[0]


def card(at: Place, uid: str, when: datetime) -> dict[str, Any]:
    with time_machine.travel(when, tick=False), db.transaction():
        return swipe(
            SwipeMessage(new_id(), when, card=uid), by=device_viewer(at.reader[0], None), device=at.reader[0]
        )[0]


def act(at: Place, action: Any, who: User, *args: Any, when: datetime | None = None, **more: Any) -> Any:
    viewer = at.viewer(who)
    with time_machine.travel(when or clock.now(), tick=False), db.transaction():
        newest = db.session.scalars(
            select(Visit)
            .where(Visit.equipment_id == at.lift.id)
            .order_by(Visit.received_at.desc(), Visit.id.desc())
        ).first()
        return action(newest, *args, by=viewer, **more)


def everything(
    annex: str = "A",
    duty: DueKind = DueKind.VISIT_HALF_MONTH,
    when: datetime = NINE,
    **special: tuple[ItemAnswer, str],
) -> list[ItemReply]:
    named = {"A-1-06": (ItemAnswer.NOT_APPLICABLE, "本梯无此装置")} | {
        code.replace("_", "-"): answer for code, answer in special.items()
    }
    return [
        ItemReply(code, *named.get(code, (ItemAnswer.OK, "")), when, good_readings(code))
        for code in codes(duty, annex)
    ]


def whole_visit(at: Place, **special: tuple[ItemAnswer, str]) -> Visit:
    """Two technicians, 45 minutes, every item answered, signed out."""
    phone(at, at.anna, NINE)
    phone(at, at.bo, NINE + timedelta(minutes=2))
    act(at, actions.answer, at.anna, everything(**special), when=NINE + timedelta(minutes=40))
    phone(at, at.anna, NINE + timedelta(minutes=45))
    return at.visit()


def open_visits(at: Place) -> list[tuple[str, Any]]:
    found = select(Due.kind, Due.due_on).where(
        Due.equipment_id == at.lift.id, Due.kind.startswith("visit_"), Due.state == DueState.OPEN
    )
    return [tuple(row) for row in db.session.execute(found)]


def findings(at: Place) -> list[tuple[FindingState, str]]:
    return [
        (each.state, each.description)
        for each in db.session.scalars(
            select(Finding).where(Finding.equipment_id == at.lift.id).order_by(Finding.description)
        )
    ]


def test_a_complete_visit_counts_at_once_and_plans_the_next(at: Place) -> None:
    found = whole_visit(at)
    assert (found.state, found.flags, found.counted) == (VisitState.TO_SIGN, [], True)
    assert open_visits(at) == [("visit_half_month", found.on + timedelta(days=15))]
    assert (found.next_duty, found.next_on) == ("visit_half_month", found.on + timedelta(days=15))


def test_an_incomplete_visit_does_not_count_until_the_rest_is_answered(at: Place) -> None:
    before = open_visits(at)
    phone(at, at.anna, NINE)
    act(at, actions.answer, at.anna, everything()[:-1])
    phone(at, at.anna, NINE + timedelta(minutes=45))
    assert (at.visit().flags, at.visit().counted, open_visits(at)) == (
        ["one_technician", "incomplete"],
        False,
        before,
    )
    act(at, actions.answer, at.anna, everything(when=NINE + timedelta(minutes=44))[-1:])
    assert (at.visit().flags, at.visit().counted) == (["one_technician"], True)


def test_an_answer_given_after_signing_out_is_marked(at: Place) -> None:
    phone(at, at.anna, NINE)
    phone(at, at.anna, NINE + timedelta(minutes=45))
    act(at, actions.answer, at.anna, everything(when=NINE + timedelta(hours=3)))
    assert at.visit().flags == ["one_technician", "answered_later"]


@pytest.mark.parametrize(
    ("answer", "note", "missing"),
    [
        (ItemAnswer.OK, "", 0),
        (ItemAnswer.ADJUSTED, "", 0),
        (ItemAnswer.ABNORMAL, "间隙过大", 0),
        (ItemAnswer.ABNORMAL, "", 1),
        (ItemAnswer.NOT_APPLICABLE, "无此部件", 0),
        (ItemAnswer.NOT_APPLICABLE, "", 1),
    ],
)
def test_not_applicable_needs_a_reason_and_abnormal_a_text(
    at: Place, answer: ItemAnswer, note: str, missing: int
) -> None:
    found = whole_visit(at, A_1_05=(answer, note))
    assert ("incomplete" in found.flags) is bool(missing)


def test_answers_stand_in_the_order_they_were_given_not_in_which_they_arrive(at: Place) -> None:
    phone(at, at.anna, NINE)
    later = ItemReply("A-1-01", ItemAnswer.ABNORMAL, "门锁坏", NINE + timedelta(minutes=9))
    earlier = ItemReply("A-1-01", ItemAnswer.OK, "", NINE + timedelta(minutes=8))
    for _ in range(2):
        act(at, actions.answer, at.anna, [later])
        act(at, actions.answer, at.anna, [earlier])
    stored = at.visit().answers["A-1-01"]
    assert (stored["answer"], stored["note"]) == ("abnormal", "门锁坏")
    events = db.session.scalars(
        select(Event.verb).where(Event.subject == f"equipment:{at.lift.id}", Event.verb == "visit.answered")
    ).all()
    assert len(events) == 1


def test_an_abnormal_item_becomes_a_finding_and_one_put_right_a_fact(at: Place) -> None:
    whole_visit(at, A_1_05=(ItemAnswer.ABNORMAL, "<b>间隙</b>过大"), A_1_13=(ItemAnswer.ADJUSTED, "加油"))
    assert findings(at) == [
        (
            FindingState.OPEN,
            "A-1-05 制动器间隙（打开时制动衬与制动轮不摩擦，间隙符合制造单位要求）：<b>间隙</b>过大",
        ),
        (FindingState.PUT_RIGHT, "A-1-13 导靴上油杯（吸油毛毡齐全，油量适宜，无泄漏）：加油"),
    ]


def test_an_abnormal_item_nobody_described_is_a_finding_when_the_record_is_signed(at: Place) -> None:
    whole_visit(at, A_1_05=(ItemAnswer.ABNORMAL, ""))
    assert findings(at) == []
    act(at, signatures.sign, at.safe, Signature())
    assert [state for state, _ in findings(at)] == [FindingState.OPEN]


def test_an_item_that_became_a_finding_keeps_its_answer(at: Place) -> None:
    whole_visit(at, A_1_05=(ItemAnswer.ABNORMAL, "间隙过大"))
    act(at, actions.answer, at.anna, [ItemReply("A-1-05", ItemAnswer.OK, "", NINE + timedelta(minutes=44))])
    assert (at.visit().answers["A-1-05"]["answer"], len(findings(at))) == ("abnormal", 1)


@pytest.mark.parametrize(("who", "error"), [("boss", NotAllowed), ("safe", NotAllowed)])
def test_only_the_technicians_of_the_visit_answer(at: Place, who: str, error: type[Exception]) -> None:
    phone(at, at.anna, NINE)
    with pytest.raises(error):
        act(at, actions.answer, getattr(at, who), everything())


def test_an_item_of_another_annex_or_an_endless_note_is_refused(at: Place) -> None:
    phone(at, at.anna, NINE)
    for wrong in (
        ItemReply("D-1-01", ItemAnswer.OK, "", NINE),
        ItemReply("A-2-01", ItemAnswer.OK, "", NINE),
        ItemReply("A-1-01", ItemAnswer.OK, "x" * 301, NINE),
    ):
        with pytest.raises(Invalid) as caught:
            act(at, actions.answer, at.anna, [wrong])
        assert list(caught.value.fields) == [wrong.code]


def test_the_use_unit_signs_and_the_record_never_changes_again(at: Place) -> None:
    whole_visit(at)
    act(at, signatures.sign, at.safe, Signature())
    found = at.visit()
    assert (found.state, found.signed_by, found.signer_name) == (VisitState.SIGNED, at.safe.id, "安全员")
    other = make.user(at.unit, Role.SAFETY_OFFICER, name="安全主任")
    for action, who, args in (
        (actions.answer, at.anna, (everything(when=NINE + timedelta(minutes=1)),)),
        (signatures.sign, other, (Signature(),)),
        (disputes.dispute, at.safe, ("x",)),
    ):
        with pytest.raises(Conflict):
            act(at, action, who, *args)


def test_only_the_safety_officer_of_this_use_unit_signs_from_an_account(at: Place) -> None:
    whole_visit(at)
    stranger = make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER)
    for who in (at.anna, at.boss, stranger):
        with pytest.raises(NotAllowed):
            act(at, signatures.sign, who, Signature())


def test_two_cards_alone_wait_for_their_technicians(at: Place) -> None:
    card(at, at.anna_card.uid, NINE)
    card(at, at.bo_card.uid, NINE + timedelta(minutes=1))
    card(at, at.bo_card.uid, NINE + timedelta(minutes=45))
    found = at.visit()
    assert (found.state, found.confirmed, found.counted) == (VisitState.UNCONFIRMED, [], False)
    act(
        at,
        actions.answer,
        at.anna,
        everything(when=NINE + timedelta(minutes=30)),
        when=NINE + timedelta(hours=1),
    )
    assert (at.visit().state, at.visit().counted) == (VisitState.UNCONFIRMED, False)
    act(at, actions.confirm, at.anna, when=NINE + timedelta(hours=2))
    assert (at.visit().state, at.visit().flags, at.visit().counted) == (VisitState.TO_SIGN, [], True)
    act(at, actions.confirm, at.bo, when=NINE + timedelta(hours=3))
    assert (at.visit().flags, at.visit().confirmed) == ([], [str(at.anna.id), str(at.bo.id)])


def test_answering_the_checklist_on_site_from_ones_own_sign_in_is_confirmation_enough(at: Place) -> None:
    card(at, at.anna_card.uid, NINE)
    act(at, actions.answer, at.anna, everything(), when=NINE + timedelta(minutes=20))
    card(at, at.anna_card.uid, NINE + timedelta(minutes=45))
    assert (at.visit().state, at.visit().counted) == (VisitState.TO_SIGN, True)


def test_a_card_nobody_confirms_within_the_day_does_not_count(at: Place) -> None:
    card(at, at.anna_card.uid, NINE)
    card(at, at.anna_card.uid, NINE + timedelta(minutes=45))
    closed = at.visit().closed_at
    for when, expired in (
        (closed + timedelta(hours=24), 0),
        (closed + timedelta(hours=24, seconds=1), 1),
        (closed + timedelta(hours=30), 0),
    ):
        with db.transaction():
            assert expire_unconfirmed(when) == expired
    assert (at.visit().state, at.visit().counted) == (VisitState.EXPIRED, False)
    with pytest.raises(Conflict):
        act(at, actions.confirm, at.anna, when=closed + timedelta(hours=25))


def test_a_stranger_cannot_confirm_somebody_elses_card(at: Place) -> None:
    card(at, at.anna_card.uid, NINE)
    card(at, at.anna_card.uid, NINE + timedelta(minutes=45))
    with pytest.raises(NotAllowed):
        act(at, actions.confirm, at.bo, when=NINE + timedelta(hours=1))


def test_a_visit_nobody_signed_out_of_ends_at_its_last_answer_and_is_no_swipe(at: Place) -> None:
    phone(at, at.anna, NINE)
    act(
        at,
        actions.answer,
        at.anna,
        everything(when=NINE + timedelta(minutes=35)),
        when=NINE + timedelta(minutes=36),
    )
    for when, closed in (
        (NINE + timedelta(hours=12), 0),
        (NINE + timedelta(hours=13), 1),
        (NINE + timedelta(hours=14), 0),
    ):
        with db.transaction():
            assert close_forgotten(when) == closed
    found = at.visit()
    assert (found.closed_at - found.opened_at, found.flags, found.counted) == (
        timedelta(minutes=35),
        ["one_technician", "no_sign_out"],
        True,
    )
    assert indicators(make.CITY, found.on, found.on).swiped == 0


def test_opened_by_mistake_is_void_and_nothing_is_due_less(at: Place) -> None:
    before = open_visits(at)
    phone(at, at.anna, NINE)
    act(at, voiding.take_back, at.anna, "误刷", when=NINE + timedelta(minutes=2))
    assert (at.visit().state, open_visits(at)) == (VisitState.VOID, before)
    assert phone(at, at.anna, NINE + timedelta(minutes=5), direction=Direction.IN)["outcome"] == "opened"


def paper(at: Place, **more: Any) -> PaperVisit:
    day = NINE - timedelta(days=1)
    return PaperVisit(
        **{
            "duty": DueKind.VISIT_HALF_MONTH,
            "opened_at": day,
            "closed_at": day + timedelta(minutes=50),
            "technicians": [at.anna.id, at.bo.id],
            "reason": "停电",
            **more,
        }
    )


def enter(at: Place, sheet: PaperVisit, **more: Any) -> Visit:
    viewer = at.viewer(at.boss)
    with db.transaction():
        return records.enter_late(db.session.merge(at.lift), sheet, by=viewer, **more)


def test_a_late_entry_is_marked_counts_when_complete_and_is_never_a_swipe(at: Place) -> None:
    key = new_id()
    assert enter(at, paper(at), visit_id=key).id == enter(at, paper(at), visit_id=key).id
    assert (len(at.visits()), at.visit().late_entry, at.visit().swiped, at.visit().flags) == (
        1,
        True,
        False,
        ["incomplete"],
    )
    act(at, actions.answer, at.boss, everything())
    found = at.visit()
    assert (found.counted, found.flags) == (True, [])
    rates = indicators(make.CITY, found.on, found.on)
    assert (rates.counted, rates.swiped, rates.swipe_rate) == (1, 0, 0.0)


def test_a_lone_sign_out_of_that_day_stands_beside_the_late_entry(at: Place) -> None:
    phone(at, at.anna, NINE - timedelta(days=1), direction=Direction.OUT)
    enter(at, paper(at))
    assert "no_sign_in" in at.visit().flags


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"closed_at": NINE - timedelta(days=2)}, "closed_at"),
        ({"opened_at": NINE, "closed_at": clock.now() + timedelta(days=1)}, "closed_at"),
        ({"closed_at": NINE - timedelta(days=1) + timedelta(hours=13)}, "closed_at"),
        (
            {"opened_at": NINE.replace(year=1926), "closed_at": NINE.replace(year=1926) + timedelta(hours=1)},
            "opened_at",
        ),
        ({"technicians": []}, "technicians"),
        ({"technicians": [new_id()]}, "technicians"),
        ({"reason": " "}, "reason"),
        ({"duty": DueKind.INSPECTION}, "duty"),
    ],
)
def test_a_late_entry_that_cannot_be_is_refused_at_the_field(
    at: Place, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        enter(at, paper(at, **more))
    assert (list(caught.value.fields), at.visits()) == ([field], [])


def test_a_correction_is_a_new_record_and_both_stay(at: Place) -> None:
    whole_visit(at, A_1_05=(ItemAnswer.ABNORMAL, "间隙过大"))
    with pytest.raises(Conflict):
        act(at, records.correct, at.boss, "写错")
    act(at, signatures.sign, at.safe, Signature())
    act(at, records.correct, at.boss, "写错")
    old, new = at.visits()
    assert (old.state, old.superseded, old.counted) == (VisitState.SIGNED, True, False)
    assert (new.state, new.supersedes_id, new.counted, new.correction_reason) == (
        VisitState.TO_SIGN,
        old.id,
        True,
        "写错",
    )
    assert new.answers == old.answers
    assert len(findings(at)) == 1
    rates = indicators(make.CITY, new.on, new.on)
    assert (rates.counted, rates.swiped, rates.unproved) == (1, 0, 1)


@pytest.mark.parametrize(
    ("catalogue", "annex", "first"),
    [("3110", "A", 31), ("3210", "B", 30), ("3430", "C", 20), ("3310", "D", 33), ("3420", "", 0)],
)
def test_every_kind_of_lift_gets_its_own_checklist(
    app: Flask, catalogue: str, annex: str, first: int
) -> None:
    at = place(catalogue)
    answer = phone(at, at.anna, NINE)
    assert (answer["annex"], len(codes(annex=annex)) if annex else 0) == (annex, first)


def test_a_lift_without_standard_checklist_needs_words_instead(app: Flask) -> None:
    at = place("3420")
    phone(at, at.anna, NINE)
    phone(at, at.anna, NINE + timedelta(minutes=45))
    assert "incomplete" in at.visit().flags
    act(at, actions.answer, at.anna, [], remark="按制造单位要求检查了消防功能")
    assert ("incomplete" in at.visit().flags, at.visit().counted) == (False, True)


def test_the_indicators_count_plates_and_swiped_visits(at: Place) -> None:
    lift_of(at.firm, at.unit, visited=40)
    with db.transaction():
        db.session.add(
            Identifier(
                value="04AABB",
                kind=IdentifierKind.RFID,
                equipment_id=at.lift.id,
                shown="04AABB",
                issued_at=clock.now() - timedelta(days=1),
            )
        )
    found = whole_visit(at)
    rates = indicators(make.CITY, found.on - timedelta(days=29), found.on)
    assert (rates.plates, rates.in_use, rates.plate_rate) == (1, 2, 0.5)
    assert (rates.swiped, rates.unproved, rates.counted, rates.missed) == (0, 1, 1, 1)
    with make.writing():
        db.session.merge(found).grade = PresenceGrade.SCAN_IN_FENCE
    rates = indicators(make.CITY, found.on - timedelta(days=29), found.on)
    assert (rates.swiped, rates.unproved, rates.counted, rates.swipe_rate) == (1, 0, 1, 0.5)
    assert indicators(make.ELSEWHERE, found.on, found.on).plate_rate is None


def test_a_stranger_sees_no_visit(at: Place) -> None:
    found = whole_visit(at)
    for who in (at.viewer(make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER)), PUBLIC):
        with pytest.raises(NotFound):
            visit_at(who, found.equipment_id, found.id)
