#!/usr/bin/env python3
"""A scale controller (充装秤控制器) in the standard library: scan, verdict, valve, weight, result, with and
without a network.

    controller.py https://tracker.example TOKEN QUEUE.jsonl     then one line a bottle: CODE GROSS_G

What it shows, and what a real controller must do as well:

- The valve opens on `allowed: true`, or, while nobody answers, on the signed list (GET /fills/passes) saying
  so. A refusal, a token that is not taken or a message that is wrong never fall back to the list.
- The list is believed while its signature (ECDSA P-256) is by a key that was pinned at the first start, its
  digest is right, its time has not run out and the clock shows no less than it ever did. A newer one comes as
  the difference to the one there is; 304 says that this one holds.
- Every message has an id of the controller's own making and stands in a file before it is sent. The file is
  NDJSON and goes up as it is (POST /fills/batch): each line has a receipt. When the answer is lost the lines
  go again and are answered as before: nothing is recorded twice.
- `new`, `refused`, `replay`: off the queue. `invalid` with a code that GET /errors calls `retryable`: again
  later. Else it is for a person: set aside, with its receipt, in QUEUE.refused.
- 429, 5xx and silence: later, after `Retry-After` where it is said, else after twice the pause each time. 401
  and 403: everything stays, nothing is sent for a minute.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
import time
import unicodedata
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

NO_NETWORK, TIMEOUT_S, ATTEMPTS = 0, 10, 3
AGAIN_S, LONGEST_S, PATIENCE_S = 2.0, 60.0, 5.0  # pauses; how long a person at the scale waits for a verdict
SLACK = timedelta(minutes=2)  # by how much a clock may go back
LINES = 1_000  # of one batch
NO_ENTRY = (401, 403)
UNKNOWN = "unknown_fill"  # its scan went before it, so sending it again helps nobody
SITE = timezone(timedelta(hours=8))  # Asia/Shanghai: days end here
FIRST_DAY = date(2020, 1, 1)
Json = dict


class Answer(NamedTuple):
    """`status` is NO_NETWORK where none came; the receipts of a batch stand in `body["receipts"]`."""

    status: int
    body: Json
    retry_after: str = ""
    etag: str = ""


# --- what is kept on disk ---


def write_whole(path: Path, text: str) -> None:
    """Beside the old file, then in its place, so that a power cut leaves one or the other."""
    beside = path.with_suffix(path.suffix + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


class Queue:
    """Messages in their order, one a line, on disk before they are sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.messages: list[Json] = []
        for text in path.read_text("utf-8").splitlines() if path.exists() else ():
            try:
                self.messages.append(json.loads(text) | {"queued": True})
            except (ValueError, TypeError):
                break  # the power went while this line was written: it was never sent

    def add(self, *messages: Json) -> None:
        self.messages += messages
        self._write()

    def wait(self) -> None:
        """What stays waits from now on: it counts when it happened."""
        if not all(message.get("queued") for message in self.messages):
            for message in self.messages:
                message["queued"] = True
            self._write()

    def take_off(self, receipts: list[Json], is_retryable: Callable[[str], bool]) -> None:
        """Receipts name their line; a message that nobody will take is set aside before it leaves."""
        stay = []
        by_line = {receipt["line_no"]: receipt for receipt in receipts}
        for line_no, message in enumerate(self.messages, 1):
            receipt = by_line.get(line_no)
            is_bad = receipt is not None and receipt["outcome"] == "invalid"
            if receipt is None or (is_bad and receipt["code"] != UNKNOWN and is_retryable(receipt["code"])):
                stay.append(message)
            elif is_bad:
                with self.path.with_suffix(".refused").open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"message": message, "receipt": receipt}) + "\n")
                    file.flush()
                    os.fsync(file.fileno())
        self.messages = stay
        self._write()

    def _write(self) -> None:
        write_whole(self.path, "".join(json.dumps(message) + "\n" for message in self.messages))


# --- the signed list ---

# P-256 (FIPS 186-5). Verifying needs no secrets, so plain numbers do.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def plus(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % P == 0:
            return None
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P) % P
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P) % P
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(number: int, point: Point) -> Point:
    total: Point = None
    while number:
        if number & 1:
            total = plus(total, point)
        point, number = plus(point, point), number >> 1
    return total


