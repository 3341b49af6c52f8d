"""
Sales by day, so that no page has to add up the whole history.

An order may change long after its day: it is edited, cancelled, refunded, or imported with a date
of last year. Every change is an event, so the days to reckon anew are those of the orders that had
events since the last roll-up. Each night all days are reckoned anew, because an organization that
moves to another time zone moves its days.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max

from apps.accounts.models import Organization
from apps.reports.models import DailySales

# An event is dated by the clock at its writing and seen when its transaction ends: look back for
# longer than any transaction lasts.
OVERLAP = timedelta(minutes=15)
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

# Days are those of the organization's calendar. An order has no day before it is placed.
DAY = "(placed_at AT TIME ZONE timezone)::date"

CHANGED_DAYS = f"""
    SELECT DISTINCT parent.organization_id, {DAY} AS date
    FROM events_event AS event
    JOIN orders_order AS parent
        ON parent.organization_id = event.organization_id AND parent.id = aggregate_id
    JOIN accounts_organization AS organization ON organization.id = parent.organization_id
    WHERE event.created_at >= %s AND aggregate_type = 'order' AND placed_at IS NOT NULL
"""  # noqa: S608
DAYS_SINCE = f"""
    SELECT DISTINCT organization_id, {DAY} AS date
    FROM orders_order AS parent
    JOIN accounts_organization AS organization ON organization.id = organization_id
    WHERE placed_at IS NOT NULL AND organization_id = %s AND {DAY} >= %s
    UNION
    SELECT organization_id, date FROM reports_dailysales WHERE organization_id = %s AND date >= %s
"""  # noqa: S608
# The bounds in UTC are wide enough for every time zone, and let the index of orders be used.
ROLL_UP = f"""
    WITH days AS MATERIALIZED ({{days}}),
    placed AS (
        SELECT parent.organization_id, days.date, parent.currency, channel, parent.id, net, tax,
            total, refunded
        FROM days
        JOIN accounts_organization AS organization ON organization.id = days.organization_id
        JOIN orders_order AS parent ON parent.organization_id = days.organization_id
            AND placed_at >= (days.date - 1)::timestamp AT TIME ZONE 'UTC'
            AND placed_at < (days.date + 2)::timestamp AT TIME ZONE 'UTC'
            AND {DAY} = days.date
        WHERE status NOT IN ('cancelled', 'expired')
    ),
    fresh AS (
        SELECT organization_id, date, currency, channel, count(*) AS orders,
            coalesce(sum(units), 0) AS units, sum(net) AS net, sum(tax) AS tax,
            sum(total) AS gross, sum(refunded) AS refunded
        FROM placed
        LEFT JOIN LATERAL (
            SELECT sum(quantity - cancelled) AS units FROM orders_orderline
            WHERE order_id = placed.id
        ) AS lines ON true
        GROUP BY organization_id, date, currency, channel
    ),
    emptied AS (
        DELETE FROM reports_dailysales AS sales USING days
        WHERE (sales.organization_id, sales.date) = (days.organization_id, days.date)
            AND NOT EXISTS (
                SELECT FROM fresh
                WHERE (fresh.organization_id, fresh.date, fresh.currency, fresh.channel)
                    = (sales.organization_id, sales.date, sales.currency, sales.channel)
            )
        RETURNING 1
    ),
    written AS (
        INSERT INTO reports_dailysales AS sales
            (organization_id, date, currency, channel, orders, units, net, tax, gross, refunded)
        SELECT * FROM fresh
        ON CONFLICT (organization_id, date, currency, channel) DO UPDATE
        SET orders = excluded.orders, units = excluded.units, net = excluded.net,
            tax = excluded.tax, gross = excluded.gross, refunded = excluded.refunded,
            rolled_up_at = excluded.rolled_up_at
        WHERE (sales.orders, sales.units, sales.net, sales.tax, sales.gross, sales.refunded)
            <> (excluded.orders, excluded.units, excluded.net, excluded.tax, excluded.gross,
                excluded.refunded)
        RETURNING 1
    )
    SELECT (SELECT count(*) FROM emptied) + (SELECT count(*) FROM written)
"""  # noqa: S608


def roll_up_recent_sales(now: datetime) -> int:
    """Reckon anew the days whose orders changed since the last roll-up. Returns rows changed."""
    last = DailySales.objects.aggregate(last=Max("rolled_up_at"))["last"]
    return _roll_up(CHANGED_DAYS, [last - OVERLAP if last else BEFORE_ALL])


def roll_up_all_sales(now: datetime) -> int:
    """Reckon every day of every organization anew. Returns how many rows changed."""
    return roll_up_sales(now=now)


def roll_up_sales(*, since: date = date.min, now: datetime) -> int:
    """Reckon the days from `since` on anew, in every organization. Returns rows changed."""
    # First what changed before that, because what is written next says how far we have read.
    changed = roll_up_recent_sales(now)
    # One transaction an organization: a sweep that dies halfway keeps what it did.
    for organization_id in Organization.objects.order_by("pk").values_list("pk", flat=True):
        changed += _roll_up(DAYS_SINCE, [organization_id, since, organization_id, since])
    return changed


@transaction.atomic
def _roll_up(days: str, parameters: Sequence[int | date]) -> int:
    with connection.cursor() as cursor:
        # One at a time, or the older picture could be written last. Readers do not wait.
        cursor.execute("LOCK TABLE reports_dailysales IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(ROLL_UP.format(days=days), parameters)
        return int(cursor.fetchone()[0])
