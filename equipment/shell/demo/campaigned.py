"""专项行动 of these months: the city's campaign on LPG bottles, half way through; a county's on lifts, which runs
beside it; and one of the spring that ended with its statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from enum import Enum, auto
from itertools import cycle
from typing import NamedTuple
from uuid import UUID

from equipment.campaigns import actions
from equipment.campaigns.actions import CampaignDraft
from equipment.campaigns.checking import FailedItem, SiteCheck, record_check
from equipment.campaigns.models import Campaign, CampaignList, CampaignProblem, CampaignRow
from equipment.campaigns.queries import campaign_of, lists_of, rows_of
from equipment.campaigns.rules import COUNTY, CampaignScope, ItemFacts
from equipment.campaigns.states import AbsentWhy, CampaignRowState
from equipment.core import clock
from equipment.core.clock import SITE
from equipment.core.ids import new_id
from equipment.hazards.actions import confirm_general, recheck, rectify
from equipment.hazards.findings import put_right
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingState
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.shell.demo.city import LEADING_OFFICE, City
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction

CITY, LEADING_COUNTY = "6204", "620402"
R = CampaignRowState


class Fate(Enum):
    """What became of a problem: a hazard, one that is closed by now, put right at once, undecided."""

    CONFIRMED = auto()
    CLOSED = auto()
    PUT_RIGHT = auto()
    UNDECIDED = auto()


# Lifts are few: every confirmed hazard of theirs moves the rate of the city off its aim.
OF_BOTTLES = (Fate.CLOSED, Fate.CLOSED, Fate.CONFIRMED, Fate.CONFIRMED, Fate.UNDECIDED)
OF_SPRING = (Fate.CLOSED, Fate.CLOSED, Fate.PUT_RIGHT, Fate.PUT_RIGHT)
OF_LIFTS = (Fate.PUT_RIGHT, Fate.PUT_RIGHT, Fate.UNDECIDED, Fate.UNDECIDED)


class Played(NamedTuple):
    """A campaign of the demonstration: begun and to end so many days from today, how much of each list is
    checked, what became of its problems, and what it says when it has ended."""

    draft: CampaignDraft
    items: Sequence[ItemFacts]
    issuer: str
    began: int  # days ago
    checked: int  # of a hundred rows of each list
    seen: Sequence[tuple[CampaignRowState, Sequence[FailedItem], AbsentWhy | None, str]]
    fates: Sequence[Fate]
    statement: str = ""


BOTTLE_ITEMS = (
    ItemFacts("气瓶信息化标识完好，扫码信息与瓶体一致", "law_35", "", False),
    ItemFacts("气瓶在检验有效期内，未超设计使用年限", "law_40", "", True),
    ItemFacts("瓶阀、护罩、底座无松动、变形和严重锈蚀", "law_49", "", True),
    ItemFacts("充装前后检查记录齐全，与平台记录一致", "law_49", "", False),
    ItemFacts("警示标签、充装标签齐全清晰", "other", "TSG 23《气瓶安全技术规程》", False),
)
LIFT_ITEMS = (
    ItemFacts("使用标志在有效期内，张贴于轿厢显著位置", "law_40", "", True),
    ItemFacts("轿厢紧急报警装置有效，有人应答", "other", "TSG T5002《电梯维护保养规则》", True),
    ItemFacts(
        "机房门锁闭，钥匙专人管理，温度和照明符合要求", "other", "TSG T5002《电梯维护保养规则》", False
    ),
    ItemFacts("维保记录经安全管理人员签字确认", "t5002_7", "", False),
    ItemFacts("配备电梯安全总监、安全员，日管控记录真实", "o74_lift_69", "", False),
    ItemFacts("底坑无积水、杂物", "other", "TSG T5002《电梯维护保养规则》", False),
)
SOUND = (R.SOUND, (), None, "")
BOTTLES_SEEN = (
    SOUND,
    (R.FAULTY, (FailedItem(3, "护罩变形，底座锈蚀"),), None, ""),
    SOUND,
    SOUND,
    (R.ABSENT, (), AbsentWhy.NOT_FOUND, "站方称已配送，客户处未见"),
    SOUND,
    (R.FAULTY, (FailedItem(1, "二维码磨损无法识读"), FailedItem(5, "充装标签缺失", True)), None, ""),
    SOUND,
)
LIFTS_SEEN = (
    *(SOUND,) * 3,
    (
        R.FAULTY,
        (FailedItem(2, "轿厢对讲无人应答"), FailedItem(6, "底坑积水约5厘米")),
        None,
        "已告知物业当天处理",
    ),
    *(SOUND,) * 3,
    (R.FAULTY, (FailedItem(3, "机房门未锁", True),), None, "现场锁闭"),
    *(SOUND,) * 2,
    (R.ABSENT, (), AbsentWhy.STOPPED, "物业已断电停用"),
    SOUND,
    (R.FAULTY, (FailedItem(4, "上月两次维保未签字", True),), None, "安全员当场补签"),
)


def campaigns_of_months(city: City) -> None:
    for played in (_spring(city), _bottles(city), _lifts(city)):
        _play(city, played)


def _spring(city: City) -> Played:
    scope = CampaignScope(categories=("elevator",), areas=(LEADING_COUNTY,))
    draft = CampaignDraft(
        title="住宅小区电梯安全隐患排查整治专项行动",
        document=f"银市监发〔{city.today.year}〕21号",
        from_on=city.today - timedelta(days=110),
        until_on=city.today - timedelta(days=50),
        task="各所对抽中的住宅电梯逐台检查，发现问题当场告知使用单位，按期销号。",
        scope=scope,
        share=10,
    )
    statement = (
        "行动期间各所按清单逐台检查，问题均已录入隐患台账并督促整改。突出问题为轿厢对讲无人应答、底坑积水。\n"
        "未销号的问题转入日常监管，逾期未整改的依法下达监察指令书。"
    )
    return Played(draft, LIFT_ITEMS, CITY, 110, 96, LIFTS_SEEN, OF_SPRING, statement)


def _bottles(city: City) -> Played:
    draft = CampaignDraft(
        title="瓶装液化石油气安全专项排查整治行动",
        document=f"银市监发〔{city.today.year}〕58号",
        from_on=city.today - timedelta(days=18),
        until_on=city.today + timedelta(days=12),
        task="各所到充装站按清单抽查气瓶，重点查超期未检、超使用年限和翻新瓶，发现问题立即停止充装。",
        scope=CampaignScope(categories=("cylinder",), media=("LPG",)),
        share=3,
    )
    return Played(draft, BOTTLE_ITEMS, CITY, 18, 60, BOTTLES_SEEN, OF_BOTTLES)


def _lifts(city: City) -> Played:
    draft = CampaignDraft(
        title="公共聚集场所电梯节前安全检查",
        document=f"白区市监发〔{city.today.year}〕33号",
        from_on=city.today - timedelta(days=9),
        until_on=city.today + timedelta(days=6),
        scope=CampaignScope(categories=("elevator",)),
        share=16,
    )
    return Played(draft, LIFT_ITEMS, LEADING_COUNTY, 9, 45, LIFTS_SEEN, OF_LIFTS)


def _play(city: City, played: Played) -> None:
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    issuer = person_of(offices[played.issuer], Role.SUPERVISOR)
    with clock.played(_at(city, played.began)):
        with transaction():
            campaign_id = actions.write(played.draft, by=issuer).id
        with transaction():
            actions.set_items(campaign_of(issuer, campaign_id), played.items, by=issuer)
        with transaction():
            actions.issue(campaign_of(issuer, campaign_id), by=issuer)
    seen = cycle(played.seen)
    for place, of_office in enumerate(lists_of(SYSTEM, [campaign_id])):
        _check(city, played, of_office, place, seen)
    _close(city, campaign_id, issuer, played.fates)
    if played.statement:
        until = (city.today - played.draft.until_on).days
        with clock.played(_at(city, until - 5)), transaction():
            actions.end(campaign_of(issuer, campaign_id), played.statement, by=issuer)


def _check(
    city: City,
    played: Played,
    of_office: CampaignList,
    place: int,
    seen: Iterator[tuple[CampaignRowState, Sequence[FailedItem], AbsentWhy | None, str]],
) -> None:
    """One office on its way: two days after the list came, some rows a day."""
    by = _officer(city, of_office.area)
    rows = session.scalars(rows_of(of_office)).all()
    share = 100 if place % 4 == 3 and played.statement else played.checked
    share = 0 if place % 5 == 4 and not played.statement and of_office.area != LEADING_OFFICE else share
    ids = [row.id for row in rows[: -(-len(rows) * share // 100)]]
    for number, row_id in enumerate(ids):
        days = played.began - 2 - number // 12
        at = min(_at(city, max(0, days)) + timedelta(minutes=25 * (number % 12)), clock.now())
        outcome, failed, why, note = next(seen)
        with clock.played(at), transaction():
            record_check(row_id, SiteCheck(new_id(), outcome, at, failed, why, note), by=by)


def _officer(city: City, area: str) -> Viewer:
    """Who checks: where a 所 has nobody, its county does."""
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    office = offices.get(area)
    if office is None or Role.SUPERVISOR not in office.people:
        office = offices[area[:COUNTY]]
    return person_of(office, Role.SUPERVISOR)


def _close(city: City, campaign_id: UUID, issuer: Viewer, fates: Sequence[Fate]) -> None:
    """What became of the problems, one fate after the other."""
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    above = person_of(offices[CITY], Role.SUPERVISOR)
    campaign = campaign_of(issuer, campaign_id)
    decided = zip(_findings(campaign, city), cycle(fates), strict=False)
    for (finding_id, equipment_id, county, days), fate in decided:
        if fate is Fate.UNDECIDED:
            continue
        by = person_of(offices[county], Role.SUPERVISOR)
        with clock.played(_at(city, days)), transaction():
            finding = session.get_one(Finding, (equipment_id, finding_id))
            if fate is Fate.PUT_RIGHT:
                put_right(finding, "单位当天已整改，现场核对属实", by=by)
                continue
            hazard = confirm_general(finding, clock.today(), by=by)
        if fate is Fate.CLOSED and days >= 4:
            with clock.played(_at(city, days - 2)), transaction():
                rectify(hazard, "已整改，照片和记录存单位", by=by)
            with clock.played(_at(city, days - 3)), transaction():
                recheck(hazard, True, "现场核对，已整改到位", by=above)


def _findings(campaign: Campaign, city: City) -> list[tuple[UUID, UUID, str, int]]:
    """The open findings of a campaign: which, at what, of which county, and some days ago to decide on it."""
    rows = (
        visible(SYSTEM, CampaignProblem)
        .join(CampaignRow, CampaignRow.id == CampaignProblem.row_id)
        .join(Finding, Finding.id == CampaignProblem.finding_id)
        .where(CampaignProblem.campaign_id == campaign.id, Finding.state == FindingState.OPEN)
        .order_by(CampaignRow.list_id, CampaignRow.row_no, CampaignProblem.item_no)
        .with_only_columns(Finding.id, Finding.equipment_id, CampaignRow.area, Finding.found_on)
    )
    return [
        (finding, equipment, area[:COUNTY], max(0, (city.today - day).days - 1))
        for finding, equipment, area, day in session.execute(rows).all()
    ]


def _at(city: City, days_ago: int) -> datetime:
    """A quarter past nine on a day gone by, or a moment ago."""
    at = datetime.combine(city.today - timedelta(days=days_ago), time(9, 15), tzinfo=SITE)
    return min(at, clock.now() - timedelta(minutes=20))
