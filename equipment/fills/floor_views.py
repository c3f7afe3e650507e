"""The pages at the scale: 扫码 with its tiles, 未完成 before 交班, 补录. Scanning itself goes through the API, with
the device's token."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale, gettext, ngettext
from werkzeug.wrappers import Response as BaseResponse

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import id_in, new_id
from equipment.core.words import N_, Message
from equipment.fills import actions
from equipment.fills.bay_views import bays_here, gases_here, lacking_bays, licensed_here
from equipment.fills.hooks import floor_notice
from equipment.fills.labelling import label_plan
from equipment.fills.late import PaperFill, enter_late
from equipment.fills.manifolds import running_here
from equipment.fills.overrides import open_codes
from equipment.fills.page_forms import SettleForm
from equipment.fills.queries import (
    codes,
    cylinders_of,
    fill,
    fillers_of,
    scales_of,
    standing_fills,
    today_of,
    witnesses,
)
from equipment.fills.reason_views import fill_responses, reason_text
from equipment.fills.rules import REFILL
from equipment.fills.states import FAULT_GROUPS, FAULTS, Fault, FillState, Pile, RecordFault, Treatment
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import MOST_G, MOST_KPA, NoReading, thousandths
from equipment.instruments.models import Instrument
from equipment.instruments.rules import InstrumentKind
from equipment.people.device_views import phone_token
from equipment.people.models import Organisation, User
from equipment.people.rules import Action, OrganisationKind, Thing, may
from equipment.register.codes import parse
from equipment.register.models import Equipment
from equipment.register.queries import resolve_own
from equipment.regulation.cylinder_numbers import unfinished_after
from equipment.regulation.gases import FillGroup
from equipment.storage.db import session, transaction
from equipment.web.offline import offline

pages = Blueprint("floor", __name__)

ROWS = 8
LONGEST_AMOUNT = 7  # characters: what is longer, typed where an amount goes, is a gun's
REFILL_REASONS = (
    N_("Too light, topped up"),
    N_("Emptied and brought back"),
    N_("Drawn down, filled again"),
    N_("The earlier fill was entered by mistake"),
)
OVERRIDE_REASONS = (
    N_("Compared with the file: it is this bottle"),
    N_("Medium confirmed, mark to be renewed"),
)
FAULT_ICONS = {
    Fault.VALVE: "tool",
    Fault.GUARD: "shield",
    Fault.BASE: "circle-dot",
    Fault.CAP: "shield",
    Fault.RINGS: "circle",
    Fault.PLUG: "temperature",
    Fault.DEFORMED: "bottle",
    Fault.CORRODED: "droplet",
    Fault.BURNT: "flame",
    Fault.NO_PRESSURE: "gauge",
    Fault.MARKS: "eye-off",
    Fault.COLOUR: "sun",
    Fault.OIL: "hand-stop",
}
TREATMENT_ICONS = {
    Treatment.INSPECT: "truck-delivery",
    Treatment.RETURN: "arrow-left",
    Treatment.ISOLATE: "ban",
    Treatment.SCRAP: "trash",
    Treatment.WRONG_FILE: "edit",
    Treatment.TREATED: "tools",
}


@pages.get("/floor")
@web.signed_in
def page() -> web.Answer:
    """扫码. A shared device needs somebody on duty; a signed-in person's own phone gets a token of its own
    here."""
    who = web.viewer()
    if who.organisation_kind is not OrganisationKind.STATION:
        raise NotAllowed(N_("Only a filling station records fills."))
    if who.device_id and who.user_id is None:
        return redirect(url_for("duty.page"))
    bays, licensed = bays_here(), licensed_here()
    page = render_template(
        "fills/floor.html",
        station=session.get_one(Organisation, who.organisation_id),
        counts=today_of(who),
        config=_config(bays, licensed),
        notice=floor_notice(who.organisation_id) if who.organisation_id else None,
        lacking=lacking_bays(bays, licensed, _language()),
        scale=InstrumentKind.SCALE,
        may_set_up=may(who, Action.CHANGE, Thing.ORGANISATION),
        is_shared=who.device_id is not None,
        on_duty=session.get_one(User, who.user_id).name if who.user_id else "",
        override_reasons=[gettext(reason) for reason in OVERRIDE_REASONS],
        refill_reasons=[gettext(reason) for reason in REFILL_REASONS],
        faults=fault_buttons(),
        record_faults=list(RecordFault),
        remark_length=actions.REMARK_LENGTH,
        witnesses=witnesses(who.organisation_id, who.user_id),
        treatments=treatment_buttons(),
        piles=list(Pile),
        may_enrol=may(who, Action.CREATE, Thing.DEVICE),
        may_bind=may(who, Action.CHANGE, Thing.LABEL),
    )
    return offline(page)


def fault_buttons() -> list[tuple[Fault, str, str, str, str]]:
    """What a person may see wrong: (fault, picture, item, reason, groups that have such a part)."""
    return [
        (fault, FAULT_ICONS[fault], *FAULTS[fault], " ".join(sorted(FAULT_GROUPS.get(fault, ()))))
        for fault in Fault
    ]


def treatment_buttons() -> list[tuple[Treatment, str]]:
    """What may be done with a refused bottle, each with its picture."""
    return [(treatment, TREATMENT_ICONS[treatment]) for treatment in Treatment]


def _config(scales: Sequence[Instrument], licensed: Sequence[str]) -> dict[str, object]:
    """What the script of the scan page must know besides: its bays with what stands on them."""
    who = web.viewer()
    running, plan = {manifold.bay: manifold for manifold in running_here(who)}, label_plan(who)
    bays: list[dict[str, object]] = [
        {"bay": bay.bay, "gas": bay.gas}
        | (
            {"manifold": _many_at(bay), "vehicle": _is_for_vehicles(bay), "running": bay.bay in running}
            if bay.kind == InstrumentKind.GAUGE
            else {}
        )
        for bay in scales
    ]
    single = [
        fill for fill in standing_fills(who) if fill.manifold_id is None or fill.state != FillState.OPEN
    ]
    pack = pack_of(clock.today())
    twice = any(pack.gases[bay.gas].group.value in pack.weighed_again for bay in scales)
    second = scales_of(who) if twice else []
    if not bays:
        bays = [{"bay": "", "gas": gas} for gas in licensed or gases_here()[:1]]
    return page_config() | {
        "bays": bays,
        "licensed": licensed,
        "scales": [{"number": scale.number, "name": scale.name, "bay": scale.bay} for scale in second],
        "open": fill_responses(single, _language()),
        "label": {"mode": plan.mode, "next": plan.next_number} if plan else None,
        "unfinished_minutes": unfinished_minutes(),
    }


def _many_at(bay: Instrument) -> str:
    """The page of a gauge's bay: of a vehicle, or of the bottles of a manifold."""
    page = "vehicles.floor" if _is_for_vehicles(bay) else "manifolds.floor"
    return url_for(page, bay=bay.bay, gas=bay.gas)


