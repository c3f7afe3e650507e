"""Reports: whose number it is, whether a file is genuine, how long a body took; and the use marks that follow."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import time_machine
from flask.testing import FlaskClient
from pypdf import PdfReader

from equipment.core.config import Settings
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.files.actions import take
from equipment.inspections import actions, marks, report_clock, report_numbers, verifying
from equipment.inspections.mark_printing import TITLE, printed_marks
from equipment.inspections.models import Inspection, UseMark
from equipment.inspections.rules import Conclusion
from equipment.inspections.states import MarkState
from equipment.inspections.verifying import Signed, signature_in
from equipment.labels.layouts import MARK_LAYOUTS
from equipment.labels.printing import LabelDesign, draw_all
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.binding import issue_for
from equipment.register.identifiers import add_identifier
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.storage import db
from tests import make
from tests.dues.town import Town, bottle, fresh, lift, sound
from tests.inspections.recording import record, result
from tests.labels.test_printing import decoded

SignIn = Callable[[User], FlaskClient]
SIGNED = b"%PDF-1.7\n1 0 obj <</Type/Sig/ByteRange [0 10 20 60]/Contents <00>>> endobj\n%%EOF"


def another_body() -> tuple[User, Viewer]:
    body = make.organisation(OrganisationKind.BODY, "省特检院")
    user = make.user(body, Role.INSPECTOR, name="周检")
    return user, viewer_of(user)


def set_form(form: str, by: Viewer) -> None:
    with db.transaction():
        report_numbers.set_form(form, by=by)


@pytest.mark.parametrize(
    ("number", "form", "fits"),
    [
        ("TD-2025-00012", "TD-####-#####", True),
        ("TD-2025-12", "TD-####-*", True),
        ("td-2025-12", "TD-####-*", False),
        ("TD-25-12", "TD-####-*", False),
        ("DT2025A007", "DT####@###", True),
        ("DT20250007", "DT####@###", False),
        ("T.1", "T.#", True),
        ("TX1", "T.#", False),
        (" T.1 ", "T.#", True),
    ],
)
def test_a_form_is_written_as_it_reads(number: str, form: str, fits: bool) -> None:
    assert report_numbers.is_of_form(number, form) is fits


def test_the_number_of_another_bodys_report_is_refused_by_name(at: Town) -> None:
    _, other = another_body()
    theirs = lift(at, inspection_body_id=other.organisation_id)
    with db.transaction():
        actions.record(fresh(theirs.id), result(report_no="TZ-77"), by=other)
    with pytest.raises(Invalid) as caught:
        record(at, lift(at), result(report_no="TZ-77"))
    message = caught.value.fields["report_no"]
    assert (message.msgid, message.params) == (
        "This is the number of a report of %(body)s: enter your own.",
        {"body": "省特检院"},
    )


def test_a_number_in_another_bodys_form_is_refused_also_when_it_comes_later(at: Town) -> None:
    _, other = another_body()
    set_form("ST-####-*", other)
    with pytest.raises(Invalid) as caught:
        record(at, lift(at), result(report_no="ST-2025-9"))
    assert caught.value.fields["report_no"].params == {"body": "省特检院", "form": "ST-####-*"}
    made = record(at, lift(at), result(report_no=""))
    with pytest.raises(Invalid), db.transaction():
        actions.add_report(made, "ST-2025-9", by=at.viewer("inspector"))
    with db.transaction():
        actions.add_report(made, "BY-1", by=at.viewer("inspector"))
    assert (made.report_no, made.reported_on, made.report_due_on) == ("BY-1", date(2025, 3, 10), None)


def test_a_body_with_a_form_of_its_own_writes_its_numbers_like_that(at: Town) -> None:
    set_form("BY-####-*", at.viewer("inspector"))
    with pytest.raises(Invalid) as caught:
        record(at, lift(at), result(report_no="TZJ-5"))
    assert caught.value.fields["report_no"].params == {"forms": "BY-####-*"}
    assert record(at, lift(at), result(report_no="BY-2025-5")).report_no == "BY-2025-5"


@pytest.mark.parametrize("form", ["*", "####", "@@-*"])
def test_a_form_that_fits_everything_is_none(at: Town, form: str) -> None:
    if form == "@@-*":
        set_form(form, at.viewer("inspector"))  # its hyphen tells it from others
        return
    with pytest.raises(Invalid):
        set_form(form, at.viewer("inspector"))


def test_one_form_belongs_to_one_body(at: Town) -> None:
    _, other = another_body()
    set_form("BY-*", at.viewer("inspector"))
    set_form("BY-*", at.viewer("colleague"))
    with pytest.raises(Conflict):
        set_form("BY-*", other)
    with pytest.raises(NotAllowed):
        set_form("XX-*", at.viewer("officer"))
    (form,) = report_numbers.report_forms(at.viewer("inspector"))
    with db.transaction():
        report_numbers.end_form(form.id, by=at.viewer("inspector"))
    set_form("BY-*", other)


@pytest.mark.parametrize(
    ("content", "signed"),
    [
        (b"%PDF-1.7\n%%EOF", Signed.NONE),
        (SIGNED.replace(b"20 60", b"20 %d" % (len(SIGNED) - 20)), Signed.SIGNED),
        (SIGNED + b"x" * 100, Signed.APPENDED),
    ],
)
def test_what_a_file_shows_of_signatures(content: bytes, signed: Signed) -> None:
    assert signature_in(content) is signed


def with_report(at: Town, content: bytes = SIGNED) -> tuple[Inspection, str]:
    made = record(at, lift(at), result(report_no="BY-1"))
    with db.transaction():
        actions.keep_report(made, take(io.BytesIO(content), "报告.pdf", "report"), by=at.viewer("inspector"))
    return made, hashlib.sha256(content).hexdigest()


def test_anybody_learns_whether_a_file_is_the_bodys_and_still_stands(at: Town, client: FlaskClient) -> None:
    made, digest = with_report(at)
    (report,) = verifying.by_digest(digest)
    assert (report.number, report.body, report.state, report.inspection_id) == (
        "BY-1",
        at.body.name,
        verifying.VerifiedState.STANDS,
        made.id,
    )
    page = client.get(f"/verify-report?q={digest}")
    assert (page.status_code, at.body.name in page.text, at.unit.name in page.text) == (200, True, False)
    assert "李检" not in page.text
    newer = b"%PDF-1.7\nnewer\n%%EOF"
    with db.transaction():
        actions.keep_report(made, take(io.BytesIO(newer), "报告.pdf", "report"), by=at.viewer("inspector"))
    assert [report.state for report in verifying.by_digest(digest)] == [verifying.VerifiedState.NEWER]
    assert verifying.by_digest(hashlib.sha256(b"changed").hexdigest()) == []


def test_a_number_alone_says_whose_it_is_and_no_piece(at: Town, client: FlaskClient) -> None:
    made, _ = with_report(at)
    page = client.get("/verify-report?q=BY-1").text
    assert (at.body.name in page, f"/T/{fresh(made.equipment_id).label_code}" in page) == (True, False)
    assert at.body.name not in client.get("/verify-report?q=BY-2").text


@pytest.mark.parametrize(
    ("days", "median"), [({}, None), ({3: 1}, 3), ({1: 1, 4: 1}, 2.5), ({2: 3, 30: 1}, 2), ({1: 2, 9: 2}, 5)]
)
def test_the_median_of_counted_days(days: dict[int, int], median: float | None) -> None:
    assert report_clock.median_of(days) == median


def test_the_clock_runs_from_the_inspection_to_the_number(at: Town) -> None:
    late, quick, never = (record(at, lift(at), result(report_no="")) for _ in range(3))
    for made, day in ((quick, "2025-03-14"), (late, "2025-03-25")):
        with time_machine.travel(f"{day} 09:00:00+08:00"), db.transaction():
            actions.add_report(made, f"BY-{day}", by=at.viewer("inspector"))
    assert never.report_due_on == date(2025, 3, 20)
    with time_machine.travel("2025-03-26 09:00:00+08:00"):
        for who in ("inspector", "supervisor"):
            (row,) = report_clock.report_times(at.viewer(who), date(2025, 1, 1), date(2025, 12, 31))
            assert (row.category, row.reported, row.median, row.late, row.open, row.overdue) == (
                "elevator",
                2,
                9.5,
                1,
                1,
                1,
            )
    assert report_clock.report_times(at.viewer("stranger"), date(2025, 1, 1), date(2025, 12, 31)) == []


def marked(at: Town, certificate: str = "梯11甘D00012(25)") -> tuple[Equipment, Inspection]:
    piece = lift(at)
    with db.transaction():
        issue_for(fresh(piece.id), by=SYSTEM)
        add_identifier(fresh(piece.id), IdentifierKind.CERTIFICATE_NO, certificate, by=SYSTEM)
    return piece, record(at, piece, result())


def make_marks(at: Town, *inspections: Inspection) -> marks.MadeMarks:
    with db.transaction():
        return marks.make_marks(inspections, by=at.viewer("inspector"))


def test_a_passed_inspection_gives_a_use_mark_once(at: Town, tmp_path: Path) -> None:
    piece, inspection = marked(at)
    came = make_marks(at, inspection)
    (mark,) = came.marks
    assert (mark.number, mark.certificate_no, mark.next_on, mark.code, mark.state) == (
        "BZ-2025-00001",
        "梯11甘D00012(25)",
        inspection.next_due_on,
        fresh(piece.id).label_code,
        MarkState.CURRENT,
    )
    again = make_marks(at, inspection)
    assert (list(again.marks), again.skipped.total()) == ([], 1)
    with db.transaction():
        fresh_mark = marks.print_again(mark, MarkState.LOST, "轿厢内被撕", by=at.viewer("inspector"))
    assert (mark.state, mark.reason, fresh_mark.number) == (MarkState.LOST, "轿厢内被撕", "BZ-2025-00002")
    with pytest.raises(Conflict), db.transaction():
        marks.print_again(mark, MarkState.LOST, "又丢", by=at.viewer("inspector"))
    assert sound(tmp_path)


def test_what_gives_no_mark_says_why(at: Town) -> None:
    failed = record(at, lift(at), result(Conclusion.FAILED))
    plain = record(at, lift(at), result())
    ring = record(at, bottle(at), result())
    came = make_marks(at, failed, plain, ring)
    assert dict(came.skipped) == {
        "Only a passed periodic inspection gives a use mark.": 1,
        "No use certificate is on file.": 1,
        "Bottles carry a ring, not a use mark.": 1,
    }
    with pytest.raises(NotAllowed), db.transaction():
        marks.make_marks([plain], by=at.viewer("officer"))


@pytest.mark.parametrize("layout", [layout.key for layout in MARK_LAYOUTS])
def test_two_decoders_read_every_printed_mark_and_all_of_its_text_is_there(
    at: Town, tmp_path: Path, settings: Settings, layout: str
) -> None:
    made = make_marks(at, *(marked(at, f"梯11甘D0001{number}(25)")[1] for number in range(3)))
    ids = [mark.id for mark in made.marks]
    printed = printed_marks(
        ids, at.viewer("inspector"), replace(settings, public_url="https://tz.example.cn")
    )
    assert [label.lines[-1] for label in printed] == ["BZ-2025-00001", "BZ-2025-00002", "BZ-2025-00003"]
    pdf = draw_all(printed, LabelDesign(layout, TITLE), tmp_path / "parts")
    urls = sorted(label.url for label in printed)
    assert decoded(pdf, tmp_path) == (urls, urls)
    text = "".join(page.extract_text() for page in PdfReader(pdf).pages)
    for wanted in ("BZ-2025-00003", at.body.name[-4:], at.unit.name[-4:], "2027年5月"):
        assert wanted in text


def test_the_next_inspection_replaces_the_mark(at: Town) -> None:
    piece, first = marked(at)
    make_marks(at, first)
    with time_machine.travel("2027-05-10 09:00:00+08:00"):
        second = record(at, piece, result(on=date(2027, 5, 10)))
        came = make_marks(at, first, second)
    assert [mark.inspection_id for mark in came.marks] == [second.id]
    ordered = visible(SYSTEM, UseMark).order_by(UseMark.made_at)
    assert [mark.state for mark in db.session.scalars(ordered)] == [MarkState.REPLACED, MarkState.CURRENT]


def test_the_pages_of_reports_and_marks_open(at: Town, signed_in: SignIn) -> None:
    _, inspection = marked(at)
    body = signed_in(at.inspector)
    sent = body.post("/use-marks/make", data={"id": str(inspection.id), "layout": "mark-a4"})
    assert (sent.status_code, sent.location.startswith("/tasks/")) == (302, True)
    for page in ("/use-marks", "/report-clock", "/report-forms"):
        assert body.get(page).status_code == 200
    assert body.post("/report-forms", data={"form": "*"}).status_code == 422
    assert body.post("/report-forms", data={"form": "BY-*"}).status_code == 302
