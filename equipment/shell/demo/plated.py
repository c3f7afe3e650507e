"""Plates of the demonstration's lifts, through the actions behind their pages: old ones bound, claimed,
lost; ours made, printed, hung, out of date, lost; and one export of the province with good and bad rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from equipment.core import clock
from equipment.core.geo import GeoPoint, GeoPosition
from equipment.files import store
from equipment.imports import actions
from equipment.imports.models import ImportBatch
from equipment.imports.queries import visit_words
from equipment.imports.states import ImportState, RowKind, RowState
from equipment.imports.visit_entering import enter_province
from equipment.imports.visit_rows import EarlierVisits, FirmBook, VisitReader, judged_rows, resolved_rows
from equipment.imports.visit_rules import suggested_visit_columns
from equipment.labels.plates import HangingScan, hang_plate, make_plates, new_plates
from equipment.labels.prints import confirm_printed, mark_drawn
from equipment.labels.rules import Numbers
from equipment.maintenance.models import Visit
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.actions import report_label
from equipment.register.coordinates import point_of
from equipment.register.models import Equipment, Identifier, Label
from equipment.register.plates import PlateReading, bind_plate, report_plate
from equipment.register.rules import FurtherPlate, IdentifierKind, LabelStatus, PlateLossKind
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import Piece, noon
from equipment.storage import db
from equipment.tasks.makers import Progress

PROVINCE = "https://tzsb.example.gov.cn/yjczp?no=6204"  # made up, like all of this city
HEADER = ("序号", "电梯注册代码", "维保单位", "维保人员", "签到时间", "签退时间", "维保类型")
PRINTED, HUNG, STALE, FELL = 10, 7, 2, 1


def plates_of_lifts(city: City, lifts: list[Piece]) -> None:
    leading = city.of(OrganisationKind.FIRM)[0]
    boss, technician = person_of(leading, Role.FIRM_MANAGER), person_of(leading, Role.TECHNICIAN)
    bureau = next(unit for unit in city.of(OrganisationKind.REGULATOR) if len(unit.area) == 4)
    office = person_of(bureau, Role.SUPERVISOR)
    own = [lift for lift in lifts if lift.row["maintenance_firm_id"] == leading.id and lift.story == ""]
    chips = _with_chips(own)
    bare = [lift for lift in own if lift.id not in chips]
    _old_plates(city, [lift for lift in own if lift.id in chips], boss, technician)
    _ours(city, [lift.id for lift in bare[:12]], office, technician)
    _export(city, own[30:60], office)


def _with_chips(lifts: Sequence[Piece]) -> set[UUID]:
    rows = select(Identifier.equipment_id).where(
        Identifier.equipment_id.in_([lift.id for lift in lifts]), Identifier.kind == IdentifierKind.RFID
    )
    return set(db.session.scalars(rows))


def _old_plates(city: City, lifts: Sequence[Piece], boss: Viewer, technician: Viewer) -> None:
    """Codes of the province's plates: bound by the manager, proposed by a technician, claimed for a second
    lift; two plates reported."""
    for number, lift in enumerate(lifts[:8]):
        _bind(city, lift.id, number, boss, 30 - number)
    _bind(city, lifts[8].id, 8, technician, 3)
    _bind(city, lifts[9].id, 0, technician, 2)
    losses = ((PlateLossKind.LOST, "轿厢翻新时取下，未装回"), (PlateLossKind.UNREADABLE, "牌面磨花，扫不出"))
    for lift, (what, reason) in zip(lifts[10:12], losses, strict=True):
        with clock.played(noon(city.today - timedelta(days=6))), db.transaction():
            report_plate(db.session.get_one(Equipment, lift.id), what, reason, by=technician)


def _bind(city: City, lift: UUID, number: int, by: Viewer, ago: int) -> None:
    reading = PlateReading(f"{PROVINCE}{number:08}", how="camera", further=FurtherPlate.SAME)
    with clock.played(noon(city.today - timedelta(days=ago))), db.transaction():
        bind_plate(db.session.get_one(Equipment, lift), reading, by=by)


def _ours(city: City, lifts: Sequence[UUID], office: Viewer, technician: Viewer) -> None:
    """Made for lifts without a plate: printed but for the last, hung by the technician, one a good way
    off, one fallen off; two say the inspection month of last year."""
    begun = noon(city.today - timedelta(days=20))
    with clock.played(begun), db.transaction():
        batch = new_plates("plate-100x70-a4", by=office, note="无牌电梯补牌")
        plates = make_plates(batch, [db.session.get_one(Equipment, key) for key in lifts], by=office)
        for plate in plates[:STALE]:
            plate.facts = {**plate.facts, "inspection": f"{city.today.year - 1}年06月"}
        codes = [(plate.code, plate.equipment_id) for plate in plates]
    with clock.played(begun + timedelta(hours=2)), db.transaction():
        mark_drawn([code for code, _lift in codes[:PRINTED]])
        confirm_printed(db.session.merge(batch), Numbers(((1, PRINTED),)), by=office)
    for place, (code, lift) in enumerate(codes[:HUNG]):
        with clock.played(noon(city.today - timedelta(days=12 - place))), db.transaction():
            hang_plate(HangingScan(code, "camera", _near(lift, place == HUNG - 1)), by=technician)
    with clock.played(noon(city.today - timedelta(days=1))), db.transaction():
        label = db.session.get_one(Label, codes[HUNG - FELL][0])
        report_label(label, LabelStatus.LOST, by=technician)


def _near(lift: UUID, far: bool) -> GeoPosition | None:
    stands = point_of(lift)
    if stands is None:
        return None
    return GeoPosition(GeoPoint(stands.latitude + (0.02 if far else 0.0002), stands.longitude), accuracy_m=15)


def _export(city: City, lifts: Sequence[Piece], office: Viewer) -> None:
    """One file of the last days: visits we have, visits we have not, and rows of every fault."""
    rows = _rows(city, lifts)
    text = io.StringIO()
    csv.writer(text).writerows([HEADER, *rows])
    with clock.played(noon(city.today - timedelta(days=1))):
        batch = _staged(text.getvalue(), rows, office)
        enter_province((batch.organisation_id, batch.id), Progress(), by=office)


def _rows(city: City, lifts: Sequence[Piece]) -> list[list[str]]:
    people = [row["name"] for row in city.of(OrganisationKind.FIRM)[0].people[Role.TECHNICIAN]]
    others = city.of(OrganisationKind.FIRM)[1]
    name = city.of(OrganisationKind.FIRM)[0].name
    coded = db.session.execute(
        select(Identifier.equipment_id, Identifier.shown).where(
            Identifier.equipment_id.in_([lift.id for lift in lifts]),
            Identifier.kind == IdentifierKind.EQUIPMENT_CODE,
        )
    )
    numbers = {row.equipment_id: row.shown for row in coded}
    day = noon(city.today - timedelta(days=4))

    def export_row(
        place: int, person: str, since: datetime, minutes: int, of: str = name, kind: str = ""
    ) -> list[str]:
        until = since + timedelta(minutes=minutes)
        code = numbers[lifts[place].id]
        return [str(place + 1), code, of, person, _written(since), _written(until), kind]

    good = [
        export_row(
            place, people[place % len(people)], day + timedelta(minutes=7 * place), 42, kind="半月维保"
        )
        for place in range(14)
    ]
    before = visible(SYSTEM, Visit).where(Visit.equipment_id == lifts[14].id, Visit.closed_at.is_not(None))
    ours = db.session.scalars(before.order_by(Visit.opened_at.desc()).limit(1)).first()
    linked = (
        [export_row(14, people[0], ours.opened_at + timedelta(minutes=2), 40)] if ours is not None else []
    )
    bad = [
        [
            "91",
            "31106200199990000",
            name,
            people[0],
            _written(day),
            _written(day + timedelta(minutes=40)),
            "半月维保",
        ],
        export_row(15, others.one(Role.TECHNICIAN)["name"], day, 40),
        export_row(16, people[0], day, -20),
        export_row(17, people[0], noon(city.today + timedelta(days=9)), 40),
        export_row(18, people[0], day, 40, of=others.name),
        export_row(19, "查无此人", day, 40),
        [*export_row(20, people[0], day, 40)[:4], f"{city.today:%Y-%m-%d}", "", "半月维保"],
        list(good[0]),
    ]
    return [*good, *linked, *bad]


def _written(at: datetime) -> str:
    return clock.site_time(at).strftime("%Y-%m-%d %H:%M:%S")


def _staged(text: str, rows: Sequence[Sequence[str]], office: Viewer) -> ImportBatch:
    """The file as its stages leave it before it is entered; they read it in a process of their own, which
    takes seconds."""
    content = store.keep(text.encode("utf-8-sig"), "text/csv")
    with db.transaction() as session:
        home = session.get_one(Organisation, office.organisation_id)
        upload = actions.Upload(content, "省平台刷卡记录导出.csv", "elevator", records=RowKind.VISITS)
        batch = actions.begin(upload, home, by=office)
        batch.header, batch.header_row = list(HEADER), 1
        batch.preview = {"sheets": [], "samples": [], "rows": len(rows), "blocks": 1, "from_1904": False}
        actions.move(batch, ImportState.MAPPING)
        mapping = suggested_visit_columns(HEADER, visit_words())
        actions.set_mapping(batch, mapping, by=office)
        reader = VisitReader(HEADER, mapping, visit_words())
        drafts = [reader.read(number, row) for number, row in enumerate(rows, 2)]
        resolved = resolved_rows(drafts, reader, "elevator", FirmBook(), by=office)
        judged = judged_rows(drafts, resolved, EarlierVisits())
        actions.stage(batch, judged)
        counts = dict.fromkeys(map(str, RowState), 0)
        for row in judged:
            counts[row.state] += 1
        batch.staged = len(judged)
        actions.finish(batch, ImportState.CHECKED, counts, by=office)
    return batch
