"""
Customers and what they have with us.

Orders, invoices and returns belong to apps above; their relations can be asked for all the same.
What an order comes to is said here in SQL as `Order.balance` says it of one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import (
    FETCH_RAISE,
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Greatest

from apps.accounts.models import Organization
from apps.core.plans import planned_for_its_values
from apps.customers.models import Customer
from apps.events.models import Event

PAGE = 50
ORDERS = 25
DOCUMENTS = 20
ADDRESSES = 5

VOID = Q(orders__status__in=["cancelled", "expired"])
DUE = Case(When(VOID, then=Value(0)), default=F("orders__total") - F("orders__credited"))
KEPT = F("orders__captured") - F("orders__refunded")


class Account(NamedTuple):
    """What a customer has with us in one currency, in minor units, drafts left out."""

    currency: str
    orders: int
    last_at: datetime
    ordered: int
    paid: int
    # What they owe us over all orders, and what we owe them on others.
    owed: int
    owed_back: int


class CustomerRow(NamedTuple):
    customer: Customer
    accounts: list[Account]

    @property
    def orders(self) -> int:
        return sum(one.orders for one in self.accounts)

    @property
    def last_at(self) -> datetime | None:
        return max((one.last_at for one in self.accounts), default=None)


class CustomerPage(NamedTuple):
    """One page of customers; `next` is the id of the one to go on behind, empty on the last."""

    rows: list[CustomerRow]
    next: str


class OrderPage(NamedTuple):
    """One page of a customer's orders; `next` is the number to go on behind."""

    orders: list[Any]
    next: str


def customer_page(
    organization: Organization, *, search: str = "", by_name: bool = False, after: str = ""
) -> CustomerPage:
    """Return customers, the newest first or by name. Pages by key and counts nothing."""
    found = organization.customers.select_related("organization")
    for word in search.split()[:8]:
        found = found.filter(
            Q(name__icontains=word) | Q(email__icontains=word) | Q(company__icontains=word)
        )
    former = organization.customers.filter(pk=after).first() if _is_key(after) else None
    if former is not None:
        found = found.filter(_behind(former) if by_name else Q(pk__lt=former.pk))
    found = found.order_by("name", "pk") if by_name else found.order_by("-pk")
    with planned_for_its_values():
        customers = list(found.fetch_mode(FETCH_RAISE)[: PAGE + 1])
    shown = customers[:PAGE]
    of_them = accounts(one.pk for one in shown)
    rows = [CustomerRow(one, of_them.get(one.pk, [])) for one in shown]
    return CustomerPage(rows, str(shown[-1].pk) if len(customers) > PAGE else "")


def accounts(customer_ids: Iterable[int]) -> dict[int, list[Account]]:
    """Return what these customers have with us, by their id; nothing of who never ordered."""
    found = (
        Customer.objects.filter(pk__in=list(customer_ids), orders__number__isnull=False)
        .order_by("pk", "orders__currency")
        .values_list("pk", "orders__currency")
        .annotate(
            placed=Count("orders"),
            last_at=Max("orders__placed_at"),
            ordered=Sum("orders__total", filter=~VOID, default=0),
            paid=Sum(KEPT),
            owed=Sum(Greatest(DUE - KEPT, Value(0))),
            owed_back=Sum(Greatest(KEPT - DUE, Value(0))),
        )
    )
    by_customer: dict[int, list[Account]] = {}
    for pk, *facts in found:
        by_customer.setdefault(pk, []).append(Account(*facts))
    return by_customer


def order_page(customer: Customer, *, after: str = "") -> OrderPage:
    """Return a customer's placed orders, newest first."""
    found = customer.orders.exclude(number=None).order_by("-number")
    if _is_key(after):
        found = found.filter(number__lt=after)
    orders = list(found.select_related("organization").fetch_mode(FETCH_RAISE)[: ORDERS + 1])
    shown = orders[:ORDERS]
    return OrderPage(shown, str(shown[-1].number) if len(orders) > ORDERS else "")


def open_invoices(customer: Customer) -> QuerySet[Any]:
    """Return the invoices that stand and that the customer still owes something of."""
    issued = customer.organization.invoices
    reversal = issued.filter(corrects=OuterRef("pk"), credit=None)
    owed = F("order__total") - F("order__credited") - F("order__captured") + F("order__refunded")
    return (
        issued.filter(order__customer=customer, kind="invoice")
        .filter(order__status__in=["confirmed", "completed"])
        .exclude(Exists(reversal))
        .annotate(owed=owed)
        .filter(owed__gt=0)
        .select_related("order__organization")
        .order_by("due_on", "pk")[:DOCUMENTS]
    )


def returns(customer: Customer) -> QuerySet[Any]:
    """Return what the customer sent back or wants to, newest first."""
    found = customer.organization.returns.filter(order__customer=customer)
    return found.select_related("order__organization").order_by("-pk")[:DOCUMENTS]


def addresses(customer: Customer) -> list[str]:
    """Return where the latest orders went, each place once."""
    sent = customer.orders.exclude(shipping_address="").order_by("-pk")
    latest = sent.values_list("shipping_address", flat=True)[:50]
    return list(dict.fromkeys(latest))[:ADDRESSES]


def last_change(customer: Customer) -> Event | None:
    """Return what somebody did to a customer last, with who it was."""
    found = Event.objects.filter(aggregate_type="customer", aggregate_id=customer.pk)
    return found.select_related("actor").order_by("-sequence").first()


def _behind(former: Customer) -> Q:
    # Not "later or (as late and ...)": where an index is to begin, nothing says OR.
    return Q(name__gte=former.name) & ~Q(name=former.name, pk__lte=former.pk)


def _is_key(after: str) -> bool:
    return after.isdecimal() and len(after) < 10
