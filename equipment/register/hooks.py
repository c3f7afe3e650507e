"""What else must happen when a piece was registered or changed, in the same transaction: planning what is due
lies to the right."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, false

from equipment.core.followers import Followers, Provider
from equipment.core.words import Labelled, Message
from equipment.people.rules import Viewer
from equipment.register.duty_rules import Duty
from equipment.register.models import Equipment

changed = Followers[[Equipment, Viewer]]()  # after every registration, change and change of status
# In transactions of their own, with pieces that an import has put on file.
entered = Followers[[Sequence[UUID]]]()
# what became of telling a duty, a text per person
delivery_of = Provider[[str], Sequence[Message]]()
urgent = Followers[[Duty]]()  # what goes out in the minute, said in the transaction in which it happened
# of these pieces, those that a decision of the bureau holds (查封、扣押), with its number
held_under = Provider[[Collection[UUID]], Mapping[UUID, str]](lambda _ids: {})
# a colour of risk -> the condition on Equipment of the pieces that have it
risk_condition = Provider[[str], ColumnElement[bool]](lambda _colour: false())
# the colours of those of these pieces that are not blue
risk_colours = Provider[[Collection[UUID]], Mapping[UUID, Labelled]](lambda _ids: {})
