"""专项行动: how a campaign stands, and how a row of it stands: a piece, or a unit, that somebody has to check
(docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class CampaignState(Labelled):
    DRAFT = "draft", N_("Draft, not issued"), "grey"
    RUNNING = "running", N_("Campaign running"), "blue"
    ENDED = "ended", N_("Campaign ended"), "green"
    WITHDRAWN = "withdrawn", N_("Campaign withdrawn"), "grey"


CAMPAIGN_CHANGES: dict[CampaignState, set[CampaignState]] = {
    CampaignState.DRAFT: {CampaignState.RUNNING, CampaignState.WITHDRAWN},
    CampaignState.RUNNING: {CampaignState.ENDED, CampaignState.WITHDRAWN},
    CampaignState.ENDED: set(),
    CampaignState.WITHDRAWN: set(),
}


class CampaignSubject(Labelled):
    """What stands in the rows."""

    PIECES = "pieces", N_("Pieces of equipment"), "blue"
    UNITS = "units", N_("Units, with or without pieces"), "blue"


class CampaignRowState(Labelled):
    TO_CHECK = "to_check", N_("Not checked so far"), "amber"
    SOUND = "sound", N_("Checked, nothing wrong"), "green"
    FAULTY = "faulty", N_("Checked, problems found"), "red"
    ABSENT = "absent", N_("Not there to be checked"), "grey"
    DROPPED = "dropped", N_("Left the campaign"), "grey"
    MISSED = "missed", N_("Not checked until the end"), "red"


R = CampaignRowState
CHECKED_ROWS = (R.SOUND, R.FAULTY, R.ABSENT)  # somebody was there
CAMPAIGN_ROW_CHANGES: dict[CampaignRowState, set[CampaignRowState]] = {
    R.TO_CHECK: {R.SOUND, R.FAULTY, R.ABSENT, R.DROPPED, R.MISSED},
    # checked again: the later check stands
    R.SOUND: {R.SOUND, R.FAULTY, R.ABSENT},
    R.FAULTY: {R.SOUND, R.FAULTY, R.ABSENT},
    R.ABSENT: {R.SOUND, R.FAULTY, R.ABSENT},
    R.DROPPED: {R.TO_CHECK},  # back in the scope
    R.MISSED: {R.SOUND, R.FAULTY, R.ABSENT},  # checked in time, arrived after the end
}


class AbsentWhy(Labelled):
    """Why a piece or unit was not there to be checked."""

    STOPPED = "stopped", N_("Out of use, taken out of service"), "amber"
    REMOVED = "removed", N_("Taken down or moved away"), "grey"
    NOT_FOUND = "not_found", N_("Nothing of it could be traced"), "amber"


class RowDropping(Labelled):
    """Why a row left the campaign unchecked."""

    SCRAPPED = "scrapped", N_("Piece scrapped or deregistered"), "grey"
    OUT_OF_SCOPE = "out_of_scope", N_("No longer what the campaign asks for"), "grey"
    MOVED_AWAY = "moved_away", N_("Moved out of the area of the campaign"), "grey"
    WITHDRAWN = "withdrawn", N_("The campaign was withdrawn"), "grey"
