"""What templates may say: filters for dates, amounts and rates, labels of enums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from flask import Flask, g, request
from flask_babel import get_locale, gettext, ngettext
from markupsafe import Markup

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.verdict import Citation
from equipment.people.rules import PUBLIC, Action, Thing, Viewer, may
from equipment.web.language import translate

NOTHING = "—"


def day(value: date | None) -> str:
    return value.isoformat() if value else NOTHING


def when(value: datetime | None) -> str:
    """Site time to the minute."""
    return clock.site_time(value).strftime("%Y-%m-%d %H:%M") if value else NOTHING


def ago(value: date | None) -> str:
    """还有12天, 今天到期, 超期3天."""
    if value is None:
        return ""
    days = (value - clock.today()).days
    if days == 0:
        return gettext("due today")
    if days > 0:
        return ngettext("in %(num)d day", "in %(num)d days", days)
    return ngettext("%(num)d day overdue", "%(num)d days overdue", -days)


def kg(grams: int | None) -> str:
    return f"{grams / 1000:.2f} kg" if grams is not None else NOTHING


def mpa(kilopascals: int | None) -> str:
    return f"{kilopascals / 1000:.2f} MPa" if kilopascals is not None else NOTHING


def percent(share: float | None, digits: int = 2) -> str:
    return f"{share * 100:.{digits}f} %" if share is not None else NOTHING


def count(value: float | None) -> str:
    return f"{value:,}" if value is not None else NOTHING


def cited(value: Mapping[str, str] | Citation | None) -> Citation | None:
    """A citation from a citation or from its stored form."""
    return Citation.from_json(value) if isinstance(value, Mapping) else value


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=day,
        when=when,
        ago=ago,
        kg=kg,
        mpa=mpa,
        percent=percent,
        count=count,
        translate=translate,
        cited=cited,
    )
    app.jinja_env.globals.update(
        settings=settings, is_demo=settings.is_demo, today=clock.today, Markup=Markup
    )

    @app.context_processor
    def shell() -> dict[str, object]:
        who: Viewer = g.get("viewer") or PUBLIC
        return {
            "locale": str(get_locale() or "zh_Hans_CN"),
            "viewer": g.get("viewer"),
            "path": request.path,
            "may_pack": may(who, Action.CREATE, Thing.PACK),
        }
