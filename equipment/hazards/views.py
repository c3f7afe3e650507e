"""Hazards on screen: the lists by tab, one finding, one hazard with its story, and the figures of first
pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Select

from equipment import web
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled
from equipment.hazards import listing, queries
from equipment.hazards.forms import (
    ConfirmForm,
    DismissForm,
    MoreTimeForm,
    RecheckForm,
    RectifyForm,
    RegradeForm,
    ReopenForm,
    WithdrawForm,
    with_clauses,
)
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.queries import Wanted
from equipment.hazards.rules import (
    AGES,
    HAZARD_CHANGES,
    NOT_CLOSED,
    FindingSource,
    FindingState,
    HazardState,
    decision_problem,
)
from equipment.hazards.story import story_of
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.clauses import HAZARD_CLAUSES, Grade, upload_codes
from equipment.storage.columns import Sorts
from equipment.tasks.sheets import Say, Table
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("hazards", __name__)

SORTS: dict[str, Sorts] = {
    "findings": {"found": (Finding.found_on, Finding.id), "confirm_by": (Finding.confirm_by, Finding.id)},
    "hazards": {
        "found": (Hazard.found_on, Hazard.id),
        "due": (Hazard.due_on, Hazard.id),
        "grade": (Hazard.grade, Hazard.id),
    },
}


def tabs(viewer: Viewer) -> dict[str, str]:
    """The tabs of this viewer's roles, the one with his own work first."""
    offered = {}
    if may(viewer, Action.APPROVE, Thing.FINDING):
        offered = {
            "findings": N_("Findings to confirm"),
            "hazards": N_("Hazards"),
            "recheck": N_("To be re-checked"),
        }
    elif may(viewer, Action.CREATE, Thing.RECTIFICATION):
        offered = {"mine": N_("To be put right"), "hazards": N_("Hazards")}
    else:
        offered = {"hazards": N_("Hazards")}
    return offered | (
        {"findings": N_("Findings")}
        if "findings" not in offered and may(viewer, Action.SEE, Thing.FINDING)
        else {}
    )


def rows_of(viewer: Viewer, tab: str, wanted: Wanted) -> Select[Any]:
    """What a tab lists."""
    on = clock.today()
    if tab == "findings":
        return queries.findings(viewer, wanted, on)
    if tab == "mine":
        return queries.to_put_right(viewer, wanted, on)
    if tab == "recheck":
        return queries.hazards(viewer, wanted, on).where(Hazard.state == HazardState.RECTIFIED)
    return queries.hazards(viewer, wanted, on)


@pages.route("/hazards", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.HAZARD)
def index() -> web.Answer:
    who, offered = web.viewer(), tabs(web.viewer())
    tab = request.args.get("tab", "")
    tab = tab if tab in offered else next(iter(offered))
    wanted = Wanted.of(request.args)
    if taken := exported(
        "hazards.export", {"tab": tab, "args": arguments()}, by=who, title=gettext("Hazards")
    ):
        return taken
    page = paginate(
        rows_of(who, tab, wanted),
        SORTS["findings" if tab == "findings" else "hazards"],
        default="confirm_by" if tab == "findings" else "due",
    )
    return render_template(
        "hazards/index.html",
        page=replace(page, rows=listing.rows(who, page.rows)),
        tab=tab,
        tabs=offered,
        wanted=wanted,
        may_approve=may(who, Action.APPROVE, Thing.FINDING),
        may_record=may(who, Action.CREATE, Thing.FINDING),
        may_see_statistics=may(who, Action.SEE, Thing.RATE),
        **options(who),
    )


def options(viewer: Viewer) -> dict[str, object]:
    """What the filters offer this viewer."""
    return {
        "areas": area_options(viewer),
        "categories": [(category.key, translate(category.label)) for category in CATEGORIES],
        "grades": labelled(Grade),
        "sources": labelled(FindingSource),
        "finding_states": labelled(FindingState),
        "hazard_states": [*labelled(HazardState), (queries.COUNTED, translate(N_("All but withdrawn")))],
        "ages": [(age, gettext("%(days)d days and more", days=age)) for age in AGES],
    }


