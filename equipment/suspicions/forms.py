"""The forms of suspicions and of stated amounts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField

from equipment.core.words import N_
from equipment.suspicions.actions import REASON_LENGTH
from equipment.suspicions.states import (
    OF_LIFTS,
    SUSPICION_CHANGES,
    AmountSource,
    SuspicionKind,
    SuspicionState,
)
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    IdField,
    ReasonField,
    WholeField,
    labelled,
    stripped,
)
from equipment.web.language import translate

MOST_KG = 1_000_000


class SuspicionForm(Form):
    """What the bureau makes of a suspicion, and why."""

    state = ChoiceField(
        _l("Decision"),
        choices=lambda: [
            (state.value, translate(state.label)) for state in SUSPICION_CHANGES[SuspicionState.OPEN]
        ],
    )
    usual = ChoiceField(_l("Reason"), default="", choices=lambda: [("", "—"), *_usual_reasons()])
    reason = StringField(
        _l("In your own words"),
        [AtMost(REASON_LENGTH)],
        default="",
        filters=[stripped],
        description=_l("Optional where a reason is chosen"),
    )
    at = ChoiceField(_l("The finding is about"), default="", choices=())  # one of several bottles

    def offer(self, kind: SuspicionKind) -> None:
        """The reasons that fit a suspicion about lifts."""
        if kind in OF_LIFTS:
            self.usual.choices = [("", "—"), *_usual_reasons(REASONS_OF_LIFTS)]


USUAL_REASONS = (
    N_("Explained by the station, credible"),
    N_("Scale or gauge was at fault"),
    N_("Slip when entering"),
    N_("Network or device was down"),
    N_("Station was closed or at rest"),
    N_("To be checked on the spot"),
    N_("Station asked to explain in writing"),
    N_("Confirmed on the spot"),
)


REASONS_OF_LIFTS = (
    N_("Explained by the firm, credible"),
    N_("Device or clock was at fault"),
    N_("Network or device was down"),
    N_("The photo was chosen by mistake"),
    N_("To be checked on the spot"),
    N_("Firm asked to explain in writing"),
    N_("Firm was warned"),
    N_("Confirmed on the spot"),
)


def _usual_reasons(reasons: Sequence[str] = USUAL_REASONS) -> list[tuple[str, str]]:
    """What is said most often, to be tapped; it goes on file in the words that were tapped."""
    texts = [translate(reason) for reason in reasons]
    return [(text, text) for text in texts]


class KilogramField(StringField):  # type: ignore[misc]
    """A weight in kg as people write it; `data` is in g, None where it cannot be read."""

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip().replace(",", "") if valuelist else ""
        self.data = None
        try:
            kg = Decimal(text)
        except InvalidOperation:
            raise ValueError(translate(N_("Enter a weight in kg, such as 1250.5."))) from None
        if not kg.is_finite() or not 0 < kg <= MOST_KG:
            raise ValueError(translate(N_("Enter a weight in kg, such as 1250.5.")))
        self.data = int(kg * 1000)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else ""


class AmountForm(Form):
    """What a scale, a meter or a tanker says of a day."""

    station = IdField()
    on = DayField(_l("Day"))
    gas = ChoiceField(_l("Gas"), choices=())
    source = ChoiceField(_l("Who says so"), choices=lambda: labelled(AmountSource))
    kg = KilogramField(_l("Weight, kg"))
    paper_no = StringField(
        _l("Number of the paper"), [AtMost(60)], default="", filters=[stripped], description=_l("Optional")
    )


class StockForm(Form):
    """How many bottles the station has."""

    bottles = WholeField(_l("Bottles of the station, on the register or not"))


class TakeBackForm(Form):
    """A stated amount that was a slip."""

    station = HiddenField(default="")
    reason = ReasonField(most=200)
