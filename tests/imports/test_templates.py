"""The workbooks that stations and use units fill in: whoever types rows like the samples has clean rows."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import partial
from io import StringIO
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.imports.models import ImportRow
from equipment.imports.queries import words
from equipment.imports.reading import read_sheet, sheet_names
from equipment.imports.states import RowState
from equipment.imports.workbooks import TEMPLATES, template_workbook
from equipment.people.models import User
from equipment.people.rules import OrganisationKind
from equipment.register.column_rules import PARTY_COLUMNS
from equipment.register.models import Equipment
from equipment.storage.db import session
from equipment.tasks.runner import Runner
from equipment.web.language import LOCALES, translate
from tests import make
from tests.imports.conftest import form_of, only_batch, settle, upload

Sign = Callable[[User], FlaskClient]
KINDS = {
    "owner": OrganisationKind.STATION,
    "use_unit": OrganisationKind.USE_UNIT,
    "firm": OrganisationKind.FIRM,
    "body": OrganisationKind.BODY,
}


def typed_like_the_samples(path: Path) -> bytes:
    """The template's table as somebody leaves it who numbers the sample rows instead of typing his own below them."""
    header, *rows = read_sheet(path, sheet_names(path)[0]).rows
    path.unlink()
    text = StringIO()
    csv.writer(text).writerows([header, *([str(number), *row[1:]] for number, row in enumerate(rows, 1))])
    return text.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize("locale", ["zh_Hans_CN", "en"])
@pytest.mark.parametrize("category", sorted(TEMPLATES))
def test_rows_like_the_samples_are_added_clean(
    signed_in: Sign, supervisor: User, worker: Runner, category: str, locale: str
) -> None:
    samples = TEMPLATES[category]["samples"]
    for name, kind in {(row[key], KINDS[key]) for row in samples for key in PARTY_COLUMNS if key in row}:
        make.organisation(kind, name)
    browser = signed_in(supervisor)
    browser.post("/locale", data={"locale": locale})
    batch_id = upload(
        browser, typed_like_the_samples(template_workbook(category, locale)), category, "mine.csv"
    )
    assert browser.post(f"/register/import/{batch_id}/mapping", data=form_of(only_batch())).status_code == 302
    settle()
    session.rollback()
    assert [(row.state, row.problems) for row in session.scalars(select(ImportRow))] == [
        (RowState.ADDED, [])
    ] * len(samples)
    assert browser.post(f"/register/import/{batch_id}/run").status_code == 302
    settle()
    session.rollback()
    assert [(piece.verified, piece.unverified_reason) for piece in session.scalars(select(Equipment))] == [
        (True, "")
    ] * len(samples)


def test_the_words_of_a_file_are_read_whatever_language_its_reader_has_chosen(app: object) -> None:
    known = words("elevator", *(partial(translate, locale=locale) for locale in LOCALES))
    assert [
        known["drive"].get(word) for word in ("曳引驱动", "曳引", "强制", "traction", "positivedrive")
    ] == ["traction", "traction", "positive", "traction", "positive"]
