"""过户 of the demonstration: bottles that the leading station took over and registered, some that wait for its
word, a transfer of its own that the other side did not take, and one that is being put together."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.people.rules import OrganisationKind, Role, Viewer
from equipment.places import transfers
from equipment.places.transfer_queries import transfer_of
from equipment.register.models import Equipment
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of, quiet_bottles
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction

GIVER, OTHER = 8, 5  # numbers of stations
TAKEN, WAITING, DECLINED, DRAFT = (40, 6), (3, 4), (15, 5), (0, 3)  # days ago, bottles


def transfers_of_weeks(city: City, bottles: list[Piece]) -> None:
    stations = city.of(OrganisationKind.STATION)
    leading, giver, other = (person_of(stations[n], Role.STATION_OWNER) for n in (0, GIVER, OTHER))
    since = clock.now() - timedelta(days=1)
    theirs = quiet_bottles(city, stations[GIVER], bottles, since)
    ours = quiet_bottles(city, stations[0], bottles, since)

    def at(days: int, hour: int) -> datetime:
        day = clock.site_midnight(city.today - timedelta(days=days))
        return min(day + timedelta(hours=hour), clock.now() - timedelta(minutes=6))

    days, count = TAKEN
    taken = _proposed(
        giver, leading, [next(theirs) for _ in range(count)], at(days, 10), "站点合并，随站过户"
    )
    with clock.played(at(days - 1, 9)), transaction():
        transfers.accept(transfer_of(taken, by=leading), by=leading)
    with clock.played(at(days - 12, 16)), transaction():
        transfers.register_change(
            transfer_of(taken, by=leading), city.today - timedelta(days=days - 12), by=leading
        )
    days, count = DECLINED
    declined = _proposed(leading, other, [next(ours) for _ in range(count)], at(days, 11), "")
    with clock.played(at(days - 2, 15)), transaction():
        transfers.decline(transfer_of(declined, by=other), "其中两只护罩变形，修复后再议", by=other)
    days, count = WAITING
    _proposed(giver, leading, [next(theirs) for _ in range(count)], at(days, 14), "第二批")
    days, count = DRAFT
    _put_together(leading, other, [next(ours) for _ in range(count)], at(days, 8), "")


def _put_together(by: Viewer, to: Viewer, bottles: list[UUID], at: datetime, note: str) -> UUID:
    with clock.played(at), transaction():
        transfer = transfers.open_transfer(new_id(), to.organisation_id, note, by=by)
        for bottle in bottles:
            transfers.add_bottle(transfer, session.get_one(Equipment, bottle).label_code or "", by=by)
        return transfer.id


def _proposed(by: Viewer, to: Viewer, bottles: list[UUID], at: datetime, note: str) -> UUID:
    key = _put_together(by, to, bottles, at, note)
    with clock.played(at + timedelta(minutes=20)), transaction():
        transfers.propose(transfer_of(key, by=by), by=by)
    return key
