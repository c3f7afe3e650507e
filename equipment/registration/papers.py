"""What stands on the papers: the fields of the forms, the list of cylinders, the rows of what ends. They
speak Chinese, whoever prints them: the authority reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from equipment.core.words import N_, Labelled
from equipment.registration.rules import (
    EndKind,
    FormKind,
    FormPiece,
    FormUnit,
    RegistrationKind,
    by_build,
    shared,
    status_word,
)
from equipment.tasks.measure import joined
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Say, Table, TableColumn

TICKED, EMPTY, BLANK = "☑", "□", "＿" * 8
UNVERIFIED = N_(
    "Layout not verified: the fields follow the forms of 2017 as far as they are known here; "
    "the registration authority's own paper decides."
)
TITLES = {
    FormKind.LOT: N_("Use registration form of special equipment (cylinders)"),
    FormKind.VEHICLE: N_("Use registration form of special equipment (vehicle cylinders)"),
    FormKind.END: N_("Registration form for special equipment out of use, scrapped or deregistered"),
}
LIST_TITLE = N_("List of the basic data of cylinders")
CODED, UNCODED = N_("coded, in the register"), N_("in the register, without a code")
SIGNED = (N_("Filled in by"), N_("Date (form)"), N_("Seal of the use unit"))
AUTHORITY = (N_("Registered by"), N_("Date (form)"), N_("Seal of the registration authority"))


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form: its name and what stands in it, over how many of the four places of its row."""

    name: str
    value: str
    wide: int = 1


@dataclass(frozen=True, slots=True)
class FormPaper:
    """A form of one page: rows of fields, with a table of cylinders where it has one."""

    title: str
    rows: Sequence[Sequence[FormField]]
    foot: str
    sample: str
    columns: Sequence[str] = ()
    pieces: Sequence[Sequence[str]] = ()


def boxes(members: type[Labelled], ticked: Labelled, say: Say) -> str:
    """Every choice with its box, the chosen one ticked."""
    return "　".join(f"{TICKED if member is ticked else EMPTY}{say(member.label)}" for member in members)


def number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def month(day: date | None) -> str:
    return day.strftime("%Y-%m") if day else ""


def iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _unit_rows(unit: FormUnit, place: str, say: Say) -> list[list[FormField]]:
    return [
        [FormField(say(N_("Use unit (form)")), unit.name, 3)],
        [
            FormField(say(N_("Unified social credit code")), unit.credit_code),
            FormField(say(N_("Telephone (fixed line)")), unit.phone),
        ],
        [
            FormField(say(N_("Address down to the township")), unit.address),
            FormField(say(N_("Postcode")), ""),
        ],
        [FormField(say(N_("Place of use (form)")), place, 3)],
        [
            FormField(say(N_("Safety manager")), unit.manager),
            FormField(say(N_("Mobile of the safety manager")), unit.manager_phone),
        ],
    ]


def _signature_rows(certificate: str, say: Say) -> list[list[FormField]]:
    return [
        [FormField(say(SIGNED[0]), ""), FormField(say(SIGNED[1]), "")],
        [FormField(say(SIGNED[2]), "", 3)],
        [FormField(say(AUTHORITY[0]), ""), FormField(say(AUTHORITY[1]), "")],
        [FormField(say(N_("Registration certificate no.")), certificate, 3)],
        [FormField(say(AUTHORITY[2]), "", 3)],
    ]


def _kinds_of(pieces: Sequence[FormPiece], say: Say) -> list[list[FormField]]:
    builds = by_build(pieces)
    named = "、".join(
        say(N_("%(build)s cylinders")).replace("%(build)s", build)
        + (f"（{count}）" if len(builds) > 1 else "")
        for build, count in builds
    )
    return [
        [
            FormField(say(N_("Class of equipment")), say(N_("Gas cylinder (2300)"))),
            FormField(say(N_("Variety (form)")), named),
        ],
        [
            FormField(
                say(N_("Name of the product")), "、".join(dict.fromkeys(p.name for p in pieces if p.name))
            ),
            FormField(say(N_("Number of cylinders")), str(len(pieces))),
        ],
    ]


