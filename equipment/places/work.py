"""What places leave to the jobs process."""

from __future__ import annotations

from equipment.places import note_printing
from equipment.places.following import follow
from equipment.places.listing import place_table
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={"places.export": list_maker(place_table), "places.note": note_printing.print_note},
        drawing=("equipment.places.note_printing",),
        timed={"follow_places": lambda _on: follow()},
    )
