"""Seizures decided, served, prolonged and settled; pieces locked and given back; who sees which; the
papers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.imports.actions import apply
from equipment.ledger.models import Event
from equipment.people.models import User
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.actions import change_status, confirming_word, scrap
from equipment.register.column_rules import targets
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.seizures import actions, printing
from equipment.seizures.actions import GoodsDraft, GoodsStep, SeizureDraft, SeizureReceipt
from equipment.seizures.duties import DUTIES
from equipment.seizures.home import home_cards
from equipment.seizures.listing import lines_of, register_table
from equipment.seizures.models import SeizedGoods, Seizure
from equipment.seizures.moments import seizures_about
from equipment.seizures.on_file import case_parts
from equipment.seizures.queries import goods_of, seizure_of, seizures
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService, SeizureState
from equipment.storage import db
from tests import make
from tests.orders.town import INSPECTORS, OrderTown

Sign = Callable[[User], FlaskClient]
HOSE = GoodsDraft(
    name="劣质减压阀", quantity=12, unit="只", spec="DN15", condition="无合格证", place="区局仓库"
)


@pytest.fixture
def town(app: Flask) -> OrderTown:
    return OrderTown()


def draft(town: OrderTown, **more: Any) -> SeizureDraft:
    stated = SeizureDraft(
        unit=town.unit,
        kind=SeizureKind.DETAINED,
        reason="使用无合格证的减压阀",
        rule="other",
        rule_text="《某规定》第一条",
        goods=[HOSE],
        officers=INSPECTORS,
        issued_on=clock.today(),
        until_on=make.days(29),
    )
    return replace(stated, **more)


def decide(town: OrderTown, who: str = "county", **more: Any) -> Seizure:
    with db.transaction():
        return actions.decide(draft(town, **more), by=town.by(who))


def lift(town: OrderTown) -> Equipment:
    return db.session.get_one(Equipment, town.lift.id)


def fresh(seizure: Seizure) -> Seizure:
    return seizure_of(SYSTEM, seizure.organisation_id, seizure.id)


def settle(town: OrderTown, seizure: Seizure, numbers: list[int], state: GoodsState, **more: Any) -> None:
    stated: dict[str, Any] = {"on": clock.today(), "document": "解1号", "receiver": "银杏物业"} | more
    with db.transaction():
        actions.settle(fresh(seizure), numbers, GoodsStep(state, **stated), by=town.by("county"))


def status_of(piece: Equipment) -> EquipmentStatus:
    return EquipmentStatus(db.session.get_one(Equipment, piece.id, populate_existing=True).status)


def verbs(seizure: Seizure) -> list[str]:
    lines = select(Event.verb).where(Event.subject == f"seizure:{seizure.id}").order_by(Event.seq)
    return list(db.session.scalars(lines))


def test_a_decision_has_the_next_number_of_its_office_and_kind(town: OrderTown) -> None:
    year = clock.today().year
    numbers = [
        decide(town).number,
        decide(town).number,
        decide(town, kind=SeizureKind.SEALED).number,
        decide(town, "city").number,
        decide(town, "township").number,  # in the name of the county
    ]
    assert numbers == [
        f"（云）市监特扣〔{year}〕第1号",
        f"（云）市监特扣〔{year}〕第2号",
        f"（云）市监特封〔{year}〕第1号",
        f"（银）市监特扣〔{year}〕第1号",
        f"（云）市监特扣〔{year}〕第3号",
    ]


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"reason": " "}, ["reason"]),
        ({"rule": "nothing"}, ["rule"]),
        ({"rule_text": ""}, ["rule"]),
        ({"issued_on": make.days(1)}, ["issued_on"]),
        ({"until_on": make.days(-1)}, ["until_on"]),
        ({"officers": INSPECTORS[:1]}, ["officers"]),
        ({"goods": []}, ["goods"]),
        ({"goods": [replace(HOSE, name="")]}, ["goods"]),
        ({"goods": [replace(HOSE, quantity=None)]}, ["goods"]),
        ({"goods": [replace(HOSE, quantity=0)]}, ["goods"]),
    ],
)
def test_what_is_no_decision_is_refused(town: OrderTown, changed: dict[str, Any], fields: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        decide(town, **changed)
    assert list(refused.value.fields) == fields
    assert db.session.scalars(visible(SYSTEM, Seizure)).all() == []


def test_a_unit_decides_nothing_and_an_office_nothing_elsewhere(town: OrderTown) -> None:
    with pytest.raises(NotAllowed):
        decide(town, "officer")
    with pytest.raises(Invalid) as refused:
        decide(town, unit=town.far_unit)
    assert list(refused.value.fields) == ["unit"]


def test_a_registered_piece_is_locked_until_it_is_released(town: OrderTown) -> None:
    seizure = decide(town, goods=[HOSE, replace(HOSE, name="电梯", quantity=1, piece=lift(town))])
    assert status_of(town.lift) is EquipmentStatus.LOCKED
    with pytest.raises(Invalid) as refused:
        decide(town, goods=[replace(HOSE, piece=lift(town))])
    assert list(refused.value.fields) == ["goods"]
    settle(town, seizure, [1], GoodsState.RELEASED)
    row = fresh(seizure)
    assert (row.state, status_of(town.lift)) == (SeizureState.PARTLY, EquipmentStatus.LOCKED)
    settle(town, seizure, [2], GoodsState.RELEASED, document="解2号")
    row = fresh(seizure)
    assert (row.state, row.ended_on) == (SeizureState.ENDED, clock.today())
    assert status_of(town.lift) is EquipmentStatus.IN_USE
    assert verbs(seizure) == ["seizure.decided", "seizure.released", "seizure.released"]


@pytest.mark.parametrize("to", sorted(set(EquipmentStatus) - {EquipmentStatus.LOCKED}))
def test_nothing_but_its_settlement_sets_a_held_piece_free(
    town: OrderTown, signed_in: Sign, to: EquipmentStatus
) -> None:
    """Neither its unit nor the office, on the piece's own page; the refusal names the decision."""
    clients = [signed_in(make.user(town.unit, Role.STATION_OWNER)), signed_in(town.county)]
    seizure = decide(town, goods=[replace(HOSE, piece=lift(town))])
    number = seizure.number
    page = f"/equipment/{town.lift.id}/status"
    typed = {
        "status": to,
        "on": clock.today().isoformat(),
        "reason": "误锁",
        "typed": confirming_word(lift(town)),
    }
    for client in clients:
        assert number in client.get(page).get_data(as_text=True)
        answer = client.post(page, data=typed)
        assert (answer.status_code, number in answer.get_data(as_text=True)) == (422, True)
    assert status_of(town.lift) is EquipmentStatus.LOCKED


