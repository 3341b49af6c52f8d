"""Returns that came: what became of the goods, and what the customer gets for them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.fulfillment.models import Return, ReturnLine
from apps.fulfillment.operations.locking import lock_return
from apps.fulfillment.operations.returning import about, status_after
from apps.inventory import operations as inventory
from apps.inventory.models import Location
from apps.orders import operations as orders
from apps.orders.models import Adjustment, Credit, Order, OrderLine


class NotAsAnnounced(InvalidInput):
    pass


class Arrival(NamedTuple):
    """How many units of an order line came back, and what became of them."""

    line_id: int
    received: int
    disposition: str


@transaction.atomic
def receive_return(
    *,
    rma: Return,
    arrivals: Sequence[Arrival],
    location: Location | None = None,
    received_by: User | None,
) -> Return:
    """
    Take in what came back: to the shelf of `location` (empty: the first one) what can be sold
    again. A line not named did not come. What the customer gets for it is said when it is closed.

    Raises orders.MoveNotAllowed unless it is approved, NotAsAnnounced.
    """
    rma = lock_return(rma, "receive")
    rows = list(rma.lines.select_related("order_line__variant").order_by("order_line__position"))
    _unpack(rows, arrivals)
    came = {row.order_line_id: row.received for row in rows if row.received}
    rma.received_by, rma.received_at = received_by, timezone.now()
    rma.save(update_fields=["status", "received_by", "received_at"])
    _restock(rma, rows, location, received_by)
    rma.order = orders.record_return(
        order=rma.order,
        event="order.return_received",
        returning={row.order_line_id: -row.requested for row in rows},
        returned=came,
        return_status=Order.ReturnStatus.IN_PROGRESS,
        actor=received_by,
        **about(rma),
        units=sum(came.values()),
    )
    ReturnLine.objects.bulk_update(rows, ["received", "disposition"])
    return rma


@transaction.atomic
def close_return(*, rma: Return, resolution: Return.Resolution, closed_by: User | None) -> Return:
    """
    Settle a return that came: its value is credited to be refunded, or the same goods are sent
    again at no charge, on an order of their own. What came is worth the same damaged or not.

    The money of a refund is moved by whoever reacts to `order.return_closed`. Raises
    orders.MoveNotAllowed unless it was received, NotAsAnnounced to refund or exchange nothing, or
    OutOfStock.
    """
    rma = lock_return(rma, "close")
    rma.resolution, rma.closed_at = resolution, timezone.now()
    credit = None
    if resolution == Return.Resolution.EXCHANGE:
        rma.exchange_order = _exchange(rma, closed_by)
    elif resolution == Return.Resolution.REFUND:
        credit = _credit(rma, closed_by)
    rma.save(update_fields=["status", "resolution", "exchange_order", "closed_at"])
    rma.order = orders.record_return(
        order=rma.order,
        event="order.return_closed",
        return_status=status_after(rma, rma.order.lines.all()),
        actor=closed_by,
        **about(rma),
        resolution=resolution.value,
        credit=credit.gross if credit else 0,
        exchange_order=rma.exchange_order.number if rma.exchange_order else None,
    )
    return rma


def _unpack(rows: Sequence[ReturnLine], arrivals: Sequence[Arrival]) -> None:
    by_line = {one.line_id: one for one in arrivals}
    if set(by_line) - {row.order_line_id for row in rows}:
        raise NotAsAnnounced(_("The return has no such line."), field="lines")
    missing = ReturnLine.Disposition.MISSING
    for row in rows:
        came = by_line.get(row.order_line_id, Arrival(row.order_line_id, 0, missing))
        position = row.order_line.position
        if not 0 <= came.received <= row.requested:
            raise NotAsAnnounced(
                _("%(sku)s: %(requested)s were announced.")
                % {"sku": row.order_line.sku, "requested": row.requested},
                field=f"received-{position}",
            )
        if came.received and came.disposition not in {"restock", "damaged"}:
            raise NotAsAnnounced(
                _("%(sku)s: say what became of what came.") % {"sku": row.order_line.sku},
                field=f"disposition-{position}",
            )
        row.received = came.received
        row.disposition = came.disposition if came.received else missing


def _restock(
    rma: Return, rows: Sequence[ReturnLine], location: Location | None, actor: User | None
) -> None:
    goods = [
        inventory.TakenBack(row.order_line.variant.pk, row.received, row.pk)
        for row in rows
        if row.disposition == ReturnLine.Disposition.RESTOCK
        and row.order_line.variant
        and row.order_line.variant.track_stock
    ]
    if goods:
        organization = rma.order.organization
        place = location or inventory.default_location(organization)
        inventory.take_back(organization, place, goods, actor=actor)


def _credit(rma: Return, actor: User | None) -> Credit | None:
    came = rma.lines.filter(received__gt=0)
    units = dict(came.values_list("order_line_id", "received"))
    if not units:
        raise NotAsAnnounced(_("Nothing came that could be refunded."), field="resolution")
    credit = orders.credit_units(order=rma.order, units=units, reason=str(rma), actor=actor)
    came.update(credit=credit)
    return credit


def _exchange(rma: Return, actor: User | None) -> Order:
    former = rma.order
    rows = rma.lines.filter(received__gt=0).select_related(
        "order_line__variant__product__tax_class"
    )
    items = [_same_again(row.order_line, row.received) for row in rows.order_by("pk")]
    if not items:
        raise NotAsAnnounced(_("Nothing came that could be exchanged."), field="resolution")
    return orders.place_order(
        organization=former.organization,
        buyer=orders.Buyer(
            email=former.email,
            name=former.customer_name,
            shipping_address=former.shipping_address,
            country=former.country,
        ),
        items=items,
        # The first order has paid for them.
        adjustments=[
            orders.AdjustmentItem(Adjustment.Kind.DISCOUNT, str(rma), percent=Decimal(100))
        ],
        note=_("Exchange for %(return)s of %(order)s.") % {"return": rma, "order": former},
        placed_by=actor,
    )


def _same_again(line: OrderLine, quantity: int) -> orders.Item:
    return orders.Item(
        line.variant,
        quantity,
        line.unit_price,
        sku=line.sku,
        name=line.name,
        tax_rate=line.tax_rate,
    )
