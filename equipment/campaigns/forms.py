"""The forms of campaigns: what is written, the item table, the closing statement."""

from __future__ import annotations

import wtforms
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from equipment.campaigns.models import Campaign, CampaignItem
from equipment.campaigns.rules import (
    CHOSEN_STATUSES,
    MOST_ITEMS,
    UNIT_KINDS,
    CampaignScope,
    ItemFacts,
    ScopeCondition,
)
from equipment.campaigns.states import CampaignSubject
from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.core.words import N_
from equipment.register.rules import EquipmentStatus
from equipment.regulation.catalogue import CATALOGUE
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.gases import GAS_ALIASES, GAS_NAMES
from equipment.regulation.supervision_numbers import broken_rules
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    DayField,
    Form,
    TickField,
    WholeField,
    labelled,
    needed,
    needed_day,
    stripped,
)
from equipment.web.language import translate

BLANKS = 4  # empty rows for more items


class CampaignForm(Form):
    """A campaign as it is written."""

    title = StringField(_l("Title of the campaign"), [needed, AtMost(120)], filters=[stripped])
    document = StringField(
        _l("Document that orders it"),
        [AtMost(80)],
        filters=[stripped],
        description=_l("As on the paper that orders it, for example 市监特设发〔2026〕12号."),
    )
    from_on = DayField(_l("First day"), [needed_day])
    until_on = DayField(_l("Last day"), [needed_day])
    subject = ChoiceField(_l("What is checked"), choices=lambda: labelled(CampaignSubject))
    share = WholeField(
        _l("Share to be checked, per cent"),
        [Optional()],
        description=_l("Empty: all. Else each office’s pieces are drawn by chance, rounded up."),
    )
    categories = TickField(_l("Categories"))
    kinds = TickField(
        _l("Kinds of the catalogue"), description=_l("None ticked: all kinds of the categories.")
    )
    media = TickField(_l("Gases"), description=_l("For cylinders alone; none ticked: all."))
    conditions = TickField(_l("Only pieces that are"))
    statuses = TickField(_l("Status in the register"))
    unit_kinds = TickField(_l("Kinds of units"), description=_l("None ticked: all."))
    areas = TickField(_l("Areas"), description=_l("None ticked: the whole area of your office."))
    task = TextAreaField(
        _l("What the offices are asked to do"), [AtMost(2000)], filters=[stripped], default=""
    )

    def offer(self, areas: list[tuple[str, str]]) -> None:
        """The choices of the register, in the reader's language, and the areas of this office."""
        english = str(get_locale()) == "en"
        self.categories.choices = [(kind.key, translate(kind.label)) for kind in CATEGORIES]
        self.kinds.choices = [
            (code[:2], f"{code} {name.en if english else name.zh}")
            for code, name in CATALOGUE.items()
            if code.endswith("00") and not code.endswith("000")
        ]
        self.media.choices = [
            (code, GAS_NAMES[code] if english else GAS_ALIASES[code][0]) for code in GAS_NAMES
        ]
        self.conditions.choices = labelled(ScopeCondition)
        self.statuses.choices = labelled(CHOSEN_STATUSES)
        self.unit_kinds.choices = labelled(UNIT_KINDS)
        self.areas.choices = areas

    def show(self, campaign: Campaign) -> None:
        """What is written already."""
        scope = CampaignScope.of(campaign.scope)
        for name in ("title", "document", "from_on", "until_on", "share", "task"):
            self[name].data = getattr(campaign, name)
        self.subject.data = scope.subject.value
        for name in ("categories", "kinds", "media", "conditions", "statuses", "unit_kinds", "areas"):
            self[name].data = list(getattr(scope, name))

    def begin(self) -> None:
        """A blank one: from today, what is in use."""
        self.from_on.data = clock.today()
        self.statuses.data = [EquipmentStatus.IN_USE.value]

    def scope(self) -> CampaignScope:
        return CampaignScope(
            subject=CampaignSubject(self.subject.data),
            categories=tuple(self.categories.data or ()),
            kinds=tuple(self.kinds.data or ()),
            media=tuple(self.media.data or ()),
            statuses=tuple(self.statuses.data or ()),
            unit_kinds=tuple(self.unit_kinds.data or ()),
            areas=tuple(self.areas.data or ()),
            conditions=tuple(self.conditions.data or ()),
        )


class ItemForm(wtforms.Form):  # type: ignore[misc]
    """One item of the table; a row without a text is none."""

    text = StringField(_l("What is to be checked"), [AtMost(300)], filters=[stripped])
    rule = SelectField(_l("Rule that it breaks"), validate_choice=False)
    rule_text = StringField(_l("Rule and article in your words"), [AtMost(200)], filters=[stripped])
    is_key = BooleanField(_l("Key item"))


class ItemTableForm(Form):
    """检查项目表."""

    items = FieldList(FormField(ItemForm), max_entries=MOST_ITEMS)

    def offer(self) -> None:
        language = str(get_locale())
        rules = [
            (rule.code, f"{rule.cited} {rule.text.in_language(language)}"[:80])
            for rule in broken_rules(clock.today()).values()
        ]
        for entry in self.items:
            entry.form.rule.choices = [("", "—"), *rules]

    def show(self, items: list[CampaignItem]) -> None:
        for item in items:
            self.items.append_entry(
                {
                    "text": item.text,
                    "rule": item.rule,
                    "rule_text": item.rule_text if item.rule in ("", "other") else "",
                    "is_key": item.is_key,
                }
            )
        self.more()

    def more(self) -> None:
        for _row in range(min(BLANKS, MOST_ITEMS - len(self.items))):
            self.items.append_entry()

    def written(self) -> list[ItemFacts]:
        rows = [entry.form for entry in self.items]
        return [
            ItemFacts(row.text.data or "", row.rule.data or "", row.rule_text.data or "", row.is_key.data)
            for row in rows
            if row.text.data or row.rule.data or row.rule_text.data
        ]


class IssueCampaignForm(Form):
    """下发: nothing but the press of the button."""


class EndCampaignForm(Form):
    statement = TextAreaField(_l("Closing statement"), [needed, AtMost(4000)], filters=[stripped])


class CampaignPhotoForm(Form):
    """The row and the item that a photo shows."""

    class Meta(Form.Meta):
        csrf = False  # a phone sends it with its token

    row = StringField()
    item = StringField(default="0")

    @property
    def item_no(self) -> int:
        text = str(self.item.data or "0")
        if not (text.isascii() and text.isdigit() and len(text) <= 3):
            raise NotFound
        return int(text)


NO_PHOTO = N_("Send the photo as multipart field “photo”.")
