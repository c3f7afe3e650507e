"""Visits looked through at night: what swipes, answers and photos leave is found once, decided by the bureau, and read by
the firm only when it was found true."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.geo import GeoPoint, GeoPosition
from equipment.core.ids import new_id
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.files.marks import marks_of
from equipment.files.models import PhotoMark
from equipment.hazards.models import Finding
from equipment.maintenance.actions import answer
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.models import Visit
from equipment.maintenance.photos import add_photo
from equipment.maintenance.queries import items_of
from equipment.maintenance.states import ItemAnswer, ReadBy
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.coordinates import locate
from equipment.register.models import Equipment
from equipment.register.rules import CoordinatesSource
from equipment.storage import db
from equipment.suspicions.lift_collecting import look_through_lifts, paths_of, photos_without_marks, put_marks
from equipment.suspicions.models import Suspicion
from equipment.suspicions.states import SuspicionKind
from tests import make
from tests.files.pictures import rewritten, scene, taken
from tests.maintenance.place import CODE, Place, lift_of, loosen, place

SignIn = Callable[[User], FlaskClient]
FAR = "JJPF5RTPMVDE1BQ"
HERE = GeoPoint(36.5447, 104.1389)


class Yard:
    """Two lifts three kilometres apart, and technicians who swipe at them on days gone by."""

    def __init__(self) -> None:
        self.at: Place = place()
        self.far = loosen(lift_of(self.at.firm, self.at.unit, code=FAR, name="远处2号梯"))
        for lift, north in ((self.at.lift, 0.0), (self.far, 0.027)):
            with db.transaction():
                locate(
                    db.session.get_one(Equipment, lift.id),
                    GeoPosition(GeoPoint(HERE.latitude + north, HERE.longitude)),
                    source=CoordinatesSource.OFFICE,
                    by=SYSTEM,
                )

    def when(self, days: int, hour: int, minute: int = 0) -> datetime:
        return clock.site_midnight(make.days(-days)) + timedelta(hours=hour, minutes=minute)

    def swipe(self, code: str, when: datetime, who: User | None = None) -> UUID:
        with clock.played(when), db.transaction():
            message = SwipeMessage(new_id(), when, code=code, how=ReadBy.CAMERA)
            given, _fresh = swipe(message, by=self.at.viewer(who or self.at.anna))
        return UUID(str(given["visit_id"]))

    def at_both(self) -> tuple[UUID, UUID]:
        first = self.swipe(CODE, self.when(2, 9))
        second = self.swipe(FAR, self.when(2, 9, 20))
        self.swipe(CODE, self.when(2, 9, 45))
        self.swipe(FAR, self.when(2, 10))
        return first, second

    def photographed(self, code: str, days: int, picture: bytes) -> UUID:
        when, by = self.when(days, 14), self.at.viewer(self.at.anna)
        visit = self.swipe(code, when)
        lift = self.at.lift if code == CODE else self.far
        with clock.played(when + timedelta(minutes=10)):
            photo = take(io.BytesIO(picture), "a.jpg", "photo", accept=IMAGES)
            with db.transaction():
                row = db.session.get_one(Visit, (lift.id, visit))
                add_photo(row, items_of(row)[0].code, photo, by=by)
        self.swipe(code, when + timedelta(minutes=35))
        return visit


@pytest.fixture
def yard(app: Flask) -> Yard:
    return Yard()


def looked_through() -> list[Suspicion]:
    look_through_lifts(make.days(-1))
    db.session.rollback()
    return list(db.session.scalars(visible(SYSTEM, Suspicion).order_by(Suspicion.kind)))


def county(area: str = make.COUNTY) -> User:
    return make.user(make.organisation(OrganisationKind.REGULATOR), Role.SUPERVISOR, area=area)


def test_one_person_at_two_lifts_is_found_once_however_often_it_is_looked_for(yard: Yard) -> None:
    first, second = yard.at_both()
    (row,) = looked_through()
    assert (row.kind, row.organisation_id) == (SuspicionKind.AT_TWO_LIFTS, yard.at.firm.id)
    assert row.records == [str(second), str(first)]
    assert (row.figures["minutes"], row.figures["person"]) == (25, str(yard.at.anna.id))
    assert 2990 < int(str(row.figures["metres"])) < 3010
    assert len(looked_through()) == 1


def test_the_bureau_decides_and_the_firm_reads_what_was_found_true(yard: Yard, signed_in: SignIn) -> None:
    yard.at_both()
    (row,) = looked_through()
    path, own = f"/suspicions/{row.id}", f"/firms/{yard.at.firm.id}"
    browser, manager = signed_in(county()), signed_in(yard.at.boss)
    page = browser.get(path).text
    assert "远处2号梯" in page
    assert "安师傅" in page
    assert "一人同时在两台电梯" in browser.get("/suspicions?about=lifts").text
    assert "一人同时在两台电梯" not in browser.get("/suspicions?about=cylinders").text
    assert manager.get(path).status_code == 403
    assert "一人同时在两台电梯" not in manager.get(own).text
    assert browser.post(path, data={"state": "finding", "reason": ""}).status_code == 422
    done = browser.post(path, data={"state": "finding", "reason": "调取监控属实"})
    assert done.location.endswith("/suspicions?about=lifts")
    assert "调取监控属实" in manager.get(own).text
    assert db.session.scalars(visible(SYSTEM, Finding)).all() == []  # no fault of the lift
    assert browser.post(path, data={"state": "cleared", "reason": "又查"}).status_code in (409, 422)
    for stranger in (yard.at.safe, yard.at.anna, county(make.ELSEWHERE)):
        assert signed_in(stranger).get(path).status_code in (403, 404)


def test_a_photo_used_again_is_found_and_stands_beside_the_earlier_one(yard: Yard, signed_in: SignIn) -> None:
    dice = make.secrets.SystemRandom()
    picture = taken(scene(5), dice)
    first = _jpeg(picture)
    earlier = yard.photographed(CODE, 5, first)
    later = yard.photographed(FAR, 2, _jpeg(rewritten(picture.resize((720, 540)), 60)))
    assert look_through_lifts(make.days(-1)) == 0  # no marks yet
    digests = photos_without_marks(10)
    put_marks(digests, marks_of(paths_of(digests)))
    assert len(db.session.query(PhotoMark).all()) == 2
    assert photos_without_marks(10) == []
    (row,) = looked_through()
    path = f"/suspicions/{row.id}"
    assert (row.kind, row.records) == (SuspicionKind.PHOTO_REUSED, [str(later), str(earlier)])
    page = signed_in(county()).get(path).text
    assert page.count("<img") == 2
    record = f"/visits/{yard.far.id}/{later}?view=record"
    assert "照片曾被使用" in signed_in(yard.at.boss).get(record).text
    assert "照片曾被使用" in signed_in(county()).get(record).text
    assert "照片曾被使用" not in signed_in(yard.at.safe).get(record).text
    before = f"/visits/{yard.at.lift.id}/{earlier}?view=record"
    assert "照片曾被使用" not in signed_in(yard.at.boss).get(before).text


def _jpeg(picture: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)  # type: ignore[attr-defined]
    return file.getvalue()


def test_a_checklist_in_seconds_is_found(yard: Yard) -> None:
    when = yard.when(3, 9)
    visit = yard.swipe(CODE, when)
    filled = when + timedelta(minutes=30)
    with clock.played(filled + timedelta(seconds=20)), db.transaction():
        row = db.session.get_one(Visit, (yard.at.lift.id, visit))
        replies = [
            ItemReply(item.code, ItemAnswer.OK, "", filled + timedelta(milliseconds=200 * place))
            for place, item in enumerate(items_of(row))
        ]
        answer(row, replies, by=yard.at.viewer(yard.at.anna), message_id=new_id())
    yard.swipe(CODE, when + timedelta(minutes=34))
    (found,) = looked_through()
    assert (found.kind, found.figures["seconds"]) == (SuspicionKind.SAME_ANSWERS, 6)


def test_one_after_the_other_with_time_for_the_way_is_nothing(yard: Yard) -> None:
    yard.swipe(CODE, yard.when(2, 9))
    yard.swipe(CODE, yard.when(2, 9, 40))
    yard.swipe(FAR, yard.when(2, 9, 52))
    yard.swipe(FAR, yard.when(2, 10, 30))
    assert looked_through() == []
