"""`Details`: the fields only one category has. The model alone gives the form, the API schema, the Excel
columns and their checks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from types import NoneType
from typing import Annotated, ClassVar, NotRequired, TypedDict, Unpack, get_args

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled

# What is stored, what people read, and how many of the first make one of the second.
UNITS: Mapping[tuple[str, str], int] = {
    ("g", "kg"): 1000,
    ("kg", "t"): 1000,
    ("kg/h", "t/h"): 1000,
    ("kW", "MW"): 1000,
    ("kPa", "MPa"): 1000,
    ("mL", "L"): 1000,
    ("L", "m³"): 1000,
    ("mm", "m"): 1000,
    ("mm/s", "m/s"): 1000,
    ("um", "mm"): 1000,
    ("W", "kW"): 1000,
    ("permille", "%"): 10,
    ("mdeg", "°"): 1000,
}
NOT_A_NUMBER = N_("is not a number")
TOO_FINE = N_("has more decimal places than can be kept")


class Kind(StrEnum):
    """How a field is asked for and read."""

    TEXT = "text"
    INTEGER = "integer"
    FLAG = "flag"
    DAY = "day"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class AllowedValue:
    """One allowed value of a choice field, its label (msgid), and what else people write for it in
    workbooks."""

    value: str
    label: str
    colour: str = "grey"
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """Everything a form, a workbook column or the API needs to know of one field."""

    name: str
    kind: Kind
    label: str
    headings: tuple[str, ...] = ()
    unit: str = ""
    display_unit: str = ""
    filter: bool = False
    required: bool = False
    help: str = ""
    choices: tuple[AllowedValue, ...] = ()
    prose: bool = False
    others_like: str = ""

    @property
    def factor(self) -> int:
        """Stored units in one display unit."""
        return UNITS[(self.unit, self.display_unit)] if self.display_unit else 1

    def shown(self, stored: int) -> Decimal:
        """The stored number in the unit people read: 35500 mL is 35.5."""
        return (Decimal(stored) / self.factor).normalize() + 0

    def stored(self, shown: Decimal | str) -> int:
        """The number people wrote, in the unit that is stored; ValueError with a msgid when it is none or too
        fine."""
        try:
            exact = Decimal(shown) * self.factor
        except ArithmeticError as error:
            raise ValueError(NOT_A_NUMBER) from error
        if not exact.is_finite():
            raise ValueError(NOT_A_NUMBER)
        if exact != int(exact):
            raise ValueError(TOO_FINE)
        return int(exact)

    def choice_of(self, written: str, translate: Callable[[str], str] = str) -> str | None:
        """The allowed value meant by what people wrote: the value itself, its label in any language, or a
        known alias."""
        meant = written.strip().casefold()
        for choice in self.choices:
            names = (choice.value, choice.label, translate(choice.label), *choice.aliases)
            if meant in {name.casefold() for name in names}:
                return choice.value
        return self._other(written)

    def _other(self, written: str) -> str | None:
        """A value beside the choices, where the field takes those that look like one."""
        other = written.strip().upper()
        return other if self.others_like and re.match(self.others_like, other) else None


@dataclass(frozen=True, slots=True)
class Joint:
    """Whole numbers that workbooks keep in one cell: fields in the order they are written, each with the
    words that may follow its number."""

    name: str
    label: str
    headings: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]
    example: str


@dataclass(frozen=True, slots=True)
class Shown:
    """How people meet a field: workbook headings, units, whether lists filter by it, a help text (msgid),
    other names of its choices, what other values look like that are taken beside them; prose stays as it was
    written and may come from several columns."""

    headings: tuple[str, ...] = ()
    unit: str = ""
    display_unit: str = ""
    filter: bool = False
    help: str = ""
    choices: tuple[AllowedValue, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field_of(default_factory=dict)
    prose: bool = False
    others_like: str = ""


class FieldLimits(TypedDict):
    """What pydantic checks of a value."""

    ge: NotRequired[int]
    le: NotRequired[int]
    max_length: NotRequired[int]
    pattern: NotRequired[str]


def field(label: str, shown: Shown | None = None, **limits: Unpack[FieldLimits]) -> FieldInfo:
    """What stands beside a field's type, `name: Annotated[str, field(N_("Name"))]`: its label (msgid), how it
    is shown and its limits. A field without a default is required."""
    shown = shown or Shown()
    return Field(
        **limits,
        title=label,
        json_schema_extra={
            "headings": list(shown.headings),
            "unit": shown.unit,
            "display_unit": shown.display_unit,
            "filter": shown.filter,
            "help": shown.help,
            "choices": [
                {"value": choice.value, "label": choice.label, "colour": choice.colour}
                for choice in shown.choices
            ],
            "aliases": {value: list(names) for value, names in shown.aliases.items()},
            "prose": shown.prose,
            "others_like": shown.others_like,
        },
    )


class Details(BaseModel):
    """Base of every category's own fields: unknown fields are refused, amounts are integers, records never
    change."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    joints: ClassVar[tuple[Joint, ...]] = ()
    # Fields by whose value pieces belong together, such as the plate of a vehicle; and those of them whose
    # values only tell apart what one owner has.
    groups: ClassVar[tuple[str, ...]] = ()
    groups_of_owner: ClassVar[frozenset[str]] = frozenset()
    group_count: ClassVar[str] = ""  # in which the whole says how many pieces it has besides itself
    note: Annotated[
        str | None,
        field(
            N_("Remarks"),
            Shown(("备注", "备注说明", "说明", "note", "notes", "remark", "remarks"), prose=True),
            max_length=1000,
        ),
    ] = None

    @classmethod
    def fields(cls) -> tuple[FieldSpec, ...]:
        """All fields in the order of the form."""
        return _specs(cls)

    @classmethod
    def field_spec(cls, name: str) -> FieldSpec:
        return _spec(name, cls.model_fields[name])

    @classmethod
    def filters(cls) -> tuple[FieldSpec, ...]:
        """The fields lists can be filtered by."""
        return tuple(spec for spec in cls.fields() if spec.filter)

    def as_json(self) -> dict[str, object]:
        """What the `details` column stores: only what is known."""
        return self.model_dump(mode="json", exclude_none=True)


