"""充装 over HTTP: what a floor page, a scale, a gun or a controller says. A refusal is an answer, never an
error.

The hot route parses its body once with pydantic and leaves everything else to one shared commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import cast
from uuid import UUID

import orjson
from flask import Response, g, request

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import id_in
from equipment.core.verdict import Verdict
from equipment.core.words import N_, Message
from equipment.fills import actions, deliveries, manifolds
from equipment.fills.acetylene import AcetyleneStep, end_step
from equipment.fills.bundle_fills import record_with_members
from equipment.fills.checks import only_known_items
from equipment.fills.forms import (
    NOT_CONTENT,
    BayMessage,
    ChecksMessage,
    CodesResponse,
    DeliveryEndMessage,
    DeliveryMessage,
    DeliveryResponse,
    FillResponse,
    FillsQuery,
    FillsResponse,
    LabelMessage,
    LabelResponse,
    LookMessage,
    OpenFillsResponse,
    PhotoForm,
    PhotoResponse,
    PingResponse,
    ResultMessage,
    ScanMessage,
    ScanResponse,
    StepMessage,
    TreatmentMessage,
    VoidMessage,
    photo_of_request,
)
from equipment.fills.label_rules import following
from equipment.fills.labelling import stick
from equipment.fills.models import Delivery, Fill
from equipment.fills.overrides import open_codes
from equipment.fills.people_views import person_shown, result_shown
from equipment.fills.queries import codes, fills_on, finished_fills, standing_fills, today_of
from equipment.fills.reason_rules import asks_for_ring, takes_label
from equipment.fills.reason_views import fill_responses, member_responses, reason_response
from equipment.fills.record import ScanReceipt, prepare_scans
from equipment.fills.scan import IncomingScan, incoming_scan
from equipment.fills.states import Treatment
from equipment.fills.station import pack_of
from equipment.intake.actions import conflict
from equipment.people.duty_views import confirm_by_second
from equipment.people.rules import DeviceKind, OrganisationKind, Thing, Viewer
from equipment.storage.commits import SharedCommit
from equipment.storage.db import session, transaction
from equipment.web import api, public, viewer
from equipment.web.cursors import may_list, page
from equipment.web.language import accepted, choose
from equipment.web.problems import ProblemCode

blueprint = api.blueprint("fills_api", __name__)
FILLING = (DeviceKind.FLOOR, DeviceKind.CONTROLLER, DeviceKind.PHONE, DeviceKind.UPLOAD)
CHUNK = 200  # records in one transaction, so that scans at the scale never wait long for a batch

BY_LIST = "by_list"
UNKNOWN_FILL = N_("No such fill here: send the scan first, then the result again.")

blueprint.register_error_handler(
    actions.UnknownFill, lambda _error: api.problem(ProblemCode.UNKNOWN_FILL, UNKNOWN_FILL)
)
share: SharedCommit[IncomingScan, ScanReceipt] = SharedCommit(prepare_scans)


@blueprint.get("/ping")
@public
@api.described(answer=PingResponse)
def ping() -> Response:
    """A route that does nothing: the reference of the benchmarks."""
    return json_response({"ok": True})


@blueprint.get("/codes")
@public
@api.described(answer=CodesResponse, statuses=(200, 304), tagged=True)
def all_codes() -> Response:
    """Gas codes, refusal reasons and check items, in Chinese and English. Ask with `If-None-Match`: they
    change with the rules only."""
    today = clock.today()
    pack = pack_of(today).rules
    two = sorted(pack_of(today).treated_by_two)
    response = json_response(
        {
            "pack": pack.pack,
            "digest": pack.digest,
            **codes(today),
            "treated_by_two": two,
            "overridable": open_codes(),
        }
    )
    response.set_etag(sha256(response.get_data()).hexdigest()[:32])
    response.cache_control.no_cache = True
    return cast(Response, response.make_conditional(request))


@blueprint.post("/fills")
@api.token(*FILLING)
@api.described(body=ScanMessage, answer=ScanResponse, statuses=(201, 200), problems=(409,))
def scan() -> Response:
    """A code was scanned to be filled: the verdict, recorded. 201 for a new scan, 200 for the same one
    again."""
    return _answer(incoming(api.body(ScanMessage)))


@blueprint.post("/scans")
@api.token(*FILLING)
@api.described(body=LookMessage, answer=ScanResponse, statuses=(201, 200), problems=(409,))
def look() -> Response:
    """收瓶 and looking up: judged and recorded, nothing is opened."""
    return _answer(incoming(api.body(LookMessage)))


@blueprint.post("/deliveries")
@api.token(*FILLING)
@api.described(body=DeliveryMessage, answer=DeliveryResponse, statuses=(201,), problems=(409,))
def begin_delivery() -> Response:
    """收瓶 begins; the scans that follow name it."""
    message = api.body(DeliveryMessage)
    with transaction():
        delivery = deliveries.open_delivery(message.delivery_id, message.happened_at, by=viewer())
        response = _delivery(delivery)
    return json_response(response, 201)


@blueprint.put("/deliveries/<uuid:delivery_id>")
@api.token(*FILLING)
@api.described(body=DeliveryEndMessage, answer=DeliveryResponse, problems=(409,))
def end_delivery(delivery_id: UUID) -> Response:
    """收瓶 is over: whose bottles they were."""
    message = api.body(DeliveryEndMessage)
    with transaction():
        delivery = deliveries.delivery_of(delivery_id, by=viewer())
        response = _delivery(deliveries.close_delivery(delivery, message.from_whom, by=viewer()))
    return json_response(response)


@blueprint.get("/deliveries/open")
@api.token(*FILLING)
@api.described(answer=DeliveryResponse)
def delivery_now() -> Response:
    """What is being unloaded at this device, counted; every field empty where nothing is."""
    return json_response(_delivery(deliveries.delivery_at(g.device.id)))


def _delivery(delivery: Delivery | None) -> dict[str, object]:
    if delivery is None:
        return {"delivery_id": None, "from_whom": "", "opened_at": None, "closed_at": None, "counts": {}}
    return {
        "delivery_id": str(delivery.id),
        "from_whom": delivery.from_whom,
        "opened_at": delivery.opened_at.isoformat(),
        "closed_at": delivery.closed_at.isoformat() if delivery.closed_at else None,
        "counts": deliveries.counts_of([delivery.id])[delivery.id],
    }


@blueprint.get("/fills")
@api.token(*FILLING)
@api.described(query=FillsQuery, answer=FillsResponse)
def list_fills() -> Response:
    """The fills of a day (`on`, today without it) at this station, 200 at a time: go on with `after` until
    `next` is null. Or, with `since` or `cursor`, the finished fills that this organisation may see, in the
    order in which they ended: go on with `cursor` for ever. A fill that changes after its end comes again, a
    correction comes as a record of its own."""
    query = api.query(FillsQuery)
    if query.cursor or query.since:
        if query.on or query.after:
            raise Invalid({"on" if query.on else "after": N_("Either a day, or since when.")})
        may_list(viewer(), Thing.FILL)
        ended = page(finished_fills(viewer()), Fill.closed_at, Fill.id, query)
        return json_response({"fills": _listed(ended.rows), "next": ended.next, "more": ended.more})
    on, after = day_in(query.on), id_in(query.after)
    if (query.on and on is None) or (query.after and after is None):
        raise Invalid({"on" if query.on and on is None else "after": N_("This cannot be read.")})
    fills = fills_on(viewer(), on or clock.today(), after, query.limit)
    more = len(fills) == query.limit
    return json_response({"fills": _listed(fills), "next": str(fills[-1].id) if more else None, "more": more})


def _listed(fills: Sequence[Fill]) -> list[dict[str, object]]:
    return [
        {
            **response,
            "organisation_id": str(fill.organisation_id),
            "happened_at": fill.happened_at.isoformat(),
            "received_at": fill.received_at.isoformat(),
            "filled_at": fill.filled_at.isoformat() if fill.filled_at else None,
            "closed_at": fill.closed_at.isoformat() if fill.closed_at else None,
            "late_entry": fill.late_entry,
            "supersedes": str(fill.supersedes_id) if fill.supersedes_id else None,
            "superseded": fill.superseded,
        }
        for fill, response in zip(fills, fill_responses(fills, choose()), strict=True)
    ]


@blueprint.get("/fills/open")
@api.token(*FILLING)
@api.described(answer=OpenFillsResponse)
def open_now() -> Response:
    """The bottles on the scales now and the counts of the day."""
    fills = standing_fills(viewer())
    return json_response({"fills": fill_responses(fills, choose()), "counts": today_of(viewer())})


@blueprint.put("/fills/<uuid:fill_id>/checks")
@api.token(*FILLING)
@api.described(body=ChecksMessage, answer=FillResponse, problems=(409,))
def checks(fill_id: UUID) -> Response:
    """充装前检查 of an open fill; a failed item refuses it."""
    message = api.body(ChecksMessage)
    checker = person_shown(message.checker, "checker", queued=message.queued)
    with transaction():
        fill = actions.fill_of(fill_id, by=viewer())
        fill = actions.answer_checks(
            fill, message.checks, by=viewer(), checker=checker, queued=message.queued
        )
    return _fill(fill)


@blueprint.put("/fills/<uuid:fill_id>/bay")
@api.token(*FILLING)
@api.described(body=BayMessage, answer=FillResponse, problems=(409,))
def put_on_scale(fill_id: UUID) -> Response:
    """The bottle stands on another scale than its scan said; 409 once the fill has ended."""
    message = api.body(BayMessage)
    with transaction():
        fill = actions.by_itself(actions.fill_of(fill_id, by=viewer()))
        fill = actions.put_on_scale(fill, message.bay.strip(), by=viewer())
    return _fill(fill)


@blueprint.put("/fills/<uuid:fill_id>/label")
@api.token(*FILLING)
@api.described(body=LabelMessage, answer=LabelResponse, problems=(409, 422))
def put_label(fill_id: UUID) -> Response:
    """A preprinted fill label (合格证) is on the bottle. Another number takes the place of the first; 409 for a
    number that another bottle has, and for a bottle that is not filled."""
    message = api.body(LabelMessage)
    with transaction():
        label = stick(actions.fill_of(fill_id, by=viewer()), message.number, by=viewer())
        stands = {"fill_id": str(label.fill_id), "number": label.number}
    return json_response({**stands, "next_number": following(stands["number"])})


@blueprint.put("/fills/<uuid:fill_id>/result")
@api.token(*FILLING)
@api.described(body=ResultMessage, answer=FillResponse, problems=(409,))
def result(fill_id: UUID) -> Response:
    """What came out: weights or pressure and 充装后检查. The scan goes first: a result without one is 404, send
    both again."""
    message = api.body(ResultMessage)
    result = result_shown(message)
    with transaction():
        fill = actions.by_itself(actions.fill_of(fill_id, by=viewer()))
        fill = record_with_members(fill, result, by=viewer(), device=g.device)
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/steps")
@api.token(*FILLING)
@api.described(body=StepMessage, answer=FillResponse, problems=(409,))
def step(fill_id: UUID) -> Response:
    """溶解乙炔: a step is over and the bottle rests with closed valve; its last step ends with the result."""
    message = api.body(StepMessage)
    shown = AcetyleneStep(
        message.step_id, message.happened_at, message.gross_g, message.pressure_kpa, message.solvent_g
    )
    with transaction():
        fill = end_step(actions.fill_of(fill_id, by=viewer()), shown, by=viewer())
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/void")
@api.token(*FILLING)
@api.described(body=VoidMessage, answer=FillResponse, problems=(409,))
def void(fill_id: UUID) -> Response:
    """误扫: possible until a result is entered."""
    api.body(VoidMessage)
    with transaction():
        fill = actions.fill_of(fill_id, by=viewer())
        fill = actions.void(actions.by_itself(fill) if fill.started_at else fill, by=viewer())
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/treatment")
@api.token(*FILLING)
@api.described(body=TreatmentMessage, answer=FillResponse, problems=(409,))
def treatment(fill_id: UUID) -> Response:
    """What was done with a refused bottle, or that an open fill came to nothing."""
    message, who = api.body(TreatmentMessage), viewer()
    second = None
    if message.second is not None and who.organisation_id is not None:
        shown, station = message.second, who.organisation_id
        second = confirm_by_second(shown, first=who.user_id, organisation_id=station).id
    with transaction():
        fill = actions.fill_of(fill_id, by=who)
        if isinstance(message.treatment, Treatment):
            remark = message.remark or ""
            fill = actions.treat(fill, message.treatment, by=who, remark=remark, second=second)
        else:
            fill = actions.not_filled(actions.by_itself(fill), by=who)
    return _fill(fill)


@blueprint.post("/fills/<uuid:fill_id>/photos")
@api.token(*FILLING)
@api.described(form=PhotoForm, answer=PhotoResponse, statuses=(201,))
def photograph(fill_id: UUID) -> Response:
    """信息有误: a photo of stamp and ring as multipart field `photo`; the same one again is the one that is
    there."""
    photo = photo_of_request()
    with transaction():
        attachment = actions.add_photo(actions.fill_of(fill_id, by=viewer()), photo, by=viewer())
    return json_response({"photo_id": str(attachment.id)}, 201)


def incoming(message: ScanMessage | LookMessage) -> IncomingScan:
    """Only filling stations fill; gas and check items must be ones the rule pack knows."""
    by: Viewer = g.viewer
    if by.organisation_kind != OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    bay = message.bay or ""
    if message.manifold_id is not None:
        bay = manifolds.bay_of(message.manifold_id, message.gas or "", by=by)
    scan = incoming_scan(
        message.scan_id,
        message.code,
        gas=message.gas or "",
        happened_at=message.happened_at,
        queued=message.queued,
        by=by,
        device=g.device,
        content=message.model_dump_json(exclude=NOT_CONTENT),
        purpose=message.purpose,
        bay=bay,
        operator=message.operator or "",
        checks=message.checks,
        delivery_id=message.delivery_id,
        reason=message.reason or "",
        checker=message.checker or "",
        manifold_id=message.manifold_id,
    )
    pack = scan.days[-1].pack
    if scan.gas and scan.gas not in pack.gases:
        raise Invalid(
            {
                "gas": Message(
                    N_("No such gas code: %(gas)s. GET /api/v1/codes lists them."), {"gas": scan.gas}
                )
            }
        )
    if scan.checks:
        only_known_items(pack, scan.checks)
    if message.passed is not None:
        scan = scan._replace(arrived=scan.arrived._replace(flags=(*scan.arrived.flags, BY_LIST)))
    return scan


def _answer(scan: IncomingScan) -> Response:
    """Record one scan together with whoever else stands in line, and say what came of it in the caller's
    language; of the check items, `ok` where one was answered. Whether the ring is the way out is said for
    bottles whose page the station may open: they come with their id."""
    receipt = share(scan)
    if (answer := receipt.answer) is None:
        raise conflict(receipt.conflict)
    language = accepted(request.headers.get("Accept-Language", ""))
    texts, marks = scan.days[-1].pack.item_texts["en" if language == "en" else "zh"], answer["given"]
    checks = [
        {**texts[code], "ok": marks[code]} if code in marks else texts[code] for code in answer["items"]
    ]
    reasons, ring, takes = [], False, True
    if answer["reasons"]:
        reasons = [reason_response(reason, language) for reason in answer["reasons"]]
        is_own = answer["equipment"] is not None and "id" in answer["equipment"]
        verdict = Verdict.from_json(answer["reasons"])
        ring, takes = is_own and asks_for_ring(verdict.reasons), takes_label(verdict.reasons)
    response = {
        "fill_id": answer["fill_id"],
        "allowed": answer["allowed"],
        "reasons": reasons,
        "checks": checks,
        "equipment": answer["equipment"],
        "flags": answer["flags"],
        "asks_for_ring": ring,
        "takes_label": takes,
        "members": member_responses(answer["members"], language) if "members" in answer else [],
    }
    return Response(orjson.dumps(response), 200 if receipt.replay else 201, mimetype="application/json")


def _fill(fill: Fill) -> Response:
    session.expunge(fill)
    return json_response(fill_responses([fill], choose())[0])


def json_response(content: Mapping[str, object], status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, mimetype="application/json")
