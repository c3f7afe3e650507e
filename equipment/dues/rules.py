"""States of what must happen next, of 报检 and of lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from equipment.core.words import N_, Labelled
from equipment.people.rules import Role, Viewer
from equipment.regulation.category import Category
from equipment.regulation.planning import INSPECTIONS, Conclusion, DueKind
from equipment.regulation.settling import DueParty, Proof


class DueState(Labelled):
    OPEN = "open", N_("Open"), "blue"
    DONE = "done", N_("Done"), "green"
    SUPERSEDED = "superseded", N_("Superseded"), "grey"


class ApplicationState(Labelled):
    """报检: asked for by the use unit, accepted and dated by the inspection body."""

    APPLIED = "applied", N_("Applied for inspection"), "blue"
    ACCEPTED = "accepted", N_("Accepted"), "green"
    WITHDRAWN = "withdrawn", N_("Withdrawn"), "grey"
    REFUSED = "refused", N_("Not accepted"), "red"
    DONE = "done", N_("Inspected"), "green"


APPLICATION_CHANGES: dict[ApplicationState, set[ApplicationState]] = {
    ApplicationState.APPLIED: {
        ApplicationState.ACCEPTED,
        ApplicationState.WITHDRAWN,
        ApplicationState.REFUSED,
        ApplicationState.DONE,
    },
    ApplicationState.ACCEPTED: {ApplicationState.WITHDRAWN, ApplicationState.DONE},
    ApplicationState.WITHDRAWN: set(),
    ApplicationState.REFUSED: set(),
    ApplicationState.DONE: set(),
}


class ListRowState(Labelled):
    OUTSTANDING = "outstanding", N_("Not returned"), "amber"
    NOT_DONE = "not_done", N_("Could not be done"), "amber"  # 未检成: a reason, and another day
    RETURNED = "returned", N_("Returned"), "green"
    DROPPED = "dropped", N_("Dropped"), "grey"


NOT_RETURNED = (ListRowState.OUTSTANDING, ListRowState.NOT_DONE)  # a result still brings it back


class NotDone(Labelled):
    """Why a row could not be done on its day."""

    NO_ACCESS = "no_access", N_("No access to the place")
    NOBODY_THERE = "nobody_there", N_("Nobody of the unit or firm was there")
    NOT_READY = "not_ready", N_("Not ready for inspection")
    OUT_OF_USE = "out_of_use", N_("Out of use")
    WEATHER = "weather", N_("Weather, power or traffic")
    OTHER = "other", N_("Another reason")


class PaperDueKind(Labelled):
    LICENCE = "licence", N_("Licence expires"), "blue"
    CERTIFICATE = "certificate", N_("Certificate expires"), "blue"
    INSTRUMENT = "instrument", N_("Verification of the instrument expires"), "blue"
    CARD = "card", N_("Card expires"), "grey"


class FactKind(Labelled):
    """What a plan must know beside done duties."""

    ALTERATION = "alteration", N_("Alteration"), "blue"
    MAJOR_REPAIR = "major_repair", N_("Major repair"), "blue"
    EXTENSION = "extension", N_("Approved delay"), "amber"
    BY_PAPER = "by_paper", N_("The day of the papers stands"), "blue"
    BY_RULE = "by_rule", N_("The day of the rule stands"), "blue"


DECISIONS = frozenset({FactKind.BY_PAPER, FactKind.BY_RULE})  # of an inspector, where paper and rule differ


def conclusions_for(category: Category, kind: DueKind = DueKind.INSPECTION) -> tuple[Conclusion, ...]:
    """What may come out of an inspection (检验) as its category has it; of anything else, passed or failed."""
    return category.conclusions if kind in INSPECTIONS else (Conclusion.PASSED, Conclusion.FAILED)


@dataclass(frozen=True, slots=True)
class ResponsibleParties:
    """Whose the duties of a piece are: its use unit (else its owner), its maintenance firm, its inspection
    body."""

    unit: UUID | None = None
    firm: UUID | None = None
    body: UUID | None = None

    def of(self, party: DueParty) -> UUID | None:
        return {DueParty.UNIT: self.unit, DueParty.FIRM: self.firm, DueParty.BODY: self.body}[party]


# Who of an organisation enters what settles a due.
ENTERED_BY: Mapping[DueParty, Role] = {
    DueParty.UNIT: Role.SAFETY_OFFICER,
    DueParty.FIRM: Role.FIRM_MANAGER,
    DueParty.BODY: Role.INSPECTOR,
}
# What runs out for organisations and people ends by its next edition, whatever it is.
PAPERS_SETTLED_BY: Mapping[PaperDueKind, Proof] = dict.fromkeys(PaperDueKind, Proof.PAPER)


def may_settle(viewer: Viewer, category: Category, kind: Labelled, parties: ResponsibleParties) -> bool:
    """Whether the viewer enters the records that settle duties of this kind: by his role, and only of his
    organisation's pieces."""
    settlement = category.settlements.get(DueKind(kind)) if kind in set(DueKind) else None
    return (
        viewer.organisation_id is not None
        and settlement is not None
        and settlement.proof.recorded
        and any(
            ENTERED_BY[party] in viewer.roles and parties.of(party) == viewer.organisation_id
            for party in settlement.by
        )
    )
