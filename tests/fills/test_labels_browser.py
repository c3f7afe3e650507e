"""合格证 on the tablet: one tap after the passed check prints it, 80 mm or A4, or confirms the number of the roll;
what is printed is drawn as a picture and its code read."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from equipment.core.config import Settings
from equipment.files import store
from equipment.fills.label_rules import LabelLayout, LabelMode
from equipment.fills.labelling import set_up_labels
from equipment.fills.models import FillLabel
from equipment.people.queries import viewer_of
from equipment.people.rules import Role
from equipment.register.codes import label_url
from equipment.storage import db
from equipment.tasks.makers import JobsProcess
from equipment.tasks.models import Task
from equipment.tasks.runner import Runner
from jobs.runs import Jobs
from jobs.work import makers, works
from tests import make
from tests.fills.conftest import Hall
from tests.fills.floor_page import (
    all_is_sent,
    close_bottle,
    fills,
    nothing_under_way,
    open_bottle,
    while_it_fills,
)

pytestmark = pytest.mark.browser
MM = 25.4
ZBAR = ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable"]


def labelled(hall: Hall, floor: Page, mode: LabelMode, layout: LabelLayout, first: str = "") -> None:
    nothing_under_way(floor)
    with db.transaction():
        owner = viewer_of(make.user(hall.station, Role.STATION_OWNER))
        set_up_labels(mode, layout, first, by=owner)
    floor.reload()


@pytest.mark.parametrize(
    ("layout", "size"), [(LabelLayout.ROLL, (80, 60)), (LabelLayout.A4, (210, 297))], ids=["roll", "A4"]
)
def test_one_tap_prints_a_label_whose_code_is_read(
    floor: Page, hall: Hall, settings: Settings, tmp_path: Path, layout: LabelLayout, size: tuple[int, int]
) -> None:
    labelled(hall, floor, LabelMode.PRINTED, layout)
    bottle = hall.bottle(own_number="01-0042")
    open_bottle(floor, bottle)
    while_it_fills(floor)
    close_bottle(floor, bottle, "31.0")
    with floor.context.expect_page():
        floor.locator("[data-label-print] button").click()
    runner = Runner("test", makers(works(JobsProcess(settings, "test")), Jobs("test", {})))
    for _ in range(100):
        if runner.run_one():
            break
        floor.wait_for_timeout(50)
    db.session.rollback()
    (task,) = db.session.scalars(select(Task).where(Task.kind == "fills.labels")).all()
    assert task.file_sha256 is not None
    (page,) = pypdfium2.PdfDocument(store.path_of(task.file_sha256))
    assert tuple(round(points / 72 * MM) for points in page.get_size()) == size
    picture = tmp_path / f"{layout}.png"
    page.render(scale=203 / 72).to_pil().save(picture)  # 203 dpi: what thermal printers have
    read = subprocess.run([*ZBAR, str(picture)], capture_output=True, text=True, check=True)
    assert read.stdout.split() == [label_url(bottle.label_code or "", settings)]
    assert [(label.mode, label.prints) for label in db.session.scalars(select(FillLabel))] == [("printed", 1)]
    expect(floor.locator("[data-label-print]")).to_have_count(0)  # the next bottle may come


def test_preprinted_numbers_follow_one_another(floor: Page, hall: Hall) -> None:
    labelled(hall, floor, LabelMode.PREPRINTED, LabelLayout.ROLL, "A000099")
    numbers: list[Any] = []
    for number in ("01-0001", "01-0002"):
        bottle = hall.bottle(own_number=number)
        open_bottle(floor, bottle)
        while_it_fills(floor)
        close_bottle(floor, bottle, "31.0")
        numbers.append(floor.locator("[data-label-number]").input_value())
        floor.locator("[data-label-stuck]").click()
        all_is_sent(floor)
    assert numbers == ["A000099", "A000100"]
    by_fill = {label.fill_id: label.number for label in db.session.scalars(select(FillLabel))}
    assert [by_fill[fill.id] for fill in fills()] == numbers
