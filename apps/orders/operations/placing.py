"""From a wish to a placed order: price the lines, reserve the stock, draw the number."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import Organization, User
from apps.accounts.operations import next_number
from apps.core.errors import InvalidInput, Refusal
from apps.customers.operations import customer_for
from apps.events import operations as events
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Adjustment, Order, OrderLine
from apps.orders.operations.moving import confirm
from apps.orders.operations.pricing import AdjustmentItem, Item, add_up, new_order
from apps.orders.operations.stock import demand, needs

log = structlog.get_logger("dozen.orders")


class EmptyOrder(InvalidInput):
    pass


class AlreadyPlaced(Refusal):
    """The same request, or the same order of the same import, came before."""

    def __init__(self, order: Order) -> None:
        super().__init__(_("%(order)s has been placed already.") % {"order": order})
        self.order = order


class KeyReused(InvalidInput):
    pass


class Origin(NamedTuple):
    """Where an order came from, and what makes it the same order when it comes again."""

    channel: Order.Channel
    external_ref: str = ""
    idempotency_key: str = ""
    request_fingerprint: str = ""


class Buyer(NamedTuple):
    email: str = ""
    name: str = ""
    shipping_address: str = ""
    # ISO 3166-1 alpha-2; empty: the seller's own.
    country: str = ""
    external_ref: str = ""


STAFF = Origin(Order.Channel.STAFF)


def place_order(
    *,
    organization: Organization,
    buyer: Buyer,
    items: Sequence[Item],
    adjustments: Sequence[AdjustmentItem] = (),
    origin: Origin = STAFF,
    note: str = "",
    placed_at: datetime | None = None,
    placed_by: User | None,
) -> Order:
    """
    Reserve stock and open an order for it, in one go.

    Raises EmptyOrder, TooLarge, OutOfStock naming each short SKU; AlreadyPlaced when this origin
    has an order already, KeyReused when its key or reference came with another request.
    """
    with once(organization, origin), transaction.atomic():
        order = written_order(organization, buyer, note, origin)
        lines, rows = add_up(order, items, adjustments)
        insist_on_lines(lines)
        taken = inventory.take(organization, demand(lines))
        number_and_date(order, now=placed_at or timezone.now())
        order.save()
        insert_parts(order, lines, rows)
        inventory.assign(organization, taken, needs(lines))
        record_placed(order, placed_by)
        return order


@contextmanager
def once(organization: Organization, origin: Origin) -> Iterator[None]:
    """
    Write one order of an origin, in a transaction of its own inside of this.

    Raises AlreadyPlaced when there is one already, KeyReused when that was another request.
    """
    try:
        yield
    except (IntegrityError, inventory.OutOfStock) as error:
        # The unique keys of `origin` decide, so that two at once cannot both win. Asked again, an
        # order may also find that there is nothing left, because it has that itself.
        former = _former_order(organization, origin)
        if former is None:
            raise
        if former.request_fingerprint != origin.request_fingerprint:
            raise _reused(former, origin) from error
        raise AlreadyPlaced(former) from error


def written_order(organization: Organization, buyer: Buyer, note: str, origin: Origin) -> Order:
    """Return an unsaved order for this buyer, at the organization's terms of now."""
    return new_order(
        organization,
        customer=customer_for(
            organization=organization,
            email=buyer.email,
            name=buyer.name,
            external_ref=buyer.external_ref,
        ),
        customer_name=buyer.name,
        email=buyer.email,
        shipping_address=buyer.shipping_address,
        country=buyer.country,
        note=note,
        **origin._asdict(),
    )


def insert_parts(order: Order, lines: Sequence[OrderLine], rows: Sequence[Adjustment]) -> None:
    """Write the lines and adjustments of an order that was saved a moment ago."""
    for line in lines:
        line.order = order
    for row in rows:
        row.order = order
    order.written_lines = OrderLine.objects.bulk_create(lines)
    order.written_adjustments = Adjustment.objects.bulk_create(rows)


def number_and_date(order: Order, *, now: datetime) -> None:
    order.status = Order.MOVES[Order.Status.DRAFT, "place"]
    order.placed_at = now
    # What costs nothing is paid.
    order.payment_status = rules.payment_status(order)
    # An order from another system was agreed on there; nobody is waiting to pay it here.
    if order.channel != Order.Channel.IMPORT:
        order.expires_at = now + order.organization.payment_window
    # Drawn last of all locks, so that it is held for the shortest time.
    order.number = next_number(order.organization, "order")


def record_placed(order: Order, placed_by: User | None) -> None:
    events.record(order, "order.placed", actor=placed_by, number=order.number, total=order.total)
    log.info(
        "order_placed",
        order_id=order.pk,
        order_number=order.number,
        organization=order.organization.slug,
        total=order.total,
        currency=order.currency,
    )
    if not order.total and not rules.may_confirm(order):
        # Nobody is going to pay for it.
        confirm(order, placed_by)


def insist_on_lines(lines: Sequence[OrderLine]) -> None:
    if not lines:
        raise EmptyOrder(_("Add at least one product before placing the order."), field="lines")


def _former_order(organization: Organization, origin: Origin) -> Order | None:
    orders, former = organization.orders.all(), None
    if origin.idempotency_key:
        former = orders.filter(idempotency_key=origin.idempotency_key).first()
    if former is None and origin.external_ref:
        former = orders.filter(channel=origin.channel, external_ref=origin.external_ref).first()
    return former


def _reused(former: Order, origin: Origin) -> KeyReused:
    if origin.idempotency_key and former.idempotency_key == origin.idempotency_key:
        return KeyReused(
            _("This idempotency key came with another request before."), field="Idempotency-Key"
        )
    return KeyReused(
        _("%(order)s has this reference, and is another order.") % {"order": former},
        field="reference",
    )
