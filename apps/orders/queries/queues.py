"""
What waits for somebody: each queue is a condition on an order, and has a small index.

Work that the apps above do is told by what the order stores, or by what is owed to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organization
from apps.events.models import Delivery
from apps.orders.models import Order, OrderLine

COUNTED_AT_MOST = 50
# What writes an order's documents; see config/reactions.py.
DOCUMENT_REACTIONS = ("issue-invoice", "correct-invoice", "credit-invoice", "issue-credit-note")
STILL_OWED = Q(
    status__in=["pending", "confirmed", "completed"],
    payment_status__in=["unpaid", "partially_paid"],
)


# They stand where the values of an organization go, in a statement that is written but once: no
# queue may ask an organization for more than its id and its terms.
SOME_ID, SOME_TERMS = -1, timedelta(days=-1)


def in_queue(name: str, organization: Organization) -> Q:
    """Return what is true of the orders in this queue."""
    return QUEUES[name](organization)


def count_work(
    organization: Organization, *, shown: QuerySet[Order] | None = None
) -> dict[str, int]:
    """
    Count each queue up to one more than COUNTED_AT_MOST, and what is `shown`, in one statement.

    `failed` are deliveries that were given up.
    """
    terms = timedelta(days=organization.payment_terms_days)
    counted: dict[str, str] = {}
    values: list[Any] = []
    for name, (sql, some) in _waiting().items():
        counted[name] = f"{sql} LIMIT {COUNTED_AT_MOST + 1}"
        ours = (organization.pk if one == SOME_ID else one for one in some)
        values += [terms if one == SOME_TERMS else one for one in ours]
    if shown is not None:
        counted["shown"], of_shown = shown.values("pk").query.sql_with_params()
        values += of_shown
    counts = (f"(SELECT count(*) FROM ({sql}) AS counted)" for sql in counted.values())  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(counts)}", values)
        return dict(zip(counted, cursor.fetchone(), strict=True))


@cache
def _waiting() -> dict[str, tuple[str, tuple[Any, ...]]]:
    """
    Return what finds the rows of each queue, as SQL, and its values with those of nobody.

    Django takes 5 ms to write these seven statements, a sixth of what the list of orders took.
    """
    nobody = Organization(pk=SOME_ID, payment_terms_days=SOME_TERMS.days)
    placed = nobody.orders.exclude(status=Order.Status.DRAFT)
    rows: dict[str, QuerySet] = {name: placed.filter(in_queue(name, nobody)) for name in QUEUES}
    rows["failed"] = failed_deliveries(nobody)
    return {name: one.values("pk").query.sql_with_params() for name, one in rows.items()}


def failed_deliveries(organization: Organization) -> QuerySet[Delivery]:
    """Return what was given up after its last attempt."""
    return Delivery.objects.filter(dead_at__isnull=False, event__organization=organization)


# What was owed, in words; the names are those of config/reactions.py.
OWED = {
    "mail-receipt": _("Mail receipt"),
    "mail-cancellation": _("Mail cancellation"),
    "credit-invoice": _("Credit invoice"),
    "return-money": _("Refund money"),
    "keep-money": _("Keep money"),
    "correct-invoice": _("Correct invoice"),
    "issue-credit-note": _("Issue credit note"),
    "mail-expiry": _("Mail expiry"),
    "refund-return": _("Refund return"),
    "ask-provider": _("Ask provider"),
    "mail-shipment": _("Mail shipment"),
    "issue-invoice": _("Issue invoice"),
    "render-invoice": _("Render invoice"),
    "mail-invoice": _("Mail invoice"),
    "mail-credit-note": _("Mail credit note"),
    "mail-reminder": _("Mail reminder"),
    "settle-payment": _("Settle payment"),
    "send-email": _("Send email"),
    "run-batch": _("Run batch"),
    "mail-answer": _("Mail answer"),
    "mail-arrival": _("Mail arrival"),
    "mail-invitation": _("Mail invitation"),
    "mail-batch": _("Mail batch"),
    "tidy-batch": _("Tidy batch"),
    "look-at-import": _("Look at import"),
    "inspect-upload": _("Inspect upload"),
}


class Failure(NamedTuple):
    """A delivery that was given up, and the order it was about, if it was about one."""

    delivery: Delivery
    order: Order | None

    @property
    def words(self) -> str:
        name = self.delivery.reaction
        return str(OWED.get(name, name.replace("-", " ").capitalize()))


def failures(organization: Organization) -> list[Failure]:
    """Return what was given up last, one more than a page of them."""
    dead = failed_deliveries(organization).select_related("event").order_by("-dead_at", "-pk")
    deliveries = list(dead[: COUNTED_AT_MOST + 1])
    events = [one.event for one in deliveries if one.event is not None]
    ids = [event.aggregate_id for event in events if event.aggregate_type == "order"]
    orders = organization.orders.select_related("organization").in_bulk(ids)
    return [Failure(one, _order_of(one, orders)) for one in deliveries]


def _order_of(delivery: Delivery, orders: Mapping[int, Order]) -> Order | None:
    event = delivery.event
    if event is None or event.aggregate_type != "order":
        return None
    return orders.get(event.aggregate_id)


def being_picked(orders: Iterable[Order]) -> set[int]:
    """Return the ids of those that have units on an open pick list."""
    lines = OrderLine.objects.filter(order__in=[order.pk for order in orders], picking__gt=0)
    return set(lines.values_list("order_id", flat=True))


def _to_confirm(organization: Organization) -> Q:
    return Q(status="pending")


def _to_pick(organization: Organization) -> Q:
    ready = Q(status="confirmed", hold_kinds=[]) & ~Q(fulfillment_status="fulfilled")
    return ready & ~Q(_is_on_a_pick_list(organization))


def _to_ship(organization: Organization) -> Q:
    lines = OrderLine.objects.filter(organization=organization, picking__gt=0)
    return Q(pk__in=lines.values("order"))


def _to_invoice(organization: Organization) -> Q:
    waiting = Delivery.objects.filter(done_at=None, reaction__in=DOCUMENT_REACTIONS)
    ours = waiting.filter(event__organization=organization, event__aggregate_type="order")
    # Two small indexes: what is owed, and what was given up.
    owed, dead = ours.filter(dead_at=None), ours.filter(dead_at__isnull=False)
    return Q(pk__in=owed.values("event__aggregate_id").union(dead.values("event__aggregate_id")))


def _to_answer(organization: Organization) -> Q:
    """A customer asked to send something back."""
    return Q(return_status="requested")


def _to_refund(organization: Organization) -> Q:
    return Q(payment_status="overpaid")


def _overdue(organization: Organization) -> Q:
    terms = timedelta(days=organization.payment_terms_days)
    return STILL_OWED & Q(placed_at__lt=Now() - terms)


def _is_on_a_pick_list(organization: Organization) -> Exists:
    return Exists(
        OrderLine.objects.filter(organization=organization, order=OuterRef("pk"), picking__gt=0)
    )


QUEUES: dict[str, Callable[[Organization], Q]] = {
    "confirm": _to_confirm,
    "pick": _to_pick,
    "ship": _to_ship,
    "invoice": _to_invoice,
    "answer": _to_answer,
    "refund": _to_refund,
    "overdue": _overdue,
}