def lot_form(
    kind: RegistrationKind, unit: FormUnit, pieces: Sequence[FormPiece], foot: str, sample: str, say: Say
) -> FormPaper:
    """使用登记表, form 3: the lot of one unit."""
    return FormPaper(
        say(TITLES[FormKind.LOT]),
        [
            [FormField(say(N_("Registered for")), boxes(RegistrationKind, kind, say), 3)],
            *_kinds_of(pieces, say),
            *_unit_rows(unit, shared(piece.place for piece in pieces), say),
            *_signature_rows(shared(piece.certificate for piece in pieces), say),
        ],
        foot,
        sample,
    )


def vehicle_form(
    kind: RegistrationKind, unit: FormUnit, pieces: Sequence[FormPiece], foot: str, sample: str, say: Say
) -> FormPaper:
    """车用气瓶使用登记表, form 2: the cylinders of one vehicle."""

    def alike(value: Callable[[FormPiece], str]) -> str:
        return "、".join(dict.fromkeys(text for text in map(value, pieces) if text))

    return FormPaper(
        say(TITLES[FormKind.VEHICLE]),
        [
            [FormField(say(N_("Registered for")), boxes(RegistrationKind, kind, say), 3)],
            *_kinds_of(pieces, say),
            [
                FormField(say(N_("Medium filled")), alike(lambda piece: piece.medium)),
                FormField(
                    say(N_("Nominal working pressure, MPa")), alike(lambda piece: number(piece.pressure_mpa))
                ),
            ],
            [
                FormField(say(N_("Volume, L")), alike(lambda piece: number(piece.volume_l))),
                FormField(say(N_("In use since (form)")), alike(lambda piece: iso(piece.in_use_since))),
            ],
            [
                FormField(say(N_("Firm that installed them")), alike(lambda piece: piece.installer)),
                FormField(
                    say(N_("Body that supervised the installation")), alike(lambda piece: piece.supervisor)
                ),
            ],
            [
                FormField(say(N_("Plate of the vehicle")), alike(lambda piece: piece.plate)),
                FormField(say(N_("VIN of the vehicle")), alike(lambda piece: piece.vin)),
            ],
            *_unit_rows(unit, shared(piece.place for piece in pieces), say),
            *_signature_rows(shared(piece.certificate for piece in pieces), say),
        ],
        foot,
        sample,
        [say(name) for name in VEHICLE_COLUMNS],
        [
            [
                str(count),
                piece.maker,
                month(piece.made_on),
                piece.serial,
                piece.own_number,
                piece.standard,
                piece.equipment_code,
            ]
            for count, piece in enumerate(pieces, 1)
        ],
    )


ROW_NO = N_("No. (form)")
VEHICLE_COLUMNS = (
    ROW_NO,
    N_("Maker of the cylinder"),
    N_("Month of manufacture"),
    N_("Stamped product number"),
    N_("Number within the unit"),
    N_("Standard made to"),
    N_("Equipment code (form)"),
)
# Of the list of cylinders: the name, how wide on paper and in a workbook, where it stands, how it is written.
LIST_COLUMNS: tuple[tuple[str, float, int, Align, str], ...] = (
    (ROW_NO, 10, 7, Align.MIDDLE, "number"),
    (N_("Variety (form)"), 18, 12, Align.MIDDLE, "text"),
    (N_("Stamped product number"), 28, 18, Align.LEFT, "text"),
    (N_("Medium filled"), 20, 12, Align.MIDDLE, "text"),
    (N_("Maker of the cylinder"), 44, 28, Align.LEFT, "text"),
    (N_("Month of manufacture"), 17, 11, Align.MIDDLE, "text"),
    (N_("Nominal working pressure, MPa"), 17, 11, Align.RIGHT, "text"),
    (N_("Volume, L"), 15, 10, Align.RIGHT, "text"),
    (N_("Date of the last inspection"), 20, 13, Align.MIDDLE, "day"),
    (N_("Date of the next inspection"), 20, 13, Align.MIDDLE, "day"),
    (N_("Number within the unit"), 22, 14, Align.LEFT, "text"),
    (N_("Change or stop"), 16, 12, Align.MIDDLE, "text"),
    (N_("Information management"), 30, 20, Align.LEFT, "text"),
)
END_COLUMNS: tuple[tuple[str, float, int, Align, str], ...] = (
    (ROW_NO, 10, 7, Align.MIDDLE, "number"),
    (N_("Variety (form)"), 22, 12, Align.MIDDLE, "text"),
    (N_("Registration certificate no."), 44, 24, Align.LEFT, "text"),
    (N_("Equipment code (form)"), 40, 22, Align.LEFT, "text"),
    (N_("Place of use (form)"), 56, 30, Align.LEFT, "text"),
    (N_("Stamped product number"), 32, 18, Align.LEFT, "text"),
    (N_("Reason (form)"), 60, 34, Align.LEFT, "text"),
)


