"""The label of a piece is printed again only where no readable copy exists; one that was damaged is a loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.months import month_start
from equipment.labels.queries import losses_of
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.register.models import Equipment, Label
from equipment.register.rules import LabelStatus
from equipment.storage.db import session
from equipment.tasks.models import Task
from tests import make

SignIn = Callable[[User], FlaskClient]


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.station(), Role.STATION_OWNER)


@pytest.fixture
def piece(owner: User) -> Equipment:
    return make.equipment("cylinder", owner_id=owner.organisation_id)


def prints() -> int:
    return session.scalar(select(func.count()).where(Task.kind == "register.labels")) or 0


def damaged(owner: User) -> int:
    (loss,) = losses_of(viewer_of(owner), owner.organisation_id, [month_start(clock.today())])  # type: ignore[arg-type]
    return loss.damaged


def test_the_first_print_of_a_label_asks_nothing(signed_in: SignIn, owner: User, piece: Equipment) -> None:
    assert signed_in(owner).post("/labels/print", data={"id": piece.id}).status_code == 302
    assert (prints(), damaged(owner)) == (1, 0)


@pytest.mark.parametrize(
    ("typed", "status", "lost"),
    [
        pytest.param({}, 422, 0, id="it asks"),
        pytest.param({"reason": "看不清", "what": "damaged"}, 422, 0, id="a copy may be readable"),
        pytest.param({"reason": "", "what": "damaged", "destroyed": "1"}, 422, 0, id="without a reason"),
        pytest.param(
            {"reason": "烧糊", "what": "lost", "destroyed": "1"}, 422, 0, id="a lost one is replaced"
        ),
        pytest.param(
            {"reason": "烧糊", "what": "damaged", "destroyed": "1"}, 302, 1, id="damaged, destroyed"
        ),
        pytest.param({"reason": "卡纸", "what": "", "destroyed": "1"}, 302, 0, id="nothing came out"),
    ],
)
def test_the_second_asks_for_reason_and_destruction_and_a_damaged_one_is_a_loss(
    signed_in: SignIn, owner: User, piece: Equipment, typed: dict[str, str], status: int, lost: int
) -> None:
    browser = signed_in(owner)
    browser.post("/labels/print", data={"id": piece.id})
    answer = browser.post("/labels/print", data={"id": str(piece.id), "layout": "roll-50x70", **typed})
    assert answer.status_code == status, answer.text
    assert (prints(), damaged(owner)) == (1 if status == 422 else 2, lost)
    told = session.scalar(select(func.count()).where(Event.verb == "label.printed_again"))
    assert told == (status == 302)
    session.expire_all()
    label = session.scalars(select(Label).where(Label.equipment_id == piece.id)).one()
    assert label.status == LabelStatus.BOUND
