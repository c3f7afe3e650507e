"""What the messages of firms' systems leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker
from equipment.uploads.attempts import forget_attempts
from equipment.uploads.listing import attempt_table


def _forget(on: date) -> dict[str, int]:
    forgotten = 0
    while True:
        with transaction():
            chunk = forget_attempts(on)
        forgotten += chunk
        if not chunk:
            return {"forgotten": forgotten}


def work(_process: JobsProcess) -> Work:
    return Work(makers={"uploads.export": list_maker(attempt_table)}, timed={"forget_uploads": _forget})
