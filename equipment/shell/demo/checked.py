"""Checklists of the last days: a firm's own items for its fire-fighter lifts, visits whose readings are
good, put right or too small, photos as phones stamp them, and the evidence of a strip-down."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import func

from equipment.checklists import actions as own
from equipment.checklists.models import FirmChecklist
from equipment.core import clock
from equipment.core.geo import GeoPosition
from equipment.files.actions import StoredDocument, keep
from equipment.files.content import JPEG, Checked
from equipment.maintenance.actions import answer
from equipment.maintenance.answer_rules import ItemReply
from equipment.maintenance.models import Visit
from equipment.maintenance.photo_rules import PhotoClaim
from equipment.maintenance.photos import add_photo
from equipment.maintenance.queries import items_of
from equipment.maintenance.records import PaperVisit, enter_late
from equipment.maintenance.states import Direction, ItemAnswer, PhotoSource, ReadBy, VisitState
from equipment.maintenance.swiping import SwipeMessage, swipe
from equipment.people.models import User
from equipment.people.queries import people_with, viewer_of
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.actions import change
from equipment.register.coordinates import point_of
from equipment.register.models import Equipment
from equipment.regulation.checklists import Item
from equipment.regulation.planning import DueKind
from equipment.shell.demo.city import City
from equipment.storage.db import session, transaction

FIRE_FIGHTER = "3420"
FONT = Path(__file__).parents[3] / "static" / "fonts" / "NotoSansSC_400Regular.ttf"
ROWS = "\n".join(
    "\t".join(cells)
    for cells in (
        ("Q-1-01", "半月", "机房", "机房环境、紧急操作装置", "清洁，装置齐全，在指定位置"),
        ("Q-1-02", "半月", "机房", "主备电源切换", "切换正常，记录切换时间", "是", "切换时间", "s", "", "60"),
        ("Q-1-03", "半月", "轿厢", "轿内对讲（机房、消防控制室）", "通话清晰"),
        ("Q-1-04", "半月", "轿厢", "消防员钥匙开关、轿内控制", "动作正确，显示清晰"),
        ("Q-1-05", "半月", "层站", "层门锁紧元件啮合长度", "按制造单位要求", "", "啮合长度", "mm", "7", ""),
        ("Q-1-06", "半月", "底坑", "底坑排水、水位监测", "排水正常，水位开关有效", "是"),
        ("Q-2-01", "季度", "轿厢", "消防返回功能试验", "各层召回至消防服务层，门保持打开", "是"),
        ("Q-3-01", "半年", "轿顶", "轿顶救援天窗、救援梯", "开启灵活，电气安全装置有效"),
        ("Q-4-01", "年度", "机房", "限速器安全钳联动试验", "动作可靠", "是"),
    )
)


def checked_lately(city: City) -> None:
    """Played on the last days through the actions behind the pages."""
    owner = _own_items(city)
    quiet = _quiet_lifts()
    first, second, third, stripped = (next(quiet) for _ in range(4))
    day = clock.site_midnight(city.today - timedelta(days=1)) + timedelta(hours=19)
    _visit(first, city, day, {"A-1-29": ("7.6", "")})
    _visit(second, city, day + timedelta(hours=1), {"A-1-29": ("6.2", "7.4")}, honest=False)
    _visit(third, city, day + timedelta(hours=2), {"A-1-29": ("6.1", "")})
    if owner is not None:
        _visit(owner, city, day + timedelta(hours=3), {"Q-1-02": ("42", ""), "Q-1-05": ("7.8", "")})
    _strip_down(stripped, city, day - timedelta(days=1))


def _own_items(city: City) -> UUID | None:
    """The first firm with fire-fighter lifts has approved its items and drafts the next version; another has
    none: the bureau sees it. One of its lifts."""
    lifts = session.scalars(
        visible(SYSTEM, Equipment)
        .where(Equipment.catalogue_code == FIRE_FIGHTER, Equipment.maintenance_firm_id.is_not(None))
        .order_by(Equipment.serial)
    ).all()
    if not lifts:
        return None
    key, firm = lifts[0].id, lifts[0].maintenance_firm_id
    assert firm is not None
    boss = viewer_of(session.get_one(User, people_with(firm, Role.FIRM_MANAGER)[0].id))
    day = clock.site_midnight(city.today - timedelta(days=30))
    with clock.played(day + timedelta(hours=9)), transaction():
        draft = own.begin(FIRE_FIGHTER, by=boss)
        own.paste(draft, ROWS, by=boss, replace=True)
        own.name_manual(draft, "消防员电梯安装使用维护说明书 XF-2019 第 6 章", None, by=boss)
        own.approve(draft, clock.today(), by=boss)
    with transaction():
        later = own.begin(FIRE_FIGHTER, by=boss)
        _stricter(later, boss)
    return key


def _stricter(draft: FirmChecklist, boss: Viewer) -> None:
    own.take_item_away(draft, "Q-3-01", by=boss)
    row = "Q-1-02\t半月\t机房\t主备电源切换\t切换正常，30 秒内投入\t是\t切换时间\ts\t\t30"
    own.paste(draft, row, by=boss, replace=False)


def _quiet_lifts() -> Iterator[UUID]:
    """Lifts of annex A in use that nobody visited for a few days."""
    lately = visible(SYSTEM, Visit).with_only_columns(Visit.equipment_id, func.max(Visit.on))
    last = {row[0]: row[1] for row in session.execute(lately.group_by(Visit.equipment_id))}
    open_now = set(
        session.scalars(
            visible(SYSTEM, Visit).where(Visit.state == VisitState.OPEN).with_only_columns(Visit.equipment_id)
        )
    )
    lifts = session.scalars(
        visible(SYSTEM, Equipment)
        .where(
            Equipment.catalogue_code == "3110",
            Equipment.status == "in_use",
            Equipment.maintenance_firm_id.is_not(None),
            Equipment.label_code.is_not(None),
        )
        .order_by(Equipment.serial)
    )
    border = clock.today() - timedelta(days=3)
    for lift in lifts:
        if lift.id in last and last[lift.id] < border and lift.id not in open_now:
            yield lift.id


def _visit(
    lift_id: UUID,
    city: City,
    began: datetime,
    readings: Mapping[str, tuple[str, str]],
    *,
    honest: bool = True,
) -> None:
    """One visit with its readings (found, after an adjustment) and a photo of every key item; not
    honest: photos of the week before, taken elsewhere."""
    lift = session.get_one(Equipment, lift_id)
    assert lift.maintenance_firm_id is not None
    pair = people_with(lift.maintenance_firm_id, Role.TECHNICIAN)[-2:]
    first, second = (viewer_of(session.get_one(User, one.id)) for one in pair)
    code, visit_id = lift.label_code or "", city.book.id()
    here = point_of(lift_id)
    position = GeoPosition(here, accuracy_m=9) if here is not None and honest else None
    for who, minute, swipe_id, way in (
        (first, 0, visit_id, Direction.IN),
        (second, 3, city.book.id(), Direction.IN),
    ):
        at = began + timedelta(minutes=minute)
        with clock.played(at), transaction():
            swipe(SwipeMessage(swipe_id, at, "", code, way, how=ReadBy.CAMERA, position=position), by=who)
    visit = session.get(Visit, (lift_id, visit_id))
    if visit is None:  # that was refused: the lift tells its own story
        return
    with clock.played(began + timedelta(minutes=25)), transaction():
        answer(visit, [_reply(item.code, began, readings) for item in items_of(visit)], by=first)
    for number, item in enumerate(one for one in items_of(visit) if one.key):
        at = began + timedelta(minutes=26 + number)
        source = PhotoSource.CAMERA if honest else PhotoSource.GALLERY
        own_time = at if honest else at - timedelta(days=7)
        claim = PhotoClaim(at, source, position, own_time, stamped=True)
        _photographed(visit, item, number, claim, first, lift)
    left = began + timedelta(minutes=48)
    with clock.played(left), transaction():
        message = SwipeMessage(
            city.book.id(), left, "", code, Direction.OUT, how=ReadBy.CAMERA, position=position
        )
        swipe(message, by=first)


def _photographed(
    visit: Visit, item: Item, number: int, claim: PhotoClaim, by: Viewer, lift: Equipment
) -> None:
    assert claim.taken_at is not None
    at = clock.site_time(claim.taken_at)
    text = [f"{at:%Y-%m-%d %H:%M:%S}  {by.name}", lift.address, f"{item.code} {item.name.zh}"]
    with clock.played(claim.taken_at), transaction():
        add_photo(visit, item.code, _photo(text, number), by=by, claim=claim)


def _strip_down(lift_id: UUID, city: City, began: datetime) -> None:
    """The yearly visit of a lift with a drum brake and non-metal sheaves, kept on paper and entered the next
    morning, with photos of the strip-down."""
    lift = session.get_one(Equipment, lift_id)
    assert lift.maintenance_firm_id is not None
    technician = people_with(lift.maintenance_firm_id, Role.TECHNICIAN)[0]
    by = viewer_of(session.get_one(User, technician.id))
    paper = PaperVisit(
        DueKind.VISIT_YEAR,
        began,
        began + timedelta(hours=3),
        [technician.id],
        "机房无信号，手机没电，先记纸质",
    )
    with clock.played(began + timedelta(hours=20)), transaction():
        change(lift, {"details": {"brake": "drum_lever", "non_metal_sheaves": "yes"}}, by=SYSTEM)
        visit = enter_late(lift, paper, by=by, visit_id=city.book.id())
        readings = {"A-1-29": ("7.2", "")}
        answer(visit, [_reply(one.code, began, readings) for one in items_of(visit)], by=by)
    wanted = [one for one in items_of(visit) if one.photo for _ in range(2)]
    for number, item in enumerate(wanted):
        at = began + timedelta(hours=20, minutes=5 + number)
        _photographed(visit, item, number, PhotoClaim(at, PhotoSource.GALLERY, None, at, True), by, lift)


def _reply(code: str, at: datetime, readings: Mapping[str, tuple[str, str]]) -> ItemReply:
    first, after = readings.get(code, ("", ""))
    chosen = ItemAnswer.ADJUSTED if after else ItemAnswer.OK
    if code == "A-1-06":
        return ItemReply(code, ItemAnswer.NOT_APPLICABLE, "本梯无此装置", at + timedelta(minutes=20))
    key = {"Q-1-02": "r1", "Q-1-05": "r1"}.get(code, "engagement")
    typed = {key: first} if first else {}
    return ItemReply(
        code,
        chosen,
        "已调整锁钩" if after else "",
        at + timedelta(minutes=20),
        typed,
        {key: after} if after else {},
    )


def _photo(text: list[str], number: int) -> StoredDocument:
    """A picture with the band that phones write."""
    picture = Image.new("RGB", (640, 480), (120 + number * 9 % 90, 128, 140 - number * 5 % 60))
    pen = ImageDraw.Draw(picture)
    font = ImageFont.truetype(str(FONT), 16)
    for place in range(0, 640, 40):
        pen.line((place, 0, 640 - place, 480), fill=(150, 156, 165))
    pen.rectangle((0, 480 - 24 * len(text) - 12, 640, 480), fill=(20, 24, 30))
    for row, words in enumerate(text):
        pen.text((8, 480 - 24 * (len(text) - row) - 4), words, font=font, fill=(255, 255, 255))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return keep(Checked(out.getvalue(), JPEG), "photo.jpg", "photo")
