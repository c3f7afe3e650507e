"""An accident from the report to its closing, and everything that is refused on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from equipment.accidents import clearing, deciding, relaying
from equipment.accidents.actions import correct, facts_of, follow_up
from equipment.accidents.deciding import Investigation
from equipment.accidents.experts import ExpertDraft, change_expert, enter_expert
from equipment.accidents.models import Accident, Expert
from equipment.accidents.queries import (
    chain_up,
    experts,
    listed,
    relays_of,
    statements_of,
    stops_piece,
    team_of,
)
from equipment.accidents.states import (
    AccidentLevel,
    AccidentSource,
    AccidentState,
    ClearanceKind,
    Office,
    RelayHow,
    ReportVerdict,
    StatementKind,
)
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.fields import Fields
from equipment.core.ids import new_id
from equipment.core.words import Message
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource
from equipment.ledger.models import Event
from equipment.people.rules import OrganisationKind
from equipment.people.scope import seen
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.reminders.models import Notice
from equipment.storage import db
from tests import make
from tests.accidents.conftest import Town, again, document

L = AccidentLevel


def act(action: Any, accident: Accident | UUID, *args: Any, by: Any) -> Any:
    with db.transaction():
        return action(again(accident), *args, by=by)


def problem(error: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return set(error.value.fields)


def verbs(town: Town) -> list[str]:
    lines = select(Event.verb).where(Event.subject == f"equipment:{town.lift.id}").order_by(Event.seq)
    return [verb for verb in db.session.scalars(lines) if verb.startswith("accident")]


def cleared(town: Town, accident: Accident) -> None:
    act(
        clearing.ask_clearance,
        accident,
        ClearanceKind.STATEMENT,
        None,
        "市特检院全面检查合格",
        [document()],
        by=town.by("officer"),
    )
    act(clearing.decide_clearance, accident, True, "", by=town.by("county"))


def investigated(town: Town, accident: Accident, **more: Any) -> None:
    plain = {"on": clock.today(), "result": "制动器失效", "cause": "闸瓦磨损", "responsible": "维保单位"}
    act(deciding.investigate, accident, Investigation(**{**plain, **more}), by=town.by("county"))


def test_an_accident_is_played_from_the_report_to_its_closing(town: Town) -> None:
    accident = town.report()
    assert (accident.state, accident.in_time, accident.unit_id, accident.firm_id) == (
        AccidentState.REPORTED,
        True,
        town.unit.id,
        town.firm.id,
    )
    assert not town.stopped()
    act(relaying.relay, accident, Office.COUNTY, RelayHow.SYSTEM, clock.now(), "", "", by=town.by("county"))
    sent = clock.now()
    act(relaying.relay, accident, Office.CITY, RelayHow.PHONE, sent, "省局值班室 王", "", by=town.by("city"))
    act(deciding.confirm, accident, L.GENERAL, "", by=town.by("county"))
    assert town.stopped()
    more = facts_of(again(accident))
    changed = type(more)(**{name: getattr(more, name) for name in more.__dataclass_fields__} | {"serious": 1})
    act(follow_up, accident, changed, by=town.by("officer"))
    cleared(town, accident)
    assert not town.stopped()
    with db.transaction():
        expert = enter_expert(expert_draft(), by=town.by("city"))
    investigated(town, accident, team=[expert.id])
    assert [one.name for one in team_of(again(accident))] == ["周工"]
    page = "https://scjg.example/2026/1"
    act(deciding.publish, accident, clock.today(), page, "调查结果：制动器失效", by=town.by("county"))
    act(deciding.close, accident, "", by=town.by("county"))
    assert again(accident).state is AccidentState.CLOSED
    assert [one.kind for one in statements_of(again(accident))] == [
        StatementKind.FIRST,
        StatementKind.FOLLOW_UP,
    ]
    assert verbs(town) == [
        "accident.reported",
        "accident.relayed",
        "accident.relayed",
        "accident.confirmed",
        "accident.follow_up",
        "accident.clearance_asked",
        "accident.clearance_granted",
        "accident.investigated",
        "accident.published",
        "accident.closed",
    ]


def test_the_bureau_the_unit_and_the_firm_hear_of_it_in_the_minute(town: Town) -> None:
    town.report("technician")
    told = set(db.session.scalars(select(Notice.user_id).where(Notice.stage == "now")))
    heard = ("county", "colleague", "city", "township", "officer", "manager")
    assert told == {getattr(town, name).id for name in heard}
    text = db.session.scalars(select(Notice.text)).first()
    assert text is not None
    assert Fields(text).table("params").integer("injured") == 1


def test_the_same_accident_sent_twice_is_one(town: Town) -> None:
    key = new_id()
    one = town.report(id=key)
    assert town.report(id=key).id == one.id
    assert len(statements_of(again(key))) == 1


def test_another_report_of_the_piece_within_the_hour_is_asked_about(town: Town) -> None:
    town.report(minutes=30)
    with pytest.raises(Conflict) as error:
        town.report(minutes=20)
    assert problem(error) == {"sure"}
    assert "on" in str(error.value.fields["sure"])
    db.session.rollback()
    assert town.report(minutes=20, sure=True).state is AccidentState.REPORTED
    db.session.rollback()
    assert town.report(minutes=200).state is AccidentState.REPORTED  # hours before: another one


def test_a_scrapped_piece_is_asked_about_and_taken_when_it_did_happen_with_it(town: Town) -> None:
    with make.writing():
        town.piece().status = EquipmentStatus.SCRAPPED
    with pytest.raises(Invalid) as error:
        town.report()
    assert problem(error) == {"sure"}
    db.session.rollback()
    assert town.report(sure=True).equipment_id == town.lift.id


def test_without_a_piece_the_place_the_kind_and_the_area_are_needed(town: Town) -> None:
    with pytest.raises(Invalid) as error:
        town.report(equipment=None, category="spaceship", area="99")
    assert problem(error) == {"place", "category", "area"}
    db.session.rollback()
    facts = town.facts(place="滨河路烧烤店后厨")
    accident = town.report(
        "township",
        facts=facts,
        equipment=None,
        category="cylinder",
        area=make.TOWNSHIP,
        source=AccidentSource.PHONE,
        unit_name="老王烧烤店",
    )
    assert (accident.unit_id, accident.unit_name, accident.office) == (None, "老王烧烤店", Office.COUNTY)
    act(deciding.confirm, accident, L.GENERAL, "", by=town.by("county"))
    assert not again(accident).stops
    act(deciding.name_piece, accident, town.piece(), by=town.by("county"))
    assert (again(accident).category, town.stopped()) == ("elevator", True)
    assert verbs(town) == ["accident.piece"]
    with pytest.raises(Conflict):
        act(deciding.name_piece, accident, town.piece(), by=town.by("county"))


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("officer", True),
        ("manager", True),
        ("technician", True),
        ("county", True),
        ("city", True),
        ("township", True),
        ("far", False),
        ("stranger", False),
    ],
)
def test_who_sees_an_accident(town: Town, who: str, sees: bool) -> None:
    accident = town.report()
    assert (db.session.scalars(listed(town.by(who), {})).all() != []) is sees
    if not sees:
        with pytest.raises(NotFound):
            seen(town.by(who), Accident, accident.id)


def test_a_late_report_is_said_to_be_late_and_a_correction_judges_anew(town: Town) -> None:
    accident = town.report(minutes=75)
    assert accident.in_time is False
    facts = facts_of(accident)
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    right = type(facts)(**values | {"known_at": facts.happened_at + timedelta(minutes=40)})
    with pytest.raises(Invalid) as error:
        act(correct, accident, right, " ", by=town.by("officer"))
    assert problem(error) == {"reason"}
    act(correct, accident, right, "负责人接到电话的时间写错", by=town.by("officer"))
    assert again(accident).in_time is True
    first, second = statements_of(again(accident))
    assert (first.known_at, second.kind, second.reason) == (
        facts.known_at,
        StatementKind.CORRECTION,
        "负责人接到电话的时间写错",
    )
    with pytest.raises(Invalid):
        act(correct, accident, right, "同上", by=town.by("officer"))  # nothing is different
    with pytest.raises(NotAllowed):
        act(follow_up, accident, facts, by=town.by("manager"))  # it only maintains the lift


def test_a_follow_up_after_thirty_days_is_taken_and_says_so(town: Town) -> None:
    accident = town.report(minutes=31 * 24 * 60)
    facts = facts_of(accident)
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    statement = act(follow_up, accident, type(facts)(**values | {"dead": 1}), by=town.by("officer"))
    assert statement.late
    assert again(accident).dead == 1


def test_a_township_may_report_and_not_decide(town: Town) -> None:
    accident, by = town.report("township", source=AccidentSource.PHONE), town.by("township")
    reason = "交通事故引发"
    now = clock.now()
    for action, args in (
        (deciding.confirm, (L.GENERAL, "")),
        (deciding.exclude, ("2", reason)),
        (deciding.set_level, (L.MAJOR, reason)),
        (relaying.relay, (Office.COUNTY, RelayHow.PHONE, now, "", "")),
    ):
        with pytest.raises(NotAllowed):
            act(action, accident, *args, by=by)
    assert again(accident).state is AccidentState.REPORTED


def test_no_accident_by_a_case_of_article_three_stays_on_file_and_stops_nothing(town: Town) -> None:
    accident, by = town.confirmed(), town.by("county")
    assert town.stopped()
    for code, reason, field in (("9", "x", "exclusion"), ("2", " ", "reason")):
        with pytest.raises(Invalid) as error:
            act(deciding.exclude, accident, code, reason, by=by)
        assert problem(error) == {field}
    act(deciding.exclude, accident, "2", "火灾引发，消防认定书", by=by)
    assert (again(accident).exclusion, town.stopped()) == ("2", False)
    assert chain_up(again(accident), {}) == ()
    with pytest.raises(Invalid) as error:
        act(deciding.confirm, accident, L.GENERAL, "", by=by)
    assert problem(error) == {"note"}
    act(deciding.confirm, accident, L.LARGER, "复核：设备自身原因", by=by)
    assert (again(accident).exclusion, town.stopped()) == ("", True)


def test_a_level_is_changed_with_a_reason_only(town: Town) -> None:
    accident, by = town.confirmed(), town.by("city")
    for level, reason, field in ((L.GENERAL, "x", "level"), (L.LARGER, "", "reason")):
        with pytest.raises(Invalid) as error:
            act(deciding.set_level, accident, level, reason, by=by)
        assert problem(error) == {field}
    step = act(deciding.set_level, accident, L.LARGER, "七日内死亡人数增加", by=by)
    assert (step.before, step.after, again(accident).level) == ("general", "larger", L.LARGER)


def test_the_chain_upward_has_a_clock_for_each_level(town: Town) -> None:
    known = clock.now() - timedelta(hours=5)
    facts = town.facts(minutes=330, known_at=known, reported_at=known + timedelta(minutes=30))
    accident = town.report("county", facts=facts, source=AccidentSource.PHONE)

    def shown() -> list[tuple[Office, ReportVerdict]]:
        steps = chain_up(again(accident), relays_of([accident.id]))
        return [(step.from_office, step.clock.verdict) for step in steps]

    assert shown() == [(Office.COUNTY, ReportVerdict.OVERDUE)]
    late = facts.reported_at + timedelta(hours=3)
    for sent, field in ((facts.reported_at - timedelta(minutes=1), "sent_at"), (later(5), "sent_at")):
        with pytest.raises(Invalid) as error:
            act(relaying.relay, accident, Office.COUNTY, RelayHow.PHONE, sent, "", "", by=town.by("county"))
        assert problem(error) == {field}
    with pytest.raises(NotAllowed):  # the county does not tell the province
        act(relaying.relay, accident, Office.CITY, RelayHow.PHONE, late, "", "", by=town.by("county"))
    act(relaying.relay, accident, Office.COUNTY, RelayHow.PHONE, late, "市局 李", "", by=town.by("county"))
    assert shown() == [(Office.COUNTY, ReportVerdict.LATE), (Office.CITY, ReportVerdict.RUNNING)]
    with pytest.raises(Conflict):  # twice
        act(relaying.relay, accident, Office.COUNTY, RelayHow.PHONE, late, "", "", by=town.by("county"))
    with pytest.raises(Invalid) as error:
        act(relaying.relay, accident, Office.CITY, RelayHow.NOT_NEEDED, late, "", "", by=town.by("city"))
    assert problem(error) == {"note"}
    text = "一般事故，按省局要求月报"
    act(relaying.relay, accident, Office.CITY, RelayHow.NOT_NEEDED, late, "", text, by=town.by("city"))
    assert shown() == [(Office.COUNTY, ReportVerdict.LATE), (Office.CITY, ReportVerdict.NOT_NEEDED)]


def later(minutes: int) -> Any:
    return clock.now() + timedelta(minutes=minutes)


def test_a_report_to_the_city_begins_with_the_city(town: Town) -> None:
    accident = town.report("city", source=AccidentSource.PHONE)
    steps = chain_up(accident, {})
    assert [(step.from_office, step.to_office) for step in steps] == [(Office.CITY, Office.PROVINCE)]


def test_clearing_needs_what_shows_the_check_and_another_person(town: Town) -> None:
    accident = town.confirmed()
    ask = clearing.ask_clearance
    for kind, inspection, note, documents, field in (
        (ClearanceKind.STATEMENT, None, "已检查", [], "documents"),
        (ClearanceKind.STATEMENT, None, " ", [document()], "note"),
        (ClearanceKind.INSPECTION, new_id(), "", [], "inspection"),
    ):
        with pytest.raises(Invalid) as error:
            act(ask, accident, kind, inspection, note, documents, by=town.by("county"))
        assert problem(error) == {field}
    act(ask, accident, ClearanceKind.STATEMENT, None, "已检查", [document()], by=town.by("county"))
    with pytest.raises(NotAllowed):
        act(clearing.decide_clearance, accident, True, "", by=town.by("county"))
    with pytest.raises(Invalid) as error:
        act(clearing.decide_clearance, accident, False, " ", by=town.by("colleague"))
    assert problem(error) == {"reason"}
    act(clearing.decide_clearance, accident, False, "缺制动试验", by=town.by("colleague"))
    assert town.stopped()
    with pytest.raises(Conflict):  # nobody asks any more
        act(clearing.decide_clearance, accident, True, "", by=town.by("colleague"))
    cleared(town, accident)
    assert not town.stopped()
    with pytest.raises(Conflict):
        act(ask, accident, ClearanceKind.STATEMENT, None, "再来", [document()], by=town.by("officer"))


@pytest.mark.parametrize(("days", "taken"), [(1, False), (0, True)])
def test_an_inspection_clears_when_it_was_passed_since(town: Town, days: int, taken: bool) -> None:
    body = make.organisation(OrganisationKind.BODY)
    result = make.inspection(town.piece(), clock.today() - timedelta(days=days), body=body)
    accident = town.confirmed(minutes=0.1, facts=town.facts(minutes=0.1, known_at=None))
    args: tuple[object, ...] = (ClearanceKind.INSPECTION, result.id, "", [])
    if not taken:
        with pytest.raises(Invalid):
            act(clearing.ask_clearance, accident, *args, by=town.by("officer"))
        return
    act(clearing.ask_clearance, accident, *args, by=town.by("officer"))
    act(clearing.decide_clearance, accident, True, "", by=town.by("city"))
    assert not town.stopped()


def test_a_piece_stays_stopped_as_long_as_a_hazard_or_an_accident_stops_it(town: Town) -> None:
    with db.transaction():
        finding = findings.find(
            town.piece(),
            source=FindingSource.MANUAL,
            description="门锁短接",
            by=town.by("county"),
            found_on=clock.today(),
        )
        hazard = hazards.confirm(
            db.session.get_one(Finding, (finding.equipment_id, finding.id)),
            Grade.MAJOR,
            "4.6b",
            clock.today(),
            by=town.by("county"),
            still_used=True,
        )
    accident = town.confirmed()
    with db.transaction():
        hazards.withdraw_hazard(hazard, "记错电梯", by=town.by("county"))
    assert town.stopped()
    assert stops_piece(town.lift.id)
    cleared(town, accident)
    assert not town.stopped()


def test_nothing_is_closed_that_is_not_public_or_whose_piece_nobody_cleared(town: Town) -> None:
    accident, by = town.confirmed(), town.by("county")
    with pytest.raises(Conflict):
        act(deciding.close, accident, "", by=by)
    for name in ("result", "cause", "responsible"):
        with pytest.raises(Invalid) as error:
            investigated(town, accident, **{name: " "})
        assert problem(error) == {name}
    with pytest.raises(Invalid) as error:
        investigated(town, accident, on=clock.today() + timedelta(days=1), team=[new_id()])
    assert problem(error) == {"investigated_on", "team"}
    investigated(town, accident)
    with pytest.raises(Conflict) as refused:
        act(deciding.close, accident, "", by=by)
    assert "public" in str(refused.value.fields[""])
    with pytest.raises(Invalid) as error:
        act(deciding.publish, accident, clock.today() - timedelta(days=1), " ", " ", by=by)
    assert problem(error) == {"published_on", "published_where", "published_text"}
    act(deciding.publish, accident, clock.today(), "局官网", "结果", by=by)
    with pytest.raises(Conflict) as refused:
        act(deciding.close, accident, "", by=by)
    assert "cleared" in str(refused.value.fields[""])
    with make.writing():
        town.piece().status = EquipmentStatus.SCRAPPED
    act(deciding.close, accident, "设备已报废", by=by)
    closed = again(accident)
    assert (closed.state, closed.stops) == (AccidentState.CLOSED, True)
    facts = facts_of(closed)
    values = {name: getattr(facts, name) for name in facts.__dataclass_fields__}
    right = type(facts)(**values | {"loss_yuan": 30_000})
    with pytest.raises(NotAllowed):
        act(correct, accident, right, "漏报损失", by=town.by("officer"))
    act(correct, accident, right, "漏报损失", by=by)
    assert again(accident).loss_yuan == 30_000


def expert_draft(**more: Any) -> ExpertDraft:
    plain = {
        "name": "周工",
        "field": "曳引机与制动器",
        "title": "高级工程师",
        "categories": ["elevator"],
        "employer": "市特检院",
        "phone": "139 0943 0001",
        "valid_until": clock.today() + timedelta(days=365),
    }
    return ExpertDraft(**{**plain, **more})


def test_counties_see_the_experts_of_their_city_and_change_their_own(town: Town) -> None:
    with db.transaction():
        expert = enter_expert(expert_draft(), by=town.by("city"))
    own = {
        who: db.session.scalars(experts(town.by(who), {})).all() != [] for who in ("city", "county", "far")
    }
    assert own == {"city": True, "county": True, "far": True}
    assert db.session.scalars(experts(town.by("officer"), {})).all() == []
    assert db.session.scalars(experts(town.by("county"), {"category": "cylinder"})).all() == []
    assert db.session.scalars(experts(town.by("county"), {"q": "制动"})).all() != []
    with pytest.raises(NotAllowed), db.transaction():
        change_expert(db.session.get_one(Expert, expert.id), expert_draft(name="吴工"), by=town.by("county"))
    with db.transaction():
        own_one = enter_expert(expert_draft(name="郑工"), by=town.by("county"))
    seen_by = {
        who: len(db.session.scalars(experts(town.by(who), {})).all()) for who in ("city", "county", "far")
    }
    assert seen_by == {"city": 2, "county": 2, "far": 1}
    with db.transaction():
        ended = expert_draft(name="郑工", valid_until=clock.today() - timedelta(days=1))
        change_expert(db.session.get_one(Expert, own_one.id), ended, by=town.by("county"))
    assert len(db.session.scalars(experts(town.by("county"), {})).all()) == 1
    assert len(db.session.scalars(experts(town.by("county"), {"state": "ended"})).all()) == 1


@pytest.mark.parametrize(
    ("more", "field"), [({"name": " "}, "name"), ({"phone": ""}, "phone"), ({"categories": []}, "categories")]
)
def test_an_expert_lacks_nothing_that_is_needed(town: Town, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error, db.transaction():
        enter_expert(expert_draft(**more), by=town.by("city"))
    assert problem(error) == {field}


def test_an_expert_stands_on_a_list_once(town: Town) -> None:
    with db.transaction():
        enter_expert(expert_draft(), by=town.by("city"))
    with pytest.raises(Conflict) as error, db.transaction():
        enter_expert(expert_draft(phone="13909430001"), by=town.by("city"))
    assert isinstance(error.value.fields["name"], Message)


def test_a_piece_of_equipment_is_never_locked_by_it(town: Town) -> None:
    """停止使用 stands beside the status: duties and the rate go on."""
    town.confirmed()
    piece = db.session.get_one(Equipment, town.lift.id, populate_existing=True)
    assert (piece.status, piece.stop_use_since) == (EquipmentStatus.IN_USE, clock.today())
