"""What the record of a visit holds beside the visit itself (TSG T5002 Art. 7 and 8): the numbers of the
lift and
the firm, its people with their certificates and how each proved to be there, signatures, what became of its
abnormal items. The page and the paper say the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, or_, select

from equipment.contracts.queries import contracts_at
from equipment.core.months import add_months, month_end, month_start
from equipment.core.verdict import Citation
from equipment.files.models import Attachment
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingState
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Chain
from equipment.maintenance.listing import organisation_names
from equipment.maintenance.models import Swipe, Visit, VisitItem, VisitSignature
from equipment.maintenance.queries import names_of
from equipment.maintenance.states import VisitState
from equipment.people.models import Certificate
from equipment.people.queries import papers_of
from equipment.people.rules import SYSTEM, PaperKind, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import IdentifierKind
from equipment.regulation.elevator_numbers import technician_certificate, visit_records_kept
from equipment.regulation.queries import rules
from equipment.storage.db import session

UNLISTED = "A"  # lifts whose checklist the firm sets (防爆, 消防员) are traction lifts too
MOST_RECORDS = 150  # that are drawn together
NUMBERS = (IdentifierKind.EQUIPMENT_CODE, IdentifierKind.CERTIFICATE_NO)


class MonthOf(StrEnum):
    """Whose month of records is taken together."""

    LIFT = "lift"
    UNIT = "unit"


def month_visits(viewer: Viewer, of: MonthOf, key: UUID, month: date) -> Select[Visit]:
    """The records of a lift, or of all lifts of a use unit, whose day lies in the month; what was taken back
    before it ended is no record."""
    column = Visit.equipment_id if of is MonthOf.LIFT else Visit.use_unit_id
    return (
        visible(viewer, Visit)
        .where(
            column == key,
            Visit.on >= month_start(month),
            Visit.on <= month_end(month),
            Visit.state != VisitState.OPEN,
            Visit.number != "",
        )
        .order_by(Visit.equipment_id, Visit.opened_at, Visit.id)
    )


class RecordPerson(NamedTuple):
    """A technician of a visit: how he stands for it (`own` by his own sign-in, `card`, `denied`, `paper`),
    since
    when, and his certificate of that day."""

    name: str
    how: str
    since: datetime
    certificate: str


class RecordItem(NamedTuple):
    """An item that was not simply normal and became a finding, or was put right on the spot."""

    finding_id: UUID | None
    state: FindingState | None

    @property
    def number(self) -> str:
        """How people name the finding: the end of its id."""
        return str(self.finding_id)[-8:].upper() if self.finding_id else ""


@dataclass(frozen=True, slots=True)
class VisitRecordFacts:
    """One visit with everything that its record names."""

    visit: Visit
    lift: Equipment
    numbers: Mapping[IdentifierKind, str]
    firm: str
    licence: str
    unit: str
    contract: str
    people: Sequence[RecordPerson]
    signatures: Sequence[VisitSignature]
    items: Mapping[str, RecordItem]  # by code
    attachments: Sequence[Attachment]
    before: Visit | None  # the record that this one corrects
    after: Visit | None  # the one that corrects this
    voided_by: str
    reminded_by: str
    chain: tuple[int, str] = (0, "")  # how long the lift's chain is, and its last digest
    names: Mapping[UUID, str] = field(default_factory=dict)

    @property
    def retention(self) -> Citation:
        return visit_records_kept(rules(self.visit.category), self.visit.on).citation

    @property
    def kept_until(self) -> date:
        """The last day on which the record must still be there."""
        years = visit_records_kept(rules(self.visit.category), self.visit.on).integer
        return add_months(self.visit.on, 12 * years)


def crew_ways(visit: Visit) -> dict[str, str]:
    """How each technician stands for a visit, by his id."""
    if visit.reported_by:
        return dict.fromkeys(visit.technicians, "system")
    ways = dict.fromkeys(visit.technicians, "paper" if visit.late_entry else "card")
    if visit.late_entry:
        return ways
    ways |= dict.fromkeys((one for one in visit.denied if one in ways), "denied")
    return ways | dict.fromkeys((one for one in visit.confirmed if one in ways), "own")


def record_facts(visits: Sequence[Visit]) -> list[VisitRecordFacts]:
    """The facts of visits that the asker may see, in their order; as many statements for one as for many."""
    ids, lifts = {visit.id for visit in visits}, {visit.equipment_id for visit in visits}
    pieces = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(lifts)))
    piece = {row.id: row for row in pieces}
    numbers = _numbers(lifts)
    organisations = {key for visit in visits for key in (visit.organisation_id, visit.use_unit_id) if key}
    named = organisation_names(organisations)
    licences = papers_of({visit.organisation_id for visit in visits}, [PaperKind.MAINTENANCE_LICENCE])
    people = {UUID(person) for visit in visits for person in visit.technicians}
    names = names_of(
        {*people, *(key for visit in visits for key in (visit.voided_by, visit.reminded_by) if key)}
    )
    certificates, arrivals = _certificates(people), _arrivals(lifts, ids)
    signatures, items = _signatures(lifts, ids), _items(lifts, ids)
    attachments = _attachments(lifts, ids)
    before, after = _corrections(lifts, visits)
    chains = _chains(lifts)
    contracts = _contract_numbers(visits)
    return [
        VisitRecordFacts(
            visit=visit,
            lift=piece[visit.equipment_id],
            numbers=numbers.get(visit.equipment_id, {}),
            firm=named.get(visit.organisation_id, ""),
            licence=next(
                (
                    paper.number
                    for paper in sorted(licences, key=lambda paper: paper.valid_from, reverse=True)
                    if paper.organisation_id == visit.organisation_id
                    and paper.valid_from <= visit.on <= paper.valid_until
                ),
                "",
            ),
            unit=named.get(visit.use_unit_id, "") if visit.use_unit_id else "",
            contract=contracts.get(visit.id, ""),
            people=_crew(visit, names, certificates, arrivals),
            signatures=signatures.get(visit.id, ()),
            items=items.get(visit.id, {}),
            attachments=attachments.get(visit.id, ()),
            before=before.get(visit.supersedes_id) if visit.supersedes_id else None,
            after=after.get(visit.id),
            voided_by=names.get(visit.voided_by, "") if visit.voided_by else "",
            reminded_by=names.get(visit.reminded_by, "") if visit.reminded_by else "",
            chain=chains.get(visit.equipment_id, (0, "")),
            names=names,
        )
        for visit in visits
    ]


Certificates = Mapping[UUID, Sequence[Certificate]]
Arrivals = Mapping[tuple[UUID, UUID], datetime]


def _crew(
    visit: Visit, names: Mapping[UUID, str], certificates: Certificates, arrivals: Arrivals
) -> list[RecordPerson]:
    wanted = str(technician_certificate(rules(visit.category), visit.on).value)
    ways, crew = crew_ways(visit), []
    for rank, person in enumerate(map(UUID, visit.technicians)):
        number = next(
            (
                one.number
                for one in certificates.get(person, ())
                if one.code == wanted and one.valid_from <= visit.on <= one.valid_until
            ),
            "",
        )
        since = visit.opened_at if rank == 0 else arrivals.get((visit.id, person), visit.opened_at)
        crew.append(RecordPerson(names.get(person, ""), ways[str(person)], since, number))
    return crew


def _numbers(lifts: set[UUID]) -> dict[UUID, dict[IdentifierKind, str]]:
    rows = visible(SYSTEM, Identifier).where(
        Identifier.equipment_id.in_(lifts), Identifier.kind.in_(NUMBERS), Identifier.voided_at.is_(None)
    )
    numbers: dict[UUID, dict[IdentifierKind, str]] = defaultdict(dict)
    for row in session.scalars(rows.order_by(Identifier.issued_at)):
        numbers[row.equipment_id][IdentifierKind(row.kind)] = row.shown
    return numbers


def _contract_numbers(visits: Sequence[Visit]) -> dict[UUID, str]:
    """By visit, the number of its firm's contract on that day."""
    numbers: dict[UUID, str] = {}
    for on in {visit.on for visit in visits}:
        of_day = [visit for visit in visits if visit.on == on]
        contracts = contracts_at({visit.equipment_id for visit in of_day}, on)
        for visit in of_day:
            contract = contracts.get(visit.equipment_id)
            if contract is not None and contract.organisation_id == visit.organisation_id:
                numbers[visit.id] = contract.number
    return numbers


