"""超期核查 of this month: every office has its round since the first; the leading one is half way through it,
others are done, and their county has settled some of what they saw."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from uuid import UUID

from PIL import Image, ImageDraw

from equipment.core import clock
from equipment.core.ids import new_id
from equipment.core.months import month_start
from equipment.files.actions import take
from equipment.files.content import IMAGES
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.shell.demo.city import LEADING_OFFICE, City
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction
from equipment.walks.actions import WalkTap, add_photo, offices_with_late, open_round, record_outcome
from equipment.walks.models import Walk, WalkRow
from equipment.walks.queries import PHOTO, open_rounds, round_of, rows_of
from equipment.walks.rules import COUNTY, SETTLEMENTS
from equipment.walks.settling import WalkDecision, send_back, settle
from equipment.walks.states import WalkOutcome, WalkVia

W = WalkOutcome
# What officers saw, in the order of their way, with the remark and whether they took a photo.
SEEN: tuple[tuple[WalkOutcome, str, bool], ...] = (
    (W.IN_USE, "现场使用标志已过期，设备正在使用", True),
    (W.STOPPED, "使用单位已断电停用，现场已围挡", True),
    (W.APPLIED, "出示报检受理单", False),
    (W.IN_USE, "", True),
    (W.ABSENT, "", False),  # neither photo nor remark: the county sends it back
    (W.INSPECTED, "检验员上周已到场", False),
    (W.REMOVED, "原址已拆迁", True),
)
EARLY = 9  # days of a month in which the round of the month before is looked at
SETTLED = 3  # rows of a finished round that the county has settled


def walks_of_month(city: City) -> None:
    first = month_start(city.today - timedelta(days=EARLY))
    opened_at = min(clock.site_midnight(first) + timedelta(minutes=25), clock.now() - timedelta(minutes=40))
    with clock.played(opened_at):
        for area in sorted(offices_with_late(first)):
            with transaction():
                open_round(area, clock.today(), by=SYSTEM)
    rounds = session.execute(open_rounds(SYSTEM).order_by(Walk.area).with_only_columns(Walk.id, Walk.area))
    number = 0
    for place, (walk_id, area) in enumerate(rounds.all()):
        if area != LEADING_OFFICE and place % 3 == 2:
            continue  # nobody has been on his way yet
        number = _walk(city, walk_id, area, opened_at, number)


def _walk(city: City, walk_id: UUID, area: str, opened_at: datetime, number: int) -> int:
    """An office on its way; of the leading one every second row is left. Which of SEEN comes next."""
    office, county = _people(city, area)
    rows = session.scalars(rows_of(round_of(SYSTEM, walk_id))).all()
    walked = rows[: max(1, len(rows) // 2)] if area == LEADING_OFFICE else rows
    for place, row_no in enumerate([row.row_no for row in walked]):
        outcome, note, has_photo = SEEN[number % len(SEEN)]
        number += 1
        at = min(
            opened_at + timedelta(days=2 + place // 4, hours=9, minutes=20 * place + 5),
            clock.now() - timedelta(minutes=30 - place % 20),
        )
        via = WalkVia.PAPER if number % 5 == 0 else WalkVia.PHONE
        with clock.played(at), transaction():
            walk = round_of(office, walk_id)
            record_outcome(walk, row_no, WalkTap(new_id(), outcome, at, note, via), by=office)
        if has_photo:
            photo = take(_photo(row_no), f"现场{row_no}.jpg", PHOTO, accept=IMAGES)
            with clock.played(at + timedelta(seconds=40)), transaction():
                add_photo(round_of(office, walk_id), row_no, photo, by=office)
    if area != LEADING_OFFICE:
        _settle(walk_id, county, [row.row_no for row in walked[:SETTLED]])
    return number


def _settle(walk_id: UUID, county: Viewer, rows: list[int]) -> None:
    """The county's afternoon: what is proved is settled, what is not goes back."""
    for row_no in rows:
        with transaction():
            walk = round_of(county, walk_id)
            row: WalkRow = session.scalars(rows_of(walk).where(WalkRow.row_no == row_no)).one()
            assert row.outcome is not None  # it was walked above
            if row.outcome is W.ABSENT and not row.note:
                send_back(walk, row_no, "请补照片，并询问物业设备去向", by=county)
            else:
                settle(walk, row_no, WalkDecision(SETTLEMENTS[row.outcome][0]), by=county)


def _people(city: City, area: str) -> tuple[Viewer, Viewer]:
    """Who walks and who settles: where a 所 has nobody, its county does both."""
    offices = {unit.area: unit for unit in city.of(OrganisationKind.REGULATOR)}
    county = person_of(offices[area[:COUNTY]], Role.SUPERVISOR)
    office = offices.get(area)
    has_officer = office is not None and Role.SUPERVISOR in office.people
    return (person_of(office, Role.SUPERVISOR) if office and has_officer else county), county


def _photo(row_no: int) -> io.BytesIO:
    """A made-up photo: a lift door with the number of its row."""
    picture = Image.new("RGB", (480, 640), (92, 98, 108))
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((90, 90, 390, 560), fill=(168, 172, 178), outline=(60, 64, 70), width=6)
    drawing.line((240, 90, 240, 560), fill=(60, 64, 70), width=6)
    drawing.rectangle((0, 580, 480, 640), fill=(20, 20, 20))
    drawing.text((12, 594), f"DEMO {row_no}", fill="white", font_size=28)
    content = io.BytesIO()
    picture.save(content, "JPEG")
    content.seek(0)
    return content
