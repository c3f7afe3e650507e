"""使用标志 drawn with the labels' own engine, by the jobs process only: the symbol leads to the public page of
the piece. No official form of it was seen; the file says so."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import current_app

from equipment.core.config import Settings
from equipment.core.errors import NotFound
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.inspections.models import UseMark
from equipment.labels.layouts import BY_KEY, addressed, sample_mark
from equipment.labels.printing import PDF, LabelDesign, Printed, draw_all
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.codes import label_url
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.web.language import translate

TITLE = "特种设备使用标志"
CHINESE = "zh_Hans_CN"  # a mark speaks Chinese, whoever prints it
NOT_CHECKED = N_("The layout has not been checked against an official form.")


def print_marks(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `inspections.marks`; input: marks (their ids), layout."""
    settings: Settings = current_app.config["SETTINGS"]
    by, stated = asked_by(task), task.stated
    labels = printed_marks([UUID(key) for key in stated.texts("marks")], by, settings)
    if not labels:
        raise NotFound
    layout = stated.text("layout")
    design = LabelDesign(BY_KEY[layout].key, TITLE, sample_mark(settings))
    session.rollback()  # drawing takes long: no reader's snapshot is held meanwhile
    folder = settings.folder / "parts" / str(task.id)
    whole = draw_all(labels, design, folder, progress)
    whole = whole.replace(folder.with_suffix(".pdf"))
    folder.rmdir()
    lacking = unprinted(texts_in([design, labels]))
    return TaskOutcome(
        content=whole,
        name=f"{task.title}.pdf",
        media_type=PDF.media_type,
        summary={"labels": len(labels)},
        note=note(lacking) or Message(NOT_CHECKED),
        link="/use-marks",
    )


def printed_marks(ids: Sequence[UUID], by: Viewer, settings: Settings) -> list[Printed]:
    """What stands on each of these marks."""
    rows = session.scalars(
        visible(by, UseMark).where(UseMark.id.in_(ids)).order_by(UseMark.number, UseMark.id)
    ).all()
    pieces = {
        piece.id: piece
        for piece in session.scalars(
            visible(SYSTEM, Equipment).where(Equipment.id.in_([row.equipment_id for row in rows]))
        )
    }
    units = {piece.use_unit_id or piece.owner_id for piece in pieces.values()}
    names = names_of({*units, *(row.organisation_id for row in rows)})
    return [_printed(row, pieces[row.equipment_id], names, settings) for row in rows]


def _printed(mark: UseMark, piece: Equipment, names: dict[UUID | None, str], settings: Settings) -> Printed:
    kind = category(piece.category)
    catalogued = kind.catalogue.get(piece.catalogue_code)
    lines = (
        f"下次检验 {mark.next_on.year}年{mark.next_on.month}月",
        catalogued.zh if catalogued else translate(kind.label, CHINESE),
        f"登记证 {mark.certificate_no}",
        f"使用单位 {names.get(piece.use_unit_id or piece.owner_id, '')}",
        f"检验机构 {names.get(mark.organisation_id, '')}",
        mark.number,
    )
    return Printed(label_url(mark.code, addressed(settings)), mark.code, lines)
