"""`python -m jobs.print_labels BATCH LAYOUT FILE`: what `flask labels print` draws with,
in a process of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from uuid import UUID

from equipment import create_app
from equipment.core.config import Settings
from equipment.labels.printing import draw_all
from equipment.labels.work import blank, design_of
from equipment.tasks import children


def main(batch: str, layout: str, out: str) -> None:
    settings = Settings.from_environment()
    children.preload("equipment.labels.printing")
    with (
        create_app(settings).test_request_context(),
        tempfile.TemporaryDirectory(dir=settings.folder) as folder,
    ):
        whole = draw_all(blank(UUID(batch), settings), design_of(layout, settings), Path(folder))
        Path(out).write_bytes(whole.read_bytes())


if __name__ == "__main__":
    main(*sys.argv[1:4])
