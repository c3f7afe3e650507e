"""The special equipment lifecycle tracker: `create_app()` puts the slices together; equipment/slices.py lists
them."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

import structlog
from apiflask import APIFlask
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from equipment import web
from equipment.briefing.cards import beside_sources, card_sources
from equipment.briefing.progress import progress_sources
from equipment.core.config import ROOT, Settings
from equipment.dues.kinds import organisation_kinds, organisation_plans, slice_kinds, slice_plans
from equipment.life.timeline import moment_sources
from equipment.people import hooks as people_hooks
from equipment.people import security
from equipment.register import hooks as register_hooks
from equipment.reminders.queries import unread_count
from equipment.reminders.sources import duty_sources
from equipment.shell.demo import views as demo_views
from equipment.shell.menu import menu
from equipment.slices import SLICES
from equipment.storage import db, presence
from equipment.tasks.queries import more_troubles
from equipment.tasks.timetable import in_order_of_the_night, timetable
from equipment.uploads import chongqing_views
from equipment.web import api, assets, errors_api, jinja, language, limits, offline, sandboxes
from equipment.web.pages import page_url
from equipment.web.slices import Slice

csrf = CSRFProtect()


def create_app(settings: Settings | None = None, slices: Sequence[Slice] = SLICES) -> Flask:
    """The web application on the database of `settings`; nothing is imported or connected before this is
    called."""
    settings = settings or Settings.from_environment()
    os.umask(0o077)  # what this process writes is its user's alone
    settings.folder.mkdir(parents=True, exist_ok=True)
    _log(settings)
    presence.join(settings.folder)
    app = APIFlask(
        __name__,
        title="Special equipment lifecycle tracker",
        version="1",
        json_errors=False,
        docs_path=None,
        spec_path="/api/v1/openapi.json",
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    app.config.update(
        MAX_CONTENT_LENGTH=settings.upload_limit,
        WTF_CSRF_TIME_LIMIT=None,
        SETTINGS=settings,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
    )
    if int(settings.trusted_proxies):
        hops = int(settings.trusted_proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    db.connect(settings.url)
    _join(slices, settings)
    app.extensions["slices"] = tuple(slices)
    sandboxes.init_app(app)
    security.init_app(app, settings)
    language.init_app(app, settings)
    web.init_app(app)
    api.init_app(app)
    assets.init_app(app, settings)
    offline.init_app(app)
    jinja.init_app(app, settings)
    csrf.init_app(app)
    limits.init_app(app, settings)
    app.jinja_env.globals["page_url"] = page_url
    app.context_processor(lambda: {"menu": menu(), "unread": unread_count(web.viewer())})
    for slice_ in slices:
        for blueprint in (*slice_.pages, *slice_.tokenless, *slice_.api):
            app.register_blueprint(blueprint)
        for blueprint in (*slice_.tokenless, *slice_.api):
            csrf.exempt(blueprint)
        for command in slice_.commands:
            app.cli.add_command(command)
    app.register_blueprint(errors_api.routes)
    if settings.is_demo:
        app.register_blueprint(demo_views.pages)
    if settings.speaks_chongqing:
        app.register_blueprint(chongqing_views.routes)
        csrf.exempt(chongqing_views.routes)  # it takes no cookie
    web.public(app.view_functions["openapi.spec"])
    return app


def _join(slices: Sequence[Slice], settings: Settings) -> None:
    """Tell each slice what lies to its right: imports go left only."""
    for slice_ in slices:
        if slice_.connect:
            slice_.connect(settings)
        for answer, function in slice_.answers:
            answer.comes_from(function)
    register_hooks.changed.are(*(follow for slice_ in slices for follow in slice_.on_change))
    register_hooks.entered.are(*(follow for slice_ in slices for follow in slice_.on_entered))
    register_hooks.urgent.are(*(follow for slice_ in slices for follow in slice_.on_urgent))
    people_hooks.renamed.are(*(follow for slice_ in slices for follow in slice_.on_rename))
    people_hooks.told_to.are(*(follow for slice_ in slices for follow in slice_.on_account))
    slice_kinds.are(*(kinds for slice_ in slices for kinds in slice_.due_kinds))
    slice_plans.are(*(plan for slice_ in slices for plan in slice_.plans))
    organisation_kinds.are(*(kinds for slice_ in slices for kinds in slice_.organisation_kinds))
    organisation_plans.are(*(plan for slice_ in slices for plan in slice_.organisation_plans))
    moment_sources.are(*(source for slice_ in slices for source in slice_.moments))
    duty_sources.are(*(source for slice_ in slices for source in slice_.duties))
    more_troubles.are(*(look for slice_ in slices for look in slice_.troubles))
    card_sources.are(*(cards for slice_ in slices for cards in slice_.cards))
    beside_sources.are(*(cards for slice_ in slices for cards in slice_.beside))
    progress_sources.are(*(source for slice_ in slices for source in slice_.progress))
    timetable.are(*in_order_of_the_night(timed for slice_ in slices for timed in slice_.timed))


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
    )
