"""Findings and hazards in the life of a piece."""

from __future__ import annotations

from collections.abc import Iterator

from equipment.core.words import N_, Message
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def findings_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Confirmed ones appear as the hazards they became."""
    findings = visible(viewer, Finding).where(
        Finding.equipment_id == equipment.id, Finding.state != FindingState.CONFIRMED
    )
    for finding in session.scalars(findings.order_by(Finding.received_at.desc()).limit(limit)):
        yield Moment(
            finding.received_at,
            Message(N_("Finding")),
            "flag",
            finding.state.colour,
            finding.state,
            [finding.description],
            f"user:{finding.user_id}",
            finding.organisation_id,
            "hazard",
            url=f"/hazards/findings/{equipment.id}/{finding.id}",
        )


def hazards_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    hazards = (
        visible(viewer, Hazard)
        .where(Hazard.equipment_id == equipment.id)
        .order_by(Hazard.confirmed_at.desc())
        .limit(limit)
    )
    for hazard in session.scalars(hazards):
        lines = [hazard.description, hazard.rectification, hazard.recheck]
        yield Moment(
            hazard.confirmed_at,
            Message(N_("Hazard, %(grade)s"), {"grade": hazard.grade.label}),
            "alert-triangle",
            hazard.state.colour,
            hazard.state,
            [text for text in lines if text],
            hazard.confirmed_by,
            hazard.organisation_id,
            "hazard",
            url=f"/hazards/{equipment.id}/{hazard.id}",
        )
