"""What the first page says of the jobs process, to whoever looks after it."""

from __future__ import annotations

from equipment.core import clock
from equipment.core.figures import CardRow, HomeCard
from equipment.core.words import N_, Message
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.tasks.queries import jobs_trouble

SHOWN = 5


def home_cards(viewer: Viewer) -> list[HomeCard]:
    """Jobs that did not run, a clock that jumped, channels that take nothing; nothing while all is well."""
    if not may(viewer, Action.CREATE, Thing.JOB):
        return []
    troubles = jobs_trouble(clock.now())
    if not troubles:
        return []
    return [
        HomeCard(
            "tasks.trouble",
            Message(N_("Trouble with background jobs")),
            len(troubles),
            "/jobs",
            "red" if any(trouble.is_fault for trouble in troubles) else "amber",
            icon="server",
            rank=1,
            rows=[CardRow(trouble.text, trouble.link) for trouble in troubles[:SHOWN]],
            waits=True,
            first_rows=SHOWN,  # each of them is a trouble of its own
        )
    ]
