"""What somebody with the database's password may try, and what the check says about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.engine import Connection

from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.ledger import seals
from equipment.ledger.actions import CHAIN, EVENT, EventDraft, append, record, subject_of
from equipment.ledger.models import Event
from equipment.ledger.report import FaultPlace, LedgerFault, Report
from equipment.ledger.rules import GENESIS, ChainEvent, next_digest, seal_digest
from equipment.ledger.seals import HEAD, SEAL
from equipment.ledger.verify import verify
from equipment.people.models import Organisation
from equipment.storage import db
from tests import make

pytestmark = pytest.mark.forged
DAY = date(2026, 11, 23)
A, B, C = "equipment:a", "equipment:b", "equipment:c"


@pytest.fixture
def folder(app: Flask, settings: Settings) -> Path:
    """A ledger of three chains and one ledgered record, sealed, grown and sealed again."""
    write(A, 4)
    write(B, 3)
    organisation()
    seals.seal(settings.folder, DAY)
    write(A, 2)
    write(C, 2)
    seals.seal(settings.folder, DAY)
    return settings.folder


def write(subject: str, count: int) -> None:
    with db.transaction() as current:
        append(
            current.connection(),
            [EventDraft(subject, "fill", {"n": number}) for number in range(count)],
            actor="user:1",
        )


def organisation() -> Organisation:
    made = make.station("甲站", licensed=False)
    with db.transaction() as current:
        merged = current.merge(made)
        record(current, subject_of("organisation", merged.id), "register", actor="user:1", rows=[merged])
    return made


def check(folder: Path) -> Report:
    return verify(db.engine, folder, [Organisation])


def forge(change: Callable[[Connection], object]) -> None:
    """Write past the application."""
    db.session.remove()
    with db.engine.begin() as connection:
        change(connection)


def found(folder: Path) -> tuple[dict[LedgerFault, int], FaultPlace | None]:
    report = check(folder)
    return dict(report.faults), report.first


def test_an_untouched_ledger_is_whole(folder: Path) -> None:
    report = check(folder)
    assert (report.whole, report.events, report.chains, report.seals, report.records) == (True, 12, 4, 2, 1)


@pytest.mark.parametrize("column", ["payload", "verb", "actor", "pack"])
def test_an_edited_entry_is_named(folder: Path, column: str) -> None:
    forge(
        lambda c: c.execute(
            update(EVENT).where(EVENT.c.subject == A, EVENT.c.seq == 3).values({column: "{}"})
        )
    )
    assert found(folder) == ({LedgerFault.CHANGED: 1}, FaultPlace(LedgerFault.CHANGED, f"{A} #3"))


def test_an_entry_moved_in_time_is_named(folder: Path) -> None:
    forge(
        lambda c: c.execute(
            update(EVENT)
            .where(EVENT.c.subject == B, EVENT.c.seq == 1)
            .values(
                at=func.coalesce(
                    select(EVENT.c.at).where(EVENT.c.subject == C, EVENT.c.seq == 1).scalar_subquery(),
                    EVENT.c.at,
                )
            )
        )
    )
    assert found(folder) == ({LedgerFault.CHANGED: 1}, FaultPlace(LedgerFault.CHANGED, f"{B} #1"))


@pytest.mark.sqlite
def test_an_entry_that_cannot_be_read_is_named(folder: Path) -> None:
    forge(
        lambda c: c.exec_driver_sql(
            "UPDATE event SET at = 'soon' WHERE subject = ? AND seq = 2", ("equipment:b",)
        )
    )
    assert found(folder) == ({LedgerFault.CHANGED: 1}, FaultPlace(LedgerFault.CHANGED, f"{B} #2"))


def test_a_deleted_entry_is_named(folder: Path) -> None:
    forge(lambda c: c.execute(delete(EVENT).where(EVENT.c.subject == A, EVENT.c.seq == 2)))
    assert found(folder) == ({LedgerFault.MISSING: 1}, FaultPlace(LedgerFault.MISSING, f"{A} #2"))


def test_two_entries_that_changed_places_are_named(folder: Path) -> None:
    def swap(connection: Connection) -> None:
        for seq, to in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(EVENT).where(EVENT.c.subject == A, EVENT.c.seq == seq).values(seq=to))

    forge(swap)
    assert found(folder)[1] == FaultPlace(LedgerFault.CHANGED, f"{A} #2")


def test_a_cut_tail_is_named_though_the_rest_fits(folder: Path) -> None:
    write(A, 3)
    forge(lambda c: c.execute(delete(EVENT).where(EVENT.c.subject == A, EVENT.c.seq > 7)))
    assert found(folder) == ({LedgerFault.CUT: 2}, FaultPlace(LedgerFault.CUT, f"{A} #8"))


def test_a_cut_tail_with_its_head_set_back_is_found_by_the_seal(folder: Path) -> None:
    def cut(connection: Connection) -> None:
        connection.execute(delete(EVENT).where(EVENT.c.subject == A, EVENT.c.seq > 5))
        last = connection.scalar(select(EVENT.c.digest).where(EVENT.c.subject == A, EVENT.c.seq == 5))
        connection.execute(update(CHAIN).where(CHAIN.c.subject == A).values(seq=5, digest=last, sealed=4))

    forge(cut)
    assert found(folder)[1] == FaultPlace(LedgerFault.VANISHED, f"{A} #6")


def test_a_chain_whose_entries_are_all_gone_is_named(folder: Path) -> None:
    write("equipment:new", 2)
    forge(lambda c: c.execute(delete(EVENT).where(EVENT.c.subject == "equipment:new")))
    assert found(folder) == ({LedgerFault.CUT: 1}, FaultPlace(LedgerFault.CUT, "equipment:new #1"))


def vanish(connection: Connection, subject: str) -> None:
    connection.execute(delete(EVENT).where(EVENT.c.subject == subject))
    connection.execute(delete(CHAIN).where(CHAIN.c.subject == subject))


def test_a_chain_that_vanished_with_its_head_is_found_by_the_seal(folder: Path) -> None:
    forge(lambda c: vanish(c, B))
    assert found(folder) == ({LedgerFault.VANISHED: 1}, FaultPlace(LedgerFault.VANISHED, f"{B} #3"))


def test_a_chain_that_vanished_from_the_seals_too_is_found_by_the_exported_file(folder: Path) -> None:
    def hide(connection: Connection) -> None:
        vanish(connection, B)
        connection.execute(delete(HEAD).where(HEAD.c.subject == B))

    forge(hide)
    assert found(folder) == (
        {LedgerFault.VANISHED: 1, LedgerFault.SEAL: 1},
        FaultPlace(LedgerFault.VANISHED, f"{B} #3"),
    )


def test_seals_forged_to_fit_a_vanished_chain_do_not_fit_the_exported_files(folder: Path) -> None:
    def hide(connection: Connection) -> None:
        vanish(connection, B)
        connection.execute(delete(HEAD).where(HEAD.c.subject == B))
        previous = GENESIS
        for row in connection.execute(select(SEAL).order_by(SEAL.c.number)).all():
            heads = [
                seals.Head(*each)
                for each in connection.execute(
                    select(HEAD.c.subject, HEAD.c.seq, HEAD.c.digest)
                    .where(HEAD.c.number == row.number)
                    .order_by(seals.by_bytes(HEAD.c.subject))
                )
            ]
            root = seals.root_of(heads)
            digest = seal_digest(previous, row.day, len(heads), root)
            connection.execute(
                update(SEAL)
                .where(SEAL.c.number == row.number)
                .values(root=root, count=len(heads), previous=previous, digest=digest)
            )
            previous = digest

    forge(hide)
    assert found(folder) == (
        {LedgerFault.FILE: 2},
        FaultPlace(LedgerFault.FILE, "seals/000001-2026-11-23.json"),
    )


def test_a_chain_written_anew_from_a_forged_entry_on_is_found_by_the_seal(folder: Path) -> None:
    def rewrite(connection: Connection) -> None:
        previous = GENESIS
        for row in connection.execute(select(EVENT).where(EVENT.c.subject == B).order_by(EVENT.c.seq)).all():
            payload = '{"n":7}' if row.seq == 2 else row.payload
            previous = next_digest(
                previous, row.seq, ChainEvent(B, row.verb, row.actor, row.at, payload, row.pack)
            )
            connection.execute(
                update(EVENT)
                .where(EVENT.c.subject == B, EVENT.c.seq == row.seq)
                .values(payload=payload, digest=previous)
            )
        connection.execute(update(CHAIN).where(CHAIN.c.subject == B).values(digest=previous))

    forge(rewrite)
    assert found(folder) == ({LedgerFault.VANISHED: 1}, FaultPlace(LedgerFault.VANISHED, f"{B} #3"))


def test_a_head_moved_or_removed_is_named(folder: Path) -> None:
    forge(lambda c: c.execute(update(CHAIN).where(CHAIN.c.subject == A).values(digest=GENESIS)))
    assert found(folder) == ({LedgerFault.HEAD: 1}, FaultPlace(LedgerFault.HEAD, f"{A} #6"))
    forge(lambda c: c.execute(delete(CHAIN).where(CHAIN.c.subject == A)))
    assert found(folder)[1] == FaultPlace(LedgerFault.HEAD, A)


def test_a_chain_marked_as_sealed_that_was_not_is_named(folder: Path) -> None:
    write(C, 1)
    forge(lambda c: c.execute(update(CHAIN).where(CHAIN.c.subject == C).values(sealed=3)))
    assert found(folder) == ({LedgerFault.HEAD: 1}, FaultPlace(LedgerFault.HEAD, C))


def test_a_deleted_seal_is_named_by_its_file(folder: Path) -> None:
    def drop(connection: Connection) -> None:
        connection.execute(delete(HEAD).where(HEAD.c.number == 2))
        connection.execute(delete(SEAL).where(SEAL.c.number == 2))

    forge(drop)
    assert found(folder)[1] == FaultPlace(LedgerFault.SEAL, "seal 2")


def test_a_missing_or_changed_seal_file_is_named(folder: Path) -> None:
    path = seals.files(folder)[1]
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "count": 7}))
    assert found(folder) == (
        {LedgerFault.FILE: 1},
        FaultPlace(LedgerFault.FILE, "seals/000001-2026-11-23.json"),
    )
    path.write_text("no json")
    assert found(folder) == (
        {LedgerFault.FILE: 1},
        FaultPlace(LedgerFault.FILE, "seals/000001-2026-11-23.json"),
    )
    path.unlink()
    assert found(folder) == (
        {LedgerFault.FILE: 1},
        FaultPlace(LedgerFault.FILE, "seals/000001-2026-11-23.json"),
    )


def key_of(folder: Path) -> str:
    return f"organisation/{db.session.scalars(select(Organisation.id)).one()}"


def test_a_record_edited_past_the_ledger_is_named(folder: Path) -> None:
    key = key_of(folder)
    forge(lambda c: c.execute(update(Organisation).values(name="乙站")))
    assert found(folder) == ({LedgerFault.RECORD_CHANGED: 1}, FaultPlace(LedgerFault.RECORD_CHANGED, key))


def test_a_record_edited_through_the_ledger_is_fine(folder: Path) -> None:
    with db.transaction() as current:
        changed = current.scalars(select(Organisation)).one()
        changed.name = "乙站"
        record(current, subject_of("organisation", changed.id), "change", actor="user:1", rows=[changed])
    assert check(folder).whole


def test_a_record_deleted_past_the_ledger_is_named(folder: Path) -> None:
    key = key_of(folder)
    forge(lambda c: c.execute(delete(Organisation)))
    assert found(folder) == ({LedgerFault.RECORD_GONE: 1}, FaultPlace(LedgerFault.RECORD_GONE, key))


def test_a_record_inserted_past_the_ledger_is_named(folder: Path) -> None:
    made = make.station("丙站", licensed=False)
    assert found(folder) == (
        {LedgerFault.RECORD_EXTRA: 1},
        FaultPlace(LedgerFault.RECORD_EXTRA, f"organisation/{made.id}"),
    )


def test_a_record_taken_away_on_record_is_fine(folder: Path) -> None:
    key = key_of(folder)
    with db.transaction() as current:
        append(
            current.connection(),
            [EventDraft(f"organisation:{key.split('/')[1]}", "remove", {}, [(key, "")])],
            actor="user:1",
        )
    forge(lambda c: c.execute(delete(Organisation)))
    assert check(folder).whole


def test_every_bad_entry_counts_and_the_first_is_named(folder: Path) -> None:
    forge(
        lambda c: c.execute(
            update(EVENT).where(EVENT.c.seq == 1, EVENT.c.subject.in_([B, C])).values(actor="x")
        )
    )
    assert found(folder) == ({LedgerFault.CHANGED: 2}, FaultPlace(LedgerFault.CHANGED, f"{B} #1"))


def test_an_event_put_at_the_end_past_the_application_is_named(folder: Path) -> None:
    def add(connection: Connection) -> None:
        last = connection.execute(select(EVENT).where(EVENT.c.subject == B, EVENT.c.seq == 3)).one()
        connection.execute(insert(EVENT).values({**last._asdict(), "seq": 4}))

    forge(add)
    assert found(folder)[1] == FaultPlace(LedgerFault.CHANGED, f"{B} #4")


def test_the_command_ends_with_1_when_something_is_broken(app: Flask, folder: Path) -> None:
    db.session.remove()
    whole = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (whole.exit_code, whole.output.splitlines()[-1]) == (0, "whole")
    forge(lambda c: c.execute(update(EVENT).where(EVENT.c.subject == A, EVENT.c.seq == 3).values(verb="x")))
    broken = app.test_cli_runner().invoke(args=["ledger", "verify"])
    assert (broken.exit_code, broken.output.splitlines()[-1]) == (
        1,
        f"first bad entry: {A} #3  (An entry was changed or put in another place)",
    )


def test_ids_make_subjects() -> None:
    key = new_id()
    assert (subject_of("equipment", key), Event.__tablename__) == (f"equipment:{key}", "event")
