"""Checks on site: once however often they are told, corrected, late; what they find is found once and closed
where hazards are closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from equipment.campaigns.checking import FailedItem
from equipment.campaigns.models import CampaignProblem
from equipment.campaigns.queries import counts_by_item, stands
from equipment.campaigns.rules import CampaignScope
from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignSubject
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound, OtherContent
from equipment.core.ids import new_id
from equipment.hazards.actions import confirm_general, recheck, rectify, withdraw_hazard
from equipment.hazards.findings import dismiss
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState
from equipment.orders import actions as orders
from equipment.orders.actions import OrderDraft, ProblemAnswer, ProblemDraft
from equipment.orders.models import InspectorOfOrder, Order
from equipment.orders.rules import OrderOrigin, OrderUrgency
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.regulation.supervision_numbers import working_day_from
from equipment.storage import db
from tests import make
from tests.campaigns.conftest import BARE_TOWNSHIP, Bureau

R = CampaignRowState


def findings(bureau: Bureau) -> list[Finding]:
    wanted = select(Finding).order_by(Finding.description)
    return list(db.session.scalars(wanted.execution_options(populate_existing=True)).all())


def test_all_in_order_is_one_tap_and_the_same_again_is_the_same(bureau: Bureau) -> None:
    bureau.lift()
    row, key, at = bureau.rows(bureau.running())[0], new_id(), clock.now()
    first = bureau.check(row, message_id=key, at=at)
    again = bureau.check(row, message_id=key, at=at)
    assert (first.is_again, again.is_again, again.row.state) == (False, True, R.SOUND)
    with pytest.raises(OtherContent):
        bureau.check(row, R.ABSENT, why=AbsentWhy.STOPPED, message_id=key, at=at)
    assert findings(bureau) == []


def test_what_is_not_in_order_is_a_finding_of_the_piece(bureau: Bureau) -> None:
    lift = bureau.lift()
    campaign = bureau.running()
    row = bureau.rows(campaign)[0]
    bureau.check(row, R.FAULTY, FailedItem(1, "标志过期"), FailedItem(3, put_right=True))
    assert [
        (one.equipment_id, one.source, one.source_id, one.description, one.state) for one in findings(bureau)
    ] == [
        (lift.id, FindingSource.CAMPAIGN, row.id, "使用标志在有效期内：标志过期", FindingState.OPEN),
        (lift.id, FindingSource.CAMPAIGN, row.id, "底坑无积水：不符合", FindingState.PUT_RIGHT),
    ]
    progress = bureau.progress(campaign)
    assert (progress.problems, progress.key_problems, progress.closed, progress.overdue) == (2, 1, 1, 0)
    assert counts_by_item(campaign) == {1: (1, 0), 3: (1, 1)}


def test_found_and_closed_follow_the_hazards_own_states(bureau: Bureau) -> None:
    bureau.lift()
    campaign = bureau.running()
    failed = [FailedItem(number, "x") for number in (1, 2, 3)]
    bureau.check(bureau.rows(campaign)[0], R.FAULTY, *failed)
    by, above = bureau.by(bureau.settler), bureau.by(bureau.issuer)
    one, two, three = findings(bureau)

    def numbers() -> tuple[int, int, int]:
        progress = bureau.progress(campaign)
        return progress.problems, progress.closed, progress.overdue

    with db.transaction():
        hazard = confirm_general(db.session.merge(one), clock.today(), by=by)
    assert numbers() == (3, 0, 0)
    with db.transaction():
        rectify(db.session.merge(hazard), "已换", by=by)
        recheck(db.session.merge(hazard), True, "", by=above)
    assert numbers() == (3, 1, 0)
    with db.transaction():
        dismiss(db.session.merge(two), "不构成", by=by)
    assert numbers() == (2, 1, 0)
    with db.transaction():
        wrong = confirm_general(db.session.merge(three), clock.today(), by=by)
        wrong.due_on = clock.today()
    with clock.played(clock.now() + timedelta(days=1)):
        assert numbers() == (2, 1, 1)  # open beyond its day
    with db.transaction():
        withdraw_hazard(db.session.get_one(Hazard, (wrong.equipment_id, wrong.id)), "误报", by=by)
    assert numbers() == (1, 1, 0)


def test_a_later_check_corrects_and_drops_what_it_no_longer_says(bureau: Bureau) -> None:
    bureau.lift()
    with clock.played(clock.now() - timedelta(hours=2)):
        campaign = bureau.running()
    row, at = bureau.rows(campaign)[0], clock.now()
    bureau.check(row, R.FAULTY, FailedItem(1, "过期"), FailedItem(2, "无应答"), at=at - timedelta(minutes=9))
    bureau.check(row, R.FAULTY, FailedItem(2, "无应答"), at=at - timedelta(minutes=6))
    assert [(one.state, one.description) for one in findings(bureau)] == [
        (FindingState.DISMISSED, "使用标志在有效期内：过期"),
        (FindingState.OPEN, "报警装置有效：无应答"),
    ]
    bureau.check(row, at=at - timedelta(minutes=3))
    assert {one.state for one in findings(bureau)} == {FindingState.DISMISSED}
    assert db.session.scalars(select(CampaignProblem)).all() == []
    assert bureau.progress(campaign).problems == 0
    old = bureau.check(row, R.ABSENT, why=AbsentWhy.REMOVED, at=at - timedelta(minutes=20))
    assert (old.is_older, old.row.state) == (True, R.SOUND)


def test_what_was_confirmed_meanwhile_cannot_be_unsaid(bureau: Bureau) -> None:
    bureau.lift()
    campaign = bureau.running()
    row = bureau.rows(campaign)[0]
    bureau.check(row, R.FAULTY, FailedItem(1, "过期"))
    with db.transaction():
        confirm_general(findings(bureau)[0], clock.today(), by=bureau.by(bureau.settler))
    with pytest.raises(Conflict) as refusal:
        bureau.check(row)
    assert set(refusal.value.fields) == {"failed"}
    assert bureau.rows(campaign)[0].state is R.FAULTY
    bureau.check(row, R.FAULTY, FailedItem(1, "过期"), FailedItem(3))  # more is said beside it
    assert bureau.progress(campaign).problems == 2


def test_a_check_in_time_that_arrives_after_the_end_counts(bureau: Bureau) -> None:
    bureau.lift()
    with clock.played(clock.now() - timedelta(days=3)):
        campaign = bureau.running()
        seen_at = clock.now() + timedelta(hours=5)
    with clock.played(clock.now() - timedelta(days=1)):
        bureau.end(campaign)
    row = bureau.rows(campaign)[0]
    assert row.state is R.MISSED
    with pytest.raises(Conflict):
        bureau.check(row)  # seen after the end
    bureau.check(row, at=seen_at)
    row = bureau.rows(campaign)[0]
    assert row.happened_at is not None
    assert row.received_at is not None
    assert (row.state, row.happened_at, row.doubted) == (R.SOUND, seen_at, False)
    assert row.received_at > seen_at + timedelta(days=1)


def test_one_check_settles_two_rows_only_by_an_explicit_tap(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(position="2")
    first, second = bureau.running(), bureau.running(title="另一行动")
    mine, other = bureau.rows(first), bureau.rows(second)
    bureau.check(mine[0], R.FAULTY, FailedItem(1, "过期"))
    assert bureau.rows(second)[0].state is R.TO_CHECK  # nobody said so
    told = bureau.check(mine[1], R.FAULTY, FailedItem(1, "过期"), FailedItem(2), also=[other[1].id])
    assert (told.also, told.also_left) == (1, 0)
    settled = bureau.rows(second)[1]
    assert (settled.state, settled.same_as) == (R.FAULTY, mine[1].id)
    assert len(findings(bureau)) == 3  # nothing is found twice
    assert (bureau.progress(first).problems, bureau.progress(second).problems) == (3, 2)
    bureau.check(mine[1], R.SOUND)  # the correction goes along
    assert bureau.rows(second)[1].state is R.SOUND
    assert bureau.progress(second).problems == 0


def test_a_row_that_was_checked_meanwhile_stays_as_it_is(bureau: Bureau) -> None:
    bureau.lift(position="1")
    bureau.lift(position="2")
    first, second = bureau.running(), bureau.running(title="另一行动")
    mine, other = bureau.rows(first), bureau.rows(second)
    bureau.check(other[0], R.ABSENT, why=AbsentWhy.STOPPED)
    told = bureau.check(mine[0], also=[other[0].id, other[1].id, new_id()])
    assert (told.also, told.also_left) == (0, 3)  # checked; another piece; nothing
    assert [row.state for row in bureau.rows(second)] == [R.ABSENT, R.TO_CHECK]


@pytest.mark.parametrize(
    ("outcome", "failed", "why", "fields"),
    [
        (R.FAULTY, (), None, {"failed"}),
        (R.FAULTY, (FailedItem(9),), None, {"failed"}),
        (R.SOUND, (FailedItem(1),), None, {"failed"}),
        (R.ABSENT, (), None, {"why"}),
    ],
)
def test_a_check_that_says_too_little_is_refused(
    bureau: Bureau,
    outcome: CampaignRowState,
    failed: tuple[FailedItem, ...],
    why: AbsentWhy | None,
    fields: set[str],
) -> None:
    bureau.lift()
    campaign = bureau.running()
    with pytest.raises(Invalid) as refusal:
        bureau.check(bureau.rows(campaign)[0], outcome, *failed, why=why)
    assert set(refusal.value.fields) == fields
    assert bureau.rows(campaign)[0].state is R.TO_CHECK
    assert findings(bureau) == []


def test_another_office_and_a_unit_check_nothing(bureau: Bureau) -> None:
    bureau.lift()
    row = bureau.rows(bureau.running())[0]
    neighbour = make.organisation(OrganisationKind.REGULATOR, "公园路所", area=BARE_TOWNSHIP)
    with pytest.raises(NotFound):
        bureau.check(row, who=make.user(neighbour, Role.SUPERVISOR))
    with pytest.raises(NotAllowed):
        bureau.check(row, who=make.user(bureau.unit, Role.SAFETY_OFFICER))
    with pytest.raises(NotAllowed):
        bureau.check(row, who=make.user(bureau.office, Role.ADMINISTRATOR))
    assert bureau.check(row, who=bureau.settler).row.state is R.SOUND  # the county may


def test_a_problem_of_a_unit_is_closed_by_its_order(bureau: Bureau) -> None:
    station = make.organisation(OrganisationKind.STATION, "东站", area=make.TOWNSHIP)
    campaign = bureau.running(scope=CampaignScope(CampaignSubject.UNITS, unit_kinds=("station",)))
    bureau.check(bureau.rows(campaign)[0], R.FAULTY, FailedItem(2, "无记录"))
    assert findings(bureau) == []
    assert (bureau.progress(campaign).problems, bureau.progress(campaign).closed) == (1, 0)
    by, above = bureau.by(bureau.settler), bureau.by(bureau.issuer)
    order = ordered(
        bureau, station.id, campaign.id, [ProblemDraft(problem="报警装置有效：无记录", rule="law_35")]
    )
    assert [one.is_ordered for one in stands(SYSTEM, campaign)] == [True]
    assert bureau.progress(campaign).closed == 0
    with db.transaction():
        orders.answer(db.session.merge(order), {1: ProblemAnswer("已补")}, by=by)
        orders.recheck(db.session.merge(order), {1: ProblemAnswer("已核", is_right=True)}, by=above)
    assert bureau.progress(campaign).closed == 1


def ordered(bureau: Bureau, unit: object, campaign: object, problems: list[ProblemDraft]) -> Order:
    """An order of the county that came of a campaign."""
    with db.transaction():
        orders.set_issuer(make.COUNTY, "区局", "白", "区政府", "区法院", "", "", by=bureau.by(bureau.issuer))
        draft = OrderDraft(
            unit=db.session.get_one(Organisation, unit),
            problems=problems,
            urgency=OrderUrgency.BY_DAY,
            due_on=working_day_from(clock.today() + timedelta(days=20)),
            inspectors=[
                InspectorOfOrder(name="李科长", certificate="1"),
                InspectorOfOrder(name="王所员", certificate="2"),
            ],
            origin=OrderOrigin.CAMPAIGN,
            origin_id=campaign,  # type: ignore[arg-type]
        )
        return orders.issue(draft, by=bureau.by(bureau.settler))


def test_one_order_takes_all_problems_of_a_unit_and_confirms_them(bureau: Bureau) -> None:
    lift = bureau.lift()
    campaign = bureau.running()
    bureau.check(bureau.rows(campaign)[0], R.FAULTY, FailedItem(1, "过期"), FailedItem(3))
    drafts = [
        ProblemDraft(problem=one.description, rule="law_40", piece=lift, finding=one)
        for one in findings(bureau)
    ]
    ordered(bureau, bureau.unit.id, campaign.id, drafts)
    assert {one.state for one in findings(bureau)} == {FindingState.CONFIRMED}
    assert [(one.is_ordered, one.is_closed) for one in stands(SYSTEM, campaign)] == [(True, False)] * 2