def _is_for_vehicles(bay: Instrument) -> bool:
    gas = pack_of(clock.today()).gases.get(bay.gas)
    return gas is not None and gas.group is FillGroup.VEHICLE


def unfinished_minutes() -> int:
    """After how long a bottle without a result is late."""
    pack = pack_of(clock.today())
    return unfinished_after(pack.rules, pack.on) // timedelta(minutes=1)


def page_config() -> dict[str, object]:
    """What every script of the floor must know: how each gas is measured, items by gas group, and what needs
    a second person."""
    stated, pack, language = codes(clock.today()), pack_of(clock.today()), _language()
    groups = {str(gas["group"]) for gas in stated["gases"]}
    person = web.viewer().user_id
    return {
        "person": str(person) if person else "",
        "longest_amount": LONGEST_AMOUNT,
        "refill": REFILL,
        "treated_by_two": sorted(pack.treated_by_two),
        "checked_by_another": sorted(pack.checked_by_another),
        "rechecked_by_another": sorted(pack.rechecked_by_another),
        "weighed_again": sorted(pack.weighed_again),
        "overridable": open_codes(),
        "scales": [],
        "most": {"kg": MOST_G // 1000, "MPa": MOST_KPA // 1000},
        "gases": {
            str(gas["code"]): {
                "name": gas[language],
                "group": gas["group"],
                "weighed": gas["weighed"],
                "pre": pack.asked_items(str(gas["code"])),
            }
            for gas in stated["gases"]
        },
        "post": {
            group: [
                item["code"] for item in stated["post_checks"] if group in cast("list[str]", item["groups"])
            ]
            for group in groups
        },
    }


def _language() -> str:
    return "zh" if str(get_locale() or "zh").startswith("zh") else "en"


@pages.post("/floor/phone")
@web.allows(Action.CREATE, Thing.FILL)
def phone() -> web.Answer:
    """A token for the phone of the person who is signed in, so that nothing depends on a session that
    ends."""
    return phone_token(gettext("Scanning phone"))


@pages.get("/floor/unfinished")
@web.allows(Action.SEE, Thing.FILL)
def unfinished() -> web.Answer:
    """Every bottle that is still open: to be settled before 交班."""
    fills = standing_fills(web.viewer())
    to_settle = [fill for fill in fills if fill.state == FillState.OPEN]
    return render_template(
        "fills/floor_unfinished.html",
        fills=fills,
        to_settle=to_settle,
        pieces=cylinders_of(fills),
        is_shared=web.viewer().device_id is not None,
    )


@pages.post("/floor/unfinished/<uuid:equipment_id>/<uuid:fill_id>")
@web.allows(Action.CHANGE, Thing.FILL)
def settle(equipment_id: UUID, fill_id: UUID) -> BaseResponse:
    with transaction():
        open_fill = fill(web.viewer(), equipment_id, fill_id)
        if open_fill.organisation_id != web.viewer().organisation_id:
            raise NotAllowed
        settle_fill = actions.void if SettleForm().how.data == "void" else actions.not_filled
        settle_fill(actions.by_itself(open_fill), by=web.viewer())
    return redirect(url_for("floor.unfinished"))


@pages.route("/floor/late", methods=["GET", "POST"])
@web.allows(Action.CREATE, Thing.FILL)
def late() -> web.Answer:
    """补录: the lines of a paper record; all of them or none."""
    rows = [_row(number) for number in range(ROWS)]
    errors: dict[int, str] = {}
    if request.method == "POST":
        filled = [(number, row) for number, row in enumerate(rows) if row["code"] or row["amount"]]
        forbidden: list[str] = []
        errors = _entered(filled, forbidden) if filled else {0: gettext("Fill in at least one line.")}
        if not errors:
            flash(ngettext("%(num)d line entered.", "%(num)d lines entered.", len(filled)), "success")
            for bottle in forbidden:
                flash(gettext("It should not have been filled: %(bottle)s", bottle=bottle), "error")
            return redirect(url_for("floor.late"))
    people = fillers_of(web.viewer())
    own = next((number for user_id, _name, number in people if user_id == web.viewer().user_id), "")
    page = render_template(
        "fills/floor_late.html",
        rows=rows,
        errors=errors,
        gases=gases_here(),
        people=people,
        own=own,
        today=clock.today(),
    )
    return page, 422 if errors else 200


def _row(number: int) -> dict[str, str]:
    names = ("id", "code", "gas", "day", "time", "amount", "operator")
    typed = {name: request.form.get(f"{name}-{number}", "").strip() for name in names}
    return typed if id_in(typed["id"]) else {**typed, "id": str(new_id())}


def _entered(rows: Sequence[tuple[int, dict[str, str]]], forbidden: list[str]) -> dict[int, str]:
    """Enter all lines, or none and say what is wrong with which; `forbidden` hears which bottles the rules
    forbade to fill, and why."""
    errors: dict[int, str] = {}
    with transaction():
        for number, row in rows:
            try:
                with session.begin_nested():
                    fill = enter_late(_paper(row), by=web.viewer())
                    if not fill.allowed:
                        texts = [reason_text(reason, "zh") for reason in fill.verdict]
                        forbidden.append("，".join([row["code"], *texts]))
            except Invalid as error:
                errors[number] = web.field_texts(error)
        if errors:
            session.rollback()
    return errors


def _paper(row: dict[str, str]) -> PaperFill:
    resolved = resolve_own(web.viewer(), parse(row["code"]))
    piece = session.get(Equipment, resolved.equipment_id) if resolved.equipment_id else None
    if piece is None:
        raise Invalid({"code": Message(resolved.outcome.label)})
    is_weighed = pack_of(clock.today()).is_weighed(row["gas"])
    try:
        at = datetime.fromisoformat(f"{row['day']}T{row['time']}").replace(tzinfo=clock.SITE)
    except ValueError as error:
        raise Invalid({"happened_at": N_("Enter day, time and the number on the scale or gauge.")}) from error
    try:
        amount = thousandths(row["amount"], MOST_G if is_weighed else MOST_KPA)
    except NoReading as error:
        raise Invalid({"amount": error.message}) from error
    people = {user_id for user_id, _name, _number in fillers_of(web.viewer())}
    if not row["operator"] and people and web.viewer().user_id not in people:
        raise Invalid({"operator": N_("Choose who filled it.")})
    return PaperFill(
        id=id_in(row["id"]),
        piece=piece,
        gas=row["gas"],
        happened_at=at,
        gross_g=amount if is_weighed else None,
        pressure_kpa=None if is_weighed else amount,
        operator=row["operator"],
    )
