"""A renamed organisation: its pieces are found by the new name and no longer by the old, without anybody at a keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import renaming, search
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.storage import db
from equipment.tasks.makers import Interrupted, Maker, Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make

Sign = Callable[[User], FlaskClient]
OLD, NEW = "兴隆充装站", "祥瑞气体公司"


@pytest.fixture
def station(app: Flask) -> Organisation:
    """A station with three bottles of its own and one that it only uses, beside a bottle of somebody else."""
    own, other = make.station(OLD), make.station("别家充装站")
    pieces = [make.equipment("cylinder", owner_id=own.id) for _ in range(3)]
    pieces += [
        make.equipment("cylinder", owner_id=other.id, use_unit_id=own.id),
        make.equipment("cylinder", owner_id=other.id),
    ]
    with db.transaction() as current:
        search.index(current.connection(), [piece.id for piece in pieces])
    return own


@pytest.fixture
def bureau(app: Flask, signed_in: Sign) -> FlaskClient:
    return signed_in(
        make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    )


def rename(bureau: FlaskClient, organisation: Organisation, name: str, **more: str) -> None:
    told = {"name": name, "area": make.COUNTY, "active": "y", **more}
    assert bureau.post(f"/organisations/{organisation.id}/edit", data=told).status_code == 302


def run(maker: Maker = renaming.reindex) -> bool:
    return Runner("one", {renaming.REINDEX: maker}).run_one()


def tasks() -> list[Task]:
    db.session.rollback()
    return list(
        db.session.scalars(
            visible(SYSTEM, Task).order_by(Task.created_at).execution_options(populate_existing=True)
        )
    )


def hits(query: str) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Equipment).where(matching(SYSTEM, query))) or 0


def entries() -> int:
    db.session.rollback()
    return db.session.execute(text("SELECT count(*) FROM equipment_text")).scalar_one()


def test_its_pieces_are_found_by_the_new_name_and_no_longer_by_the_old(
    station: Organisation, bureau: FlaskClient
) -> None:
    rename(bureau, station, NEW)
    assert (hits("兴隆"), hits("祥瑞")) == (4, 0)
    assert run()
    assert (hits("兴隆"), hits("祥瑞"), hits("别家"), entries()) == (0, 4, 2, 5)
    (task,) = tasks()
    assert (task.state, task.done, task.total, task.outcome["summary"], task.title) == (
        TaskState.DONE,
        4,
        4,
        {"pieces": 4},
        f"按新名称更新{NEW}设备的检索",
    )
    assert bureau.get(f"/tasks/{task.id}").status_code == 200


def test_what_changes_no_name_or_has_no_pieces_costs_nothing(
    station: Organisation, bureau: FlaskClient
) -> None:
    rename(bureau, station, OLD, phone="0943-8200000")
    rename(bureau, make.station("空站"), "新空站")
    assert (tasks(), run()) == ([], False)


def test_a_name_that_was_refused_asks_for_no_work(station: Organisation, bureau: FlaskClient) -> None:
    told = {"name": NEW, "area": make.COUNTY, "active": "y", "credit_code": "too short"}
    assert bureau.post(f"/organisations/{station.id}/edit", data=told).status_code == 422
    assert tasks() == []


def test_work_that_was_cut_off_goes_on_after_the_chunk_it_came_to(
    station: Organisation, bureau: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renaming, "CHUNK", 1)
    rename(bureau, station, NEW)
    written: list[int] = []
    index = search.index

    def cut_off(task: Task, progress: Progress) -> TaskOutcome:
        progress.end(Interrupted)
        return renaming.reindex(task, progress)

    monkeypatch.setattr(
        search, "index", lambda connection, ids: (written.append(len(ids)), index(connection, ids))
    )
    assert [run(cut_off), hits("祥瑞"), tasks()[0].state] == [True, 1, TaskState.WAITING]
    assert [run(), hits("祥瑞"), hits("兴隆"), len(written), tasks()[0].done] == [True, 4, 0, 4, 4]


def test_the_same_work_twice_and_two_names_in_a_row_end_at_the_last_name(
    station: Organisation, bureau: FlaskClient
) -> None:
    rename(bureau, station, "中间名字站")
    rename(bureau, station, NEW)
    assert [run(), run(), run()] == [True, True, False]
    first = tasks()[0]
    renaming.reindex(first, Progress())
    assert (hits("中间"), hits("祥瑞"), entries()) == (0, 4, 5)
