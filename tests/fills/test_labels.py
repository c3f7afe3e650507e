"""合格证: every filled bottle has its label, printed or with the number of the one that was stuck on."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings
from equipment.files import store
from equipment.fills.label_rules import dangers, following, is_number
from equipment.fills.models import Fill, FillLabel
from equipment.people.models import User
from equipment.people.rules import Role
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from jobs.runs import Jobs
from jobs.work import makers, works
from tests import make
from tests.fills.conftest import OXYGEN, Hall

Sign = Callable[[User], FlaskClient]


@pytest.mark.parametrize(
    ("number", "steps", "next_number"),
    [
        ("A000123", 1, "A000124"),
        ("A0099", 1, "A0100"),
        ("999", 1, "1000"),
        ("甘D-26-007", 3, "甘D-26-010"),
        ("12-5A09", 1, "12-5A10"),
        ("0", 1, "1"),
    ],
)
def test_the_number_that_comes_next(number: str, steps: int, next_number: str) -> None:
    assert is_number(number)
    assert following(number, steps) == next_number


@pytest.mark.parametrize("text", ["", "A", "12A", "A" * 31 + "1", " "])
def test_what_no_number_goes_on_from(text: str) -> None:
    assert not is_number(text)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"flammable"}, ["易燃", "压力"]),
        ({"oxidiser"}, ["助燃", "压力"]),
        ({"flammable", "toxic"}, ["有毒", "易燃", "压力"]),
        ({"inert", "low_pressure"}, ["窒息", "压力"]),
        (set(), ["压力"]),
    ],
)
def test_the_gravest_danger_is_said_first(tags: set[str], words: list[str]) -> None:
    texts = {"toxic": "有毒", "oxidiser": "助燃", "flammable": "易燃", "inert": "窒息", "pressure": "压力"}
    assert dangers(frozenset(tags), texts) == words


def filled(hall: Hall, **more: object) -> str:
    gas = str(more.pop("gas", "LPG"))
    fill_id = hall.scan(hall.bottle(**more).label_code or "", gas=gas).get_json()["fill_id"]
    amount = {"gross_g": 31_000} if gas == "LPG" else {"pressure_kpa": 14_000, "temperature_dc": 150}
    assert hall.result(fill_id, **amount).get_json()["state"] == "filled"
    return str(fill_id)


def stuck(hall: Hall, fill_id: str, number: str) -> tuple[int, object]:
    body = {"number": number, "happened_at": clock.now().isoformat()}
    answer = hall.send("PUT", f"/fills/{fill_id}/label", body)
    return answer.status_code, answer.get_json()


def test_a_number_is_on_one_bottle_and_the_same_message_again_changes_nothing(hall: Hall) -> None:
    first, second = filled(hall), filled(hall)
    expected = (200, {"fill_id": first, "number": "A0009", "next_number": "A0010"})
    assert stuck(hall, first, "a0009") == expected
    assert stuck(hall, first, "A0009") == expected
    status, problem = stuck(hall, second, "A0009")
    assert (status, "A0009" in str(problem)) == (409, True)
    assert stuck(hall, first, "A0010")[0] == 200  # the first was torn
    assert stuck(hall, second, "A0009")[0] == 200  # so it was that one after all
    assert stuck(hall, second, "ohne")[0] == 422
    labels = db.session.scalars(select(FillLabel).order_by(FillLabel.number)).all()
    assert [(str(label.fill_id), label.number) for label in labels] == [(second, "A0009"), (first, "A0010")]


def test_only_what_passed_gets_a_label_and_only_at_its_own_station(hall: Hall, other: Hall) -> None:
    refused = hall.scan(hall.bottle(inspection_due_on=make.days(-3)).label_code or "").get_json()["fill_id"]
    waiting = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    assert [stuck(hall, fill_id, "A1")[0] for fill_id in (refused, waiting)] == [409, 409]
    foreign = filled(other)
    assert stuck(hall, foreign, "A1")[0] == 404
    assert stuck(other, foreign, "A1")[0] == 200
    assert stuck(hall, filled(hall), "A1")[0] == 200  # each station has numbers of its own


def owner_of(hall: Hall, signed_in: Sign) -> FlaskClient:
    return signed_in(make.user(hall.station, Role.STATION_OWNER))


def setting(browser: FlaskClient, **typed: str) -> int:
    return browser.post("/fills/labels/setting", data={"layout": "roll80", **typed}).status_code


def test_a_range_is_confirmed_in_the_order_of_filling_for_those_without_one(
    hall: Hall, signed_in: Sign
) -> None:
    browser = owner_of(hall, signed_in)
    assert setting(browser, mode="preprinted", first_number="ABC") == 422
    assert setting(browser, mode="preprinted", first_number="B0098") == 302
    ids = [filled(hall) for _ in range(4)]
    assert stuck(hall, ids[1], "A7")[0] == 200
    page = browser.get("/fills/labels").text
    assert ('value="A8"' in page, page.count("未贴合格证") - 1) == (True, 3)  # one is the filter's
    sent = browser.post("/fills/labels", data={"first": "B0098"})
    assert sent.status_code == 302
    labels = {str(label.fill_id): label.number for label in db.session.scalars(select(FillLabel))}
    assert [labels[fill_id] for fill_id in ids] == ["B0098", "A7", "B0099", "B0100"]
    assert "已登记3张合格证：B0098 至 B0100" in browser.get("/fills/labels").text
    again = browser.post("/fills/labels", data={"first": "B0098"})
    assert again.status_code == 422  # none is left without
    assert [stuck(hall, filled(hall), "B0099")[0]] == [409]


def pdf_of(settings: Settings, browser: FlaskClient, path: str, **typed: object) -> PdfReader:
    sent = browser.post(path, data=typed)
    assert sent.status_code == 302, sent.text
    assert Runner("test", makers(works(JobsProcess(settings, "test")), Jobs("test", {}))).run_one()
    db.session.rollback()
    key = UUID(sent.location.removesuffix("/file").rsplit("/", 1)[1])
    task = db.session.query(Task).populate_existing().filter_by(id=key).one()
    assert task.file_sha256 is not None, (task.message, task.outcome)
    return PdfReader(io.BytesIO(store.path_of(task.file_sha256).read_bytes()))


def words_of(pdf: PdfReader) -> list[str]:
    return ["".join(page.extract_text().split()) for page in pdf.pages]


def test_a_roll_has_one_label_a_page_with_what_a_user_must_know(
    hall: Hall, settings: Settings, signed_in: Sign
) -> None:
    browser = owner_of(hall, signed_in)
    assert setting(browser, mode="printed") == 302
    filled(hall, own_number="01-0869", inspection_due_on=make.days(300))
    filled(hall, details=OXYGEN, gas="O2")
    pdf = pdf_of(settings, browser, "/fills/labels")
    assert [round(float(page.mediabox.width) / 72 * 25.4) for page in pdf.pages] == [80, 80]
    first, second = words_of(pdf)
    for text in (
        *("充装合格证", "测试充装站", "TS462", "液化石油气LPG", "14.50kg", "01-0869", "张三", "易燃"),
        make.days(300).isoformat(),
        "标签内容未核实",
    ):
        assert text in first, (text, first)
    for text in ("氧O2", "14MPa（15℃）", "助燃"):
        assert text in second, (text, second)
    assert "易燃" not in second
    assert "已打印" in browser.get("/fills/labels").text


def test_a_sheet_has_ten_labels_and_a_bay_its_own(hall: Hall, settings: Settings, signed_in: Sign) -> None:
    browser = owner_of(hall, signed_in)
    assert setting(browser, mode="printed", layout="a4") == 302
    for number in range(11):
        fill_id = filled(hall, own_number=f"瓶{number:02}")
        hall_bay = "1" if number else "2"
        with make.writing():
            row = db.session.scalars(select(Fill).where(Fill.id == UUID(fill_id))).one()
            row.bay = hall_bay
    whole = words_of(pdf_of(settings, browser, "/fills/labels"))
    assert [page.count("充装合格证") for page in whole] == [10, 1]
    (alone,) = words_of(pdf_of(settings, browser, "/fills/labels?bay=2"))
    assert ("瓶00" in alone, alone.count("充装合格证")) == (True, 1)


def test_one_tap_prints_the_label_of_one_bottle(hall: Hall, settings: Settings, signed_in: Sign) -> None:
    operator = signed_in(make.user(hall.station, Role.OPERATOR, certificate="P"))
    fill_id = filled(hall, own_number="01-0001")
    with db.transaction():
        equipment_id = db.session.scalars(select(Fill.equipment_id).where(Fill.id == UUID(fill_id))).one()
    (page,) = words_of(pdf_of(settings, operator, f"/fills/labels/{equipment_id}/{fill_id}"))
    assert "01-0001" in page
    stranger = signed_in(make.user(make.station("别家"), Role.OPERATOR))
    assert stranger.post(f"/fills/labels/{equipment_id}/{fill_id}").status_code in (403, 404)
    assert operator.get("/fills/labels/setting").status_code == 403


def test_yesterdays_bottles_are_a_list_of_their_own(hall: Hall, signed_in: Sign) -> None:
    browser = owner_of(hall, signed_in)
    filled(hall, own_number="01-0001")
    yesterday = (clock.today() - timedelta(days=1)).isoformat()
    assert "01-0001" in browser.get("/fills/labels").text
    assert "01-0001" not in browser.get(f"/fills/labels?on={yesterday}").text
