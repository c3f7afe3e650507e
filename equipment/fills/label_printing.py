"""合格证 drawn, by the jobs process only: one label a page for a thermal roll, or ten on an A4 sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.text import Text
from equipment.core.words import N_, Message
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.files.png import png_address
from equipment.fills import queries
from equipment.fills.bundle_fills import numbers_in
from equipment.fills.label_rules import LabelLayout, amount, dangers, printed_time
from equipment.fills.models import Fill
from equipment.fills.station import pack_of
from equipment.labels.layouts import addressed
from equipment.labels.printing import symbol
from equipment.people.models import Organisation, Paper, User
from equipment.people.rules import SYSTEM, PaperKind
from equipment.people.scope import visible
from equipment.register.codes import label_url
from equipment.register.models import Equipment
from equipment.regulation.cylinder_numbers import label_warnings
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import SAMPLE
from equipment.tasks.ruled_printing import drawn_page, one_document
from equipment.web.language import LOCALES, translate

SPOKEN = LOCALES[0]  # labels speak Chinese, whoever prints them
PART = 250  # labels drawn by one child
ON_SHEET = 10


@dataclass(frozen=True, slots=True)
class PrintedLabel:
    """What stands on one label: lines of (name, value), the words of warning, and the symbol's address."""

    station: str
    fields: Sequence[tuple[str, str]]
    warning: str
    unverified: str
    url: str


def make_labels(task: Task, progress: Progress, *, settings: Settings) -> TaskOutcome:
    """Task kind `fills.labels`; input: fills (ids, in the order of the roll), layout."""
    by = asked_by(task)
    ids = [UUID(key) for key in task.stated.texts("fills")]
    rows = session.scalars(queries.at_station(by).where(Fill.id.in_(ids))).all()
    fills = sorted(rows, key=lambda fill: ids.index(fill.id))
    layout = LabelLayout(task.stated.text("layout"))
    labels = printed_labels(fills, settings)
    sample = translate(SAMPLE, SPOKEN) if settings.is_demo else ""
    lacking = unprinted(texts_in([labels]))
    session.rollback()  # nothing holds a transaction while children draw
    cut = [labels[start : start + PART] for start in range(0, len(labels), PART)]
    progress.total = len(cut)
    parts = run_in_children(
        draw_part, [(part, layout, sample, bool(lacking)) for part in cut], progress=progress
    )
    return TaskOutcome(
        content=one_document(parts),
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"labels": len(labels)},
        note=note(lacking) if lacking else None,
    )


def printed_labels(fills: Sequence[Fill], settings: Settings) -> list[PrintedLabel]:
    """What stands on the labels of these fills, all of one station."""
    if not fills:
        return []
    say, today = partial(translate, locale=SPOKEN), clock.today()
    station = session.get_one(Organisation, fills[0].organisation_id)
    people = _names({key for fill in fills for key in (fill.user_id, fill.checked_by, fill.rechecked_by)})
    pieces = {
        piece.id: piece
        for piece in session.scalars(
            visible(SYSTEM, Equipment).where(Equipment.id.in_({fill.equipment_id for fill in fills}))
        )
    }
    inside = numbers_in([fill.id for fill in fills])
    words = {
        key: Text.from_toml(value.table).zh
        for key, value in label_warnings(pack_of(today).rules, today).items()
    }
    return [
        _label(fill, pieces[fill.equipment_id], inside.get(fill.id, 0), station, people, words, settings, say)
        for fill in fills
    ]


def _label(
    fill: Fill,
    piece: Equipment,
    inside: int,
    station: Organisation,
    people: Mapping[UUID, str],
    words: Mapping[str, str],
    settings: Settings,
    say: partial[str],
) -> PrintedLabel:
    gas = pack_of(clock.today()).gases.get(fill.gas)
    checkers = [people.get(key, "") for key in (fill.checked_by, fill.rechecked_by) if key]
    weighed = fill.net_g is not None
    fields = [
        (say(N_("Filling licence no.")), _licence(station.id, fill)),
        (say(N_("Gas filled")), f"{gas.name.zh} {fill.gas}" if gas else fill.gas),
        (
            say(N_("Net weight")) if weighed else say(N_("Filling pressure")),
            amount(fill.net_g, fill.pressure_kpa, fill.temperature_dc),
        ),
        (say(N_("Cylinder no.")), " / ".join(filter(None, (piece.own_number, piece.serial)))),
        (say(N_("Bundle")), say(Message(N_("%(number)d cylinders"), {"number": inside})) if inside else ""),
        (say(N_("Filled at")), printed_time(clock.site_time(fill.filled_at or fill.received_at))),
        (say(N_("Filler")), people.get(fill.user_id, "") if fill.user_id else ""),
        (say(N_("Checker")), "、".join(dict.fromkeys(filter(None, checkers)))),
        (say(N_("Next inspection")), piece.inspection_due_on.isoformat() if piece.inspection_due_on else ""),
        (say(N_("Telephone of the station")), station.phone),
    ]
    return PrintedLabel(
        station=station.name,
        fields=fields,
        warning="；".join(dangers(gas.tags if gas else frozenset(), words)),
        unverified=say(N_("Contents of this label not verified (GB/T 16804 not at hand)")),
        # without an address of ours there is nothing to scan
        url=label_url(piece.label_code, addressed(settings))
        if piece.label_code and (settings.public_url or settings.is_demo)
        else "",
    )


def _licence(organisation_id: UUID, fill: Fill) -> str:
    """The number of the licence that covered this gas on that day."""
    papers = session.scalars(
        visible(SYSTEM, Paper).where(
            Paper.organisation_id == organisation_id,
            Paper.kind == PaperKind.FILLING_LICENCE,
            Paper.valid_from <= fill.on,
            Paper.valid_until >= fill.on,
        )
    )
    return next((paper.number for paper in papers if fill.gas in paper.covers), "")


def _names(ids: set[UUID | None]) -> dict[UUID, str]:
    people = visible(SYSTEM, User).where(User.id.in_(ids - {None}))
    rows = session.execute(people.with_only_columns(User.id, User.name))
    return {row.id: row.name for row in rows}


def draw_part(labels: Sequence[PrintedLabel], layout: LabelLayout, sample: str, getas: bool) -> bytes:
    """One part as a PDF of its own; runs in a child process."""
    on_page = ON_SHEET if layout is LabelLayout.A4 else 1
    pages = [labels[start : start + on_page] for start in range(0, len(labels), on_page)]
    pictures = {label.url: png_address(symbol(label.url)) for label in labels if label.url}
    values = {"pages": pages, "pictures": pictures, "layout": layout.value, "sample": sample}
    return drawn_page("fills/print_labels.html", values, getas=getas)
