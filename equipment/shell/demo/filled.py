"""Fills of the last eighteen months: verdicts by the real rules, weights as a scale shows them, this morning
at the leading station."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.verdict import Effect, Reason, Verdict
from equipment.fills.build_rules import Make
from equipment.fills.models import Fill, Manifold, Scan
from equipment.fills.rules import FillFacts, FillPack, may_fill
from equipment.fills.states import FillState, ManifoldState, ScanPurpose, Treatment
from equipment.people.rules import OrganisationKind, Role
from equipment.regulation.categories import category
from equipment.regulation.fill_checks import CheckItem
from equipment.regulation.planning import Done, DueKind, Life
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.pieces import Piece
from equipment.shell.demo.shifts import hand_over, truck, without_code
from equipment.shell.demo.writing import TableRow

REFUSED = ("overdue", "past_life", "treat", "locked", "unverified")
SILENT_STATION, SILENT_DAYS = 6, 45
DOWN_STATION, DOWN_DAYS, DOWN_EVERY = 8, 14, 3  # fills on few days of late: far below usual
INDUSTRIAL, LOOSE = 10, 8  # the station with manifolds; so many of its bottles hang on none
NEVER_REFUSES = 4
MORNING_FILLED, MORNING_REFUSED, MORNING_OPEN, MORNING_RECEIVED = 118, 9, 3, 300


def _all_well(items: Iterable[CheckItem], user_id: UUID) -> dict[str, object]:
    """The answers of an operator who finds nothing wrong."""
    return {item.code: {"ok": True, "by": f"user:{user_id}"} for item in items if item.by_person}


class Filler:
    """Runs every station's days; a bottle is filled at its own station only."""

    def __init__(self, city: City) -> None:
        self.city, self.book = city, city.book
        self.cylinder = category("cylinder")
        self.pack = FillPack(self.cylinder.regulation, city.today)
        self._now = clock.now()
        self._bay = 0
        self._facts: dict[UUID, FillFacts] = {}

    def fill(self, bottles: list[Piece]) -> None:
        for number, station in enumerate(self.city.of(OrganisationKind.STATION)):
            own = [bottle for bottle in bottles if bottle.unit is station]
            good = [bottle for bottle in own if bottle.story in ("", "due_soon", "no_label")]
            bad = [bottle for bottle in own if bottle.story in REFUSED]
            for back in range(540, 0, -1):
                if number == SILENT_STATION and back <= SILENT_DAYS:
                    break
                if number == DOWN_STATION and back < DOWN_DAYS and back % DOWN_EVERY:
                    continue
                self._day(station, number, good, bad, self.city.today - timedelta(days=back), back)
            if number not in (SILENT_STATION, DOWN_STATION):
                self._this_day(station, number, good, bad)

    def _day(
        self, station: Unit, number: int, good: list[Piece], bad: list[Piece], day: date, back: int
    ) -> None:
        dice = self.book.dice
        count = (
            dice.randint(130, 190)
            if number == 0 and back <= 7
            else dice.randint(8, 16)
            if number == 0
            else 1
            if number == DOWN_STATION and back < DOWN_DAYS
            else dice.randint(0, 3)
        )
        chosen = dice.sample(good, min(count, len(good)))
        for place, piece in enumerate(chosen):
            at = clock.site_midnight(day) + timedelta(
                hours=7, minutes=place * 540 // max(count, 1) + dice.randint(0, 3)
            )
            if piece.row["in_use_since"] <= day:
                self._filled(station, piece, at, overfilled=number == 0 and dice.random() < 0.004)
        if bad and number != NEVER_REFUSES and back % 4 == 0:
            self._refused(
                station,
                dice.choice(bad),
                clock.site_midnight(day) + timedelta(hours=10, minutes=dice.randint(0, 200)),
            )

    def _this_day(self, station: Unit, number: int, good: list[Piece], bad: list[Piece]) -> None:
        """This morning: at the leading station 300 bottles came in, 118 are filled, 9
        refused, 3 stand unfinished."""
        if number:
            for place in range(self.book.dice.randint(1, 4)):
                self._filled(station, good[place], self._now - timedelta(minutes=30 + 41 * place))
            if number == INDUSTRIAL:
                self._manifolds(station, good[LOOSE:], bad)
            return
        span = min(timedelta(hours=4), self._now - clock.site_midnight(self.city.today))
        begin = self._now - span
        received = self.book.dice.sample(good, MORNING_RECEIVED - MORNING_REFUSED) + bad[:MORNING_REFUSED]
        unloaded = [
            self._scan(
                station,
                piece,
                begin + span * place / MORNING_RECEIVED / 3,
                ScanPurpose.RECEIVE,
                piece.story == "",
                {},
            )
            for place, piece in enumerate(received)
        ]
        truck(self.book, station, unloaded, begin)
        hand_over(self.book, station, begin, self._now)
        without_code(self.book, self.pack, station, begin)
        for place, piece in enumerate(received[:MORNING_FILLED]):
            self._filled(station, piece, begin + span * place / MORNING_FILLED * 0.95)
        turned_away = 0
        for piece in bad:
            if turned_away < MORNING_REFUSED:
                turned_away += self._refused(station, piece, begin + span * (turned_away + 1) / 10 * 0.9)
        for place, piece in enumerate(received[MORNING_FILLED : MORNING_FILLED + MORNING_OPEN]):
            self._open(station, piece, begin + timedelta(minutes=2 * place))

    def _manifolds(self, station: Unit, good: list[Piece], bad: list[Piece]) -> None:
        """This morning's manifolds of oxygen: one has ended, a bottle of it leaks; on the one that is being
        hooked on a bottle is red, and one is still to be looked over."""
        oxygen = [piece for piece in good if piece.row["medium"] == "O2"]
        red = [piece for piece in bad if piece.row["medium"] == "O2"]
        span = min(timedelta(hours=2), (self._now - clock.site_midnight(self.city.today)) / 2)
        opened_at = self._now - span
        ended = self._manifold(station, opened_at)
        started_at, ended_at = opened_at + span / 6, opened_at + span / 2
        ended |= {"state": ManifoldState.ENDED, "started_at": started_at, "ended_at": ended_at}
        ended |= {"pressure_kpa": 14_300, "temperature_dc": 180}
        ended |= {"started_by": ended["user_id"], "ended_by": ended["user_id"]}
        together = {"manifold_id": ended["id"], "bay": ended["bay"], "instrument_id": ended["instrument_id"]}
        together |= {
            "started_at": started_at,
            "filled_at": ended_at,
            "result_at": ended_at,
            "closed_at": ended_at,
        }
        together |= {"pressure_kpa": 14_300, "temperature_dc": 180, "user_id": ended["user_id"]}
        for place, piece in enumerate(oxygen[:7]):
            self._filled(station, piece, opened_at + span / 60 * place, leaks=place == 4, **together)
        self.book.tell(ended_at, "manifold", ended["id"], "manifold.ended", [(Manifold, ended)])
        begun_at = self._now - span / 5
        running = self._manifold(station, begun_at)
        hooked = {"manifold_id": running["id"], "bay": running["bay"]}
        for place, piece in enumerate(oxygen[7:10]):
            at = begun_at + span / 60 * (place + 1)
            self._open(station, piece, at, **hooked, **({"checks": {}, "checked_by": None} if place else {}))
        for piece in red:
            if self._refused(station, piece, begun_at + span / 12, **hooked, treatment=""):
                break
        self.book.tell(begun_at, "manifold", running["id"], "manifold.opened", [(Manifold, running)])

    def _manifold(self, station: Unit, at: datetime) -> TableRow:
        bay = next(bay for bay in station.bays if bay["gas"] == "O2")
        return self.book.add(
            Manifold,
            organisation_id=station.id,
            id=self.book.id(),
            bay=bay["bay"],
            gas="O2",
            instrument_id=bay["id"],
            device_id=station.devices["floor"]["id"],
            user_id=station.people[Role.OPERATOR][0]["id"],
            state=ManifoldState.OPEN,
            opened_at=at,
        )

    def _base(
        self, station: Unit, piece: Piece, at: datetime, verdict: Verdict, facts: FillFacts, make: Make | None
    ) -> TableRow:
        self._bay += 1
        bays = [bay for bay in station.bays if bay["gas"] == piece.row["medium"]]
        operator = station.people[Role.OPERATOR][self._bay % len(station.people[Role.OPERATOR])]
        bay = bays[self._bay % len(bays)] if bays else None
        tare = piece.row["details"].get("tare_g")
        return {
            "equipment_id": piece.id,
            "id": self.book.id(),
            "organisation_id": station.id,
            "device_id": station.devices["floor"]["id"],
            "user_id": operator["id"],
            "area": station.area,
            "category": "cylinder",
            "gas": piece.row["medium"],
            "bay": bay["bay"] if bay else "",
            "instrument_id": bay["id"] if bay else None,
            "checked_by": operator["id"],
            "allowed": verdict.allowed,
            "verdict": verdict.as_json(),
            "facts": facts.as_json(),
            "checks": _all_well(make.pre if make else (), operator["id"]),
            "happened_at": at,
            "received_at": at + timedelta(seconds=1),
            "on": clock.site_day(at),
            "tare_g": tare,
            "max_gross_g": tare + make.charge_g if tare and make and make.charge_g else None,
            "pack": self.pack.rules.pack,
            "pack_digest": self.pack.rules.digest,
        }

    def _filled(
        self,
        station: Unit,
        piece: Piece,
        at: datetime,
        *,
        overfilled: bool = False,
        leaks: bool = False,
        **more: object,
    ) -> None:
        dice, make = self.book.dice, self.pack.make_of(piece.details)  # type: ignore[arg-type]
        values = self._base(station, piece, at, Verdict(), self._in_order(piece), make)
        done = at + timedelta(minutes=dice.randint(2, 5))
        values |= {
            "state": FillState.FILLED,
            "rechecked_by": values["user_id"],
            "filled_at": done,
            "result_at": done,
            "closed_at": done,
            "post_checks": _all_well(make.post if make else (), values["user_id"]),
        }
        values |= self._read_off(station, values, make, overfilled=overfilled)
        values |= more
        if leaks and make:
            fault = next(item for item in make.post if item.code == "Q03")
            reason = Reason(fault.code, Effect.TREAT, fault.citation, {"item": fault.code})
            marks = values["post_checks"] | {"Q03": {"ok": False, "by": f"user:{values['user_id']}"}}
            values |= {"state": FillState.FAILED, "verdict": [reason.as_json()], "post_checks": marks}
            values |= {"treatment": Treatment.ISOLATE}
        self._put(station, piece, values, "fill.failed" if leaks else "fill.filled")

    def _read_off(self, station: Unit, fill: TableRow, make: Make | None, *, overfilled: bool) -> TableRow:
        """What scale or gauge showed, as it stands with the fill."""
        dice, tare_g = self.book.dice, fill["tare_g"]
        if not (make and make.weighed and tare_g and make.charge_g):
            pressure = dice.randrange(13_800, 14_900, 100) if fill["gas"] != "CNG" else 20_000
            return {"pressure_kpa": pressure, "temperature_dc": dice.randrange(120, 260)}
        net = make.charge_g - dice.randrange(50, 600, 10) if not overfilled else make.charge_g - 40
        residual = dice.randrange(0, 300, 10)
        weights: TableRow = {"empty_g": tare_g + residual, "residual_g": residual}
        weights |= {"gross_g": tare_g + net, "net_g": net}
        weights |= {"flags": ["drawn_down"]} if overfilled else {}
        if make.group in self.pack.weighed_again:  # by the other operator
            people = station.people[Role.OPERATOR]
            second = next(one["id"] for one in people if one["id"] != fill["user_id"])
            weights |= {"recheck_g": tare_g + net + dice.randrange(-40, 50, 10), "rechecked_by": second}
        return weights

    def _open(self, station: Unit, piece: Piece, at: datetime, **more: object) -> None:
        make = self.pack.make_of(piece.details)  # type: ignore[arg-type]
        values = self._base(station, piece, at, Verdict(), self._in_order(piece), make) | {
            "state": FillState.OPEN,
            "instrument_id": None,
        }
        self._put(station, piece, values | more, "fill.opened")

    def _in_order(self, piece: Piece) -> FillFacts:
        """What a scan finds of a good bottle; the same at each of its fills."""
        if piece.id not in self._facts:
            self._facts[piece.id] = FillFacts(
                gas=piece.row["medium"],
                medium=piece.row["medium"],
                inspection_due_on=self._due(piece, DueKind.INSPECTION),
                end_of_life_on=self._due(piece, DueKind.END_OF_LIFE),
                made_on=piece.row["made_on"],
            )
        return self._facts[piece.id]

    def _refused(self, station: Unit, piece: Piece, at: datetime, **more: object) -> bool:
        """A scan that the rules turn away; nothing is written where they would let it pass."""
        make, row = self.pack.make_of(piece.details), piece.row  # type: ignore[arg-type]
        facts = FillFacts(
            gas=row["medium"],
            medium=row["medium"],
            status=str(row["status"]),
            registered=row["registered_on"] is not None,
            verified=row["verified"],
            inspection_due_on=self._due(piece, DueKind.INSPECTION),
            end_of_life_on=self._due(piece, DueKind.END_OF_LIFE),
            made_on=row["made_on"],
            block_reason=row["block_reason"],
            treat_code=row["treat_code"],
        )
        verdict = may_fill(FillPack(self.cylinder.regulation, clock.site_day(at)).book({}), make, facts, {})
        if verdict.allowed:
            return False
        treatment = {
            "overdue": Treatment.INSPECT,
            "past_life": Treatment.SCRAP,
            "treat": Treatment.ISOLATE,
            "locked": Treatment.ISOLATE,
        }.get(piece.story, Treatment.WRONG_FILE)
        self._put(
            station,
            piece,
            self._base(station, piece, at, verdict, facts, make)
            | {
                "state": FillState.REFUSED,
                "closed_at": at,
                "treatment": treatment,
                "instrument_id": None,
                "checked_by": None,
            }
            | more,
            "fill.refused",
        )
        return True

    def _due(self, piece: Piece, wanted: DueKind) -> date | None:
        row = piece.row
        stated = (Done(DueKind.INSPECTION, row["last_inspected_on"]),) if row.get("last_inspected_on") else ()
        done = (*stated, *(Done(kind, day) for day, kind in piece.inspected))
        life = Life(
            piece.details, row["made_on"], row["registered_on"], None, row["in_use_since"], "in_use", done
        )
        return next(
            (
                planned.due_on
                for planned in self.cylinder.plan(life, self.city.today)
                if planned.kind is wanted
            ),
            None,
        )

    def _put(self, station: Unit, piece: Piece, values: TableRow, verb: str) -> None:
        scan = self._scan(station, piece, values["happened_at"], ScanPurpose.FILL, values["allowed"], values)
        fill = self.book.add(Fill, **values, scan_id=scan["id"])
        self.book.tell(
            values.get("closed_at") or values["happened_at"],
            "equipment",
            piece.id,
            verb,
            [(Fill, fill), (Scan, scan)],
            fill=fill["id"],
            scan=scan["id"],
        )

    def _scan(
        self, station: Unit, piece: Piece, at: datetime, purpose: ScanPurpose, allowed: bool, fill: TableRow
    ) -> TableRow:
        fill_id = fill.get("id")
        answer = {
            "fill_id": str(fill_id) if fill_id else None,
            "allowed": allowed,
            "reasons": fill.get("verdict", []),
            "items": [],
            "given": {},
            "flags": [],
            "equipment": None,
        }
        content = {"code": piece.row["label_code"], "gas": piece.row["medium"], "happened_at": at.isoformat()}
        return self.book.add(
            Scan,
            id=fill_id or self.book.id(),  # as a device makes it: the first scan's id is the fill's
            purpose=purpose,
            code=piece.row["label_code"] or "",
            equipment_id=piece.id,
            fill_id=fill_id,
            organisation_id=station.id,
            device_id=station.devices["floor"]["id"],
            user_id=fill.get("user_id"),
            allowed=allowed,
            happened_at=at,
            received_at=at + timedelta(seconds=1),
            on=clock.site_day(at),
            drift_s=1,
            content=json.dumps(content, ensure_ascii=False),
            answer=json.dumps(answer, ensure_ascii=False),
            manifold_id=fill.get("manifold_id"),
        )