def test_a_list_stopped_at_a_press_passes_over_what_is_held(town: OrderTown, signed_in: Sign) -> None:
    decide(town, goods=[replace(HOSE, piece=lift(town))])
    chosen = {"id": [str(town.lift.id), str(town.second_lift.id)]}
    assert signed_in(town.county).post("/equipment/bulk/stop", data=chosen).status_code == 302
    assert [status_of(piece) for piece in (town.lift, town.second_lift)] == [
        EquipmentStatus.LOCKED,
        EquipmentStatus.STOPPED,
    ]


PATHS: dict[str, Callable[[Equipment, Viewer], object]] = {
    "unlocked": lambda piece, by: change_status(piece, EquipmentStatus.IN_USE, reason="核实", by=by),
    "a walk found it standing still": lambda piece, by: change_status(
        piece, EquipmentStatus.STOPPED, reason="超期核查 第1行", by=by
    ),
    "a walk found it gone": lambda piece, by: change_status(
        piece, EquipmentStatus.CANCELLED, reason="超期核查 第1行", by=by
    ),
    "an import or its undoing": lambda piece, by: apply(
        piece, {"status": ["in_use", "locked"]}, targets(piece.category), 0, reason="撤回导入", by=by
    ),
    "scrapped by hand": lambda piece, by: scrap(piece, typed=confirming_word(piece), reason="到期", by=by),
}


