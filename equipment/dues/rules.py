"""States of what must happen next, of 报检 and of lists. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from equipment.core.words import N_, Labelled
from equipment.people.rules import Role, Viewer
from equipment.regulation.category import Category
from equipment.regulation.planning import Conclusion, DueKind


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
    RETURNED = "returned", N_("Returned"), "green"
    DROPPED = "dropped", N_("Dropped"), "grey"


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
    """判废 is a conclusion only of the periodic inspection of what has a design life."""
    scraps = DueKind.END_OF_LIFE in category.due_kinds and kind is DueKind.INSPECTION
    return (Conclusion.PASSED, Conclusion.FAILED, *((Conclusion.SCRAP,) if scraps else ()))


@dataclass(frozen=True, slots=True)
class ResponsibleParties:
    """Whose the duties of a piece are: its use unit (else its owner), its maintenance firm, its inspection
    body."""

    unit: UUID | None = None
    firm: UUID | None = None
    body: UUID | None = None

    def of(self, role: Role) -> UUID | None:
        """The organisation for which a person of this role acts on the piece."""
        return {Role.SAFETY_OFFICER: self.unit, Role.FIRM_MANAGER: self.firm, Role.INSPECTOR: self.body}.get(
            role
        )


# Who settles a duty by a result: the body inspects; a self-test is also the use unit's and the maintenance
# firm's (TSG T7008).
SETTLED_BY: Mapping[DueKind, frozenset[Role]] = {
    DueKind.INSPECTION: frozenset({Role.INSPECTOR}),
    DueKind.SELF_TEST: frozenset({Role.INSPECTOR, Role.FIRM_MANAGER, Role.SAFETY_OFFICER}),
}


def may_settle(viewer: Viewer, kind: DueKind, parties: ResponsibleParties) -> bool:
    """Whether the viewer records the results that settle duties of this kind: by his role, and only of his
    organisation's pieces."""
    roles = viewer.roles & SETTLED_BY.get(kind, frozenset())
    return viewer.organisation_id is not None and any(
        parties.of(role) == viewer.organisation_id for role in roles
    )
