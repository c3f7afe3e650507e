"""iCalendar (RFC 5545): days of a person as a file that any calendar program reads. Pure. The library
`icalendar` (7.3) is not used: it takes 5 MB of every web process for one kind of event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

LINE_OCTETS = 75  # of a line; what is longer is folded (3.1)
MAKER = "-//Special Equipment Lifecycle Tracker//calendar//ZH"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One whole day of somebody's calendar. `key` never changes; `sequence` grows with every change, so that
    a program takes the newer of two."""

    key: str
    on: date
    title: str
    sequence: int = 0
    place: str = ""
    note: str = ""
    url: str = ""
    cancelled: bool = False


def escaped(text: str) -> str:
    """A text value (3.3.11)."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> Iterator[str]:
    """A content line as lines of at most 75 octets, never cutting a character; what goes on begins with a
    blank."""
    room, part = LINE_OCTETS, ""
    for sign in line:
        size = len(sign.encode())
        if size > room:
            yield part
            part, room = " ", LINE_OCTETS - 1
        part, room = part + sign, room - size
    yield part


def calendar_text(days: Iterable[CalendarDay], *, name: str, host: str, at: datetime) -> str:
    """The whole calendar; `host` makes the keys unique in the world."""
    stamp = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{MAKER}",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
        "X-PUBLISHED-TTL:PT6H",
    ]
    for day in days:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{day.key}@{host}",
            f"DTSTAMP:{stamp}",
            f"SEQUENCE:{day.sequence}",
            f"DTSTART;VALUE=DATE:{day.on:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day.on + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{escaped(day.title)}",
            *([f"LOCATION:{escaped(day.place)}"] if day.place else []),
            *([f"DESCRIPTION:{escaped(day.note)}"] if day.note else []),
            *([f"URL:{day.url}"] if day.url else []),
            f"STATUS:{'CANCELLED' if day.cancelled else 'CONFIRMED'}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))
