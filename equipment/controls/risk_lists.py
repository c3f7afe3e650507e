"""安全风险管控清单: a unit's list of a category, begun from the version before or the shipped proposal,
edited row by row, adopted as the next version, then unchanged."""

from __future__ import annotations

from equipment.controls.models import RiskList, RiskRow
from equipment.controls.posts import note, own_unit
from equipment.controls.queries import risk_lists, seat_of
from equipment.controls.states import RiskListState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, Action, Viewer
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.control_numbers import template_rows
from equipment.storage.db import session

MOST_ROWS = 120


def empty_row(code: str = "") -> RiskRow:
    """A row of which nothing is said yet."""
    return RiskRow(
        code=code,
        object="",
        unit="",
        source="",
        risk="",
        accident="",
        key=False,
        place="",
        forecast="",
        level="",
        factor="",
        emergency="",
        grade="",
        found_on="",
        measure_kind="",
        post="",
        measure="",
        check="",
        hazard="",
    )


def begin_list(category: str, *, by: Viewer) -> RiskList:
    """A draft of the next version. Where a draft is there already, that one."""
    unit = own_unit(by)
    if category not in {each.key for each in CATEGORIES}:
        raise Invalid({"category": N_("Choose one of the list.")})
    ledger.locked_heads(session.connection(), [ledger.subject_of("controls", unit.id)])
    versions = risk_lists(SYSTEM, unit.id, category)
    if versions and versions[0].state is RiskListState.DRAFT:
        return versions[0]
    draft = RiskList(
        organisation_id=unit.id,
        id=new_id(),
        area=seat_of(unit, category).area,
        category=category,
        version=versions[0].version + 1 if versions else 1,
        state=RiskListState.DRAFT,
        rows=list(versions[0].rows) if versions else proposed_rows(category),
        adopted_at=None,
        adopted_by=None,
    )
    session.add(draft)
    _note(draft, "risk_list.begun", by)
    return draft


def proposed_rows(category: str) -> list[RiskRow]:
    """The rows that this system proposes: not the wording of any text."""
    return [
        RiskRow(
            **{
                **empty_row(f"{number:03}"),
                "place": row.place,
                "risk": row.risk,
                "accident": row.accident,
                "factor": row.factor,
                "check": row.check,
                "measure": row.measure,
                "emergency": row.emergency,
                "key": row.is_key,
            }
        )
        for number, row in enumerate(template_rows(category, clock.today()), 1)
    ]


def put_risk_row(draft: RiskList, row: RiskRow, *, by: Viewer) -> RiskList:
    """A row of a draft, new or otherwise than before; without a code the next free one."""
    _hold_draft(draft, by)
    said = {"place": row["place"], "risk": row["risk"], "check": row["check"]}
    wrong: dict[str, str | Message] = {
        name: N_("This is needed.") for name, text in said.items() if not text.strip()
    }
    if wrong:
        raise Invalid(wrong)
    codes = [one["code"] for one in draft.rows]
    code = row["code"] if row["code"] in codes else _next_code(codes)
    fresh = RiskRow(**{**row, "code": code})
    rows = [fresh if one["code"] == code else one for one in draft.rows]
    rows = rows if code in codes else [*rows, fresh]
    if len(rows) > MOST_ROWS:
        raise Invalid({"": Message(N_("A list has at most %(most)d rows."), {"most": MOST_ROWS})})
    draft.rows = rows
    _note(draft, "risk_list.changed", by, changed=code)
    return draft


def take_risk_row_away(draft: RiskList, code: str, *, by: Viewer) -> None:
    """Leave a row out of a draft."""
    _hold_draft(draft, by)
    draft.rows = [one for one in draft.rows if one["code"] != code]
    _note(draft, "risk_list.changed", by, changed=code)


def adopt_list(draft: RiskList, *, by: Viewer) -> RiskList:
    """The unit adopts it: controls from now on are made by this version."""
    _hold_draft(draft, by, Action.APPROVE)
    if not draft.rows:
        raise Invalid({"": N_("The list has no rows yet.")})
    draft.state, draft.adopted_at, draft.adopted_by = RiskListState.ADOPTED, clock.now(), by.user_id
    draft.adopter = by.name[:60]
    _note(draft, "risk_list.adopted", by)
    return draft


def _next_code(codes: list[str]) -> str:
    return f"{max((int(code) for code in codes if code.isdecimal()), default=0) + 1:03}"


def _hold_draft(draft: RiskList, by: Viewer, action: Action = Action.CHANGE) -> None:
    if own_unit(by, action).id != draft.organisation_id:
        raise NotAllowed
    subject = ledger.subject_of("controls", draft.organisation_id)
    ledger.locked_heads(session.connection(), [subject])
    session.refresh(draft)
    if draft.state is not RiskListState.DRAFT:
        raise Conflict({"": N_("This version is adopted and never changes: begin the next one.")})


def _note(own: RiskList, verb: str, by: Viewer, **more: object) -> None:
    payload = {"list": own.id, "category": own.category, "version": own.version, "rows": len(own.rows)}
    note(own.organisation_id, verb, by, payload | more, own)
