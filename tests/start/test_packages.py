"""What `need_packages` asks of Debian as root, with sudo and without; stubs keep a record of commands."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BY_HAND = "  apt-get update && apt-get install --no-install-recommends libpango-1.0-0 openssl \n"
UPDATE = "apt-get -qq update"
INSTALL = "apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends"
WANTED = "libpango-1.0-0 openssl"


class Machine:
    """A Debian of stubs: packages are there when the file `done` is; `record` has what was run as root."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs, self.state = folder, folder / "programs", folder / "state"
        for path in (folder / "bin", self.programs, self.state):
            path.mkdir()
        shutil.copy(ROOT / "bin" / "_setup", folder / "bin")
        for name in ("bash", "cat", "dirname", "env", "flock", "grep", "rm"):
            (self.programs / name).symlink_to(shutil.which(name) or name)
        (self.state / "record").touch()
        self.program("dpkg-query", f'[ -e {self.state}/done ] && printf "install ok installed"')
        self.program("dpkg", self.keep("dpkg"))
        self.program(
            "apt-get",
            f"""{self.keep("apt-get")}
            case " $* " in *" install "*) : > {self.state}/done ;; esac""",
        )
        self.program("sleep", "")
        self.user(0)

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!{shutil.which('bash')}\n{body}\n")
        path.chmod(0o755)

    def keep(self, name: str) -> str:
        return f'printf "%s\\n" "{name} $*" >> {self.state}/record'

    def user(self, number: int) -> None:
        self.program("id", f"printf {number}")

    def need(self) -> tuple[int, str, list[str]]:
        """Exit code, what was said, what was done as root."""
        shown = subprocess.run(
            ["bash", "-c", f". bin/_setup; need_packages {WANTED}"],
            cwd=self.folder,
            env={"PATH": str(self.programs)},
            text=True,
            timeout=60,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        return shown.returncode, shown.stdout, (self.state / "record").read_text().splitlines()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_asked_when_all_is_there(machine: Machine) -> None:
    (machine.state / "done").touch()
    machine.user(1000)
    assert machine.need() == (0, "", [])


def test_root_installs_what_is_missing(machine: Machine) -> None:
    assert machine.need() == (0, f"Installing: {WANTED} \n", [UPDATE, f"{INSTALL} {WANTED}"])


def test_a_user_without_sudo_is_told_what_to_install(machine: Machine) -> None:
    machine.user(1000)
    said = f"These Debian packages are missing. As root, then start again:\n{BY_HAND}"
    assert machine.need() == (1, said, [])


def test_sudo_without_a_password_installs(machine: Machine) -> None:
    machine.user(1000)
    machine.program("sudo", f'[ "$1" != -n ] || exit 0; {machine.keep("sudo")}; exec "$@"')
    passed = "sudo env LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive"
    assert machine.need() == (
        0,
        f"Installing: {WANTED} \n",
        [f"{passed} {UPDATE}", UPDATE, f"{passed} {INSTALL} {WANTED}", f"{INSTALL} {WANTED}"],
    )


def test_sudo_that_asks_for_a_password_is_not_asked_without_a_terminal(machine: Machine) -> None:
    machine.user(1000)
    machine.program("sudo", "exit 1")
    said = f"These Debian packages are missing, and sudo needs a password or refuses. As root:\n{BY_HAND}"
    assert machine.need() == (1, said, [])


def test_lists_that_another_apt_holds_are_waited_for(machine: Machine) -> None:
    machine.program(
        "apt-get",
        f"""{machine.keep("apt-get")}
        case " $* " in *" install "*) : > {machine.state}/done; exit ;; esac
        [ -e {machine.state}/free ] && exit
        : > {machine.state}/free
        echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"; exit 100""",
    )
    said = f"Installing: {WANTED} \nAnother apt is running; waiting for it ...\n"
    assert machine.need() == (0, said, [UPDATE, UPDATE, f"{INSTALL} {WANTED}"])


def test_lists_that_cannot_be_read_do_not_stop_an_installation_that_works(machine: Machine) -> None:
    machine.program(
        "apt-get",
        f"""{machine.keep("apt-get")}
        case " $* " in *" install "*) : > {machine.state}/done; exit ;; esac
        echo "E: The repository of somebody else is not signed."; exit 100""",
    )
    said = f"Installing: {WANTED} \nE: The repository of somebody else is not signed.\n"
    assert machine.need() == (0, said, [UPDATE, f"{INSTALL} {WANTED}"])


def test_an_installation_that_was_cut_off_is_repaired(machine: Machine) -> None:
    machine.program("dpkg", f"{machine.keep('dpkg')}; : > {machine.state}/configured")
    machine.program(
        "apt-get",
        f"""{machine.keep("apt-get")}
        case " $* " in *" install "*) ;; *) exit ;; esac
        [ -e {machine.state}/configured ] && {{ : > {machine.state}/done; exit; }}
        echo "E: dpkg was interrupted, you must manually run 'dpkg --configure -a'" >&2; exit 100""",
    )
    code, said, done = machine.need()
    assert code == 0
    assert said.endswith("Repairing an installation of packages that was cut off ...\n")
    assert done == [UPDATE, f"{INSTALL} {WANTED}", "dpkg --configure -a", f"{INSTALL} --fix-broken {WANTED}"]


def test_an_installation_that_cannot_work_says_how_to_do_it_by_hand(machine: Machine) -> None:
    machine.program("apt-get", f'{machine.keep("apt-get")}; case " $* " in *" install "*) exit 100 ;; esac')
    code, said, _ = machine.need()
    told = f"The Debian packages could not be installed; apt says why above. As root:\n{BY_HAND}"
    assert (code, said[-len(told) :]) == (1, told)


def test_another_system_is_told_what_to_find(machine: Machine) -> None:
    (machine.programs / "apt-get").unlink()
    code, said, _ = machine.need()
    assert (code, said) == (
        1,
        f"This is not Debian. Install what these packages of Debian hold, then see README.md: {WANTED} \n",
    )