def is_signed(message: bytes, signature: bytes, key: Json) -> bool:
    """Whether this signature (r and s, one behind the other) of the message is by this key (JWK)."""
    x, y = (int.from_bytes(base64.urlsafe_b64decode(key[name] + "=="), "big") for name in "xy")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < N and 0 < s < N) or (y * y - x * x * x + 3 * x - B) % P:
        return False
    digest, inverse = int.from_bytes(hashlib.sha256(message).digest(), "big"), pow(s, -1, N)
    point = plus(times(digest * inverse % N, G), times(r * inverse % N, (x, y)))
    return point is not None and point[0] % N == r


def normal(text: str) -> str:
    """The form in which numbers are compared; of an address its last part."""
    last = unicodedata.normalize("NFKC", text).strip().split("?")[0].rstrip("/").rpartition("/")[2]
    return "".join(letter for letter in last.upper() if letter not in " -—–−‐‑")


class PassList:
    """The bottles that may be filled while nobody answers, as the tracker signed them; kept in a file, which
    is believed no more than the network is."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kept = json.loads(path.read_text("utf-8")) if path.exists() else {}
        self.keys: list[Json] = kept.get("keys", [])  # pinned at the first start
        self.head_text: str = kept.get("head", "")
        self.signatures: list[Json] = kept.get("signatures", [])
        self.text: str = kept.get("text", "")
        self.etag: str = kept.get("etag", "")
        self.highest: str = kept.get("highest", "")  # no clock shows less than it ever did
        self.filled: dict[str, str] = kept.get("filled", {})  # by line: when this scale filled it
        if self.head_text and not self._is_genuine(self.head_text, self.signatures, self.text):
            self.head_text = self.text = self.etag = ""

    def refresh(self, send: Callable[..., Answer]) -> None:
        """Ask for a newer list; without an answer, or with one that is not right, the one there is stays."""
        if not self.keys:
            self.keys = send("GET", "/fills/passes/keys").body.get("keys", [])
        base = f"?base={hashlib.sha256(self.text.encode()).hexdigest()}" if self.head_text else ""
        answer = send(
            "GET", f"/fills/passes{base}", headers={"If-None-Match": self.etag} if self.etag else {}
        )
        if answer.status != 200:
            return
        lines = self.text.split("\n") if answer.body["base"] and self.text else []
        gone = set(answer.body["gone"])
        came = answer.body["came"].split("\n") if answer.body["came"] else []
        text = "\n".join(sorted([line for place, line in enumerate(lines) if place not in gone] + came))
        if not self._is_genuine(answer.body["head"], answer.body["signatures"], text):
            return
        self.head_text, self.signatures = answer.body["head"], answer.body["signatures"]
        self.text, self.etag = text, answer.etag
        self.keys = self.head["keys"]  # a key of the ring vouches for the newest
        self.keep()

    def _is_genuine(self, head: str, signatures: list[Json], text: str) -> bool:
        keys = {key["kid"]: key for key in self.keys}
        if json.loads(head)["digest"] != hashlib.sha256(text.encode()).hexdigest():
            return False
        return any(
            is_signed(head.encode(), base64.b64decode(one["sig"]), keys[one["kid"]])
            for one in signatures
            if one["kid"] in keys
        )

    @property
    def head(self) -> Json:
        return json.loads(self.head_text) if self.head_text else {}

    def verdict(self, code: str, gas: str, bay: str, now: datetime) -> tuple[str, str]:
        """(the bottle's line, why it may not be filled); a line and no reason: it may."""
        head = self.head
        if not head:
            return "", "no list"
        seen = [datetime.fromisoformat(text) for text in (head["as_of"], self.highest) if text]
        if now < max(seen) - SLACK:
            return "", "the clock shows too little"
        if now > datetime.fromisoformat(head["expires_at"]):
            return "", "the list has run out"
        number = normal(code)
        found = [line for line in self.text.split("\n") if number in map(normal, self._numbers(line))]
        if len(found) != 1:
            return "", "not in the list" if not found else "several bottles have this number"
        return found[0], self._against(head, found[0], gas, bay, now)

    @staticmethod
    def _numbers(line: str) -> list[str]:
        parts = [*line.split("\t"), *[""] * 7]
        return [number for number in (parts[0], parts[5], parts[6], *parts[7].split(" ")) if number]

    def _against(self, head: Json, line: str, gas: str, bay: str, now: datetime) -> str:
        _code, medium, until, *_more = [*line.split("\t"), "", ""]
        today = now.astimezone(SITE).date()
        scale = next((one for one in head["scales"] if (one["bay"], one["gas"]) == (bay, gas)), None)
        filled = self.filled.get(line)
        if medium != gas:
            return "another gas"
        if until and FIRST_DAY + timedelta(days=int(until, 36)) < today:
            return "its day is past"
        if head["licences"].get(gas, "") < today.isoformat():
            return "the licence has ended"
        if max(head["people"].values(), default="") < today.isoformat():
            return "nobody's certificate holds"
        if scale is not None and scale["until"] < today.isoformat():
            return "the scale is past its verification"
        if filled and now < datetime.fromisoformat(filled) + timedelta(minutes=head["refill_minutes"]):
            return "filled here a moment ago"
        return ""

    def note_time(self, now: datetime) -> None:
        if not self.highest or now > datetime.fromisoformat(self.highest):
            self.highest = now.isoformat()

    def note_filled(self, line: str, now: datetime) -> None:
        self.filled[line] = now.isoformat()
        self.keep()

    def keep(self) -> None:
        write_whole(
            self.path,
            json.dumps(
                {
                    "keys": self.keys,
                    "head": self.head_text,
                    "signatures": self.signatures,
                    "text": self.text,
                    "etag": self.etag,
                    "highest": self.highest,
                    "filled": self.filled,
                }
            ),
        )


# --- the controller ---


class Controller:
    """One scale: `open_valve` and `close_valve` are its hardware."""

    def __init__(
        self,
        host: str,
        token: str,
        queue: Path,
        *,
        gas: str = "LPG",
        bay: str = "",
        open_valve: Callable[[], None] = lambda: None,
        close_valve: Callable[[], None] = lambda: None,
    ) -> None:
        self.host, self.token, self.gas, self.bay = host.rstrip("/"), token, gas, bay
        self.open_valve, self.close_valve = open_valve, close_valve
        self.queue = Queue(queue)
        self.passes = PassList(queue.with_suffix(".passes"))
        self.retryable: set[str] = set()
        self.pause_s, self.not_before = AGAIN_S, 0.0

    def send(
        self, method: str, path: str, body: Json | list[Json] | None = None, headers: Json | None = None
    ) -> Answer:
        """One request: a list goes as NDJSON. Whatever goes wrong on the way is no answer."""
        data, kind = None, "application/json"
        if isinstance(body, list):
            data, kind = "".join(json.dumps(one) + "\n" for one in body).encode(), "application/x-ndjson"
        elif body is not None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.host}/api/v1{path}",
            data=data,
            method=method,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": kind, **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                raw, etag = response.read(), response.headers.get("ETag", "")
                if response.headers.get_content_type() == "application/x-ndjson":
                    return Answer(
                        response.status, {"receipts": [json.loads(text) for text in raw.splitlines()]}
                    )
                return Answer(response.status, json.loads(raw), etag=etag)
        except urllib.error.HTTPError as error:
            retry_after = error.headers.get("Retry-After", "")
            try:
                return Answer(error.code, json.load(error), retry_after)
            except (OSError, ValueError):
                return Answer(error.code, {}, retry_after)
        except (OSError, ValueError):
            return Answer(NO_NETWORK, {})

    def is_retryable(self, code: str) -> bool:
        """Whether the table of errors says that the same message may go again."""
        if not self.retryable:
            rows = self.send("GET", "/errors").body.get("errors", ())
            self.retryable = {row["code"] for row in rows if row["retryable"]}
        return code in self.retryable

    def may_go_again(self, answer: Answer) -> bool:
        if answer.status == NO_NETWORK or answer.status == 429 or answer.status >= 500:
            return True
        return self.is_retryable(answer.body.get("code", ""))

    def wait_s(self, answer: Answer) -> float:
        """For how long nothing is sent: as long as the answer says, else twice as long each time."""
        if answer.retry_after.isdigit():
            return float(answer.retry_after)
        self.pause_s = min(self.pause_s * 2, LONGEST_S)
        return self.pause_s / 2

    def scan(self, code: str) -> str | None:
        """The id of the fill where the bottle may be filled; None where it may not, or nobody could say."""
        body = {"scan_id": str(uuid.uuid4()), "code": code, "gas": self.gas, "happened_at": now().isoformat()}
        if self.bay:
            body["bay"] = self.bay
        patient_until = time.monotonic() + PATIENCE_S
        for _attempt in range(ATTEMPTS):
            answer = self.send("POST", "/fills", body)
            if answer.status in (200, 201):
                self.pause_s = AGAIN_S
                for reason in answer.body["reasons"]:
                    print(f"{reason['code']} {reason['text']}")
                return answer.body["fill_id"] if answer.body["allowed"] else None
            if not self.may_go_again(answer):
                print(f"{answer.body.get('code', answer.status)}: {answer.body.get('title', '')}")
                return None
            pause = self.wait_s(answer)
            if time.monotonic() + pause > patient_until:
                break
            time.sleep(pause)
        return self.scan_by_list(code)

    def scan_by_list(self, code: str) -> str | None:
        """Nobody answers: the list says whether. A scan of its own, for whether the other one arrived is not
        known; that it was let through by the list is part of what it says."""
        at = now()
        line, why = self.passes.verdict(code, self.gas, self.bay, at)
        if why:
            print(f"no answer, and by the list: {why}")
            return None
        self.passes.note_filled(line, at)  # before gas flows: a power cut must not forget it
        scan = {
            "scan_id": str(uuid.uuid4()),
            "code": code,
            "gas": self.gas,
            "happened_at": at.isoformat(),
            "queued": True,
            "passed": {"sequence": self.passes.head["sequence"]},
        }
        until = [*line.split("\t"), "", ""][2]
        if until:
            scan["passed"]["until"] = (FIRST_DAY + timedelta(days=int(until, 36))).isoformat()
        self.queue.add(scan | ({"bay": self.bay} if self.bay else {}))
        return scan["scan_id"]

    def fill(self, code: str, weigh: Callable[[], int]) -> bool:
        """One bottle from scan to result; whether gas went in."""
        self.passes.note_time(now())
        self.flush()
        fill_id = self.scan(code)
        if fill_id is None:
            return False
        self.open_valve()
        try:
            gross_g = weigh()
        finally:
            self.close_valve()
        self.queue.add(
            {
                "fill_id": fill_id,
                "result_id": str(uuid.uuid4()),
                "happened_at": now().isoformat(),
                "gross_g": gross_g,
            }
        )
        self.flush()
        return True

    def flush(self) -> None:
        """Send what waits, in order, until something has to wait. Of a line that was written down before this
        call nobody knows whether it arrived: its id makes that harmless."""
        while self.queue.messages and time.monotonic() >= self.not_before:
            before = len(self.queue.messages)
            answer = self.send("POST", "/fills/batch", self.queue.messages[:LINES])
            if answer.status == 200:
                self.pause_s = AGAIN_S
                self.queue.take_off(answer.body["receipts"], self.is_retryable)
                if len(self.queue.messages) < before:
                    continue
            self.queue.wait()
            pause = LONGEST_S if answer.status in NO_ENTRY else self.wait_s(answer)
            self.not_before = time.monotonic() + pause
            return

    def idle(self) -> None:
        """Between bottles, every few minutes: a newer list, and whatever waits."""
        self.passes.note_time(now())
        self.passes.refresh(self.send)
        self.flush()


def now() -> datetime:
    return datetime.now(UTC)


def main() -> None:
    host, token, queue = sys.argv[1:4]
    controller = Controller(
        host,
        token,
        Path(queue),
        open_valve=lambda: print("valve open", flush=True),
        close_valve=lambda: print("valve closed", flush=True),
    )
    controller.idle()
    for text in sys.stdin:
        code, gross_g = text.split()
        filled = controller.fill(code, lambda: int(gross_g))  # noqa: B023  (weighed before the next line)
        print("filled" if filled else "not filled", flush=True)
        controller.idle()


if __name__ == "__main__":
    main()
