"""The list of findings or hazards as a workbook: a maker of the jobs process."""
from __future__ import annotations

from flask_babel import force_locale

from equipment.db import session
from equipment.errors import NotFound
from equipment.hazards.listing import sheet
from equipment.hazards.queries import Wanted
from equipment.hazards.views import rows_of, tabs
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.sheets import WORKBOOK_TYPE
from equipment.tasks.models import Task
from equipment.tasks.work import Outcome, Progress
from equipment.workbooks import workbook


def make_workbook(task: Task, _progress: Progress) -> Outcome:
    """Task kind `hazards.workbook`; input: tab and the filters of the page. What the asker may no longer see is left out."""
    viewer, tab = viewer_of(session.get_one(User, task.user_id)), task.input["tab"]
    if tab not in tabs(viewer):
        raise NotFound
    with force_locale(task.locale):
        made = sheet(viewer, tab, rows_of(viewer, tab, Wanted.of(task.input["args"])))
        return Outcome(content=workbook([made]), name=f"{made.title}.xlsx", media_type=WORKBOOK_TYPE, summary={"rows": len(made.rows)})
