"""What lies to the right and hears of policies: maintenance on demand rests on them."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from equipment.core.followers import Provider
from equipment.people.rules import Viewer

# after every change of a policy, in its transaction: the lifts that it concerns
cover_changed = Provider[[Collection[UUID], Viewer], None]()
