"""What is said beside a reason of a fill's verdict: the particulars of this cylinder, as messages. Pure."""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from equipment.core.words import N_, Message
from equipment.fills.states import Sanction
from equipment.register.rules import EquipmentStatus, Outcome

# By the parameter `why` of a reason.
WHY: Mapping[str, str] = {
    Outcome.UNKNOWN: N_("nothing on file under this code"), Outcome.VOID: N_("this label is void"),
    Outcome.BLANK: N_("this label is not bound to a cylinder yet"), Outcome.FORGED: N_("this code was not issued here; it may be forged"),
    Outcome.MISTYPED: N_("a character is wrong; scan or type it again"), Outcome.AMBIGUOUS: N_("several cylinders carry this number; scan the label"),
    "not_cylinder": N_("this label is not on a gas cylinder"),
    EquipmentStatus.NOT_YET: N_("not yet put into use"), EquipmentStatus.STOPPED: N_("out of use on file"),
    "unregistered": N_("no registration on file"), "unverified": N_("the record still has to be checked"),
    "open_elsewhere": N_("another station is filling it"), EquipmentStatus.MOVED_OUT: N_("moved out of this city"),
    EquipmentStatus.SCRAPPED: N_("scrapped on file"), EquipmentStatus.CANCELLED: N_("deregistered"),
    "inspection_failed": N_("failed its last inspection"),
    "no_day": N_("nobody knows when it was inspected: read the ring and record its month, then scan again"),
    "standing": N_("found earlier; treat it and check it again"), "other_gas": N_("on file: %(medium)s; asked for: %(gas)s"),
    Sanction.NO_LICENCE: N_("the station has no filling licence in force"), Sanction.NOT_COVERED: N_("the filling licence does not cover %(gas)s"),
    Sanction.NOBODY: N_("nobody is named as operator"), Sanction.UNKNOWN: N_("this card or certificate is not valid at this station"),
    Sanction.NO_CERTIFICATE: N_("the operator has no filling certificate in force"),
}
# By the code, where a day says it all.
BY_CODE: Mapping[str, str] = {
    "R07": N_("was due on %(day)s, %(days)d days ago"), "R08": N_("ended on %(day)s"), "R27": N_("last filled on %(day)s"),
}
OVER = N_("Overfilled: draw down and weigh again")
AFTER = N_("Failed after filling: %(item)s")


def particulars(code: str, params: Mapping[str, Any]) -> Message | None:
    """What to add to the reason's own wording; None where that says it all."""
    if params.get("why") in WHY:
        return Message(WHY[params["why"]], params)
    if code in BY_CODE and "day" in params:
        return Message(BY_CODE[code], params)
    return Message("%(reason)s", params) if params.get("reason") else None
