"""可以收 / 不要收: what the public page tells whoever a bottle is brought to, case by case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.fills.states import FillState
from equipment.labels.actions import issue_labels
from equipment.life.public import BottleFace
from equipment.life.rules import Accept, Advice, BottleFacts, Doubt, acceptance, partly
from equipment.life.states import Answer
from equipment.people.rules import SYSTEM, OrganisationKind
from equipment.register import actions
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label
from equipment.register.ring import keys
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session, transaction
from tests import make
from tests.everything import full

ON = date(2026, 11, 29)
LONG = 180
DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "volume_ml": 35500, "tare_g": 16500}

# What the register answers, days since the bottle was filled (None: never), whether the last check left something to
# put right; then what a stranger is told, and why beside the answer.
CASES: list[tuple[Answer, int | None, bool, Accept, Doubt | None]] = [
    (Answer.VALID, 0, False, Accept.TAKE, None),
    (Answer.VALID, 180, False, Accept.TAKE, None),
    (Answer.VALID, 181, False, Accept.ASK, Doubt.LONG_AGO),
    (Answer.VALID, None, False, Accept.ASK, Doubt.NEVER_FILLED),
    (Answer.VALID, 1, True, Accept.REFUSE, Doubt.TREATMENT),
    (Answer.UNSTATED, 1, False, Accept.ASK, None),
    (Answer.UNSTATED, None, False, Accept.ASK, None),
    (Answer.UNSTATED, 1, True, Accept.REFUSE, Doubt.TREATMENT),
    (Answer.OVERDUE, 1, False, Accept.REFUSE, None),
    (Answer.PAST_LIFE, 1, False, Accept.REFUSE, None),
    (Answer.FAILED, 1, False, Accept.REFUSE, None),
    (Answer.LOCKED, 1, False, Accept.REFUSE, None),
    (Answer.STOP_USE, 1, False, Accept.REFUSE, None),
    (Answer.STOPPED, 1, False, Accept.REFUSE, None),
    (Answer.SCRAPPED, None, False, Accept.REFUSE, None),
    (Answer.VOID, 1, False, Accept.REFUSE, None),
]


@pytest.mark.parametrize(("answer", "days", "treat", "accept", "doubt"), CASES)
def test_the_worst_that_is_known_decides_whether_to_accept_it(
    answer: Answer, days: int | None, treat: bool, accept: Accept, doubt: Doubt | None
) -> None:
    facts = BottleFacts(ON - timedelta(days=days) if days is not None else None, treat)
    assert acceptance(answer, facts, ON, LONG) == Advice(accept, doubt)


@pytest.mark.parametrize(
    ("number", "shown"),
    [("D1779279", "••••9279"), ("12345", "•2345"), ("1234", "•••4"), ("7", "7"), ("", "")],
)
def test_a_stamped_number_is_shown_in_part(number: str, shown: str) -> None:
    assert partly(number) == shown


def bottle(**more: object) -> Equipment:
    station = make.station("白银示例燃气有限公司", phone="0943-8888888")
    usual = {
        "code": make_code(keys()),
        "details": DETAILS,
        "owner_id": station.id,
        "inspection_due_on": make.days(100),
        "serial": "D1779279",
        "medium": "LPG",
    }
    return make.equipment("cylinder", **{**usual, **more})


def filled(piece: Equipment, days: int = 3) -> None:
    full(
        Fill,
        equipment_id=piece.id,
        organisation_id=piece.owner_id,
        state=FillState.FILLED,
        allowed=True,
        gas="LPG",
        on=clock.today() - timedelta(days=days),
        happened_at=clock.now() - timedelta(days=days),
        tare_g=16500,
        gross_g=31400,
        net_g=14900,
        verdict=[],
        area=piece.area,
    )


def page(client: FlaskClient, code: str | None, more: str = "") -> str:
    return client.get(f"/T/{code}{more}").text


# A bottle, days since it was filled, and what stands on its page.
PAGES: list[tuple[str, dict[str, object], int | None, str, str]] = [
    ("filled three days ago", {}, 3, "可以收", "检验有效期内"),
    ("filled today", {}, 0, "可以收", "（今天）"),
    ("filled long ago", {}, 200, "先问清再收", "充装时间较久"),
    ("never filled", {}, None, "先问清再收", "没有充装记录"),
    ("overdue", {"inspection_due_on": make.Days(-1)}, 3, "不要收", "已超期，请勿使用"),
    ("past its life", {"end_of_life_on": make.Days(-1)}, 3, "不要收", "已超过使用年限"),
    ("locked", {"status": EquipmentStatus.LOCKED, "block_reason": "张某报失"}, 3, "不要收", "已锁定"),
    ("scrapped", {"status": EquipmentStatus.SCRAPPED}, 3, "不要收", "已报废"),
    ("failed", {"inspection_failed_on": make.Days(-3)}, 3, "不要收", "检验不合格"),
    ("to be treated", {"treat_code": "R16"}, 3, "不要收", "须由充装单位先行处置"),
    ("no day known", {"inspection_due_on": None}, 3, "先问清再收", "检验情况不明"),
]


@pytest.mark.parametrize(
    ("more", "days", "accept", "words"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES]
)
def test_the_page_says_first_whether_to_accept_the_bottle_and_why(
    client: FlaskClient, more: dict[str, object], days: int | None, accept: str, words: str
) -> None:
    piece = bottle(**more)
    if days is not None:
        filled(piece, days)
    shown = page(client, piece.label_code)
    assert (f"<span>{accept}<br>" in shown, words in shown, "张某" in shown) == (True, True, False)
    assert ('href="tel:0943-8888888"' in shown, 'href="tel:12315"' in shown) == (True, True)


def test_it_says_how_heavy_the_bottle_should_be_who_filled_it_and_which_number_it_bears(
    client: FlaskClient,
) -> None:
    piece = bottle()
    filled(piece)
    shown = page(client, piece.label_code)
    assert [
        text in shown
        for text in (
            "约 31.4 kg",
            "空瓶 16.5 kg + 气 14.9 kg",
            "液化石油气",
            "白银示例燃气有限公司",
            "••••9279",
        )
    ] == [True] * 5
    assert "D1779279" not in shown
    english = page(client, piece.label_code, "?lang=en")
    assert ("You may accept it" in english, "about 31.4 kg" in english, "3 days ago" in english) == (
        True,
    ) * 3


@pytest.mark.parametrize(
    ("tare", "gross", "gas"),
    [(16500, 31400, 14.9), (16540, 30880, 14.4), (16450, 30849, 14.4), (16551, 31449, 14.8)],
)
def test_the_weights_on_the_page_add_up(tare: int, gross: int, gas: float) -> None:
    face = BottleFace(Accept.TAKE, None, "LPG", "", 1, tare, gross, gross - tare, None, "")
    shown = [f"{grams / 1000:.1f}" for grams in (tare, gross)]
    assert (face.gas_kg, f"{float(shown[0]) + gas:.1f}") == (gas, shown[1])


def test_an_empty_bottle_on_record_says_what_it_weighs_empty(client: FlaskClient) -> None:
    shown = page(client, bottle().label_code)
    assert ("空瓶重量" in shown, "约 16.5 kg" in shown, "满瓶重量" in shown) == (True, True, False)


def test_an_owner_who_is_no_station_has_no_telephone_here(client: FlaskClient) -> None:
    person = make.organisation(OrganisationKind.USE_UNIT, "某单位", phone="13900001234")
    assert "13900001234" not in page(client, bottle(owner_id=person.id).label_code)


def test_a_cylinder_that_stays_in_its_vehicle_is_not_accepted_by_anybody(client: FlaskClient) -> None:
    piece = bottle(details={"variety": "vehicle_cng", "medium": "CNG", "vehicle_plate": "甘D12345"})
    shown = page(client, piece.label_code)
    assert ("收" in shown.partition("</h1>")[0], "检验有效期内</h1>" in shown) == (False, True)


def test_labels_without_a_bottle_say_not_to_accept_one(client: FlaskClient) -> None:
    with transaction():
        issue_labels(2, make.station().id, by=SYSTEM)
    blank, void = session.scalars(select(Label.code).order_by(Label.number))
    with transaction():
        actions.void_label(session.get_one(Label, void), by=SYSTEM, reason="打坏")
    mistyped = next(
        code for code in (blank[:10] + each + blank[11:] for each in "0123456789") if code != blank
    )
    told = {
        code: "如果它贴在气瓶上：不要收这只瓶。" in page(client, code)
        for code in (blank, void, make_code(keys()), make_code(["another key"]), mistyped)
    }
    assert list(told.values()) == [True, True, True, True, False]


def test_a_replaced_label_says_that_the_bottle_carries_another(client: FlaskClient) -> None:
    piece = bottle()
    filled(piece)
    old = piece.label_code or ""
    with transaction():
        new = actions.replace_label(old, "", "脱落", by=SYSTEM).code
    shown = [page(client, code) for code in (old, new)]
    assert ["设备本身应贴有新标签" in text for text in shown] == [True, False]
    assert ["<span>不要收<br>" in text for text in shown] == [True, False]


def test_strangers_get_the_same_page_for_a_minute_and_no_script_is_needed(client: FlaskClient) -> None:
    piece = bottle()
    filled(piece)
    answer = client.get(f"/T/{piece.label_code}")
    assert (answer.headers["Cache-Control"], "Set-Cookie" in answer.headers) == ("public, max-age=60", False)
    assert answer.text.count("<script") == 1  # the one that keeps a report while there is no signal
