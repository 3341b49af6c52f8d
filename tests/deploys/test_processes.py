"""Factor VIII in the deploys: the same four kinds of process everywhere, and nothing besides."""

import copy

import pytest

from tests.deploys import platforms
from tests.deploys.platforms import Formation

PROCFILE = platforms.procfile(platforms.load("Procfile"))
FORMATIONS = platforms.formations()
SERVICES = platforms.load("docker-compose.yml")["services"]


def differences(formation: Formation) -> list[str]:
    """Return the name of every process that is missing, unknown or started in another way."""
    names = sorted({*PROCFILE, *formation})
    return [
        name
        for name in names
        if name not in formation or formation[name].command != PROCFILE.get(name)
    ]


def test_there_are_four_kinds_of_process() -> None:
    assert list(PROCFILE) == ["release", "web", "worker", "scheduler"]


@pytest.mark.parametrize("platform", FORMATIONS)
def test_a_platform_starts_what_the_procfile_says(platform: str) -> None:
    assert differences(FORMATIONS[platform]) == []


def test_a_command_that_drifts_is_found() -> None:
    document = copy.deepcopy(platforms.load("fly.toml"))
    document["processes"]["worker"] += " --concurrency 4"

    assert differences(platforms.fly(document, "")) == ["worker"]


def test_a_process_that_is_forgotten_is_found() -> None:
    document = copy.deepcopy(platforms.load("docker-compose.yml"))
    del document["services"]["scheduler"]

    assert differences(platforms.compose(document)) == ["scheduler"]


def test_only_the_release_migrates() -> None:
    assert [name for name, words in PROCFILE.items() if "migrate" in words] == ["release"]


def test_every_command_takes_the_place_of_its_shell() -> None:
    # A shell between the platform and us would keep SIGTERM to itself.
    lines = [line for line in platforms.load("Procfile").splitlines() if not line.startswith("#")]

    assert [line for line in lines if ": exec " not in line] == []


def test_compose_runs_one_image_and_waits_for_its_release() -> None:
    ours = {name: SERVICES[name] for name in PROCFILE}
    after = {name: one["depends_on"].get("release") for name, one in ours.items()}

    assert {one["image"] for one in ours.values()} == {"dozen"}
    assert after == {
        "release": None,
        "web": {"condition": "service_completed_successfully"},
        "worker": {"condition": "service_completed_successfully"},
        "scheduler": {"condition": "service_completed_successfully"},
    }


def test_compose_gives_a_process_no_rights() -> None:
    for name in PROCFILE:
        service = SERVICES[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_web_is_checked_as_web() -> None:
    disabled = [
        name for name in PROCFILE if SERVICES[name].get("healthcheck", {}).get("disable", False)
    ]

    assert disabled == ["release", "worker", "scheduler"]


def test_compose_opens_nothing_to_the_network() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_the_volume_of_the_database_is_where_postgresql_18_wants_it() -> None:
    assert SERVICES["database"]["volumes"] == ["database:/var/lib/postgresql"]


def test_a_fly_process_that_ends_is_started_again() -> None:
    fly = platforms.load("fly.toml")
    restarted = [name for rule in fly["restart"] for name in rule["processes"]]
    sized = [name for machine in fly["vm"] for name in machine["processes"]]

    assert restarted == ["worker", "scheduler"]
    assert sorted(sized) == sorted(fly["processes"])


def test_a_database_outage_does_not_make_render_restart_web() -> None:
    web = next(one for one in platforms.load("render.yaml")["services"] if one["type"] == "web")

    assert web["healthCheckPath"] == "/health/live"
