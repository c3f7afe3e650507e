"""Policies entered, corrected, cancelled, renewed; who sees and changes which; what a lift is covered by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import Message
from equipment.insurance import actions, cases
from equipment.insurance.actions import PolicyDraft
from equipment.insurance.duties import DUTIES
from equipment.insurance.models import Policy
from equipment.insurance.queries import (
    coverage,
    covered_ids,
    insured_by,
    insured_lift,
    insured_lifts,
    policies_at,
    policy_of,
    uninsured,
    visible_policies,
)
from equipment.insurance.rules import Cover, Payer, PolicyKind, covers
from equipment.insurance.states import CaseState
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.register.actions import change
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]


class Town:
    """A use unit with two lifts, its firm, another unit with a lift of another firm, and the bureau."""

    def __init__(self) -> None:
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "银杏物业")
        self.other = make.organisation(OrganisationKind.USE_UNIT, "胡杨物业")
        self.firm = make.organisation(OrganisationKind.FIRM, "甲维保")
        self.rival = make.organisation(OrganisationKind.FIRM, "乙维保")
        bureau = make.organisation(OrganisationKind.REGULATOR, "白银区局")
        far = make.organisation(OrganisationKind.REGULATOR, "靖远县局", area=make.ELSEWHERE)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER)
        self.stranger = make.user(self.other, Role.SAFETY_OFFICER)
        self.manager = make.user(self.firm, Role.FIRM_MANAGER)
        self.rival_manager = make.user(self.rival, Role.FIRM_MANAGER)
        self.technician = make.user(self.firm, Role.TECHNICIAN)
        self.supervisor = make.user(bureau, Role.SUPERVISOR)
        self.far = make.user(far, Role.SUPERVISOR)
        self.one = self.lift(self.unit, self.firm, "1号梯")
        self.two = self.lift(self.unit, self.rival, "2号梯")
        self.third = self.lift(self.other, self.rival, "3号梯")

    def lift(self, unit: Organisation, firm: Organisation, name: str) -> Equipment:
        return make.equipment(
            "elevator",
            use_unit_id=unit.id,
            maintenance_firm_id=firm.id,
            catalogue_code="3110",
            name=name,
            details={"catalogue": "3110"},
        )

    def by(self, who: str) -> Any:
        return viewer_of(db.session.get_one(User, getattr(self, who).id))

    def draft(self, **more: Any) -> PolicyDraft:
        today = clock.today()
        plain = PolicyDraft(
            holder_id=self.unit.id,
            number="PZDT-2026-0001",
            insurer="平安财险",
            kind=PolicyKind.LIABILITY,
            payer=Payer.USE_UNIT,
            sum_fen=200_000_000,
            from_on=today - timedelta(days=100),
            until_on=today + timedelta(days=265),
            cover=Cover.UNIT,
        )
        return replace(plain, **more)

    def enter(self, who: str = "officer", **more: Any) -> Policy:
        with db.transaction():
            return actions.enter(self.draft(**more), by=self.by(who))


@pytest.fixture
def town(app: Flask) -> Town:
    return Town()


def text(error: pytest.ExceptionInfo[Invalid], field: str) -> str:
    said = error.value.fields[field]
    return str(said) if isinstance(said, Message) else said


def test_a_fleet_covers_what_the_unit_has_and_nothing_that_left_it(town: Town) -> None:
    policy = town.enter()
    ids = [town.one.id, town.two.id, town.third.id]
    assert insured_lifts(ids, clock.today()) == {town.one.id, town.two.id} == covered_ids(policy)
    with db.transaction():
        change(
            db.session.get_one(Equipment, town.two.id),
            {"use_unit_id": town.other.id},
            by=town.by("supervisor"),
        )
    assert insured_lifts(ids, clock.today()) == {town.one.id}


def test_what_the_database_counts_is_what_the_rule_says(town: Town) -> None:
    today = clock.today()
    town.enter()
    town.enter("rival_manager", number="B1", holder_id=town.rival.id, cover=Cover.FIRM, payer=Payer.FIRM)
    town.enter(
        "manager", number="B2", cover=Cover.LISTED, lifts=[town.one.id], until_on=today + timedelta(days=900)
    )
    ids = [town.one.id, town.two.id, town.third.id]
    pieces = [db.session.get_one(Equipment, key) for key in ids]
    for on in (today - timedelta(days=101), today, today + timedelta(days=265), today + timedelta(days=266)):
        at = policies_at(pieces)
        by_rule = {
            piece.id
            for piece in pieces
            if any(covers(terms, insured_lift(piece), on) for _policy, terms in at[piece.id])
        }
        assert insured_lifts(ids, on) == by_rule, on


@pytest.mark.parametrize(
    ("who", "more", "field", "said"),
    [
        ("officer", {"number": " - "}, "number", "Give the number of the policy."),
        ("officer", {"insurer": " "}, "insurer", "Give the insurer."),
        ("officer", {"sum_fen": None}, "sum", "Give the sum insured in yuan, such as 2,000,000 or 200万."),
        ("officer", {"sum_fen": 0}, "sum", "Give the sum insured in yuan, such as 2,000,000 or 200万."),
        ("officer", {"until_on": date(2020, 1, 1)}, "until_on", "The last day lies before the first."),
        ("officer", {"until_on": date(2099, 1, 1)}, "until_on", "More than 10 years: check the days."),
        ("officer", {"cover": Cover.LISTED}, "lifts", "Choose at least one lift."),
        (
            "officer",
            {"cover": Cover.FIRM},
            "cover",
            "All lifts of a use unit, or all that a firm maintains: this does not fit the holder.",
        ),
        (
            "manager",
            {},
            "cover",
            "A firm names the lifts it maintains; the use unit enters a policy for all of its.",
        ),
        (
            "officer",
            {"holder_id": None},
            "holder",
            "Choose whose lifts are insured: a use unit or a firm on file.",
        ),
    ],
)
def test_what_cannot_be_a_policy_is_said_at_its_field(
    town: Town, who: str, more: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Invalid) as refused:
        town.enter(who, **more)
    assert text(refused, field) == said


def test_lifts_of_others_do_not_go_on_a_list(town: Town) -> None:
    with pytest.raises(Invalid) as unseen:
        town.enter(cover=Cover.LISTED, lifts=[town.third.id])
    assert text(unseen, "lifts") == "One of these lifts is not on file for you."
    with pytest.raises(Invalid) as not_theirs:
        town.enter("supervisor", cover=Cover.LISTED, lifts=[town.third.id])
    assert text(not_theirs, "lifts") == "3号梯 is not a lift of 银杏物业."
    bottle = make.equipment("cylinder", owner_id=town.unit.id, own_number="B7")
    with pytest.raises(Invalid) as no_lift:
        town.enter(cover=Cover.LISTED, lifts=[bottle.id])
    assert text(no_lift, "lifts") == "B7 is no lift."


def test_the_same_number_twice_is_refused_and_the_first_named(town: Town) -> None:
    first = town.enter()
    with pytest.raises(Conflict) as refused:
        town.enter("stranger", holder_id=town.other.id, number="pzdt 2026 0001")
    assert text(refused, "number") == (
        "This number is on file already: PZDT-2026-0001 of 平安财险 for 银杏物业, "
        f"{first.from_on} to {first.until_on}."
    )


def test_who_may_enter_and_change(town: Town) -> None:
    with pytest.raises(NotAllowed):
        town.enter("stranger")
    with pytest.raises(NotAllowed):
        town.enter("far")
    policy = town.enter("supervisor")
    with pytest.raises(NotAllowed), db.transaction():
        actions.cancel(db.session.merge(policy), clock.today(), "错", by=town.by("manager"))
    entered = town.enter("manager", number="M1", cover=Cover.LISTED, lifts=[town.one.id])
    with db.transaction():  # whoever entered it puts its own slip right
        actions.cancel(db.session.merge(entered), clock.today(), "重复录入", by=town.by("manager"))


def test_who_sees_a_policy(town: Town) -> None:
    policy = town.enter("manager", cover=Cover.LISTED, lifts=[town.one.id])
    town.enter("stranger", number="Z9", holder_id=town.other.id, cover=Cover.LISTED, lifts=[town.third.id])
    sees = {
        who: policy.id in [row.id for row in db.session.scalars(visible_policies(town.by(who)))]
        for who in ("officer", "manager", "supervisor", "rival_manager", "stranger", "far")
    }
    assert sees == {
        "officer": True,
        "manager": True,
        "supervisor": True,
        "rival_manager": False,
        "stranger": False,
        "far": False,
    }
    with pytest.raises(NotFound):
        policy_of(town.by("stranger"), policy.organisation_id, policy.id)


def test_a_correction_takes_the_place_and_both_stay(town: Town) -> None:
    policy = town.enter(cover=Cover.LISTED, lifts=[town.one.id])
    with db.transaction():
        held = policy_of(town.by("officer"), policy.organisation_id, policy.id)
        corrected = actions.correct(
            held, town.draft(cover=Cover.LISTED, lifts=[town.two.id], sum_fen=300), by=town.by("officer")
        )
    assert (corrected.corrects_id, corrected.number_key) == (policy.id, policy.number_key)
    assert insured_lifts([town.one.id, town.two.id], clock.today()) == {town.two.id}
    with pytest.raises(Conflict), db.transaction():
        actions.cancel(
            policy_of(town.by("officer"), policy.organisation_id, policy.id),
            clock.today(),
            "x",
            by=town.by("officer"),
        )


def test_cancelled_it_covers_nothing_from_that_day_on(town: Town) -> None:
    policy, today, by = town.enter(), clock.today(), town.by("officer")
    key = policy.organisation_id, policy.id
    for on, reason in ((policy.from_on, "早"), (policy.until_on + timedelta(days=1), "晚"), (today, " ")):
        with pytest.raises(Invalid), db.transaction():
            actions.cancel(policy_of(by, *key), on, reason, by=by)
    for _twice in range(2):
        with db.transaction():
            actions.cancel(policy_of(by, *key), today + timedelta(days=5), "换保险公司", by=by)
    assert insured_lifts([town.one.id], today + timedelta(days=4))
    assert not insured_lifts([town.one.id], today + timedelta(days=5))
    assert insured_by(town.one.id, today) == ("平安财险", today + timedelta(days=4))
    with pytest.raises(Conflict), db.transaction():
        actions.cancel(policy_of(by, *key), today + timedelta(days=6), "又", by=by)


def reminded() -> list[UUID]:
    return [duty.key for chunk in DUTIES[0].duties(clock.today(), 60) for duty in chunk]  # type: ignore[misc]


def test_its_end_is_a_duty_until_a_renewal_is_on_file(town: Town) -> None:
    soon = clock.today() + timedelta(days=20)
    policy = town.enter(until_on=soon)
    assert reminded() == [f"policy_renewal:{policy.id}:{soon}"]
    # covers one of its two lifts only: no renewal
    later = {"from_on": soon + timedelta(days=1), "until_on": soon + timedelta(days=365)}
    town.enter("manager", number="C1", cover=Cover.LISTED, lifts=[town.one.id], **later)
    assert reminded() == [f"policy_renewal:{policy.id}:{soon}"]
    renewal = town.enter(number="C2", **later)
    assert reminded() == []
    again = policy_of(town.by("officer"), policy.organisation_id, policy.id)
    assert again.renewed_by_id == renewal.id


def test_a_policy_that_is_let_lapse_reminds_nobody_and_says_why(town: Town) -> None:
    policy, by = town.enter(until_on=clock.today() + timedelta(days=20)), town.by("officer")
    with pytest.raises(Invalid), db.transaction():
        actions.let_lapse(policy_of(by, policy.organisation_id, policy.id), "", by=by)
    with db.transaction():
        actions.let_lapse(policy_of(by, policy.organisation_id, policy.id), "电梯将报废", by=by)
    assert reminded() == []


def test_a_firm_that_pays_is_reminded_too(town: Town) -> None:
    town.enter(
        "manager",
        cover=Cover.LISTED,
        lifts=[town.one.id],
        payer=Payer.FIRM,
        until_on=clock.today() + timedelta(days=5),
    )
    ((duty,),) = DUTIES[0].duties(clock.today(), 60)
    assert (duty.organisation_id, duty.firm_id) == (town.unit.id, town.firm.id)


def test_a_case_goes_its_way_and_no_other(town: Town) -> None:
    town.enter()
    by, today = town.by("officer"), clock.today()
    lift = db.session.get_one(Equipment, town.one.id)
    for on, event, said in (
        (today + timedelta(days=1), "困人", "on"),
        (today, " ", "event"),
        (date(2020, 1, 1), "困人", "on"),
    ):
        with pytest.raises(Invalid) as refused, db.transaction():
            cases.tell(lift, None, on, event, 100, by=by)
        assert list(refused.value.fields) == [said]
    with pytest.raises(Invalid), db.transaction():
        cases.tell(lift, None, today, "困人", 100, ["visit:" + str(town.third.id)], by=by)
    with db.transaction():
        case = cases.tell(lift, None, today, "困人，门刀损坏", 500_000, ["call:96333-0042"], by=by)
    with pytest.raises(Invalid), db.transaction():
        cases.decline(case, "", by=by)
    with pytest.raises(Conflict), db.transaction():
        cases.pay(case, 400_000, today, "", by=by)
    db.session.refresh(case)
    with db.transaction():
        cases.accept(case, "已立案", by=by)
    with pytest.raises(Invalid), db.transaction():
        cases.pay(case, None, today, "", by=by)
    with pytest.raises(Invalid), db.transaction():
        cases.pay(case, 400_000, today + timedelta(days=1), "", by=by)
    with db.transaction():
        cases.pay(case, 400_000, today, "结案", by=by)
    assert (case.state, case.paid_fen, case.links) == (CaseState.PAID, 400_000, ["call:96333-0042"])
    with pytest.raises(Conflict), db.transaction():
        cases.decline(case, "反悔", by=by)


def test_the_insurer_of_a_lift_is_its_own(town: Town) -> None:
    town.enter("stranger", number="Z9", holder_id=town.other.id, cover=Cover.LISTED, lifts=[town.third.id])
    assert insured_by(town.third.id, clock.today()) is not None
    assert insured_by(town.one.id, clock.today()) is None


def test_how_many_are_insured_by_firm(town: Town) -> None:
    town.enter(cover=Cover.LISTED, lifts=[town.one.id])
    shares = coverage(town.by("supervisor"), {}, Equipment.maintenance_firm_id, clock.today())
    assert shares == {town.firm.id: (1, 1), town.rival.id: (0, 2)}


def test_lifts_without_insurance_are_listed(town: Town) -> None:
    town.enter()
    who = town.by("supervisor")
    assert [lift.name for lift in db.session.scalars(uninsured(who, {}, clock.today()))] == ["3号梯"]
    assert db.session.scalars(uninsured(who, {"firm": str(town.firm.id)}, clock.today())).all() == []


def test_the_pages_of_a_use_unit(town: Town, signed_in: Sign) -> None:
    browser = signed_in(town.officer)
    page = browser.get("/insurance/new")
    assert "银杏物业" in page.text
    assert "1号梯" in page.text
    today = clock.today()
    form = {
        "holder": str(town.unit.id),
        "number": "A-1",
        "insurer": "人保财险",
        "kind": "liability",
        "sum": "200万",
        "payer": "use_unit",
        "from_on": today.isoformat(),
        "until_on": (today + timedelta(days=364)).isoformat(),
        "cover": "listed",
    }
    refused = browser.post("/insurance/new", data=form)
    assert refused.status_code == 422
    assert "至少选择一台电梯" in refused.text
    unread = browser.post("/insurance/new", data=form | {"codes": "没有这台"})
    assert unread.status_code == 422
    assert "没有这台" in unread.text
    amount = browser.post("/insurance/new", data=form | {"sum": "很多"})
    assert amount.status_code == 422
    done = browser.post("/insurance/new", data=form | {"lifts": str(town.one.id), "visits_promised": "24"})
    assert done.status_code == 302
    shown = browser.get(done.location).text
    assert "2,000,000" in shown
    assert "1号梯" in shown
    twice = browser.post("/insurance/new", data=form | {"number": "a1", "lifts": str(town.two.id)})
    assert twice.status_code == 409
    assert "人保财险" in twice.text
    assert "A-1" in browser.get("/insurance").text
    assert "A-1" in browser.get(f"/insurance?lift={town.one.id}&state=in_force").text
    assert "A-1" not in browser.get("/insurance?state=expired").text
    correct = browser.get(f"{done.location}/correct")
    assert "A-1" in correct.text
    assert (
        browser.post(f"{done.location}/correct", data=form | {"lifts": str(town.two.id)}).status_code == 302
    )
    told = browser.get(f"/insurance/cases/new/{town.two.id}")
    assert told.status_code == 200
    case = browser.post(
        f"/insurance/cases/new/{town.two.id}",
        data={"on": today.isoformat(), "event": "进水", "claimed": "3000"},
    )
    assert case.status_code == 302
    assert "进水" in browser.get(case.location).text
    assert browser.post(case.location, data={"step": "pay"}).status_code == 422
    assert browser.post(case.location, data={"step": "accept", "reply": "立案"}).status_code == 302
    paid = {"step": "pay", "paid": "2800", "on": today.isoformat()}
    assert browser.post(case.location, data=paid).status_code == 302
    assert "2,800" in browser.get("/insurance/cases").text
    whole = browser.get(f"/equipment/{town.two.id}").text
    assert "人保财险" in whole


def test_strangers_learn_nothing(town: Town, signed_in: Sign) -> None:
    policy = town.enter()
    path = f"/insurance/{policy.organisation_id}/{policy.id}"
    for who in (town.stranger, town.far):
        browser = signed_in(who)
        assert browser.get(path).status_code == 404
        assert browser.post(f"{path}/cancel", data={"on": "2026-12-01", "reason": "x"}).status_code == 404
        assert "PZDT" not in browser.get("/insurance").text
        assert browser.get(f"/insurance/cases/new/{town.one.id}").status_code == 404
    assert signed_in(town.technician).get("/insurance/new").status_code == 403


def test_the_public_learns_the_insurer_and_no_sum(town: Town, client: FlaskClient) -> None:
    lift = make.equipment(
        "elevator", code=make_code(keys()), use_unit_id=town.unit.id, details={"catalogue": "3110"}
    )
    town.enter()
    page = client.get(f"/T/{lift.label_code}").text
    assert "已投保电梯安全责任保险" in page
    assert "平安财险" in page
    assert "2,000,000" not in page
    assert "PZDT" not in page
