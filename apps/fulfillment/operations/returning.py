"""Returns: announced, allowed or not. Parcels are not touched, so their tracking stays."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.operations import next_number
from apps.fulfillment import rules
from apps.fulfillment.models import Return, ReturnLine
from apps.fulfillment.operations.choosing import chosen_units
from apps.fulfillment.operations.locking import lock_return
from apps.orders import operations as orders
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import insist
from apps.orders.rules import may_return

ENDED = {Return.Status.DECLINED, Return.Status.CLOSED, Return.Status.CANCELLED}


@transaction.atomic
def request_return(
    *,
    order: Order,
    quantities: Mapping[int, int],
    reason: str,
    cause: Return.Cause | None = None,
    requested_by: User | None,
) -> Return:
    """
    Announce that units (by line id) will come back. With a `cause` the customer did it, unless
    somebody is named who did it for them.

    Raises orders.MoveNotAllowed when nothing was shipped, NotSoMany for more than is out.
    """
    order = orders.lock_order(order)
    insist(may_return(order))
    lines = list(order.lines.order_by("position"))
    units = chosen_units(lines, quantities, lambda line: line.returnable)
    rma = Return.objects.create(
        organization=order.organization,
        order=order,
        number=next_number(order.organization, "return"),
        cause=cause or "",
        reason=reason,
        requested_by=requested_by,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(organization=order.organization, rma=rma, order_line_id=line_id, requested=count)
        for line_id, count in units.items()
    )
    rma.order = orders.record_return(
        order=order,
        event="order.return_requested",
        returning=units,
        return_status=status_after(rma, lines),
        actor=requested_by,
        **about(rma),
        **(orders.BY_CUSTOMER if cause and requested_by is None else {}),
        reason=reason,
    )
    return rma


@transaction.atomic
def approve_return(*, rma: Return, approved_by: User | None) -> Return:
    """Let the goods come. Raises orders.MoveNotAllowed unless it is requested."""
    rma = lock_return(rma, "approve")
    rma.decided_by, rma.decided_at = approved_by, timezone.now()
    rma.save(update_fields=["status", "decided_by", "decided_at"])
    rma.order = orders.record_return(
        order=rma.order,
        event="order.return_approved",
        return_status=status_after(rma, rma.order.lines.all()),
        actor=approved_by,
        **about(rma),
    )
    return rma


@transaction.atomic
def decline_return(*, rma: Return, reason: str, declined_by: User | None) -> Return:
    """Say no, and why. Raises orders.MoveNotAllowed unless it is requested."""
    rma = lock_return(rma, "decline")
    rma.decided_by, rma.decided_at, rma.answer = declined_by, timezone.now(), reason
    rma.save(update_fields=["status", "decided_by", "decided_at", "answer"])
    return _give_up(rma, "order.return_declined", declined_by, reason=reason)


@transaction.atomic
def cancel_return(*, rma: Return, cancelled_by: User | None, by_customer: bool = False) -> Return:
    """Forget a return that will not come. Raises orders.MoveNotAllowed once it came."""
    rma = lock_return(rma, "cancel")
    rma.save(update_fields=["status"])
    by = orders.BY_CUSTOMER if by_customer else {}
    return _give_up(rma, "order.return_cancelled", cancelled_by, **by)


def status_after(rma: Return, lines: Iterable[OrderLine]) -> Order.ReturnStatus:
    """Say how far the returns of the order are, now that this one is as it is."""
    others = rma.order.returns.exclude(pk=rma.pk).exclude(status__in=ENDED)
    statuses = [*others.values_list("status", flat=True), rma.status]
    return rules.return_status(lines, statuses)


def about(rma: Return) -> dict[str, Any]:
    """What every event of a return says."""
    return {"return_id": rma.pk, "return_number": rma.number}


def _give_up(rma: Return, event: str, actor: User | None, **more: Any) -> Return:
    rows = rma.lines.values_list("order_line_id", "requested")
    rma.order = orders.record_return(
        order=rma.order,
        event=event,
        returning={line_id: -count for line_id, count in rows},
        return_status=status_after(rma, rma.order.lines.all()),
        actor=actor,
        **about(rma),
        **more,
    )
    return rma
