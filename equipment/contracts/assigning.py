"""派工: which technicians and teams of a firm go to which lifts, and who stands in for whom. Everything is an
interval of days: what held before stays on file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, or_

from equipment.contracts.models import Assignment, StandIn, Team
from equipment.contracts.rules import TechnicianFacts, on_duty, technician_problem
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.ledger import actions as ledger
from equipment.ledger.evidence import row
from equipment.people.models import Certificate, User
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.elevator_numbers import technician_certificate
from equipment.regulation.queries import rules
from equipment.storage.db import Base, session

MOST = 1000  # lifts that are given out at once
LONGEST_NAME = 40


def technicians_on(firm_id: UUID, ids: Collection[UUID], on: date) -> dict[UUID, frozenset[UUID]]:
    """By lift, the technicians of this firm who go there on a day: those assigned, in person or by a team,
    who
    still work here, with whoever stands in for one of them. A lift that is nobody's is left out."""
    assigned: dict[UUID, set[UUID]] = defaultdict(set)
    teams = {team.id: set(map(UUID, team.members)) for team in teams_of(firm_id)}
    for one in session.scalars(_held_on(firm_id, on).where(Assignment.equipment_id.in_(ids))):
        people = {one.user_id} if one.user_id else teams.get(one.team_id, set()) if one.team_id else set()
        assigned[one.equipment_id] |= {person for person in people if person is not None}
    if not assigned:
        return {}
    here = {person.id for person in _working(firm_id)}
    absences = [(row.absent_id, row.user_id) for row in session.scalars(stand_ins_on(firm_id, on))]
    going = {lift: on_duty(people & here, absences) for lift, people in assigned.items()}
    return {lift: people for lift, people in going.items() if people}


def _held_on(firm_id: UUID, on: date) -> Select[Assignment]:
    return visible(SYSTEM, Assignment).where(
        Assignment.organisation_id == firm_id,
        Assignment.from_on <= on,
        or_(Assignment.until_on.is_(None), Assignment.until_on >= on),
    )


def teams_of(firm_id: UUID) -> Sequence[Team]:
    """The teams of a firm, by name."""
    teams = visible(SYSTEM, Team).where(Team.organisation_id == firm_id, Team.closed_at.is_(None))
    return session.scalars(teams.order_by(Team.name)).all()


def stand_ins_on(firm_id: UUID, on: date) -> Select[StandIn]:
    """Who stands in for whom on a day."""
    return visible(SYSTEM, StandIn).where(
        StandIn.organisation_id == firm_id,
        StandIn.from_on <= on,
        StandIn.until_on >= on,
        StandIn.cancelled_at.is_(None),
    )


def _working(firm_id: UUID) -> list[User]:
    """The technicians of a firm whose accounts are open, by name."""
    users = visible(SYSTEM, User).where(User.organisation_id == firm_id, User.active).order_by(User.name)
    return [user for user in session.scalars(users) if Role.TECHNICIAN in user.role_names]


def technicians_of(firm_id: UUID, on: date) -> list[User]:
    """Those who can be sent on a day: their accounts are open, and their certificates valid."""
    people = _working(firm_id)
    certified = _certified([person.id for person in people], on)
    return [person for person in people if person.id in certified]


def _certified(ids: Collection[UUID], on: date) -> set[UUID]:
    code = technician_certificate(rules("elevator"), on).text
    held = visible(SYSTEM, Certificate).where(
        Certificate.user_id.in_(ids),
        Certificate.code == code,
        Certificate.valid_from <= on,
        Certificate.valid_until >= on,
    )
    return set(session.scalars(held.with_only_columns(Certificate.user_id)))


