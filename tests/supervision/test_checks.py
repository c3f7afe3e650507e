"""A check from the phone to the file of its case: recorded once, corrected, on the plan, ordered, printed."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from pypdf import PdfReader

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid
from equipment.files import store
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState
from equipment.orders.actions import issue
from equipment.orders.models import Order
from equipment.orders.paper_printing import day_in_words
from equipment.orders.queries import orders
from equipment.orders.rules import OrderOrigin
from equipment.people.models import User
from equipment.people.rules import SYSTEM, DeviceKind
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import IdentifierKind
from equipment.register.views import kind_of
from equipment.regulation.clauses import Grade
from equipment.storage import db
from equipment.supervision import actions, phone_views
from equipment.supervision.models import KeyUnit, PlannedCheck, SupervisionCheck
from equipment.supervision.paper_printing import check_paper, piece_names
from equipment.supervision.queries import checks, unreported, year_plan
from equipment.supervision.rules import CheckKind
from equipment.tasks.ruled import RuledRow
from equipment.web.language import translate
from tests import make
from tests.exports import csv_of, task_made
from tests.orders.town import OrderTown
from tests.test_query_counts import counted

Sign = Callable[[User], FlaskClient]


def drawing(colour: str = "black") -> io.BytesIO:
    out = io.BytesIO()
    image = Image.new("RGBA", (320, 120), (0, 0, 0, 0))
    image.paste(colour, (20, 40, 200, 60))
    image.save(out, "PNG")
    out.seek(0)
    return out


class Checked(OrderTown):
    """The town with an inspector's phone."""

    def __init__(self, app: Flask) -> None:
        super().__init__()
        self.phone, self.token = make.device(self.bureau, DeviceKind.PHONE, person=self.county)
        self.app = app

    def body(self, **more: Any) -> dict[str, Any]:
        now = clock.now()
        db.session.rollback()
        began = max(clock.site_midnight(clock.today()), now - timedelta(minutes=40))
        return {
            "check_id": str(uuid.uuid4()),
            "unit_id": str(self.unit.id),
            "kind": "routine",
            "began_at": began.isoformat(),
            "ended_at": now.isoformat(),
            "inspectors": [{"name": "王监", "certificate": "D001"}, {"name": "李察"}],
            "recorder": "李察",
            "unit": {"name": "银杏物业", "legal_representative": "张总", "roles": ["use"]},
            "pieces": [str(self.lift.id)],
            "findings": [
                {"text": "1号梯门锁失效", "rule": "law_40", "piece": str(self.lift.id)},
                {"text": "未配备安全员", "rule": "o74_lift_69"},
            ],
            "measures": ["order"],
            "opinion": "无异议",
            "answer": "signed",
            "signer": "张总",
            **more,
        }

    def send(self, body: dict[str, Any], *signed: str, photo: bool = True) -> Any:
        parts: dict[str, Any] = {"record": json.dumps(body)}
        for who in signed or ("unit", "inspector-1", "inspector-2"):
            parts[f"signature-{who}"] = (drawing(), f"{who}.png")
        if photo:
            parts["photo-1"] = (io.BytesIO(self.picture), "现场.jpg")
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.app.test_client().post("/api/v1/checks", data=parts, headers=headers)

    @property
    def picture(self) -> bytes:
        return store.path_of(self.photo().content.sha256).read_bytes()


@pytest.fixture
def town(app: Flask) -> Checked:
    return Checked(app)


def recorded() -> list[SupervisionCheck]:
    db.session.rollback()
    return list(db.session.scalars(checks(SYSTEM, {"all": "1"}).order_by(SupervisionCheck.number)))


def test_a_record_comes_once_however_often_it_is_sent(town: Checked) -> None:
    body = town.body()
    first, again = town.send(body), town.send(body)
    assert (first.status_code, again.status_code) == (201, 200), first.json
    assert (first.json["number"], again.json["again"]) == (
        f"JC-{make.COUNTY}-{clock.today().year}-0001",
        True,
    )
    other = town.send(body | {"opinion": "另一种意见"})
    assert (other.status_code, other.json["fields"]) == (409, {"opinion": "与该编号此前上传的内容不同"})
    (check,) = recorded()
    assert (check.unit["legal_representative"], len(check.signatures), len(check.photos)) == ("张总", 3, 1)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"inspectors": [{"name": "王监"}]}, "inspectors"),
        ({"kind": "surprise"}, "kind"),
        ({"unit_id": str(uuid.uuid4())}, "unit_id"),
        ({"pieces": [str(uuid.uuid4())]}, "pieces"),
        ({"pieces": []}, "findings"),  # the problem is at a piece that was not looked at
        ({"findings": [{"text": "无证"}]}, "findings"),
        ({"answer": "refused"}, "witness"),
    ],
)
def test_what_is_no_record_is_refused_at_its_field(town: Checked, more: dict[str, Any], field: str) -> None:
    answer = town.send(town.body(**more))
    assert (answer.status_code, field in answer.json["fields"]) == (422, True), answer.json
    assert recorded() == []


