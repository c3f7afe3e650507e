"""Packs made the way people make them: asked for on the page, made by the jobs process, sealed by the night."""

from __future__ import annotations

import importlib.util
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from equipment.core import clock
from equipment.core.config import ROOT, Settings
from equipment.dues import lists
from equipment.dues.filters import Filters
from equipment.files import store
from equipment.files.actions import About, attach, take
from equipment.ledger import rules, seals
from equipment.ledger.actions import record
from equipment.packs import printing
from equipment.packs.closing import close_packs
from equipment.packs.models import Pack
from equipment.packs.queries import MAKE
from equipment.people.models import User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from equipment.storage.db import Base
from equipment.tasks.runner import Runner
from tests.everything import Everything
from tests.files.test_content import PDF
from tests.ledger.test_stamps import authority, keys

__all__ = ["authority", "keys"]
SCRIPT = ROOT / "docs" / "verify_pack.py"
Parts = dict[str, bytes]


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_pack", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


verify_pack = load_script()


def checked(pack: Path | Parts | bytes, root: str = "", authority_file: str = "") -> tuple[int, str]:
    """The exit code of the script, and what it prints."""
    place: Any = (
        pack if isinstance(pack, Path) else io.BytesIO(pack if isinstance(pack, bytes) else zipped(pack))
    )
    printed = io.StringIO()
    with redirect_stdout(printed):
        code = verify_pack.check(place, root, authority_file)
    return code, printed.getvalue()


def unzipped(path: Path) -> Parts:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(parts: Parts) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


@dataclass
class Bureau:
    """A town with one of everything, on record, and its packs."""

    app: Flask
    town: Everything
    settings: Settings
    sign_in: Callable[[User], FlaskClient]

    def paths(self) -> dict[str, str]:
        """Where a pack of each kind is asked for."""
        latest = self.town.latest
        records = {
            kind: f"/packs/{kind}/{latest[kind].equipment_id}/{latest[kind].id}"
            for kind in ("fill", "visit", "hazard")
        }
        return {
            "piece": f"/packs/piece/{self.town.lift.id}",
            **records,
            "due_list": f"/packs/due-list/{latest['list'].id}",
        }

    def ask(self, kind: str, who: User | None = None) -> UUID:
        """Ask for a pack; answers the id of its task, which is its own too."""
        answer = self.sign_in(who or self.town.admin).post(self.paths()[kind])
        assert answer.status_code == 303, answer.text
        return UUID(answer.location.rsplit("/", 1)[1])

    def run(self) -> bool:
        with self.app.app_context():
            return Runner("test", {MAKE: printing.make}).run_one()

    def make(self, kind: str, who: User | None = None) -> UUID:
        pack_id = self.ask(kind, who)
        assert self.run()
        return pack_id

    def pack(self, pack_id: UUID) -> Pack:
        db.session.rollback()
        return db.session.scalars(
            visible(SYSTEM, Pack).where(Pack.id == pack_id).execution_options(populate_existing=True)
        ).one()

    def path(self, pack_id: UUID) -> Path:
        return store.path_of(self.pack(pack_id).file_sha256)

    def seal(self) -> seals.SealFile:
        """A night: everything is sealed, and the packs that waited are closed."""
        sealed = seals.seal(self.settings.folder, clock.today())
        close_packs(self.settings.folder)
        return sealed

    def seal_only(self) -> None:
        seals.seal(self.settings.folder, clock.today())

    def sealed(self, kind: str) -> tuple[Path, seals.SealFile]:
        """A final pack, and the seal that covers it."""
        pack_id = self.make(kind)
        sealed = self.seal()
        return self.path(pack_id), sealed


def entered(subject: str, *rows: Base) -> None:
    """A line about rows that the tests put there by hand."""
    with db.transaction() as session:
        record(session, subject, "entered", actor="user:1", rows=[session.merge(row) for row in rows])


def photo(colour: str) -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(content, "PNG")
    content.seek(0)
    return content


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    rules.choose("sha256")


@pytest.fixture(params=["sha256"])
def algorithm(request: pytest.FixtureRequest) -> str:
    rules.choose(request.param)
    return str(request.param)


@pytest.fixture
def bureau(app: Flask, settings: Settings, algorithm: str, signed_in: Any) -> Bureau:
    """Everything is there once and on record; the piece, the visit and the hazard have photos and reports."""
    town = Everything()
    town._about(town.lift, town.officer, town.technician, town.inspector)
    town._filled(town.bottle, town.operator)
    with db.transaction():
        inspector = viewer_of(db.session.get_one(User, town.inspector.id))
        town.latest["list"] = lists.make_list(Filters(window="all"), by=inspector, title="第48周")
    latest, by = town.latest, viewer_of(db.session.get_one(User, town.admin.id))
    lift = f"equipment:{town.lift.id}"
    entered(lift, town.lift)
    for kind in ("fill", "visit", "inspection"):
        entered(f"equipment:{latest[kind].equipment_id}", latest[kind])
    with db.transaction():
        for number, (kind, key) in enumerate(
            (("equipment", town.lift.id), ("visit", latest["visit"].id), ("hazard", latest["hazard"].id))
        ):
            where = town.lift if kind == "equipment" else latest[kind]
            piece_id = getattr(where, "equipment_id", where.id)
            about = About(piece_id, town.lift.area, "elevator", kind, key)
            attach(about, take(photo(("red", "green", "blue")[number]), "照片.png", "photo"), by=by)
        report = About(town.lift.id, town.lift.area, "elevator")
        attach(report, take(io.BytesIO(PDF), "合格证.pdf", "report"), by=by)
    for row in {*town.people, town.lift, town.unit, *latest.values()}:
        db.session.refresh(row)
        db.session.expunge(row)
    return Bureau(app, town, settings, signed_in)
