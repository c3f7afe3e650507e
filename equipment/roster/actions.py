"""People of a list put on file, each whole or not at all. Actions never commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from equipment.core.errors import Invalid, NotAllowed
from equipment.imports.states import RowState
from equipment.people import accounts, papers
from equipment.people.models import Organisation, User
from equipment.people.rules import Viewer
from equipment.roster.judging import RosterPerson
from equipment.storage.db import session


def add_people(people: Sequence[RosterPerson], hashes: Mapping[str, str], *, by: Viewer) -> list[User]:
    """Add those rows that are to be added, with the hashes of their one-time passwords by mobile number.

    A row that has become wrong since it was read is refused with its reason, and nothing of it stays.
    """
    added = []
    for person in people:
        if person.state is not RowState.ADDED or person.organisation is None:
            continue
        try:
            with session.begin_nested():
                added.append(_add(person, person.organisation, hashes[person.mobile], by))
        except Invalid as fault:
            for column, message in fault.fields.items():
                person.refuse(column, message)
        except NotAllowed as fault:
            person.refuse("roles", fault.message)
    return added


def _add(person: RosterPerson, organisation: Organisation, password_hash: str, by: Viewer) -> User:
    home = session.get_one(Organisation, organisation.id)
    new = accounts.NewPerson(person.name, person.mobile, person.roles, password_hash, person.area)
    user = accounts.create_person(home, new, by=by)
    session.flush()
    if person.certificate is not None:
        code, number, *days = person.certificate
        papers.add_certificate(user, code, number, (days[0], days[1]), by=by)
    if person.card:
        papers.issue_card(user, person.card, by=by)
    session.flush()
    return user
