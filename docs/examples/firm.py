#!/usr/bin/env python3
"""The system of a maintenance firm (维保单位自有系统) in the standard library: technicians, records, photos and
signatures go up under its own numbers, each once, whatever is lost on the way.

    firm.py https://tracker.example TOKEN QUEUE.jsonl     then one line a message, such as
        person P-1 张三 13912345678 T-0001 2025-01-01 2029-01-01
        visit WX-1 7QK2M8D4XRWP3HT visit_half_month 2026-11-30T08:00+08:00 2026-11-30T08:40+08:00 P-1,P-2 WX-1.json
        photo WX-1 A-1-01 room.jpg              of an item of the checklist
        sign WX-1 安全员 signature.png       as the use unit's safety manager drew it
        withdraw WX-1 传错电梯
        ask WX-1                            how the record stands: what it lacks, whether it counts
        lifts                               the lifts of this firm, with what is due next
        checklist LIFT_ID visit_half_month  the items that such a visit answers

WX-1.json holds the answers, as `checklist` asks for them: [{"code": "A-1-01", "answer": "ok"}, ...]. Nothing is
invented here: what the technician did not answer is missing in the record, and the tracker says so.

A message stands in the file before it is sent. No answer, 408, 429 and 5xx: it goes again, as it is, after
Retry-After seconds where that is said. Anything else is an answer: what was refused is printed with its fields
and set aside in QUEUE.refused, for a person.
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
from pathlib import Path

TIMEOUT_S, PAUSE_S, LONGEST_S = 30, 2.0, 60.0
LATER = (0, 408, 429)  # 0: nobody answered
Json = dict


class FirmSystem:
    """Messages on their way to the tracker, in a file that outlives this programme."""

    def __init__(self, host: str, token: str, queue: Path) -> None:
        self.host, self.token, self.queue = host.rstrip("/"), token, queue
        self.messages = (
            [json.loads(row) for row in queue.read_text("utf-8").splitlines()] if queue.exists() else []
        )

    def say(self, row: str) -> None:
        """Queue the message of one line, on disk before anything else is done."""
        what, number, *more = row.split()
        self.messages.append(getattr(self, f"_{what}")(number, *more))
        self._keep()

    def send(self) -> Iterator[str]:
        """Send what waits, in its order; what became of each, a line. It stays where nobody answers."""
        pause = PAUSE_S
        while self.messages:
            message = self.messages[0]
            status, answer, wait = self.request(message["method"], message["path"], message)
            if status in LATER or status >= 500:
                yield f"{status or 'no answer'}: {len(self.messages)} messages wait"
                time.sleep(wait or pause)
                pause = min(LONGEST_S, 2 * pause)
                continue
            pause = PAUSE_S
            if status >= 400:
                with self.queue.with_suffix(".refused").open("a", encoding="utf-8") as file:
                    file.write(json.dumps({"message": message, "answer": answer}, ensure_ascii=False) + "\n")
            self.messages.pop(0)
            self._keep()
            yield f"{status} {message['path']} {self._told(status, answer)}"

    def _told(self, status: int, answer: Json) -> str:
        if status >= 400:
            return f"{answer.get('title', '')} {json.dumps(answer.get('fields', {}), ensure_ascii=False)}"
        if "missing" not in answer:
            return str(answer.get("person_id") or answer.get("photo_id") or "")
        lacks = "; ".join(f"{code}: {text}" for code, text in answer["missing"].items())
        return f"{answer['number']} {answer['state']} counted={answer['counted']} {lacks}".rstrip()

    # --- messages ---

    def _person(self, number: str, name: str, mobile: str, paper: str, since: str, until: str) -> Json:
        certificate = {"number": paper, "valid_from": since, "valid_until": until}
        body = {"record_id": number, "name": name, "mobile": mobile, "certificates": [certificate]}
        return {"method": "POST", "path": "/people", "body": body}

    def _visit(
        self, number: str, lift: str, duty: str, arrived: str, left: str, people: str, answers: str
    ) -> Json:
        body = {
            "record_id": number,
            "lift": lift,
            "duty": duty,
            "arrived": {"at": arrived, "how": "camera"},
            "left": {"at": left, "how": "camera"},
            "technicians": people.split(","),
            "answers": json.loads(Path(answers).read_text("utf-8")),
        }
        return {"method": "POST", "path": "/visits", "body": body}

    def _photo(self, number: str, code: str, file: str) -> Json:
        parts = {"code": code, "source": "camera"}
        return {"method": "POST", "path": f"/visits/{number}/photos", "parts": parts, "file": ["photo", file]}

    def _sign(self, number: str, signer: str, file: str) -> Json:
        path = f"/visits/{number}/signature"
        return {"method": "POST", "path": path, "parts": {"signer": signer}, "file": ["drawing", file]}

    def _withdraw(self, number: str, *reason: str) -> Json:
        body = {"reason": " ".join(reason)}
        return {"method": "POST", "path": f"/visits/{number}/withdrawal", "body": body}

    # --- over the network ---

    def ask(self, what: str, *about: str) -> Json:
        """A question, answered now or not at all."""
        path = {"ask": "/visits/{}", "lifts": "/lifts", "checklist": "/lifts/{}/checklist?duty={}"}[
            what
        ].format(*about)
        return self.request("GET", path, {})[1]

    def request(self, method: str, path: str, message: Json) -> tuple[int, Json, float]:
        """(status, answer, seconds to wait): 0 where nobody answered."""
        headers, content = {"Authorization": f"Bearer {self.token}"}, None
        if "body" in message:
            headers["Content-Type"], content = "application/json", json.dumps(message["body"]).encode()
        elif "file" in message:
            headers["Content-Type"], content = multipart(message["parts"], *message["file"])
        address = f"{self.host}/api/v1/firm{path}"
        request = urllib.request.Request(address, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
                return response.status, json.load(response), 0.0
        except urllib.error.HTTPError as refusal:
            wait = float(refusal.headers.get("Retry-After") or 0)
            try:
                return refusal.code, json.load(refusal), wait
            except ValueError:
                return refusal.code, {}, wait
        except OSError:
            return 0, {}, 0.0

    def _keep(self) -> None:
        beside = self.queue.with_suffix(".new")
        with beside.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(message, ensure_ascii=False) + "\n" for message in self.messages)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.queue)


def multipart(parts: Json, name: str, file: str) -> tuple[str, bytes]:
    """(content type, body) of a form with one file."""
    mark = uuid.uuid4().hex
    head = "".join(
        f'--{mark}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in parts.items()
    )
    shown = f'form-data; name="{name}"; filename="{Path(file).name}"'
    head += f"--{mark}\r\nContent-Disposition: {shown}\r\nContent-Type: application/octet-stream\r\n\r\n"
    body = head.encode() + Path(file).read_bytes() + f"\r\n--{mark}--\r\n".encode()
    return f"multipart/form-data; boundary={mark}", body


def main() -> None:
    host, token, queue = sys.argv[1:]
    system = FirmSystem(host, token, Path(queue))
    for told in system.send():  # what waited from before
        print(told, flush=True)
    for row in sys.stdin:
        words = row.split()
        if words and words[0] in ("ask", "lifts", "checklist"):
            print(json.dumps(system.ask(*words), ensure_ascii=False), flush=True)
        elif words:
            system.say(row)
            for told in system.send():
                print(told, flush=True)


if __name__ == "__main__":
    main()
