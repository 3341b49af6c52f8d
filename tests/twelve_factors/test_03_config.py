"""Factor III: config is what the variables say, checked at once, and never repeated aloud."""

import ast
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.template import engines
from django.test import RequestFactory
from pytest_django import Settings

from apps.core.context import shell
from config import environment
from config.environment import Environment, Unset
from tests.processes.deploys import PATH, Deploy, procfile
from tests.processes.running import PATIENCE, Process
from tests.processes.shops import Shop
from tests.twelve_factors.sources import ROOT, sources

SECRET = "kJ3v9x-told-to-nobody"
EXAMPLES = {one.name: one.metadata["example"] for one in fields(Environment)}
NOTHING = environment.read({"BUILD_MODE": "true"})
REQUIRED = [name for name in EXAMPLES if isinstance(getattr(NOTHING, name), Unset)]


def refusal(**wrong: str) -> str:
    with pytest.raises(ImproperlyConfigured) as refused:
        environment.read({**EXAMPLES, **wrong})
    return str(refused.value)


def last_words(name: str, variables: Mapping[str, str], folder: Path) -> str:
    """Start a process that cannot start, and return all it said."""
    process = Process(procfile(ROOT)[name], folder=folder, variables={"PATH": PATH, **variables})
    assert process.join(within=PATIENCE) != 0
    return "\n".join([*process.lines, *process.complaints])


@pytest.mark.parametrize("name", ["release", "web", "worker", "scheduler"])
def test_a_process_without_variables_names_all_that_are_missing(name: str, deploy: Deploy) -> None:
    said = last_words(name, {}, deploy.folder)

    assert [one for one in REQUIRED if said.count(f"{one} is missing: ") != 1] == []
    assert "Traceback" not in said


@pytest.mark.parametrize("name", ["release", "web", "worker", "scheduler"])
def test_a_process_with_wrong_variables_names_all_and_shows_none(name: str, deploy: Deploy) -> None:
    wrong = {
        "SECRET_KEY": SECRET,
        "DATABASE_URL": f"mysql://dozen:{SECRET}@db/dozen",
        "REDIS_URL": f"redis://:{SECRET}@{SECRET}@redis/0",
        "PORT": SECRET,
        "DEBUG": SECRET,
    }

    said = last_words(name, deploy.variables | wrong, deploy.folder)

    assert [one for one in wrong if said.count(f"\n{one} ") + said.startswith(f"{one} ") != 1] == []
    assert SECRET not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("SECRET_KEY", SECRET, "is shorter than 50 characters"),
        ("DATABASE_URL", f"sqlite:///{SECRET}", "is not a URL that starts with postgres://"),
        ("DATABASE_URL", f"postgresql://dozen:{SECRET}@db", "names no database"),
        (
            "DATABASE_URL",
            f"postgresql://dozen:{SECRET}@db:port/dozen",
            "a port that cannot be read",
        ),
        ("REDIS_URL", f"redis:{SECRET}", "is not a URL that starts with redis://"),
        ("REDIS_URL", "redis://", "names no host"),
        ("EMAIL_URL", f"imap://{SECRET}@mail", "is not a URL that starts with smtp://"),
        ("PUBLIC_BASE_URL", SECRET, "is not a URL that starts with http://"),
        ("WEB_CONCURRENCY", SECRET, "must be a whole number"),
        ("WEB_CONCURRENCY", "0", "must be 1 or more"),
        ("DEBUG", SECRET, "must be true or false"),
        ("LOG_LEVEL", SECRET, "must be one of DEBUG, INFO"),
        ("SECRET_KEY_FILE", f"/nowhere/{SECRET}", "names a file that cannot be read"),
    ],
)
def test_a_wrong_value_is_explained_and_not_repeated(name: str, value: str, hint: str) -> None:
    variables = {"SECRET_KEY": ""} if name == "SECRET_KEY_FILE" else {}

    said = refusal(**variables, **{name: value})

    assert f"{name} " in said
    assert hint in said
    assert SECRET not in said


@pytest.mark.parametrize("character", "@#/?")
@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("DATABASE_URL", "postgresql://dozen:", "@db.example:5432/dozen"),
        ("REDIS_URL", "rediss://:", "@redis.example:6380/0"),
        ("EMAIL_URL", "smtp+tls://desk:", "@mail.example:587"),
    ],
)
def test_a_password_that_ends_early_is_to_be_encoded(
    name: str, start: str, end: str, character: str
) -> None:
    said = refusal(**{name: f"{start}{SECRET}{character}x{end}"})

    assert f"{name} has a password with a character that ends it early; percent-encode it" in said
    assert SECRET not in said
    encoded = f"{start}{SECRET}%{ord(character):02X}x{end}"
    assert getattr(environment.read({**EXAMPLES, name: encoded}), name) == encoded


def test_a_value_may_come_in_a_file(deploy: Deploy, shop: Shop, tmp_path: Path) -> None:
    mounted = tmp_path / "database"
    mounted.write_text(deploy.database.url + "\n")
    script = "from apps.accounts.models import *; print(Organization.objects.get().slug)"

    done = deploy.manage(
        *("shell", "--no-imports", "-c", script), DATABASE_URL="", DATABASE_URL_FILE=str(mounted)
    )

    assert done.stdout.strip() == shop.slug, done.stderr


def test_the_example_is_accepted_as_it_stands() -> None:
    lines = environment.example().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]

    read = environment.read(dict(pairs))

    assert read.LOG_FORMAT == "pretty"
    assert read.DATABASE_URL.startswith("postgresql://")


def test_the_example_in_the_repository_is_current() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert example == environment.example(), (
        "Run: python manage.py environment --example > .env.example"
    )


def test_every_declared_variable_is_used() -> None:
    used = {
        node.attr
        for path, tree in sources().items()
        if path.startswith("config/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    }
    plain = {one.name for one in fields(Environment) if not one.name.startswith("FEATURE_")}

    assert plain - used == set()


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        path
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }

    assert readers == {
        *("manage.py", "config/settings.py", "config/gunicorn.py"),
        # These two only say where the settings are.
        *("config/celery.py", "config/wsgi.py"),
    }


@pytest.mark.parametrize("on", [True, False])
def test_a_feature_flag_reaches_code_templates_and_api(
    on: bool,
    deploy: Deploy,
    shop: Shop,
    settings: Settings,
) -> None:
    wish = {"FEATURE_NEW_CHECKOUT": str(on).lower()}
    settings.FEATURES = environment.read({**EXAMPLES, **wish}).features
    template = engines["django"].from_string(
        "{% if features.new_checkout %}new{% else %}old{% endif %}"
    )
    context: dict[str, Any] = shell(RequestFactory().get("/"))
    key = {"Authorization": f"Bearer {shop.api_key}"}

    web = deploy.web(**wish)

    assert settings.FEATURES["new_checkout"] is on
    assert template.render(context) == ("new" if on else "old")
    assert web.ask("/api/v1/features", headers=key).json() == {"new_checkout": on}
