from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select

from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.labels.actions import issue_labels
from equipment.labels.work import make_labels, of_pieces
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, Role
from equipment.register import actions
from equipment.register.models import Equipment, Label
from equipment.register.rules import IdentifierKind
from equipment.storage.db import session, transaction
from equipment.tasks.actions import enqueue
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from tests import make


@pytest.fixture
def batch(app: Flask) -> Task:
    station = make.station()
    printer = make.user(station, Role.STATION_OWNER)
    with transaction():
        made = issue_labels(3, printer.organisation_id, by=SYSTEM)
        wanted = {"batch": str(made.id), "layout": "a4-24"}
        task = enqueue("register.labels", wanted, by=viewer_of(printer), title="打印标签")
    session.refresh(task)
    session.expunge(task)
    return task


def addresses(pdf: Path) -> list[str]:
    image = pypdfium2.PdfDocument(pdf)[0].render(scale=150 / 72).to_pil()
    return sorted(each.text for each in zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.QRCode))


def test_a_batch_is_printed_with_its_blank_codes_and_leaves_no_parts_behind(
    app: Flask, batch: Task, settings: Settings
) -> None:
    codes = sorted(session.scalars(select(Label.code)))
    with transaction():
        actions.bind_label(
            codes[0], make.equipment("cylinder", details={"variety": "lpg", "medium": "LPG"}), by=SYSTEM
        )
    with app.test_request_context():
        made = make_labels(batch, Progress())
    assert isinstance(made.content, Path)
    assert addresses(made.content) == [f"HTTPS://TZ.TEST.CN/T/{code}" for code in codes[1:]]
    assert [path.name for path in (settings.folder / "parts").iterdir()] == [f"{batch.id}.pdf"]


def test_a_piece_is_printed_with_its_own_code(app: Flask) -> None:
    made = make.equipment("elevator", details={"catalogue": "3110"}, catalogue_code="3110")
    with transaction():
        code = actions.issue_for(session.get_one(Equipment, made.id), by=SYSTEM).code
    with app.test_request_context():
        printed = make_labels(
            Task(
                id=new_id(), kind="register.labels", input={"pieces": [str(made.id)], "layout": "roll-50x70"}
            ),
            Progress(),
        )
    assert isinstance(printed.content, Path)
    assert addresses(printed.content) == [f"HTTPS://TZ.TEST.CN/T/{code}"]


def test_bottles_of_one_certificate_are_told_apart_by_their_stamped_numbers(
    app: Flask, settings: Settings
) -> None:
    made = [
        make.equipment("cylinder", details={"variety": "lpg", "medium": "LPG"}, serial=serial)
        for serial in ("323232", "323233")
    ]
    with transaction():
        for each in made:
            actions.issue_for(session.get_one(Equipment, each.id), by=SYSTEM)
            actions.add_identifier(
                session.get_one(Equipment, each.id),
                IdentifierKind.CERTIFICATE_NO,
                "瓶31甘D00001(24)",
                by=SYSTEM,
            )
    with app.test_request_context():
        assert [printed.lines[0] for printed in of_pieces([each.id for each in made], settings)] == [
            "323232",
            "323233",
        ]
