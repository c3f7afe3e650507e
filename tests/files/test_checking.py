"""The check of the ledger reads every stored file."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from equipment.core.config import Settings
from equipment.files import checking, store
from equipment.files.checking import check_contents
from equipment.files.models import StoredFile
from equipment.ledger.actions import record
from equipment.ledger.report import FaultPlace, LedgerFault, Report
from equipment.ledger.verify import verify
from equipment.storage import db

pytestmark = pytest.mark.forged


def keep(*contents: bytes) -> list[str]:
    documents = [store.keep(content, "text/plain") for content in contents]
    with db.transaction() as session:
        rows = [store.name(document) for document in documents]
        record(session, "made:up", "stored", actor="user:1", rows=rows)
    return [document.sha256 for document in documents]


def check(settings: Settings) -> Report:
    db.session.remove()
    return verify(db.engine, settings.folder, [StoredFile], contents=check_contents)


def where(sha256: str) -> str:
    return f"files/{sha256[:2]}/{sha256}"


def test_what_lies_there_as_it_was_stored_is_whole(app: Flask, settings: Settings) -> None:
    keep(b"one", b"two", b"")
    report = check(settings)
    assert (report.whole, report.files, report.unread) == (True, 3, 0)


@pytest.mark.parametrize("forged", [b"two", b"on", b"one ", b""], ids=["bytes", "shorter", "longer", "empty"])
def test_a_changed_file_is_named(app: Flask, settings: Settings, forged: bytes) -> None:
    changed, _other = keep(b"one", b"xyz")
    store.path_of(changed).write_bytes(forged)
    report = check(settings)
    assert (report.faults, report.first) == (
        {LedgerFault.CONTENT_CHANGED: 1},
        FaultPlace(LedgerFault.CONTENT_CHANGED, where(changed)),
    )


def test_a_missing_file_is_named(app: Flask, settings: Settings) -> None:
    lost, _other = keep(b"one", b"two")
    store.path_of(lost).unlink()
    assert check(settings).first == FaultPlace(LedgerFault.CONTENT_GONE, where(lost))


def test_a_row_taken_away_or_pointed_elsewhere_is_named(app: Flask, settings: Settings) -> None:
    first, second = keep(b"one", b"two")
    with db.engine.begin() as connection:
        connection.execute(delete(StoredFile).where(StoredFile.sha256 == first))
        connection.execute(
            update(StoredFile).where(StoredFile.sha256 == second).values(sha256="../../tracker.db")
        )
    report = check(settings)
    assert dict(report.faults) == {LedgerFault.RECORD_GONE: 2, LedgerFault.CONTENT_CHANGED: 1}


def test_a_large_store_is_read_in_parts_and_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(*(f"{number}".encode() for number in range(23)))
    monkeypatch.setattr(checking, "CHUNK", 10)
    report, counts = Report(), list[int]()
    check_contents(report, counts.append)
    assert (counts, report.files) == ([10, 20, 23], 23)


def test_sixteen_nights_read_every_file_of_a_large_store_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = keep(*(f"{number}".encode() for number in range(40)))[7]
    store.path_of(changed).write_bytes(b"x")
    nights = [date(2026, 11, 1) + timedelta(days=number) for number in range(16)]
    whole = Report()
    check_contents(whole, night=nights[0])
    assert (whole.files, whole.unread) == (40, 0)
    monkeypatch.setattr(checking, "OF_A_NIGHT", 10)
    reports = []
    for night in nights:
        reports.append(Report())
        check_contents(reports[-1], night=night)
    assert [report.files + report.unread for report in reports] == [40] * 16
    assert (sum(report.files for report in reports), sum(not report.whole for report in reports)) == (40, 1)


def test_the_command_counts_and_names(app: Flask) -> None:
    lost = keep(b"one", b"two")[0]
    db.session.remove()
    whole = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (whole.exit_code, "2 stored files" in whole.output) == (0, True)
    store.path_of(lost).unlink()
    broken = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (broken.exit_code, broken.output.splitlines()[-1]) == (
        1,
        f"first bad entry: {where(lost)}  (A stored file is missing)",
    )
