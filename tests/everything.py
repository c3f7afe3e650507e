"""One more of everything: each call adds a record to every list there is, each of other people, pieces, firms and places.

For tests that walk all pages: how many questions a list asks (test_query_counts.py), and what a stranger is answered (test_routes.py).
"""

from __future__ import annotations

import json
import zlib
from datetime import timedelta
from typing import Any
from uuid import UUID

from equipment.accidents.models import (
    Accident,
    AccidentClearance,
    AccidentFile,
    AccidentRelay,
    AccidentStatement,
    AccidentStep,
    Expert,
)
from equipment.accidents.states import (
    AccidentSource,
    AccidentStepKind,
    ClearanceKind,
    Office,
    RelayHow,
    StatementKind,
)
from equipment.calls.models import CallNote, Dispatch, RescueCall
from equipment.calls.states import CallKind, CallSource, CallState, CallStep, DispatchLevel
from equipment.campaigns.models import (
    Campaign,
    CampaignItem,
    CampaignList,
    CampaignPhoto,
    CampaignProblem,
    CampaignRow,
)
from equipment.campaigns.rules import CampaignScope
from equipment.campaigns.states import CampaignRowState, CampaignState
from equipment.checklists.models import FirmChecklist
from equipment.checklists.states import ListState
from equipment.contracts.models import Contract, ContractLift, ContractPaper, Handover, StandIn, Team
from equipment.contracts.states import ContractKind, ContractState, HandoverState
from equipment.controls.models import (
    ControlAppointment,
    ControlDay,
    ControlFinding,
    ControlReport,
    DailyControl,
    RiskList,
    RiskRow,
    UnitClosure,
)
from equipment.controls.rules import (
    ControlDayState,
    ControlGrade,
    ControlPeriod,
    ControlPost,
    ControlReportKind,
    report_span,
)
from equipment.controls.states import RiskListState
from equipment.core import clock
from equipment.core.geo import Datum
from equipment.core.ids import new_id
from equipment.core.verdict import Citation
from equipment.dues import applications, lists
from equipment.dues.actions import plan_piece
from equipment.dues.filters import Filters
from equipment.dues.models import Application, JointApplication, OrganisationDue
from equipment.dues.rules import ApplicationState
from equipment.files.models import Attachment
from equipment.fills.label_rules import LabelMode
from equipment.fills.models import (
    ClockDecision,
    Custody,
    Delivery,
    Emptying,
    Fill,
    FillLabel,
    FillOverride,
    ForbiddenFill,
    Manifold,
    Scan,
)
from equipment.fills.states import ClockRuling, CustodyState, FillState, ManifoldState, ScanPurpose
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.rules import FindingSource
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.states import ImportState, RowKind, RowState
from equipment.inspections.models import Inspection, NumberForm, Opinion, OpinionItem, UseMark
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.inspections.states import MarkState
from equipment.instruments.models import (
    Instrument,
    OwnCheck,
    Verification,
    VerificationList,
    VerificationListRow,
)
from equipment.instruments.rules import InstrumentKind, OwnCheckResult, VerificationResult
from equipment.insurance.models import InsuranceCase, Policy
from equipment.insurance.rules import Cover, Payer, PolicyKind
from equipment.insurance.states import CaseState
from equipment.labels.actions import issue_labels
from equipment.labels.handouts import Receiver, hand_out
from equipment.labels.models import LabelClaim
from equipment.labels.rules import ClaimState
from equipment.life.actions import ReportDraft, receive
from equipment.life.states import ReportKind
from equipment.lots.actions import snapshot_of
from equipment.lots.models import Destroyed, Destruction, Lot, LotRow
from equipment.lots.states import DestructionMethod, LotRowState, LotState
from equipment.maintenance.models import Swipe, Visit
from equipment.maintenance.states import SwipeOutcome, SwipeVia, VisitState
from equipment.on_demand.models import OnDemandPeriod, PilotFiling, RemoteCheck
from equipment.on_demand.rules import CheckResult, FilingCover
from equipment.on_demand.states import FilingState
from equipment.orders.models import CaseTransfer, IssuingOffice, Order, OrderExtension, OrderFile, OrderItem
from equipment.orders.rules import OrderOrigin, OrderState, OrderUrgency
from equipment.packs.models import Pack
from equipment.packs.states import PackKind
from equipment.passes.models import PassList
from equipment.people.models import Area, Device, Organisation, SignIn, User
from equipment.people.queries import viewer_of
from equipment.people.rules import (
    SYSTEM,
    DeviceKind,
    OrganisationKind,
    Role,
    SignInMeans,
    SignInOutcome,
    Viewer,
)
from equipment.people.scope import visible
from equipment.places.models import (
    Customer,
    DeliveryNote,
    NoteRow,
    PlaceReport,
    Transfer,
    TransferRow,
    Whereabouts,
)
from equipment.places.states import (
    NoteRowKind,
    NoteState,
    PlaceEvent,
    PlaceReportKind,
    PlaceState,
    TransferState,
)
from equipment.register.duty_rules import NOW
from equipment.register.models import (
    Coordinates,
    Equipment,
    Label,
    LabelStep,
    LiftPlate,
    PlateProposal,
    Standing,
)
from equipment.register.rules import (
    CoordinatesSource,
    CoordinatesState,
    EquipmentStatus,
    IdentifierKind,
    LabelStepKind,
    PlateState,
)
from equipment.regulation.clauses import Grade
from equipment.regulation.elevator_details import MaintenanceMode, OnDemandBasis
from equipment.regulation.planning import DueKind
from equipment.regulation.risk_numbers import RiskColour
from equipment.reminders.models import Channel, Notice
from equipment.reminders.states import ChannelKind
from equipment.reports.actions import issue
from equipment.reports.figures import month_figures
from equipment.rescue.models import Drill, DutyPhone, PhoneConfirmation, RescueStation
from equipment.rescue.rules import ConfirmedHow, Scenario
from equipment.risks.models import HandGraded, Risk, RiskChange, UnitRisk
from equipment.risks.rules import ReasonKind, RiskReason
from equipment.seizures.models import SeizedGoods, Seizure, SeizureExtension
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureState
from equipment.storage import db
from equipment.supervision.models import (
    CheckedPiece,
    CheckFinding,
    KeyUnit,
    PlannedCheck,
    SupervisionCheck,
    UpwardReport,
)
from equipment.supervision.rules import CheckKind, UnitAnswer
from equipment.suspicions.models import StatedAmount, Suspicion
from equipment.suspicions.states import AmountSource, SuspicionKind
from equipment.tasks.actions import enqueue
from equipment.tasks.models import JobRun
from equipment.tasks.rules import RunState
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from equipment.telemetry.states import FaultCode, ReportFault, SignalKind
from equipment.uploads.models import UploadAttempt, UploadedRecord
from equipment.uploads.states import UploadKind, UploadOutcome, UploadStep
from equipment.walks.models import Walk, WalkRow
from equipment.walks.states import WalkOutcome, WalkRowState, WalkSettlement
from tests import make

LPG = {
    "variety": "lpg",
    "medium": "LPG",
    "model": "YSP35.5",
    "volume_ml": 35500,
    "tare_g": 16500,
    "max_charge_g": 14900,
    "edition": "gb5842_2006",
}
CITED = Citation("示例").as_json()
MONTH = (clock.today().replace(day=1) - timedelta(days=1)).replace(day=1)
JOB = "plan_dues"
DIGITS = "4242"  # every stamped number ends so


