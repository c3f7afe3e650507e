"""What a row of an import may refer to, what it became, and everything that can be wrong with it.

Two severities. A row is refused when it cannot stand as a piece: nothing names it, a needed field is missing,
it is not the importer's to enter. Anything else that cannot be read is left out
and the piece is entered 待核实 (flagged).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from equipment.core.words import N_, Message
from equipment.imports.parties import Party, PartyBook
from equipment.people.rules import Viewer
from equipment.register.checking import Registration
from equipment.storage.columns import Columns

WHOLE_ROW = -1
NO_PARTY = N_("Imported without use unit or owner")
NOT_ALL_READ = N_("Imported; some cells could not be read")

DOUBTFUL = N_("“%(text)s” may be October, shortened by Excel: check the month")
UNSURE = N_("“%(text)s” is written as uncertain: check it")
NO_CHOICE = N_("“%(text)s” is none of the choices of “%(field)s”")
ONLY_YEAR = N_("“%(text)s” is a year alone: January is taken, check the month")
IN_ERROR = N_("“%(text)s” is an error of the workbook, not a value")
READ_AS = N_("“%(text)s” is read as “%(value)s”: check it, or enter the word among the words of imports")
NO_NUMBER = N_("“%(text)s” says that there is no number")
NO_CODE = N_("“%(text)s” does not have the form of a code (17 to 20 digits): left out")
NEEDED = N_("“%(field)s” is missing")
UNKNOWN_AREA = N_("No area is called “%(text)s”")
NO_AREA = N_("Nothing tells the area of this piece")
NOT_YOURS = N_("This piece would not be in your charge")
NAMELESS = N_(
    "Nothing tells this piece from others: it needs a code, or its maker and serial number, "
    "or its unit's own number"
)
TOO_LONG = N_("At most %(number)s characters")
FUTURE = N_("This day has not come yet.")
BEFORE_MADE = N_("This is before the piece was made (%(made)s).")
NOT_IMPORTED = N_("A piece cannot be imported as “%(status)s”")
TO_OPEN = N_("Will be put on file: %(text)s")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell (or with the whole row), and whether the row is refused for it;
    a `note` says what is right and worth knowing."""

    column: int
    message: Message
    refuses: bool = False
    note: bool = False

    def as_json(self) -> list[object]:
        return [
            self.column,
            self.message.msgid,
            dict(self.message.params),
            self.refuses,
            *([True] if self.note else []),
        ]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Problem:
        return cls(stored[0], Message(stored[1], stored[2]), *stored[3:])


@dataclass(frozen=True)
class References:
    """What rows may refer to: organisations and areas by what people call them, words of choices,
    who imports and when."""

    by: Viewer
    now: datetime
    today: date
    parties: PartyBook
    areas: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    home: Party | None = None
    unsure: frozenset[tuple[str, str]] = (
        frozenset()
    )  # (what for, word) that are read and marked to be checked
    no_number: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)  # of organisations by id, of areas by code


@dataclass(slots=True)
class Draft:
    """A row as far as it could be read."""

    problems: list[Problem] = field(default_factory=list)
    registration: Registration | None = None
    notes: list[Problem] = field(default_factory=list)
    values: Columns = field(default_factory=dict)  # what the cells say, by target


def flagged(draft: Draft, *problems: Problem) -> Draft:
    """A readable draft with something more to be checked about it."""
    assert draft.registration is not None
    row = draft.registration.row | {"verified": False, "unverified_reason": NOT_ALL_READ}
    return replace(
        draft, problems=[*draft.problems, *problems], registration=replace(draft.registration, row=row)
    )
