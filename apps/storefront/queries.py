"""What a customer sees of an order, and the link that opens it."""

from datetime import timedelta
from itertools import groupby
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.db.models import FETCH_RAISE
from django.urls import reverse

from apps.fulfillment.models import Fulfillment, FulfillmentLine, Return, ReturnLine
from apps.fulfillment.rules import commands
from apps.invoicing.models import Invoice
from apps.invoicing.queries import labelled
from apps.orders.models import Order, OrderLine

# A link of ours means nothing to another signer, and theirs nothing to us.
SALT = "apps.storefront.order"
# Every mail about an order brings a new link, so none has to work for good.
KEEP_LINKS = timedelta(days=180)

SENT = (Fulfillment.Status.SHIPPED, Fulfillment.Status.DELIVERED)


class Followed(NamedTuple):
    """What a link is about. One that has ended still says whose it was."""

    order: Order
    has_ended: bool


def order_link(order: Order) -> str:
    """
    Return the address where the customer of an order follows it, for KEEP_LINKS from now.

    Whoever has it sees what was ordered, its parcels and its documents, and may announce a return.
    The page names nobody, because mails are passed on; the documents do.
    """
    token = TimestampSigner(salt=SALT).sign_object(order.pk)
    return settings.PUBLIC_BASE_URL + reverse("storefront:order", args=[token])


def order_behind(token: str) -> Followed | None:
    """Return what a link is about, unless it is not one of ours, or its order is gone."""
    signer = TimestampSigner(salt=SALT)
    try:
        pk = signer.unsign_object(token)
    except (BadSignature, ValueError):
        return None
    placed = Order.objects.exclude(status=Order.Status.DRAFT).select_related("organization")
    order = placed.filter(pk=pk).first()
    return Followed(order, _has_ended(signer, token)) if order else None


def _has_ended(signer: TimestampSigner, token: str) -> bool:
    try:
        signer.unsign(token, max_age=KEEP_LINKS)
    except SignatureExpired:
        return True
    return False


def lines_with_pictures(order: Order) -> list[OrderLine]:
    """The lines of an order with what their pictures need, in one statement."""
    rows = OrderLine.objects.filter(order=order).select_related("variant__product__image")
    lines = list(rows.order_by("position").fetch_mode(FETCH_RAISE))
    for line in lines:
        line.order = order
    return lines


class Parcel(NamedTuple):
    parcel: Fulfillment
    lines: list[FulfillmentLine]


def parcels_of(order: Order) -> list[Parcel]:
    """What was sent, in one statement, and nobody's name."""
    rows = (
        FulfillmentLine.objects.filter(fulfillment__order=order, fulfillment__status__in=SENT)
        .select_related("fulfillment", "order_line")
        .order_by("fulfillment__number", "order_line__position", "pk")
        .fetch_mode(FETCH_RAISE)
    )
    groups = (list(found) for _, found in groupby(rows, key=lambda row: row.fulfillment_id))
    return [Parcel(found[0].fulfillment, found) for found in groups]


class Announced(NamedTuple):
    rma: Return
    lines: list[ReturnLine]

    @property
    def may_be_withdrawn(self) -> bool:
        return "cancel" in commands(self.rma)


def returns_of(order: Order) -> list[Announced]:
    """The returns of an order and what comes with them, in one statement, and nobody's name."""
    rows = (
        ReturnLine.objects.filter(rma__order=order)
        .exclude(rma__status=Return.Status.CANCELLED)
        .select_related("rma", "order_line")
        .order_by("rma__number", "order_line__position")
        .fetch_mode(FETCH_RAISE)
    )
    groups = (list(found) for _, found in groupby(rows, key=lambda row: row.rma_id))
    return [Announced(found[0].rma, found) for found in groups]


def documents_of(order: Order) -> list[Invoice]:
    """Invoices and credit notes whose PDF is ready, oldest first."""
    ready = Invoice.objects.filter(order=order, document__isnull=False)
    return list(ready.order_by("pk").fetch_mode(FETCH_RAISE))


def document(order: Order, label: str) -> Invoice | None:
    """The document of that label, if it is of this order and its PDF is ready."""
    found = labelled(order.organization, label).filter(order=order, document__isnull=False)
    return found.select_related("document__file").first()
