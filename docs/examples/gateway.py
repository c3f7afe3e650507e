#!/usr/bin/env python3
"""A lift's gateway (电梯物联网网关) in the standard library: it reports over HTTP, keeps what was not answered in
a file, and never invents.

    gateway.py https://tracker.example TOKEN QUEUE.jsonl     then one line a message, such as
        7QK2M8D4XRWP3HT up 1200 2400        in service, 1200 runs, 2400 door cycles since it was built
        7QK2M8D4XRWP3HT down                out of service
        7QK2M8D4XRWP3HT fault door          a fault; `alarm trapped` an alarm
        7QK2M8D4XRWP3HT over door           that fault is over

A message stands in the file before it is sent, with the time at which it was made, and so does the number of
every fault that is going on: after a restart its end still names it. Sent again after a lost answer a message
changes nothing. What the tracker leaves out is for a person: it is printed, and off the queue. When refused,
the gateway waits as long as it is told, and reads on meanwhile; a fault or an alarm does not wait.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

MOST, TIMEOUT_S, PAUSE_S = 500, 10, 5
STATES, EVENTS = ("up", "down"), ("fault", "alarm")


class Gateway:
    """Messages on their way to the tracker, and the faults that are going on, in a file that outlives this
    programme: the faults in its first line, then a message a line."""

    def __init__(self, host: str, token: str, queue: Path) -> None:
        self.host, self.token, self.queue = host.rstrip("/"), token, queue
        first, *rest = queue.read_text("utf-8").splitlines() if queue.exists() else ["{}"]
        self.events: dict[str, str] = json.loads(first)  # "lift kind code": the number of that fault
        self.messages = [json.loads(row) for row in rest]
        self.not_before = 0.0  # of time.monotonic()

    def say(self, row: str) -> str:
        """Queue the message of one line, on disk before anything else is done; why not, where it says
        nothing."""
        match row.split():
            case [lift, what, *counted] if (
                what in STATES and len(counted) < 3 and all(map(str.isdecimal, counted))
            ):
                counters = dict(zip(("runs", "doors"), map(int, counted), strict=False))
                self._queue(lift, in_service=what == "up", **counters)
            case [lift, what, code] if what in EVENTS:
                event_id = self.events.setdefault(f"{lift} {what} {code}", str(uuid.uuid4()))
                self.not_before = 0.0
                self._queue(lift, kind=what, code=code, event_id=event_id)
            case [lift, "over", code]:
                over = [name for kind in EVENTS if (name := f"{lift} {kind} {code}") in self.events]
                for name in over:
                    self._queue(lift, kind="restored", event_id=self.events.pop(name))
                return "" if over else f"not going on: {row.strip()}"
            case _:
                return f"not understood: {row.strip()}"
        return ""

    def send(self) -> Iterator[str]:
        """Send what waits; what the tracker says of it, a line each. It stays where nobody answers."""
        while self.messages and time.monotonic() >= self.not_before:
            batch = self.messages[:MOST]
            status, answer, wait_s = self.post({"messages": batch})
            if status != 200:
                self.not_before = time.monotonic() + wait_s
                yield f"{status or 'no answer'}: {len(self.messages)} messages wait"
                return
            for left_out in answer["left_out"]:
                taken = "taken with the time of arrival" if left_out["fault"] == "clock" else "left out"
                yield f"{taken}: {left_out['fault']} {left_out['lift']}"
            yield f"taken: {answer['taken']}"
            del self.messages[: len(batch)]
            self._keep()

    def post(self, body: dict[str, object]) -> tuple[int, dict[str, Any], float]:
        """(status, answer, seconds to wait before the next try); 0 where no whole answer came."""
        request = urllib.request.Request(
            f"{self.host}/api/v1/telemetry",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return response.status, json.load(response), 0
        except urllib.error.HTTPError as error:
            with error:
                told = error.headers.get("Retry-After", "")
            return error.code, {}, int(told) if told.isdecimal() else PAUSE_S
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}, PAUSE_S

    def _queue(self, lift: str, **more: object) -> None:
        self.messages.append({"lift": lift, "at": datetime.now(UTC).isoformat(), **more})
        self._keep()

    def _keep(self) -> None:
        fresh = self.queue.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in (self.events, *self.messages))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.queue)


def main() -> None:
    host, token, queue = sys.argv[1:4]
    gateway = Gateway(host, token, Path(queue))
    for row in chain([""], sys.stdin):  # first what an earlier run has left
        if row.strip() and (why_not := gateway.say(row)):
            print(why_not, flush=True)
        for answer in gateway.send():
            print(answer, flush=True)


if __name__ == "__main__":
    main()
