"""标牌绑定: an unknown plate scanned at a lift, proposed, accepted, declined; who may, and what counts meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.ledger.models import Event
from equipment.maintenance.states import ReadBy, SwipeReason, SwipeVia
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register import search
from equipment.register.codes import plate_number, plate_writing
from equipment.register.models import Equipment, Identifier, PlateProposal
from equipment.register.plate_conditions import conditions_of
from equipment.register.plates import (
    PlateReading,
    accept_plate,
    bind_plate,
    decline_plate,
    plate_back,
    report_plate,
)
from equipment.register.queries import resolve
from equipment.register.rules import (
    EquipmentStatus,
    FurtherPlate,
    IdentifierKind,
    Outcome,
    PlateCondition,
    PlateLossKind,
    PlateState,
    PlateWriting,
)
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, Place, fresh, lift_of, place

Sign = Callable[[User], FlaskClient]
PLATE = "https://96333.example/yjcz?no=620401000123"
NUMBER = "620401000123"


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def scanned(at: Place, code: str = PLATE) -> dict[str, object]:
    """What Anna's phone is answered when its camera reads this code at the lift."""
    message = SwipeMessage(fresh(), clock.now(), code=code, how=ReadBy.CAMERA)
    with make.writing():
        answer, _fresh = swipe(message, by=at.viewer(at.anna))
    return dict(answer)


def propose(at: Place, who: User, code: str = PLATE, lift: Equipment | None = None) -> PlateProposal | None:
    with make.writing():
        piece = db.session.get_one(Equipment, (lift or at.lift).id)
        return bind_plate(piece, PlateReading(code, how="camera"), by=at.viewer(who))


def accept(at: Place, proposal: PlateProposal) -> None:
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        accept_plate(db.session.merge(proposal), lift, by=at.viewer(at.boss))


def proposals() -> list[PlateProposal]:
    db.session.rollback()
    return list(db.session.scalars(select(PlateProposal).order_by(PlateProposal.proposed_at)))


def verbs(at: Place) -> list[str]:
    rows = select(Event.verb).where(Event.subject == f"equipment:{at.lift.id}").order_by(Event.seq)
    return [verb for verb in db.session.scalars(rows) if verb.startswith(("plate.", "identifier."))]


def test_a_proposal_counts_for_no_lift_until_it_is_accepted(at: Place) -> None:
    proposal = propose(at, at.anna)
    assert proposal is not None
    assert (proposal.state, proposal.value) == (PlateState.PROPOSED, NUMBER)
    answer = scanned(at)
    assert [reason["code"] for reason in answer["reasons"]] == [SwipeReason.LIFT_UNKNOWN]  # type: ignore[attr-defined]
    assert (len(at.swipes()), at.visits()) == (1, [])  # the scan is kept and counts for no lift
    accept(at, proposal)
    assert resolve(PLATE).equipment_id == resolve(NUMBER).equipment_id == at.lift.id
    answer = scanned(at)
    assert (answer["equipment_id"], answer["via"]) == (str(at.lift.id), SwipeVia.PHONE)
    assert verbs(at) == ["plate.proposed", "identifier.added", "plate.accepted"]
    assert [row.state for row in proposals()] == [PlateState.ACCEPTED]


def test_the_same_proposal_again_is_the_one_that_waits(at: Place) -> None:
    first, second = propose(at, at.anna), propose(at, at.bo, NUMBER)
    assert first is not None
    assert second is not None
    assert (first.id, len(proposals())) == (second.id, 1)


@pytest.mark.parametrize("who", ["boss", "safe"])
def test_who_answers_for_the_lift_binds_at_once(at: Place, who: str) -> None:
    bound = propose(at, getattr(at, who))
    assert bound is not None
    assert (bound.state, bound.shown, bound.writing) == (PlateState.ACCEPTED, PLATE, PlateWriting.ADDRESS)
    assert resolve(PLATE).equipment_id == at.lift.id


def test_a_declined_plate_stays_unknown_and_says_why(at: Place) -> None:
    proposal = propose(at, at.anna)
    lift = db.session.get_one(Equipment, at.lift.id)
    with pytest.raises(Invalid) as unsaid, make.writing():
        decline_plate(db.session.merge(proposal), lift, " ", by=at.viewer(at.safe))
    assert set(unsaid.value.fields) == {"reason"}
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        decline_plate(db.session.merge(proposal), lift, "标牌属于2号梯", by=at.viewer(at.safe))
    (declined,) = proposals()
    assert (declined.state, declined.reason) == (PlateState.DECLINED, "标牌属于2号梯")
    assert (declined.decided_by, resolve(PLATE).outcome) == (at.safe.id, Outcome.UNKNOWN)
    with pytest.raises(Conflict):
        accept(at, declined)


