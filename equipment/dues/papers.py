"""What runs out for organisations and their people: licences, certificates, cards.
`people` never calls `dues`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.core.ids import new_id
from equipment.dues.models import PaperDue
from equipment.dues.rules import DueState, PaperDueKind
from equipment.people.models import Card, Certificate, Organisation, Paper, User
from equipment.people.rules import SYSTEM, CardStatus
from equipment.people.scope import visible
from equipment.storage.db import session


@dataclass(frozen=True, slots=True)
class Expiring:
    """One paper that runs out: `thing` tells renewals of the same paper from other papers."""

    organisation_id: UUID
    kind: PaperDueKind
    identity: tuple[str, ...]
    subject_id: UUID
    title: str
    due_on: date


def plan_papers() -> int:
    """Keep one open duty per paper, for the day its latest edition runs out; returns how many changed. Run
    twice it changes nothing."""
    papers = list(_expiring())
    latest = _latest(papers)
    identities = {(paper.kind, paper.subject_id): paper.identity for paper in papers}
    wanted = {
        (paper.organisation_id, paper.kind, paper.subject_id, paper.due_on): paper
        for paper in latest.values()
    }
    planned = {
        (due.organisation_id, due.kind, due.subject_id, due.due_on): due
        for due in session.scalars(visible(SYSTEM, PaperDue))
    }
    changed = 0
    for key, due in planned.items():
        current = latest.get((due.organisation_id, due.kind, identities.get((due.kind, due.subject_id), ())))
        renewed = current is not None and current.due_on > due.due_on
        state = DueState.OPEN if key in wanted else DueState.DONE if renewed else DueState.SUPERSEDED
        if due.state != state and not (due.state == DueState.DONE and state == DueState.SUPERSEDED):
            due.state = state
            changed += 1
    missing = [paper for key, paper in wanted.items() if key not in planned]
    session.add_all(
        PaperDue(
            organisation_id=paper.organisation_id,
            id=new_id(),
            kind=paper.kind,
            subject_id=paper.subject_id,
            title=paper.title,
            state=DueState.OPEN,
            due_on=paper.due_on,
        )
        for paper in missing
    )
    session.flush()
    return changed + len(missing)


def _latest(papers: Iterable[Expiring]) -> dict[tuple[UUID, PaperDueKind, tuple[str, ...]], Expiring]:
    """Of several editions of one paper the one that runs longest."""
    latest: dict[tuple[UUID, PaperDueKind, tuple[str, ...]], Expiring] = {}
    for paper in papers:
        key = (paper.organisation_id, paper.kind, paper.identity)
        if key not in latest or latest[key].due_on < paper.due_on:
            latest[key] = paper
    return latest


def _expiring() -> Iterator[Expiring]:
    """Every paper of every organisation and person that is still at work."""
    active = {
        organisation.id
        for organisation in session.scalars(visible(SYSTEM, Organisation).where(Organisation.active))
    }
    yield from _of_organisations(active)
    yield from _of_people(active)


def _of_organisations(active: Set[UUID]) -> Iterator[Expiring]:
    """Licences of these organisations."""
    for paper in session.scalars(visible(SYSTEM, Paper)):
        if paper.organisation_id in active:
            yield Expiring(
                paper.organisation_id,
                PaperDueKind.LICENCE,
                (str(paper.kind),),
                paper.id,
                paper.number,
                paper.valid_until,
            )


def _of_people(active: Set[UUID]) -> Iterator[Expiring]:
    """Certificates and cards of people who are at work in these organisations."""
    people = {user.id: user for user in session.scalars(visible(SYSTEM, User).where(User.active))}
    for certificate in session.scalars(visible(SYSTEM, Certificate)):
        if certificate.user_id in people and certificate.organisation_id in active:
            yield Expiring(
                certificate.organisation_id,
                PaperDueKind.CERTIFICATE,
                (str(certificate.user_id), certificate.code),
                certificate.id,
                f"{people[certificate.user_id].name} {certificate.code}",
                certificate.valid_until,
            )
    for card in session.scalars(
        visible(SYSTEM, Card).where(Card.status == CardStatus.VALID, Card.expires_on.is_not(None))
    ):
        if card.user_id in people and card.organisation_id in active and card.expires_on is not None:
            yield Expiring(
                card.organisation_id,
                PaperDueKind.CARD,
                (str(card.id),),
                card.id,
                f"{people[card.user_id].name} {card.uid}",
                card.expires_on,
            )
