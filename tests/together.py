"""Real threads that meet: all at the same moment, or one while another has not committed."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection, transaction

from apps.core.errors import Refusal


def at_once(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Start all at the same moment; return what each returned or refused."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        try:
            gate.wait()
            return act()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def overtaking(first: Callable[[], object], second: Callable[[], object]) -> object:
    """Start `second` while `first` has not committed; return how `second` ended after it did."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            other = pool.submit(lambda: at_once([second])[0])
            while not other.done() and not somebody_waits_for_a_lock():
                pass
        return other.result()


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        # A transaction sees one picture of the others unless it asks for a new one.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone() is not None
