"""
Sales, orders and best sellers by day, so that no page has to add up the whole history.

An order may change long after its day: it is edited, cancelled, refunded, or imported with a date
of last year. Every change is an event, so the days to reckon anew are those of the orders that had
events since the last roll-up. Each night all days are reckoned anew, because an organization that
moves to another time zone moves its days.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import batched
from typing import NamedTuple

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
# So many days at once: no statement reads a whole history, however long it is.
DAYS_AT_ONCE = 31
# The bounds in UTC are wide enough for every time zone, and let the index of orders be used.
PLACED = f"""
    days AS MATERIALIZED (
        SELECT unnest(%s::bigint[]) AS organization_id, unnest(%s::date[]) AS date
    ),
    placed AS (
        SELECT parent.organization_id, days.date, parent.currency, channel, status, parent.id, net,
            tax, total, refunded, status NOT IN ('cancelled', 'expired') AS sold
        FROM days
        JOIN accounts_organization AS organization ON organization.id = days.organization_id
        JOIN orders_order AS parent ON parent.organization_id = days.organization_id
            AND placed_at >= (days.date - 1)::timestamp AT TIME ZONE 'UTC'
            AND placed_at < (days.date + 2)::timestamp AT TIME ZONE 'UTC'
            AND {DAY} = days.date
    )
"""  # noqa: S608


class RollUp(NamedTuple):
    """A table of days: what tells its rows apart, what they sum up, and how orders become both."""

    table: str
    keys: str
    facts: str
    fresh: str

    @property
    def statement(self) -> str:
        """Makes the rows of some days what the orders say now, and tells how many it changed."""
        keys, facts = f"organization_id, date, {self.keys}", self.facts
        ours, theirs = (_columns(name, keys) for name in ("rolled", "fresh"))
        return f"""
            WITH {PLACED},
            fresh AS ({self.fresh}),
            emptied AS (
                DELETE FROM {self.table} AS rolled USING days
                WHERE (rolled.organization_id, rolled.date) = (days.organization_id, days.date)
                    AND NOT EXISTS (SELECT FROM fresh WHERE ({theirs}) = ({ours}))
                RETURNING 1
            ),
            written AS (
                INSERT INTO {self.table} AS rolled ({keys}, {facts})
                SELECT {keys}, {facts} FROM fresh
                ON CONFLICT ({keys}) DO UPDATE
                SET ({facts}) = ROW ({_columns("excluded", facts)}),
                    rolled_up_at = excluded.rolled_up_at
                WHERE ({_columns("rolled", facts)}) <> ({_columns("excluded", facts)})
                RETURNING 1
            )
            SELECT (SELECT count(*) FROM emptied) + (SELECT count(*) FROM written)
        """  # noqa: S608


def _columns(table: str, names: str) -> str:
    return ", ".join(f"{table}.{name}" for name in names.split(", "))


ROLL_UPS = [
    RollUp(
        table="reports_dailysales",
        keys="currency, channel",
        facts="orders, units, net, tax, gross, refunded",
        fresh="""
            SELECT organization_id, date, currency, channel, count(*) AS orders,
                coalesce(sum(units), 0) AS units, sum(net) AS net, sum(tax) AS tax,
                sum(total) AS gross, sum(refunded) AS refunded
            FROM placed
            LEFT JOIN LATERAL (
                SELECT sum(quantity - cancelled) AS units FROM orders_orderline
                WHERE order_id = placed.id
            ) AS lines ON true
            WHERE sold
            GROUP BY organization_id, date, currency, channel
        """,
    ),
    RollUp(
        table="reports_dailyorders",
        keys="status",
        facts="orders",
        fresh="""
            SELECT organization_id, date, status, count(*) AS orders
            FROM placed
            GROUP BY organization_id, date, status
        """,
    ),
    RollUp(
        table="reports_dailyproductsales",
        keys="currency, product_id",
        facts="units, gross",
        fresh="""
            SELECT placed.organization_id, date, currency, product_id,
                sum(quantity - line.cancelled) AS units, sum(line.gross) AS gross
            FROM placed
            JOIN orders_orderline AS line ON line.order_id = placed.id
            JOIN catalog_variant AS variant ON variant.id = line.variant_id
            WHERE sold
            GROUP BY placed.organization_id, date, currency, product_id
            HAVING sum(quantity - line.cancelled) > 0
        """,
    ),
]


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


# All or nothing, because what is written says how far we have read.
@transaction.atomic
def _roll_up(which: str, parameters: Sequence[int | datetime | date]) -> int:
    with connection.cursor() as cursor:
        # One at a time, or the older picture could be written last. Readers do not wait.
        cursor.execute("LOCK TABLE reports_dailysales IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(which, parameters)
        changed = 0
        for days in batched(sorted(cursor.fetchall()), DAYS_AT_ONCE, strict=False):
            some = [list(column) for column in zip(*days, strict=True)]
            for roll_up in ROLL_UPS:
                cursor.execute(roll_up.statement, some)
                changed += int(cursor.fetchone()[0])
        return changed
