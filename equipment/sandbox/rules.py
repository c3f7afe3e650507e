"""What can be tried in a sandbox (沙箱), by the kind of organisation whose system is to be connected. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.core.words import N_, Labelled
from equipment.people.rules import DeviceKind

PREFIX = "sandbox-"  # of the names of sandboxes, which their tokens begin with


class SandboxKind(Labelled):
    STATION = "station", N_("Filling station"), "blue"
    FIRM = "firm", N_("Maintenance firm"), "blue"
    BODY = "body", N_("Inspection body"), "green"

    @property
    def database(self) -> str:
        """The name of its database."""
        return f"{PREFIX}{self}"


def kind_called(name: str) -> SandboxKind | None:
    """The kind of the sandbox of this name, which whoever asks made up perhaps."""
    return next((kind for kind in SandboxKind if kind.database == name), None)


# Whose tokens are handed out when it is switched on.
DEVICES: Mapping[SandboxKind, tuple[DeviceKind, ...]] = {
    SandboxKind.STATION: (DeviceKind.CONTROLLER, DeviceKind.UPLOAD),
    SandboxKind.FIRM: (DeviceKind.READER, DeviceKind.FIRM_SYSTEM, DeviceKind.UPLOAD),
    SandboxKind.BODY: (DeviceKind.UPLOAD,),
}