def test_an_unsigned_record_is_none(town: Checked) -> None:
    assert town.send(town.body(), "inspector-1", "inspector-2").status_code == 422
    empty = io.BytesIO()
    Image.new("RGBA", (320, 120), (0, 0, 0, 0)).save(empty, "PNG")
    parts = {"record": json.dumps(town.body()), "signature-unit": (io.BytesIO(empty.getvalue()), "u.png")}
    headers = {"Authorization": f"Bearer {town.token}"}
    answer = town.app.test_client().post("/api/v1/checks", data=parts, headers=headers)
    assert answer.status_code == 422
    paper = town.body(answer="paper", signer="张总")
    assert town.send(paper, "recorder", photo=False).json["fields"].keys() == {"photos"}
    assert town.send(paper, "recorder").status_code == 201


def test_a_problem_at_a_piece_is_its_finding_and_the_order_makes_it_a_hazard(
    town: Checked, signed_in: Sign
) -> None:
    url = town.send(town.body()).json["url"]
    (finding,) = db.session.scalars(visible(SYSTEM, Finding)).all()
    assert (finding.source, finding.state, finding.description) == (
        FindingSource.CHECK,
        FindingState.OPEN,
        "1号梯门锁失效",
    )
    office = signed_in(town.county)
    assert "指令书尚未下达" in office.get(url).get_data(as_text=True)
    assert office.get("/").get_data(as_text=True).count('href="/supervision?order=missing"') == 2
    assert url in office.get("/supervision?order=missing").get_data(as_text=True)
    page = office.get(f"{url}/order").get_data(as_text=True)
    assert ("1号梯门锁失效" in page, "未配备安全员" in page, "王监" in page) == (True, True, True)
    (check,) = recorded()
    key = f"{finding.equipment_id}.{finding.id}"
    sent = office.post(
        "/orders/new",
        data={
            "unit": str(town.unit.id),
            "origin": "check",
            "origin_id": str(check.id),
            "issued_on": clock.today().isoformat(),
            "due_on": town.draft().due_on.isoformat(),
            "urgency": "by_day",
            "problems-0-finding": key,
            "problems-0-problem": "1号梯门锁失效",
            "problems-0-rule": "law_40",
            "problems-1-problem": "未配备安全员",
            "problems-1-rule": "o74_lift_69",
            "inspectors-0-name": "王监",
            "inspectors-1-name": "李察",
        },
    )
    assert sent.status_code == 302, sent.get_data(as_text=True)
    db.session.rollback()
    order = db.session.scalars(orders(SYSTEM, {})).one()
    (hazard,) = db.session.scalars(visible(SYSTEM, Hazard)).all()
    assert (hazard.grade, hazard.due_on, hazard.source) == (Grade.GENERAL, order.due_on, FindingSource.CHECK)
    shown = office.get(url).get_data(as_text=True)
    assert ("指令书尚未下达" in shown, order.number in shown) == (False, True)
    assert url not in office.get("/supervision?order=missing").get_data(as_text=True)


def test_a_correction_takes_the_place_and_carries_the_findings_on(town: Checked) -> None:
    first = town.send(town.body()).json
    old = recorded()[0].id
    corrected = town.body(
        replaces=str(old),
        reason="漏写一条",
        findings=[
            {"text": "1号梯门锁失效", "rule": "law_40", "piece": str(town.lift.id)},
            {"text": "2号梯无标志", "rule": "law_33", "piece": str(town.second_lift.id)},
        ],
        pieces=[str(town.lift.id), str(town.second_lift.id)],
    )
    assert town.send({**corrected, "reason": ""}).json["fields"].keys() == {"reason"}
    second = town.send(corrected).json
    former, now = recorded()
    assert (former.superseded_by, now.replaces_id, first["number"] < second["number"]) == (now.id, old, True)
    found = db.session.scalars(visible(SYSTEM, Finding).order_by(Finding.description)).all()
    assert [(one.description, one.source_id) for one in found] == [
        ("1号梯门锁失效", now.id),
        ("2号梯无标志", now.id),
    ]
    once_more = town.send(town.body(replaces=str(old), reason="再改"))
    assert once_more.status_code == 409


