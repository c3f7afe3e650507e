"""The sentences of a report, made from its frozen figures in the reader's language; page, PDF and workbook
say the same."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from equipment.core.fields import Fields
from equipment.reports.models import Figures, RateFigures
from equipment.reports.rules import LIMIT, Share, margin


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
    texts.append(
        gettext(
            "%(found)d hazards were found, %(closed)d closed; %(open)d are open at the end, "
            "%(late)d of them past their day.",
            found=moved["found"],
            closed=moved["closed"],
            open=moved["open"],
            late=moved["late"],
        )
    )
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


def _rate(rate: RateFigures, definition: Mapping[str, object], language: str) -> str:
    share = Share(rate["part"], rate["whole"])
    left = margin(share)
    text = gettext(
        "%(key)s %(name)s: %(rate)s (%(part)d of %(whole)d)",
        key=rate["key"],
        name=named(definition, "name", language),
        rate=per_cent(share),
        part=share.part,
        whole=share.whole,
    )
    if not share.whole:
        return str(text)
    limit = f"{LIMIT.share * 100:g} %"
    if left.over:
        return f"{text}; " + gettext("%(over)d above the line of %(line)s", over=left.over, line=limit)
    return f"{text}; " + gettext("%(left)d more reach the line of %(line)s", left=left.left, line=limit)
