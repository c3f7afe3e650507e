"""Filings are applied for, entered, approved, refused, withdrawn; remote checks are recorded. What follows
for a lift, the conditions decide (following.py)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.actions import done
from equipment.files.actions import About, StoredDocument, attach
from equipment.insurance.queries import LIFT
from equipment.ledger import actions as ledger
from equipment.on_demand.dues import RemoteCheckDue
from equipment.on_demand.following import follow
from equipment.on_demand.models import FilingLift, PilotFiling, RemoteCheck
from equipment.on_demand.queries import named_ids, named_pieces
from equipment.on_demand.rules import CheckResult, ContractKnown, FilingCover
from equipment.on_demand.states import FILING_CHANGES, FilingState
from equipment.people.models import Area, Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.duties import duty_key
from equipment.register.duty_rules import Audience, Duty, DutyKind, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.register.queries import pieces
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.elevator_numbers import on_demand_months, remote_check_days
from equipment.regulation.queries import rules
from equipment.storage.db import Base, session

MOST_LIFTS = 2000
MOST_YEARS = 5  # a longer filing is taken for a slip of the keyboard
COUNTY = 6  # digits of a county's area code


@dataclass(frozen=True, slots=True, kw_only=True)
class FilingDraft:
    """What is typed of a filing."""

    firm_id: UUID | None
    basis: OnDemandBasis
    months: int | None  # None: as many as the rule allows
    from_on: date
    until_on: date
    cover: FilingCover
    lifts: Collection[UUID] = ()
    unit_id: UUID | None = None
    area: str = ""
    contract: ContractKnown | None = None
    contract_number: str = ""
    contract_until: date | None = None
    items: str = ""
    cycle: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class Approval:
    """The document of the bureau that approves a filing."""

    number: str
    office: str
    document_on: date | None


def apply(draft: FilingDraft, *, by: Viewer) -> PilotFiling:
    """A firm applies for lifts that it maintains; the county or the city decides."""
    if by.organisation_kind != OrganisationKind.FIRM or by.organisation_id != draft.firm_id:
        raise NotAllowed(N_("The maintenance firm applies for its own lifts."))
    return _file(draft, by)


def enter(draft: FilingDraft, approval: Approval, *, by: Viewer) -> PilotFiling:
    """The bureau enters what its own document says: approved at once."""
    if not by.oversees:
        raise NotAllowed(N_("The bureau enters what its document says."))
    filing = _file(draft, by)
    return approve(filing, approval, by=by)


def approve(filing: PilotFiling, approval: Approval, *, by: Viewer) -> PilotFiling:
    """By the county or the city of all lifts it names, with the document; the lifts that meet the conditions
    are on demand at once."""
    _hold(filing)
    must_decide(filing, by)
    if filing.state is FilingState.APPROVED:
        return filing
    _must_become(filing, FilingState.APPROVED)
    wrong: dict[str, str] = {}
    if not approval.number.strip():
        wrong["number"] = N_("Give the number of the document.")
    if not approval.office.strip():
        wrong["office"] = N_("Say which office issued it.")
    if approval.document_on is None or approval.document_on > clock.today():
        wrong["document_on"] = N_("Give the day of the document; it cannot be ahead.")
    if wrong:
        raise Invalid(dict(wrong))
    filing.state = FilingState.APPROVED
    filing.number, filing.office = approval.number.strip()[:60], approval.office.strip()[:100]
    filing.document_on = approval.document_on
    filing.decided_by, filing.decided_at = by.user_id, clock.now()
    _record(filing, "filing.approved", by, number=filing.number)
    _tell(filing, N_("Your filing for maintenance on demand was approved"))
    _follow(filing, by)
    return filing


def refuse(filing: PilotFiling, reason: str, *, by: Viewer) -> PilotFiling:
    """Not approved, and why."""
    _hold(filing)
    must_decide(filing, by)
    if filing.state is FilingState.REFUSED:
        return filing
    _must_become(filing, FilingState.REFUSED)
    filing.reason = _reason(reason)
    filing.state = FilingState.REFUSED
    filing.decided_by, filing.decided_at = by.user_id, clock.now()
    _record(filing, "filing.refused", by, reason=filing.reason)
    _tell(filing, N_("Your filing for maintenance on demand was not approved"))
    return filing


def withdraw(filing: PilotFiling, reason: str, *, by: Viewer) -> PilotFiling:
    """By the firm or the bureau, from today on: the lifts fall back to the calendar."""
    _hold(filing)
    if by.organisation_id != filing.organisation_id:
        must_decide(filing, by)
    if filing.state is FilingState.WITHDRAWN:
        return filing
    _must_become(filing, FilingState.WITHDRAWN)
    concerned = named_ids(filing)
    filing.reason = _reason(reason)
    filing.state, filing.withdrawn_on = FilingState.WITHDRAWN, clock.today()
    filing.decided_by, filing.decided_at = by.user_id, clock.now()
    _record(filing, "filing.withdrawn", by, reason=filing.reason)
    follow(concerned, clock.today(), by=by)
    return filing


def may_decide(filing: PilotFiling, by: Viewer) -> bool:
    """The county office or the city, where all the lifts named are in its area."""
    if not by.oversees or Role.SUPERVISOR not in by.roles or len(by.area) > COUNTY:
        return False
    if filing.cover is FilingCover.AREA:
        return filing.area.startswith(by.area)
    named = session.scalars(named_pieces(SYSTEM, filing).with_only_columns(Equipment.area)).all()
    return all(area.startswith(by.area) for area in named)


def must_decide(filing: PilotFiling, by: Viewer) -> None:
    if not may_decide(filing, by):
        raise NotAllowed(N_("The county office or the city decides, for lifts of its own area alone."))


def record_check(
    piece: Equipment,
    on: date,
    result: CheckResult,
    note: str,
    photos: Sequence[StoredDocument] = (),
    *,
    by: Viewer,
) -> RemoteCheck:
    """Somebody of the firm looked at the lift from afar; with at least one photo, for that is what shows it.
    One of a day is enough."""
    if piece.category != LIFT or piece.maintenance_firm_id != by.organisation_id:
        raise NotFound
    today = clock.today()
    every = remote_check_days(rules(piece.category), today)
    earliest = today - timedelta(days=every.integer if every else 0)
    wrong: dict[str, Message | str] = {}
    if not earliest <= on <= today:
        wrong["on"] = Message(
            N_("A remote check is entered from %(first)s to today."), {"first": earliest.isoformat()}
        )
    if result is CheckResult.ABNORMAL and not note.strip():
        wrong["note"] = N_("Say what was wrong.")
    if not photos:
        wrong["photos"] = N_("Add a photo of what was seen: without one nobody can look again.")
    if wrong:
        raise Invalid(wrong)
    check = RemoteCheck(
        equipment_id=piece.id,
        id=new_id(),
        organisation_id=by.organisation_id,
        area=piece.area,
        category=piece.category,
        on=on,
        result=result,
        note=note.strip()[:500],
        user_id=by.user_id,
        at=clock.now(),
    )
    session.add(check)
    subject = ledger.subject_of("equipment", piece.id)
    stated = {"remote_check": check.id, "on": on, "result": str(result)}
    ledger.record(session(), subject, "remote_check.recorded", actor=by.actor, payload=stated, rows=[check])
    about = About(piece.id, piece.area, piece.category, "remote_check", check.id)
    for photo in photos:
        attach(about, photo, by=by)
    done(piece, RemoteCheckDue.REMOTE_CHECK, on=on, by=f"remote_check:{check.id}")
    follow([piece.id], today, by=by)
    return check


def _file(draft: FilingDraft, by: Viewer) -> PilotFiling:
    firm = _checked(draft, by)
    lifts = _listed(draft, firm, by)
    most = on_demand_months(rules(LIFT), draft.basis, draft.from_on)
    filing = PilotFiling(
        organisation_id=firm.id,
        id=new_id(),
        state=FilingState.APPLIED,
        from_on=draft.from_on,
        until_on=draft.until_on,
        basis=draft.basis,
        months=draft.months or (most.integer if most else 1),
        cover=draft.cover,
        unit_id=draft.unit_id if draft.cover is FilingCover.UNIT else None,
        area=draft.area if draft.cover is FilingCover.AREA else "",
        contract=draft.contract,
        contract_number=draft.contract_number.strip()[:60],
        contract_until=draft.contract_until,
        items=draft.items.strip()[:2000],
        cycle=draft.cycle.strip()[:300],
        target=draft.target.strip()[:300],
        entered_by=by.user_id,
        entered_at=clock.now(),
        number="",
        office="",
        reason="",
    )
    rows = [FilingLift(organisation_id=firm.id, filing_id=filing.id, equipment_id=lift.id) for lift in lifts]
    session.add_all([filing, *rows])
    _record(filing, "filing.entered", by, rows, lifts=len(rows))
    return filing


def _checked(draft: FilingDraft, by: Viewer) -> Organisation:
    """The firm, when what was typed can be a filing of its; Invalid with every field that cannot."""
    wrong: dict[str, Message | str] = {}
    firm = session.get(Organisation, draft.firm_id) if draft.firm_id else None
    if firm is None or firm.kind != OrganisationKind.FIRM:
        wrong["firm"] = N_("Choose a maintenance firm on file.")
    if draft.until_on < draft.from_on:
        wrong["until_on"] = N_("The last day lies before the first.")
    elif draft.until_on.year - draft.from_on.year > MOST_YEARS:
        wrong["until_on"] = Message(N_("More than %(years)s years: check the days."), {"years": MOST_YEARS})
    most = on_demand_months(rules(LIFT), draft.basis, draft.from_on)
    if most is None:
        wrong["from_on"] = N_("No rule on maintenance on demand was in force then.")
    elif draft.months is not None and not 1 <= draft.months <= most.integer:
        wrong["months"] = Message(
            N_("For this basis visits are at most %(most)s month(s) apart."), {"most": most.integer}
        )
    if draft.basis is OnDemandBasis.REMOTE_CHECK and draft.contract is not ContractKnown.FULL:
        wrong["contract"] = N_("Remote checks ask for an all-inclusive contract (全包维保).")
    if draft.cover is FilingCover.UNIT and draft.unit_id is None:
        wrong["unit"] = N_("Choose a use unit on file.")
    if draft.cover is FilingCover.AREA and not _is_area(draft.area, by):
        wrong["area"] = N_("Choose an area of yours.")
    if wrong:
        raise Invalid(wrong)
    assert firm is not None
    return firm


def _is_area(code: str, by: Viewer) -> bool:
    return session.get(Area, code) is not None and (not by.oversees or code.startswith(by.area))


def _listed(draft: FilingDraft, firm: Organisation, by: Viewer) -> Sequence[Equipment]:
    """The lifts on the list, each maintained by the firm and in the viewer's sight."""
    if draft.cover is not FilingCover.LISTED:
        return ()
    wanted = list(dict.fromkeys(draft.lifts))
    if not wanted:
        raise Invalid({"lifts": N_("Choose at least one lift.")})
    if len(wanted) > MOST_LIFTS:
        raise Invalid({"lifts": Message(N_("At most %(most)s lifts on one list."), {"most": MOST_LIFTS})})
    lifts = pieces(by, wanted)
    if len(lifts) < len(wanted):
        raise Invalid({"lifts": N_("One of these lifts is not on file for you.")})
    for lift in lifts:
        if lift.category != LIFT or lift.maintenance_firm_id != firm.id:
            text = N_("%(lift)s is not maintained by %(firm)s.")
            raise Invalid({"lifts": Message(text, {"lift": called(lift), "firm": firm.name})})
    return lifts


