"""The row of a fill as it begins."""

from __future__ import annotations

from equipment.core.verdict import Reason
from equipment.fills.checks import answer_marks
from equipment.fills.models import FillRow
from equipment.fills.scan import Cylinder, IncomingScan, ScanVerdict
from equipment.fills.states import FillState


def fill_row(scan: IncomingScan, cylinder: Cylinder, judged: ScanVerdict) -> FillRow:
    """A fill as it begins: open, or refused and therewith closed. The first scan's id is the fill's, so that
    a device knows it too."""
    allowed, pack = judged.verdict.allowed, scan.days[-1].pack.rules
    return {
        "equipment_id": cylinder.id,
        "id": scan.id,
        "scan_id": scan.id,
        "organisation_id": scan.organisation_id,
        "device_id": scan.by.device_id,
        "user_id": judged.user_id,
        "area": scan.days[-1].area,
        "category": cylinder.category,
        "gas": scan.gas,
        "bay": scan.bay,
        "state": FillState.OPEN if allowed else FillState.REFUSED,
        "allowed": allowed,
        "verdict": list(map(Reason.as_json, judged.verdict.reasons)),
        "facts": judged.facts.as_json(),
        "checks": answer_marks(scan.checks, scan.looker) if scan.checks else {},
        "post_checks": {},
        "flags": list(scan.arrived.flags),
        "happened_at": scan.happened_at,
        "received_at": scan.arrived.received_at,
        "on": scan.arrived.on,
        "tare_g": judged.tare_g,
        "max_gross_g": judged.max_gross_g,
        "empty_g": None,
        "gross_g": None,
        "net_g": None,
        "pressure_kpa": None,
        "temperature_dc": None,
        "result_at": None,
        "closed_at": None if allowed else scan.arrived.received_at,
        "late_entry": False,
        "supersedes_id": None,
        "superseded": False,
        "correction_reason": "",
        "approved_by": None,
        "treatment": "",
        "pack": pack.pack,
        "pack_digest": pack.digest,
        "filled_at": None,
        "treatment_remark": "",
        "treated_by": None,
        "treated_second": None,
        "instrument_id": None,
        "checked_by": (scan.checker or judged.user_id) if scan.checks else None,
        "rechecked_by": None,
        "manifold_id": scan.manifold_id,
        "started_at": None,
        "residual_g": None,
        "recheck_g": None,
        "recheck_instrument_id": None,
        "solvent_g": None,
        "steps": [],
        "resting_since": None,
        "bundle_id": None,
        "bundle_fill_id": None,
    }
