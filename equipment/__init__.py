"""The special equipment lifecycle tracker: `create_app()` puts the rooms together, in one explicit list."""
from __future__ import annotations

import logging
from typing import Any

import structlog
from apiflask import APIFlask
from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from equipment import web
from equipment.core.config import ROOT, Settings
from equipment.dues import actions as dues_actions
from equipment.dues import application_views
from equipment.dues import list_views as due_list_views
from equipment.dues import views as dues_views
from equipment.files import store
from equipment.files import views as file_views
from equipment.fills import api as fills_api
from equipment.fills import floor_views as fill_floor
from equipment.fills import views as fill_views
from equipment.hazards import actions as hazard_actions
from equipment.hazards import step_views as hazard_step_views
from equipment.hazards import views as hazard_views
from equipment.imports import file_views as import_file_views
from equipment.imports import views as import_views
from equipment.inspections import list_views as entering_views
from equipment.inspections import views as inspection_views
from equipment.labels import views as label_views
from equipment.ledger import views as ledger_views
from equipment.life import public_views, report_views
from equipment.life import views as life_views
from equipment.maintenance import api as maintenance_api
from equipment.maintenance import list_views as visit_list_views
from equipment.maintenance import record_views as visit_record_views
from equipment.maintenance import visit_views
from equipment.people import api as duty_api
from equipment.people import area_views, device_views, me_views, person_views, security, signing
from equipment.people import duty_views as floor
from equipment.people import hooks as people_hooks
from equipment.people import views as organisation_views
from equipment.register import hooks, renaming, ring
from equipment.register import views as register_views
from equipment.reminders import queries as reminder_queries
from equipment.reminders import views as reminder_views
from equipment.reports import month_views, year_views
from equipment.reports import views as rate_views
from equipment.rules import views as policy_views
from equipment.shell import cli, health, home, menu, tables
from equipment.shell.demo import views as demo_views
from equipment.storage import db
from equipment.tasks import views as task_views
from equipment.web import api, assets, jinja, language, limits
from equipment.web.pages import page_url

BLUEPRINTS: tuple[Any, ...] = (
    health.pages, home.pages, signing.pages, me_views.pages, floor.pages, organisation_views.pages, person_views.pages, device_views.pages,
    area_views.pages, policy_views.pages, file_views.pages, task_views.pages, ledger_views.pages, reminder_views.pages,
    register_views.pages, label_views.pages, import_views.pages, import_file_views.pages, life_views.pages, public_views.pages, report_views.pages,
    dues_views.pages, application_views.pages, due_list_views.pages, inspection_views.pages, entering_views.pages,
    hazard_views.pages, hazard_step_views.pages, fill_floor.pages, fill_views.pages, rate_views.pages, month_views.pages, year_views.pages,
    visit_views.pages, visit_record_views.pages, visit_list_views.pages,
)
API_BLUEPRINTS: tuple[Any, ...] = (duty_api.routes, fills_api.blueprint, maintenance_api.routes)

csrf = CSRFProtect()


def create_app(settings: Settings | None = None) -> Flask:
    """The web application on the database of `settings`; nothing is imported or connected before this is called."""
    settings = settings or Settings.from_environment()
    settings.folder.mkdir(parents=True, exist_ok=True)
    _log(settings)
    app = APIFlask(__name__, title="Special equipment lifecycle tracker", version="1", json_errors=False, docs_path=None,
                   spec_path="/api/v1/openapi.json", template_folder=str(ROOT / "templates"), static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=settings.upload_limit, WTF_CSRF_TIME_LIMIT=None, SETTINGS=settings, MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024)
    if int(settings.trusted_proxies):
        hops = int(settings.trusted_proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)
    db.connect(settings.url)
    store.connect(settings.folder)
    ring.connect(settings.folder)
    hooks.after_change(dues_actions.replan, hazard_actions.follow)
    hooks.after_entering(dues_actions.plan_pieces)
    people_hooks.after_rename(renaming.enqueue_reindex)
    tables.models()
    security.init_app(app, settings)
    language.init_app(app, settings)
    web.init_app(app)
    assets.init_app(app, settings)
    jinja.init_app(app, settings)
    csrf.init_app(app)
    limits.init_app(app, settings)
    app.extensions["menu"] = menu.menu
    app.extensions["api_problem"] = api.problem
    app.extensions["piece_of"] = home.piece_of
    app.extensions["unread"] = lambda: reminder_queries.unread_count(web.viewer())
    app.jinja_env.globals["page_url"] = page_url
    for blueprint in (*BLUEPRINTS, *([demo_views.pages] if settings.is_demo else [])):
        app.register_blueprint(blueprint)
    csrf.exempt(public_views.pages)  # no cookie, no token: its forms check where they come from
    for blueprint in API_BLUEPRINTS:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    web.public(app.view_functions["openapi.spec"])
    cli.init_app(app)
    return app


def _log(settings: Settings) -> None:
    logging.basicConfig(level=settings.log_level, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
    )
