"""Reading the values of a piece to be registered or changed: everything that is wrong at
once, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from equipment.core import clock, faults
from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.people.models import Area, Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.register.codes import normal, plate_number
from equipment.register.models import Equipment
from equipment.register.rules import LIST_MARK, EquipmentStatus, IdentifierKind
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.category import Category
from equipment.regulation.details import Details
from equipment.regulation.piece_numbers import odd_certificate, odd_equipment_code
from equipment.storage.columns import Columns
from equipment.storage.db import session

NOT_LISTED = N_("The catalogue has no %(value)s for this category: compare it with the papers")
TEXTS = ("name", "serial", "own_number", "maker", "address", "position", "unverified_reason", "block_reason")
DAYS = ("made_on", "registered_on", "in_use_since", "base_on", "last_inspected_on", "next_inspection_on")
PARTIES = ("owner_id", "use_unit_id", "maintenance_firm_id", "inspection_body_id")
CHANGEABLE = (*TEXTS[:-1], *DAYS, *PARTIES, "area", "verified", "details")
LENGTHS = {name: Equipment.__table__.c[name].type.length for name in TEXTS}  # type: ignore[attr-defined]
# What a new piece has in the columns that nobody states: later actions write them.
BLANK: Columns = {
    column.name: column.default.arg if column.default is not None and column.default.is_scalar else None
    for column in Equipment.__table__.columns
}


@dataclass(frozen=True, slots=True)
class Registration:
    """A piece whose values have been checked: ready to be written, nothing of it has been."""

    row: Columns
    details: Details
    numbers: tuple[tuple[IdentifierKind, str], ...] = ()
    label: str = ""

    @property
    def category(self) -> Category:
        return category(self.row["category"])


@dataclass(slots=True)
class _PieceReading:
    values: Columns
    problems: dict[str, Message] = field(default_factory=dict)

    def wrong(self, name: str, msgid: str, **params: object) -> None:
        self.problems.setdefault(name, Message(msgid, params))


def checked(values: Columns, *, by: Viewer) -> Registration:
    """The values of a new piece, or Invalid with everything that is wrong with them. Keys: the columns,
    `details`, `identifiers`, `label`."""
    reading = _PieceReading(values)
    key = str(values.get("category", ""))
    if key not in {kind.key for kind in CATEGORIES}:
        raise Invalid({"category": N_("Choose the category.")})
    row = _columns(reading)
    details = _details(reading, category(key), values.get("details") or {})
    numbers = _numbers(reading)
    _cross(reading, row, bool(numbers), by)
    if reading.problems or details is None:
        raise Invalid(reading.problems)
    doubted = doubts(category(key), details, numbers)
    row["unverified_reason"] = row["unverified_reason"] or as_reason(category(key), doubted)
    at = clock.now()
    row = (
        BLANK
        | row
        | {
            "id": values.get("id") or new_id(),
            "category": key,
            "status": _status(values),
            "verified": bool(values.get("verified", True)) and not doubted,
            "created_at": at,
            "updated_at": at,
            **derived(category(key), details),
        }
    )
    return Registration(row, details, numbers, str(values.get("label") or ""))


def checked_changes(equipment: Equipment, changes: Columns, *, by: Viewer) -> tuple[Columns, Details]:
    """The changed columns of a piece on file and its details, or Invalid."""
    unknown = set(changes) - set(CHANGEABLE)
    if unknown:
        raise Invalid(dict.fromkeys(sorted(unknown), N_("This cannot be changed here.")))
    kind = category(equipment.category)
    now = {name: getattr(equipment, name) for name in (*TEXTS, *DAYS, *PARTIES, "area", "status")}
    reading = _PieceReading({**now, **{name: value for name, value in changes.items() if name != "details"}})
    row = _columns(reading)
    merged = {**equipment.details, **(changes.get("details") or {})}
    details = _details(reading, kind, {name: value for name, value in merged.items() if value is not None})
    _cross(reading, row, True, by)
    if reading.problems or details is None:
        raise Invalid(reading.problems)
    if "verified" in changes:
        row["verified"] = bool(changes["verified"])
    doubted = [name for name in kind.doubts(details) if merged.get(name) != equipment.details.get(name)]
    if doubted:
        row |= {"verified": False, "unverified_reason": as_reason(kind, doubted)}
    return row | derived(kind, details), details


def doubts(
    kind: Category, details: Details, numbers: Iterable[tuple[IdentifierKind, str]]
) -> dict[str, Message]:
    """What is taken and marked 待核实, by the columns of a workbook: a code the catalogue does not have,
    a number that is written otherwise than such numbers are."""
    stored = details.as_json()
    doubted = {name: Message(NOT_LISTED, {"value": str(stored[name])}) for name in kind.doubts(details)}
    for number, value in numbers if kind.certificate_sign else ():
        odd = (
            odd_equipment_code(value)
            if number is IdentifierKind.EQUIPMENT_CODE
            else odd_certificate(value, kind.certificate_sign)
            if number is IdentifierKind.CERTIFICATE_NO
            else None
        )
        if odd is not None:
            doubted["certificate" if number is IdentifierKind.CERTIFICATE_NO else str(number)] = odd
    return doubted


def as_reason(kind: Category, doubted: Iterable[str]) -> str:
    """Columns in doubt as a piece keeps them: their headings."""
    return LIST_MARK.join(kind.headings[name][0] for name in doubted)[: LENGTHS["unverified_reason"]]


def derived(kind: Category, details: Details) -> dict[str, object]:
    """The columns that follow from the details."""
    stored = details.as_json()
    return {
        "details": stored,
        "catalogue_code": kind.catalogue_code(details),
        "medium": str(stored.get("medium", "")),
    }


def facets(kind: Category, details: Details) -> dict[str, str]:
    """The fields lists filter by, as they are kept."""
    stored = details.as_json()
    return {
        spec.name: str(stored[spec.name]).lower()
        if isinstance(stored[spec.name], bool)
        else str(stored[spec.name])
        for spec in kind.details_type.filters()
        if spec.name in stored
    }


def detail_problems(kind: Category, error: ValidationError) -> dict[str, Message]:
    """What is wrong with details, by field, in words and units people use."""
    problems = {}
    for fault in error.errors(include_url=False, include_input=False):
        name = str(fault["loc"][0]) if fault["loc"] else ""
        problems[f"details.{name}" if name else "details"] = _detail_problem(kind, name, fault)
    return problems


def _detail_problem(kind: Category, name: str, error: ErrorDetails) -> Message:
    if error["type"] not in (*faults.LEAST, *faults.MOST):
        return faults.fault_message(error)
    spec = kind.details_type.field_spec(name)
    return faults.fault_message(
        error, lambda limit: f"{spec.shown(limit):f} {spec.display_unit or spec.unit}".strip()
    )


def _details(reading: _PieceReading, kind: Category, values: Mapping[str, object]) -> Details | None:
    try:
        return kind.read({name: value for name, value in values.items() if value not in (None, "")})
    except ValidationError as error:
        reading.problems |= detail_problems(kind, error)
        return None


def _status(values: Columns) -> EquipmentStatus:
    return EquipmentStatus(values.get("status") or EquipmentStatus.IN_USE)


def _columns(reading: _PieceReading) -> Columns:
    row: Columns = {name: str(reading.values.get(name) or "").strip() for name in TEXTS}
    for name, text in row.items():
        if len(text) > LENGTHS[name]:
            reading.wrong(name, N_("At most %(number)s characters"), number=LENGTHS[name])
    for name in DAYS:
        row[name] = reading.values.get(name)
        if row[name] is not None and not isinstance(row[name], date):
            reading.wrong(name, N_("This cannot be read."))
    for name in PARTIES:
        party = reading.values.get(name)
        row[name] = party if party is None or isinstance(party, UUID) else UUID(str(party))
        if row[name] is not None and session.get(Organisation, row[name]) is None:
            reading.wrong(name, N_("There is no such organisation."))
    row["area"] = str(reading.values.get("area") or "")
    if session.get(Area, row["area"]) is None:
        reading.wrong("area", N_("Choose the area."))
    return row


def _numbers(reading: _PieceReading) -> tuple[tuple[IdentifierKind, str], ...]:
    numbers = reading.values.get("identifiers") or {}
    pairs = numbers.items() if isinstance(numbers, Mapping) else numbers
    read = [(IdentifierKind(kind), str(value).strip()) for kind, value in pairs if str(value or "").strip()]
    read = [(kind, plate_number(value) if kind is IdentifierKind.PLATE_QR else value) for kind, value in read]
    for kind, value in read:
        if not normal(value):
            reading.wrong(f"identifiers.{kind}", N_("This cannot be read."))
    return tuple(read)


def _cross(reading: _PieceReading, row: Columns, numbered: bool, by: Viewer) -> None:
    """What no single field can tell."""
    if reading.problems:
        return
    made_on, today = row["made_on"], clock.today()
    for name in ("made_on", "registered_on", "in_use_since", "last_inspected_on"):
        if row[name] and row[name] > today:
            reading.wrong(name, N_("This day has not come yet."))
    for name in ("registered_on", "in_use_since"):
        if made_on and row[name] and row[name] < made_on:
            reading.wrong(name, N_("This is before the piece was made (%(made)s)."), made=made_on.isoformat())
    if not numbered and not any((row["serial"], row["own_number"], reading.values.get("label"))):
        reading.wrong("serial", N_("Enter at least one number by which the piece can be told from others."))
    if _status(reading.values) == EquipmentStatus.LOCKED and not row["block_reason"]:
        reading.wrong("block_reason", N_("Say why it is locked."))
    if not may_hold(by, row):
        reading.wrong(
            "area" if by.oversees else "owner_id",
            N_("This piece would not be in your charge: choose your own area or organisation."),
        )


def may_hold(by: Viewer, row: Columns) -> bool:
    """Whether a piece with these columns is one the viewer looks after."""
    if by is SYSTEM:
        return True
    if by.oversees:
        return str(row["area"]).startswith(by.area)
    return by.organisation_id is not None and by.organisation_id in [row[party] for party in PARTIES]
