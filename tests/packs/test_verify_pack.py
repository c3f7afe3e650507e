"""docs/verify_pack.py against packs that somebody changed: any byte of a part, a whole part made up, all of it made up
so that it fits together."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from equipment.fills.models import Fill
from equipment.ledger.rules import ALGORITHMS, merkle_paths, merkle_root
from equipment.ledger.stamps import Authority, stamp_seals
from equipment.maintenance.models import Visit
from equipment.storage import db
from tests.packs.conftest import Bureau, Parts, checked, entered, unzipped, verify_pack, zipped

FLIPS = 150  # of a long part; short ones are tried byte by byte


@pytest.mark.parametrize("size", [0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000])
def test_sm3_in_plain_python_is_the_standards(size: int) -> None:
    content = os.urandom(size)
    assert verify_pack.sm3(content) == hashlib.new("sm3", content).hexdigest()


def test_sm3_answers_the_examples_of_the_standard() -> None:
    assert [verify_pack.sm3(text) for text in (b"abc", b"abcd" * 16)] == [
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    ]


def test_a_machine_without_sm3_uses_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def without(_name: str, *_content: bytes) -> None:
        raise ValueError("unsupported hash type")

    monkeypatch.setattr(verify_pack.hashlib, "new", without)
    assert verify_pack.digest_by("sm3") is verify_pack.sm3


@pytest.mark.parametrize("count", range(1, 34))
def test_the_path_of_every_leaf_leads_to_the_root(count: int) -> None:
    leaves = [hashlib.sha256(f"{number}".encode()).hexdigest() for number in range(count)]
    paths, root = merkle_paths(leaves, leaves), merkle_root(leaves)
    for leaf, path in paths.items():
        for side, other in path:
            pair = other + leaf if side == "left" else leaf + other
            leaf = hashlib.sha256(pair.encode()).hexdigest()
        assert leaf == root
    assert merkle_paths(leaves, leaves[-1:]) == {leaves[-1]: paths[leaves[-1]]}
    assert merkle_paths([], []) == {}


def places(size: int) -> Iterator[int]:
    """Every byte of a short part; of a long one its ends and some between."""
    if size <= 700:
        yield from range(size)
    else:
        yield from {0, size - 1, *random.Random(1).sample(range(size), FLIPS)}


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]


def test_any_changed_byte_of_any_part_is_found(bureau: Bureau) -> None:
    path, seal = bureau.sealed("hazard")
    parts = unzipped(path)
    assert checked(parts, seal.root)[0] == 0
    missed = []
    for name, content in parts.items():
        for place in places(len(content)):
            code, said = checked(parts | {name: flipped(content, place)}, seal.root)
            if code != 1 or "首个不符之处" not in said:
                missed.append((name, place, content[max(0, place - 20) : place + 20]))
    assert missed == []


def test_a_part_taken_away_added_or_cut_is_named(bureau: Bureau) -> None:
    path, seal = bureau.sealed("visit")
    parts = unzipped(path)
    for name in parts:
        without = {other: content for other, content in parts.items() if other != name}
        code, said = checked(without, seal.root)
        assert (code, name in said) == (1, True), (name, said)
        code, said = checked(parts | {name: parts[name][:-1]}, seal.root)
        assert (code, name in said) == (1, True), (name, said)
    for added in ("note.txt", "files/" + "0" * 64, "closing/more.json", "../evil"):
        code, said = checked(parts | {added: b"{}"}, seal.root)
        assert (code, added in said) == (1, True), said
    open_pack = {name: content for name, content in parts.items() if not name.startswith("closing/")}
    code, said = checked(open_pack, seal.root)
    assert (code, "待封存" in said) == (2, True)


def test_a_changed_zip_is_the_same_pack_or_none(bureau: Bureau) -> None:
    """A flip anywhere in the file: found, or it changed no part of the pack."""
    path, seal = bureau.sealed("fill")
    content = path.read_bytes()
    parts, chosen = unzipped(path), random.Random(2)
    for place in chosen.sample(range(len(content)), 150):
        forged = flipped(content, place)
        code, _said = checked(forged, seal.root)
        if code == 0:
            with zipfile.ZipFile(io.BytesIO(forged)) as archive:
                assert {name: archive.read(name) for name in archive.namelist()} == parts, place


def test_what_is_no_pack_is_said(tmp_path: Path) -> None:
    for content in (b"", b"PK", b"no zip at all", zipped({"manifest.json": b"{}"}), zipped({})):
        code, said = checked(content)
        assert (code, "首个不符之处" in said) == (1, True)
    assert checked(tmp_path / "nothing.zip")[0] == 1


class Forger:
    """Somebody who makes a pack up anew, every digest of it, as a program that lies would."""

    def __init__(self, parts: Parts, algorithm: str) -> None:
        self.parts = dict(parts)
        self.digest = lambda text: ALGORITHMS[algorithm](
            text.encode() if isinstance(text, str) else text
        ).hexdigest()
        self.head = "0" * 64

    def read(self, name: str) -> Any:
        return json.loads(self.parts[name])

    def write(self, name: str, content: Any) -> None:
        self.parts[name] = verify_pack.canonical(content)

    def chain(self, lines: list[dict[str, str]], change: Callable[[str], str]) -> None:
        for line in lines:
            line["text"] = change(line["text"])
            line["digest"] = self.head = self.digest(f"{self.head}\n{line['text']}")

    def forge(self, key: str, before: str, after: str) -> None:
        """Let a record say something else, and everything fit."""
        records, chain, manifest = (
            self.read(name) for name in ("records.json", "chain.json", "manifest.json")
        )
        (record,) = (item for item in records["records"] if item["key"] == key)
        assert before in record["text"]
        old = record["mark"]
        record["text"] = record["text"].replace(before, after)
        prefix = old[:-64]
        record["mark"] = prefix + self.digest(record["text"])
        self.chain(chain["lines"], lambda text: text.replace(old, record["mark"]))
        self.write("records.json", records)
        self.write("chain.json", chain)
        for name in manifest["parts"]:
            manifest["parts"][name] = self.digest(self.parts[name])
        made_before = self.digest(self.parts["manifest.json"])
        self.write("manifest.json", manifest)
        closing = self.read("closing/closing.json")
        made = self.digest(self.parts["manifest.json"])
        self.chain(
            closing["lines"], lambda text: text.replace(made_before, made).replace(old, record["mark"])
        )
        last = closing["lines"][-1]["text"].split("\n")
        root = self.digest(f"{last[0]}\n{last[1]}\n{self.head}")
        for step in closing["path"]:
            ((side, other),) = step.items()
            root = self.digest(other + root if side == "left" else root + other)
        seal = self.read(closing["seal"])
        seal["root"] = root
        seal["digest"] = self.digest("{previous}\n{day}\n{count}\n{root}".format(**seal))
        self.parts[closing["seal"]] = (json.dumps(seal, indent=1) + "\n").encode()
        closing["parts"] = {name: self.digest(self.parts[name]) for name in closing["parts"]}
        self.write("closing/closing.json", closing)


def test_a_pack_made_up_as_a_whole_is_caught_by_the_root_and_by_the_stamp(
    bureau: Bureau, authority: Authority, keys: Path, tmp_path: Path, algorithm: str
) -> None:
    pack_id = bureau.make("hazard")
    bureau.seal_only()
    stamp_seals(bureau.settings.folder, authority)
    seal = bureau.seal()
    first = verify_pack_seal(bureau.path(pack_id))
    certificates = tmp_path / "authority.pem"
    certificates.write_bytes((keys / "root.pem").read_bytes() + (keys / "tsa.pem").read_bytes())
    forger = Forger(unzipped(bureau.path(pack_id)), algorithm)
    hazard = bureau.town.latest["hazard"]
    assert checked(forger.parts, first["root"], str(certificates))[0] == 0
    forger.forge(f"hazard/{hazard.equipment_id}/{hazard.id}", "磨损", "完好")
    code, said = checked(forger.parts)
    assert (code, "尚未与外部留存的根值比对" in said) == (
        0,
        True,
    )  # it fits together, and says what that is worth
    for root in (first["root"], first["digest"], seal.root):
        code, said = checked(forger.parts, root)
        assert (code, "closing/000001-" in said.splitlines()[-1]) == (1, True)
    code, said = checked(forger.parts, authority_file=str(certificates))
    assert (code, said.splitlines()[-1].count(".tsr")) == (1, 1)


def verify_pack_seal(path: Path) -> dict[str, str]:
    parts = unzipped(path)
    seal: dict[str, str] = json.loads(parts[json.loads(parts["closing/closing.json"])["seal"]])
    return seal


def test_a_record_that_was_changed_past_the_ledger_is_named(bureau: Bureau) -> None:
    fill = bureau.town.latest["fill"]
    db.session.remove()
    with db.engine.begin() as connection:
        connection.execute(update(Fill).where(Fill.id == fill.id).values(correction_reason="改过"))
    pack_id = bureau.make("fill")
    bureau.seal()
    code, said = checked(bureau.path(pack_id))
    key = f"fill/{fill.equipment_id}/{fill.id}"
    assert (code, said.splitlines()[-1]) == (
        1,
        f"首个不符之处 first that does not fit: records.json: {key}: it is not what its line says of it",
    )
    with db.engine.begin() as connection:  # or the ledger of this test would not fit in the end
        connection.execute(update(Fill).where(Fill.id == fill.id).values(correction_reason=""))


def test_a_record_that_changed_before_the_seal_is_shown_as_it_stood(bureau: Bureau) -> None:
    pack_id = bureau.make("visit")
    visit = bureau.town.latest["visit"]
    with db.transaction() as session:
        session.get_one(Visit, (visit.equipment_id, visit.id)).remark = "后来"
    db.session.rollback()
    entered(f"equipment:{visit.equipment_id}", db.session.get_one(Visit, (visit.equipment_id, visit.id)))
    bureau.seal()
    code, said = checked(bureau.path(pack_id))
    assert (code, f"visit/{visit.equipment_id}/{visit.id} stood so up to line" in said) == (0, True)
    newer = bureau.make("visit")
    bureau.seal()
    assert "stood so up to" not in checked(bureau.path(newer))[1]


def test_openssl_that_is_not_there_leaves_the_stamp_unchecked(
    bureau: Bureau, authority: Authority, keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack_id = bureau.make("piece")
    bureau.seal_only()
    stamp_seals(bureau.settings.folder, authority)
    bureau.seal()
    monkeypatch.setattr(verify_pack.shutil, "which", lambda _name: None)
    monkeypatch.setattr(subprocess, "run", None)
    code, said = checked(bureau.path(pack_id), authority_file=str(keys / "root.pem"))
    assert (code, said.count("未核对"), "尚未与外部" in said) == (0, 2, True)
