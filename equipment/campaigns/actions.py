"""A campaign is written, its item table version by version, issued with its lists, ended or withdrawn; each
step one line of its chain, and one of the chain of every piece that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from equipment.campaigns.models import Campaign, CampaignItem, CampaignList, CampaignRow
from equipment.campaigns.queries import items_of, lists_of, next_number
from equipment.campaigns.rules import (
    COUNTY,
    REASON_LENGTH,
    CampaignScope,
    IssueFacts,
    ItemFacts,
    draft_problems,
    issue_problem,
    item_problems,
)
from equipment.campaigns.selecting import OfficeShare, ScopeSubject, shares
from equipment.campaigns.states import CAMPAIGN_CHANGES, CampaignRowState, CampaignState, RowDropping
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row as evidence_of
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.regulation.supervision_numbers import OTHER_RULE, broken_rules
from equipment.storage.db import Base, session

ONLY_COUNTY = N_("The city or a county office issues campaigns; a township office checks its list.")
FIXED = N_("The campaign is issued: its scope and its item table stay as they are.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignDraft:
    """What is written of a campaign before it is issued."""

    title: str
    from_on: date
    until_on: date
    document: str = ""
    task: str = ""
    scope: CampaignScope = field(default_factory=CampaignScope)
    share: int | None = None


def write(draft: CampaignDraft, *, by: Viewer) -> Campaign:
    """A new campaign of the viewer's office, as a draft."""
    _may_write(by)
    _check(draft, by)
    ledger.locked_heads(session.connection(), [ledger.subject_of("campaigns", by.area)])
    campaign = Campaign(
        id=new_id(),
        number=next_number(by.area, clock.today().year),
        area=by.area,
        state=CampaignState.DRAFT,
        created_at=clock.now(),
        created_by=by.user_id,
        version=0,
        statement="",
        withdrawn_reason="",
    )
    _set(campaign, draft)
    session.add(campaign)
    record_campaign(campaign, "campaign.written", by, title=campaign.title)
    return campaign


def rewrite(campaign: Campaign, draft: CampaignDraft, *, by: Viewer) -> None:
    """Change what is not issued yet."""
    _of_own_office(campaign, by)
    hold(campaign)
    if campaign.state is not CampaignState.DRAFT:
        raise Conflict({"": FIXED})
    _check(draft, by)
    _set(campaign, draft)
    record_campaign(campaign, "campaign.rewritten", by, title=campaign.title)


def _set(campaign: Campaign, draft: CampaignDraft) -> None:
    campaign.title, campaign.document = draft.title.strip(), draft.document.strip()
    campaign.task = draft.task.strip()
    campaign.from_on, campaign.until_on = draft.from_on, draft.until_on
    campaign.scope, campaign.share = draft.scope.stored(), draft.share


def _check(draft: CampaignDraft, by: Viewer) -> None:
    wrong = dict(draft_problems(draft.title, draft.from_on, draft.until_on, draft.share))
    if any(not area.startswith(by.area) for area in draft.scope.areas):
        raise Invalid(wrong | {"areas": N_("An area outside your own cannot be in it.")})
    if wrong:
        raise Invalid(wrong)


def set_items(campaign: Campaign, items: Sequence[ItemFacts], *, by: Viewer) -> None:
    """The next version of the item table; the one before stays on file. Once issued it is fixed."""
    _of_own_office(campaign, by)
    hold(campaign)
    if campaign.state is not CampaignState.DRAFT:
        raise Conflict({"": FIXED})
    offered = broken_rules(clock.today())
    problem = item_problems(items, offered, OTHER_RULE)
    if problem is not None:
        raise Invalid({"items": problem})
    campaign.version += 1
    rows = [
        CampaignItem(
            campaign_id=campaign.id,
            version=campaign.version,
            no=number,
            area=campaign.area,
            text=item.text.strip(),
            rule=item.rule,
            rule_text=_cited(item),
            is_key=item.is_key,
        )
        for number, item in enumerate(items, 1)
    ]
    session.add_all(rows)
    record_campaign(campaign, "campaign.items", by, rows, version=campaign.version, items=len(rows))


