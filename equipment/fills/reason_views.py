"""The stored answer of a scan in the reader's language. Wordings of rules come from the pack, particulars from the catalogues."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext

from equipment.core import clock
from equipment.core.text import Text
from equipment.fills.models import Fill
from equipment.fills.queries import pieces_of
from equipment.fills.rules import OVERFILL
from equipment.fills.states import FillState
from equipment.fills.station import sheet_of
from equipment.fills.text import AFTER, OVER, particulars
from equipment.regulation.packs import Regulation

_items: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}


def reason_text(reason: Mapping[str, Any], language: str) -> str:
    """超期未检（应于 2025-12-31 前检验，已超 88 天）."""
    code, params = reason["code"], reason["params"]
    stated = sheet_of(clock.today()).refusals[code].text.in_language(language)
    text = gettext(OVER) if code == OVERFILL else gettext(AFTER, item=stated) if code.startswith("Q") else stated
    more = particulars(code, params)
    if more is None:
        return text
    said = gettext(more.msgid, **more.params)
    return f"{text}（{said}）" if language.startswith("zh") else f"{text} ({said})"


def told(answer: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the device hears: {fill_id, allowed, reasons, checks, equipment, flags}."""
    return {
        "fill_id": answer["fill_id"], "allowed": answer["allowed"],
        "reasons": [{"code": reason["code"], "text": reason_text(reason, language), "effect": reason["effect"], "citation": reason["citation"]}
                    for reason in answer["reasons"]],
        "checks": checks_told(answer["items"], answer["given"], language), "equipment": answer["equipment"], "flags": answer["flags"],
    }


def checks_told(items: list[str], given: Mapping[str, bool], language: str) -> list[dict[str, Any]]:
    """The check items of the gas group, each with its answer where one was given (`ok`: true, false or null)."""
    stated = item_texts(sheet_of(clock.today()).rules, language)
    return [{**stated[code], "ok": given.get(code)} if code in given else stated[code] for code in items]


def item_texts(rules: Regulation, language: str) -> dict[str, dict[str, Any]]:
    """Every check item of the pack by its code, worded once per language."""
    key = (rules.digest, language)
    if key not in _items:
        day = clock.today()
        _items[key] = {
            code: {"code": code, "text": Text.from_toml(value.table).in_language(language), "asked": value.table.get("asked", True), "ok": None}
            for section in ("pre_fill", "post_fill") for code, value in rules.under(section, day).items()
        }
    return _items[key]


def fill_told(fills: Sequence[Fill], language: str) -> list[dict[str, Any]]:
    """Fills as a device hears of them."""
    pieces = pieces_of(fills)
    return [{
        "fill_id": str(fill.id), "state": str(fill.state), "state_text": gettext(FillState(fill.state).label), "allowed": fill.allowed,
        "reasons": [{"code": reason["code"], "text": reason_text(reason, language), "effect": reason["effect"], "citation": reason["citation"]} for reason in fill.verdict],
        "gas": fill.gas, "bay": fill.bay, "code": pieces[fill.equipment_id].label_code, "serial": pieces[fill.equipment_id].serial,
        "equipment_id": str(fill.equipment_id), "checked": bool(fill.checks), "weighed": is_weighed(fill.gas),
        "tare_g": fill.tare_g, "max_gross_g": fill.max_gross_g, "gross_g": fill.gross_g, "net_g": fill.net_g, "pressure_kpa": fill.pressure_kpa,
        "flags": list(fill.flags), "treatment": fill.treatment, "since": fill.received_at.isoformat(),
    } for fill in fills]


def is_weighed(gas: str) -> bool:
    """Whether this gas is filled by weight."""
    return sheet_of(clock.today()).weighed(gas)
