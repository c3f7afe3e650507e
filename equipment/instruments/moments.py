"""Verifications of the instruments that sit on a piece, in its life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time

from equipment.core.clock import SITE
from equipment.core.words import N_, Message
from equipment.instruments.models import Instrument, Verification
from equipment.instruments.rules import VerificationResult
from equipment.people.rules import Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.moments import Moment
from equipment.storage.db import session


def verified_of(viewer: Viewer, equipment: Equipment, limit: int | None) -> Iterator[Moment]:
    """Each verification that was not taken back."""
    rows = (
        visible(viewer, Verification)
        .join(Instrument, Instrument.id == Verification.instrument_id)
        .where(Instrument.equipment_id == equipment.id, Verification.voided_at.is_(None))
        .with_only_columns(Verification, Instrument)
        .order_by(Verification.verified_on.desc(), Verification.id.desc())
        .limit(limit)
    )
    for row, instrument in session.execute(rows):
        result = VerificationResult(row.result)
        lines: list[Message | str] = [f"{row.body} {row.number}"]
        if row.valid_until:
            lines.append(Message(N_("holds until %(day)s"), {"day": row.valid_until.isoformat()}))
        yield Moment(
            datetime.combine(row.verified_on, time(), tzinfo=SITE),
            Message(
                N_("Instrument %(name)s %(number)s verified"),
                {"name": instrument.name, "number": instrument.number},
            ),
            "scale",
            result.colour,
            result,
            lines,
            organisation_id=row.organisation_id,
            kind="instrument",
            url=f"/instruments/{instrument.id}",
        )
