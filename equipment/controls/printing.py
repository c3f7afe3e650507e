"""The papers of controls drawn, by the jobs process only."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from equipment.controls.paper_printing import SPOKEN, blank_paper, control_paper, list_paper, report_paper
from equipment.controls.queries import adopted_list, control_of, report_of, risk_list_of
from equipment.core.errors import NotFound
from equipment.people.models import Organisation
from equipment.people.rules import Viewer
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.pictures import small_pictures
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import RuledPaper
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.web.language import translate


def print_paper(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `controls.paper`; input: what (daily, blank, report, list), organisation_id, key, category,
    sample."""
    by = asked_by(task)
    if by is None:
        raise NotFound
    drawn = ruled_pdf(_paper(task, by, progress), locale=SPOKEN, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def _paper(task: Task, by: Viewer, progress: Progress) -> RuledPaper:
    stated, say = task.stated, partial(translate, locale=SPOKEN)
    what, unit_id, sample = stated.text("what"), UUID(stated.text("organisation_id")), stated.flag("sample")
    if what == "blank":
        if by.organisation_id != unit_id:
            raise NotFound
        unit, key = session.get_one(Organisation, unit_id), stated.text("category")
        return blank_paper(unit, key, adopted_list(unit_id, key), say, sample=sample)
    record_id = UUID(stated.text("key"))
    if what == "list":
        return list_paper(risk_list_of(by, unit_id, record_id), say, sample=sample)
    if what == "report":
        report = report_of(by, unit_id, record_id)
        pictures = small_pictures(
            [one["sha256"] for one in report.paper if one["media_type"].startswith("image/")], progress
        )
        return report_paper(report_of(by, unit_id, record_id), pictures, say, sample=sample)
    control = control_of(by, unit_id, record_id)
    pictures = small_pictures([photo["sha256"] for photo in control.photos], progress)
    control = control_of(by, unit_id, record_id)
    chosen = risk_list_of(by, unit_id, control.list_id) if control.list_id else None
    return control_paper(control, chosen, pictures, say, sample=sample)