def assign(
    lifts: Collection[UUID],
    people: Collection[UUID],
    teams: Collection[UUID],
    *,
    by: Viewer,
    beside: bool = False,
) -> int:
    """From today on these lifts are these technicians' and teams' alone, or theirs too (`beside`). Nobody
    chosen:
    they are nobody's. Answers how many lifts."""
    firm_id = _firm(by)
    _check_people(firm_id, people, "people")
    own = {team.id for team in teams_of(firm_id)}
    if not set(teams) <= own:
        raise Invalid({"teams": N_("There is no such team.")})
    pieces = _locked_lifts(firm_id, lifts)
    today, at = clock.today(), clock.now()
    running = session.scalars(
        _held_on(firm_id, today).where(Assignment.equipment_id.in_([piece.id for piece in pieces]))
    ).all()
    changed: list[Assignment] = []
    staying: set[tuple[UUID, UUID | None, UUID | None]] = set()
    for one in running:
        if beside or one.user_id in people or one.team_id in teams:
            staying.add((one.equipment_id, one.user_id, one.team_id))
            continue
        one.until_on = max(one.from_on, today - timedelta(days=1))
        changed.append(one)
    wanted: list[tuple[UUID | None, UUID | None]] = [*((key, None) for key in people)]
    wanted += [(None, key) for key in teams]
    for piece in pieces:
        for user_id, team_id in wanted:
            if (piece.id, user_id, team_id) in staying:
                continue
            changed.append(
                Assignment(
                    equipment_id=piece.id,
                    id=new_id(),
                    organisation_id=firm_id,
                    user_id=user_id,
                    team_id=team_id,
                    from_on=today,
                    assigned_by=by.user_id,
                    at=at,
                    area=piece.area,
                    category=piece.category,
                )
            )
    session.add_all(changed)
    session.flush()
    drafts = [
        ledger.EventDraft(ledger.subject_of("equipment", one.equipment_id), "assigned", {}, [row(one)])
        for one in changed
    ]
    ledger.append(session.connection(), drafts, actor=by.actor)
    return len(pieces)


def _locked_lifts(firm_id: UUID, ids: Collection[UUID]) -> Sequence[Equipment]:
    """The lifts that the firm maintains, behind their locks; anything else is not there for it."""
    if not ids:
        raise Invalid({"lifts": N_("Choose at least one lift.")})
    if len(ids) > MOST:
        raise Invalid({"lifts": Message(N_("At most %(most)d lifts at once."), {"most": MOST})})
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("equipment", key) for key in ids])
    pieces = session.scalars(
        visible(SYSTEM, Equipment)
        .where(Equipment.id.in_(ids), Equipment.maintenance_firm_id == firm_id)
        .order_by(Equipment.id)
        .execution_options(populate_existing=True)
    ).all()
    if len(pieces) != len(set(ids)):
        raise NotFound
    return pieces


def _check_people(firm_id: UUID, people: Iterable[UUID], field: str, on: date | None = None) -> None:
    """Every one must be a technician of this firm, with an open account and a certificate valid that day."""
    wanted = list(dict.fromkeys(people))
    users = {user.id: user for user in session.scalars(visible(SYSTEM, User).where(User.id.in_(wanted)))}
    certified = _certified(wanted, on or clock.today())
    for key in wanted:
        user = users.get(key)
        if user is None:
            raise Invalid({field: N_("There is no such person.")})
        is_of_firm = user.organisation_id == firm_id
        facts = TechnicianFacts(
            name=user.name if is_of_firm else "?",
            is_of_firm=is_of_firm,
            works=user.works,
            is_technician=Role.TECHNICIAN in user.role_names,
            is_certified=key in certified,
        )
        if problem := technician_problem(facts):
            raise Invalid({field: problem})


def save_team(key: UUID | None, name: str, members: Collection[UUID], *, by: Viewer) -> Team:
    """A new team, or one with other members or another name."""
    firm_id = _firm(by)
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", firm_id)])
    named = name.strip()[:LONGEST_NAME]
    if not named:
        raise Invalid({"name": N_("Give the team a name.")})
    every = visible(SYSTEM, Team).where(Team.organisation_id == firm_id)
    team = session.scalar(every.where(Team.id == key)) if key else None
    if key and team is None:
        raise NotFound
    other = session.scalar(every.where(Team.name == named))
    if other is not None and (team is None or other.id != team.id):
        raise Invalid({"name": N_("There is a team of this name already, or there was one.")})
    if not members:
        raise Invalid({"members": N_("Choose at least one technician.")})
    _check_people(firm_id, members, "members")
    if team is None:
        team = Team(organisation_id=firm_id, id=new_id(), name=named, members=[])
        session.add(team)
    team.name, team.members = named, sorted(map(str, set(members)))
    _record(firm_id, "team.saved", [team], by, team=team.id, members=team.members)
    return team


