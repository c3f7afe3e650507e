"""A check on site: what was seen at a row, once however often it is told, corrected by a later one; what was
not in order becomes a finding of the piece. One check may settle the row of another campaign too, if whoever
was there says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from equipment.campaigns.actions import chain_of, row_payload, wanted_row
from equipment.campaigns.models import Campaign, CampaignItem, CampaignPhoto, CampaignProblem, CampaignRow
from equipment.campaigns.queries import campaigns_with, items_of, row_of
from equipment.campaigns.rules import NOTE_LENGTH, TEXT_LENGTH, SiteCheckFacts, site_check_problems
from equipment.campaigns.states import CAMPAIGN_ROW_CHANGES, AbsentWhy, CampaignRowState, CampaignState
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.geo import UNREADABLE, GeoPosition, stored_degrees
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.hazards.findings import dismiss, find
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource, FindingState
from equipment.intake.actions import Receipts
from equipment.intake.rules import Arrival, arrival, content_of
from equipment.ledger import actions as ledger
from equipment.maintenance.queries import limits_of
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.queries import piece
from equipment.storage.db import Base, session

CHECKS = Receipts("campaign_check", "message_id")


class FailedItem(NamedTuple):
    """An item of the table that was not in order: what was seen, and whether it was put right at once."""

    item: int
    text: str = ""
    put_right: bool = False


class SiteCheck(NamedTuple):
    """What somebody saw at a row, as his phone or his desk has it; `also` are rows of other campaigns that
    this check settles too."""

    message_id: UUID
    outcome: CampaignRowState
    happened_at: datetime
    failed: Sequence[FailedItem] = ()
    why: AbsentWhy | None = None
    note: str = ""
    also: Sequence[UUID] = ()
    position: GeoPosition | None = None  # where the phone was, in WGS-84

    @property
    def content(self) -> str:
        """What makes two messages the same; where the phone was does not."""
        return content_of(
            outcome=self.outcome,
            happened_at=self.happened_at,
            failed=[[one.item, one.text, one.put_right] for one in self.failed],
            why=str(self.why or ""),
            note=self.note,
            also=[str(key) for key in self.also],
        )


class RecordedSiteCheck(NamedTuple):
    """The row after a check; whether it had come before, or a later one stands; how many rows of other
    campaigns it settled, and how many it was to settle and did not, because they were checked meanwhile."""

    row: CampaignRow
    is_again: bool = False
    is_older: bool = False
    also: int = 0
    also_left: int = 0


def record_check(row_id: UUID, check: SiteCheck, *, by: Viewer) -> RecordedSiteCheck:
    """What was seen stands on its row until a later check. The same message again is the row as it stands."""
    if not (by.oversees and may(by, Action.CHANGE, Thing.CAMPAIGN)):
        raise NotAllowed
    row_of(by, row_id)  # NotFound where it is not for this viewer
    row = wanted_row(row_id)
    message = CHECKS.received(check.content, sender=by.organisation_id, key=check.message_id, about=row.id)
    if message.answer is not None:
        also, left = (int(number) for number in message.answer.split("/"))
        return RecordedSiteCheck(row, is_again=True, also=also, also_left=left)
    campaign = campaigns_with([row.campaign_id])[row.campaign_id]
    arrived = _arrived(campaign, check)
    _may_be_checked(campaign, row, arrived)
    _check(campaign, check)
    receipt = message.keep("0/0")
    if row.happened_at is not None and arrived.at < row.happened_at:
        payload = row_payload(row, seen=check.outcome, note=check.note, at=arrived.at)
        _record(row, "campaign.checked_before", by, payload, row, receipt)
        return RecordedSiteCheck(row, is_older=True)
    _set(row, check, arrived, by)
    changed, gone = _problems(campaign, row, check, by)
    followers = _followers(row)
    chosen, left = _chosen(row, check, by)
    for other in (*followers, *chosen):
        _same(other, row)
    receipt.answer = f"{len(chosen)}/{left}"
    session.flush()
    payload = row_payload(row, note=row.note, problems=[one.item for one in check.failed])
    _record(row, "campaign.checked", by, payload, row, *changed, *followers, *chosen, receipt, gone=gone)
    return RecordedSiteCheck(row, also=len(chosen), also_left=left)


def _arrived(campaign: Campaign, check: SiteCheck) -> Arrival:
    limits = limits_of("elevator", clock.today()).clock
    assert campaign.issued_at is not None  # it has rows
    heard = campaign.issued_at - limits.drift
    return arrival(check.happened_at, clock.now(), limits, queued=None, last_contact=heard)


def _may_be_checked(campaign: Campaign, row: CampaignRow, arrived: Arrival) -> None:
    """What was seen before a campaign ended counts when it arrives later; what was seen after it does not."""
    if campaign.state is CampaignState.WITHDRAWN:
        raise Conflict({"outcome": N_("This campaign was withdrawn: what was seen is not taken.")})
    if campaign.state is CampaignState.ENDED:
        assert campaign.ended_at is not None  # CHECK ended_has_time
        if arrived.at > campaign.ended_at:
            raise Conflict({"outcome": N_("This campaign has ended: what was seen after it is not taken.")})
    if CampaignRowState.SOUND not in CAMPAIGN_ROW_CHANGES[row.state]:
        assert row.dropping is not None  # CHECK dropped_says_why
        why = {"why": row.dropping.label}
        raise Conflict({"outcome": Message(N_("This row has left the campaign: %(why)s"), why)})


def _check(campaign: Campaign, check: SiteCheck) -> None:
    facts = SiteCheckFacts(
        check.outcome, [one.item for one in check.failed], {item.no for item in items_of(campaign)}, check.why
    )
    if wrong := site_check_problems(facts):
        raise Invalid(wrong)


def _set(row: CampaignRow, check: SiteCheck, arrived: Arrival, by: Viewer) -> None:
    row.state, row.absent_why = check.outcome, check.why
    row.note = check.note.strip()[:NOTE_LENGTH]
    row.happened_at, row.received_at, row.doubted = arrived.at, arrived.received_at, arrived.doubted
    row.checked_by, row.same_as = by.user_id, None
    row.latitude = row.longitude = row.accuracy_m = None
    if check.position is not None and check.position.point != UNREADABLE:
        point = check.position.point
        row.latitude, row.longitude = stored_degrees(point.latitude), stored_degrees(point.longitude)
        row.accuracy_m = check.position.accuracy_m


def _problems(
    campaign: Campaign, row: CampaignRow, check: SiteCheck, by: Viewer
) -> tuple[list[Base], list[Base]]:
    """The problems of a row as this check has them, and those that a corrected check no longer has. What
    somebody has made a hazard of meanwhile cannot be unsaid here."""
    items = {item.no: item for item in items_of(campaign)}
    before = {problem.item_no: problem for problem in _problems_of(row)}
    found: list[Base] = []
    for one in check.failed:
        problem = before.get(one.item)
        text = _said(items[one.item], one)
        if problem is not None and (problem.text, problem.put_right) == (text, one.put_right):
            before.pop(one.item)
            continue
        if problem is not None and not _is_undecided(problem):
            before.pop(one.item)  # it goes on as what it has become
            continue
        if problem is not None:
            before.pop(one.item)
            _dismiss(problem, campaign, by)
        problem = problem or CampaignProblem(row_id=row.id, item_no=one.item, campaign_id=campaign.id)
        _fill_in(problem, row, items[one.item], text, one.put_right)
        problem.finding_id = _finding(row, problem, by)
        session.add(problem)
        found.append(problem)
    for problem in before.values():
        if not _is_undecided(problem):
            raise Conflict(
                {"failed": N_("A problem of this row has been confirmed meanwhile: it is closed there.")}
            )
        _dismiss(problem, campaign, by)
        session.delete(problem)
    return found, list(before.values())


def _problems_of(row: CampaignRow) -> Sequence[CampaignProblem]:
    rows = visible(SYSTEM, CampaignProblem).where(CampaignProblem.row_id == row.id)
    return session.scalars(rows.order_by(CampaignProblem.item_no)).all()


def _said(item: CampaignItem, one: FailedItem) -> str:
    """What the finding says: the item, and what was seen of it."""
    seen = one.text.strip()[:TEXT_LENGTH]
    return f"{item.text}：{seen}" if seen else f"{item.text}：不符合"


def _fill_in(
    problem: CampaignProblem, row: CampaignRow, item: CampaignItem, text: str, put_right: bool
) -> None:
    problem.area, problem.text, problem.put_right = row.area, text, put_right
    problem.rule, problem.rule_text, problem.is_key = item.rule, item.rule_text, item.is_key
    problem.equipment_id, problem.unit_id = row.equipment_id, row.unit_id


def _finding(row: CampaignRow, problem: CampaignProblem, by: Viewer) -> UUID | None:
    """A problem of a piece is a finding of it; of a unit it stands on the row and in its order."""
    if row.equipment_id is None:
        return None
    assert row.happened_at is not None  # just checked
    return find(
        piece(SYSTEM, row.equipment_id),
        source=FindingSource.CAMPAIGN,
        source_id=row.id,
        description=problem.text,
        by=by,
        found_on=clock.site_day(row.happened_at),
        put_right=problem.put_right,
    ).id


def _finding_of(problem: CampaignProblem) -> Finding | None:
    if problem.finding_id is None or problem.equipment_id is None:
        return None
    return session.get(Finding, (problem.equipment_id, problem.finding_id))


def _is_undecided(problem: CampaignProblem) -> bool:
    finding = _finding_of(problem)
    return finding is None or finding.state in (FindingState.OPEN, FindingState.PUT_RIGHT)


def _dismiss(problem: CampaignProblem, campaign: Campaign, by: Viewer) -> None:
    finding = _finding_of(problem)
    if finding is not None and finding.state is FindingState.OPEN:
        dismiss(finding, f"{campaign.number} 再次检查更正", by=by)


def _followers(row: CampaignRow) -> list[CampaignRow]:
    """Rows of other campaigns that an earlier check of this row settled: they follow the correction."""
    rows = visible(SYSTEM, CampaignRow).where(CampaignRow.same_as == row.id)
    return list(session.scalars(rows.order_by(CampaignRow.id)).all())


def _chosen(row: CampaignRow, check: SiteCheck, by: Viewer) -> tuple[list[CampaignRow], int]:
    """The rows that this check is to settle too and may; how many of them it may not any more."""
    wanted = visible(by, CampaignRow).where(CampaignRow.id.in_(check.also), CampaignRow.id != row.id)
    rows = session.scalars(wanted.order_by(CampaignRow.id)).all()
    campaigns: Mapping[UUID, Campaign] = campaigns_with([other.campaign_id for other in rows])
    settled = [
        other
        for other in rows
        if chain_of(other) == chain_of(row)
        and other.state is CampaignRowState.TO_CHECK
        and campaigns[other.campaign_id].state is CampaignState.RUNNING
    ]
    return settled, len(set(check.also)) - len(settled)


def _same(other: CampaignRow, row: CampaignRow) -> None:
    other.state, other.absent_why, other.note = row.state, row.absent_why, row.note
    other.happened_at, other.received_at, other.doubted = row.happened_at, row.received_at, row.doubted
    other.checked_by, other.same_as = row.checked_by, row.id
    other.latitude, other.longitude, other.accuracy_m = row.latitude, row.longitude, row.accuracy_m


def add_photo(row_id: UUID, item_no: int, photo: StoredDocument, *, by: Viewer) -> CampaignPhoto:
    """What was seen, as a picture. The same again is the one that is there."""
    if not (by.oversees and may(by, Action.CHANGE, Thing.CAMPAIGN)):
        raise NotAllowed
    row_of(by, row_id)
    row = wanted_row(row_id)
    there = session.get(CampaignPhoto, (row.id, photo.content.sha256))
    if there is not None:
        return there
    fresh = CampaignPhoto(
        row_id=row.id,
        sha256=photo.content.sha256,
        area=row.area,
        item_no=item_no,
        name=photo.name,
        media_type=photo.content.media_type,
        size=photo.content.size,
        user_id=by.user_id,
        at=clock.now(),
    )
    session.add(fresh)
    payload = row_payload(row, sha256=fresh.sha256, item=item_no)
    _record(row, "campaign.photo", by, payload, fresh, store.name(photo.content))
    return fresh


def _record(
    row: CampaignRow,
    verb: str,
    by: Viewer,
    payload: Mapping[str, object],
    *records: Base,
    gone: Sequence[Base] = (),
) -> None:
    ledger.record(session(), chain_of(row), verb, actor=by.actor, payload=payload, rows=records, gone=gone)
