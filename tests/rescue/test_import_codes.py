"""救援识别码 from the centre's workbook: lifts are found by their device code, and what cannot be taken is named."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient

from equipment.people.models import User
from equipment.register.actions import add_identifier
from equipment.register.models import Equipment
from equipment.register.rules import IdentifierKind
from equipment.rescue import lift_codes as codes
from equipment.storage import db
from equipment.tasks.runner import Runner
from tests.imports.conftest import worker  # noqa: F401
from tests.imports.test_same_piece import content, run, states
from tests.rescue.town import RescueTown, lift, rescue_town, set_platform, viewer

Sign = Callable[[User], FlaskClient]


def numbered(at: RescueTown, code: str, rescue_code: str = "") -> Equipment:
    """A lift with a device code."""
    made = lift(at, rescue_code)
    with db.transaction():
        kept = db.session.get_one(Equipment, made.id)
        add_identifier(kept, IdentifierKind.EQUIPMENT_CODE, code, by=viewer(at.city))
    return made


def test_the_centres_workbook_brings_codes_and_names_what_it_cannot_bring(
    signed_in: Sign,
    worker: Runner,  # noqa: F811
) -> None:
    at = rescue_town()
    set_platform(at)
    one, two, three = (numbered(at, f"3110620012010000{number}") for number in range(3))
    numbered(at, "31106200120100009", "620009")
    browser = signed_in(at.city)
    book = (
        "设备代码,救援识别码\n31106200120100000,620001\n31106200120100001,62002\n"
        "31106200120100002,620009\n31106200120100077,620077\n"
    )
    url = content(browser, book.encode(), category="elevator", match="equipment_code")
    assert states(url)[5] == "refused"  # no lift on file has this device code
    run(browser, url, change="1")
    assert states(url) == {2: "changed", 3: "refused", 4: "refused", 5: "refused"}
    page = browser.get(url).get_data(as_text=True)
    assert ("本市救援识别码为 6 位" in page, "620009 已属于另一台电梯" in page) == (True, True)
    kept = [db.session.get_one(Equipment, key) for key in (one.id, two.id, three.id)]
    assert [codes.stated_code(piece) for piece in kept] == ["620001", "", ""]
    assert [found.id for found in codes.lift_of_code(viewer(at.city), "620001")] == [one.id]
