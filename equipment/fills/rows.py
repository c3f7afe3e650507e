"""The rows a scan leaves behind, as plain mappings: what the hot path inserts and the ledger digests."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from equipment.fills.judging import Asked, Judged
from equipment.fills.pieces import Piece, highest_gross, in_scope, shown, without_private
from equipment.fills.states import FillState
from equipment.fills.station import sheet_of

NOTHING_YET: dict[str, Any] = {
    "post_checks": {}, "empty_g": None, "gross_g": None, "net_g": None, "pressure_kpa": None, "temperature_dc": None, "result_at": None,
    "late_entry": False, "supersedes_id": None, "superseded": False, "correction_reason": "", "approved_by": None, "treatment": "",
}


def fill_row(asked: Asked, piece: Piece, judged: Judged) -> dict[str, Any]:
    """A fill as it begins: open, or refused and therewith closed. The first scan's id is the fill's, so that a device knows it too."""
    tare = judged.details.tare_g if judged.details else None
    allowed, pack = judged.verdict.allowed, sheet_of(asked.days[-1]).rules
    return NOTHING_YET | {
        "equipment_id": piece.id, "id": asked.scan_id, "scan_id": asked.scan_id, "organisation_id": asked.organisation_id,
        "device_id": asked.device_id, "user_id": judged.user_id, "area": asked.station.area, "category": piece.category, "gas": asked.gas,
        "bay": asked.bay, "state": FillState.OPEN if allowed else FillState.REFUSED, "allowed": allowed,
        "verdict": judged.verdict.as_json(), "facts": judged.facts.as_json(), "checks": answered(asked.checks, asked.actor),
        "flags": list(asked.flags), "happened_at": asked.happened_at, "received_at": asked.received_at, "on": asked.on, "tare_g": tare,
        "max_gross_g": highest_gross(tare, judged.make.charge_g if judged.make else None),
        "closed_at": None if allowed else asked.received_at, "pack": pack.pack, "pack_digest": pack.digest,
    }


def answered(checks: Mapping[str, bool | str], actor: str) -> dict[str, Any]:
    """Every item with its answer and who gave it."""
    return {item: {"ok": answer is True, "by": actor} | ({"reason": answer} if isinstance(answer, str) else {}) for item, answer in checks.items()}


def given(checks: Mapping[str, Mapping[str, Any]]) -> dict[str, bool | str]:
    """The answers as they were told, of what `answered` keeps."""
    return {item: answer.get("reason", answer["ok"]) for item, answer in checks.items()}


def answer_of(asked: Asked, piece: Piece | None, judged: Judged, fill: Mapping[str, Any] | None) -> dict[str, Any]:
    """What is stored with the scan and told again at a replay: codes and parameters, no language."""
    mine = piece is not None and in_scope(piece, asked.organisation_id)
    reasons = judged.verdict.as_json()
    if not mine:
        reasons = [{**reason, "params": without_private(reason["params"])} for reason in reasons]
    told = {item: answer["ok"] for item, answer in (fill["checks"] if fill else answered(asked.checks, "")).items()}
    return {
        "fill_id": str(fill["id"]) if fill else None, "allowed": judged.verdict.allowed, "reasons": reasons,
        "items": [item.code for item in judged.make.pre] if judged.make else [], "given": told, "flags": list(asked.flags),
        "equipment": shown(piece, judged.details, judged.make, mine) if piece is not None else None,
    }


def scan_row(asked: Asked, equipment_id: UUID | None, fill_id: UUID | None, answer: Mapping[str, Any], user_id: UUID | None) -> dict[str, Any]:
    return {
        "id": asked.scan_id, "purpose": asked.purpose, "code": asked.code[:200], "equipment_id": equipment_id, "fill_id": fill_id,
        "organisation_id": asked.organisation_id, "device_id": asked.device_id, "user_id": user_id, "allowed": answer["allowed"],
        "happened_at": asked.happened_at, "received_at": asked.received_at, "on": asked.on, "drift_s": asked.drift_s,
        "content": asked.content, "answer": orjson.dumps(answer).decode(),
    }