@pytest.mark.parametrize("path", PATHS)
def test_no_path_frees_what_a_decision_holds(town: OrderTown, path: str) -> None:
    seizure = decide(town, goods=[HOSE, replace(HOSE, name="电梯", quantity=1, piece=lift(town))])
    settle(town, seizure, [1], GoodsState.RELEASED)  # another line of the list: the piece is held still
    with pytest.raises(Conflict) as refused, db.transaction():
        PATHS[path](lift(town), town.by("county"))
    assert refused.value.fields["status"].params == {"number": seizure.number}
    assert status_of(town.lift) is EquipmentStatus.LOCKED


@pytest.mark.parametrize(
    ("settled", "then"),
    [
        (GoodsState.RELEASED, EquipmentStatus.IN_USE),  # by the release itself
        (GoodsState.HANDED_OVER, EquipmentStatus.LOCKED),
        (GoodsState.DISPOSED, EquipmentStatus.LOCKED),
    ],
)
def test_once_settled_a_piece_is_the_registers_again(
    town: OrderTown, settled: GoodsState, then: EquipmentStatus
) -> None:
    seizure = decide(town, goods=[replace(HOSE, piece=lift(town))])
    settle(town, seizure, [1], settled)
    assert status_of(town.lift) is then
    with db.transaction():
        scrap(lift(town), typed=confirming_word(lift(town)), reason="已销毁", by=town.by("county"))
    assert status_of(town.lift) is EquipmentStatus.SCRAPPED


def test_a_result_fit_for_scrap_counts_while_the_piece_is_held(town: OrderTown) -> None:
    """It sets nothing free, and what the body saw must not be lost."""
    decide(town, goods=[replace(HOSE, piece=lift(town))])
    with db.transaction():
        change_status(lift(town), EquipmentStatus.SCRAPPED, reason="检验结论报废", by=town.by("county"))
    assert status_of(town.lift) is EquipmentStatus.SCRAPPED
    with pytest.raises(Conflict), db.transaction():
        change_status(lift(town), EquipmentStatus.CANCELLED, reason="注销", by=town.by("county"))


def test_what_was_locked_before_stays_locked(town: OrderTown) -> None:
    piece = db.session.get_one(Equipment, town.lift.id)
    with db.transaction():
        change_status(piece, EquipmentStatus.LOCKED, reason="报失", by=town.by("county"))
    seizure = decide(town, goods=[replace(HOSE, piece=lift(town))])
    with pytest.raises(Conflict), db.transaction():
        change_status(piece, EquipmentStatus.IN_USE, reason="找回", by=town.by("county"))
    settle(town, seizure, [1], GoodsState.RELEASED)
    assert status_of(town.lift) is EquipmentStatus.LOCKED
    with db.transaction():
        change_status(piece, EquipmentStatus.IN_USE, reason="找回", by=town.by("county"))
    assert status_of(town.lift) is EquipmentStatus.IN_USE


def test_disposed_goods_stay_as_they_are_and_handed_over_ones_may_come_back(town: OrderTown) -> None:
    seizure = decide(town, goods=[HOSE, replace(HOSE, name="软管")])
    settle(town, seizure, [1], GoodsState.HANDED_OVER, receiver="公安分局")
    settle(town, seizure, [2], GoodsState.DISPOSED, receiver="")
    assert fresh(seizure).state is SeizureState.ENDED
    settle(town, seizure, [1], GoodsState.DISPOSED, document="销2号")
    for numbers in ([1], [2], [1, 2]):
        with pytest.raises(Conflict):
            settle(town, seizure, numbers, GoodsState.RELEASED)


