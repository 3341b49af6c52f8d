"""What an organization looks at first: how it sells, and what waits for somebody."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import (
    FETCH_RAISE,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Window,
)
from django.db.models.functions import Coalesce

from apps.accounts.models import Organization
from apps.catalog.models import Product, Variant
from apps.core.plans import planned_for_its_values
from apps.inventory.models import StockLevel
from apps.invoicing.models import Invoice
from apps.orders.models import Order
from apps.reports.models import DailyOrders, DailyProductSales, DailySales
from apps.reports.queries.selling import low_variants

BEST = 5
LISTED = 5
# More than this is "many": to count them all would read them all.
COUNTED = 100
# Days that are shown one by one, and weeks that are; what is longer is shown by month.
DAYS, WEEKS = 45, 200


class Period(NamedTuple):
    """Days of the organization's calendar, both included."""

    since: date
    until: date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def before(self) -> "Period":
        """The same number of days that ended where this begins."""
        return Period(self.since - timedelta(days=self.days), self.since - timedelta(days=1))

    @classmethod
    def last(cls, days: int, organization: Organization, now: datetime) -> "Period":
        today = now.astimezone(ZoneInfo(organization.timezone)).date()
        return cls(today - timedelta(days=days - 1), today)


class Sums(NamedTuple):
    """What was sold, in minor units of the organization's currency."""

    gross: int = 0
    refunded: int = 0
    orders: int = 0
    units: int = 0

    @property
    def average(self) -> int:
        """Return what an order came to, rounded."""
        return round(self.gross / self.orders) if self.orders else 0


class Bar(NamedTuple):
    """What was sold in one day, week or month, and in the one that many before."""

    since: date
    until: date
    sums: Sums
    before: Sums


class Seller(NamedTuple):
    """A product, and what was sold of it."""

    product: Product
    units: int
    gross: int


class Dashboard(NamedTuple):
    period: Period
    bars: list[Bar]
    sums: Sums
    before: Sums
    # Status and orders, the largest first.
    statuses: list[tuple[str, int]]
    best: list[Seller]
    # What was sold in currencies that the sums leave out.
    foreign_orders: int


def dashboard(organization: Organization, period: Period) -> Dashboard:
    """Return what was sold in a period, from the roll-ups alone."""
    days = DailySales.objects.filter(organization=organization)
    ours = days.filter(currency=organization.currency)
    rows = ours.filter(date__range=(period.before.since, period.until))
    by_day = list(rows.values_list("date", *Sums._fields))

    def sums(since: date, until: date) -> Sums:
        found = [facts for day, *facts in by_day if since <= day <= until]
        return Sums(*map(sum, zip(*found, strict=True)))

    shift = timedelta(days=period.days)
    bars = [
        Bar(since, until, sums(since, until), sums(since - shift, until - shift))
        for since, until in _spans(period)
    ]
    foreign = days.filter(date__range=period).exclude(currency=organization.currency)
    return Dashboard(
        period,
        bars,
        sums(*period),
        sums(*period.before),
        _statuses(organization, period),
        _best_sellers(organization, period),
        foreign.aggregate(orders=Coalesce(Sum("orders"), 0))["orders"],
    )


def _spans(period: Period) -> list[tuple[date, date]]:
    """Cut a period into days, weeks or months, whichever is short enough to be seen."""
    starts = [period.since + timedelta(days=n) for n in range(period.days)]
    if period.days > WEEKS:
        starts = [day for day in starts if day == period.since or day.day == 1]
    elif period.days > DAYS:
        starts = starts[::7]
    ends = [later - timedelta(days=1) for _, later in pairwise(starts)]
    return list(zip(starts, [*ends, period.until], strict=True))


def _statuses(organization: Organization, period: Period) -> list[tuple[str, int]]:
    found = DailyOrders.objects.filter(organization=organization, date__range=period)
    counted = found.values_list("status").annotate(found=Sum("orders"))
    return list(counted.order_by("-found", "status"))


def _best_sellers(organization: Organization, period: Period) -> list[Seller]:
    """Return what sold for the most, first."""
    counted = DailySales.objects.filter(organization=organization).aggregate(
        last=Max("rolled_up_at"), days=Count("pk"), units=Sum("units"), gross=Sum("gross")
    )
    # A year of a large catalogue takes half a second to add up: once for each roll-up.
    key = f"best-sellers:{organization.pk}:{organization.currency}:{period}:{counted}"
    key = f"best-sellers:{hashlib.sha256(key.encode()).hexdigest()}"
    found = cache.get(key)
    if found is None:
        found = _best_ids(organization, period)
        cache.set(key, found, 60)
    products = organization.products.in_bulk([product for product, _units, _gross in found])
    return [
        Seller(products[product], units, gross)
        for product, units, gross in found
        if product in products
    ]


