"""查封、扣押: kinds, where a seizure and each of its goods stand, and what a decision must be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from equipment.core.words import N_, Labelled, Message

SOON_DAYS = 7  # from here on a seizure is shown as ending


class SeizureKind(Labelled):
    SEALED = "sealed", N_("Sealed up on the spot"), "amber"
    DETAINED = "detained", N_("Taken into custody"), "amber"


class GoodsState(Labelled):
    """What became of one line of the goods list."""

    HELD = "held", N_("Held by the bureau"), "red"
    RELEASED = "released", N_("Seizure lifted"), "green"
    HANDED_OVER = "handed_over", N_("Handed to another body"), "blue"
    DISPOSED = "disposed", N_("Disposed of"), "grey"


class SeizureState(Labelled):
    RUNNING = "running", N_("All goods held"), "red"
    PARTLY = "partly", N_("Some goods still held"), "amber"
    ENDED = "ended", N_("No goods held any more"), "green"


class SeizureService(Labelled):
    """How the decision reached the unit (送达)."""

    SIGNED = "signed", N_("Delivered and signed for"), "green"
    LEFT = "left", N_("Signature refused, paper left with a witness"), "amber"
    POSTED = "posted", N_("Delivered by post"), "blue"


H = GoodsState
GOODS_CHANGES: Mapping[GoodsState, set[GoodsState]] = {
    H.HELD: {H.RELEASED, H.HANDED_OVER, H.DISPOSED},
    H.HANDED_OVER: {H.RELEASED, H.DISPOSED},  # the other body says what came of it
    H.RELEASED: set(),
    H.DISPOSED: set(),
}


def seizure_state(goods: Sequence[GoodsState]) -> SeizureState:
    held = sum(state is H.HELD for state in goods)
    if held == len(goods):
        return SeizureState.RUNNING
    return SeizureState.PARTLY if held else SeizureState.ENDED


def days_left(until: date, on: date) -> int:
    """Days to the last day of the period; negative once it is over."""
    return (until - on).days


def usual_end(on: date, days: int) -> date:
    """The last day of a period that begins on this day, which counts as its first."""
    return on + timedelta(days=days - 1)


def seizure_number(sign: str, kind: SeizureKind, year: int, sequence: int) -> str:
    """（白）市监特封〔2026〕第3号: the house's own way, after that of orders."""
    mark = "封" if kind is SeizureKind.SEALED else "扣"
    return f"（{sign}）市监特{mark}〔{year}〕第{sequence}号"


def officers_problem(names: Collection[str], needed: int) -> Message | None:
    if len(set(filter(None, names))) < needed:
        return Message(N_("At least %(num)s officers carry out a seizure."), {"num": needed})
    return None


def receipt_problem(way: SeizureService, receiver: str, witness: str, note: str) -> Mapping[str, Message]:
    """What is missing of a receipt of service (送达回证), by field."""
    wrong = {}
    if way is SeizureService.SIGNED and not receiver.strip():
        wrong["receiver"] = Message(N_("Say who received it."))
    if way is SeizureService.LEFT and not witness.strip():
        wrong["witness"] = Message(N_("Name the witness of the refusal."))
    if way is SeizureService.LEFT and not note.strip():
        wrong["note"] = Message(N_("Say why the signature was refused."))
    if way is SeizureService.POSTED and not note.strip():
        wrong["note"] = Message(N_("Give the number of the mailing."))
    return wrong
