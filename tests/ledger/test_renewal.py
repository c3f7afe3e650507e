"""An upgrade widens what the ledger proves: old lines stay as they are, records are entered under the new list."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.ledger import evidence, renewal
from equipment.ledger.actions import EVENT, EventDraft, append, record, subject_of
from equipment.ledger.report import FaultPlace, LedgerFault, Report
from equipment.ledger.verify import verify
from equipment.people.models import Area, Organisation
from equipment.people.rules import OrganisationKind
from equipment.storage import db

pytestmark = pytest.mark.forged
THEN, NOW = (("name",),), (("name",), ("address", "phone"))


@pytest.fixture
def version(monkeypatch: pytest.MonkeyPatch):
    """`version(lists)`: from now on the evidence of organisations is this."""

    def change(lists: tuple[tuple[str, ...], ...], model: evidence.Model = Organisation) -> None:
        monkeypatch.setattr(model, "__evidence__", lists)
        evidence.proved.cache_clear()

    yield change
    evidence.proved.cache_clear()


@pytest.fixture
def stations(app: Flask, version) -> None:
    """450 stations written under the list of then; today's list is in force."""
    version(THEN)
    made = [
        Organisation(
            id=new_id(),
            kind=OrganisationKind.STATION,
            name=f"第{number}站",
            area="620402",
            created_at=clock.now(),
        )
        for number in range(450)
    ]
    with db.transaction() as session:
        session.add_all(made)
        session.flush()
        drafts = [
            EventDraft(f"organisation:{each.id}", "register", rows=[evidence.row(each)]) for each in made
        ]
        append(session.connection(), drafts, actor="user:1")
    version(NOW)


def check(settings: Settings, *models: evidence.Model, renewing: bool = False) -> Report:
    db.session.remove()
    return verify(db.engine, settings.folder, models or [Organisation], renewing=renewing)


def lines() -> list[tuple[str, int, str]]:
    query = select(EVENT.c.subject, EVENT.c.seq, EVENT.c.digest).order_by(EVENT.c.subject, EVENT.c.seq)
    with db.engine.connect() as connection:
        return [tuple(line) for line in connection.execute(query)]


def forge(**columns: object) -> None:
    db.session.remove()
    with db.engine.begin() as connection:
        one = select(Organisation.id).order_by(Organisation.id).limit(1).scalar_subquery()
        connection.execute(update(Organisation).where(Organisation.id == one).values(columns))


def test_records_of_before_are_proved_by_the_list_of_then_and_counted(stations, settings: Settings) -> None:
    report = check(settings)
    assert (report.whole, report.records, report.behind, report.renewed) == (True, 450, 450, 0)


def test_they_are_entered_under_the_new_list_in_parts_and_nothing_old_changes(stations, settings) -> None:
    before = lines()
    assert check(settings, renewing=True).renewed == 450
    added = [line for line in lines() if line not in before]
    assert [line[:2] for line in added] == [("evidence:organisation", number) for number in (1, 2, 3)]
    assert set(before) < set(lines())
    after = check(settings, renewing=True)
    assert (after.whole, after.behind, after.renewed) == (True, 0, 0)


@pytest.mark.parametrize("column", ["name", "address", "phone"])
def test_what_the_new_list_covers_is_found_afterwards(stations, settings, column: str) -> None:
    check(settings, renewing=True)
    forge(**{column: "别的"})
    assert check(settings).faults == {LedgerFault.RECORD_CHANGED: 1}


def test_what_was_changed_past_the_ledger_before_is_named_and_never_entered(stations, settings) -> None:
    forge(name="别的")
    for _night in range(2):
        assert check(settings, renewing=True).faults == {LedgerFault.RECORD_CHANGED: 1}
    assert check(settings).behind == 0


def test_a_record_changed_since_the_check_is_left_to_its_own_line(stations) -> None:
    with db.transaction() as session:
        changed = session.scalars(select(Organisation).limit(1)).one()
        said = {
            (changed.id,): evidence.row_values(Organisation, {"id": changed.id, "name": changed.name}, 1)[1]
        }
        assert renewal._enter(session.connection(), Organisation, said) == 1
        changed.name = "改过的"
        record(session, subject_of("organisation", changed.id), "change", actor="user:1", rows=[changed])
        assert renewal._enter(session.connection(), Organisation, said) == 0


def test_a_table_that_comes_under_evidence_later(app: Flask, settings: Settings, version) -> None:
    """Its rows are counted as not entered yet; once all are, a row without a line is extra."""
    assert db.session.scalar(select(func.count()).select_from(Area))
    version(((), ("code", "name")), Area)
    rows = check(settings, Area).behind
    assert (check(settings, Area).whole, rows > 0) == (True, True)
    check(settings, Area, renewing=True)
    assert (check(settings, Area).whole, check(settings, Area).behind) == (True, 0)
    with db.engine.begin() as connection:
        connection.execute(insert(Area).values(code="999999", name="外面的", level="county"))
    report = check(settings, Area, renewing=True)
    assert (report.first, report.renewed) == (FaultPlace(LedgerFault.RECORD_EXTRA, "area/999999"), 0)


@pytest.mark.parametrize(
    ("mark", "version_"),
    [("", 0), ("a" * 64, 1), ("2:" + "a" * 64, 2), ("2:x", 0), ("x" * 64, 0), ("-1:" + "a" * 64, 0)],
)
def test_a_mark_names_its_version(mark: str, version_: int) -> None:
    assert evidence.version_of(mark) == version_


def test_the_command_says_what_is_left(stations, app: Flask, settings: Settings) -> None:
    db.session.remove()
    areas = 4  # entered by the first renewal too
    assert verify(db.engine, settings.folder, [Area]).behind == areas
    for arguments, said in (
        ([], "454 records under an older version of their evidence, 0 renewed"),
        (["--renew"], "454 records under an older version of their evidence, 454 renewed"),
        ([], "whole"),
    ):
        result = app.test_cli_runner().invoke(args=["ledger", "verify", *arguments])
        assert (result.exit_code, said in result.output.splitlines()) == (0, True), result.output
