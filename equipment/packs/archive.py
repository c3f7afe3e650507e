"""The file of a pack: a zip whose manifest names every other part with its digest, and the closing part
beside them once there is a seal (docs/verify_pack.py reads it)."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from equipment.files import store
from equipment.ledger.rules import canonical, chosen, digest_of
from equipment.packs.collecting import PackContent

FORMAT = "evidence-pack/1"
MANIFEST, CLOSING = "manifest.json", "closing/"
DATE = (1980, 1, 1, 0, 0, 0)  # the same bytes give the same file
ZIP_TYPE = "application/zip"


@dataclass(frozen=True, slots=True, kw_only=True)
class PackLabel:
    """What the manifest says of a pack before it names its parts; times and ids as text."""

    pack: str
    kind: str
    title: str
    subject: str
    record: str  # as lines name it; empty for a whole piece
    asker: Mapping[str, str]
    made_at: str
    instance: str  # the address of this installation, for the page /seals


def records_text(content: PackContent) -> str:
    records = [
        {
            "key": record.key,
            "line": record.line_no,
            "version": int(record.mark.rpartition(":")[0] or 1),
            "mark": record.mark,
            "text": record.text,
        }
        for record in content.records
    ]
    return '{"records":[\n' + ",\n".join(map(canonical, records)) + "\n]}\n"


def write(path: Path, label: PackLabel, content: PackContent, parts: Mapping[str, bytes]) -> str:
    """Write the pack of these parts and of the files in the store; answers the digest of its manifest."""
    digests = {name: digest_of(part) for name, part in parts.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for sha256, name in content.files.items():
            file = store.path_of(sha256).read_bytes()
            digests[name] = digest_of(file)
            _put(archive, name, file, zipfile.ZIP_STORED)  # photos and PDF do not shrink
        for name, part in parts.items():
            _put(archive, name, part)
        stated = asdict(label)
        manifest = canonical(
            {
                "format": FORMAT,
                "algorithm": chosen(),
                "lines": content.line_count,
                "parts": digests,
                "missing": content.missing,
                "for": stated.pop("asker"),
                **stated,
            }
        )
        _put(archive, MANIFEST, manifest.encode())
    return digest_of(manifest)


def write_closed(path: Path, before: Path, closing: Mapping[str, bytes]) -> None:
    """The same pack with this closing part in place of any it had."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(path, "w") as archive:
        for info in old.infolist():
            if not info.filename.startswith(CLOSING):
                with (
                    old.open(info) as part,
                    archive.open(_info(info.filename, info.compress_type), "w") as new,
                ):
                    shutil.copyfileobj(part, new)
        for name, content in closing.items():
            _put(archive, CLOSING + name, content)


def _put(
    archive: zipfile.ZipFile, name: str, content: bytes, compression: int = zipfile.ZIP_DEFLATED
) -> None:
    archive.writestr(_info(name, compression), content)


def _info(name: str, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = compression
    return info