def test_the_plate_of_another_lift_is_a_claim_and_never_moves_by_itself(at: Place) -> None:
    other = lift_of(at.firm, at.unit, name="测试小区2号梯")
    waiting = propose(at, at.anna)
    assert waiting is not None
    bound = propose(at, at.boss, lift=other)
    assert bound is not None
    assert bound.state == PlateState.ACCEPTED  # bound to the second lift meanwhile
    with pytest.raises(Conflict):
        accept(at, waiting)
    again = propose(at, at.bo)
    assert again is not None
    assert (again.id, again.held_by, again.state) == (waiting.id, other.id, PlateState.PROPOSED)
    assert resolve(PLATE).equipment_id == other.id
    accept(at, again)  # by the manager of both lifts
    assert resolve(PLATE).equipment_id == at.lift.id
    former = db.session.scalars(select(Identifier).where(Identifier.equipment_id == other.id)).all()
    assert [row.voided_at is not None for row in former if row.kind == IdentifierKind.PLATE_QR] == [True]
    assert verbs(at)[-1] == "plate.accepted"


def test_who_answers_for_one_of_two_lifts_does_not_decide_a_claim(at: Place) -> None:
    elsewhere = make.organisation(OrganisationKind.FIRM, "外来维保公司")
    boss = make.user(elsewhere, Role.FIRM_MANAGER, name="外来经理")
    unit = make.organisation(OrganisationKind.USE_UNIT, "另一物业")
    other = lift_of(elsewhere, unit, name="测试小区2号梯")
    assert propose(at, boss, lift=other) is not None
    claim = propose(at, at.boss)
    assert claim is not None
    assert (claim.state, claim.held_by) == (PlateState.PROPOSED, other.id)
    with pytest.raises(NotAllowed):
        accept(at, claim)
    assert resolve(PLATE).equipment_id == other.id


def test_a_second_code_asks_whether_it_is_the_same_plate_or_another(at: Place) -> None:
    assert propose(at, at.boss) is not None
    with pytest.raises(Invalid) as asked:
        propose(at, at.boss, "GS-000777")
    assert set(asked.value.fields) == {"further"}
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        same = PlateReading("GS-000777", how="typed", further=FurtherPlate.SAME)
        bind_plate(lift, same, by=at.viewer(at.boss))
    assert {resolve(PLATE).equipment_id, resolve("GS000777").equipment_id} == {at.lift.id}
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        new = PlateReading("https://96333.example/p/999001", how="camera", further=FurtherPlate.INSTEAD)
        bind_plate(lift, new, by=at.viewer(at.boss))
    assert resolve("999001").equipment_id == at.lift.id
    assert [resolve(text).outcome for text in (PLATE, "GS000777")] == [Outcome.UNKNOWN] * 2


def test_the_number_printed_beside_the_symbol_counts_too(at: Place) -> None:
    with make.writing():
        lift = db.session.get_one(Equipment, at.lift.id)
        bind_plate(lift, PlateReading(PLATE, how="camera", number="甘D-00123"), by=at.viewer(at.safe))
    assert resolve("甘D00123").equipment_id == resolve(PLATE).equipment_id == at.lift.id


def test_a_lost_plate_is_no_plate_until_it_is_there_again(at: Place) -> None:
    def found() -> PlateCondition:
        db.session.rollback()
        return conditions_of([at.lift.id])[at.lift.id]

    assert found() is PlateCondition.NONE
    propose(at, at.boss)
    assert found() is PlateCondition.FOREIGN

    def report(what: PlateLossKind, reason: str) -> None:
        with make.writing():
            report_plate(db.session.get_one(Equipment, at.lift.id), what, reason, by=at.viewer(at.anna))

    with pytest.raises(Invalid):
        report(PlateLossKind.LOST, " ")
    report(PlateLossKind.UNREADABLE, "表面磨花，扫不出")
    assert found() is PlateCondition.UNREADABLE
    with pytest.raises(Conflict):
        report(PlateLossKind.LOST, "又报一次")
    assert resolve(PLATE).equipment_id == at.lift.id  # found by it until another takes its place
    with make.writing():
        plate_back(db.session.get_one(Equipment, at.lift.id), by=at.viewer(at.safe))
    assert found() is PlateCondition.FOREIGN
    assert verbs(at)[-2:] == ["plate.lost", "plate.back"]


@pytest.mark.parametrize(
    ("text", "writing", "number"),
    [
        ("https://96333.example/yjcz?no=620401000123", PlateWriting.ADDRESS, "620401000123"),
        ("http://tzsb.example.gov.cn/p/620401000123#a", PlateWriting.ADDRESS, "620401000123"),
        ("【620401000123，31106200120190001】", PlateWriting.LISTED, "620401000123"),
        ("620401 000123", PlateWriting.DIGITS, "620401000123"),
        ("甘D-00123", PlateWriting.PLAIN, "甘D00123"),
    ],
)
def test_what_stands_on_a_plate_is_read_by_one_parser(text: str, writing: PlateWriting, number: str) -> None:
    assert (plate_writing(text), plate_number(text)) == (writing, number)


def test_a_text_that_no_plate_holds_is_said_to_be_too_long(at: Place) -> None:
    with pytest.raises(Invalid) as refused:
        propose(at, at.boss, "https://x.example/" + "9" * 400)
    assert refused.value.fields["code"].params == {"most": 400}


