#!/usr/bin/env python3
"""Checks an evidence pack (存证包) without trusting whoever made it. 核对存证包，不必相信制作者。

    python3 verify_pack.py PACK.zip [--root HEX] [--ca AUTHORITY.pem]

Python 3.9 or newer, nothing else; no network. Every digest is computed anew from the bytes in the pack:

    manifest.json   what the pack is, and the digest of every other part
    chain.json      every ledger line of the piece, as the exact text that was hashed
    records.json    the records, each with the line that holds its digest
    files/          photos, reports and signatures, named by their SHA-256
    record.pdf      the same for reading, README.txt: how to check; for reading only
    closing/        there after the nightly seal: the later lines up to the sealed one, one of which holds the
                    digest of manifest.json; the path from there to the root of the seal; the seal, its timestamp

Of each part it says: 已证明 proved, 仅供阅读 for reading only, 未核对 not checked, or 不符 DOES NOT FIT.
Whoever makes up a whole pack, seal included, makes it fit together. So compare the seal with a copy that
somebody else has: --root takes the root or the digest of the seal as it stands on the public page /seals (or as
you wrote it down there), --ca the certificates of the time-stamping authority (by the `openssl` command).

Exit code: 0 every part that can be proved is; 1 something does not fit (the first of it is named); 2 nothing is
wrong, but the pack waits for its seal, so nothing is proved yet. docs/ledger.md says how the digests are made.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib

PROVED, READING, UNCHECKED, WRONG = (
    "已证明 proved",
    "仅供阅读 for reading only",
    "未核对 not checked",
    "不符 DOES NOT FIT",
)
NOTHING_BEFORE = "0" * 64
PARTS = ("chain.json", "records.json", "record.pdf", "README.txt")
MARK = re.compile(r"(?:(\d{1,4}):)?([0-9a-f]{64})")
FILE = re.compile(r"files/([0-9a-f]{64})(?:\.[a-z0-9]{1,5})?")
SEAL = re.compile(r"closing/(\d{6,})-(\d{4}-\d{2}-\d{2})\.json")
DIGEST = re.compile(r"[0-9a-f]{64}")
UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    ValueError,
    EOFError,
    RuntimeError,
    LookupError,
)


# --- digests ---


def sm3(content: bytes) -> str:
    """SM3, GB/T 32905-2016, in plain Python: for machines whose OpenSSL lacks it."""
    full = 0xFFFFFFFF

    def turned(word: int, by: int) -> int:
        by %= 32
        return (word << by | word >> (32 - by)) & full

    state = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    padded = content + b"\x80" + b"\0" * ((55 - len(content)) % 64) + (8 * len(content)).to_bytes(8, "big")
    for start in range(0, len(padded), 64):
        w = [int.from_bytes(padded[at : at + 4], "big") for at in range(start, start + 64, 4)]
        for j in range(16, 68):
            x = w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15)
            w.append(x ^ turned(x, 15) ^ turned(x, 23) ^ turned(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            constant = 0x79CC4519 if j < 16 else 0x7A879D8A
            ss1 = turned((turned(a, 12) + e + turned(constant, j)) & full, 7)
            ff = a ^ b ^ c if j < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if j < 16 else (e & f) | (~e & full & g)
            tt1 = (ff + d + (ss1 ^ turned(a, 12)) + (w[j] ^ w[j + 4])) & full
            tt2 = (gg + h + ss1 + w[j]) & full
            a, b, c, d = tt1, a, turned(b, 9), c
            e, f, g, h = tt2 ^ turned(tt2, 9) ^ turned(tt2, 17), e, turned(f, 19), g
        state = [old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h))]
    return "".join(f"{word:08x}" for word in state)


def digest_by(algorithm: str):
    """The function that makes 64 hexadecimal digits of bytes."""
    if algorithm == "sha256":
        return lambda content: hashlib.sha256(content).hexdigest()
    if algorithm != "sm3":
        raise Wrong("manifest.json", f"the digest algorithm {algorithm!r} is not one of sha256, sm3")
    try:
        hashlib.new("sm3")
    except ValueError:
        return sm3
    return lambda content: hashlib.new("sm3", content).hexdigest()


# --- reading ---


class Wrong(Exception):
    """Something that does not fit: the part, and what."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(part, why)
        self.part, self.why = part, why


