"""States of equipment and labels, and their allowed changes (docs/states.md). Pure."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.words import N_, Labelled, Message


class EquipmentStatus(Labelled):
    """特种设备状态; only IN_USE counts in a rate's denominator."""

    NOT_YET = "not_yet", N_("Not yet in use"), "grey"
    IN_USE = "in_use", N_("In use"), "green"
    STOPPED = "stopped", N_("Out of use"), "amber"
    LOCKED = "locked", N_("Locked"), "red"
    SCRAPPED = "scrapped", N_("Scrapped"), "red"
    CANCELLED = "cancelled", N_("Deregistered"), "grey"
    MOVED_OUT = "moved_out", N_("Moved out"), "grey"


LIST_MARK = "、"  # between what is in doubt of a piece: the headings of the cells that could not be read
E = EquipmentStatus
EQUIPMENT_CHANGES: dict[EquipmentStatus, set[EquipmentStatus]] = {
    E.NOT_YET: {E.IN_USE, E.LOCKED, E.SCRAPPED, E.CANCELLED},
    E.IN_USE: {E.STOPPED, E.LOCKED, E.SCRAPPED, E.CANCELLED, E.MOVED_OUT},
    E.STOPPED: {E.IN_USE, E.LOCKED, E.SCRAPPED, E.CANCELLED, E.MOVED_OUT},
    E.LOCKED: {E.IN_USE, E.STOPPED, E.SCRAPPED},
    E.MOVED_OUT: {E.IN_USE},
    E.SCRAPPED: {E.CANCELLED},
    E.CANCELLED: set(),
}


class LabelStatus(Labelled):
    ISSUED = "issued", N_("Issued, blank"), "grey"
    BOUND = "bound", N_("Bound"), "green"
    LOST = "lost", N_("Lost"), "amber"
    DAMAGED = "damaged", N_("Damaged"), "amber"
    REPLACED = "replaced", N_("Replaced"), "grey"
    VOID = "void", N_("Void"), "red"


L = LabelStatus
LABEL_CHANGES: dict[LabelStatus, set[LabelStatus]] = {
    L.ISSUED: {L.BOUND, L.VOID},
    L.BOUND: {L.LOST, L.DAMAGED, L.REPLACED, L.VOID},
    L.LOST: {L.REPLACED, L.BOUND, L.VOID},
    L.DAMAGED: {L.REPLACED, L.VOID},
    L.REPLACED: {L.VOID},
    L.VOID: set(),
}


class LabelStepKind(Labelled):
    """标签流水: what became of a label after it was issued."""

    BOUND = "bound", N_("Bound to a piece"), "green"
    LOST = "lost", N_("Fallen off or lost"), "amber"
    DAMAGED = "damaged", N_("Damaged"), "amber"
    BACK = "back", N_("Found again"), "green"
    REPLACED = "replaced", N_("Replaced"), "grey"
    VOID = "void", N_("Made void"), "red"
    MOVED = "moved", N_("Changed hands with its piece"), "blue"


# What a change of a label's status is called among its steps.
STEP_OF: dict[LabelStatus, LabelStepKind] = {
    L.BOUND: LabelStepKind.BOUND,
    L.LOST: LabelStepKind.LOST,
    L.DAMAGED: LabelStepKind.DAMAGED,
    L.REPLACED: LabelStepKind.REPLACED,
    L.VOID: LabelStepKind.VOID,
}
OFF = (LabelStepKind.LOST, LabelStepKind.DAMAGED)  # what a loss rate counts


class PrintState(Labelled):
    """打印状态 of a label that was issued in a batch: whether it exists on paper or steel."""

    TO_PRINT = "to_print", N_("To print"), "grey"
    DRAWN = "drawn", N_("In a file, not confirmed"), "amber"
    PRINTED = "printed", N_("Printed, confirmed"), "green"
    SPOILT = "spoilt", N_("Spoilt"), "red"


