"""States of equipment and labels, and their allowed changes (docs/states.md). Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class EquipmentStatus(Labelled):
    """特种设备状态; only IN_USE counts in a rate's denominator."""

    NOT_YET = "not_yet", N_("Not yet in use"), "grey"
    IN_USE = "in_use", N_("In use"), "green"
    STOPPED = "stopped", N_("Out of use"), "amber"
    LOCKED = "locked", N_("Locked"), "red"
    SCRAPPED = "scrapped", N_("Scrapped"), "red"
    CANCELLED = "cancelled", N_("Deregistered"), "grey"
    MOVED_OUT = "moved_out", N_("Moved out"), "grey"


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


class IdentifierKind(Labelled):
    """标识: any number a piece is known by, besides our label (facts/cylinders.md 4.2-4.3)."""

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


class RowState(Labelled):
    """One row of an import."""

    WAITING = "waiting", N_("Waiting"), "grey"
    ADDED = "added", N_("Added"), "green"
    FLAGGED = "flagged", N_("Added, to be checked"), "amber"
    KNOWN = "known", N_("Already on file"), "grey"
    REFUSED = "refused", N_("Refused"), "red"
    UNDONE = "undone", N_("Undone"), "grey"