def once(pairs):
    """A JSON object, none of whose keys may stand there twice."""
    keys = [key for key, _value in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def parsed(content: bytes, part: str):
    try:
        return json.loads(content.decode("utf-8"), object_pairs_hook=once)
    except (ValueError, RecursionError) as error:
        raise Wrong(part, f"it cannot be read: {error}") from None


def canonical(value) -> bytes:
    """The one text of a JSON value: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def need(condition, part: str, why: str) -> None:
    if not condition:
        raise Wrong(part, why)


def shaped(value, part: str, **kinds):
    """An object with exactly these fields, each of its kind; answers it."""
    need(isinstance(value, dict) and set(value) == set(kinds), part, "it does not have the fields it should")
    for name, kind in kinds.items():
        fits = isinstance(value[name], kind) and not (kind is int and isinstance(value[name], bool))
        need(fits, part, f"its field {name!r} is not what it should be")
    return value


def contents_of(path: str) -> dict:
    """Every part of the pack by its name, read whole."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            need(len(names) == len(set(names)), "the zip file", "a name stands there twice")
            contents = {}
            for name in names:
                try:
                    contents[name] = archive.read(name)
                except UNREADABLE as error:
                    raise Wrong(name, f"it cannot be read: {error}") from None
            return contents
    except UNREADABLE as error:
        raise Wrong("the zip file", f"it cannot be read: {error}") from None


# --- checking ---


class Line:
    """One line of the ledger: `text` is what was hashed behind the digest of the line before."""

    def __init__(self, text: str, part: str) -> None:
        fields = text.split("\n", 6)
        need(len(fields) == 7, part, "a line does not have its seven fields")
        self.subject, self.seq, self.at, self.actor, self.verb, self.pack, payload = fields
        where = f"{part}, line {self.seq}"
        self.payload = parsed(payload.encode("utf-8"), where)
        need(isinstance(self.payload, dict), where, "its payload is no object")
        self.rows = self.payload.get("rows", {})
        need(isinstance(self.rows, dict), where, "its records cannot be read")


class Pack:
    """A pack, checked part by part; every check raises `Wrong` for what does not fit."""

    def __init__(self, contents: dict) -> None:
        self.contents = contents
        self.manifest = parsed(self.part("manifest.json"), "manifest.json")
        shaped(
            self.manifest,
            "manifest.json",
            **{
                "format": str,
                "pack": str,
                "kind": str,
                "title": str,
                "subject": str,
                "record": str,
                "for": dict,
            },
            made_at=str,
            instance=str,
            algorithm=str,
            lines=int,
            parts=dict,
            missing=list,
        )
        need(
            self.manifest["format"] == "evidence-pack/1", "manifest.json", "its format is not evidence-pack/1"
        )
        self.digest = digest_by(self.manifest["algorithm"])
        self.subject = self.manifest["subject"]
        self.lines = []  # of chain.json
        self.later = []  # of closing.json
        self.head = NOTHING_BEFORE  # the digest of the last line that was checked
        self.notes = []

    def part(self, name: str) -> bytes:
        need(name in self.contents, name, "it is missing")
        return self.contents[name]

    def is_sealed(self) -> bool:
        return any(name.startswith("closing/") for name in self.contents)

    def check_parts(self) -> str:
        """Every part against its digest in the manifest, and nothing beside."""
        parts = self.manifest["parts"]
        for name in PARTS:
            need(name in parts, "manifest.json", f"it does not name {name}")
        for name in sorted(self.contents):
            is_listed = name in parts or name == "manifest.json" or name.startswith("closing/")
            need(is_listed, name, "the manifest does not name it")
        for name in sorted(parts):
            need(name in PARTS or FILE.fullmatch(name), name, "no pack has such a part")
            need(self.digest(self.part(name)) == parts[name], name, "its digest is not that in the manifest")
        return f"{len(parts)} parts, each with the digest that the manifest gives"

    def chained(self, entries, part: str, first: int) -> list:
        """These lines, checked: each follows from the one before."""
        need(isinstance(entries, list), part, "it has no lines")
        lines = []
        for seq, entry in enumerate(entries, first):
            where = f"line {seq}"
            shaped(entry, part, digest=str, text=str)
            line = Line(entry["text"], part)
            need(line.seq == str(seq), part, f"{where}: its number is {line.seq}")
            need(line.subject == self.subject, part, f"{where}: it belongs to another chain")
            computed = self.digest((self.head + "\n" + entry["text"]).encode("utf-8"))
            need(
                computed == entry["digest"],
                part,
                f"{where} ({line.verb}, {line.at}): its digest does not fit",
            )
            self.head = computed
            lines.append(line)
        return lines

    def check_chain(self) -> str:
        content = shaped(parsed(self.part("chain.json"), "chain.json"), "chain.json", subject=str, lines=list)
        need(content["subject"] == self.subject, "chain.json", "it is the chain of another thing")
        self.lines = self.chained(content["lines"], "chain.json", 1)
        need(
            len(self.lines) == self.manifest["lines"],
            "chain.json",
            "the manifest says there are more lines, or fewer",
        )
        need(self.lines, "chain.json", "it has no lines")
        since, until = self.lines[0].at, self.lines[-1].at
        return f"{len(self.lines)} lines, {since} to {until}; every digest and every link fits"

    def check_records(self) -> str:
        """The text of each record against the last line that speaks of it."""
        part = "records.json"
        content = shaped(parsed(self.part(part), part), part, records=list)
        last = {}  # what the chain says last of each record, and in which line
        for number, line in enumerate(self.lines, 1):
            last.update((key, (number, mark)) for key, mark in line.rows.items())
        listed = set()
        for record in content["records"]:
            shaped(record, part, key=str, line=int, version=int, mark=str, text=str)
            key = record["key"]
            need(key not in listed, part, f"{key} stands there twice")
            need(key in last, part, f"{key}: no line speaks of it")
            need(
                last[key] == (record["line"], record["mark"]),
                part,
                f"{key}: line {last[key][0]} says otherwise",
            )
            match = MARK.fullmatch(record["mark"])
            need(match, part, f"{key}: its mark is none")
            need(
                record["version"] == int(match.group(1) or 1),
                part,
                f"{key}: its version is not that of its mark",
            )
            fits = self.digest(record["text"].encode("utf-8")) == match.group(2)
            need(fits, part, f"{key}: it is not what its line says of it")
            listed.add(key)
        main = self.manifest["record"]
        need(not main or main in listed, part, f"{main}, which the pack is about, is not there")
        gone = sum(1 for _number, mark in last.values() if mark == "")
        rest = len(set(last) - listed) - gone
        self.notes.append(
            f"of {rest} other records the chain holds the digest only; {gone} were taken away on record"
        )
        return f"{len(listed)} records are what their lines say"

    def check_files(self) -> str:
        """Every file against its name, and its name against a record."""
        named = {}
        for record in parsed(self.part("records.json"), "records.json")["records"]:
            values = parsed(record["text"].encode("utf-8"), "records.json")
            need(isinstance(values, dict), "records.json", "{}: its text is no object".format(record["key"]))
            for column, value in values.items():
                if column.endswith("sha256") and isinstance(value, str) and DIGEST.fullmatch(value):
                    named[value] = record["key"]
        present = {}
        for name in self.contents:
            if name.startswith("files/"):
                match = FILE.fullmatch(name)
                need(match, name, "no file of a pack is called so")
                sha256 = match.group(1)
                need(
                    hashlib.sha256(self.contents[name]).hexdigest() == sha256,
                    name,
                    "its SHA-256 is not its name",
                )
                need(sha256 in named, name, "no record names it")
                present[sha256] = name
        missing = {sha256 for sha256 in self.manifest["missing"] if isinstance(sha256, str)}
        for sha256, key in sorted(named.items()):
            is_there = sha256 in present or sha256 in missing
            need(is_there, f"files/{sha256}", f"{key} names it, and it is not in the pack")
        if missing:
            self.notes.append(f"{len(missing)} files that records name were not there when the pack was made")
        return f"{len(present)} files, each named by a record with its SHA-256"

    def check_closing(self) -> str:
        """The lines after the pack up to the sealed one, the manifest in one of them, and the way to the root."""
        part = "closing/closing.json"
        content = parsed(self.part(part), part)
        shaped(content, part, pack=str, lines=list, path=list, seal=str, earlier=list, parts=dict)
        need(canonical(content) == self.contents[part], part, "it was written by somebody else")
        need(content["pack"] == self.manifest["pack"], part, "it belongs to another pack")
        own = {name for name in self.contents if name.startswith("closing/")} - {part}
        for name in sorted(own ^ set(content["parts"])):
            need(name in own, name, "it is missing")
            need(name in content["parts"], name, f"{part} does not name it")
        for name in sorted(own):
            need(
                self.digest(self.contents[name]) == content["parts"][name],
                name,
                f"its digest is not that in {part}",
            )
        self.later = self.chained(content["lines"], part, len(self.lines) + 1)
        self._manifest_in_line(part)
        self._sealed_by(content, part)
        self._changed_later()
        sealed = "line {} is under seal {number} of {day}".format(
            len(self.lines) + len(self.later), **self.seal
        )
        return f"line {self.made} holds the digest of the manifest; {sealed}"

    def _manifest_in_line(self, part: str) -> None:
        made = [
            (number, line)
            for number, line in enumerate(self.later, len(self.lines) + 1)
            if line.verb == "pack.made" and line.payload.get("pack") == self.manifest["pack"]
        ]
        need(len(made) == 1, part, "no line says that this pack was made")
        self.made, line = made[0]
        fits = line.payload.get("manifest") == self.digest(self.contents["manifest.json"])
        need(fits, "manifest.json", f"its digest is not that in line {self.made}")
        for name in ("kind", "record", "lines"):
            need(
                line.payload.get(name) == self.manifest[name],
                "manifest.json",
                f"{name} is not that of its line",
            )

    def _sealed_by(self, content, part: str) -> None:
        leaf = f"{self.subject}\n{len(self.lines) + len(self.later)}\n{self.head}"
        root = self.digest(leaf.encode("utf-8"))
        for step in content["path"]:
            need(isinstance(step, dict) and len(step) == 1, part, "a step of the path cannot be read")
            ((side, other),) = step.items()
            need(
                side in ("left", "right") and isinstance(other, str) and DIGEST.fullmatch(other),
                part,
                "a step of the path cannot be read",
            )
            root = self.digest(((other + root) if side == "left" else (root + other)).encode("ascii"))
        name = content["seal"]
        match = SEAL.fullmatch(name)
        need(match, part, f"no seal is called {name!r}")
        kinds = {
            "number": int,
            "day": str,
            "at": str,
            "count": int,
            "root": str,
            "previous": str,
            "digest": str,
        }
        self.seal_name, self.seal = name, shaped(parsed(self.part(name), name), name, **kinds)
        need(
            root == self.seal["root"],
            part,
            "the path from the last line does not lead to the root of the seal",
        )
        fits = (int(match.group(1)), match.group(2)) == (self.seal["number"], self.seal["day"])
        need(fits, name, "its number or day is not that of its name")
        newer = self.seal
        need(self.seal_digest(newer) == newer["digest"], name, "the digest of the seal does not fit")
        for older in content["earlier"]:
            shaped(older, part, number=int, day=str, count=int, root=str, previous=str, digest=str)
            where = "seal {number}".format(**older)
            need(older["number"] == newer["number"] - 1, part, f"{where} does not stand where it should")
            need(older["digest"] == newer["previous"], part, f"{where} is not the one before")
            need(self.seal_digest(older) == older["digest"], part, f"{where}: its digest does not fit")
            newer = older
        if newer["number"] == 1:
            need(newer["previous"] == NOTHING_BEFORE, part, "something stands before the first seal")
        self.earlier = len(content["earlier"])

    def seal_digest(self, seal) -> str:
        text = "{previous}\n{day}\n{count}\n{root}".format(**seal)
        return self.digest(text.encode("utf-8"))

    def _changed_later(self) -> None:
        """Records that changed between the pack and the seal: what it shows is how they stood before."""
        marks = {
            record["key"]: record["mark"]
            for record in parsed(self.part("records.json"), "records.json")["records"]
        }
        for line in self.later:
            for key, mark in line.rows.items():
                if marks.get(key, mark) != mark:
                    self.notes.append(f"{key} stood so up to line {line.seq} of {line.at}, which changed it")

    def check_seal(self, root: str) -> str:
        match = root.strip().lower() in (self.seal["root"], self.seal["digest"])
        need(match, self.seal_name, f"it is not the seal whose root or digest is {root}")
        return "seal {number} is the one that you hold: ".format(**self.seal) + root.strip().lower()

    def check_stamp(self, authority: str) -> str:
        """The timestamp against the bytes of the seal, by OpenSSL."""
        name = self.seal_name[: -len(".json")] + ".tsr"
        with tempfile.TemporaryDirectory() as folder:
            for file_name, content in (
                ("seal", self.contents[self.seal_name]),
                ("stamp", self.contents[name]),
            ):
                with open(os.path.join(folder, file_name), "wb") as file:
                    file.write(content)
            command = ["openssl", "ts", "-verify", "-data", "seal", "-in", "stamp"]
            certificates = os.path.abspath(authority)
            command += ["-CAfile", certificates, "-untrusted", certificates]
            checked = subprocess.run(command, cwd=folder, capture_output=True, check=False)
            need(
                checked.returncode == 0,
                name,
                "OpenSSL says that it is not this authority's stamp of this seal",
            )
            text = subprocess.run(
                ["openssl", "ts", "-reply", "-in", "stamp", "-text"],
                cwd=folder,
                capture_output=True,
                check=False,
            ).stdout
        at = re.search(r"Time stamp: (.*)", text.decode("utf-8", "replace"))
        return "stamped by the authority" + (" at " + at.group(1).strip() if at else "")


# --- the whole ---


class Verdict:
    """What is printed, part by part."""

    def __init__(self) -> None:
        self.first = None  # the first that does not fit

    def say(self, outcome: str, part: str, text: str) -> None:
        print(f"[{outcome}] {part}: {text}")

    def ran(self, part: str, check, outcome: str = PROVED) -> bool:
        """Run a check and print how it ended; False when something does not fit."""
        try:
            self.say(outcome, part, check())
            return True
        except Wrong as fault:
            self.say(WRONG, fault.part, fault.why)
            self.first = self.first or fault
            return False


def check(path: str, root: str = "", authority: str = "") -> int:
    verdict = Verdict()
    try:
        pack = Pack(contents_of(path))
    except Wrong as fault:
        verdict.say(WRONG, fault.part, fault.why)
        return ended(fault)
    about = pack.manifest
    print(
        "{}\n{}\n{}, {}, {}\n".format(
            about["title"], about["subject"], about["pack"], about["made_at"], about["algorithm"]
        )
    )
    outcome = PROVED if pack.is_sealed() else UNCHECKED
    steps = (
        ("manifest.json", pack.check_parts),
        ("chain.json", pack.check_chain),
        ("records.json", pack.check_records),
        ("files/", pack.check_files),
    )
    if not all(verdict.ran(part, step, outcome) for part, step in steps):
        return ended(verdict.first)
    for part in ("record.pdf", "README.txt"):
        verdict.say(READING, part, "it is the one that the pack was made with; what it says is not compared")
    if not pack.is_sealed():
        verdict.say(
            UNCHECKED, "closing/", "it waits for the nightly seal (待封存); nothing is proved before it"
        )
        return 2
    if not verdict.ran("closing/", pack.check_closing):
        return ended(verdict.first)
    for note in pack.notes:
        print(f"    {note}")
    whole = checked_outside(pack, verdict, root, authority)
    return ended(verdict.first) if not whole else summed_up(root, authority)


def checked_outside(pack: Pack, verdict: Verdict, root: str, authority: str) -> bool:
    """The seal and its stamp against what others hold."""
    whole = True
    if root:
        whole = verdict.ran(pack.seal_name, lambda: pack.check_seal(root))
    else:
        verdict.say(
            UNCHECKED,
            pack.seal_name,
            "compare it with the page /seals: root {}, digest {}".format(
                pack.seal["root"], pack.seal["digest"]
            ),
        )
    name = pack.seal_name[: -len(".json")] + ".tsr"
    if name not in pack.contents:
        verdict.say(UNCHECKED, "timestamp", "the seal has none")
    elif not authority or shutil.which("openssl") is None:
        verdict.say(
            UNCHECKED, name, "name the authority's certificates with --ca (and have the openssl command)"
        )
    else:
        whole = verdict.ran(name, lambda: pack.check_stamp(authority)) and whole
    return whole


def summed_up(root: str, authority: str) -> int:
    anchored = bool(root) or (bool(authority) and shutil.which("openssl") is not None)
    print("\n全部相符。Everything fits.")
    if not anchored:
        print("尚未与外部留存的根值比对，请核对 /seals 或时间戳。")
        print("The seal itself was compared with nothing outside this pack.")
    return 0


def ended(fault) -> int:
    print(f"\n首个不符之处 first that does not fit: {fault.part}: {fault.why}")
    return 1


def main(arguments=None) -> int:
    parser = argparse.ArgumentParser(description="Checks an evidence pack. 核对存证包。")
    parser.add_argument("pack", help="the .zip file")
    parser.add_argument(
        "--root", default="", help="root or digest of the seal, as somebody copied it from /seals"
    )
    parser.add_argument(
        "--ca", default="", help="PEM file with the certificates of the time-stamping authority"
    )
    stated = parser.parse_args(arguments)
    if stated.ca and not os.path.isfile(stated.ca):
        parser.error(f"{stated.ca} is not there")
    return check(stated.pack, stated.root, stated.ca)


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main())
