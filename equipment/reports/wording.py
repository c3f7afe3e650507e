"""The sentences of a report, made from its frozen figures in the reader's language; page, PDF and workbook
say the same."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from equipment.core.fields import Fields
from equipment.regulation.categories import category
from equipment.reports.models import Figures, Movement, RateFigures
from equipment.reports.rules import Share, room
from equipment.web.language import translate


def named(definition: Mapping[str, object], what: str, language: str) -> str:
    """`name` or `formula` of a stored definition."""
    return Fields(definition).text(f"{what}_{'en' if language.startswith('en') else 'zh'}")


def per_cent(share: Share) -> str:
    return "—" if share.rate is None else f"{share.rate * 100:.2f} %"


def place_of(figures: Figures, language: str) -> str:
    return str(figures["area_name_en" if language.startswith("en") else "area_name"])


def sentences(figures: Figures, language: str) -> list[str]:
    """What a reader in a hurry must know, one sentence per rate, then the hazards and the overdue."""
    headline = [rate for rate in figures["rates"] if rate["categories"] == figures["categories"]]
    texts = [_rate(rate, figures["definitions"][rate["key"]], language) for rate in headline]
    moved, late = figures["hazards"], figures["overdue"]
    split = gettext(", ").join(f"{name} {number}" for name, number in open_rows(moved))
    hazards = gettext(
        "%(found)d hazards were found, %(closed)d closed; %(open)d are open at the end%(split)s, "
        "%(late)d of them past their day.",
        found=moved["found"],
        closed=moved["closed"],
        open=moved["open"],
        split=gettext(" (%(rows)s)", rows=split) if split else "",
        late=moved["late"],
    )
    undecided = moved.get("undecided_late", 0)
    beside = gettext(" %(num)d findings undecided in time.", num=undecided) if undecided else ""
    texts.append(f"{hazards}{beside}")
    texts.append(
        gettext(
            "As of %(day)s, %(all)d pieces are overdue for inspection: "
            "%(applied)d applied for, %(not_applied)d not.",
            day=figures["as_of"],
            all=late["applied"] + late["not_applied"],
            applied=late["applied"],
            not_applied=late["not_applied"],
        )
    )
    return texts


def open_rows(moved: Movement) -> list[tuple[str, int]]:
    """(kind, hazards open at the end) as the rates are split: what is counted in sets, then the others."""
    by_kind = moved.get("open_by_kind", {})
    return [
        (gettext("headline") if key == "headline" else translate(category(key).label), number)
        for key, number in by_kind.items()
    ]


def _rate(rate: RateFigures, definition: Mapping[str, object], language: str) -> str:
    share = Share(rate["part"], rate["whole"])
    text = gettext(
        "%(key)s %(name)s: %(rate)s (%(part)d of %(whole)d)",
        key=rate["key"],
        name=named(definition, "name", language),
        rate=per_cent(share),
        part=share.part,
        whole=share.whole,
    )
    return f"{text}; {translate(room(share))}" if share.whole else str(text)