@lru_cache(maxsize=64)
def _specs(model: type[Details]) -> tuple[FieldSpec, ...]:
    """Worked out once per model: an import asks for them with every row."""
    own = [name for name in model.model_fields if name not in Details.model_fields]
    return tuple(_spec(name, model.model_fields[name]) for name in (*own, *Details.model_fields))


def _spec(name: str, declared: FieldInfo) -> FieldSpec:
    extra = Fields(declared.json_schema_extra if isinstance(declared.json_schema_extra, dict) else {})
    kind, choices = _kind(declared.annotation)
    choices = (
        tuple(
            AllowedValue(row.text("value"), row.text("label"), row.text("colour"))
            for row in extra.tables("choices")
        )
        or choices
    )
    aliases = extra.table("aliases")
    choices = tuple(replace(choice, aliases=aliases.texts(choice.value)) for choice in choices)
    return FieldSpec(
        name,
        Kind.CHOICE if choices else kind,
        declared.title or name,
        extra.texts("headings"),
        extra.text("unit", ""),
        extra.text("display_unit", ""),
        extra.flag("filter", False),
        declared.is_required(),
        extra.text("help", ""),
        choices,
        extra.flag("prose", False),
        extra.text("others_like", ""),
    )


def _kind(annotation: object) -> tuple[Kind, tuple[AllowedValue, ...]]:
    """The kind of a field from its type, ignoring an optional None."""
    types = [argument for argument in get_args(annotation) if argument is not NoneType] or [annotation]
    if isinstance(types[0], type) and issubclass(types[0], Labelled):
        return Kind.CHOICE, tuple(
            AllowedValue(member.value, member.label, member.colour) for member in types[0]
        )
    return {bool: Kind.FLAG, int: Kind.INTEGER, date: Kind.DAY}.get(types[0], Kind.TEXT), ()
