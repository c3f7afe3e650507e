"""A manifold that was filled without a network: its messages come later, in order, and nothing of what went in
is lost, whatever the register says of it by now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.fills.models import ForbiddenFill, Manifold
from equipment.intake.actions import forget_contacts
from equipment.people.models import Device
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall
from tests.fills.test_manifolds import CHECKS, Row, fills, lock, verbs
from tests.fills.test_people_and_scales import colleague, stand, want_another

PASSED = {"sequence": 1, "until": None}


def before(**delta: float) -> str:
    return (clock.now() - timedelta(**delta)).isoformat()


@pytest.fixture
def late(hall: Hall) -> Row:
    """A manifold of an hour ago; the device spoke to us two hours ago."""
    stand(hall, "G3", bay="3", gas="O2", kind="gauge")
    with make.writing():
        db.session.get_one(Device, hall.device.id).seen_at = clock.now() - timedelta(hours=2)
    forget_contacts()
    row = Row(hall)
    assert row.open(happened_at=before(minutes=60), queued=True).status_code == 201
    return row


def hook(row: Row, bottle: Any, **more: Any) -> Any:
    sent = {"happened_at": before(minutes=55), "queued": True, "passed": PASSED}
    return row.hook(bottle, **{**sent, **more}).get_json()


def end(row: Row, **more: Any) -> Any:
    started = row.put("start", happened_at=before(minutes=50), queued=True)
    assert started.status_code == 200
    return row.end(happened_at=before(minutes=20), queued=True, **more)


def test_its_times_are_those_of_the_device(late: Row) -> None:
    hook(late, late.bottle())
    assert end(late).status_code == 200
    manifold = db.session.scalars(select(Manifold)).one()
    ages = [clock.now() - at for at in (manifold.opened_at, manifold.started_at) if at is not None]
    assert [round(age / timedelta(minutes=1)) for age in ages] == [60, 50]
    (fill,) = fills()
    assert (str(fill.state), fill.started_at) == ("filled", manifold.started_at)
    assert fill.filled_at is not None
    assert round((clock.now() - fill.filled_at) / timedelta(minutes=1)) == 20
    assert verbs(f"manifold:{late.key}") == ["manifold.opened", "manifold.started", "manifold.ended"]


def test_a_bottle_that_was_locked_by_then_is_told_apart_and_the_others_are_filled(late: Row) -> None:
    good, locked = late.bottle(), late.bottle()
    hook(late, good)
    with make.writing():
        lock(locked)
    assert hook(late, locked)["allowed"] is False
    assert late.hooks == ["ready", "red"]
    assert end(late).status_code == 200
    assert [(str(fill.state), fill.pressure_kpa, "by_list" in fill.flags) for fill in fills()] == [
        ("filled", 14_000, True),
        ("refused", 14_000, True),
    ]
    assert db.session.scalars(select(ForbiddenFill.equipment_id)).all() == [locked.id]


def test_one_that_nobody_looked_over_says_so(late: Row) -> None:
    hook(late, late.bottle(), checks={})
    assert end(late).status_code == 200
    assert [(str(fill.state), "no_pre_check" in fill.flags) for fill in fills()] == [("filled", True)]


def test_a_red_one_that_was_taken_off_takes_no_part(late: Row) -> None:
    hook(late, late.bottle())
    red = hook(late, late.bottle(inspection_due_on=make.days(-3)), passed=None)
    off = late.put("off", bottle=red["fill_id"], happened_at=before(minutes=52), queued=True)
    assert off.status_code == 200
    end(late)
    assert [(str(fill.state), fill.result_at is None) for fill in fills()] == [
        ("filled", False),
        ("refused", True),
    ]


def test_every_message_again_changes_nothing(late: Row) -> None:
    scan_id, bottle, result_id = str(new_id()), late.bottle(), str(new_id())
    at = before(minutes=55)
    for _ in range(2):
        hook(late, bottle, scan_id=scan_id, happened_at=at)
    started = before(minutes=50)
    assert [late.put("start", happened_at=started, queued=True).status_code for _ in range(2)] == [200, 200]
    ended = {"happened_at": before(minutes=20), "queued": True, "result_id": result_id}
    assert [late.end(**ended).status_code for _ in range(2)] == [200, 200]
    assert [str(fill.state) for fill in fills()] == ["filled"]


def test_what_is_not_queued_still_waits_for_red_bottles(late: Row) -> None:
    hook(late, late.bottle())
    hook(late, late.bottle(inspection_due_on=make.days(-3)), passed=None)
    assert late.put("start").status_code == 409


@pytest.mark.parametrize(
    ("card", "flags"),
    [
        pytest.param("04A22C5E6F", [], id="another person's card"),
        pytest.param("04A22C7777", ["same_checker", "same_rechecker"], id="a card that nobody has by now"),
    ],
)
def test_the_word_of_a_second_person_may_come_later(late: Row, card: str, flags: list[str]) -> None:
    want_another("checked_by_another", "compressed")
    want_another("rechecked_by_another", "compressed")
    second = colleague(late.hall, "04A22C5E6F")
    fill_id = hook(late, late.bottle(), checks={})["fill_id"]
    body = {"checks": CHECKS, "checker": {"card": card}, "happened_at": before(minutes=54)}
    assert late.hall.send("PUT", f"/fills/{fill_id}/checks", body).status_code == (200 if not flags else 422)
    assert late.hall.send("PUT", f"/fills/{fill_id}/checks", body | {"queued": True}).status_code == 200
    assert end(late, rechecker={"card": card}).status_code == 200
    (fill,) = fills()
    assert (str(fill.state), [flag for flag in fill.flags if "same" in flag]) == ("filled", flags)
    assert (fill.checked_by == second.id, fill.rechecked_by == second.id) == (not flags, not flags)
