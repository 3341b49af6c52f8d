"""What lists and searches ask of the database, so that a long history does not slow them down."""

from django.db import connection

from apps.accounts.models import Organization
from apps.orders import queries
from apps.orders.models import Order


def test_lists_are_planned_for_what_they_look_for(acme: Organization, order: Order) -> None:
    for _ in range(10):
        assert queries.order_page(acme, search="jo", payment_status="unpaid").orders == [order]

    assert [text for text in prepared_statements() if "ILIKE" in text or "LIKE" in text] == []


def test_everything_else_is_prepared_as_before(acme: Organization, order: Order) -> None:
    queries.order_page(acme)

    for _ in range(10):
        assert queries.order_in_full(acme, 1).get() == order

    assert [text for text in prepared_statements() if '"orders_order"."number"' in text]


def prepared_statements() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        return [row[0] for row in cursor.fetchall()]