def list_rows(kind: RegistrationKind, pieces: Sequence[FormPiece], say: Say) -> list[list[object]]:
    """气瓶基本信息汇总表, 13 columns."""
    return [
        [
            count,
            piece.build,
            piece.serial,
            piece.medium,
            piece.maker,
            month(piece.made_on),
            piece.pressure_mpa,
            piece.volume_l,
            piece.last_on,
            piece.next_on,
            piece.own_number,
            say(status_word(kind, piece.status)),
            say(CODED if piece.is_coded else UNCODED),
        ]
        for count, piece in enumerate(pieces, 1)
    ]


def end_rows(pieces: Sequence[FormPiece], reason: str) -> list[list[object]]:
    """The rows of what ends; the reason that was entered for a piece stands before the one typed now."""
    return [
        [
            count,
            piece.build,
            piece.certificate,
            piece.equipment_code,
            piece.place,
            piece.serial,
            piece.reason or reason,
        ]
        for count, piece in enumerate(pieces, 1)
    ]


def _printed(cell: object) -> str:
    if isinstance(cell, float):
        return number(cell)
    return "" if cell is None else str(cell)


def ruled(
    title: str,
    columns: Sequence[tuple[str, float, int, Align, str]],
    rows: Sequence[Sequence[object]],
    about: Sequence[str],
    foot: str,
    say: Say,
    *,
    sample: bool = False,
) -> RuledPaper:
    """Rows as a ruled paper with the lines that are signed."""
    return RuledPaper(
        title=title,
        about=about,
        tables=[
            RuledTable(
                [RuledColumn(say(name), mm, align) for name, mm, _chars, align, _kind in columns],
                [RuledRow([_printed(cell) for cell in row]) for row in rows],
            )
        ],
        signatures=[say(name) for name in (*SIGNED, *AUTHORITY)],
        foot=foot,
        points=9,
        sample=sample,
    )


def list_about(kind: RegistrationKind, unit: FormUnit, count: int, say: Say) -> list[str]:
    return [
        joined(
            f"{say(N_('Use unit (form)'))}：{unit.name or BLANK}",
            f"{say(N_('Registered for'))}：{say(kind.label)}",
            f"{say(N_('Number of cylinders'))}：{count}",
        )
    ]


def end_about(kind: EndKind, unit: FormUnit, count: int, say: Say) -> list[str]:
    """What stands above the rows: what they are reported as, whose they are, who answers for them."""
    return [
        joined(
            f"{say(N_('Reported as'))}：{boxes(EndKind, kind, say)}",
            f"{say(N_('Number of pieces'))}：{count}",
        ),
        joined(
            f"{say(N_('Use unit (form)'))}：{unit.name or BLANK}",
            f"{say(N_('Address of the use unit'))}：{unit.address or BLANK}",
        ),
        joined(
            f"{say(N_('Safety manager'))}：{unit.manager or BLANK}",
            f"{say(N_('Mobile of the safety manager'))}：{unit.manager_phone or BLANK}",
            f"{say(N_('Owner of the pieces'))}：{unit.owner or BLANK}",
            f"{say(N_('Telephone of the owner'))}：{unit.owner_phone or BLANK}",
        ),
    ]


def sheet_table(
    title: str,
    columns: Sequence[tuple[str, float, int, Align, str]],
    rows: Sequence[Sequence[object]],
    head: Sequence[str],
    foot: str,
    say: Say,
) -> Table:
    """The same rows as a sheet of a workbook, numbers and days as such."""
    return Table(
        title,
        [TableColumn(say(name), chars, kind) for name, _mm, chars, _align, kind in columns],
        rows,
        head=[title, *head],
        notes=[foot] if foot else [],
    )