@pytest.mark.parametrize(
    ("numbers", "more", "fields"),
    [
        ([], {}, ["goods"]),
        ([9], {}, ["goods"]),
        ([1], {"document": " "}, ["document"]),
        ([1], {"receiver": ""}, ["receiver"]),
        ([1], {"on": make.days(1)}, ["on"]),
        ([1], {"on": make.days(-1)}, ["on"]),
    ],
)
def test_what_is_no_release_is_refused(
    town: OrderTown, numbers: list[int], more: dict[str, Any], fields: list[str]
) -> None:
    seizure = decide(town)
    with pytest.raises(Invalid) as refused:
        settle(town, seizure, numbers, GoodsState.RELEASED, **more)
    assert list(refused.value.fields) == fields
    assert [row.state for row in goods_of(seizure)] == [GoodsState.HELD]


def test_a_decision_is_served_once(town: OrderTown) -> None:
    seizure = decide(town)
    left = SeizureReceipt(SeizureService.LEFT, clock.now(), "", "社区网格员赵六", "当事人拒签")
    with pytest.raises(Invalid), db.transaction():
        actions.serve(fresh(seizure), left._replace(witness=""), by=town.by("county"))
    with db.transaction():
        actions.serve(fresh(seizure), left, by=town.by("county"))
    assert fresh(seizure).service_way is SeizureService.LEFT
    with pytest.raises(Conflict), db.transaction():
        actions.serve(fresh(seizure), left, by=town.by("county"))


def test_the_period_is_prolonged_and_reminded_of(town: OrderTown) -> None:
    seizure = decide(town)
    until = make.days(59)
    for wrong in ((make.days(29), "案情复杂"), (until, " ")):
        with pytest.raises(Invalid), db.transaction():
            actions.prolong(fresh(seizure), wrong[0], "延1号", wrong[1], by=town.by("county"))
    with db.transaction():
        actions.prolong(fresh(seizure), until, "延1号", "案情复杂", by=town.by("county"))
    assert [(duty.due_on, duty.area) for duty in duties()] == [(until, make.COUNTY)]
    settle(town, seizure, [1], GoodsState.RELEASED)
    assert duties() == []
    with pytest.raises(Conflict), db.transaction():
        actions.prolong(fresh(seizure), until + timedelta(days=9), "", "再延", by=town.by("county"))


def duties() -> list[Any]:
    source = DUTIES[0]
    return [duty for chunk in source.duties(clock.today(), 400) for duty in chunk]


def test_the_register_lists_what_is_held_with_its_days(town: OrderTown) -> None:
    seizure = decide(town, goods=[HOSE, replace(HOSE, name="软管")], until_on=make.days(3))
    settle(town, seizure, [1], GoodsState.RELEASED)
    assert [(line.goods.name, line.left, line.amount) for line in lines_of(SYSTEM, {})] == [
        ("软管", 3, "12 只")
    ]
    assert [line.goods.name for line in lines_of(SYSTEM, {"state": "released"})] == ["劣质减压阀"]
    assert lines_of(SYSTEM, {"days": "overdue"}) == []
    assert len(lines_of(SYSTEM, {"days": "soon"})) == 1
    table = register_table(town.by("county"), {"args": {}}, str)
    assert [row[5] for row in table.rows] == ["软管"]


def test_each_sees_what_is_his(town: OrderTown) -> None:
    seizure = decide(town, goods=[replace(HOSE, piece=lift(town))])
    seen = {
        who: len(db.session.scalars(visible(town.by(who), Seizure)).all())
        for who in ("county", "city", "township", "elsewhere", "officer", "stranger")
    }
    assert seen == {"county": 1, "city": 1, "township": 0, "elsewhere": 0, "officer": 1, "stranger": 0}
    moments = list(seizures_about(town.by("officer"), db.session.get_one(Equipment, town.lift.id), None))
    assert [(moment.kind, moment.url) for moment in moments] == [
        ("seizure", f"/seizures/{seizure.organisation_id}/{seizure.id}")
    ]


