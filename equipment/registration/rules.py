"""使用登记: which forms there are, what each of them asks for, and what of it nobody knows. Pure.

What the forms ask for follows docs/facts/rules.md; the layout is ours and says so until the bureau
confirms it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from equipment.core.words import N_, Labelled
from equipment.regulation.cylinder_words import Variety


class FormKind(Labelled):
    """The papers that the registration authority takes."""

    LOT = "lot", N_("Use registration form (form 3) with list of cylinders"), "blue"
    VEHICLE = "vehicle", N_("Use registration form of vehicle cylinders (form 2)"), "blue"
    END = "end", N_("Form for taking out of use, scrapping, deregistering"), "amber"


class RegistrationKind(Labelled):
    """登记类别: what a registration form is handed in for."""

    FIRST_USE = "first_use", N_("First use")
    USE_AGAIN = "use_again", N_("Use again after a stop")
    ALTERATION = "alteration", N_("Alteration")
    UNIT_RENAMED = "unit_renamed", N_("Use unit renamed")
    ADDRESS = "address", N_("Change of address")
    TRANSFER = "transfer", N_("Transfer of ownership")
    RELOCATION = "relocation", N_("Relocation")
    LIFE_REACHED = "life_reached", N_("Design life reached")


class EndKind(Labelled):
    """申报种类: what pieces are reported as. The values are those of the status."""

    STOPPED = "stopped", N_("Taken out of use"), "amber"
    SCRAPPED = "scrapped", N_("Scrapped for good"), "red"
    CANCELLED = "cancelled", N_("Deregistration"), "grey"


# How a cylinder is built, as the list of cylinders names it (气瓶品种).
BUILDS: Mapping[Variety, str] = {
    Variety.SEAMLESS: N_("seamless"),
    Variety.ALUMINIUM: N_("seamless"),
    Variety.WELDED: N_("welded"),
    Variety.LPG: N_("welded"),
    Variety.ACETYLENE: N_("packed inside"),
    Variety.WOUND: N_("fibre-wound"),
    Variety.CRYOGENIC: N_("cryogenic insulated"),
    Variety.VEHICLE_CNG: N_("seamless"),
    Variety.VEHICLE_WOUND: N_("fibre-wound"),
    Variety.VEHICLE_H2: N_("fibre-wound"),
    Variety.VEHICLE_LPG: N_("welded"),
    Variety.VEHICLE_LNG: N_("cryogenic insulated"),
}
# What becomes of a cylinder by this form (变更或停用情况), by its status.
STATUS_WORDS: Mapping[str, str] = {
    EndKind.STOPPED: N_("stopped"),
    EndKind.CANCELLED: N_("cancelled"),
    EndKind.SCRAPPED: N_("scrapped (list)"),
}
ADDED = N_("added")


@dataclass(frozen=True, slots=True)
class FormUnit:
    """The use unit of a form; what is not known is empty."""

    name: str = ""
    credit_code: str = ""
    address: str = ""
    phone: str = ""
    manager: str = ""
    manager_phone: str = ""
    owner: str = ""
    owner_phone: str = ""


@dataclass(frozen=True, slots=True)
class FormPiece:
    """One piece as the forms state it; what is not known is empty."""

    build: str
    name: str
    status: str
    certificate: str
    equipment_code: str
    place: str
    serial: str
    own_number: str
    medium: str
    maker: str
    made_on: date | None
    in_use_since: date | None
    pressure_mpa: float | None
    volume_l: float | None
    last_on: date | None
    next_on: date | None
    is_coded: bool
    standard: str
    plate: str
    vin: str
    installer: str
    supervisor: str
    reason: str  # that was entered when it came to its status


POSTCODE = N_("Postcode")
UNIT_FIELDS: Mapping[FormKind, Mapping[str, str]] = {
    FormKind.LOT: {
        "name": N_("Name of the use unit"),
        "credit_code": N_("Unified social credit code"),
        "address": N_("Address of the use unit"),
        "phone": N_("Telephone of the use unit"),
        "manager": N_("Safety manager"),
        "manager_phone": N_("Mobile of the safety manager"),
    },
    FormKind.END: {
        "name": N_("Name of the use unit"),
        "address": N_("Address of the use unit"),
        "manager": N_("Safety manager"),
        "manager_phone": N_("Mobile of the safety manager"),
        "owner": N_("Owner of the pieces"),
        "owner_phone": N_("Telephone of the owner"),
    },
}
UNIT_FIELDS = {**UNIT_FIELDS, FormKind.VEHICLE: UNIT_FIELDS[FormKind.LOT]}
PIECE_FIELDS: Mapping[FormKind, Mapping[str, str]] = {
    FormKind.LOT: {
        "name": N_("Name of the product"),
        "serial": N_("Stamped product number"),
        "maker": N_("Maker of the cylinder"),
        "made_on": N_("Month of manufacture"),
        "pressure_mpa": N_("Nominal working pressure, MPa"),
        "volume_l": N_("Volume, L"),
        "last_on": N_("Date of the last inspection"),
        "next_on": N_("Date of the next inspection"),
        "own_number": N_("Number within the unit"),
    },
    FormKind.VEHICLE: {
        "name": N_("Name of the product"),
        "serial": N_("Stamped product number"),
        "maker": N_("Maker of the cylinder"),
        "made_on": N_("Month of manufacture"),
        "pressure_mpa": N_("Nominal working pressure, MPa"),
        "volume_l": N_("Volume, L"),
        "standard": N_("Standard made to"),
        "plate": N_("Plate of the vehicle"),
        "vin": N_("VIN of the vehicle"),
        "installer": N_("Firm that installed them"),
        "supervisor": N_("Body that supervised the installation"),
        "in_use_since": N_("In use since (form)"),
    },
    FormKind.END: {
        "certificate": N_("Registration certificate no."),
        "equipment_code": N_("Equipment code (form)"),
        "place": N_("Place of use (form)"),
        "serial": N_("Stamped product number"),
        "reason": N_("Reason (form)"),
    },
}


def gaps(form: FormKind, unit: FormUnit, pieces: Sequence[FormPiece]) -> list[tuple[str, int]]:
    """What a form asks for and nobody has on file: its name, and of how many pieces it lacks (0: of the
    unit). It stays a blank to fill by hand."""
    lacking = [(label, 0) for field, label in UNIT_FIELDS[form].items() if not getattr(unit, field)]
    if form is not FormKind.END:
        lacking.append((POSTCODE, 0))  # kept nowhere
    numbers = Counter(
        field for piece in pieces for field in PIECE_FIELDS[form] if getattr(piece, field) in ("", None)
    )
    return lacking + [
        (label, numbers[field]) for field, label in PIECE_FIELDS[form].items() if numbers[field]
    ]


def shared(values: Iterable[str]) -> str:
    """What all of them have alike; empty where they differ."""
    distinct = set(values)
    return distinct.pop() if len(distinct) == 1 else ""


def by_build(pieces: Iterable[FormPiece]) -> list[tuple[str, int]]:
    """How many there are of each build, the most first."""
    return sorted(Counter(piece.build for piece in pieces).items(), key=lambda row: (-row[1], row[0]))


def status_word(kind: RegistrationKind, status: str) -> str:
    """变更或停用情况 of one cylinder on the list; nothing where this form changes nothing of it."""
    if status in STATUS_WORDS:
        return STATUS_WORDS[status]
    return ADDED if kind is RegistrationKind.FIRST_USE else ""
