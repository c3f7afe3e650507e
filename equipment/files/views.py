"""Handing out documents and photos: through scope, with headers that let a browser do
nothing but show them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, send_file

from equipment import web
from equipment.core.errors import NotFound
from equipment.files import store
from equipment.files.content import DOCUMENTS
from equipment.files.queries import attachment
from equipment.people.rules import Action, Thing

pages = Blueprint("files", __name__)


def handed_out(sha256: str, media_type: str, name: str) -> Response:
    """A stored content as a response; what a browser cannot be trusted to show is downloaded."""
    path = store.path_of(sha256)
    if not path.is_file():
        raise NotFound
    shown = media_type in DOCUMENTS
    response = send_file(
        path,
        mimetype=media_type,
        as_attachment=not shown,
        download_name=name,
        etag=sha256,
        max_age=0,
        conditional=True,
    )
    response.headers["Cache-Control"] = "private, no-store"  # computers of an office are shared
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@pages.get("/files/<uuid:equipment_id>/<uuid:attachment_id>")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def read(equipment_id: UUID, attachment_id: UUID) -> Response:
    document = attachment(web.viewer(), equipment_id, attachment_id)
    if document is None:
        raise NotFound
    return handed_out(document.sha256, document.media_type, document.name)
