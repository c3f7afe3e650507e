"""What arrived late or twice."""

from __future__ import annotations

from equipment.intake import models
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.intake", models=models)