def full(model: type[db.Base], **given: Any) -> Any:
    """A row of `model`: what is not given is the plainest value its column takes."""
    plain = {
        "str": "",
        "bool": False,
        "int": 0,
        "date": clock.today(),
        "datetime": clock.now(),
        "dict": {},
        "list": [],
        "Fields": {},
        "Json": {},
        "UUID": new_id(),
    }
    needed = [
        column.key for column in model.__table__.columns if not column.nullable and column.default is None
    ]
    row = {
        name: plain[
            str(model.__annotations__[name]).removeprefix("Mapped[").removesuffix("]").partition("[")[0]
        ]
        for name in needed
        if name not in given
    } | given
    made = model(**row)
    with make.writing():
        db.session.add(made)
    return made


def viewer(who: User) -> Viewer:
    return viewer_of(db.session.get_one(User, who.id))


class Everything:
    """The organisations whose lists are looked at, and their people; `add` makes one more of everything for them and for others beside them.

    What is not public carries the name `named`, where there is one."""

    def __init__(self, area: str = make.COUNTY, *, named: str = "") -> None:
        self.area, self.named, self.number, self.lists_issued = area, named, 0, 0
        self.labels_stuck = 0
        self.place = (
            "外地" if named else ""
        )  # organisations and areas are public: their names give nothing away
        self.bureau = make.organisation(OrganisationKind.REGULATOR, f"{self.place}监管局", area=area)
        self.unit, self.firm, self.body, self.station = self._organisations("")
        self.admin, self.supervisor = (
            self._user(self.bureau, Role.ADMINISTRATOR),
            self._user(self.bureau, Role.SUPERVISOR),
        )
        self.officer, self.inspector = (
            self._user(self.unit, Role.SAFETY_OFFICER, "A"),
            self._user(self.body, Role.INSPECTOR),
        )
        self.technician, self.manager = (
            self._user(self.firm, Role.TECHNICIAN, "T"),
            self._user(self.firm, Role.FIRM_MANAGER),
        )
        self.operator, self.owner = (
            self._user(self.station, Role.OPERATOR, "P"),
            self._user(self.station, Role.STATION_OWNER),
        )
        self.centre = make.organisation(OrganisationKind.CENTRE, f"{self.place}处置中心", area=area)
        self.taker = self._user(self.centre, Role.CALL_TAKER)
        self.people = (
            self.admin,
            self.supervisor,
            self.officer,
            self.inspector,
            self.technician,
            self.manager,
            self.operator,
            self.owner,
            self.taker,
        )
        self.lift, self.bottle = (
            self._lift(self.unit, self.firm, self.body),
            self._bottle(self.station, self.body),
        )
        self.controller, self.token = make.device(self.station, DeviceKind.CONTROLLER, person=self.operator)
        self.systems = {
            "firm's system": make.device(self.firm, DeviceKind.UPLOAD)[1],
            "body's system": make.device(self.body, DeviceKind.UPLOAD)[1],
            "centre's system": make.device(self.centre, DeviceKind.UPLOAD)[1],
            "officer's phone": make.device(self.bureau, DeviceKind.PHONE, person=self.supervisor)[1],
            "connected": make.device(self.firm, DeviceKind.FIRM_SYSTEM, person=self.manager)[1],
        }
        self.floor, self.floor_token = make.device(self.station, DeviceKind.FLOOR)
        self.batch = full(
            ImportBatch,
            organisation_id=self.station.id,
            category="cylinder",
            file_name=named or "台账.xlsx",
            state=ImportState.CHECKED,
            header=["编号"],
            user_id=self.owner.id,
            staged=3,
        )
        self.results = full(
            ImportBatch,
            organisation_id=self.body.id,
            category="elevator",
            records=RowKind.RESULTS,
            file_name=named or "结果.xlsx",
            state=ImportState.CHECKED,
            header=["编号"],
            user_id=self.inspector.id,
            staged=3,
        )
        self.notes = 0
        self.walk = self._round(0)
        self.campaign, self.campaign_list = self._campaign(0)
        self.gateways: dict[UUID, Device] = {}  # by firm
        self.connected: dict[UUID, UUID] = {}  # their own systems, by firm
        self.latest: dict[str, Any] = {}  # what the last `add` made, by the word for it

    def add(self) -> None:
        """One more of everything."""
        self.number += 1
        unit, firm, body, station = self._organisations(str(self.number))
        officer, inspector, technician = (
            self._user(unit, Role.SAFETY_OFFICER, "A"),
            self._user(body, Role.INSPECTOR),
            self._user(firm, Role.TECHNICIAN, "T"),
        )
        theirs = self._lift(unit, firm, body)
        self._about(theirs, officer, technician, inspector)
        self._filled(self._bottle(station, body), self._user(station, Role.OPERATOR, "P"))
        fresh = self._lift(self.unit, self.firm, self.body)
        for lift in (fresh, self.lift):
            self._about(lift, self.officer, self.technician, self.inspector)
            self._insured(lift, self.unit, self.firm)
            self._hurt(lift, self.unit, self.firm)
        self._insured(None, self.unit, self.firm)
        self._ordered(self.unit, self.lift)
        self._seized(self.unit, self.lift)
        self._checked(self.unit, self.lift)
        self._controlled(self.unit, self.lift)
        self._walked(fresh, self.number)
        self._campaigned(fresh, theirs, self.number)
        self._graded(fresh, unit, RiskColour.ORANGE)
        self._graded(self.lift, self.unit, RiskColour.RED)
        for bottle in (self._bottle(self.station, self.body), self.bottle):
            self._filled(bottle, self.operator)
            self._placed(bottle)
            self._hurt(bottle, self.station, None)
        self._handed_over(self._bottle(self.station, self.body), station)
        self._contracted(self._lift(self.unit, self.firm, self.body), firm)
        self._lot(self._bottle(self.station, self.body))
        self._destroyed(self._bottle(self.station, self.body))
        for of, who in ((body, inspector), (self.body, self.inspector), (self.bureau, self.admin)):
            with db.transaction():
                made = lists.make_list(Filters(window="all"), by=viewer(who), title=self.named)
            self.latest["list" if of is not self.bureau else "supervision list"] = made
        for who in (self.officer, self.admin):
            self.latest["pack"] = self._packed(who)
        self._papers()
        self._rescue()
        self._work()

    def _insured(self, lift: Equipment | None, unit: Organisation, firm: Organisation) -> None:
        """A policy and a filing; with a lift also what an insurer was told, a remote check and a time on demand."""
        number = new_id().hex[-8:]
        days = {"from_on": make.days(-30), "until_on": make.days(30)}
        self.latest["policy"] = self.policy = full(
            Policy,
            organisation_id=unit.id,
            id=new_id(),
            number=f"{self.named}{number}",
            number_key=number,
            insurer=self.named or "保险公司",
            kind=PolicyKind.LIABILITY,
            payer=Payer.USE_UNIT,
            sum_fen=100,
            cover=Cover.UNIT if lift is None else Cover.LISTED,
            **days,
        )
        self.latest["filing"] = self.filing = full(
            PilotFiling,
            organisation_id=firm.id,
            id=new_id(),
            state=FilingState.APPROVED,
            number=f"{self.named}{number}",
            basis=OnDemandBasis.OTHER,
            months=1,
            cover=FilingCover.UNIT,
            unit_id=unit.id,
            decided_at=clock.now(),
            **days,
        )
        if lift is None:
            return
        at = {"equipment_id": lift.id, "area": lift.area, "category": "elevator", "organisation_id": firm.id}
        self.latest["case"] = full(
            InsuranceCase,
            holder_id=unit.id,
            policy_id=self.policy.id,
            event=self.named or "进水",
            state=CaseState.REPORTED,
            links=[],
            **at,
        )
        full(RemoteCheck, result=CheckResult.ABNORMAL, note=self.named or "异响", **at)
        full(
            OnDemandPeriod,
            filing_id=self.filing.id,
            basis=OnDemandBasis.OTHER,
            months=1,
            from_on=make.days(-20),
            ended_on=make.days(-10),
            reasons=["insurance"],
            **at,
        )

    def _ordered(self, unit: Organisation, lift: Equipment | None) -> None:
        """An order of the bureau with all that can hang on it, and the office that issues here."""
        if self.number == 1:
            office = {"name": f"{self.area}监管局", "sign": "云", "review_body": "市政府", "court": "区法院"}
            full(IssuingOffice, area=self.area, changed_at=clock.now(), **office)
        at = {"organisation_id": unit.id, "area": unit.area}
        self.latest["order"] = self.order = full(
            Order,
            id=new_id(),
            issuer_area=self.area,
            year=2026,
            sequence=self.number,
            number=f"（云）市监特令〔2026〕第{self.number}号",
            unit_name=self.named or "某物业",
            issued_on=clock.today(),
            issued_by=self.supervisor.id,
            inspectors=[{"name": self.named, "certificate": ""}],
            urgency=OrderUrgency.BY_DAY,
            due_on=make.days(20),
            origin=OrderOrigin.DESK,
            state=OrderState.ISSUED,
            **at,
        )
        of = {"order_id": self.order.id, **at}
        piece = lift.id if lift else None
        full(
            OrderItem,
            no=1,
            problem=self.named or "无证",
            rule="law_33",
            equipment_id=piece,
            is_right=False,
            **of,
        )
        full(OrderExtension, was_on=make.days(5), until_on=make.days(20), reason="x", **of)
        full(CaseTransfer, team=self.named or "执法队", facts="x", transferred_on=clock.today(), **of)
        self.latest["order file"] = full(
            OrderFile, id=new_id(), kind="evidence", name="a.jpg", media_type="image/jpeg", **of
        )

    def _checked(self, unit: Organisation, lift: Equipment) -> None:
        """A check of the bureau with a piece, a problem and a drawing; a key unit, a planned check, a report upward."""
        at = {"organisation_id": unit.id, "area": unit.area}
        facts = ("credit_code", "legal_representative", "safety_manager", "address", "contact", "post")
        named = dict.fromkeys(facts, self.named)
        self.latest["check"] = self.check = full(
            SupervisionCheck,
            id=new_id(),
            number=f"JC-{self.area}-2026-{self.number:04}",
            office_area=self.area,
            kind=CheckKind.ROUTINE,
            inspectors=[{"name": self.named, "certificate": ""}],
            unit={"name": self.named or "某物业", "phone": "", "roles": ["use"], **named},
            measures=["order"],
            unit_answer=UnitAnswer.SIGNED,
            signatures={"unit": "0" * 64},
            photos=[],
            recorded_by=self.supervisor.id,
            on=clock.today(),
            **at,
        )
        of = {"equipment_id": lift.id, "area": lift.area}
        full(CheckedPiece, check_id=self.check.id, organisation_id=unit.id, category="elevator", **of)
        full(CheckFinding, check_id=self.check.id, no=1, text=self.named or "无证", put_right=False, **at)
        self.latest["key unit"] = full(
            KeyUnit, id=new_id(), from_on=clock.today(), reason=self.named or "x", **at
        )
        today = clock.today()
        plan = {"year": today.year, "month": today.month, "kind": CheckKind.ROUTINE}
        self.latest["planned check"] = full(PlannedCheck, id=new_id(), **plan, **at)
        full(UpwardReport, from_area=self.area, to_name=self.named or "市局", **of)

    def _controlled(self, unit: Organisation, lift: Equipment) -> None:
        """A day with its control and a problem, a stopped day, an appointment, a risk list, a week's report."""
        at = {"organisation_id": unit.id, "area": unit.area}
        on, of = clock.today() - timedelta(days=self.number), {"category": "elevator", **at}
        row = dict.fromkeys(RiskRow.__annotations__, self.named) | {"code": "001", "key": True}
        self.latest["risk list"] = full(
            RiskList,
            version=self.number,
            state=RiskListState.ADOPTED,
            rows=[row],
            adopted_at=clock.now(),
            adopted_by=self.officer.id,
            adopter=self.named,
            **of,
        )
        self.latest["control"] = control = full(
            DailyControl,
            on=on,
            period=ControlPeriod.WHOLE,
            list_id=self.latest["risk list"].id,
            list_version=self.number,
            nothing_found=False,
            problems=1,
            made_by=self.officer.id,
            officer=self.named or "李安",
            is_late=False,
            is_paper=False,
            **of,
        )
        full(
            ControlFinding,
            control_id=control.id,
            no=1,
            text=self.named or "门锁",
            grade=ControlGrade.GENERAL,
            put_right=False,
            equipment_id=lift.id,
            **at,
        )
        full(ControlDay, on=on, state=ControlDayState.ON_TIME, control_id=control.id, **of)
        full(ControlDay, on=on - timedelta(days=40), state=ControlDayState.EXPECTED, **of)
        self.latest["closure"] = full(
            UnitClosure, from_on=on, until_on=on, reason=self.named or "停业", stated_by=self.officer.id, **at
        )
        self.latest["appointment"] = full(
            ControlAppointment, post=ControlPost.OFFICER, name=self.named or "李安", from_on=on, **at
        )
        span = report_span(ControlReportKind.WEEK, on - timedelta(days=7 * self.number))
        self.latest["control report"] = full(
            ControlReport,
            kind=ControlReportKind.WEEK,
            number=f"DT-ZP-{self.number}",
            begins_on=span.begins_on,
            ends_on=span.ends_on,
            due_on=span.ends_on,
            summary=self.named,
            **of,
        )

    def _hurt(self, piece: Equipment, unit: Organisation, firm: Organisation | None) -> None:
        """An accident with everything around it, and an expert who could be asked."""
        at = clock.now() - timedelta(minutes=50)
        facts = {"happened_at": at, "known_at": at, "reported_at": clock.now(), "what": self.named or "夹人"}
        counts = {"dead": 0, "serious": 0, "injured": 1, "trapped": 0}
        accident = full(
            Accident,
            organisation_id=unit.id,
            source=AccidentSource.PAGE,
            equipment_id=piece.id,
            category=piece.category,
            area=piece.area,
            unit_id=unit.id,
            firm_id=firm.id if firm else None,
            office=Office.COUNTY,
            limit_min=60,
            in_time=True,
            **facts,
            **counts,
        )
        of = {"accident_id": accident.id}
        full(AccidentStatement, **of, number=1, kind=StatementKind.FIRST, **facts, **counts)
        full(
            AccidentRelay,
            **of,
            from_office=Office.COUNTY,
            to_office=Office.CITY,
            how=RelayHow.PHONE,
            in_time=True,
            note=self.named,
            since=accident.reported_at,
            sent_at=accident.reported_at,
        )
        full(
            AccidentStep, **of, kind=AccidentStepKind.LEVEL, before="general", after="larger", note=self.named
        )
        full(
            AccidentClearance,
            **of,
            equipment_id=piece.id,
            area=piece.area,
            category=piece.category,
            kind=ClearanceKind.STATEMENT,
            note=self.named,
        )
        file = full(AccidentFile, **of, about_id=accident.id, name=self.named)
        if firm is not None:  # that of a lift, whose parties are the most
            self.latest["accident"], self.latest["accident file"] = accident, file
        self.latest["expert"] = full(
            Expert, area=self.area, name=self.named or "周工", categories=[piece.category]
        )

    def _seized(self, unit: Organisation, lift: Equipment) -> None:
        """A decision with a line of goods, and more time for it."""
        beside = {"organisation_id": unit.id, "area": self.area}
        self.latest["seizure"] = seizure = full(
            Seizure,
            id=new_id(),
            issuer_area=self.area,
            year=2026,
            sequence=new_id().int % 1_000_000,
            officers=[],
            kind=SeizureKind.DETAINED,
            issued_on=make.days(-3),
            issued_at=clock.now(),
            issued_by=self.admin.id,
            until_on=make.days(20),
            state=SeizureState.RUNNING,
            **dict.fromkeys(("order_id", "check_id", "service_way", "served_at", "ended_on")),
            **beside,
        )
        full(
            SeizedGoods,
            seizure_id=seizure.id,
            no=1,
            quantity=1,
            equipment_id=lift.id,
            state=GoodsState.HELD,
            settled_on=None,
            **beside,
        )
        days = {"was_on": make.days(10), "until_on": make.days(20)}
        full(
            SeizureExtension,
            id=new_id(),
            seizure_id=seizure.id,
            at=clock.now(),
            by=self.admin.id,
            **days,
            **beside,
        )

    def _measured(self, of: Organisation, instrument: Instrument) -> None:
        """A verification, an own check and a list for the body of an instrument."""
        beside = {"organisation_id": of.id, "instrument_id": instrument.id, "entered_by": self.officer.id}
        days = {"verified_on": make.days(-300), "valid_until": make.days(9), "entered_at": clock.now()}
        verification = full(
            Verification,
            id=new_id(),
            result=VerificationResult.PASSED,
            void_reason="",
            **dict.fromkeys(("voided_at", "voided_by")),
            **beside,
            **days,
        )
        check = full(
            OwnCheck,
            id=new_id(),
            result=OwnCheckResult.GOOD,
            checked_on=make.days(-3),
            entered_at=clock.now(),
            **beside,
        )
        self.latest["verification"], self.latest["own check"] = verification, check
        for drawer in (of, self.bureau):
            drawn = full(
                VerificationList,
                id=new_id(),
                organisation_id=drawer.id,
                area=self.area,
                number=f"SJ-{new_id().hex[-8:]}",
                due_until=make.days(30),
                drawn_by=self.officer.id,
                drawn_at=clock.now(),
            )
            full(
                VerificationListRow,
                organisation_id=drawer.id,
                list_id=drawn.id,
                row_no=1,
                area=self.area,
                instrument_id=instrument.id,
                unit_id=of.id,
                due_on=make.days(9),
                verification_id=None,
            )
            self.latest["verification list"] = drawn

    def _rescue(self) -> None:
        """A duty phone and a drill of the firm, what it must do, a phone of the unit, a rescue station."""
        at = clock.now()
        for of in (self.firm, self.unit):
            phone = {"digits": f"0943{8000000 + self.number}", "shift": self.named, "person": self.named}
            confirmed = {"confirmed_on": clock.today(), "confirmed_how": ConfirmedHow.CALLED_BACK}
            made = full(
                DutyPhone,
                organisation_id=of.id,
                first=self.number == 1,
                confirm_by=make.days(9),
                **phone,
                **confirmed,
            )
            self.latest[f"phone {of.id}"] = made
            full(
                PhoneConfirmation,
                organisation_id=of.id,
                phone_id=made.id,
                how=ConfirmedHow.CALLED_BACK,
                until_on=make.days(9),
                by_organisation=self.bureau.id,
                answered_by=self.named,
            )
        self.latest["drill"] = full(
            Drill,
            organisation_id=self.firm.id,
            id=new_id(),
            number=f"2026-{self.number:04}",
            equipment_id=self.lift.id,
            area=self.area,
            category="elevator",
            place=self.named,
            scenario=Scenario.TRAPPED,
            classes=["31"],
            photos=[],
            people=self.named,
            people_count=1,
        )
        full(
            OrganisationDue,
            organisation_id=self.firm.id,
            kind="drill",
            subject=f"3{self.number}",
            title=self.named or "曳引",
            due_on=make.days(20),
            citation=CITED,
            explanation={"msgid": self.named or "起算", "params": {}},
        )
        self.latest["rescue station"] = full(
            RescueStation, area=self.area, name=f"{self.named}站{self.number}", phone="119", set_at=at
        )

    def _packed(self, who: User) -> Pack:
        return full(
            Pack,
            organisation_id=who.organisation_id,
            id=new_id(),
            user_id=who.id,
            kind=PackKind.PIECE,
            subject=f"equipment:{self.lift.id}",
            title=self.named,
            line_count=1,
            line_no=2,
        )

    def _papers(self) -> None:
        for of in (self.unit, self.firm, self.body, self.station):
            instrument = full(
                Instrument,
                id=new_id(),
                organisation_id=of.id,
                kind=InstrumentKind.SCALE,
                name=self.named,
                number=f"S{self.number}",
                verified_until=make.days(9),
                active=True,
                bay=f"{self.number}号秤",
                gas="LPG",
                statutory=True,
                failed=False,
                stop_reason="",
                **dict.fromkeys(("stopped_on", "scrapped_on")),
            )
            self._measured(of, instrument)
        for who in self.people:
            make.card(who)
        refused = {"means": SignInMeans.PASSWORD, "outcome": SignInOutcome.EXPIRED, "address": "203.0.113.9"}
        full(SignIn, user_id=self.operator.id, **refused)
        make.device(self.station, DeviceKind.CONTROLLER)
        for of, role, certificate in (
            (self.station, Role.OPERATOR, "P"),
            (self.firm, Role.TECHNICIAN, "T"),
            (self.body, Role.INSPECTOR, ""),
        ):
            self._user(of, role, certificate)
        full(
            Area,
            code=f"{self.area}{500 + self.number}",
            name=f"{self.place}街道{self.number}",
            level="township",
        )
        with db.transaction():
            batch = issue_labels(2, self.station.id, by=SYSTEM, note=self.named)
        with db.transaction():
            batch = db.session.merge(batch)
            to = Receiver(self.station.id, None, self.named or "夜班")
            self.latest["handout"] = hand_out(batch, 2, 2, to, by=viewer(self.owner))
        self.latest["blank"] = db.session.scalars(
            visible(SYSTEM, Label).where(Label.batch_id == batch.id, Label.number == 1)
        ).one()
        at_bottle = {"organisation_id": self.station.id, "equipment_id": self.bottle.id}
        full(LabelStep, code=f"S{self.number}", kind=LabelStepKind.LOST, reason=self.named, **at_bottle)
        self.latest["claim"] = full(
            LabelClaim, code=f"C{self.number}", state=ClaimState.OPEN, reason=self.named, **at_bottle
        )

    def _work(self) -> None:
        at = clock.now() - timedelta(days=self.number)
        for who in self.people:
            with db.transaction():
                self.latest[f"task {who.id}"] = enqueue(
                    "register.export", {}, by=viewer(who), title=self.named or "导出"
                )
            full(
                Notice,
                organisation_id=who.organisation_id,
                user_id=who.id,
                duty=f"due:{new_id()}",
                stage="today",
                text={"msgid": self.named or "到期", "params": {}},
                day=clock.today(),
                equipment_id=self.lift.id,
            )
            self.latest[f"channel {who.id}"] = full(
                Channel,
                organisation_id=who.organisation_id,
                user_id=who.id,
                kind=ChannelKind.MAIL,
                address=f"a{self.number}@example.cn",
                active=True,
            )
        full(
            Notice,
            organisation_id=self.unit.id,
            user_id=self.officer.id,
            duty=f"hazard:{new_id()}",
            stage=NOW,
            text={"msgid": self.named or "重大隐患", "params": {}},
            day=clock.today(),
            equipment_id=self.lift.id,
        )
        full(
            JobRun,
            name=JOB,
            period=f"{at:%Y-%m-%d}",
            attempt=1,
            state=RunState.DONE,
            started_at=at,
            finished_at=at,
        )
        full(
            ImportBatch,
            organisation_id=self.station.id,
            category="cylinder",
            file_name=self.named or f"{self.number}.xlsx",
            state=ImportState.CHECKED,
            header=["编号"],
            user_id=self.owner.id,
        )
        full(
            ImportBatch,
            organisation_id=self.body.id,
            category="elevator",
            records=RowKind.RESULTS,
            file_name=self.named or f"{self.number}.xlsx",
            state=ImportState.CHECKED,
            header=["编号"],
            user_id=self.inspector.id,
        )
        full(
            ImportBatch,
            organisation_id=self.bureau.id,
            category="elevator",
            records=RowKind.VISITS,
            file_name=self.named or f"{self.number}.xlsx",
            state=ImportState.CHECKED,
            header=["编号"],
            user_id=self.admin.id,
        )
        for batch in (self.batch, self.results):
            full(
                ImportRow,
                organisation_id=batch.organisation_id,
                batch_id=batch.id,
                row_no=self.number,
                values=[f"{self.named}{self.number}"],
                state=RowState.REFUSED,
                problems=[],
            )
        with db.transaction():
            by = viewer(self.supervisor)
            self.latest["month report"] = issue(month_figures(by, self.area, MONTH), by=by, note="更正")

    def _organisations(self, number: str) -> tuple[Organisation, Organisation, Organisation, Organisation]:
        kinds = {
            OrganisationKind.USE_UNIT: "物业",
            OrganisationKind.FIRM: "维保",
            OrganisationKind.BODY: "检验所",
        }
        unit, firm, body = (
            make.organisation(kind, f"{self.place}{name}{number}", area=self.area)
            for kind, name in kinds.items()
        )
        return unit, firm, body, make.station(f"{self.place}气站{number}", area=self.area)

    def _user(self, of: Organisation, role: Role, certificate: str = "") -> User:
        return make.user(of, role, name=self.named or f"{role}{self.number}", certificate=certificate)

    def _piece(self, category: str, **more: Any) -> Equipment:
        made = make.equipment(
            category, area=self.area, serial=f"{self.named}{new_id().hex[:12]}{DIGITS}", **more
        )
        with db.transaction():
            plan_piece(db.session.get_one(Equipment, made.id), by_actor="system")
        return made

    def _lift(self, unit: Organisation, firm: Organisation, body: Organisation) -> Equipment:
        return self._piece(
            "elevator",
            use_unit_id=unit.id,
            maintenance_firm_id=firm.id,
            inspection_body_id=body.id,
            details={"catalogue": "3110"},
            catalogue_code="3110",
            base_on=make.days(-700),
            next_inspection_on=make.days(-40),
            name=f"{self.number}号梯",
            code=f"L{new_id().hex[-14:].upper()}",
        )

    def _bottle(self, station: Organisation, body: Organisation) -> Equipment:
        return self._piece(
            "cylinder",
            owner_id=station.id,
            inspection_body_id=body.id,
            details=LPG,
            medium="LPG",
            code=f"B{new_id().hex[-14:].upper()}",
            inspection_due_on=make.days(-9),
            end_of_life_on=make.days(-5),
        )

    def _round(self, number: int) -> Walk:
        """A round of the overdue list, each of another month."""
        row: Walk = full(
            Walk,
            id=new_id(),
            number=f"{self.named}HC-{number}",
            area=self.area,
            month=clock.today().replace(day=1) - timedelta(days=31 * number),
            due_on=make.days(5),
        )
        return row

    def _campaign(self, number: int) -> tuple[Campaign, CampaignList]:
        """A running campaign with the list of this area's office."""
        campaign = full(
            Campaign,
            id=new_id(),
            number=f"ZX-{self.area}-{number}",
            area=self.area,
            state=CampaignState.RUNNING,
            title=f"{self.named}专项行动{number}",
            until_on=make.days(9),
            scope=CampaignScope().stored(),
            version=1,
            issued_at=clock.now(),
        )
        of_office = full(
            CampaignList, id=new_id(), campaign_id=campaign.id, area=self.area, until_on=make.days(9)
        )
        return campaign, of_office

    def _campaigned(self, open_one: Equipment, lift: Equipment, number: int) -> None:
        """An item and a row of the first campaign with a problem and a photo; and a campaign beside it: in both
        another piece is still to be checked."""
        row = {
            "unit_id": lift.use_unit_id,
            "category": "elevator",
            "area": self.area,
            "place_area": self.area,
        }
        first = {"campaign_id": self.campaign.id, "area": self.area}
        full(CampaignItem, version=1, no=number, text=self.named or "报警装置有效", **first)
        checked = full(
            CampaignRow,
            id=new_id(),
            list_id=self.campaign_list.id,
            equipment_id=lift.id,
            row_no=2 * number,
            state=CampaignRowState.FAULTY,
            happened_at=clock.now(),
            received_at=clock.now(),
            checked_by=self.supervisor.id,
            note=self.named,
            **(row | first),
        )
        with db.transaction():
            finding = findings.find(
                lift,
                source=FindingSource.CAMPAIGN,
                source_id=checked.id,
                description=self.named or "报警装置失效",
                by=viewer(self.supervisor),
            )
        full(
            CampaignProblem,
            row_id=checked.id,
            item_no=number,
            text=self.named or "报警装置失效",
            equipment_id=lift.id,
            unit_id=lift.use_unit_id,
            finding_id=finding.id,
            **first,
        )
        photo = {"sha256": f"{number:064}", "name": "a.jpg", "media_type": "image/jpeg", "at": clock.now()}
        full(CampaignPhoto, row_id=checked.id, area=self.area, **photo)
        self.latest["campaign row"] = checked
        campaign, of_office = self._campaign(number)
        for key, at in ((self.campaign.id, self.campaign_list.id), (campaign.id, of_office.id)):
            more = {"campaign_id": key, "list_id": at, "equipment_id": open_one.id}
            full(CampaignRow, id=new_id(), row_no=2 * number + 1, **(row | more))

    def _walked(self, lift: Equipment, number: int) -> None:
        """A row of the first round that was walked, and one of a later round that was settled."""
        row = {
            "equipment_id": lift.id,
            "row_no": number,
            "area": self.area,
            "category": "elevator",
            "use_unit_id": lift.use_unit_id,
            "duty": DueKind.INSPECTION,
            "due_on": make.days(-40),
            "outcome": WalkOutcome.IN_USE,
            "note": self.named,
            "happened_at": clock.now(),
            "received_at": clock.now(),
            "walked_by": self.supervisor.id,
        }
        full(WalkRow, id=new_id(), walk_id=self.walk.id, state=WalkRowState.WALKED, **row)
        settled = {"settlement": WalkSettlement.HAZARD, "settled_at": clock.now(), "result": "hazard:x"}
        later = self._round(self.number)
        full(WalkRow, id=new_id(), walk_id=later.id, state=WalkRowState.SETTLED, **row, **settled)

    def _graded(self, lift: Equipment, unit: Organisation, colour: RiskColour) -> None:
        """The colour of a piece with its change and what somebody graded by hand, and that of its unit."""
        of = {"equipment_id": lift.id, "area": self.area, "category": "elevator", "organisation_id": unit.id}
        reason = RiskReason(ReasonKind.LIKELIHOOD, "unverified", 5).as_json()
        scored = {"points": 50 + self.number, "reasons": [reason], "version": "x"}
        self.latest["hand"] = hand = full(
            HandGraded,
            id=new_id(),
            colour=colour,
            reason=self.named or "复核",
            from_on=clock.today(),
            until_on=make.days(9),
            graded_by=self.supervisor.id,
            graded_at=clock.now(),
            **of,
        )
        moved = {"before": RiskColour.BLUE, "on": clock.today(), "at": clock.now(), "hand_id": hand.id}
        full(RiskChange, id=new_id(), colour=colour, **moved, **scored, **of)
        if db.session.get(Risk, lift.id) is None:
            kept = {"likelihood": 42, "tenths": 12, "codes": "|unverified|", "since": clock.today()}
            full(Risk, id=new_id(), colour=colour, scored=colour, **kept, **scored, **of)
        if db.session.get(UnitRisk, unit.id) is None:
            counts = {"red": 1, "orange": 2, "yellow": 3, "pieces": 9}
            row = {"organisation_id": unit.id, "area": self.area, "colour": RiskColour.ORANGE, "version": "x"}
            asked = RiskReason(ReasonKind.UNIT, "orange_from_red_pieces", 0, {"num": 1}, "orange").as_json()
            full(UnitRisk, reasons=[asked], since=clock.today(), **counts, **row)

    def _about(self, lift: Equipment, officer: User, technician: User, inspector: User) -> None:
        """A visit, an inspection, a finding, a hazard, a report of the public, an application and a document of one lift."""
        of = {"equipment_id": lift.id, "area": self.area, "category": "elevator"}
        at = clock.now() - timedelta(hours=2)
        full(
            Swipe,
            via=SwipeVia.READER,
            outcome=SwipeOutcome.REFUSED,
            organisation_id=technician.organisation_id,
            equipment_id=lift.id,
            answer='{"reasons": []}',
        )
        self._reported(of, technician.organisation_id)
        self._called(lift, technician)
        self.latest["visit"] = full(
            Visit,
            **of,
            organisation_id=technician.organisation_id,
            use_unit_id=officer.organisation_id,
            duty=DueKind.VISIT_HALF_MONTH,
            annex="A",
            state=VisitState.TO_SIGN,
            opened_at=at,
            closed_at=at,
            technicians=[str(technician.id)],
            remark=self.named,
        )
        self._uploaded(self.latest["visit"], technician)
        full(
            Visit,
            **of,
            organisation_id=technician.organisation_id,
            duty=DueKind.VISIT_HALF_MONTH,
            annex="A",
            state=VisitState.DISPUTED,
            opened_at=at,
            closed_at=at,
            technicians=[str(technician.id)],
            dispute_reason=self.named or "没有人来",
            decide_until=make.days(15),
        )
        self.latest["coordinates"] = full(
            Coordinates,
            **of,
            state=CoordinatesState.PROPOSED,
            source=CoordinatesSource.READER,
            latitude=365447000,
            longitude=1041389000,
            datum=Datum.WGS84,
            wgs84_latitude=365447000,
            wgs84_longitude=1041389000,
            stated_at=at,
        )
        self.latest["plate"] = full(
            PlateProposal,
            equipment_id=lift.id,
            state=PlateState.PROPOSED,
            kind=IdentifierKind.PLATE_QR,
            value=f"6204010{self.number:05}",
            shown=f"6204010{self.number:05}",
            proposed_at=at,
            proposed_by=technician.id,
        )
        self.latest["swipe"] = full(
            Swipe,
            id=new_id(),
            equipment_id=lift.id,
            organisation_id=technician.organisation_id,
            user_id=technician.id,
            card_uid=f"CA4D{self.number:08}",
            via=SwipeVia.READER,
            outcome=SwipeOutcome.REFUSED,
            on=clock.today(),
            answer=json.dumps({"reasons": [{"code": "card_lost", "params": {}}]}),
        )
        self.latest["inspection"] = full(
            Inspection,
            **of,
            id=new_id(),
            organisation_id=inspector.organisation_id,
            inspector_id=inspector.id,
            kind=InspectionKind.INSPECTION,
            conclusion=Conclusion.PASSED,
            report_no=self.named or f"TZJ-{self.number}",
        )
        full(
            Inspection,
            **of,
            id=new_id(),
            organisation_id=technician.organisation_id,
            kind=InspectionKind.SELF_TEST,
            conclusion=Conclusion.PASSED,
            report_no=self.named or f"ZJ-{self.number}",
        )
        self._attached(of, "inspection", self.latest["inspection"].id, inspector)
        self._followed(of)
        with db.transaction():
            piece, by = db.session.get_one(Equipment, lift.id), viewer(technician)
            self.latest["finding"] = findings.find(
                piece, source=FindingSource.MANUAL, description=self.named or "松动", by=by
            )
            self.latest["hazard"] = hazards.confirm(
                findings.find(piece, source=FindingSource.MANUAL, description=self.named or "磨损", by=by),
                Grade.GENERAL,
                "",
                make.days(9),
                by=by,
            )
            self.latest["report"], _fresh = receive(
                piece, ReportDraft(ReportKind.LEAK, self.named or "异响"), None
            )
            self.latest["application"] = applications.apply(piece, by=viewer(officer))

    def _followed(self, of: dict[str, Any]) -> None:
        """What follows a result: a notice with an item, a use mark, a form of report numbers; and a 报检单 with
        an inspection that has a day."""
        of = {**of, "equipment_id": self.lift.id}
        body_id = self.body.id
        result = full(
            Inspection,
            **of,
            id=new_id(),
            organisation_id=body_id,
            inspector_id=self.inspector.id,
            kind=InspectionKind.EXTERNAL,
            conclusion=Conclusion.PASSED,
            report_no=f"{self.named}{new_id().hex[-8:]}",
        )
        inspection_id = result.id
        opinion = full(
            Opinion,
            **of,
            id=new_id(),
            organisation_id=body_id,
            unit_id=self.unit.id,
            inspection_id=inspection_id,
            number=f"{self.named}YJ-{self.number}",
        )
        self.latest["opinion"] = self.opinion = getattr(self, "opinion", opinion)
        self.items = getattr(self, "items", 0) + 1
        full(
            OpinionItem,
            **of,
            id=new_id(),
            organisation_id=body_id,
            opinion_id=self.opinion.id,
            item_no=self.items,
            text=self.named or "层门",
        )
        self.latest["mark"] = full(
            UseMark,
            **of,
            id=new_id(),
            organisation_id=body_id,
            inspection_id=inspection_id,
            number=f"{self.named}BZ-{self.number}",
            state=MarkState.REPLACED,
            ended_at=clock.now(),
        )
        self.latest["form"] = full(
            NumberForm, id=new_id(), organisation_id=body_id, form=f"{self.named}T{self.number}-#"
        )
        numbered = {"number": f"{self.named}BJ-{new_id().hex[-8:]}", "pieces": 2}
        joint = full(
            JointApplication,
            **numbered,
            id=new_id(),
            organisation_id=self.unit.id,
            to_id=body_id,
            made_by=self.officer.id,
        )
        self.latest["joint"] = self.joint = getattr(self, "joint", joint)
        full(
            Application,
            **{**of, "equipment_id": new_id()},
            id=new_id(),
            organisation_id=self.unit.id,
            body_id=body_id,
            state=ApplicationState.ACCEPTED,
            accepted_at=clock.now(),
            planned_on=clock.today(),
            applied_by=self.officer.id,
            joint_id=self.joint.id,
        )

    def _filled(self, bottle: Equipment, who: User) -> None:
        full(
            Delivery,
            organisation_id=who.organisation_id,
            user_id=who.id,
            from_whom=self.named or "城北门市部",
        )
        of = {
            "equipment_id": bottle.id,
            "area": self.area,
            "category": "cylinder",
            "organisation_id": who.organisation_id,
            "user_id": who.id,
        }
        for state in (
            FillState.FILLED,
            FillState.REFUSED,
            *([FillState.OPEN] if bottle is not self.bottle else []),
        ):
            self.latest["fill"] = full(
                Fill,
                **of,
                scan_id=new_id(),
                gas="LPG",
                state=state,
                allowed=state is not FillState.REFUSED,
                closed_at=None if state is FillState.OPEN else clock.now(),
                bay=f"{self.number}号秤",
                correction_reason=self.named,
            )
            if state is FillState.FILLED:
                labelled = {"mode": LabelMode.PREPRINTED, "number": f"{self.named}A{self.labels_stuck:06}"}
                full(FillLabel, **of, **labelled, fill_id=self.latest["fill"].id, at=clock.now())
                self.labels_stuck += 1
        full(
            FillOverride,
            **{name: of[name] for name in ("equipment_id", "area", "category", "organisation_id", "user_id")},
            second_id=who.id,
            scan_id=new_id(),
            reason=self.named or "钢印可辨",
        )
        full(Emptying, **of, gas="LPG", before_g=20_000, after_g=17_000)
        self.latest["manifold"] = full(
            Manifold,
            organisation_id=who.organisation_id,
            id=new_id(),
            user_id=who.id,
            bay=f"{self.named}{new_id().hex[-6:]}"[:20],
            gas="O2",
            state=ManifoldState.OPEN,
        )
        self._disputed(of)
        self._doubted(of)
        self._suspected(bottle)
        self.latest["delivery"] = full(
            Delivery, organisation_id=who.organisation_id, id=new_id(), user_id=who.id, from_whom=self.named
        )
        self._attached(
            {name: of[name] for name in ("equipment_id", "area", "category")}, "equipment", bottle.id, who
        )

    def _disputed(self, of: dict[str, Any]) -> None:
        """A fill that a phone let go by a list of its own number."""
        self.lists_issued += 1
        fill = full(Fill, **of, scan_id=new_id(), gas="LPG", state=FillState.REFUSED, closed_at=clock.now())
        full(
            Scan,
            id=fill.scan_id,
            purpose=ScanPurpose.FILL,
            code="1",
            organisation_id=of["organisation_id"],
            content=f'{{"passed":{{"sequence":{self.lists_issued},"until":null}}}}',
            answer='{"reasons":[]}',
            fill_id=fill.id,
        )
        full(
            Scan,
            purpose=ScanPurpose.FILL,
            code="20458117",
            organisation_id=of["organisation_id"],
            user_id=of["user_id"],
            content='{"gas":"LPG"}',
            answer='{"reasons":[{"code":"R01","effect":"block","params":{}}]}',
        )
        full(
            PassList,
            organisation_id=of["organisation_id"],
            sequence=self.lists_issued,
            content=zlib.compress(b"1"),
        )
        full(
            ForbiddenFill,
            **{name: of[name] for name in ("equipment_id", "area", "category", "organisation_id")},
            scan_id=fill.scan_id,
            finding_id=new_id(),
        )

    def _doubted(self, of: dict[str, Any]) -> None:
        """A fill whose time nobody vouches for, and one of which the bureau has decided that."""
        for decided in (False, True):
            fill = full(
                Fill,
                **of,
                scan_id=new_id(),
                gas="LPG",
                state=FillState.FILLED,
                allowed=True,
                flags=["disputed"],
            )
            if decided:
                full(
                    ClockDecision,
                    **{name: of[name] for name in ("equipment_id", "area", "category", "organisation_id")},
                    scan_id=fill.scan_id,
                    ruling=ClockRuling.NO_VIOLATION,
                )

    def _placed(self, bottle: Equipment) -> None:
        """Where a bottle is, and that somebody said it was found."""
        of = {"equipment_id": bottle.id, "organisation_id": self.station.id}
        of |= {"area": self.area, "category": "cylinder"}
        full(
            Whereabouts,
            **of,
            id=new_id(),
            state=PlaceState.EMPTY,
            event=PlaceEvent.FOUND,
            holder_id=self.station.id,
            source="report",
        )
        full(PlaceReport, **of, kind=PlaceReportKind.FOUND, reason=self.named or "院里找到")
        self.notes += 1
        customer = full(Customer, organisation_id=self.station.id, id=new_id(), name=self.named or "面馆")
        self.latest["customer"] = self.customer = getattr(self, "customer", customer)
        note = full(
            DeliveryNote,
            organisation_id=self.station.id,
            id=new_id(),
            number=f"PS-{self.notes}",
            customer_id=self.customer.id,
            state=NoteState.ON_WAY,
            left_at=clock.now(),
        )
        self.latest["note"] = note
        self.note = getattr(self, "note", note)
        full(
            NoteRow,
            organisation_id=self.station.id,
            note_id=self.note.id,
            row_no=self.notes,
            equipment_id=bottle.id,
            kind=NoteRowKind.OUT,
        )

    def _handed_over(self, bottle: Equipment, other: Organisation) -> None:
        """A transfer that waits for an answer, another bottle in the one that is on every list, an agreement."""
        of = {"organisation_id": self.station.id, "to_id": other.id}
        transfer = full(
            Transfer,
            **of,
            id=new_id(),
            number=f"GH2026-{self.number:05}",
            state=TransferState.PROPOSED,
            note=self.named,
            proposed_at=clock.now(),
            expires_on=make.days(9),
        )
        self.latest["transfer"] = transfer
        self.transfer = getattr(self, "transfer", transfer)
        full(
            TransferRow,
            organisation_id=self.station.id,
            transfer_id=self.transfer.id,
            row_no=self.number,
            equipment_id=bottle.id,
            out=False,
        )
        self.latest["custody"] = full(
            Custody, **of, id=new_id(), state=CustodyState.AGREED, note=self.named, decided_at=clock.now()
        )

    def _contracted(self, lift: Equipment, former: Organisation) -> None:
        """A contract with a paper that its unit has to confirm, another lift in the one that is on every list, a
        hand-over, a checklist of the firm's own, a team, and somebody who stands in; the other lift has a plate of
        ours, and a visit goes on there."""
        of = {"organisation_id": self.firm.id}
        contract = full(
            Contract,
            **of,
            id=new_id(),
            use_unit_id=self.unit.id,
            number=f"WB-{self.number}",
            kind=ContractKind.FULL,
            mode=MaintenanceMode.REGULAR,
            people=2,
            until_on=make.days(20),
            state=ContractState.STATED,
            note=self.named,
        )
        self.latest["contract"] = contract
        self.contract = getattr(self, "contract", contract)
        days = {"from_on": clock.today(), "until_on": make.days(20), "counts": True}
        about = {"area": self.area, "category": "elevator", "equipment_id": lift.id}
        for key in {contract.id, self.contract.id}:
            days["from_on"] = make.days(-int(key == contract.id))
            full(ContractLift, **of, **days, **about, id=new_id(), contract_id=key)
        self.latest["contract paper"] = full(
            ContractPaper, **of, id=new_id(), contract_id=contract.id, name=self.named, sha256="0" * 64
        )
        self.latest["handover"] = full(
            Handover,
            organisation_id=former.id,
            id=new_id(),
            to_id=self.firm.id,
            use_unit_id=self.unit.id,
            area=self.area,
            state=HandoverState.OPEN,
        )
        self.latest["checklist"] = full(
            FirmChecklist,
            **of,
            id=new_id(),
            catalogue=("3410", "3420", "3110")[self.number % 3],
            version=self.number,
            state=ListState.PUBLISHED,
            from_on=clock.today(),
            items=[],
            manual=self.named,
            approved_by=self.manager.id,
            approved_at=clock.now(),
            made_at=clock.now(),
        )
        full(LiftPlate, equipment_id=lift.id, code=lift.label_code)
        full(
            Visit,
            **of,
            **about,
            use_unit_id=self.unit.id,
            duty=DueKind.VISIT_HALF_MONTH,
            annex="A",
            state=VisitState.OPEN,
            opened_at=clock.now(),
            technicians=[str(self.technician.id)],
        )
        self.latest["team"] = full(Team, **of, id=new_id(), name=f"{self.named}{self.number}")
        self.latest["stand in"] = full(
            StandIn,
            **of,
            id=new_id(),
            absent_id=self.technician.id,
            user_id=self.manager.id,
            reason=self.named,
        )

    def _lot(self, bottle: Equipment) -> None:
        """A lot that the body has received, another bottle in the one that is on every list of bottles."""
        of = {"organisation_id": self.station.id, "body_id": self.body.id, "area": self.area}
        self.latest["lot"] = full(
            Lot,
            **of,
            id=new_id(),
            number=f"2026-{self.number:04}",
            category="cylinder",
            state=LotState.RECEIVED,
            note=self.named,
            handed_at=clock.now(),
            received_at=clock.now(),
        )
        self.lot = getattr(self, "lot", self.latest["lot"])
        full(
            LotRow,
            organisation_id=self.station.id,
            lot_id=self.lot.id,
            row_no=self.number,
            equipment_id=bottle.id,
            snapshot=snapshot_of(bottle),
            state=LotRowState.RECEIVED,
        )

    def _destroyed(self, bottle: Equipment) -> None:
        """A scrapped bottle that waits, and one that was destroyed in the record of all of them."""
        owner = self.station.id
        for piece in (bottle, self._bottle(self.station, self.body)):
            with make.writing():
                db.session.get_one(Equipment, piece.id).status = EquipmentStatus.SCRAPPED
                db.session.add(
                    Standing(
                        equipment_id=piece.id,
                        id=new_id(),
                        organisation_id=owner,
                        status=EquipmentStatus.SCRAPPED,
                        area=self.area,
                        category="cylinder",
                        from_on=clock.today(),
                    )
                )
        self.latest["destruction"] = full(
            Destruction,
            organisation_id=self.station.id,
            id=new_id(),
            body_id=self.body.id,
            area=self.area,
            category="cylinder",
            number=f"2026-{self.number:04}",
            method=DestructionMethod.CRUSHED,
            witness=self.named or "周见证",
        )
        self.destruction = getattr(self, "destruction", self.latest["destruction"])
        full(
            Destroyed,
            equipment_id=bottle.id,
            destruction_id=self.destruction.id,
            organisation_id=self.station.id,
            area=self.area,
            category="cylinder",
            snapshot=snapshot_of(bottle),
        )

    def _suspected(self, bottle: Equipment) -> None:
        self.latest["suspicion"] = full(
            Suspicion,
            organisation_id=self.station.id,
            id=new_id(),
            pattern=f"too_fast:{new_id()}",
            kind=SuspicionKind.TOO_FAST,
            area=self.area,
            equipment_id=bottle.id,
            records=[str(bottle.id)],
            figures={"bottles": 5, "seconds": 9},
        )
        self.latest["amount"] = full(
            StatedAmount,
            organisation_id=self.station.id,
            id=new_id(),
            gas="LPG",
            source=AmountSource.SCALE,
            grams=1000,
            paper_no=self.named,
        )

    def _reported(self, of: dict[str, Any], firm: UUID) -> None:
        """What the gateway of a lift said of it; of a lift that is there already, one fault more."""
        self.gateways[firm] = gateway = (
            self.gateways.get(firm)
            or make.device(
                db.session.get_one(Organisation, firm), DeviceKind.GATEWAY, name=f"网关{self.named}"
            )[0]
        )
        whose = {"organisation_id": firm, "device_id": gateway.id}
        if db.session.get(LiftLink, of["equipment_id"]) is None:
            full(LiftLink, **of, **whose, in_service=True)
            full(LiftDay, **of, organisation_id=firm)
        self.latest["lift event"] = full(
            LiftEvent,
            **of,
            **whose,
            id=new_id(),
            kind=SignalKind.FAULT,
            code=FaultCode.DOOR,
            text=self.named,
            happened_at=clock.now(),
        )
        self.latest["gateway"] = gateway
        full(GatewayFault, **whose, fault=ReportFault.NO_JSON, lift=str(new_id()), sample=self.named)

    def _uploaded(self, visit: Visit, technician: User) -> None:
        """The firm's own system knows the visit and its technician, and something it sent was refused."""
        firm = visit.organisation_id
        if firm not in self.connected:
            owner = db.session.get_one(Organisation, firm)
            self.connected[firm] = make.device(owner, DeviceKind.FIRM_SYSTEM, name=f"系统{self.named}")[0].id
        whose = {"organisation_id": firm, "device_id": self.connected[firm]}
        number = f"WX-{visit.id.hex[:12]}"
        full(
            UploadedRecord,
            **whose,
            kind=UploadKind.VISIT,
            record_id=number,
            target_id=visit.id,
            equipment_id=visit.equipment_id,
        )
        full(
            UploadedRecord,
            **whose,
            kind=UploadKind.PERSON,
            record_id=f"RY-{visit.id.hex[:12]}",
            target_id=technician.id,
        )
        full(
            UploadAttempt,
            **whose,
            id=new_id(),
            step=UploadStep.VISIT,
            record_id=number,
            lift=self.named,
            outcome=UploadOutcome.REFUSED,
            status=422,
            code="invalid",
            title="其中有内容不能接受。",
            fields={"lift": "本单位没有这个号码的电梯"},
        )

    def _called(self, lift: Equipment, technician: User) -> None:
        """A rescue call that goes on, with somebody sent and a line of its log."""
        firm_id = technician.organisation_id
        call = full(
            RescueCall,
            organisation_id=self.centre.id,
            source=CallSource.DESK,
            equipment_id=lift.id,
            area=self.area,
            category="elevator",
            firm_id=firm_id,
            use_unit_id=lift.use_unit_id,
            kind=CallKind.TRAPPED,
            state=CallState.DISPATCHED,
            called_at=clock.now() - timedelta(minutes=9),
            dispatched_at=clock.now() - timedelta(minutes=8),
            limit_min=30,
            narrative=self.named,
            correction_reason="",
        )
        of = {"call_id": call.id, "organisation_id": self.centre.id}
        full(Dispatch, **of, level=DispatchLevel.FIRM, firm_id=firm_id, name=self.named or "维保")
        full(CallNote, **of, step=CallStep.TOLD, user_id=self.taker.id, text=self.named or "轿内两人")
        self.latest["call"] = call

    def _attached(self, of: dict[str, Any], kind: str, key: UUID, who: User) -> None:
        self.latest["attachment"] = full(
            Attachment,
            **of,
            organisation_id=who.organisation_id,
            subject_kind=kind,
            subject_id=key,
            kind="photo",
            name=self.named or "照片.jpg",
            sha256="0" * 64,
            media_type="image/jpeg",
            user_id=who.id,
        )
