"""事故信息报送: an accident is reported within the hour, goes up from office to office, stops its piece until
it was cleared, is investigated and made public; and the experts whom the bureau can ask (专家库)."""

from __future__ import annotations

from equipment.accidents import expert_views, home, models, queries, statistics_views, step_views, views
from equipment.accidents.duties import DUTIES
from equipment.accidents.moments import accidents_of
from equipment.accidents.states import ACCIDENT_CHANGES, CLEARANCE_CHANGES
from equipment.core.words import N_
from equipment.hazards.hooks import stops_besides
from equipment.people.rules import Role, Thing
from equipment.web.slices import MenuEntry, Slice

REPORTING = frozenset(
    {Role.STATION_OWNER, Role.SAFETY_OFFICER, Role.FIRM_MANAGER, Role.SUPERVISOR, Role.ADMINISTRATOR}
)

SLICE = Slice(
    package="equipment.accidents",
    models=models,
    pages=(statistics_views.pages, step_views.pages, expert_views.pages, views.pages),
    cards=(home.home_cards,),
    menu=(
        MenuEntry(
            122, N_("Accidents"), "accidents.index", "alert-octagon", Thing.ACCIDENT, REPORTING, "/accidents"
        ),
    ),
    duties=DUTIES,
    moments=(accidents_of,),
    states={"Accident 事故": ACCIDENT_CHANGES, "Clearance 恢复使用": CLEARANCE_CHANGES},
    answers=((stops_besides, queries.stops_piece),),
)
