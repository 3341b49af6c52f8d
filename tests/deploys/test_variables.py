"""Factor III in the deploys: every variable a file names is read, and none we need is missing."""

import copy
import io
import re
from dataclasses import fields

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from config import environment
from config.environment import Environment, Unset
from tests.deploys import platforms
from tests.deploys.platforms import FOREIGN, ROOT, Process

FORMATIONS = platforms.formations()
PROCFILE = platforms.procfile(platforms.load("Procfile"))
GUIDE = platforms.load("docs/deploying.md")
PROCESSES = [(platform, name) for platform, one in FORMATIONS.items() for name in one]
ACCEPTED = platforms.accepted_names()
EXAMPLES = {one.name: one.metadata["example"] for one in fields(Environment)}
NOTHING = environment.read({"BUILD_MODE": "true"})
REQUIRED = {name for name in EXAMPLES if isinstance(getattr(NOTHING, name), Unset)}
SECRET = {one.name for one in fields(Environment) if one.metadata["secret"]}


def unknown(process: Process) -> set[str]:
    return set(process.named) - set(ACCEPTED) - set(FOREIGN)


def missing(process: Process) -> set[str]:
    return REQUIRED - {ACCEPTED[name] for name in process.variables if name in ACCEPTED}


def test_there_are_required_variables() -> None:
    assert {"SECRET_KEY", "DATABASE_URL"} <= REQUIRED


@pytest.mark.parametrize(("platform", "name"), PROCESSES)
def test_every_variable_named_is_one_we_read(platform: str, name: str) -> None:
    assert unknown(FORMATIONS[platform][name]) == set()


@pytest.mark.parametrize(("platform", "name"), PROCESSES)
def test_every_required_variable_is_given_or_asked_for(platform: str, name: str) -> None:
    assert missing(FORMATIONS[platform][name]) == set()


@pytest.mark.parametrize(("platform", "name"), PROCESSES)
def test_the_values_in_the_files_are_accepted(platform: str, name: str) -> None:
    process = FORMATIONS[platform][name]
    asked = {name: EXAMPLES[ACCEPTED[name]] for name in process.variables if name in ACCEPTED}
    written = {name: value for name, value in process.named.items() if value is not None}

    assert environment.read(asked | written).SECRET_KEY


def test_a_variable_nobody_reads_is_found() -> None:
    document = copy.deepcopy(platforms.load("docker-compose.yml"))
    document["services"]["web"]["environment"]["DJANGO_ENV"] = "production"

    assert unknown(platforms.compose(document)["web"]) == {"DJANGO_ENV"}


def test_a_variable_that_one_process_lacks_is_found() -> None:
    document = copy.deepcopy(platforms.load("render.yaml"))
    scheduler = document["services"][-1]
    scheduler["envVars"] = [one for one in scheduler["envVars"] if one["key"] != "EMAIL_URL"]

    assert missing(platforms.render(document)["scheduler"]) == {"EMAIL_URL"}


def test_an_addon_that_is_dropped_is_found() -> None:
    document = copy.deepcopy(platforms.load("app.json"))
    document["addons"] = [one for one in document["addons"] if "redis" not in one["plan"]]

    assert missing(platforms.heroku(document, PROCFILE)["worker"]) == {"REDIS_URL"}


def test_a_value_of_the_wrong_kind_is_found() -> None:
    process = FORMATIONS["heroku"]["web"]
    written = {name: value for name, value in process.named.items() if value is not None}

    with pytest.raises(ImproperlyConfigured, match="REDIS_SSL_CERT_REQS must be one of"):
        environment.read({**written, "REDIS_SSL_CERT_REQS": "CERT_NONE"})


@pytest.mark.parametrize("platform", [name for name in FORMATIONS if name != "compose"])
def test_no_secret_is_written_into_a_file(platform: str) -> None:
    # The pretend mail server of a test run is no secret.
    pretend = {"EMAIL_URL"} if platform == "heroku test" else set()
    written = {
        name
        for process in FORMATIONS[platform].values()
        for name, value in process.named.items()
        if value is not None and ACCEPTED.get(name) in SECRET - pretend
    }

    assert written == set()


def test_render_makes_one_secret_key_and_shares_it() -> None:
    services = platforms.load("render.yaml")["services"]
    keys = [
        one
        for service in services
        for one in service.get("envVars", [])
        if "SECRET_KEY" in one["key"]
    ]

    assert [one for one in keys if "generateValue" in one] == [keys[0]]


def test_what_a_render_service_borrows_is_there() -> None:
    document = platforms.load("render.yaml")
    services = {one["name"]: one for one in document["services"]}
    databases = {one["name"] for one in document["databases"]}

    for service in services.values():
        for one in service.get("envVars", []):
            if lender := one.get("fromService"):
                assert services[lender["name"]]["type"] == lender["type"]
                assert lender.get("envVarKey", "RENDER_EXTERNAL_URL") in {
                    *platforms.RENDER_WEB,
                    *(theirs["key"] for theirs in services[lender["name"]].get("envVars", [])),
                }
            if lender := one.get("fromDatabase"):
                assert lender["name"] in databases


def test_fly_knows_one_name_of_the_app() -> None:
    fly = platforms.load("fly.toml")

    assert fly["env"]["PUBLIC_BASE_URL"] == f"https://{fly['app']}.fly.dev"
    assert fly["env"]["PORT"] == str(fly["http_service"]["internal_port"])


def test_heroku_by_hand_sets_what_the_button_sets() -> None:
    by_hand = re.search(r"heroku config:set (SECRET_KEY=(?:.*\\\n)*.*)", GUIDE)
    required = set(FORMATIONS["heroku"]["web"].named)

    assert by_hand is not None
    assert set(re.findall(r"\b([A-Z][A-Z_]+)=", by_hand[1])) == required


def test_the_smallest_heroku_database_has_room_for_every_connection() -> None:
    threads = int(FORMATIONS["heroku"]["web"].named["WEB_THREADS"] or 0)
    web = threads * NOTHING.WEB_CONCURRENCY
    scheduler, release, somebody_at_a_shell = 2, 1, 1

    assert threads > 0
    assert web + NOTHING.WORKER_CONCURRENCY + scheduler + release + somebody_at_a_shell <= 20


def test_the_example_is_current() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")

    assert example == environment.example(), (
        "Run: python manage.py environment --example > .env.example"
    )


def test_the_command_prints_the_example() -> None:
    printed = io.StringIO()

    call_command("environment", "--example", stdout=printed)

    assert printed.getvalue() == environment.example()


def test_the_command_prints_every_variable_once() -> None:
    printed = io.StringIO()

    call_command("environment", stdout=printed)

    names = re.findall(r"^([A-Z][A-Z0-9_]+) ", printed.getvalue(), re.MULTILINE)
    assert names == ["NAME", *(one.name for one in fields(Environment))]
