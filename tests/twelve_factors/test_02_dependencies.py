"""Factor II: what we import is declared, what is declared is locked, and nothing else is used."""

import re
import site
import sys
import sysconfig
import tomllib
from importlib.metadata import distribution, packages_distributions, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.processes.deploys import Deploy
from tests.processes.shops import Shop
from tests.twelve_factors.sources import ROOT, imported, sources

OURS = {"apps", "config", "manage"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
LOCK = (ROOT / "requirements.txt").read_text(encoding="utf-8")
# Interfaces that come in two distributions; the one on the left is part of that on the right.
PART_OF = {"botocore": "boto3", "kombu": "celery", "pydantic": "django-ninja", "redis": "celery"}
# The typing stubs of boto3 are imported for mypy alone.
FOR_TYPES = {"mypy_boto3_s3"}


def distributions_imported() -> dict[str, set[str]]:
    """Return which files import each third-party distribution."""
    owners = packages_distributions()
    found: dict[str, set[str]] = {}
    for path, tree in sources().items():
        for module in set(imported(tree)) - OURS - FOR_TYPES - sys.stdlib_module_names:
            # One not installed at all is reported under its own name.
            owner = canonicalize_name(owners.get(module, [module])[0])
            found.setdefault(owner, set()).add(path)
    return found


def locked() -> dict[str, str]:
    """Return the version of each locked distribution that also has a hash."""
    entry = re.compile(
        r"^([\w.-]+)(?:\[[^]]*\])?==(\S+?)(?: ;[^\\]*)? \\\n"
        r"(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+",
        re.MULTILINE,
    )
    return {canonicalize_name(name): version for name, version in entry.findall(LOCK)}


def test_what_we_import_is_declared() -> None:
    undeclared = {
        name: files
        for name, files in distributions_imported().items()
        if PART_OF.get(name, name) not in DECLARED
    }

    assert undeclared == {}


@pytest.mark.parametrize(("part", "whole"), PART_OF.items())
def test_a_part_comes_with_its_whole(part: str, whole: str) -> None:
    required = [Requirement(one) for one in distribution(whole).requires or []]

    assert part in {canonicalize_name(one.name) for one in required} | {
        # An extra of kombu, asked for by the extra of celery that pyproject.toml names.
        canonicalize_name(Requirement(one).name)
        for one in distribution("kombu").requires or []
        if "celery[redis]" in " ".join(PROJECT["dependencies"])
    }


def test_what_we_import_is_locked_with_hashes_and_installed_as_locked() -> None:
    versions = locked()
    used = {name: versions.get(name) for name in distributions_imported()}

    assert used
    assert used == {name: version(name) for name in used}


def test_an_import_that_nobody_declared_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import ast

    planted = {"apps/orders/views.py": ast.parse("def view():\n    import requests")}
    monkeypatch.setattr("tests.twelve_factors.test_02_dependencies.sources", lambda: planted)

    assert distributions_imported() == {"requests": {"apps/orders/views.py"}}


# Run inside an admin process: loads all we have, works, and tells what that took.
WORK = """
import json, sys
started = []
def watch(event, arguments):
    if event in ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"):
        started.append([event, str(arguments[0])])
sys.addaudithook(watch)
import config.api, config.reactions, config.schedule, config.urls
from config.celery import app
app.loader.import_default_modules()
from apps.events import operations as events
events.dispatch_events()
due = []
events.hand_over(due.append)
while due:
    for one in due:
        assert events.settle(delivery_id=one)
    due = []
    events.dispatch_events()
    events.hand_over(due.append)
files = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
print("REPORT" + json.dumps({"started": started, "files": sorted(files), "path": sys.path}))
"""


def test_work_uses_nothing_of_the_system(deploy: Deploy, shop: Shop) -> None:
    """Orders, mail and PDF: no program is started, and no module comes from outside."""
    import json

    web = deploy.web()
    number = shop.order(web.port).json()["number"]
    with deploy.orm():
        shop.pay_and_ship(number)

    done = deploy.manage("shell", "--no-imports", "-c", WORK)

    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.partition("REPORT")[2])
    assert report["started"] == []
    assert len(deploy.bucket.keys()) == 1
    inside = [*map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib"))]
    homes = tuple({str(deploy.folder), *inside, str(Path(inside[0]).resolve())})
    outside = [
        file for file in report["files"] if Path(file).is_absolute() if not file.startswith(homes)
    ]
    assert outside == []
    assert site.getusersitepackages() not in report["path"]
