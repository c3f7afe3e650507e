"""The words of /integrate, section by section, with the numbers of the code in them and examples that a test
runs."""

from __future__ import annotations

from typing import NamedTuple

from equipment.core.config import Settings
from equipment.core.words import N_, Message
from equipment.fills.batch_forms import LONGEST_LINE, MOST_RESULTS, MOST_SCANS
from equipment.fills.weight_rules import MOST_CHARGES, MOST_G
from equipment.shell.rsgi import WINDOW_S
from equipment.web.api import BUSY_S
from equipment.web.cursors import MOST_ROWS, SETTLED

AUTH = '-H "Authorization: Bearer $TOKEN"'
JSON_BODY = "-H 'Content-Type: application/json'"


class CurlExample(NamedTuple):
    """Commands as they are typed, and what is printed: JSON, of which fields may lack here, and the
    status."""

    title: str
    commands: str
    printed: str


class PageSection(NamedTuple):
    """A section of the page: its title, its paragraphs, its examples."""

    key: str
    title: str
    paragraphs: tuple[Message | str, ...]
    examples: tuple[CurlExample, ...] = ()


def curl(path: str, *options: str) -> str:
    return " \\\n  ".join((f"curl -s -w '\\n%{{http_code}}\\n' \"$HOST/api/v1{path}\"", *options))


SCAN = CurlExample(
    N_("A bottle is scanned"),
    "SCAN=$(cat /proc/sys/kernel/random/uuid) AT=$(date -Iseconds)\n"
    + curl(
        "/fills",
        f"{AUTH} {JSON_BODY}",
        '-d \'{"scan_id": "\'$SCAN\'", "code": "\'$CODE\'", "gas": "LPG", '
        '"happened_at": "\'$AT\'", "bay": "3"}\'',
    ),
    '{"allowed": true, "reasons": []}\n201',
)
AGAIN = CurlExample(N_("The same message again: its answer again"), SCAN.commands.partition("\n")[2], "")
CHECKS = CurlExample(
    N_("The look-over before filling"),
    curl(
        "/fills/$SCAN/checks",
        f"-X PUT {AUTH} {JSON_BODY}",
        '-d \'{"happened_at": "\'$AT\'", "checks": {"P01": true, "P02": true, "P03": true}}\'',
    ),
    '{"state": "open"}\n200',
)
RESULT = CurlExample(
    N_("What the scale shows after filling"),
    curl(
        "/fills/$SCAN/result",
        f"-X PUT {AUTH} {JSON_BODY}",
        '-d \'{"happened_at": "\'$AT\'", "gross_g": 31000, '
        '"post_checks": {"Q01": true, "Q02": true, "Q03": true}}\'',
    ),
    '{"state": "filled", "net_g": 14500}\n200',
)
UNKNOWN = CurlExample(
    N_("A code that nobody knows: no gas"),
    curl(
        "/fills",
        f"{AUTH} {JSON_BODY}",
        '-d \'{"scan_id": "\'$(cat /proc/sys/kernel/random/uuid)\'", "code": "NOBODY-1", "gas": "LPG", '
        '"happened_at": "\'$AT\'"}\'',
    ),
    '{"allowed": false}\n201',
)
PASSES = CurlExample(
    N_("The list, and whether there is a newer one"),
    curl("/fills/passes", f"{AUTH} --compressed -D head.txt -o passes.json")
    + "\nTAG=$(tr -d '\\r' < head.txt | sed -n 's/^[Ee][Tt]ag: //p')\n"
    + curl("/fills/passes", f'{AUTH} -H "If-None-Match: $TAG"'),
    "200\n304",
)
BATCH = CurlExample(
    N_("Two lines: a scan that is on record already, and half a line"),
    'printf \'%s\\n\' \'{"scan_id": "\'$SCAN\'", "code": "\'$CODE\'", "gas": "LPG", "happened_at": "\'$AT\'",'
    ' "bay": "3"}\' \'{"scan_id": "7\' |\n'
    + curl("/fills/batch", f"{AUTH} -H 'Content-Type: application/x-ndjson' --data-binary @-"),
    '{"line_no": 1, "kind": "scan", "outcome": "replay", "status": 200, "allowed": true}\n'
    '{"line_no": 2, "kind": "scan", "outcome": "invalid", "status": 422, "code": "invalid"}\n200',
)
READING_ON = CurlExample(
    N_("What changed among the bottles"),
    curl("/cylinders?limit=50", AUTH),
    '{"cylinders": [{"removed": null, "status": "in_use"}], "more": false}\n200',
)
NO_TOKEN = CurlExample(
    N_("Without a token"), curl("/fills/open"), '{"status": 401, "code": "unknown_sender"}\n401'
)


