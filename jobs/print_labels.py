"""`python -m jobs.print_labels BATCH LAYOUT FILE`: what `flask labels print` draws with,
in a process of its own."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from uuid import UUID

from equipment import create_app
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.labels.printing import draw_all
from equipment.labels.prints import AT_ONCE, mark_drawn, take_labels
from equipment.labels.work import design_of, labels_of
from equipment.storage.db import in_transaction
from equipment.tasks import children
from equipment.tasks.makers import repeated


def main(batch: str, layout: str, out: str) -> None:
    settings = Settings.from_environment()
    children.preload("equipment.labels.printing")
    with (
        create_app(settings).test_request_context(),
        tempfile.TemporaryDirectory(dir=settings.folder) as folder,
    ):
        key, mine = UUID(batch), new_id()
        repeated(take_labels, key, mine)
        labels = labels_of(mine, key, settings)
        whole = draw_all(labels, design_of(layout, settings), Path(folder))
        Path(out).write_bytes(whole.read_bytes())
        for start in range(0, len(labels), AT_ONCE):
            in_transaction(mark_drawn, [label.code for label in labels[start : start + AT_ONCE]])


if __name__ == "__main__":
    main(*sys.argv[1:4])
