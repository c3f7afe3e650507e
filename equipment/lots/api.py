"""送检 for machines: a lot is opened, filled and handed over by the sender's device, received by the body's. A
message that comes twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Response, jsonify

from equipment.core import clock
from equipment.core.words import Message
from equipment.lots import bench, leaving, packing, receiving
from equipment.lots.api_forms import (
    BenchMessage,
    BottleMessage,
    HandOverMessage,
    LeaveMessage,
    LotBottleResponse,
    LotMessage,
    LotResponse,
    LotsResponse,
    LotStepResponse,
    PassRestMessage,
    ReceiptMessage,
    ScrapReasonsResponse,
    lot_record,
    row_record,
)
from equipment.lots.leaving import LotReport
from equipment.lots.models import Lot, LotRow
from equipment.lots.queries import counts_of, lot_of, rows_of
from equipment.lots.states import LotState
from equipment.people.rules import DeviceKind, Thing
from equipment.people.scope import visible
from equipment.regulation.cylinder_numbers import scrap_reasons_stated
from equipment.regulation.cylinder_words import Variety
from equipment.regulation.queries import rules
from equipment.storage.db import session, transaction
from equipment.web import api, viewer
from equipment.web.cursors import ListQuery, may_list, page
from equipment.web.language import choose, translate

routes = api.blueprint("lots_api", __name__)
SENDING = (DeviceKind.FLOOR, DeviceKind.CONTROLLER, DeviceKind.PHONE, DeviceKind.UPLOAD)
INSPECTING = (DeviceKind.PHONE, DeviceKind.UPLOAD)


@routes.get("/lots")
@api.token(*SENDING)
@api.described(query=ListQuery, answer=LotsResponse)
def list_lots() -> Response:
    """The lots that this organisation sent or receives, as they stand now, in the order in which they last
    changed."""
    may_list(viewer(), Thing.LOT)
    listed = page(visible(viewer(), Lot), Lot.changed_at, Lot.id, api.query(ListQuery))
    counts = counts_of(listed.rows)
    records = [lot_record(lot, counts[lot.id]) for lot in listed.rows]
    return jsonify({"lots": records, "next": listed.next, "more": listed.more})


@routes.get("/lots/<uuid:lot_id>")
@api.token(*SENDING)
@api.described(answer=LotResponse)
def one_lot(lot_id: UUID) -> Response:
    """A lot with its bottles."""
    return jsonify(_whole(lot_of(lot_id, by=viewer())))


@routes.post("/lots")
@api.token(*SENDING)
@api.described(body=LotMessage, answer=LotResponse, statuses=(201,), problems=(409,))
def open_lot() -> tuple[Response, int]:
    """A new lot, by a filling station or a use unit."""
    message = api.body(LotMessage)
    with transaction():
        lot = packing.open_lot(message.lot_id, message.body_id, note=message.note, by=viewer())
        answer = _whole(lot)
    return jsonify(answer), 201


@routes.post("/lots/<uuid:lot_id>/bottles")
@api.token(*SENDING)
@api.described(body=BottleMessage, answer=LotBottleResponse, problems=(409,))
def pack(lot_id: UUID) -> Response:
    """A bottle goes into the lot; 422 says why one does not."""
    message = api.body(BottleMessage)
    with transaction():
        lot = lot_of(lot_id, by=viewer())
        row, is_new = packing.pack(lot, message.code, by=viewer(), key=message.scan_id)
        answer = _bottle(row, again=not is_new)
    return jsonify(answer)


@routes.put("/lots/<uuid:lot_id>/hand-over")
@api.token(*SENDING)
@api.described(body=HandOverMessage, answer=LotResponse, problems=(409,))
def hand_over(lot_id: UUID) -> Response:
    """The lot leaves: every bottle is applied for, by the token's person or whoever is on duty."""
    message = api.body(HandOverMessage)
    with transaction():
        answer = _whole(packing.hand_over(lot_of(lot_id, by=viewer()), message.carrier, by=viewer()))
    return jsonify(answer)


@routes.post("/lots/<uuid:lot_id>/arrivals")
@api.token(*INSPECTING)
@api.described(body=BottleMessage, answer=LotBottleResponse, problems=(409,))
def arrive(lot_id: UUID) -> Response:
    """A bottle came off the lorry at the inspection body; one that is not on the paper is kept as a
    difference."""
    message = api.body(BottleMessage)
    with transaction():
        lot = lot_of(lot_id, by=viewer())
        arrived = receiving.receive(lot, message.code, by=viewer(), key=message.scan_id)
        answer = _bottle(arrived.row, again=arrived.is_again)
    return jsonify(answer)