def labelled(kind: type[Labelled]) -> list[tuple[str, str]]:
    return [(member.value, translate(member.label)) for member in kind]


def export_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """A tab as a table; `given` is the tab and the arguments of the page."""
    wanted = Fields(query)
    tab = wanted.text("tab")
    if tab not in tabs(viewer):
        raise NotFound
    arguments = {name: str(value) for name, value in wanted.table("args").items()}
    return listing.hazard_table(viewer, tab, rows_of(viewer, tab, Wanted.of(arguments)), say)


@pages.get("/hazards/findings/<uuid:equipment_id>/<uuid:finding_id>")
@web.allows(Action.SEE, Thing.FINDING)
def finding(equipment_id: UUID, finding_id: UUID) -> web.Answer:
    finding = queries.finding(web.viewer(), equipment_id, finding_id)
    if finding.hazard_id and may(web.viewer(), Action.SEE, Thing.HAZARD):
        return redirect(url_for("hazards.hazard", equipment_id=equipment_id, hazard_id=finding.hazard_id))
    return finding_page(finding)


def finding_page(finding: Finding, **forms: Any) -> str:
    """One finding with what can be decided about it; `forms` are those that were refused."""
    who = web.viewer()
    decides = finding.state == FindingState.OPEN and may(who, Action.APPROVE, Thing.FINDING)
    shown = {
        "confirm_form": with_clauses(
            ConfirmForm(clause=listing.legal_clause(finding)), finding.category, clock.today()
        ),
        "dismiss_form": DismissForm(),
    } | forms
    return render_template(
        "hazards/finding.html",
        finding=finding,
        line=listing.rows(who, [finding])[0],
        steps=story_of(who, finding, None),
        decides=decides,
        **shown,
    )


@pages.get("/hazards/<uuid:equipment_id>/<uuid:hazard_id>")
@web.allows(Action.SEE, Thing.HAZARD)
def hazard(equipment_id: UUID, hazard_id: UUID) -> web.Answer:
    return hazard_page(queries.hazard(web.viewer(), equipment_id, hazard_id))


def hazard_page(hazard: Hazard, **forms: Any) -> str:
    """One hazard with its story and the step that is next; `forms` are those that were refused."""
    who = web.viewer()
    came_from = queries.finding(who, hazard.equipment_id, hazard.finding_id)
    rectifies = (
        hazard.state == HazardState.OPEN
        and may(who, Action.CREATE, Thing.RECTIFICATION)
        and queries.is_responsible(who, hazard)
    )
    rechecks = hazard.state == HazardState.RECTIFIED and may(who, Action.APPROVE, Thing.HAZARD)
    # what stopped a piece is set anew by the county or the city
    changes = may(who, Action.CHANGE, Thing.HAZARD) and not decision_problem(who.area, Grade(hazard.grade))
    today = clock.today()
    shown = {
        "rectify_form": RectifyForm(),
        "recheck_form": RecheckForm(),
        "regrade_form": with_clauses(RegradeForm(clause=hazard.clause), hazard.category, today),
        "extend_form": MoreTimeForm(),
        "reopen_form": ReopenForm(),
        "withdraw_form": WithdrawForm(),
    } | forms
    return render_template(
        "hazards/hazard.html",
        hazard=hazard,
        line=listing.rows(who, [hazard])[0],
        steps=story_of(who, came_from, hazard),
        clause=listing.clause_of(hazard),
        rectifies=rectifies,
        rechecks=rechecks,
        regrades=changes and hazard.state in NOT_CLOSED,
        extends=changes and hazard.state == HazardState.OPEN,
        reopens=changes and hazard.state == HazardState.CLOSED,
        withdraws=changes and HazardState.WITHDRAWN in HAZARD_CHANGES[hazard.state],
        behalf=who.oversees,
        may_order=hazard.state == HazardState.OPEN and may(who, Action.CREATE, Thing.ORDER),
        stops=Grade(hazard.grade).stops_use and hazard.state in NOT_CLOSED,
        uploads=upload_codes(HAZARD_CLAUSES, hazard.clause, today) if hazard.clause else (),
        at=listing.AT[HazardState(hazard.state)],
        **shown,
    )
