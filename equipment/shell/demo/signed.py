"""How the visits of the demonstration are signed, and what use units say against some of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from equipment.core import clock
from equipment.maintenance.states import SignatureKind, VisitState
from equipment.shell.demo.writing import TableRow

OBJECT_DAYS, DECIDE_DAYS = 7, 15
DISPUTES = (
    "当日监控未见维保人员进入机房",
    "记录写明已清洁底坑，现场仍有积水和杂物",
    "轿厢照明报修后未处理，记录却为正常",
    "只来了一人，记录为两人",
)


def signed_columns(state: VisitState, signer: TableRow | None, at: datetime | None, turn: int) -> TableRow:
    """How a visit is signed: by the unit's own account, on site, or not at all."""
    if signer is None or at is None:
        return {"signer_name": "", "signature_kind": ""}
    if state not in (VisitState.ON_SITE, VisitState.UNOBJECTED):
        kind = {"signature_kind": str(SignatureKind.ACCOUNT), "signed_by": signer["id"]}
    else:
        kind = {
            "signature_kind": str(SignatureKind.PAPER if turn % 5 == 0 else SignatureKind.ON_SITE),
            "signer_id": signer["id"],
            "object_until": clock.site_day(at) + timedelta(days=OBJECT_DAYS),
        }
    return {**kind, "signer_name": signer["name"], "signed_at": at}


def dispute_columns(day: date, turn: int) -> TableRow:
    """Not thrown with the dice, so that the rest of the city stays as it was."""
    return {
        "disputed_from": str(VisitState.TO_SIGN),
        "decide_until": day + timedelta(days=DECIDE_DAYS),
        "dispute_reason": DISPUTES[turn % len(DISPUTES)],
    }
