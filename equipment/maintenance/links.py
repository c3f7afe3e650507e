"""The one-time link of whoever was chosen to sign: made anew from a key of this instance whenever a message
goes out, so that only its digest is on file."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path
from uuid import UUID

from equipment.core.config import Settings, key_file

KEY = "links"
_folder: list[Path] = []


def connect(settings: Settings) -> None:
    """Where this process finds the key."""
    _folder[:] = [settings.folder]


def token_of(signature_id: UUID) -> str:
    """What stands in the address, 24 characters nobody can guess."""
    key = bytes.fromhex(key_file(_folder[0], KEY)[0])
    return base64.urlsafe_b64encode(hmac.digest(key, signature_id.bytes, "sha256")[:18]).decode()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
