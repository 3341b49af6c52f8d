"""The table that short_clock names."""

from datetime import datetime, timedelta

import structlog

from apps.events.tables import Job

log = structlog.get_logger("dozen.tests")


def tick(slot: datetime) -> None:
    log.info("ticked", slot=slot.isoformat())


JOBS = {"tick": Job(tick, every=timedelta(milliseconds=250), catch_up=20)}
