"""People by workbook: lists read, checked, added, their one-time passwords handed out."""

from __future__ import annotations

from equipment.roster import views
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.roster", pages=(views.pages,))
