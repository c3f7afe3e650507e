"""The same bottle scanned again in the middle of its fill: the register is asked again. What is refused now
ends the fill, unless gas is in already (overfilled); otherwise it goes on under the same id, with the answers
added."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from sqlalchemy import select
from sqlalchemy.engine import Connection

from equipment.fills.checks import answer_marks
from equipment.fills.models import Fill, FillRow, Manifold
from equipment.fills.scan import Cylinder, IncomingScan, ScanVerdict
from equipment.fills.states import FillState, ManifoldState

FILLS, MANIFOLDS = Fill.__table__, Manifold.__table__
# flags: scanned for a manifold that takes no bottle any more; hangs on another one
MANIFOLD_CLOSED, OTHER_MANIFOLD = "manifold_closed", "other_manifold"


def on_open_manifold(connection: Connection, scan: IncomingScan) -> IncomingScan:
    """The scan as it counts: without its manifold, and flagged, where gas flows there already or it has
    ended."""
    state = select(MANIFOLDS.c.state).where(
        MANIFOLDS.c.organisation_id == scan.organisation_id, MANIFOLDS.c.id == scan.manifold_id
    )
    if connection.execute(state).scalar() == ManifoldState.OPEN:
        return scan
    return scan.flagged(MANIFOLD_CLOSED)._replace(manifold_id=None)


def fill_as_it_stands(connection: Connection, cylinder: Cylinder, batch: Iterable[FillRow]) -> FillRow:
    """The whole row of the fill a cylinder is in the middle of. It may have begun, or changed, in this very
    batch: `batch` are its rows, the newest first."""
    for fill in batch:
        if (fill["equipment_id"], fill["id"]) == (cylinder.id, cylinder.open_id):
            return fill.copy()
    going_on = select(FILLS).where(FILLS.c.equipment_id == cylinder.id, FILLS.c.id == cylinder.open_id)
    return cast(FillRow, dict(connection.execute(going_on).mappings().one()))


def fill_going_on(scan: IncomingScan, fill: FillRow, judged: ScanVerdict) -> FillRow:
    """The fill after this scan of it: its answers are added, and a refusal closes it while it is open."""
    if scan.checks:
        fill["checks"] = fill["checks"] | answer_marks(scan.checks, scan.looker)
        fill["checked_by"] = scan.checker or judged.user_id
    if scan.manifold_id is not None and fill["state"] == FillState.OPEN and fill["manifold_id"] is None:
        fill["manifold_id"], fill["bay"] = scan.manifold_id, scan.bay or fill["bay"]
    fill["verdict"] = judged.verdict.as_json()
    if fill["state"] == FillState.OPEN and not judged.verdict.allowed:
        fill["state"], fill["allowed"] = FillState.REFUSED, False
        fill["closed_at"] = scan.arrived.received_at
    return fill


def cylinder_after(cylinder: Cylinder, fill: FillRow, treat_code: str | None) -> Cylinder:
    """How the cylinder stands for the next scan of the batch."""
    return cylinder._replace(
        open_id=None if fill["state"] == FillState.REFUSED else fill["id"],
        open_verdict=fill["verdict"],
        open_checks=fill["checks"],
        treat_code=treat_code or cylinder.treat_code,
    )
