"""How PostgreSQL plans what lists ask for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def planned_for_its_values() -> Iterator[None]:
    """
    Do not prepare what is asked in here.

    A prepared list is planned once, for whatever may come. Then it reads all that an organization
    has to find the three that match, where an index would have named them.
    """
    connection.ensure_connection()
    link = connection.connection
    usual, link.prepare_threshold = link.prepare_threshold, None
    try:
        yield
    finally:
        link.prepare_threshold = usual
