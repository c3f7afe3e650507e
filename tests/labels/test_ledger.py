"""标签台账: where every label is, what became of it by whom, what share falls off, who took blank ones, and codes
that two bottles are said to carry."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.labels import queries
from equipment.labels.actions import issue_labels
from equipment.labels.claims import claim, decide
from equipment.labels.handouts import Receiver, hand_out, sign_for, take_back
from equipment.labels.listing import ledger_table, receipt
from equipment.labels.models import LabelBatch, LabelClaim, LabelHandout
from equipment.labels.rules import ClaimState, LedgerState, Loss, loss_definition
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register import actions
from equipment.register.models import Equipment, Label, LabelStep
from equipment.register.rules import EquipmentStatus, LabelStatus, LabelStepKind
from equipment.storage.db import session, transaction
from equipment.tasks.models import Task
from equipment.tasks.ruled import RuledRow
from tests import make

SignIn = Callable[[User], FlaskClient]
DETAILS = {"variety": "lpg", "medium": "LPG", "model": "YSP35.5", "volume_ml": 35500, "tare_g": 16500}


@pytest.fixture
def owner(app: Flask) -> User:
    user = make.user(make.station("白银示例燃气有限公司"), Role.STATION_OWNER, name="王站长")
    viewer_of(user)  # reads all that a sign-in needs of it
    session.refresh(user, ["organisation"])
    session.expunge_all()
    return user


@pytest.fixture
def by(owner: User) -> Viewer:
    return viewer_of(owner)


def batch_of(by: Viewer, count: int = 10) -> LabelBatch:
    with transaction():
        return issue_labels(count, by.organisation_id, by=by, note="护罩标签")  # type: ignore[arg-type]


def codes(batch: LabelBatch) -> list[str]:
    rows = select(Label.code).where(Label.batch_id == batch.id, Label.status == LabelStatus.ISSUED)
    return list(session.scalars(rows.order_by(Label.number)))


def bottle(by: Viewer, serial: str = "8812345", **more: object) -> Equipment:
    return make.equipment("cylinder", serial=serial, details=DETAILS, owner_id=by.organisation_id, **more)


def bind(code: str, piece: Equipment, by: Viewer) -> None:
    with transaction():
        actions.bind_label(code, session.get_one(Equipment, piece.id), by=by)


def report(code: str, status: LabelStatus, by: Viewer) -> None:
    with transaction():
        actions.report_label(session.get_one(Label, code), status, by=by)


def life(code: str) -> list[tuple[str, int]]:
    rows = select(LabelStep.kind, LabelStep.bound).where(LabelStep.code == code).order_by(LabelStep.id)
    return [(str(kind), bound) for kind, bound in session.execute(rows)]


def bound_sum() -> int:
    return session.scalar(select(func.sum(LabelStep.bound))) or 0


# What is done to a label, and the steps that its life has then: (kind, labels more or fewer on pieces).
LIVES: list[tuple[str, list[LabelStatus], list[tuple[str, int]]]] = [
    ("bound", [], [("bound", 1)]),
    ("fell off", [LabelStatus.LOST], [("bound", 1), ("lost", -1)]),
    ("damaged", [LabelStatus.DAMAGED], [("bound", 1), ("damaged", -1)]),
    ("found again", [LabelStatus.LOST, LabelStatus.BOUND], [("bound", 1), ("lost", -1), ("back", 1)]),
    (
        "fell off twice",
        [LabelStatus.LOST, LabelStatus.BOUND, LabelStatus.LOST],
        [("bound", 1), ("lost", -1), ("back", 1), ("lost", -1)],
    ),
]


@pytest.mark.parametrize(("reports", "steps"), [row[1:] for row in LIVES], ids=[row[0] for row in LIVES])
def test_what_happens_to_a_label_is_a_step_of_its_life(
    by: Viewer, reports: list[LabelStatus], steps: list[tuple[str, int]]
) -> None:
    code = codes(batch_of(by))[0]
    bind(code, bottle(by), by)
    for status in reports:
        report(code, status, by)
    assert life(code) == steps
    assert set(session.scalars(select(LabelStep.user_id))) == {by.user_id}


def test_a_replaced_label_names_its_follower_and_scrapping_ends_both(by: Viewer) -> None:
    old, new, *_ = codes(batch_of(by))
    piece = bottle(by)
    bind(old, piece, by)
    with transaction():
        actions.replace_label(old, new, "磨损", by=by)
    assert (life(old), life(new)) == ([("bound", 1), ("replaced", -1)], [("bound", 1)])
    assert session.scalars(select(LabelStep.other_code).where(LabelStep.kind == "replaced")).one() == new
    with transaction():
        piece = session.get_one(Equipment, piece.id)
        actions.change_status(piece, EquipmentStatus.SCRAPPED, reason="到期", by=by)
    assert (life(old)[-1], life(new)[-1], bound_sum()) == (("void", 0), ("void", -1), 0)


def test_a_label_changes_hands_with_its_bottle(by: Viewer) -> None:
    code = codes(batch_of(by))[0]
    piece, other = bottle(by), make.station("另一充装站")
    bind(code, piece, by)
    with transaction():
        actions.change(session.get_one(Equipment, piece.id), {"owner_id": other.id}, by=SYSTEM)
    of = select(LabelStep.organisation_id, func.sum(LabelStep.bound)).group_by(LabelStep.organisation_id)
    assert dict(session.execute(of).all()) == {by.organisation_id: 0, other.id: 1}


def test_a_lost_label_is_no_free_label_for_another_bottle(by: Viewer) -> None:
    code = codes(batch_of(by))[0]
    bind(code, bottle(by), by)
    report(code, LabelStatus.LOST, by)
    with pytest.raises(Conflict):
        bind(code, bottle(by, "8899999"), by)
    assert life(code)[-1] == ("lost", -1)


def test_the_counts_add_up_to_what_was_issued_and_each_opens_its_labels(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    batch = batch_of(by)
    free = codes(batch)
    for place, serial in enumerate(("8800001", "8800002", "8800003", "8800004")):
        bind(free[place], bottle(by, serial), by)
    report(free[0], LabelStatus.LOST, by)
    report(free[1], LabelStatus.DAMAGED, by)
    with transaction():
        actions.replace_label(free[2], free[4], "磨损", by=by)
        actions.void_label(session.get_one(Label, free[5]), by=by, reason="打印歪斜")
        hand_out(session.merge(batch), 7, 8, Receiver(owner.organisation_id, None, "夜班"), by=by)
    counts = queries.counts(by, {"batch": str(batch.id)})
    assert counts == {
        LedgerState.BLANK: 2,
        LedgerState.HANDED_OUT: 2,
        LedgerState.BOUND: 2,
        LedgerState.LOST: 1,
        LedgerState.DAMAGED: 1,
        LedgerState.REPLACED: 1,
        LedgerState.VOID: 1,
    }
    assert sum(counts.values()) == batch.count == 10
    assert queries.counts_of_batches([batch.id])[batch.id] == counts
    for state, number in counts.items():
        wanted = {"batch": str(batch.id), "state": state.value}
        assert len(session.scalars(queries.labels(by, wanted)).all()) == number
        assert len(list(ledger_table(by, {**wanted, "list": "labels"}, str).rows)) == number
    page = signed_in(owner).get("/labels/ledger").text
    assert ("共制发10张" in page, "已发放未用 <b>2</b>" in page) == (True, True)
    assert signed_in(owner).post("/labels/ledger?format=xlsx&state=void").status_code == 302
    task = session.scalars(visible(SYSTEM, Task).where(Task.kind == "labels.export")).one()
    assert task.input["asked"] == {"format": "xlsx", "state": "void", "list": "labels"} or (
        task.input["asked"] == {"state": "void", "list": "labels"}
    )


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


def test_a_loss_rate_counts_what_fell_off_over_what_was_bound_at_the_start_of_the_month(by: Viewer) -> None:
    """Four bound in August. September: one falls off, one is damaged, one falls off, is found and falls off
    again; a fifth is bound in mid-month. October begins with two."""
    with time_machine.travel(at(8, 3)):
        free = codes(batch_of(by))
        for place in range(4):
            bind(free[place], bottle(by, f"880000{place}"), by)
    for day, code, status in (
        (2, free[0], LabelStatus.LOST),
        (5, free[1], LabelStatus.DAMAGED),
        (6, free[2], LabelStatus.LOST),
        (9, free[2], LabelStatus.BOUND),
        (12, free[2], LabelStatus.LOST),
    ):
        with time_machine.travel(at(9, day)):
            report(code, status, by)
    with time_machine.travel(at(9, 20)):
        bind(free[4], bottle(by, "8800009"), by)
    months = [at(month, 1).date() for month in (8, 9, 10)]
    expected = [Loss(0, 0, 0), Loss(4, 3, 1), Loss(2, 0, 0)]
    assert queries.losses_of(by, by.organisation_id, months) == expected  # type: ignore[arg-type]
    of_months = [queries.losses(by, month) for month in months]
    assert of_months == [{}, {by.organisation_id: expected[1]}, {by.organisation_id: expected[2]}]
    assert [loss.rate for loss in expected] == [None, 1.0, 0.0]
    drilled = {"kind": "off", "month": "2026-09", "organisation": str(by.organisation_id)}
    assert len(session.scalars(queries.steps(by, drilled)).all()) == expected[1].off == 4


def test_each_number_of_the_loss_page_opens_the_steps_it_counts_and_its_meaning_is_said(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    with time_machine.travel(at(10, 1)):
        free = codes(batch_of(by))
        for place in range(3):
            bind(free[place], bottle(by, f"880000{place}"), by)
    with time_machine.travel(at(11, 2)):
        report(free[0], LabelStatus.LOST, by)
        report(free[1], LabelStatus.DAMAGED, by)
    bureau = make.organisation(OrganisationKind.REGULATOR)
    area = session.get_one(Organisation, by.organisation_id).area
    county = signed_in(make.user(bureau, Role.SUPERVISOR, area=area))
    elsewhere = signed_in(make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE))
    link = f"/labels/steps?kind=off&amp;month=2026-11&amp;organisation={by.organisation_id}"
    pages = [browser.get("/labels/losses?month=2026-11").text for browser in (signed_in(owner), county)]
    assert [(link in page, "66.67 %" in page) for page in pages] == [(True, True)] * 2
    definition = loss_definition(at(11, 1).date())
    assert (definition.version, definition.formula_zh in pages[0]) == (1, True)
    assert "66.67" not in elsewhere.get("/labels/losses?month=2026-11").text
    opened = county.get(link.replace("&amp;", "&")).text
    assert opened.count("/labels/of/") == 2
    assert "/labels/of/" not in elsewhere.get(link.replace("&amp;", "&")).text


# First and last number, whom to, and where it is said that it cannot be.
WRONG_HANDOUTS = [
    ("below the batch", 0, 3, "夜班", "first_no"),
    ("beyond the batch", 1, 11, "夜班", "last_no"),
    ("backwards", 5, 4, "夜班", "last_no"),
    ("to nobody", 1, 3, " ", "post"),
]


@pytest.mark.parametrize(
    ("first", "last", "post", "field"),
    [row[1:] for row in WRONG_HANDOUTS],
    ids=[row[0] for row in WRONG_HANDOUTS],
)
def test_a_handout_that_cannot_be_is_refused_at_its_field(
    by: Viewer, first: int, last: int, post: str, field: str
) -> None:
    batch = batch_of(by)
    with pytest.raises(Invalid) as refused, transaction():
        hand_out(batch, first, last, Receiver(by.organisation_id, None, post), by=by)  # type: ignore[arg-type]
    assert list(refused.value.fields) == [field]
    assert session.scalars(select(LabelHandout)).all() == []


def test_labels_are_handed_out_once_signed_for_by_the_receiver_and_come_back(by: Viewer, owner: User) -> None:
    worker = viewer_of(make.user(owner.organisation, Role.OPERATOR, name="李师傅", certificate="P"))
    batch = batch_of(by)
    free = codes(batch)
    bind(free[1], bottle(by), by)  # number 2 is no longer blank, and stays out of it
    to = Receiver(by.organisation_id, worker.user_id)  # type: ignore[arg-type]
    with transaction():
        handout = hand_out(session.merge(batch), 1, 5, to, by=by)
    assert handout.labels == 4
    with pytest.raises(Conflict), transaction():
        hand_out(session.merge(batch), 5, 6, to, by=by)
    with pytest.raises(NotAllowed), transaction():
        sign_for(session.merge(handout), by=by)
    with transaction():
        handout = sign_for(session.merge(handout), by=worker)
    paper = receipt(handout, str)
    rows = [row for row in paper.tables[0].rows if isinstance(row, RuledRow)]
    listed = [text for row in rows for text in row.cells if text]
    assert (len(listed), paper.number, len(paper.signatures)) == (4, handout.receipt_no, 3)
    bind(free[0], bottle(by, "8899999"), worker)
    with transaction():
        handout = take_back(session.merge(handout), by=by)
    assert (handout.returned_labels, queries.counts(by, {})[LedgerState.BLANK]) == (3, 8)
    with pytest.raises(Conflict), transaction():
        take_back(session.merge(handout), by=by)
    moments = [moment.title for moment in queries.life_of(by, session.get_one(Label, free[2]))]
    assert moments == ["What was blank came back", "Signed for", "Handed out", "Label issued"]


def test_labels_of_the_bureau_are_the_stations_once_handed_out(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    bureau = make.organisation(OrganisationKind.REGULATOR)
    chief = make.user(bureau, Role.ADMINISTRATOR)
    office, issuer = signed_in(chief), viewer_of(chief)
    with transaction():
        batch = issue_labels(4, issuer.organisation_id, by=issuer)  # type: ignore[arg-type]
    code = codes(batch)[0]
    with pytest.raises(Conflict):
        bind(code, bottle(by), by)
    sent = office.post(
        f"/labels/batches/{batch.id}/hand-out",
        data={"first_no": "1", "last_no": "2", "organisation": "白银示例燃气有限公司"},
    )
    assert sent.status_code == 302
    bind(code, bottle(by, "8899999"), by)
    station = signed_in(owner)
    handout = session.scalars(select(LabelHandout)).one()
    assert handout.receipt_no in station.get("/labels/handouts").text
    assert station.post(f"/labels/handouts/{handout.id}/sign").status_code == 302
    session.expire_all()
    assert session.scalars(select(LabelHandout.received_by)).one() == owner.id
    stranger = signed_in(make.user(make.station("远处的站", area=make.ELSEWHERE), Role.STATION_OWNER))
    assert stranger.post(f"/labels/handouts/{handout.id}/receipt").status_code == 404


def claimed(by: Viewer, code: str, piece: Equipment) -> LabelClaim:
    with transaction():
        attempt = claim(code, session.get_one(Equipment, piece.id), by=by)
    assert attempt is not None
    return attempt


def test_a_label_scanned_on_a_second_bottle_binds_nothing_and_is_a_claim_kept_once(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    code = codes(batch_of(by))[0]
    first, second = bottle(by), bottle(by, "8899999")
    bind(code, first, by)
    browser = signed_in(owner)
    way = f"/labels/bind?code={code}&claim=1"
    assert way.replace("&", "&amp;") in browser.post("/labels/bind", data={"code": code}).text
    assert str(second.id) in browser.get(f"{way}&digits=9999").text
    assert session.scalars(select(LabelClaim)).all() == []  # an address alone keeps nothing
    tapped = {"code": code, "claim": "1", "equipment": str(second.id)}
    answers = [browser.post("/labels/bind", data=tapped) for _ in range(2)]
    assert [(answer.status_code, "未绑定" in answer.text) for answer in answers] == [(409, True)] * 2
    session.expire_all()
    attempt = session.scalars(select(LabelClaim)).one()
    assert (attempt.equipment_id, attempt.claimed_id, attempt.state) == (first.id, second.id, "open")
    assert session.get_one(Equipment, second.id).label_code is None
    listed = browser.get("/labels/claims").text
    assert ("8812345" in listed, "8899999" in listed) == (True, True)


def test_a_claim_is_decided_once_with_a_reason(by: Viewer, owner: User, signed_in: SignIn) -> None:
    free = codes(batch_of(by))
    first, second = bottle(by), bottle(by, "8899999")
    bind(free[0], first, by)
    attempt = claimed(by, free[0], second)
    path, browser = f"/labels/claims/{first.id}/{attempt.id}", signed_in(owner)
    assert browser.post(path, data={"decision": "stays", "reason": " "}).status_code == 422
    assert browser.post(path, data={"decision": "open", "reason": "x"}).status_code == 422
    assert browser.post(path, data={"decision": "voided", "reason": "两只瓶上都有"}).status_code == 302
    assert browser.post(path, data={"decision": "stays", "reason": "看错"}).status_code == 409
    session.expire_all()
    assert session.get_one(Label, free[0]).status == LabelStatus.VOID
    assert session.get_one(Equipment, first.id).label_code is None
    assert life(free[0])[-1] == ("void", -1)
    for place, piece in enumerate((first, second), 1):  # both get new ones
        bind(free[place], piece, by)
    with pytest.raises(Conflict):
        bind(free[0], bottle(by, "8800000"), by)


def test_a_claim_between_two_stations_is_decided_by_whoever_has_the_label(by: Viewer, app: Flask) -> None:
    other = viewer_of(make.user(make.station("另一充装站"), Role.STATION_OWNER))
    code = codes(batch_of(by))[0]
    bind(code, bottle(by), by)
    attempt = claimed(other, code, bottle(other, "7700000"))
    with pytest.raises(NotAllowed), transaction():
        decide(session.merge(attempt), ClaimState.VOIDED, "是我们的", by=other)
    with transaction():
        decide(session.merge(attempt), ClaimState.STAYS, "核对钢印，标签在本站瓶上", by=by)
    session.expire_all()
    assert session.scalars(select(LabelClaim.state)).one() == ClaimState.STAYS
    assert session.get_one(Label, code).status == LabelStatus.BOUND


def test_a_new_attempt_after_a_decision_is_a_new_claim(by: Viewer) -> None:
    code, second = codes(batch_of(by))[0], bottle(by, "8899999")
    bind(code, bottle(by), by)
    attempt = claimed(by, code, second)
    with transaction():
        decide(session.merge(attempt), ClaimState.STAYS, "看错", by=by)
    assert claimed(by, code, second).id != attempt.id


def test_the_life_of_a_label_is_one_page_and_a_stranger_finds_none(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    old, new, *_ = codes(batch_of(by))
    bind(old, bottle(by), by)
    report(old, LabelStatus.LOST, by)
    with transaction():
        actions.replace_label(old, new, "脱落", by=by)
    page = signed_in(owner).get(f"/labels/of/{old}").text
    titles = [page.index(text) for text in ("更换</", "脱落或遗失</", "绑定</", "制发</")]
    assert (titles == sorted(titles), page.count("王站长") >= 4, "8812345" in page) == (True, True, True)
    stranger = signed_in(make.user(make.station("远处的站", area=make.ELSEWHERE), Role.STATION_OWNER))
    assert stranger.get(f"/labels/of/{old}").status_code == 404


@pytest.mark.parametrize(
    ("what", "kinds"),
    [
        ("lost", ["bound", "lost", "replaced"]),
        ("damaged", ["bound", "damaged", "replaced"]),
        ("", ["bound", "replaced"]),
    ],
    ids=["fell off", "damaged", "sound"],
)
def test_what_became_of_the_old_label_counts_before_it_is_replaced(
    by: Viewer, owner: User, signed_in: SignIn, what: str, kinds: list[str]
) -> None:
    old, new, *_ = codes(batch_of(by))
    bind(old, bottle(by), by)
    sent = {"new": new, "reason": "检验时换", "what": what}
    assert signed_in(owner).post(f"/labels/{old}/replace", data=sent).status_code == 302
    assert [kind for kind, _ in life(old)] == kinds


def test_numbers_go_on_through_a_batch_in_the_order_of_issue(by: Viewer) -> None:
    batch = batch_of(by, 450)
    numbers = list(session.scalars(select(Label.number).where(Label.batch_id == batch.id)))
    assert sorted(number or 0 for number in numbers) == list(range(1, 451))
    assert queries.free_numbers(batch.id) == [(1, 450)]
    assert LabelStepKind.BOUND.label  # steps have words


def handed(by: Viewer, count: int = 6) -> LabelHandout:
    """A batch of the bureau, given to the station."""
    chief = make.user(make.organisation(OrganisationKind.REGULATOR), Role.ADMINISTRATOR)
    issuer = viewer_of(chief)
    with transaction():
        batch = issue_labels(count, issuer.organisation_id, by=issuer)  # type: ignore[arg-type]
        return hand_out(batch, 1, count, Receiver(by.organisation_id), by=issuer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("missing", "remark", "field"),
    [
        ("7", "少一张", "missing"),
        ("2-4", " ", "remark"),
        ("x", "少一张", "missing"),
        ("", "少一张", "missing"),
    ],
)
def test_what_a_difference_must_say(
    by: Viewer, owner: User, signed_in: SignIn, missing: str, remark: str, field: str
) -> None:
    handout = handed(by)
    answer = signed_in(owner).post(
        f"/labels/handouts/{handout.id}/differing", data={"missing": missing, "remark": remark}
    )
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text or f'href="#{field}"' in answer.text
    session.expire_all()
    assert session.scalars(select(LabelHandout.received_at)).one() is None


def test_labels_are_signed_for_with_what_is_not_there(by: Viewer, owner: User, signed_in: SignIn) -> None:
    handout = handed(by)
    bottle(by)  # the register has begun: first pages have figures
    station, stranger = signed_in(owner), signed_in(make.user(make.station("别家"), Role.STATION_OWNER))
    assert "待签收标签" in station.get("/").text
    data = {"missing": "2、4-5", "remark": "包装破损，少三张"}
    assert stranger.post(f"/labels/handouts/{handout.id}/differing", data=data).status_code == 404
    assert station.post(f"/labels/handouts/{handout.id}/differing", data=data).status_code == 302
    session.expire_all()
    signed = session.get_one(LabelHandout, (handout.organisation_id, handout.id))
    assert (signed.missing, signed.difference, signed.received_by) == (
        [2, 4, 5],
        "包装破损，少三张",
        owner.id,
    )
    owned = session.execute(select(Label.number, Label.organisation_id).order_by(Label.number)).all()
    giver, here = handout.organisation_id, by.organisation_id
    assert [holder for _number, holder in owned] == [here, giver, here, giver, giver, here]
    assert "待签收标签" not in station.get("/").text
    office = signed_in(make.user(session.get_one(Organisation, giver), Role.ADMINISTRATOR))
    assert "有差异的标签发放" in office.get("/").text
    listed = office.get("/labels/handouts?state=differing").text
    assert [text in listed for text in ("包装破损，少三张", "2、4、5")] == [True, True]
    with transaction():
        take_back(
            session.merge(signed),
            by=viewer_of(make.user(session.get_one(Organisation, giver), Role.ADMINISTRATOR)),
        )
    assert "有差异的标签发放" not in office.get("/").text


def test_claims_wait_on_the_first_pages_of_station_and_bureau(
    by: Viewer, owner: User, signed_in: SignIn
) -> None:
    code = codes(batch_of(by))[0]
    bind(code, bottle(by), by)
    claimed(by, code, bottle(by, "8812346"))
    county = make.user(make.organisation(OrganisationKind.REGULATOR), Role.ADMINISTRATOR)
    away = make.user(make.station("别家"), Role.STATION_OWNER)
    for person, seen in ((owner, True), (county, True), (away, False)):
        assert ("一码两瓶" in signed_in(person).get("/").text) is seen
