"""Numbers of cards: one form everywhere, one card one person, one person one card, none that has run out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.fills.station import load_station
from equipment.ledger.models import Event
from equipment.people import papers
from equipment.people.codes import card_fault, card_number
from equipment.people.models import Card, User
from equipment.people.queries import user_of_card
from equipment.people.rules import SYSTEM, CardState, CardStatus, OrganisationKind, Role, card_state
from equipment.shell import schema
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
NUMBER = "048AC0ADC1A4"
SIGNS = "A card number has digits and the letters A to F only."
LENGTH = (
    "A card number has 8 to 20 hexadecimal digits, always two for a byte, or 8 to 17 decimal digits; "
    "this has %d."
)

SPELT = [
    ("048AC0ADC1A4", NUMBER),
    ("04-8A-C0-AD-C1-A4", NUMBER),
    (" 04:8a:c0:ad:c1:a4\r\n", NUMBER),
    ("04 8A C0 AD C1 A4", NUMBER),
    ("04.8a.c0.ad.c1.a4", NUMBER),
    ("０４８ＡＣ０ＡＤＣ１Ａ４", NUMBER),
    ("04\u200b8AC0\u00a0ADC1A4", NUMBER),
    ("0012345678", "0012345678"),
    ("-- :: --", ""),
]
FAULTS = [
    (NUMBER, None),
    ("04A1B2C3", None),  # 4 bytes
    ("04A1B2C3D4E5F6", None),  # 7
    ("E0040150A1B2C3D4", None),  # 8, as identity cards and ISO 15693 have
    ("04A1B2C3D4E5F6A7B8C9", None),  # 10
    ("0012345678", None),  # a wedge reader's decimal number of four bytes
    ("01234567", None),
    ("12345678901234567", None),
    ("123456789", None),
    ("AB", LENGTH % 2),
    ("04A1B2C", LENGTH % 7),
    ("04A1B2C3D", LENGTH % 9),
    ("1234567", LENGTH % 7),
    ("04A1B2C3D4E5F6A7B8C9D0", LENGTH % 22),
    ("12345678901234567890123", LENGTH % 23),
    ("CARD0001", SIGNS),
    ("工卡十七号工卡", SIGNS),
    ("00000000", "This is no number of a card: hold the card to a reader again."),
    ("FFFFFFFF", "This is no number of a card: hold the card to a reader again."),
]
STATES = [
    ((CardStatus.VALID, None, False), CardState.VALID),
    ((CardStatus.VALID, make.days(0), False), CardState.VALID),
    ((CardStatus.VALID, make.days(-1), False), CardState.EXPIRED),
    ((CardStatus.VALID, None, True), CardState.DOUBLED),
    ((CardStatus.LOST, make.days(-1), False), CardState.LOST),
    ((CardStatus.RETURNED, None, True), CardState.RETURNED),
]


@pytest.mark.parametrize(("typed", "number"), SPELT)
def test_a_number_has_one_form_however_it_is_spelt(typed: str, number: str) -> None:
    assert card_number(typed) == number


@pytest.mark.parametrize(("number", "fault"), FAULTS)
def test_a_number_is_as_long_as_a_card_can_have_it(number: str, fault: str | None) -> None:
    message = card_fault(number)
    assert (str(message) if message else None) == fault


@pytest.mark.parametrize(("card", "state"), STATES)
def test_a_card_is_worth_what_its_status_and_day_say(
    card: tuple[CardStatus, None, bool], state: CardState
) -> None:
    assert card_state(*card, on=make.days(0)) is state


@pytest.fixture
def firm(app: Flask) -> list[User]:
    """A manager and two technicians of one firm, and one of another."""
    home, other = (make.organisation(OrganisationKind.FIRM, name) for name in ("甲维保", "乙维保"))
    return [
        make.user(home, Role.FIRM_MANAGER, name="经理"),
        make.user(home, Role.TECHNICIAN, name="陆永福"),
        make.user(home, Role.TECHNICIAN, name="谢雪梅"),
        make.user(other, Role.TECHNICIAN, name="外人"),
    ]


def issue(person: User, uid: str, **more: object) -> Card:
    with db.transaction():
        return papers.issue_card(db.session.get_one(User, person.id), uid, **more, by=SYSTEM)  # type: ignore[arg-type]


def refused(person: User, uid: str, **more: object) -> dict[str, str]:
    with pytest.raises(Invalid) as wrong:
        issue(person, uid, **more)
    db.session.rollback()
    return {field: str(message) for field, message in wrong.value.fields.items()}


def test_the_same_card_in_another_spelling_is_one_card(firm: list[User]) -> None:
    _boss, lu, xie, stranger = firm
    assert (issue(lu, "04-8A-C0-AD-C1-A4").uid, lu.id) == (NUMBER, lu.id)
    assert refused(xie, NUMBER) == {"uid": "This card is in use already: it is that of 陆永福."}
    assert refused(stranger, " 04:8a:c0:ad:c1:a4") == {"uid": "This card is in use already."}
    assert refused(xie, "AB") == {"uid": LENGTH % 2}
    assert refused(xie, " - ") == {"uid": "This is needed."}
    for spelling in (NUMBER, "04-8A-C0-AD-C1-A4", "04 8a c0 ad c1 a4\r"):
        match = user_of_card(spelling)
        assert match is not None
        assert match[1].id == lu.id
    assert user_of_card("-") is None


def test_nobody_has_a_second_card_before_the_first_has_ended(firm: list[User]) -> None:
    lu, xie = firm[1], firm[2]
    first = issue(lu, NUMBER)
    assert refused(lu, "048AC0ADC1A5") == {
        "uid": "陆永福 has a card already (…C1A4): report it lost or take it back first."
    }
    with db.transaction():
        papers.end_card(db.session.get_one(Card, first.id), CardStatus.LOST, by=SYSTEM)
    assert refused(xie, NUMBER) == {
        "uid": "This card was that of 陆永福 and has ended: its number is not given again."
    }
    issue(lu, "048AC0ADC1A5")
    assert [card.number for card in db.session.scalars(select(Card).where(Card.user_id == lu.id))] == [
        NUMBER,
        "048AC0ADC1A5",
    ]


def test_a_card_that_has_run_out_is_not_issued_and_another_may_follow_it(firm: list[User]) -> None:
    lu = firm[1]
    assert refused(lu, NUMBER, expires_on=make.days(-1)) == {
        "expires_on": "This day is past: the card would be of no use."
    }
    card = issue(lu, NUMBER, expires_on=make.days(0))
    with make.writing():
        db.session.get_one(Card, card.id).expires_on = make.days(-1)
    assert issue(lu, "048AC0ADC1A5").state is CardState.VALID
    assert db.session.get_one(Card, card.id).state is CardState.EXPIRED


def test_the_page_says_what_a_card_is_worth_and_finds_it_by_any_spelling(
    firm: list[User], signed_in: Sign
) -> None:
    boss, lu, xie, _stranger = firm
    make.card(lu, NUMBER, expires_on=make.days(-30))
    browser = signed_in(boss)
    page = browser.get(f"/people/{lu.id}").text
    assert ("已过期" in page, 'mark-green">' in page.split('id="cards"')[1]) == (True, False)
    listed = browser.get("/people?q=04-8a-c0-ad-c1-a4").text
    assert ("陆永福" in listed, "谢雪梅" in listed) == (True, False)
    answer = browser.post(
        f"/people/{xie.id}/cards/new", data={"uid": "04 8A C0 AD C1 A4", "expires_on": "2020-01-01"}
    )
    assert answer.status_code == 422
    assert "该日期已过" in answer.text
    assert 'value="04 8A C0 AD C1 A4"' in answer.text  # what was typed stays
    answer = browser.post(f"/people/{xie.id}/cards/new", data={"uid": "04 8A C0 AD C1 A4"})
    assert "持卡人是 陆永福" in answer.text


def test_of_two_cards_with_one_number_the_older_counts_until_somebody_decides(
    firm: list[User], signed_in: Sign
) -> None:
    boss, lu, xie, _stranger = firm
    older = make.card(lu, NUMBER)
    twin = make.card(xie, "04-8A-C0-AD-C1-A4", number=NUMBER, doubled=True)
    browser = signed_in(boss)
    assert "卡号重复的工卡" in browser.get("/").text
    assert "与另一张卡号码相同" in browser.get(f"/people/{xie.id}").text
    assert user_of_card(NUMBER) == (db.session.get_one(Card, older.id), db.session.get_one(User, lu.id))

    browser.post(f"/cards/{older.id}/returned")
    db.session.rollback()
    match = user_of_card(NUMBER)
    assert match is not None
    assert (match[1].id, match[0].state) == (xie.id, CardState.VALID)
    assert "卡号重复的工卡" not in browser.get("/").text
    cleared = db.session.scalars(select(Event.subject).where(Event.verb == "card.cleared")).all()
    assert cleared == [f"user:{xie.id}"]

    browser.post(f"/cards/{twin.id}/lost")
    db.session.rollback()
    match = user_of_card(NUMBER)
    assert match is not None
    assert match[0].status is CardStatus.LOST


def test_a_number_reported_lost_is_lost_to_both_who_were_given_it(firm: list[User], signed_in: Sign) -> None:
    boss, lu, xie, _stranger = firm
    older = make.card(lu, NUMBER)
    make.card(xie, "04-8A-C0-AD-C1-A4", number=NUMBER, doubled=True)
    signed_in(boss).post(f"/cards/{older.id}/lost")
    db.session.rollback()
    match = user_of_card(NUMBER)
    assert match is not None
    assert (match[0].id, match[0].status) == (older.id, CardStatus.LOST)


def test_a_station_knows_its_people_by_a_card_in_any_spelling(app: Flask) -> None:
    station = make.station()
    worker = make.user(station, Role.OPERATOR, certificate="P")
    make.card(worker, "04-8A-C0-AD-C1-A4")
    day = load_station(station.id, make.days(0))
    for spelling in (NUMBER, "04-8a-c0-ad-c1-a4", "04:8A:C0:AD:C1:A4"):
        assert day.sanctions("LPG", spelling, None)[2] == worker.id


@pytest.mark.sqlite
def test_the_upgrade_gives_every_card_its_form_and_lets_the_older_of_two_count(tmp_path: Path) -> None:
    engine = db.connect(f"sqlite:///{tmp_path / 'cards.db'}")
    config = schema.alembic_config(engine.url.render_as_string(hide_password=False))
    command.upgrade(config, "0015")
    rows = [
        ("04-8A-C0-AD-C1-A4", "valid"),
        ("048ac0adc1a4", "valid"),
        ("AB", "valid"),
        ("04:8A:C0:AD:C1:A4", "lost"),
        ("04A1B2C3", "returned"),
        ("04 A1 B2 C3", "valid"),
    ]
    holder = (new_id().hex, new_id().hex)
    with closing(sqlite3.connect(tmp_path / "cards.db")) as plain, plain:  # which minds no missing firm
        for place, (uid, status) in enumerate(rows):
            plain.execute(
                "INSERT INTO card (id, organisation_id, user_id, uid, status) VALUES (?, ?, ?, ?, ?)",
                (f"{place:032x}", *holder, uid, status),
            )
    command.upgrade(config, "head")
    with engine.connect() as connection:
        after = connection.execute(text("SELECT uid, number, doubled FROM card ORDER BY id")).all()
    engine.dispose()
    assert [tuple(row) for row in after] == [
        ("04-8A-C0-AD-C1-A4", NUMBER, False),
        ("048ac0adc1a4", NUMBER, True),
        ("AB", "AB", False),
        ("04:8A:C0:AD:C1:A4", NUMBER, False),
        ("04A1B2C3", "04A1B2C3", False),
        ("04 A1 B2 C3", "04A1B2C3", False),
    ]
