"""送检 of the demonstration city: a lot that is being put together, one on its way, one half through the
inspection line, one out of it with its scrapped bottles destroyed, one withdrawn, as their people did it."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
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
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece
from equipment.storage import db

LOT_BOTTLES = 8
CARRIER, EXAMINER = "王长顺 甘D3F016", "审核演示"


def make_lots(city: City, bottles: list[Piece]) -> None:
    """The leading station sends what is due to the body whose inspector signs in at /demo: a lot of each
    state, the oldest first."""
    station, body = city.of(OrganisationKind.STATION)[0], city.of(OrganisationKind.BODY)[0]
    shown = set(city.codes.values())
    due = [
        bottle.id
        for story in ("overdue", "due_soon")
        for bottle in bottles
        if bottle.unit is station and bottle.story == story and bottle.row["label_code"] not in shown
    ]
    lots = Lots(city, body.id, person_of(station, Role.STATION_OWNER), person_of(body, Role.INSPECTOR))
    parts = [due[start : start + LOT_BOTTLES] for start in range(0, len(due), LOT_BOTTLES)]
    lots.ended(parts[3], 12)
    lots.withdrawn(parts[4][:3], 6)
    lots.on_line([*parts[1], *parts[2]], 2)
    lots.on_way(parts[0], clock.now() - timedelta(minutes=75), "上午装车")
    lots.packing(parts[5][:5], clock.now() - timedelta(minutes=18))


class Lots:
    """Lots between a station and a body, each step at its own time."""

    def __init__(self, city: City, body: UUID, owner: Viewer, inspector: Viewer) -> None:
        self.city, self.body, self.owner, self.inspector = city, body, owner, inspector

    def _at(self, days: int, hour: int, minute: int = 0) -> datetime:
        day = clock.site_midnight(self.city.today - timedelta(days=days))
        return min(day + timedelta(hours=hour, minutes=minute), clock.now() - timedelta(minutes=5))

    def packing(self, bottles: list[UUID], at: datetime, note: str = "") -> Lot:
        with clock.played(at):
            lot = packing.open_lot(new_id(), self.body, note=note, by=self.owner)
            packing.pack_many(lot, bottles, by=self.owner)
        return lot

    def on_way(self, bottles: list[UUID], at: datetime, note: str = "") -> Lot:
        lot = self.packing(bottles, at, note)
        with clock.played(at + timedelta(minutes=25)):
            return packing.hand_over(lot, CARRIER, by=self.owner)

    def withdrawn(self, bottles: list[UUID], days: int) -> None:
        """Its lorry turned round."""
        lot = self.on_way(bottles, self._at(days, 9))
        with clock.played(self._at(days, 11)):
            packing.withdraw_lot(lot, "检验机构当日设备检修，改期送检", by=self.owner)

    def received(self, bottles: list[UUID], days: int) -> Lot:
        lot = self.on_way(bottles, self._at(days, 8, 30))
        with clock.played(self._at(days, 10, 40)):
            receiving.receive_all(lot, len(bottles), by=self.inspector)
            receiving.sign_receipt(lot, "", by=self.inspector)
        return lot

    def on_line(self, bottles: list[UUID], days: int) -> None:
        """Half of it is judged."""
        lot = self.received(bottles, days)
        for row_no in range(1, LOT_BOTTLES):
            scrapped = row_no == 3
            result = (
                BenchResult(verdict=V.SCRAP, reasons=("l4",)) if scrapped else BenchResult(verdict=V.PASSED)
            )
            with clock.played(self._at(days - 1, 9, 6 * row_no)):
                bench.judge(lot, row_no, result, by=self.inspector)

    def ended(self, bottles: list[UUID], days: int) -> None:
        """Out of the line; what the bench scrapped of it lies crushed, one bottle still waits."""
        lot = self.received(bottles, days)
        with clock.played(self._at(days - 2, 14, 10)):
            for row_no, reasons in ((2, ("l4",)), (5, ("l1", "l6")), (7, ("l9",))):
                bench.judge(lot, row_no, BenchResult(verdict=V.SCRAP, reasons=reasons), by=self.inspector)
            bench.pass_rest(lot, len(bottles) - 3, by=self.inspector)
        on = self.city.today - timedelta(days=days - 3)
        with clock.played(self._at(days - 3, 9, 30)):
            report = LotReport(on, EXAMINER, f"DEMO-PJ-{on.year}-01")
            leaving.state_report(lot, report, by=self.inspector)
            for row_no in range(1, len(bottles) + 1):
                leaving.leave_row(lot, row_no, by=self.inspector)
        with clock.played(self._at(days - 4, 15)):
            self._destroyed(lot, on + timedelta(days=1))

    def _destroyed(self, lot: Lot, on: date) -> None:
        draft = DestructionDraft(
            on=on, method=DestructionMethod.CRUSHED, witness="见证演示", document_no="DEMO-XH-01"
        )
        out = io.BytesIO()
        Image.new("RGB", (640, 420), (120, 130, 140)).save(out, "PNG")
        out.seek(0)
        photo = take(out, "压扁后.png", "photo")
        scrapped = db.session.scalars(rows_of(lot).where(LotRow.verdict == V.SCRAP)).all()
        ids = [row.equipment_id for row in scrapped if row.equipment_id is not None]
        destroying.destroy(new_id(), ids[:2], draft, [photo], by=self.inspector)
