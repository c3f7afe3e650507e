"""Scans and fills in the reader's language. Wordings of rules come from the pack, the particulars of this
cylinder from the catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.fills.acetylene import ACETYLENE
from equipment.fills.bundles import APART
from equipment.fills.models import Fill
from equipment.fills.queries import cylinders_of
from equipment.fills.reason_rules import OVERFILL, OVERPRESSURE
from equipment.fills.rules import REFILL, FillPack, ItemText
from equipment.fills.scan import MemberJson
from equipment.fills.states import FillState, Sanction
from equipment.fills.station import pack_of
from equipment.register.rules import EquipmentStatus, Outcome
from equipment.web.language import translate

Json = dict[str, object]


# By the parameter `why` of a reason.
WHY: Mapping[str, str] = {
    Outcome.UNKNOWN: N_("nothing on file under this code"),
    Outcome.VOID: N_("this label is void"),
    Outcome.BLANK: N_("this label is not bound to a cylinder yet"),
    Outcome.FORGED: N_("this code was not issued here; it may be forged"),
    Outcome.MISTYPED: N_("a character is wrong; scan or type it again"),
    Outcome.AMBIGUOUS: N_("several cylinders carry this number; scan the label"),
    "not_cylinder": N_("this label is not on a gas cylinder"),
    EquipmentStatus.NOT_YET: N_("not yet put into use"),
    EquipmentStatus.STOPPED: N_("out of use on file"),
    "unregistered": N_("no registration on file"),
    "unverified": N_("the record still has to be checked"),
    "open_elsewhere": N_("another station is filling it"),
    EquipmentStatus.MOVED_OUT: N_("moved out of this city"),
    EquipmentStatus.SCRAPPED: N_("scrapped on file"),
    EquipmentStatus.CANCELLED: N_("deregistered"),
    "inspection_failed": N_("failed its last inspection"),
    "no_day": N_("nobody knows when it was inspected: read the ring and record its month, then scan again"),
    "undecided": N_("filled although forbidden; the bureau has not decided yet"),
    "standing": N_("found earlier; treat it and check it again"),
    "other_gas": N_("on file: %(medium)s; asked for: %(gas)s"),
    Sanction.NO_LICENCE: N_("the station has no filling licence in force"),
    Sanction.NOT_COVERED: N_("the filling licence does not cover %(gas)s"),
    Sanction.NOBODY: N_("nobody is named as operator"),
    Sanction.UNKNOWN: N_("this card or certificate is not valid at this station"),
    Sanction.NO_CERTIFICATE: N_("the operator has no filling certificate in force"),
}
# By the code, where a day says it all.
BY_CODE: Mapping[str, str] = {
    "R07": N_("was due on %(day)s, %(days)d days ago"),
    "R08": N_("ended on %(day)s"),
    "R27": N_("last filled on %(day)s"),
}
IN_BUNDLE = N_("bundle %(bundle)s is being filled; it is filled with it")
BY_ITSELF = N_("being filled by itself: %(members)s")
OF_MEMBERS = N_("in the bundle: %(members)s")
REFILLED = N_("filled %(minutes)d min ago")
REFILLED_BECAUSE = N_("filled %(minutes)d min ago, again because: %(reason)s")
OVER_PRESSURE = N_("%(mpa)s MPa, at most %(most)s MPa at %(celsius)s °C: let down and read again")
OVER = N_("Overfilled: draw down and weigh again")
AFTER = N_("Failed after filling: %(item)s")


def particulars(code: str, params: Mapping[str, object]) -> Message | None:
    """What to add to the reason's own wording; None where that says it all."""
    if (why := str(params.get("why"))) in WHY:
        return Message(WHY[why], params)
    if code in BY_CODE and "day" in params:
        return Message(BY_CODE[code], params)
    if code == REFILL:
        return Message(REFILLED_BECAUSE if params.get("reason") else REFILLED, params)
    if code == APART and "bundle" in params:
        return Message(IN_BUNDLE, params)
    return Message("%(reason)s", params) if params.get("reason") else None


