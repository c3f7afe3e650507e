"""How a use unit stands for a visit: its own account, a signature on site, the photo of a paper record; and disputes."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.dues.models import Due
from equipment.dues.queries import due_between
from equipment.dues.rules import DueState
from equipment.ledger.models import Event
from equipment.maintenance import actions, disputes, records, signatures, voiding
from equipment.maintenance.api import drawing
from equipment.maintenance.duties import DUTIES, own_link
from equipment.maintenance.links import digest_of, token_of
from equipment.maintenance.listing import filtered_visits, visit_table
from equipment.maintenance.models import Visit, VisitSignature
from equipment.maintenance.queries import signature_counts, to_sign
from equipment.maintenance.signatures import Signature, leave_unobjected
from equipment.maintenance.states import OtherSignature, SignatureKind, VisitState, shown_state
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.register.duty_rules import NOW
from equipment.regulation.planning import VISITS
from equipment.reminders.channels import written
from equipment.reminders.models import Notice
from equipment.reminders.rules import stage_on
from equipment.storage import db
from tests import make
from tests.maintenance.place import Place, place
from tests.maintenance.test_pages import Browser, ended, ink, opened
from tests.maintenance.test_visits import act, open_visits, whole_visit

ORIGIN = {"Origin": "http://localhost"}


@pytest.fixture
def at(app: Flask) -> Place:
    return place()


def picture() -> Any:
    return drawing(base64.b64decode(ink().partition(",")[2]))


def on_site(at: Place, **more: Any) -> Any:
    drawn = Signature(SignatureKind.ON_SITE, **{"signer_id": at.safe.id, **more}, image=picture())
    return act(at, signatures.sign, at.anna, drawn)


def on_paper(at: Place, by: User | None = None, **more: Any) -> Any:
    return act(at, signatures.sign, by or at.boss, Signature(SignatureKind.PAPER, **more, image=picture()))


def nightly(days: int) -> int:
    with db.transaction():
        return leave_unobjected(clock.today() + timedelta(days=days))


def county(length: int = 6) -> User:
    office = make.organisation(OrganisationKind.REGULATOR, area=make.CITY)
    return make.user(office, Role.SUPERVISOR, area=(make.CITY + "02001")[:length])


def notices(who: User) -> dict[str, str]:
    db.session.rollback()
    rows = db.session.scalars(select(Notice).where(Notice.user_id == who.id))
    return {row.duty.partition(":")[0]: row.stage for row in rows}


def lines(at: Place) -> list[str]:
    db.session.rollback()
    rows = select(Event.verb).where(Event.subject == f"equipment:{at.lift.id}").order_by(Event.seq)
    return [verb for verb in db.session.scalars(rows) if verb.startswith("visit.")]


def signature(at: Place) -> VisitSignature:
    db.session.rollback()
    return db.session.scalars(select(VisitSignature).where(VisitSignature.equipment_id == at.lift.id)).one()


@pytest.mark.parametrize(
    ("state", "kind", "by_account", "told", "text"),
    [
        (VisitState.SIGNED, "account", True, False, "Signed"),
        (VisitState.SIGNED, "", True, False, "Signed"),
        (VisitState.SIGNED, "", False, False, "Signed on site (old form)"),
        (VisitState.ON_SITE, "on_site", False, True, "Signed on site, may be objected to"),
        (VisitState.ON_SITE, "paper", False, True, "Paper record, may be objected to"),
        (VisitState.ON_SITE, "paper", False, False, "Paper record, the unit was not told"),
        (VisitState.UNOBJECTED, "paper", False, True, "No objection"),
        (VisitState.DECIDED, "", False, False, "Upheld by the county office"),
    ],
)
def test_nothing_but_the_units_own_account_is_called_signed(
    state: VisitState, kind: str, by_account: bool, told: bool, text: str
) -> None:
    assert shown_state(state, kind, by_account, told).label == text


def test_a_signature_on_site_settles_the_duty_and_its_window_is_open(at: Place) -> None:
    whole_visit(at)
    progress = on_site(at)
    visit = at.visit()
    assert (progress["state"], progress["signature"], visit.counted) == ("on_site", "on_site", True)
    assert (visit.signed_by, visit.signer_id, visit.signer_name) == (None, at.safe.id, "安全员")
    assert visit.object_until == clock.today() + timedelta(days=7)
    assert open_visits(at) == [("visit_half_month", visit.on + timedelta(days=15))]
    row = signature(at)
    assert (row.kind, row.taken_by, row.until) == (SignatureKind.ON_SITE, at.anna.id, visit.object_until)
    assert notices(at.safe) == {"on_site": NOW}
    with pytest.raises(Conflict):
        act(at, actions.answer, at.anna, [], remark="补一句")


def test_the_signer_is_chosen_among_the_safety_managers_of_the_unit(at: Place) -> None:
    whole_visit(at)
    other = make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER, name="外人")
    for wrong in ({"signer_id": None}, {"signer_id": other.id}, {"signer_id": None, "name": "王主任"}):
        with pytest.raises(Invalid) as caught:
            on_site(at, **wrong)
        assert list(caught.value.fields) == ["signer_id"]
    assert (at.visit().state, at.visit().signed_at) == (VisitState.TO_SIGN, None)
    for who in (at.safe, at.boss):
        with pytest.raises(NotAllowed):
            act(at, signatures.sign, who, Signature(SignatureKind.ON_SITE, at.safe.id, image=picture()))


def test_without_a_safety_manager_the_visit_waits_or_a_paper_is_photographed(at: Place) -> None:
    with make.writing():
        db.session.get_one(User, at.safe.id).active = False
    whole_visit(at)
    with pytest.raises(Invalid) as caught:
        on_site(at)
    assert str(caught.value.fields["signer_id"]) == signatures.NO_SIGNER
    on_paper(at)
    visit = at.visit()
    assert (visit.shown, visit.object_until, visit.counted) == (OtherSignature.UNTOLD, None, True)
    assert (nightly(30), at.visit().state) == (
        0,
        VisitState.ON_SITE,
    )  # nobody could object: no silence counts
    with make.writing():
        db.session.get_one(User, at.safe.id).active = True
    assert nightly(0) == 1
    assert (at.visit().object_until, notices(at.safe)) == (
        clock.today() + timedelta(days=7),
        {"on_site": NOW},
    )
    assert signature(at).until == at.visit().object_until


def test_the_window_ends_with_a_line_and_missed_nights_are_caught_up(at: Place) -> None:
    whole_visit(at)
    on_site(at)
    assert (nightly(7), nightly(11), nightly(12)) == (0, 1, 0)
    visit = at.visit()
    assert (visit.state, visit.counted, lines(at)[-1]) == (VisitState.UNOBJECTED, True, "visit.unobjected")
    with pytest.raises(Conflict):
        act(at, disputes.dispute, at.safe, "没来")


def test_the_days_for_objecting_are_over_also_before_the_night(at: Place) -> None:
    whole_visit(at)
    on_site(at)
    with pytest.raises(Conflict):
        act(at, disputes.dispute, at.safe, "没来", when=clock.now() + timedelta(days=8))


@pytest.mark.parametrize("after", ["on_site", "unobjected", "decided"])
def test_the_own_account_signs_at_any_time(at: Place, after: str) -> None:
    whole_visit(at)
    if after == "decided":
        act(at, disputes.dispute, at.safe, "没来")
        act(at, disputes.decide, county(), True, "监控可见")
    else:
        on_site(at)
        nightly(8 if after == "unobjected" else 0)
    assert at.visit().state == after
    act(at, signatures.sign, at.safe, Signature())
    visit = at.visit()
    assert (visit.state, visit.signed_by, visit.signature) == (VisitState.SIGNED, at.safe.id, "account")


def test_what_was_drawn_before_there_were_kinds_is_shown_as_such_and_may_be_signed(at: Place) -> None:
    whole_visit(at)
    with make.writing():
        visit = db.session.get_one(Visit, (at.lift.id, at.visit().id))
        visit.state, visit.signed_at, visit.signer_name = VisitState.SIGNED, clock.now(), "王主任"
    visit, who = at.visit(), at.viewer(at.boss)
    assert (visit.shown, actions.progress_of(visit)["state"]) == (OtherSignature.DRAWN_BEFORE, "drawn_before")
    cells = next(iter(visit_table(SYSTEM, {}, str).rows))
    assert [cells[8], cells[12], cells[13]] == [
        "Signed on site (old form)",
        "王主任",
        "Signed on site (old form)",
    ]
    assert signature_counts(who, visit.on) == {"drawn_before": 1}
    counted = {
        wanted: len(db.session.scalars(filtered_visits(who, {name: wanted})).all())
        for name, wanted in (("state", "signed"), ("signature", "account"), ("signature", "drawn_before"))
    }
    assert counted == {"signed": 0, "account": 0, "drawn_before": 1}
    act(at, signatures.sign, at.safe, Signature())
    assert signature_counts(who, visit.on) == {"account": 1}


def test_kinds_are_counted_apart_and_stand_in_the_export(at: Place) -> None:
    whole_visit(at)
    on_paper(at, signer_id=at.safe.id)
    who = at.viewer(at.boss)
    assert signature_counts(who, at.visit().on) == {"paper": 1}
    cells = next(iter(visit_table(SYSTEM, {}, str).rows))
    assert (cells[8], cells[13]) == ("Paper record, may be objected to", "Photo of the paper record")
    assert len(db.session.scalars(to_sign(at.viewer(at.safe))).all()) == 1


def test_a_correction_of_a_signature_on_site_is_signed_anew(at: Place) -> None:
    whole_visit(at)
    on_site(at)
    act(at, records.correct, at.boss, "写错")
    old, new = at.visits()
    assert (old.state, old.superseded) == (VisitState.ON_SITE, True)
    assert (new.state, new.signature_kind, new.object_until, new.signed_at) == (
        VisitState.TO_SIGN,
        "",
        None,
        None,
    )


# disputes


def test_a_disputed_visit_settles_nothing_until_it_is_withdrawn(at: Place) -> None:
    whole_visit(at)
    visit, due = at.visit(), open_visits(at)
    act(at, disputes.dispute, at.safe, "当天没有人来")
    again = at.visit()
    assert (again.state, again.counted, again.decide_until) == (
        VisitState.DISPUTED,
        False,
        clock.today() + timedelta(days=15),
    )
    assert open_visits(at) != due
    assert (again.next_on, again.next_duty) == (None, "")
    act(at, disputes.withdraw, at.safe)
    assert (at.visit().state, at.visit().counted, open_visits(at)) == (VisitState.TO_SIGN, True, due)
    done = select(Due.done_on).where(
        Due.equipment_id == at.lift.id, Due.done_by == f"visit:{visit.id}", Due.state == DueState.DONE
    )
    assert db.session.scalars(done).all() == [visit.on]


def test_its_duty_is_open_and_falls_due_on_its_own_day_again(at: Place) -> None:
    before = open_visits(at)
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "当天没有人来")
    assert open_visits(at) == before
    later = before[0][1] + timedelta(days=1)
    late = due_between(at.viewer(at.boss), None, later - timedelta(days=1), kinds=VISITS)
    assert [due.due_on < later for due in db.session.scalars(late)] == [True]


def test_a_reply_alone_ends_no_dispute(at: Place) -> None:
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "当天没有人来")
    act(at, disputes.reply, at.boss, "有监控录像")
    visit = at.visit()
    assert (visit.state, visit.dispute_reply, visit.counted) == (VisitState.DISPUTED, "有监控录像", False)
    for who, action, args in (
        (at.safe, signatures.sign, (Signature(),)),
        (at.boss, records.correct, ("写错",)),
    ):
        with pytest.raises(Conflict):
            act(at, action, who, *args)
    act(at, voiding.take_back, at.boss, "记错电梯")
    assert (at.visit().state, at.visit().counted) == (VisitState.VOID, False)


def test_firm_unit_and_county_hear_of_each_step_in_the_minute(at: Place) -> None:
    office = county()
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "没来")
    act(at, disputes.reply, at.boss, "来了")
    act(at, disputes.decide, office, False, "监控无人")
    for who in (at.boss, at.safe, office):
        assert notices(who).items() >= {"dispute": NOW, "replied": NOW, "void": NOW}.items()


@pytest.mark.parametrize(("stands", "state", "counted"), [(True, "decided", True), (False, "void", False)])
def test_the_county_office_decides(at: Place, stands: bool, state: str, counted: bool) -> None:
    whole_visit(at)
    on_site(at)
    act(at, disputes.dispute, at.safe, "没来")
    with pytest.raises(Invalid):
        act(at, disputes.decide, county(), stands, " ")
    act(at, disputes.decide, county(), stands, "看了监控")
    visit = at.visit()
    assert (visit.state, visit.counted, visit.decision_reason) == (state, counted, "看了监控")
    assert (visit.decision, visit.decided_at is not None) == ("stands" if stands else "void", True)
    with pytest.raises(Conflict):
        act(at, disputes.decide, county(), not stands, "改判")


def test_only_the_county_of_the_area_or_the_city_decides(at: Place) -> None:
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "没来")
    elsewhere = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.ELSEWHERE), Role.SUPERVISOR)
    for who in (at.boss, at.safe, at.anna, elsewhere):
        with pytest.raises(NotAllowed):
            act(at, disputes.decide, who, True, "x")
    area, visit = at.visit().area, at.visit()
    supervisor = {"organisation_kind": OrganisationKind.REGULATOR, "roles": frozenset({Role.SUPERVISOR})}
    allowed = {
        code: disputes.may_decide(visit, Viewer("v", area=code, **supervisor))
        for code in (area[:4], (area + "000000")[:9], make.ELSEWHERE)
    }
    assert list(allowed.values()) == [True, False, False]


def test_undecided_it_climbs_and_nothing_is_decided_by_time(at: Place) -> None:
    whole_visit(at)
    act(at, disputes.dispute, at.safe, "没来")
    source = next(one for one in DUTIES if one.prefix == "undecided")
    duty = next(duty for chunk in source.duties(clock.today(), 60) for duty in chunk)
    heard = {
        days: [str(audience) for audience in stage.heard_by]
        if (stage := stage_on(duty, clock.today() + timedelta(days=days)))
        else []
        for days in (15, 16, 22)
    }
    assert heard == {15: [], 16: ["county"], 22: ["county", "city"]}
    assert (nightly(400), at.visit().state) == (0, VisitState.DISPUTED)


def test_disputes_of_before_get_their_day_and_settle_nothing_any_more(at: Place) -> None:
    whole_visit(at)
    with make.writing():
        visit = db.session.get_one(Visit, (at.lift.id, at.visit().id))
        visit.state, visit.dispute_reason = VisitState.DISPUTED, "没来"
    with db.transaction():
        assert disputes.date_disputes(clock.today()) == 1
    visit = at.visit()
    assert (visit.counted, visit.decide_until) == (False, clock.today() + timedelta(days=15))
    with db.transaction():
        assert disputes.date_disputes(clock.today()) == 0


# the link


def test_only_a_message_to_the_signer_carries_his_link(at: Place, app: Flask) -> None:
    whole_visit(at)
    on_site(at)
    other = make.user(at.unit, Role.SAFETY_OFFICER, name="第二人")
    row = signature(at)
    assert (own_link(row.id, at.safe.id), own_link(row.id, other.id)) == (f"/sign/{token_of(row.id)}", "")
    assert row.link_sha256 == digest_of(token_of(row.id))
    settings = app.config["SETTINGS"]
    notice = db.session.scalars(select(Notice).where(Notice.user_id == at.safe.id)).one()
    public = replace(settings, public_url="https://tz.example.gov.cn")
    to_him, to_all = (written([notice], public, person)[1] for person in (at.safe.id, None))
    address = f"https://tz.example.gov.cn/sign/{token_of(row.id)}"
    assert (address in to_him, "/sign/" in to_all) == (True, False)
    stored = " ".join(map(str, (notice.text, notice.link, notice.duty)))
    assert token_of(row.id) not in stored


def test_a_stranger_with_the_link_sees_the_record_and_objects_once(at: Place, client: FlaskClient) -> None:
    whole_visit(at)
    on_site(at)
    address = f"/sign/{token_of(signature(at).id)}"
    page = client.get(address)
    assert (page.status_code, page.headers["Cache-Control"], "安师傅" in page.text) == (200, "no-store", True)
    assert ("现场签名" in page.text, "已签字" in page.text) == (True, False)
    assert client.post(address, data={"reason": "没来"}).status_code == 403  # from somewhere else
    empty = client.post(address, data={"reason": " "}, headers=ORIGIN)
    assert (empty.status_code, at.visit().state) == (422, VisitState.ON_SITE)
    assert client.post(address, data={"reason": "没来"}, headers=ORIGIN).status_code == 303
    visit = at.visit()
    assert (visit.state, visit.dispute_reason, visit.counted) == (VisitState.DISPUTED, "没来", False)
    assert "没来" in client.get(address).text
    act(at, disputes.withdraw, at.safe)
    assert at.visit().state == VisitState.ON_SITE
    assert client.post(address, data={"reason": "又一次"}, headers=ORIGIN).status_code == 422
    assert at.visit().state == VisitState.ON_SITE


def test_a_false_or_ended_link_leads_nowhere(at: Place, client: FlaskClient) -> None:
    whole_visit(at)
    on_site(at)
    assert client.get("/sign/nonsense").status_code == 404
    address = f"/sign/{token_of(signature(at).id)}"
    with time_machine.travel(clock.now() + timedelta(days=8), tick=False):
        assert client.get(address).status_code == 404
    assert [client.get("/sign/wrong").status_code for _ in range(40)][-1] == 429


# pages


def test_the_record_says_how_the_unit_was_told_and_the_unit_objects(at: Place, signed_in: Browser) -> None:
    url = ended(at, signed_in)
    page = signed_in(at.anna).post(
        f"{url}/sign", data={"signer_id": str(at.safe.id), "drawing": ink()}, follow_redirects=True
    )
    assert ("现场签名，异议期内" in page.text, "安全员：即将发送" in page.text) == (True, True)
    officer = signed_in(at.safe)
    assert "现场签名，异议期内" in officer.get("/visits/to-sign").text
    assert f'action="{url}/dispute"' in officer.get(url).text
    assert officer.post(f"{url}/dispute", data={"reason": "没来"}).status_code == 302
    office = signed_in(county())
    assert "没来" in office.get("/visits/disputes").text
    assert f'action="{url}/decide"' in office.get(f"{url}?view=record").text
    assert office.post(f"{url}/decide", data={"reason": "x"}).status_code == 422
    assert office.post(f"{url}/decide", data={"reason": "看了监控", "stands": "1"}).status_code == 302
    assert "县局裁定有效" in office.get(f"{url}?view=record").text
    assert [signed_in(who).post(f"{url}/decide").status_code for who in (at.boss, at.safe)] == [403, 403]


def test_a_paper_record_is_photographed(at: Place, signed_in: Browser) -> None:
    url = ended(at, signed_in)
    boss = signed_in(at.boss)
    assert boss.post(f"{url}/paper", data={}).status_code == 422
    photo = (io.BytesIO(base64.b64decode(ink().partition(",")[2])), "paper.png")
    sent = {"photo": photo, "signer_id": str(at.safe.id)}
    assert boss.post(f"{url}/paper", data=sent, content_type="multipart/form-data").status_code == 302
    assert "纸质记录照片，异议期内" in boss.get(url).text
    listed = boss.get("/visits").text
    assert re.search(r"纸质记录照片 <b>1</b>", listed) is not None
    assert "已签字" not in re.sub(r"<select.*?</select>", "", listed, flags=re.S)
    stranger = make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER)
    assert signed_in(stranger).post(f"{url}/paper", data={}).status_code == 404


def test_the_manager_takes_back_a_visit_somebody_opened_by_mistake(at: Place, signed_in: Browser) -> None:
    url = opened(at, signed_in(at.anna))
    boss = signed_in(at.boss)
    assert f'action="{url}/void"' in boss.get(f"{url}?view=record").text
    assert boss.post(f"{url}/void", data={"reason": "误开"}).status_code == 302
    assert at.visit().state == VisitState.VOID
