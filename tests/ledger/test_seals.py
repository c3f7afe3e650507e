"""The nightly seal and its files: a stranger with the files alone can recompute it."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update

from equipment.core.config import Settings
from equipment.ledger import seals
from equipment.ledger.actions import CHAIN, EventDraft, append
from equipment.ledger.rules import GENESIS, leaf, merkle_root
from equipment.ledger.seals import HEAD, SEAL
from equipment.ledger.verify import verify
from equipment.storage import db

DAY = date(2026, 11, 23)


@pytest.fixture
def folder(app: Flask, settings: Settings) -> Path:
    return settings.folder


def write(*subjects: str) -> None:
    with db.transaction() as current:
        append(current.connection(), [EventDraft(subject, "fill") for subject in subjects], actor="user:1")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def levels(leaves: list[str]) -> str:
    """The tree as docs/ledger.md describes it, level by level."""
    while len(leaves) > 1:
        pairs = [sha(leaves[at] + leaves[at + 1]) for at in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[2 * len(pairs) :]
    return leaves[0] if leaves else GENESIS


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 33])
def test_the_root_is_the_one_the_paper_describes(count: int) -> None:
    leaves = [leaf(f"equipment:{number}", number, "ab") for number in range(count)]
    assert merkle_root(iter(leaves)) == levels(leaves)


def test_a_seal_can_be_recomputed_from_its_two_files_alone(folder: Path) -> None:
    write("equipment:b", "equipment:a", "user:设备", "equipment:a")
    made = seals.seal(folder, DAY)
    content = json.loads((folder / "seals" / "000001-2026-11-23.json").read_text())
    lines = [
        line.split(" ", 2) for line in (folder / "seals" / "000001-2026-11-23.heads").read_text().splitlines()
    ]
    assert [(subject, seq) for _digest, seq, subject in lines] == [
        ("equipment:a", "2"),
        ("equipment:b", "1"),
        ("user:设备", "1"),
    ]
    assert content["root"] == levels([sha(f"{subject}\n{seq}\n{digest}") for digest, seq, subject in lines])
    assert content["digest"] == sha(
        f"{content['previous']}\n{content['day']}\n{content['count']}\n{content['root']}"
    )
    assert (made.number, made.count, content["previous"]) == (1, 3, GENESIS)


def test_only_chains_that_grew_are_sealed_again_and_each_seal_names_the_one_before(folder: Path) -> None:
    write("equipment:a", "equipment:b")
    first = seals.seal(folder, DAY)
    write("equipment:b")
    second = seals.seal(folder, DAY + timedelta(days=1))
    third = seals.seal(folder, DAY + timedelta(days=2))
    assert [(each.number, each.count, each.previous) for each in (second, third)] == [
        (2, 1, first.digest),
        (3, 0, second.digest),
    ]
    assert third.root == GENESIS
    assert verify(db.engine, folder, []).whole


def test_more_chains_than_one_transaction_holds_are_all_sealed(folder: Path) -> None:
    write(*(f"equipment:{number:04}" for number in range(450)))
    assert seals.seal(folder, DAY).count == 450
    db.session.remove()
    assert (
        db.session.scalar(select(func.count()).select_from(CHAIN).where(CHAIN.c.sealed == CHAIN.c.seq)) == 450
    )
    assert verify(db.engine, folder, []).whole


def test_a_crash_between_file_and_database_is_healed_by_the_next_seal(folder: Path) -> None:
    write(*(f"equipment:{number:04}" for number in range(300)))
    seals.seal(folder, DAY)
    with db.transaction() as current:
        current.execute(delete(HEAD).where(HEAD.c.subject > "equipment:0150"))
        current.execute(update(CHAIN).where(CHAIN.c.subject > "equipment:0150").values(sealed=0))
    write("equipment:0001")
    second = seals.seal(folder, DAY + timedelta(days=1))
    assert (second.number, second.count, verify(db.engine, folder, []).whole) == (2, 1, True)


def test_a_seal_that_reached_only_its_files_is_entered_as_it_is(folder: Path) -> None:
    write("equipment:a")
    first = seals.seal(folder, DAY)
    with db.transaction() as current:
        current.execute(delete(HEAD))
        current.execute(delete(SEAL))
        current.execute(update(CHAIN).values(sealed=0))
    write("equipment:a")
    second = seals.seal(folder, DAY + timedelta(days=1))
    assert (second.number, second.previous, verify(db.engine, folder, []).whole) == (2, first.digest, True)


def test_nothing_half_written_lies_in_the_folder(folder: Path) -> None:
    write("equipment:a")
    seals.seal(folder, DAY)
    assert sorted(path.name for path in (folder / "seals").iterdir()) == [
        "000001-2026-11-23.heads",
        "000001-2026-11-23.json",
    ]
