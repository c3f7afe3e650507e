"""Static files: hashed addresses, immutable, compressed once."""
from __future__ import annotations

import gzip
from pathlib import Path

from flask import Flask, Response, abort, request, send_from_directory
from werkzeug.security import safe_join

from equipment import web
from equipment.core.config import ROOT, Settings

FOLDER = ROOT / "static"
COMPRESSED = {".css", ".js", ".svg", ".wasm", ".json", ".txt", ".md"}
YEAR = 31_536_000


def init_app(app: Flask, settings: Settings) -> None:
    cache = settings.folder / "static"

    @web.public
    def static(filename: str) -> Response:
        """A file of static/; with `?v=<hash>` it may be kept for ever."""
        found = safe_join(str(FOLDER), filename)
        if found is None or not Path(found).is_file():
            abort(404)
        response = _sent(Path(found), filename, cache)
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if request.args.get("v") else "public, max-age=300"
        response.headers.add("Vary", "Accept-Encoding")
        return response

    app.add_url_rule("/static/<path:filename>", endpoint="static", view_func=static)


def _sent(path: Path, filename: str, cache: Path) -> Response:
    if path.suffix not in COMPRESSED or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return send_from_directory(FOLDER, filename)
    packed = cache / f"{filename}.gz"
    if not packed.exists() or packed.stat().st_mtime < path.stat().st_mtime:
        packed.parent.mkdir(parents=True, exist_ok=True)
        part = packed.with_suffix(".part")
        part.write_bytes(gzip.compress(path.read_bytes(), 9))
        part.replace(packed)
    response = send_from_directory(cache, f"{filename}.gz", mimetype=_TYPES.get(path.suffix))
    response.headers["Content-Encoding"] = "gzip"
    return response


_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".wasm": "application/wasm", ".json": "application/json",
          ".txt": "text/plain", ".md": "text/plain"}
