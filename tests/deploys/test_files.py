"""Each platform's file is what that platform can read, as far as a machine without it can tell."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploys.platforms import ROOT

SCHEMAS = Path(__file__).parent / "schemas"
COMPOSE = ["--builtin-schema", "vendor.compose-spec"]

FILES = {
    "docker-compose.yml": COMPOSE,
    "app.json": ["--schemafile", str(SCHEMAS / "app.schema.json")],
    "render.yaml": ["--schemafile", str(SCHEMAS / "render.schema.json")],
    "fly.toml": ["--schemafile", str(SCHEMAS / "fly.schema.json")],
}

FAULTS = {
    "docker-compose.yml": ("service_healthy", "service_perfect"),
    "app.json": ('"generator": "secret"', '"generator": "dice"'),
    "render.yaml": ('value: "60"', "value: 60"),
    "fly.toml": ('kill_signal = "SIGTERM"', 'kill_signal = "SIGINT"'),
}

type Plant = Callable[[str, str, str], Path]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    def plant(name: str, right: str, wrong: str) -> Path:
        text = (ROOT / name).read_text(encoding="utf-8")
        assert right in text
        path = tmp_path / name
        path.write_text(text.replace(right, wrong), encoding="utf-8")
        return path

    return plant


def validate(path: Path, schema: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", *schema, str(path)],
        capture_output=True,
        text=True,
        check=False,
    )


def hadolint(path: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("hadolint")
    return subprocess.run([program, str(path)], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_valid(name: str) -> None:
    result = validate(ROOT / name, FILES[name])

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", FILES)
def test_a_planted_fault_is_found(name: str, plant: Plant) -> None:
    right, wrong = FAULTS[name]

    assert validate(plant(name, right, wrong), FILES[name]).returncode == 1


def test_the_dockerfile_is_clean() -> None:
    result = hadolint(ROOT / "Dockerfile")

    assert result.returncode == 0, result.stdout


def test_a_fault_in_the_dockerfile_is_found(plant: Plant) -> None:
    shell_form = plant("Dockerfile", 'CMD ["gunicorn", ', "CMD gunicorn # ")

    assert "DL3025" in hadolint(shell_form).stdout
