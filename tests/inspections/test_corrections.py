"""Corrections by two people: what the old result led to is taken back, what the new one leads to takes its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.hazards import actions as hazard_actions
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, HazardState
from equipment.inspections import corrections, queries
from equipment.inspections.checks import Result
from equipment.inspections.models import Inspection
from equipment.inspections.rules import Conclusion
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.reports.counts import counted
from equipment.reports.rules import Period, definition
from equipment.shell import tables
from equipment.storage import db
from tests.dues.town import Town, bottle, fresh
from tests.inspections.recording import record, result


def propose(at: Town, old: Inspection, wanted: Result, reason: str = "录入错误") -> Inspection:
    with db.transaction():
        return corrections.propose(
            queries.inspection(SYSTEM, old.equipment_id, old.id), wanted, reason, by=at.viewer("inspector")
        )


def approve(at: Town, made: Inspection, who: str = "colleague") -> Inspection:
    with db.transaction():
        return corrections.approve(queries.inspection(SYSTEM, made.equipment_id, made.id), by=at.viewer(who))


def test_a_correction_counts_once_a_second_person_approves(at: Town) -> None:
    piece = bottle(at)
    old = record(at, piece, result(on=date(2025, 3, 1)))
    made = propose(at, old, result(on=date(2025, 2, 1)))
    assert fresh(piece.id).inspection_due_on == date(2029, 3, 31)
    with pytest.raises(NotAllowed):
        approve(at, made, "inspector")
    approve(at, made)
    assert fresh(piece.id).inspection_due_on == date(2029, 2, 28)
    assert [(each.id, each.superseded) for each in queries.history(SYSTEM, piece.id)] == [
        (old.id, True),
        (made.id, False),
    ]
    assert [each.id for each in db.session.scalars(queries.inspections(SYSTEM, {}))] == [made.id]


def test_a_correction_needs_a_reason_and_one_waits_at_a_time(at: Town) -> None:
    old = record(at, bottle(at), result())
    with pytest.raises(Invalid):
        propose(at, old, result(), reason=" ")
    made = propose(at, old, result(on=date(2025, 2, 1)))
    with pytest.raises(Conflict):
        propose(at, old, result(on=date(2025, 2, 2)))
    with db.transaction():
        corrections.drop(queries.inspection(SYSTEM, made.equipment_id, made.id), by=at.viewer("inspector"))
    assert propose(at, old, result(on=date(2025, 2, 2))).supersedes_id == old.id


# What a corrected result leaves of what the old one had found: finding, hazard, and whether the piece counts as having one (H2).
FAILED = {"conclusion": Conclusion.FAILED}


@pytest.mark.parametrize(
    ("decided", "new", "finding", "hazard", "counts"),
    [
        ("", {}, FindingState.DISMISSED, None, 0),
        ("confirmed", {}, FindingState.CONFIRMED, HazardState.WITHDRAWN, 0),
        ("rectified", {}, FindingState.CONFIRMED, HazardState.WITHDRAWN, 0),
        ("closed", {}, FindingState.CONFIRMED, HazardState.WITHDRAWN, 0),
        ("", FAILED, FindingState.OPEN, None, 0),
        ("rectified", FAILED, FindingState.CONFIRMED, HazardState.RECTIFIED, 1),
    ],
)
def test_what_a_failed_result_had_found_goes_with_it(
    at: Town,
    decided: str,
    new: dict[str, Any],
    finding: FindingState,
    hazard: HazardState | None,
    counts: int,
    tmp_path: Path,
) -> None:
    piece = bottle(at)
    old = record(at, piece, result(remark="瓶阀泄漏", on=date(2025, 3, 1), **FAILED))
    decide(at, piece.id, decided)
    made = approve(
        at, propose(at, old, result(on=date(2025, 2, 1), remark="看错了瓶号", **new), "看错了瓶号")
    )
    found = db.session.scalars(
        visible(SYSTEM, Finding)
        .where(Finding.equipment_id == piece.id)
        .execution_options(populate_existing=True)
    ).all()
    hazards = db.session.scalars(
        visible(SYSTEM, Hazard)
        .where(Hazard.equipment_id == piece.id)
        .execution_options(populate_existing=True)
    ).all()
    assert [(each.state, each.source_id) for each in found] == [(finding, made.id if new else old.id)]
    assert [each.state for each in hazards] == ([hazard] if hazard else [])
    shares = counted(
        definition("H2", clock.today()), Period(date(clock.today().year, 1, 1), clock.today()), ["cylinder"]
    )
    assert sum(share.part for share in shares.values()) == counts
    report = verify(db.engine, tmp_path, tables.models().values())
    assert set(report.faults) <= {LedgerFault.RECORD_EXTRA}, (
        "the factories enter pieces past the ledger; nothing else is wrong"
    )


def decide(at: Town, piece_id: UUID, upto: str) -> None:
    """Take the finding of a piece as far along as asked."""
    if not upto:
        return
    with db.transaction():
        finding = db.session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id == piece_id)).one()
        made = hazard_actions.confirm_general(finding, clock.today(), by=at.viewer("supervisor"))
        if upto in ("rectified", "closed"):
            hazard_actions.rectify(made, "已更换", by=at.viewer("owner"))
        if upto == "closed":
            hazard_actions.recheck(made, True, "", by=at.viewer("supervisor"))
