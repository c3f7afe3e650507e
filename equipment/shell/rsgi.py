"""The door between Granian and the application: a request goes to a thread when all of it has arrived.

Granian's WSGI interface reads bodies in the threads that answer, without a deadline; a few dozen slow
senders would stop all scanning. Its RSGI interface leaves reading to us: the event loop reads, with a
deadline, large bodies into a file of the instance; then one of a few threads calls the WSGI application with
the whole request. Files go out by Granian itself and everything else in one piece, so no thread waits for a
slow reader either.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING

import structlog
from granian.rsgi import HTTPProtocol, ProtocolClosed, ProtocolError, Scope  # type: ignore[attr-defined]

from equipment.core.config import Settings
from equipment.core.lifeline import end_with
from equipment.web.api import BUSY_S
from equipment.web.openapi import PROBLEM
from equipment.web.problems import code_of_status

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

IN_MEMORY = 64 * 1024  # bytes; a larger body goes to disk
ON_DISK = 1024**3  # bytes of all bodies together that are still arriving
TICK_S = 1
WINDOW_S = 30  # a small body is here within it, of a large one
WINDOW_BYTES = 30 * 1024  # at least this much in each
# What the door says itself, in the words of both languages: it reads no language of a request.
REFUSED = {
    408: "The body did not arrive in time: send it again. 数据未能及时传完，请重新发送。",
    503: "Too much is arriving at once: send it again later. 同时上传过多，请稍后重新发送。",
}


Job = tuple["WSGIEnvironment", HTTPProtocol, "asyncio.Future[None]"]


class BrokenOff(Exception):
    """The body ended before its end; the client is gone or has had its answer."""


class FileBody:
    """What `wsgi.file_wrapper` makes: an opened file that is to be sent."""

    def __init__(self, file: IO[bytes], block: int = IN_MEMORY) -> None:
        self.file = file
        self.block = block

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.file.read(self.block), b"")

    def close(self) -> None:
        self.file.close()

    @property
    def path(self) -> str | None:
        """Where the file stands, if the whole of a named file is to be sent."""
        name = getattr(self.file, "name", None)
        return name if isinstance(name, str) and self.file.tell() == 0 else None


class Door:
    """The RSGI application around the WSGI application `app`; its threads live as long as the worker."""

    def __init__(self, app: WSGIApplication, settings: Settings) -> None:
        self.app = app
        self.limit = settings.upload_limit
        self.folder = settings.folder / "incoming"
        self.window_s: float = WINDOW_S
        self.most_arriving = ON_DISK
        self.arriving = 0  # bytes of large bodies
        self.jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.done: deque[asyncio.Future[None]] = deque()
        self.threads = [
            threading.Thread(target=self._work, name=f"web-{number}", daemon=True)
            for number in range(int(settings.web_threads))
        ]

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        end_with(os.getppid())  # a worker without its master would go on serving, and hold the port
        self.loop = loop
        self._tick()
        self.folder.mkdir(parents=True, exist_ok=True)
        tempfile.tempdir = str(self.folder)  # uploads too that Flask takes out of their bodies
        for thread in self.threads:
            thread.start()

    def __rsgi_del__(self, _loop: asyncio.AbstractEventLoop) -> None:
        for _ in self.threads:
            self.jobs.put(None)
        for thread in self.threads:
            thread.join()

    async def __rsgi__(self, scope: Scope, proto: HTTPProtocol) -> None:
        environ = environ_of(scope)
        if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ or scope.http_version == "2":
            try:
                await self._take_body(environ, proto)
            except (BrokenOff, ProtocolClosed, ProtocolError):
                return
        answered = self.loop.create_future()
        self.jobs.put((environ, proto, answered))
        self._finish()
        await answered

    def _finish(self) -> None:
        """End the coroutines of requests that have been answered. Nobody waits for that, so no thread wakes
        the loop for it: the next request does it, or a timer."""
        while self.done:
            self.done.popleft().set_result(None)

    def _tick(self) -> None:
        self._finish()
        self.loop.call_later(TICK_S, self._tick)

    def _work(self) -> None:
        while job := self.jobs.get():
            environ, proto, answered = job
            self._answer(environ, proto)
            self.done.append(answered)

    async def _take_body(self, environ: WSGIEnvironment, proto: HTTPProtocol) -> None:
        """Read the body into `wsgi.input`. One that is too large stays unread: the application refuses it by
        its Content-Length."""
        length = int(environ.get("CONTENT_LENGTH") or -1)
        if length > self.limit:
            return
        try:
            async with asyncio.timeout(self.window_s) as window:
                if 0 <= length <= IN_MEMORY:
                    environ["wsgi.input"] = io.BytesIO(await proto())
                else:
                    await self._take_large_body(environ, proto, window)
        except TimeoutError:
            _refuse(proto, 408)
            raise BrokenOff from None

    async def _take_large_body(
        self, environ: WSGIEnvironment, proto: HTTPProtocol, window: asyncio.Timeout
    ) -> None:
        """A body whose length is large or not stated. Each WINDOW_BYTES of it open a new window."""
        body: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  (the request's)
        received, due, ended = 0, WINDOW_BYTES, False
        try:
            async for piece in proto:
                if ended:  # Granian says the end by an empty piece, and a fault by one more
                    raise BrokenOff
                ended = not piece
                received += len(piece)
                self.arriving += len(piece)
                if self.arriving > self.most_arriving:
                    _refuse(proto, 503)
                    raise BrokenOff
                await self.loop.run_in_executor(None, body.write, piece)
                if received > self.limit:
                    break
                if received >= due:
                    due = received + WINDOW_BYTES
                    window.reschedule(self.loop.time() + self.window_s)
        finally:
            self.arriving -= received
        body.seek(0)
        environ.pop("HTTP_TRANSFER_ENCODING", None)  # it has a length now
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = body, str(received)

    def _answer(self, environ: WSGIEnvironment, proto: HTTPProtocol) -> None:
        status, headers = 500, [("content-length", "0")]

        def start_response(
            answer: str, fields: list[tuple[str, str]], _fault: object = None, /
        ) -> Callable[[bytes], object]:
            nonlocal status, headers
            status, headers = int(answer[:3]), fields
            return NotImplemented  # PEP 3333's write(), which neither Flask nor WhiteNoise calls

        body: Iterable[bytes] = ()
        try:
            body = self.app(environ, start_response)
            path = body.path if isinstance(body, FileBody) else None
            if path:
                proto.response_file(status, headers, path)
            else:
                proto.response_bytes(status, headers, b"".join(body))
        except Exception:  # noqa: BLE001  (what the application did not answer itself; the thread goes on)
            structlog.get_logger().exception("a request had no answer")
            proto.response_bytes(500, [("content-length", "0")], b"")
        finally:
            environ["wsgi.input"].close()
            if hasattr(body, "close"):
                body.close()


def _refuse(proto: HTTPProtocol, status: int) -> None:
    """The problem body of the API (web/api.py), and the end of the connection: the rest of the body is never
    read."""
    problem = {
        "type": "about:blank",
        "status": status,
        "code": code_of_status(status),
        "title": REFUSED[status],
        "request_id": None,
    }
    body = json.dumps(problem, ensure_ascii=False).encode()
    headers = [("connection", "close"), ("content-type", PROBLEM), ("content-length", str(len(body)))]
    proto.response_bytes(status, [*headers, ("retry-after", str(BUSY_S))], body)


BASE: WSGIEnvironment = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "Granian",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,  # Werkzeug's: the end of the input is the end of the body
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "wsgi.file_wrapper": FileBody,
}
PLAIN = {"HTTP_CONTENT_LENGTH": "CONTENT_LENGTH", "HTTP_CONTENT_TYPE": "CONTENT_TYPE"}


def environ_of(scope: Scope) -> WSGIEnvironment:
    """What PEP 3333 wants of a request, still without a body. Names with an underscore are left out: they
    would pass for those with a hyphen, which a proxy in front may vouch for."""
    server, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        **BASE,
        "REQUEST_METHOD": scope.method,
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": io.BytesIO(),
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = "HTTP_" + name.upper().replace("-", "_")
        key = PLAIN.get(key, key)
        environ[key] = (
            f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}" if key in environ else value
        )
    if scope.authority:
        environ.setdefault("HTTP_HOST", scope.authority)
    return environ
