"""WHO may do WHAT: roles, the matrix role × thing × action, and the viewer every query is scoped to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from equipment.core.ids import id_in
from equipment.core.words import N_, Labelled


class OrganisationKind(Labelled):
    STATION = "station", N_("Filling station"), "blue"
    USE_UNIT = "use_unit", N_("Use unit"), "grey"
    FIRM = "firm", N_("Maintenance firm"), "blue"
    BODY = "body", N_("Inspection body"), "green"
    REGULATOR = "regulator", N_("Regulator"), "grey"
    CENTRE = "centre", N_("Rescue centre"), "green"
    MAKER = "maker", N_("Maker"), "grey"  # on file for its licence and its checks: nobody of it signs in


class Role(Labelled):
    OPERATOR = "operator", N_("Station operator"), "blue"
    STATION_OWNER = "station_owner", N_("Station owner"), "blue"
    TECHNICIAN = "technician", N_("Technician"), "blue"
    FIRM_MANAGER = "firm_manager", N_("Maintenance manager"), "blue"
    INSPECTOR = "inspector", N_("Inspector of the inspection body"), "green"
    SUPERVISOR = "supervisor", N_("Supervisor of the bureau"), "blue"
    SAFETY_OFFICER = "safety_officer", N_("Safety officer of the use unit"), "grey"
    ADMINISTRATOR = "administrator", N_("Administrator"), "blue"
    CALL_TAKER = "call_taker", N_("Call-taker"), "green"


# Who hears of an organisation's matters.
HEARING = frozenset(
    {Role.SAFETY_OFFICER, Role.STATION_OWNER, Role.FIRM_MANAGER, Role.INSPECTOR, Role.CALL_TAKER}
)


class CardStatus(Labelled):
    VALID = "valid", N_("Valid"), "green"
    LOST = "lost", N_("Reported lost"), "red"
    RETURNED = "returned", N_("Handed in"), "grey"


class CardState(Labelled):
    """What a card is worth on a day: its status, its last day, and whether its number is its own."""

    VALID = "valid", N_("Valid"), "green"
    EXPIRED = "expired", N_("Card expired"), "grey"
    DOUBLED = "doubled", N_("Another card has this number"), "amber"
    LOST = "lost", N_("Reported lost"), "red"
    RETURNED = "returned", N_("Handed in"), "grey"


def card_state(status: CardStatus, expires_on: date | None, doubled: bool, on: date) -> CardState:
    if status is not CardStatus.VALID:
        return CardState(status)
    if doubled:
        return CardState.DOUBLED
    return CardState.EXPIRED if expires_on is not None and expires_on < on else CardState.VALID


class SignInMeans(Labelled):
    PASSWORD = "password", N_("Password")
    PIN = "pin", N_("PIN")
    SECOND = "second", N_("Password and code")


class SignInOutcome(Labelled):
    DONE = "done", N_("Sign-in succeeded"), "green"
    HALF = "half", N_("Password right, code asked for"), "grey"
    WRONG = "wrong", N_("Wrong password, PIN or code"), "red"
    LOCKED = "locked", N_("Refused: locked"), "amber"
    EXPIRED = "expired", N_("Refused: the one-time password has expired"), "amber"
    CLEARED = "cleared", N_("Unlocked"), "grey"  # a new password: what failed before counts no more


class DeviceKind(Labelled):
    FLOOR = "floor", N_("Floor device"), "blue"
    CONTROLLER = "controller", N_("Fill controller"), "blue"
    READER = "reader", N_("Reader at the lift"), "blue"
    PHONE = "phone", N_("Mobile phone"), "grey"
    UPLOAD = "upload", N_("Uploading system"), "grey"
    GATEWAY = "gateway", N_("IoT gateway of lifts"), "blue"
    FIRM_SYSTEM = "firm_system", N_("Maintenance system of a firm"), "blue"


class PaperKind(Labelled):
    FILLING_LICENCE = "filling_licence", N_("Filling licence"), "blue"
    MAINTENANCE_LICENCE = "maintenance_licence", N_("Maintenance licence"), "blue"
    MANUFACTURING_LICENCE = "manufacturing_licence", N_("Manufacturing licence"), "blue"
    BODY_APPROVAL = "body_approval", N_("Approval of the inspection body"), "green"
    SELF_TEST_APPROVAL = "self_test_approval", N_("Approval for self-testing"), "green"


class Action(StrEnum):
    SEE = "see"
    CREATE = "create"
    CHANGE = "change"
    APPROVE = "approve"


class Thing(StrEnum):
    """What the matrix speaks of: the words of docs/words.md, and the papers and pages around them."""

    EQUIPMENT = "equipment"
    LABEL = "label"
    IMPORT = "import"
    FILL = "fill"
    CONTRACT = "contract"  # 维保合同, 移交; who of the firm goes where (派工) is changing it
    VISIT = "visit"
    CHECKLIST = "checklist"  # 本单位维保项目: what a maintenance firm sets itself
    RESCUE = "rescue"  # 应急救援: rescue codes, duty phones, the city's platform
    DRILL = "drill"  # 应急演练
    TELEMETRY = "telemetry"  # 物联网监测: what lifts report of themselves
    UPLOAD = "upload"  # 维保上传: what the systems of maintenance firms brought, and what was refused
    INSPECTION = "inspection"
    APPLICATION = "application"
    LOT = "lot"
    INSTRUMENT = "instrument"  # 计量器具: scales, gauges, meters, their verifications and own checks
    PLACE = "place"
    OWNERSHIP = "ownership"  # 过户, 托管: whose bottles they are, and who keeps them
    CALL = "call"  # 困人救援: a call from a lift, and what was done about it
    ACCIDENT = "accident"  # 事故: what was reported, how it went up, and how its piece was cleared
    EXPERT = "expert"  # 专家库
    POLICY = "policy"  # 保险: who insures which lifts, and what insurers were told
    ON_DEMAND = "on_demand"  # 按需维保: filings of the pilot, and what stands in for visits
    DUE = "due"
    DUE_LIST = "due_list"
    WALK = "walk"  # 超期核查: rounds of the overdue list, what officers saw, what the county made of it
    CAMPAIGN = "campaign"  # 专项行动: campaigns, the lists of the offices, what was checked
    FINDING = "finding"
    HAZARD = "hazard"
    RECTIFICATION = "rectification"
    CHECK = "check"  # 监督检查: records, the year's plan, key units, what was reported up
    RISK = "risk"  # 安全风险分级: the colours of pieces and units, what was graded by hand
    ORDER = "order"  # 监察指令书, and cases handed to the enforcement team (案源移送)
    CONTROL = "control"  # 日管控、周排查、月调度: risk lists, daily controls, reports, posts, stopped days
    SEIZURE = "seizure"  # 查封、扣押: decisions, goods held, what became of them
    REPORT = "report"
    RATE = "rate"
    FIRM_RATING = "firm_rating"  # 维保单位评价
    MONTH_REPORT = "month_report"
    NOTICE = "notice"
    ORGANISATION = "organisation"
    PERSON = "person"
    DEVICE = "device"
    RULE = "rule"
    LEDGER = "ledger"
    TASK = "task"
    JOB = "job"
    SETTING = "setting"
    PACK = "pack"


S, C, H, A = Action.SEE, Action.CREATE, Action.CHANGE, Action.APPROVE
WORK_OF_OTHERS = (  # an administrator reads it
    Thing.FILL,
    Thing.CONTRACT,
    Thing.VISIT,
    Thing.CHECKLIST,
    Thing.DRILL,
    Thing.TELEMETRY,
    Thing.UPLOAD,
    Thing.INSPECTION,
    Thing.LOT,
    Thing.PLACE,
    Thing.OWNERSHIP,
    Thing.CALL,
    Thing.ACCIDENT,
    Thing.POLICY,
    Thing.ON_DEMAND,
    Thing.WALK,
    Thing.CAMPAIGN,
    Thing.CONTROL,
)
_OWN = {Thing.NOTICE: {S, H}, Thing.TASK: {S, C, H}, Thing.RULE: {S}}

MATRIX: Mapping[Role, Mapping[Thing, set[Action]]] = {
    Role.OPERATOR: {
        **_OWN,
        Thing.EQUIPMENT: {S},
        Thing.LABEL: {S, H},
        Thing.FILL: {S, C, H},
        Thing.INSTRUMENT: {S, C},
        Thing.LOT: {S, C, H},
        Thing.PLACE: {S, C, H},
        Thing.ACCIDENT: {S, C},
        Thing.OWNERSHIP: {S},
        Thing.CONTROL: {S, C},
        Thing.DUE: {S},
        Thing.FINDING: {C},
    },
    Role.STATION_OWNER: {
        **_OWN,
        Thing.PACK: {S, C},
        Thing.EQUIPMENT: {S, C, H},
        Thing.LABEL: {S, C, H},
        Thing.IMPORT: {S, C},
        Thing.FILL: {S, C, H},
        Thing.DUE: {S},
        Thing.APPLICATION: {S, C, H},
        Thing.INSTRUMENT: {S, C, H},
        Thing.LOT: {S, C, H},
        Thing.PLACE: {S, C, H, A},
        Thing.ACCIDENT: {S, C, H},
        Thing.OWNERSHIP: {S, C, H, A},
        Thing.INSPECTION: {S},
        Thing.CHECK: {S},
        Thing.ORDER: {S, H},
        Thing.CONTROL: {S, C, H, A},
        Thing.DRILL: {S, C, H},
        Thing.RISK: {S},
        Thing.SEIZURE: {S},
        Thing.FINDING: {S, C},
        Thing.HAZARD: {S},
        Thing.RECTIFICATION: {S, C},
        Thing.ORGANISATION: {S, H},
        Thing.PERSON: {S, C, H},
        Thing.DEVICE: {S, C, H},
    },
    Role.TECHNICIAN: {
        **_OWN,
        Thing.EQUIPMENT: {S},
        Thing.LABEL: {S, H},
        Thing.VISIT: {S, C, H},
        Thing.CHECKLIST: {S},
        Thing.RESCUE: {S},
        Thing.DRILL: {S},
        Thing.CALL: {S, H},
        Thing.ACCIDENT: {S, C},
        Thing.POLICY: {S},
        Thing.ON_DEMAND: {S, H},
        Thing.TELEMETRY: {S},
        Thing.DUE: {S},
        Thing.FINDING: {S, C},
        Thing.HAZARD: {S},
    },
    Role.FIRM_MANAGER: {
        **_OWN,
        Thing.PACK: {S, C},
        Thing.EQUIPMENT: {S},
        Thing.LABEL: {S, H},
        Thing.CONTRACT: {S, C, H, A},
        Thing.VISIT: {S, C, H, A},
        Thing.CHECKLIST: {S, C, H, A},
        Thing.RESCUE: {S, C, H},
        Thing.DRILL: {S, C, H},
        Thing.CALL: {S, H},
        Thing.ACCIDENT: {S, C, H},
        Thing.POLICY: {S, C, H},
        Thing.ON_DEMAND: {S, C, H},
        Thing.TELEMETRY: {S, H},
        Thing.UPLOAD: {S},
        Thing.INSTRUMENT: {S, C, H},
        Thing.DUE: {S},
        Thing.CHECK: {S},
        Thing.ORDER: {S, H},
        Thing.RISK: {S},
        Thing.SEIZURE: {S},
        Thing.FINDING: {S, C},
        Thing.HAZARD: {S},
        Thing.INSPECTION: {S, C, H},
        Thing.FIRM_RATING: {S},
        Thing.ORGANISATION: {S, H},
        Thing.PERSON: {S, C, H},
        Thing.DEVICE: {S, C, H},
    },
    Role.INSPECTOR: {
        **_OWN,
        Thing.PACK: {S, C},
        Thing.EQUIPMENT: {S},
        Thing.INSPECTION: {S, C, H},
        Thing.APPLICATION: {S, H, A},
        Thing.INSTRUMENT: {S, C, H},
        Thing.LOT: {S, A},
        Thing.DUE: {S},
        Thing.DUE_LIST: {S, C, H},
        Thing.CHECK: {S},
        Thing.ORDER: {S, H},
        Thing.SEIZURE: {S},
        Thing.FINDING: {S, C},
        Thing.HAZARD: {S},
        Thing.LABEL: {S, H},
    },
    Role.SUPERVISOR: {
        **_OWN,
        Thing.PACK: {S, C},
        Thing.EQUIPMENT: {S, C, H, A},
        Thing.LABEL: {S, C, H, A},
        Thing.IMPORT: {S, C},
        Thing.FILL: {S},
        Thing.CONTRACT: {S, C, A},
        Thing.VISIT: {S},
        Thing.CHECKLIST: {S},
        Thing.RESCUE: {S, C, H, A},
        Thing.DRILL: {S},
        Thing.CALL: {S},
        Thing.ACCIDENT: {S, C, H, A},
        Thing.EXPERT: {S, C, H},
        Thing.TELEMETRY: {S, H},
        Thing.UPLOAD: {S},
        Thing.INSPECTION: {S},
        Thing.APPLICATION: {S},
        Thing.INSTRUMENT: {S, C, H},
        Thing.LOT: {S},
        Thing.PLACE: {S},
        Thing.OWNERSHIP: {S},
        Thing.POLICY: {S, C, H},
        Thing.ON_DEMAND: {S, C, A},
        Thing.DUE: {S},
        Thing.DUE_LIST: {S, C, H},
        Thing.CHECK: {S, C, H, A},
        Thing.ORDER: {S, C, H, A},
        Thing.CONTROL: {S},
        Thing.SEIZURE: {S, C, H},
        Thing.WALK: {S, C, H, A},
        Thing.CAMPAIGN: {S, C, H, A},
        Thing.RISK: {S, C, H},
        Thing.FINDING: {S, C, A},
        Thing.HAZARD: {S, C, H, A},
        Thing.RECTIFICATION: {S, C},
        Thing.REPORT: {S, H},
        Thing.RATE: {S},
        Thing.FIRM_RATING: {S},
        Thing.MONTH_REPORT: {S, C},
        Thing.ORGANISATION: {S},
        Thing.PERSON: {S},
        Thing.LEDGER: {S},
    },
    Role.SAFETY_OFFICER: {
        **_OWN,
        Thing.PACK: {S, C},
        Thing.EQUIPMENT: {S},
        Thing.CONTRACT: {S, A},
        Thing.VISIT: {S, A},
        Thing.RESCUE: {S, C, H},
        Thing.DRILL: {S, C, H},
        Thing.CALL: {S},
        Thing.ACCIDENT: {S, C, H},
        Thing.POLICY: {S, C, H},
        Thing.ON_DEMAND: {S},
        Thing.TELEMETRY: {S},
        Thing.DUE: {S},
        Thing.APPLICATION: {S, C, H},
        Thing.INSTRUMENT: {S, C, H},
        Thing.LOT: {S, C, H},
        Thing.OWNERSHIP: {S, C, H, A},
        Thing.INSPECTION: {S, C, H},
        Thing.CHECK: {S},
        Thing.ORDER: {S, H},
        Thing.CONTROL: {S, C, H, A},
        Thing.RISK: {S},
        Thing.SEIZURE: {S},
        Thing.FINDING: {S, C},
        Thing.HAZARD: {S},
        Thing.RECTIFICATION: {S, C},
        Thing.ORGANISATION: {S},
        Thing.PERSON: {S},
    },
    Role.CALL_TAKER: {**_OWN, Thing.CALL: {S, C, H}, Thing.ACCIDENT: {S, C}},
    Role.ADMINISTRATOR: {thing: {S} if thing in WORK_OF_OTHERS else {S, C, H, A} for thing in Thing},
}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Whose eyes a query reads with: a person, a device, or one of the named viewers SYSTEM and PUBLIC."""

    name: str
    user_id: UUID | None = None
    device_id: UUID | None = None
    organisation_id: UUID | None = None
    organisation_kind: OrganisationKind | None = None
    roles: frozenset[Role] = frozenset()
    area: str = ""
    categories: frozenset[str] | None = None
    actor: str = field(init=False, compare=False)  # how the ledger names this viewer: by ids only

    def __post_init__(self) -> None:
        parts = [
            f"user:{self.user_id}" if self.user_id else "",
            f"device:{self.device_id}" if self.device_id else "",
        ]
        object.__setattr__(self, "actor", " ".join(part for part in parts if part) or self.name)

    @property
    def oversees(self) -> bool:
        """Sees by area, not by organisation."""
        return self.organisation_kind == OrganisationKind.REGULATOR and bool(
            self.roles & {Role.SUPERVISOR, Role.ADMINISTRATOR}
        )

    @property
    def takes_calls(self) -> bool:
        """Finds every lift of its area: a call may come from any of them."""
        return self.organisation_kind == OrganisationKind.CENTRE and Role.CALL_TAKER in self.roles


