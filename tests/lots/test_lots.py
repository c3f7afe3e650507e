"""送检 as a station and a body do it: put together, handed over, received, with everything that goes wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from equipment.core.errors import Conflict, Invalid, NotFound, OtherContent
from equipment.core.ids import new_id
from equipment.dues.applications import apply, pending_application
from equipment.dues.rules import ApplicationState
from equipment.lots import packing, receiving
from equipment.lots.queries import counts_of, lot_of, row_with
from equipment.lots.states import Difference, LotRowState, LotState
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.actions import change_status
from equipment.register.rules import EquipmentStatus
from equipment.storage import db
from tests import make
from tests.dues.town import Town, fresh
from tests.lots.town import approve, bottle, fresh_lot, on_way, open_lot, received, rows

Sign = Callable[[User], FlaskClient]
R = LotRowState


def states(of: object) -> list[LotRowState]:
    return [row.state for row in rows(of)]  # type: ignore[arg-type]


def test_a_bottle_stands_once_in_a_lot_however_often_it_is_scanned(at: Town) -> None:
    one = bottle(at)
    lot = open_lot(at, one)
    with db.transaction():
        row, is_new = packing.pack(fresh_lot(lot), one.label_code or "", by=at.viewer("owner"))
    assert (row.row_no, is_new, len(rows(lot))) == (1, False, 1)


def test_a_bottle_in_an_open_lot_does_not_go_into_a_second_one(at: Town) -> None:
    one = bottle(at)
    first, second = open_lot(at, one), open_lot(at)
    with pytest.raises(Invalid, match="2025-0001"), db.transaction():
        packing.pack(fresh_lot(second), one.label_code or "", by=at.viewer("owner"))
    with db.transaction():
        packing.take_out(fresh_lot(first), 1, by=at.viewer("owner"))
        packing.pack(fresh_lot(second), one.label_code or "", by=at.viewer("owner"))
    assert (states(first), states(second)) == ([R.TAKEN_OUT], [R.PACKED])


def test_handing_over_applies_for_every_bottle_and_names_the_body(at: Town) -> None:
    elsewhere = make.organisation(OrganisationKind.BODY, "别处检验所")
    one, two = bottle(at), bottle(at, inspection_body_id=elsewhere.id)
    lot = open_lot(at, one, two)
    assert pending_application(one.id) is None
    with db.transaction():
        packing.hand_over(fresh_lot(lot), "老王", by=at.viewer("owner"))
        packing.hand_over(fresh_lot(lot), "老王", by=at.viewer("owner"))  # sent twice: once
    for piece in (one, two):
        pending = pending_application(piece.id)
        assert pending is not None
        assert (pending.state, pending.body_id) == (ApplicationState.APPLIED, at.body.id)
        assert fresh(piece.id).inspection_body_id == at.body.id
    assert fresh_lot(lot).state is LotState.ON_WAY
    assert at.viewer("inspector").organisation_id == fresh_lot(lot).body_id


def test_an_application_that_stands_is_taken_over(at: Town) -> None:
    one = bottle(at)
    with db.transaction():
        before = apply(fresh(one.id), by=at.viewer("owner")).id
    on_way(at, one)
    pending = pending_application(one.id)
    assert pending is not None
    assert pending.id == before


def test_nothing_leaves_while_one_bottle_cannot_go(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot = open_lot(at, one, two)
    with db.transaction():
        change_status(fresh(two.id), EquipmentStatus.SCRAPPED, reason="压扁", by=at.viewer("owner"))
    with pytest.raises(Conflict, match="2"), db.transaction():
        packing.hand_over(fresh_lot(lot), "", by=at.viewer("owner"))
    assert (fresh_lot(lot).state, pending_application(one.id)) == (LotState.PACKING, None)


def test_an_empty_lot_is_not_handed_over(at: Town) -> None:
    lot = open_lot(at)
    with pytest.raises(Invalid), db.transaction():
        packing.hand_over(fresh_lot(lot), "", by=at.viewer("owner"))


@pytest.mark.parametrize("is_on_way", [False, True])
def test_a_withdrawn_lot_sets_its_bottles_free(at: Town, is_on_way: bool) -> None:
    one = bottle(at)
    lot = on_way(at, one) if is_on_way else open_lot(at, one)
    with db.transaction():
        packing.withdraw_lot(fresh_lot(lot), "车坏了", by=at.viewer("owner"))
        packing.withdraw_lot(fresh_lot(lot), "车坏了", by=at.viewer("owner"))
    assert (fresh_lot(lot).state, states(lot), pending_application(one.id)) == (
        LotState.WITHDRAWN,
        [R.TAKEN_OUT],
        None,
    )
    assert states(open_lot(at, one)) == [R.PACKED]


def test_what_was_received_is_not_withdrawn(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot = on_way(at, one, two)
    with db.transaction():
        receiving.receive(fresh_lot(lot), one.label_code or "", by=at.viewer("inspector"))
    with pytest.raises(Conflict), db.transaction():
        packing.withdraw_lot(fresh_lot(lot), "不送了", by=at.viewer("owner"))


def test_the_receipt_names_every_difference(at: Town) -> None:
    """Two of three come, one of the station's that is not on the paper, one of another unit, one without file."""
    one, two, three, beside = (bottle(at) for _ in range(4))
    other = make.station("别家气站")
    foreign = bottle(at, owner_id=other.id)
    lot, body = on_way(at, one, two, three), at.viewer("inspector")
    with db.transaction():
        here = fresh_lot(lot)
        for code in (one.label_code, two.label_code, two.label_code, beside.label_code, foreign.label_code):
            receiving.receive(here, code or "", by=body)
        receiving.receive(here, "瓶身无码0001", by=body)
        receiving.receive(here, "瓶身无码0001", by=body)
        receiving.sign_receipt(here, "雨天", by=body)
        receiving.sign_receipt(here, "雨天", by=body)

    assert [(row.state, row.difference) for row in rows(lot)] == [
        (R.RECEIVED, None),
        (R.RECEIVED, None),
        (R.MISSING, Difference.MISSING),
        (R.RECEIVED, Difference.EXTRA),
        (R.RETURNED, Difference.FOREIGN),
        (R.RETURNED, Difference.UNKNOWN),
    ]
    assert rows(lot)[4].equipment_id is None  # the sender reads what was on the lorry, not whose it is
    accepted, refused = pending_application(one.id), pending_application(three.id)
    assert accepted is not None
    assert (accepted.state, refused) == (ApplicationState.ACCEPTED, None)
    assert counts_of([fresh_lot(lot)])[lot.id].total == 4
    assert states(open_lot(at, three)) == [R.PACKED]  # what was missing is free


