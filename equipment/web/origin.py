"""Where a form of a page without cookie and token came from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import Forbidden

from equipment.core.config import Settings


def must_come_from_here() -> None:
    """Instead of a token in a cookie: the browser says which page the form came from."""
    settings: Settings = current_app.config["SETTINGS"]
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    allowed = {request.host, urlsplit(settings.public_url).netloc}
    if urlsplit(origin).netloc not in allowed - {""}:
        raise Forbidden
