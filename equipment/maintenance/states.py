"""States of a visit and outcomes of a swipe (docs/states.md). Pure."""

from __future__ import annotations

from equipment.core.words import N_, Labelled


class VisitState(Labelled):
    OPEN = "open", N_("On site"), "blue"
    UNCONFIRMED = "unconfirmed", N_("Card only, to be confirmed"), "amber"
    TO_SIGN = "to_sign", N_("To be signed by the use unit"), "amber"
    ON_SITE = "on_site", N_("Signed on site, may be objected to"), "blue"
    UNOBJECTED = "unobjected", N_("No objection"), "green"
    SIGNED = "signed", N_("Signed"), "green"
    DISPUTED = "disputed", N_("Disputed by the use unit"), "red"
    DECIDED = "decided", N_("Upheld by the county office"), "green"
    EXPIRED = "expired", N_("Not confirmed, does not count"), "grey"
    IMPORTED = "imported", N_("From the province's platform"), "blue"
    VOID = "void", N_("Void"), "grey"


VISIT_CHANGES: dict[VisitState, set[VisitState]] = {
    VisitState.OPEN: {VisitState.UNCONFIRMED, VisitState.TO_SIGN, VisitState.VOID},
    VisitState.UNCONFIRMED: {VisitState.TO_SIGN, VisitState.EXPIRED},
    VisitState.TO_SIGN: {VisitState.SIGNED, VisitState.ON_SITE, VisitState.DISPUTED, VisitState.VOID},
    VisitState.ON_SITE: {VisitState.SIGNED, VisitState.UNOBJECTED, VisitState.DISPUTED},
    VisitState.UNOBJECTED: {VisitState.SIGNED},
    VisitState.DISPUTED: {VisitState.TO_SIGN, VisitState.ON_SITE, VisitState.DECIDED, VisitState.VOID},
    VisitState.DECIDED: {VisitState.SIGNED},
    VisitState.SIGNED: set(),
    VisitState.EXPIRED: set(),
    VisitState.IMPORTED: {VisitState.VOID},
    VisitState.VOID: set(),
}


class SignatureKind(Labelled):
    """How the use unit stands for a visit, the best first."""

    ACCOUNT = "account", N_("Signed by the unit's own account"), "green"
    ON_SITE = "on_site", N_("Signed on site"), "blue"
    PAPER = "paper", N_("Photo of the paper record"), "amber"


class OtherSignature(Labelled):
    """What a state alone does not say of a signature."""

    PAPER = "on_paper", N_("Paper record, may be objected to"), "amber"
    UNTOLD = "untold", N_("Paper record, the unit was not told"), "amber"
    DRAWN_BEFORE = "drawn_before", N_("Signed on site (old form)"), "blue"


def shown_state(state: VisitState, kind: str, by_account: bool, announced: bool) -> Labelled:
    """The state as everybody reads it: nothing but the use unit's own account is called signed."""
    if state is VisitState.SIGNED and not by_account:
        return OtherSignature.DRAWN_BEFORE
    if (state, kind) == (VisitState.ON_SITE, SignatureKind.PAPER):
        return OtherSignature.PAPER if announced else OtherSignature.UNTOLD
    return state


class SwipeOutcome(Labelled):
    OPENED = "opened", N_("Signed in"), "green"
    JOINED = "joined", N_("Second technician"), "green"
    CLOSED = "closed", N_("Signed out"), "green"
    IGNORED = "ignored", N_("Ignored"), "grey"
    REFUSED = "refused", N_("Swipe refused"), "red"
    RESCUE = "rescue", N_("Arrived at a rescue"), "green"


class SwipeVia(Labelled):
    """What met what. A colleague at the first technician's phone shows his card or types his PIN: he scans
    nothing."""

    READER = "reader", N_("Card at the reader"), "blue"
    PHONE = "phone", N_("Phone with the lift's label"), "blue"
    PLATE = "plate", N_("Phone with the lift's plate"), "blue"
    COLLEAGUE = "colleague", N_("Card or PIN at a colleague's phone"), "blue"
    SYSTEM = "system", N_("Reported by the firm’s system"), "blue"


class ReadBy(Labelled):
    """How a phone says that it came by the code: its own word. What it does not say counts as typed."""

    TYPED = "typed", N_("typed"), "grey"
    CAMERA = "camera", N_("read by the camera"), "blue"
    NFC = "nfc", N_("read by NFC"), "blue"


class Fence(Labelled):
    """What became of the position that came with a swipe."""

    NONE = "", N_("No position was sent"), "grey"
    UNREADABLE = "unreadable", N_("The position could not be read and was left out"), "grey"
    UNPLACED = "unplaced", N_("Position of the lift not on file"), "grey"
    COARSE = "coarse", N_("Too inaccurate to be judged"), "grey"
    INSIDE = "inside", N_("Inside the fence"), "green"
    OUTSIDE = "outside", N_("Outside the fence"), "red"


class OnSiteLight(Labelled):
    """How long a visit has gone on."""

    WORKING = "working", N_("At work"), "blue"
    LONG = "long", N_("Unusually long"), "amber"
    TOO_LONG = "too_long", N_("Too long: it ends by itself, marked as not signed out"), "red"


class ItemAnswer(Labelled):
    OK = "ok", N_("Normal"), "green"
    ADJUSTED = "adjusted", N_("Normal after adjustment"), "green"
    ABNORMAL = "abnormal", N_("Abnormal"), "red"
    NOT_APPLICABLE = "not_applicable", N_("Not applicable"), "grey"


