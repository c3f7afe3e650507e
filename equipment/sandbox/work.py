"""What goes on in sandboxes by itself, as in the city: yesterday's fills are closed, lists for filling
without a network are made. No reminder leaves a sandbox."""

from __future__ import annotations

from datetime import date

from equipment.fills.actions import close_unfinished
from equipment.fills.manifolds import close_manifolds
from equipment.passes.actions import renew_lists
from equipment.sandbox.opening import database_called, running_kinds
from equipment.storage.db import inside, session
from equipment.tasks.makers import JobsProcess, Work, repeated


def go_on(on: date) -> dict[str, int]:
    """In every sandbox that is switched on; twice does no harm."""
    kinds = running_kinds()
    session.rollback()
    for kind in kinds:
        database = database_called(kind.database)
        if database is not None:
            with inside(database):
                repeated(close_manifolds, on)
                repeated(close_unfinished, on)
                renew_lists()
    return {"sandboxes": len(kinds)}


def work(_process: JobsProcess) -> Work:
    return Work(makers={}, timed={"sandboxes": go_on})