def _cited(item: ItemFacts) -> str:
    """The rule as papers cite it."""
    rule, text = broken_rules(clock.today()).get(item.rule), item.rule_text.strip()
    if rule is None or item.rule == OTHER_RULE:
        return text[:300]
    return (f"{rule.cited}：{rule.text.zh}" + (f"。{text}" if text else ""))[:300]


def issue(campaign: Campaign, *, by: Viewer) -> None:
    """下发: every office gets its list; what no office below covers falls to the county, or to who issues."""
    _of_own_office(campaign, by)
    hold(campaign)
    _may_become(campaign, CampaignState.RUNNING)
    offices = shares(campaign)
    problem = issue_problem(
        IssueFacts(
            campaign.from_on,
            campaign.until_on,
            clock.today(),
            len(items_of(campaign)),
            sum(len(share.in_scope) for share in offices),
            sum(len(share.drawn) for share in offices),
        )
    )
    if problem is not None:
        raise Invalid({"": problem})
    campaign.state = CampaignState.RUNNING
    campaign.issued_at, campaign.issued_by = clock.now(), by.user_id
    lists = [open_list(campaign, share.area, len(share.in_scope)) for share in offices]
    numbers = {"rows": sum(len(share.drawn) for share in offices), "lists": len(lists)}
    record_campaign(campaign, "campaign.issued", by, lists, **numbers)
    _add_drawn(campaign, lists, offices, by)


def _add_drawn(
    campaign: Campaign, lists: Sequence[CampaignList], offices: Sequence[OfficeShare], by: Viewer
) -> None:
    rows = [
        new_row(campaign, of_office, number, subject)
        for of_office, share in zip(lists, offices, strict=True)
        for number, subject in enumerate(share.drawn, 1)
    ]
    session.add_all(rows)
    record_rows(rows, "campaign.listed", by, campaign)


def open_list(campaign: Campaign, area: str, in_scope: int) -> CampaignList:
    fresh = CampaignList(
        id=new_id(),
        campaign_id=campaign.id,
        area=area,
        until_on=campaign.until_on,
        in_scope=in_scope,
        opened_at=clock.now(),
        ended_at=None,
    )
    session.add(fresh)
    return fresh


def new_row(
    campaign: Campaign,
    of_office: CampaignList,
    number: int,
    subject: ScopeSubject,
    joined_on: date | None = None,
) -> CampaignRow:
    return CampaignRow(
        id=new_id(),
        campaign_id=campaign.id,
        list_id=of_office.id,
        row_no=number,
        area=of_office.area,
        equipment_id=subject.equipment_id,
        unit_id=subject.unit_id,
        category=subject.category,
        place_area=subject.area,
        state=CampaignRowState.TO_CHECK,
        joined_on=joined_on,
    )


def end(campaign: Campaign, statement: str, *, by: Viewer) -> int:
    """结束: with what came of it in words. Rows that nobody checked say so; how many there are."""
    _of_own_office(campaign, by, Action.APPROVE)
    hold(campaign)
    _may_become(campaign, CampaignState.ENDED)
    if not statement.strip():
        raise Invalid({"statement": N_("A campaign ends with a statement: write what came of it.")})
    campaign.statement = statement.strip()
    lists = _close(campaign, CampaignState.ENDED, by)
    missed = _open_rows(campaign)
    for row in missed:
        row.state = CampaignRowState.MISSED
    record_campaign(campaign, "campaign.ended", by, lists, missed=len(missed), statement=campaign.statement)
    record_rows(missed, "campaign.row_missed", by, campaign)
    return len(missed)


