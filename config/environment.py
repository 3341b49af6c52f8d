"""
Every variable this application reads, declared once: name, type, default, one line of help.

`config/settings.py` is the only reader of the result. `.env.example` is printed from this table,
and app.json, render.yaml, fly.toml and docker-compose.yml are tested against it.

django-environ reads and casts every variable; dj-database-url parses DATABASE_URL alone, because it
knows about health checks and TLS. What makes a value unusable stands in `config/checks.py`.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import environ
from django.core.exceptions import ImproperlyConfigured

from config.checks import Check, database, long_enough, positive, url


def variable(
    help: str,  # noqa: A002 - the word everybody knows
    *,
    default: Any = MISSING,
    example: str = "",
    check: Check | None = None,
    aliases: tuple[str, ...] = (),
    secret: bool = False,
) -> Any:
    """Declare a variable. Without a default it is required. `aliases` are names platforms set."""
    about = {
        "help": help,
        "example": example,
        "check": check,
        "aliases": aliases,
        "secret": secret,
    }
    if isinstance(default, list):
        return field(default_factory=lambda: list(default), metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True, kw_only=True)
class Environment:
    # What every deploy must be given.
    SECRET_KEY: str = variable(
        "Signs sessions and links; 50 random characters or more",
        secret=True,
        check=long_enough,
        example="change-me-to-fifty-or-more-random-characters-0123456789",
    )
    PUBLIC_BASE_URL: str = variable(
        "Where people reach this deploy; https:// turns on secure cookies, redirects and HSTS",
        check=url("http", "https"),
        aliases=("RENDER_EXTERNAL_URL",),
        example="http://localhost:8000",
    )
    DATABASE_URL: str = variable(
        "PostgreSQL 15 or later",
        check=database,
        secret=True,
        example="postgresql://dozen:dozen@127.0.0.1:55431/dozen",
    )
    REDIS_URL: str = variable(
        "Valkey or Redis for broker, cache and sessions",
        check=url("redis", "rediss"),
        secret=True,
        example="redis://127.0.0.1:56378/0",
    )
    EMAIL_URL: str = variable(
        "Outgoing mail: smtp://, smtp+tls:// (STARTTLS) or smtp+ssl://",
        check=url("smtp", "smtp+tls", "smtp+ssl"),
        secret=True,
        example="smtp://127.0.0.1:51025",
    )
    AWS_STORAGE_BUCKET_NAME: str = variable(
        "The S3 bucket for uploads and documents",
        aliases=("BUCKET_NAME", "BUCKETEER_BUCKET_NAME"),
        example="dozen",
    )

    # Object storage.
    AWS_ACCESS_KEY_ID: str = variable(
        "Empty: the platform's own identity is used",
        default="",
        aliases=("BUCKETEER_AWS_ACCESS_KEY_ID",),
        example="dev-access-key",
    )
    AWS_SECRET_ACCESS_KEY: str = variable(
        "Belongs to AWS_ACCESS_KEY_ID",
        default="",
        aliases=("BUCKETEER_AWS_SECRET_ACCESS_KEY",),
        secret=True,
        example="dev-secret-key",
    )
    AWS_REGION: str = variable(
        "Region of the bucket", default="us-east-1", aliases=("BUCKETEER_AWS_REGION",)
    )
    AWS_ENDPOINT_URL_S3: str = variable(
        "For stores other than AWS",
        default="",
        check=url("http", "https"),
        example="http://127.0.0.1:59000",
    )
    S3_PUBLIC_ENDPOINT_URL: str = variable(
        "If browsers reach the store under another address than we do",
        default="",
        check=url("http", "https"),
    )

    # Redis, when one URL is not enough.
    BROKER_URL: str = variable(
        "A Redis for the broker alone; empty: REDIS_URL",
        default="",
        check=url("redis", "rediss"),
        secret=True,
    )
    CACHE_URL: str = variable(
        "A Redis for cache and sessions alone; empty: REDIS_URL",
        default="",
        check=url("redis", "rediss"),
        secret=True,
    )
    REDIS_SSL_CERT_REQS: Literal["required", "none"] = variable(
        "Certificate check of rediss://; 'none' only where the platform signs its own (Heroku)",
        default="required",
    )
    REDIS_SSL_CA_CERTS: str = variable("File with the authority that signed rediss://", default="")

    # Card payments. Without a secret key there are none, and nothing else is missing.
    STRIPE_SECRET_KEY: str = variable(
        "Takes card payments through Stripe; empty: card payments are off", default="", secret=True
    )
    STRIPE_PUBLISHABLE_KEY: str = variable(
        "Belongs to STRIPE_SECRET_KEY, and is shown to browsers", default=""
    )
    STRIPE_WEBHOOK_SECRET: str = variable(
        "Signs what Stripe sends to /webhooks/stripe/; empty: all of it is refused",
        default="",
        secret=True,
    )
    STRIPE_API_BASE: str = variable(
        "Where Stripe's API is", default="https://api.stripe.com", check=url("http", "https")
    )
    STRIPE_JS_URL: str = variable(
        "The script in which a card number is typed",
        default="https://js.stripe.com/v3/",
        check=url("http", "https"),
    )

    # How this deploy runs.
    PORT: int = variable("Where web listens", default=8000, check=positive)
    WEB_CONCURRENCY: int = variable("Web processes", default=2, check=positive)
    WEB_THREADS: int = variable("Threads of each web process", default=4, check=positive)
    WORKER_CONCURRENCY: int = variable("Worker child processes", default=2, check=positive)
    SHUTDOWN_GRACE_SECONDS: int = variable(
        "Seconds the platform leaves between SIGTERM and SIGKILL", default=30, check=positive
    )
    DATABASE_STATEMENT_TIMEOUT: int = variable(
        "Seconds after which PostgreSQL gives up one statement", default=15, check=positive
    )
    ALLOWED_HOSTS: list[str] = variable(
        "More host names than that of PUBLIC_BASE_URL, comma separated",
        default=[],
        aliases=("RENDER_EXTERNAL_HOSTNAME",),
    )
    TRUSTED_PROXY_COUNT: int = variable(
        "Proxies in front of web whose X-Forwarded headers are believed", default=0
    )
    SECURE_HSTS_SECONDS: int = variable("Seconds browsers remember to insist on TLS", default=3600)
    SECRET_KEY_FALLBACKS: list[str] = variable(
        "Former keys, still accepted while SECRET_KEY is rotated", default=[], secret=True
    )
    DEFAULT_FROM_EMAIL: str = variable(
        "Sender of our mail", default="Dozen <no-reply@dozen.example>"
    )
    LOG_LEVEL: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = variable(
        "Least severe message logged", default="INFO"
    )
    LOG_FORMAT: Literal["json", "logfmt", "pretty"] = variable(
        "Shape of a log line", default="json", example="pretty"
    )
    DEBUG: bool = variable("Show details of errors to whoever looks", default=False)
    BUILD_COMMIT: str = variable(
        "The commit this build was made from",
        default="",
        aliases=("RENDER_GIT_COMMIT", "HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT"),
    )
    BUILD_MODE: bool = variable(
        "Build static files without services or secrets; refuses to serve", default=False
    )

    # Feature flags: FEATURE_X is settings.FEATURES["x"], features.x in templates, and in the API.
    FEATURE_NEW_CHECKOUT: bool = variable(
        "Show stock and totals while an order is typed", default=True
    )

    @property
    def features(self) -> dict[str, bool]:
        return {
            one.name.removeprefix("FEATURE_").lower(): getattr(self, one.name)
            for one in fields(self)
            if one.name.startswith("FEATURE_")
        }


class Unset(str):
    """What a missing required variable reads as in BUILD_MODE, where nothing will use it."""

    __slots__ = ()


def read(variables: Mapping[str, str]) -> Environment:
    """
    Return the environment, checked.

    Raises ImproperlyConfigured with a line for every variable that is missing or wrong. Values
    never appear in it.
    """
    given, problems = _with_files_and_aliases(variables)
    types = get_type_hints(Environment)
    values: dict[str, Any] = {}
    for one in fields(Environment):
        if raw := given[one.name]:
            values[one.name], problem = _cast(one, types[one.name], raw)
            problems += [f"{one.name} {problem}."] if problem else []
        elif _required(one):
            values[one.name] = Unset()
            problems += [] if _building(given) else [f"{one.name} is missing: {_help(one)}."]
    if problems:
        raise ImproperlyConfigured("\n".join(["The environment is not usable:", *problems]))
    return Environment(**values)


def _building(given: Mapping[str, str]) -> bool:
    return given["BUILD_MODE"].lower() in environ.Env.BOOLEAN_TRUE_STRINGS


def _help(one: Field[Any]) -> str:
    return str(one.metadata["help"])


def _required(one: Field[Any]) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def _with_files_and_aliases(variables: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """NAME wins over NAME_FILE, and both over the names that platforms give the same thing."""
    given: dict[str, str] = {}
    problems = []
    for one in fields(Environment):
        names = (one.name, *one.metadata["aliases"])
        raw = next((variables[name] for name in names if variables.get(name)), "")
        path = variables.get(f"{one.name}_FILE", "")
        if path and not variables.get(one.name):
            try:
                raw = Path(path).read_text(encoding="utf-8").rstrip("\n")
            except (OSError, UnicodeDecodeError):
                problems.append(f"{one.name}_FILE names a file that cannot be read.")
        given[one.name] = raw
    return given, problems


def _cast(one: Field[Any], kind: Any, raw: str) -> tuple[Any, str | None]:
    check: Check | None = one.metadata["check"]
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        return raw, None if raw in choices else f"must be one of {', '.join(choices)}"
    if get_origin(kind) is list:
        return [item.strip() for item in raw.split(",") if item.strip()], None
    if kind is bool and raw.lower() not in {*environ.Env.BOOLEAN_TRUE_STRINGS, *FALSE}:
        return raw, "must be true or false"
    try:
        # parse_value, because get_value takes a value that begins with $ for another's name.
        value = raw if kind is str else environ.Env.parse_value(raw, kind)
    except ValueError:
        return raw, "must be a whole number"
    return value, check(raw) if check else None


FALSE = ("false", "off", "no", "n", "0", "f")


def example() -> str:
    """Return the text of .env.example: every variable, its help and a value for a laptop."""
    lines = [
        "# Every variable the settings read, no more and no less. Printed by",
        "# `python manage.py environment --example`; the ones without a # suit a laptop.",
        "# Any NAME may come as NAME_FILE, the path of a file that holds the value.",
    ]
    for one in fields(Environment):
        default = "" if _required(one) or one.default is MISSING else one.default
        shown = one.metadata["example"] or str(default).replace("False", "false")
        shown = shown.replace("True", "true")
        lines += ["", f"# {one.metadata['help']}."]
        lines += [f"{'' if _required(one) or one.metadata['example'] else '#'}{one.name}={shown}"]
    return "\n".join(lines) + "\n"
