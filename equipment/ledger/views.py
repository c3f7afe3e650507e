"""留痕: the chain of one subject, the seals, and what the last nightly check found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, render_template
from sqlalchemy import Select, select

from equipment import web
from equipment.core.config import Settings
from equipment.core.errors import NotFound
from equipment.core.fields import Fields
from equipment.ledger.models import Chain, Event, Seal
from equipment.ledger.report import LedgerFault
from equipment.people.hooks import piece_named
from equipment.people.models import User
from equipment.people.rules import Action, Role, Thing, Viewer, people_in
from equipment.people.scope import visible
from equipment.storage.db import Base, session
from equipment.tasks.queries import last_run
from equipment.web.pages import arguments, paginate

pages = Blueprint("ledger", __name__)


def sees_all(viewer: Viewer) -> bool:
    """Administrators read every chain; a supervisor those of what lies in his area."""
    settings: Settings = web.settings()
    return Role.ADMINISTRATOR in viewer.roles and settings.city_area.startswith(viewer.area)


def may_read(viewer: Viewer, subject: str) -> bool:
    """Whether the thing behind a chain is in the viewer's scope."""
    if sees_all(viewer):
        return True
    kind, _, key = subject.partition(":")
    model: Any = next(
        (mapper.class_ for mapper in Base.registry.mappers if mapper.class_.__tablename__ == kind), None
    )
    if model is None or not hasattr(model, "__scope__") or "id" not in model.__table__.c:
        return False
    try:
        return (
            session.scalar(visible(viewer, model).where(model.id == UUID(key)).with_only_columns(model.id))
            is not None
        )
    except ValueError:
        return False


def events(viewer: Viewer, subject: str) -> Select[Event]:
    """The lines of one chain, or of all for whoever may read all; none where there is
    nothing to choose from."""
    if subject:
        if not may_read(viewer, subject):
            raise NotFound
        return select(Event).where(Event.subject == subject)
    return select(Event) if sees_all(viewer) else select(Event).where(Event.subject == "")


@pages.get("/ledger")
@web.allows(Action.SEE, Thing.LEDGER)
def index() -> web.Answer:
    who, subject = web.viewer(), arguments().get("subject", "").strip()
    if subject and ":" not in subject:  # a label or a number of a piece stands for its chain
        piece_id = piece_named(who, subject)
        subject = f"equipment:{piece_id}" if piece_id else f"equipment:{subject}"
    page = paginate(
        events(who, subject),
        {"at": (Event.at, Event.subject, Event.seq), "seq": (Event.seq, Event.subject)},
        default="-seq" if subject else "-at",
    )
    check = last_run("verify")
    first = Fields(check.outcome).table("first") if check else Fields()
    names = {
        f"user:{row.id}": row.name
        for row in session.execute(
            select(User.id, User.name).where(
                User.id.in_({key for event in page.rows for key in people_in(event.actor)})
            )
        )
    }
    seals = session.scalars(select(Seal).order_by(Seal.number.desc()).limit(14)).all()
    return render_template(
        "ledger/index.html",
        page=page,
        subject=subject,
        head=session.get(Chain, subject) if subject else None,
        check=check,
        fault=LedgerFault(first.text("fault")) if first else None,
        where=first.text("where") if first else "",
        seals=seals,
        all=sees_all(who),
        names=names,
    )
