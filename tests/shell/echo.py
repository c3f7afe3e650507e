"""A WSGI application that tells what it was asked, behind the door of the product; test_rsgi.py serves it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from typing import Any

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Request, Response
from werkzeug.wsgi import wrap_file

from equipment.core.config import Settings
from equipment.shell.rsgi import Door

settings = Settings.from_environment()


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    request = Request(environ)
    request.max_content_length = settings.upload_limit
    if request.path == "/file":
        return Response(
            wrap_file(environ, open(__file__, "rb")),  # type: ignore[arg-type]
            direct_passthrough=True,
            content_type="text/plain",
            headers={"Content-Length": str(os.path.getsize(__file__))},
        )(environ, start_response)
    if request.path == "/fault":
        raise ValueError
    try:
        content = request.get_data()
    except RequestEntityTooLarge as error:
        return error(environ, start_response)
    told = {
        "path": request.path,
        "query": request.query_string.decode(),
        "headers": {
            name: value for name, value in sorted(environ.items()) if name.startswith(("HTTP_", "CONTENT"))
        },
        "address": environ["REMOTE_ADDR"],
        "scheme": environ["wsgi.url_scheme"],
        "bytes": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "file": hasattr(environ["wsgi.input"], "rollover") and environ["wsgi.input"].fileno() > 0,
    }
    return Response(json.dumps(told), content_type="application/json")(environ, start_response)


door = Door(app, settings)
door.window_s = float(os.environ["WINDOW_S"])
door.most_arriving = 2_600_000