def withdraw(campaign: Campaign, reason: str, *, by: Viewer) -> None:
    """What was checked stays on file; what was not is no longer asked for."""
    _of_own_office(campaign, by, Action.APPROVE)
    hold(campaign)
    _may_become(campaign, CampaignState.WITHDRAWN)
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    campaign.withdrawn_reason = reason.strip()[:REASON_LENGTH]
    lists = _close(campaign, CampaignState.WITHDRAWN, by)
    left = _open_rows(campaign)
    for row in left:
        row.state, row.dropping = CampaignRowState.DROPPED, RowDropping.WITHDRAWN
    record_campaign(campaign, "campaign.withdrawn", by, lists, reason=campaign.withdrawn_reason)
    record_rows(left, "campaign.row_dropped", by, campaign)


def _close(campaign: Campaign, to: CampaignState, by: Viewer) -> Sequence[CampaignList]:
    campaign.state, campaign.ended_at, campaign.ended_by = to, clock.now(), by.user_id
    lists = lists_of(SYSTEM, [campaign.id])
    for one in lists:
        one.ended_at = campaign.ended_at
    return lists


def _open_rows(campaign: Campaign) -> Sequence[CampaignRow]:
    rows = visible(SYSTEM, CampaignRow).where(
        CampaignRow.campaign_id == campaign.id, CampaignRow.state == CampaignRowState.TO_CHECK
    )
    return session.scalars(rows.order_by(CampaignRow.list_id, CampaignRow.row_no)).all()


def _may_write(by: Viewer) -> None:
    if not (by.oversees and may(by, Action.CREATE, Thing.CAMPAIGN)):
        raise NotAllowed
    if len(by.area) > COUNTY:
        raise NotAllowed(ONLY_COUNTY)


def _of_own_office(campaign: Campaign, by: Viewer, action: Action = Action.CREATE) -> None:
    """The office that writes a campaign, or one above it, takes it further."""
    _may_write(by)
    if not may(by, action, Thing.CAMPAIGN) or not campaign.area.startswith(by.area):
        raise NotAllowed(N_("The office that issues it decides on a campaign."))


def _may_become(campaign: Campaign, to: CampaignState) -> None:
    if to not in CAMPAIGN_CHANGES[campaign.state]:
        raise Conflict({"": N_("This step is not possible now: look at how the campaign stands.")})


def hold(campaign: Campaign) -> None:
    """In line with whoever else changes it: its chain before those of the pieces."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("campaign", campaign.id)])
    session.refresh(campaign)


def record_campaign(
    campaign: Campaign, verb: str, by: Viewer, beside: Iterable[Base] = (), **payload: object
) -> None:
    ledger.record(
        session(),
        ledger.subject_of("campaign", campaign.id),
        verb,
        actor=by.actor,
        payload={"campaign": campaign.id, "number": campaign.number, **payload},
        rows=[campaign, *beside],
    )


def chain_of(row: CampaignRow) -> str:
    """A row stands in the chain of its piece, or of its unit."""
    if row.equipment_id is not None:
        return ledger.subject_of("equipment", row.equipment_id)
    assert row.unit_id is not None  # CHECK about_something
    return ledger.subject_of("organisation", row.unit_id)


def record_rows(rows: Sequence[CampaignRow], verb: str, by: Viewer, campaign: Campaign) -> None:
    """One line for each row; any number of them."""
    session.flush()
    lines = [
        ledger.EventDraft(
            chain_of(row),
            verb,
            {"campaign": campaign.id, "number": campaign.number, "row": row.id, "state": row.state},
            [evidence_of(row)],
        )
        for row in rows
    ]
    ledger.append(session.connection(), lines, actor=by.actor)


def row_payload(row: CampaignRow, **more: object) -> Mapping[str, object]:
    return {"campaign": row.campaign_id, "row": row.id, "state": row.state, **more}


def wanted_row(row_id: UUID) -> CampaignRow:
    """The row as it stands behind the lock of its piece or unit."""
    rows = visible(SYSTEM, CampaignRow).where(CampaignRow.id == row_id)
    row = session.scalars(rows).one()
    session.flush()
    ledger.locked_heads(session.connection(), [chain_of(row)])
    session.refresh(row)
    return row
