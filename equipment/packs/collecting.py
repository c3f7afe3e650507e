"""What goes into a pack, read at one instant: the chain as it was hashed, the records that its lines prove,
the files that those name."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Uuid, select, tuple_

from equipment.core.chunks import chunks
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.content import SUFFIXES, media_type_of
from equipment.ledger.evidence import GONE, Model, key_names, proved, row_values, text_of, version_of
from equipment.ledger.models import Event
from equipment.ledger.records import spoken_of
from equipment.ledger.rules import ChainEvent, canonical, event_text
from equipment.packs.queries import PackTopic
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.storage.db import Base, session

AT_ONCE = 200
OF_PIECES = ("equipment_itself", "equipment", "label", "at_piece", "accident", "of_accident")  # scopes
BESIDE = ("scan", "due_list", "due_list_row")
NEWEST_EVENTS = 200
LARGEST_MB = 500
TOO_LARGE = N_(
    "The files of this pack are larger than %(mb)s MB. "
    "Ask for a pack of one record instead of the whole piece."
)
Marks = dict[str, tuple[int, str]]  # by record: the last line that speaks of it, and its mark there


def line_of(event: Event) -> dict[str, str]:
    """A line of the ledger as packs hold it: its digest, and what was hashed behind the digest before."""
    stored = ChainEvent(event.subject, event.verb, event.actor, event.at, event.payload, event.pack)
    return {"digest": event.digest, "text": event_text(event.seq, stored)}


class ProvedRecord(NamedTuple):
    """One record of a pack: the line that speaks of it last, and the text whose digest is its mark there."""

    key: str
    line_no: int
    mark: str
    text: str
    fits: bool  # False: it was changed past the ledger


class EventHead(NamedTuple):
    """A line as the paper of a pack names it."""

    seq: int
    at: datetime
    verb: str


@dataclass
class PackContent:
    """What was collected beside the chain, which may be long and stands in a file."""

    line_count: int = 0
    event_count: int = 0  # lines that speak of what the pack is about, and the newest of them
    events: deque[EventHead] = field(default_factory=lambda: deque(maxlen=NEWEST_EVENTS))
    records: list[ProvedRecord] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)  # digest of each file, and its name in the pack
    missing: list[str] = field(default_factory=list)  # digests of files that are not in the store

    @property
    def unfit(self) -> int:
        return sum(not record.fits for record in self.records)


def is_packed(model: Model) -> bool:
    """Whether records of this table go into packs. People, devices with the digests of their tokens, and
    earlier packs do not: the chain names them, and that is enough."""
    return getattr(model, "__scope__", "") in OF_PIECES or model.__tablename__ in BESIDE


def collect(viewer: Viewer, about: PackTopic, chain: Path) -> PackContent:
    """Write the chain to the file `chain`, and read what its lines prove and `viewer` may see."""
    content = PackContent()
    by_model: dict[Model, Marks] = defaultdict(dict)
    models = {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
    last = _write_chain(about, chain, content)
    if not content.line_count:
        raise Invalid({"": N_("The ledger says nothing about it yet.")})
    for key, (line_no, mark) in last.items():
        model = models.get(key.split("/", 1)[0])
        if model is not None and is_packed(model) and mark != GONE:
            by_model[model][key] = line_no, mark
    for model, marks in by_model.items():
        content.records += _records(viewer, about, model, marks)
    content.records.sort(key=lambda record: (record.line_no, record.key))
    _find_files(content)
    return content


def _write_chain(about: PackTopic, path: Path, content: PackContent) -> Marks:
    """Every line from the first on, one text line each; answers the records that the pack is about."""
    last: Marks = {}
    wanted: set[str] = set()
    events = select(Event).where(Event.subject == about.subject).order_by(Event.seq)
    with path.open("w", encoding="utf-8") as file:
        file.write('{"lines":[')
        for event in session.scalars(events.execution_options(yield_per=AT_ONCE)):
            file.write(f"{',' if content.line_count else ''}\n{canonical(line_of(event))}")
            content.line_count += 1
            rows = spoken_of(event.payload)
            last.update((key, (event.seq, mark)) for key, mark in rows.items())
            if not about.ids or any(key in event.payload for key in about.ids):
                content.event_count += 1
                content.events.append(EventHead(event.seq, event.at, event.verb))
                wanted.update(rows)
        file.write(f'\n],"subject":{json.dumps(about.subject)}}}\n')
    return {key: last[key] for key in wanted}


def _records(viewer: Viewer, about: PackTopic, model: Model, marks: Marks) -> Iterator[ProvedRecord]:
    """These records as they stand, by the version of the evidence that their line names."""
    table, names = model.__table__, key_names(model)
    stored = visible(viewer, model).with_only_columns(*(table.c[name] for name in {*names, *proved(model)}))
    if about.equipment is not None and "equipment_id" in table.c:
        queries = [stored.where(table.c.equipment_id == about.equipment.id)]
    else:
        columns = [table.c[name] for name in names]
        keys = [
            tuple(_key_part(of.type, part) for of, part in zip(columns, key.split("/")[1:], strict=True))
            for key in marks
        ]
        queries = [stored.where(tuple_(*columns).in_(part)) for part in chunks(keys, AT_ONCE)]
    for query in queries:
        for values in map(dict, session.execute(query).mappings()):
            key = row_values(model, values)[0]
            if key in marks:
                line_no, mark = marks[key]
                version = version_of(mark)
                fits = row_values(model, values, version)[1] == mark
                yield ProvedRecord(key, line_no, mark, text_of(model, values, version), fits)


def _key_part(kind: object, part: str) -> object:
    """A value of a primary key whose column is of this kind, from the text that lines name it by."""
    if isinstance(kind, Uuid):
        return UUID(part)
    return int(part) if isinstance(kind, Integer) else part


def _find_files(content: PackContent) -> None:
    """The files that the records name, each once."""
    digests = {
        value
        for record in content.records
        for column, value in json.loads(record.text).items()
        if column.endswith("sha256") and value
    }
    size = 0
    for sha256 in sorted(digests):
        path = store.path_of(sha256)
        if path.is_file():
            size += path.stat().st_size
            with path.open("rb") as file:
                kind = media_type_of(file.read(16)) or ""
            content.files[sha256] = f"files/{sha256}{SUFFIXES.get(kind, '')}"
        else:
            content.missing.append(sha256)
    if size > LARGEST_MB * 1_000_000:
        raise Invalid({"": Message(TOO_LARGE, {"mb": LARGEST_MB})})
