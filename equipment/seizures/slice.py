"""查封、扣押: what the bureau sealed or took into custody, how the decision was served, and what became of the
goods."""

from __future__ import annotations

from equipment.core.words import N_
from equipment.orders.hooks import seizure_parts
from equipment.people.rules import Role, Thing
from equipment.register.hooks import held_under
from equipment.seizures import home, models, views
from equipment.seizures.duties import DUTIES
from equipment.seizures.moments import seizures_about
from equipment.seizures.on_file import case_parts
from equipment.seizures.queries import held_pieces
from equipment.seizures.rules import GOODS_CHANGES
from equipment.web.slices import MenuEntry, Slice

USING = frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})

SLICE = Slice(
    package="equipment.seizures",
    models=models,
    pages=(views.pages,),
    cards=(home.home_cards,),
    menu=(MenuEntry(122, N_("Seizures"), "seizures.register", "lock", Thing.SEIZURE, USING, "/seizures"),),
    moments=(seizures_about,),
    duties=DUTIES,
    states={"SeizedGoods 在扣物品": GOODS_CHANGES},
    answers=((seizure_parts, case_parts), (held_under, held_pieces)),
)
