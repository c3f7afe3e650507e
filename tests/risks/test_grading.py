"""Colours as they are kept: the nightly run, what changes between two runs, colours given by hand, units, what a
value of the table moves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.hazards import actions as hazard_actions
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.register.models import Equipment, Facet
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.risk_numbers import RISK_KEY, RiskColour
from equipment.risks import grading, queries
from equipment.risks.actions import end_by_hand, grade_by_hand
from equipment.risks.duties import DUTIES
from equipment.risks.facts import Dangers, PieceRow, table_on
from equipment.risks.models import HandGraded, Risk, RiskChange, UnitRisk
from equipment.risks.previewing import effect_of, follow_value
from equipment.risks.rules import HandGrading
from equipment.rules.actions import set_value
from equipment.rules.proposals import Proposal
from equipment.storage import db
from equipment.supervision.actions import name_key_unit
from equipment.tasks.makers import Progress
from tests import make
from tests.orders.town import OrderTown

R, O, Y, B = RiskColour.RED, RiskColour.ORANGE, RiskColour.YELLOW, RiskColour.BLUE  # noqa: E741


def run() -> dict[str, int]:
    counts = grading.grade_all(clock.today())
    db.session.rollback()
    return counts


def rows() -> dict[UUID, RiskColour]:
    db.session.expire_all()
    return {row.equipment_id: RiskColour(row.colour) for row in db.session.scalars(select(Risk))}


def changes(piece: UUID) -> list[tuple[str | None, str | None]]:
    wanted = select(RiskChange).where(RiskChange.equipment_id == piece).order_by(RiskChange.id)
    return [(one.before, one.colour) for one in db.session.scalars(wanted)]


def lines(subject: str) -> Sequence[str]:
    wanted = select(Event.verb).where(Event.subject == subject, Event.verb.startswith("risk."))
    return db.session.scalars(wanted.order_by(Event.seq)).all()


def test_a_hazard_makes_its_piece_red_once_and_a_second_run_writes_nothing(town: OrderTown) -> None:
    assert run() == {"pieces": 2, "changed": 0, "units": 0}
    town.hazard(Grade.MAJOR, "4.6b")
    assert run() == {"pieces": 2, "changed": 1, "units": 1}
    assert rows() == {town.lift.id: R}
    assert changes(town.lift.id) == [("blue", "red")]
    assert lines(f"equipment:{town.lift.id}") == ["risk.changed"]
    assert run() == {"pieces": 2, "changed": 0, "units": 0}
    with time_machine.travel(clock.now() + timedelta(days=1), tick=True):
        assert run() == {"pieces": 2, "changed": 0, "units": 0}  # the day alone writes no row anew


def test_a_closed_hazard_takes_the_row_away_and_leaves_the_history(town: OrderTown) -> None:
    hazard = town.hazard()
    run()
    assert rows() == {town.lift.id: Y}
    with db.transaction():
        row = db.session.merge(hazard)
        hazard_actions.withdraw_hazard(row, "不成立", by=town.by("county"))
    run()
    assert (rows(), changes(town.lift.id)) == ({}, [("blue", "yellow"), ("yellow", "blue")])


def test_a_piece_out_of_use_has_no_colour(town: OrderTown) -> None:
    town.hazard()
    run()
    with make.writing():
        db.session.get_one(Equipment, town.lift.id).status = EquipmentStatus.STOPPED
    run()
    assert (rows(), changes(town.lift.id)) == ({}, [("blue", "yellow"), ("yellow", None)])
    assert queries.risk_of(db.session.get_one(Equipment, town.lift.id)).colour is None


def test_reasons_change_without_a_change_of_colour(town: OrderTown) -> None:
    town.hazard()
    run()
    with make.writing():
        db.session.get_one(Equipment, town.lift.id).verified = False
    assert run()["changed"] == 1
    row = db.session.scalars(select(Risk)).one()
    assert (row.colour, row.points, "|unverified|" in row.codes) == (Y, 30, True)
    assert changes(town.lift.id) == [("blue", "yellow")]


def test_a_colour_by_hand_stands_over_the_score_until_its_day(town: OrderTown) -> None:
    today, by = clock.today(), town.by("county")
    lift = db.session.get_one(Equipment, town.lift.id)
    with db.transaction():
        grade_by_hand(lift, HandGrading(R, "井道渗水", today + timedelta(days=10)), by=by)
    row = db.session.scalars(select(Risk)).one()
    assert (row.colour, row.scored, row.hand_id is not None) == (R, B, True)
    assert lines(f"equipment:{town.lift.id}") == ["risk.by_hand", "risk.changed"]
    assert run()["changed"] == 0
    with time_machine.travel(clock.now() + timedelta(days=11), tick=True):
        run()
        assert rows() == {}
    assert changes(town.lift.id) == [("blue", "red"), ("red", "blue")]


def test_a_second_colour_by_hand_ends_the_first_and_ending_it_lets_the_score_hold(town: OrderTown) -> None:
    today, by = clock.today(), town.by("county")
    lift = db.session.get_one(Equipment, town.lift.id)
    for colour in (R, B):
        with db.transaction():
            grade_by_hand(lift, HandGrading(colour, "复核", today), by=by)
    first, second = db.session.scalars(select(HandGraded).order_by(HandGraded.id))
    assert (first.ended_at is not None, second.ended_at) == (True, None)
    assert rows() == {town.lift.id: B}  # kept in sight: somebody said so
    with db.transaction():
        end_by_hand(db.session.merge(second), "现场复核", by=by)
    assert rows() == {}
    with pytest.raises(Conflict), db.transaction():
        end_by_hand(db.session.merge(second), "再次", by=by)
    with pytest.raises(Invalid), db.transaction():
        grade_by_hand(lift, HandGrading(R, "", today), by=by)


def test_a_unit_follows_its_pieces_and_its_own_facts(town: OrderTown) -> None:
    town.hazard(Grade.MAJOR, "4.6b")
    run()
    unit = db.session.scalars(select(UnitRisk)).one()
    assert (unit.organisation_id, unit.colour, unit.red, unit.pieces) == (town.unit.id, O, 1, 2)
    assert lines(f"organisation:{town.unit.id}") == ["risk.changed"]
    assert queries.unit_colour(town.unit.id) == (O, f"/risks/units?unit={town.unit.id}")
    assert queries.unit_colour(town.other.id) is None


def test_red_units_and_dangerous_chemicals_are_proposed_as_key_units(town: OrderTown) -> None:
    county, today = town.by("county"), clock.today()
    assert queries.proposed_key_units(county, today) == []
    with make.writing():
        piece = make.equipment(
            "pressure_vessel", use_unit_id=town.other.id, details={"hazchem": True}, area=make.COUNTY
        )
    with db.transaction():
        db.session.add(
            Facet(
                equipment_id=piece.id,
                field="hazchem",
                value="true",
                area=piece.area,
                organisation_id=piece.use_unit_id,
                category=piece.category,
            )
        )
    [proposal] = queries.proposed_key_units(county, today)
    assert (proposal.id, [one.params for one in proposal.reasons]) == (town.other.id, [{"num": 1}])
    assert queries.proposed_key_units(town.by("elsewhere"), today) == []
    with db.transaction():
        name_key_unit(db.session.get_one(Organisation, town.other.id), "危化品", by=county)
    assert queries.proposed_key_units(county, today) == []


def test_the_preview_counts_what_the_run_then_moves(town: OrderTown) -> None:
    town.hazard()
    run()
    admin = make.user(town.bureau, Role.ADMINISTRATOR, area=make.CITY)
    today = clock.today()
    proposal = Proposal(category=RISK_KEY, key="likelihood.hazard_general", since=today, value=60)
    effect = effect_of(proposal, Progress())
    assert effect is not None
    assert (effect["pieces"], effect["moved"], effect["colours"]) == (
        2,
        1,
        [{"before": Y, "after": R, "pieces": 1}],
    )
    assert rows() == {town.lift.id: Y}  # nothing is written
    with db.transaction():
        by = viewer_of(db.session.get_one(User, admin.id))
        set_value(RISK_KEY, "likelihood.hazard_general", today, 60, cite="会议纪要", by=by)
    assert follow_value(proposal, Progress()) == {"pieces": 2, "changed": 1, "units": 1}
    assert rows() == {town.lift.id: R}
    with pytest.raises(Invalid), db.transaction():
        set_value(RISK_KEY, "floor.hazard_major", today, "purple", cite="会议纪要", by=by)
    other = Proposal(category="elevator", key="x", since=today, value=1)
    assert (effect_of(other, Progress()), follow_value(other, Progress())) == (None, None)


def test_dangers_are_read_from_codes_components_and_names(town: OrderTown) -> None:
    def piece(**more: object) -> PieceRow:
        row = dict.fromkeys(PieceRow._fields) | {"medium": "", "verified": True} | more
        return PieceRow(**row)  # type: ignore[arg-type]

    dangers = Dangers(clock.today())
    cases: list[tuple[dict[str, object], set[str]]] = [
        ({"medium": "LPG"}, {"flammable"}),
        ({"medium": "O2"}, set()),
        ({"medium": "CL2"}, {"toxic"}),
        ({"medium": "MIX", "components": "AR,CO"}, {"flammable", "toxic"}),
        ({"medium_name": "液氨"}, {"flammable", "toxic"}),
        ({"medium_name": "循环水", "hazchem": True}, {"hazchem"}),
        ({"medium_name": "不明介质"}, set()),
    ]
    assert [dangers.of(piece(**known)) for known, _said in cases] == [said for _known, said in cases]


def test_the_county_hears_once_of_each_piece_that_becomes_red(town: OrderTown) -> None:
    town.hazard(Grade.MAJOR, "4.6b")
    run()
    [source] = DUTIES
    [[duty]] = list(source.duties(clock.today(), 0))
    risk = db.session.scalars(select(Risk)).one()
    assert (duty.key, duty.link) == (f"risk_red:{risk.id}:{clock.today()}", f"/risks/{town.lift.id}")


def test_the_table_of_the_day_is_the_pack_with_the_bureaus_values(town: OrderTown) -> None:
    assert table_on(clock.today()).likelihood["base"] == 5
