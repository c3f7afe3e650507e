"""Instruments added, verified, checked, stopped and scrapped; who changes which; lists for the body; the
share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.instruments import actions
from equipment.instruments.actions import NewInstrument, OwnCheckDraft, VerificationDraft
from equipment.instruments.duties import DUTIES
from equipment.instruments.home import home_cards
from equipment.instruments.lists import draw_list
from equipment.instruments.models import Instrument, OwnCheck, Verification, VerificationListRow
from equipment.instruments.queries import Verified, by_county, instrument_of, rows_of, verified_by
from equipment.instruments.rules import InstrumentKind, InstrumentState, OwnCheckResult, VerificationResult
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role
from equipment.people.scope import visible
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
PASSED, FAILED = VerificationResult.PASSED, VerificationResult.FAILED


class Town:
    """A station with a scale, a use unit with a gauge on its boiler, another county's unit, and the
    bureau."""

    def __init__(self) -> None:
        self.station = make.station()
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "银杏热力")
        self.far_unit = make.organisation(OrganisationKind.USE_UNIT, "靖远热力", area=make.ELSEWHERE)
        bureau = make.organisation(OrganisationKind.REGULATOR, "白银区局")
        far = make.organisation(OrganisationKind.REGULATOR, "靖远县局", area=make.ELSEWHERE)
        self.owner = make.user(self.station, Role.STATION_OWNER)
        self.operator = make.user(self.station, Role.OPERATOR)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER)
        self.supervisor = make.user(bureau, Role.SUPERVISOR)
        self.far = make.user(far, Role.SUPERVISOR)
        people = ("owner", "operator", "officer", "supervisor", "far")
        self.ids = {who: getattr(self, who).id for who in people}
        self.station_id = self.station.id
        self.mobiles: dict[str, str] = {}
        self.scale = self.add(self.station, "S1", until=make.days(20))
        self.gauge = self.add(self.unit, "G1", kind=InstrumentKind.GAUGE, until=make.days(-3))

    def add(
        self,
        unit: Organisation,
        number: str,
        *,
        kind: InstrumentKind = InstrumentKind.SCALE,
        until: date | None = None,
        **more: Any,
    ) -> Instrument:
        with db.transaction():
            new = NewInstrument(kind, number, number, until, **more)
            row = actions.add_instrument(
                db.session.get_one(Organisation, unit.id), new, by=self.by("supervisor")
            )
        return instrument_of(self.by("supervisor") if unit is not self.far_unit else self.by("far"), row.id)

    def by(self, who: str) -> Any:
        return viewer_of(self.user(who))

    def user(self, who: str) -> User:
        return db.session.get_one(User, self.ids[who])

    def verify(self, row: Instrument, by: str = "supervisor", **more: Any) -> Verification:
        with db.transaction():
            return actions.verify(fresh(row), replace(CERTIFICATE, **more), by=self.by(by))

    def check(self, row: Instrument, result: OwnCheckResult, on: date, note: str = "") -> OwnCheck:
        draft = OwnCheckDraft(result=result, checked_on=on, checker="王五", note=note)
        with db.transaction():
            return actions.own_check(fresh(row), draft, by=self.by("operator"))


CERTIFICATE = VerificationDraft(
    result=PASSED, body="市计量所", number="HQ-1", verified_on=make.days(-1), valid_until=make.days(363)
)


def fresh(row: Instrument) -> Instrument:
    return db.session.get_one(Instrument, row.id, populate_existing=True)


def verbs(row: Instrument) -> list[str]:
    lines = select(Event).where(Event.subject == f"organisation:{row.organisation_id}").order_by(Event.seq)
    return [event.verb for event in db.session.scalars(lines) if event.verb.startswith("instrument.")]


@pytest.fixture
def town(app: Flask) -> Town:
    return Town()


def test_a_verification_moves_the_day_and_a_failure_stops_the_instrument(town: Town) -> None:
    town.verify(town.scale)
    row = fresh(town.scale)
    assert (row.verified_until, row.verified_on, row.state) == (
        make.days(363),
        make.days(-1),
        InstrumentState.IN_USE,
    )
    town.verify(town.scale, result=FAILED, number="HQ-2", verified_on=clock.today(), valid_until=None)
    row = fresh(town.scale)
    assert (row.failed, row.state, row.stop_reason, row.stopped_on) == (
        True,
        InstrumentState.STOPPED,
        "市计量所 HQ-2",
        clock.today(),
    )
    with pytest.raises(Conflict), db.transaction():
        actions.reinstate(fresh(town.scale), by=town.by("owner"))
    town.verify(town.scale, number="HQ-3", verified_on=clock.today())
    row = fresh(town.scale)
    assert (row.failed, row.state, row.stopped_on) == (False, InstrumentState.IN_USE, None)
    assert verbs(row) == ["instrument.added", *["instrument.verified"] * 3]


def test_an_older_certificate_entered_late_changes_nothing_of_today(town: Town) -> None:
    town.verify(town.scale)
    town.verify(town.scale, result=FAILED, number="HQ-0", verified_on=make.days(-400), valid_until=None)
    row = fresh(town.scale)
    assert (row.failed, row.state, row.verified_until) == (False, InstrumentState.IN_USE, make.days(363))


def test_a_verification_entered_wrong_is_taken_back_and_the_day_before_it_counts_again(town: Town) -> None:
    wrong = town.verify(town.scale)
    with db.transaction():
        actions.withdraw_verification(
            fresh(town.scale),
            db.session.get_one(Verification, (wrong.organisation_id, wrong.id)),
            "证书是另一台秤的",
            by=town.by("owner"),
        )
    row = fresh(town.scale)
    assert (row.verified_until, row.verified_on) == (make.days(20), None)  # as it came on file
    town.verify(town.scale)  # its number is free again
    assert len(db.session.scalars(select(Verification)).all()) == 2


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"number": " "}, ["number"]),
        ({"body": ""}, ["body"]),
        ({"verified_on": make.days(1)}, ["verified_on"]),
        ({"valid_until": None}, ["valid_until"]),
        ({"valid_until": make.days(-2)}, ["valid_until"]),
        ({"valid_until": make.days(365 * 12)}, ["valid_until"]),
    ],
)
def test_what_is_no_certificate_is_refused(town: Town, changed: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        town.verify(town.scale, **changed)
    assert list(refused.value.fields) == fields
    assert verbs(fresh(town.scale)) == ["instrument.added"]


def test_the_same_certificate_twice_is_refused(town: Town) -> None:
    town.verify(town.scale)
    with pytest.raises(Invalid) as refused:
        town.verify(town.scale)
    assert list(refused.value.fields) == ["number"]


def test_an_own_check_starts_the_next_period_and_a_bad_one_stops_the_scale(town: Town) -> None:
    assert fresh(town.scale).check_due_on is not None
    assert fresh(town.gauge).check_due_on is None  # the rule speaks of filling scales alone
    town.check(town.scale, OwnCheckResult.GOOD, make.days(-5))
    row = fresh(town.scale)
    assert (row.checked_on, row.check_due_on is not None) == (make.days(-5), True)
    due = row.check_due_on
    town.check(town.scale, OwnCheckResult.BAD, clock.today(), "偏差 0.4 kg")
    row = fresh(town.scale)
    assert (row.state, row.stop_reason, row.check_due_on) == (InstrumentState.STOPPED, "偏差 0.4 kg", due)
    with pytest.raises(Conflict), db.transaction():
        actions.reinstate(fresh(town.scale), by=town.by("owner"))
    town.check(town.scale, OwnCheckResult.GOOD, clock.today())
    with db.transaction():
        actions.reinstate(fresh(town.scale), by=town.by("owner"))
    assert fresh(town.scale).state is InstrumentState.IN_USE


def test_a_bad_check_without_words_is_refused(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        town.check(town.scale, OwnCheckResult.BAD, clock.today())
    assert list(refused.value.fields) == ["note"]


def test_a_scrapped_instrument_changes_no_more(town: Town) -> None:
    with db.transaction():
        actions.scrap(fresh(town.scale), "传感器损坏", by=town.by("owner"))
    row = fresh(town.scale)
    assert (row.state, row.check_due_on) == (InstrumentState.SCRAPPED, None)
    for change in (
        lambda: actions.reinstate(fresh(town.scale), by=town.by("owner")),
        lambda: actions.verify(fresh(town.scale), CERTIFICATE, by=town.by("owner")),
        lambda: actions.change_instrument(fresh(town.scale), {"name": "新"}, by=town.by("owner")),
    ):
        with pytest.raises(Conflict), db.transaction():
            change()


def test_each_sees_its_own_and_the_bureau_those_of_its_area(town: Town) -> None:
    far = town.add(town.far_unit, "F1")
    seen = {
        who: [
            row.number
            for row in db.session.scalars(visible(town.by(who), Instrument).order_by(Instrument.number))
        ]
        for who in ("owner", "officer", "supervisor", "far")
    }
    assert seen == {"owner": ["S1"], "officer": ["G1"], "supervisor": ["G1", "S1"], "far": ["F1"]}
    with pytest.raises(NotFound):
        instrument_of(town.by("supervisor"), far.id)


def test_a_list_names_what_is_due_and_its_rows_are_settled_by_verifications(town: Town) -> None:
    town.add(town.unit, "G2", until=make.days(200))
    town.add(town.unit, "G3")
    town.add(town.unit, "G4", statutory=False)
    with db.transaction():
        drawn = draw_list("", "市计量所", make.days(30), {}, by=town.by("supervisor"))
    rows = db.session.scalars(rows_of(drawn).order_by(VerificationListRow.row_no)).all()
    assert sorted(fresh_of(row).number for row in rows) == ["G1", "G3", "S1"]
    assert drawn.number == f"SJ-{make.COUNTY}-{clock.today().year}-1"
    verification = town.verify(town.gauge, verified_on=clock.today())
    town.verify(town.scale, number="OLD", verified_on=make.days(-500), valid_until=make.days(-136))
    settled = {fresh_of(row).number: row.verification_id for row in db.session.scalars(rows_of(drawn))}
    assert settled == {"G1": verification.id, "G3": None, "S1": None}


def fresh_of(row: VerificationListRow) -> Instrument:
    return db.session.get_one(Instrument, row.instrument_id)


def test_nothing_due_is_no_list(town: Town) -> None:
    with pytest.raises(Invalid) as refused, db.transaction():
        draw_list("", "", make.days(5), {"unit": str(town.station.id)}, by=town.by("supervisor"))
    assert list(refused.value.fields) == ["due_until"]


def test_the_share_counts_what_is_in_use_and_subject_to_it(app: Flask, town: Town) -> None:
    town.add(town.unit, "G2", until=make.days(200))
    town.add(town.unit, "G3")  # never verified: counts as not verified
    town.add(town.unit, "G4", statutory=False)
    stopped = town.add(town.unit, "G5")
    with db.transaction():
        actions.stop_instrument(fresh(stopped), "大修", by=town.by("supervisor"))
    grouped = verified_by(town.by("supervisor"), clock.today(), {})
    assert by_county(grouped) == {make.COUNTY: Verified(2, 4)}
    assert grouped[make.COUNTY, InstrumentKind.GAUGE] == Verified(0, 1)
    with app.test_request_context():
        card = home_cards(town.by("supervisor"))
    assert [(one.key, one.figure) for one in card] == [("instruments.share", "50.0%")]


def test_duties_are_those_of_instruments_in_use(town: Town) -> None:
    town.add(town.unit, "G3")  # nobody knows its day: no reminder, but the share and the lists tell of it
    duties = [
        (source.prefix, duty.text.params["number"], duty.due_on)
        for source in DUTIES
        for chunk in source.duties(clock.today(), 400)
        for duty in chunk
    ]
    due = fresh(town.scale).check_due_on
    assert sorted(duties) == sorted(
        [
            ("instrument", "S1", make.days(20)),
            ("instrument", "G1", make.days(-3)),
            ("instrument_check", "S1", due),
        ]
    )


def test_the_night_moves_own_checks_to_the_rule_of_the_day(town: Town) -> None:
    with make.writing():
        fresh(town.scale).check_due_on = None
    with db.transaction():
        last, moved = actions.plan_checks(None, 500)
    assert (last is not None, moved) == (True, 1)
    with db.transaction():
        assert actions.plan_checks(last, 500) == (None, 0)
    assert fresh(town.scale).check_due_on is not None


def test_an_owner_adds_changes_verifies_and_stops_on_pages(town: Town, signed_in: Sign) -> None:
    owner, operator, officer = (signed_in(town.user(who)) for who in ("owner", "operator", "officer"))
    typed = {"kind": "meter", "name": "流量计", "number": "LL-1", "measures": "0-100 m3/h", "statutory": "y"}
    assert owner.post("/instruments/new", data=typed).status_code == 302
    assert owner.post("/instruments/new", data=typed).status_code == 422
    meter = db.session.scalars(select(Instrument).where(Instrument.number == "LL-1")).one()
    assert (meter.organisation_id, meter.verified_until, meter.kind) == (
        town.station_id,
        None,
        InstrumentKind.METER,
    )
    page = f"/instruments/{meter.id}"
    assert owner.post(f"{page}/edit", data={**typed, "place": "2号撬"}).status_code == 302
    certificate = {
        "result": "passed",
        "body": "市计量所",
        "number": "LL-2026-9",
        "verified_on": make.days(-2).isoformat(),
        "valid_until": make.days(300).isoformat(),
    }
    assert owner.post(f"{page}/verifications/new", data=certificate).status_code == 302
    assert owner.post(f"{page}/verifications/new", data=certificate).status_code == 422
    assert owner.post(f"{page}/stop", data={"reason": "返厂"}).status_code == 302
    row = fresh(meter)
    assert (row.place, row.verified_until, row.state) == ("2号撬", make.days(300), InstrumentState.STOPPED)
    assert owner.post(f"{page}/reinstate").status_code == 302
    check = {"result": "good", "checked_on": clock.today().isoformat(), "checker": "王五"}
    assert operator.post(f"{page}/checks", data=check).status_code == 302
    assert operator.post(f"{page}/stop", data={"reason": "x"}).status_code == 403
    assert officer.get(page).status_code == 404


def test_results_of_a_list_are_typed_back_all_or_none(town: Town, signed_in: Sign) -> None:
    with db.transaction():
        drawn = draw_list("", "市计量所", make.days(30), {}, by=town.by("supervisor"))
    page = f"/instruments/lists/{drawn.organisation_id}/{drawn.id}"
    bureau = signed_in(town.user("supervisor"))
    numbers = {fresh_of(row).number: row.row_no for row in db.session.scalars(rows_of(drawn))}
    one, two = numbers["G1"], numbers["S1"]
    typed = {
        f"number-{one}": "C-1",
        f"on-{one}": clock.today().isoformat(),
        f"until-{one}": make.days(180).isoformat(),
        f"result-{one}": "passed",
        f"number-{two}": "C-2",
        f"on-{two}": clock.today().isoformat(),
        f"result-{two}": "passed",  # and no last day
    }
    assert bureau.post(f"{page}/results", data=typed).status_code == 422
    unsaid = bureau.post(f"{page}/results", data={**typed, f"result-{two}": ""})
    assert (unsaid.status_code, "请选择检定结论" in unsaid.get_data(as_text=True)) == (422, True)
    assert db.session.scalars(select(Verification)).all() == []
    db.session.rollback()
    assert bureau.post(f"{page}/results", data={**typed, f"result-{two}": "failed"}).status_code == 302
    entered = db.session.scalars(select(Verification).order_by(Verification.number)).all()
    assert [(row.number, row.result, row.body) for row in entered] == [
        ("C-1", PASSED, "市计量所"),
        ("C-2", FAILED, "市计量所"),
    ]
    assert fresh(town.scale).state is InstrumentState.STOPPED
    assert {row.verification_id is not None for row in db.session.scalars(rows_of(drawn))} == {True}


def test_every_number_of_the_share_opens_its_list(town: Town, signed_in: Sign) -> None:
    town.add(town.unit, "G2", until=make.days(200))
    bureau, owner = signed_in(town.user("supervisor")), signed_in(town.user("owner"))
    page = bureau.get("/instruments/share").get_data(as_text=True)
    assert "66.67 %" in page
    lists = {
        f"/instruments?area={make.COUNTY}&state=in_use&statutory=yes&verified=valid": ["G2", "S1"],
        f"/instruments?area={make.COUNTY}&state=in_use&statutory=yes&verified=not_valid": ["G1"],
        f"/instruments?area={make.COUNTY}&state=in_use&statutory=yes": ["G1", "G2", "S1"],
    }
    for url, numbers in lists.items():
        assert url.replace("&", "&amp;") in page
        listed = bureau.get(url).get_data(as_text=True)
        assert [number for number in ("G1", "G2", "S1") if f"{number} {number}</strong>" in listed] == numbers
    assert owner.get("/instruments/share").status_code == 403
