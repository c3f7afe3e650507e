"""What the regulations leave to the bureau: the choices by key, what each may be, and what holds before one
is made. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from equipment.core.errors import Invalid
from equipment.core.geo import Datum
from equipment.core.words import N_, Labelled, Message
from equipment.regulation.presence_grades import PresenceGrade

# A number, the key of an option, the keys of several, or a day (ISO) per rule.
Answer = int | str | list[str] | dict[str, str]


class Shape(Labelled):
    """What kind of answer a choice takes."""

    DAYS = "days", N_("Number of days")
    MONTHS = "months", N_("Number of months")
    HOURS = "hours", N_("Number of hours")
    OPTION = "option", N_("One of several")
    SEVERAL = "several", N_("Any of several")
    DATES = "dates", N_("One day per rule")


@dataclass(frozen=True, slots=True)
class Question:
    """One choice: its key, what it asks, and whether each station has its own answer."""

    key: str
    label: str
    hint: str
    shape: Shape
    default: Answer
    options: Mapping[str, str]
    per_station: bool = False
    needs_document: bool = False  # an answer other than the default rests on a document


RATES = {
    "": N_("Not chosen yet: H1 and H2 stand side by side"),
    "H1": N_("H1: pieces with a hazard open on the day"),
    "H2": N_("H2: pieces with a hazard found in the year"),
    "H3": N_("H3: pieces with a serious or major hazard in the year"),
    "H4": N_("H4: pieces found with hazards, of those checked"),
    "H5": N_("H5: overdue, unregistered or failed pieces"),
}
TRANSITION_RULES = {
    "R02": N_("R02: not registered, or not as in the certificate"),
    "R05": N_("R05: original marks missing or illegible"),
    "R06": N_("R06: colour mark wrong or unclear"),
}
PROVINCE_SWIPES = {
    "": N_("It shows presence only: the visit that is due stays due"),
    "class": N_("It settles the visit that is due where the export says the class"),
}
FORM_LAYOUTS = {
    "": N_("Not looked at yet: every form says so"),
    "confirmed": N_("Looked at and accepted as they are printed"),
}
CUSTODY_RULES = {
    "": N_("Not allowed: a station fills its own bottles"),
    "allowed": N_("Allowed between two that agree on it, from day to day"),
}
ONE_PERSON_RULES = {
    "": N_("Not allowed: every visit needs as many technicians as the rule pack says"),
    "allowed": N_("Allowed where firm and use unit agreed on it in their contract"),
}
KEY_PHOTOS = {
    "": N_("Flagged: the visit counts, the missing photo is shown"),
    "needed": N_("Needed: without its photo a key item is not complete"),
}
RESCUE_AREAS = {
    "whole": N_("30 minutes in the whole city, counties too"),
    "districts": N_("30 minutes in districts, 1 hour in counties"),
}
SCORE_USES = {
    "": N_("Not adopted: a trial that only the bureau sees"),
    "adopted": N_("Adopted: every firm sees its score and the ranking of all"),
}
ON_DEMAND_PILOTS = {
    "": N_("Not begun: every lift is maintained by the calendar"),
    "allowed": N_("A pilot runs: filed lifts that meet the conditions are maintained on demand"),
}
WALK_DAYS_OF_MONTH = {
    "1": N_("On the 1st"),
    "5": N_("On the 5th"),
    "10": N_("On the 10th"),
    "15": N_("On the 15th"),
    "20": N_("On the 20th"),
    "": N_("Never by themselves: an office or a county opens them"),
}
WALK_UNKNOWNS = {
    "": N_("Left out: an office or a county may take them in by hand"),
    "included": N_("Taken in: every piece in use of which no inspection is known"),
}
RECTIFY_HINT = N_("The day that is set unless the supervisor sets another; no clause gives it.")
QUESTIONS: tuple[Question, ...] = (
    Question(
        "official_rate",
        N_("Official definition of the annual hazard rate"),
        N_("No public text defines it. Until the bureau chooses, every rate is marked as not confirmed."),
        Shape.OPTION,
        "",
        RATES,
    ),
    Question(
        "finding_confirms_days",
        N_("Days until a finding must be decided"),
        N_("Left undecided it goes to the county, then to the city, and stands beside the rate."),
        Shape.DAYS,
        15,
        {},
    ),
    Question(
        "rectify_days_general", N_("Days to put a general hazard right"), RECTIFY_HINT, Shape.DAYS, 30, {}
    ),
    Question(
        "rectify_days_serious", N_("Days to put a serious hazard right"), RECTIFY_HINT, Shape.DAYS, 15, {}
    ),
    Question("rectify_days_major", N_("Days to put a major hazard right"), RECTIFY_HINT, Shape.DAYS, 7, {}),
    Question(
        "opinion_feedback_days",
        N_("Days to answer a notice of inspection opinions (检验意见通知书)"),
        N_(
            "The day that is proposed to the inspector, who names another where he sees fit; "
            "no text gives it."
        ),
        Shape.DAYS,
        30,
        {},
    ),
    Question(
        "delay_months",
        N_("Longest delay of a due, in months"),
        N_(
            "A longer one is taken for a slip of the keyboard; no clause sets it. "
            "For the end of life a rule says how far a delay goes."
        ),
        Shape.MONTHS,
        24,
        {},
    ),
    Question(
        "rescue_arrival",
        N_("Within what time a rescue has to arrive"),
        N_(
            "The rule says 30 minutes in a city with districts and generally 1 hour elsewhere, and does not "
            "say which of them holds in the counties of such a city. Not verified until the bureau chooses."
        ),
        Shape.OPTION,
        "whole",
        RESCUE_AREAS,
    ),
    Question(
        "default_datum",
        N_("Datum of coordinates that name none"),
        N_(
            "Maps on phones show GCJ-02 or BD-09, receivers WGS-84; they lie 250 m and more apart. "
            "A position that is on file keeps the datum it was read in."
        ),
        Shape.OPTION,
        str(Datum.WGS84),
        {str(datum): datum.label for datum in Datum},
    ),
    Question(
        "counted_grades",
        N_("Proofs of presence that count as maintenance by swipe"),
        N_(
            "What a phone says is its own word: without a position near the lift it proves nothing. "
            "No regulation says which count; visits of the other kinds are counted apart as not proved."
        ),
        Shape.SEVERAL,
        [
            str(PresenceGrade.READER),
            str(PresenceGrade.PLATE),
            str(PresenceGrade.SCAN_IN_FENCE),
            str(PresenceGrade.PROVINCE),
        ],
        {str(grade): grade.label for grade in PresenceGrade if grade},
    ),
    Question(
        "one_person",
        N_("Maintenance by one technician"),
        N_(
            "TSG T5002 was not seen to ask for two; interfaces of other cities and many company rules do. "
            "A house value, unverified. While it is not allowed no contract with one technician is entered, "
            "and one that is on file counts as two."
        ),
        Shape.OPTION,
        "",
        ONE_PERSON_RULES,
    ),
    Question(
        "province_swipe_settles",
        N_("What a visit from the province's export is worth"),
        N_(
            "Such a visit comes without a checklist. It counts as a swipe by the choice above; whether it "
            "also "
            "settles the visit that is due is decided here. No regulation gives it."
        ),
        Shape.OPTION,
        "",
        PROVINCE_SWIPES,
    ),
    Question(
        "key_photo",
        N_("Photos of key items (试验、测试、校验、检测)"),
        N_("No regulation asks for them. An abnormal key item always needs one, whatever is chosen here."),
        Shape.OPTION,
        "",
        KEY_PHOTOS,
    ),
    Question(
        "score_adopted",
        N_("Score of maintenance firms"),
        N_(
            "The points are those of another city, unverified. Adopt them by a document of the bureau; each "
            "of them can be changed under Rules before. Scores of earlier months stay unpublished."
        ),
        Shape.OPTION,
        "",
        SCORE_USES,
        needs_document=True,
    ),
    Question(
        "public_report_days",
        N_("Days until a public report is answered"),
        N_("The day is shown to whoever reported; no clause sets it."),
        Shape.DAYS,
        15,
        {},
    ),
    Question(
        "one_time_days",
        N_("Days for which a one-time password lets its person in"),
        N_("Counted from when it is given; after that somebody must give a new one. No clause sets it."),
        Shape.DAYS,
        3,
        {},
    ),
    Question(
        "registration_forms",
        N_("Layout of the registration forms"),
        N_(
            "The forms of 2026 were not at hand when they were drawn. Until the registration authority has "
            "looked at them, every printed form says at its foot that its layout is not verified."
        ),
        Shape.OPTION,
        "",
        FORM_LAYOUTS,
    ),
    Question(
        "pass_hours",
        N_("Hours for which a station may fill without a network"),
        N_(
            "So long a phone goes by the list of bottles that it holds; afterwards it fills nothing. "
            "From 12 to 168; no clause sets it."
        ),
        Shape.HOURS,
        72,
        {},
    ),
    Question(
        "custody",
        N_("Custody (托管): a station keeps and fills bottles of somebody else"),
        N_(
            "An older rule knew it; whether it still holds beside the article on own bottles has not been "
            "checked. From the day on which it is not allowed, such bottles are refused again."
        ),
        Shape.OPTION,
        "",
        CUSTODY_RULES,
    ),
    Question(
        "on_demand_pilot",
        N_("Pilot of maintenance on demand (按需维保)"),
        N_(
            "Without a pilot that a document has opened here, no lift may be visited less often than by the "
            "calendar, whatever its record says. The first day is the day from which this choice holds."
        ),
        Shape.OPTION,
        "",
        ON_DEMAND_PILOTS,
        needs_document=True,
    ),
    Question(
        "transfer_days",
        N_("Days in which a transfer of bottles is answered"),
        N_("Afterwards the proposal has expired and nothing has changed. No clause sets it."),
        Shape.DAYS,
        15,
        {},
    ),
    Question(
        "change_registration_days",
        N_("Days in which the change of registration follows a transfer"),
        N_("Counted from the day on which the new owner accepted; no clause at hand sets it."),
        Shape.DAYS,
        30,
        {},
    ),
    Question(
        "walk_opens_on",
        N_("Day of the month on which rounds of the overdue list open (超期核查)"),
        N_(
            "Every office gets a round of the pieces in its area whose inspection is overdue on that day. "
            "A house value, unverified: no clause sets it."
        ),
        Shape.OPTION,
        "1",
        WALK_DAYS_OF_MONTH,
    ),
    Question(
        "walk_days",
        N_("Days in which an office walks its overdue list"),
        N_("Counted from the day on which the round opens. A house value, unverified: no clause sets it."),
        Shape.DAYS,
        20,
        {},
    ),
    Question(
        "walk_unknown",
        N_("Pieces without any known inspection in the rounds of the month"),
        N_("They are not overdue by any record, and stand in no rate. No regulation says who looks at them."),
        Shape.OPTION,
        "",
        WALK_UNKNOWNS,
    ),
    Question(
        "fill_transition",
        N_("End of the transition period"),
        N_(
            "Until this day the reason only warns; afterwards it blocks. "
            "Each station may have a day of its own."
        ),
        Shape.DATES,
        {},
        TRANSITION_RULES,
        per_station=True,
    ),
)
BY_KEY = {question.key: question for question in QUESTIONS}
LIMITS = {Shape.DAYS: (1, 365), Shape.MONTHS: (1, 120), Shape.HOURS: (12, 168)}
WHOLE = {
    Shape.DAYS: N_("Give a number of days from %(least)d to %(most)d."),
    Shape.MONTHS: N_("Give a number of months from %(least)d to %(most)d."),
    Shape.HOURS: N_("Give a number of hours from %(least)d to %(most)d."),
}


def answer(question: Question, typed: Mapping[str, str]) -> Answer:
    """What was typed as the value to store; Invalid when it is no answer to this question."""
    if question.shape in LIMITS:
        text, (least, most) = typed.get("value", "").strip(), LIMITS[question.shape]
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise Invalid({"value": Message(WHOLE[question.shape], {"least": least, "most": most})})
        return int(text)
    if question.shape is Shape.OPTION:
        if typed.get("value", "") not in question.options:
            raise Invalid({"value": N_("Choose one of the list.")})
        return typed.get("value", "")
    if question.shape is Shape.SEVERAL:
        chosen = typed.get("value", "").split(",")
        if not set(chosen) <= set(question.options):
            raise Invalid({"value": N_("Tick at least one of the list.")})
        return [code for code in question.options if code in chosen]
    return {code: _day(code, typed[code]) for code in question.options if typed.get(code, "").strip()}


def _day(code: str, text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise Invalid({code: N_("This is no day.")}) from error
