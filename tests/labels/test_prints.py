"""Prints of a batch: each label once, also when the process that draws them is killed; what a person says of a
print decides which codes are printed again; files for engravers."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from weasyprint import HTML

from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.core.errors import Conflict, Invalid
from equipment.core.words import Message
from equipment.files import store
from equipment.labels import prints
from equipment.labels.actions import issue_labels
from equipment.labels.engraver_printing import svg
from equipment.labels.layouts import LAYOUTS, Layout
from equipment.labels.models import LabelBatch
from equipment.labels.printing import LabelDesign, Printed
from equipment.labels.rules import Numbers, numbers_in
from equipment.labels.work import make_labels
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import Role, Viewer
from equipment.register import actions
from equipment.register.codes import label_url, make_code
from equipment.register.models import Label
from equipment.register.rules import LabelStatus, PrintState
from equipment.storage.db import session, transaction
from equipment.tasks import actions as task_actions
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from equipment.tasks.runner import Runner
from tests import make

SignIn = Callable[[User], FlaskClient]
ADDRESS = Settings(public_url="https://tz.test.cn")
KIND = "register.labels"


@pytest.fixture
def owner(app: Flask) -> User:
    user = make.user(make.station("白银示例燃气有限公司"), Role.STATION_OWNER, name="王站长")
    viewer_of(user)
    session.refresh(user, ["organisation"])
    session.expunge_all()
    return user


@pytest.fixture
def by(owner: User) -> Viewer:
    return viewer_of(owner)


def issued(by: Viewer, count: int) -> LabelBatch:
    with transaction():
        batch = issue_labels(count, by.organisation_id, by=by)  # type: ignore[arg-type]
    session.refresh(batch)
    session.expunge(batch)
    return batch


def print_of(batch: LabelBatch, by: Viewer, output: str = "pdf", layout: str = "a4-24") -> UUID:
    wanted = {"batch": str(batch.id), "layout": layout, "output": output}
    with transaction():
        return task_actions.enqueue(KIND, wanted, by=by, title="打印标签").id


def run(app: Flask) -> None:
    with app.test_request_context():
        assert Runner("here", {KIND: make_labels}).run_one()
    session.rollback()


def file_of(task: UUID) -> bytes:
    session.expire_all()
    done = session.scalars(select(Task).where(Task.id == task)).one()
    assert (done.state, done.message) == (TaskState.DONE, "")
    return store.path_of(done.file_sha256).read_bytes()  # type: ignore[arg-type]


def states(batch: LabelBatch) -> dict[str, int]:
    session.rollback()
    rows = (
        select(Label.print_state, func.count()).where(Label.batch_id == batch.id).group_by(Label.print_state)
    )
    return {str(state): number for state, number in session.execute(rows)}


def codes(batch: LabelBatch, *wanted: PrintState) -> list[str]:
    rows = select(Label.code).where(Label.batch_id == batch.id)
    if wanted:
        rows = rows.where(Label.print_state.in_(wanted))
    return list(session.scalars(rows.order_by(Label.number, Label.code)))


def read(pdf: bytes) -> list[str]:
    """The codes that a phone reads off the pages."""
    return [
        found.text.rpartition("/")[2]
        for page in pypdfium2.PdfDocument(pdf)
        for found in zxingcpp.read_barcodes(
            page.render(scale=150 / 72).to_pil(), formats=zxingcpp.BarcodeFormat.QRCode
        )
    ]


# What people write, in a batch of 30, and the numbers that it names; None where it is refused.
WRITTEN: list[tuple[str, tuple[int, ...] | None]] = [
    ("17-20", (17, 18, 19, 20)),
    ("17－19、30", (17, 18, 19, 30)),
    (" 1 ， 3~4 ", (1, 3, 4)),
    ("5至6", (5, 6)),
    ("", None),
    ("abc", None),
    ("4-2", None),
    ("0", None),
    ("29-31", None),
    ("1-", None),
    ("1;;2", (1, 2)),
]


@pytest.mark.parametrize(("text", "numbers"), WRITTEN)
def test_numbers_are_read_as_people_write_them(text: str, numbers: tuple[int, ...] | None) -> None:
    result = numbers_in(text, 30)
    assert (None if isinstance(result, Message) else result.all) == numbers


def test_a_killed_print_goes_on_with_no_label_twice_and_none_missing(
    app: Flask, settings: Settings, by: Viewer
) -> None:
    """Three parts, drawn two at a time: the process dies when the first two are in their files."""
    batch = issued(by, 1200)
    task = print_of(batch, by)
    environ = {
        "PATH": os.environ["PATH"],
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
        "PUBLIC_URL": settings.public_url,
    }
    output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = subprocess.Popen([sys.executable, "-m", "jobs"], cwd=ROOT, env=environ, text=True, **output)
    end = time.monotonic() + 120
    while not states(batch).get("drawn"):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "nothing was drawn in time"
    process.kill()
    process.communicate()
    before = states(batch)
    assert 0 < before["drawn"] < 1200 or before == {"drawn": 1200}
    with transaction():
        # a fresh code that comes to the batch meanwhile is no part of this print
        prints.spoil(batch, Numbers(((1, 1),)), "打坏", by=by)
        session.execute(  # a minute later
            update(Task).where(Task.id == task).values(lease_until=clock.now() - timedelta(seconds=1))
        )
    run(app)
    counted = Counter(read(file_of(task)))
    assert states(batch) == {"drawn": 1199, "spoilt": 1, "to_print": 1}
    assert sorted(counted) == sorted(codes(batch, PrintState.DRAWN, PrintState.SPOILT))
    assert set(counted.values()) == {1}


def test_two_prints_of_one_batch_share_no_label_and_the_second_says_so(app: Flask, by: Viewer) -> None:
    batch = issued(by, 30)
    first, second = print_of(batch, by), print_of(batch, by)
    run(app)
    run(app)
    assert sorted(read(file_of(first))) == sorted(codes(batch))
    session.expire_all()
    assert session.scalars(select(Task.state).where(Task.id == second)).one() == TaskState.FAILED
    assert states(batch) == {"drawn": 30}


def test_labels_of_a_cancelled_print_are_printed_by_the_next(app: Flask, by: Viewer) -> None:
    batch = issued(by, 10)
    cancelled = print_of(batch, by)
    with transaction():
        assert prints.take_labels(batch.id, cancelled) == 10
        prints.mark_drawn(codes(batch)[:4])
        task_actions.cancel(cancelled, by=by)
    task = print_of(batch, by)
    run(app)
    assert sorted(read(file_of(task))) == sorted(codes(batch))


def drawn(app: Flask, by: Viewer, count: int = 30) -> LabelBatch:
    batch = issued(by, count)
    print_of(batch, by)
    run(app)
    return batch


def test_a_print_that_stopped_goes_on_with_the_same_codes_once_no_copy_exists(app: Flask, by: Viewer) -> None:
    batch = drawn(app, by)
    rest = codes(batch)[16:]
    with pytest.raises(Invalid) as refused, transaction():
        prints.stop_at(batch, 17, by=by, destroyed=False)
    assert list(refused.value.fields) == ["destroyed"]
    with transaction():
        assert prints.stop_at(batch, 17, by=by, destroyed=True) == 14
    assert states(batch) == {"printed": 16, "to_print": 14}
    task = print_of(batch, by)
    run(app)
    assert sorted(read(file_of(task))) == sorted(rest)


def test_a_spoilt_label_is_void_and_a_fresh_code_takes_its_number(app: Flask, by: Viewer) -> None:
    batch = drawn(app, by)
    old = codes(batch)
    with transaction():
        assert prints.spoil(batch, Numbers(((17, 18),)), "打印歪斜", by=by) == 2
        prints.confirm_printed(batch, None, by=by)
    assert states(batch) == {"printed": 28, "spoilt": 2, "to_print": 2}
    spoilt = session.scalars(select(Label).where(Label.code.in_(old[16:18])).order_by(Label.number)).all()
    fresh = session.scalars(select(Label).where(Label.print_state == PrintState.TO_PRINT)).all()
    assert {(label.status, label.replaced_by) for label in spoilt} == {
        (LabelStatus.VOID, label.code) for label in fresh
    }
    assert sorted(label.number or 0 for label in fresh) == [17, 18]
    again = sorted(label.code for label in fresh)
    with pytest.raises(Conflict), transaction():  # spoilt is spoilt
        prints.print_again(batch, Numbers(((17, 17),)), by=by, destroyed=True)
    bottle = make.equipment(
        "cylinder", details={"variety": "lpg", "medium": "LPG"}, owner_id=by.organisation_id
    )
    with pytest.raises(Conflict), transaction():
        actions.bind_label(old[16], bottle, by=by)
    task = print_of(batch, by)
    run(app)
    assert sorted(read(file_of(task))) == again


# What is said, and what each label of three is then: the first is on a bottle already.
SAID: list[tuple[str, dict[str, str], int, str]] = [
    ("nothing of the numbers", {"outcome": "spoilt", "reason": "皱"}, 422, "numbers"),
    ("no reason", {"outcome": "spoilt", "numbers": "2"}, 422, "reason"),
    ("one that is on a bottle", {"outcome": "spoilt", "numbers": "1", "reason": "皱"}, 409, "numbers"),
    ("a copy may exist", {"outcome": "again", "numbers": "2"}, 422, "destroyed"),
    ("nowhere", {"outcome": "stopped", "destroyed": "y"}, 422, "number"),
    ("behind the last", {"outcome": "stopped", "number": "4", "destroyed": "y"}, 409, "number"),
]


@pytest.mark.parametrize(("form", "status", "field"), [row[1:] for row in SAID], ids=[row[0] for row in SAID])
def test_what_cannot_be_said_of_a_print_is_refused_at_its_field(
    app: Flask, by: Viewer, owner: User, signed_in: SignIn, form: dict[str, str], status: int, field: str
) -> None:
    batch = drawn(app, by, 3)
    bottle = make.equipment(
        "cylinder", details={"variety": "lpg", "medium": "LPG"}, owner_id=by.organisation_id
    )
    first = codes(batch)[0]
    with transaction():
        actions.bind_label(first, session.merge(bottle), by=by)
    answer = signed_in(owner).post(f"/labels/batches/{batch.id}/printed", data=form)
    assert (answer.status_code, f'id="{field}-error"' in answer.text) == (status, True)
    assert states(batch) == {"drawn": 3}


def test_the_page_of_a_batch_leads_through_a_print(
    app: Flask, by: Viewer, owner: User, signed_in: SignIn
) -> None:
    browser = signed_in(owner)
    assert browser.post("/labels/batches", data={"count": "5", "layout": "a4-24"}).status_code == 302
    batch = session.scalars(select(LabelBatch)).one()
    path = f"/labels/batches/{batch.id}"
    assert "待打印5张标签" in browser.get(path).text
    run(app)
    waiting = browser.get(path).text
    assert ("打印情况如何？" in waiting, "没有待打印的标签" in waiting) == (True, True)
    assert browser.post(f"{path}/print").status_code == 409
    assert browser.post(f"{path}/printed", data={"outcome": "well"}).status_code == 302
    assert states(batch) == {"printed": 5}
    again = {"outcome": "again", "numbers": "2-3", "destroyed": "y"}
    assert browser.post(f"{path}/printed", data=again).status_code == 302
    assert browser.post(f"{path}/print", data={"output": "svg"}).status_code == 302
    run(app)
    assert states(batch) == {"printed": 3, "drawn": 2}


@pytest.mark.parametrize("layout", LAYOUTS, ids=[layout.key for layout in LAYOUTS])
def test_another_program_reads_the_symbol_of_an_svg(layout: Layout, tmp_path: Path) -> None:
    """Drawn to pixels by WeasyPrint and pdfium, read by zbar."""
    code = make_code(["1" * 64])
    text = svg(Printed(label_url(code, ADDRESS), code, (), 7), LabelDesign(layout.key, "白银市特种设备"))
    size = f"{layout.label[0] + 4}mm {layout.label[1] + 4}mm"
    html = f"<style>@page{{size:{size};margin:2mm}}body{{margin:0}}</style>{text.partition('?>')[2]}"
    page = pypdfium2.PdfDocument(HTML(string=html).write_pdf() or b"")[0]
    page.render(scale=300 / 72).to_pil().save(tmp_path / "label.png")
    command = ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", str(tmp_path / "label.png")]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() == [
        f"HTTPS://TZ.TEST.CN/T/{code}"
    ]


def rows_of(text: str) -> Sequence[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_an_engraver_gets_a_picture_of_each_label_and_a_table(app: Flask, by: Viewer) -> None:
    batch = issued(by, 3)
    task = print_of(batch, by, "svg", "roll-40x30")
    run(app)
    with zipfile.ZipFile(io.BytesIO(file_of(task))) as archive:
        rows = rows_of(archive.read("labels.csv").decode("utf-8-sig"))
        pictures = sorted(name for name in archive.namelist() if name.endswith(".svg"))
    own = codes(batch)
    assert pictures == [f"{number:05}-{code}.svg" for number, code in enumerate(own, 1)]
    assert [(row["number"], row["code"], row["url"]) for row in rows] == [
        (str(number), code, f"HTTPS://TZ.TEST.CN/T/{code}") for number, code in enumerate(own, 1)
    ]
    assert rows[0]["code_spelt"] == "-".join((own[0][:5], own[0][5:10], own[0][10:]))


def test_the_table_alone_is_a_print_too(app: Flask, by: Viewer) -> None:
    batch = issued(by, 700)
    task = print_of(batch, by, "csv")
    run(app)
    rows = rows_of(file_of(task).decode("utf-8-sig"))
    assert [row["code"] for row in rows] == codes(batch)
    assert states(batch) == {"drawn": 700}