def sections(settings: Settings) -> tuple[PageSection, ...]:
    """Everything that stands before the tables, in the order in which an engineer needs it."""
    return (
        PageSection(
            "token",
            N_("Who asks: a token"),
            (
                N_(
                    "The manager of a station, maintenance firm, inspection body or use unit enrols each "
                    "device under Organisation → Devices and sees its token once. Send it in every request "
                    "as `Authorization: Bearer <token>`; no cookie, no CSRF token. A token that was revoked "
                    "is refused within five seconds (`unknown_sender`): keep the queue and ask for a new one."
                ),
                N_(
                    "A device sees and writes what its organisation may. Which kind of device a route takes "
                    "stands with the route; others are answered `wrong_device`. Give every scale a token of "
                    "its own: its records name it, and one that is lost is revoked alone."
                ),
                N_(
                    "To try things out without touching the records of a station, ask the administrator for "
                    "a sandbox (沙箱): an organisation for tests whose fills, bottles and people stand in no "
                    "list, figure or export. Everything on this page works there as it does for a real "
                    "station."
                ),
            ),
            (NO_TOKEN,),
        ),
        PageSection(
            "scan",
            N_("The first scan"),
            (
                N_(
                    "The sender makes the id of every message (a UUID, best of version 7). Send what the gun "
                    "read as `code`: our label or its address, the maker's QR, an RFID, or a number that was "
                    "typed. The answer is the verdict: open the valve on `allowed: true` and on nothing "
                    "else. No answer is a no."
                ),
                N_(
                    "`operator` names who fills by the number of his card or of his filling certificate; "
                    "without it it is the person of the token. `bay` is the place of the scale; the scale "
                    "that is on file there is the one that weighed."
                ),
            ),
            (SCAN, AGAIN),
        ),
        PageSection(
            "checks",
            N_("Look-over and result"),
            (
                N_(
                    "The items that are asked of this bottle come with the verdict (`checks`). Answers may "
                    "stand in the scan, in a message of their own, or in the result. One that fails refuses "
                    "the fill and stays with the bottle until it was treated."
                ),
                N_(
                    "The result carries `gross_g` where the gas is weighed, `pressure_kpa` and "
                    "`temperature_dc` elsewhere. The id of the fill is that of its first scan. `overfilled` "
                    "asks for a second result after drawing down; a result is a fact and is recorded even "
                    "where gas should not have gone in."
                ),
            ),
            (CHECKS, RESULT),
        ),
        PageSection(
            "refusal",
            N_("When the answer is no"),
            (
                N_(
                    "A refusal is no error: 201 with `allowed: false` and every reason with its clause. Show "
                    "the texts and keep the valve shut. What was done with the bottle is `POST "
                    "/fills/<id>/treatment`. A bottle that was filled a short while ago (R31) needs a "
                    "`reason` to be filled again."
                ),
            ),
            (UNKNOWN,),
        ),
        PageSection(
            "offline",
            N_("Without a network: the signed list"),
            (
                N_(
                    "`GET /fills/passes` is the list of the station's bottles that may be filled without "
                    "asking, each until a day. Ask every few minutes with the `ETag` you have (304: what you "
                    "have still holds), and with `base`, the digest of the list you hold: then only what "
                    "differs comes (`gone`, the places of lines that go; `came`, lines that come; sort, and "
                    "the SHA-256 must be the digest of the head)."
                ),
                N_(
                    "`head` is a text; `signatures` sign its bytes with ECDSA P-256 and SHA-256 (r and s, 32 "
                    "bytes each, in base64). Pin the key of `GET /fills/passes/keys` when the device is set "
                    "up. A line is code, gas, last day, tare, highest gross, own number, serial and other "
                    "numbers, with tabs between; days since 2020-01-01 and grams in base 36."
                ),
                N_(
                    "No gas where the signature, station or device is not right, where the clock shows less "
                    "than it ever did, where the list has expired (`expires_at`), where the licence for the "
                    "gas or the person's certificate has ended (`licences`, `people`), where the bottle is "
                    "not in the list or its day is past, and where this device filled it itself since. What "
                    "was filled so is sent later with `queued` and `passed`."
                ),
            ),
            (PASSES,),
        ),
        PageSection(
            "batch",
            N_("What waited: batches"),
            (
                Message(
                    N_(
                        "`POST /fills/batch` takes up to %(most)s lines (NDJSON): scans, look-overs, results "
                        "and whole fills, in their order, each with `queued: true`. Every line has a "
                        "receipt: `new`, `refused` (recorded, its verdict is no) and `replay` leave the "
                        "queue, `invalid` names code, fields and hint. One bad line spoils only itself."
                    ),
                    {"most": MOST_SCANS},
                ),
                N_(
                    "Write a message to a file before it is sent, and take it off when its receipt is there. "
                    "After a cut send the same lines again: what is on record is a replay, nothing is "
                    "recorded twice."
                ),
            ),
            (BATCH,),
        ),
        PageSection(
            "retries",
            N_("Again or not"),
            (
                Message(
                    N_(
                        "200, 201: done. No answer, 408, 429, 5xx: the same message again, after "
                        "`Retry-After` seconds where it is said (%(busy)s where the system is busy), with "
                        "twice the pause each time up to a minute. 401, 403: keep everything, ask a person. "
                        "Anything else: set the message aside for a person and go on with the next; sent as "
                        "it is it will never be taken."
                    ),
                    {"busy": BUSY_S},
                ),
                N_(
                    "The same id with the same content is answered as before and adds nothing; with other "
                    "content it is 409 `other_content`, whose `fields` name the difference. So repeat as "
                    "often as needed, and never give one id twice."
                ),
            ),
        ),
        PageSection(
            "clocks",
            N_("Clocks"),
            (
                N_(
                    "Times are RFC 3339 with their offset (`2026-11-23T08:30:00+08:00`). A live message "
                    "counts when it arrives; a clock that is off is flagged (`drift`). A message that "
                    "waited says `queued` and counts at `happened_at`, if the device spoke to us before "
                    "that. A clock at 1970 or in the future is believed by nobody: the record is kept, "
                    "counts when it arrived and is marked as disputed (待核实). Set clocks by NTP."
                ),
            ),
        ),
        PageSection(
            "units",
            N_("Units and weights"),
            (
                Message(
                    N_(
                        "Weights are whole grams, pressures whole kPa (gauge), temperatures tenths of a "
                        "degree Celsius; a number in quotes is refused. A weight is at least 0 and at most "
                        "%(most)s g. A gross weight below the tare on file (kilograms for grams) or with "
                        "more than %(times)s times the charge is 422: nothing is recorded of it, weigh "
                        "again. An empty weight below the tare is asked (`below_tare`)."
                    ),
                    {"most": MOST_G, "times": MOST_CHARGES},
                ),
                N_(
                    "A scale that sends one weight twice sends the same message twice: one record. Another "
                    "weight for the same fill is 409 and names what is on record."
                ),
            ),
        ),
        PageSection(
            "lists",
            N_("Reading on: what changed since"),
            (
                Message(
                    N_(
                        "`/fills`, `/cylinders`, `/lots`, `/results`, `/swipes` and `/visits` are read on "
                        "for ever: first with `since` or nothing, then with `cursor`, the `next` of the page "
                        "before, at most %(rows)s rows at a time; `more` says whether to ask at once. A row "
                        "appears %(settled)s seconds after it was written; none is ever skipped. Keep rows "
                        "by their id and let the newer one replace the older."
                    ),
                    {"rows": MOST_ROWS, "settled": int(SETTLED.total_seconds())},
                ),
                N_(
                    "Bottles whose life has ended or that now belong to somebody else come with `removed`: "
                    "take them off your list. What is due and which label a bottle bears stand in its row."
                ),
            ),
            (READING_ON,),
        ),
        PageSection(
            "firms",
            N_("Systems of maintenance firms"),
            (
                N_(
                    "A token of the kind `firm_system` speaks for a maintenance firm; the manager who is "
                    "named when it is enrolled answers for what it sends. Everything goes up under numbers "
                    "of your own (`record_id`): the same number with the same content is answered as "
                    "before, with other content it is 409 and `fields` name the difference. So repeat "
                    "whenever no answer came. Photos of 20 MiB at most, one a request."
                ),
                N_(
                    "First `POST /firm/people` (the id comes back at once), then `POST /firm/contracts`; a "
                    "contract counts as your statement until the use unit answers. `GET /firm/lifts` reads "
                    "on what you maintain: numbers, address, position, what is due next. `GET "
                    "/firm/lifts/<id>/checklist` is what a visit of a class answers there, `GET /firm/codes` "
                    "every list of words with its day."
                ),
                N_(
                    "`POST /firm/visits` is the record: lift, class, both ends with how your app read the "
                    "lift and where, technicians, answers with readings, serious hazards by S-codes. What "
                    "lacks is named in `missing` and follows with `PUT …/answers` and `POST …/photos`; the "
                    "use unit's signature with `POST …/signature`. One technician alone is one in the list."
                ),
                N_(
                    "`GET /firm/visits/<record_id>` says how it stands. Before anybody signed it is "
                    "withdrawn with a reason; once signed it is corrected by a new number, and both stay. "
                    "Whether a presence that your system reports counts as a swipe is decided by the "
                    "bureau; what was swiped here too is refused as the same stay (409). Changes of the "
                    "interface stand in `GET /firm/interface`, what people changed here in `GET /visits`."
                ),
            ),
        ),
        PageSection(
            "limits",
            N_("Limits"),
            (
                Message(
                    N_(
                        "A body holds at most %(body)s MiB, a batch %(lines)s lines, a line %(bytes)s KiB, "
                        "results that do not stand behind their scan %(results)s. A body that does not "
                        "arrive within %(window)s seconds, or stalls for as long, is 408. Scans and results "
                        "are not limited in number; routes that are say so in every answer: "
                        "`RateLimit-Policy`, `RateLimit`, and `Retry-After` with 429."
                    ),
                    {
                        "body": settings.upload_limit // 1024**2,
                        "lines": MOST_SCANS,
                        "bytes": LONGEST_LINE // 1024,
                        "results": MOST_RESULTS,
                        "window": WINDOW_S,
                    },
                ),
            ),
        ),
    )