def test_a_scrapped_lift_and_the_label_of_a_cylinder_are_refused(at: Place) -> None:
    station = make.organisation(OrganisationKind.STATION, "测试气站")
    make.equipment("cylinder", code="0000000000000AA"[:15].replace("A", "B"), owner_id=station.id)
    bottle_code = db.session.scalar(select(Equipment.label_code).where(Equipment.category == "cylinder"))
    with pytest.raises(Conflict) as refused:
        propose(at, at.boss, str(bottle_code))
    assert "code" in refused.value.fields
    with make.writing():
        db.session.get_one(Equipment, at.lift.id).status = EquipmentStatus.SCRAPPED
    with pytest.raises(Conflict) as over:
        propose(at, at.boss, "998877")
    assert over.value.fields["code"].msgid == "The life of this piece is over."


@pytest.mark.parametrize(
    ("code", "field"), [(CODE, "code"), ("7QK2M8D4XRWP3HA", ""), ("  ", "code"), ("12", "code")]
)
def test_what_is_no_plate_is_refused(at: Place, code: str, field: str) -> None:
    """Our own label, a slip of it (the camera makes none, so that is somebody's number), nothing."""
    if not field:
        assert propose(at, at.anna, code) is not None
        return
    with pytest.raises(Invalid) as refused:
        propose(at, at.anna, code)
    assert set(refused.value.fields) == {field}


def test_strangers_neither_propose_nor_see_nor_decide(at: Place, signed_in: Sign) -> None:
    proposal = propose(at, at.anna)
    assert proposal is not None
    foreign = make.organisation(OrganisationKind.FIRM, "外来维保公司")
    decide = f"/equipment/{at.lift.id}/plates/{proposal.id}/accept"
    form = {"equipment_id": str(at.lift.id), "code": "998877", "kind": "plate_qr"}
    for role in (Role.FIRM_MANAGER, Role.TECHNICIAN):
        client = signed_in(make.user(foreign, role, name="外人"))
        assert NUMBER[-3:] not in client.get("/plates").text
        assert "测试小区1号梯" not in client.get(f"/plates/new?code=998877&lift={at.lift.id}&q=测试").text
        assert (client.post("/plates/new", data=form).status_code, client.post(decide).status_code) == (
            404,
            404,
        )
    assert signed_in(at.anna).post(decide).status_code == 403  # whoever proposes does not decide
    inspector = make.user(make.organisation(OrganisationKind.BODY, "特检院"), Role.INSPECTOR)
    with pytest.raises(NotAllowed):
        bind_plate(at.lift, PlateReading("998877", how="camera"), by=viewer_of(inspector))
    assert [row.state for row in proposals()] == [PlateState.PROPOSED]


def test_from_the_refused_scan_to_the_accepted_plate(at: Place, signed_in: Sign) -> None:
    swipe_id = scanned(at)["swipe_id"]
    phone = signed_in(at.anna)
    refused = phone.get(f"/visits/swipes/{swipe_id}?tapped={at.lift.id}").text
    assert "/plates/new?code=https://96333.example/yjcz?no%3D620401000123&amp;how=camera" in refused
    page = phone.get("/plates/new", query_string={"code": PLATE, "how": "camera", "lift": at.lift.id})
    assert "测试小区1号梯" in page.text
    assert "提议" in page.text
    form = {"equipment_id": str(at.lift.id), "code": PLATE, "how": "camera", "kind": "plate_qr"}
    page = phone.post("/plates/new", data=form, follow_redirects=True)
    assert (page.status_code, "已提议" in page.text) == (200, True)
    assert NUMBER not in page.text.replace(PLATE, "")
    assert "•••123" in page.text  # the firm's people read the end of it

    office = signed_in(at.safe)
    assert "待采纳的标牌" in office.get("/").text
    (proposal,) = proposals()
    where = f"/equipment/{at.lift.id}/plates/{proposal.id}"
    assert office.post(f"{where}/decline", data={"reason": ""}).status_code == 422
    page = office.post(f"{where}/accept", follow_redirects=True)
    assert "已采纳" in page.text
    assert office.post(f"{where}/accept").status_code == 409
    again = phone.post("/plates/new", data=form)
    assert (again.status_code, "本梯已绑定此码" in again.text) == (409, True)


def test_a_search_offers_only_the_lifts_of_ones_own(at: Place, signed_in: Sign) -> None:
    lift_of(at.firm, at.unit, name="测试小区2号梯", address="和平路8号")
    elsewhere = make.organisation(OrganisationKind.FIRM, "外来维保公司")
    lift_of(elsewhere, at.unit, name="测试小区3号梯", address="和平路9号")
    with make.writing():
        ids = list(db.session.scalars(select(Equipment.id)))
        search.index(db.session.connection(), ids)
    page = signed_in(at.anna).get("/plates/new", query_string={"code": "998877", "q": "和平路"}).text
    assert ("测试小区2号梯" in page, "测试小区3号梯" in page, "测试小区1号梯" in page) == (True, False, False)
