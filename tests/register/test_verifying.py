"""待核实 worked off in a list and in bulk: filtered by what failed, settled with one reason, each in its ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.rules import OrganisationKind, Role
from equipment.register import verifying
from equipment.register.actions import ASIDE
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage.db import session
from equipment.tasks.makers import Interrupted, Progress
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make

SignIn = Callable[[User], FlaskClient]
DETAILS = {"variety": "lpg", "medium": "LPG"}
PAGE = "/equipment/unverified"


@pytest.fixture
def owner(app: Flask) -> User:
    return make.user(make.station(), Role.STATION_OWNER)


def doubtful(of: User, reason: str = "制造年月", **more: Any) -> Equipment:
    fields = {"details": DETAILS, "owner_id": of.organisation_id, **more}
    return make.equipment("cylinder", verified=False, unverified_reason=reason, **fields)


def settled(browser: FlaskClient, query: str = "", **form: Any) -> Task:
    """What became of one press of the button."""
    answer = browser.post(PAGE + query, data={"reason": "已与纸质档案核对", **form})
    assert answer.status_code == 302, answer.text
    while Runner("test", {verifying.VERIFY: verifying.verify}).run_one():
        pass
    session.rollback()
    key = UUID(answer.location.rsplit("/", 1)[1])
    return session.scalars(select(Task).where(Task.id == key).execution_options(populate_existing=True)).one()


def states(*pieces: Equipment) -> list[bool]:
    session.rollback()
    rows = dict(session.execute(select(Equipment.id, Equipment.verified)).all())
    return [rows[piece.id] for piece in pieces]


def reasons_told(piece: Equipment) -> list[str]:
    chain = select(Event).where(Event.subject == subject_of("equipment", piece.id), Event.verb == "changed")
    return [str(json.loads(event.payload)["reason"]) for event in session.scalars(chain)]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["S1", "S2", "S3"]),
        ("?doubt=制造年月", ["S1", "S2"]),
        ("?doubt=公称容积", ["S2", "S3"]),
        ("?doubt=制造", []),  # a part of a heading is none
        ("?category=elevator", []),
    ],
)
def test_the_list_is_filtered_by_what_failed(
    signed_in: SignIn, owner: User, query: str, shown: list[str]
) -> None:
    doubtful(owner, "制造年月", serial="S1号")
    doubtful(owner, "制造年月、公称容积", serial="S2号")
    doubtful(owner, "公称容积", serial="S3号")
    doubtful(owner, "制造年月", serial="S4号", status=EquipmentStatus.SCRAPPED)
    make.equipment("cylinder", details=DETAILS, owner_id=owner.organisation_id, serial="S5号")
    page = signed_in(owner).get(PAGE + query).text
    assert [name for name in ("S1", "S2", "S3", "S4", "S5") if f"{name}号" in page] == shown
    assert ("制造年月 (2)" in page) == ("elevator" not in query)


def test_the_ticked_ones_are_settled_with_one_reason_and_a_line_of_the_ledger_for_every_one(
    signed_in: SignIn, owner: User
) -> None:
    first, second, third = (doubtful(owner) for _ in range(3))
    task = settled(signed_in(owner), id=[str(first.id), str(second.id)])
    address = f"/tasks/{task.id}"
    assert (task.state, task.outcome["summary"]) == (TaskState.DONE, {"verified": 2, "not_verified": 0})
    assert states(first, second, third) == [True, True, False]
    assert [reasons_told(piece) for piece in (first, second, third)] == [["已与纸质档案核对"]] * 2 + [[]]
    page = signed_in(owner).get(address).text
    assert ("已核实" in page, "仍待核实" in page) == (True, True)


def test_all_that_match_are_settled_and_nothing_else(signed_in: SignIn, owner: User) -> None:
    ours = [doubtful(owner) for _ in range(3)]
    other, foreign = (
        doubtful(owner, "公称容积"),
        doubtful(make.user(make.station("别站"), Role.STATION_OWNER)),
    )
    task = settled(signed_in(owner), "?doubt=制造年月", every="1")
    assert task.outcome["summary"] == {"verified": 3, "not_verified": 0}
    assert states(*ours, other, foreign) == [True, True, True, False, False]


def test_what_is_not_settled_is_named_with_its_reason(signed_in: SignIn, owner: User) -> None:
    supervisor = make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR)
    good, orphan = doubtful(owner), doubtful(owner, "缺单位", owner_id=None, serial="NONE-1")
    broken = doubtful(owner, "公称容积", details={**DETAILS, "volume_ml": -5}, serial="BAD-1")
    code = make.equipment("cylinder", details=DETAILS, code="", owner_id=owner.organisation_id)
    task = settled(signed_in(supervisor), id=[str(piece.id) for piece in (good, orphan, broken, code)])
    assert task.outcome["summary"] == {"verified": 1, "not_verified": 3}
    told = {row["row"]: row["text"] for row in task.outcome["errors"]}
    assert set(told) == {"NONE-1", "BAD-1", ""}
    assert ("既没有产权单位" in told["NONE-1"], "已经核实" in told[""]) == (True, True)
    assert states(good, orphan, broken) == [True, False, False]


def test_a_bottle_set_aside_is_completed_on_its_own_page(signed_in: SignIn, owner: User) -> None:
    piece = doubtful(owner, ASIDE, block_reason=ASIDE, status=EquipmentStatus.LOCKED)
    task = settled(signed_in(owner), id=[str(piece.id)])
    assert [row["text"] for row in task.outcome["errors"]] == ["现场待建档的设备：请在该设备页面补全档案。"]
    assert states(piece) == [False]


def test_strangers_settle_nothing(signed_in: SignIn, owner: User) -> None:
    piece = doubtful(owner)
    stranger = make.user(make.station("别站"), Role.STATION_OWNER)
    task = settled(signed_in(stranger), id=[str(piece.id)])
    assert task.outcome["summary"] == {"verified": 0, "not_verified": 1}
    settled(signed_in(stranger), every="1")
    inspector = make.user(make.organisation(OrganisationKind.BODY), Role.INSPECTOR)
    assert signed_in(inspector).post(PAGE, data={"every": "1", "reason": "x"}).status_code == 403
    assert states(piece) == [False]


def test_without_reason_or_ticks_nothing_is_asked_for(signed_in: SignIn, owner: User) -> None:
    piece, browser = doubtful(owner), signed_in(owner)
    assert browser.post(PAGE, data={"id": [str(piece.id)], "reason": " "}).status_code == 422
    assert browser.post(PAGE, data={"reason": "核对"}).status_code == 302
    assert session.scalars(select(Task)).all() == []


def test_work_that_was_cut_off_goes_on_and_settles_nothing_twice(
    signed_in: SignIn, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [doubtful(owner) for _ in range(5)]
    monkeypatch.setattr(verifying, "AT_ONCE", 2)

    class Cut(Progress):
        def advance(self, n: int = 1) -> None:
            raise Interrupted

    signed_in(owner).post(PAGE, data={"every": "1", "reason": "核对"})
    task = session.scalars(select(Task)).one()
    with pytest.raises(Interrupted):
        verifying.verify(task, Cut())
    assert sum(states(*pieces)) == 2
    outcome = verifying.verify(session.scalars(select(Task)).one(), Progress())
    assert outcome.summary == {"verified": 5, "not_verified": 0}
    assert [reasons_told(piece) for piece in pieces] == [["核对"]] * 5
