"""What slices to the right do for people: follow a new name of an organisation in its transaction,
find the piece that a text names."""

from __future__ import annotations

from uuid import UUID

from equipment.core.followers import Followers, Provider
from equipment.people.models import Organisation
from equipment.people.rules import Viewer

renamed = Followers[[Organisation, Viewer]]()
piece_named = Provider[[Viewer, str], UUID | None]()
