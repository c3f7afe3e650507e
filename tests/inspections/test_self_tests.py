"""自行检测 (TSG T7008): who records it of whose lift, what follows from it, and what its page says where no approval is on file."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.errors import Conflict, NotAllowed
from equipment.core.ids import new_id
from equipment.core.verdict import Confidence
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.dues.queries import open_due
from equipment.dues.rules import ResponsibleParties
from equipment.files.models import Attachment
from equipment.hazards.models import Finding
from equipment.inspections import actions, corrections, listing, queries
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion, DueKind, InspectionKind, kinds_to_record
from equipment.people.models import Organisation, Paper, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, PaperKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.storage import db
from tests import make
from tests.dues.town import Town, bottle, fresh, lift
from tests.inspections.recording import TODAY, result

SignIn = Callable[[User], FlaskClient]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

# Who records what: his role, what his organisation is to the piece, the category. Whatever does not stand here, nobody records.
RECORDS = {
    (Role.INSPECTOR, "body", "elevator"): (
        "inspection, self_test, governor, brake_test, supervision, alteration, major_repair"
    ),
    (Role.INSPECTOR, "body", "cylinder"): "inspection, supervision",
    (Role.FIRM_MANAGER, "firm", "elevator"): "self_test, governor, brake_test, self_check",
    (Role.SAFETY_OFFICER, "unit", "elevator"): "self_test, governor, brake_test, self_check",
}


@pytest.mark.parametrize(
    ("role", "part", "kind"),
    list(product(Role, ("body", "firm", "unit", "nothing"), ("elevator", "cylinder"))),
)
def test_who_records_what_of_whose_piece(role: Role, part: str, kind: str) -> None:
    own = new_id()
    of = {"unit": new_id(), "firm": new_id(), "body": new_id()} | ({part: own} if part != "nothing" else {})
    found = kinds_to_record(
        category(kind),
        Viewer("somebody", user_id=new_id(), organisation_id=own, roles=frozenset({role})),
        ResponsibleParties(**of),
    )
    assert ", ".join(found) == RECORDS.get((role, part, kind), "")


def test_nobody_without_an_organisation_records_what_has_no_party() -> None:
    assert (
        kinds_to_record(category("elevator"), Viewer("somebody", roles=frozenset(Role)), ResponsibleParties())
        == ()
    )


@dataclass(frozen=True)
class Trade:
    """The firm that maintains the lifts of these tests, its people, and those of a rival."""

    firm: Organisation
    manager: User
    second: User
    technician: User
    rival: User


@pytest.fixture
def trade(at: Town) -> Trade:
    firm = make.organisation(OrganisationKind.FIRM, "捷安电梯维保")
    return Trade(
        firm,
        make.user(firm, Role.FIRM_MANAGER, name="周经理"),
        make.user(firm, Role.FIRM_MANAGER, name="吴经理"),
        make.user(firm, Role.TECHNICIAN, certificate="T"),
        make.user(make.organisation(OrganisationKind.FIRM), Role.FIRM_MANAGER),
    )


def ours(at: Town, trade: Trade, **more: Any) -> Equipment:
    """A lift whose year 2 is due 2025-04-30: its self-test counts from 2025-03-01 on, one month early."""
    return lift(at, **{"maintenance_firm_id": trade.firm.id, "base_on": date(2023, 4, 17), **more})


def self_test(conclusion: Conclusion = Conclusion.PASSED, **more: Any) -> Result:
    return result(conclusion, **{"kind": InspectionKind.SELF_TEST, "report_no": "ZJ-1", **more})


def record(piece: Equipment, wanted: Result, by: User) -> Inspection:
    with db.transaction():
        return actions.record(fresh(piece.id), wanted, by=viewer_of(db.session.get_one(User, by.id)))


def post(browser: FlaskClient, piece_id: UUID, **form: Any) -> Any:
    return browser.post(
        f"/inspections/new/{piece_id}",
        content_type="multipart/form-data",
        data={
            "id": str(new_id()),
            "kind": "self_test",
            "on": clock.today().isoformat(),
            "conclusion": "passed",
            "report_no": "ZJ-9",
            **form,
        },
    )


# What is posted by whom about whose piece, and the answer.
POSTED = [
    ("manager", "self_test", "a lift his firm maintains", 302),
    ("officer", "self_test", "a lift his firm maintains", 302),
    *(
        (who, kind, "a lift his firm maintains", 403)
        for who in ("manager", "officer")
        for kind in ("inspection", "supervision", "alteration", "major_repair")
    ),
    ("rival", "self_test", "a lift his firm maintains", 404),
    ("stranger", "self_test", "a lift his firm maintains", 404),
    ("technician", "self_test", "a lift his firm maintains", 403),
    ("supervisor", "self_test", "a lift his firm maintains", 403),
    ("owner", "self_test", "a lift his firm maintains", 403),
    ("manager", "self_test", "a lift of another firm", 404),
    ("officer", "self_test", "a lift owned, used by others", 403),
    ("officer", "self_test", "a lift owned, used by nobody else", 302),
    ("officer", "self_test", "a bottle", 403),
    ("officer", "inspection", "a bottle", 403),
    ("manager", "self_test", "a scrapped lift", 422),
]


def about(at: Town, trade: Trade, whose: str) -> Equipment:
    match whose:
        case "a lift of another firm":
            return lift(at, maintenance_firm_id=trade.rival.organisation_id)
        case "a lift owned, used by others":
            return ours(at, trade, owner_id=at.unit.id, use_unit_id=at.stranger.organisation_id)
        case "a lift owned, used by nobody else":
            return ours(at, trade, owner_id=at.unit.id, use_unit_id=None)
        case "a bottle":
            return bottle(at, use_unit_id=at.unit.id)
        case "a scrapped lift":
            return ours(at, trade, status="scrapped")
    return ours(at, trade)


@pytest.mark.parametrize(("who", "kind", "whose", "status"), POSTED)
def test_what_is_posted_without_the_right_is_refused_and_not_written(
    at: Town, trade: Trade, signed_in: SignIn, who: str, kind: str, whose: str, status: int
) -> None:
    piece = about(at, trade, whose)
    answer = post(signed_in(getattr(trade, who, None) or getattr(at, who)), piece.id, kind=kind)
    assert answer.status_code == status
    assert [str(each.kind) for each in queries.history(SYSTEM, piece.id)] == (
        ["self_test"] if status == 302 else []
    )


def test_the_same_id_as_a_result_of_the_body_attaches_nothing_to_it(
    at: Town, trade: Trade, signed_in: SignIn
) -> None:
    piece = ours(at, trade)
    theirs = record(piece, self_test(), at.inspector)
    answer = post(
        signed_in(trade.manager),
        piece.id,
        id=str(theirs.id),
        report_no="ZJ-1",
        report=(io.BytesIO(PDF), "报告.pdf"),
    )
    assert answer.status_code == 409
    assert db.session.scalars(visible(SYSTEM, Attachment)).all() == []


@pytest.mark.parametrize("who", ["manager", "officer"])
def test_the_form_offers_what_applies_and_stands_where_the_test_is_due(
    at: Town, trade: Trade, signed_in: SignIn, who: str
) -> None:
    piece = ours(at, trade)
    browser = signed_in(getattr(trade, who, None) or getattr(at, who))
    form = browser.get(f"/inspections/new/{piece.id}?kind=inspection").text
    assert [value for value in (*InspectionKind, *Conclusion) if f'value="{value}"' in form] == [
        "self_test",
        "passed",
        "failed",
    ]
    link = f'href="/inspections/new/{piece.id}?kind=self_test"'
    assert [
        link in browser.get(page).text
        for page in (f"/equipment/{piece.id}", "/dues?kind=self_test&window=60")
    ] == [True, True]
    assert [
        address in browser.get("/").text
        for address in (
            f"/equipment/{piece.id}#dues",
            "/dues?kind=self_test&amp;window=60",
            'href="/inspections"',
        )
    ] == [True] * 3


@pytest.mark.parametrize("who", ["technician", "supervisor"])
def test_whoever_records_none_meets_no_link(at: Town, trade: Trade, signed_in: SignIn, who: str) -> None:
    piece = ours(at, trade)
    browser = signed_in(getattr(trade, who, None) or getattr(at, who))
    pages = [browser.get(page) for page in (f"/equipment/{piece.id}", "/dues?kind=self_test&window=all")]
    assert [(page.status_code, "/inspections/new/" in page.text) for page in pages] == [
        (200, False),
        (200, False),
    ]


def test_a_test_of_the_firm_or_the_unit_plans_the_next_as_one_of_the_body_does(
    at: Town, trade: Trade
) -> None:
    said = [
        (made.next_due_on, made.next_explanation, made.next_citation)
        for made in (
            record(ours(at, trade), self_test(), who) for who in (at.inspector, trade.manager, at.officer)
        )
    ]
    assert said[0] == said[1] == said[2]
    assert said[0][0] == date(2026, 4, 30)
    assert said[0][2] is not None
    assert said[0][2]["document"] == "TSG T7008-2023 电梯自行检测规则"


def test_the_result_stands_in_lists_and_in_the_life_of_the_lift(
    at: Town, trade: Trade, signed_in: SignIn
) -> None:
    piece = ours(at, trade)
    shown = post(signed_in(trade.manager), piece.id).location
    assert [
        [
            "ZJ-9" in signed_in(who).get(page).text
            for page in ("/inspections", f"/equipment/{piece.id}", shown)
        ]
        for who in (trade.manager, at.officer, at.inspector, at.supervisor)
    ] == [[True] * 3] * 4
    assert signed_in(trade.rival).get(shown).status_code == 404


def test_the_next_test_is_not_offered_before_it_would_count(
    at: Town, trade: Trade, signed_in: SignIn
) -> None:
    piece, browser = ours(at, trade), signed_in(trade.manager)
    link, pages = (
        f"/inspections/new/{piece.id}?kind=self_test",
        (f"/equipment/{piece.id}", "/dues?kind=self_test&window=all"),
    )
    assert [link in browser.get(page).text for page in pages] == [True, True]
    post(browser, piece.id)
    assert [link in browser.get(page).text for page in pages] == [False, False]


@pytest.mark.parametrize("who", ["manager", "officer"])
def test_a_failed_test_is_a_finding_and_due_at_once(
    at: Town, trade: Trade, signed_in: SignIn, who: str
) -> None:
    piece = ours(at, trade)
    by = getattr(trade, who, None) or getattr(at, who)
    assert post(signed_in(by), piece.id, conclusion="failed", remark="限速器动作不可靠").status_code == 302
    found = db.session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id == piece.id)).one()
    assert (found.source, found.description, found.organisation_id) == (
        "inspection",
        "限速器动作不可靠",
        by.organisation_id,
    )
    due = open_due(piece.id, DueKind.SELF_TEST)
    assert due is not None
    assert due.due_on == TODAY


def test_the_row_on_the_list_of_the_body_comes_back(at: Town, trade: Trade) -> None:
    piece = ours(at, trade)
    with db.transaction():
        made = lists.make_list(Filters(kind="self_test", window="all"), by=at.viewer("inspector"), title="")
    test = record(piece, self_test(), trade.manager)
    row = lists.row_of(made, 1)
    assert (row.state, row.inspection_id, test.list_id) == ("returned", test.id, None)


def test_a_correction_needs_two_people_of_the_organisation_that_tested(
    at: Town, trade: Trade, signed_in: SignIn
) -> None:
    piece = ours(at, trade)
    old = record(piece, self_test(Conclusion.FAILED, remark="看错了梯号"), trade.manager)
    address, form = (
        f"/inspections/{piece.id}",
        {
            "id": str(new_id()),
            "kind": "self_test",
            "on": TODAY.isoformat(),
            "conclusion": "passed",
            "reason": "看错了梯号",
        },
    )
    assert [
        signed_in(who).get(f"{address}/{old.id}/correct").status_code
        for who in (at.officer, at.inspector, trade.rival, trade.technician)
    ] == [404, 404, 404, 403]
    manager = signed_in(trade.manager)
    assert manager.post(f"{address}/{old.id}/correct", data={**form, "kind": "inspection"}).status_code == 403
    made = manager.post(f"{address}/{old.id}/correct", data=form).location
    assert [
        signed_in(who).post(f"{made}/approve").status_code
        for who in (trade.manager, at.officer, at.inspector, trade.rival)
    ] == [403, 403, 403, 404]
    assert [each.superseded for each in queries.history(SYSTEM, piece.id)] == [False, False]
    assert signed_in(trade.second).post(f"{made}/approve").status_code == 302
    assert fresh(piece.id) is not None
    due = open_due(piece.id, DueKind.SELF_TEST)
    assert due is not None
    assert due.due_on == date(2026, 4, 30)


def test_nobody_corrects_the_result_of_another_organisation(at: Town, trade: Trade) -> None:
    old = record(ours(at, trade), self_test(), at.inspector)
    with pytest.raises(NotAllowed), db.transaction():
        corrections.propose(
            old,
            self_test(on=date(2025, 3, 9)),
            "录入错误",
            by=viewer_of(db.session.get_one(User, trade.manager.id)),
        )


def test_a_test_that_stands_is_not_recorded_again_by_another_party(at: Town, trade: Trade) -> None:
    piece = ours(at, trade)
    record(piece, self_test(), trade.manager)
    with pytest.raises(Conflict):
        record(piece, self_test(), at.officer)


def paper(
    of: Organisation,
    kind: PaperKind,
    covers: tuple[str, ...] = (),
    valid: tuple[date, date] = (date(2025, 1, 1), date(2026, 1, 1)),
) -> None:
    with make.writing():
        db.session.add(
            Paper(
                id=new_id(),
                organisation_id=of.id,
                kind=kind,
                number="甘检测-1",
                covers=list(covers),
                valid_from=valid[0],
                valid_until=valid[1],
            )
        )


# What is on file for the organisation, and whether its test of 2025-03-10 carries the note.
APPROVAL, LICENCE = PaperKind.SELF_TEST_APPROVAL, PaperKind.MAINTENANCE_LICENCE
FILED: list[tuple[str, tuple[Any, ...] | None, bool]] = [
    ("nothing", None, True),
    ("an approval in force", (APPROVAL,), False),
    ("one for lifts", (APPROVAL, ("elevator",)), False),
    ("one for cylinders", (APPROVAL, ("cylinder",)), True),
    ("one that ended the day before", (APPROVAL, (), (date(2024, 1, 1), date(2025, 3, 9))), True),
    ("one that begins the day after", (APPROVAL, (), (date(2025, 3, 11), date(2026, 1, 1))), True),
    ("a maintenance licence", (LICENCE,), True),
    ("an approval of an inspection body", (PaperKind.BODY_APPROVAL, ("elevator",)), False),
]


@pytest.mark.parametrize(("filed", "noted"), [row[1:] for row in FILED], ids=[row[0] for row in FILED])
def test_a_test_without_an_approval_on_file_says_so(
    at: Town, trade: Trade, signed_in: SignIn, filed: tuple[Any, ...] | None, noted: bool
) -> None:
    if filed:
        paper(trade.firm, *filed)
    piece, browser = ours(at, trade), signed_in(trade.manager)
    pages = [browser.get(f"/inspections/new/{piece.id}").text]
    pages += [
        browser.get(address).text
        for address in (post(browser, piece.id).location, "/inspections", f"/equipment/{piece.id}")
    ]
    assert ["未登记自行检测资质" in page for page in pages] == [noted] * 4
    assert ["TSG T7008-2023" in page for page in pages[:1]] == [noted]
    lines = listing.inspection_rows(SYSTEM, queries.history(SYSTEM, piece.id))
    assert [line.unapproved for line in lines] == [noted]


def test_the_note_cites_the_rule_with_its_confidence_and_holds_from_its_day(app: Flask) -> None:
    regulation = category("elevator").regulation
    rule = regulation.value("self_test.qualified", TODAY)
    assert (rule.citation.document, rule.citation.clause, rule.confidence) == (
        "TSG T7008-2023 电梯自行检测规则",
        "",
        Confidence.SEEN,
    )
    assert regulation.find("self_test.qualified", date(2023, 4, 1)) is None


def test_an_inspection_carries_no_such_note(at: Town, signed_in: SignIn) -> None:
    piece, browser = lift(at), signed_in(at.inspector)
    shown = post(browser, piece.id, kind="inspection").location
    assert [
        "未登记自行检测资质" in browser.get(address).text
        for address in (f"/inspections/new/{piece.id}", shown, "/inspections")
    ] == [False] * 3


def test_the_bureau_files_an_approval_that_names_the_category_as_people_do(
    at: Town, trade: Trade, signed_in: SignIn
) -> None:
    bureau = make.user(make.organisation(OrganisationKind.REGULATOR, area=make.CITY), Role.ADMINISTRATOR)
    for of in (trade.firm, at.unit):
        answer = signed_in(bureau).post(
            f"/organisations/{of.id}/papers/new",
            data={
                "kind": "self_test_approval",
                "number": "甘检测-2",
                "covers": "电梯、O2",
                "valid_from": "2025-01-01",
                "valid_until": "2027-01-01",
            },
        )
        assert answer.status_code == 302
    assert [
        each.covers
        for each in db.session.scalars(visible(SYSTEM, Paper).where(Paper.kind == "self_test_approval"))
    ] == [["elevator", "O2"]] * 2
