"""A station with bottles and a body: what the tests of lots begin with."""

from __future__ import annotations

from typing import Any

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.lots import packing, receiving
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import lot_of, rows_of
from equipment.people.models import Paper
from equipment.people.rules import SYSTEM, PaperKind
from equipment.register.codes import make_code
from equipment.register.models import Equipment
from equipment.register.ring import keys
from equipment.storage import db
from tests import make
from tests.dues.town import Town
from tests.dues.town import bottle as plain_bottle


def bottle(at: Town, **more: Any) -> Equipment:
    """A bottle of the station with a label, due 2025-03-31."""
    piece = plain_bottle(at, code=make_code(keys()), **more)
    db.session.refresh(piece)
    db.session.expunge(piece)  # requests end the session; what tests hold stays readable
    return piece


def approve(at: Town, *covers: str, days: int = 400) -> None:
    """The body's approval on file."""
    with make.writing():
        db.session.add(
            Paper(
                id=new_id(),
                organisation_id=at.body.id,
                kind=PaperKind.BODY_APPROVAL,
                number="TS7110",
                covers=list(covers),
                valid_from=make.days(-400),
                valid_until=make.days(days),
            )
        )


def open_lot(at: Town, *bottles: Equipment) -> Lot:
    """A lot of the station's owner with these bottles in it."""
    owner = at.viewer("owner")
    with db.transaction():
        lot = packing.open_lot(new_id(), at.body.id, by=owner)
        for piece in bottles:
            packing.pack(lot, piece.label_code or "", by=owner)
    return lot


def on_way(at: Town, *bottles: Equipment) -> Lot:
    lot = open_lot(at, *bottles)
    with db.transaction():
        packing.hand_over(lot_of(lot.id, by=SYSTEM), "司机老王", by=at.viewer("owner"))
    return lot


def received(at: Town, *bottles: Equipment) -> Lot:
    """A lot that the body has received whole."""
    lot = on_way(at, *bottles)
    with db.transaction():
        here = lot_of(lot.id, by=SYSTEM)
        receiving.receive_all(here, len(bottles), by=at.viewer("inspector"))
        receiving.sign_receipt(here, "", by=at.viewer("inspector"))
    return lot


def fresh_lot(lot: Lot) -> Lot:
    return lot_of(lot.id, by=SYSTEM)


def rows(lot: Lot) -> list[LotRow]:
    return list(db.session.scalars(rows_of(fresh_lot(lot))))


def happened() -> dict[str, str]:
    return {"happened_at": clock.now().isoformat()}
