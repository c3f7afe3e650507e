"""Reports of bodies: whether one is genuine (for anybody), how a body writes its numbers, and the clock from
the inspection to the report."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from equipment import web
from equipment.core import clock
from equipment.core.days import day_in
from equipment.dues.filters import names_of
from equipment.inspections import report_clock, report_numbers, verifying
from equipment.inspections.forms import NumberFormForm
from equipment.inspections.models import NumberForm
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.storage.db import transaction
from equipment.web.forms import submitted
from equipment.web.limits import limited
from equipment.web.pages import exported

pages = Blueprint("body_reports", __name__)
LOOKED_UP = "30 per minute"
YEAR = 365


@pages.get("/verify-report")
@web.public
@limited(LOOKED_UP, "GET")
def verify() -> web.Answer:
    """The number of a report or the digest of its file. The digest is worked out on the reader's own device
    (verify-report.js): the file does not leave it."""
    wanted = request.args.get("q", "").strip()[:80]
    is_digest = verifying.DIGEST.fullmatch(wanted) is not None
    reports = verifying.by_digest(wanted) if is_digest else verifying.by_number(wanted) if wanted else []
    who = web.viewer()
    answer = make_response(
        render_template(
            "inspections/verify.html",
            wanted=wanted,
            is_digest=is_digest,
            reports=reports,
            signed_in=who.user_id is not None and may(who, Action.SEE, Thing.INSPECTION),
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.route("/report-forms", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSPECTION)
def forms() -> web.Answer:
    """How bodies write the numbers of their reports; a body sets its own."""
    who, form = web.viewer(), NumberFormForm()
    sets = who.organisation_kind is OrganisationKind.BODY and may(who, Action.CREATE, Thing.INSPECTION)

    def take() -> NumberForm:
        return report_numbers.set_form(form.form.data, form.note.data or "", by=who)

    if request.method == "POST" and submitted(form, take) is not None:
        flash(gettext("Set: numbers of this form are yours alone from now on."), "success")
        return redirect(url_for("body_reports.forms"))
    rows = report_numbers.report_forms(who)
    page = render_template(
        "inspections/report_forms.html",
        form=form,
        rows=rows,
        names=names_of([row.organisation_id for row in rows]),
        sets=sets,
    )
    return (page, form.http_status) if request.method == "POST" else page


@pages.post("/report-forms/<uuid:form_id>/end")
@web.allows(Action.CREATE, Thing.INSPECTION)
def end_form(form_id: UUID) -> web.Answer:
    with transaction():
        report_numbers.end_form(form_id, by=web.viewer())
    flash(gettext("Numbers are not written like this any more."), "success")
    return redirect(url_for("body_reports.forms"))


@pages.route("/report-clock", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.INSPECTION)
def clock_page() -> web.Answer:
    """From the day of the inspection to the report, by body and category: what is open, what is late, how
    long it took."""
    who, today = web.viewer(), clock.today()
    since = day_in(request.args.get("on_from", "")) or today - timedelta(days=YEAR)
    until = day_in(request.args.get("on_until", "")) or today
    stated = {"since": since.isoformat(), "until": until.isoformat()}
    if taken := exported("inspections.clock", stated, by=who, title=gettext("Days to the report")):
        return taken
    rows = report_clock.report_times(who, since, until)
    return render_template(
        "inspections/report_clock.html",
        rows=rows,
        since=since,
        until=until,
        open=sum(row.open for row in rows),
        overdue=sum(row.overdue for row in rows),
        late=sum(row.late for row in rows),
        reported=sum(row.reported for row in rows),
        limits=report_clock.limits_of({row.category for row in rows}, today),
    )
