"""The forms of an import: the upload, and the mapping made from the columns of the file and the fields of its
category."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, StringField

from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.imports.asking import KEY as ASKED
from equipment.imports.mapping_rules import MATCHES, OPENS, ColumnUse, FieldMap, suggest
from equipment.imports.models import ImportBatch
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.column_rules import Holds, Target, targets
from equipment.register.rules import EquipmentStatus
from equipment.web.forms import ChoiceField, Form
from equipment.web.language import translate

# What is often the same for a whole file and so not written in it; whatever else is needed is offered as
# well.
FIXABLE = ("area", "owner", "use_unit", "firm", "body", "maker", "status")
UNITS = (
    "mm",
    "cm",
    "m",
    "ft",
    "in",
    "g",
    "kg",
    "t",
    "lb",
    "mL",
    "L",
    "MPa",
    "kPa",
    "bar",
    "psi",
    "m/s",
    "mm/s",
    "m/min",
    "fpm",
    "kW",
    "W",
    "hp",
    "%",
    "‰",
    "°",
)
SIGN = "="
GROUPS: tuple[tuple[str, tuple[Holds, ...]], ...] = (
    (N_("Numbers and marks"), (Holds.LABEL, Holds.NAME_NUMBER, Holds.IDENTIFIER)),
    (N_("Who and where"), (Holds.ORGANISATION, Holds.AREA)),
    (N_("Days, status and texts"), (Holds.DAY, Holds.STATUS, Holds.TEXT)),
    (N_("Parameters"), (Holds.DETAIL, Holds.JOINT)),
)


@dataclass(frozen=True, slots=True)
class ShownColumn:
    """One column of the file as the page shows it."""

    number: int
    name: str
    samples: Sequence[str]
    to: str
    unit: str
    values: str
    suggested: bool
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FixedInput:
    """A field that may have one value for all rows."""

    key: str
    label: str
    value: str
    required: bool
    options: Sequence[tuple[str, str]]
    problem: str = ""


def shown_columns(batch: ImportBatch, mapping: FieldMap, problems: Mapping[str, str]) -> list[ShownColumn]:
    usual = suggest(batch.category, batch.header).columns
    samples = Fields(batch.preview).listed("samples")
    columns = []
    for number, name in enumerate(batch.header):
        use = mapping.columns.get(name, ColumnUse(""))
        values = "\n".join(f"{word} {SIGN} {value}" for word, value in use.values.items())
        columns.append(
            ShownColumn(
                number,
                name,
                samples[number] if number < len(samples) else (),
                use.to,
                use.unit,
                values,
                name in usual and usual[name].to == use.to,
                problems.get(name, ""),
            )
        )
    return columns


def column_choices(category_key: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a column can become, in groups."""
    fields = list(targets(category_key).values())
    return [
        (translate(name), [(target.key, _label(target)) for target in fields if target.holds in holds])
        for name, holds in GROUPS
    ]


def _label(target: Target) -> str:
    unit = (target.spec.display_unit or target.spec.unit) if target.spec else ""
    in_unit, star = f" ({translate(unit)})" if unit else "", " *" if target.required else ""
    return f"{translate(target.label)}{in_unit}{star}"


def fixed_inputs(category_key: str, mapping: FieldMap, problems: Mapping[str, str]) -> list[FixedInput]:
    """Needed fields and the usual fixed ones; a mapped column fills it,
    the fixed value then fills the blanks."""
    fields = targets(category_key)
    keys = [*(target.key for target in fields.values() if target.required), *FIXABLE, *mapping.fixed]
    return [
        FixedInput(
            key,
            _label(fields[key]),
            mapping.fixed.get(key, ""),
            fields[key].required,
            _options(fields[key]),
            problems.get(key, ""),
        )
        for key in dict.fromkeys(keys)
        if key in fields
    ]


def opening_inputs(
    category_key: str, mapping: FieldMap, problems: Mapping[str, str], viewer: Viewer
) -> list[FixedInput]:
    """What becomes of organisations that are not on file, by column;
    nothing to choose for who may not add organisations."""
    if not may(viewer, Action.CREATE, Thing.ORGANISATION):
        return []
    fields = targets(category_key)
    return [
        FixedInput(
            key,
            translate(fields[key].label),
            mapping.opens.get(key, ""),
            False,
            [(kind.value, translate(kind.label)) for kind in kinds],
            problems.get(key, ""),
        )
        for key, kinds in OPENS.items()
    ]


