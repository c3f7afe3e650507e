"""One item of a checklist as the form on the technician's phone shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from flask import url_for

from equipment import web
from equipment.maintenance.answer_rules import LACKS, in_conflict, lacking, replies_of, reply_of
from equipment.maintenance.forms import shown_amounts
from equipment.maintenance.listing import photo_url, reply_text
from equipment.maintenance.models import Visit, VisitPhoto
from equipment.regulation.checklists import Item
from equipment.regulation.item_readings import ItemReading
from equipment.web.language import translate


class ReadingField(NamedTuple):
    """A reading with what stands in its two fields."""

    reading: ItemReading
    first: str
    after: str


class ChecklistRow(NamedTuple):
    """One item on the phone: this person's answer so far (else the one that stands), the addresses of its
    photos and what the answer still lacks; `lack_text` says so once something was chosen. `conflict` is what
    its people say where they disagree on an 异常."""

    item: Item
    answer: str
    note: str
    readings: list[ReadingField]
    sure: bool
    photo: str
    photos: list[str]
    lack: str
    lack_text: str
    conflict: list[str]


def checklist_row(
    visit: Visit, item: Item, names: Mapping[UUID, str], photos: Sequence[VisitPhoto], key_photo: bool
) -> ChecklistRow:
    stored = visit.answers.get(item.code, {})
    own = reply_of(stored, str(web.viewer().user_id))
    answer, lack = own.get("answer", ""), lacking(item, stored, key_photo)
    first = shown_amounts(item, own.get("readings", {}))
    after = shown_amounts(item, own.get("after", {}))
    shown_first = photo_url(visit, stored)
    every = [url_for("files.read", equipment_id=one.equipment_id, attachment_id=one.id) for one in photos]
    return ChecklistRow(
        item=item,
        answer=answer,
        note=own.get("note", ""),
        readings=[ReadingField(one, first.get(one.key, ""), after.get(one.key, "")) for one in item.readings],
        sure=own.get("sure", False),
        photo=shown_first,
        photos=every or ([shown_first] if shown_first else []),
        lack=lack,
        lack_text=translate(LACKS[lack]) if lack and answer else "",
        conflict=[reply_text(one, names, item) for one in replies_of(stored)] if in_conflict(stored) else [],
    )
