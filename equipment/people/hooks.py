"""What slices to the right do for people: follow a new name of an organisation in its transaction,
find the piece that a text names, say what a device has not finished."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from equipment.core.followers import Followers, Provider
from equipment.core.words import Labelled, Message
from equipment.people.models import Device, Organisation, User
from equipment.people.rules import Viewer


class OpenWork(NamedTuple):
    """Something begun at a device and not finished: its id, and what people call it by."""

    id: UUID
    name: str


renamed = Followers[[Organisation, Viewer]]()
told_to = Followers[[User, Message, str]]()  # something about his account, and where it leads
piece_named = Provider[[Viewer, str], UUID | None]()
open_work = Provider[[Device], Sequence[OpenWork]]()
# the colour of risk of an organisation, and where its reasons stand; None where it has nothing in use
unit_colour = Provider[[UUID], tuple[Labelled, str] | None](lambda _organisation: None)
