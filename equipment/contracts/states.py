"""States of a maintenance contract (维保合同) and of a hand-over (移交), and what may become what. Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class ContractKind(Labelled):
    """What the price of a contract covers."""

    LABOUR = "labour", N_("Labour only"), "grey"  # 清包
    PARTIAL = "partial", N_("Labour and small parts"), "blue"  # 半包
    FULL = "full", N_("Labour and all parts"), "green"  # 全包


class ContractState(Labelled):
    """Who stands for a contract. Stated: the firm alone says so, and the lifts were its own or nobody's, so
    it counts until the use unit answers. Proposed: it would take lifts from another firm, so it counts only
    once the use unit or the bureau says yes."""

    PROPOSED = "proposed", N_("Waits for the use unit"), "amber"
    STATED = "stated", N_("The firm's statement, not confirmed by the use unit"), "amber"
    CONFIRMED = "confirmed", N_("Confirmed"), "green"
    DECLINED = "declined", N_("Declined by the use unit"), "red"
    WITHDRAWN = "withdrawn", N_("Withdrawn"), "grey"
    ENDED = "ended", N_("Ended"), "grey"


S = ContractState
CONTRACT_CHANGES: dict[ContractState, set[ContractState]] = {
    S.PROPOSED: {S.CONFIRMED, S.DECLINED, S.WITHDRAWN},
    S.STATED: {S.CONFIRMED, S.DECLINED, S.WITHDRAWN, S.ENDED},
    S.CONFIRMED: {S.STATED, S.WITHDRAWN, S.ENDED},  # stated again: the firm changed something since
    S.DECLINED: set(),
    S.WITHDRAWN: set(),
    S.ENDED: set(),
}
COUNTING = (S.STATED, S.CONFIRMED, S.ENDED)  # on the days of their lifts
RUNNING = (S.STATED, S.CONFIRMED)
UNANSWERED = (S.PROPOSED, S.STATED)


class ContractGap(Labelled):
    """Why a lift in use has no contract in force."""

    NO_FIRM = "no_firm", N_("No firm at all"), "red"
    NO_CONTRACT = "no_contract", N_("Firm on file, contract not"), "amber"
    ENDED = "ended", N_("Contract ended"), "red"


class HandoverState(Labelled):
    """移交: what one firm leaves to the next."""

    OPEN = "open", N_("To be taken over"), "amber"
    ACCEPTED = "accepted", N_("Taken over"), "green"
    REFUSED = "refused", N_("Not taken over"), "red"


HANDOVER_CHANGES: dict[HandoverState, set[HandoverState]] = {
    HandoverState.OPEN: {HandoverState.ACCEPTED, HandoverState.REFUSED},
    HandoverState.REFUSED: {HandoverState.OPEN},
    HandoverState.ACCEPTED: set(),
}