class PhotoSource(Labelled):
    """Where a photo came from, as the phone says."""

    UNKNOWN = "", N_("Not said where it came from"), "grey"
    CAMERA = "camera", N_("Taken with the camera"), "green"
    GALLERY = "gallery", N_("Chosen from the album"), "amber"


class PhotoDoubt(Labelled):
    """What is remarkable about a photo: evidence to look at, it refuses nothing."""

    GALLERY = "gallery", N_("Chosen from the album"), "amber"
    ORIGINAL = "original", N_("The file says another time"), "red"
    CLOCK = "clock", N_("The phone's clock was wrong: time of arrival"), "amber"
    NO_POSITION = "no_position", N_("Without a position"), "grey"
    PLACE = "place", N_("Taken away from the lift"), "red"
    UNREADABLE = "unreadable", N_("Its position could not be read"), "amber"


class Direction(Labelled):
    """What a swipe was meant as; most readers do not say."""

    EITHER = "", N_("Sign in or out"), "grey"
    IN = "in", N_("Sign in at the lift"), "blue"
    OUT = "out", N_("Sign out of the visit"), "blue"
    RESCUE = "rescue", N_("Arrive at a rescue, no visit"), "red"


class SwipeReason(Labelled):
    """Why a swipe was refused or changes nothing; the label is what the technician reads."""

    LIFT_UNKNOWN = (
        "lift_unknown",
        N_("This label is not known here. Scan it again, or report it to your office."),
        "red",
    )
    LIFT_VOID = "lift_void", N_("This label is void. Ask the use unit for the new one."), "red"
    LIFT_AMBIGUOUS = "lift_ambiguous", N_("Several pieces carry this number. Scan the label instead."), "red"
    LIFT_MISTYPED = "lift_mistyped", N_("This code was misread or mistyped. Scan it again."), "red"
    LIFT_FORGED = "lift_forged", N_("This label is not genuine. Report it to your office."), "red"
    NO_VISITS = "no_visits", N_("This piece has no maintenance visits."), "red"
    NOT_IN_USE = "not_in_use", N_("This lift is not in use: it has no maintenance task now."), "red"
    NO_FIRM = "no_firm", N_("No maintenance firm is on file for this lift."), "red"
    OTHER_FIRM = "other_firm", N_("This lift is not maintained by your firm."), "red"
    OTHER_VISIT = "other_visit", N_("Technicians of another firm are signed in at this lift."), "red"
    CARD_UNKNOWN = "card_unknown", N_("This card is not known. Register it with your office first."), "red"
    CARD_LOST = "card_lost", N_("This card has been reported lost."), "red"
    CARD_RETURNED = "card_returned", N_("This card has been handed back."), "red"
    CARD_EXPIRED = "card_expired", N_("This card has expired."), "red"
    NOBODY = "nobody", N_("This device has no person and no card was shown."), "red"
    PERSON_INACTIVE = "person_inactive", N_("This person no longer works here."), "red"
    NOT_TECHNICIAN = (
        "not_technician",
        N_("Only technicians of the maintenance firm can sign in at a lift."),
        "red",
    )
    NO_CERTIFICATE = "no_certificate", N_("No certificate for lift repair (T) is in force."), "red"
    SECOND_TOO_LATE = (
        "second_too_late",
        N_("Too late for the second technician: the visit began more than %(minutes)s minutes ago."),
        "red",
    )
    NO_SIGN_IN = (
        "no_sign_in",
        N_(
            "Signed out without having signed in: kept, but no visit. "
            "Enter the visit late if the work was done."
        ),
        "amber",
    )
    AGAIN = "again", N_("Already signed in; this second swipe changes nothing."), "grey"
    RESCUE = "rescue", N_("Your arrival at the rescue is recorded; no maintenance visit was opened."), "green"
    NO_RESCUE = "no_rescue", N_("No rescue call waits at this lift. Nothing was recorded for one."), "amber"
    LEFT_ALREADY = "left_already", N_("The visit is closed already; this swipe changes nothing."), "grey"


class Flag(Labelled):
    """What is remarkable about a closed visit."""

    SHORT = "short", N_("Shorter than the minimum"), "amber"
    ONE_TECHNICIAN = "one_technician", N_("Fewer technicians than required"), "amber"
    NO_CERTIFICATE = "no_certificate", N_("Technician without certificate T"), "red"
    INCOMPLETE = "incomplete", N_("Checklist incomplete: does not count"), "red"
    CONFLICT = "conflict", N_("Two people answered an item differently"), "red"
    NO_PHOTO = "no_photo", N_("Photo of a key item missing"), "amber"
    DRIFT = "drift", N_("Device clock was wrong: to be verified"), "amber"
    NO_SIGN_OUT = "no_sign_out", N_("Not signed out"), "amber"
    NO_SIGN_IN = "no_sign_in", N_("Signed out without signing in"), "amber"
    CARD_UNCONFIRMED = "card_unconfirmed", N_("A card was not confirmed by its technician"), "amber"
    CARD_DENIED = "card_denied", N_("Shown without its technician, he says"), "red"
    ANSWERED_LATER = "answered_later", N_("Items answered after signing out"), "amber"
    PLACE = "place", N_("Signed in or out away from the lift"), "red"
    OVERLAP = "overlap", N_("The same person at another lift at the same time"), "red"
    TRAVEL = "travel", N_("Farther from the last lift than anybody travels"), "red"
