"""本系统标牌: made where none can be read, printed once through the print ledger, hung by a scan at the lift, listed when
out of date."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.geo import GeoPoint, GeoPosition
from equipment.files import store
from equipment.labels import work
from equipment.labels.layouts import PLATE_LAYOUTS, Layout
from equipment.labels.models import LabelBatch
from equipment.labels.plate_facts import changed_facts, plate_facts
from equipment.labels.plate_listing import lifts_to_plate, outdated_codes, plates
from equipment.labels.plate_printing import PrintedPlate, draw_plates
from equipment.labels.plates import HangingScan, PlateObstacle, hang_plate, make_plates, new_plates, obstacles
from equipment.labels.printing import LabelDesign
from equipment.labels.prints import confirm_printed, mark_drawn, spoil
from equipment.labels.rules import Numbers
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.actions import bind_label, report_label
from equipment.register.codes import label_url, make_code
from equipment.register.models import Equipment, Label, LiftPlate
from equipment.register.plate_conditions import conditions_of
from equipment.register.plates import PlateReading, bind_plate, report_plate
from equipment.register.queries import resolve
from equipment.register.rules import (
    IdentifierKind,
    LabelStatus,
    Outcome,
    PlateCondition,
    PlateLossKind,
    PrintState,
)
from equipment.rescue import phones
from equipment.rescue.phones import PhoneDraft
from equipment.rescue.rules import ConfirmedHow
from equipment.storage import db
from equipment.tasks.actions import enqueue
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from tests import make
from tests.labels.test_printing import decoded
from tests.maintenance.place import Place, lift_of, place

Sign = Callable[[User], FlaskClient]
ADDRESS = Settings(public_url="https://tz.baiyin.example.gov.cn")
FACTS = {
    "rescue_code": "620123",
    "phone": "96333\n维保值班 0943-8261234",
    "place": "银杏花园6号楼1号梯 人民路212号银杏花园 6号楼1单元",
    "unit": "白银市示范物业服务有限责任公司银杏花园服务中心",
    "firm": "白银安达电梯工程有限公司",
    "inspection": "2027年01月",
    "equipment_code": "311062001201900265",
    "certificate_no": "梯11甘D00265(19)",
}


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    bureau = make.organisation(OrganisationKind.REGULATOR, "测试市监局", area="6204")
    made.extra["office"] = make.user(bureau, Role.SUPERVISOR, name="监管员")
    return made


def lift(at: Place) -> Equipment:
    return db.session.get_one(Equipment, at.lift.id)


def made(at: Place, *lifts: Equipment, size: str = "plate-100x70-a4") -> tuple[LabelBatch, list[str]]:
    """Plates for these lifts, printed and confirmed."""
    office = at.viewer(at.extra["office"])
    with make.writing():
        batch = new_plates(size, by=office)
        chosen = [db.session.get_one(Equipment, one.id) for one in (lifts or (at.lift,))]
        codes = [plate.code for plate in make_plates(batch, chosen, by=office)]
    with make.writing():
        mark_drawn(codes)
        if codes:
            confirm_printed(db.session.merge(batch), None, by=office)
    return batch, codes


def hung(at: Place, code: str, who: User | None = None, here: GeoPosition | None = None) -> LiftPlate:
    with make.writing():
        return hang_plate(HangingScan(code, "camera", here), by=at.viewer(who or at.anna))


def condition(at: Place) -> PlateCondition:
    db.session.rollback()
    return conditions_of([at.lift.id])[at.lift.id]


@pytest.mark.parametrize("layout", PLATE_LAYOUTS, ids=[layout.key for layout in PLATE_LAYOUTS])
def test_every_plate_of_every_size_is_read_and_says_all(layout: Layout, tmp_path: Path) -> None:
    codes = [make_code(["1" * 64]) for _ in range(layout.on_page)]
    printed = [
        PrintedPlate(label_url(code, ADDRESS), code, (), number, FACTS)
        for number, code in enumerate(codes, 1)
    ]
    pdf = draw_plates(printed, LabelDesign(layout.key, "白银市特种设备", "样张"))
    assert decoded(pdf, tmp_path) == (sorted(one.url for one in printed),) * 2
    document = pypdfium2.PdfDocument(pdf)
    assert len(document) == 1
    assert [round(side * 25.4 / 72) for side in document[0].get_size()] == list(layout.page)
    text = document[0].get_textpage().get_text_bounded().replace("\r", "").replace("\n", "")
    for fact in FACTS.values():
        for line in fact.splitlines():
            assert text.count(line) == layout.on_page, line
    assert "未核实" not in text


def test_a_lift_without_code_and_phone_gets_blank_lines(tmp_path: Path) -> None:
    code = make_code(["1" * 64])
    plate = PrintedPlate(label_url(code, ADDRESS), code, (), 1, {**FACTS, "rescue_code": "", "phone": ""})
    text = pypdfium2.PdfDocument(draw_plates([plate], LabelDesign("plate-150x100", "市")))[0]
    words = text.get_textpage().get_text_bounded()
    assert ("救援识别码" in words, "620123" in words, "96333" in words) == (True, False, False)


def test_a_plate_waits_for_its_lift_and_proves_nothing_before(at: Place) -> None:
    _batch, (code,) = made(at)
    assert (resolve(code).outcome, condition(at)) == (Outcome.BLANK, PlateCondition.NONE)
    other = lift_of(at.firm, at.unit, name="测试小区2号梯")
    with pytest.raises(Conflict) as refused, make.writing():
        bind_label(code, db.session.get_one(Equipment, other.id), by=at.viewer(at.extra["office"]))
    assert refused.value.fields["code"].msgid == "This plate was made for another lift."
    former = lift(at).label_code
    plate = hung(at, code)
    assert (plate.hung_by, plate.distance_m, condition(at)) == (at.anna.id, None, PlateCondition.OURS)
    assert resolve(code).equipment_id == at.lift.id
    assert db.session.get_one(Label, former).status == LabelStatus.REPLACED
    assert hung(at, code).hung_at == plate.hung_at  # sent twice: once


def test_where_the_phone_was_is_noted_and_refuses_nobody(at: Place) -> None:
    _batch, (code,) = made(at)
    plate = hung(at, code, here=GeoPosition(GeoPoint(36.5447, 104.1389), accuracy_m=12))
    assert (plate.latitude, plate.accuracy_m, plate.distance_m) == (365447000, 12, None)


def test_strangers_hang_nothing(at: Place) -> None:
    _batch, (code,) = made(at)
    foreign = make.user(
        make.organisation(OrganisationKind.FIRM, "外来维保公司"), Role.TECHNICIAN, name="外人"
    )
    with pytest.raises(Invalid):
        hung(at, code, foreign)
    inspector = make.user(make.organisation(OrganisationKind.BODY, "特检院"), Role.INSPECTOR)
    with make.writing():
        lift(at).inspection_body_id = inspector.organisation_id
    with pytest.raises(NotAllowed):
        hung(at, code, inspector)
    assert condition(at) is PlateCondition.NONE


def test_a_plate_that_was_never_printed_is_none(at: Place) -> None:
    office = at.viewer(at.extra["office"])
    with make.writing():
        batch = new_plates("plate-100x70", by=office)
        (plate,) = make_plates(batch, [lift(at)], by=office)
        code = plate.code
    with pytest.raises(Conflict) as refused:
        hung(at, code)
    assert "never printed" in refused.value.fields["code"].msgid


def test_ours_is_made_only_where_none_can_be_read(at: Place) -> None:
    with make.writing():
        bind_plate(lift(at), PlateReading("620401000123", how="camera"), by=at.viewer(at.boss))
    assert obstacles([lift(at)]) == {at.lift.id: PlateObstacle.READABLE}
    assert made(at)[1] == []
    with make.writing():
        report_plate(lift(at), PlateLossKind.LOST, "装修时遗失", by=at.viewer(at.anna))
    _batch, (code,) = made(at)
    assert obstacles([lift(at)]) == {at.lift.id: PlateObstacle.WAITING}
    hung(at, code)
    assert (condition(at), resolve("620401000123").outcome) == (PlateCondition.OURS, Outcome.UNKNOWN)
    assert obstacles([lift(at)]) == {at.lift.id: PlateObstacle.SOUND}


def test_a_lost_plate_of_ours_is_replaced_by_the_next(at: Place) -> None:
    _batch, (code,) = made(at)
    hung(at, code)
    with make.writing():
        report_label(db.session.get_one(Label, code), LabelStatus.LOST, by=at.viewer(at.anna))
    assert condition(at) is PlateCondition.LOST
    _again, (fresh,) = made(at)
    hung(at, fresh)
    assert (condition(at), db.session.get_one(Label, code).status) == (
        PlateCondition.OURS,
        LabelStatus.REPLACED,
    )


def test_a_spoilt_plate_is_made_anew_for_the_same_lift(at: Place) -> None:
    batch, (code,) = made(at)
    with make.writing():
        spoil(db.session.merge(batch), Numbers(((1, 1),)), "裁切歪斜", by=at.viewer(at.extra["office"]))
    fresh = db.session.scalars(select(Label.code).where(Label.print_state == PrintState.TO_PRINT)).one()
    plate = db.session.scalars(select(LiftPlate).where(LiftPlate.code == fresh)).one()
    assert plate.equipment_id == at.lift.id
    with pytest.raises(Conflict):
        hung(at, code)


def test_what_changed_since_the_print_is_listed_as_out_of_date(at: Place) -> None:
    _batch, (code,) = made(at)
    hung(at, code)
    office = at.viewer(at.extra["office"])
    assert outdated_codes(office) == []
    with make.writing():
        at_lift = lift(at)
        at_lift.details = {**at_lift.details, "rescue_code": "620999"}
    assert outdated_codes(office) == [code]
    assert [row.code for row in db.session.scalars(plates(office, {"state": "outdated"}))] == [code]
    waiting = db.session.scalars(lifts_to_plate(office, {"why": "outdated"})).all()
    assert [row.id for row in waiting] == [at.lift.id]
    _again, (fresh,) = made(at)
    assert condition(at) is PlateCondition.OURS  # the old one counts until the new one hangs
    hung(at, fresh)
    assert outdated_codes(office) == []


@pytest.mark.parametrize(
    ("printed", "now", "changed"),
    [
        ({"firm": "甲"}, {"firm": "甲"}, {}),
        ({"firm": "甲"}, {"firm": "乙"}, {"firm": ("甲", "乙")}),
        ({}, {"phone": "96333"}, {"phone": ("", "96333")}),
        (
            {"inspection": "2026年06月"},
            {"inspection": "2027年06月"},
            {"inspection": ("2026年06月", "2027年06月")},
        ),
        ({"place": "旧址", "unknown": "x"}, {"place": "旧址"}, {}),
    ],
)
def test_changed_facts(
    printed: dict[str, str], now: dict[str, str], changed: dict[str, tuple[str, str]]
) -> None:
    assert changed_facts(printed, now) == changed


def test_only_a_phone_that_somebody_confirmed_stands_on_a_plate(at: Place) -> None:
    with make.writing():
        firm = db.session.merge(at.firm)
        firm.rescue_phone = "0943-8260000"
    facts = plate_facts([lift(at)], make.days(0))[at.lift.id]
    assert (facts["phone"], facts["firm"], facts["unit"]) == ("", "测试维保公司", "测试物业")
    office = viewer_of(at.extra["office"])
    with db.transaction():
        phone = phones.add_phone(db.session.merge(at.firm), PhoneDraft(number="0943-8260000"), by=office)
        phones.confirm(phone, ConfirmedHow.CALLED_BACK, "值班员", make.days(0), by=office)
    assert plate_facts([lift(at)], make.days(0))[at.lift.id]["phone"] == "0943-8260000"


def test_from_the_list_to_the_plate_at_the_lift(at: Place, signed_in: Sign, settings: Settings) -> None:
    second = lift_of(at.firm, at.unit, name="测试小区2号梯")
    office = signed_in(at.extra["office"])
    page = office.get("/plates/make").text
    assert ("测试小区1号梯" in page, "测试小区2号梯" in page) == (True, True)
    before = office.post("/plates/make/chosen", data={"id": [str(at.lift.id), str(second.id)]}).text
    assert ("未核实" in before, "未分配，留空白线" in before) == (True, True)
    form = {"id": [str(at.lift.id), str(second.id)], "size": "plate-150x100-a4", "whole": ""}
    answer = office.post("/plates/make", data=form)
    assert (answer.status_code, "/tasks/" in str(answer.location)) == (302, True)
    assert office.post("/plates/make", data=form).status_code == 409  # made already
    assert office.post("/plates/make", data={**form, "id": []}).status_code == 422
    assert office.post("/plates/make", data={**form, "size": "a3"}).status_code == 422
    batch = db.session.scalars(select(LabelBatch)).one()
    assert (batch.count, batch.layout) == (2, "plate-150x100-a4")
    shown = office.get(f"/labels/batches/{batch.id}").text
    assert ("plate-150x100" in shown, "a4-24" in shown) == (True, False)
    codes = db.session.scalars(select(LiftPlate.code).where(LiftPlate.equipment_id == at.lift.id)).all()
    with make.writing():
        mark_drawn(list(codes))
    phone = signed_in(at.anna)
    done = phone.post(
        "/plates/hang", data={"code": codes[0], "how": "camera", "latitude": "x", "longitude": ""}
    )
    assert (done.status_code, "测试小区1号梯" in done.text) == (200, True)
    assert codes[0] not in phone.get("/plates/ours").text  # the firm's people read the end of it
    assert codes[0][-3:] in phone.get("/plates/ours").text
    wrong = phone.post("/plates/hang", data={"code": "0000"})
    assert wrong.status_code == 409
    assert "这不是为电梯制作的标牌" in wrong.text
    whole = phone.get(f"/equipment/{at.lift.id}").text
    assert "本系统标牌" in whole


def test_printing_goes_through_the_ledger_and_is_resumed(at: Place, app: Flask) -> None:
    """A print that is killed goes on where it stopped: the labels it took are its own, none is drawn twice."""
    office = at.viewer(at.extra["office"])
    lifts = [at.lift, *(lift_of(at.firm, at.unit, name=f"测试小区{n}号梯") for n in (2, 3))]
    with make.writing():
        batch = new_plates("plate-100x70", by=office)
        make_plates(batch, [db.session.get_one(Equipment, one.id) for one in lifts], by=office)
        batch_id = batch.id
        asked = {"batch": str(batch_id), "layout": batch.layout, "output": "pdf"}
        for _ in range(2):
            enqueue("register.labels", asked, by=office, title="打印标牌", locale="zh_Hans_CN")
    runner = Runner("test", {"register.labels": work.make_labels})
    with app.test_request_context():
        while runner.run_one():
            pass
    db.session.rollback()
    tasks = db.session.scalars(select(Task).order_by(Task.created_at)).all()
    assert [task.state for task in tasks] == ["done", "failed"]  # nothing was left for the second
    states = db.session.scalars(select(Label.print_state).where(Label.batch_id == batch_id)).all()
    assert list(states) == [PrintState.DRAWN] * 3
    document = pypdfium2.PdfDocument(store.path_of(str(tasks[0].file_sha256)))
    assert len(document) == 3
    assert "测试小区2号梯" in document[1].get_textpage().get_text_bounded()


def test_rfid_chips_count_as_a_plate_too(at: Place) -> None:
    with make.writing():
        bind_plate(
            lift(at), PlateReading("04A1B2C3D4E5F6", IdentifierKind.RFID, "nfc"), by=at.viewer(at.boss)
        )
    assert condition(at) is PlateCondition.FOREIGN
