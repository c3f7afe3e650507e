"""Campaigns at the desk: written, issued, followed office by office, ended; their rows as a list, their one
page and their workbook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext

from equipment import web
from equipment.campaigns import actions
from equipment.campaigns.actions import CampaignDraft
from equipment.campaigns.forms import CampaignForm, EndCampaignForm, IssueCampaignForm, ItemTableForm
from equipment.campaigns.listing import (
    area_names,
    peculiarities,
    people_of,
    progress_lines,
    scope_words,
    whole,
)
from equipment.campaigns.models import Campaign, CampaignPhoto, CampaignProblem, CampaignRow
from equipment.campaigns.queries import (
    CAMPAIGN_SORTS,
    COUNTED,
    ROW_SORTS,
    CampaignProgress,
    campaign_of,
    campaigns,
    campaigns_with,
    counts_by_item,
    issued_orders,
    items_of,
    listed_rows,
    lists_of,
    others_of,
    photos_of,
    pieces_of,
    problems_of_rows,
    progress_by_list,
    unit_addresses,
    unit_names,
)
from equipment.campaigns.rules import COUNTY, days_left
from equipment.campaigns.selecting import preview
from equipment.campaigns.states import CampaignRowState, CampaignState
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.register.models import Equipment
from equipment.storage.db import transaction
from equipment.tasks.actions import enqueue
from equipment.web.forms import checked, error_texts, step_with_reason, submitted
from equipment.web.language import translate
from equipment.web.pages import area_options, arguments, exported, paginate

pages = Blueprint("campaigns", __name__)
ROW_STATES = (
    (COUNTED, N_("All that count")),
    ("checked", N_("Checked in any way")),
    *((str(one), one.label) for one in CampaignRowState),
)


def may_write(who: Viewer) -> bool:
    """Whether this viewer's office issues campaigns."""
    return who.oversees and may(who, Action.CREATE, Thing.CAMPAIGN) and len(who.area) <= COUNTY


@dataclass(frozen=True, slots=True)
class CampaignSummary:
    """A campaign as lists show it, with what its rows in the viewer's area come to."""

    campaign: Campaign
    progress: CampaignProgress


@pages.get("/campaigns/all")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def index() -> web.Answer:
    """Every campaign there was, with how far it came."""
    who, filters = web.viewer(), arguments()
    listed = campaigns(who)
    if filters.get("state") in set(CampaignState):
        listed = listed.where(Campaign.state == filters["state"])
    page = paginate(listed, CAMPAIGN_SORTS, default="-until")
    ids = [campaign.id for campaign in page.rows]
    counts, of_campaign = progress_by_list(who, ids), dict.fromkeys(ids, CampaignProgress())
    for one in lists_of(who, ids):
        of_campaign[one.campaign_id] += counts.get(one.id, CampaignProgress())
    return render_template(
        "campaigns/index.html",
        page=replace(page, rows=[CampaignSummary(one, of_campaign[one.id]) for one in page.rows]),
        states=[(str(state), translate(state.label)) for state in CampaignState],
        area_names=area_names({campaign.area for campaign in page.rows}),
        may_write=may_write(who),
        today=clock.today(),
        days_left=days_left,
    )


@pages.route("/campaigns/new", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CAMPAIGN)
def new() -> web.Answer:
    """A campaign as a draft: title, days, scope."""
    who = web.viewer()
    form = CampaignForm()
    form.offer(area_options(who))
    if not form.is_submitted():
        form.begin()
    campaign = submitted(form, lambda: actions.write(_draft(form), by=who))
    if campaign is not None:
        flash(gettext("Draft %(number)s is written. Now its item table.", number=campaign.number), "success")
        return redirect(url_for("campaigns.items", campaign_id=campaign.id))
    page = render_template("campaigns/form.html", form=form, campaign=None, may_write=may_write(who))
    return (page, form.http_status) if form.is_submitted() else page


