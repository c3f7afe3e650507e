"""What the register leaves to the jobs process."""

from __future__ import annotations

from equipment.register import exporting, renaming, verifying
from equipment.tasks.makers import JobsProcess, Work


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "register.export": exporting.export,
            renaming.REINDEX: renaming.reindex,
            verifying.VERIFY: verifying.verify,
        }
    )
