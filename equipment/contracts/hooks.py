"""What lies to the right of contracts and is asked here: the visits of a lift that are not settled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from equipment.contracts.models import LeftRecord
from equipment.core.followers import Provider

# By lift, its visits that wait for a signature or are disputed.
open_visits = Provider[[Sequence[UUID]], Mapping[UUID, Sequence[LeftRecord]]](lambda _ids: {})
