#!/usr/bin/env python3
"""A scale controller (充装秤控制器) in the standard library: scan, verdict, valve, weight, result.

    controller.py https://tracker.example TOKEN QUEUE.jsonl     then one line a bottle: CODE GROSS_G

What it shows, and what a real controller must do as well:

- The valve opens on `allowed: true` and on nothing else: no answer, no gas. (A station that fills without a
  network needs the signed list, GET /api/v1/fills/passes; this programme does not.)
- Every message has an id of the controller's own making and is written to a file before it is sent. When the
  answer is lost it goes again as it is, and is answered as before: nothing is recorded twice.
- The file outlives a restart. What went in is kept until the tracker has taken it.
- 200, 201: done. A code that GET /api/v1/errors calls `retryable`: the same again later. A token that was
  refused: everything stays. Anything else is for a person: it is set aside, with the answer, in QUEUE.refused.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

NO_NETWORK, TIMEOUT_S, AGAIN_S, ATTEMPTS = 0, 10, 2.0, 5
KEEP_QUEUE = (401, 403)
UNKNOWN = "unknown_fill"  # its scan was answered, so sending that again helps nobody
Json = dict


class Queue:
    """Messages in their order, one a line, on disk before they are sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages: list[Json] = []
        for text in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                message = json.loads(text)
                message["result"]["queued"] = True
                self.messages.append(message)
            except ValueError:
                break  # the power went while this line was written: it was never sent

    def add(self, message: Json) -> None:
        self.messages.append(message)
        self._write()

    def done(self, message: Json) -> None:
        self.messages.remove(message)
        self._write()

    def refuse(self, message: Json, status: int, answer: Json) -> None:
        """Set aside for a person, before it leaves the queue."""
        with self.path.with_suffix(".refused").open("a", encoding="utf-8") as file:
            file.write(json.dumps({"message": message, "status": status, "answer": answer}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        self.done(message)

    def _write(self) -> None:
        """The whole file anew, beside the old one, so that a power cut leaves one or the other."""
        beside = self.path.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(message) + "\n" for message in self.messages)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)


class Controller:
    """One scale: `open_valve` and `close_valve` are its hardware."""

    def __init__(
        self,
        host: str,
        token: str,
        queue: Path,
        *,
        gas: str = "LPG",
        open_valve: Callable[[], None] = lambda: None,
        close_valve: Callable[[], None] = lambda: None,
    ) -> None:
        self.host, self.token, self.gas = host.rstrip("/"), token, gas
        self.open_valve, self.close_valve = open_valve, close_valve
        self.queue = Queue(queue)
        self.retryable: set[str] = set()

    def send(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json]:
        """(status, answer); NO_NETWORK where none came."""
        request = urllib.request.Request(
            f"{self.host}/api/v1{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            try:
                return error.code, json.load(error)
            except (OSError, ValueError):
                return error.code, {}
        except (OSError, ValueError):
            return NO_NETWORK, {}

    def may_go_again(self, status: int, answer: Json) -> bool:
        """Whether the same message is sent again later: no answer, or a code that the table calls so."""
        if status == NO_NETWORK or status >= 500:
            return True
        if not self.retryable:
            rows = self.send("GET", "/errors")[1].get("errors", ())
            self.retryable = {row["code"] for row in rows if row["retryable"]}
        return answer.get("code") in self.retryable

    def scan(self, code: str) -> str | None:
        """The id of the fill where the bottle may be filled; None where it may not, or nobody could say."""
        scan_id = str(uuid.uuid4())
        body = {"scan_id": scan_id, "code": code, "gas": self.gas, "happened_at": now()}
        for _attempt in range(ATTEMPTS):
            status, answer = self.send("POST", "/fills", body)
            if status in (200, 201):
                for reason in answer["reasons"]:
                    print(f"{reason['code']} {reason['text']}")
                return answer["fill_id"] if answer["allowed"] else None
            if not self.may_go_again(status, answer):
                print(f"{answer.get('code', status)}: {answer.get('title', '')} {answer.get('fields', '')}")
                return None
            time.sleep(AGAIN_S)
        return None

    def fill(self, code: str, weigh: Callable[[], int]) -> bool:
        """One bottle from scan to result; whether gas went in."""
        self.flush()
        fill_id = self.scan(code)
        if fill_id is None:
            return False
        self.open_valve()
        try:
            gross_g = weigh()
        finally:
            self.close_valve()
        result = {"result_id": str(uuid.uuid4()), "happened_at": now(), "gross_g": gross_g}
        self.queue.add({"fill_id": fill_id, "result": result})
        self.flush()
        return True

    def flush(self) -> None:
        """Send what waits, in order, until something has to wait. Of a message that was written down before
        this call nobody knows whether it arrived: the same id makes that harmless."""
        while self.queue.messages:
            message = self.queue.messages[0]
            status, answer = self.send("PUT", f"/fills/{message['fill_id']}/result", message["result"])
            if status in (200, 201):
                self.queue.done(message)
            elif answer.get("code") != UNKNOWN and (
                status in KEEP_QUEUE or self.may_go_again(status, answer)
            ):
                message["result"]["queued"] = True  # it waits from now on: it counts when it happened
                return
            else:
                self.queue.refuse(message, status, answer)


def now() -> str:
    return datetime.now(UTC).isoformat()


def main() -> None:
    host, token, queue = sys.argv[1:4]
    controller = Controller(
        host,
        token,
        Path(queue),
        open_valve=lambda: print("valve open", flush=True),
        close_valve=lambda: print("valve closed", flush=True),
    )
    controller.flush()
    for text in sys.stdin:
        code, gross_g = text.split()
        filled = controller.fill(code, lambda: int(gross_g))  # noqa: B023  (weighed before the next line)
        print("filled" if filled else "not filled", flush=True)


if __name__ == "__main__":
    main()
