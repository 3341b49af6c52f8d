"""
The worker's app object.

A message is only a hint that a delivery is due; the row is the promise (see apps.events). So the
settings below are chosen to keep workers healthy, not to keep messages safe.
"""

import os
import sys
from typing import Any

from celery import Celery, Task, signals
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

TASK_TIME_LIMIT = 60
TASK_SOFT_TIME_LIMIT = 50


class TaskDied(Exception):
    """A task asked for its process to end; it may end itself, not the worker."""


class SafeTask(Task[Any, Any]):
    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except (MemoryError, SystemExit, KeyboardInterrupt) as end:
            # These three end the worker's main process, and each attempt ends another one
            # (celery#10462).
            raise TaskDied(f"{type(end).__name__}: {end}") from None


app = Celery("config", task_cls=SafeTask)


class WorkerSettings:
    """Read lazily, so that importing this module needs no settings."""

    # A message that came again would find the row leased: what Redis gave away it may forget.
    task_acks_late = False
    # Hold no message that another worker could be doing.
    worker_prefetch_multiplier = 1
    worker_disable_prefetch = True
    # The table has the outcome; nobody asks Celery for it.
    task_ignore_result = True
    result_backend = None
    task_time_limit = TASK_TIME_LIMIT
    task_soft_time_limit = TASK_SOFT_TIME_LIMIT
    # Hints are cheap and repeated by the scheduler, so publishing one fails fast.
    task_publish_retry_policy = {
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.1,
        "interval_max": 0.2,
    }
    broker_transport_options = {
        # Redis keeps no list of what was not acknowledged: two round trips less for each task.
        "ack_emulation": False,
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }
    # Small plans allow 20 Redis connections in all.
    broker_pool_limit = 1
    broker_connection_retry_on_startup = True
    broker_connection_max_retries = None
    worker_cancel_long_running_tasks_on_connection_loss = False
    # SIGTERM (remapped to SIGQUIT in the Procfile): finish what is short, give back what is not.
    worker_enable_soft_shutdown_on_idle = False
    worker_max_tasks_per_child = 500
    worker_max_memory_per_child = 300_000
    worker_hijack_root_logger = False
    worker_redirect_stdouts = False

    @property
    def broker_url(self) -> str:
        return str(_settings().BROKER_URL)

    @property
    def worker_concurrency(self) -> int:
        return int(_settings().WORKER_CONCURRENCY)

    @property
    def worker_soft_shutdown_timeout(self) -> int:
        return max(0, int(_settings().SHUTDOWN_GRACE_SECONDS) - 10)


def _settings() -> Any:
    from django.conf import settings

    try:
        settings.BROKER_URL  # noqa: B018 - reading one setting reads them all
    except ImproperlyConfigured as problem:
        # A list of wrong variables is for a person; a traceback around it is not.
        sys.exit(str(problem))
    return settings


app.config_from_object(WorkerSettings())
app.autodiscover_tasks()


@signals.setup_logging.connect
def leave_logging_alone(**kwargs: Any) -> None:
    """Celery configures logging of its own unless somebody answers this signal."""


@signals.celeryd_init.connect
def refuse_to_work_in_build_mode(**kwargs: Any) -> None:
    if _settings().BUILD_MODE:
        sys.exit("BUILD_MODE builds static files; it does not run a worker.")


@signals.celeryd_init.connect
def never_give_a_message_back(**kwargs: Any) -> None:
    """
    Let go of the messages at hand when Redis leaves; the scheduler repeats each hint.

    Celery would give them back through the connection that broke, and end the worker over it
    (celery 5.7.0, kombu 5.7.0: "'NoneType' object has no attribute 'hostname'").
    """
    from kombu.transport import redis

    redis.Channel.do_restore = False


@signals.celeryd_init.connect
def speak_only_through_the_log(**kwargs: Any) -> None:
    """Celery tells whoever pressed Ctrl-C how it will end; such lines would break the stream."""
    from celery.apps import worker

    worker.safe_say = lambda *args: None  # type: ignore[attr-defined]
