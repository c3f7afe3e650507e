"""Who hears what, and when: stages of a duty and the people around it, from the
table in stages.toml. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from uuid import UUID

from equipment.people.rules import Role
from equipment.register.duty_rules import ALWAYS, ROLES, Audience, Duty, Stage, days_of

# The supervisors nearest to a place, from this many digits of its area's code upwards.
LEVELS: Mapping[Audience, int | None] = {Audience.SUPERVISORS: None, Audience.COUNTY: 6, Audience.CITY: 4}


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever can hear of something."""

    user_id: UUID
    organisation_id: UUID
    area: str
    roles: frozenset[Role]


@cache
def table() -> Mapping[str, tuple[Stage, ...]]:
    """The stages of every kind (and `kind.category`), the most urgent first."""
    by_kind: dict[str, tuple[Stage, ...]] = {}
    for kind, lines in tomllib.loads((Path(__file__).parent / "stages.toml").read_text("utf-8")).items():
        by_kind[kind] = _stages({name: heard for name, heard in lines.items() if isinstance(heard, list)})
        by_kind |= {f"{kind}.{name}": _stages(own) for name, own in lines.items() if isinstance(own, dict)}
    return by_kind


def _stages(lines: Mapping[str, list[str]]) -> tuple[Stage, ...]:
    stages = (
        Stage(name, days_of(name), tuple(Audience(audience) for audience in heard))
        for name, heard in lines.items()
    )
    return tuple(sorted(stages, key=lambda stage: stage.days))


def stages_of(kind: str, category: str = "") -> tuple[Stage, ...]:
    return table().get(f"{kind}.{category}") or table()[kind]


def stage_on(duty: Duty, on: date) -> Stage | None:
    """The most urgent stage reached by `on`: a day without a scheduler loses none, and makes up
    for the latest only."""
    left = (duty.due_on - on).days
    due_stages = (stage for stage in duty.stages or stages_of(duty.kind, duty.category) if left <= stage.days)
    return min(due_stages, key=lambda stage: stage.days, default=None)


def horizon() -> int:
    """How many days ahead the earliest dated stage lies."""
    return max(stage.days for stages in table().values() for stage in stages if stage.days != ALWAYS)


class Directory:
    """Everybody who can hear of something, found by organisation and by area."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.by_organisation: dict[UUID, list[Person]] = {}
        self.supervisors: dict[str, list[Person]] = {}
        self.by_user: dict[UUID, Person] = {}
        for person in people:
            self.by_user[person.user_id] = person
            self.by_organisation.setdefault(person.organisation_id, []).append(person)
            if Role.SUPERVISOR in person.roles:
                self.supervisors.setdefault(person.area, []).append(person)

    def hear(self, duty: Duty, stage: Stage) -> list[Person]:
        """Everybody of the stage's audiences, each once."""
        people = {
            person.user_id: person for audience in stage.heard_by for person in self._of(audience, duty)
        }
        return list(people.values())

    def unheard(self, duty: Duty, stage: Stage) -> list[UUID]:
        """The organisations that a stage is for and in which nobody is left to hear it."""
        named = {
            Audience.RESPONSIBLE: duty.organisation_id,
            Audience.FIRM: duty.firm_id,
            Audience.BODY: duty.body_id,
        }
        return [
            organisation_id
            for audience in stage.heard_by
            if (organisation_id := named.get(audience)) and not self._of(audience, duty)
        ]

    def _of(self, audience: Audience, duty: Duty) -> list[Person]:
        if audience in LEVELS:
            return self.nearest(duty.area[: LEVELS[audience]])
        if audience is Audience.HOLDER:
            return [self.by_user[duty.holder_id]] if duty.holder_id in self.by_user else []
        organisation_id = {
            Audience.RESPONSIBLE: duty.organisation_id,
            Audience.FIRM: duty.firm_id,
            Audience.BODY: duty.body_id,
        }[audience]
        people = self.by_organisation.get(organisation_id, []) if organisation_id else []
        return [person for person in people if person.roles & ROLES[audience]]

    def nearest(self, area: str) -> list[Person]:
        """The supervisors of the smallest area around a place that has any."""
        return next(
            (
                self.supervisors[area[:length]]
                for length in range(len(area), -1, -1)
                if area[:length] in self.supervisors
            ),
            [],
        )
