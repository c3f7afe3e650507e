"""The maker of label sheets: what is printed for a batch of blank labels or for pieces on file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy import select

from equipment.core.chunks import chunks
from equipment.core.config import Settings
from equipment.core.errors import Invalid, NotFound
from equipment.core.words import N_
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.labels.engraver_printing import CSV, SVG
from equipment.labels.layouts import BY_KEY, DEFAULT, PLATE_KEYS, addressed, sample_mark
from equipment.labels.listing import ledger_table, receipt
from equipment.labels.models import LabelBatch, LabelHandout
from equipment.labels.plate_listing import plate_table
from equipment.labels.plate_printing import PLATES_PDF, PrintedPlate
from equipment.labels.printing import PDF, LabelDesign, Output, Printed, draw_all
from equipment.labels.prints import AT_ONCE, mark_drawn, release_labels, take_labels
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.codes import label_url
from equipment.register.lists import organisation_name
from equipment.register.models import Equipment, Identifier, Label, LiftPlate
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import category
from equipment.storage.db import in_transaction, session, transaction
from equipment.tasks.actions import remember
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work, repeated
from equipment.tasks.models import Task
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.workbooks import list_maker
from equipment.web.language import translate

OUTPUTS: Mapping[str, Output] = {"pdf": PDF, "svg": SVG, "csv": CSV}
NOTHING_LEFT = N_("Nothing of this batch is left to print: its labels are in another print already.")
SHOWN = (IdentifierKind.CERTIFICATE_NO, IdentifierKind.EQUIPMENT_CODE)


def make_labels(task: Task, progress: Progress) -> TaskOutcome:
    """The file of a batch (`batch`) or of pieces (`pieces`) in a `layout`, as `output` says."""
    settings: Settings = current_app.config["SETTINGS"]
    options, batch_id = task.stated, UUID(task.stated.text("batch")) if task.input.get("batch") else None
    if batch_id is not None and not options.get("taken"):
        # What a killed process had taken is this print's still; once all is taken nothing joins it, or its
        # parts would hold other labels than those that are drawn already.
        repeated(release_labels, batch_id)
        repeated(take_labels, batch_id, task.id)
        with transaction():
            remember(task, taken=True)
    layout = options.text("layout", DEFAULT)
    with force_locale("zh_Hans_CN"):  # labels speak Chinese, whoever prints them
        labels = (
            plates_of(task.id, batch_id, settings)
            if batch_id is not None and layout in PLATE_KEYS
            else labels_of(task.id, batch_id, settings)
            if batch_id is not None
            else of_pieces([UUID(key) for key in options.texts("pieces")], settings)
        )
    if not labels:
        raise Invalid({"": NOTHING_LEFT}) if batch_id is not None else NotFound
    design = design_of(layout, settings)
    output = PLATES_PDF if layout in PLATE_KEYS else OUTPUTS[options.text("output", "pdf")]
    session.rollback()  # drawing takes long: no reader's snapshot is held meanwhile
    folder = settings.folder / "parts" / str(task.id)
    whole = draw_all(labels, design, folder, progress, output=output, drawn=_marked(batch_id))
    whole = whole.replace(folder.with_suffix(f".{output.suffix}"))
    folder.rmdir()
    lacking = unprinted(texts_in([design, labels]))
    return TaskOutcome(
        content=whole,
        name=f"labels-{len(labels)}.{output.suffix}",
        media_type=output.media_type,
        summary={"labels": len(labels)},
        link=f"/labels/batches/{batch_id}" if batch_id else "",
        note=note(lacking) if lacking else None,
    )


def _marked(batch_id: UUID | None) -> Callable[[Sequence[Printed]], None]:
    """What happens to the labels of a part once its file is whole."""

    def mark(labels: Sequence[Printed]) -> None:
        if batch_id is not None:
            for some in chunks([label.code for label in labels], AT_ONCE):
                in_transaction(mark_drawn, list(some))

    return mark


def design_of(layout: str, settings: Settings) -> LabelDesign:
    return LabelDesign(BY_KEY[layout].key, f"{settings.city_name}特种设备", sample_mark(settings))


def labels_of(print_id: UUID, batch_id: UUID, settings: Settings) -> list[Printed]:
    """The labels that a print has taken, in the order of their numbers, whatever became of them since."""
    batch = session.scalar(visible(SYSTEM, LabelBatch).where(LabelBatch.id == batch_id))
    if batch is None:
        raise NotFound
    own = select(Label.code, Label.number).where(Label.batch_id == batch_id, Label.print_id == print_id)
    holder, scan = organisation_name(batch.organisation_id), gettext(N_("Scan for the inspection state"))
    return [
        Printed(label_url(code, addressed(settings)), code, (f"№{number} {holder}", scan), number)
        for code, number in session.execute(own.order_by(Label.number, Label.code))
    ]


def plates_of(print_id: UUID, batch_id: UUID, settings: Settings) -> list[Printed]:
    """The plates that a print has taken, each with what stands on it as it was made."""
    own = (
        visible(SYSTEM, LiftPlate)
        .join(Label, Label.code == LiftPlate.code)
        .where(Label.batch_id == batch_id, Label.print_id == print_id)
        .order_by(Label.number, Label.code)
    )
    return [
        PrintedPlate(label_url(plate.code, addressed(settings)), plate.code, (), number, dict(plate.facts))
        for plate, number in session.execute(own.add_columns(Label.number))
    ]


def of_pieces(ids: Sequence[UUID], settings: Settings) -> list[Printed]:
    """One label for each of these pieces that has one."""
    labelled = session.scalars(
        visible(SYSTEM, Equipment)
        .where(Equipment.id.in_(ids), Equipment.label_code.is_not(None))
        .order_by(Equipment.id)
    ).all()
    numbers: dict[UUID, str] = {}
    rows = select(Identifier.equipment_id, Identifier.shown).where(
        Identifier.equipment_id.in_(ids), Identifier.kind.in_(SHOWN), Identifier.voided_at.is_(None)
    )
    for equipment_id, shown in session.execute(rows.order_by(Identifier.kind)):
        numbers.setdefault(equipment_id, shown)
    return [
        Printed(label_url(code, addressed(settings)), code, _lines(equipment, numbers.get(equipment.id, "")))
        for equipment in labelled
        if (code := equipment.label_code)
    ]


def _lines(piece: Equipment, number: str) -> tuple[str, ...]:
    """The number stamped on the piece first: a certificate covers many, and whoever stands before them must
    know which label is whose."""
    kind = category(piece.category)
    catalogued = kind.catalogue.get(piece.catalogue_code)
    party = piece.use_unit_id or piece.owner_id
    lines = (
        piece.serial or piece.own_number,
        catalogued.zh if catalogued else translate(kind.label),
        number,
        organisation_name(party) if party else "",
    )
    return tuple(text for text in lines if text)


def make_receipt(task: Task, progress: Progress) -> TaskOutcome:
    """发放签收单 (`handout`), an A4 page or more."""
    handout = session.scalars(
        visible(SYSTEM, LabelHandout).where(LabelHandout.id == UUID(task.stated.text("handout")))
    ).one()
    sample = bool(task.input.get("sample"))
    paper = receipt(handout, lambda msgid: translate(msgid, task.locale), sample=sample)
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content, name=f"{paper.number}.pdf", media_type="application/pdf", note=drawn.note
    )


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "register.labels": make_labels,
            "labels.receipt": make_receipt,
            "labels.export": list_maker(ledger_table),
            "plates.export": list_maker(plate_table),
        },
        drawing=(
            "equipment.labels.engraver_printing",
            "equipment.labels.plate_printing",
            "equipment.tasks.ruled_printing",
        ),
    )