def test_a_missing_bottle_may_come_later(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    lot, body = on_way(at, one, two), at.viewer("inspector")
    with db.transaction():
        receiving.receive(fresh_lot(lot), one.label_code or "", by=body)
        receiving.sign_receipt(fresh_lot(lot), "", by=body)
    with db.transaction():
        receiving.receive(fresh_lot(lot), two.label_code or "", by=body)
    assert [(row.state, row.difference) for row in rows(lot)] == [
        (R.RECEIVED, None),
        (R.RECEIVED, Difference.MISSING),
    ]


def test_all_at_once_is_as_many_as_the_person_saw(at: Town) -> None:
    lot = on_way(at, bottle(at), bottle(at))
    with pytest.raises(Conflict, match="2"), db.transaction():
        receiving.receive_all(fresh_lot(lot), 3, by=at.viewer("inspector"))
    assert fresh_lot(lot).state is LotState.ON_WAY


def test_two_lots_that_come_together_are_not_mixed(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    first, _second = on_way(at, one), on_way(at, two)
    with pytest.raises(Conflict, match="another lot"), db.transaction():
        receiving.receive(fresh_lot(first), two.label_code or "", by=at.viewer("inspector"))


def test_a_body_that_is_not_approved_for_the_variety_gets_no_bottle(at: Town) -> None:
    approve(at, "SEAMLESS")
    lot, one = open_lot(at), bottle(at)
    with pytest.raises(Invalid, match="no approval"), db.transaction():
        packing.pack(fresh_lot(lot), one.label_code or "", by=at.viewer("owner"))


def test_an_approval_that_has_run_out_is_none_on_file(at: Town) -> None:
    approve(at, "SEAMLESS", days=-1)
    assert states(open_lot(at, bottle(at))) == [R.PACKED]


def test_a_list_says_why_bottles_stay_out(at: Town) -> None:
    one, two = bottle(at), bottle(at)
    open_lot(at, one)
    lot = open_lot(at)
    with db.transaction():
        packed = packing.pack_many(fresh_lot(lot), [one.id, two.id], by=at.viewer("owner"))
    assert (packed.count, [(str(why), number) for why, number in packed.skipped]) == (
        1,
        [("It is in lot 2025-0001 already.", 1)],
    )


def test_both_sides_and_the_bureau_see_a_lot_and_nobody_else(at: Town) -> None:
    lot = on_way(at, bottle(at))
    for who in ("owner", "inspector", "supervisor"):
        assert lot_of(lot.id, by=at.viewer(who)).number == "2025-0001"
    far = make.user(
        make.organisation(OrganisationKind.REGULATOR, "靖远局", area=make.ELSEWHERE), Role.SUPERVISOR
    )
    for viewer in (at.viewer("stranger"), at.viewer("officer"), viewer_of(far)):
        with pytest.raises(NotFound):
            lot_of(lot.id, by=viewer)


def test_only_the_sender_packs_and_only_the_body_receives(at: Town) -> None:
    one = bottle(at)
    lot = open_lot(at, one)
    with pytest.raises(NotFound), db.transaction():
        packing.pack(fresh_lot(lot), one.label_code or "", by=at.viewer("inspector"))
    with pytest.raises(NotFound), db.transaction():
        receiving.receive(fresh_lot(lot), one.label_code or "", by=at.viewer("owner"))
    with pytest.raises(Conflict, match="put together"), db.transaction():
        receiving.receive(fresh_lot(lot), one.label_code or "", by=at.viewer("inspector"))


def test_the_same_lot_opened_twice_is_one(at: Town) -> None:
    key, owner = new_id(), at.viewer("owner")
    with db.transaction():
        first = packing.open_lot(key, at.body.id, by=owner)
        again = packing.open_lot(key, at.body.id, by=owner)
    assert first is again
    with pytest.raises(OtherContent), db.transaction():
        packing.open_lot(key, at.body.id, note="另一批", by=owner)


def test_a_lot_is_received_where_it_was_sent(at: Town) -> None:
    lot = received(at, bottle(at), bottle(at))
    assert (fresh_lot(lot).state, states(lot)) == (LotState.RECEIVED, [R.RECEIVED, R.RECEIVED])
    row = row_with(lot_of(lot.id, by=SYSTEM), rows(lot)[0].equipment_id or new_id())
    assert row is not None
