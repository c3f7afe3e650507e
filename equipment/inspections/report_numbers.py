"""Numbers of reports: each body writes its own in its own form, and no number of another body stands for a
result."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed, NotFound
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.dues.filters import names_of
from equipment.inspections.models import Inspection, NumberForm
from equipment.inspections.queries import COUNTS
from equipment.inspections.rules import OF_A_BODY, InspectionKind
from equipment.ledger import actions as ledger
from equipment.people.rules import SYSTEM, OrganisationKind, Viewer
from equipment.people.scope import visible
from equipment.storage.db import session

MOST_FORMS = 20
SIGNS = {"#": "[0-9]", "@": "[A-Za-z]", "*": ".*"}


@lru_cache(maxsize=512)
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile("".join(SIGNS.get(sign) or re.escape(sign) for sign in form))


def is_of_form(number: str, form: str) -> bool:
    """Whether a number is written in this form: # a digit, @ a letter, * any rest."""
    return _pattern(form).fullmatch(number.strip()) is not None


def says_nothing(form: str) -> bool:
    """A form that any number would have tells no body from another."""
    return not re.sub(r"[#@*\s]", "", form)


def foreign_number(kind: InspectionKind, number: str, by: Viewer, *, of_old: bool = False) -> Message | None:
    """What is said of a report number that is another body's: one it has used, or one written in its form;
    None where the number may be this body's own. A correction (`of_old`) keeps the number it has."""
    wanted = number.strip()
    if not wanted or kind not in OF_A_BODY or by.organisation_kind is not OrganisationKind.BODY:
        return None
    used = visible(SYSTEM, Inspection).where(
        Inspection.report_no == wanted,
        Inspection.organisation_id != by.organisation_id,
        Inspection.kind.in_(OF_A_BODY),
        COUNTS,
    )
    other = session.scalar(used.limit(1))
    if other is not None:
        name = names_of([other.organisation_id]).get(other.organisation_id, "")
        return Message(N_("This is the number of a report of %(body)s: enter your own."), {"body": name})
    if of_old:
        return None
    forms = session.scalars(visible(SYSTEM, NumberForm).where(NumberForm.ended_at.is_(None))).all()
    own = [form for form in forms if form.organisation_id == by.organisation_id]
    if any(is_of_form(wanted, form.form) for form in own):
        return None
    whose = next((form for form in forms if form not in own and is_of_form(wanted, form.form)), None)
    if whose is not None:
        name = names_of([whose.organisation_id]).get(whose.organisation_id, "")
        text = N_("This is how %(body)s writes its report numbers (%(form)s): enter your own.")
        return Message(text, {"body": name, "form": whose.form})
    if own:
        text = N_("Report numbers of your body are written like %(forms)s.")
        return Message(text, {"forms": "、".join(form.form for form in own)})
    return None


def report_forms(viewer: Viewer) -> Sequence[NumberForm]:
    """The forms in use that the viewer may see, the newest first."""
    forms = visible(viewer, NumberForm).where(NumberForm.ended_at.is_(None))
    return session.scalars(forms.order_by(NumberForm.organisation_id, NumberForm.set_at.desc())).all()


def set_form(form: str, note: str = "", *, by: Viewer) -> NumberForm:
    """A body names a form of its numbers; what another body uses already is refused, and named."""
    if by.organisation_id is None or by.organisation_kind is not OrganisationKind.BODY:
        raise NotAllowed(N_("Only an inspection body names the form of its report numbers."))
    wanted = form.strip()
    if says_nothing(wanted):
        raise Invalid({"form": N_("This form fits every number: begin with letters of your own.")})
    subject = ledger.subject_of("organisation", by.organisation_id)
    session.flush()
    ledger.locked_heads(session.connection(), [subject])
    forms = session.scalars(visible(SYSTEM, NumberForm).where(NumberForm.ended_at.is_(None))).all()
    same = next((one for one in forms if one.form == wanted), None)
    if same is not None and same.organisation_id == by.organisation_id:
        return same
    if same is not None:
        name = names_of([same.organisation_id]).get(same.organisation_id, "")
        raise Conflict(
            {"form": Message(N_("%(body)s writes its numbers like this already."), {"body": name})}
        )
    if sum(one.organisation_id == by.organisation_id for one in forms) >= MOST_FORMS:
        raise Invalid({"form": Message(N_("At most %(most)d forms."), {"most": MOST_FORMS})})
    row = NumberForm(
        organisation_id=by.organisation_id,
        id=new_id(),
        form=wanted[:60],
        note=note.strip()[:120],
        set_by=by.user_id,
        set_at=clock.now(),
        ended_by=None,
        ended_at=None,
    )
    session.add(row)
    payload = {"form": row.form}
    ledger.record(session(), subject, "report_form.set", actor=by.actor, payload=payload, rows=[row])
    return row


def end_form(form_id: UUID, *, by: Viewer) -> None:
    """Numbers are not written like this any more; reports that have such a number keep it."""
    assert by.organisation_id is not None
    subject = ledger.subject_of("organisation", by.organisation_id)
    ledger.locked_heads(session.connection(), [subject])
    row = session.scalar(
        visible(by, NumberForm).where(
            NumberForm.id == form_id, NumberForm.organisation_id == by.organisation_id
        )
    )
    if row is None:
        raise NotFound
    if row.ended_at is not None:
        return
    row.ended_at, row.ended_by = clock.now(), by.user_id
    payload = {"form": row.form}
    ledger.record(session(), subject, "report_form.ended", actor=by.actor, payload=payload, rows=[row])
