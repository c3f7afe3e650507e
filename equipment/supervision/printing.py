"""The record of a check drawn, by the jobs process only."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from equipment.core.errors import NotFound
from equipment.supervision.paper_printing import SPOKEN, check_paper
from equipment.supervision.queries import check_of
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.pictures import small_pictures
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.web.language import translate


def print_check(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `supervision.record`; input: organisation_id, check_id, sample."""
    by, stated = asked_by(task), task.stated
    if by is None:
        raise NotFound
    check = check_of(by, UUID(stated.text("organisation_id")), UUID(stated.text("check_id")))
    photos = [photo["sha256"] for photo in check.photos if photo["media_type"].startswith("image/")]
    pictures = small_pictures([*check.signatures.values(), *photos], progress)
    paper = check_paper(
        check, pictures, partial(translate, locale=SPOKEN), sample=bool(task.input.get("sample"))
    )
    drawn = ruled_pdf(paper, locale=SPOKEN, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )
