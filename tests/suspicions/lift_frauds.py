"""Frauds of every kind among the visits of a town, some of which hide well."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from equipment.core.geo import distance_m
from equipment.suspicions.lift_rules import PersonAt, ShownBy, VisitSeen
from equipment.suspicions.states import SuspicionKind
from tests.suspicions.lift_seeds import FIRST, Crew, LiftPace, LiftTown, Maker, Site

EACH = 16
MISSED_COPIES = 0.13  # copies whose marks differ too much (tests/files/test_photo_marks.py)


def lift_town(seed: int, pace: LiftPace) -> LiftTown:
    """A month of fifteen crews, with frauds of people of their own."""
    make = Maker(seed, pace)
    crews = make.crews()
    make.month(crews)
    for commit in (
        _at_two_lifts,
        _travel,
        _batches,
        _copied_cards,
        _cards_on_a_phone,
        _same_rhythm,
        _by_a_script,
        _same_notes,
        _short_habit,
        _over_at_once,
        _photos,
        _card_alone,
        _card_elsewhere,
    ):
        commit(make, crews)
    return make.town


def _crew(make: Maker, crews: list[Crew]) -> Crew:
    """People whom nobody sees elsewhere, at the sites of a crew."""
    of = make.dice.choice(crews)
    return Crew(of.firm, (make.person(phone=True), make.person(phone=True)), of.sites)


def _day(make: Maker, hour: float = 9.0) -> datetime:
    return FIRST + timedelta(days=make.dice.randrange(30), hours=hour - 8, seconds=make.dice.randrange(3600))


def _days(make: Maker, number: int) -> list[datetime]:
    """Some mornings, in order: whoever works alone is not at two lifts at once."""
    days = sorted(make.dice.sample(range(30), number))
    return [FIRST + timedelta(days=day, seconds=make.dice.randrange(7200)) for day in days]


def _apart(make: Maker, crew: Crew, least: float, most: float) -> tuple[Site, Site]:
    while True:
        one, other = make.dice.sample(crew.sites, 2)
        if least < distance_m(one.place, other.place) < most:
            return one, other


def _own(person: UUID, at: datetime, minutes: int, by: ShownBy = ShownBy.OWN) -> tuple[PersonAt, ...]:
    return (PersonAt(person, at, at + timedelta(minutes=minutes), by, by is ShownBy.OWN),)


def _two(
    make: Maker, crew: Crew, apart: timedelta, far: float, by: tuple[ShownBy, ShownBy]
) -> list[VisitSeen]:
    """One person signs in at another site some time after he signed in at the first."""
    (one, other), at, who = _apart(make, crew, far, 60_000), _day(make), crew.people[0].id
    length = 40
    first = make.visit(crew, one, make.dice.choice(one.lifts), at, length, _own(who, at, length, by[0]))
    then = at + apart
    return [
        first,
        make.visit(crew, other, make.dice.choice(other.lifts), then, 38, _own(who, then, 38, by[1])),
    ]


def _at_two_lifts(make: Maker, crews: list[Crew]) -> None:
    for _ in range(EACH):
        overlap = make.dice.randrange(2, 12) if make.pace.hidden else make.dice.randrange(8, 30)
        visits = _two(
            make, _crew(make, crews), timedelta(minutes=40 - overlap), 500, (ShownBy.OWN, ShownBy.OWN)
        )
        make.note(SuspicionKind.AT_TWO_LIFTS, *visits)


def _travel(make: Maker, crews: list[Crew]) -> None:
    for _ in range(EACH):
        seconds = make.dice.randrange(5, 100 if make.pace.hidden else 40)
        far = 2000 if make.pace.hidden else 3000
        apart = timedelta(minutes=40, seconds=seconds)
        make.note(
            SuspicionKind.TRAVEL, *_two(make, _crew(make, crews), apart, far, (ShownBy.OWN, ShownBy.OWN))
        )


def _batches(make: Maker, crews: list[Crew]) -> None:
    """From home: lift after lift of many sites, or all lifts of one yard at once."""
    for number in range(EACH):
        crew, at = _crew(make, crews), _day(make, 8.5)
        who, step = crew.people[0].id, 220 if make.pace.hidden else 60
        yard = max(crew.sites, key=lambda site: len(site.lifts))
        if number % 4 == 0 and len(yard.lifts) >= 8:
            chosen = [(yard, lift) for lift in yard.lifts]
            step = 50
        else:
            sites = make.dice.sample(crew.sites, make.dice.randrange(4, 7))
            chosen = [(site, make.dice.choice(site.lifts)) for site in sites]
        visits = []
        for place, (site, lift) in enumerate(chosen):
            begun = at + timedelta(seconds=place * make.dice.randrange(step // 2, step))
            visits.append(make.visit(crew, site, lift, begun, 42, _own(who, begun, 42)))
        make.note(SuspicionKind.BATCH, *visits)


def _copied_cards(make: Maker, crews: list[Crew]) -> None:
    for number in range(EACH // 2):
        apart = (
            timedelta(minutes=make.dice.randrange(5, 34)) if number % 2 else timedelta(minutes=40, seconds=30)
        )
        by = (ShownBy.READER, ShownBy.READER)
        make.note(SuspicionKind.SHARED_CARD, *_two(make, _crew(make, crews), apart, 2500, by))


def _cards_on_a_phone(make: Maker, crews: list[Crew]) -> None:
    """One works, and shows the cards of two or three who are elsewhere."""
    for _ in range(EACH // 2):
        crew = _crew(make, crews)
        holder, cards = crew.people[0].id, [make.id() for _ in range(make.dice.randrange(2, 4))]
        visits = []
        for number in range(make.dice.randrange(6, 14) if make.pace.hidden else 16):
            site, at = make.dice.choice(crew.sites), FIRST + timedelta(days=number * 2, hours=2)
            slips = make.pace.hidden and make.dice.random() < 0.01  # one of them has answered for himself
            joins = [
                PersonAt(card, at + timedelta(seconds=9 + 5 * place), None, ShownBy.COLLEAGUE, slips, holder)
                for place, card in enumerate(cards)
            ]
            visits.append(
                make.visit(crew, site, make.dice.choice(site.lifts), at, 35, (*_own(holder, at, 35), *joins))
            )
        make.note(SuspicionKind.SHARED_CARD, *visits)


def _same_rhythm(make: Maker, crews: list[Crew]) -> None:
    """A recorded checklist is sent again, a little shaken."""
    for _ in range(EACH // 2):
        crew, visits = _crew(make, crews), []
        rhythm = {f"A-{n}": round(1000 * make.dice.uniform(2, 25)) for n in range(1, 31)}
        for at in _days(make, 2):
            shake = 1300 if make.pace.hidden else 200
            gaps = {
                code: max(100, gap + make.dice.randrange(-shake // 2, shake // 2))
                for code, gap in rhythm.items()
            }
            site = make.dice.choice(crew.sites)
            visits.append(
                make.visit(
                    crew,
                    site,
                    make.dice.choice(site.lifts),
                    at,
                    36,
                    _own(crew.people[0].id, at, 36),
                    gaps=gaps,
                )
            )
        make.note(SuspicionKind.SAME_ANSWERS, *visits)


def _by_a_script(make: Maker, crews: list[Crew]) -> None:
    for _ in range(EACH // 2):
        crew, at = _crew(make, crews), _day(make)
        site, most = make.dice.choice(crew.sites), 1150 if make.pace.hidden else 300
        gaps = {f"A-{n}": make.dice.randrange(40, most) for n in range(1, 31)}
        lift = make.dice.choice(site.lifts)
        visit = make.visit(crew, site, lift, at, 33, _own(crew.people[0].id, at, 33), gaps=gaps)
        make.note(SuspicionKind.SAME_ANSWERS, visit)


def _same_notes(make: Maker, crews: list[Crew]) -> None:
    for number in range(EACH // 2):
        crew = _crew(make, crews)
        notes = frozenset(
            {("A-2", f"轮槽油污{number}"), ("A-7", "触点氧化，已打磨"), ("A-21", "层门地坎有杂物，已清理")}
        )
        lifts = [(site, lift) for site in crew.sites for lift in site.lifts][: make.dice.randrange(3, 7)]
        visits = []
        for (site, lift), at in zip(lifts, _days(make, len(lifts)), strict=True):
            visits.append(make.visit(crew, site, lift, at, 34, _own(crew.people[0].id, at, 34), notes=notes))
        make.note(SuspicionKind.SAME_ANSWERS, *visits)


def _short_habit(make: Maker, crews: list[Crew]) -> None:
    for _ in range(EACH // 2):
        crew, visits = _crew(make, crews), []
        for number in range(20):
            site, at = make.dice.choice(crew.sites), FIRST + timedelta(days=number + number // 5, hours=3)
            longest = 18 if make.pace.hidden else 12
            minutes = 30 if make.pace.hidden and number % 4 == 0 else make.dice.randrange(6, longest)
            visits.append(
                make.visit(
                    crew,
                    site,
                    make.dice.choice(site.lifts),
                    at,
                    minutes,
                    _own(crew.people[0].id, at, minutes),
                    duty="visit_half_month",
                )
            )
        make.note(SuspicionKind.TOO_SHORT, *visits)


def _over_at_once(make: Maker, crews: list[Crew]) -> None:
    """Most visits are as long as they should be; now and then one is over in a minute."""
    for _ in range(EACH // 2):
        crew, visits = _crew(make, crews), []
        for number in range(24):
            site, at = make.dice.choice(crew.sites), FIRST + timedelta(days=number + number // 5, hours=5)
            hasty = number % 4 == 0
            minutes = make.dice.randrange(1, 6) if hasty else make.dice.randrange(28, 50)
            made = make.visit(
                crew,
                site,
                make.dice.choice(site.lifts),
                at,
                minutes,
                _own(crew.people[0].id, at, minutes),
                duty="visit_half_month",
            )
            visits += [made] if hasty else []
        make.note(SuspicionKind.TOO_SHORT, *visits)


def _photos(make: Maker, crews: list[Crew]) -> None:
    """The photos of an earlier visit; a copy's mark differs by some bits, and now and then by too many."""
    for _ in range(EACH):
        crew, pair = _crew(make, crews), []
        for at in _days(make, 2):
            site = make.dice.choice(crew.sites)
            pair.append(
                make.visit(crew, site, make.dice.choice(site.lifts), at, 40, _own(crew.people[0].id, at, 40))
            )
        earlier, later = pair
        for _ in range(make.dice.randrange(1, 4)):
            missed = make.dice.random() < MISSED_COPIES
            make.like(later, earlier, 12 if missed else make.dice.choice((0, 0, 1, 2, 3, 4, 6)))
        make.note(SuspicionKind.PHOTO_REUSED, later, earlier)


def _card_alone(make: Maker, crews: list[Crew]) -> None:
    """Somebody's card is shown all month at readers, and its person never says that it was he."""
    for _ in range(EACH // 2):
        crew, who, visits = _crew(make, crews), make.id(), []
        for number in range(make.dice.randrange(12, 30) if make.pace.hidden else 30):
            site, at = make.dice.choice(crew.sites), FIRST + timedelta(days=number, hours=6)
            slips = make.pace.hidden and make.dice.random() < 0.01
            card = PersonAt(who, at + timedelta(seconds=40), None, ShownBy.READER, slips)
            people = (*_own(crew.people[0].id, at, 34), card)
            visits.append(make.visit(crew, site, make.dice.choice(site.lifts), at, 34, people))
        make.note(SuspicionKind.CARD_ALONE, *visits)


def _card_elsewhere(make: Maker, crews: list[Crew]) -> None:
    """A card at a reader while its person is signed in elsewhere by his own phone."""
    for _ in range(EACH // 2):
        apart = timedelta(minutes=make.dice.randrange(6, 35))
        by = (ShownBy.OWN, ShownBy.READER)
        make.note(SuspicionKind.CARD_ALONE, *_two(make, _crew(make, crews), apart, 600, by))
