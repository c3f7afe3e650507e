"""The office of the leading maintenance firm: a visit opened at the wrong lift is void, use units were
asked to
sign, a yearly visit has its photos and a signature drawn on site."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from PIL import Image, ImageDraw
from sqlalchemy import Select

from equipment.core import clock
from equipment.files.actions import StoredDocument, take
from equipment.files.content import IMAGES
from equipment.maintenance.models import Visit
from equipment.maintenance.photos import add_photo
from equipment.maintenance.queries import items_of
from equipment.maintenance.reminding import ask_to_sign
from equipment.maintenance.signatures import Signature, sign, signers_of
from equipment.maintenance.states import SignatureKind, VisitState
from equipment.maintenance.voiding import take_back
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.shell.demo.city import City, Unit
from equipment.storage.db import session, transaction

PHOTOS = 6
ASKED_BEFORE, ASKED_TODAY = 4, 2  # visits of the unit that is always late


def office_of_the_firm(city: City) -> None:
    firm, late = city.of(OrganisationKind.FIRM)[0], city.of(OrganisationKind.USE_UNIT)[0]
    with transaction():
        _void_the_mistake(firm)
        _ask(firm, late)
        _with_photos(firm, late)


def _visits(firm: Unit, state: VisitState) -> Select[Visit]:
    return (
        visible(SYSTEM, Visit)
        .where(Visit.organisation_id == firm.id, Visit.state == state)
        .order_by(Visit.opened_at, Visit.id)
    )


def _viewer(user_id: UUID | str) -> Viewer:
    return viewer_of(session.get_one(User, user_id if isinstance(user_id, UUID) else UUID(user_id)))


def _void_the_mistake(firm: Unit) -> None:
    """The newest of those at work stands at the wrong lift."""
    newest = session.scalars(_visits(firm, VisitState.OPEN)).all()[-1]
    take_back(newest, "走错单元，应在2单元作业，已到正确电梯重新签到", by=_viewer(newest.technicians[0]))


def _ask(firm: Unit, late: Unit) -> None:
    boss = _viewer(firm.one(Role.FIRM_MANAGER)["id"])
    waiting = session.scalars(_visits(firm, VisitState.TO_SIGN).where(Visit.use_unit_id == late.id)).all()
    yesterday = clock.now() - timedelta(days=1)
    with clock.played(yesterday):
        ask_to_sign([visit for visit in waiting if visit.opened_at < yesterday][:ASKED_BEFORE], by=boss)
    ask_to_sign(waiting[ASKED_BEFORE : ASKED_BEFORE + ASKED_TODAY], by=boss)


def _with_photos(firm: Unit, late: Unit) -> None:
    """The largest checklist that still waits gets its photos, and a signature drawn on the phone."""
    others = _visits(firm, VisitState.TO_SIGN).where(Visit.use_unit_id != late.id)
    visit = max(session.scalars(others).all(), key=lambda one: (len(one.answers), one.opened_at))
    technician = _viewer(visit.technicians[0])
    for number, item in enumerate([one for one in items_of(visit) if one.key][:PHOTOS]):
        add_photo(visit, item.code, _photo(item.code, number), by=technician)
    signer = signers_of(visit)[0]
    drawn = Signature(SignatureKind.ON_SITE, signer.id, image=_drawing())
    sign(visit, drawn, by=technician)


def _photo(code: str, number: int) -> StoredDocument:
    """A made-up photo: a coloured wall with the code of what it shows."""
    picture = Image.new("RGB", (480, 360), (70 + 25 * number, 95, 125 - 10 * number))
    drawing = ImageDraw.Draw(picture)
    for x in range(0, 480, 40):
        drawing.line((x, 0, x - 120, 360), fill=(160, 165, 170), width=6)
    drawing.text((20, 320), f"DEMO {code}", fill="white", font_size=28)
    return _taken(picture, "JPEG", "photo")


def _drawing() -> StoredDocument:
    picture = Image.new("RGBA", (640, 240))
    strokes: Sequence[tuple[int, ...]] = (
        (60, 60, 240, 50),
        (150, 30, 130, 210),
        (280, 90, 420, 80, 330, 200, 560, 150),
    )
    for stroke in strokes:
        ImageDraw.Draw(picture).line(stroke, fill=(0, 0, 0, 255), width=7, joint="curve")
    return _taken(picture, "PNG", "signature")


def _taken(picture: Image.Image, form: str, kind: str) -> StoredDocument:
    content = io.BytesIO()
    picture.save(content, form)
    content.seek(0)
    return take(content, f"{kind}.{form.lower()}", kind, accept=IMAGES)
