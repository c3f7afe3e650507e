"""GET /healthz: database, disk and jobs (last heartbeat), 200 or 503;
GET /metrics for Prometheus on loopback."""

from __future__ import annotations

import shutil

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from equipment import web
from equipment.storage.db import session
from equipment.tasks.queries import heartbeat, jobs_trouble

pages = Blueprint("health", __name__)

LEAST_FREE = 100 * 1024 * 1024
PASSED_ON = {"X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"}


@pages.get("/healthz")
@web.public
def healthz() -> tuple[Response, int]:
    """The state of each part; 503 when one is not well."""
    parts = {"database": _database(), "disk": _disk(), "jobs": _jobs()}
    well = all(part["ok"] for part in parts.values())
    return jsonify({"ok": well, **parts}), 200 if well else 503


@pages.get("/metrics")
@web.public
def metrics() -> Response:
    """Counters; for this machine only, not for those whose requests a proxy on it passes on."""
    if request.remote_addr not in ("127.0.0.1", "::1") or PASSED_ON & set(request.headers.keys()):
        abort(404)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> dict[str, object]:
    try:
        session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        return {"ok": False, "error": type(error).__name__}
    return {"ok": True}


def _disk() -> dict[str, object]:
    free = shutil.disk_usage(current_app.config["SETTINGS"].folder).free
    return {"ok": free >= LEAST_FREE, "free_mib": free // 2**20}


def _jobs() -> dict[str, object]:
    try:
        troubles, last = jobs_trouble(), heartbeat()
    except SQLAlchemyError as error:
        return {"ok": False, "error": type(error).__name__}
    return {
        "ok": not any(trouble.is_fault for trouble in troubles),
        "last": last.isoformat() if last else None,
        "troubles": [trouble.code for trouble in troubles],
    }
