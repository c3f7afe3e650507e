"""送检 of the demonstration city: one lot on its way, one half through the inspection line, one out of it
with its scrapped bottles destroyed, as their people did it."""

from __future__ import annotations

import io
from uuid import UUID

from PIL import Image

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.files.actions import take
from equipment.lots import bench, destroying, leaving, packing, receiving
from equipment.lots.bench_rules import BenchResult
from equipment.lots.destroying import DestructionDraft
from equipment.lots.leaving import LotReport
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import rows_of
from equipment.lots.states import BenchVerdict as V
from equipment.lots.states import DestructionMethod
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.pieces import Piece
from equipment.storage import db

LOT_BOTTLES = 8


def make_lots(city: City, bottles: list[Piece]) -> None:
    """The leading station sends what is due to the body whose inspector signs in at /demo."""
    station, body = city.of(OrganisationKind.STATION)[0], city.of(OrganisationKind.BODY)[0]
    shown = set(city.codes.values())
    due = [
        bottle.id
        for story in ("overdue", "due_soon")
        for bottle in bottles
        if bottle.unit is station and bottle.story == story and bottle.row["label_code"] not in shown
    ]
    owner, inspector = _viewer(station, Role.STATION_OWNER), _viewer(body, Role.INSPECTOR)
    _on_way(body.id, due[:LOT_BOTTLES], owner, "上午装车")
    received = _on_way(body.id, due[LOT_BOTTLES : 3 * LOT_BOTTLES], owner, "")
    rows = 2 * LOT_BOTTLES
    receiving.receive_all(received, rows, by=inspector)
    receiving.sign_receipt(received, "", by=inspector)
    _destroyed(body.id, due[3 * LOT_BOTTLES : 4 * LOT_BOTTLES], owner, inspector)
    for row_no in range(1, LOT_BOTTLES):
        scrapped = row_no == 3
        verdict = BenchResult(verdict=V.SCRAP, reasons=("l4",)) if scrapped else BenchResult(verdict=V.PASSED)
        bench.judge(received, row_no, verdict, by=inspector)


def _destroyed(body: UUID, bottles: list[UUID], owner: Viewer, inspector: Viewer) -> None:
    """A lot that is out of the line; what the bench scrapped of it lies crushed, one bottle still waits."""
    lot = _on_way(body, bottles, owner, "")
    receiving.receive_all(lot, len(bottles), by=inspector)
    receiving.sign_receipt(lot, "", by=inspector)
    for row_no, reasons in ((2, ("l4",)), (5, ("l1", "l6")), (7, ("l9",))):
        bench.judge(lot, row_no, BenchResult(verdict=V.SCRAP, reasons=reasons), by=inspector)
    bench.pass_rest(lot, len(bottles) - 3, by=inspector)
    today = clock.today()
    leaving.state_report(lot, LotReport(today, "审核演示", f"DEMO-PJ-{today.year}-01"), by=inspector)
    for row_no in range(1, len(bottles) + 1):
        leaving.leave_row(lot, row_no, by=inspector)
    draft = DestructionDraft(
        on=today, method=DestructionMethod.CRUSHED, witness="见证演示", document_no="DEMO-XH-01"
    )
    out = io.BytesIO()
    Image.new("RGB", (640, 420), (120, 130, 140)).save(out, "PNG")
    out.seek(0)
    photo = take(out, "压扁后.png", "photo")
    scrapped = db.session.scalars(rows_of(lot).where(LotRow.verdict == V.SCRAP)).all()
    ids = [row.equipment_id for row in scrapped if row.equipment_id is not None]
    destroying.destroy(new_id(), ids[:2], draft, [photo], by=inspector)


def _on_way(body: UUID, bottles: list[UUID], owner: Viewer, note: str) -> Lot:
    lot = packing.open_lot(new_id(), body, note=note, by=owner)
    packing.pack_many(lot, bottles, by=owner)
    return packing.hand_over(lot, "王师傅 甘D0F123", by=owner)


def _viewer(unit: Unit, role: Role) -> Viewer:
    return viewer_of(db.session.get_one(User, unit.one(role)["id"]))
