"""Factor I: one code base, many deploys. None of them has a name in the code."""

import ast
import re
from collections.abc import Iterator
from dataclasses import fields

import pytest

from config.environment import Environment
from tests.processes.deploys import COMMIT, Deploy
from tests.twelve_factors.sources import ROOT, sources

NAMES = {
    *("production", "prod", "live", "staging", "stage", "development", "develop", "dev", "local"),
    *("test", "tests", "testing", "pytest", "ci", "review", "preview", "qa"),
    *("heroku", "render", "fly", "docker", "kubernetes"),
}


def branches_on_a_name(tree: ast.AST) -> Iterator[int]:
    """Yield each line where something is compared with, or looked up by, the name of a deploy."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            asked: list[ast.expr] = [node.left, *node.comparators]
        elif isinstance(node, ast.MatchValue):
            asked = [node.value]
        elif isinstance(node, ast.Subscript):
            asked = [node.slice]
        else:
            continue
        if any(word in NAMES for one in asked for word in _words(one)):
            yield asked[0].lineno


def _words(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value.lower()


def test_no_code_asks_which_deploy_it_is_in() -> None:
    found = {path: list(branches_on_a_name(tree)) for path, tree in sources().items()}

    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "planted",
    [
        "if settings.ENV == 'production': pass",
        "if stage in ('Staging', 'qa'): pass",
        "match kind:\n    case 'ci': pass",
        "database = DATABASES_BY_DEPLOY['dev']",
        "if 'pytest' in sys.modules: pass",
    ],
)
def test_code_that_asks_is_found(planted: str) -> None:
    assert list(branches_on_a_name(ast.parse(planted)))


def test_no_variable_names_a_kind_of_deploy() -> None:
    grouped = re.compile(r"(^|_)(ENV|ENVIRONMENT|STAGE|SETTINGS|TIER|CONFIG)(_|$)")

    assert [one.name for one in fields(Environment) if grouped.search(one.name)] == []


def test_there_is_one_settings_module() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("[ac]*/**/*settings*.py")]

    assert names == ["config/settings.py"]


def test_every_process_of_a_deploy_runs_the_same_commit(deploy: Deploy) -> None:
    web = deploy.web()
    script = "from django.conf import settings; print(settings.BUILD_COMMIT)"

    reported = {
        "live": web.ask("/health/live").json()["commit"],
        "ready": web.ask("/health/ready").json()["commit"],
        "admin": deploy.manage("shell", "--no-imports", "-c", script).stdout.strip(),
    }

    assert reported == dict.fromkeys(reported, COMMIT)
