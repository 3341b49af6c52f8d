"""Factor IX on a laptop: bin/up starts everything, keeps it up, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.launcher.copies import NAMED, Copy, Running, answers, comes_true, is_alive

WITHOUT_SERVICES = NAMED
WITH_MAIL = {name: value for name, value in NAMED.items() if name != "EMAIL_URL"}


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[Copy]:
    copy = Copy(tmp_path)
    yield copy
    copy.end()


@pytest.fixture
def desk(copy: Copy) -> Running:
    """Web, worker and scheduler, and the mail sink as their only service."""
    running = copy.up(**WITH_MAIL)
    running.says("Dozen is up")
    for name in ("web", "worker", "scheduler"):
        running.number(name)
    return running


def test_everything_starts_in_order(copy: Copy, desk: Running) -> None:
    order = ["did migrate", "did collectstatic", "did seed_demo", "runs as process"]
    places = [desk.said.index(what) for what in order]

    assert places == sorted(places)
    assert answers(copy.ports["PORT"])
    assert f"http://localhost:{copy.ports['PORT']}" in desk.said
    assert "demo@dozen.example" in desk.said


def test_ctrl_c_ends_processes_before_services_and_leaves_nothing(
    copy: Copy, desk: Running
) -> None:
    processes = [desk.number(name) for name in ("web", "worker", "scheduler")]

    code = desk.end(signal.SIGINT)

    assert code == 0
    assert desk.said.count("ends; does mail answer? True") == 3
    assert [one for one in processes if is_alive(one)] == []
    assert not answers(copy.ports["SMTP_PORT"])
    assert (copy.data / "mail").is_dir()


@pytest.mark.parametrize("name", ["web", "worker", "scheduler"])
def test_a_killed_process_comes_back_and_the_others_go_on(desk: Running, name: str) -> None:
    before = {one: desk.number(one) for one in ("web", "worker", "scheduler")}

    os.kill(before[name], signal.SIGKILL)
    desk.says(rf"{name} +\| ended by SIGKILL; starting it again in 1 second")
    desk.says(rf"{name} +\| runs as process", times=2)

    after = {one: desk.number(one) for one in ("web", "worker", "scheduler")}
    assert [one for one in before if before[one] != after[one]] == [name]
    assert [one for one in after.values() if not is_alive(one)] == []


@pytest.mark.skipif(not hasattr(os, "unshare"), reason="only Linux tells children of the end")
def test_a_killed_launcher_takes_everything_along(copy: Copy, desk: Running) -> None:
    worker = desk.number("worker")

    desk.end(signal.SIGKILL)
    again = copy.up(**WITH_MAIL)
    again.says("Dozen is up")

    assert comes_true(lambda: not is_alive(worker))
    assert again.end() == 0


def test_one_data_folder_has_one_launcher(copy: Copy, desk: Running) -> None:
    first = f"process {desk.process.pid}, http://localhost:{copy.ports['PORT']}"

    assert first in copy.refused(**WITH_MAIL)
    assert first in copy.refused("--reset", **WITH_MAIL)
    assert (copy.data / "mail").is_dir()


def test_what_did_not_change_is_not_done_again(copy: Copy, desk: Running) -> None:
    desk.end()

    again = copy.up(**WITH_MAIL)
    again.says("Dozen is up")
    again.end()

    assert "did migrate" in again.said
    assert "did collectstatic" not in again.said
    assert "did seed_demo" not in again.said


def test_reset_deletes_what_was_made_here_and_nothing_else(copy: Copy, desk: Running) -> None:
    desk.end()
    letter, note = copy.data / "mail" / "new" / "letter.eml", copy.data / "note"
    letter.touch()
    note.touch()

    again = copy.up("--reset", **WITH_MAIL)
    again.says("Dozen is up")
    again.end()

    assert not letter.exists()
    assert note.exists()


def test_dotenv_is_read_and_the_real_environment_wins(copy: Copy) -> None:
    lines = [f"{name}='{value}'" for name, value in NAMED.items()]
    (copy.root / ".env").write_text("\n".join(["# Ours", "PORT=nonsense", *lines]))

    running = copy.up()
    running.says("Dozen is up")
    running.end()

    assert "did migrate with smtp://mail.example" in running.said
    assert "mail      | not started" in running.said


def test_a_variable_that_names_our_own_service_still_starts_it(copy: Copy) -> None:
    ours = f"smtp://127.0.0.1:{copy.ports['SMTP_PORT']}"

    running = copy.up("--services", **WITH_MAIL, EMAIL_URL=ours)
    running.says("export EMAIL_URL")
    running.end()

    assert f"mail      | {ours}" in running.said


def test_a_taken_port_is_named(copy: Copy) -> None:
    with socket.create_server(("127.0.0.1", int(copy.ports["PORT"]))):
        sentence = copy.refused(**WITHOUT_SERVICES)

    assert f"port {copy.ports['PORT']} is taken" in sentence
    assert "PORT" in sentence


def test_a_port_that_is_none_is_named(copy: Copy) -> None:
    assert "PORT must be a whole number" in copy.refused(PORT="eight")


def test_a_missing_program_is_named(copy: Copy, tmp_path: Path) -> None:
    assert "program initdb was not found" in copy.refused(PG_BIN=str(tmp_path))


def test_a_failed_release_starts_nothing(copy: Copy) -> None:
    sentence = copy.refused(**WITHOUT_SERVICES, FAILING="migrate")

    assert "`python manage.py migrate` failed" in sentence
    assert not answers(copy.ports["PORT"])


def test_a_full_disk_is_named(copy: Copy) -> None:
    # One copy of the launcher believes that nothing is ever enough.
    source = copy.root / "bin" / "checkout.py"
    source.write_text(source.read_text().replace("ROOM_NEEDED = 300", "ROOM_NEEDED = 10**12"))

    assert "MB are free" in copy.refused(**WITHOUT_SERVICES)


def test_run_gives_back_the_exit_code_of_its_command(copy: Copy) -> None:
    running = copy.up("--run", "python", "manage.py", "anything", **WITH_MAIL, FAILING="anything")

    assert running.process.wait(30) == 1
    running.listener.join()
    assert "did anything with smtp://127.0.0.1" in running.said
    assert shutil.disk_usage(copy.root / ".dozen" / "test")


def test_secrets_are_for_us_alone_and_stay(copy: Copy, desk: Running) -> None:
    key = (copy.data / "secret_key").read_text()
    modes = [
        stat.S_IMODE((copy.data / name).stat().st_mode) for name in ("secret_key", "environment")
    ]
    desk.end()

    again = copy.up(**WITH_MAIL)
    again.says("Dozen is up")
    again.end()

    assert modes == [0o600, 0o600]
    assert len(key) >= 50
    assert (copy.data / "secret_key").read_text() == key
