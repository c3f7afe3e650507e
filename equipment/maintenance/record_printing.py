"""Records of visits drawn, by the jobs process only: one alone, or a month of a lift or of a use unit
together
behind a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from uuid import UUID

from flask_babel import force_locale

from equipment.core.config import Settings
from equipment.core.errors import Invalid
from equipment.core.months import month_text
from equipment.core.words import N_, Message
from equipment.dues.symbols import PIXELS, fitting_version, modules
from equipment.files.png import png, png_address, symbol_image
from equipment.maintenance.listing import lift_name
from equipment.maintenance.models import Visit
from equipment.maintenance.paper_printing import RecordPictures, cover_paper, photos_of, record_paper
from equipment.maintenance.queries import visit_at
from equipment.maintenance.record_facts import (
    MOST_RECORDS,
    MonthOf,
    VisitRecordFacts,
    month_visits,
    record_facts,
)
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.pictures import small_pictures
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import RuledPaper
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.web.language import translate


def print_record(task: Task, progress: Progress, *, settings: Settings) -> TaskOutcome:
    """Task kind `visits.record`; input: equipment, visit, sample."""
    by = asked_by(task)
    visit = visit_at(by, UUID(task.stated.text("equipment")), UUID(task.stated.text("visit")))
    return _printed([visit], task, progress, settings, photos=True)


def print_month(task: Task, progress: Progress, *, settings: Settings) -> TaskOutcome:
    """Task kind `visits.month`; input: of ("lift" or "unit"), key, month (its first day), sample. Photos go
    with
    the month of one lift only."""
    by = asked_by(task)
    of, key = MonthOf(task.stated.text("of")), UUID(task.stated.text("key"))
    month = task.stated.day("month")
    visits = session.scalars(month_visits(by, of, key, month).limit(MOST_RECORDS + 1)).all()
    if not visits:
        raise Invalid({"": N_("No visits in this month.")})
    if len(visits) > MOST_RECORDS:
        text = N_("More than %(num)d records: print them lift by lift.")
        raise Invalid({"": Message(text, {"num": MOST_RECORDS})})
    return _printed(visits, task, progress, settings, photos=of is MonthOf.LIFT, month=month)


def _printed(
    visits: Sequence[Visit],
    task: Task,
    progress: Progress,
    settings: Settings,
    *,
    photos: bool,
    month: date | None = None,
) -> TaskOutcome:
    say, sample = partial(translate, locale=task.locale), bool(task.input.get("sample"))
    with force_locale(task.locale):
        records = record_facts(visits)
        small = _small(records, photos, progress)
        papers = [
            record_paper(
                facts,
                RecordPictures(small, _symbol(facts.visit, settings)),
                say,
                photos=photos,
                sample=sample,
            )
            for facts in records
        ]
        if month is not None:
            papers.insert(0, _cover(records, task, month))
    drawn = ruled_pdf(*papers, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages, "printed": len(records)},
        note=drawn.note,
    )


def _cover(records: Sequence[VisitRecordFacts], task: Task, month: date) -> RuledPaper:
    say = partial(translate, locale=task.locale)
    title = f"{say(N_('Maintenance records of a month'))} {month_text(month)}"
    first = records[0]
    of_lift = MonthOf(task.stated.text("of")) is MonthOf.LIFT
    of = f"{say(N_('Lift'))}　{lift_name(first.lift, say)}" if of_lift else ""
    unit = f"{say(N_('Use unit'))}　{first.unit}"
    return cover_paper(
        records, title, [unit, of] if of else [unit], say, sample=bool(task.input.get("sample"))
    )


def _symbol(visit: Visit, settings: Settings) -> str:
    """The QR symbol that leads to the record's page. Not the label's: whoever scans that proves to stand at
    the
    lift, and this paper lies in an office (register/disclosure.py)."""
    address = f"{settings.public_url.rstrip('/')}/visits/{visit.equipment_id}/{visit.id}"
    image = symbol_image(modules(address, fitting_version(address)))
    return png_address(png(image.resize((image.width * PIXELS, image.height * PIXELS))))


def _small(records: Sequence[VisitRecordFacts], photos: bool, progress: Progress) -> Mapping[str, str]:
    """The pictures of these records by their digests, photos made small."""
    digests = {signature.sha256 for facts in records for signature in facts.signatures}
    digests |= {facts.visit.signature_sha256 for facts in records if facts.visit.signature_sha256}
    if photos:
        digests |= {digest for facts in records for digest, _caption in photos_of(facts)}
    return small_pictures(digests, progress)
