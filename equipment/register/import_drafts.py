"""What a row of an import may refer to, what it became, and everything that can be wrong with it.

Two severities. A row is refused when it cannot stand as a piece: nothing names it, a needed field is missing, it is not
the importer's to enter. Anything else that cannot be read is left out and the piece is entered 待核实 (flagged).
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from equipment.people.rules import OrganisationKind, Viewer
from equipment.register.checking import Registration
from equipment.register.import_rules import Unreadable
from equipment.register.import_table_rules import heading_key
from equipment.words import N_, Message

WHOLE_ROW = -1
PARTY_KINDS = {"firm": OrganisationKind.FIRM, "body": OrganisationKind.BODY}
NO_PARTY = N_("Imported without use unit or owner")
NOT_ALL_READ = N_("Imported; some cells could not be read")

DOUBTFUL = N_("“%(text)s” may be October, shortened by Excel: check the month")
NO_CHOICE = N_("“%(text)s” is none of the choices of “%(field)s”")
NEEDED = N_("“%(field)s” is missing")
UNKNOWN_PARTY = N_("No organisation on file is called “%(text)s”")
SEVERAL_PARTIES = N_("Several organisations are called “%(text)s”: give the credit code instead")
UNKNOWN_AREA = N_("No area is called “%(text)s”")
NO_AREA = N_("Nothing tells the area of this piece")
NOT_YOURS = N_("This piece would not be in your charge")
NAMELESS = N_("Nothing tells this piece from others: it needs a code, or its maker and serial number, or its unit's own number")
TOO_LONG = N_("At most %(number)s characters")
FUTURE = N_("This day has not come yet.")
BEFORE_MADE = N_("This is before the piece was made (%(made)s).")
NOT_IMPORTED = N_("A piece cannot be imported as “%(status)s”")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a cell (or with the whole row), and whether the row is refused for it."""

    column: int
    message: Message
    refuses: bool = False

    def as_json(self) -> list[Any]:
        return [self.column, self.message.msgid, dict(self.message.params), self.refuses]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Problem:
        return cls(stored[0], Message(stored[1], stored[2]), stored[3])


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that a row may name."""

    id: UUID
    kind: OrganisationKind
    area: str


@dataclass(frozen=True)
class Known:
    """What rows may refer to: organisations and areas by what people call them, words of choices, who imports and when."""

    by: Viewer
    now: datetime
    today: date
    parties: Mapping[str, tuple[Party, ...]]
    areas: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    home: Party | None = None

    def party(self, key: str, text: str) -> Party:
        found = self.parties.get(heading_key(text), ())
        if key in PARTY_KINDS:
            found = tuple(each for each in found if each.kind == PARTY_KINDS[key])
        if len(found) != 1:
            raise Unreadable(SEVERAL_PARTIES if found else UNKNOWN_PARTY, text)
        return found[0]


@dataclass(slots=True)
class Draft:
    """A row as far as it could be read."""

    problems: list[Problem] = field(default_factory=list)
    registration: Registration | None = None

    @property
    def refused(self) -> bool:
        return self.registration is None


def flagged(draft: Draft, *problems: Problem) -> Draft:
    """A readable draft with something more to be checked about it."""
    assert draft.registration is not None
    row = draft.registration.row | {"verified": False, "unverified_reason": NOT_ALL_READ}
    return Draft([*draft.problems, *problems], replace(draft.registration, row=row))
