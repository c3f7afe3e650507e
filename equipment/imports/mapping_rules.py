"""What columns can become (`Target`), which column probably becomes what,
and the mapping people save and load. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.imports.table_rules import PART, heading_key, heading_unit
from equipment.imports.vocabulary_rules import HEADING, Vocabulary, shipped
from equipment.people.rules import OrganisationKind
from equipment.register.codes import normal
from equipment.register.column_rules import KIND_OF, targets

# As what an organisation that is not on file yet may be put there, by the column that names it.
OPENS: Mapping[str, tuple[OrganisationKind, ...]] = {
    "owner": (OrganisationKind.USE_UNIT, OrganisationKind.STATION),
    "use_unit": (OrganisationKind.USE_UNIT, OrganisationKind.STATION),
    "firm": (OrganisationKind.FIRM,),
    "body": (OrganisationKind.BODY,),
}
MATCHES = ("serial", "own_number", *KIND_OF)  # the numbers by which an update finds its pieces
MATCH_UNMAPPED = N_("Choose the column of the number by which pieces on file are found.")
ADDED_MARK = "※"  # begins the headings that an error workbook adds to the importer's own
CODES = ("equipment_code", "registration_code")
# 设备代码, 注册代码: catalogue 4, maker 5 or area 6, year 4, sequence 4 or 5; registers have 20 too
_CODE = re.compile(r"[1-9]\d{3}(?=.*\d{4})[0-9A-Z]{11,16}")
_NUMBERED = re.compile(r" \(\d+\)$")


def heading_index(category_key: str, vocabulary: Vocabulary | None = None) -> Mapping[str, str]:
    """Known heading, as compared, to target: the vocabulary's, then those of the category's own fields."""
    words = (vocabulary or shipped(category_key)).of(HEADING)
    fields = targets(category_key)
    return {**_own_headings(category_key), **{word: to for word, to in words.items() if to in fields}}


@lru_cache(maxsize=16)
def _own_headings(category_key: str) -> Mapping[str, str]:
    """The first target that claims a heading has it."""
    index: dict[str, str] = {}
    for target in targets(category_key).values():
        for heading in target.headings:
            index.setdefault(heading_key(heading), target.key)
    return index


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """What one column becomes: the unit of its plain numbers, and what its words mean."""

    to: str
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewArea:
    """An area that a fresh database needs before the rows can stand in it."""

    code: str
    name: str
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class FieldMap:
    """How the columns of one kind of file become fields; absent columns have a fixed value,
    `opens` puts unknown organisations on file."""

    columns: Mapping[str, ColumnUse] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    areas: tuple[NewArea, ...] = ()
    opens: Mapping[str, str] = field(default_factory=dict)
    match: str = ""  # the number by which pieces on file are found and changed; none: new ones are added

    def as_json(self) -> dict[str, object]:
        columns = {
            name: {
                "to": use.to,
                **({"unit": use.unit} if use.unit else {}),
                **({"values": dict(use.values)} if use.values else {}),
            }
            for name, use in self.columns.items()
        }
        areas = [{"code": area.code, "name": area.name, "name_en": area.name_en} for area in self.areas]
        return {
            "columns": columns,
            "fixed": dict(self.fixed),
            **({"areas": areas} if areas else {}),
            **({"opens": dict(self.opens)} if self.opens else {}),
            **({"match": self.match} if self.match else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> FieldMap:
        """From a saved mapping, JSON or TOML; `Invalid` for a file that is none."""
        try:
            fields = Fields(stored)
            uses = fields.table("columns")
            columns = {
                name: ColumnUse(str(use["to"]), str(use.get("unit", "")), _texts(use.table("values")))
                for name in uses
                for use in (uses.table(name),)
            }
            areas = tuple(
                NewArea(str(area["code"]), str(area["name"]), str(area.get("name_en", "")))
                for area in fields.tables("areas")
            )
            return cls(
                columns,
                _texts(fields.table("fixed")),
                areas,
                _texts(fields.table("opens")),
                fields.text("match") if "match" in fields else "",
            )
        except (KeyError, TypeError) as error:
            raise Invalid({"mapping": N_("This is not a mapping saved here.")}) from error

    @property
    def used(self) -> frozenset[str]:
        return frozenset(use.to for use in self.columns.values()) | frozenset(self.fixed)


def _texts(fields: Fields) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}


def suggest(
    category_key: str,
    header: Sequence[str],
    vocabulary: Vocabulary | None = None,
    samples: Sequence[Sequence[str]] = (),
) -> FieldMap:
    """The mapping a header asks for by itself; every target once, except those that join several columns.
    Numbers that a unit gives its own pieces (1#, 2#) are no equipment codes, whatever the heading says."""
    index, fields = heading_index(category_key, vocabulary), targets(category_key)
    columns: dict[str, ColumnUse] = {}
    taken: set[str] = set()
    for number, name in enumerate(header):
        field_key = next((index[key] for key in spellings(name) if key in index), None)
        seen = samples[number] if number < len(samples) else ()
        if field_key in CODES and seen and not any(map(is_code, seen)):
            field_key = "own_number"
        if field_key is None or (
            not taken.isdisjoint(fields[field_key].fills) and not fields[field_key].several
        ):
            continue
        taken.update(fields[field_key].fills)
        unit = heading_unit(name)
        columns[name] = ColumnUse(field_key, unit if unit.casefold() in fields[field_key].units else "")
    return FieldMap(columns)


def is_code(text: str) -> bool:
    """Whether a number has the form of an equipment or registration code."""
    return _CODE.fullmatch(normal(text)) is not None


def spellings(heading: str) -> Iterable[str]:
    """How a heading may be known: as it is, without its number, a part before or after its group
    (检验日期/下次), the part alone."""
    plain = _NUMBERED.sub("", heading)
    yield heading_key(plain)
    if PART in plain:
        group, part = plain.split(PART, 1)
        yield from map(heading_key, (part + group, group + part, part, group))


def mapping_problems(category_key: str, header: Sequence[str], mapping: FieldMap) -> dict[str, Message]:
    """What is wrong with a mapping before any row is looked at, by column or target."""
    fields = targets(category_key)
    problems: dict[str, Message] = {}
    taken: dict[str, str] = {}
    for name, use in mapping.columns.items():
        target = fields.get(use.to)
        if target is None:
            problems[name] = Message(N_("There is no field “%(field)s”."), {"field": use.to})
        elif name in header:
            twice = next((key for key in target.fills if key in taken and not target.several), "")
            if twice:
                problems[name] = Message(
                    N_("Two columns lead to “%(field)s”."), {"field": fields[twice].label}
                )
            taken |= dict.fromkeys(target.fills, name)
    for key in mapping.fixed:
        if key not in fields:
            problems[key] = Message(N_("There is no field “%(field)s”."), {"field": key})
    for key, kind in mapping.opens.items():
        if kind not in OPENS.get(key, ()):
            problems[key] = Message(
                N_("An unknown organisation of “%(field)s” cannot be put on file as “%(kind)s”."),
                {"field": fields[key].label if key in fields else key, "kind": kind},
            )
    if mapping.match and mapping.match not in taken:
        problems["match"] = Message(MATCH_UNMAPPED)
    for target in () if mapping.match else fields.values():
        if target.required and target.key not in taken and target.key not in mapping.fixed:
            problems[target.key] = Message(
                N_("“%(field)s” is needed: choose its column or give one value for all rows."),
                {"field": target.label},
            )
    if not taken:
        problems[""] = Message(N_("No column has been given a meaning yet."))
    return problems
