"""A lift comes under maintenance on demand when every condition holds, and falls back by itself the day one does not:
its visit is due by the calendar again, and everybody around it hears why."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.words import Message
from equipment.dues.actions import done, plan_piece
from equipment.dues.queries import open_dues
from equipment.files.actions import StoredDocument, take
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.rules import FindingSource
from equipment.insurance import actions as insurance
from equipment.insurance.actions import PolicyDraft
from equipment.insurance.models import Policy
from equipment.insurance.queries import policy_of
from equipment.insurance.rules import Cover, Payer, PolicyKind
from equipment.on_demand import actions
from equipment.on_demand.actions import Approval, FilingDraft
from equipment.on_demand.dues import RemoteCheckDue
from equipment.on_demand.following import follow, follow_all
from equipment.on_demand.models import OnDemandPeriod, PilotFiling
from equipment.on_demand.queries import filing_of, latest_periods, named_pieces, pilot_pieces, visible_filings
from equipment.on_demand.rules import CheckResult, ContractKnown, FilingCover
from equipment.on_demand.states import FilingState
from equipment.people.models import Organisation, Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Role
from equipment.people.scope import visible
from equipment.register.actions import change, change_status
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.planning import VISITS, DueKind
from equipment.reminders.models import Notice
from equipment.rules.actions import choose
from equipment.storage import db
from tests import make

Sign = Callable[[User], FlaskClient]
GRACE = timedelta(days=7)


def photo() -> StoredDocument:
    picture = io.BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "PNG")
    picture.seek(0)
    return take(picture, "机房.png", "remote_check")


class Pilot:
    """A pilot with one lift: insured, inspected, filed with remote checks, its last visit today."""

    def __init__(self) -> None:
        self.today = clock.today()
        self.unit = make.organisation(OrganisationKind.USE_UNIT, "银杏物业")
        self.firm = make.organisation(OrganisationKind.FIRM, "甲维保")
        self.rival = make.organisation(OrganisationKind.FIRM, "乙维保")
        city = make.organisation(OrganisationKind.REGULATOR, "市局", area=make.CITY)
        county = make.organisation(OrganisationKind.REGULATOR, "区局")
        office = make.organisation(OrganisationKind.REGULATOR, "街道所", area=make.TOWNSHIP)
        elsewhere = make.organisation(OrganisationKind.REGULATOR, "靖远局", area=make.ELSEWHERE)
        self.officer = make.user(self.unit, Role.SAFETY_OFFICER)
        self.manager = make.user(self.firm, Role.FIRM_MANAGER)
        self.technician = make.user(self.firm, Role.TECHNICIAN, certificate="T")
        self.rival_manager = make.user(self.rival, Role.FIRM_MANAGER)
        self.admin = make.user(city, Role.ADMINISTRATOR, Role.SUPERVISOR)
        self.county = make.user(county, Role.SUPERVISOR)
        self.office = make.user(office, Role.SUPERVISOR)
        self.elsewhere = make.user(elsewhere, Role.SUPERVISOR)
        self.licence(self.firm)
        self.licence(self.rival)
        self.lift = make.equipment(
            "elevator",
            use_unit_id=self.unit.id,
            maintenance_firm_id=self.firm.id,
            catalogue_code="3110",
            name="1号梯",
            details={"catalogue": "3110", "maintenance_mode": "on_demand", "on_demand_basis": "iot"},
            base_on=self.today - timedelta(days=370),
        )
        with db.transaction():
            done(self.piece, DueKind.INSPECTION, on=self.today, by="inspection:1", conclusion="passed")
            done(self.piece, DueKind.VISIT_YEAR, on=self.today, by="visit:1")

    def licence(self, firm: Organisation) -> None:
        with make.writing():
            db.session.add(
                Paper(
                    organisation_id=firm.id,
                    kind=PaperKind.MAINTENANCE_LICENCE,
                    number=firm.name,
                    covers=["T"],
                    valid_from=self.today - timedelta(days=100),
                    valid_until=self.today + timedelta(days=900),
                )
            )

    @property
    def piece(self) -> Equipment:
        return db.session.get_one(Equipment, self.lift.id)

    def by(self, who: str) -> Any:
        return viewer_of(db.session.get_one(User, getattr(self, who).id))

    def open(self) -> None:
        with db.transaction():
            choose(
                "on_demand_pilot",
                self.today,
                {"value": "allowed"},
                cite="市监〔2026〕1号",
                by=self.by("admin"),
            )

    def insure(self, days: int = 300) -> Policy:
        draft = PolicyDraft(
            holder_id=self.unit.id,
            number=f"N{days}",
            insurer="平安",
            kind=PolicyKind.LIABILITY,
            payer=Payer.USE_UNIT,
            sum_fen=100,
            from_on=self.today,
            until_on=self.today + timedelta(days=days),
            cover=Cover.UNIT,
        )
        with db.transaction():
            return insurance.enter(draft, by=self.by("officer"))

    def draft(self, **more: Any) -> FilingDraft:
        plain = FilingDraft(
            firm_id=self.firm.id,
            basis=OnDemandBasis.REMOTE_CHECK,
            months=None,
            from_on=self.today,
            until_on=self.today + timedelta(days=400),
            cover=FilingCover.LISTED,
            lifts=[self.lift.id],
            contract=ContractKnown.FULL,
        )
        return replace(plain, **more)

    def file(self, **more: Any) -> PilotFiling:
        with db.transaction():
            filing = actions.apply(self.draft(**more), by=self.by("manager"))
        return self.approve(filing)

    def approve(self, filing: PilotFiling, who: str = "county") -> PilotFiling:
        with db.transaction():
            held = filing_of(self.by("manager"), filing.organisation_id, filing.id)
            return actions.approve(held, Approval("备〔2026〕2号", "区局", self.today), by=self.by(who))

    def check(self, on: date | None = None, result: CheckResult = CheckResult.OK, note: str = "") -> None:
        with db.transaction():
            actions.record_check(
                self.piece, on or clock.today(), result, note, [photo()], by=self.by("technician")
            )

    def begin(self) -> None:
        """Everything that is needed."""
        self.open()
        self.insure()
        self.check()
        self.file()

    @property
    def period(self) -> OnDemandPeriod | None:
        db.session.expire_all()
        return latest_periods([self.lift.id]).get(self.lift.id)

    @property
    def visit_on(self) -> date:
        db.session.expire_all()
        (visit,) = [due for due in open_dues(self.lift.id) if due.kind in VISITS]
        return visit.due_on

    def explanation(self) -> str:
        (visit,) = [due for due in open_dues(self.lift.id) if due.kind in VISITS]
        return str(visit.explanation["msgid"])

    def on(self, days: int) -> Any:
        """So many days from today, in the morning."""
        return clock.played(self.instant(days))

    def instant(self, days: int) -> datetime:
        return clock.site_midnight(self.today + timedelta(days=days)) + timedelta(hours=8)

    def night(self) -> None:
        follow_all(clock.today())
        with db.transaction():
            plan_piece(self.piece, by_actor="system")


@pytest.fixture
def pilot(app: Flask) -> Pilot:
    return Pilot()


def after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def test_what_the_register_says_is_no_right(pilot: Pilot) -> None:
    assert pilot.visit_on == after(pilot.today, 15)


def test_without_a_pilot_nothing_is_on_demand(pilot: Pilot) -> None:
    pilot.insure()
    pilot.check()
    pilot.file()
    assert (pilot.period, pilot.visit_on) == (None, after(pilot.today, 15))


def test_with_everything_the_visit_is_two_months_off_while_checks_follow(pilot: Pilot) -> None:
    pilot.begin()
    period = pilot.period
    assert period is not None
    assert (period.from_on, period.ended_on, period.months) == (pilot.today, None, 2)
    # it is known to hold for 15 days, until the next remote check: then 7 days of grace
    assert pilot.visit_on == after(pilot.today, 16) + GRACE
    checks = [due.due_on for due in open_dues(pilot.lift.id) if due.kind == RemoteCheckDue.REMOTE_CHECK]
    assert checks == [after(pilot.today, 15)]
    with pilot.on(14):
        pilot.check()
        assert pilot.visit_on == after(pilot.today, 30) + GRACE
    with pilot.on(29):
        pilot.check()
    with pilot.on(43):
        pilot.check()
        two_months = pilot.visit_on
        assert pilot.period is not None
        assert pilot.period.ended_on is None
    assert after(pilot.today, 58) < two_months < after(pilot.today, 63)


def test_a_missed_remote_check_ends_it_the_day_it_is_missing(pilot: Pilot) -> None:
    pilot.begin()
    with pilot.on(15):
        pilot.night()
        assert pilot.period is not None
        assert pilot.period.ended_on is None
        before = pilot.visit_on
    with pilot.on(16):
        pilot.night()
        period = pilot.period
        assert period is not None
        assert (period.ended_on, period.reasons) == (after(pilot.today, 16), ["basis"])
        assert pilot.visit_on == before == after(pilot.today, 16) + GRACE
        assert "By calendar again" in pilot.explanation()
        heard = {
            notice.user_id: notice.text
            for notice in db.session.scalars(select(Notice).where(Notice.duty.startswith("on_demand_end")))
        }
        assert {pilot.manager.id, pilot.officer.id, pilot.county.id} <= set(heard)
        pilot.night()  # twice does no harm
        assert pilot.period.id == period.id  # type: ignore[union-attr]
    with pilot.on(17):  # it comes back by itself when the check is made
        pilot.check()
        again = pilot.period
        assert again is not None
        assert (again.from_on, again.ended_on) == (after(pilot.today, 17), None)


def test_what_was_found_from_afar_ends_it_at_once(pilot: Pilot) -> None:
    pilot.begin()
    with pilot.on(5):
        pilot.check(result=CheckResult.ABNORMAL, note="制动器异响")
        assert pilot.period is not None
        assert pilot.period.ended_on == after(pilot.today, 5)
        assert pilot.visit_on == after(pilot.today, 15)  # the calendar is later than the grace


def test_a_policy_that_is_cancelled_ends_it_at_once_and_a_new_one_brings_it_back(pilot: Pilot) -> None:
    pilot.open()
    policy = pilot.insure()
    pilot.check()
    pilot.file()
    with pilot.on(10):
        with db.transaction():
            by = pilot.by("officer")
            held = policy_of(by, policy.organisation_id, policy.id)
            insurance.cancel(held, clock.today(), "换公司", by=by)
        assert pilot.period is not None
        assert (pilot.period.ended_on, pilot.period.reasons) == (after(pilot.today, 10), ["insurance"])
        assert pilot.visit_on == after(pilot.today, 10) + GRACE
        pilot.insure(days=500)
        assert pilot.period.ended_on is None


def test_a_hazard_that_stops_use_ends_it_at_once(pilot: Pilot) -> None:
    pilot.begin()
    with pilot.on(3), db.transaction():
        by = pilot.by("county")
        finding = findings.find(pilot.piece, source=FindingSource.MANUAL, description="门锁短接", by=by)
        hazards.confirm(finding, Grade.MAJOR, "4.6b", after(pilot.today, 10), by=by, still_used=True)
    assert pilot.period is not None
    assert pilot.period.ended_on == after(pilot.today, 3)
    assert set(pilot.period.reasons) == {"in_use", "hazard"}


def test_another_firm_or_a_lock_ends_it_at_once(pilot: Pilot) -> None:
    pilot.begin()
    with db.transaction():
        change(pilot.piece, {"maintenance_firm_id": pilot.rival.id}, by=pilot.by("county"))
    assert pilot.period is not None
    assert (pilot.period.ended_on, pilot.period.reasons) == (pilot.today, ["filing"])
    with db.transaction():
        change(pilot.piece, {"maintenance_firm_id": pilot.firm.id}, by=pilot.by("county"))
    assert pilot.period.ended_on is None
    with db.transaction():
        change_status(pilot.piece, EquipmentStatus.LOCKED, reason="查封", by=pilot.by("county"))
    assert pilot.period.reasons == ["in_use"]


def test_the_bureau_ends_the_pilot_and_the_night_ends_every_lift(pilot: Pilot) -> None:
    pilot.begin()
    with pilot.on(4):
        with db.transaction():
            choose("on_demand_pilot", clock.today(), {"value": ""}, cite="停止试点通知", by=pilot.by("admin"))
        pilot.night()
        assert pilot.period is not None
        assert pilot.period.reasons == ["pilot"]


def test_a_pilot_needs_its_document(pilot: Pilot) -> None:
    with pytest.raises(Invalid) as refused, db.transaction():
        choose("on_demand_pilot", pilot.today, {"value": "allowed"}, by=pilot.by("admin"))
    assert list(refused.value.fields) == ["cite"]


def test_a_withdrawn_filing_ends_it_and_an_iot_filing_cannot_begin_before_somebody_knows(
    pilot: Pilot,
) -> None:
    pilot.open()
    pilot.insure()
    pilot.check()
    filing = pilot.file()
    with db.transaction():
        held = filing_of(pilot.by("manager"), filing.organisation_id, filing.id)
        actions.withdraw(held, "不再试点", by=pilot.by("manager"))
    assert pilot.period is not None
    assert (pilot.period.ended_on, pilot.period.reasons) == (pilot.today, ["filing"])
    pilot.file(basis=OnDemandBasis.IOT)
    assert pilot.period.ended_on == pilot.today


def said(error: pytest.ExceptionInfo[Invalid]) -> dict[str, str]:
    return {
        name: str(text) if isinstance(text, Message) else text for name, text in error.value.fields.items()
    }


@pytest.mark.parametrize(
    ("more", "field", "text"),
    [
        ({"months": 3}, "months", "For this basis visits are at most 2 month(s) apart."),
        (
            {"contract": ContractKnown.PARTIAL},
            "contract",
            "Remote checks ask for an all-inclusive contract (全包维保).",
        ),
        ({"lifts": []}, "lifts", "Choose at least one lift."),
        ({"cover": FilingCover.UNIT}, "unit", "Choose a use unit on file."),
        ({"cover": FilingCover.AREA, "area": "999999"}, "area", "Choose an area of yours."),
        ({"until_on": date(2020, 1, 1)}, "until_on", "The last day lies before the first."),
        ({"until_on": date(2099, 1, 1)}, "until_on", "More than 5 years: check the days."),
    ],
)
def test_what_cannot_be_filed_is_said_at_its_field(
    pilot: Pilot, more: dict[str, Any], field: str, text: str
) -> None:
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.apply(pilot.draft(**more), by=pilot.by("manager"))
    assert said(refused)[field] == text


def test_who_decides_on_a_filing(pilot: Pilot) -> None:
    with db.transaction():
        filing = actions.apply(pilot.draft(), by=pilot.by("manager"))
    for who in ("office", "elsewhere", "manager"):
        with pytest.raises(NotAllowed):
            pilot.approve(filing, who)
    held = filing_of(pilot.by("manager"), filing.organisation_id, filing.id)
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.approve(held, Approval("", " ", after(pilot.today, 1)), by=pilot.by("county"))
    assert set(refused.value.fields) == {"number", "office", "document_on"}
    assert pilot.approve(filing).state is FilingState.APPROVED
    held = filing_of(pilot.by("manager"), filing.organisation_id, filing.id)
    with pytest.raises(Conflict), db.transaction():
        actions.refuse(held, "晚了", by=pilot.by("county"))
    with pytest.raises(NotAllowed), db.transaction():
        actions.apply(pilot.draft(), by=pilot.by("rival_manager"))


def test_a_list_names_its_lifts_and_no_other_of_the_firm(pilot: Pilot) -> None:
    two = make.equipment(
        "elevator",
        use_unit_id=pilot.unit.id,
        maintenance_firm_id=pilot.firm.id,
        area=make.ELSEWHERE,
        details={"catalogue": "3110"},
    )
    filing = pilot.file()
    assert db.session.scalars(named_pieces(SYSTEM, filing)).all() == [pilot.piece]
    pilot.open()
    waiting = pilot_pieces(pilot.by("admin"), "waiting")
    assert db.session.scalars(waiting).all() == [pilot.piece]
    assert two.id not in {lift.id for lift in db.session.scalars(pilot_pieces(SYSTEM))}


def test_who_sees_a_filing(pilot: Pilot) -> None:
    pilot.file()
    with db.transaction():  # a list of another firm's own lifts is nobody else's
        other = make.equipment(
            "elevator",
            use_unit_id=pilot.rival.id,
            maintenance_firm_id=pilot.rival.id,
            area=make.ELSEWHERE,
            details={"catalogue": "3110"},
        )
        draft = pilot.draft(firm_id=pilot.rival.id, lifts=[other.id])
        actions.apply(draft, by=pilot.by("rival_manager"))
    sees = {
        who: {
            row.organisation_id == pilot.firm.id for row in db.session.scalars(visible_filings(pilot.by(who)))
        }
        for who in ("manager", "officer", "county", "office", "rival_manager", "elsewhere")
    }
    assert sees == {
        "manager": {True},
        "officer": {True},
        "county": {True, False},  # the rival's office is in this county
        "office": {True},
        "rival_manager": {False},
        "elsewhere": {False},
    }


@pytest.mark.parametrize(
    ("days", "result", "note", "photos", "field"),
    [
        (1, CheckResult.OK, "", 1, "on"),
        (-16, CheckResult.OK, "", 1, "on"),
        (0, CheckResult.ABNORMAL, " ", 1, "note"),
        (0, CheckResult.OK, "", 0, "photos"),
    ],
)
def test_what_is_no_remote_check(
    pilot: Pilot, days: int, result: CheckResult, note: str, photos: int, field: str
) -> None:
    shown = [photo()] * photos
    with pytest.raises(Invalid) as refused, db.transaction():
        actions.record_check(
            pilot.piece, after(pilot.today, days), result, note, shown, by=pilot.by("technician")
        )
    assert list(refused.value.fields) == [field]
    with pytest.raises(NotFound), db.transaction():
        actions.record_check(
            pilot.piece, pilot.today, CheckResult.OK, "", [photo()], by=pilot.by("rival_manager")
        )


def test_two_nights_at_once_begin_it_once(pilot: Pilot) -> None:
    pilot.begin()
    for _each in range(2):
        with db.transaction():
            follow([pilot.lift.id], clock.today())
    rows = db.session.scalars(visible(SYSTEM, OnDemandPeriod)).all()
    assert len(rows) == 1


def test_the_pages(pilot: Pilot, signed_in: Sign) -> None:
    manager, county, technician = map(signed_in, (pilot.manager, pilot.county, pilot.technician))
    assert "本地尚未开展试点" in manager.get("/on-demand").text
    pilot.open()
    pilot.insure()
    new = manager.get("/on-demand/filings/new")
    assert "1号梯" in new.text
    form = {
        "firm": str(pilot.firm.id),
        "basis": "remote_check",
        "from_on": pilot.today.isoformat(),
        "until_on": after(pilot.today, 300).isoformat(),
        "cover": "listed",
        "contract": "full",
        "lifts": str(pilot.lift.id),
    }
    assert manager.post("/on-demand/filings/new", data=form | {"months": "9"}).status_code == 422
    filed = manager.post("/on-demand/filings/new", data=form)
    assert filed.status_code == 302
    assert "待审批" in manager.get(filed.location).text
    assert manager.post(f"{filed.location}/approve", data={}).status_code == 403
    assert county.post(f"{filed.location}/approve", data={}).status_code == 422
    approval = {"number": "备1号", "office": "区局", "document_on": pilot.today.isoformat()}
    assert county.post(f"{filed.location}/approve", data=approval).status_code == 302
    assert "替代措施" in county.get("/on-demand?state=waiting").text
    lift = f"/on-demand/lifts/{pilot.lift.id}"
    assert "没有远程检查记录" in technician.get(lift).text
    bare = {"on": pilot.today.isoformat(), "result": "ok"}
    refused = technician.post(f"{lift}/checks", data=bare)
    assert refused.status_code == 422
    assert "请上传照片" in refused.text
    picture = io.BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "PNG")
    picture.seek(0)
    done_it = technician.post(f"{lift}/checks", data=bare | {"photos": (picture, "a.png")})
    assert done_it.status_code == 302
    assert "按需维保中" in technician.get(lift).text
    assert "1号梯" in county.get("/on-demand?state=in_force").text
    assert "按需维保" in signed_in(pilot.officer).get(f"/equipment/{pilot.lift.id}").text
    for stranger in (pilot.rival_manager, pilot.elsewhere):
        browser = signed_in(stranger)
        assert browser.get(lift).status_code == 404
        assert browser.get(filed.location).status_code == 404
        assert browser.post(f"{filed.location}/withdraw", data={"reason": "x"}).status_code == 404
    assert county.post(f"{filed.location}/withdraw", data={"reason": "检查发现造假"}).status_code == 302
    assert "已恢复按日历" in county.get(lift).text


def test_the_bureau_enters_its_own_document(pilot: Pilot, signed_in: Sign) -> None:
    county = signed_in(pilot.county)
    assert county.get("/on-demand/filings/new").status_code == 200
    assert "甲维保" in county.get("/on-demand/filings/new?firm=甲维保").text
    form = {
        "firm": str(pilot.firm.id),
        "basis": "other",
        "from_on": pilot.today.isoformat(),
        "until_on": after(pilot.today, 300).isoformat(),
        "cover": "area",
        "area": make.TOWNSHIP,
        "contract": "partial",
    }
    assert county.post("/on-demand/filings/new", data=form).status_code == 422  # without the document
    approval = {"number": "备7号", "office": "区局", "document_on": pilot.today.isoformat()}
    pilot.open()
    pilot.insure()
    filed = county.post("/on-demand/filings/new", data=form | approval)
    assert filed.status_code == 302
    period = pilot.period
    assert period is not None
    assert (period.months, period.ended_on) == (1, None)
    assert pilot.visit_on <= after(pilot.today, 31)
    assert pilot.visit_on >= after(pilot.today, 28)
