"""Campaigns: written, issued to offices, followed night by night, ended, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from equipment.campaigns import actions
from equipment.campaigns.models import CampaignItem, CampaignList, CampaignRow
from equipment.campaigns.queries import campaign_of, campaigns, items_of, lists_of, others_of
from equipment.campaigns.rules import CampaignScope, ItemFacts
from equipment.campaigns.selecting import preview
from equipment.campaigns.states import (
    AbsentWhy,
    CampaignRowState,
    CampaignState,
    CampaignSubject,
    RowDropping,
)
from equipment.campaigns.work import follow_campaigns
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.ledger.models import Event
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.campaigns.conftest import BARE_TOWNSHIP, ITEMS, Bureau

R = CampaignRowState
ELEVATORS = CampaignScope(categories=("elevator",))


def shown(bureau: Bureau, campaign: Any) -> list[tuple[str, int, Any]]:
    return [(row.area, row.row_no, row.equipment_id) for row in bureau.rows(campaign)]


def test_issuing_gives_each_office_its_list_and_the_county_what_no_office_covers(bureau: Bureau) -> None:
    second = bureau.lift(address="人民路9号")
    first = bureau.lift(address="人民路1号")
    alone = bureau.lift(area=make.COUNTY)
    bare = bureau.lift(area=BARE_TOWNSHIP)
    bureau.lift(status=EquipmentStatus.STOPPED)
    campaign = bureau.write()
    would = preview(campaign)
    assert (would.in_scope, would.rows, would.without_office) == (4, 4, 1)
    campaign = bureau.issue(campaign)
    assert campaign.state is CampaignState.RUNNING
    assert campaign.number == f"ZX-{clock.today().year}-{make.CITY}-01"
    by_office = shown(bureau, campaign)
    assert by_office[:2] == [(make.COUNTY, 1, alone.id), (make.COUNTY, 2, bare.id)]
    assert by_office[2:] == [(make.TOWNSHIP, 1, first.id), (make.TOWNSHIP, 2, second.id)]
    lists = lists_of(SYSTEM, [campaign.id])
    assert [(one.area, one.in_scope) for one in lists] == [(make.COUNTY, 2), (make.TOWNSHIP, 2)]
    # each piece's own chain says that it is listed
    verbs = db.session.scalars(select(Event.verb).where(Event.subject == f"equipment:{bare.id}")).all()
    assert "campaign.listed" in verbs


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"title": " "}, {"title"}),
        ({"from_on": make.days(5), "until_on": make.days(4)}, {"until_on"}),
        ({"share": 0}, {"share"}),
        ({"scope": CampaignScope(areas=("6205",))}, {"areas"}),
    ],
)
def test_a_draft_that_cannot_be_is_refused(bureau: Bureau, more: dict[str, Any], fields: set[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        bureau.write(**more)
    assert set(refusal.value.fields) == fields
    assert db.session.scalars(campaigns(SYSTEM)).all() == []


def test_an_empty_scope_and_an_empty_table_are_refused_in_words(bureau: Bureau) -> None:
    nothing = bureau.write(scope=CampaignScope(categories=("crane",)))
    assert preview(nothing).in_scope == 0
    with pytest.raises(Invalid, match=r"0 rows"):
        bureau.issue(nothing)
    bureau.lift()
    bare = bureau.write(items=())
    with pytest.raises(Invalid, match="item table is empty"):
        bureau.issue(bare)
    with pytest.raises(Invalid, match="item table is empty"), db.transaction():
        actions.set_items(campaign_of(SYSTEM, bare.id), [], by=bureau.by(bureau.issuer))
    assert [one.state for one in db.session.scalars(campaigns(SYSTEM))] == [CampaignState.DRAFT] * 2
    assert db.session.scalars(select(CampaignList)).all() == []


def test_a_table_is_versioned_while_draft_and_fixed_once_issued(bureau: Bureau) -> None:
    bureau.lift()
    campaign, by = bureau.write(), bureau.by(bureau.issuer)
    with db.transaction():
        actions.set_items(campaign_of(by, campaign.id), ITEMS[:1], by=by)
    campaign = bureau.fresh(campaign)
    assert (campaign.version, [item.text for item in items_of(campaign)]) == (2, [ITEMS[0].text])
    assert "第四十条" in items_of(campaign)[0].rule_text
    assert len(db.session.scalars(select(CampaignItem)).all()) == 4  # the first version is on file
    bureau.issue(campaign)
    for step in (
        lambda: actions.set_items(bureau.fresh(campaign), ITEMS, by=by),
        lambda: actions.rewrite(bureau.fresh(campaign), draft(), by=by),
        lambda: actions.issue(bureau.fresh(campaign), by=by),
    ):
        with pytest.raises(Conflict), db.transaction():
            step()
    assert bureau.fresh(campaign).version == 2


def draft() -> actions.CampaignDraft:
    return actions.CampaignDraft(title="x", from_on=clock.today(), until_on=clock.today())


def test_who_may_write_issue_and_end(bureau: Bureau) -> None:
    bureau.lift()
    with pytest.raises(NotAllowed):
        bureau.write(who=bureau.officer)  # a 所 checks, it issues nothing
    stranger = make.user(bureau.unit, Role.SAFETY_OFFICER)
    with pytest.raises(NotAllowed):
        bureau.write(who=stranger)
    of_city = bureau.write()
    with pytest.raises(NotFound):  # a draft of the city is none of the county's
        campaign_of(bureau.by(bureau.settler), of_city.id)
    with pytest.raises(NotAllowed), db.transaction():
        actions.issue(bureau.fresh(of_city), by=bureau.by(bureau.settler))
    of_county = bureau.write(who=bureau.settler)
    assert campaign_of(bureau.by(bureau.issuer), of_county.id).area == make.COUNTY
    bureau.issue(of_city)
    assert campaign_of(bureau.by(bureau.officer), of_city.id).id == of_city.id
    with pytest.raises(NotAllowed), db.transaction():
        actions.end(bureau.fresh(of_city), "x", by=bureau.by(bureau.settler))


def test_a_scope_narrows_by_what_the_register_knows(bureau: Bureau) -> None:
    lift = bureau.lift()
    escalator = bureau.lift(details={"catalogue": "3310"}, catalogue_code="3310")
    stopped = bureau.lift(status=EquipmentStatus.STOPPED)
    doubtful = bureau.lift(verified=False, unverified_reason="品种")
    at_firm = make.organisation(OrganisationKind.FIRM, area=make.TOWNSHIP)
    owned = bureau.lift(use_unit_id=at_firm.id)

    def chosen(**more: Any) -> set[Any]:
        scope = CampaignScope(categories=("elevator",), **more)
        return {one.id for share in preview(bureau.write(scope=scope)).offices for one in share.drawn}

    assert chosen() == {lift.id, escalator.id, doubtful.id, owned.id}
    assert chosen(kinds=("33",)) == {escalator.id}
    assert chosen(statuses=("stopped",)) == {stopped.id}
    assert chosen(conditions=("unverified",)) == {doubtful.id}
    assert chosen(unit_kinds=("firm",)) == {owned.id}
    assert chosen(areas=(BARE_TOWNSHIP,)) == set()
    assert chosen(conditions=("hazchem",)) == set()


def test_units_without_pieces_can_be_the_subject(bureau: Bureau) -> None:
    station = make.organisation(OrganisationKind.STATION, "东站", area=make.TOWNSHIP)
    make.organisation(OrganisationKind.STATION, "外站", area=make.ELSEWHERE)
    scope = CampaignScope(CampaignSubject.UNITS, unit_kinds=("station",))
    campaign = bureau.issue(bureau.write(bureau.settler, scope=scope))
    rows = bureau.rows(campaign)
    assert [(row.unit_id, row.equipment_id, row.category) for row in rows] == [(station.id, None, "")]
    with_lift = CampaignScope(CampaignSubject.UNITS, categories=("elevator",))
    assert preview(bureau.write(scope=with_lift)).in_scope == 0
    bureau.lift()
    assert preview(bureau.write(scope=with_lift)).in_scope == 1


def test_a_draw_takes_a_share_of_each_office(bureau: Bureau) -> None:
    for number in range(5):
        bureau.lift(position=str(number))
    bureau.lift(area=make.COUNTY)
    campaign = bureau.running(share=40)
    assert [(one.area, one.in_scope) for one in lists_of(SYSTEM, [campaign.id])] == [
        (make.COUNTY, 1),
        (make.TOWNSHIP, 5),
    ]
    assert [row.area for row in bureau.rows(campaign)] == [make.COUNTY, make.TOWNSHIP, make.TOWNSHIP]
    assert bureau.follow(campaign) == (0, 0, 0, 0)
    for number in range(3):  # 8 in scope: 40 % are 4
        bureau.lift(position=f"新{number}")
    assert bureau.follow(campaign).joined == 2
    assert len(bureau.rows(campaign)) == 5


def test_a_night_lets_nothing_vanish(bureau: Bureau) -> None:
    gone, stays, leaves, moves = (bureau.lift(position=str(number)) for number in range(4))
    campaign = bureau.running()
    by = bureau.by(bureau.issuer)
    fresh = bureau.lift(position="新装")
    with db.transaction():
        change_status(db.session.get_one(Equipment, gone.id), EquipmentStatus.SCRAPPED, reason="报废", by=by)
        change_status(db.session.get_one(Equipment, leaves.id), EquipmentStatus.STOPPED, reason="停", by=by)
        change(db.session.get_one(Equipment, moves.id), {"area": make.COUNTY}, by=by, reason="迁")
    assert bureau.follow(campaign) == (1, 2, 1, 0)
    assert bureau.follow(campaign) == (0, 0, 0, 0)  # twice a night does nothing more
    rows = {row.equipment_id: row for row in bureau.rows(campaign)}
    assert (rows[gone.id].state, rows[gone.id].dropping) == (R.DROPPED, RowDropping.SCRAPPED)
    assert (rows[leaves.id].state, rows[leaves.id].dropping) == (R.DROPPED, RowDropping.OUT_OF_SCOPE)
    assert (rows[moves.id].area, rows[moves.id].moved_from) == (make.COUNTY, make.TOWNSHIP)
    assert (rows[stays.id].state, rows[stays.id].joined_on) == (R.TO_CHECK, None)
    assert (rows[fresh.id].state, rows[fresh.id].joined_on) == (R.TO_CHECK, clock.today())
    with db.transaction():
        change_status(db.session.get_one(Equipment, leaves.id), EquipmentStatus.IN_USE, reason="启用", by=by)
    assert follow_campaigns(clock.today()) == {"joined": 0, "dropped": 0, "moved": 0, "back": 1}
    rows = {row.equipment_id: row for row in bureau.rows(campaign)}
    assert (rows[leaves.id].state, rows[leaves.id].dropping) == (R.TO_CHECK, None)
    assert len(rows) == 5


def test_what_was_checked_stays_when_its_piece_leaves(bureau: Bureau) -> None:
    lift = bureau.lift()
    campaign = bureau.running()
    bureau.check(bureau.rows(campaign)[0])
    with db.transaction():
        piece = db.session.get_one(Equipment, lift.id)
        change_status(piece, EquipmentStatus.SCRAPPED, reason="报废", by=bureau.by(bureau.issuer))
    assert bureau.follow(campaign) == (0, 0, 0, 0)
    assert bureau.rows(campaign)[0].state is R.SOUND


def test_an_end_needs_a_statement_and_says_what_was_never_checked(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(position="2")
    campaign = bureau.running()
    bureau.check(bureau.rows(campaign)[0])
    with pytest.raises(Invalid) as refusal:
        bureau.end(campaign, "  ")
    assert set(refusal.value.fields) == {"statement"}
    assert bureau.end(campaign) == 1
    assert [row.state for row in bureau.rows(campaign)] == [R.SOUND, R.MISSED]
    assert bureau.progress(campaign).share == 500  # what was missed counts against it
    assert bureau.follow(bureau.fresh(campaign)) == (0, 0, 0, 0)
    with pytest.raises(Conflict):
        bureau.end(campaign)


def test_a_withdrawn_campaign_asks_for_nothing_more(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(position="2")
    campaign, by = bureau.running(), bureau.by(bureau.issuer)
    bureau.check(bureau.rows(campaign)[0])
    with pytest.raises(Invalid), db.transaction():
        actions.withdraw(bureau.fresh(campaign), " ", by=by)
    with db.transaction():
        actions.withdraw(bureau.fresh(campaign), "上级另行部署", by=by)
    assert [(row.state, row.dropping) for row in bureau.rows(campaign)] == [
        (R.SOUND, None),
        (R.DROPPED, RowDropping.WITHDRAWN),
    ]
    with pytest.raises(Conflict):
        bureau.check(bureau.rows(campaign)[0], R.ABSENT, why=AbsentWhy.REMOVED)


def test_a_piece_in_two_campaigns_is_said_on_both_rows(bureau: Bureau) -> None:
    bureau.lift()
    first = bureau.running()
    second = bureau.write(title="另一行动")
    assert preview(second).also_elsewhere == 1
    second = bureau.issue(second)
    by, rows = bureau.by(bureau.officer), [*bureau.rows(first), *bureau.rows(second)]
    others = others_of(by, rows)
    assert [[one.id for one in others[row.id]] for row in rows] == [[rows[1].id], [rows[0].id]]


def test_numbers_count_by_office_and_year(bureau: Bureau) -> None:
    numbers = [bureau.write(who=who).number for who in (None, bureau.settler, None)]
    year = clock.today().year
    assert numbers == [
        f"ZX-{year}-{make.CITY}-01",
        f"ZX-{year}-{make.COUNTY}-01",
        f"ZX-{year}-{make.CITY}-02",
    ]


def test_an_item_may_name_another_rule_only_in_words(bureau: Bureau) -> None:
    campaign, by = bureau.write(items=()), bureau.by(bureau.issuer)
    with pytest.raises(Invalid), db.transaction():
        actions.set_items(campaign, [ItemFacts("阀门", "other", "", False)], by=by)
    with pytest.raises(Invalid), db.transaction():
        actions.set_items(bureau.fresh(campaign), [ItemFacts("阀门", "no_rule", "", False)], by=by)
    assert db.session.scalars(select(CampaignItem)).all() == []


def test_a_campaign_that_ended_late_is_overdue_until_then(bureau: Bureau) -> None:
    bureau.lift()
    with clock.played(clock.now() - timedelta(days=40)):
        campaign = bureau.running(from_on=clock.today(), until_on=clock.today() + timedelta(days=10))
    assert campaign.until_on < clock.today()
    bureau.check(bureau.rows(campaign)[0])  # late, and still counted
    assert bureau.rows(campaign)[0].state is R.SOUND
    assert db.session.scalars(select(CampaignRow)).one().happened_at is not None
