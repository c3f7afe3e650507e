"""The whole life of a piece, its public page, and what the public reports."""

from __future__ import annotations

from equipment.life import api, models, public_views, report_views, views
from equipment.life.duties import DUTIES
from equipment.life.states import REPORT_CHANGES
from equipment.web.slices import Slice

SLICE = Slice(
    package="equipment.life",
    models=models,
    pages=(views.pages, report_views.pages),
    api=(api.routes,),
    tokenless=(public_views.pages,),
    cards=(report_views.home_cards,),
    duties=DUTIES,
    states={"Public report 公众举报": REPORT_CHANGES},
)