def _best_ids(organization: Organization, period: Period) -> list[tuple[int, int, int]]:
    sold = DailyProductSales.objects.filter(
        organization=organization, date__range=period, currency=organization.currency
    )
    sums = sold.values_list("product").annotate(units_=Sum("units"), gross_=Sum("gross"))
    return list(sums.order_by("-gross_", "product")[:BEST])


class Attention(NamedTuple):
    """What waits, the oldest or scarcest of it, and how much there is up to COUNTED."""

    # Each with `due_on`, the day its invoice was to be paid by, or None.
    unpaid: Sequence[Order]
    unpaid_count: int
    overdue_count: int
    unshipped: Sequence[Order]
    unshipped_count: int
    low: Sequence[Variant]
    low_count: int


def attention(organization: Organization, today: date) -> Attention:
    """Return what somebody should look at today."""
    placed = organization.orders.order_by("placed_at", "pk")
    invoices = Invoice.objects.filter(
        order=OuterRef("pk"), kind=Invoice.Kind.INVOICE, successor=None
    )
    status, payment = Order.Status, Order.PaymentStatus
    fulfillment = Order.FulfillmentStatus
    due = placed.annotate(due_on=Subquery(invoices.order_by("-pk").values("due_on")[:1]))
    owed = due.filter(
        status__in=[status.PENDING, status.CONFIRMED, status.COMPLETED], total__gt=F("credited")
    ).values_list("placed_at", "pk", "due_on")
    confirmed = placed.filter(status=status.CONFIRMED).values_list("placed_at", "pk")
    with planned_for_its_values():
        unpaid = _oldest(
            owed.filter(payment_status=payment.UNPAID),
            owed.filter(payment_status=payment.PARTIALLY_PAID),
        )
        unshipped = _oldest(
            confirmed.filter(fulfillment_status=fulfillment.UNFULFILLED),
            confirmed.filter(fulfillment_status=fulfillment.PARTIALLY_FULFILLED),
        )
        low = list(low_variants(organization).annotate(found=Window(Count("*")))[:LISTED])
    # No more than is shown is read in full.
    listed = [[pk for _placed_at, pk, *_due_on in one[:LISTED]] for one in (unpaid, unshipped)]
    orders = due.fetch_mode(FETCH_RAISE).in_bulk([pk for ids in listed for pk in ids])
    return Attention(
        [orders[pk] for pk in listed[0] if pk in orders],
        len(unpaid),
        sum(bool(due_on and due_on < today) for _placed_at, _pk, due_on in unpaid),
        [orders[pk] for pk in listed[1] if pk in orders],
        len(unshipped),
        low,
        min(low[0].found, COUNTED) if low else 0,
    )


def _oldest(*some: QuerySet[Order, Any]) -> list[Any]:
    """
    Return the oldest of these, up to COUNTED, by when they were placed and by their ids.

    Apart, each is the beginning of an index; asked for both at once, PostgreSQL sorts all of them.
    """
    first, *others = (one[:COUNTED] for one in some)
    return sorted(first.union(*others, all=True), key=lambda one: one[:2])[:COUNTED]


class FirstSteps(NamedTuple):
    """What a new organization has done of what it takes to send the first invoice."""

    products: bool
    stock: bool
    address: bool
    order: bool
    shipped: bool

    @property
    def done(self) -> int:
        return sum(self)


def first_steps(organization: Organization) -> FirstSteps:
    """Return how far an organization has come, in one statement."""
    mine = {"organization": OuterRef("pk")}
    placed = Order.objects.filter(**mine).exclude(status=Order.Status.DRAFT)
    none = Order.FulfillmentStatus.UNFULFILLED
    found = (
        Organization.objects.filter(pk=organization.pk)
        .annotate(
            has_products=Exists(Product.objects.filter(**mine)),
            has_stock=Exists(StockLevel.objects.filter(**mine, on_hand__gt=0)),
            has_order=Exists(placed),
            has_shipped=Exists(placed.exclude(fulfillment_status=none)),
        )
        .values_list("has_products", "has_stock", "address", "has_order", "has_shipped")
        .get()
    )
    return FirstSteps(*map(bool, found))