def reason_text(reason: Mapping[str, object], language: str, locale: str | None = None) -> str:
    """超期未检（应于 2025-12-31 前检验，已超 88 天）. Where there is no request, `locale` says whose language it is."""
    code, params = str(reason["code"]), cast("Mapping[str, object]", reason["params"])
    stated = pack_of(clock.today()).refusals[code].text.in_language(language)
    text = (
        translate(OVER, locale)
        if code == OVERFILL
        else translate(Message(OVER_PRESSURE, params), locale)
        if code == OVERPRESSURE and "most" in params
        else translate(Message(AFTER, {"item": stated}), locale)
        if code.startswith("Q")
        else stated
    )
    more = [particulars(code, params)]
    if "members" in params:
        more.append(Message(BY_ITSELF if code == APART else OF_MEMBERS, params))
    more_text = "；".join(translate(one, locale) for one in more if one is not None)
    if not more_text:
        return text
    return f"{text}（{more_text}）" if language.startswith("zh") else f"{text} ({more_text})"


def reason_response(reason: Mapping[str, object], language: str) -> Json:
    """A reason as a device hears of it."""
    return {
        "code": reason["code"],
        "text": reason_text(reason, language),
        "effect": reason["effect"],
        "citation": reason["citation"],
    }


def member_responses(members: Iterable[MemberJson], language: str) -> list[Json]:
    """The cylinders of a bundle as a device hears of them."""
    return [
        {**member, "reasons": [reason_response(reason, language) for reason in member["reasons"]]}
        for member in members
    ]


def item_texts(language: str, pack: FillPack) -> dict[str, ItemText]:
    """Every check item of the pack by its code."""
    return pack.item_texts["zh" if language.startswith("zh") else "en"]


def _limit(pack: FillPack, details: Mapping[str, object]) -> Json | None:
    build, _tare_g = pack.build_of(details)
    limit = build.make.pressure if build and build.make else None
    return limit.as_json() if limit else None


def _rest(since: datetime | None, rest: timedelta) -> str | None:
    return (since + rest).isoformat() if since else None


def fill_responses(fills: Sequence[Fill], language: str) -> list[Json]:
    """Fills as a device hears of them."""
    cylinders, pack = cylinders_of(fills), pack_of(clock.today())
    return [
        {
            "fill_id": str(fill.id),
            "state": str(fill.state),
            "state_text": translate(FillState(fill.state).label),
            "allowed": fill.allowed,
            "reasons": [reason_response(reason, language) for reason in fill.verdict],
            "gas": fill.gas,
            "bay": fill.bay,
            "code": cylinders[fill.equipment_id].label_code,
            "serial": cylinders[fill.equipment_id].serial,
            "own_number": cylinders[fill.equipment_id].own_number,
            "equipment_id": str(fill.equipment_id),
            "checked": bool(fill.checks),
            "weighed": pack.is_weighed(fill.gas),
            "model": cylinders[fill.equipment_id].details.get("model"),
            "working_pressure_kpa": cylinders[fill.equipment_id].details.get("working_pressure_kpa"),
            "tare_g": fill.tare_g,
            "max_gross_g": fill.max_gross_g,
            "gross_g": fill.gross_g,
            "net_g": fill.net_g,
            "pressure_kpa": fill.pressure_kpa,
            "temperature_dc": fill.temperature_dc,
            "residual_g": fill.residual_g,
            "recheck_g": fill.recheck_g,
            "max_pressure": _limit(pack, cylinders[fill.equipment_id].details),
            "rests_until": _rest(fill.resting_since, pack.acetylene_rest) if fill.result_at is None else None,
            "release_after": _rest(fill.filled_at, pack.acetylene_release) if fill.gas == ACETYLENE else None,
            "manifold_id": str(fill.manifold_id) if fill.manifold_id else None,
            "flags": list(fill.flags),
            "treatment": fill.treatment,
            "treatment_remark": fill.treatment_remark,
            "since": fill.received_at.isoformat(),
        }
        for fill in fills
    ]
