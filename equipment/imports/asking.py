"""Words of a file that nobody knows: counted by the check, asked once each, and read as answered from then
on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.imports.drafts import NO_CHOICE, UNKNOWN_AREA
from equipment.imports.judging import Judged
from equipment.imports.mapping_rules import ColumnUse, FieldMap
from equipment.imports.models import ImportWord
from equipment.imports.rows import RowReader
from equipment.imports.vocabulary_rules import word_key
from equipment.imports.word_books import word_book
from equipment.ledger.actions import record
from equipment.people.rules import Viewer
from equipment.rules.queries import may_decide
from equipment.storage.db import session

KEY = "words"  # where `ImportBatch.preview` holds them
MOST = 100  # words asked at once


@dataclass(slots=True)
class UnknownWords:
    """How often each word stands in a column whose meaning nobody knows."""

    reader: RowReader
    counts: Counter[tuple[int, str]] = field(default_factory=Counter)

    def add(self, judged: Iterable[Judged]) -> None:
        for row in judged:
            self.counts.update(
                (problem.column, str(problem.message.params["text"]))
                for problem in row.problems
                if problem.message.msgid in (NO_CHOICE, UNKNOWN_AREA) and problem.column >= 0
            )

    def as_json(self) -> list[list[object]]:
        """(column, target, word, rows) of each, the commonest first."""
        fields = {column.number: column.target.key for column in self.reader.columns}
        return [
            [column, fields[column], word, number]
            for (column, word), number in self.counts.most_common(MOST)
            if column in fields
        ]


def answered(mapping: FieldMap, header: Sequence[str], answers: Mapping[tuple[int, str], str]) -> FieldMap:
    """The mapping with what words mean in their columns."""
    columns = dict(mapping.columns)
    for (number, word), meaning in answers.items():
        use: ColumnUse = columns[header[number]]
        columns[header[number]] = replace(use, values={**use.values, word: meaning})
    return replace(mapping, columns=columns)


def add_word(category_key: str, about: str, word: str, meaning: str, *, by: Viewer) -> ImportWord:
    """The bureau gives a word a meaning from today on, for every import; an empty one takes it back."""
    if not may_decide(by) or by.user_id is None:
        raise NotAllowed(N_("Only an administrator of the city may confirm or change a rule."))
    if not word_key(about, word):
        raise Invalid({"word": N_("Write the word as workbooks have it.")})
    if meaning and meaning not in word_book(category_key).meanings.get(about, {}):
        raise Invalid({"meaning": N_("Choose what the word means.")})
    row = ImportWord(
        id=new_id(),
        category=category_key,
        about=about,
        word=word.strip()[:60],
        meaning=meaning,
        since=clock.today(),
        added_by=by.user_id,
        added_at=clock.now(),
    )
    session.add(row)
    payload = {"about": about, "word": row.word, "meaning": meaning}
    record(session(), f"words:{category_key}", "word.added", actor=by.actor, payload=payload, rows=[row])
    return row
