"""The label ledger of the demonstration: a batch of the leading station, part of it handed out, labels that
fell off or were damaged in the last months, and a code that two bottles are said to carry."""

from __future__ import annotations

from datetime import datetime, timedelta

from equipment.core import clock
from equipment.labels import claims
from equipment.labels.models import LabelBatch, LabelHandout
from equipment.labels.rules import ClaimState
from equipment.people.rules import OrganisationKind, Role
from equipment.register.codes import make_code
from equipment.register.models import Equipment, Label, LabelStep
from equipment.register.ring import keys
from equipment.register.rules import LabelStatus, LabelStepKind, PrintState
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece, label_step, noon
from equipment.shell.demo.writing import TableRow
from equipment.storage import db

LABELS, HANDED, CONFIRMED, IN_A_FILE = 240, 40, 168, 192
# Days ago, and whether the label was damaged rather than fallen off; the last two have no new label yet.
OFF = ((95, False), (88, True), (70, False), (52, False), (47, False), (33, True), (20, False), (11, False))
OFF_STILL = ((4, False), (2, True))
CLAIMS = (
    (24, ClaimState.STAYS, "误扫旁边一瓶，两瓶实物与档案一致"),
    (9, ClaimState.VOIDED, "该码在两只瓶上出现，疑被复制，两瓶均换新码"),
    (1, None, ""),
)


def label_ledger(city: City, bottles: list[Piece]) -> None:
    leading = city.of(OrganisationKind.STATION)[0]
    own = [bottle for bottle in bottles if bottle.unit is leading and bottle.story == ""]
    batch, labels = _batch(city, leading)
    for place, ((ago, damaged), bottle) in enumerate(zip(OFF + OFF_STILL, own[40:], strict=False)):
        at = noon(city.today - timedelta(days=ago))
        _come_off(city, bottle, at, damaged, labels[place] if place < len(OFF) else None)
    for turn, first in enumerate((81, 121)):
        _hand_out(city, batch, labels[first - 1 : first - 1 + HANDED], turn)


def _batch(city: City, leading: Unit) -> tuple[TableRow, list[TableRow]]:
    """The batch with its labels, of which not all are printed."""
    begun = noon(city.today - timedelta(days=100))
    batch = city.book.add(
        LabelBatch,
        organisation_id=leading.id,
        id=city.book.id(),
        count=LABELS,
        layout="a4-24",
        note="钢瓶护罩标签",
        user_id=leading.one(Role.STATION_OWNER)["id"],
        created_at=begun,
    )
    labels = [
        city.book.add(
            Label,
            code=make_code(keys()),
            status=LabelStatus.ISSUED,
            organisation_id=leading.id,
            batch_id=batch["id"],
            issued_at=begun,
            number=number,
            print_state=_print_state(number),
        )
        for number in range(1, LABELS + 1)
    ]
    rows = [(Label, label) for label in labels]
    codes = [label["code"] for label in labels]
    city.book.tell(
        begun,
        "label_batch",
        batch["id"],
        "labels.issued",
        rows,
        by=leading.one(Role.STATION_OWNER),
        codes=codes,
    )
    return batch, labels


def _print_state(number: int) -> PrintState:
    """Of the last sheets of the batch one was not looked at yet, and two are not printed."""
    if number <= CONFIRMED:
        return PrintState.PRINTED
    return PrintState.DRAWN if number <= IN_A_FILE else PrintState.TO_PRINT


def _come_off(city: City, bottle: Piece, at: datetime, damaged: bool, fresh: TableRow | None) -> None:
    """A label is reported, and replaced the same day where there is a new one."""
    book, piece, by = city.book, bottle.row, bottle.unit.one(Role.STATION_OWNER)
    label = next(row for row in book.rows[Label] if row["code"] == piece["label_code"])
    kind = LabelStepKind.DAMAGED if damaged else LabelStepKind.LOST
    label["status"] = LabelStatus(str(kind))
    step = label_step(book, label, kind, at, piece, -1, user_id=by["id"])
    rows = [(Label, label), (LabelStep, step)]
    book.tell(at, "equipment", piece["id"], f"label.{kind}", rows, by=by, code=label["code"])
    if fresh is None:
        return
    at += timedelta(hours=1)
    label |= {"status": LabelStatus.REPLACED, "replaced_by": fresh["code"]}
    fresh |= {"status": LabelStatus.BOUND, "equipment_id": piece["id"], "bound_at": at}
    piece["label_code"] = fresh["code"]
    off = label_step(
        book,
        label,
        LabelStepKind.REPLACED,
        at,
        piece,
        0,
        user_id=by["id"],
        other_code=fresh["code"],
        reason="护罩磨损" if damaged else "标签脱落",
    )
    on = label_step(book, fresh, LabelStepKind.BOUND, at, piece, 1, user_id=by["id"])
    book.tell(
        at,
        "equipment",
        piece["id"],
        "label.replaced",
        [(Equipment, piece), (Label, label), (Label, fresh), (LabelStep, off), (LabelStep, on)],
        by=by,
        old=label["code"],
        new=fresh["code"],
        reason=off["reason"],
    )


def _hand_out(city: City, batch: TableRow, labels: list[TableRow], turn: int) -> None:
    """To the post of each shift; the first receipt is signed."""
    leading = city.of(OrganisationKind.STATION)[0]
    at = noon(city.today - timedelta(days=30 - 20 * turn))
    day = clock.site_day(at)
    handout = city.book.add(
        LabelHandout,
        organisation_id=leading.id,
        id=city.book.id(),
        batch_id=batch["id"],
        first_no=labels[0]["number"],
        last_no=labels[-1]["number"],
        labels=len(labels),
        to_organisation_id=leading.id,
        post=("白班充装岗", "夜班充装岗")[turn],
        receipt_no=f"FF{day:%Y%m%d}-001",
        user_id=leading.one(Role.STATION_OWNER)["id"],
        at=at,
        on=day,
        received_by=None if turn else leading.one(Role.OPERATOR)["id"],
        received_at=None if turn else at + timedelta(minutes=20),
    )
    for label in labels:
        label["handout_id"] = handout["id"]
    rows = [(LabelHandout, handout), *((Label, label) for label in labels)]
    city.book.tell(
        at,
        "label_batch",
        batch["id"],
        "labels.handed_out",
        rows,
        by=leading.one(Role.STATION_OWNER),
        handout=handout["id"],
    )


def label_claims(city: City, bottles: list[Piece]) -> None:
    """一码两瓶: a worker scans the label of one bottle on another. A slip of last month, a copied label whose
    code ended, and one that nobody looked at yet."""
    own = [one for one in bottles if one.unit is city.of(OrganisationKind.STATION)[0] and one.story == ""]
    worker, owner = person_of(own[0].unit, Role.OPERATOR), person_of(own[0].unit, Role.STATION_OWNER)
    for place, (days, decision, reason) in enumerate(CLAIMS):
        bound, other = own[60 + 2 * place], own[61 + 2 * place]
        at = noon(city.today - timedelta(days=days))
        code = db.session.get_one(Equipment, bound.id).label_code or ""
        with clock.played(at), db.transaction():
            attempt = claims.claim(code, db.session.get_one(Equipment, other.id), by=worker)
        if attempt is None or decision is None:
            continue
        with clock.played(at + timedelta(hours=3)), db.transaction():
            claims.decide(claims.claim_of(bound.id, attempt.id, by=owner), decision, reason, by=owner)
