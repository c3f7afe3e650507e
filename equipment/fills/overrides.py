"""人工放行: two people set a refusal aside for one fill. It ships switched off; the bureau may open it, and then
only for the few reasons that the pack marks (R05, R06). Each is an event and a row that the bureau reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import Select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.verdict import Effect, Reason, Verdict
from equipment.core.words import N_, Message
from equipment.fills.actions import move, note
from equipment.fills.hindsight import verdict_on
from equipment.fills.models import Fill, FillOverride
from equipment.fills.states import FillState
from equipment.fills.station import pack_of
from equipment.people.rules import Viewer
from equipment.people.scope import list_conditions, visible
from equipment.regulation.fill_checks import override_allowed
from equipment.storage.db import session

REASON_LENGTH = 200


def open_codes() -> list[str]:
    """The reasons that two people may set aside today; none while the bureau has not opened it."""
    pack = pack_of(clock.today())
    return sorted(
        code for code in pack.refusals if code.startswith("R") and override_allowed(pack.rules, code, pack.on)
    )


def override(fill: Fill, reason: str, *, second: UUID, by: Viewer) -> Fill:
    """The bottle goes on to be filled although it was refused, by the word of two people. The same again
    changes nothing; any other reason against it stands."""
    if session.get(FillOverride, (fill.equipment_id, fill.scan_id)) is not None:
        return fill
    if by.user_id is None or second == by.user_id:
        raise Invalid({"second": N_("The second person must be somebody else.")})
    if fill.organisation_id != by.organisation_id:
        raise NotAllowed
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    if fill.state != FillState.REFUSED or fill.result_at is not None or fill.superseded or fill.treatment:
        raise Conflict({"state": N_("Only a refused bottle that nothing was done with is let through.")})
    before = Verdict.from_json(fill.verdict)
    against = before.asked_again(verdict_on(fill, by=by)).refusals
    allowed = set(open_codes())
    if closed := sorted({one.code for one in against} - allowed):
        text = N_("Nobody may set aside: %(codes)s")
        raise Invalid({"codes": Message(text, {"codes": ", ".join(closed)})})
    aside = tuple(
        Reason(one.code, Effect.WARN, one.citation, {**one.params, "overridden": True}) for one in against
    )
    codes = [one.code for one in aside]
    others = tuple(one for one in before.reasons if one.code not in codes)
    fill.verdict, fill.allowed, fill.closed_at = Verdict((*others, *aside)).as_json(), True, None
    move(fill, FillState.OPEN)
    row = FillOverride(
        equipment_id=fill.equipment_id,
        scan_id=fill.scan_id,
        organisation_id=fill.organisation_id,
        area=fill.area,
        category=fill.category,
        codes=codes,
        reason=reason.strip()[:REASON_LENGTH],
        user_id=by.user_id,
        second_id=second,
        at=clock.now(),
    )
    session.add(row)
    note(fill, "fill.overridden", by, {"codes": row.codes, "reason": row.reason, "second": second}, row)
    return fill


def overrides(viewer: Viewer, filters: Mapping[str, str] = MappingProxyType({})) -> Select[FillOverride]:
    """The overrides behind the filters of their list."""
    conditions = list_conditions(FillOverride.organisation_id, FillOverride.area, FillOverride.at, filters)
    return visible(viewer, FillOverride).where(*conditions)
