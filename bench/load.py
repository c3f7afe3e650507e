"""A small load generator: one process, many keep-alive connections over epoll, requests made beforehand so that it costs little."""

from __future__ import annotations

import itertools
import json
import random
import select
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

FAULT_EVERY = 40  # batches of gateways: in one of them a lift has a fault, which is over at once


@dataclass
class Run:
    host: str
    port: int
    clients: int
    seconds: float
    token: str
    what: str
    path: Path
    size: int = 0
    pace: float = 0  # requests a second that fall due by the clock; 0 sends as fast as answers come


@dataclass
class Measured:
    rate: float
    p50: float
    p99: float
    worst: float
    errors: int


def drive(run: Run) -> Measured:
    """Run the load in a process of its own."""
    given = json.dumps({**asdict(run), "path": str(run.path)})
    done = subprocess.run([sys.executable, __file__, given], capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr)
    return Measured(**json.loads(done.stdout))


def requests(run: Run) -> bytes:
    """One request; a fresh scan id and a random cylinder each time."""
    head = f"Host: {run.host}\r\nAuthorization: Bearer {run.token}\r\nContent-Type: application/json\r\n"
    if run.what == "ping":
        return f"GET /api/v1/ping HTTP/1.1\r\n{head}\r\n".encode()
    if run.what == "telemetry":
        token, body = report(run.size)
        head, path = head.replace(run.token, token), "/telemetry"
    else:
        body, path = (scan(), "/fills") if run.what == "scan" else (batch(run), "/fills/batch")
    return f"POST /api/v1{path} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def scan() -> str:
    return json.dumps(
        {
            "scan_id": str(uuid.uuid4()),
            "code": random.choice(CODES),
            "gas": "LPG",
            "happened_at": datetime.now(UTC).isoformat(),
        }
    )


def whole(code: str, gross_g: int) -> str:
    """A scan with its checks and its result, as a device keeps it."""
    now = datetime.now(UTC).isoformat()
    return json.dumps(
        {
            "scan_id": str(uuid.uuid4()),
            "code": code,
            "gas": "LPG",
            "happened_at": now,
            "checks": {"P01": True, "P02": True, "P03": True},
            "result": {"happened_at": now, "gross_g": gross_g, "post_checks": {"Q01": True, "Q02": True}},
        }
    )


def batch(run: Run) -> str:
    """Scans, or whole fills of as many bottles, each as heavy as it may be."""
    if run.what == "batch":
        return '{"scans":[' + ",".join(scan() for _ in range(run.size)) + "]}"
    with sqlite3.connect(run.path / "tracker.db") as stored:
        rows = stored.execute(
            "SELECT label_code, details FROM equipment WHERE inspection_due_on > date('now', '60 days') AND"
            " NOT EXISTS (SELECT 1 FROM fill WHERE equipment_id = equipment.id) ORDER BY random() LIMIT ?",
            (run.size,),
        )
        bottles = [(code, json.loads(details)) for code, details in rows]
    fills = (whole(code, bottle["tare_g"] + bottle["max_charge_g"] - 400) for code, bottle in bottles)
    return '{"scans":[' + ",".join(fills) + "]}"


def report(size: int) -> tuple[str, str]:
    """(token, body): what the next gateway has to say, of its next `size` lifts; now and then a fault, and
    its end after it."""
    number, messages = next(REPORTS), []
    token, lifts = GATEWAYS[number % len(GATEWAYS)]
    first = number // len(GATEWAYS) * size
    at, counted = datetime.now(UTC).isoformat(), int(time.time()) // 20
    for place in range(first, first + size):
        lift = lifts[place % len(lifts)]
        messages.append({"lift": lift, "at": at, "runs": counted, "doors": 2 * counted})
        if number % FAULT_EVERY == 0 and place == first:
            event = {"lift": lift, "at": at, "event_id": str(uuid.uuid4())}
            messages += [{**event, "kind": "fault", "code": "door"}, {**event, "kind": "restored"}]
    return token, json.dumps({"messages": messages})


class Connection:
    """One client: sends, waits for its whole answer, sends again."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.socket = socket.create_connection((run.host, run.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, due: float = 0) -> None:
        """Sends; the answer's time counts from `due`, or from now."""
        request = requests(self.run)
        self.started = due or time.perf_counter()
        self.socket.sendall(request)

    def received(self) -> int | None:
        """The status once the answer is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            raise OSError("the server closed the connection")
        self.buffer += piece
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return None
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) < length:
            return None
        self.buffer = body[length:]
        return int(head[9:12])


def load(run: Run) -> Measured:
    poll = select.epoll()
    connections = {}
    for _ in range(run.clients):
        made = Connection(run)
        connections[made.socket.fileno()] = made
        poll.register(made.socket.fileno(), select.EPOLLIN)
    began = time.perf_counter()
    for made in connections.values():
        made.send()
    until, times, errors, open_ = began + run.seconds, [], 0, run.clients
    while open_:
        for number, _ in poll.poll(30):
            made = connections[number]
            status = made.received()
            if status is None:
                continue
            times.append(time.perf_counter() - made.started)
            errors += status not in (200, 201)
            if time.perf_counter() < until:
                made.send()
            else:
                open_ -= 1
    took = time.perf_counter() - began
    times.sort()

    def at(share: float) -> float:
        return times[min(len(times) - 1, int(len(times) * share))] * 1000

    return Measured(len(times) * max(1, run.size) / took, at(0.5), at(0.99), times[-1] * 1000, errors)


def paced(run: Run) -> Measured:
    """As load, by the clock: a request that finds every connection waiting is late, and its time counts from when it was due."""
    poll, free, busy = select.epoll(), [Connection(run) for _ in range(run.clients)], {}
    for made in free:
        poll.register(made.socket.fileno(), select.EPOLLIN)
    began = time.perf_counter()
    count, sent, times, errors = int(run.seconds * run.pace), 0, [], 0
    while len(times) < count:
        due = began + sent / run.pace
        wait = max(0.0, due - time.perf_counter()) if sent < count and free else 30
        for number, _ in poll.poll(wait):
            status = busy[number].received()
            if status is not None:
                made = busy.pop(number)
                times.append(time.perf_counter() - made.started)
                errors += status not in (200, 201)
                free.append(made)
        while sent < count and free and time.perf_counter() >= began + sent / run.pace:
            made = free.pop(0)  # in turn: the server closes a connection that is idle for long
            busy[made.socket.fileno()] = made
            made.send(began + sent / run.pace)
            sent += 1
    times.sort()
    at = [times[min(count - 1, int(count * share))] * 1000 for share in (0.5, 0.99)]
    return Measured(count / (time.perf_counter() - began), *at, times[-1] * 1000, errors)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    given["path"] = Path(given["path"])
    this = Run(**given)
    CODES = (this.path / "codes.txt").read_text().split() if this.what != "ping" else []
    GATEWAYS = json.loads((this.path / "gateways.json").read_text()) if this.what == "telemetry" else []
    REPORTS = itertools.count()
    print(json.dumps(asdict(paced(this) if this.pace else load(this))))
