"""重庆电梯维保上传接口, as it was measured against its text V1.5: which fields a message has, how ids and times are
written, what it is answered. Pure.

What nobody has measured is ours, and says so: how the days of a relation and the fields of a technician are
called. docs/chongqing.md has it all in one place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from equipment.core import clock
from equipment.regulation.planning import DueKind

TOKEN_S = 3599  # as long as an access token was seen to live
SUCCESS, FAILED, LACKING = "200", "500", "10001"  # texts on business routes, numbers at the login
DONE = "操作成功"
NO_RELATION = "请先维护与使用单位的维保服务关系"
NO_CERTIFICATE = "关系状态为建立，作业人员电子证书或证书扫描件必传"
ESTABLISHED, ENDED = "0", "1"  # changState

LOGIN = ("username", "key", "appcode", "secret")
RELATION = ("useUnitEntityID", "useUnitName", "changState")
RELATION_DAYS = ("serviceStartDate", "serviceEndDate")  # as the firm that measured names them
WORKER = (
    "workManName",
    "workManPhone",
    "workManCertificate",
    "changState",
)  # as the firm that measured names them
WORKER_DAYS = ("workStartDate", "workEndDate")  # likewise
LIFT_NUMBERS = ("factoryNumber", "registrationCode", "deviceCode")
RECORD = (
    "elevatorCode",
    "deviceCode",
    "insideNumber",
    "unitPrincipal",
    "unitPrincipalPhone",
    "elevatorAdminister",
    "elevatorAdministerPhone",
    "emergencyPhone",
    "workMenegerName",
    "workMenegerPhone",
    "workMan1Id",
    "workMan2Id",
    "startTime",
    "endTime",
    "workType",
    "recorder",
    "recorderPhone",
    "originalRecordId",
    "problemCode",
    "nextMaintenanceDate",
)
PEOPLE_BY_ID, PEOPLE_BY_NAME = ("workMan1Id", "workMan2Id"), ("workManName1", "workManName2")
IN_NAMES = dict(zip(PEOPLE_BY_ID, PEOPLE_BY_NAME, strict=True))
RECORD_IN_NAMES = tuple(IN_NAMES.get(name, name) for name in RECORD)

WORK_TYPES: Mapping[str, DueKind] = {
    "FM": DueKind.VISIT_HALF_MONTH,  # ours: on demand stretches this class alone
    "HM": DueKind.VISIT_HALF_MONTH,
    "TM": DueKind.VISIT_QUARTER,
    "SM": DueKind.VISIT_HALF_YEAR,
    "OY": DueKind.VISIT_YEAR,
}
LONGEST, OF_FIELD = 400, {"workManName": 60, "workManCertificate": 40}  # characters; ours
RECORD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")  # what our own interface takes as a number
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)
_BETWEEN = re.compile(r"[,，;；\s]+")
_FIRST, _REST = 10**17, 9 * 10**17

# Our fields by the names that they have there.
THEIRS: Mapping[str, str] = {
    "lift": "elevatorCode",
    "duty": "workType",
    "arrived.at": "startTime",
    "left.at": "endTime",
    "record_id": "originalRecordId",
    "use_unit": "useUnitEntityID",
    "unit": "useUnitEntityID",
    "lifts": "useUnitEntityID",
    "from_on": "serviceStartDate",
    "until_on": "serviceEndDate",
    "last_on": "serviceEndDate",
    "name": "workManName",
    "mobile": "workManPhone",
    "certificates.0.number": "workManCertificate",
    "certificates.0.valid_from": "workStartDate",
    "certificates.0.valid_until": "workEndDate",
}


def digits_of(key: UUID) -> str:
    """An id of ours as this interface writes ids: 18 digits, always the same."""
    return str(_FIRST + key.int % _REST)


def one_called(number: str, candidates: Iterable[UUID]) -> UUID | None:
    """Which of these has this number there."""
    return next((key for key in candidates if digits_of(key) == number), None)


def first_lacking(form: Mapping[str, str], fields: Sequence[str]) -> str | None:
    """The first of these fields that says nothing."""
    return next((name for name in fields if not form.get(name, "").strip()), None)


def too_long(form: Mapping[str, str]) -> dict[str, int]:
    """The fields that are longer than is kept, with how long they may be."""
    most = {name: OF_FIELD.get(name, LONGEST) for name in form}
    return {name: most[name] for name, text in form.items() if len(text) > most[name]}


def site_moment(text: str) -> datetime | None:
    """`2026-11-23 08:30:00`, as clocks on site show it; None for anything else."""
    if not _TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.SITE)
    except ValueError:
        return None


def problem_codes(texts: Sequence[str]) -> list[str]:
    """`["S0"]` as JSON, the field several times, or codes with commas between them."""
    codes = list[str]()
    for text in texts:
        try:
            listed = json.loads(text)
        except ValueError:
            listed = _BETWEEN.split(text.strip("[] "))
        codes += [str(code).strip(" \"'") for code in (listed if isinstance(listed, list) else [listed])]
    return [code for code in dict.fromkeys(codes) if code]


def their_name(field: str, sent: Collection[str]) -> str:
    """What a field of ours is called in the message that was sent."""
    if field.startswith("problems"):
        return "problemCode"
    if field.startswith("technicians"):
        people = PEOPLE_BY_NAME if PEOPLE_BY_NAME[0] in sent else PEOPLE_BY_ID
        return people[int(field.endswith(".1"))]
    return THEIRS.get(field, field if field in sent else "")


def in_one_text(fields: Mapping[str, str], sent: Collection[str]) -> str:
    """Everything that is wrong, each behind the name of its field."""
    named = [(their_name(field, sent), text) for field, text in fields.items()]
    return "；".join(f"{name}：{text}" if name else text for name, text in named)


def lacks(field: str) -> str:
    return f":{field} 不能为空"
