"""
One shape of log line for every process: web, worker, scheduler, release and admin command.

Factor XI (Logs): one unbuffered stream of events on stdout; where they go is the platform's job.
"""

import logging.config
import re
import sys
from typing import Any

import structlog
import structlog.tracebacks
from structlog.types import Processor

# Never logged, under whatever event they were passed.
SECRET_KEYS = ("password", "secret", "token", "api_key", "authorization", "cookie", "csrf")


# Whoever has such a link may do what it opens, so whoever reads the log must not have it.
PERMISSIONS = re.compile(
    r"(/(?:pay|track|join|accounts/confirm-email|accounts/password/reset/key)/)[^/?\s'\"]+"
)
# Where a path may stand; Django adds the whole request to what it says of an error.
TELL_PATHS = ("event", "path", "request")


def hide_secrets(_: object, __: str, line: dict[str, Any]) -> dict[str, Any]:
    for key, value in line.items():
        if any(word in key.lower() for word in SECRET_KEYS):
            line[key] = "[hidden]"
        elif key in TELL_PATHS:
            line[key] = PERMISSIONS.sub(r"\1[hidden]", str(value))
    return line


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]

SHAPES: dict[str, list[Processor]] = {
    "json": [
        # Without local variables: they hold what people typed, passwords too.
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ],
    "logfmt": [
        structlog.processors.format_exc_info,
        structlog.processors.LogfmtRenderer(
            key_order=["timestamp", "level", "logger", "event"], bool_as_flag=False
        ),
    ],
    "pretty": [
        structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ],
}


def logging_config(*, level: str, shape: str) -> dict[str, Any]:
    """Return the dictConfig: one handler, stdout, and every logger of every library into it."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED, structlog.stdlib.ExtraAdder()],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # After what libraries add to a line.
                    hide_secrets,
                    *SHAPES[shape],
                ],
            }
        },
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": {
            # Django's own handlers (console, mail to admins) give way to the root's one.
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "INFO", "propagate": True},
            # RequestLog writes one line for every request, with its status and duration.
            "django.request": {"level": "ERROR"},
            "botocore": {"level": "WARNING"},
            "boto3": {"level": "WARNING"},
            "urllib3": {"level": "WARNING"},
            "celery.utils.functional": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
        },
    }


def configure(config: dict[str, Any]) -> None:
    """Set up logging and structlog. Django calls it once, in every process."""
    logging.config.dictConfig(config)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
