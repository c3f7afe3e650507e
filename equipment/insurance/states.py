"""理赔: where a case told to the insurer stands, and what it may become. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class CaseState(Labelled):
    REPORTED = "reported", N_("Told to the insurer"), "amber"
    ACCEPTED = "accepted", N_("Taken on by the insurer"), "blue"
    DECLINED = "declined", N_("Not taken on by the insurer"), "red"
    PAID = "paid", N_("Compensation paid"), "green"


C = CaseState
CASE_CHANGES: dict[CaseState, set[CaseState]] = {
    C.REPORTED: {C.ACCEPTED, C.DECLINED},
    C.ACCEPTED: {C.PAID, C.DECLINED},
    C.DECLINED: {C.ACCEPTED},
    C.PAID: set(),
}