def test_the_file_of_a_case_holds_what_was_seized_with_its_order(town: OrderTown) -> None:
    order = town.issue()
    decide(town, order_id=order.id)
    decide(town)
    parts = case_parts(order)
    assert [(part.title, [row[1] for row in part.rows]) for part in parts] == [
        ("扣押决定书及物品清单", ["劣质减压阀 DN15"])
    ]


def test_papers_say_what_was_decided_and_that_their_layout_is_unchecked(town: OrderTown) -> None:
    seizure = decide(town, goods=[HOSE, replace(HOSE, name="软管")])
    decision, goods = printing.decision_papers(fresh(seizure), sample=False)
    assert (decision.title, goods.title, decision.number) == ("扣押决定书", "扣押物品清单", seizure.number)
    assert "未核实" in decision.notes[0]
    receipt = printing.receipt_papers(fresh(seizure), sample=False)[0]
    assert receipt.title == "送达回证"
    settle(town, seizure, [2], GoodsState.RELEASED)
    released = printing.release_papers(fresh(seizure), sample=False)
    assert [paper.title for paper in released] == ["解除扣押决定书"]


def test_from_the_form_to_the_end_on_pages(town: OrderTown, signed_in: Sign) -> None:
    bureau, officer = signed_in(town.county), signed_in(town.officer)
    assert bureau.get("/seizures/new").status_code == 200
    typed = {
        "unit": str(town.unit.id),
        "kind": "detained",
        "issued_on": clock.today().isoformat(),
        "until_on": make.days(29).isoformat(),
        "reason": "使用无合格证的减压阀",
        "rule": "other",
        "rule_text": "《某规定》第一条",
        "goods-0-name": "减压阀",
        "goods-0-quantity": "12",
        "goods-0-unit": "只",
        "officers-0-name": "王监",
    }
    assert bureau.post("/seizures/new", data=typed).status_code == 422  # one officer alone
    assert bureau.post("/seizures/new", data={**typed, "officers-1-name": "李察"}).status_code == 302
    seizure = db.session.scalars(visible(SYSTEM, Seizure)).one()
    page = f"/seizures/{seizure.organisation_id}/{seizure.id}"
    receipt = {"way": "signed", "on": clock.today().isoformat()}
    assert bureau.post(f"{page}/serve", data=receipt).status_code == 422
    assert bureau.post(f"{page}/serve", data={**receipt, "receiver": "李安"}).status_code == 302
    longer = {"until": make.days(59).isoformat(), "document": "延1号", "reason": "案情复杂"}
    assert officer.post(f"{page}/prolong", data=longer).status_code == 403
    assert bureau.post(f"{page}/prolong", data=longer).status_code == 302
    step = {"state": "released", "on": clock.today().isoformat(), "document": "解1号", "receiver": "李安"}
    assert bureau.post(f"{page}/goods", data=step).status_code == 422
    assert bureau.post(f"{page}/goods", data={**step, "goods": "1"}).status_code == 302
    db.session.expire_all()
    assert fresh(seizure).state is SeizureState.ENDED
    assert db.session.scalars(visible(SYSTEM, SeizedGoods)).one().settled_to == "李安"
    assert [client.get(page).status_code for client in (bureau, officer)] == [200, 200]


def test_the_first_page_counts_the_decisions_of_its_list(app: Flask, town: OrderTown) -> None:
    with db.transaction():
        seizure = actions.decide(draft(town, goods=[HOSE, HOSE]), by=town.by("county"))
    with app.test_request_context():
        (card,) = home_cards(town.by("county"))
    assert (card.figure, card.url) == (1, "/seizures?state=held")
    assert [
        row.id for row in db.session.scalars(seizures(town.by("county"), {"state": "held"}, clock.today()))
    ] == [seizure.id]
