"""The form of a destruction, and its photos."""

from __future__ import annotations

from typing import BinaryIO, cast

from flask import request
from flask_babel import lazy_gettext as _l
from wtforms import MultipleFileField, StringField

from equipment.dues.applications import AT_ONCE
from equipment.files.actions import StoredDocument, take
from equipment.lots.destroying import DestructionDraft
from equipment.lots.states import DestructionMethod
from equipment.web.forms import (
    AtMost,
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    labelled,
    needed_day,
    stripped,
)

PHOTO = frozenset({"image/jpeg", "image/png", "image/webp"})
PHOTO_MB, MOST_PHOTOS = 20, 6


class DestructionForm(Form):
    """Of the bottles that were ticked (`id`)."""

    destruction_id = IdField()
    id = ChosenField(most=AT_ONCE)
    on = DayField(_l("Destroyed on"), [needed_day])
    method = ChoiceField(_l("How"), choices=lambda: labelled(DestructionMethod))
    witness = StringField(_l("Witness"), [AtMost(60)], default="", filters=[stripped])
    document_no = StringField(_l("Number of the document"), [AtMost(60)], default="", filters=[stripped])
    remark = StringField(_l("Remark"), [AtMost(300)], default="", filters=[stripped])
    photos = MultipleFileField(_l("Photos of the destroyed bottles"))

    def draft(self) -> DestructionDraft:
        """What was entered."""
        return DestructionDraft(
            on=self.on.data,
            method=DestructionMethod(self.method.data),
            witness=self.witness.data or "",
            document_no=self.document_no.data or "",
            remark=self.remark.data or "",
        )


def photos_of_request() -> list[StoredDocument]:
    """The photos of this request, checked and on disk before the transaction."""
    uploads = [upload for upload in request.files.getlist("photos") if upload.filename][:MOST_PHOTOS]
    return [
        take(
            cast("BinaryIO", upload.stream),
            upload.filename or "",
            "photo",
            accept=PHOTO,
            largest_mb=PHOTO_MB,
            field="photos",
        )
        for upload in uploads
    ]
