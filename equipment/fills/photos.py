"""信息有误: photos of stamp and ring, for whoever decides about the record. They stay with it in all its versions."""
from __future__ import annotations

from collections.abc import Sequence

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.files.actions import About, Document, attach
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.fills.models import Fill
from equipment.fills.states import Treatment
from equipment.people.rules import SYSTEM, Viewer


def waits_for_its_record(fill: Fill) -> bool:
    """Said to be wrong, and nobody has decided yet."""
    return fill.treatment == Treatment.WRONG_FILE and fill.approved_by is None and not fill.superseded


def photos_of(viewer: Viewer, fill: Fill) -> Sequence[Attachment]:
    """The photos of a fill, oldest first: every version of it has the id of its first scan."""
    return attachments_of(viewer, fill.equipment_id, "fill", fill.scan_id)


def add_photo(fill: Fill, photo: Document, *, by: Viewer) -> Attachment:
    """Show what the bottle says; the same photo again is the one that is there."""
    known = next((each for each in photos_of(SYSTEM, fill) if each.sha256 == photo.kept.sha256), None)
    if known is not None:
        return known
    if not waits_for_its_record(fill):
        raise Invalid({"photo": N_("This bottle does not wait for its record.")})
    return attach(About(fill.equipment_id, fill.area, fill.category, "fill", fill.scan_id), photo, by=by)
