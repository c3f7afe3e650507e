"""签到方式: how well a swipe shows that somebody stood at the lift. Which of them the bureau counts is its choice
(choices.py); what earns one is maintenance's to say (maintenance/presence_rules.py)."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class PresenceGrade(Labelled):
    """The best first."""

    READER = "reader", N_("Card reader at the lift"), "green"
    PLATE = "plate", N_("NFC plate"), "green"
    SCAN_IN_FENCE = "scan_in_fence", N_("Scan, position inside the fence"), "green"
    # the platform's own record, but it comes as a file, without a position
    PROVINCE = "province", N_("Swipe on the province's platform"), "green"
    SCAN = "scan", N_("Scan, position not proved"), "amber"
    TYPED = "typed", N_("Typed by hand"), "amber"
    # its word alone, whatever its own app has read
    SYSTEM = "system", N_("Stated by the firm’s system"), "amber"
    NONE = "", N_("Not swiped"), "grey"
