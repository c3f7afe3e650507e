"""The four kinds of tables, so that a province can spread them over machines (docs/design.md 4):
one marker each for `__table_args__`.

Small and everywhere (`REFERENCE`); owned by a piece (`OF_EQUIPMENT`) or an organisation (`OF_ORGANISATION`),
whose id is in every key; found by a key of their own (`KEYED`). A test classifies every table.
"""

from __future__ import annotations

Mark = dict[str, object]

REFERENCE: Mark = {"info": {"kind": "reference"}}
OF_EQUIPMENT: Mark = {"info": {"kind": "equipment"}}
OF_ORGANISATION: Mark = {"info": {"kind": "organisation"}}
KEYED: Mark = {"info": {"kind": "keyed"}}