# The same code is printed again only after somebody said that no readable copy exists: two of them could end
# on two bottles. What may exist is spoilt: void, and a fresh code takes its number.
PRINT_CHANGES: dict[PrintState, set[PrintState]] = {
    PrintState.TO_PRINT: {PrintState.DRAWN},
    PrintState.DRAWN: {PrintState.PRINTED, PrintState.SPOILT, PrintState.TO_PRINT},
    PrintState.PRINTED: {PrintState.SPOILT, PrintState.TO_PRINT},
    PrintState.SPOILT: set(),
}


class IdentifierKind(Labelled):
    """标识: any number a piece is known by, besides our label (docs/facts/cylinders.md)."""

    EQUIPMENT_CODE = "equipment_code", N_("Equipment code"), "grey"
    CERTIFICATE_NO = "certificate_no", N_("Use registration certificate number"), "grey"
    REGISTRATION_CODE = "registration_code", N_("Registration code"), "grey"
    CYLINDER_CODE = "cylinder_code", N_("Cylinder registration code"), "grey"
    UNIQUE_NO = "unique_no", N_("Manufacturing unique number"), "grey"
    PREPAY_CODE = "prepay_code", N_("Owner and tag number"), "grey"
    OWN_NUMBER = "own_number", N_("Unit's own number"), "grey"
    SERIAL = "serial", N_("Stamped serial number"), "grey"
    MAKER_QR = "maker_qr", N_("Maker's code"), "grey"
    RFID = "rfid", N_("RFID or NFC number"), "grey"
    PLATFORM_NO = "platform_no", N_("Number of an older platform"), "grey"
    PLATE_QR = "plate_qr", N_("Number or code of its plate"), "grey"


# What a scanner reads in place of a label of ours.
FOREIGN_CODES = (
    IdentifierKind.MAKER_QR,
    IdentifierKind.RFID,
    IdentifierKind.PLATFORM_NO,
    IdentifierKind.UNIQUE_NO,
    IdentifierKind.PREPAY_CODE,
)


class CoordinatesState(Labelled):
    PROPOSED = "proposed", N_("Proposed"), "amber"
    IN_FORCE = "in_force", N_("In force"), "green"
    SUPERSEDED = "superseded", N_("Superseded"), "grey"
    DECLINED = "declined", N_("Declined"), "grey"


COORDINATES_CHANGES: dict[CoordinatesState, set[CoordinatesState]] = {
    CoordinatesState.PROPOSED: {CoordinatesState.IN_FORCE, CoordinatesState.DECLINED},
    CoordinatesState.IN_FORCE: {CoordinatesState.SUPERSEDED},
    CoordinatesState.SUPERSEDED: set(),
    CoordinatesState.DECLINED: set(),
}


class CoordinatesSource(Labelled):
    """Where a position comes from."""

    IMPORT = "import", N_("Import"), "blue"
    OFFICE = "office", N_("Entered in the office"), "blue"
    SITE = "site", N_("A phone at the lift"), "blue"
    READER = "reader", N_("Middle of reader swipes"), "blue"


class PlateState(Labelled):
    """What became of the proposal that a plate is that of a lift."""

    PROPOSED = "proposed", N_("Proposed"), "amber"
    ACCEPTED = "accepted", N_("Adopted"), "green"
    DECLINED = "declined", N_("Declined"), "grey"


PLATE_CHANGES: dict[PlateState, set[PlateState]] = {
    PlateState.PROPOSED: {PlateState.ACCEPTED, PlateState.DECLINED},
    PlateState.ACCEPTED: set(),
    PlateState.DECLINED: set(),
}


class PlateWriting(Labelled):
    """How what stands on a plate is written: what its parse found (codes.py)."""

    ADDRESS = "address", N_("Web address"), "blue"
    LISTED = "listed", N_("Text with several values"), "blue"
    DIGITS = "digits", N_("Number"), "blue"
    PLAIN = "plain", N_("Text"), "blue"


class FurtherPlate(Labelled):
    """What a second code at a lift is, whose plate is on file."""

    SAME = "same", N_("Another number of the same plate"), "grey"
    INSTEAD = "instead", N_("A new plate in place of the one on file"), "amber"