@pages.route("/campaigns/<uuid:campaign_id>/edit", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CAMPAIGN)
def edit(campaign_id: UUID) -> web.Answer:
    """A draft is changed; what is issued stays."""
    who = web.viewer()
    campaign = campaign_of(who, campaign_id)
    form = CampaignForm()
    form.offer(area_options(who))
    if not form.is_submitted():
        form.show(campaign)

    def change() -> bool:
        actions.rewrite(campaign_of(who, campaign_id), _draft(form), by=who)
        return True

    if submitted(form, change):
        flash(gettext("Saved."), "success")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))
    page = render_template("campaigns/form.html", form=form, campaign=campaign, may_write=may_write(who))
    return (page, form.http_status) if form.is_submitted() else page


def _draft(form: CampaignForm) -> CampaignDraft:
    return CampaignDraft(
        title=form.title.data or "",
        document=form.document.data or "",
        task=form.task.data or "",
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        scope=form.scope(),
        share=form.share.data,
    )


@pages.route("/campaigns/<uuid:campaign_id>/items", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.CAMPAIGN)
def items(campaign_id: UUID) -> web.Answer:
    """检查项目表: each time it is saved it is the next version."""
    who = web.viewer()
    campaign = campaign_of(who, campaign_id)
    form = ItemTableForm()
    if not form.is_submitted():
        form.show(list(items_of(campaign)))
    elif request.args.get("more"):
        form.more()
    form.offer()

    def change() -> bool:
        actions.set_items(campaign_of(who, campaign_id), form.written(), by=who)
        return True

    if not request.args.get("more") and submitted(form, change):
        flash(gettext("The item table is saved as version %(num)s.", num=campaign.version), "success")
        return redirect(url_for("campaigns.show", campaign_id=campaign_id))
    page = render_template("campaigns/items.html", form=form, campaign=campaign)
    return (page, form.http_status) if form.is_submitted() and form.errors else page


@pages.get("/campaigns/<uuid:campaign_id>")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def show(campaign_id: UUID) -> web.Answer:
    return _page(campaign_of(web.viewer(), campaign_id), EndCampaignForm(formdata=None))


def _page(campaign: Campaign, form: EndCampaignForm, refusal: str = "") -> str:
    """One campaign: what it asks, how far each office is, live; of a draft, what issuing would make."""
    who = web.viewer()
    is_draft = campaign.state is CampaignState.DRAFT
    lines = [] if is_draft else progress_lines(who, campaign)
    mine = may_write(who) and campaign.area.startswith(who.area)
    would = preview(campaign) if is_draft and mine else None
    return render_template(
        "campaigns/show.html",
        campaign=campaign,
        scope=scope_words(campaign, translate),
        items=items_of(campaign),
        counts={} if is_draft else counts_by_item(campaign),
        lines=lines,
        total=whole(lines),
        preview=would,
        area_names=area_names({one.area for one in would.offices} if would else {campaign.area}),
        office=area_names({campaign.area}).get(campaign.area, campaign.area),
        orders=() if is_draft else issued_orders(who, campaign),
        today=clock.today(),
        days=days_left(campaign.until_on, clock.today()),
        form=form,
        issue_form=IssueCampaignForm(formdata=None),
        refusal=refusal,
        mine=mine,
        may_end=mine and may(who, Action.APPROVE, Thing.CAMPAIGN),
    )


