"""Full-text search over the register: SQLite FTS5 and PostgreSQL tsvector, both fed with the
words that text.py cuts.

Whose a piece is stands in the index as words of its own (its area with every level above, its parties, its
category), so that the first hits are the viewer's own hits and no list has to fetch half a million rows to
throw most of them away.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, select, text, true
from sqlalchemy.engine import Connection

from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.checking import PARTIES
from equipment.register.codes import spelt
from equipment.register.models import Equipment, Identifier
from equipment.register.text import FEWEST, all_words, search_terms, tails
from equipment.storage import db
from equipment.storage.columns import Columns
from equipment.storage.statements import Write

HITS = 2_000  # a search that finds more is too wide to be read: the list says so
ALL_HITS = 1 << 40  # what a file holds of it
MARK = "zz9"  # begins the words that say whose a piece is; nobody types it
CHUNK = 200  # pieces written again in one transaction: the writer is not held longer
NAMED = (
    "name",
    "serial",
    "own_number",
    "maker",
    "address",
    "position",
    "label_code",
    "medium",
    "catalogue_code",
)
TAIL = (1 << 62) - 1  # the random tail of a UUIDv7: FTS5 knows rows by number only


_drop = Write(text("DELETE FROM equipment_text WHERE rowid = :row"))
_put = Write(text("INSERT INTO equipment_text (rowid, equipment_id, words) VALUES (:row, :id, :words)"))


@dataclass(frozen=True, slots=True)
class IndexedPiece:
    """What the index keeps of one piece."""

    equipment_id: UUID
    words: tuple[str, ...]


def indexed(row: Columns, organisations: Mapping[UUID, str], numbers: Iterable[str]) -> IndexedPiece:
    """The words of a piece: its own texts, the names of its parties, its numbers, and whose it is."""
    parties = [row[party] for party in PARTIES if row[party] is not None]
    own = [str(row[name]) for name in NAMED if row[name]]
    details = [value for value in row["details"].values() if isinstance(value, str)]
    code, named = [spelt(row["label_code"])] if row["label_code"] else [], list(numbers)
    texts = all_words([*own, *details, *code, *(organisations.get(party, "") for party in parties), *named])
    ends = [tail_word(end) for number in (row["serial"], row["own_number"], *named) for end in tails(number)]
    whose = [*area_words(row["area"]), *map(party_word, parties), category_word(row["category"])]
    return IndexedPiece(row["id"], tuple(dict.fromkeys([*texts, *ends, *whose])))


@lru_cache(maxsize=1024)
def area_words(area: str) -> tuple[str, ...]:
    """The area and every area it may lie in: codes begin with those of the areas above."""
    return tuple(area_word(area[:length]) for length in range(2, len(area) + 1))


def area_word(area: str) -> str:
    return f"{MARK}a{area}"


def party_word(organisation_id: UUID) -> str:
    return f"{MARK}p{organisation_id.hex}"


def tail_word(tail: str) -> str:
    """A part of a number: found by what begins with it where it is long enough, never by a digit or two."""
    return f"{MARK}t{tail}"


def category_word(key: str) -> str:
    return f"{MARK}c" + key.replace("_", "")


def write(connection: Connection, pieces: Sequence[IndexedPiece]) -> None:
    """Put pieces into the index, in place of what it held of them."""
    if not pieces:
        return
    if connection.dialect.name == "postgresql":
        put = text(
            "INSERT INTO equipment_text (equipment_id, words) VALUES (:id, array_to_tsvector(:words)) "
            "ON CONFLICT (equipment_id) DO UPDATE SET words = excluded.words"
        ).bindparams(bindparam("id", type_=Uuid()))
        connection.execute(put, [{"id": piece.equipment_id, "words": list(piece.words)} for piece in pieces])
        return
    rows = [
        {"row": piece.equipment_id.int & TAIL, "id": piece.equipment_id.hex, "words": " ".join(piece.words)}
        for piece in pieces
    ]
    _drop(connection, rows)
    _put(connection, rows)


def index(connection: Connection, ids: Sequence[UUID]) -> None:
    """Index pieces as the database has them now."""
    rows = [
        dict(row)
        for row in connection.execute(select(Equipment.__table__).where(Equipment.id.in_(ids))).mappings()
    ]
    numbers: dict[UUID, list[str]] = {}
    for equipment_id, shown in connection.execute(
        select(Identifier.equipment_id, Identifier.shown).where(Identifier.equipment_id.in_(ids))
    ):
        numbers.setdefault(equipment_id, []).append(shown)
    names = organisation_names(connection, rows)
    write(connection, [indexed(row, names, numbers.get(row["id"], ())) for row in rows])


def organisation_names(connection: Connection, rows: Iterable[Columns]) -> dict[UUID, str]:
    ids = {row[party] for row in rows for party in PARTIES} - {None}
    organisations = connection.execute(
        select(Organisation.id, Organisation.name).where(Organisation.id.in_(ids))
    )
    return {row.id: row.name for row in organisations}


def matching(viewer: Viewer, query: str, *, category: str = "", most: int = HITS) -> ColumnElement[bool]:
    """The condition on `Equipment` that the text is found in it; true for a text without words."""
    wanted = [(word, begins) for word, begins in search_terms(query) if not word.startswith(MARK)]
    if not wanted:
        return true()
    is_postgresql = db.engine.dialect.name == "postgresql"
    either, both, more, quote = (" | ", " & ", ":*", "'") if is_postgresql else (" OR ", " AND ", "*", '"')

    def ask(word: str, begins: bool) -> str:
        return f"{quote}{word}{quote}{more if begins else ''}"

    asks = [
        f"({ask(word, True)}{either}{ask(tail_word(word), True)})"
        if begins and len(word) >= FEWEST
        else ask(word, begins)
        for word, begins in wanted
    ]
    asks += [ask(category_word(category), False)] if category else []
    asks += [f"({either.join(ask(word, False) for word in whose)})"] if (whose := _whose(viewer)) else []
    if is_postgresql:
        query_text = text(
            "SELECT equipment_id FROM equipment_text WHERE words @@ CAST(:asked AS tsquery) LIMIT :hits"
        )
    else:
        query_text = text(
            "SELECT equipment_id FROM equipment_text WHERE equipment_text MATCH :asked "
            "ORDER BY rowid LIMIT :hits"
        )
    hits = query_text.bindparams(asked=both.join(asks), hits=most).columns(equipment_id=Uuid())
    return Equipment.id.in_(select(hits.subquery("hits").c.equipment_id))


def _whose(viewer: Viewer) -> list[str]:
    if viewer is SYSTEM:
        return []
    if viewer.oversees or viewer.takes_calls:
        return [area_word(viewer.area)] if len(viewer.area) > 1 else []
    return [party_word(viewer.organisation_id)] if viewer.organisation_id else []
