"""
What each platform's file starts, with which variables, and how long it lets it end.

The readers take documents, not paths, so that a test can plant a fault in one.
"""

import json
import re
import shlex
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from config.environment import Environment

ROOT = Path(__file__).parents[2]

# Names that our settings do not read, and who reads them instead.
FOREIGN = {"GUNICORN_CMD_ARGS": "gunicorn; see app.json"}

# What a platform sets by itself once the thing on the left is there.
HEROKU_ADDONS = {
    "heroku-postgresql": {"DATABASE_URL"},
    "heroku-redis": {"REDIS_URL"},
    "bucketeer": {
        "BUCKETEER_AWS_ACCESS_KEY_ID",
        "BUCKETEER_AWS_SECRET_ACCESS_KEY",
        "BUCKETEER_AWS_REGION",
        "BUCKETEER_BUCKET_NAME",
    },
}
RENDER_WEB = {"RENDER_EXTERNAL_URL", "RENDER_EXTERNAL_HOSTNAME"}
FLY_COMMANDS = {
    "fly mpg attach": {"DATABASE_URL"},
    "fly storage create": {
        "BUCKET_NAME",
        "AWS_ENDPOINT_URL_S3",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
    },
}
HEROKU_GRACE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Process:
    command: list[str]
    # Named in our file: the value, or None where the platform asks a person or another service.
    named: dict[str, str | None]
    # Named nowhere, and there all the same.
    attached: set[str]
    # Seconds between SIGTERM and SIGKILL.
    grace: int

    @property
    def variables(self) -> set[str]:
        return {*self.named, *self.attached}


type Formation = dict[str, Process]


def load(name: str) -> Any:
    """Return the document of that name at the root of the repository."""
    text = (ROOT / name).read_text(encoding="utf-8")
    match Path(name).suffix:
        case ".json":
            return json.loads(text)
        case ".toml":
            return tomllib.loads(text)
        case ".yml" | ".yaml":
            return YAML(typ="safe").load(text)
        case _:
            return text


def procfile(text: str) -> dict[str, list[str]]:
    """Return the words of each command, without the exec that the other platforms need not."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    commands = (line.split(":", maxsplit=1) for line in lines)
    return {name: shlex.split(command.strip().removeprefix("exec ")) for name, command in commands}


def compose(document: Any) -> Formation:
    return {
        name: Process(
            command=service["command"],
            named=service["environment"],
            attached=set(),
            grace=_seconds(service["stop_grace_period"]),
        )
        for name, service in document["services"].items()
        if "build" in service
    }


def heroku(document: Any, commands: dict[str, list[str]], environment: str = "") -> Formation:
    """Heroku runs the Procfile; app.json says which of its processes, and in what environment."""
    document = {**document, **document.get("environments", {}).get(environment, {})} | {
        "env": document["env"] | document["environments"].get(environment, {}).get("env", {})
    }
    plans = (addon["plan"].split(":")[0] for addon in document["addons"])
    attached = set().union(*(HEROKU_ADDONS[plan] for plan in plans))
    named = {
        name: about.get("value")
        for name, about in document["env"].items()
        if about.get("required", True)
    }
    return {
        name: Process(
            command=commands[name], named=named, attached=attached, grace=HEROKU_GRACE_SECONDS
        )
        for name in ["release", *document["formation"]]
    }


def render(document: Any) -> Formation:
    services = {
        one["name"].removeprefix("dozen-"): one
        for one in document["services"]
        if one["type"] != "keyvalue"
    }
    formation = {
        name: Process(
            command=shlex.split(service["dockerCommand"]),
            named={one["key"]: one.get("value") for one in service["envVars"]},
            attached=RENDER_WEB if service["type"] == "web" else set(),
            grace=service["maxShutdownDelaySeconds"],
        )
        for name, service in services.items()
    }
    release = Process(
        command=shlex.split(services["web"]["preDeployCommand"]),
        named=formation["web"].named,
        attached=formation["web"].attached,
        grace=formation["web"].grace,
    )
    return {"release": release, **formation}


def fly(document: Any, guide: str) -> Formation:
    """What fly.toml does not say, because it is secret, the commands in the guide set."""
    chapter = guide.partition("## Fly\n")[2].partition("\n## ")[0]
    secrets = re.search(r"fly secrets set((?:.*\\\n)*.*)", chapter)
    asked = re.findall(r"\b([A-Z][A-Z0-9_]+)=", secrets[1]) if secrets else []
    attached = set().union(*(sets for run, sets in FLY_COMMANDS.items() if run in chapter))
    commands = {"release": document["deploy"]["release_command"], **document["processes"]}
    return {
        name: Process(
            command=shlex.split(command),
            named=dict.fromkeys(asked) | document["env"],
            attached=attached,
            grace=_seconds(document["kill_timeout"]),
        )
        for name, command in commands.items()
    }


def formations() -> dict[str, Formation]:
    commands = procfile(load("Procfile"))
    app = load("app.json")
    return {
        "compose": compose(load("docker-compose.yml")),
        "heroku": heroku(app, commands),
        "heroku review": heroku(app, commands, "review"),
        "heroku test": heroku(app, commands, "test"),
        "render": render(load("render.yaml")),
        "fly": fly(load("fly.toml"), load("docs/deploying.md")),
    }


def accepted_names() -> dict[str, str]:
    """Return every name a value may come under, and the field of the environment it fills."""
    return {
        name: one.name
        for one in fields(Environment)
        for name in (one.name, f"{one.name}_FILE", *one.metadata["aliases"])
    }


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))
