"""Making a pack, in the jobs process only: what was collected, its paper, its manifest, and the line of the
ledger that holds the manifest's digest."""

from __future__ import annotations

import base64
import io
import tempfile
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from flask import current_app
from flask_babel import force_locale
from PIL import Image
from weasyprint import HTML

from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.files import store
from equipment.files.glyphs import note, printable, with_note
from equipment.ledger.actions import locked_heads
from equipment.ledger.rules import chosen
from equipment.life.timeline import NEWEST, timeline, who
from equipment.packs import actions, archive
from equipment.packs.collecting import PackContent, collect
from equipment.packs.models import Pack
from equipment.packs.queries import PackTopic, topic
from equipment.packs.states import PackKind
from equipment.packs.wording import list_rows, table_name, topic_facts
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.storage import db
from equipment.storage.db import session, transaction
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.web.language import translate

LOCALE = "zh_Hans_CN"
PICTURES, PICTURE_SIDE = 24, 640
SHOWN = 200  # lines and records on paper; all of them stand in the JSON
SNAPSHOT = {"sqlite": {}, "postgresql": {"isolation_level": "REPEATABLE READ"}}
README = """存证包 Evidence pack

{title}
{pack}  {made_at}

这是什么 / What this is
  chain.json    账本（留痕）全部条目的原文，逐条可重算摘要
                every ledger line of it, as the exact text that was hashed
  records.json  各条记录的原文及其所在账本条目
                the records, each with the line that holds its digest
  files/        照片、报告、签名，以其 SHA-256 命名
                photos, reports, signatures, named by their SHA-256
  record.pdf    仅供阅读 for reading only
  manifest.json 清单：以上各部分的摘要；其自身摘要已写入账本
                the digest of each part; its own digest is a line of the ledger
  closing/      每日存证之后才有：到封存条目为止的后续条目、到根值的路径、封存文件及时间戳
                there after the nightly seal: the later lines, the path to the root, the seal, its timestamp

怎样核对 / How to check
  python3 verify_pack.py PACK.zip --root ROOT --ca AUTHORITY.pem
  verify_pack.py: {address}/seals/verify_pack.py
  ROOT 请从 {address}/seals 或您自己留存的封存抄录；不要用包里的值。
  Copy ROOT from {address}/seals or from the seal you wrote down yourself, never from this pack.
  没有 closing/ 的包尚待封存，次日重新下载后再核对。
  A pack without closing/ waits for its seal: download it again the day after.
"""


class PaperLine(NamedTuple):
    """A record on paper: which table, its id, the line that speaks of it last."""

    table: str
    key: str
    line_no: int


