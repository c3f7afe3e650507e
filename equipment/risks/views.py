"""风险分级 on screen: pieces and units by colour, one piece with every reason, what somebody graded by hand, and
the table of the score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.dues.filters import names_of
from equipment.people.models import User
from equipment.people.queries import areas_below
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.lists import categories_of
from equipment.register.queries import piece, pieces
from equipment.regulation.queries import rules
from equipment.regulation.risk_numbers import RISK_KEY, RiskColour
from equipment.risks import actions, queries
from equipment.risks.forms import HandForm
from equipment.risks.listing import reason_text
from equipment.risks.models import HandGraded
from equipment.risks.queries import NEW_DAYS, SORTS, UNIT_SORTS, coloured, units
from equipment.risks.rules import FILTER_REASONS, REASON_NAMES, REASON_TEXTS, HandGrading, ReasonKind
from equipment.storage.db import session
from equipment.tasks.queries import last_done_period
from equipment.web.forms import labelled, step_with_reason, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("risks", __name__)
UNIT_KINDS = (OrganisationKind.USE_UNIT, OrganisationKind.STATION, OrganisationKind.FIRM)
USUAL_DAYS = 30  # what the form proposes; whoever fills it in sets the day
HISTORY = 20  # changes of colour on the page of a piece


def as_of() -> str:
    """The day of the last run that graded everything; empty before the first."""
    return last_done_period(queries.JOB) or ""


@pages.route("/risks", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RISK)
def index() -> web.Answer:
    """The pieces that are not blue, the worst first."""
    who, filters = web.viewer(), arguments()
    if taken := exported("risks.pieces", filters, by=who, title=gettext("Risk colours of pieces")):
        return taken
    page = paginate(coloured(who, filters), SORTS, default="-points")
    ids = [row.equipment_id for row in page.rows]
    return render_template(
        "risks/index.html",
        page=page,
        counts=queries.colour_counts(who),
        colours=[(str(one), translate(one.label)) for one in reversed(RiskColour)],
        categories=[(kind.key, translate(kind.label)) for kind in categories_of(who)],
        reasons=[(code, translate(REASON_NAMES[code])) for code in FILTER_REASONS],
        areas=area_options(who),
        area_names={area.code: area.name for area in areas_below("")},
        by_id={one.id: one for one in pieces(SYSTEM, ids)},
        names=names_of([row.organisation_id for row in page.rows]),
        reasons_in=queries.reasons_in,
        reason_text=reason_text,
        as_of=as_of(),
        new_since=clock.today() - timedelta(days=NEW_DAYS - 1),
        new_red=queries.with_new(who, clock.today()).get(RiskColour.RED, (0, 0))[1],
        oversees=who.oversees,
    )


@pages.route("/risks/units", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.RISK)
def by_unit() -> web.Answer:
    """The units that are not blue, those with the most red pieces first."""
    who, filters = web.viewer(), arguments()
    if taken := exported("risks.units", filters, by=who, title=gettext("Risk colours of units")):
        return taken
    page = paginate(units(who, filters), UNIT_SORTS, default="-red")
    return render_template(
        "risks/units.html",
        page=page,
        counts=queries.unit_counts(who),
        colours=[(str(one), translate(one.label)) for one in reversed(RiskColour) if one.rank],
        kinds=labelled(UNIT_KINDS),
        areas=area_options(who),
        area_names={area.code: area.name for area in areas_below("")},
        names=names_of([row.organisation_id for row in page.rows]),
        reasons_in=queries.reasons_in,
        reason_text=reason_text,
        as_of=as_of(),
        oversees=who.oversees,
    )


@pages.get("/risks/table")
@web.allows(Action.SEE, Thing.RISK)
def table() -> web.Answer:
    """Every number of the score, with what it rests on; the bureau sets them under Rules."""
    pack, today = rules(RISK_KEY), clock.today()
    words = {code: translate(REASON_NAMES.get(code, text)) for code, text in REASON_TEXTS.items()}
    words |= {kind.key: translate(kind.label) for kind in categories_of(SYSTEM)}
    return render_template(
        "risks/table.html",
        families={name: pack.under(name, today) for name in (*ReasonKind, "from", "bound")},
        words=words,
        colours={str(one): one for one in RiskColour},
        may_see_rules=may(web.viewer(), Action.SEE, Thing.RULE) and web.viewer().oversees,
        version=pack.digest[:12],
        oversees=web.viewer().oversees,
    )


@pages.get("/risks/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.RISK)
def show(equipment_id: UUID) -> web.Answer:
    """One piece: its colour, what it rests on, how it changed."""
    return _page(equipment_id, HandForm(formdata=None, until_on=clock.today() + timedelta(days=USUAL_DAYS)))


def _page(equipment_id: UUID, form: HandForm) -> str:
    who, today = web.viewer(), clock.today()
    there = piece(who, equipment_id)
    risk, hands = queries.risk_of(there), queries.hands_of(who, equipment_id)
    reasons = risk.now.graded.reasons if risk.now else ()
    return render_template(
        "risks/piece.html",
        equipment=there,
        risk=risk,
        reasons=reasons,
        reason_text=reason_text,
        values={reason.key: queries.value_of(reason, today) for reason in reasons},
        changes=queries.changes_of(who, equipment_id, HISTORY),
        hands=hands,
        people=_people(hands),
        colours={str(one): one for one in RiskColour},
        form=form,
        may_grade=who.oversees and may(who, Action.CREATE, Thing.RISK) and risk.now is not None,
        may_see_rules=who.oversees and may(who, Action.SEE, Thing.RULE),
        as_of=as_of(),
        kinds=ReasonKind,
    )


def _people(hands: Sequence[HandGraded]) -> Mapping[UUID | None, str]:
    """The names of who graded by hand."""
    ids = {key for row in hands for key in (row.graded_by, row.ended_by)} - {None}
    users = visible(SYSTEM, User).where(User.id.in_(ids)).with_only_columns(User.id, User.name)
    return {user.id: user.name for user in session.execute(users)}


@pages.post("/risks/<uuid:equipment_id>/hand")
@web.allows(Action.CREATE, Thing.RISK)
def grade(equipment_id: UUID) -> web.Answer:
    """人工定级."""
    who, form = _bureau(), HandForm()

    def grade_it() -> HandGraded:
        typed = HandGrading(RiskColour(form.colour.data), form.reason.data, form.until_on.data)
        return actions.grade_by_hand(piece(who, equipment_id), typed, by=who)

    if submitted(form, grade_it) is None:
        return _page(equipment_id, form), form.http_status
    flash(gettext("The piece has this colour from now on; its score stays in sight."), "success")
    return redirect(url_for("risks.show", equipment_id=equipment_id))


@pages.post("/risks/<uuid:equipment_id>/hand/<uuid:hand_id>/end")
@web.allows(Action.CHANGE, Thing.RISK)
def end(equipment_id: UUID, hand_id: UUID) -> web.Answer:
    """The score holds again."""
    who = _bureau()
    step_with_reason(
        lambda: queries.hand_of(who, equipment_id, hand_id),
        lambda row, reason: actions.end_by_hand(row, reason, by=who),
    )
    flash(gettext("The score holds again."), "success")
    return redirect(url_for("risks.show", equipment_id=equipment_id))


def _bureau() -> Viewer:
    """Colours are given by hand by the bureau alone."""
    who = web.viewer()
    if not who.oversees:
        raise NotFound
    return who
