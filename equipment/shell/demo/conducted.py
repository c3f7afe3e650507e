"""What some technicians of one firm did in the last weeks that honest work hardly leaves, what was
found of it in the night, what the bureau decided, and the months of all firms."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from PIL import Image, ImageDraw, ImageFilter

from equipment.core import clock
from equipment.core.geo import GeoPoint, GeoPosition
from equipment.core.ids import new_id
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.files.marks import marks_of
from equipment.firms.counting import finish_months
from equipment.maintenance.actions import answer
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.models import Visit
from equipment.maintenance.photos import add_photo
from equipment.maintenance.queries import items_of
from equipment.maintenance.states import ItemAnswer, ReadBy
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.coordinates import locate
from equipment.register.models import Equipment
from equipment.register.rules import CoordinatesSource
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece
from equipment.storage.db import session, transaction
from equipment.suspicions.actions import decide
from equipment.suspicions.lift_collecting import look_through_lifts, paths_of, photos_without_marks, put_marks
from equipment.suspicions.models import Suspicion
from equipment.suspicions.states import SuspicionKind, SuspicionState

FIRM = 3  # of the city's firms, with technicians of its own
MIDDLE = GeoPoint(36.5447, 104.1389)
LIFTS, APART = 8, 0.018  # degrees, some two kilometres
AT_NIGHT = timedelta(hours=2, minutes=40)
MONTHS = 3  # of the firms that are final when the demonstration begins; the nights add the others
DECISIONS = (
    (SuspicionKind.BATCH, SuspicionState.FINDING, "调取小区监控，当日未见维保人员；已约谈维保单位负责人"),
    (SuspicionKind.TRAVEL, SuspicionState.CLEARED, "两台电梯相邻，登记位置有误，已督促更正"),
    (SuspicionKind.TOO_SHORT, SuspicionState.FOLLOWED, "已要求维保单位三日内书面说明"),
)


class Conduct:
    """The firm's lifts and technicians, and who does what at them."""

    def __init__(self, city: City, lifts: Sequence[Piece]) -> None:
        self.city = city
        self.firm = city.of(OrganisationKind.FIRM)[FIRM]
        own = (lift for lift in lifts if lift.row["maintenance_firm_id"] == self.firm.id)
        idle = [lift for lift in own if lift.row["status"] == "in_use"][: LIFTS + 4]
        at_work = {
            visit.equipment_id
            for visit in session.scalars(visible(SYSTEM, Visit).where(Visit.state == "open"))
        }
        self.lifts = [lift.id for lift in idle if lift.id not in at_work][:LIFTS]
        people = self.firm.people[Role.TECHNICIAN]
        self.people = [viewer_of(session.get_one(User, person["id"])) for person in people]

    def stand(self) -> None:
        """Where the lifts stand, each in a place of its own."""
        with transaction():
            for place, lift in enumerate(self.lifts):
                point = GeoPoint(
                    MIDDLE.latitude + APART * (place % 3), MIDDLE.longitude + APART * (place // 3)
                )
                piece = session.get_one(Equipment, lift)
                locate(piece, GeoPosition(point), source=CoordinatesSource.OFFICE, by=SYSTEM)

    def at(self, days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        day = clock.site_midnight(self.city.today - timedelta(days=days))
        return day + timedelta(hours=hour, minutes=minute, seconds=second)

    def swiped(self, lift: int, by: Viewer, at: datetime) -> UUID:
        """A scan of the lift's label; answers which visit it is about."""
        with clock.played(at), transaction():
            piece = session.get_one(Equipment, self.lifts[lift])
            message = SwipeMessage(new_id(), at, code=piece.label_code or "", how=ReadBy.CAMERA)
            reply, _fresh = swipe(message, by=by)
        return UUID(str(reply["visit_id"]))

    def visit(self, lift: int, by: Viewer, at: datetime, minutes: float) -> UUID:
        visit = self.swiped(lift, by, at)
        self.swiped(lift, by, at + timedelta(minutes=minutes))
        return visit

    def at_two_lifts(self) -> None:
        who = self.people[0]
        self.swiped(0, who, self.at(6, 9))
        self.swiped(4, who, self.at(6, 9, 22))
        self.swiped(0, who, self.at(6, 9, 48))
        self.swiped(4, who, self.at(6, 10, 2))

    def too_quick(self) -> None:
        self.visit(2, self.people[1], self.at(5, 10), 36)
        self.visit(6, self.people[1], self.at(5, 10, 36, 40), 34)

    def from_home(self) -> None:
        """Five lifts of five places in five minutes, and out again."""
        who = self.people[0]
        for begins, length in ((self.at(4, 8, 1), 70), (self.at(4, 8, 45), 55)):
            for place, lift in enumerate((0, 2, 4, 5, 7)):
                self.swiped(lift, who, begins + timedelta(seconds=place * length))

    def again_and_again(self) -> None:
        """One photo at two lifts, written again on its way; a checklist in seconds."""
        first, again = _room(8), _room(8, quality=70)
        for lift, days, picture in ((1, 9, first), (3, 3, again)):
            who, at = self.people[1], self.at(days, 14)
            visit = self.swiped(lift, who, at)
            with clock.played(at + timedelta(minutes=20)):
                photo = take(io.BytesIO(picture), "IMG.jpg", "photo", accept=IMAGES)
                with transaction():
                    row = session.get_one(Visit, (self.lifts[lift], visit))
                    add_photo(row, items_of(row)[0].code, photo, by=who)
            if days == 3:
                self._in_seconds(lift, visit, who, at + timedelta(minutes=31))
            self.swiped(lift, who, at + timedelta(minutes=34))

    def _in_seconds(self, lift: int, visit: UUID, who: Viewer, at: datetime) -> None:
        with clock.played(at + timedelta(seconds=12)), transaction():
            row = session.get_one(Visit, (self.lifts[lift], visit))
            replies = [
                ItemReply(item.code, ItemAnswer.OK, "", at + timedelta(milliseconds=260 * place))
                for place, item in enumerate(items_of(row))
            ]
            answer(row, replies, by=who, message_id=new_id())

    def in_haste(self) -> None:
        """Over before the checklist could be read, day after day."""
        for days in range(13, 6, -1):
            self.visit(days % 3 + 5, self.people[2], self.at(days, 15, 10), 4 + days % 2)


def conduct_of_weeks(city: City, lifts: Sequence[Piece]) -> None:
    """Patterns of most kinds, found last night; three of them are decided. The last months of all firms are
    final."""
    play = Conduct(city, lifts)
    play.stand()
    play.in_haste()
    play.again_and_again()
    play.at_two_lifts()
    play.too_quick()
    play.from_home()
    digests = photos_without_marks(50)
    put_marks(digests, marks_of(paths_of(digests)))
    with clock.played(clock.site_midnight(city.today) + AT_NIGHT):
        look_through_lifts(city.today - timedelta(days=1))
        finish_months(city.today, most=MONTHS)
    _decided(city)


def _decided(city: City) -> None:
    bureau = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    officer = person_of(bureau, Role.SUPERVISOR)
    with transaction():
        for kind, state, reason in DECISIONS:
            rows = visible(SYSTEM, Suspicion).where(Suspicion.kind == kind).order_by(Suspicion.on)
            suspicion = session.scalars(rows.limit(1)).one()
            decide(suspicion, state, reason, by=officer)


def _room(seed: int, quality: int = 88) -> bytes:
    """A made-up photo of a machine room."""
    dice = Random(seed)  # noqa: S311 (no secret: where things stand in a picture)
    picture = Image.new("RGB", (960, 720), (168, 170, 164))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 500, 960, 720), fill=(96, 94, 90))
    for _ in range(9):
        left, top = dice.randrange(0, 760), dice.randrange(0, 560)
        colour = (dice.randrange(30, 230), dice.randrange(30, 230), dice.randrange(30, 230))
        box = (left, top, left + dice.randrange(80, 320), top + dice.randrange(60, 260))
        draw.rectangle(box, fill=colour, outline=(40, 40, 40), width=3)
    for _ in range(5):
        left = dice.randrange(960)
        draw.line((left, 0, left + dice.randrange(-200, 200), 720), fill=(50, 50, 54), width=12)
    file = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.4)).save(file, "JPEG", quality=quality)
    return file.getvalue()