def _certificates(people: Iterable[UUID]) -> Certificates:
    held = defaultdict(list)
    for one in session.scalars(select(Certificate).where(Certificate.user_id.in_(set(people)))):
        held[one.user_id].append(one)
    return held


def _arrivals(lifts: set[UUID], ids: set[UUID]) -> Arrivals:
    """The first swipe of each person at each visit."""
    rows = (
        visible(SYSTEM, Swipe)
        .where(Swipe.equipment_id.in_(lifts), Swipe.visit_id.in_(ids), Swipe.user_id.is_not(None))
        .with_only_columns(Swipe.visit_id, Swipe.user_id, Swipe.happened_at)
        .order_by(Swipe.happened_at.desc())
    )
    return {(row.visit_id, row.user_id): row.happened_at for row in session.execute(rows)}


def _signatures(lifts: set[UUID], ids: set[UUID]) -> Mapping[UUID, Sequence[VisitSignature]]:
    rows = visible(SYSTEM, VisitSignature).where(
        VisitSignature.equipment_id.in_(lifts), VisitSignature.visit_id.in_(ids)
    )
    of_visit = defaultdict(list)
    for row in session.scalars(rows.order_by(VisitSignature.at)):
        of_visit[row.visit_id].append(row)
    return of_visit


def _items(lifts: set[UUID], ids: set[UUID]) -> Mapping[UUID, Mapping[str, RecordItem]]:
    of_visits = visible(SYSTEM, VisitItem).where(
        VisitItem.equipment_id.in_(lifts), VisitItem.visit_id.in_(ids)
    )
    rows = session.scalars(of_visits).all()
    decided = (
        visible(SYSTEM, Finding)
        .where(
            Finding.equipment_id.in_(lifts),
            Finding.id.in_({row.finding_id for row in rows if row.finding_id}),
        )
        .with_only_columns(Finding.id, Finding.state)
    )
    states = {row.id: row.state for row in session.execute(decided)}
    of_visit: dict[UUID, dict[str, RecordItem]] = defaultdict(dict)
    for row in rows:
        state = states.get(row.finding_id) if row.finding_id else None
        of_visit[row.visit_id][row.code] = RecordItem(row.finding_id, FindingState(state) if state else None)
    return of_visit


