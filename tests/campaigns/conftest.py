"""A city with a county, one office below it, a township without one; a unit with lifts, a station."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from equipment.campaigns import actions
from equipment.campaigns.actions import CampaignDraft
from equipment.campaigns.checking import FailedItem, RecordedSiteCheck, SiteCheck, record_check
from equipment.campaigns.following import CampaignFollowed, follow
from equipment.campaigns.models import Campaign, CampaignRow
from equipment.campaigns.queries import CampaignProgress, campaign_of, progress_by_list
from equipment.campaigns.rules import CampaignScope, ItemFacts
from equipment.campaigns.states import AbsentWhy, CampaignRowState
from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.models import Area, Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage import db
from tests import make

BARE_TOWNSHIP = "620402002"  # no office of the bureau there
ITEMS = (
    ItemFacts("使用标志在有效期内", "law_40", "", True),
    ItemFacts("报警装置有效", "other", "TSG T5002", False),
    ItemFacts("底坑无积水", "", "", False),
)


@dataclass
class Bureau:
    """The people around a campaign; each method is one step in a transaction of its own."""

    app: Flask
    city: Organisation
    county: Organisation
    office: Organisation
    unit: Organisation
    issuer: User
    settler: User
    officer: User

    def by(self, who: User) -> Viewer:
        return viewer_of(db.session.get_one(User, who.id))

    def lift(self, **more: Any) -> Equipment:
        row: dict[str, Any] = {
            "details": {"catalogue": "3110"},
            "catalogue_code": "3110",
            "use_unit_id": self.unit.id,
            "address": "人民路1号",
            "made_on": clock.today() - timedelta(days=900),
        }
        with make.writing():
            return make.equipment("elevator", **(row | more))

    def write(self, who: User | None = None, *, items: Any = ITEMS, **more: Any) -> Campaign:
        by = self.by(who or self.issuer)
        stated: dict[str, Any] = {
            "title": "电梯安全专项行动",
            "document": "银市监发〔2026〕1号",
            "from_on": clock.today(),
            "until_on": clock.today() + timedelta(days=30),
            "scope": CampaignScope(categories=("elevator",)),
        }
        with db.transaction():
            campaign = actions.write(CampaignDraft(**(stated | more)), by=by)
        if items:
            with db.transaction():
                actions.set_items(campaign_of(by, campaign.id), items, by=by)
        return self.fresh(campaign)

    def issue(self, campaign: Campaign, who: User | None = None) -> Campaign:
        by = self.by(who or self.issuer)
        with db.transaction():
            actions.issue(campaign_of(by, campaign.id), by=by)
        return self.fresh(campaign)

    def running(self, **more: Any) -> Campaign:
        """A campaign that is issued."""
        return self.issue(self.write(**more), more.get("who"))

    def end(self, campaign: Campaign, statement: str = "全部查完") -> int:
        by = self.by(self.issuer)
        with db.transaction():
            return actions.end(campaign_of(by, campaign.id), statement, by=by)

    def follow(self, campaign: Campaign) -> CampaignFollowed:
        with db.transaction():
            return follow(campaign_of(SYSTEM, campaign.id), by=SYSTEM)

    def fresh(self, campaign: Campaign) -> Campaign:
        return campaign_of(SYSTEM, campaign.id)

    def fresh_of(self, row: CampaignRow) -> Campaign:
        return campaign_of(SYSTEM, row.campaign_id)

    def rows(self, campaign: Campaign) -> list[CampaignRow]:
        wanted = visible(SYSTEM, CampaignRow).where(CampaignRow.campaign_id == campaign.id)
        ordered = wanted.order_by(CampaignRow.area, CampaignRow.row_no)
        return list(db.session.scalars(ordered.execution_options(populate_existing=True)).all())

    def check(
        self,
        row: CampaignRow,
        outcome: CampaignRowState = CampaignRowState.SOUND,
        *failed: FailedItem,
        who: User | None = None,
        at: datetime | None = None,
        why: AbsentWhy | None = None,
        **more: Any,
    ) -> RecordedSiteCheck:
        key = more.pop("message_id", None) or new_id()
        check = SiteCheck(key, outcome, at or clock.now(), failed, why, **more)
        by, row_id = self.by(who or self.officer), row.id
        with db.transaction():
            return record_check(row_id, check, by=by)

    def progress(self, campaign: Campaign) -> CampaignProgress:
        counts = progress_by_list(SYSTEM, [campaign.id])
        return sum(counts.values(), CampaignProgress())

    def token(self, who: User | None = None) -> str:
        person = who or self.officer
        office = db.session.get_one(Organisation, person.organisation_id)
        return make.device(office, DeviceKind.PHONE, person=person)[1]


@pytest.fixture
def bureau(app: Flask) -> Bureau:
    with make.writing():
        db.session.add(Area(code=BARE_TOWNSHIP, name="公园路街道", name_en="Park Road", level="township"))
    city = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
    county = make.organisation(OrganisationKind.REGULATOR, "白银区局", area=make.COUNTY)
    office = make.organisation(OrganisationKind.REGULATOR, "人民路所", area=make.TOWNSHIP)
    at = Bureau(
        app,
        city,
        county,
        office,
        make.organisation(OrganisationKind.USE_UNIT, "万盛物业", area=make.TOWNSHIP),
        make.user(city, Role.SUPERVISOR, name="周处长"),
        make.user(county, Role.SUPERVISOR, name="李科长"),
        make.user(office, Role.SUPERVISOR, name="王所员"),
    )
    for record in (at.city, at.county, at.office, at.unit, at.issuer, at.settler, at.officer):
        freed(record)
    return at


def freed(record: db.Base) -> None:
    """A request that is refused ends the session: what a test holds on to must not need it."""
    db.session.refresh(record)
    db.session.expunge(record)
