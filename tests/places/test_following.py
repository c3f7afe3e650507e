"""The intervals follow what devices and people recorded: resumable, twice harmless, proved, never in a scan."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import Fill
from equipment.ledger.models import Event
from equipment.lots import packing
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.places import following
from equipment.places.following import follow
from equipment.places.models import PlaceCursor, Whereabouts
from equipment.places.moments import whereabouts_of
from equipment.places.states import PlaceState
from equipment.register.queries import piece
from equipment.storage import db
from tests import make
from tests.fills.conftest import LPG, Hall, ago

P = PlaceState


def follow_all() -> dict[str, int]:
    return follow(clock.now() + timedelta(seconds=1))


def line(bottle: UUID) -> list[tuple[PlaceState, bool]]:
    """The states of a bottle, the earliest first, and whether each is the one that holds."""
    rows = visible(SYSTEM, Whereabouts).where(Whereabouts.equipment_id == bottle)
    found = db.session.scalars(rows.order_by(Whereabouts.from_at)).all()
    shown = [(row.state, row.until_at is None) for row in found]
    db.session.rollback()
    return shown


def receive(hall: Hall, code: str, at: str) -> None:
    key = str(new_id())
    assert hall.send("POST", "/deliveries", {"delivery_id": key, "happened_at": at}).status_code == 201
    scan = {"scan_id": str(new_id()), "code": code, "delivery_id": key, "happened_at": at}
    assert hall.send("POST", "/scans", scan).status_code == 201


def fill(hall: Hall, code: str) -> str:
    opened = hall.scan(code).get_json()["fill_id"]
    assert hall.result(opened, empty_g=16600, gross_g=31000).status_code == 200
    return str(opened)


def test_taken_in_and_filled_is_in_stock_and_full(hall: Hall) -> None:
    bottle = hall.bottle()
    receive(hall, bottle.label_code or "", ago(minutes=30))
    fill(hall, bottle.label_code or "")
    assert line(bottle.id) == []  # no scan and no result waited for it
    assert follow_all()["bottles"] == 1
    assert line(bottle.id) == [(P.EMPTY, False), (P.FULL, True)]


@pytest.mark.parametrize(
    "details",
    [{"mount": "in_bundle", "bundle_no": "JG-01"}, {"vehicle_plate": "甘D12345"}],
    ids=["集格", "车用"],
)
def test_what_does_not_move_by_itself_has_no_place_of_its_own(hall: Hall, details: dict[str, str]) -> None:
    bottle = hall.bottle(details=LPG | details)
    fill(hall, bottle.label_code or "")
    follow_all()
    assert line(bottle.id) == []


def test_followed_twice_nothing_is_written_again(hall: Hall) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    follow_all()
    with db.transaction():
        following.derive([bottle.id])
    lines = select(func.count()).select_from(Event).where(Event.subject == following.SUBJECT)
    assert db.session.scalar(lines) == 1
    assert follow_all()["bottles"] == 0
    assert line(bottle.id) == [(P.EMPTY, False), (P.FULL, True)]


def test_cut_off_in_the_middle_it_goes_on_where_it_stopped(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    bottles = [hall.bottle(serial=f"8800{number}") for number in range(5)]
    for bottle in bottles:
        fill(hall, bottle.label_code or "")
    monkeypatch.setattr(following, "LINES", 2)
    monkeypatch.setattr(following, "BOTTLES", 1)
    whole, calls = following.derive, []

    def cut(pieces: list[UUID]) -> None:
        calls.append(pieces)
        if len(calls) == 3:
            raise RuntimeError("killed")
        whole(pieces)

    monkeypatch.setattr(following, "derive", cut)
    with pytest.raises(RuntimeError, match="killed"):
        follow_all()
    follow_all()
    assert [line(bottle.id)[-1] for bottle in bottles] == [(P.FULL, True)] * 5


def test_a_line_of_this_minute_waits_so_that_none_beside_it_is_passed_over(hall: Hall) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    assert follow()["bottles"] == 0
    assert line(bottle.id) == []
    follow_all()
    assert line(bottle.id)[-1] == (P.FULL, True)


def test_a_queued_scan_of_yesterday_lands_yesterday(hall: Hall) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    follow_all()
    receive(hall, bottle.label_code or "", ago(hours=20))
    follow_all()
    rows = visible(SYSTEM, Whereabouts).where(Whereabouts.equipment_id == bottle.id)
    first, last = db.session.scalars(rows.order_by(Whereabouts.from_at)).all()
    assert (first.state, last.state) == (P.EMPTY, P.FULL)
    assert first.from_at < clock.now() - timedelta(hours=19)
    assert first.until_at == last.from_at
    assert db.session.scalar(select(PlaceCursor.seq)) is not None


def test_a_lot_takes_it_to_the_body(hall: Hall) -> None:
    body = make.organisation(OrganisationKind.BODY, "检验所")
    owner = viewer_of(make.user(hall.station, Role.STATION_OWNER, name="孙站"))
    bottle = hall.bottle()
    with db.transaction():
        lot = packing.open_lot(new_id(), body.id, by=owner)
        packing.pack(lot, bottle.label_code or "", by=owner)
    follow_all()
    assert line(bottle.id) == []
    with db.transaction():
        packing.hand_over(packing.lot_of(lot.id, by=owner), "", by=owner)
    follow_all()
    assert line(bottle.id) == [(P.AT_BODY, True)]
    with db.transaction():
        packing.withdraw_lot(packing.lot_of(lot.id, by=owner), "车坏了", by=owner)
    follow_all()
    assert line(bottle.id) == [(P.AT_BODY, False), (P.EMPTY, True)]


def test_a_void_fill_moves_nothing_and_a_stranger_sees_nothing(hall: Hall) -> None:
    bottle = hall.bottle()
    fill(hall, bottle.label_code or "")
    follow_all()
    with make.writing():
        db.session.scalars(select(Fill)).one().superseded = True
    with db.transaction():
        following.derive([bottle.id])
    assert line(bottle.id) == [(P.EMPTY, True)]
    stranger = viewer_of(make.user(make.station("别站"), Role.STATION_OWNER))
    assert db.session.scalars(visible(stranger, Whereabouts)).all() == []


def test_the_life_of_a_bottle_tells_where_it_came(hall: Hall) -> None:
    bottle = hall.bottle()
    receive(hall, bottle.label_code or "", ago(minutes=30))
    follow_all()
    owner = viewer_of(make.user(hall.station, Role.STATION_OWNER))
    moments = list(whereabouts_of(owner, piece(owner, bottle.id), 10))
    assert [(moment.title.msgid, moment.state) for moment in moments] == [
        ("Taken in at the station", P.EMPTY)
    ]
