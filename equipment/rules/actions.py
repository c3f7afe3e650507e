"""The bureau lays its own dated, cited rows over the rule packs, and makes the choices that are left to
it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete

from equipment.core import clock
from equipment.core.errors import Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_
from equipment.ledger.actions import record
from equipment.people.rules import Viewer
from equipment.regulation.choices import BY_KEY, answer
from equipment.regulation.models import Choice, RuleOverride
from equipment.regulation.packs import Applies, Value
from equipment.regulation.queries import rules
from equipment.rules import hooks
from equipment.rules.models import Announcement
from equipment.rules.queries import may_decide
from equipment.storage.db import session


def confirm(category: str, key: str, since: date, *, cite: str, by: Viewer) -> RuleOverride:
    """An administrator has compared the pack's value of that day with the official text; `cite` says with
    which."""
    stated = next((value for value in rules(category).history(key) if value.since == since), None)
    if stated is None or stated.repealed:
        raise Invalid({"": N_("There is no such value.")})
    if stated.confidence.verified:
        raise Invalid({"": N_("This value is verified already.")})
    return _lay(category, stated, None, since, cite, by)


def set_value(
    category: str,
    key: str,
    since: date,
    value: object,
    *,
    cite: str,
    by: Viewer,
    applies: Applies = Applies.AT_ONCE,
) -> RuleOverride:
    """A value of the bureau's own from a day on; an upgrade of the pack never overwrites it."""
    present = rules(category).find(key, since) or next(iter(rules(category).history(key)), None)
    if present is None:
        raise Invalid({"": N_("There is no such value.")})
    hooks.value_checked(category, key, value, since)
    return _lay(category, present, value, since, cite, by, applies)


def _lay(
    category: str,
    over: Value,
    value: object,
    since: date,
    cite: str,
    by: Viewer,
    applies: Applies = Applies.AT_ONCE,
) -> RuleOverride:
    if not may_decide(by):
        raise NotAllowed(N_("Only an administrator of the city may confirm or change a rule."))
    if by.user_id is None:
        raise NotAllowed(N_("A person must answer for this."))
    if not cite.strip():
        raise Invalid({"cite": N_("Say which document you compared it with, or which decision it rests on.")})
    deferred = {"applies": str(applies)} if applies is not Applies.AT_ONCE else {}
    row = RuleOverride(
        id=new_id(),
        category=category,
        key=over.key,
        since=since,
        value=None if value is None else {"value": value, **deferred},
        of=over.digest if value is None else "",
        cite=cite.strip(),
        confirmed_by=by.user_id,
        confirmed_at=clock.now(),
    )
    session.add(row)
    verb = "rule.confirmed" if value is None else "rule.set"
    payload = {"key": over.key, "since": since, "value": row.value, "cite": row.cite, "of": row.of}
    record(
        session(),
        f"rule:{category}",
        verb,
        actor=by.actor,
        payload=payload,
        rows=[row],
        pack=over.citation.pack,
    )
    return row


def choose(
    key: str, since: date, typed: dict[str, str], *, subject: str = "", cite: str = "", by: Viewer
) -> Choice:
    """The bureau's answer to one of policy.rules.QUESTIONS, from a day on, for all or for one station."""
    if not may_decide(by):
        raise NotAllowed(N_("Only an administrator of the city may confirm or change a rule."))
    question = BY_KEY[key]
    if subject and not question.per_station:
        raise Invalid({"subject": N_("This choice holds for everybody.")})
    chosen = answer(question, typed)
    if question.needs_document and chosen != question.default and not cite.strip():
        raise Invalid({"cite": N_("Give the number and day of the document.")})
    row = Choice(
        id=new_id(),
        key=key,
        subject=subject,
        since=since,
        value={"value": chosen},
        cite=cite.strip(),
        chosen_by=by.user_id,
        chosen_at=clock.now(),
    )
    session.add(row)
    payload = {"subject": subject, "since": since, "value": row.value, "cite": row.cite}
    record(session(), f"choice:{key}", "choice.made", actor=by.actor, payload=payload, rows=[row])
    return row


def forget_announcements(category: str, key: str, since: date) -> None:
    """Those of an earlier value for the same day: it is not coming any more."""
    session.execute(
        delete(Announcement).where(
            Announcement.category == category, Announcement.key == key, Announcement.since == since
        )
    )


def note_announcements(
    category: str, key: str, since: date, concerned: Sequence[tuple[UUID, Mapping[str, int]]]
) -> None:
    """Whom a value with a day ahead concerns, and with how many pieces."""
    at = clock.now()
    session.add_all(
        Announcement(
            organisation_id=party,
            id=new_id(),
            category=category,
            key=key,
            since=since,
            moved=counter["moved"],
            blocked=counter["blocked"],
            counted_at=at,
        )
        for party, counter in concerned
    )
