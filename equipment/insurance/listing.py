"""How policies and uninsured lifts read in lists and exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.insurance.models import Policy
from equipment.insurance.queries import listed, uninsured
from equipment.insurance.rules import Cover, Payer, PolicyKind, PolicyState, policy_state, yuan
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.regulation.elevator_details import KINDS
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

POLICY_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Policy number"), 26),
    (N_("Insurer"), 28),
    (N_("Kind of insurance"), 26),
    (N_("Insured"), 30),
    (N_("Which lifts"), 20),
    (N_("Sum insured (yuan)"), 16),
    (N_("Paid by"), 14),
    (N_("First day"), 12),
    (N_("Last day of cover"), 12),
    (N_("Status"), 16),
)
MISSING_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Lift"), 24),
    (N_("Address"), 36),
    (N_("Kind of elevator"), 20),
    (N_("Area"), 16),
    (N_("Use unit"), 30),
    (N_("Maintenance firm"), 30),
)


KIND_WORDS = {kind.value: kind.label for kind in KINDS}


def state_of(policy: Policy) -> PolicyState:
    return policy_state(
        policy.terms(), clock.today(), superseded=policy.superseded, renewed=policy.renewed_by_id is not None
    )


def policy_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of policies with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    rows = in_parts(listed(viewer, filters, clock.today()), Policy.until_on, Policy.id)
    cells = (cell for part in rows for cell in _policy_rows(part, say))
    return Table(say(N_("Policies")), _columns(POLICY_COLUMNS, say), cells)


def _policy_rows(policies: Sequence[Policy], say: Say) -> list[list[object]]:
    names = names_of([policy.organisation_id for policy in policies])
    return [
        [
            policy.number,
            policy.insurer,
            say(PolicyKind(policy.kind).label),
            names.get(policy.organisation_id, ""),
            say(Cover(policy.cover).label),
            yuan(policy.sum_fen),
            say(Payer(policy.payer).label),
            policy.from_on,
            policy.until_on,
            say(state_of(policy).label),
        ]
        for policy in policies
    ]


def missing_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """Lifts in use without a policy in force, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    areas = {area.code: area.name for area in areas_below("")}
    rows = in_parts(uninsured(viewer, filters, clock.today()), Equipment.area, Equipment.id)
    cells = (cell for part in rows for cell in _missing_rows(part, areas, say))
    return Table(say(N_("Lifts without insurance")), _columns(MISSING_COLUMNS, say), cells)


def _missing_rows(lifts: Sequence[Equipment], areas: Mapping[str, str], say: Say) -> list[list[object]]:
    names = names_of([key for lift in lifts for key in (lift.use_unit_id, lift.maintenance_firm_id)])
    return [
        [
            say(called(lift)),
            " ".join(filter(None, (lift.address, lift.position))),
            say(KIND_WORDS.get(lift.catalogue_code, "")),
            areas.get(lift.area, lift.area),
            names.get(lift.use_unit_id, ""),
            names.get(lift.maintenance_firm_id, ""),
        ]
        for lift in lifts
    ]


def _columns(columns: Sequence[tuple[str, int]], say: Say) -> list[TableColumn]:
    return [TableColumn(say(name), width) for name, width in columns]
