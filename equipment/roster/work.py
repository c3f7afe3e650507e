"""Makers of lists of people: what the jobs process runs for whoever uploaded one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.chunks import chunks
from equipment.core.errors import Invalid
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.imports.stages import READING_MB, TOO_LARGE
from equipment.imports.states import RowState
from equipment.imports.table_rules import heading_key
from equipment.imports.vocabulary_rules import HEADING
from equipment.people import accounts
from equipment.people.credentials import hashed_password
from equipment.people.models import Organisation, User
from equipment.people.rules import Role, Viewer, roles_to_give
from equipment.people.scope import visible
from equipment.roster.actions import add_people
from equipment.roster.judging import RosterPerson, RosterReader, roster_words
from equipment.roster.reading import read_people
from equipment.roster.rules import COLUMNS, RosterOutcome
from equipment.roster.workbooks import HandedOut, outcomes_workbook, passwords_workbook, template
from equipment.storage.db import session, transaction
from equipment.tasks.actions import remember
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.sheets import WORKBOOK_TYPE
from equipment.web.language import LOCALES, translate

CHUNK = 20  # people of one transaction: each is a few rows and lines of the ledger
SHOWN = 500
GONE = N_("The file is no longer kept: upload it again.")
# what a column is called by itself, in whatever language
OWN_HEADINGS = {
    heading_key(word): column.key
    for column in COLUMNS
    for word in (column.key, column.label, *(translate(column.label, locale) for locale in LOCALES))
}


def _judged(task: Task, progress: Progress, by: Viewer) -> list[RosterPerson]:
    path = store.path_of(task.stated.text("sha256"))
    if not path.is_file():  # no row names it: the nightly tidying takes it a day later
        raise Invalid({"file": GONE})
    words = roster_words()
    arguments = (path, OWN_HEADINGS | words.of(HEADING))
    people = run_in_child(read_people, arguments, memory_mb=READING_MB, too_much=TOO_LARGE, progress=progress)
    languages = [partial(translate, locale=locale) for locale in LOCALES]
    return RosterReader(languages, words, clock.today(), by=by).read(people.rows)


def check(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `people.roster_check`: nobody is on file by it."""
    return _result(task, [person.outcome for person in _judged(task, progress, asked_by(task))])


def _result(task: Task, outcomes: Sequence[RosterOutcome]) -> TaskOutcome:
    counts = {
        str(state): sum(outcome.state is state for outcome in outcomes)
        for state in (RowState.ADDED, RowState.KNOWN, RowState.REFUSED)
    }
    refused_first = sorted(outcomes, key=lambda person: (person.state is not RowState.REFUSED, person.row_no))
    shown = refused_first[:SHOWN]
    rows = [
        {**outcome._asdict(), "faults": [[fault.column, *_stored(fault.message)] for fault in outcome.faults]}
        for outcome in shown
    ]
    book = outcomes_workbook(outcomes, task.locale) if counts[RowState.REFUSED] else None
    name = translate(N_("Result of the list of people"), task.locale) + ".xlsx" if book else ""
    summary = {**counts, "people": rows}
    return TaskOutcome(content=book, name=name, media_type=WORKBOOK_TYPE, summary=summary, link=_link(task))


def _stored(message: Message) -> tuple[str, dict[str, object]]:
    return message.msgid, dict(message.params)


def _link(task: Task) -> str:
    return f"/people/roster/{task.id}"


def add(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `people.roster`: adds the good rows, then writes their one-time passwords down.

    Cut off, it goes on: whoever it had added before gets a new password, since nobody was given the first.
    """
    by = asked_by(task)
    before = {UUID(key) for key in task.stated.texts("added")}
    people = _judged(task, progress, by)
    progress.total, progress.done = len(people), 0
    handed_out: list[HandedOut] = []
    for chunk in chunks(people, CHUNK):
        fresh = [person for person in chunk if person.state is RowState.ADDED]
        passwords = {person.mobile: accounts.one_time_password() for person in fresh}
        hashes = {mobile: hashed_password(password, mobile) for mobile, password in passwords.items()}
        with transaction():
            users = add_people(fresh, hashes, by=by)
            handed_out += [_handed_out(user, passwords[user.mobile]) for user in users]
            remember(task, added=[*task.stated.texts("added"), *(str(user.id) for user in users)])
        progress.advance(len(chunk))
    outcomes = [person.outcome for person in people]
    if before:
        mobiles = set(session.scalars(select(User.mobile).where(User.id.in_(before))))
        outcomes = [
            outcome._replace(state=RowState.ADDED) if outcome.mobile in mobiles else outcome
            for outcome in outcomes
        ]
        handed_out = [*_renewed(before, progress, by), *handed_out]
    _lay_ready(task, handed_out)
    return _result(task, outcomes)


def renew(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `people.roster_passwords`: new ones for those of a list who have never signed in."""
    handed_out = _renewed({UUID(key) for key in task.stated.texts("added")}, progress, asked_by(task))
    _lay_ready(task, handed_out)
    return TaskOutcome(summary={"added": len(handed_out)}, link=_link(task))


def _renewed(ids: set[UUID], progress: Progress, by: Viewer) -> list[HandedOut]:
    waiting = select(User).where(User.id.in_(ids), User.must_change, User.seen_at.is_(None), User.active)
    handed_out: list[HandedOut] = []
    for chunk in chunks(session.scalars(waiting.order_by(User.mobile)).all(), CHUNK):
        drawn = [
            (user.id, password := accounts.one_time_password(), hashed_password(password, user.mobile))
            for user in chunk
        ]
        with transaction():
            for user_id, password, hashed in drawn:
                user = session.get_one(User, user_id)
                accounts.reset_password(user, hashed, by=by)
                handed_out.append(_handed_out(user, password))
        progress.check()
    return handed_out


def _handed_out(user: User, password: str) -> HandedOut:
    until = clock.site_time(user.one_time_until or clock.now())
    return HandedOut(user.organisation.name, user.name, user.mobile, password, f"{until:%Y-%m-%d %H:%M}")


def _lay_ready(task: Task, handed_out: Sequence[HandedOut]) -> None:
    """The passwords wait in a file that no row names: handed out it is gone, forgotten it is tidied away."""
    if not handed_out:
        return
    book = passwords_workbook(handed_out, str(task.input.get("address", "")), task.locale)
    ready = store.keep(book, WORKBOOK_TYPE)
    with transaction():
        remember(task, passwords=ready.sha256)


def blank(task: Task, _progress: Progress) -> TaskOutcome:
    """The maker `people.roster_template`."""
    by = asked_by(task)
    kinds = session.scalars(visible(by, Organisation).with_only_columns(Organisation.kind).distinct()).all()
    roles = [role for role in Role if any(role in roles_to_give(by, kind) for kind in kinds)]
    name = translate(N_("List of people"), task.locale)
    return TaskOutcome(content=template(task.locale, roles), name=f"{name}.xlsx", media_type=WORKBOOK_TYPE)


def work(_process: JobsProcess) -> Work:
    return Work(
        makers={
            "people.roster_check": check,
            "people.roster": add,
            "people.roster_passwords": renew,
            "people.roster_template": blank,
        }
    )
