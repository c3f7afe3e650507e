"""How far the campaigns of an area are: whatever slices to the left name in their manifests (`progress`),
walks of the overdue list among them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from equipment.briefing.rules import ProgressLine, progress_in
from equipment.core.figures import WorkByArea, WorkLeft
from equipment.core.followers import Contributions
from equipment.people.rules import Viewer

progress_sources = Contributions[Callable[[Viewer], Sequence[WorkByArea]]]()


def progress_lines(viewer: Viewer, areas: Sequence[str]) -> list[ProgressLine]:
    """Every campaign in the viewer's area and in each of the areas below it."""
    return [
        ProgressLine(
            campaign.title,
            _in_area(campaign, viewer.area),
            campaign.until,
            campaign.note,
            {area: _in_area(campaign, area) for area in areas},
        )
        for source in progress_sources
        for campaign in source(viewer)
    ]


def _in_area(campaign: WorkByArea, area: str) -> WorkLeft:
    left, total = progress_in(campaign.done, area)
    return WorkLeft(left, total, _narrowed(campaign.left_url, area), _narrowed(campaign.url, area))


def _narrowed(url: str, area: str) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode({'area': area})}"
