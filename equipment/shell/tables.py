"""Every model, imported once, so that `Base.metadata` is whole wherever the wiring needs it (migrations, ledger, tests)."""
from __future__ import annotations

from equipment.dues import models as dues
from equipment.files import models as files
from equipment.fills import models as fills
from equipment.hazards import models as hazards
from equipment.imports import models as imports
from equipment.inspections import models as inspections
from equipment.intake import models as intake
from equipment.labels import models as labels
from equipment.ledger import models as ledger
from equipment.life import models as life
from equipment.maintenance import models as maintenance
from equipment.people import models as people
from equipment.register import models as register
from equipment.regulation import models as regulation
from equipment.reminders import models as reminders
from equipment.reports import models as reports
from equipment.storage.db import Base
from equipment.tasks import models as tasks

MODULES = (dues, files, fills, hazards, imports, inspections, intake, labels, ledger, life, maintenance, people, register, regulation, reminders, reports, tasks)
METADATA = Base.metadata


def models() -> dict[str, type[Base]]:
    """Every mapped class by its table's name."""
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}
