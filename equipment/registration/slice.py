"""使用登记: the papers for the registration authority, filled in from the register."""

from __future__ import annotations

from equipment.registration import views
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.registration", pages=(views.pages,))
