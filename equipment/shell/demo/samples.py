"""Codes to try, one per verdict: for demo.json and the printable sheet of /demo."""

from __future__ import annotations

from datetime import timedelta

from equipment.core import clock
from equipment.fills.models import Fill
from equipment.people.rules import DeviceKind, OrganisationKind
from equipment.register.codes import make_code
from equipment.register.models import Label
from equipment.register.ring import keys
from equipment.register.rules import LabelStatus
from equipment.shell.demo.city import City
from equipment.shell.demo.pieces import Piece


def choose_samples(city: City, bottles: list[Piece], lifts: list[Piece]) -> None:
    """The bottles of the leading station that tell each story, a foreign one, a blank label, an unknown code
    and a lift with its reader."""
    leading = city.of(OrganisationKind.STATION)[0]
    own = [bottle for bottle in bottles if bottle.unit is leading]
    scanned = {row["equipment_id"] for row in city.book.rows[Fill] if row["on"] == city.today}
    for name, story in (
        ("fillable", ""),
        ("due_soon", "due_soon"),
        ("overdue", "overdue"),
        ("past_life", "past_life"),
        ("locked", "locked"),
        ("to_be_treated", "treat"),
        ("unverified", "unverified"),
        ("out_of_use", "stopped"),
    ):
        piece = next(bottle for bottle in reversed(own) if bottle.story == story and bottle.id not in scanned)
        city.codes[name] = piece.row["label_code"]
    scrapped = next(bottle for bottle in own if bottle.story == "scrapped")
    city.codes["scrapped"] = next(
        row["code"] for row in city.book.rows[Label] if row["equipment_id"] == scrapped.id
    )
    city.codes["other_station"] = next(
        bottle.row["label_code"]
        for bottle in bottles
        if bottle.unit is not leading and bottle.story == "" and bottle.row["medium"] == "LPG"
    )
    city.codes["stamped_number"] = next(bottle for bottle in own if bottle.story == "").row["serial"]
    at = clock.now() - timedelta(days=30)
    blank = city.book.add(
        Label,
        code=make_code(keys()),
        status=LabelStatus.ISSUED,
        equipment_id=None,
        organisation_id=leading.id,
        issued_at=at,
    )
    city.book.tell(at, "organisation", leading.id, "labels.issued", [(Label, blank)], codes=[blank["code"]])
    city.codes["blank"] = blank["code"]
    city.codes["not_on_file"] = make_code(keys())
    good = city.codes["fillable"]
    city.codes["mistyped"] = good[:4] + ("0" if good[4] != "0" else "1") + good[5:]
    city.codes["forged"] = make_code(["0" * 64])
    lift = next(lift for lift in lifts if lift.story == "")
    city.codes["lift"] = lift.row["label_code"]
    _reader, city.tokens["reader"] = city.device(
        lift.unit.id, DeviceKind.READER, "轿顶读卡器", equipment_id=lift.id
    )
    city.codes["failed_lift"] = next(lift.row["label_code"] for lift in lifts if lift.story == "failed")
    city.codes["overdue_lift"] = next(lift.row["label_code"] for lift in lifts if lift.story == "overdue")
