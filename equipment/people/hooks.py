"""What else must happen when an organisation was renamed, in the same transaction: whoever keeps a copy of the name lies to the right."""
from __future__ import annotations

from equipment.core.followers import Followers
from equipment.people.models import Organisation
from equipment.people.rules import Viewer

renamed = Followers[[Organisation, Viewer]]()
after_rename = renamed.are
