"""销毁: once for ever, with witness and photo; what waits says for how long."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any, cast
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader
from sqlalchemy import func, select

from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound, OtherContent
from equipment.core.ids import new_id
from equipment.files.actions import StoredDocument, take
from equipment.files.queries import attachments_of
from equipment.lots import destroying
from equipment.lots.destroying import DestructionDraft
from equipment.lots.listing import waiting_table
from equipment.lots.models import Destroyed, Destruction
from equipment.lots.printing import destruction_paper
from equipment.lots.states import DestructionMethod
from equipment.people.models import User
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.register.actions import bind_label, change_status
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from equipment.tasks.ruled import RuledRow
from equipment.tasks.ruled_printing import ruled_pdf
from tests import make
from tests.dues.town import Town, fresh
from tests.lots.test_bench import SCRAP, judge, leave, report
from tests.lots.town import bottle, received

Sign = Callable[[User], FlaskClient]
M = DestructionMethod


def picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    out.seek(0)
    return out


def photo() -> StoredDocument:
    return take(picture(), "压扁.png", "photo")


def scrapped(at: Town, count: int = 1, **more: Any) -> list[Equipment]:
    """Bottles that the bench scrapped, out of the line."""
    bottles = [bottle(at, **more) for _ in range(count)]
    lot = received(at, *bottles)
    for row_no in range(1, count + 1):
        judge(at, lot, row_no, SCRAP)
    report(at, lot, number=f"PJ-{new_id().hex[:6]}")
    leave(at, lot)
    db.session.rollback()
    return bottles


def destroy(
    at: Town, *bottles: Equipment, who: str = "inspector", key: UUID | None = None, **more: Any
) -> Destruction:
    draft = {"on": date(2025, 3, 10), "method": M.CRUSHED, "witness": "周见证", "document_no": "XH-1"} | more
    photos = draft.pop("photos", None)
    with db.transaction():
        return destroying.destroy(
            key or new_id(),
            [one.id for one in bottles],
            DestructionDraft(**draft),
            [photo()] if photos is None else photos,
            by=at.viewer(who),
        )


def test_a_destruction_completes_what_the_result_began(at: Town) -> None:
    one, two = scrapped(at, 2)
    assert [row.equipment_id for row in db.session.query(Destroyed)] == []
    record = destroy(at, one, two)
    assert (record.number, record.bottles, record.organisation_id, record.body_id) == (
        "2025-0001",
        2,
        at.station.id,
        at.body.id,
    )
    row = db.session.get_one(Destroyed, one.id)
    assert (row.code, row.reason, fresh(one.id).status) == (
        one.label_code,
        "L4 壁厚不合格",
        EquipmentStatus.SCRAPPED,
    )
    assert [kept.name for kept in attachments_of(SYSTEM, two.id, "destruction", record.id)] == ["压扁.png"]


def test_the_same_message_is_one_record_and_a_second_destruction_is_refused_in_words(at: Town) -> None:
    (one,), key = scrapped(at), new_id()
    first = destroy(at, one, key=key)
    assert destroy(at, one, key=key).id == first.id
    with pytest.raises(OtherContent):
        destroy(at, one, key=key, witness="别人")
    with pytest.raises(Conflict, match="2025-03-10"):
        destroy(at, one)
    with pytest.raises(Conflict, match="never again"):
        destroy(at, one, who="owner")
    assert db.session.query(Destruction).count() == 1


@pytest.mark.parametrize(
    ("stated", "field"),
    [
        ({"method": M.DRILLED}, "method"),
        ({"method": M.THREAD}, "method"),
        ({"witness": "  "}, "witness"),
        ({"witness": "李检"}, "witness"),  # who records it
        ({"document_no": ""}, "document_no"),
        ({"photos": []}, "photos"),
        ({"on": date(2025, 3, 11)}, "on"),
        ({"on": date(2025, 3, 9)}, "on"),  # before it was scrapped
    ],
)
def test_what_a_record_must_bring(at: Town, stated: dict[str, Any], field: str) -> None:
    (one,) = scrapped(at)
    with pytest.raises(Invalid) as refusal:
        destroy(at, one, **stated)
    assert list(refusal.value.fields) == [field]
    assert db.session.query(Destroyed).count() == 0


def test_a_bottle_that_is_not_scrapped_is_named(at: Town) -> None:
    (one,), alive = scrapped(at), bottle(at, serial="LEBT-1")
    with pytest.raises(Conflict, match="LEBT-1"):
        destroy(at, one, alive)
    assert db.session.query(Destroyed).count() == 0


def test_the_owner_may_destroy_his_own_and_nobody_anothers(at: Town) -> None:
    (one,) = scrapped(at)
    with pytest.raises(NotAllowed):
        destroy(at, one, who="supervisor")
    with pytest.raises((NotFound, Invalid)):
        destroy(at, one, who="stranger")
    assert destroy(at, one, who="owner").body_id == at.station.id


def test_one_record_is_about_one_owner(at: Town) -> None:
    (one,) = scrapped(at)
    other = make.station("别家气站")
    foreign = bottle(at, owner_id=other.id)
    with db.transaction():
        change_status(fresh(foreign.id), EquipmentStatus.SCRAPPED, reason="压扁", by=SYSTEM)
    with pytest.raises(Invalid, match="one owner"):
        destroy(at, one, foreign)


def test_what_waits_says_for_how_long_and_leaves_the_list_when_destroyed(at: Town) -> None:
    one, two = scrapped(at, 2)
    with time_machine.travel("2025-03-22 09:00:00+08:00"):
        table = waiting_table(at.viewer("owner"), {}, str)
        assert sorted((cells[1], cells[7]) for cells in table.rows) == sorted(
            (piece.serial, 12) for piece in (one, two)
        )
        destroy(at, one)
        table = waiting_table(at.viewer("inspector"), {}, str)
        assert [cells[1] for cells in table.rows] == [two.serial]


def test_a_destroyed_bottle_gets_no_label_any_more(at: Town) -> None:
    (one,) = scrapped(at)
    destroy(at, one)
    blank = make.label(at.station, make_code(keys())) if hasattr(make, "label") else None
    if blank is not None:
        with pytest.raises(Conflict), db.transaction():
            bind_label(blank.code, fresh(one.id), by=at.viewer("owner"))
    with pytest.raises(Conflict), db.transaction():
        change_status(fresh(one.id), EquipmentStatus.IN_USE, reason="", by=at.viewer("owner"))


def test_a_body_records_a_destruction_in_the_browser(at: Town, signed_in: Sign) -> None:
    one, two = scrapped(at, 2)
    inspector = signed_in(at.inspector)
    listed = inspector.get("/destructions/waiting").text
    assert (str(one.id) in listed, str(two.id) in listed) == (True, True)
    page = inspector.post("/destructions/new", data={"id": [str(one.id), str(two.id)]})
    assert (page.status_code, "压扁" in page.text, "仅钻孔" in page.text) == (200, True, True)
    typed = {
        "id": [str(one.id), str(two.id)],
        "destruction_id": str(new_id()),
        "on": "2025-03-10",
        "witness": "周见证",
        "document_no": "XH-2",
    }
    weak = inspector.post(
        "/destructions/new", data={**typed, "method": "drilled", "photos": (picture(), "a.png")}
    )
    assert (weak.status_code, "须压扁或剖解" in weak.text, "XH-2" in weak.text) == (422, True, True)
    done = inspector.post(
        "/destructions/new",
        data={**typed, "method": "cut", "photos": (picture(), "a.png")},
        follow_redirects=True,
    )
    assert ("剖解" in done.text, "周见证" in done.text, "evidence-photo" in done.text) == (True, True, True)
    assert "没有待销毁的气瓶" in inspector.get("/destructions/waiting").text
    record = db.session.query(Destruction).one()
    assert "周见证" in signed_in(at.owner).get(f"/destructions/{record.id}").text
    assert signed_in(at.stranger).get(f"/destructions/{record.id}").status_code == 404
    assert f"/destructions/{record.id}" in signed_in(at.owner).get(f"/equipment/{one.id}").text


def test_a_machine_records_a_destruction_and_the_same_message_is_one_record(app: Flask, at: Town) -> None:
    (one, two), (foreign,) = scrapped(at, 2), scrapped(at, 1)
    token = make.device(at.body, DeviceKind.PHONE, person=at.inspector)[1]
    bare = make.device(at.body, DeviceKind.UPLOAD)[1]
    stated = {
        "destruction_id": str(new_id()),
        "bottle": [one.label_code or "", str(two.id)],
        "on": "2025-03-10",
        "method": "cut",
        "witness": "周见证",
        "document_no": "XH-7",
    }

    def send(by: str = token, **more: Any) -> Any:
        files = {} if "photos" in more else {"photos": [(picture(), "压扁.png"), (picture(), "切开.png")]}
        data = {name: value for name, value in {**stated, **files, **more}.items() if value is not None}
        headers = {"Authorization": f"Bearer {by}", "Accept-Language": "en"}
        return app.test_client().post("/api/v1/destructions", data=data, headers=headers)

    assert send(bare).status_code == 403
    for wrong, field in (
        ({"method": "drilled"}, "method"),
        ({"witness": ""}, "witness"),
        ({"photos": None}, "photos"),
        ({"on": "10.3."}, "on"),
        ({"bottle": ["77777777"]}, "bottle"),
        ({"bottle": []}, "bottle"),
        ({"destruction_id": "x"}, "destruction_id"),
    ):
        answer = send(**wrong)
        assert (answer.status_code, list(answer.json["fields"])) == (422, [field]), wrong
    first, again = send(), send()
    assert (first.status_code, again.status_code, first.json) == (201, 201, again.json)
    assert [each["equipment_id"] for each in first.json["bottles"]] == sorted([str(one.id), str(two.id)])
    assert {each["code"] for each in first.json["bottles"]} == {one.label_code, two.label_code}
    assert (first.json["photos"], first.json["method"]) == (2, "cut")
    assert send(witness="别人").status_code == 409
    other = {"destruction_id": str(new_id()), "bottle": [one.label_code or "", str(foreign.id)]}
    assert send(**other).status_code == 409  # destroyed before, for ever
    assert db.session.scalar(select(func.count()).select_from(Destruction)) == 1
    headers = {"Authorization": f"Bearer {token}"}
    read = app.test_client().get(f"/api/v1/destructions/{stated['destruction_id']}", headers=headers)
    assert read.json == first.json


def test_the_paper_holds_every_bottle_with_its_void_code(app: Flask, at: Town) -> None:
    one, two = scrapped(at, 2)
    paper = destruction_paper(destroy(at, one, two), str)
    cells = [cast(RuledRow, row).cells for row in paper.tables[0].rows]
    assert len(cells) == 2
    assert {cells[0][8], cells[1][8]} == {"L4 壁厚不合格"}
    assert len(paper.signatures) == 3
    with app.app_context():
        assert len(PdfReader(io.BytesIO(ruled_pdf(paper, locale="zh_Hans_CN").content)).pages) == 1
