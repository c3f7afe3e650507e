"""`/seals`: the nightly seals for anybody, so that whoever was handed one can compare it with what stands
here."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, render_template
from sqlalchemy import select

from equipment import web
from equipment.core.config import ROOT
from equipment.core.errors import NotFound
from equipment.ledger.models import Seal
from equipment.ledger.seals import files, stamp_of
from equipment.storage.db import session

pages = Blueprint("seals", __name__)
SCRIPT = ROOT / "docs" / "verify_pack.py"
SHOWN = 400  # a year and a month


@pages.get("/seals")
@web.public
def index() -> web.Answer:
    newest = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(SHOWN)).all()
    stamped = {number for number, path in files(web.settings().folder).items() if stamp_of(path).exists()}
    return render_template("ledger/seals.html", seals=newest, stamped=stamped)


@pages.get("/seals/verify_pack.py")
@web.public
def script() -> Response:
    """The stand-alone script that checks evidence packs."""
    return _file(SCRIPT, "text/x-python")


@pages.get("/seals/<int:number>.json")
@web.public
def one(number: int) -> Response:
    """The seal as it was written: its root, its digest, the digest before."""
    return _file(files(web.settings().folder).get(number), "application/json")


@pages.get("/seals/<int:number>.tsr")
@web.public
def stamp(number: int) -> Response:
    """Its outside timestamp."""
    path = files(web.settings().folder).get(number)
    return _file(stamp_of(path) if path else None, "application/timestamp-reply")


def _file(path: Path | None, media_type: str) -> Response:
    if path is None or not path.exists():
        raise NotFound
    name = {"Content-Disposition": f"attachment; filename={path.name}"}
    return Response(path.read_bytes(), mimetype=media_type, headers=name)
