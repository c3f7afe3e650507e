"""Late lines and corrections of fills that are sent twice: one record, and its answer again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.errors import Conflict
from equipment.core.ids import new_id
from equipment.fills.corrections import swap_weights
from equipment.fills.models import Fill
from equipment.intake.models import Receipt
from equipment.people.models import User
from equipment.storage import db
from tests.fills.conftest import Hall
from tests.fills.test_hard_times import owner, weighed
from tests.fills.test_late import PAPER, enter, paper
from tests.intake.at_once import twice_at_once


def fills() -> int:
    return db.session.scalar(select(func.count()).select_from(Fill)) or 0


def test_a_paper_line_sent_twice_at_once_is_one_fill(hall: Hall, app: Flask) -> None:
    bottle, key, when = hall.bottle(), new_id(), clock.now() - timedelta(days=PAPER)
    outcomes = twice_at_once(app, lambda: enter(hall, bottle, id=key, happened_at=when).id)
    assert (outcomes[0] == outcomes[1], fills()) == (True, 1)
    with pytest.raises(Conflict) as caught:
        enter(hall, bottle, id=key, happened_at=when, gross_g=30000)
    assert list(caught.value.fields) == ["gross_g"]
    assert list(db.session.scalars(select(Receipt.kind))) == ["late_fill"]


def test_the_form_of_late_lines_sent_again_enters_nothing_twice(
    hall: Hall, signed_in: Callable[[User], FlaskClient]
) -> None:
    browser, typed = signed_in(hall.person), paper(hall.bottle(), id=str(new_id()))
    assert [browser.post("/floor/late", data=typed).status_code for _ in range(2)] == [302, 302]
    changed = browser.post("/floor/late", data={**typed, "amount-0": "30"})
    assert (changed.status_code, fills()) == (422, 1)


def test_weights_swapped_by_a_double_tap_are_swapped_once(hall: Hall, app: Flask) -> None:
    first, second = weighed(hall, 31000, 30800)
    by, key = owner(hall), new_id()

    def swap(reason: str = "两瓶重量录反") -> tuple[UUID, ...]:
        with db.transaction():
            one, other = (db.session.get_one(Fill, pair) for pair in (first, second))
            return tuple(fill.id for fill in swap_weights(one, other, reason, by=by, key=key))

    outcomes = twice_at_once(app, swap)
    assert (outcomes[0] == outcomes[1], fills()) == (True, 4)
    with pytest.raises(Conflict) as caught:
        swap("另一原因")
    assert list(caught.value.fields) == ["reason"]