def test_the_plan_counts_units_key_units_and_left_out_categories(town: Checked) -> None:
    make.equipment("cylinder", owner_id=town.unit.id, use_unit_id=town.unit.id)
    make.equipment("elevator", use_unit_id=town.other.id, details={"catalogue": "3110"})
    by, year = town.by("county"), clock.today().year
    with db.transaction():
        key = actions.name_key_unit(db.session.merge(town.unit), "高风险", by=by)
        assert actions.plan_checks([town.unit.id, town.other.id], year, 1, CheckKind.ROUTINE, by=by) == 2
        assert actions.plan_checks([town.unit.id], year, 1, CheckKind.ROUTINE, by=by) == 0
    before = year_plan(by, year, clock.today()).whole
    assert (before.units.whole, before.units.wanted, before.units.done, before.key_units.left) == (2, 1, 0, 1)
    town.send(town.body())
    plan = year_plan(by, year, clock.today())
    assert (plan.whole.units.done, plan.whole.key_units.done, plan.whole.incomplete) == (1, 1, 1)
    assert plan.incomplete == {town.unit.id: ("cylinder",)}
    done = db.session.scalars(visible(SYSTEM, PlannedCheck).where(PlannedCheck.check_id.is_not(None))).one()
    assert done.organisation_id == town.unit.id
    with pytest.raises(Conflict), db.transaction():
        actions.drop_planned(db.session.merge(done), "重复", by=by)
    with pytest.raises(Conflict), db.transaction():
        actions.name_key_unit(db.session.merge(town.unit), "又一次", by=by)
    with db.transaction():
        actions.end_key_unit(db.session.merge(key), "已整改", by=by)
    assert db.session.scalars(visible(SYSTEM, KeyUnit)).one().until_on == clock.today()


def test_after_a_licence_no_routine_check_in_the_year(town: Checked) -> None:
    assert town.send(town.body(kind="after_licence", measures=[], findings=[])).status_code == 201
    refused = town.send(town.body(measures=[], findings=[]))
    assert refused.json["fields"].keys() == {"kind"}
    assert town.send(town.body(kind="special", measures=[], findings=[])).status_code == 201


def test_a_serious_hazard_is_reported_up_once_by_each_office(town: Checked, signed_in: Sign) -> None:
    hazard = town.hazard(Grade.MAJOR, "4.6b")
    general = town.hazard()
    county = town.by("county")
    assert [row.id for row in db.session.scalars(unreported(county))] == [hazard.id]
    office = signed_in(town.county)
    typed = {"id": f"{hazard.equipment_id}.{hazard.id}", "to_name": "市局", "how": "电话"}
    assert office.post("/supervision/serious", data=typed | {"to_name": ""}).status_code == 422
    assert office.post("/supervision/serious", data=typed).status_code == 302
    assert office.post("/supervision/serious", data=typed).status_code == 409
    assert db.session.scalars(unreported(county)).all() == []
    assert [row.id for row in db.session.scalars(unreported(town.by("city")))] == [hazard.id]
    with pytest.raises(Invalid), db.transaction():
        actions.report_up(db.session.merge(general), "市局", "", "", by=county)


def test_the_record_prints_with_its_signatures_and_opens_the_case(
    town: Checked, signed_in: Sign, settings: Settings
) -> None:
    url = town.send(town.body()).json["url"]
    office, unit = signed_in(town.county), signed_in(town.officer)
    paper = task_made(settings, office.post(f"{url}/paper"))
    words = "".join(page.extract_text() for page in PdfReader(store.path_of(paper.file_sha256 or "")).pages)
    words = words.replace("\n", "").replace(" ", "")
    wanted = (
        "特种设备安全监督检查记录",
        "常规监督检查",
        "银杏物业",
        "张总",
        "☑使用",
        "1号梯门锁失效",
        "☑下达监察指令书",
        "无异议",
    )
    assert [text for text in wanted if text not in words] == []
    assert unit.get(url).status_code == 200
    assert signed_in(town.stranger).get(url).status_code == 404
    assert signed_in(town.elsewhere).get(url).status_code == 404
    (check,) = recorded()
    digest = check.signatures["unit"]
    with unit.get(f"{url}/files/{digest}") as drawn:
        assert drawn.data[:4] == b"\x89PNG"
    assert unit.get(f"{url}/files/{'0' * 64}").status_code == 404
    with db.transaction():
        order = actions_issue(town, check)
        address = f"/orders/{order.organisation_id}/{order.id}"
    case = task_made(settings, office.post(f"{address}/paper?whole=1"))
    whole = [page.extract_text() for page in PdfReader(store.path_of(case.file_sha256 or "")).pages]
    assert "特种设备安全监督检查记录" in whole[1].replace("\n", "")
    rows = csv_of(settings, office, "/supervision")
    assert (len(rows), rows[1][4]) == (2, "银杏物业")


