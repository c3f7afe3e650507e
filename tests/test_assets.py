"""Static files: for ever by their hashed address, compressed once, and still there for a page that was open
during an upgrade."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from equipment.core.config import Settings
from equipment.web import assets

SCRIPT = "js/app.js"
PACKED = {"Accept-Encoding": "gzip, deflate, br"}


@pytest.fixture
def address(app: Flask) -> str:
    with app.test_request_context():
        return assets.asset(SCRIPT)


def test_a_hashed_address_may_be_kept_for_ever_and_comes_compressed(
    client: FlaskClient, address: str
) -> None:
    answer = client.get(address, headers=PACKED, buffered=True)
    assert address == f"/static/{assets.version()}/{SCRIPT}"
    assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (assets.FOLDER / SCRIPT).read_bytes()
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_plain_address_is_asked_for_again_after_minutes_and_answers_304(client: FlaskClient) -> None:
    answer = client.get(f"/static/{SCRIPT}", buffered=True)
    assert (answer.status_code, answer.data) == (200, (assets.FOLDER / SCRIPT).read_bytes())
    assert answer.headers["Cache-Control"] == "max-age=300, public"
    again = client.get(f"/static/{SCRIPT}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_every_file_is_served_as_what_it_is(client: FlaskClient) -> None:
    kinds = {
        ".css": "text/css",
        ".js": "text/javascript",
        ".svg": "image/svg+xml",
        ".wasm": "application/wasm",
        ".ttf": "font/ttf",
        ".txt": "text/plain",
        ".md": "text/markdown",
        ".json": "application/json",
    }
    answers = {name: client.head(f"/static/{assets.version()}/{name}") for name in assets.files()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 200} == {}
    assert {name: answer.mimetype for name, answer in answers.items()} == {
        name: kinds.get(Path(name).suffix, "application/octet-stream") for name in answers
    }
    assert {name: answer.headers["Content-Length"] for name, answer in answers.items()} == {
        name: str((assets.FOLDER / name).stat().st_size) for name in answers
    }


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/static/js/none.js", 404),
        ("/static/../wsgi.py", 404),
        ("/static/%2e%2e/wsgi.py", 404),
        ("/static/0123456789ab/js/none.js", 404),
        ("/static/js", 404),
    ],
)
def test_nothing_else_is_served(client: FlaskClient, address: str, status: int) -> None:
    assert client.get(address).status_code == status


def test_a_page_of_the_version_before_still_gets_its_files(client: FlaskClient) -> None:
    answer = client.get(f"/static/0123456789ab/{SCRIPT}", follow_redirects=True, buffered=True)
    assert (answer.status_code, answer.request.path) == (200, f"/static/{SCRIPT}")


def test_a_name_that_is_no_file_fails_where_it_is_written(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(FileNotFoundError):
        assets.asset("js/none.js")


def test_files_are_prepared_once_and_only_the_version_before_is_kept(tmp_path: Path) -> None:
    for age, name in enumerate(("0" * 12, "1" * 12, "2" * 12, "tmpold"), 2):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (0, 0) if name == "tmpold" else (10**9 - age, 10**9 - age))
    ready = assets.prepared(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {assets.version(), "0" * 12}
    assert (ready / f"{SCRIPT}.gz").is_file()
    made = (ready / f"{SCRIPT}.gz").stat().st_ino
    assert assets.prepared(tmp_path) == ready
    assert (ready / f"{SCRIPT}.gz").stat().st_ino == made


def test_a_disk_that_takes_no_copy_still_serves_the_files(settings: Settings, client: FlaskClient) -> None:
    (settings.folder / "static").write_text("in the way")
    assert client.get(f"/static/{SCRIPT}", buffered=True).status_code == 200
