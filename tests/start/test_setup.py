"""`.venv` holds what the lock files name, whatever is released later; a set-up that was cut off goes on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.start.conftest import DEBIAN, PINS, RUNNING, Project

pytestmark = pytest.mark.xdist_group("start")
RESOLVES_EXTRAS_AFRESH_BEFORE = (23, 3)  # measured: 23.0.1, 23.1.2 and 23.2.1 do, 23.3.2 and later do not


@pytest.fixture
def whole(project: Project) -> Project:
    """A project that was set up."""
    code, output = project.set_up()
    assert code == 0, output
    return project


def releases_of_tomorrow(project: Project) -> None:
    """Newer versions of everything; the newer builder cannot build."""
    project.index.wheel("parent", "2.0", ["models[mail]>=1"])
    project.index.wheel("models", "1.1", ["checker>=1.1; extra == 'mail'"], ["mail"])
    project.index.wheel("checker", "1.1")
    project.index.wheel("builder", "2.0", code="raise SystemExit('the newer builder was used')")


@pytest.mark.parametrize("python", sorted({DEBIAN, RUNNING}))
def test_newer_releases_change_nothing(tmp_path: Path, python: str) -> None:
    project = Project(tmp_path, python)
    releases_of_tomorrow(project)
    code, output = project.set_up()
    assert (code, output) == (0, "Installing the Python packages of requirements.lock (once) ...\n")
    assert project.installed() == PINS

    # The control: to resolve fails with the pips that this is about, Debian 12's among them.
    version = tuple(int(part) for part in project.pip("--version").stdout.split()[1].split(".")[:2])
    assert version >= (23, 0)
    if version < RESOLVES_EXTRAS_AFRESH_BEFORE:
        old = project.pip(
            "install",
            "--dry-run",
            "--ignore-installed",
            "--no-build-isolation",
            "--require-hashes",
            "-r",
            "requirements.lock",
        )
        assert old.returncode == 1
        assert "In --require-hashes mode, all requirements must have their versions pinned" in old.stderr


def test_a_finished_set_up_does_nothing_at_the_next_start(whole: Project) -> None:
    project = whole
    shutil.move(project.index.folder, project.home / "away")
    try:
        assert project.set_up() == (0, "")
    finally:
        shutil.move(project.home / "away", project.index.folder)


def lose_note(project: Project) -> None:
    project.note.unlink()


def empty_note(project: Project) -> None:
    project.note.write_text("")  # a power cut


def upgrade_python(project: Project) -> None:
    _, locks = project.note.read_text().split("\n", 1)
    project.note.write_text(f"Python 3 9 {project.folder}/.venv\n{locks}")


def lose_python(project: Project) -> None:
    python = project.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/usr/bin/python-that-was-removed")


def move_folder(project: Project) -> None:
    project.folder = project.folder.rename(project.home / "moved")


@pytest.mark.parametrize("harm", [lose_note, empty_note, upgrade_python, lose_python, move_folder])
def test_a_harmed_venv_is_not_taken_for_a_whole_one(whole: Project, harm: Callable[[Project], None]) -> None:
    project, folder, note = whole, whole.folder, whole.note.read_text()
    python = folder / ".venv" / "bin" / "python"
    target = python.readlink()
    assert (project.ask("whole"), project.ask("installed requirements.lock")) == (0, 0)
    harm(project)
    assert (project.ask("whole"), project.ask("installed requirements.lock")) == (1, 1)
    if project.folder != folder:
        project.folder = project.folder.rename(folder)
    project.note.write_text(note)
    python.unlink()
    python.symlink_to(target)


def test_a_half_written_package_and_a_lost_pip_are_made_anew(whole: Project) -> None:
    project = whole
    project.note.unlink()
    (project.packages / "models-1.0.dist-info" / "RECORD").unlink()
    (project.packages / "models.py").unlink()
    shutil.rmtree(project.packages / "pip")
    assert project.set_up() == (0, "Installing the Python packages of requirements.lock (once) ...\n")
    assert (project.packages / "models.py").exists()
    assert project.installed() == PINS


@pytest.mark.parametrize("sign", ["lib/python*/site-packages/pip", "lib/python*/site-packages/models*"])
def test_a_killed_set_up_goes_on_at_the_next_start(project: Project, sign: str) -> None:
    shutil.rmtree(project.folder / ".venv", ignore_errors=True)
    process = project.start_set_up()
    while not list(project.folder.glob(f".venv/{sign}")):
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    code, output = project.set_up()
    assert code == 0, output
    assert project.installed() == PINS


def test_a_killed_start_whose_pip_lives_on_is_waited_for(project: Project) -> None:
    shutil.rmtree(project.folder / ".venv", ignore_errors=True)
    process = project.start_set_up()
    while not list(project.folder.glob(".venv/lib/python*/site-packages/pip")):
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()  # bash alone; its children go on
    code, output = project.set_up()
    process.communicate()
    assert code == 0, output
    assert "Another start is installing; waiting for it ..." in output
    assert project.installed() == PINS


def test_ctrl_c_ends_the_whole_set_up(project: Project) -> None:
    shutil.rmtree(project.folder / ".venv", ignore_errors=True)
    process = project.start_set_up()
    while not list(project.folder.glob(".venv/bin/python")):
        assert process.poll() is None
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT)
    assert not project.note.exists()


def test_two_starts_at_once_install_once(project: Project) -> None:
    shutil.rmtree(project.folder / ".venv", ignore_errors=True)
    both = [project.start_set_up(), project.start_set_up()]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    assert sorted(outputs) == [
        "Another start is installing; waiting for it ...\n",
        "Installing the Python packages of requirements.lock (once) ...\n",
    ]


def test_a_newer_lock_changes_only_what_differs_and_the_tests_add_to_it(whole: Project) -> None:
    project = whole
    releases_of_tomorrow(project)
    (project.folder / ".venv" / "witness").touch()
    project.write_lock("tests.lock", {**PINS, "models": "1.1", "checker": "1.1"})
    project.write_lock("requirements.lock", {"parent": "1.0", "models": "1.1", "checker": "1.1"})
    try:
        assert project.set_up("requirements.lock", "tests.lock")[0] == 0
        assert project.installed() == {**PINS, "models": "1.1", "checker": "1.1"}
        assert (project.folder / ".venv" / "witness").exists()
        assert project.set_up() == (0, "")
    finally:
        project.write_lock("requirements.lock", PINS)
    project.set_up()


def test_an_incomplete_lock_is_no_finished_set_up(whole: Project) -> None:
    project = whole
    project.index.wheel("lonely", "1.0", ["friend>=1"])
    project.write_lock("requirements.lock", {**PINS, "lonely": "1.0"})
    try:
        code, output = project.set_up()
        assert code == 1
        assert "lonely 1.0 requires friend, which is not installed." in output
        assert not project.note.exists()
    finally:
        project.write_lock("requirements.lock", PINS)
    assert project.set_up()[0] == 0
    assert project.installed() == PINS


def test_help_is_there_before_anything_is_installed(project: Project, tmp_path: Path) -> None:
    shutil.copytree(Path(__file__).resolve().parents[2] / "bin", tmp_path / "bin")
    shown = subprocess.run(
        [tmp_path / "bin" / "serve", "--help"],
        env=project.environment,
        text=True,
        capture_output=True,
        check=True,
    )
    assert shown.stdout.startswith("Runs the tracker: bin/serve [--demo] [--host H] [--port P] [--tls].")
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]
