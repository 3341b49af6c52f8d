"""What the two tables in config/ are made of: reactions to events, and jobs of the clock."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from django.conf import settings
from django.utils.module_loading import import_string

from apps.events.models import Event


class Reaction(NamedTuple):
    """
    What one event sets off.

    A reaction changes our database, in the transaction that closes its delivery. One that acts
    outside (mail, S3, a payment provider) says `outside=True`: it runs in no transaction, may run
    again after a crash, and must therefore be idempotent on the far side.
    """

    run: Callable[[Event], object]
    outside: bool = False


class Job(NamedTuple):
    """What the clock starts, `every` so often since midnight UTC."""

    run: Callable[[datetime], object]
    every: timedelta
    # Slots to make up for after the scheduler was away. A sweep needs only the latest.
    catch_up: int = 1


def reactions_to(event_type: str) -> Mapping[str, Reaction]:
    """Return the reactions to an event type, by name."""
    table = cast("Mapping[str, Mapping[str, Reaction]]", import_string(settings.EVENT_REACTIONS))
    return table.get(event_type, {})


def jobs() -> Mapping[str, Job]:
    """Return all scheduled jobs, by name."""
    return cast("Mapping[str, Job]", import_string(settings.SCHEDULED_JOBS))
