"""Policies and cases in the life of a lift."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from equipment.core.clock import SITE
from equipment.core.words import N_, Message
from equipment.insurance.listing import state_of
from equipment.insurance.models import InsuranceCase
from equipment.insurance.queries import LIFT, policies_at
from equipment.insurance.rules import PolicyKind
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def policies_of(_viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each policy that covered it from a day on; whoever sees the lift sees by whom it is insured."""
    if equipment.category != LIFT:
        return
    newest = sorted(policies_at([equipment])[equipment.id], key=lambda at: at[1].from_on, reverse=True)
    for policy, terms in newest[:limit]:
        state = state_of(policy)
        yield Moment(
            datetime.combine(terms.from_on, time(), tzinfo=SITE),
            Message(N_("Insured: %(kind)s"), {"kind": PolicyKind(policy.kind).label}),
            "shield-check",
            state.colour,
            state,
            [
                policy.insurer,
                Message(
                    N_("Policy %(number)s, %(from)s to %(until)s"),
                    {
                        "number": policy.number,
                        "from": terms.from_on.isoformat(),
                        "until": terms.last_on.isoformat(),
                    },
                ),
            ],
            kind="insurance",
            url=f"/insurance/{policy.organisation_id}/{policy.id}",
        )


def cases_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """What was told to an insurer."""
    if equipment.category != LIFT:
        return
    rows = visible(viewer, InsuranceCase).where(InsuranceCase.equipment_id == equipment.id)
    for case in session.scalars(rows.order_by(InsuranceCase.reported_at.desc()).limit(limit)):
        yield Moment(
            case.reported_at,
            Message(N_("Told to the insurer: event of %(day)s"), {"day": case.on.isoformat()}),
            "shield-x",
            case.state.colour,
            case.state,
            [text for text in (case.event, case.reply) if text],
            organisation_id=case.organisation_id,
            kind="insurance",
            url=f"/insurance/cases/{equipment.id}/{case.id}",
        )
