"""From a wish to a placed order: price the lines, reserve the stock, draw the number."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.accounts.operations import next_number
from apps.catalog.models import Variant
from apps.core.errors import InvalidInput, Refusal
from apps.customers.operations import customer_for
from apps.events import operations as events
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import insist, locked
from apps.orders.operations.pricing import Item, add_up

log = structlog.get_logger("dozen.orders")


class EmptyOrder(InvalidInput):
    pass


class AlreadyPlaced(Refusal):
    """The same request, or the same order of the same import, came before."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"{order} has been placed already.")
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
    external_ref: str = ""


STAFF = Origin(Order.Channel.STAFF)


@transaction.atomic
def save_draft(
    *,
    organization: Organization,
    buyer: Buyer,
    items: Sequence[Item],
    note: str = "",
    draft: Order | None = None,
    saved_by: User | None,
) -> Order:
    """
    Keep an order that is still being written: it has no number and promises nothing.

    Raises TooLarge, or MoveNotAllowed when `draft` has been placed meanwhile.
    """
    order, lines = _priced(organization, buyer, items, note, STAFF)
    if draft is not None:
        former = locked(draft)
        insist(rules.may_place(former))
        former.lines.all().delete()
        order.pk, order.version = former.pk, former.version + 1
        order.created_at = former.created_at
        order.save(force_update=True)
    else:
        order.save()
    _insert_lines(order, lines)
    events.record(order, "order.drafted", actor=saved_by)
    return order


@transaction.atomic
def discard_draft(*, draft: Order) -> None:
    """Delete a draft. Raises MoveNotAllowed once it is placed."""
    order = locked(draft)
    insist(rules.may_place(order))
    order.delete()


@transaction.atomic
def place_draft(*, draft: Order, placed_by: User | None) -> Order:
    """
    Place a draft at the prices it shows: reserve its stock and give it a number.

    Raises EmptyOrder, MoveNotAllowed, or OutOfStock naming each short SKU.
    """
    order = locked(draft)
    insist(rules.may_place(order))
    lines = list(order.lines.select_related("variant").order_by("position"))
    _insist_on_lines(lines)
    taken = inventory.take(order.organization, _demand(lines))
    order.version += 1
    _number_and_date(order, now=timezone.now())
    order.save()
    inventory.assign(order.organization, taken, _needs(lines), order.expires_at)
    _record_placed(order, placed_by)
    return order


def place_order(
    *,
    organization: Organization,
    buyer: Buyer,
    items: Sequence[Item],
    origin: Origin = STAFF,
    note: str = "",
    placed_at: datetime | None = None,
    placed_by: User | None,
) -> Order:
    """
    Reserve stock and open an order for it, in one go.

    Raises EmptyOrder, TooLarge, OutOfStock naming each short SKU; AlreadyPlaced when this origin
    has an order already, KeyReused when its key came with another request.
    """
    try:
        with transaction.atomic():
            return _place(organization, buyer, items, origin, note, placed_at, placed_by)
    except IntegrityError as error:
        # The unique keys of `origin` decide, so that two at once cannot both win.
        former = _former_order(organization, origin)
        if former is None:
            raise
        if former.request_fingerprint != origin.request_fingerprint:
            raise KeyReused(
                "This idempotency key came with another request before.", field="Idempotency-Key"
            ) from error
        raise AlreadyPlaced(former) from error


def _place(
    organization: Organization,
    buyer: Buyer,
    items: Sequence[Item],
    origin: Origin,
    note: str,
    placed_at: datetime | None,
    placed_by: User | None,
) -> Order:
    order, lines = _priced(organization, buyer, items, note, origin)
    _insist_on_lines(lines)
    taken = inventory.take(organization, _demand(lines))
    _number_and_date(order, now=placed_at or timezone.now())
    order.save()
    _insert_lines(order, lines)
    inventory.assign(organization, taken, _needs(lines), order.expires_at)
    _record_placed(order, placed_by)
    return order


def _priced(
    organization: Organization, buyer: Buyer, items: Sequence[Item], note: str, origin: Origin
) -> tuple[Order, list[OrderLine]]:
    order = Order(
        organization=organization,
        customer=customer_for(
            organization=organization,
            email=buyer.email,
            name=buyer.name,
            external_ref=buyer.external_ref,
        ),
        customer_name=buyer.name,
        email=buyer.email,
        shipping_address=buyer.shipping_address,
        note=note,
        currency=organization.currency,
        prices_include_tax=organization.prices_include_tax,
        **origin._asdict(),
    )
    return order, add_up(order, items)


def _demand(lines: Sequence[OrderLine]) -> dict[Variant, int]:
    demand: Counter[Variant] = Counter()
    for line in lines:
        if line.variant is not None:
            demand[line.variant] += line.quantity
    return dict(demand)


def _needs(lines: Sequence[OrderLine]) -> list[inventory.Need]:
    return [inventory.Need(line.pk, line.variant_id, line.quantity) for line in lines]


def _insert_lines(order: Order, lines: Sequence[OrderLine]) -> None:
    for line in lines:
        line.order = order
    order.written_lines = OrderLine.objects.bulk_create(lines)


def _number_and_date(order: Order, *, now: datetime) -> None:
    order.status = Order.MOVES[Order.Status.DRAFT, "place"]
    order.placed_at = now
    # An order from another system was agreed on there; nobody is waiting to pay it here.
    if order.channel != Order.Channel.IMPORT:
        order.expires_at = now + order.organization.payment_window
    # Drawn last of all locks, so that it is held for the shortest time.
    order.number = next_number(order.organization, "order")


def _record_placed(order: Order, placed_by: User | None) -> None:
    events.record(order, "order.placed", actor=placed_by, number=order.number, total=order.total)
    log.info(
        "order_placed",
        order_id=order.pk,
        order_number=order.number,
        organization=order.organization.slug,
        total=order.total,
        currency=order.currency,
    )


def _former_order(organization: Organization, origin: Origin) -> Order | None:
    orders = organization.orders.all()
    if origin.idempotency_key:
        return orders.filter(idempotency_key=origin.idempotency_key).first()
    if origin.external_ref:
        return orders.filter(channel=origin.channel, external_ref=origin.external_ref).first()
    return None


def _insist_on_lines(lines: Sequence[OrderLine]) -> None:
    if not lines:
        raise EmptyOrder("Add at least one product before placing the order.", field="lines")
