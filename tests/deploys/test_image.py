"""Factor V in the deploys: the image is built from this repository alone, and cannot change."""

import fnmatch
import json
import re
import runpy
import shlex

from tests.deploys import platforms

DOCKERFILE = platforms.load("Dockerfile")
STAGES = re.split(r"^(?=FROM )", DOCKERFILE, flags=re.MULTILINE)
BUILD, FINAL = STAGES[1:]
IGNORED = [
    line
    for line in platforms.load(".dockerignore").splitlines()
    if line and not line.startswith("#")
]


# Room for one more large package; bin/image-size says what it is now.
BUDGET_MEGABYTES = 470


def admitted(path: str) -> bool:
    """Apply .dockerignore as Docker does: the last line that matches wins."""
    verdict = True
    for line in IGNORED:
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = path.split("/")
        names = parts if line.startswith("**/") else parts[:1]
        if any(fnmatch.fnmatchcase(name, pattern) for name in names):
            verdict = line.startswith("!")
    return verdict


def instruction(name: str, stage: str) -> str:
    found = re.findall(rf"^{name} (.+)$", stage, re.MULTILINE)
    return str(found[-1])


def test_what_runs_without_being_told_is_web() -> None:
    web = platforms.procfile(platforms.load("Procfile"))["web"]

    assert json.loads(instruction("CMD", FINAL)) == web


def test_what_runs_is_nobody_and_owns_nothing() -> None:
    user, group = instruction("USER", FINAL).split(":")

    assert int(user) > 0
    assert int(group) > 0
    assert "--chown" not in FINAL


def test_the_tools_of_the_build_stay_behind() -> None:
    copied = re.findall(r"^COPY (.+)$", FINAL, re.MULTILINE)

    assert copied == ["--from=build /venv /venv", "--from=build /app /app"]
    assert not re.search(r"\b(uv|pip|apt-get|gcc)\b", FINAL)


def test_what_is_installed_is_what_is_locked() -> None:
    assert "uv pip sync --python /venv/bin/python --require-hashes" in BUILD
    assert re.search(r"^ARG UV_VERSION=\d+\.\d+\.\d+$", BUILD, re.MULTILINE)


def test_the_build_has_no_variable() -> None:
    run = re.search(r"^RUN (env -i .+?) \\?$", BUILD, re.MULTILINE)

    assert run is not None
    assert shlex.split(run[1]) == [
        *("env", "-i", "PATH=$PATH"),
        *("python", "manage.py", "collectstatic", "--no-input"),
    ]
    assert not re.search(r"^(ARG|ENV) .*(SECRET|PASSWORD|TOKEN)", DOCKERFILE, re.MULTILINE)


def test_the_image_knows_its_commit() -> None:
    assert "ARG GIT_SHA" in FINAL
    assert instruction("ENV", FINAL) == "BUILD_COMMIT=${GIT_SHA}"


def test_a_stop_is_asked_for_in_the_way_we_listen_to() -> None:
    assert instruction("STOPSIGNAL", FINAL) == "SIGTERM"


def test_the_image_stays_small() -> None:
    estimated = runpy.run_path(str(platforms.ROOT / "bin" / "image-size"))["estimated"]

    assert 200 < estimated() <= BUDGET_MEGABYTES


def test_the_image_says_why_it_is_there() -> None:
    marker = re.compile(r"^# Factor X \(Dev/prod parity\): [^.]+\.$", re.MULTILINE)

    assert len(marker.findall(DOCKERFILE)) == 1


def test_the_code_enters_the_image() -> None:
    needed = ["apps/orders/models/order.py", "config/settings.py", "manage.py", "requirements.txt"]

    assert [path for path in needed if not admitted(path)] == []


def test_nothing_private_enters_the_image() -> None:
    private = [
        ".env",
        ".env.example",
        ".git/config",
        ".venv/pyvenv.cfg",
        ".dozen/postgres/PG_VERSION",
        "apps/core/.env.local",
        "apps/core/__pycache__/views.cpython-313.pyc",
        "config/id_rsa.pyc",
        "dump.sql",
        "tests/conftest.py",
    ]

    assert [path for path in private if admitted(path)] == []
