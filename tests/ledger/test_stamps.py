"""Seals stamped by a real time-stamping authority: OpenSSL, on loopback."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core import clock
from equipment.core.config import Settings
from equipment.ledger import seals
from equipment.ledger.actions import EventDraft, append
from equipment.ledger.report import FaultPlace, LedgerFault, Report
from equipment.ledger.seals import StampFailed, files, stamp_of
from equipment.ledger.stamps import Authority, authority_of, stamp_seals
from equipment.ledger.verify import verify
from equipment.storage import db

CONFIG = """
[req]
distinguished_name = name
[name]
[tsa]
extendedKeyUsage = critical,timeStamping
[root]
basicConstraints = critical,CA:TRUE
[serving]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
"""


def openssl(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, check=True).stdout


def make_authority(folder: Path) -> Path:
    """A root, and a signer under it that may stamp; answers the folder."""
    folder.mkdir()
    (folder / "config").write_text(CONFIG)
    (folder / "serial").write_text("01\n")
    new = ("req", "-config", "config", "-newkey", "rsa:2048", "-nodes")
    openssl(folder, *new, "-x509", "-extensions", "root", "-subj", "/CN=root", "-days", "30",
            "-keyout", "root.key", "-out", "root.pem")  # fmt: skip
    openssl(folder, *new, "-subj", "/CN=tsa", "-keyout", "tsa.key", "-out", "tsa.csr")
    openssl(folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial",
            "-extfile", "config", "-extensions", "tsa", "-days", "30", "-out", "tsa.pem")  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("authority") / "ours")


@contextmanager
def at_loopback(handler: type[BaseHTTPRequestHandler], keys: Path) -> Iterator[Authority]:
    """An authority that answers so, known by our root."""
    server = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    named = authority_of(
        Settings(tsa_url=f"http://127.0.0.1:{server.server_port}/", tsa_certificates=str(keys / "root.pem"))
    )
    assert named is not None
    try:
        yield named
    finally:  # also of a test that fails: its port and thread are no other test's
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def authority(keys: Path) -> Iterator[Authority]:
    class Stamping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            (keys / "query").write_bytes(query)
            answer = openssl(keys, "ts", "-reply", "-config", "config", "-section", "serving", "-queryfile", "query",
                             "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", "/dev/stdout")  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_parts: object) -> None:
            """Nothing."""

    with at_loopback(Stamping, keys) as named:
        yield named


@pytest.fixture
def folder(app: Flask, settings: Settings) -> Path:
    """Two seals, of today and of three days ago."""
    for day in (clock.today() - timedelta(days=3), clock.today()):
        with db.transaction() as session:
            append(session.connection(), [EventDraft("equipment:a", "made")], actor="user:1")
        seals.seal(settings.folder, day)
    return settings.folder


def check(folder: Path, authority: Authority | None = None) -> Report:
    return verify(db.engine, folder, [], stamped_at=authority.time_of if authority else None)


def test_every_seal_is_stamped_once_and_openssl_agrees(
    folder: Path, authority: Authority, keys: Path
) -> None:
    before = {path: path.read_bytes() for path in files(folder).values()}
    assert [stamp_seals(folder, authority), stamp_seals(folder, authority)] == [2, 0]
    for path in files(folder).values():
        assert path.read_bytes() == before[path]
        openssl(keys, "ts", "-verify", "-data", str(path.absolute()), "-in", str(stamp_of(path).absolute()),
                "-CAfile", "root.pem", "-untrusted", "tsa.pem")  # fmt: skip
        assert abs(
            authority.time_of(path.read_bytes(), stamp_of(path).read_bytes()) - clock.now()
        ) < timedelta(hours=1)
    report = check(folder, authority)
    assert (report.whole, report.stamps, report.unstamped, report.unchecked) == (True, 2, 0, 0)


def test_what_is_missing_or_cannot_be_checked_is_said(folder: Path, authority: Authority) -> None:
    """A seal of today may wait for its stamp; one of three days ago is told."""
    assert (check(folder).unstamped, check(folder).whole) == (1, True)
    stamp_seals(folder, authority)
    assert (check(folder).unchecked, check(folder).stamps) == (2, 0)


def test_a_stamp_that_does_not_fit_is_named(folder: Path, authority: Authority) -> None:
    stamp_seals(folder, authority)
    first, second = files(folder).values()
    stamp_of(first).write_bytes(stamp_of(second).read_bytes())
    report = check(folder, authority)
    assert (report.first, report.stamps) == (
        FaultPlace(LedgerFault.STAMP, f"seals/{stamp_of(first).name}"),
        1,
    )


def test_an_older_seal_made_up_with_its_chain_is_caught_by_its_stamp(
    folder: Path, authority: Authority
) -> None:
    """Whoever rewrites the files too cannot rewrite the authority's word."""
    stamp_seals(folder, authority)
    path = files(folder)[1]
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "root": "0" * 64}, indent=1) + "\n")
    assert LedgerFault.STAMP in check(folder, authority).faults


