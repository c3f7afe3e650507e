"""What packs leave to the jobs process."""

from __future__ import annotations

from equipment.packs import printing
from equipment.packs.closing import close_packs
from equipment.packs.queries import MAKE
from equipment.tasks.makers import JobsProcess, Work


def work(process: JobsProcess) -> Work:
    folder = process.settings.folder
    return Work(
        makers={MAKE: printing.make},
        timed={"close_packs": lambda _on: {"packs": close_packs(folder)}},
        drawing=("equipment.packs.printing",),
    )