def _attachments(lifts: set[UUID], ids: set[UUID]) -> Mapping[UUID, Sequence[Attachment]]:
    rows = visible(SYSTEM, Attachment).where(
        Attachment.equipment_id.in_(lifts), Attachment.subject_kind == "visit", Attachment.subject_id.in_(ids)
    )
    of_visit = defaultdict(list)
    for row in session.scalars(rows.order_by(Attachment.at, Attachment.id)):
        of_visit[row.subject_id].append(row)
    return of_visit


def _corrections(lifts: set[UUID], visits: Sequence[Visit]) -> tuple[dict[UUID, Visit], dict[UUID, Visit]]:
    """(the records that these correct by their id, those that correct these by the id of what they
    correct)."""
    wanted = {visit.supersedes_id for visit in visits if visit.supersedes_id}
    wanted |= {visit.id for visit in visits if visit.superseded}
    if not wanted:
        return {}, {}
    around = visible(SYSTEM, Visit).where(
        Visit.equipment_id.in_(lifts), or_(Visit.id.in_(wanted), Visit.supersedes_id.in_(wanted))
    )
    rows = session.scalars(around).all()
    return {row.id: row for row in rows}, {row.supersedes_id: row for row in rows if row.supersedes_id}


def _chains(lifts: set[UUID]) -> dict[UUID, tuple[int, str]]:
    subjects = {subject_of("equipment", lift): lift for lift in lifts}
    rows = session.execute(
        select(Chain.subject, Chain.seq, Chain.digest).where(Chain.subject.in_(list(subjects)))
    )
    return {subjects[row.subject]: (row.seq, row.digest) for row in rows}
