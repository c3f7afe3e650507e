"""Pages that open without a signal: the service worker (`static/js/service-worker.js`), and whose a page is.

A worker needs HTTPS, or localhost. It keeps pages of its own addresses alone (`static/js/offline-rules.js`),
and only those that name their reader here; elsewhere it changes nothing.
"""

from __future__ import annotations

import json
import re

from flask import Flask, Response, abort, current_app, make_response

from equipment import web
from equipment.web.assets import asset, files, version

READER = "X-Offline-For"
# What pages of the phone are drawn with; of `js/` everything but what only desks and floors load.
DRAWN_WITH = re.compile(
    r"icons\.svg|favicon\.svg|floor\.webmanifest"
    r"|css/(?:common|app|parts|visit|orders|controls|walk|campaign|floor|fill-floor)\.css"
    r"|js/(?!charts|bind|enrol|enter-|report|stamp|service-worker)[a-z-]+\.js"
    r"|vendor/(?:tabler/tabler\.floor\.min\.css|tabler/tabler\.min\.js|htmx/htmx\.min\.js"
    r"|barcode-detector/ponyfill\.js|zxing-wasm/zxing_reader\.wasm)"
)


def offline(page: web.Answer) -> Response:
    """A page that its reader's phone may keep and show where there is no signal."""
    response = make_response(page)
    if reader := web.viewer().user_id:
        response.headers[READER] = str(reader)
    return response


def init_app(app: Flask) -> None:
    @web.public
    def service_worker() -> web.Answer:
        """The worker with the files of this version: another version is another worker."""
        if current_app.debug:  # files without a version change while they are kept
            abort(404)
        drawn_with = [asset(name) for name in files() if DRAWN_WITH.fullmatch(name)]
        scripts = [asset("js/offline-rules.js"), asset("js/service-worker.js")]
        stated = json.dumps({"version": version(), "files": drawn_with})
        script = f"self.offlineFiles = {stated};\nimportScripts({json.dumps(scripts)[1:-1]});\n"
        response = Response(script, mimetype="text/javascript")
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Content-Security-Policy"] = web.CONTENT_SECURITY
        return response

    app.add_url_rule("/sw.js", endpoint="service_worker", view_func=service_worker)
