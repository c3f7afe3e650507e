"""维保上传 of the demonstration: the system of one firm is connected; some of its records are in, one lacks
answers, one is void, and some messages were refused. Told through the actions behind the interface."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.intake.rules import content_of
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.models import Visit
from equipment.maintenance.queries import items_of, next_task
from equipment.maintenance.reported import ReportedEnd, ReportedVisit
from equipment.maintenance.states import ItemAnswer, ReadBy
from equipment.people.devices import NewDevice, enrol
from equipment.people.models import Organisation, User
from equipment.people.queries import device_viewer
from equipment.people.rules import SYSTEM, DeviceKind, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.regulation.item_readings import ItemReading
from equipment.shell.demo.city import City
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.uploads import staff, visits
from equipment.uploads.attempts import UploadMessage, attempt
from equipment.uploads.states import UploadStep
from equipment.web.language import translate

FIRM, RECORDS = 0, 6
LACKING, VOID, MINUTES = 3, 4, 38
CHINESE, TITLE = "zh_Hans_CN", "Something in it cannot be accepted."


def uploads_of_days(city: City, lifts: Sequence[Piece]) -> None:
    system = UploadingFirm(city, lifts)
    system.connect()
    for place in range(len(system.lifts)):
        system.report(place)
    system.refused()


class UploadingFirm:
    """The system of one firm, its technicians and the lifts that it reports of."""

    def __init__(self, city: City, lifts: Sequence[Piece]) -> None:
        self.city, self.all, self.firm = city, lifts, city.of(OrganisationKind.FIRM)[FIRM]
        at_work = set(
            session.scalars(
                visible(SYSTEM, Visit)
                .with_only_columns(Visit.equipment_id)
                .where(Visit.on > city.today - timedelta(days=2))
            )
        )
        own = [lift for lift in lifts if lift.row["maintenance_firm_id"] == self.firm.id]
        quiet = [lift for lift in own if lift.row["status"] == "in_use" and lift.id not in at_work]
        self.lifts = quiet[-RECORDS:]
        self.people = [person["id"] for person in self.firm.people[Role.TECHNICIAN]][:2]

    def connect(self) -> None:
        """A token, and both technicians under the firm's own numbers."""
        with clock.played(self.city.start), transaction():
            answering = session.get_one(User, self.firm.one(Role.FIRM_MANAGER)["id"])
            new = NewDevice(DeviceKind.FIRM_SYSTEM, "维保管理系统（自建）", user_id=answering.id)
            self.device, self.city.tokens["firm_system"] = enrol(
                session.get_one(Organisation, self.firm.id), new, by=SYSTEM
            )
            session.flush()
            self.by = device_viewer(self.device, answering)
            for number, person in enumerate(self.people, 1):
                user = session.get_one(User, person)
                stated = staff.StatedPerson(f"RY-{number:03}", user.name, user.mobile, ())
                staff.bring_person(stated, "", staff.person_content(stated), by=self.by)
                session.add(
                    attempt(
                        self.device,
                        UploadMessage(UploadStep.PERSON, stated.record_id, is_new=True),
                        201,
                        Fields(),
                    )
                )

    def report(self, place: int) -> None:
        """One visit of the last days, with its answers; the last items of one are missing."""
        lift, number = self.lifts[place], f"WX-{self.city.today:%Y%m}-{place + 1:04}"
        began = clock.site_midnight(self.city.today - timedelta(days=1)) + timedelta(
            hours=8, minutes=50 * place
        )
        arrived, left = (ReportedEnd(at, ReadBy.CAMERA) for at in (began, began + timedelta(minutes=MINUTES)))
        duty = next_task(lift.id, "elevator").duty
        brought = visits.BroughtVisit(
            number, str(lift.id), ReportedVisit(duty, arrived, left, self.people), (), None, ()
        )
        with clock.played(began + timedelta(hours=1)):
            with transaction():
                visit, _fresh = visits.bring_visit(brought, content_of(number=number), by=self.by)
                items = items_of(visit)
                answered = items[: -2 if place == LACKING else None]
                replies = [
                    ItemReply(
                        item.code, ItemAnswer.OK, "", began, {one.key: _usual(one) for one in item.readings}
                    )
                    for item in answered
                ]
                visits.answer_more(visit, replies, None, by=self.by)
                session.add(
                    attempt(
                        self.device,
                        UploadMessage(UploadStep.VISIT, number, str(lift.row["label_code"] or "")),
                        201,
                        Fields(),
                    )
                )
            if place == VOID:
                self._withdraw(visit, number)

    def _withdraw(self, visit: Visit, number: str) -> None:
        with transaction():
            row = session.get_one(Visit, (visit.equipment_id, visit.id))
            visits.withdraw_visit(row, "传错电梯，另行上传", by=self.by)
            session.add(attempt(self.device, UploadMessage(UploadStep.WITHDRAWAL, number), 200, Fields()))

    def refused(self) -> None:
        """What it was told no about: a lift of another firm, somebody who is not on file."""
        now = clock.now() - timedelta(hours=5)
        foreign = next(lift for lift in reversed(self._others()) if lift.row["label_code"])
        for number, lift, people in (
            ("WX-9001", str(foreign.row["label_code"]), ["RY-001", "RY-002"]),
            ("WX-9002", str(self.lifts[0].id), ["RY-077"]),
        ):
            with clock.played(now):
                fault = self._tried(lift, people, now)
                body = {"code": "invalid", "title": translate(TITLE, CHINESE), "fields": fault}
                with transaction():
                    message = UploadMessage(UploadStep.VISIT, number, lift[:60])
                    session.add(attempt(self.device, message, 422, Fields(body)))

    def _others(self) -> list[Piece]:
        return [lift for lift in self.all if lift.row["maintenance_firm_id"] not in (None, self.firm.id)]

    def _tried(self, lift: str, people: list[str], at: datetime) -> dict[str, str]:
        """What the interface says to it, by field."""
        ends = ReportedEnd(at - timedelta(hours=2)), ReportedEnd(at - timedelta(hours=1))
        try:
            with transaction():
                named = staff.people_named(self.by, people)
                visits.lift_called(
                    self.by, lift, ReportedVisit(next_task(self.lifts[0].id, "elevator").duty, *ends, named)
                )
        except Invalid as fault:
            return {name: translate(text, CHINESE) for name, text in fault.fields.items()}
        return {}


def _usual(reading: ItemReading) -> str:
    """An amount within its limits, as it is typed."""
    return reading.number(reading.at_least if reading.at_least is not None else reading.at_most or 0)
