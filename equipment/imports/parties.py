"""Organisations that rows name: found among those on file,
or planned to be put on file where the importer has chosen that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.imports.rules import Unreadable
from equipment.imports.table_rules import name_key
from equipment.people.models import Organisation
from equipment.people.rules import OrganisationKind

PARTY_KINDS = {"firm": OrganisationKind.FIRM, "body": OrganisationKind.BODY}
UNKNOWN_PARTY = N_("No organisation on file is called “%(text)s”")
SEVERAL_PARTIES = N_("Several organisations are called “%(text)s”: give the credit code instead")
OTHER_KIND = N_("“%(text)s” is another kind of organisation: %(kind)s")

# What stands in such a column and is nobody's name.
NO_NAMES = frozenset(
    {
        "同上",
        "同前",
        "不详",
        "不明",
        "未知",
        "待定",
        "待查",
        "其他",
        "其它",
        "个人",
        "业主",
        "自管",
        "自用",
        "unknown",
        "ditto",
        "same",
        "tbd",
        "other",
        "others",
        "owner",
    }
)
LONGEST = Organisation.__table__.c.name.type.length  # type: ignore[attr-defined]
_CODE = re.compile(r"[0-9A-Z]{15,20}")
_FULL_WIDTH = str.maketrans("()", "（）")


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation that a row may name; `name` only of one that is not on file yet."""

    id: UUID
    kind: OrganisationKind
    area: str
    name: str = ""


@dataclass(slots=True)
class PartyBook:
    """Organisations by what people call them; `opens` says in which columns an unknown one is planned,
    and as what.

    A planned one has an id of its own until it is put on file (openings.py):
    rows are read before anything is written.
    """

    on_file: Mapping[str, tuple[Party, ...]] = field(default_factory=dict)
    opens: Mapping[str, OrganisationKind] = field(default_factory=dict)
    home: str = ""
    planned: dict[UUID, Party] = field(default_factory=dict)
    ids_on_file: dict[UUID, UUID] = field(default_factory=dict)
    needed: dict[UUID, int] = field(default_factory=dict)
    _called: dict[str, Party] = field(default_factory=dict)

    def named(self, target: str, text: str) -> Party:
        """The one organisation of this name that fits the column; `Unreadable` for none or several."""
        called = self.on_file.get(name_key(text), ()) or self._plan(target, text)
        fitting = [party for party in called if party.kind == PARTY_KINDS.get(target, party.kind)]
        if len(fitting) > 1:
            raise Unreadable(SEVERAL_PARTIES, text)
        if not fitting:
            raise Unreadable(OTHER_KIND, text, kind=called[0].kind.label)
        return fitting[0]

    def _plan(self, target: str, text: str) -> tuple[Party]:
        kind, key = self.opens.get(target), name_key(text)
        if kind is None or not is_name(text):
            raise Unreadable(UNKNOWN_PARTY, text)
        party = self._called.get(key)
        if party is None:
            party = self._called[key] = Party(new_id(), kind, "", written(text))
            self.planned[party.id] = party
        return (party,)


def is_name(text: str) -> bool:
    """Whether an organisation could be called so: no number, no credit code, not "ditto"."""
    letters = sum(map(str.isalpha, text))
    return (
        letters >= 2
        and len(text) <= LONGEST
        and not _CODE.fullmatch(text.upper())
        and name_key(text) not in NO_NAMES
    )


def written(text: str) -> str:
    """A name as it is kept: cells are read half width, Chinese names have brackets of full width."""
    return text if text.isascii() else text.translate(_FULL_WIDTH)
