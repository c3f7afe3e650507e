"""更正: what was entered wrong. Nothing is overwritten: a new row supersedes the old, both visible."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import inspect

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.fills.actions import note
from equipment.fills.models import Fill
from equipment.fills.reason_rules import failed_after
from equipment.fills.states import FillState, Treatment
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import Weights, over_limits
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger.actions import locked_heads, subject_of
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.storage.db import session

REASON_LENGTH = 300
CORRECTIONS = Receipts("fill_correction", "id")
CLOSED = (FillState.FILLED, FillState.OVERFILLED, FillState.FAILED)


def swap_weights(
    one: Fill, other: Fill, reason: str, *, by: Viewer, key: UUID | None = None
) -> tuple[Fill, Fill]:
    """Two bottles' weights were entered crosswise: both records are superseded as a pair, with reason and
    approver. The same correction again is the pair that is there."""
    if Role.STATION_OWNER not in by.roles:
        raise NotAllowed(N_("The station owner approves corrections."))
    if not reason.strip():
        raise Invalid({"reason": N_("Say why the weights are swapped.")})
    subjects = [subject_of("equipment", fill.equipment_id) for fill in (one, other)]
    locked_heads(session.connection(), subjects)
    content = content_of(fill=one.id, other=other.id, reason=reason.strip())
    message = CORRECTIONS.received(content, sender=by.organisation_id, key=key, about=one.id)
    if message.answer is not None:
        ids = [UUID(text) for text in message.answer.split()]
        return (
            session.get_one(Fill, (one.equipment_id, ids[0])),
            session.get_one(Fill, (other.equipment_id, ids[1])),
        )
    for fill in (one, other):
        session.refresh(fill)
        is_own = fill.organisation_id == by.organisation_id
        if fill.state not in CLOSED or fill.superseded or fill.gross_g is None or not is_own:
            raise Invalid({"": N_("Only two weighed fills of your own station can be swapped.")})
    if one.id == other.id:
        raise Invalid({"": N_("Choose two different fills.")})
    grosses = (other.gross_g, one.gross_g)
    first, second = (
        _superseding(fill, {"gross_g": gross}, reason, by)
        for fill, gross in zip((one, other), grosses, strict=True)
    )
    receipt = message.keep(f"{first.id} {second.id}")
    pairs = ((first, one), (second, other))
    for fill, old in sorted(pairs, key=lambda pair: str(pair[0].equipment_id)):
        piece = _weigh_again(fill)
        payload = {"supersedes": old.id, "pair": [first.id, second.id], "reason": reason}
        note(fill, "fill.corrected", by, payload, old, piece, receipt)
    return first, second


def correct_weight(
    fill: Fill, gross_g: int, reason: str, *, second: UUID, by: Viewer, key: UUID | None = None
) -> Fill:
    """One weight was mistyped: a new record supersedes the old one, with the reason and the second person who
    stands for it. The same correction again is the record that is there."""
    if fill.organisation_id != by.organisation_id or Role.STATION_OWNER not in by.roles:
        raise NotAllowed(N_("The station owner approves corrections."))
    if second == by.user_id:
        raise Invalid({"second": N_("The second person must be somebody else.")})
    locked_heads(session.connection(), [subject_of("equipment", fill.equipment_id)])
    content = content_of(fill=fill.id, gross_g=gross_g, reason=reason.strip(), second=second)
    message = CORRECTIONS.received(content, sender=by.organisation_id, key=key, about=fill.id)
    if message.answer is not None:
        return session.get_one(Fill, (fill.equipment_id, UUID(message.answer)))
    session.refresh(fill)
    if fill.state not in CLOSED or fill.superseded or fill.gross_g is None:
        raise Invalid({"": N_("Only a weighed fill is corrected, and only its newest version.")})
    corrected = _superseding(fill, {"gross_g": gross_g, "approved_by": second}, reason, by)
    receipt = message.keep(str(corrected.id))
    _weigh_again(corrected)
    payload = {"supersedes": fill.id, "reason": reason, "second": second}
    note(corrected, "fill.corrected", by, payload, fill, receipt)
    return corrected


def settle_wrong_file(fill: Fill, reason: str, *, by: Viewer) -> Fill:
    """信息有误: the office has put the cylinder's record right; the refusal stays, superseded, and the bottle may
    be scanned again."""
    if not may(by, Action.APPROVE, Thing.EQUIPMENT) and Role.INSPECTOR not in by.roles:
        raise NotAllowed(N_("The inspection body or the bureau decides about records."))
    if fill.treatment != Treatment.WRONG_FILE or fill.superseded:
        raise Invalid({"": N_("This bottle does not wait for its record.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Say what was put right.")})
    settled = _superseding(fill, {}, reason, by)
    note(settled, "fill.record_settled", by, {"supersedes": fill.id, "reason": reason}, fill)
    return settled


def _superseding(fill: Fill, changes: Mapping[str, object], reason: str, by: Viewer) -> Fill:
    """A copy of the record with the changes, standing for it from now on."""
    values = {column.key: getattr(fill, column.key) for column in inspect(Fill).column_attrs}
    fill.superseded = True
    correction = Fill(
        **values
        | {
            "id": new_id(),
            "supersedes_id": fill.id,
            "superseded": False,
            "correction_reason": reason.strip()[:REASON_LENGTH],
            "approved_by": by.user_id,
            "closed_at": fill.closed_at and clock.now(),
        }
        | dict(changes)
    )
    session.add(correction)
    return correction


def _weigh_again(fill: Fill) -> Equipment:
    """Net, state and block follow from the right weight; answers the piece that they stay with."""
    piece = session.get_one(Equipment, fill.equipment_id)
    build, _tare_g = pack_of(fill.on).build_of(piece.details)
    make = build.make if build else None
    weights = Weights(fill.tare_g, fill.gross_g, make.charge_g if make else None)
    if problem := weights.problem:
        raise Invalid({"": problem})
    fill.net_g = weights.net_g
    if fill.state == FillState.FAILED or make is None:
        return piece
    others = [reason for reason in fill.verdict if not reason["code"].startswith("Q")]
    over = failed_after(make.post, {}, over_limits(make, [weights]))
    fill.verdict = [*others, *(reason.as_json() for reason in over)]
    fill.state = FillState.OVERFILLED if over else FillState.FILLED
    # overfilled, it is not weighed again under a scan of its own: treated, it is checked anew
    fill.closed_at = fill.closed_at or clock.now()
    piece.treat_code = over[0].code if over else "" if piece.treat_code.startswith("Q") else piece.treat_code
    return piece
