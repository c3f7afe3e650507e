"""Stored pictures as prints show them: made small in children, each the address of an image."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from PIL import Image

from equipment.files import store
from equipment.storage.db import session
from equipment.tasks.children import run_in_children
from equipment.tasks.makers import Progress

SIDE, QUALITY = 760, 72  # pixels of the longer side of a photo, six of which share a page
AT_ONCE = 12  # photos that one child makes small


def small_pictures(digests: Iterable[str], progress: Progress) -> Mapping[str, str]:
    """Addresses of pictures by their digests, as large as a paper needs; what is not in the store is left
    out."""
    paths = sorted(path for digest in set(digests) if (path := store.path_of(digest)).is_file())
    if not paths:
        return {}
    parts = [
        ([str(path) for path in paths[start : start + AT_ONCE]],) for start in range(0, len(paths), AT_ONCE)
    ]
    session.rollback()  # nothing holds a transaction while children draw
    addresses = run_in_children(made_small, parts, progress=progress, count=False)
    flat = [address for part in addresses for address in part]
    return {path.name: address for path, address in zip(paths, flat, strict=True)}


def made_small(paths: Sequence[str]) -> list[str]:
    """Data addresses of pictures as large as the paper needs; runs in a child process."""
    return [_address(Path(path)) for path in paths]


def _address(path: Path) -> str:
    with Image.open(path) as picture:
        picture.draft("RGB", (SIDE, SIDE))
        picture.thumbnail((SIDE, SIDE))
        plain = Image.new("RGB", picture.size, "white")
        clear = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
        shown = picture.convert("RGBA" if clear else "RGB")
        plain.paste(shown, mask=shown if clear else None)
    content = io.BytesIO()
    plain.save(content, "JPEG", quality=QUALITY)
    return "data:image/jpeg;base64," + base64.b64encode(content.getvalue()).decode()
