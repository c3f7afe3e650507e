"""SHA-256 or SM3, one for all of an instance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger import rules, seals
from equipment.ledger.actions import EVENT, EventDraft, append
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import algorithm_in, verify
from equipment.people.models import Organisation
from equipment.shell import serve
from equipment.storage import db
from tests import make

VECTORS = {  # the examples of GB/T 32905-2016, annex A
    "abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "abcd" * 16: "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    rules.choose("sha256")


@pytest.mark.parametrize("text", VECTORS)
def test_sm3_is_the_standards(text: str) -> None:
    rules.choose("sm3")
    assert rules.digest_of(text) == VECTORS[text]


@pytest.mark.forged
@pytest.mark.parametrize("algorithm", rules.ALGORITHMS)
def test_a_ledger_of_either_is_checked_by_its_own(app: Flask, settings: Settings, algorithm: str) -> None:
    rules.choose(algorithm)
    station = make.station(licensed=False)
    with db.transaction() as session:
        drafts = [EventDraft(f"organisation:{station.id}", "opened")] * 3
        append(session.connection(), drafts, actor="user:1")
    seals.seal(settings.folder, clock.today())
    db.session.remove()
    report = verify(db.engine, settings.folder, [])
    assert (report.whole, report.seals, algorithm_in(db.engine)) == (True, 1, algorithm)
    with db.engine.begin() as connection:
        connection.execute(update(EVENT).where(EVENT.c.seq == 2).values(verb="closed"))
    assert verify(db.engine, settings.folder, [Organisation]).faults[LedgerFault.CHANGED] == 1


def test_an_instance_does_not_start_with_the_other(
    app: Flask, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert algorithm_in(db.engine) == ""
    rules.choose("sm3")
    with db.transaction() as session:
        append(session.connection(), [EventDraft("a:1", "made")], actor="user:1")
    with pytest.raises(SystemExit):
        serve.migrate(settings)
    assert "LEDGER_DIGEST=sm3" in capsys.readouterr().err