def make(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `packs.make`; input: kind, key, record. What the asker may no longer see is not packed."""
    link = f"/packs/{task.id}"
    if session.scalar(visible(SYSTEM, Pack).where(Pack.id == task.id)) is not None:
        return TaskOutcome(link=link)  # it was cut off after its last step
    session.rollback()
    session.connection(execution_options=SNAPSHOT[db.engine_name()])  # chain and records as of one instant
    by = asked_by(task)
    record = task.stated.text("record")
    kind, key = PackKind(task.stated.text("kind")), UUID(task.stated.text("key"))
    about = topic(by, kind, key, UUID(record) if record else None)
    with tempfile.TemporaryDirectory() as scratch:
        chain, path = Path(scratch) / "chain.json", Path(scratch) / "pack.zip"
        content = collect(by, about, chain)
        label = _label(task, about, by)
        html, lacking = printable(_paper(about, content, label, by))
        remark = note(lacking) if lacking else None
        html = with_note(html, translate(remark, LOCALE)) if remark else html
        session.rollback()
        progress.check()
        parts = {
            "chain.json": chain.read_bytes(),
            "records.json": archive.records_text(content).encode(),
            "record.pdf": run_in_child(drawn, [html, _photos(content)], progress=progress),
            "README.txt": README.format(
                title=label.title,
                pack=label.pack,
                made_at=label.made_at,
                address=label.instance or "https://…",
            ).encode(),
        }
        manifest = archive.write(path, label, content, parts)
        stored = store.keep(path, archive.ZIP_TYPE)
    _enter(task, label, content, manifest, stored, by)
    figures = {"events": content.line_count, "records": len(content.records), "files": len(content.files)}
    figures |= {"unfit": content.unfit} if content.unfit else {}
    return TaskOutcome(summary=figures, link=link, note=remark)


def _label(task: Task, about: PackTopic, by: Viewer) -> archive.PackLabel:
    settings: Settings = current_app.config["SETTINGS"]
    return archive.PackLabel(
        pack=str(task.id),
        kind=about.kind,
        title=task.title,
        subject=about.subject,
        record=about.record_key,
        asker={
            "user": f"user:{by.user_id}",
            "organisation": session.get_one(Organisation, by.organisation_id).name,
        },
        made_at=clock.now().isoformat(timespec="seconds"),
        instance=settings.public_url,
    )


def _enter(
    task: Task,
    label: archive.PackLabel,
    content: PackContent,
    manifest: str,
    stored: store.StoredContent,
    by: Viewer,
) -> None:
    with transaction():
        heads = locked_heads(session.connection(), [label.subject])
        pack = Pack(
            organisation_id=task.organisation_id,
            id=task.id,
            user_id=task.user_id,
            kind=PackKind(label.kind),
            subject=label.subject,
            record_key=label.record,
            title=label.title,
            made_at=clock.now(),
            line_count=content.line_count,
            line_no=heads[label.subject][0] + 1,
            manifest=manifest,
            file_sha256=stored.sha256,
            seal_number=None,
            closed_at=None,
            stamped=False,
        )
        actions.enter(pack, stored, by=by)


def _paper(about: PackTopic, content: PackContent, label: archive.PackLabel, by: Viewer) -> str:
    """The page for reading, always in Chinese: it is for courts and offices here."""
    settings: Settings = current_app.config["SETTINGS"]
    with force_locale(LOCALE):
        records = [
            PaperLine(table_name(record.key), record.key.rsplit("/", 1)[-1], record.line_no)
            for record in content.records[:SHOWN]
        ]
        whole = about.equipment if about.kind is PackKind.PIECE else None
        return current_app.jinja_env.get_template("print/pack.html").render(
            locale=LOCALE,
            settings=settings,
            printed_at=clock.now(),
            label=label,
            algorithm=chosen().upper(),
            about=about,
            facts=topic_facts(about),
            rows=list_rows(about),
            timeline=timeline(by, whole) if whole else None,
            newest=NEWEST,
            who=who,
            events=content.events,
            event_count=content.event_count,
            line_count=content.line_count,
            records=records,
            record_count=len(content.records),
            files=content.files,
            photos=[sha256 for sha256, _path in _photos(content)],
        )


def _photos(content: PackContent) -> list[tuple[str, Path]]:
    """The first pictures of the pack, by digest."""
    pictures = (
        (sha256, store.path_of(sha256))
        for sha256, name in content.files.items()
        if name.endswith((".jpg", ".png", ".webp"))
    )
    return list(islice(pictures, PICTURES))


def drawn(html: str, photos: list[tuple[str, Path]]) -> bytes:
    """The PDF, with small copies of the photos in their places; runs in a child of its own."""
    for sha256, path in photos:
        small = io.BytesIO()
        try:
            with Image.open(path) as picture:
                picture.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
                picture.convert("RGB").save(small, "JPEG", quality=80)
        except OSError:  # no picture: it stands among the files, and the check of the store names it
            continue
        address = "data:image/jpeg;base64," + base64.b64encode(small.getvalue()).decode()
        html = html.replace(f"photo:{sha256}", address)
    content: bytes = HTML(string=html, base_url=f"{ROOT / 'static'}/").write_pdf()
    return content
