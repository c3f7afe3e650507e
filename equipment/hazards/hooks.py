"""What slices to the right know of hazards, or hear of them."""

from __future__ import annotations

from uuid import UUID

from equipment.core.followers import Provider
from equipment.hazards.models import Hazard
from equipment.people.rules import Viewer


def _nothing(_equipment_id: UUID) -> bool:
    return False


# (a piece) -> whether something besides hazards puts 停止使用 on it: an accident after which nobody cleared it
stops_besides = Provider[[UUID], bool](_nothing)
# after every step of a hazard, in its transaction: the orders that it stands in follow
hazard_stepped = Provider[[Hazard, Viewer], None](lambda _hazard, _by: None)