def _follow(filing: PilotFiling, by: Viewer) -> None:
    follow(named_ids(filing), clock.today(), by=by)


def _tell(filing: PilotFiling, text: str) -> None:
    """The firm hears of it in the minute."""
    assert filing.decided_at is not None
    day = clock.site_day(filing.decided_at)
    urgent(
        Duty(
            key=duty_key(f"filing_{filing.state}", filing, day),
            kind=DutyKind.VISIT,
            due_on=day,
            area=session.get_one(Organisation, filing.organisation_id).area,
            text=Message(text),
            link=f"/on-demand/filings/{filing.organisation_id}/{filing.id}",
            category=LIFT,
            organisation_id=filing.organisation_id,
            stages=at_once(Audience.RESPONSIBLE),
        )
    )


def _hold(filing: PilotFiling) -> None:
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("filing", filing.id)])
    session.refresh(filing)


def _must_become(filing: PilotFiling, to: FilingState) -> None:
    if to not in FILING_CHANGES[filing.state]:
        text = N_("This filing is “%(state)s” already.")
        raise Conflict({"": Message(text, {"state": filing.state.label})})


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return text.strip()[:300]


def _record(
    filing: PilotFiling, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object
) -> None:
    subject = ledger.subject_of("filing", filing.id)
    stated = {"filing": filing.id, **payload}
    ledger.record(session(), subject, verb, actor=by.actor, payload=stated, rows=[filing, *beside])
