from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

# Any number will do; it only has to be the same for every release of this application.
MIGRATION_LOCK = 12_2026


class Command(Migrate):
    """
    Migrate one at a time: a second run waits, and then finds nothing left to do.

    The lock belongs to a connection, so it ends with the process that holds it.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        with connection.cursor() as cursor:
            # A migration may take long. Waiting for another one may too.
            cursor.execute("SET statement_timeout = 0")
            cursor.execute("SET lock_timeout = 0")
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                # But nobody's request may queue behind a migration that waits for a table.
                cursor.execute("SET lock_timeout = '5s'")
                super().handle(*args, **options)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
                cursor.execute("RESET lock_timeout")
                cursor.execute("RESET statement_timeout")