SECOND_FACTOR_ROLES = frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR})  # to whom a second factor is offered
SYSTEM = Viewer("system")
PUBLIC = Viewer("public")


def may(viewer: Viewer, action: Action, thing: Thing) -> bool:
    """Whether the viewer's roles allow `action` on `thing` at all;
    which rows, the scope decides (people/scope.py)."""
    return viewer is SYSTEM or any(action in MATRIX[role].get(thing, set()) for role in viewer.roles)


ROLES_OF: Mapping[OrganisationKind, tuple[Role, ...]] = {
    OrganisationKind.STATION: (Role.OPERATOR, Role.STATION_OWNER, Role.SAFETY_OFFICER),
    OrganisationKind.USE_UNIT: (Role.SAFETY_OFFICER,),
    OrganisationKind.FIRM: (Role.TECHNICIAN, Role.FIRM_MANAGER),
    OrganisationKind.BODY: (Role.INSPECTOR,),
    OrganisationKind.REGULATOR: (Role.SUPERVISOR, Role.ADMINISTRATOR),
    OrganisationKind.CENTRE: (Role.CALL_TAKER,),
    OrganisationKind.MAKER: (),
}


def organisation_may(kind: OrganisationKind, action: Action, thing: Thing) -> bool:
    """Whether anybody of an organisation of this kind may do `action` on `thing`: so may its own system."""
    return any(action in MATRIX[role].get(thing, set()) for role in ROLES_OF[kind])