def test_pieces_on_the_paper_are_told_apart_by_a_number_of_their_own(town: Checked) -> None:
    bottles = [
        make.equipment("cylinder", owner_id=town.unit.id, serial=serial, own_number=own)
        for serial, own in (("Q001", ""), ("Q002", "7"))
    ]
    with db.transaction():
        db.session.add_all(
            Identifier(equipment_id=piece.id, kind=kind, value=number, shown=number, issued_at=clock.now())
            for piece, kind, number in (
                *((bottle, IdentifierKind.CERTIFICATE_NO, "容15宁A00001") for bottle in bottles),
                (town.lift, IdentifierKind.CERTIFICATE_NO, "梯11宁A00001(26)"),
                (town.lift, IdentifierKind.EQUIPMENT_CODE, "311010188202600001"),
            )
        )
    say = partial(translate, locale="zh_Hans_CN")
    pieces = [db.session.get_one(Equipment, piece.id) for piece in (town.lift, *bottles)]
    kinds = [say(kind_of(piece)) for piece in pieces]
    assert list(piece_names(pieces, say).values()) == [
        f"{kinds[0]} 1号梯 设备代码311010188202600001",
        f"{kinds[1]} 产品编号Q001",
        f"{kinds[2]} 产品编号Q002 单位内编号7",
    ]


def tables_of(town: Checked, body: dict[str, Any], *signed: str) -> dict[str, list[Any]]:
    """The rows of the paper of a record, by the title of their table."""
    answer = town.send(body, *signed)
    assert answer.status_code == 201, answer.json
    check = recorded()[-1]
    paper = check_paper(check, {}, partial(translate, locale="zh_Hans_CN"))
    tables: dict[str, list[Any]] = {}
    for table in paper.tables:
        rows = [row.cells for row in table.rows if isinstance(row, RuledRow)]
        tables.setdefault(table.title, []).extend(rows)
    return tables


def test_the_paper_says_what_follows_of_a_problem_and_who_signed_when(town: Checked) -> None:
    body = town.body(last_problems="上次两项均已整改")
    body["findings"][1]["put_right"] = True
    tables = tables_of(town, body)
    kind = translate(kind_of(db.session.get_one(Equipment, town.lift.id)), locale="zh_Hans_CN")
    assert [(row[0], row[1][:2], row[2]) for row in tables["检查情况"]] == [
        ("1", ["1号梯门锁失效", f"设备：{kind} 1号梯 产品编号{town.lift.serial}"], "下达监察指令书"),
        ("2", ["未配备安全员", tables["检查情况"][1][1][1]], "当场改正"),
    ]
    today = day_in_words(clock.today())
    assert tables["签字"] == [
        ("受检单位", "张总", "", today),
        ("检查人员1", "王监（D001）", "", today),
        ("检查人员2", "李察", "", today),
    ]
    assert ("上次问题整改情况", "上次两项均已整改") in tables[""]


def test_who_has_not_signed_on_the_phone_has_room_for_it_on_the_paper(town: Checked) -> None:
    body = town.body(
        answer="refused", witness="社区网格员", refusal="负责人不在", recorder="周录", measures=[]
    )
    tables = tables_of(town, body, "inspector-1", "inspector-2")
    today, blank = day_in_words(clock.today()), "　　年　　月　　日"
    assert tables["签字"] == [
        ("受检单位", "拒绝签字", "", blank),
        ("检查人员1", "王监（D001）", "", today),
        ("检查人员2", "李察", "", today),
        ("记录员", "周录", "", blank),
    ]
    assert [row[2] for row in tables["检查情况"]] == ["", ""]


