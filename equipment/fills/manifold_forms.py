"""What devices send about manifolds (汇流排) and are answered."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from equipment.fills.forms import (
    NOT_CONTENT,
    SHOWN,
    Celsius,
    FlagCode,
    GasCode,
    Item,
    KiloPascals,
    MemberResponse,
    Person,
    PressureLimitResponse,
    Queued,
    ReasonResponse,
)
from equipment.fills.results import FillResult
from equipment.fills.states import FillState, Hook, ManifoldState
from equipment.web.api import OffsetTime, RequestBody
from equipment.web.openapi import Answered

Faults = Annotated[list[Item], Field(min_length=1)]


class ManifoldMessage(RequestBody):
    """A manifold begins: scans (`POST /fills`) name it by its id, which the device makes."""

    manifold_id: UUID
    bay: str = Field(min_length=1, max_length=20, description="A bay where a gauge for this gas stands.")
    gas: GasCode
    happened_at: OffsetTime
    queued: Queued = False


class ManifoldStepMessage(RequestBody):
    """A manifold begins to fill, or is broken off."""

    happened_at: OffsetTime
    queued: Queued = False


class TakenOffMessage(RequestBody):
    """已取下: a bottle was unhooked before gas flowed."""

    bottle: UUID = Field(description="The `id` of the bottle in the manifold.")
    happened_at: OffsetTime
    queued: Queued = False


class ManifoldEndMessage(RequestBody):
    """One end and one pressure for all that hang on it."""

    happened_at: OffsetTime
    result_id: UUID | None = Field(
        None, description="Made by the device; without one the same content about it is the same message."
    )
    pressure_kpa: KiloPascals
    temperature_dc: Celsius | None = None
    post_checks: dict[Item, bool] = Field({}, description="充装后检查 by item, for every bottle.")
    failed: dict[UUID, Faults] = Field(
        {}, description="By fill: the items that this bottle alone failed (it leaks, it is hot)."
    )
    instrument: str | None = Field(
        None, max_length=60, description="The number of the gauge; without one it is the one at the bay."
    )
    rechecker: Person | None = Field(
        None, description=f"Who checked after filling, where that is not who fills. {SHOWN}"
    )
    queued: Queued = False

    def result(self, rechecker: UUID | None) -> FillResult:
        """What came out for all, with the person who was shown; no PIN is part of its content."""
        shown = self.model_copy(update={"rechecker": str(rechecker) if rechecker else None})
        return FillResult(
            happened_at=self.happened_at,
            content=shown.model_dump_json(exclude=NOT_CONTENT, exclude_none=True),
            pressure_kpa=self.pressure_kpa,
            temperature_dc=self.temperature_dc,
            post_checks=self.post_checks,
            instrument=self.instrument or "",
            rechecker=rechecker,
            result_id=self.result_id,
            queued=self.queued,
        )


class ManifoldBottleResponse(Answered):
    """A bottle on a manifold, or a bundle (集格) with its `members`. `hook`: `ready`, `unchecked` (to be
    looked over), `red` (refused: take it off), `off`, or `on` once its fill has ended. `id` is that of its
    fill, or of the scan behind which none stands; `state` is null then."""

    id: str
    hook: Hook
    state: FillState | None
    name: str
    code: str
    reasons: list[ReasonResponse]
    flags: list[FlagCode]
    checks: list[str] = Field(description="The items that a person looks at before filling.")
    max_pressure: PressureLimitResponse | None
    members: list[MemberResponse]


class ManifoldResponse(Answered):
    """A manifold with its bottles in the order in which they were hooked on, each once. Gas may flow
    (`start`) when every one is `ready` or `off`."""

    manifold_id: str
    state: ManifoldState
    state_text: str
    bay: str
    gas: str
    opened_at: str
    started_at: str | None
    ended_at: str | None
    pressure_kpa: int | None
    temperature_dc: int | None
    bottles: list[ManifoldBottleResponse]


class ManifoldsResponse(Answered):
    """The manifolds that are running at the station."""

    manifolds: list[ManifoldResponse]
