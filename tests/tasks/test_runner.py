"""Long work: claimed once, looked after while it runs, resumed after a crash, ended when asked."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.words import Message
from equipment.files import store
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.storage import db
from equipment.tasks import actions, queries, runner
from equipment.tasks.makers import Maker, Progress, Stopped, TaskOutcome, message_in
from equipment.tasks.models import Task
from equipment.tasks.queries import my_tasks, wait_for
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import CRASHED, DISK_FULL, Runner
from tests import make

FAR = timedelta(days=1)


@pytest.fixture
def owner(app: Flask) -> Viewer:
    return viewer_of(make.user(make.station(), Role.STATION_OWNER))


def asked(owner: Viewer, **given: object) -> UUID:
    with db.transaction():
        return actions.enqueue("count", given, by=owner, title="数一数").id


def stands(task_id: UUID) -> Task:
    db.session.rollback()
    return db.session.scalars(
        visible(SYSTEM, Task).where(Task.id == task_id).execution_options(populate_existing=True)
    ).one()


def works(maker: Maker, worker: str = "one") -> Runner:
    return Runner(worker, {"count": maker})


def counts(task: Task, progress: Progress) -> TaskOutcome:
    progress.total = task.input["to"]
    for _ in range(task.input["to"]):
        progress.advance()
    return TaskOutcome(
        content=b"1,2,3\n", name="count.csv", media_type="text/csv", summary={"counted": progress.done}
    )


def test_work_that_is_done_has_its_figures_and_its_file(owner: Viewer) -> None:
    task_id = asked(owner, to=3)
    assert works(counts).run_one()
    task = stands(task_id)
    assert (task.state, task.done, task.total, task.outcome["summary"], task.file_name) == (
        TaskState.DONE,
        3,
        3,
        {"counted": 3},
        "count.csv",
    )
    assert store.path_of(task.file_sha256 or "").read_bytes() == b"1,2,3\n"


def test_there_is_nothing_to_do_when_nothing_waits(owner: Viewer) -> None:
    assert not works(counts).run_one()


def test_work_of_an_unknown_kind_waits_for_somebody_who_knows_it(owner: Viewer) -> None:
    task_id = asked(owner, to=1)
    assert not Runner("one", {}).run_one()
    assert stands(task_id).state == TaskState.WAITING


def test_many_workers_run_each_piece_of_work_once(owner: Viewer) -> None:
    ran: list[UUID] = []

    def note(task: Task, _progress: Progress) -> TaskOutcome:
        ran.append(task.id)
        return TaskOutcome()

    wanted = {asked(owner, to=number) for number in range(6)}

    def work(worker: str) -> None:
        while works(note, worker).run_one():
            pass

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (len(ran), set(ran)) == (6, wanted)


def while_it_runs(owner: Viewer, then: Callable[[Runner, UUID], None], seen: list[Progress]) -> UUID:
    """Run work that goes on until it is told to end; `then` happens in the middle of it."""

    def goes_on(_task: Task, progress: Progress) -> TaskOutcome:
        seen.append(progress)
        progress.total = 1_000_000
        while True:
            progress.advance()
            time.sleep(0.01)

    task_id, worker = asked(owner), works(goes_on)
    runs = threading.Thread(target=worker.run_one)
    runs.start()
    while not seen or seen[0].done < 60:
        time.sleep(0.05)
    then(worker, task_id)
    runs.join(60)
    assert not runs.is_alive()
    return task_id


def test_progress_is_seen_while_the_work_runs_and_cancelling_ends_it(owner: Viewer) -> None:
    shown: list[int] = []

    def cancel(_worker: Runner, task_id: UUID) -> None:
        shown.append(stands(task_id).done)
        with db.transaction():
            actions.cancel(task_id, by=owner)

    task_id = while_it_runs(owner, cancel, [])
    assert (stands(task_id).state, shown[0] > 0) == (TaskState.CANCELLED, True)


def test_a_worker_that_stops_puts_its_work_back_in_line(owner: Viewer) -> None:
    task_id = while_it_runs(owner, lambda worker, _task_id: worker.stopping.set(), [])
    task = stands(task_id)
    assert (task.state, task.claimed_by, task.attempts) == (TaskState.WAITING, None, 0)


def test_a_worker_that_lost_its_lease_writes_nothing_more(owner: Viewer) -> None:
    def lost(_worker: Runner, task_id: UUID) -> None:
        with db.transaction():
            stands_now = db.session.scalars(visible(SYSTEM, Task).where(Task.id == task_id)).one()
            stands_now.claimed_by = "two"

    task = stands(while_it_runs(owner, lost, []))
    assert (task.state, task.claimed_by) == (TaskState.RUNNING, "two")


def test_work_of_a_dead_worker_is_taken_over_and_given_up_after_three_crashes(
    owner: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    task_id = asked(owner, to=2)
    for attempt in range(1, runner.ATTEMPTS + 1):
        assert works(counts, f"dead{attempt}").claim() is not None
        assert stands(task_id).attempts == attempt
        assert works(counts, "two").claim() is None
        with db.transaction():
            db.session.scalars(visible(SYSTEM, Task).where(Task.id == task_id)).one().lease_until = (
                clock.now() - FAR
            )
    assert not works(counts, "two").run_one()
    task = stands(task_id)
    assert (task.state, message_in(task.message)) == (TaskState.FAILED, Message(CRASHED, {"attempts": 3}))


def raises(fault: Exception) -> Maker:
    def maker(_task: Task, _progress: Progress) -> TaskOutcome:
        raise fault

    return maker


def test_what_was_entered_wrong_is_listed_row_by_row(owner: Viewer) -> None:
    task_id = asked(owner)
    works(raises(Invalid({"row 7": Message("%(year)s is no year", {"year": 20240})}))).run_one()
    task = stands(task_id)
    assert (task.state, task.outcome["errors"]) == (
        TaskState.FAILED,
        [{"field": "row 7", "text": {"msgid": "%(year)s is no year", "params": {"year": 20240}}}],
    )


def test_a_full_disk_is_told_in_plain_words_and_the_work_can_be_continued(owner: Viewer) -> None:
    task_id = asked(owner, to=1)
    works(raises(OSError(errno.ENOSPC, "No space left on device"))).run_one()
    assert (stands(task_id).state, message_in(stands(task_id).message)) == (
        TaskState.FAILED,
        Message(DISK_FULL),
    )
    with db.transaction():
        actions.resume(task_id, by=owner)
    works(counts).run_one()
    assert stands(task_id).state == TaskState.DONE


def test_any_other_fault_fails_the_work_and_not_the_worker(owner: Viewer) -> None:
    task_id = asked(owner)
    assert works(raises(ZeroDivisionError("oh"))).run_one()
    assert (stands(task_id).state, str(message_in(stands(task_id).message))) == (
        TaskState.FAILED,
        "Something went wrong on our side: ZeroDivisionError: oh",
    )


def test_work_that_stopped_half_way_says_where_and_continues(owner: Viewer) -> None:
    task_id = asked(owner)
    works(raises(Stopped(Message("stopped at row %(row)s", {"row": 12}), {"added": 11}))).run_one()
    task = stands(task_id)
    assert (task.state, str(message_in(task.message)), task.outcome["summary"]) == (
        TaskState.STOPPED,
        "stopped at row 12",
        {"added": 11},
    )
    with db.transaction():
        assert actions.resume(task_id, by=owner).state == TaskState.WAITING


def test_waiting_work_is_cancelled_at_once_and_ended_work_stays_ended(owner: Viewer) -> None:
    task_id = asked(owner)
    with db.transaction():
        assert actions.cancel(task_id, by=owner).state == TaskState.CANCELLED
    for change in (actions.cancel, actions.resume):
        with pytest.raises(Conflict), db.transaction():
            change(task_id, by=owner)


def test_nobody_sees_or_ends_the_work_of_others_even_in_his_own_organisation(owner: Viewer) -> None:
    task_id = asked(owner)
    organisation = make.organisation(OrganisationKind.REGULATOR)
    colleague = Viewer(
        "other", user_id=make.user(organisation, Role.ADMINISTRATOR).id, organisation_id=owner.organisation_id
    )
    assert db.session.scalars(my_tasks(colleague)).all() == []
    with pytest.raises(NotFound), db.transaction():
        actions.cancel(task_id, by=colleague)


def test_a_view_may_wait_for_short_work_and_gets_it_as_it_stands(
    owner: Viewer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "LONGEST_S", 60)
    task_id = asked(owner, to=1)
    assert wait_for(stands(task_id), seconds=0.3).state == TaskState.WAITING
    threading.Timer(0.2, works(counts).run_one).start()
    assert wait_for(stands(task_id), seconds=60).state == TaskState.DONE
