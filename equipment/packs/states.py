"""What a pack is about, and how far it is. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class PackKind(Labelled):
    PIECE = "piece", N_("Piece of equipment"), "blue"
    FILL = "fill", N_("Fill"), "blue"
    VISIT = "visit", N_("Maintenance visit"), "blue"
    HAZARD = "hazard", N_("Hazard"), "amber"
    DUE_LIST = "due_list", N_("Due-list"), "grey"


class PackState(Labelled):
    WAITING = "waiting", N_("Waiting for the seal"), "amber"
    SEALED = "sealed", N_("Sealed"), "green"


PACK_CHANGES: dict[PackState, set[PackState]] = {
    PackState.WAITING: {PackState.SEALED},
    PackState.SEALED: set(),
}
