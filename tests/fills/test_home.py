"""The first page of a station's owner: every figure and every line opens the list of just what it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.figures import HomeCard
from equipment.core.ids import new_id
from equipment.core.months import month_end
from equipment.dues import home as dues_home
from equipment.dues.actions import plan_piece
from equipment.dues.filters import Filters, wanted
from equipment.fills import home
from equipment.fills.deliveries import deliveries
from equipment.fills.listing import asks_for_scans, filtered, refusals_by_reason
from equipment.fills.models import Delivery, Fill
from equipment.instruments import home as instruments_home
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people import home as people_home
from equipment.people.models import Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, PaperKind, Role, Viewer
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make
from tests.fills.conftest import LPG, OXYGEN, Hall, uuid_of

PLANNED = {"details": LPG, "medium": "LPG", "made_on": date(2021, 1, 1)}


@pytest.fixture
def owner(hall: Hall) -> User:
    return make.user(hall.station, Role.STATION_OWNER)


def cards_of(app: Flask, who: User) -> dict[str, HomeCard]:
    with app.test_request_context("/"):
        viewer = viewer_of(db.session.get_one(User, who.id))
        slices = (home, dues_home, people_home, instruments_home)
        return {card.key: card for each in slices for card in each.home_cards(viewer)}


def counted(viewer: Viewer, url: str) -> int:
    """How many rows the list behind this address has."""
    address = urlsplit(url)
    args = dict(parse_qsl(address.query))
    on = clock.today()
    rows = {
        "/fills": lambda: (
            select(refusals_by_reason(viewer, args)) if asks_for_scans(args) else filtered(viewer, args)
        ),
        "/dues": lambda: wanted(viewer, Filters.of({"kind": "", **args}), on),
        "/fills/deliveries": lambda: deliveries(
            viewer, day_in(args.get("on_from", "")), day_in(args.get("on_until", ""))
        ),
    }[address.path]()
    return db.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def numbers(cards: dict[str, HomeCard]) -> Iterator[tuple[str, str, int]]:
    """Every address of the figures and lines with the number that stands there."""
    for key, card in cards.items():
        if urlsplit(card.url).path in ("/fills", "/dues", "/fills/deliveries"):
            if isinstance(card.figure, int):
                yield key, card.url, card.figure
            for row in card.rows:
                assert row.note is not None
                yield key, row.url, int(str(row.note.params["num"]).replace(",", ""))


def refuse(hall: Hall, **more: object) -> None:
    assert hall.scan(hall.bottle(**more).label_code or "").get_json()["allowed"] is False


def fill(hall: Hall, gross_g: int = 31000) -> str:
    fill_id = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    assert hall.result(fill_id, gross_g=gross_g).status_code == 200
    return str(fill_id)


def moved(fill_id: str, days: int) -> None:
    with make.writing():
        fill_of(fill_id).on = make.days(-days)


def fill_of(fill_id: str) -> Fill:
    return db.session.scalars(select(Fill).where(Fill.id == uuid_of(fill_id))).one()


@pytest.fixture
def busy(hall: Hall, other: Hall) -> Hall:
    """A day of a station: three filled, two yesterday, one last week, one eight days ago; three refused, two of
    them overdue; one that waits for its result; one delivery; bottles overdue, soon due, past their life and
    of unknown inspection. Another station's day beside it, one of its fills on a bottle of ours."""
    for days in (0, 0, 0, 1, 1, 5, 8):
        moved(fill(hall), days)
    oxygen = hall.bottle(details=OXYGEN)
    scan = hall.scan(oxygen.label_code or "", gas="O2").get_json()
    assert hall.result(scan["fill_id"], pressure_kpa=14000).status_code == 200
    refuse(hall, inspection_due_on=make.days(-3))
    refuse(hall, inspection_due_on=make.days(-300))
    refuse(hall, end_of_life_on=make.days(-3), inspection_due_on=make.days(-3))
    for code in ("E0000000", "E0000001"):
        hall.scan(code)
    other.scan("E0000000")
    waiting = hall.scan(hall.bottle().label_code or "").get_json()["fill_id"]
    fill(other)
    ours_elsewhere = hall.bottle()
    other.scan(ours_elsewhere.label_code or "")
    with make.writing():
        fill_of(waiting).received_at = clock.now() - timedelta(hours=9)
        for at in (clock.now(), clock.now() - timedelta(days=1)):
            db.session.add(
                Delivery(organisation_id=hall.station.id, id=new_id(), opened_at=at, from_whom="李记")
            )
    days = (
        {"inspected": -1500, "next": -40},
        {"inspected": -1600, "next": -140},
        {"inspected": -1461, "next": 0},
    )
    for each in days:
        planned(
            hall, last_inspected_on=make.days(each["inspected"]), next_inspection_on=make.days(each["next"])
        )
    planned(hall, made_on=None)  # nobody knows when it was inspected
    return hall


def planned(hall: Hall, **more: object) -> None:
    made = make.equipment("cylinder", owner_id=hall.station.id, **{**PLANNED, **more})
    with db.transaction():
        plan_piece(db.session.get_one(Equipment, made.id), by_actor="system")


def test_every_figure_and_every_line_counts_what_its_list_holds(app: Flask, busy: Hall, owner: User) -> None:
    cards = cards_of(app, owner)
    viewer = viewer_of(db.session.get_one(User, owner.id))
    stated = list(numbers(cards))
    assert [(key, url, counted(viewer, url)) for key, url, _number in stated] == stated
    assert len(stated) == len({url for _key, url, _number in stated})


