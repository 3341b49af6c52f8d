import signal
import time
from contextlib import closing
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from kombu.exceptions import OperationalError as BrokerAway

from apps.events import operations, tasks

log = structlog.get_logger("dozen.scheduler")

TICK_SECONDS = 1.0
PAUSE_SECONDS = 2.0


class Command(BaseCommand):
    """
    The scheduler process: time into job slots, events into deliveries, deliveries to workers.

    It keeps nothing: all it knows is in PostgreSQL, so any number may run, and one that dies is
    simply started again.
    """

    help = "Run the scheduler until SIGTERM."

    stopping = False
    broker_rests_until = 0.0

    def handle(self, **options: Any) -> None:
        if settings.BUILD_MODE:
            raise CommandError("BUILD_MODE builds static files; it does not run a scheduler.")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        log.info("scheduler_started")
        while not self.stopping:
            try:
                self._listen()
                if not self._turn():
                    self._wait()
            except (DatabaseError, InterfaceError) as error:
                log.warning("scheduler_database_away", error=str(error).strip())
                connection.close()
                time.sleep(PAUSE_SECONDS)
        log.info("scheduler_stopped")

    def _turn(self) -> int:
        """Do what is due. Returns how much that was: after a full batch there may be more."""
        busy = operations.open_job_slots() + operations.dispatch_events()
        if time.monotonic() < self.broker_rests_until:
            return busy
        try:
            return busy + operations.hand_over(tasks.publish)
        except (BrokerAway, OSError) as error:
            # Deliveries are still written; only the hints wait.
            log.warning("scheduler_broker_away", error=str(error).strip())
            self.broker_rests_until = time.monotonic() + PAUSE_SECONDS
            return 0

    def _stop(self, *args: Any) -> None:
        self.stopping = True

    def _listen(self) -> None:
        if connection.connection is None or connection.connection.closed:
            close_old_connections()
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {operations.CHANNEL}")

    def _wait(self) -> None:
        """Sleep until the next tick, or until somebody recorded an event."""
        notices = connection.connection.notifies(timeout=TICK_SECONDS, stop_after=1)
        # The driver is asked directly here, so its errors have to be made Django's.
        with connection.wrap_database_errors, closing(notices) as heard:
            for _ in heard:
                return
