"""What else must happen when a piece was registered or changed, in the same transaction: planning what is due
lies to the right."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from equipment.core.followers import Followers, Provider
from equipment.core.words import Message
from equipment.people.rules import Viewer
from equipment.register.duty_rules import Duty
from equipment.register.models import Equipment

changed = Followers[[Equipment, Viewer]]()  # after every registration, change and change of status
# In transactions of their own, with pieces that an import has put on file.
entered = Followers[[Sequence[UUID]]]()
# what became of telling a duty, a text per person
delivery_of = Provider[[str], Sequence[Message]]()
urgent = Followers[[Duty]]()  # what goes out in the minute, said in the transaction in which it happened
