"""The door between Granian and the application, over real connections."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, free_port

WINDOW_S = 1
MEGABYTE = os.urandom(1024 * 1024)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(number), "--no-ws"]
    more = {
        "INSTANCE": str(tmp_path_factory.mktemp("door")),
        "UPLOAD_LIMIT_MB": "2",
        "WINDOW_S": str(WINDOW_S),
    }
    with subprocess.Popen(
        [*command, "--log-level", "critical", "tests.shell.echo:door"], cwd=ROOT, env={**os.environ, **more}
    ) as server:
        try:
            for _ in range(300):
                try:
                    talk(number, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    break
                except OSError:
                    time.sleep(0.1)
            yield number
            server.send_signal(signal.SIGTERM)
            assert server.wait(60) == 0
        finally:  # or leaving the block would wait for it without end
            server.kill()


def talk(port: int, *pieces: bytes, pause: float = 0, leave: bool = False) -> tuple[int, str, bytes]:
    """Status, head in lower case and body of the answer to what is sent, a pause between the pieces; 0 when
    there is none."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        if leave:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        while b"\r\n\r\n" not in received:
            if not (piece := connection.recv(65536)):
                return 0, "", received
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().lower().split("\r\n")[1:])
        while not head.startswith(b"HEAD") and len(body) < int(fields.get("content-length", "0")):
            if not (piece := connection.recv(65536)):
                break
            body += piece
        return int(head[9:12]), head.decode().lower(), body


def post(content: bytes, *more: str) -> bytes:
    lines = ["POST /p%20%E4%B8%AD?q=1 HTTP/1.1", "Host: x", *more, f"Content-Length: {len(content)}", "", ""]
    return "\r\n".join(lines).encode() + content


@pytest.mark.parametrize("content", [b"", b"abc", MEGABYTE], ids=["none", "small", "large"])
def test_a_body_arrives_whole(port: int, content: bytes) -> None:
    status, _head, body = talk(port, post(content))
    told = json.loads(body)
    assert (status, told["bytes"], told["digest"]) == (200, len(content), hashlib.sha256(content).hexdigest())
    assert told["file"] is (content is MEGABYTE)
    assert (told["path"], told["query"], told["address"], told["scheme"]) == (
        "/p 中",
        "q=1",
        "127.0.0.1",
        "http",
    )


def test_a_body_in_chunks_arrives_whole(port: int) -> None:
    start = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    status, _head, body = talk(port, start, b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n", pause=0.05)
    assert (status, json.loads(body)["bytes"], json.loads(body)["headers"]["CONTENT_LENGTH"]) == (200, 5, "5")


def test_headers_are_joined_and_none_passes_for_another(port: int) -> None:
    _status, _head, body = talk(
        port, post(b"", "Cookie: a=1", "Cookie: b=2", "X-One: 1", "X-One: 2", "X_Forwarded_For: 10.0.0.1")
    )
    told = json.loads(body)["headers"]
    assert (told["HTTP_COOKIE"], told["HTTP_X_ONE"], "HTTP_X_FORWARDED_FOR" in told) == (
        "a=1; b=2",
        "1,2",
        False,
    )


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n300000\r\n"
        + MEGABYTE * 3
        + b"\r\n0\r\n\r\n",
    ],
    ids=["stated", "chunks"],
)
def test_a_body_over_the_limit_is_413_without_being_kept(port: int, request_bytes: bytes) -> None:
    assert talk(port, request_bytes)[0] == 413


@pytest.mark.parametrize("length", [100, 100_000], ids=["small", "large"])
@pytest.mark.parametrize("how", ["length", "chunks"])
def test_a_body_too_slow_is_408_and_the_connection_closed(port: int, length: int, how: str) -> None:
    head = (
        b"Content-Length: %d\r\n\r\na" % length
        if how == "length"
        else b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
    )
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head)
        received = b""
        while piece := connection.recv(4096):
            received += piece
    fields, _, body = received.partition(b"\r\n\r\n")
    assert fields.startswith(b"HTTP/1.1 408")
    assert b"content-type: application/problem+json" in fields.lower()
    assert json.loads(body)["status"] == 408
    assert WINDOW_S <= time.monotonic() - began < WINDOW_S + 4


def test_too_much_at_once_is_503_and_says_when_to_come_back(port: int) -> None:
    stated = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1900000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as other:
        other.sendall(stated + MEGABYTE + MEGABYTE[:700_000])
        time.sleep(0.3)
        status, head, body = talk(port, stated + MEGABYTE)
    assert (status, json.loads(body)["status"]) == (503, 503)
    assert "retry-after: 5" in head


def test_an_upload_that_keeps_its_pace_may_take_longer_than_a_window(port: int) -> None:
    pieces = [MEGABYTE[:50_000]] * 8
    status, _head, body = talk(
        port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 400000\r\n\r\n", *pieces, pause=WINDOW_S / 3
    )
    assert (status, json.loads(body)["bytes"]) == (200, 400_000)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ],
    ids=["small", "large", "chunks"],
)
def test_half_a_body_is_no_request(port: int, request_bytes: bytes) -> None:
    assert talk(port, request_bytes, pause=0.2, leave=True)[0] in (0, 500)


def test_a_file_is_sent_whole_and_head_sends_none(port: int) -> None:
    file = Path(__file__).with_name("echo.py").read_bytes()
    status, head, body = talk(port, b"GET /file HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (status, body, "content-type: text/plain" in head) == (200, file, True)
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"HEAD /file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := connection.recv(4096):
            received += piece
    assert received.lower().endswith(b"\r\n\r\n")
    assert f"content-length: {len(file)}".encode() in received.lower()


def test_a_fault_of_the_application_ends_no_thread(port: int) -> None:
    faults = [talk(port, b"GET /fault HTTP/1.1\r\nHost: x\r\n\r\n")[0] for _ in range(20)]
    assert (set(faults), talk(port, post(b"abc"))[0]) == ({500}, 200)