def test_the_day_is_compared_with_yesterday_and_the_week(app: Flask, busy: Hall, owner: User) -> None:
    cards = cards_of(app, owner)
    assert {
        key: (card.figure, dict(card.note.params) if card.note else {})
        for key, card in cards.items()
        if key.startswith("fills.")
    } == {
        "fills.bottles": (4, {"yesterday": "2", "mean": "0"}),
        "fills.kg": ("43.5", {"yesterday": "29.0 kg", "mean": "6.2 kg"}),
        "fills.unfinished": (1, {}),
        "fills.refused": (3, {"num": "2"}),
        "fills.taken_in": (1, {"num": "0"}),
    }
    assert [(row.text, row.note and str(row.note)) for row in cards["fills.bottles"].rows] == [
        ("液化石油气 LPG", "3 bottles, 43.5 kg"),
        ("氧 O2", "1 bottles"),
    ]
    assert [
        (str(row.text)[:4], row.note and row.note.params["num"]) for row in cards["fills.refused"].rows
    ] == [("R07 ", "3"), ("R01 ", "2"), ("R08 ", "1")]


def test_duties_are_one_line_per_kind_with_their_number_and_their_first_day(
    app: Flask, busy: Hall, owner: User
) -> None:
    rows = cards_of(app, owner)["dues.overdue"].rows
    assert [
        (
            [getattr(row.text.params[name], "msgid", row.text.params[name]) for name in ("what", "window")],  # type: ignore[union-attr]
            row.note and row.note.params["num"],
            row.on,
        )
        for row in rows
    ] == [
        (["End of design life", "Inspection state not known"], "1", None),
        (["Periodic inspection", "Overdue"], "2", month_end(make.days(-140))),
        (["Periodic inspection", "Overdue and the next %(days)s days"], "4", month_end(make.days(-140))),
        (["Periodic inspection", "Inspection state not known"], "1", None),
    ]


@pytest.mark.parametrize(
    ("licences", "days", "tone", "note"),
    [
        ((), "—", "red", "no filling licence is in force"),
        (((-400, 400, "LPG"),), 400, "green", "until {}, for LPG"),
        (((-400, 20, "LPG"),), 20, "amber", "until {}, for LPG"),
        (((-400, 0, "LPG"),), 0, "amber", "until {}, for LPG"),  # its last day
        (((-400, -2, "LPG"),), -2, "red", "none is in force; the last ended on {}"),
        (((-400, 20, "LPG"), (-1, 900, "LPG")), 900, "green", "until {}, for LPG"),  # renewed
        (((-400, 20, "O2"), (-1, 900, "LPG")), 20, "amber", "until {}, for LPG O2"),  # one gas ends first
        (((3, 900, "LPG"),), "—", "red", "no filling licence is in force"),  # not yet in force
    ],
)
def test_the_licence_says_until_when_and_for_which_gases(
    app: Flask, licences: tuple[tuple[int, int, str], ...], days: int | str, tone: str, note: str
) -> None:
    station = make.station(licensed=False)
    boss = make.user(station, Role.STATION_OWNER)
    with make.writing():
        for number, (since, until, gas) in enumerate(licences):
            db.session.add(
                Paper(
                    organisation_id=station.id,
                    kind=PaperKind.FILLING_LICENCE,
                    number=f"TS{number}",
                    covers=[gas],
                    valid_from=make.days(since),
                    valid_until=make.days(until),
                )
            )
    card = cards_of(app, boss)["people.licence"]
    figure = days if isinstance(days, int) and days >= 0 else "—"
    day = make.days(days).isoformat() if isinstance(days, int) else ""
    assert (card.figure, card.tone, str(card.note)) == (figure, tone, note.format(day))


def test_scales_are_named_before_their_day_and_the_next_one_where_none_is_near(
    app: Flask, hall: Hall, owner: User
) -> None:
    def scale(number: str, days: int) -> None:
        with make.writing():
            db.session.add(
                Instrument(
                    organisation_id=hall.station.id,
                    kind=InstrumentKind.SCALE,
                    name="秤",
                    number=number,
                    verified_until=make.days(days),
                )
            )

    told = []
    for number, days in (("S1", 90), ("S2", 20), ("S3", -1)):
        scale(number, days)
        card = cards_of(app, owner)["instruments.due"]
        told.append((card.figure, card.tone, str(card.note), [row.text for row in card.rows]))
    assert told == [
        (0, "green", f"the next on {make.days(90)}", []),
        (1, "amber", "within 30 days or past", ["秤 S2"]),
        (2, "red", "within 30 days or past", ["秤 S3", "秤 S2"]),
    ]


def test_only_the_owner_of_a_station_has_these_figures(app: Flask, hall: Hall) -> None:
    firm = make.organisation(OrganisationKind.FIRM)
    for of, role in (
        (hall.station, Role.OPERATOR),
        (hall.station, Role.SAFETY_OFFICER),
        (firm, Role.FIRM_MANAGER),
    ):
        assert [key for key in cards_of(app, make.user(of, role)) if key.startswith("fills.")] == []


def test_the_page_shows_them_in_words(
    busy: Hall, owner: User, signed_in: Callable[[User], FlaskClient]
) -> None:
    page = signed_in(owner).get("/").text
    for words in (
        "今日已充",
        "今日净充装量",
        "43.5",
        "未完成",
        "今日拒充",
        "R07 超期未检",
        "充装许可剩余天数",
        "超期事项",
    ):
        assert words in page
    assert "气瓶定期检验：超期" in page
