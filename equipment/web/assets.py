"""Static files, served by WhiteNoise: compressed once, and for ever from an address that carries the hash of
all of them.

One hash for all: what a style sheet or a module names beside itself comes from the same version, and is kept
for ever too. The same files under /static/NAME are asked for again after minutes. With FLASK_DEBUG=1 a
changed file shows at once.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from wsgiref.headers import Headers

import structlog
from flask import Flask, abort, current_app, redirect, url_for
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

from equipment import web
from equipment.core.config import ROOT, Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FOLDER = ROOT / "static"
SHORT_S = 300
MORE_KINDS = {".ttf": "font/ttf"}  # beside what WhiteNoise knows
UNFINISHED_S = 86_400
VERSION = re.compile(r"[0-9a-f]{12}")
OF_ANOTHER_VERSION = re.compile(rf"{VERSION.pattern}/(.+)")
# No brotli: it takes 8 s of a first start for these files, gzip 0.2 s, and saves a fifth of what a browser
# fetches once per version.
STORED_AS_IT_IS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "ttf")


@lru_cache(maxsize=1)
def files() -> tuple[str, ...]:
    """The names of all static files."""
    return tuple(sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*") if path.is_file()))


@lru_cache(maxsize=1)
def version() -> str:
    """The hash of all static files, names and contents: the same on every host that has them."""
    every = hashlib.sha256()
    for name in files():
        every.update(name.encode() + b"\0" + hashlib.sha256((FOLDER / name).read_bytes()).digest())
    return every.hexdigest()[:12]


def asset(name: str) -> str:
    """Address of a static file that may be kept for ever."""
    if current_app.debug:
        return url_for("static", filename=name)
    if name not in files():
        raise FileNotFoundError(name)
    return url_for("static", filename=f"{version()}/{name}")


class StaticFiles:
    """Answers what is asked below /static/ and passes on the rest; the files are put together when the first
    is asked for."""

    def __init__(self, application: WSGIApplication, cache: Path, *, debug: bool) -> None:
        self.application = application
        self.cache = cache
        self.debug = debug
        self._server: WhiteNoise | None = None
        self._making = Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith("/static/"):
            return self.application(environ, start_response)
        with self._making:
            self._server = self._server or self._prepared()
        answer: Iterable[bytes] = self._server(environ, start_response)
        return answer

    def _prepared(self) -> WhiteNoise:
        below = f"/static/{version()}/"
        server = WhiteNoise(
            self.application,
            autorefresh=self.debug,
            max_age=0 if self.debug else SHORT_S,
            allow_all_origins=False,
            mimetypes=MORE_KINDS,
            add_headers_function=_headers,
            immutable_file_test=lambda _path, url: url.startswith(below),
        )
        root = FOLDER if self.debug else prepared(self.cache)
        server.add_files(str(root), "/static/")
        server.add_files(str(root), below)
        return server


def _headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


def prepared(cache: Path) -> Path:
    """A copy of the static files with their compressed forms, made once per version; the files themselves
    where no copy can be made.

    A copy, so that a running server goes on with its own files while newer ones are put in their place.
    """
    ready = cache / version()
    if ready.is_dir():
        return ready
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _remove_outdated(cache)
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            making = Path(scratch) / "static"
            shutil.copytree(FOLDER, making)
            compressor = Compressor(STORED_AS_IT_IS, use_brotli=False, quiet=True)
            for name in files():
                if compressor.should_compress(name):
                    list(compressor.compress(str(making / name)))
            os.utime(making)
            try:
                making.rename(ready)
            except OSError:
                if not ready.is_dir():  # another worker was faster
                    raise
    except OSError as error:
        structlog.get_logger().error("static files are served uncompressed", fault=str(error))
        return FOLDER
    return ready


def _remove_outdated(cache: Path) -> None:
    """What versions before the last one left, which some server may still be serving, and what was never
    finished."""
    modified = {path: path.stat().st_mtime for path in cache.iterdir()}
    versions = sorted((path for path in modified if VERSION.fullmatch(path.name)), key=modified.__getitem__)
    unfinished = [
        path for path in modified if path not in versions and time.time() - modified[path] > UNFINISHED_S
    ]
    for path in (*versions[:-1], *unfinished):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def init_app(app: Flask, settings: Settings) -> None:
    app.jinja_env.globals["asset"] = asset
    served = StaticFiles(app.wsgi_app, settings.folder / "static", debug=app.debug)
    app.wsgi_app = served  # type: ignore[method-assign]

    @web.public
    def static(filename: str) -> web.Answer:
        """What no file answers: a page that was open during an upgrade still asks for the version it came
        with."""
        versioned = OF_ANOTHER_VERSION.fullmatch(filename)
        if versioned is None or versioned[1] not in files():
            abort(404)
        return redirect(url_for("static", filename=versioned[1]))

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)
