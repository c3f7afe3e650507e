"""The jobs process: a tick every minute for what is due, a heartbeat, workers for long tasks,
and a clean end within five seconds."""

from __future__ import annotations

import logging
import os
import select
import shutil
import signal
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing.util import get_temp_dir

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor as Pool
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from equipment import create_app
from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.slices import SLICES
from equipment.storage import steady
from equipment.tasks import children
from equipment.tasks.makers import JobsProcess
from equipment.tasks.rules import Lane
from equipment.tasks.runner import Runner
from equipment.web.slices import Slice
from jobs.lookout import Lookout
from jobs.runs import Jobs
from jobs.scratch import open_scratch
from jobs.work import functions, makers, works

# Workers of each lane. Two for what takes minutes; two more that nothing long can hold up, so that a due-list
# or a small upload starts at once while two imports run.
WORKERS = {Lane.LONG: 2, Lane.QUICK: 2}
LOOK_EVERY_S = 0.25  # a page waits up to three seconds for a short task: it must start soon
STOP_LOOK_S = 1  # a signal ends the wait at once
BEAT_EVERY_S = 15
GRACE_S = 3.5


@dataclass(frozen=True)
class Process:
    """Everything one jobs process runs."""

    app: Flask
    jobs: Jobs
    runners: tuple[Runner, ...]
    drawing: tuple[str, ...]  # what drawing children import once, before the first is asked for

    @property
    def stopping(self) -> threading.Event:
        return self.jobs.stopping


def make(settings: Settings, slices: Sequence[Slice] = SLICES) -> Process:
    app = create_app(settings, slices)
    stopping, worker = threading.Event(), f"{socket.gethostname()[:30]}:{os.getpid()}:{new_id().hex[-6:]}"
    work = works(JobsProcess(settings, worker), slices)
    jobs = Jobs(worker, functions(work), stopping=stopping)
    runners = tuple(
        Runner(f"{worker}/{lane}{number}", makers(work, jobs), stopping, lane)
        for lane, workers in WORKERS.items()
        for number in range(workers)
    )
    return Process(app, jobs, runners, tuple(module for part in work for module in part.drawing))


def run(process: Process) -> None:
    """Run until SIGTERM or SIGINT, then end within five seconds whatever is under way."""
    log = structlog.get_logger()
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    children.preload(*process.drawing)
    steady.settle()
    signals: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _frame: signals.append(number))
    scratch = open_scratch(process.app.config["SETTINGS"].folder)
    scheduler = _scheduler(process)
    handing_out = threading.Thread(target=_hand_out, args=(process,), daemon=True)
    scheduler.start()
    handing_out.start()
    log.info("jobs started", worker=process.jobs.worker)
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    # No lock here: a handler runs in the middle of anything, and would wait for it for ever.
    while not signals and not process.stopping.is_set():
        select.select([reader], [], [], STOP_LOOK_S)
    process.stopping.set()
    scheduler.shutdown(wait=False)
    _end(process, handing_out)
    log.info("jobs stopped", worker=process.jobs.worker)
    for folder in (scratch, get_temp_dir()):
        shutil.rmtree(folder, ignore_errors=True)
    logging.shutdown()
    os._exit(0)  # threads that are still in the middle of something must not keep the process alive


def _scheduler(process: Process) -> BackgroundScheduler:
    """A tick is a look at what is due by record: a missed or late tick loses nothing."""
    scheduler = BackgroundScheduler(
        executors={"default": Pool(1), "beat": Pool(1)},
        timezone="UTC",
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    scheduler.add_job(
        _in_app(process, process.jobs.run_due), "interval", minutes=1, next_run_time=clock.now()
    )
    scheduler.add_job(
        _in_app(process, process.jobs.beat),
        "interval",
        seconds=BEAT_EVERY_S,
        next_run_time=clock.now(),
        executor="beat",
    )
    return scheduler


def _in_app(process: Process, work: Callable[[], object]) -> Callable[[], None]:
    """Texts are translated inside the application; what goes wrong is written down
    and does not end the process."""

    def inside() -> None:
        with process.app.app_context():
            work()

    def guarded() -> None:
        with ThreadPoolExecutor(1) as pool:
            _write_fault(pool.submit(inside).exception())

    return guarded


def _hand_out(process: Process) -> None:
    """Look for work, once for all workers of a lane, and give it to those that are idle;
    each works until nothing waits any more."""
    at_work: dict[str, Future[None]] = {}
    pool = ThreadPoolExecutor(len(process.runners))
    lookouts = {runner.lane: Lookout(runner) for runner in process.runners}
    while not process.stopping.wait(LOOK_EVERY_S):
        for name in [name for name, future in at_work.items() if future.done()]:
            _write_fault(at_work.pop(name).exception())
        for lane, lookout in lookouts.items():
            idle = [
                runner for runner in process.runners if runner.lane is lane and runner.worker not in at_work
            ]
            if idle and lookout.sees_work():
                at_work |= {runner.worker: pool.submit(_carry_out, process, runner) for runner in idle}
    for lookout in lookouts.values():
        lookout.close()
    wait(at_work.values())


def _carry_out(process: Process, runner: Runner) -> None:
    """Texts are translated inside the application."""
    with process.app.app_context():
        while not process.stopping.is_set() and runner.run_one():
            pass


def _write_fault(fault: BaseException | None) -> None:
    if fault is not None:
        structlog.get_logger().error("jobs", fault=f"{type(fault).__name__}: {fault}")


def _end(process: Process, handing_out: threading.Thread) -> None:
    handing_out.join(GRACE_S)
    release = threading.Thread(target=_in_app(process, process.jobs.release), daemon=True)
    release.start()
    release.join(1)
