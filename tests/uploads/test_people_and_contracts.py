"""Technicians, contracts and lifts of a firm's system, and the page where its people see what was refused."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfWriter
from sqlalchemy import select

from equipment.contracts.models import Contract
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.storage import db
from equipment.uploads.attempts import KEPT_DAYS, forget_attempts
from equipment.uploads.models import UploadAttempt
from equipment.web import cursors
from tests import make
from tests.maintenance.place import CODE, lift_of
from tests.uploads.conftest import UNIT_CODE, FirmSystem, introduced, person, system_of, visit


def paper(**more: Any) -> dict[str, Any]:
    return {"number": "T-77", "valid_from": str(make.days(-9)), "valid_until": str(make.days(900)), **more}


def contract(**more: Any) -> dict[str, Any]:
    return {
        "record_id": "HT-1",
        "number": "维保2026-001",
        "kind": "partial",
        "people": 2,
        "from_on": str(make.days(-3)),
        "until_on": str(make.days(360)),
        "use_unit": UNIT_CODE,
        "lifts": [CODE],
        **more,
    }


def test_a_person_has_his_id_at_once_and_is_known_again(system: FirmSystem) -> None:
    body = {"record_id": "P-1", "name": "新师傅", "mobile": "13912340001", "certificates": [paper()]}
    first, again, other = (
        system.post("/people", body),
        system.post("/people", body),
        system.post("/people", {**body, "mobile": "13912340002"}),
    )
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 409]
    assert first.json == again.json
    assert list(other.json["fields"]) == ["mobile"]
    assert first.json["mobile"] == "13912340001"  # whole: nobody has to send what is on file already
    assert first.json["certificates"][0]["number"] == "T-77"
    user = db.session.scalars(select(User).where(User.mobile == "13912340001")).one()
    assert (user.must_change, user.role_names) == (True, {Role.TECHNICIAN})


def test_who_is_on_file_is_the_same_person(system: FirmSystem) -> None:
    linked = system.post("/people", person("A-1", system.at.anna))
    assert (linked.status_code, linked.json["person_id"]) == (201, str(system.at.anna.id))
    renamed = system.post("/people", person("B-2", system.at.bo, name="别的名字"))
    manager = system.post("/people", person("C-3", system.at.boss))
    elsewhere = system.post(
        "/people", {"record_id": "D-4", "name": "安全员", "mobile": system.at.safe.mobile}
    )
    refused = [(one.status_code, list(one.json["fields"])) for one in (renamed, manager, elsewhere)]
    assert refused == [(422, ["name"]), (422, ["mobile"]), (422, ["mobile"])]
    assert {one["record_id"] for one in system.get("/people").json["people"]} == {"A-1", ""}


def test_a_certificate_is_renewed_and_somebody_leaves(system: FirmSystem) -> None:
    introduced(system)
    answer = system.send("PATCH", "/people/A-1", {"certificates": [paper(number="T-NEW")], "name": "安大师"})
    assert (answer.status_code, answer.json["name"]) == (200, "安大师")
    assert "T-NEW" in {one["number"] for one in answer.json["certificates"]}
    wrong = system.send("PATCH", "/people/A-1", {"certificates": [paper(valid_until="2000-01-01")]})
    assert (wrong.status_code, list(wrong.json["fields"])) == (422, ["certificates.0.valid_until"])
    for _time in range(2):
        assert system.send("PATCH", "/people/A-1", {"works": False}).json["works"] is False
    assert system.send("PATCH", "/people/NONE", {"works": False}).status_code == 404


def test_a_contract_from_its_entry_to_its_end(system: FirmSystem) -> None:
    first, again, other = (
        system.post("/contracts", contract()),
        system.post("/contracts", contract()),
        system.post("/contracts", contract(kind="full")),
    )
    assert [answer.status_code for answer in (first, again, other)] == [201, 200, 409]
    assert list(other.json["fields"]) == ["kind"]
    assert (first.json["state"], first.json["lifts"][0]["counts"]) == ("stated", True)
    changed = system.send("PATCH", "/contracts/HT-1", {"note": "含配件", "kind": "full"})
    assert (changed.status_code, changed.json["kind"], changed.json["note"]) == (200, "full", "含配件")
    lift_of(system.at.firm, system.at.unit, code="JJPF5RTPMVDE1BQ")
    more = {"lifts": ["JJPF5RTPMVDE1BQ", CODE], "from_on": str(make.days(0))}
    for _time in range(2):
        widened = system.post("/contracts/HT-1/lifts", more)
        assert (widened.status_code, len(widened.json["lifts"])) == (200, 2)
    gone = system.post("/contracts/HT-1/leaving", {"lift": "JJPF5RTPMVDE1BQ", "last_on": str(make.days(30))})
    assert str(make.days(30)) in {lift["until_on"] for lift in gone.json["lifts"]}
    ending = {"last_on": str(make.days(60)), "reason": "物业换了维保单位"}
    for _time in range(2):
        ended = system.post("/contracts/HT-1/end", ending)
        assert (ended.status_code, ended.json["ended_on"]) == (200, str(make.days(60)))
    assert system.get("/contracts/HT-1").json["ended_on"] == str(make.days(60))


def test_a_contract_taken_back_stays_back(system: FirmSystem) -> None:
    system.post("/contracts", contract())
    for _time in range(2):
        answer = system.post("/contracts/HT-1/withdrawal", {"reason": "签错"})
        assert (answer.status_code, answer.json["state"]) == (200, "withdrawn")
    assert system.post("/contracts", contract()).json["state"] == "withdrawn"
    assert (
        system.post("/contracts/HT-1/end", {"last_on": str(make.days(9)), "reason": "x"}).status_code == 409
    )


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"lifts": ["NOBODY-1"]}, "codes"),
        ({"use_unit": "91620400MA1NOBODY0"}, "use_unit"),
        ({"until_on": str(make.days(-90))}, "until_on"),
        ({"people": 3}, "people"),
        ({"kind": "cheap"}, "kind"),
        ({"from_on": "2026/11/01"}, "from_on"),
        ({"number": " "}, "number"),
    ],
)
def test_what_is_wrong_with_a_contract_is_named(system: FirmSystem, more: dict[str, Any], field: str) -> None:
    answer = system.post("/contracts", contract(**more))
    assert (answer.status_code, list(answer.json["fields"])) == (422, [field])
    assert db.session.scalars(select(Contract)).all() == []


def test_contracts_that_overlap_are_refused_with_the_other_one(app: Flask, system: FirmSystem) -> None:
    system.post("/contracts", contract())
    second = system.post("/contracts", contract(record_id="HT-2", number="维保2026-002"))
    assert second.status_code == 422
    assert "维保2026-001" in str(second.json["fields"])


def test_the_paper_of_a_contract(system: FirmSystem) -> None:
    system.post("/contracts", contract())
    writer, kept = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    writer.write(kept)
    for _time in range(2):
        kept.seek(0)
        answer = system.post("/contracts/HT-1/papers", paper=(io.BytesIO(kept.getvalue()), "合同.pdf"))
        assert (answer.status_code, answer.json["papers"]) == (200, 1)


def test_lifts_are_read_on_with_all_that_a_system_needs(
    system: FirmSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cursors, "SETTLED", timedelta())
    page = system.get("/lifts").json
    (lift,) = page["lifts"]
    assert (lift["lift_id"], lift["label_code"]) == (str(system.at.lift.id), CODE)
    assert lift["use_unit"]["credit_code"] == UNIT_CODE
    assert (lift["next_duty"], lift["removed"]) == ("visit_half_month", None)
    assert system.get(f"/lifts?cursor={page['next']}").json["lifts"] == []
    items = system.get(f"/lifts/{lift['lift_id']}/checklist?duty=visit_half_month").json
    assert items["annex"] == "A"
    assert [item["code"] for item in items["items"]][:2] == ["A1", "A2"] or items["items"]
    unit = system.get(f"/units?credit_code={UNIT_CODE}").json
    assert [one["lift_id"] for one in unit["lifts"]] == [lift["lift_id"]]
    assert system.get("/units?credit_code=91620400MA1NOBODY0").status_code == 404


def test_lists_of_words_and_the_version_are_served(system: FirmSystem) -> None:
    codes = system.get("/codes").json
    assert {one["code"] for one in codes["problems"]} == {f"S{number}" for number in range(1, 8)}
    assert next(one for one in codes["problems"] if one["code"] == "S4")["verified"] is False
    answer = system.get("/interface")
    assert (answer.json["version"], answer.json["per_minute"]) == ("1.0", 600)
    assert answer.headers["RateLimit-Policy"] == '"60s";q=600;w=60'


def test_the_page_of_uploads_shows_what_was_refused_and_why(
    app: Flask, system: FirmSystem, signed_in: Any
) -> None:
    introduced(system)
    system.post("/visits", visit(lift="NOBODY-1"))
    system.post("/visits", visit())
    manager: FlaskClient = signed_in(system.at.boss)
    refused, everything = (
        manager.get(path).get_data(as_text=True) for path in ("/uploads", "/uploads?outcome=all")
    )
    assert "NOBODY-1" in refused
    assert "WX-0001" in everything
    assert f"/visits/{system.at.lift.id}/" in everything
    other = make.organisation(OrganisationKind.FIRM, "别家维保")
    stranger: FlaskClient = signed_in(make.user(other, Role.FIRM_MANAGER, name="别家经理"))
    assert "NOBODY-1" not in stranger.get("/uploads?outcome=all").get_data(as_text=True)
    bureau = make.organisation(OrganisationKind.REGULATOR, "市局")
    watching: FlaskClient = signed_in(make.user(bureau, Role.SUPERVISOR, name="监察员", area=make.CITY))
    assert "NOBODY-1" in watching.get("/uploads").get_data(as_text=True)


def test_old_messages_are_forgotten_and_records_stay(system: FirmSystem) -> None:
    introduced(system)
    with db.transaction():
        assert forget_attempts(make.days(KEPT_DAYS - 1)) == 0
    with db.transaction():
        assert forget_attempts(make.days(KEPT_DAYS + 2)) == 2
    assert db.session.scalars(select(UploadAttempt)).all() == []
    assert system.post("/people", person("A-1", system.at.anna)).status_code == 200


def test_a_flood_is_told_to_wait(app: Flask, system: FirmSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("equipment.uploads.api.PER_MINUTE", 3)
    answers = [system.post("/people", person("A-1", system.at.anna)) for _time in range(5)]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 429, 429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    other = system_of(app, system.at.firm, system.at.boss)  # counted by system, not by address
    assert other.get("/people").status_code == 200


def test_each_step_of_a_contract_is_listed_as_what_it_is(system: FirmSystem) -> None:
    system.post("/contracts", contract())
    system.post("/contracts/HT-1/papers", paper=(io.BytesIO(b"no paper"), "合同.pdf"))
    system.post("/contracts/HT-1/withdrawal", {"reason": "签错"})
    listed = db.session.scalars(select(UploadAttempt).order_by(UploadAttempt.at, UploadAttempt.id)).all()
    assert [(str(row.step), str(row.outcome)) for row in listed] == [
        ("contract", "recorded"),
        ("contract_paper", "refused"),
        ("withdrawal", "recorded"),
    ]