def test_the_form_always_asks_what_became_of_the_last_problems(town: Checked, signed_in: Sign) -> None:
    office, address = signed_in(town.county), f"/supervision/start/{town.unit.id}"
    field, nothing = 'name="last_problems"', "系统内没有该单位以往的检查记录"
    page = office.get(address).get_data(as_text=True)
    assert (page.count(field), nothing in page) == (1, True)
    town.send(town.body(findings=[], measures=[], last_problems="上次两项均已整改"))
    page = office.get(address).get_data(as_text=True)
    assert (page.count(field), nothing in page, "上次两项均已整改" in page) == (1, False, False)
    (check,) = recorded()
    correct = f"/supervision/checks/{check.organisation_id}/{check.id}/correct"
    page = office.get(correct).get_data(as_text=True)
    assert (page.count(field), "上次两项均已整改" in page) == (1, True)


def test_another_unit_is_begun_by_a_part_of_its_name(town: Checked, signed_in: Sign) -> None:
    office = signed_in(town.county)
    starts = [f'href="/supervision/start/{unit.id}"' for unit in (town.unit, town.other, town.far_unit)]

    def offered(typed: str) -> list[bool]:
        page = office.get(f"/supervision/today?unit={typed}").get_data(as_text=True)
        return [start in page for start in starts] + ["不是本辖区在册单位" in page]

    assert offered("银杏") == [True, False, False, False]
    assert offered("物业") == [True, True, False, False]
    assert offered("靖远") == [False, False, False, True]


def actions_issue(town: Checked, check: SupervisionCheck) -> Order:
    return issue(town.draft(origin=OrderOrigin.CHECK, origin_id=check.id), by=town.by("county"))


def test_of_many_pieces_the_worst_come_first_and_a_correction_offers_those_of_its_record(
    town: Checked, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A filling station has thousands: the form lists some, says so, and loses none that a record speaks of."""
    sound = [town.piece(f"好梯{number}") for number in range(4)]
    town.hazard()  # of the first lift
    assert town.send(town.body(pieces=[str(sound[3].id)], findings=[], measures=[])).status_code == 201
    (made,) = recorded()
    monkeypatch.setattr(phone_views, "PIECES", 2)
    office = signed_in(town.county)
    form = office.get(f"/supervision/start/{town.unit.id}").get_data(as_text=True)
    assert (str(town.lift.id) in form, "此处列出 2 台" in form) == (True, True)
    correct = office.get(f"/supervision/checks/{made.organisation_id}/{made.id}/correct")
    again = " ".join(correct.get_data(as_text=True).split())
    assert (f'value="{sound[3].id}" checked' in again, str(town.lift.id) in again) == (True, True)


def test_the_pages_of_the_bureau(town: Checked, signed_in: Sign) -> None:
    office = signed_in(town.county)
    plan = office.get("/supervision/plan").get_data(as_text=True)
    assert ("银杏物业" in plan, "应不少于" in plan) == (True, True)
    year = clock.today().year
    typed = {"year": str(year), "month": "12", "kind": "routine", "id": str(town.unit.id)}
    assert office.post("/supervision/plan", data={**typed, "id": ""}).status_code == 422
    assert office.post("/supervision/plan", data=typed).status_code == 302
    assert "银杏物业" in office.get("/supervision/today?unit=银杏物业").get_data(as_text=True)
    form = office.get(f"/supervision/start/{town.unit.id}")
    assert (form.headers["X-Offline-For"], "1号梯" in form.get_data(as_text=True)) == (
        str(town.county.id),
        True,
    )
    assert office.get(f"/supervision/start/{town.far_unit.id}").status_code == 404
    keys = {"unit": "银杏物业", "reason": "高风险"}
    assert office.post("/supervision/key-units", data=keys).status_code == 302
    assert office.post("/supervision/key-units", data=keys).status_code == 409
    with db.transaction():
        actions.plan_checks(
            [town.other.id], year, clock.today().month, CheckKind.ROUTINE, by=town.by("county")
        )
    assert "截至本月待检查单位" in office.get("/").get_data(as_text=True)


def test_the_list_of_serious_hazards_asks_no_more_because_it_is_longer(
    town: Checked, signed_in: Sign
) -> None:
    office, asked = signed_in(town.county), []
    for more in (1, 2):
        for _hazard in range(more):
            town.hazard(Grade.MAJOR, "4.6b")
        office.get("/supervision/serious")
        with counted() as statements:
            page = office.get("/supervision/serious").text
        asked.append((len(statements), page.count('name="id"')))
    assert asked == [(8, 1), (8, 3)]