def close_team(key: UUID, *, by: Viewer) -> None:
    """The team is no more; lifts that were its alone are nobody's."""
    firm_id = _firm(by)
    team = session.scalar(visible(SYSTEM, Team).where(Team.organisation_id == firm_id, Team.id == key))
    if team is None:
        raise NotFound
    if team.closed_at is None:
        team.closed_at = clock.now()
        _record(firm_id, "team.closed", [team], by, team=team.id)


def stand_in(absent: UUID, other: UUID, from_on: date, until_on: date, reason: str, *, by: Viewer) -> StandIn:
    """From day to day the one goes where the other is assigned."""
    firm_id = _firm(by)
    ledger.locked_heads(session.connection(), [ledger.subject_of("organisation", firm_id)])
    if absent == other:
        raise Invalid({"other": N_("Choose somebody else to stand in.")})
    if until_on < from_on:
        raise Invalid({"until_on": N_("The last day is before the first.")})
    if until_on < clock.today():
        raise Invalid({"until_on": N_("These days have gone by.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    away = session.scalar(visible(SYSTEM, User).where(User.id == absent, User.organisation_id == firm_id))
    if away is None:
        raise Invalid({"absent": N_("Choose who is away.")})
    _check_people(firm_id, [other], "other", until_on)
    meeting = visible(SYSTEM, StandIn).where(
        StandIn.organisation_id == firm_id,
        StandIn.cancelled_at.is_(None),
        StandIn.from_on <= until_on,
        StandIn.until_on >= from_on,
    )
    if session.scalar(meeting.where(StandIn.absent_id == other)) is not None:
        raise Conflict({"other": N_("He is away himself in these days.")})
    if session.scalar(meeting.where(StandIn.user_id == absent)) is not None:
        raise Conflict({"absent": N_("He stands in for somebody else in these days: end that first.")})
    if session.scalar(meeting.where(StandIn.absent_id == absent, StandIn.user_id == other)) is not None:
        raise Conflict({"other": N_("He stands in for him in these days already.")})
    record = StandIn(
        organisation_id=firm_id,
        id=new_id(),
        absent_id=absent,
        user_id=other,
        from_on=from_on,
        until_on=until_on,
        reason=reason.strip()[:300],
        entered_by=by.user_id,
        entered_at=clock.now(),
    )
    session.add(record)
    _record(firm_id, "stand_in.entered", [record], by, absent=absent, other=other)
    return record


def cancel_stand_in(key: UUID, *, by: Viewer) -> None:
    firm_id = _firm(by)
    record = session.scalar(
        visible(SYSTEM, StandIn).where(StandIn.organisation_id == firm_id, StandIn.id == key)
    )
    if record is None:
        raise NotFound
    if record.cancelled_at is None:
        record.cancelled_at = clock.now()
        _record(firm_id, "stand_in.cancelled", [record], by)


def _firm(by: Viewer) -> UUID:
    if by.organisation_id is None or Role.FIRM_MANAGER not in by.roles:
        raise NotAllowed(N_("The firm's manager says who goes where."))
    return by.organisation_id


def _record(firm_id: UUID, verb: str, rows: Sequence[Base], by: Viewer, **payload: object) -> None:
    subject = ledger.subject_of("organisation", firm_id)
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=rows)


def loads_of(
    dues: Mapping[UUID, date], going: Mapping[UUID, frozenset[UUID]], on: date, days: int
) -> dict[UUID, int]:
    """By technician, how many visits fall due within so many days at the lifts where he goes."""
    until = on + timedelta(days=days)
    loads: dict[UUID, int] = defaultdict(int)
    for lift, due_on in dues.items():
        if due_on <= until:
            for person in going.get(lift, ()):
                loads[person] += 1
    return dict(loads)
