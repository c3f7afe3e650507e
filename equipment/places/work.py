"""What places leave to the jobs process."""

from __future__ import annotations

from datetime import date

from equipment.places import note_printing
from equipment.places.customers import customer_table
from equipment.places.following import follow
from equipment.places.listing import place_table
from equipment.places.transfers import expire
from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.workbooks import list_maker


def _expire_transfers(on: date) -> dict[str, int]:
    with transaction():
        return {"transfers": expire(on)}


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "places.export": list_maker(place_table),
            "customers.export": list_maker(customer_table),
            "places.note": note_printing.print_note,
        },
        drawing=("equipment.places.note_printing",),
        timed={"follow_places": lambda _on: follow(), "expire_transfers": _expire_transfers},
    )
