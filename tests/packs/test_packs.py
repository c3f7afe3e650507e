"""Who may ask for which pack, what is in it, and when it is final."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from flask.testing import FlaskClient

from equipment.files.models import StoredFile
from equipment.ledger.models import Event
from equipment.ledger.seals import files, stamp_of
from equipment.ledger.stamps import Authority, stamp_seals
from equipment.ledger.verify import verify
from equipment.packs.closing import close_packs
from equipment.packs.collecting import is_packed
from equipment.packs.models import Pack
from equipment.packs.states import PackState
from equipment.people.models import User
from equipment.people.rules import DeviceKind, Role
from equipment.shell.tables import models
from equipment.storage import db
from equipment.tasks.models import Task
from equipment.tasks.rules import TaskState
from tests import make
from tests.packs.conftest import SCRIPT, Bureau, checked, entered, unzipped

KINDS = ["piece", "fill", "visit", "hazard", "due_list"]


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
def test_a_pack_is_final_with_the_seal_and_convinces_a_stranger(bureau: Bureau, kind: str) -> None:
    pack_id = bureau.make(kind)
    pack = bureau.pack(pack_id)
    before = unzipped(bureau.path(pack_id))
    assert (pack.state, checked(bureau.path(pack_id))[0]) == (PackState.WAITING, 2)
    seal = bureau.seal()
    pack = bureau.pack(pack_id)
    after = unzipped(bureau.path(pack_id))
    assert (pack.state, pack.seal_number, pack.stamped) == (PackState.SEALED, seal.number, False)
    assert {name: after[name] for name in before} == before  # the same manifest, the same parts
    for root in (seal.root, seal.digest):
        code, said = checked(bureau.path(pack_id), root)
        assert code == 0, said
    assert checked(bureau.path(pack_id), "0" * 64)[0] == 1
    event = db.session.get_one(Event, (pack.subject, pack.line_no))
    assert (event.verb, json.loads(event.payload)["manifest"]) == ("pack.made", pack.manifest)
    manifest = json.loads(after["manifest.json"])
    assert (manifest["kind"], manifest["lines"] + 1, manifest["pack"]) == (kind, pack.line_no, str(pack_id))
    main = json.loads(after["records.json"])["records"]
    assert kind == "piece" or pack.record_key in {record["key"] for record in main}


def test_the_script_stands_alone_and_is_handed_to_anybody(bureau: Bureau, client: FlaskClient) -> None:
    path, seal = bureau.sealed("piece")
    assert client.get("/seals/verify_pack.py").get_data() == SCRIPT.read_bytes()
    page = client.get("/seals").get_data(as_text=True)
    assert all(text in page for text in ("/seals/verify_pack.py", seal.root, seal.digest))
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(path), "--root", seal.root]
    whole = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.count("已证明 proved") == 6
    assert whole.stdout.count("仅供阅读 for reading only") == 2
    wrong = subprocess.run([*command[:-1], "f" * 64], capture_output=True, text=True, check=False)
    assert (wrong.returncode, "不符" in wrong.stdout) == (1, True)


def test_photos_and_reports_are_in_it_and_named_by_records(bureau: Bureau) -> None:
    path, _seal = bureau.sealed("piece")
    parts = unzipped(path)
    suffixes = sorted(name[-4:] for name in parts if name.startswith("files/"))
    assert suffixes.count(".png") >= 1
    assert ".pdf" in suffixes
    assert parts["record.pdf"].startswith(b"%PDF-")
    visit = unzipped(bureau.sealed("visit")[0])
    assert sum(name.startswith("files/") for name in visit) == 1


def test_a_stamp_is_checked_by_openssl_and_one_that_comes_later_too(
    bureau: Bureau, authority: Authority, keys, tmp_path
) -> None:
    pack_id = bureau.make("hazard")
    bureau.seal()
    assert not bureau.pack(pack_id).stamped
    stamp_seals(bureau.settings.folder, authority)
    assert [close_packs(bureau.settings.folder), close_packs(bureau.settings.folder)] == [1, 0]
    assert bureau.pack(pack_id).stamped
    certificates = tmp_path / "authority.pem"
    certificates.write_bytes((keys / "root.pem").read_bytes() + (keys / "tsa.pem").read_bytes())
    code, said = checked(bureau.path(pack_id), authority_file=str(certificates))
    assert (code, "stamped by the authority at" in said) == (0, True)
    parts = unzipped(bureau.path(pack_id))
    assert checked(parts)[0] == 0  # without certificates it is not checked, and said so
    assert "--ca" in checked(parts)[1]
    stranger = tmp_path / "other.pem"
    stranger.write_bytes((keys / "tsa.pem").read_bytes())
    code, said = checked(parts, authority_file=str(stranger))
    assert (code, ".tsr" in said.splitlines()[-1]) == (1, True)


def test_what_was_stored_before_is_taken_away_on_record(bureau: Bureau) -> None:
    pack_id = bureau.make("fill")
    open_file = bureau.pack(pack_id).file_sha256
    bureau.seal()
    db.session.rollback()
    assert db.session.get(StoredFile, open_file) is None
    db.session.remove()
    assert verify(db.engine, bureau.settings.folder, [Pack, StoredFile]).whole


def test_one_person_has_one_pack_made_at_a_time(bureau: Bureau) -> None:
    first, second = bureau.ask("piece"), bureau.ask("fill")
    other = bureau.ask("piece", bureau.town.officer)
    assert first == second
    assert other != first
    assert [bureau.run(), bureau.run(), bureau.run()] == [True, True, False]
    assert bureau.ask("fill") != first


def test_a_pack_that_was_cut_off_after_its_last_step_is_the_same(bureau: Bureau) -> None:
    pack_id = bureau.make("piece")
    before = bureau.pack(pack_id).manifest
    with make.writing():
        task = db.session.query(Task).filter_by(id=pack_id).one()
        task.state = TaskState.WAITING
    assert bureau.run()
    assert bureau.pack(pack_id).manifest == before
    assert db.session.query(Event).filter_by(verb="pack.made").count() == 1


def test_people_devices_and_earlier_packs_are_in_no_pack(bureau: Bureau) -> None:
    """What signs in and what identifies stays inside, whoever may see it."""
    packed = {name for name, model in models().items() if is_packed(model)}
    assert (
        packed & {"user", "device", "card", "channel", "pack", "sign_in", "receipt", "organisation"} == set()
    )
    assert packed >= {
        "equipment",
        "fill",
        "scan",
        "visit",
        "swipe",
        "hazard",
        "inspection",
        "due_list",
        "label",
    }
    device, _token = make.device(bureau.town.firm, DeviceKind.READER, equipment_id=bureau.town.lift.id)
    entered(f"equipment:{bureau.town.lift.id}", device)
    bureau.make("visit")
    records = json.loads(unzipped(bureau.path(bureau.make("piece")))["records.json"])["records"]
    tables = {record["key"].partition("/")[0] for record in records}
    assert (tables & {"device", "pack"}, "visit" in tables) == (set(), True)
    assert device.token_hash not in json.dumps(records)


def test_a_piece_without_a_line_has_no_pack(bureau: Bureau) -> None:
    piece = make.equipment("elevator", area=make.COUNTY)
    answer = bureau.sign_in(bureau.town.admin).post(f"/packs/piece/{piece.id}")
    assert bureau.run()
    page = bureau.sign_in(bureau.town.admin).get(answer.location).get_data(as_text=True)
    assert "账本中还没有它的条目" in page


@pytest.mark.parametrize(
    ("who", "kind", "code"),
    [
        ("officer", "piece", 303),
        ("officer", "visit", 303),
        ("officer", "fill", 403),
        ("owner", "fill", 303),
        ("owner", "visit", 403),
        ("manager", "hazard", 303),
        ("inspector", "due_list", 303),
        ("inspector", "fill", 403),
        ("supervisor", "due_list", 303),
        ("technician", "visit", 403),
        ("operator", "fill", 403),
    ],
)
def test_whoever_may_see_a_record_of_his_piece_may_ask(
    bureau: Bureau, who: str, kind: str, code: int
) -> None:
    person: User = getattr(bureau.town, who)
    answer = bureau.sign_in(person).post(bureau.paths()[kind])
    assert answer.status_code == code or (code == 403 and answer.status_code == 404)


def test_a_stranger_gets_nothing(bureau: Bureau) -> None:
    pack_id = bureau.make("piece", bureau.town.officer)
    stranger = make.user(make.organisation("use_unit"), Role.SAFETY_OFFICER)
    colleague = make.user(bureau.town.unit, Role.SAFETY_OFFICER)
    for path in bureau.paths().values():
        assert bureau.sign_in(stranger).post(path).status_code in (403, 404)
    for person in (stranger, colleague, bureau.town.admin):
        assert bureau.sign_in(person).get(f"/packs/{pack_id}/file").status_code == 404
    with bureau.sign_in(bureau.town.officer).get(f"/packs/{pack_id}/file") as answer:
        assert (answer.status_code, answer.get_data()) == (200, bureau.path(pack_id).read_bytes())


def test_whoever_may_no_longer_see_the_piece_gets_no_pack_of_it(bureau: Bureau) -> None:
    officer = bureau.town.officer
    ready, waiting = bureau.make("piece", officer), bureau.ask("visit", officer)
    with make.writing():
        lift = db.session.merge(bureau.town.lift)
        lift.use_unit_id = make.organisation("use_unit").id
    assert bureau.run()
    browser = bureau.sign_in(officer)
    assert [browser.get(f"/packs/{key}").status_code for key in (ready, waiting)] == [404, 404]
    assert str(ready) in browser.get("/packs").get_data(as_text=True)  # that it was made stays on his list


def test_the_pages_show_the_state_and_the_button(bureau: Bureau) -> None:
    browser, pack_id = bureau.sign_in(bureau.town.admin), bureau.make("piece")
    latest = bureau.town.latest
    pages = [
        f"/equipment/{bureau.town.lift.id}",
        f"/fills/{latest['fill'].equipment_id}/{latest['fill'].id}",
        f"/visits/{latest['visit'].equipment_id}/{latest['visit'].id}",
        f"/hazards/{latest['hazard'].equipment_id}/{latest['hazard'].id}",
        f"/due-lists/{latest['list'].id}",
    ]
    for page, path in zip(pages, bureau.paths().values(), strict=True):
        assert f'action="{path}"' in browser.get(page).get_data(as_text=True), page
    assert "待封存" in browser.get(f"/packs/{pack_id}").get_data(as_text=True)
    bureau.seal()
    assert "已封存" in browser.get("/packs").get_data(as_text=True)
    technician = bureau.sign_in(bureau.town.technician).get(pages[0]).get_data(as_text=True)
    assert "/packs/" not in technician


def test_the_next_night_closes_what_this_one_does_not_cover(bureau: Bureau) -> None:
    bureau.seal()
    pack_id = bureau.make("piece")
    assert close_packs(bureau.settings.folder) == 0
    seal = bureau.seal()
    assert bureau.pack(pack_id).seal_number == seal.number == 2
    closing = json.loads(unzipped(bureau.path(pack_id))["closing/closing.json"])
    assert [older["number"] for older in closing["earlier"]] == [1]


def test_a_seal_whose_file_is_gone_closes_nothing_and_harms_nothing(bureau: Bureau) -> None:
    first = bureau.make("piece")
    bureau.seal_only()
    path = files(bureau.settings.folder)[1]
    content = path.read_bytes()
    path.unlink()
    assert close_packs(bureau.settings.folder) == 0
    path.write_bytes(content)
    assert (close_packs(bureau.settings.folder), bureau.pack(first).seal_number) == (1, 1)
    assert not stamp_of(path).exists()
