"""Every model, imported once, so that `Base.metadata` is whole wherever the wiring needs it (migrations, ledger, tests)."""
from __future__ import annotations

from equipment.db import Base
from equipment.dues import models as dues
from equipment.files import models as files
from equipment.fills import models as fills
from equipment.hazards import models as hazards
from equipment.inspections import models as inspections
from equipment.ledger import models as ledger
from equipment.life import models as life
from equipment.maintenance import models as maintenance
from equipment.people import models as people
from equipment.policy import models as policy
from equipment.register import models as register
from equipment.reminders import models as reminders
from equipment.reports import models as reports
from equipment.tasks import models as tasks

MODULES = (dues, files, fills, hazards, inspections, ledger, life, maintenance, people, policy, register, reminders, reports, tasks)
METADATA = Base.metadata


def models() -> dict[str, type[Base]]:
    """Every mapped class by its table's name."""
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
