#!/usr/bin/env python3
"""A lift's gateway (电梯物联网网关) in the standard library: it reports over HTTP, keeps what was not answered in
a file, and never invents.

    gateway.py https://tracker.example TOKEN QUEUE.jsonl     then one line a message, such as
        7QK2M8D4XRWP3HT up 1200 2400        in service, 1200 runs, 2400 door cycles since it was built
        7QK2M8D4XRWP3HT down                out of service
        7QK2M8D4XRWP3HT fault door          a fault; `alarm trapped` an alarm
        7QK2M8D4XRWP3HT over door           that fault is over

A message stands in the file before it is sent, with the time at which it was made. Sent again after a lost
answer it changes nothing. What the tracker leaves out is for a person: it is printed, and off the queue.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

MOST, TIMEOUT_S, PAUSE_S = 500, 10, 5


class Gateway:
    """Messages on their way to the tracker, in a file that outlives this programme."""

    def __init__(self, host: str, token: str, queue: Path) -> None:
        self.host, self.token, self.queue = host.rstrip("/"), token, queue
        self.events: dict[tuple[str, str], str] = {}  # what is going on: the number of each fault
        self.messages = [json.loads(row) for row in queue.read_text().splitlines()] if queue.exists() else []

    def say(self, row: str) -> None:
        """Queue the message of one line, on disk before anything else is done."""
        lift, what, *more = row.split()
        message: dict[str, object] = {"lift": lift, "at": datetime.now(UTC).isoformat()}
        if what in ("up", "down"):
            message["in_service"] = what == "up"
            message |= dict(zip(("runs", "doors"), map(int, more), strict=False))
        elif what in ("fault", "alarm"):
            event_id = self.events.setdefault((lift, more[0]), str(uuid.uuid4()))
            message |= {"kind": what, "code": more[0], "event_id": event_id}
        else:
            message |= {"kind": "restored", "event_id": self.events.pop((lift, more[0]), str(uuid.uuid4()))}
        self.messages.append(message)
        self._keep()

    def send(self) -> Iterator[str]:
        """Send what waits; what the tracker says of it, a line each. It stays where nobody answers."""
        while self.messages:
            batch = self.messages[:MOST]
            status, answer, wait = self._post({"messages": batch})
            if status != 200:
                yield f"{status or 'no answer'}: {len(self.messages)} messages wait"
                time.sleep(wait)
                return
            for left_out in answer["left_out"]:
                yield f"left out: {left_out['fault']} {left_out['lift']}"
            yield f"taken: {answer['taken']}"
            del self.messages[: len(batch)]
            self._keep()

    def _keep(self) -> None:
        fresh = self.queue.with_suffix(".new")
        with fresh.open("w") as file:
            file.writelines(json.dumps(message) + "\n" for message in self.messages)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.queue)

    def _post(self, body: dict[str, object]) -> tuple[int, dict[str, object], int]:
        request = urllib.request.Request(
            f"{self.host}/api/v1/telemetry",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return response.status, json.load(response), 0
        except urllib.error.HTTPError as error:
            return error.code, {}, int(error.headers.get("Retry-After", PAUSE_S))
        except OSError:
            return 0, {}, PAUSE_S


def main() -> None:
    host, token, queue = sys.argv[1:4]
    gateway = Gateway(host, token, Path(queue))
    for row in sys.stdin:
        if row.strip():
            gateway.say(row)
        for said in gateway.send():
            print(said, flush=True)


if __name__ == "__main__":
    main()
