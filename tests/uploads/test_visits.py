"""A firm's system brings its records: known again by its own number, judged like any other, corrected and
withdrawn without anything being lost."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.dues.queries import open_dues
from equipment.hazards.models import Finding
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.states import VisitState
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from equipment.uploads.models import UploadAttempt, UploadedRecord
from tests import make
from tests.maintenance.place import codes, lift_of
from tests.uploads.conftest import FirmSystem, ago, answers, drawn, introduced, picture, system_of, visit


def number_of(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_a_record_is_taken_whole_and_known_again(system: FirmSystem) -> None:
    introduced(system)
    body = visit()
    first, again, other = (
        system.post("/visits", body),
        system.post("/visits", body),
        system.post("/visits", {**body, "remark": "另一句话", "duty": "visit_quarter"}),
    )
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 409]
    assert sorted(other.json["fields"]) == ["duty", "remark"]
    assert first.json == again.json
    assert (first.json["state"], first.json["missing"], first.json["grade"]) == ("to_sign", {}, "system")
    assert first.json["counted"] is True
    assert first.json["next_on"]
    assert first.json["number"].startswith("WB-")
    assert (number_of(Visit), number_of(Swipe), number_of(UploadedRecord)) == (1, 4, 3)


def test_what_lacks_is_named_and_comes_later(system: FirmSystem) -> None:
    introduced(system)
    whole = answers()
    answer = system.post("/visits", visit(answers=whole[:-2]))
    assert (answer.status_code, answer.json["counted"]) == (201, False)
    assert sorted(answer.json["missing"]) == sorted(codes()[-2:])
    more = {"answers": whole[-2:]}
    for _time in range(2):
        later = system.send("PUT", "/visits/WX-0001/answers", more)
        assert (later.status_code, later.json["counted"], later.json["missing"]) == (200, True, {})


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a lift that nobody knows": ({"lift": "NOBODY-1"}, "lift"),
    "a person that nobody knows": ({"technicians": ["C-3"]}, "technicians.0"),
    "nobody": ({"technicians": []}, "technicians"),
    "an item of another annex": ({"answers": [{"code": "D1", "answer": "ok"}]}, "D1"),
    "a class that is none": ({"duty": "self_test"}, "duty"),
    "a code of no list": ({"problems": ["S9"]}, "problems.0"),
    "a number with blanks": ({"record_id": "WX 0001"}, "record_id"),
    "an unknown field": ({"duration": 40}, "duration"),
    "a time without its offset": ({"arrived": {"at": "2026-11-01T08:00:00"}}, "arrived.at"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_by_its_field(system: FirmSystem, case: str) -> None:
    introduced(system)
    more, field = REFUSED[case]
    answer = system.post("/visits", visit(**more))
    assert (answer.status_code, list(answer.json["fields"])) == (422, [field])
    assert number_of(Visit) == 0
    listed = db.session.scalars(select(UploadAttempt).where(UploadAttempt.outcome == "refused")).all()
    assert [(row.status, row.code, list(row.fields)) for row in listed] == [(422, "invalid", [field])]


@pytest.mark.parametrize(
    ("hours", "minutes", "field"),
    [(3, -5, "left.at"), (3, 60 * 30, "left.at"), (-5, 40, "left.at"), (24 * 366 * 5, 40, "arrived.at")],
)
def test_times_that_cannot_be(system: FirmSystem, hours: float, minutes: float, field: str) -> None:
    introduced(system)
    body = visit(hours=hours)
    body["left"] = {"at": (ago(hours) + timedelta(minutes=minutes)).isoformat(), "how": "camera"}
    answer = system.post("/visits", body)
    assert (answer.status_code, field in answer.json["fields"]) == (422, True)


def test_without_the_certificate_of_that_day_nobody_was_at_work(system: FirmSystem) -> None:
    introduced(system)
    told = system.post("/people", {"record_id": "N-9", "name": "新来的", "mobile": "13900007777"})
    assert told.status_code == 201
    refused = system.post("/visits", visit(technicians=["N-9"]))
    assert (refused.status_code, list(refused.json["fields"])) == (422, ["technicians"])
    paper = {"number": "T-0001", "valid_from": str(make.days(-30)), "valid_until": str(make.days(300))}
    assert system.send("PATCH", "/people/N-9", {"certificates": [paper]}).status_code == 200
    taken = system.post("/visits", visit(technicians=["N-9", "A-1"]))
    assert (taken.status_code, taken.json["technicians"][0]["name"]) == (201, "新来的")


def test_a_lift_of_others_and_a_scrapped_one(system: FirmSystem) -> None:
    introduced(system)
    others = make.organisation(OrganisationKind.FIRM, "别家")
    foreign = lift_of(others, system.at.unit, code="JJPF5RTPMVDE1BQ").id
    answer = system.post("/visits", visit(lift="JJPF5RTPMVDE1BQ"))
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["lift"])
    assert str(foreign) not in answer.get_data(as_text=True)
    lift_of(system.at.firm, system.at.unit, code="5FK2V8D4XRWQ3HB", status=EquipmentStatus.SCRAPPED)
    answer = system.post("/visits", visit(lift="5FK2V8D4XRWQ3HB"))
    assert (answer.status_code, list(answer.json["fields"])) == (422, ["lift"])


def test_one_stay_at_a_lift_is_one_record(system: FirmSystem) -> None:
    """What technicians swiped here too, or what comes under a second number, is not entered twice."""
    introduced(system)
    assert system.post("/visits", visit("WX-1")).status_code == 201
    again = system.post("/visits", visit("WX-2", hours=2.9))
    assert (again.status_code, list(again.json["fields"])) == (409, ["arrived.at"])
    assert system.post("/visits", visit("WX-3", hours=30)).status_code == 201


def test_two_places_at_once_are_seen(system: FirmSystem) -> None:
    introduced(system)
    lift_of(system.at.firm, system.at.unit, code="JJPF5RTPMVDE1BQ")
    assert system.post("/visits", visit("WX-1")).json["flags"] == ["no_photo"]
    there = system.post("/visits", visit("WX-2", lift="JJPF5RTPMVDE1BQ"))
    assert (there.status_code, there.json["flags"]) == (201, ["no_photo", "overlap"])
    assert system.get("/visits/WX-1").json["flags"] == ["no_photo", "overlap"]


def test_a_record_without_presence_is_no_swipe(system: FirmSystem) -> None:
    introduced(system)
    body = visit()
    body["arrived"].pop("how")
    answer = system.post("/visits", body)
    assert (answer.status_code, answer.json["grade"], number_of(Swipe)) == (201, "", 0)
    assert system.at.visit().swiped is False


def test_serious_hazards_are_findings_for_the_county_to_decide(system: FirmSystem) -> None:
    introduced(system)
    assert system.post("/visits", visit(problems=["S5", "S3", "S5"])).status_code == 201
    found = db.session.scalars(select(Finding.description).order_by(Finding.description)).all()
    assert [text[:2] for text in found] == ["S3", "S5"]


def test_photos_are_taken_once_and_bad_ones_named(system: FirmSystem) -> None:
    introduced(system)
    system.post("/visits", visit())
    code = codes()[0]
    sent = {"code": code, "taken_at": ago(2.9).isoformat(), "source": "camera", "stamped": "1"}
    first, again = (
        system.post("/visits/WX-0001/photos", photo=(picture(), "1.jpg"), **sent) for _time in range(2)
    )
    assert [first.status_code, again.status_code] == [201, 200]
    assert first.json["photo_id"] == again.json["photo_id"]
    assert "no_position" in first.json["marks"]
    none = system.post("/visits/WX-0001/photos", **sent)
    text = system.post("/visits/WX-0001/photos", photo=(io.BytesIO(b"not a picture at all"), "1.jpg"), **sent)
    wrong = system.post("/visits/WX-0001/photos", photo=(picture("red"), "1.jpg"), code="Z9")
    assert [(one.status_code, list(one.json["fields"])) for one in (none, text, wrong)] == [
        (422, ["photo"]),
        (422, ["photo"]),
        (422, ["code"]),
    ]
    assert system.post("/visits/NONE/photos", photo=(picture(), "1.jpg"), **sent).status_code == 404


def test_the_use_unit_signs_and_a_signed_record_is_corrected_never_changed(system: FirmSystem) -> None:
    introduced(system)
    system.post("/visits", visit())
    stranger = system.post("/visits/WX-0001/signature", signer="路人", drawing=(drawn(), "s.png"))
    assert (stranger.status_code, list(stranger.json["fields"])) == (422, ["signer_id"])
    for _time in range(2):
        signed = system.post("/visits/WX-0001/signature", signer="安全员", drawing=(drawn(), "s.png"))
        assert (signed.status_code, signed.json["state"]) == (200, "on_site")
    code = codes()[0]
    more = {"answers": [{"code": code, "answer": "abnormal", "note": "抱闸有异响"}]}
    assert system.send("PUT", "/visits/WX-0001/answers", more).status_code == 409
    assert system.post("/visits/WX-0001/withdrawal", {"reason": "看错"}).status_code == 409
    correction = {"record_id": "WX-0001-2", "reason": "抱闸声音没写", **more}
    first, again = (system.post("/visits/WX-0001/correction", correction) for _time in range(2))
    assert [first.status_code, again.status_code] == [201, 200]
    assert (first.json["supersedes"], first.json["state"]) == ("WX-0001", "to_sign")
    assert system.get("/visits/WX-0001").json["superseded"] is True
    other = system.post("/visits/WX-0001/correction", {**correction, "reason": "别的"})
    assert (other.status_code, list(other.json["fields"])) == (409, ["reason"])


def test_a_paper_record_is_the_lowest_signature(system: FirmSystem) -> None:
    introduced(system)
    system.post("/visits", visit())
    answer = system.post("/visits/WX-0001/signature", paper=(picture("white"), "paper.jpg"))
    assert (answer.json["state"], answer.json["signature"]) == ("on_site", "paper")


def test_a_withdrawn_record_stays_and_its_duty_is_open_again(system: FirmSystem) -> None:
    introduced(system)
    system.post("/visits", visit())
    assert system.post("/visits/WX-0001/withdrawal", {"reason": ""}).status_code == 422
    for _time in range(2):
        answer = system.post("/visits/WX-0001/withdrawal", {"reason": "传错电梯"})
        assert (answer.status_code, answer.json["state"], answer.json["counted"]) == (200, "void", False)
    assert answer.json["void_reason"] == "传错电梯"
    # the same number never stands for another record
    again = system.post("/visits", visit(hours=40))
    assert again.status_code == 409
    assert system.post("/visits", visit("WX-0002")).status_code == 201


def test_another_firm_sees_and_changes_nothing(app: Flask, system: FirmSystem) -> None:
    introduced(system)
    system.post("/visits", visit())
    others = make.organisation(OrganisationKind.FIRM, "别家维保")
    boss = make.user(others, Role.FIRM_MANAGER, name="别家经理")
    stranger = system_of(app, others, boss)
    assert stranger.get("/visits/WX-0001").status_code == 404
    assert stranger.post("/visits/WX-0001/withdrawal", {"reason": "x"}).status_code == 404
    assert stranger.get("/people").json["people"] != system.get("/people").json["people"]
    assert system.at.visit().state == VisitState.TO_SIGN


def test_a_system_that_nobody_answers_for_is_told_so(app: Flask, system: FirmSystem) -> None:
    lonely = system_of(app, system.at.firm, system.at.anna)
    answer = lonely.post("/visits", visit())
    assert answer.status_code == 403
    assert "经理" in answer.json["title"] or "manager" in answer.json["title"]


def test_the_record_is_found_by_its_number_and_by_how_it_came(
    system: FirmSystem, signed_in: Callable[[User], FlaskClient]
) -> None:
    introduced(system)
    number = system.post("/visits", visit()).json["number"]
    boss = signed_in(system.at.boss)
    found = {
        query: f"/visits/{system.at.lift.id}/" in boss.get(f"/visits?{query}").get_data(as_text=True)
        for query in (f"q={number.lower()}", "q=WB-200001-00001", "proof=system", "proof=swipe", "proof=late")
    }
    assert list(found.values()) == [True, False, True, False, False]
    page = boss.get(f"/visits/{system.at.lift.id}/{system.at.visit().id}").get_data(as_text=True)
    assert "维保单位系统上报" in page
    assert "WX-0001" in page


def test_an_older_record_moves_no_day_back(system: FirmSystem) -> None:
    """A firm that connects brings what it has, in any order."""
    introduced(system)
    newest = system.post("/visits", visit("WX-9"))
    for number, hours in (("WX-3", 24 * 9), ("WX-1", 24 * 11)):
        older = system.post("/visits", visit(number, hours=hours))
        assert (older.status_code, older.json["missing"]) == (201, {})
    due = open_dues(system.at.lift.id)
    assert [str(one.due_on) for one in due if one.kind == newest.json["next_duty"]] == [
        newest.json["next_on"]
    ]


def test_nobody_is_asked_whose_card_it_was(
    system: FirmSystem, signed_in: Callable[[User], FlaskClient]
) -> None:
    introduced(system)
    system.post("/visits", visit(answers=answers()[:-1]))
    page = f"/visits/{system.at.lift.id}/{system.at.visit().id}"
    for person in (system.at.boss, system.at.anna):
        assert "不是我" not in signed_in(person).get(page).get_data(as_text=True)
