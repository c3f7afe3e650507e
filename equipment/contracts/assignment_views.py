"""派工 for a firm's manager: who has how much to do, which lifts are nobody's, teams, and who stands in for
whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from sqlalchemy import Select

from equipment import web
from equipment.contracts import assigning
from equipment.contracts.assigning import loads_of, stand_ins_on, teams_of, technicians_of, technicians_on
from equipment.contracts.forms import AssignForm, StandInForm, TeamForm
from equipment.contracts.models import StandIn, Team
from equipment.contracts.queries import MAINTAINED, people_named
from equipment.contracts.rules import MAINTAINED as MAINTAINED_STATUSES
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.ids import NOBODY, id_in
from equipment.dues.models import Due
from equipment.dues.queries import due_between
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Action, Role, Thing, Viewer
from equipment.people.scope import visible, within
from equipment.register.lists import area_names, names_of
from equipment.register.models import Equipment
from equipment.register.search import matching
from equipment.regulation.planning import VISITS
from equipment.storage.db import session, transaction
from equipment.web.forms import checked, submitted
from equipment.web.pages import arguments, paginate

pages = Blueprint("assignments", __name__)
SOON, LATER = 15, 30  # days: one turn of visits, and two
SORTS = {"address": (Equipment.area, Equipment.address, Equipment.id), "name": (Equipment.name, Equipment.id)}
NOBODYS = "none"


@dataclass(frozen=True, slots=True)
class Workload:
    """A technician with the lifts that are his and the visits due there; `stands_in` names whom he
    replaces today,
    `replaced_by` who replaces him."""

    person: User
    lifts: int
    soon: int
    later: int
    stands_in: str
    replaced_by: str


def _manager() -> tuple[Viewer, UUID]:
    """Who asks, and his firm: nobody else gives out work."""
    who = web.viewer()
    if who.organisation_id is None or Role.FIRM_MANAGER not in who.roles:
        raise NotFound
    return who, who.organisation_id


def _own_lifts(who: Viewer, firm_id: UUID) -> Select[Equipment]:
    return visible(who, Equipment).where(
        Equipment.maintenance_firm_id == firm_id,
        Equipment.category.in_(MAINTAINED),
        Equipment.status.in_(MAINTAINED_STATUSES),
    )


@pages.get("/assignments")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def index() -> web.Answer:
    who, firm_id = _manager()
    filters, today = arguments(), clock.today()
    lifts = _own_lifts(who, firm_id)
    ids = session.scalars(lifts.with_only_columns(Equipment.id)).all()
    going = technicians_on(firm_id, ids, today)
    page = paginate(_filtered(lifts, filters, going, who), SORTS, default="address")
    areas = session.scalars(lifts.with_only_columns(Equipment.area).distinct()).all()
    units = session.scalars(lifts.with_only_columns(Equipment.use_unit_id).distinct()).all()
    named = people_named({person for people in going.values() for person in people})
    return render_template(
        "contracts/assignments.html",
        page=page,
        filters=filters,
        going={key: [named.get(person, "") for person in people] for key, people in going.items()},
        loads=_workloads(who, firm_id, going),
        unassigned=len(ids) - len(going),
        areas=sorted(area_names(areas).items()),
        units=sorted(names_of(key for key in units if key).items(), key=lambda pair: pair[1]),
        unit_names=names_of(row.use_unit_id for row in page.rows if row.use_unit_id),
        teams=_teams(firm_id),
        stand_ins=_stand_ins(firm_id),
        people=technicians_of(firm_id, today),
        team_form=TeamForm(formdata=None),
        stand_in_form=StandInForm(formdata=None, from_on=today, until_on=today),
        days=(SOON, LATER),
        today=today,
    )


def _filtered(
    lifts: Select[Equipment], filters: dict[str, str], going: dict[UUID, frozenset[UUID]], who: Viewer
) -> Select[Equipment]:
    """The lifts of the list: by whose they are, unit, area and words."""
    if filters.get("who") == NOBODYS:
        lifts = lifts.where(Equipment.id.not_in(list(going)))
    elif person := id_in(filters.get("who", "")):
        lifts = lifts.where(Equipment.id.in_([key for key, people in going.items() if person in people]))
    if filters.get("unit"):
        lifts = lifts.where(Equipment.use_unit_id == (id_in(filters["unit"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        lifts = lifts.where(within(Equipment.area, filters["area"]))
    return lifts.where(matching(who, filters["q"])) if filters.get("q") else lifts


def _teams(firm_id: UUID) -> list[tuple[Team, str]]:
    """The teams of the firm with the names of who is in them."""
    teams = teams_of(firm_id)
    named = people_named({UUID(member) for team in teams for member in team.members})
    return [(team, "、".join(named.get(UUID(member), "") for member in team.members)) for team in teams]


def _workloads(who: Viewer, firm_id: UUID, going: dict[UUID, frozenset[UUID]]) -> list[Workload]:
    today = clock.today()
    due = due_between(who, None, today + timedelta(days=LATER), kinds=VISITS).where(Due.firm_id == firm_id)
    days = {
        row.equipment_id: row.due_on
        for row in session.execute(due.with_only_columns(Due.equipment_id, Due.due_on))
    }
    soon, later = (loads_of(days, going, today, span) for span in (SOON, LATER))
    absences = session.scalars(stand_ins_on(firm_id, today)).all()
    named = people_named({key for row in absences for key in (row.absent_id, row.user_id)})
    return [
        Workload(
            person,
            sum(person.id in people for people in going.values()),
            soon.get(person.id, 0),
            later.get(person.id, 0),
            "、".join(named.get(row.absent_id, "") for row in absences if row.user_id == person.id),
            "、".join(named.get(row.user_id, "") for row in absences if row.absent_id == person.id),
        )
        for person in technicians_of(firm_id, today)
    ]


def _stand_ins(firm_id: UUID) -> list[tuple[StandIn, str, str]]:
    """Those of now and of days ahead, and the last that are over, with the names of both."""
    rows = session.scalars(
        visible(SYSTEM, StandIn)
        .where(StandIn.organisation_id == firm_id)
        .order_by(StandIn.until_on.desc(), StandIn.id.desc())
        .limit(20)
    ).all()
    named = people_named({key for row in rows for key in (row.absent_id, row.user_id)})
    return [(row, named.get(row.absent_id, ""), named.get(row.user_id, "")) for row in rows]


@pages.route("/assignments/new", methods=["GET", "POST"])
@web.allows(Action.CHANGE, Thing.CONTRACT)
def new() -> web.Answer:
    """All lifts that the filters show: to whom?"""
    who, firm_id = _manager()
    if request.method == "POST":
        return _assigned(AssignForm(), who, firm_id)
    lifts, filters = _own_lifts(who, firm_id), arguments()
    going = {}
    if filters.get("who"):
        ids = session.scalars(lifts.with_only_columns(Equipment.id)).all()
        going = technicians_on(firm_id, ids, clock.today())
    chosen = _filtered(lifts, filters, going, who).with_only_columns(Equipment.id).limit(assigning.MOST)
    return _choose(AssignForm(formdata=None), list(session.scalars(chosen)), firm_id)


@pages.post("/assignments/ticked")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def ticked() -> web.Answer:
    """The ticked lifts: to whom?"""
    _who, firm_id = _manager()
    form = AssignForm()
    return _choose(form, form.id.data or [], firm_id)


def _choose(form: AssignForm, chosen: list[UUID], firm_id: UUID) -> str:
    return render_template(
        "contracts/assign.html",
        form=form,
        chosen=chosen,
        people=technicians_of(firm_id, clock.today()),
        teams=_teams(firm_id),
    )


def _assigned(form: AssignForm, who: Viewer, firm_id: UUID) -> web.Answer:
    number = submitted(
        form,
        lambda: assigning.assign(
            form.id.data, form.person.data or [], form.team.data or [], by=who, beside=form.beside.data
        ),
        {"people": "person", "teams": "team", "lifts": "id"},
    )
    if number is None:
        return _choose(form, form.id.data or [], firm_id), form.http_status
    flash(ngettext("%(num)d lift given out.", "%(num)d lifts given out.", number), "success")
    return redirect(url_for("assignments.index"))


@pages.post("/assignments/teams")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def save_team() -> web.Answer:
    who, _firm_id = _manager()
    form = TeamForm()
    with transaction():
        checked(form)
        assigning.save_team(form.team_id.data, form.name.data, form.member.data or [], by=who)
    flash(gettext("Saved."), "success")
    return redirect(url_for("assignments.index"))


@pages.post("/assignments/teams/<uuid:team_id>/close")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def close_team(team_id: UUID) -> web.Answer:
    who, _firm_id = _manager()
    with transaction():
        assigning.close_team(team_id, by=who)
    flash(gettext("The team is closed; lifts that were its alone are nobody's."), "success")
    return redirect(url_for("assignments.index"))


@pages.post("/assignments/stand-ins")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def stand_in() -> web.Answer:
    who, _firm_id = _manager()
    form = StandInForm()
    with transaction():
        checked(form)
        assigning.stand_in(
            form.absent.data or NOBODY,
            form.other.data or NOBODY,
            form.from_on.data,
            form.until_on.data,
            form.reason.data,
            by=who,
        )
    flash(gettext("Noted: who stands in for whom."), "success")
    return redirect(url_for("assignments.index"))


@pages.post("/assignments/stand-ins/<uuid:stand_in_id>/cancel")
@web.allows(Action.CHANGE, Thing.CONTRACT)
def cancel_stand_in(stand_in_id: UUID) -> web.Answer:
    who, _firm_id = _manager()
    with transaction():
        assigning.cancel_stand_in(stand_in_id, by=who)
    flash(gettext("Cancelled."), "success")
    return redirect(url_for("assignments.index"))
