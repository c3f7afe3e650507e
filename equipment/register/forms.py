"""The forms of a piece. The one that registers or changes it is made from its category's details: fields as
people use them, values as they are stored; plain data, so that one template draws every category: no field of
any category is named outside its model. The others are fixed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from flask import request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from pydantic import ValidationError
from wtforms import HiddenField, StringField

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.core.geo import Datum, GeoPosition, stated_position
from equipment.core.words import N_, Message
from equipment.people.models import Area, Organisation
from equipment.people.rules import OrganisationKind, Viewer
from equipment.register.checking import DAYS
from equipment.register.codes import cleaned, normal
from equipment.register.lists import BULK, areas_of, organisation_named, organisations
from equipment.register.models import Equipment
from equipment.register.rules import FIELD_LABELS, EquipmentStatus, IdentifierKind
from equipment.regulation.category import Category, StampMarks
from equipment.regulation.details import FieldSpec, Kind
from equipment.storage.db import session
from equipment.web.forms import (
    NO_DAY,
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    ReasonField,
    labelled,
    stripped,
)
from equipment.web.language import translate

FROM_THE_LIST = N_("Choose from the list, or type the code.")
DETAIL = "details."
NUMBER = "identifiers."
AS_MARKED = "as_marked."  # before the name of a field whose odd value stands so on the piece
YES_NO = (("true", N_("Yes")), ("false", N_("No")))
PARTY_KINDS: Mapping[str, tuple[str, tuple[OrganisationKind, ...]]] = {
    "owner_id": (FIELD_LABELS["owner_id"], (OrganisationKind.STATION, OrganisationKind.USE_UNIT)),
    "use_unit_id": (FIELD_LABELS["use_unit_id"], (OrganisationKind.USE_UNIT, OrganisationKind.STATION)),
    "maintenance_firm_id": (FIELD_LABELS["maintenance_firm_id"], (OrganisationKind.FIRM,)),
    "inspection_body_id": (FIELD_LABELS["inspection_body_id"], (OrganisationKind.BODY,)),
}
TEXT_LABELS = {
    name: FIELD_LABELS[name] for name in ("serial", "own_number", "name", "maker", "address", "position")
}
DAY_LABELS = {name: FIELD_LABELS[name] for name in DAYS}
ENTERED = (
    IdentifierKind.EQUIPMENT_CODE,
    IdentifierKind.CERTIFICATE_NO,
    IdentifierKind.REGISTRATION_CODE,
    IdentifierKind.CYLINDER_CODE,
    IdentifierKind.UNIQUE_NO,
    IdentifierKind.MAKER_QR,
    IdentifierKind.RFID,
    IdentifierKind.PLATE_QR,
)
OF_CYLINDERS = (IdentifierKind.CYLINDER_CODE, IdentifierKind.UNIQUE_NO)
DOCUMENT_KINDS = (
    ("photo", N_("Photograph")),
    ("certificate", N_("Certificate")),
    ("report", N_("Report")),
    ("contract", N_("Contract")),
    ("other", N_("Other document")),
)


@dataclass(frozen=True, slots=True)
class Input:
    """One field of the page: `kind` is text, prose (of several lines), number, date, select or names (a text
    with suggestions)."""

    name: str
    kind: str
    label: str
    value: str = ""
    unit: str = ""
    help: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    errors: Sequence[str] = ()
    blank: str | None = "—"


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    inputs: Sequence[Input] = field(default_factory=list)


def sections(
    kind: Category, viewer: Viewer, typed: Mapping[str, str], problems: Mapping[str, str], *, fresh: bool
) -> list[Section]:
    """The whole form; identifiers are entered with a new piece and kept on its page later."""

    def wrong(name: str) -> list[str]:
        return [problems[name]] if name in problems else []

    def plain(name: str, kind: str, label: str) -> Input:
        return Input(name, kind, translate(label), typed.get(name, ""), errors=wrong(name))

    texts = [plain(name, "text", label) for name, label in TEXT_LABELS.items()]
    days = [plain(name, "date", label) for name, label in DAY_LABELS.items()]
    areas = [(area.code, indented(area)) for area in areas_of(viewer)]
    place = [
        Input(
            "area",
            "select",
            gettext("Area"),
            typed.get("area", ""),
            required=True,
            options=areas,
            errors=wrong("area"),
        ),
        *texts[4:],
    ]
    parties = [
        Input(
            name,
            "names",
            translate(label),
            typed.get(name, ""),
            options=[(unit, "") for unit in organisations(kinds)],
            errors=wrong(name),
        )
        for name, (label, kinds) in PARTY_KINDS.items()
    ]
    details = [_detail(spec, typed, wrong(DETAIL + spec.name)) for spec in kind.details_type.fields()]
    numbers = [plain(NUMBER + number, "text", number.label) for number in entered_numbers(kind)]
    label = Input(
        "label",
        "text",
        gettext("Label code"),
        typed.get("label", ""),
        help=gettext("Scan or type a blank label; leave empty to bind one later."),
        errors=wrong("label") or wrong("code"),
    )
    whole = [
        Section(gettext("Piece"), texts[:4]),
        Section(gettext("Parameters"), details),
        Section(gettext("Place and parties"), [*place, *parties]),
        Section(gettext("Days"), days),
    ]
    return [*whole, Section(gettext("Labels and identifiers"), [label, *numbers])] if fresh else whole


def entered_numbers(kind: Category) -> tuple[IdentifierKind, ...]:
    """The numbers that a new piece may come with: some are those of cylinders, some of plates at a lift."""
    others = () if kind.filled else OF_CYLINDERS
    plates = () if kind.filled or kind.visit_kinds else (IdentifierKind.PLATE_QR,)
    return tuple(number for number in ENTERED if number not in (*others, *plates))


def indented(area: Area) -> str:
    """The name of an area as a line of the tree."""
    return "\u3000" * {"county": 1, "township": 2}.get(area.level, 0) + area.name


def _detail(spec: FieldSpec, typed: Mapping[str, str], errors: Sequence[str]) -> Input:
    name, value = DETAIL + spec.name, typed.get(DETAIL + spec.name, "")
    shown = Input(
        name,
        "text",
        translate(spec.label),
        value,
        translate(spec.display_unit or spec.unit) if spec.unit else "",
        translate(hint) if (hint := spec.help or (FROM_THE_LIST if spec.others_like else "")) else "",
        spec.required,
        (),
        errors,
    )
    if spec.kind == Kind.CHOICE:
        if spec.others_like:
            return _as(shown, "names", [(translate(choice.label), choice.value) for choice in spec.choices])
        return _as(shown, "select", [(choice.value, translate(choice.label)) for choice in spec.choices])
    if spec.kind == Kind.FLAG:
        return _as(shown, "select", [(value, translate(label)) for value, label in YES_NO])
    text = "prose" if spec.prose else "text"
    return _as(shown, {Kind.INTEGER: "number", Kind.DAY: "date"}.get(spec.kind, text), [])


def _as(shown: Input, kind: str, options: Sequence[tuple[str, str]]) -> Input:
    return Input(
        shown.name,
        kind,
        shown.label,
        shown.value,
        shown.unit,
        shown.help,
        shown.required,
        options,
        shown.errors,
    )


def typed() -> dict[str, str]:
    """What was typed in the form of a category."""
    return request.form.to_dict()


def typed_of(equipment: Equipment, kind: Category) -> dict[str, str]:
    """What the form of a piece on file starts with."""
    typed = {name: str(getattr(equipment, name) or "") for name in (*TEXT_LABELS, *DAY_LABELS, "area")}
    for name in PARTY_KINDS:
        party = session.get(Organisation, getattr(equipment, name)) if getattr(equipment, name) else None
        typed[name] = party.name if party else ""
    for spec in kind.details_type.fields():
        stored = equipment.details.get(spec.name)
        if stored is not None:
            typed[DETAIL + spec.name] = _shown(spec, stored)
    return typed


@dataclass(frozen=True, slots=True)
class Reading:
    """The form with its empty fields filled by what stamps or a code say: which fields these are, in which
    something else stands already, and what nobody could read."""

    typed: Mapping[str, str]
    filled: Sequence[str]
    differing: Sequence[tuple[str, str]]
    unread: Sequence[str]


def with_marks(kind: Category, typed: Mapping[str, str], marks: StampMarks, *, fresh: bool) -> Reading:
    """Other numbers have their fields only in the form of a new piece; of one on file they are named."""
    read = {
        DETAIL + name: _shown(kind.details_type.field_spec(name), value)
        for name, value in marks.details.items()
    }
    numbers = {NUMBER + number: value for number, value in marks.identifiers.items()}
    read |= numbers if fresh else {}
    read |= {"serial": marks.serial, "maker": marks.maker}
    read["made_on"] = marks.made_on.isoformat() if marks.made_on else ""
    read = {name: text for name, text in read.items() if text}
    filled = [name for name in read if not typed.get(name, "").strip()]
    unread = [*marks.unread, *([] if fresh else numbers.values())]
    differing = [
        (name, text)
        for name, text in read.items()
        if name not in filled and normal(typed[name]) != normal(text)
    ]
    return Reading({**typed, **{name: read[name] for name in filled}}, filled, differing, unread)


class NotBelieved(Invalid):
    """Values far from what such pieces have, and nobody has said yet that they stand so on the piece."""


def believed_values(
    kind: Category, typed: Mapping[str, str], before: Mapping[str, object], *, fresh: bool
) -> dict[str, object]:
    """The values of the form. What is far from usual is asked once: Invalid, until its box is ticked; what
    stood on file so is not asked again."""
    read = values(kind, typed, fresh=fresh)
    details = Fields(read).table("details")
    try:
        stamps = kind.read({name: value for name, value in details.items() if value not in (None, "")})
    except ValidationError:
        return read  # said by whoever enters or changes the piece
    odd: dict[str, Message | str] = {
        DETAIL + name: message
        for name, message in kind.implausible(stamps, clock.today()).items()
        if details[name] != before.get(name) and f"{AS_MARKED}{DETAIL}{name}" not in typed
    }
    if odd:
        raise NotBelieved(odd)
    return read


def _shown(spec: FieldSpec, stored: object) -> str:
    if spec.kind == Kind.INTEGER and isinstance(stored, int):
        return f"{spec.shown(stored):f}"
    if spec.others_like:
        named = (choice.label for choice in spec.choices if choice.value == stored)
        return next((translate(label) for label in named), str(stored))
    return str(stored).lower() if isinstance(stored, bool) else str(stored)


def values(kind: Category, typed: Mapping[str, str], *, fresh: bool) -> dict[str, object]:
    """The typed form as values for `register` or `change`; Invalid names every field that cannot be read."""
    problems: dict[str, Message | str] = {}
    read: dict[str, object] = {name: typed.get(name, "").strip() for name in (*TEXT_LABELS, "area")}
    for name in DAY_LABELS:
        read[name] = _day(name, typed.get(name, ""), problems)
    for name, (_, kinds) in PARTY_KINDS.items():
        read[name] = _party(name, typed.get(name, "").strip(), kinds, problems)
    read["details"] = {
        spec.name: _stored(spec, typed.get(DETAIL + spec.name, "").strip(), problems)
        for spec in kind.details_type.fields()
    }
    if fresh:
        read["identifiers"] = {
            identifier: typed.get(NUMBER + identifier, "").strip() for identifier in entered_numbers(kind)
        }
        read["label"] = typed.get("label", "").strip()
    if problems:
        raise Invalid(problems)
    return read


def _stored(spec: FieldSpec, text: str, problems: dict[str, Message | str]) -> int | str | date | None:
    if not text:
        return None
    if spec.kind == Kind.DAY:
        return _day(DETAIL + spec.name, text, problems)
    if spec.others_like:  # typed as its name or its code
        return spec.choice_of(text, translate) or text
    if spec.kind != Kind.INTEGER:
        return "\n".join(text.splitlines())
    try:
        return spec.stored(cleaned(text).replace(",", "."))
    except ValueError as error:
        problems[DETAIL + spec.name] = str(error)
        return None


def _day(name: str, text: str, problems: dict[str, Message | str]) -> date | None:
    day = day_in(text)
    if day is None and text.strip():
        problems[name] = NO_DAY
    return day


def _party(
    name: str, text: str, kinds: Sequence[OrganisationKind], problems: dict[str, Message | str]
) -> UUID | None:
    organisation_id = organisation_named(text, kinds) if text else None
    if text and organisation_id is None:
        problems[name] = N_("There is no organisation of this name.")
    return organisation_id


class StatusForm(Form):
    status = ChoiceField(_l("New status"), choices=lambda: labelled(EquipmentStatus))
    on = DayField(_l("From this day"))
    reason = StringField(
        _l("Reason"),
        [AtMost(200)],
        default="",
        filters=[stripped],
        description=_l("For example lost, stolen, involved in an accident, disputed, past its life."),
    )
    typed = StringField(_l("Number, only for scrapping"), default="")


class StampPhotoForm(Form):
    """The photo of stamps and ring beside the form of a new piece; not needed."""

    photo = FileField(_l("Photo of the stamps"))


class ChosenPiecesForm(Form):
    """Pieces ticked in a list."""

    id = ChosenField(most=BULK)


class VerifyForm(Form):
    """What is settled of 待核实: the ticked ones or `every` one that the filters show, and why."""

    id = ChosenField(most=BULK)
    every = HiddenField(default="")
    reason = ReasonField(most=200)


class IdentifierForm(Form):
    kind = ChoiceField(_l("Kind"), choices=lambda: labelled(IdentifierKind))
    value = StringField(_l("Number"), [AtMost(200)], default="")


class VoidIdentifierForm(Form):
    kind = HiddenField(default="")
    value = HiddenField(default="")
    reason = ReasonField(most=200, wrong=N_("Say why."))


class PositionForm(Form):
    """Where a piece stands: typed, or measured by the phone of somebody who stands at it."""

    latitude = StringField(_l("Latitude in degrees"), [AtMost(24)], default="", filters=[stripped])
    longitude = StringField(_l("Longitude in degrees"), [AtMost(24)], default="", filters=[stripped])
    datum = ChoiceField(_l("Datum"), choices=lambda: labelled(Datum))
    accuracy_m = HiddenField(default="")
    measured = HiddenField(default="")

    @property
    def is_measured(self) -> bool:
        return self.measured.data == "1"

    @property
    def position(self) -> GeoPosition | None:
        accuracy_m = self.accuracy_m.data if self.is_measured else None
        return stated_position(self.latitude.data, self.longitude.data, accuracy_m, Datum(self.datum.data))


class DeclineForm(Form):
    """Why a proposal is declined; accepting one needs no word."""

    reason = StringField(default="", filters=[stripped])


class DocumentForm(Form):
    kind = ChoiceField(
        _l("Kind"),
        choices=lambda: [(value, translate(label)) for value, label in DOCUMENT_KINDS],
        default="other",
        id="document-kind",
    )
    file = FileField(_l("Photo or PDF"), [FileRequired(_l("Choose a file."))])