class PlateLossKind(Labelled):
    """What became of a plate that was at the lift before our time."""

    LOST = "lost", N_("Fallen off or lost"), "amber"
    UNREADABLE = "unreadable", N_("Cannot be read"), "amber"


class PlateCondition(Labelled):
    """标牌状况 of a lift: what a phone reads there. Only the first two count as a plate."""

    FOREIGN = "foreign", N_("Existing plate, readable"), "green"
    OURS = "ours", N_("Our plate"), "green"
    NONE = "none", N_("No plate"), "red"
    UNREADABLE = "unreadable", N_("Plate cannot be read"), "amber"
    LOST = "lost", N_("Plate lost"), "amber"


READABLE = (PlateCondition.FOREIGN, PlateCondition.OURS)


class Outcome(Labelled):
    """What a scanned or typed text turned out to stand for."""

    FOUND = "found", N_("Found"), "green"
    BLANK = "blank", N_("Blank label"), "blue"
    VOID = "void", N_("Void label"), "red"
    ENDED = "ended", N_("Label of a scrapped piece"), "red"  # as a fill is judged; else it is a void one
    AMBIGUOUS = "ambiguous", N_("Several pieces carry this number"), "amber"
    UNKNOWN = "unknown", N_("Unknown code"), "grey"
    FORGED = "forged", N_("Not a genuine label"), "red"
    MISTYPED = "mistyped", N_("Misread or mistyped code"), "amber"


K = IdentifierKind
# A number that only one piece can carry: the second one is refused. A certificate is one of them unless the
# category shares it.
ALONE = frozenset(
    {
        K.EQUIPMENT_CODE,
        K.REGISTRATION_CODE,
        K.CYLINDER_CODE,
        K.UNIQUE_NO,
        K.PREPAY_CODE,
        K.MAKER_QR,
        K.RFID,
        K.PLATFORM_NO,
        K.PLATE_QR,
    }
)
# The plate that a lift carries already (应急处置牌, the maker's or a platform's), by its chip or its code.
PLATES = (K.RFID, K.PLATE_QR)
# What a phone meets at a lift, besides our labels.
SCANNED = (K.PLATE_QR, K.MAKER_QR, K.RFID)
# What is read off the piece itself by a phone, so that knowing it proves something (disclosure.py).
HIDDEN_KINDS = (*PLATES, K.MAKER_QR, K.PLATFORM_NO)


def status_problem(old: EquipmentStatus, new: EquipmentStatus, reason: str) -> Message | None:
    """Why a piece may not go from one status to the other; None when it may."""
    if new not in EQUIPMENT_CHANGES[old]:
        return Message(
            N_("A piece that is “%(old)s” cannot become “%(new)s”."), {"old": old.label, "new": new.label}
        )
    if new != EquipmentStatus.IN_USE and not reason.strip():
        return Message(N_("Say why."))
    return None


def label_problem(old: LabelStatus, new: LabelStatus) -> Message | None:
    if new in LABEL_CHANGES[old]:
        return None
    return Message(
        N_("A label that is “%(old)s” cannot become “%(new)s”."), {"old": old.label, "new": new.label}
    )


def changed_fields(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, list[object]]:
    """What differs: field -> [before, after]."""
    return {name: [old.get(name), value] for name, value in new.items() if old.get(name) != value}


# What people call the columns that every category has.
FIELD_LABELS: Mapping[str, str] = {
    "serial": N_("Serial number"),
    "own_number": N_("Unit's own number"),
    "name": N_("Name"),
    "maker": N_("Maker"),
    "area": N_("Area"),
    "address": N_("Address"),
    "position": N_("Place of use"),
    "made_on": N_("Made on"),
    "registered_on": N_("Registered on"),
    "in_use_since": N_("In use since"),
    "base_on": N_("Inspection cycle counts from"),
    "last_inspected_on": N_("Last inspected on (papers)"),
    "next_inspection_on": N_("Next inspection on (papers)"),
    "owner_id": N_("Owner"),
    "use_unit_id": N_("Use unit"),
    "maintenance_firm_id": N_("Maintenance firm"),
    "inspection_body_id": N_("Inspection body"),
}
