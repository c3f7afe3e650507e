"""Every kind of due is settled by a named evidence; results with all that belongs to them: the report's clock, its number,
open items, re-inspections, what is too early or beyond the rule."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.dues import lists
from equipment.dues.models import Due
from equipment.dues.queries import open_due
from equipment.dues.rules import PAPERS_SETTLED_BY, ListRowState, NotDone, PaperDueKind
from equipment.files.actions import StoredDocument, take
from equipment.hazards.models import Finding
from equipment.inspections import actions, corrections
from equipment.inspections.models import Inspection
from equipment.inspections.opinions import opinion_of
from equipment.inspections.rules import SETTLES, Conclusion, InspectionKind, kind_of_due, kinds_for, proof_of
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES, category
from equipment.regulation.planning import DueKind, Origin
from equipment.regulation.settling import Proof
from equipment.shell import tables
from equipment.storage import db
from tests import make
from tests.dues.town import Town, bottle, fresh, lift
from tests.inspections.recording import TODAY, a_list, record, result

SignIn = Callable[[User], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
K, C = InspectionKind, Conclusion


def test_every_kind_a_category_plans_has_a_named_way_to_be_settled() -> None:
    for kind in CATEGORIES:
        for due_kind, settlement in kind.settlements.items():
            assert settlement.by, (kind.key, due_kind)
            if settlement.proof.recorded:
                recorded = kind_of_due(due_kind)
                assert recorded in kinds_for(kind), (kind.key, due_kind)
                assert proof_of(kind, recorded) is settlement.proof
            else:
                by_visit = settlement.proof is Proof.VISIT and due_kind in kind.visit_kinds
                assert by_visit or (settlement.proof is Proof.END and due_kind is DueKind.END_OF_LIFE)
    assert {due for each in CATEGORIES for due in each.due_kinds} == set(DueKind)
    assert set(PAPERS_SETTLED_BY) == set(PaperDueKind)
    assert set(SETTLES.values()) <= set(DueKind)


def sound(folder: Path) -> bool:
    """The factories enter pieces past the ledger; nothing else is wrong."""
    faults = verify(db.engine, folder, tables.models().values()).faults
    return set(faults) <= {LedgerFault.RECORD_EXTRA}


def a_file() -> StoredDocument:
    return take(io.BytesIO(PDF), "报告.pdf", "report")


def manager() -> User:
    firm = make.organisation(OrganisationKind.FIRM, "陇中电梯")
    return make.user(firm, Role.FIRM_MANAGER, name="周经理")


def put(piece: Equipment, by: Viewer, file: StoredDocument | None, **more: Any) -> Inspection:
    with db.transaction():
        return actions.record(fresh(piece.id), result(**more), file, by=by)


GOVERNOR = {"kind": K.GOVERNOR, "report_no": "XSQ-1", "issued_by": "省特检院"}
CHECK = {"kind": K.SELF_CHECK, "report_no": "", "checked_by": "张三", "reviewed_by": "李四"}
SETTLED = [
    (DueKind.GOVERNOR_CALIBRATION, GOVERNOR, date(2027, 3, 10)),
    (DueKind.BRAKE_TEST, {**GOVERNOR, "kind": K.BRAKE_TEST, "on": TODAY, "early": True}, date(2029, 5, 31)),
    (DueKind.SELF_CHECK, CHECK, date(2026, 3, 10)),
]


@pytest.mark.parametrize(("kind", "typed", "next_on"), SETTLED)
def test_the_firm_settles_a_due_by_its_report(
    at: Town, tmp_path: Path, kind: DueKind, typed: dict[str, Any], next_on: date
) -> None:
    who = manager()
    piece = lift(at, maintenance_firm_id=who.organisation_id)
    made = put(piece, viewer_of(who), a_file(), **typed)
    due = open_due(piece.id, kind)
    assert due is not None
    assert (due.due_on, made.next_due_on, made.report_due_on) == (next_on, next_on, None)
    assert sound(tmp_path)


@pytest.mark.parametrize(
    ("typed", "with_file", "fields"),
    [
        (GOVERNOR, False, ["report"]),
        (GOVERNOR | {"report_no": ""}, True, ["report_no"]),
        (GOVERNOR | {"issued_by": " "}, True, ["issued_by"]),
        (CHECK | {"checked_by": ""}, True, ["checked_by"]),
        (CHECK | {"reviewed_by": ""}, True, ["reviewed_by"]),
        (CHECK | {"reviewed_by": "张三"}, True, ["reviewed_by"]),
        (CHECK, False, ["report"]),
        ({"conclusion": C.FAILED, "remark": " "}, False, ["remark"]),
        ({"conclusion": C.CORRECTED}, False, ["open_items", "feedback_on"]),
        (
            {
                "conclusion": C.CORRECTED,
                "open_items": "A1.2.3",
                "notice_no": "TZS-1",
                "feedback_on": TODAY - timedelta(days=1),
            },
            False,
            ["feedback_on"],
        ),
    ],
)
def test_what_must_come_with_a_result_is_asked_for_by_field(
    at: Town, typed: dict[str, Any], with_file: bool, fields: list[str]
) -> None:
    piece = lift(at)
    by = at.viewer("officer") if "kind" in typed else at.viewer("inspector")
    with pytest.raises(Invalid) as caught:
        put(piece, by, a_file() if with_file else None, **typed)
    assert list(caught.value.fields) == fields


def test_a_report_that_was_quoted_wrongly_is_superseded_by_whoever_keeps_it(at: Town, tmp_path: Path) -> None:
    piece = lift(at)
    old = put(piece, at.viewer("officer"), a_file(), **GOVERNOR)
    wrong = result(**GOVERNOR, id=new_id(), on=date(2025, 1, 5))
    with db.transaction():
        new = corrections.propose(old, wrong, "日期抄错", by=at.viewer("officer"))
    due = open_due(piece.id, DueKind.GOVERNOR_CALIBRATION)
    assert due is not None
    assert (new.approved_by, due.due_on) == (at.officer.id, date(2027, 1, 5))
    assert sound(tmp_path)


def test_a_failed_calibration_is_failed_until_one_is_passed(at: Town) -> None:
    piece = lift(at)
    put(piece, at.viewer("officer"), a_file(), **GOVERNOR, conclusion=C.FAILED, remark="动作速度超差")
    due = open_due(piece.id, DueKind.GOVERNOR_CALIBRATION)
    assert due is not None
    assert (due.origin, due.due_on) == (Origin.FAILED, TODAY)
    put(piece, at.viewer("officer"), a_file(), **GOVERNOR | {"report_no": "XSQ-2"})
    again = open_due(piece.id, DueKind.GOVERNOR_CALIBRATION)
    assert again is not None
    assert again.origin is Origin.RULE


def test_nobody_else_settles_it(at: Town) -> None:
    piece = lift(at)
    for who in ("stranger", "supervisor", "owner"):
        with pytest.raises(NotAllowed):
            put(piece, at.viewer(who), a_file(), **GOVERNOR)
    with pytest.raises(NotAllowed):  # the body has no check of its own to report
        put(piece, at.viewer("inspector"), a_file(), **CHECK)


def test_a_self_check_names_the_yearly_visit_it_belongs_to(at: Town, signed_in: SignIn) -> None:
    piece, visit = lift(at), new_id()
    with make.writing():
        done = open_due(piece.id, DueKind.SELF_CHECK)
        assert done is not None
        values = {
            name: getattr(done, name) for name in ("area", "category", "citation", "explanation", "due_on")
        }
        db.session.add(
            Due(
                equipment_id=piece.id,
                id=new_id(),
                kind=DueKind.VISIT_YEAR,
                state="done",
                done_on=TODAY,
                done_by=f"visit:{visit}",
                planned_at=done.planned_at,
                **values,
            )
        )
    page = signed_in(at.officer).get(f"/inspections/new/{piece.id}?kind=self_check&visit={visit}").text
    assert f'selected value="{visit}"' in page
    assert put(piece, at.viewer("officer"), a_file(), **CHECK, visit_id=visit).visit_id == visit


# The report number: (which result has it already, which one wants it) -> whether that is refused.
@pytest.mark.parametrize(
    ("make_first", "make_second", "more", "refused"),
    [
        (lift, lift, {}, True),
        (lift, bottle, {}, True),
        (bottle, bottle, {}, False),
        (lift, None, {"kind": K.BRAKE_TEST, "issued_by": "检验所", "early": True}, False),
        (lift, None, {"on": TODAY - timedelta(days=1), "early": True}, True),
    ],
    ids=["another lift", "another category", "a lot", "a test in the same report", "the same piece again"],
)
def test_a_report_number_stands_for_one_piece(
    at: Town, make_first: Any, make_second: Any, more: dict[str, Any], refused: bool
) -> None:
    first = make_first(at)
    second = make_second(at) if make_second else first
    put(first, at.viewer("inspector"), None, report_no="TZJ-7")
    if refused:
        with pytest.raises(Invalid) as caught:
            put(second, at.viewer("inspector"), a_file(), **{"report_no": "TZJ-7", **more})
        assert list(caught.value.fields) == ["report_no"]
    else:
        put(second, at.viewer("inspector"), a_file(), **{"report_no": "TZJ-7", **more})


def test_a_conclusion_on_site_stands_at_once_and_its_report_has_a_clock(at: Town, tmp_path: Path) -> None:
    piece, by = lift(at), at.viewer("inspector")
    made = put(piece, by, None, report_no="")
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    assert (made.report_due_on, made.awaits_report, due.due_on > TODAY) == (date(2025, 3, 20), True, True)
    with pytest.raises(NotAllowed), db.transaction():
        actions.add_report(made, "TZJ-8", by=at.viewer("officer"))
    with db.transaction():
        actions.add_report(made, "TZJ-8", a_file(), by=by)
    assert (made.report_no, made.awaits_report) == ("TZJ-8", False)
    with pytest.raises(Conflict), db.transaction():
        actions.add_report(made, "TZJ-9", by=by)
    other = put(lift(at), by, None, report_no="")
    with pytest.raises(Invalid), db.transaction():
        actions.add_report(other, "TZJ-8", by=by)
    assert sound(tmp_path)


def test_open_items_keep_their_notice_and_their_day(at: Town) -> None:
    piece, by = lift(at), at.viewer("inspector")
    typed = {"open_items": "A1.2.3 层门", "notice_no": "TZS-DT-25001", "feedback_on": date(2025, 4, 10)}
    made = put(piece, by, None, conclusion=C.CORRECTED, **typed)
    due = open_due(piece.id, DueKind.INSPECTION)
    assert due is not None
    assert (due.origin, fresh(piece.id).inspection_failed_on, made.open_items) == (
        Origin.RULE,
        None,
        "A1.2.3 层门",
    )
    opinion = opinion_of(SYSTEM, made)
    assert opinion is not None
    assert (opinion.number, opinion.feedback_on, opinion.unit_id) == (
        "TZS-DT-25001",
        date(2025, 4, 10),
        at.unit.id,
    )
    # a bottle has no such conclusion
    with pytest.raises(Invalid) as caught:
        put(bottle(at), by, None, conclusion=C.CORRECTED, **typed)
    assert "conclusion" in caught.value.fields


def test_a_re_inspection_names_the_first_report(at: Town) -> None:
    piece, by = lift(at), at.viewer("inspector")
    first = put(piece, by, None, conclusion=C.FAILED, on=TODAY - timedelta(days=20))
    second = put(piece, by, None, conclusion=C.FAILED, on=TODAY - timedelta(days=10))
    third = put(piece, by, None)
    assert [each.repeats_id for each in (first, second, third)] == [None, first.id, first.id]
    assert [each.repeats_id for each in (put(lift(at), by, None),)] == [None]


# due 2024-05-31 (window from 2024-03-01), today is 2025-03-10
@pytest.mark.parametrize(
    ("on", "conclusion", "early", "outcome"),
    [
        (date(2024, 3, 1), C.PASSED, False, "counts"),
        (date(2024, 2, 29), C.PASSED, False, "asked"),
        (date(2024, 2, 29), C.PASSED, True, "does not count"),
        (date(2024, 2, 29), C.FAILED, False, "counts"),
    ],
)
def test_what_is_too_early_to_count_says_so_before_it_is_saved(
    at: Town, on: date, conclusion: Conclusion, early: bool, outcome: str
) -> None:
    piece = lift(at)
    before = open_due(piece.id, DueKind.INSPECTION)
    made_list = a_list(at)
    typed = {"on": on, "conclusion": conclusion, "early": early}
    if outcome == "asked":
        with pytest.raises(Invalid) as caught:
            put(piece, at.viewer("inspector"), None, **typed)
        assert list(caught.value.fields) == ["early"]
        return
    made = put(piece, at.viewer("inspector"), None, **typed)
    due = open_due(piece.id, DueKind.INSPECTION)
    assert before is not None
    assert due is not None
    assert (made.early, due.id == before.id) == ((outcome == "does not count"),) * 2
    rows = db.session.scalars(lists.rows_of(made_list)).all()
    assert [row.early for row in rows if row.inspection_id == made.id] == [made.early]


@pytest.mark.parametrize(
    ("stated", "reason", "refused"),
    [
        (date(2026, 5, 31), "", False),
        (date(2027, 5, 31), "", False),
        (date(2027, 6, 1), "", True),
        (date(2099, 1, 1), "", True),
        (date(2099, 1, 1), "省局批复", False),
    ],
)
def test_a_next_day_beyond_the_rule_is_explained_or_refused(
    at: Town, stated: date, reason: str, refused: bool
) -> None:
    piece = lift(at)
    typed = {"stated_next_on": stated, "next_reason": reason}
    if refused:
        with pytest.raises(Invalid) as caught:
            put(piece, at.viewer("inspector"), None, **typed)
        assert list(caught.value.fields) == ["stated_next_on"]
    else:
        put(piece, at.viewer("inspector"), None, **typed)


def test_the_page_of_a_result_leads_to_its_finding_its_list_and_the_next_row(
    at: Town, signed_in: SignIn
) -> None:
    first = fresh(lift(at, own_number="1").id)
    lift(at, own_number="2")
    made_list = a_list(at)
    rows = {row.equipment_id: row for row in db.session.scalars(lists.rows_of(made_list))}
    row = next(
        row for row in rows.values() if row.equipment_id == first.id and row.snapshot["kind"] == "inspection"
    )
    place = actions.ListPlace(lists.due_list(at.viewer("inspector"), made_list.id), row.row_no)
    made = record(at, first, result(C.FAILED), row=place)
    page = signed_in(at.inspector).get(f"/inspections/{first.id}/{made.id}").text
    finding = db.session.scalar(visible(SYSTEM, Finding).where(Finding.equipment_id == first.id))
    assert finding is not None
    assert f"/{finding.hazard_id or finding.id}" in page
    assert f"/due-lists/{made_list.id}" in page
    assert f"/L/{made_list.code}/" in page


def test_a_row_that_could_not_be_done_says_why_and_when_again(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    made, browser = a_list(at), signed_in(at.inspector)
    path = f"/due-lists/{made.id}/rows/1/not-done"
    assert browser.post(path, data={"reason": "", "again_on": "2025-03-20"}).status_code == 422
    assert browser.post(path, data={"reason": "no_access", "again_on": "2025-03-01"}).status_code == 422
    assert browser.post(path, data={"reason": "no_access", "again_on": "2025-03-20"}).status_code == 302
    row = lists.row_of(made, 1)
    assert (row.state, row.not_done, row.again_on) == (
        ListRowState.NOT_DONE,
        NotDone.NO_ACCESS,
        date(2025, 3, 20),
    )
    assert "无法进入现场" in browser.get(f"/due-lists/{made.id}").text
    with pytest.raises(NotFound), db.transaction():
        lists.not_done(made, 1, NotDone.OTHER, date(2025, 3, 20), by=at.viewer("officer"))
    record(at, piece, result())
    assert lists.row_of(made, 1).state is ListRowState.RETURNED


def test_a_form_shows_only_what_its_kind_has(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    expected = {
        "inspection": {"open_items", "clause"},
        "self_test": {"clause"},
        "governor_calibration": {"issued_by"},
        "self_check": {"checked_by", "reviewed_by"},
    }
    names = {"open_items", "clause", "issued_by", "checked_by", "reviewed_by"}
    for kind, fields in expected.items():
        who = at.officer if kind == "self_check" else at.inspector
        page = signed_in(who).get(f"/inspections/new/{piece.id}?kind={kind}").text
        assert {name for name in names if f'name="{name}"' in page} == fields, kind


def test_the_due_page_leads_whoever_may_to_settle_it(at: Town, signed_in: SignIn) -> None:
    piece = lift(at)
    link = f"/inspections/new/{piece.id}?kind=governor_calibration"
    for who, offered in (("officer", True), ("inspector", True), ("supervisor", False)):
        browser = signed_in(getattr(at, who))
        pages = (
            browser.get(f"/equipment/{piece.id}").text,
            browser.get("/dues?kind=governor_calibration&window=all").text,
        )
        assert [link in page for page in pages] == [offered, offered], who
        assert "凭报告" in pages[0]


def test_a_replay_of_a_form_of_before_is_still_the_same_result(at: Town) -> None:
    wanted = result()
    assert set(wanted.content()) == {
        "kind",
        "on",
        "conclusion",
        "report_no",
        "remark",
        "clause",
        "stated_next_on",
    }
    assert "issued_by" in replace(wanted, issued_by="所").content()
    assert category("elevator").conclusions == (C.PASSED, C.CORRECTED, C.FAILED)