@pages.post("/campaigns/<uuid:campaign_id>/issue")
@web.allows(Action.CREATE, Thing.CAMPAIGN)
def issue(campaign_id: UUID) -> web.Answer:
    """下发: the lists go to the offices."""
    who = web.viewer()
    checked(IssueCampaignForm())
    try:
        with transaction():
            actions.issue(campaign_of(who, campaign_id), by=who)
    except Invalid as error:
        refusal = " ".join(error_texts(error).values())
        return _page(campaign_of(who, campaign_id), EndCampaignForm(formdata=None), refusal), 422
    campaign = campaign_of(who, campaign_id)
    number = sum(progress.rows for progress in progress_by_list(who, [campaign.id]).values())
    flash(
        ngettext(
            "Issued: %(num)d row went to its office.", "Issued: %(num)d rows went to their offices.", number
        ),
        "success",
    )
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@pages.post("/campaigns/<uuid:campaign_id>/end")
@web.allows(Action.APPROVE, Thing.CAMPAIGN)
def end(campaign_id: UUID) -> web.Answer:
    """结束, with the closing statement."""
    who, form = web.viewer(), EndCampaignForm()
    number = submitted(
        form, lambda: actions.end(campaign_of(who, campaign_id), form.statement.data or "", by=who)
    )
    if number is None:
        return _page(campaign_of(who, campaign_id), form), form.http_status
    text = ngettext(
        "Ended; %(num)d row was never checked.", "Ended; %(num)d rows were never checked.", number
    )
    flash(text, "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@pages.post("/campaigns/<uuid:campaign_id>/withdraw")
@web.allows(Action.APPROVE, Thing.CAMPAIGN)
def withdraw(campaign_id: UUID) -> web.Answer:
    who = web.viewer()
    step_with_reason(
        lambda: campaign_of(who, campaign_id),
        lambda campaign, reason: actions.withdraw(campaign, reason, by=who),
    )
    flash(gettext("Withdrawn; what was checked stays on file."), "success")
    return redirect(url_for("campaigns.show", campaign_id=campaign_id))


@pages.post("/campaigns/<uuid:campaign_id>/summary")
@web.allows(Action.SEE, Thing.CAMPAIGN)
def summary(campaign_id: UUID) -> web.Answer:
    """The one page (PDF) or the workbook, made by the jobs process."""
    who = web.viewer()
    campaign = campaign_of(who, campaign_id)
    is_workbook = request.args.get("format") == "xlsx"
    stated = {"campaign_id": str(campaign.id), "sample": web.settings().is_demo}
    kind = "campaigns.workbook" if is_workbook else "campaigns.summary"
    title = gettext("Summary of %(title)s", title=campaign.title)
    with transaction():
        task = enqueue(kind, stated, by=who, title=title, locale=str(get_locale()))
    flash(gettext("It is being made; you can leave this page."), "info")
    return redirect(url_for("tasks.task", task_id=task.id))


@pages.route("/campaigns/<uuid:campaign_id>/rows", methods=["GET", "POST"])
@web.allows(Action.SEE, Thing.CAMPAIGN)
def rows(campaign_id: UUID) -> web.Answer:
    """The rows of a campaign by what people ask for: an office, how they stand, what is peculiar."""
    who, filters = web.viewer(), arguments()
    campaign = campaign_of(who, campaign_id)
    asked: dict[str, object] = {"campaign": str(campaign.id), "args": filters}
    if taken := exported("campaigns.rows", asked, by=who, title=campaign.title):
        return taken
    page = paginate(listed_rows(who, campaign, filters), ROW_SORTS, default="row")
    return render_template(
        "campaigns/rows.html",
        campaign=campaign,
        page=page,
        around=around(page.rows),
        states=[(value, translate(label)) for value, label in ROW_STATES],
        areas=area_options(who),
    )


@dataclass(frozen=True, slots=True)
class CampaignRowsAround:
    """What stands around the rows of a page, in a few questions for all of them."""

    pieces: Mapping[UUID | None, Equipment]
    units: Mapping[UUID | None, str]
    addresses: Mapping[UUID | None, str]
    areas: Mapping[str, str]
    people: Mapping[UUID | None, str]
    problems: Mapping[UUID, Sequence[CampaignProblem]]
    photos: Mapping[UUID, Sequence[CampaignPhoto]]
    others: Mapping[UUID, Sequence[CampaignRow]]
    campaigns: Mapping[UUID, Campaign]
    peculiar: Mapping[UUID, Sequence[str]]


def around(shown: Sequence[CampaignRow]) -> CampaignRowsAround:
    others = others_of(web.viewer(), shown)
    beside = {other.campaign_id for some in others.values() for other in some}
    return CampaignRowsAround(
        pieces_of(shown),
        unit_names(shown),
        unit_addresses(shown),
        area_names({row.area for row in shown} | {row.moved_from for row in shown if row.moved_from}),
        people_of(shown),
        problems_of_rows(shown),
        photos_of([row.id for row in shown]),
        others,
        campaigns_with(beside),
        {row.id: [translate(text) for text in peculiarities(row)] for row in shown},
    )
