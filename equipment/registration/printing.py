"""The registration papers drawn, by the jobs process only: a form on one page, its list behind it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.registration import papers, queries
from equipment.registration.papers import FormPaper
from equipment.registration.rules import EndKind, FormKind, FormPiece, FormUnit, RegistrationKind
from equipment.regulation.queries import registration_forms_confirmed
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import SAMPLE
from equipment.tasks.ruled_printing import drawn_page, one_document, ruled_pdf
from equipment.tasks.sheets import WORKBOOK_TYPE, Say, Table
from equipment.tasks.workbooks import workbook
from equipment.web.language import LOCALES, translate

SPOKEN = LOCALES[0]  # the authority reads them, whoever prints them
NOTHING, MIXED = (
    N_("There is no piece for this form among those chosen."),
    N_("A form is of one use unit: choose pieces of one unit."),
)


class Chosen(NamedTuple):
    """Pieces of one unit for one form."""

    unit: FormUnit
    pieces: list[FormPiece]


def make_form(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `registration.form`; input: form, kind, reason, manager, ids or asked, format, sample."""
    say, stated = partial(translate, locale=SPOKEN), task.stated
    form = FormKind(stated.text("form"))
    by = asked_by(task)
    ids = [UUID(key) for key in stated.texts("ids")] if stated.get("ids") else []
    asked = {str(key): str(value) for key, value in stated.table("asked").items()} if not ids else {}
    wanted = queries.of_form(queries.chosen(by, asked, ids), form)
    manager_id = stated.text("manager", "")
    people = visible(SYSTEM, User).where(User.id == UUID(manager_id)) if manager_id else None
    manager = session.scalar(people) if people is not None else None
    chosen = chosen_pieces(wanted, form, manager, say)
    foot = "" if registration_forms_confirmed(clock.today()) else say(papers.UNVERIFIED)
    sample = say(SAMPLE) if task.input.get("sample") else ""
    count = sum(len(group.pieces) for group in chosen)
    if stated.text("format") == "xlsx":
        tables = [_table(form, group, task, foot, say) for group in chosen]
        return TaskOutcome(
            content=workbook(tables),
            name=f"{task.title}.xlsx",
            media_type=WORKBOOK_TYPE,
            summary={"pieces": count},
        )
    content, noted = _pdf(form, chosen, task, foot, sample, say, progress)
    return TaskOutcome(
        content=content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pieces": count},
        note=noted,
    )


def chosen_pieces(wanted: Select[Equipment], form: FormKind, manager: User | None, say: Say) -> list[Chosen]:
    """The pieces of a form with their unit; of vehicles a group for each."""
    rows = list(queries.form_pieces(wanted.limit(queries.MOST), say))
    if not rows:
        raise Invalid({"": NOTHING})
    if form is not FormKind.VEHICLE:
        if len({piece.use_unit_id or piece.owner_id for piece, _stated in rows}) > 1:
            raise Invalid({"": MIXED})
        return [_of_unit(rows, manager)]
    rows.sort(key=lambda row: row[1].plate)
    return [_of_unit(list(group), manager) for _plate, group in groupby(rows, key=lambda row: row[1].plate)]


def _of_unit(rows: Sequence[tuple[Equipment, FormPiece]], manager: User | None) -> Chosen:
    unit_id = next((piece.use_unit_id or piece.owner_id for piece, _stated in rows), None)
    if manager is None or manager.organisation_id != unit_id:
        manager = next(iter(queries.managers_of(unit_id)), None)
    unit = queries.form_unit(unit_id, {piece.owner_id for piece, _stated in rows}, manager)
    return Chosen(unit, [stated for _piece, stated in rows])


def _table(form: FormKind, group: Chosen, task: Task, foot: str, say: Say) -> Table:
    unit, pieces = group
    if form is FormKind.END:
        ended = EndKind(task.stated.text("kind"))
        rows = papers.end_rows(pieces, task.stated.text("reason", ""))
        about = papers.end_about(ended, unit, len(pieces), say)
        return papers.sheet_table(say(papers.TITLES[form]), papers.END_COLUMNS, rows, about, foot, say)
    kind = RegistrationKind(task.stated.text("kind"))
    about = papers.list_about(kind, unit, len(pieces), say)
    if form is FormKind.VEHICLE:
        about = [*about, f"{say(N_('Plate'))}：{pieces[0].plate}　VIN：{pieces[0].vin}"]
    rows = papers.list_rows(kind, pieces, say)
    return papers.sheet_table(say(papers.LIST_TITLE), papers.LIST_COLUMNS, rows, about, foot, say)


def _pdf(
    form: FormKind, chosen: Sequence[Chosen], task: Task, foot: str, sample: str, say: Say, progress: Progress
) -> tuple[bytes, Message | None]:
    if form is FormKind.END:
        unit, pieces = chosen[0]
        ended = EndKind(task.stated.text("kind"))
        rows = papers.end_rows(pieces, task.stated.text("reason", ""))
        about = papers.end_about(ended, unit, len(pieces), say)
        paper = papers.ruled(
            say(papers.TITLES[form]), papers.END_COLUMNS, rows, about, foot, say, sample=bool(sample)
        )
        drawn = ruled_pdf(paper, locale=SPOKEN, progress=progress)
        return drawn.content, drawn.note
    kind = RegistrationKind(task.stated.text("kind"))
    make = papers.vehicle_form if form is FormKind.VEHICLE else papers.lot_form
    forms = [make(kind, unit, pieces, foot, sample, say) for unit, pieces in chosen]
    lacking = unprinted(texts_in(forms))
    noted = note(lacking) if lacking else None
    session.rollback()  # nothing holds a transaction while children draw
    parts = run_in_children(draw_forms, [(forms, bool(lacking))])
    if form is FormKind.LOT:
        unit, pieces = chosen[0]
        rows = papers.list_rows(kind, pieces, say)
        about = papers.list_about(kind, unit, len(pieces), say)
        paper = papers.ruled(
            say(papers.LIST_TITLE), papers.LIST_COLUMNS, rows, about, foot, say, sample=bool(sample)
        )
        drawn = ruled_pdf(paper, locale=SPOKEN, progress=progress)
        parts, noted = [*parts, drawn.content], noted or drawn.note
    return one_document(parts), noted


def draw_forms(forms: Sequence[FormPaper], getas: bool) -> bytes:
    """Forms of one page each as a PDF; runs in a child process."""
    return drawn_page("registration/print_form.html", {"forms": forms}, getas=getas)