def roles_to_give(viewer: Viewer, kind: OrganisationKind) -> tuple[Role, ...]:
    """The roles that `viewer` may give to people of an organisation of this kind:
    never more than he may answer for."""
    if viewer is SYSTEM or Role.ADMINISTRATOR in viewer.roles:
        return ROLES_OF[kind]
    return (
        ROLES_OF[kind]
        if kind == viewer.organisation_kind and may(viewer, Action.CREATE, Thing.PERSON)
        else ()
    )


def oversees_area(viewer: Viewer, area: str) -> bool:
    """Whether people of `area` are the viewer's to make and change;
    only the bureau's people are bound to their own area."""
    return viewer is SYSTEM or not viewer.oversees or area.startswith(viewer.area)


def may_answer_for(viewer: Viewer, kind: OrganisationKind, roles: frozenset[Role], area: str) -> bool:
    """Whether `viewer` may change a person who holds these roles: only one whom he could have made."""
    return roles <= set(roles_to_give(viewer, kind)) and oversees_area(viewer, area)


DEVICES_OF: Mapping[OrganisationKind, tuple[DeviceKind, ...]] = {
    OrganisationKind.STATION: (DeviceKind.CONTROLLER, DeviceKind.UPLOAD),
    OrganisationKind.FIRM: (DeviceKind.READER, DeviceKind.GATEWAY, DeviceKind.FIRM_SYSTEM, DeviceKind.UPLOAD),
    OrganisationKind.BODY: (DeviceKind.UPLOAD,),
    OrganisationKind.USE_UNIT: (DeviceKind.GATEWAY, DeviceKind.UPLOAD),
    OrganisationKind.REGULATOR: (),
    OrganisationKind.CENTRE: (DeviceKind.UPLOAD,),
    OrganisationKind.MAKER: (),
}  # floor devices and phones enrol themselves


def people_in(actor: str) -> list[UUID]:
    """The people that a line names by their ids; the name itself is not in the ledger, it may change."""
    parts = (part.removeprefix("user:") for part in actor.split() if part.startswith("user:"))
    return [key for part in parts if (key := id_in(part))]
