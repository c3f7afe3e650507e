"""监察指令书 and the file of its case drawn, by the jobs process only. The file is one PDF on numbered pages:
photos stand in it, documents follow as annexes, and all originals are embedded with the lines of the
ledger."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from sqlalchemy import select

from equipment.core.errors import NotFound
from equipment.files import store
from equipment.files.glyphs import note, texts_in, unprinted
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.ledger.rules import ChainEvent, event_text
from equipment.orders.hooks import CasePhoto
from equipment.orders.models import Order
from equipment.orders.paper_printing import CaseFile, case_file, is_picture, order_paper, spoken
from equipment.orders.queries import order_of
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.pictures import small_pictures
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import SAMPLE
from equipment.tasks.ruled_printing import drawn_page

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Annex:
    """A document behind the pages of a case: how many pages it has, and the number of its first."""

    title: str
    day: str
    pages: int
    first: int


def print_order(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `orders.paper`; input: organisation_id, order_id, sample."""
    order = _order(task)
    pictures = small_pictures(filter(None, [order.signature]), progress)
    paper = order_paper(order, pictures.get(order.signature or "", ""))
    values = {"paper": asdict(paper), "sample": _sample(task)}
    lacking = unprinted(texts_in(values["paper"]))
    session.rollback()  # nothing holds a transaction while a child draws
    drawn = run_in_children(draw, [("orders/print_order.html", values, bool(lacking))], progress=progress)
    return TaskOutcome(
        content=drawn[0],
        name=f"{task.title}.pdf",
        media_type=PDF,
        summary={"pages": len(PdfReader(io.BytesIO(drawn[0])).pages)},
        note=note(lacking) if lacking else None,
    )


def print_case_file(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `orders.case_file`; input as `orders.paper`. Drawn twice: the first time counts the pages
    that the annexes stand behind."""
    order = _order(task)
    case = case_file(order)
    chain = _chain(order)
    photos = [photo for part in case.parts for photo in part.photos]
    pictures = small_pictures([photo.sha256 for photo in photos if is_picture(photo)], progress)
    documents = [(photo, reader) for photo in case.annexes if (reader := _pages_of(photo)) is not None]
    values = _values(case, pictures, _sample(task))
    lacking = unprinted(texts_in(values))
    session.rollback()
    content = _drawn(values | {"annexes": []}, bool(lacking), progress)
    count = len(PdfReader(io.BytesIO(content)).pages)
    if documents:
        content = _drawn(values | {"annexes": _annexes(documents, count)}, bool(lacking), progress)
    pages = sum(len(reader.pages) for _photo, reader in documents)
    numbers: bytes | None = None
    if pages:
        stated = {"numbers": list(range(count + 1, count + pages + 1))}
        numbers = run_in_children(draw, [("orders/print_numbers.html", stated, False)], progress=progress)[0]
    whole = _joined(content, documents, numbers, photos, chain)
    return TaskOutcome(
        content=whole,
        name=f"{task.title}.pdf",
        media_type=PDF,
        summary={"pages": len(PdfReader(io.BytesIO(whole)).pages), "files": len(photos)},
        note=note(lacking) if lacking else None,
    )


def _order(task: Task) -> Order:
    stated = task.stated
    by = asked_by(task)
    if by is None:
        raise NotFound
    return order_of(by, UUID(stated.text("organisation_id")), UUID(stated.text("order_id")))


def _sample(task: Task) -> str:
    return spoken()(SAMPLE) if task.input.get("sample") else ""


def _values(case: CaseFile, pictures: Mapping[str, str], sample: str) -> dict[str, object]:
    parts = [
        {
            **asdict(part),
            "photos": [
                {"source": pictures[photo.sha256], "text": photo.text}
                for photo in part.photos
                if photo.sha256 in pictures
            ],
        }
        for part in case.parts
    ]
    stated = {"title": case.title, "paper": asdict(case.paper), "cover": case.cover, "parts": parts}
    return {"case": stated, "sample": sample}


def _drawn(values: dict[str, object], lacking: bool, progress: Progress) -> bytes:
    case = values["case"]
    assert isinstance(case, dict)
    stated = {"case": case | {"annexes": values["annexes"]}, "sample": values["sample"]}
    return run_in_children(draw, [("orders/print_case.html", stated, lacking)], progress=progress)[0]


def draw(template: str, values: Mapping[str, object], lacking: bool) -> bytes:
    """A paper as a PDF; runs in a child process."""
    return drawn_page(template, values, getas=lacking)


def _pages_of(photo: CasePhoto) -> PdfReader | None:
    """A document that has pages; one that cannot be read is embedded alone."""
    path = store.path_of(photo.sha256)
    if photo.media_type != PDF or not path.is_file():
        return None
    try:
        reader = PdfReader(io.BytesIO(path.read_bytes()))
        return reader if len(reader.pages) else None
    except PyPdfError:
        return None


def _annexes(documents: Sequence[tuple[CasePhoto, PdfReader]], before: int) -> list[dict[str, object]]:
    """The documents behind the last page of ours, each with the number of its first page."""
    annexes, first = [], before + 1
    for photo, reader in documents:
        annexes.append(asdict(Annex(photo.name, photo.text[-16:-6], len(reader.pages), first)))
        first += len(reader.pages)
    return annexes


def _joined(
    content: bytes,
    documents: Sequence[tuple[CasePhoto, PdfReader]],
    numbers: bytes | None,
    photos: Sequence[CasePhoto],
    chain: bytes,
) -> bytes:
    """Our pages, the pages of the documents with their numbers over them, and every original embedded under
    its digest."""
    writer, out = PdfWriter(), io.BytesIO()
    writer.append(io.BytesIO(content), import_outline=False)
    own = len(writer.pages)
    for _photo, reader in documents:
        writer.append(reader, import_outline=False)
    if numbers is not None:
        for page, number in zip(writer.pages[own:], PdfReader(io.BytesIO(numbers)).pages, strict=True):
            page.merge_page(number)
    for digest, name in {photo.sha256: photo.name for photo in photos}.items():
        path = store.path_of(digest)
        if path.is_file():
            writer.add_attachment(f"{digest[:12]}-{name}", path.read_bytes())
    writer.add_attachment("chain.jsonl", chain)
    writer.write(out)
    return out.getvalue()


def _chain(order: Order) -> bytes:
    """The lines of the ledger about an order, each with its digest, and what was hashed behind the digest
    before, as evidence packs hold them."""
    lines = select(Event).where(Event.subject == subject_of("order", order.id)).order_by(Event.seq)
    texts = [
        json.dumps(
            {
                "digest": event.digest,
                "text": event_text(
                    event.seq,
                    ChainEvent(event.subject, event.verb, event.actor, event.at, event.payload, event.pack),
                ),
            },
            ensure_ascii=False,
        )
        for event in session.scalars(lines)
    ]
    return "\n".join(texts).encode()
