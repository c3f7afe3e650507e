"""The one page of a campaign, and its workbook, made by the jobs process only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.campaigns.listing import AreaProgress, progress_lines, scope_words, whole, workbook_tables
from equipment.campaigns.models import Campaign
from equipment.campaigns.queries import CampaignProgress, campaign_of, counts_by_item, items_of
from equipment.campaigns.rules import COUNTY, days_left
from equipment.campaigns.states import CampaignState
from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.tasks.sheets import WORKBOOK_TYPE, Say
from equipment.tasks.workbooks import workbook
from equipment.web.language import translate

MOST_AREAS, MOST_ITEMS = 16, 10  # what one page holds beside the statement
NOT_CHECKED = N_("The layout has not been checked against an official form.")
COUNTED = N_("Problems found and closed are counted from the hazards on file as they stand now.")


def print_summary(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `campaigns.summary`; input: campaign_id, sample."""
    viewer = asked_by(task)
    campaign = campaign_of(viewer, UUID(task.stated.text("campaign_id")))
    say = partial(translate, locale=task.locale)
    paper = summary_paper(viewer, campaign, say, sample=bool(task.input.get("sample")))
    drawn = ruled_pdf(paper, locale=task.locale, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def write_campaign_workbook(task: Task, _progress: Progress) -> TaskOutcome:
    """Task kind `campaigns.workbook`; input: campaign_id."""
    viewer = asked_by(task)
    campaign = campaign_of(viewer, UUID(task.stated.text("campaign_id")))
    tables = workbook_tables(viewer, campaign, partial(translate, locale=task.locale))
    return TaskOutcome(
        content=workbook(tables), name=f"{task.title}.xlsx", media_type=WORKBOOK_TYPE, summary={}
    )


def summary_paper(viewer: Viewer, campaign: Campaign, say: Say, *, sample: bool = False) -> RuledPaper:
    """What was asked, how far each county or office is, what was found, and the closing statement."""
    lines = progress_lines(viewer, campaign)
    total = whole(lines)
    tables = [_scope(campaign, say), _areas(campaign, lines, total, say), _items(campaign, say)]
    if campaign.statement:
        tables.append(_statement(campaign.statement, say))
    return RuledPaper(
        title=campaign.title,
        about=_about(campaign, total, say),
        tables=tables,
        signatures=[say(N_("Compiled by")), say(N_("Reviewed by")), say(N_("Day"))],
        notes=[say(COUNTED), say(NOT_CHECKED)],
        foot=f"{say(N_('As of'))} {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=campaign.number,
        landscape=False,
        points=9,
        sample=sample,
    )


def _about(campaign: Campaign, total: CampaignProgress, say: Say) -> list[str]:
    office = session.scalar(
        visible(SYSTEM, Organisation)
        .where(Organisation.kind == OrganisationKind.REGULATOR, Organisation.area == campaign.area)
        .order_by(Organisation.id)
        .limit(1)
    )
    days = {"from": campaign.from_on.isoformat(), "until": campaign.until_on.isoformat()}
    left = days_left(campaign.until_on, clock.today())
    stand = say(campaign.state.label)
    if campaign.state is CampaignState.RUNNING:
        text = N_("%(days)s days left") if left >= 0 else N_("%(days)s days past its end")
        stand += "，" + str(Message(say(text), {"days": abs(left)}))
    share = "—" if total.share is None else f"{total.share / 10:.1f}%"
    figures = {
        "rows": total.rows,
        "checked": total.checked,
        "share": share,
        "found": total.problems,
        "closed": total.closed,
        "overdue": total.overdue,
    }
    text = N_(
        "%(rows)s rows, %(checked)s checked (%(share)s); "
        "%(found)s problems found, %(closed)s closed, %(overdue)s overdue"
    )
    return [
        "　".join(part for part in (office.name if office else "", campaign.document) if part),
        f"{Message(say(N_('From %(from)s to %(until)s')), days)}　{stand}",
        str(Message(say(text), figures)),
    ]


def _scope(campaign: Campaign, say: Say) -> RuledTable:
    """What the campaign asks: its scope, the share that was drawn, the task in words."""
    parts = scope_words(campaign, say)
    if campaign.share is not None:
        parts.append((say(N_("Share to be checked")), f"{campaign.share}%"))
    if campaign.task:
        parts.append((say(N_("What the offices are asked to do")), campaign.task))
    columns = (RuledColumn("", 30, bold=True), RuledColumn("", 160, lines=4))
    return RuledTable(columns, [RuledRow(part) for part in parts], title=say(N_("Scope")), headless=True)


def _areas(
    campaign: Campaign, lines: Sequence[AreaProgress], total: CampaignProgress, say: Say
) -> RuledTable:
    """The counties of a city, or the offices where it is about one county; what one page does not hold is one
    line."""
    counties = [line for line in lines if line.is_county]
    by_county = len(campaign.area) < COUNTY and len(counties) > 1
    wanted = counties if by_county else [line for line in lines if not line.is_county]
    wanted.sort(key=lambda line: line.area)
    shown, rest = wanted[:MOST_AREAS], wanted[MOST_AREAS:]
    rows = [_area_row(line.name, line.progress) for line in shown]
    if rest:
        name = str(Message(say(N_("%(num)s others")), {"num": len(rest)}))
        rows.append(_area_row(name, sum((line.progress for line in rest), CampaignProgress())))
    rows.append(_area_row(say(N_("In all")), total, bold=True))
    names = (
        N_("Rows"),
        N_("Checked"),
        N_("Share checked"),
        N_("Nothing wrong"),
        N_("With problems"),
        N_("Not there"),
        N_("Not checked"),
        N_("Problems found"),
        N_("Problems closed"),
        N_("Closing overdue"),
    )
    columns = (
        RuledColumn(say(N_("Area")), 40, bold=True),
        *(RuledColumn(say(name), 15, Align.MIDDLE) for name in names),
    )
    return RuledTable(columns, rows, title=say(N_("Progress")), empty=say(N_("No rows")))


def _area_row(name: str, of_area: CampaignProgress, *, bold: bool = False) -> RuledRow:
    numbers = (
        of_area.rows,
        of_area.checked,
        "—" if of_area.share is None else f"{of_area.share / 10:.1f}%",
        of_area.sound,
        of_area.faulty,
        of_area.absent,
        of_area.to_check + of_area.missed,
        of_area.problems,
        of_area.closed,
        of_area.overdue,
    )
    return RuledRow((name, *map(str, numbers)), bold=bold)


def _items(campaign: Campaign, say: Say) -> RuledTable:
    """The items that were not in order, those found most often first."""
    counts = counts_by_item(campaign)
    items = [item for item in items_of(campaign) if item.no in counts]
    items.sort(key=lambda item: (-counts[item.no].problems, item.no))
    columns = (
        RuledColumn(say(N_("Item of the table")), 14, Align.MIDDLE),
        RuledColumn(say(N_("What was to be checked")), 88, lines=2),
        RuledColumn(say(N_("Rule that it breaks")), 48, lines=2),
        RuledColumn(say(N_("Problems found")), 16, Align.MIDDLE),
        RuledColumn(say(N_("Problems closed")), 16, Align.MIDDLE),
    )
    rows = [
        RuledRow(
            (
                f"{item.no}{' ★' if item.is_key else ''}",
                item.text,
                item.rule_text or "—",
                str(counts[item.no].problems),
                str(counts[item.no].closed),
            )
        )
        for item in items[:MOST_ITEMS]
    ]
    return RuledTable(
        columns, rows, title=say(N_("What was found, by item (★ key item)")), empty=say(N_("Nothing wrong"))
    )


def _statement(text: str, say: Say) -> RuledTable:
    column = RuledColumn("", 190, lines=12)
    return RuledTable(
        (column,), [RuledRow(([*text.splitlines()],))], title=say(N_("Closing statement")), headless=True
    )
