"""A photo as phones and desks send it."""
from __future__ import annotations

from typing import BinaryIO, cast

from flask import request

from equipment.core.errors import Invalid
from equipment.core.words import N_
from equipment.files.actions import Document, take
from equipment.files.content import IMAGES


def sent_photo() -> Document:
    """The multipart field `photo` of this request, checked and on disk; before the transaction, so that no scan waits for it."""
    file = request.files.get("photo")
    if file is None or not file.filename:
        raise Invalid({"photo": N_("Take a photo of the stamp.")})
    return take(cast("BinaryIO", file.stream), file.filename, "photo", accept=IMAGES, field="photo")
