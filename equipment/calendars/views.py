"""日历: the page of one's own address, the file to take along, and the feed that a calendar program reads
without signing in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import force_locale, get_locale, gettext

from equipment import web
from equipment.calendars.actions import close_feed, feed_for, feed_of, open_feed
from equipment.calendars.queries import days_of
from equipment.calendars.rules import calendar_text
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.people.queries import viewer_of
from equipment.people.rules import Viewer
from equipment.storage.db import transaction
from equipment.web.language import translate
from equipment.web.limits import limited

pages = Blueprint("calendars", __name__)
READ = "120 per hour"  # by one address; programs ask every few hours


def address() -> str:
    """Under which address people reach this server."""
    return (web.settings().public_url or request.url_root).rstrip("/")


def calendar(viewer: Viewer) -> Response:
    """The calendar of a person."""
    host = urlsplit(address()).hostname or "localhost"
    days = days_of(viewer, translate, address())
    text = calendar_text(days, name=gettext("Special equipment"), host=host, at=clock.now())
    answer = Response(text, mimetype="text/calendar")
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Disposition"] = 'attachment; filename="special-equipment.ics"'
    return answer


@pages.get("/calendar")
@web.signed_in
def index() -> web.Answer:
    who = web.viewer()
    days = days_of(who, translate, address())
    today = clock.today()
    return render_template(
        "calendars/index.html",
        feed=feed_of(who.user_id),
        days=[day for day in days if day.on >= today][:20],
        token="",
    )


@pages.post("/calendar/open")
@web.signed_in
def open_address() -> web.Answer:
    """A new address; its secret is shown on this page alone."""
    who = web.viewer()
    with transaction():
        token = open_feed(by=who)
    answer = make_response(
        render_template(
            "calendars/index.html",
            feed=feed_of(who.user_id),
            days=[],
            token=f"{address()}{url_for('calendars.feed', token=token)}",
        )
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.post("/calendar/close")
@web.signed_in
def close_address() -> web.Answer:
    with transaction():
        close_feed(by=web.viewer())
    flash(gettext("The address does not answer any more."), "success")
    return redirect(url_for("calendars.index"))


@pages.get("/calendar.ics")
@web.signed_in
def download() -> web.Answer:
    return calendar(web.viewer())


@pages.get("/calendar/<token>.ics")
@web.public
@limited(READ, "GET")
def feed(token: str) -> web.Answer:
    """No session: who has the secret reads, and it can be taken back."""
    opened = feed_for(token)
    if opened is None:
        raise NotFound
    _feed, user = opened
    with force_locale(str(user.locale or get_locale())):
        return calendar(viewer_of(user))
