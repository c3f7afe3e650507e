"""Documents and photos, by content."""

from __future__ import annotations

from equipment.core.config import Settings
from equipment.files import models, store, views
from equipment.files.checking import check_contents
from equipment.ledger.verify import stored_contents
from equipment.web.slices import Slice


def connect(settings: Settings) -> None:
    store.connect(settings.folder)


SLICE = Slice(
    package="equipment.files",
    models=models,
    pages=(views.pages,),
    connect=connect,
    answers=((stored_contents, check_contents),),
)