def loaded(batch: ImportBatch, stated: Mapping[str, object], viewer: Viewer) -> FieldMap:
    """What of a saved mapping fits this file and this person."""
    fields, saved = targets(batch.category), FieldMap.from_json(stated)
    columns = {name: use for name, use in saved.columns.items() if name in batch.header and use.to in fields}
    opens = saved.opens if may(viewer, Action.CREATE, Thing.ORGANISATION) else {}
    fixed = {key: value for key, value in saved.fixed.items() if key in fields}
    return FieldMap(columns, fixed, opens=opens, match=saved.match)


def _options(target: Target) -> list[tuple[str, str]]:
    if target.holds is Holds.STATUS:
        return [
            (status.value, translate(status.label))
            for status in EquipmentStatus
            if status is not EquipmentStatus.LOCKED
        ]
    return [(choice.value, translate(choice.label)) for choice in target.spec.choices] if target.spec else []


def mapping_typed(batch: ImportBatch) -> FieldMap:
    """The mapping as typed; one word per line, “what the file says = what it means here”."""
    columns, form = {}, request.form
    for number, name in enumerate(batch.header):
        if name and (to := form.get(f"to_{number}", "")):
            columns[name] = ColumnUse(
                to, form.get(f"unit_{number}", ""), _words(form.get(f"values_{number}", ""))
            )
    fixed = {key: value for key in targets(batch.category) if (value := form.get(f"fixed_{key}", "").strip())}
    opens = {key: kind for key in OPENS if (kind := form.get(f"opens_{key}", ""))}
    match = form.get("match", "")
    return FieldMap(columns, fixed, opens=opens, match=match if match in match_choices(batch) else "")


def columns_typed(header: Sequence[str], keys: Container[str]) -> FieldMap:
    """A mapping without units, as typed; one value for all rows only of these keys."""
    columns, form = {}, request.form
    for number, name in enumerate(header):
        if name and (to := form.get(f"to_{number}", "")):
            columns[name] = ColumnUse(to, "", _words(form.get(f"values_{number}", "")))
    names = [name.removeprefix("fixed_") for name in form if name.startswith("fixed_")]
    fixed = {key: value for key in names if key in keys and (value := form[f"fixed_{key}"].strip())}
    return FieldMap(columns, fixed)


def match_choices(batch: ImportBatch) -> dict[str, str]:
    """The numbers by which pieces on file can be found and changed, with what each is called."""
    fields = targets(batch.category)
    return {key: translate(fields[key].label) for key in MATCHES if key in fields}


def _words(text: str) -> dict[str, str]:
    pairs = [row.rpartition(SIGN) for row in text.splitlines() if SIGN in row]
    return {word.strip(): value.strip() for word, _, value in pairs if word.strip() and value.strip()}


def rows_ticked() -> list[int]:
    """The rows of the file that were ticked in the list."""
    return [int(number) for number in request.form.getlist("id") if number.isdecimal()]


@dataclass(frozen=True, slots=True)
class AskedWord:
    """A word of a column that nobody knows, how many rows have it, and what it may mean."""

    number: int
    column: int
    heading: str
    to: str
    word: str
    rows: int
    options: Sequence[tuple[str, str]]


def asked_words(batch: ImportBatch, areas: Sequence[tuple[str, str]]) -> list[AskedWord]:
    fields = targets(batch.category)
    listed = Fields(batch.preview).listed(ASKED)
    return [
        AskedWord(
            number,
            column,
            batch.header[column],
            to,
            word,
            rows,
            areas if fields[to].holds is Holds.AREA else _options(fields[to]),
        )
        for number, (column, to, word, rows) in enumerate(listed)
        if to in fields and column < len(batch.header)
    ]


def answers_typed(words: Sequence[AskedWord]) -> list[tuple[AskedWord, str]]:
    """The meanings that were chosen, as the values of the fields."""
    chosen = [(word, request.form.get(f"word_{word.number}", "")) for word in words]
    return [(word, value) for word, value in chosen if value in {option for option, _ in word.options}]


class AnswersForm(Form):
    """Whether the words are kept for every import."""

    keep = HiddenField(default="")


class RunForm(Form):
    """Whether pieces on file are changed too, as the list says."""

    change = HiddenField(default="")


class RecordForm(Form):
    """Whether results that are too early to count are recorded too."""

    early = HiddenField(default="")


class DecisionForm(Form):
    """Whether every row is meant that asks for it, or those ticked."""

    every = HiddenField(default="")


class UploadForm(Form):
    category = ChoiceField(_l("Category"), wrong=N_("Choose the category."))
    file = FileField(
        _l("File"),
        [FileRequired(_l("Choose a file."))],
        description=_l(
            "XLSX, XLS or CSV as you have it: titles, merged cells and totals are no trouble. "
            "Nothing is added before you have seen what would happen."
        ),
    )


class TemplateForm(Form):
    category = ChoiceField(_l("Category"))


class WorksheetForm(Form):
    worksheet = StringField(default="", name="sheet")