@pytest.mark.parametrize("answer", [b"", b"<html>", b"\x30\x03\x02\x01\x02"])
def test_no_stamp_is_kept_that_is_none(folder: Path, keys: Path, answer: bytes) -> None:
    class Wrong(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_parts: object) -> None:
            """Nothing."""

    with at_loopback(Wrong, keys) as named, pytest.raises(StampFailed):
        stamp_seals(folder, named)
    assert not any(stamp_of(path).exists() for path in files(folder).values())


def test_a_stamp_of_another_authority_is_refused(folder: Path, authority: Authority, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other")
    settings = Settings(tsa_url=authority.url, tsa_certificates=str(other / "root.pem"))
    stranger = authority_of(settings)
    assert stranger is not None
    with pytest.raises(StampFailed):
        stamp_seals(folder, stranger)


def test_an_authority_that_is_away_is_asked_again(folder: Path, authority: Authority) -> None:
    away = Authority("http://127.0.0.1:9/", authority.certificates)
    with pytest.raises(StampFailed):
        stamp_seals(folder, away)
    assert stamp_seals(folder, authority) == 2


def test_what_no_seal_covers_yet_is_counted(folder: Path) -> None:
    assert check(folder).tail == 0
    with db.transaction() as session:
        append(session.connection(), [EventDraft("equipment:a", "made")] * 3, actor="user:1")
    assert check(folder).tail == 3


def test_anybody_reads_the_seals(folder: Path, client: FlaskClient, authority: Authority) -> None:
    number, path = max(files(folder).items())
    page = client.get("/seals").get_data(as_text=True)
    assert all(json.loads(each.read_text())["digest"] in page for each in files(folder).values())
    assert client.get(f"/seals/{number}.json").get_data() == path.read_bytes()
    assert [client.get(f"/seals/{of}").status_code for of in (f"{number}.tsr", "99.json", "99.tsr")] == [
        404
    ] * 3
    stamp_seals(folder, authority)
    assert client.get(f"/seals/{number}.tsr").get_data() == stamp_of(path).read_bytes()


def test_no_authority_is_named_by_default() -> None:
    assert authority_of(Settings()) is None


@pytest.mark.parametrize(
    ("settings_", "told"),
    [
        ({"tsa_url": "http://tsa.example.cn/"}, "TSA_URL needs TSA_CERTIFICATES"),
        ({"tsa_certificates": "/nowhere/root.pem"}, "TSA_CERTIFICATES names no file"),
        ({"tsa_url": "http://tsa.example.cn/", "tsa_certificates": __file__}, ""),
        ({}, ""),
    ],
)
def test_settings_that_would_stamp_nothing_are_told_at_the_start(
    settings_: dict[str, str], told: str
) -> None:
    assert " ".join(Settings(**settings_).misread()).startswith(told) or told == ""
    assert bool(Settings(**settings_).misread()) == bool(told)
