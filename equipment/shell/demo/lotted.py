"""送检 of the demonstration city: one lot on its way, one half through the inspection line, as their people
did it."""

from __future__ import annotations

from uuid import UUID

from equipment.core.ids import new_id
from equipment.lots import bench, packing, receiving
from equipment.lots.bench_rules import BenchResult
from equipment.lots.models import Lot
from equipment.lots.states import BenchVerdict as V
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
    for row_no in range(1, LOT_BOTTLES):
        scrapped = row_no == 3
        verdict = BenchResult(verdict=V.SCRAP, reasons=("l4",)) if scrapped else BenchResult(verdict=V.PASSED)
        bench.judge(received, row_no, verdict, by=inspector)


def _on_way(body: UUID, bottles: list[UUID], owner: Viewer, note: str) -> Lot:
    lot = packing.open_lot(new_id(), body, note=note, by=owner)
    packing.pack_many(lot, bottles, by=owner)
    return packing.hand_over(lot, "王师傅 甘D0F123", by=owner)


def _viewer(unit: Unit, role: Role) -> Viewer:
    return viewer_of(db.session.get_one(User, unit.one(role)["id"]))