@routes.put("/lots/<uuid:lot_id>/receipt")
@api.token(*INSPECTING)
@api.described(body=ReceiptMessage, answer=LotResponse, problems=(409,))
def sign(lot_id: UUID) -> Response:
    """收检回执: what did not come is missing."""
    message = api.body(ReceiptMessage)
    with transaction():
        lot = lot_of(lot_id, by=viewer())
        if message.all is not None and lot.state is not LotState.RECEIVED:
            receiving.receive_all(lot, message.all, by=viewer())
        answer = _whole(receiving.sign_receipt(lot, message.note, by=viewer()))
    return jsonify(answer)


@routes.get("/scrap-reasons")
@api.token(*INSPECTING)
@api.described(answer=ScrapReasonsResponse)
def scrap_reasons() -> Response:
    """报废原因代码 by variety."""
    pack, language = rules(packing.CYLINDER), choose()
    varieties = {
        variety: [
            {
                "key": key,
                "code": value.table.text("code"),
                "text": value.table.text("en" if language == "en" else "zh"),
                "verified": value.confidence.verified,
            }
            for key, value in scrap_reasons_stated(pack, variety, clock.today()).items()
        ]
        for variety in (*map(str, Variety), "general")
    }
    return jsonify({"varieties": varieties})


@routes.post("/lots/<uuid:lot_id>/results")
@api.token(*INSPECTING)
@api.described(body=BenchMessage, answer=LotBottleResponse, problems=(409,))
def judge(lot_id: UUID) -> Response:
    """A verdict of the bench; until the bottle leaves the line another takes its place."""
    message = api.body(BenchMessage)
    with transaction():
        lot = lot_of(lot_id, by=viewer())
        before = bench.row_scanned(lot, message.code, by=viewer())
        row = bench.judge(lot, before.row_no, message.result(), by=viewer(), key=message.result_id)
        answer = _bottle(row, again=False)
    return jsonify(answer)


@routes.put("/lots/<uuid:lot_id>/pass-rest")
@api.token(*INSPECTING)
@api.described(body=PassRestMessage, answer=LotStepResponse, problems=(409,))
def pass_rest(lot_id: UUID) -> Response:
    """整批合格, but for what has a verdict; what cannot pass unseen is named. Sent again, `count` is no longer
    right: 409."""
    message = api.body(PassRestMessage)
    with transaction():
        lot = lot_of(lot_id, by=viewer())
        passed = bench.pass_rest(lot, message.count, by=viewer())
        problems = [(row.row_no, why) for row, why in passed.left]
        answer = _step(lot, passed.count, problems)
    return jsonify(answer)


@routes.put("/lots/<uuid:lot_id>/leave")
@api.token(*INSPECTING)
@api.described(body=LeaveMessage, answer=LotStepResponse, problems=(409,))
def leave(lot_id: UUID) -> Response:
    """出线: the results are recorded, ring and next day stand at once. Sent again, what has left stays as it
    is; with the number of the report that came later, every result has it."""
    message, who = api.body(LeaveMessage), viewer()
    report = LotReport(message.on, message.reviewed_by, message.report_no)
    with transaction():
        leaving.state_report(lot_of(lot_id, by=who), report, by=who)
    left = leaving.leave(lot_id, by=who, most=packing.MOST)
    if message.report_no:
        leaving.add_number(lot_id, message.report_no, by=who, most=packing.MOST)
    with transaction():
        answer = _step(lot_of(lot_id, by=who), left.count, left.problems)
    return jsonify(answer)


def _step(lot: Lot, count: int, problems: Sequence[tuple[int, Message | str]]) -> dict[str, object]:
    named = [{"row": number, "problem": translate(why)} for number, why in problems]
    return {**_whole(lot), "count": count, "problems": named}


def _whole(lot: Lot) -> dict[str, object]:
    session.flush()
    rows = [row_record(row) for row in session.scalars(rows_of(lot))]
    return {**lot_record(lot, counts_of([lot])[lot.id]), "rows": rows}


def _bottle(row: LotRow, *, again: bool) -> dict[str, object]:
    return {"lot_id": str(row.lot_id), "again": again, "bottle": row_record(row)}
