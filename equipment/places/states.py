"""流转状态: where a bottle can be, what moves it, and where each event takes it (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class PlaceState(Labelled):
    """流转状态 of a bottle."""

    EMPTY = "empty", N_("In stock, empty"), "blue"
    FULL = "full", N_("In stock, full"), "green"
    ON_WAY = "on_way", N_("Out for delivery"), "amber"
    AT_USER = "at_user", N_("At the customer"), "blue"
    AT_BODY = "at_body", N_("At inspection"), "grey"
    LOST = "lost", N_("Missing, reported lost"), "red"


class PlaceEvent(Labelled):
    """What says where a bottle is. At the same instant they count in this order."""

    RECEIVED = "received", N_("Taken in at the station")
    SCANNED = "scanned", N_("Scanned for filling")
    FILLED = "filled", N_("Gas went in")
    SENT_OUT = "sent_out", N_("Left on a delivery note")
    DELIVERED = "delivered", N_("Handed to the customer")
    TAKEN_BACK = "taken_back", N_("Taken back on a delivery note")
    TO_BODY = "to_body", N_("Handed over for inspection")
    FROM_BODY = "from_body", N_("Back from inspection")
    NOT_ARRIVED = "not_arrived", N_("Did not arrive at the inspection body")
    LOST = "lost", N_("Said to be missing")
    FOUND = "found", N_("Found again")


P, V = PlaceState, PlaceEvent
# Where an event takes a bottle, wherever it was.
_ALWAYS: dict[PlaceEvent, PlaceState] = {
    V.RECEIVED: P.EMPTY,
    V.FILLED: P.FULL,
    V.SENT_OUT: P.ON_WAY,
    V.DELIVERED: P.AT_USER,
    V.TO_BODY: P.AT_BODY,
    V.NOT_ARRIVED: P.LOST,
    V.LOST: P.LOST,
    # Likewise, but for the places of `_STAYS`.
    V.SCANNED: P.EMPTY,
    V.TAKEN_BACK: P.EMPTY,
    V.FROM_BODY: P.EMPTY,
    V.FOUND: P.EMPTY,
}
# A full bottle that is scanned is still full, one that comes back undelivered too; a paper of the body that
# comes after the bottle was seen elsewhere moves nothing, nor does "found" one that is not lost.
_STAYS: dict[PlaceEvent, dict[PlaceState, PlaceState]] = {
    V.SCANNED: {P.FULL: P.FULL},
    V.TAKEN_BACK: {P.FULL: P.FULL, P.ON_WAY: P.FULL},
    V.FROM_BODY: {place: place for place in (P.FULL, P.ON_WAY, P.AT_USER)},
    V.FOUND: {place: place for place in P if place is not P.LOST},
}


def next_place(place: PlaceState | None, event: PlaceEvent) -> PlaceState:
    """Where a bottle is after an event; `place` is None while nothing was heard of it."""
    return _STAYS.get(event, {}).get(place, _ALWAYS[event]) if place else _ALWAYS[event]


PLACE_CHANGES: dict[PlaceState, set[PlaceState]] = {
    place: {next_place(place, event) for event in PlaceEvent} - {place} for place in PlaceState
}


class PlaceReportKind(Labelled):
    """What somebody says of a bottle that no scan says."""

    LOST = "lost", N_("Said to be missing"), "red"
    FOUND = "found", N_("Found again"), "green"


class NoteState(Labelled):
    """配送单: loaded at the gate, gone, handed to the customer."""

    LOADING = "loading", N_("Being loaded"), "blue"
    ON_WAY = "on_way", N_("Left the station"), "amber"
    DELIVERED = "delivered", N_("With the customer"), "green"
    CANCELLED = "cancelled", N_("Cancelled"), "grey"


N = NoteState
NOTE_CHANGES: dict[NoteState, set[NoteState]] = {
    N.LOADING: {N.ON_WAY, N.CANCELLED},
    N.ON_WAY: {N.DELIVERED},
    N.DELIVERED: set(),
    N.CANCELLED: set(),
}


class NoteRowKind(Labelled):
    """What a row of a delivery note says of its bottle."""

    OUT = "out", N_("Delivered full"), "blue"
    BACK = "back", N_("Taken back"), "grey"
    OFF = "off", N_("Unloaded before leaving"), "grey"
    HANDED = "handed", N_("Handed over at the customer's"), "green"


class Discrepancy(Labelled):
    """What was not as the records say; it stays with the row."""

    ELSEWHERE = "elsewhere", N_("Was elsewhere by the records"), "amber"
    NOT_OUT = "not_out", N_("Was not with this customer by the records"), "amber"
    NOT_LOADED = "not_loaded", N_("Was not on this delivery note"), "amber"
    FOREIGN = "foreign", N_("Another owner's bottle"), "red"
    UNKNOWN = "unknown", N_("Not on file"), "red"
    CANCELLED = "cancelled", N_("The delivery note was cancelled"), "red"


class TransferState(Labelled):
    """过户: put together by whoever hands over, proposed to the other side, and what came of it."""

    DRAFT = "draft", N_("Draft, not proposed yet"), "grey"
    PROPOSED = "proposed", N_("Waits for the other side"), "blue"
    ACCEPTED = "accepted", N_("Handed to the new owner"), "green"
    DECLINED = "declined", N_("Not taken by the other side"), "red"
    WITHDRAWN = "withdrawn", N_("Withdrawn by the proposer"), "grey"
    EXPIRED = "expired", N_("Expired unanswered"), "grey"


T = TransferState
TRANSFER_CHANGES: dict[TransferState, set[TransferState]] = {
    T.DRAFT: {T.PROPOSED, T.WITHDRAWN},
    T.PROPOSED: {T.ACCEPTED, T.DECLINED, T.WITHDRAWN, T.EXPIRED},
    T.ACCEPTED: set(),
    T.DECLINED: set(),
    T.WITHDRAWN: set(),
    T.EXPIRED: set(),
}
