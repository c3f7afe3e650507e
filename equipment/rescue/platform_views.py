"""The city's platform and the rescue stations (/rescue/platform)."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext
from sqlalchemy import func, select

from equipment import web
from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.people.rules import Action, Thing
from equipment.register.lists import area_names
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import code_digits
from equipment.rescue import platform as setting
from equipment.rescue.forms import PlatformForm, StationForm
from equipment.rescue.lift_codes import without_code
from equipment.rescue.platform import LIFT
from equipment.rescue.rules import spelt_phone
from equipment.rescue.views import may_allot
from equipment.storage.db import session, transaction
from equipment.web.forms import submitted
from equipment.web.pages import area_options

pages = Blueprint("rescue_platform", __name__)


@pages.get("/rescue/platform")
@web.allows(Action.APPROVE, Thing.RESCUE)
def index() -> web.Answer:
    return _page(_platform_form(is_sent=False), _station_form(is_sent=False))


@pages.post("/rescue/platform")
@web.allows(Action.APPROVE, Thing.RESCUE)
def set_platform() -> web.Answer:
    who, form = web.viewer(), _platform_form(is_sent=True)
    if submitted(form, lambda: setting.set_platform(form.draft(), by=who)) is not None:
        flash(gettext("The platform is set."), "success")
        return redirect(url_for("rescue_platform.index"))
    return _page(form, _station_form(is_sent=False)), form.http_status


@pages.post("/rescue/stations")
@web.allows(Action.APPROVE, Thing.RESCUE)
def add_station() -> web.Answer:
    who, form = web.viewer(), _station_form(is_sent=True)

    def add() -> object:
        return setting.add_station(
            form.area.data, form.name.data or "", form.phone.data or "", form.note.data or "", by=who
        )

    if submitted(form, add) is not None:
        flash(gettext("The rescue station is entered."), "success")
        return redirect(url_for("rescue_platform.index"))
    return _page(_platform_form(is_sent=False), form), form.http_status


@pages.post("/rescue/stations/<uuid:station_id>/end")
@web.allows(Action.APPROVE, Thing.RESCUE)
def end_station(station_id: UUID) -> web.Answer:
    try:
        with transaction():
            setting.end_station(station_id, by=web.viewer())
        flash(gettext("This station is called no more."), "success")
    except Invalid as refusal:
        flash(web.field_texts(refusal), "danger")
    return redirect(url_for("rescue_platform.index"))


def _platform_form(*, is_sent: bool) -> PlatformForm:
    """With what holds today, so that one value can be changed."""
    on = clock.today()
    form = PlatformForm() if is_sent else PlatformForm(formdata=None, from_on=on)
    form.digits.choices = [(str(number), str(number)) for number in setting.usual_digits(on)]
    if not is_sent and (now := setting.platform_of(web.viewer().area, on)):
        form.process(formdata=None, obj=now, from_on=on, phone=spelt_phone(now.phone), digits=str(now.digits))
    return form


def _station_form(*, is_sent: bool) -> StationForm:
    form = StationForm(prefix="station-") if is_sent else StationForm(formdata=None, prefix="station-")
    form.area.choices = area_options(web.viewer())
    return form


def _page(form: PlatformForm, station_form: StationForm) -> str:
    who, on = web.viewer(), clock.today()
    now = setting.platform_of(who.area, on)
    found = setting.stations(who)
    offers = may_allot(who)
    waiting = 0
    if now is not None and offers:
        lifts = without_code(who, now.area).order_by(None).subquery()
        waiting = session.scalar(select(func.count()).select_from(lifts)) or 0
    return render_template(
        "rescue/platform.html",
        form=form,
        station_form=station_form,
        now=now,
        spelt=spelt_phone,
        history=setting.history(who),
        stations=found,
        areas=area_names(station.area for station in found),
        may_set=setting.may_set(who),
        may_allot=offers,
        waiting=waiting,
        digits_rule=code_digits(rules(LIFT), on),
    )
