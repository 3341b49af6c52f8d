"""Orders that are still being written: they have no number and promise nothing."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import Organization, User
from apps.events import operations as events
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Order
from apps.orders.operations.locking import happened, insist, lock_order
from apps.orders.operations.placing import (
    STAFF,
    Buyer,
    Origin,
    insert_parts,
    insist_on_lines,
    number_and_date,
    once,
    record_placed,
    written_order,
)
from apps.orders.operations.pricing import AdjustmentItem, Item, add_up
from apps.orders.operations.stock import demand, needs, reserve

# What writing a draft anew leaves as it is.
KEPT = (*Origin._fields, "created_at", "tags", "assignee_id", "metadata", "hold_kinds")


def save_draft(
    *,
    organization: Organization,
    buyer: Buyer,
    items: Sequence[Item],
    adjustments: Sequence[AdjustmentItem] = (),
    note: str = "",
    origin: Origin = STAFF,
    draft: Order | None = None,
    saved_by: User | None,
) -> Order:
    """
    Keep an order that is still being written. What was kept of the stock for it is free again.

    `origin` is that of a new draft: written anew, it stays where it came from.

    Raises TooLarge; MoveNotAllowed when `draft` has been placed meanwhile; AlreadyPlaced, which
    has the draft, when a new one of this origin was saved before.
    """
    with once(organization, origin), transaction.atomic():
        order = written_order(organization, buyer, note, origin)
        lines, rows = add_up(order, items, adjustments)
        if draft is not None:
            former = lock_order(draft)
            insist(rules.may_place(former))
            _forget_parts(former)
            order.pk, order.version = former.pk, former.version + 1
            for field in KEPT:
                setattr(order, field, getattr(former, field))
            order.save(force_update=True)
        else:
            order.save()
        insert_parts(order, lines, rows)
        events.record(order, "order.drafted", actor=saved_by)
        return order


@transaction.atomic
def discard_draft(*, draft: Order) -> None:
    """Delete a draft. Raises MoveNotAllowed once it is placed."""
    order = lock_order(draft)
    insist(rules.may_place(order))
    _forget_parts(order)
    order.delete()


@transaction.atomic
def keep_stock_for_draft(*, draft: Order, until: datetime, kept_by: User | None) -> Order:
    """
    Reserve what a draft needs, for as long as the customer was promised to think about it.

    Raises EmptyOrder, MoveNotAllowed once it is placed, or OutOfStock naming each short SKU.
    """
    order = lock_order(draft)
    insist(rules.may_place(order))
    lines = list(order.lines.select_related("variant").order_by("position"))
    insist_on_lines(lines)
    inventory.release([line.pk for line in lines])
    taken = inventory.take(order.organization, demand(lines))
    inventory.assign(order.organization, taken, needs(lines), expires_at=until)
    happened(order, "order.stock_kept", actor=kept_by, until=until.isoformat())
    return order


@transaction.atomic
def place_draft(*, draft: Order, placed_by: User | None) -> Order:
    """
    Place a draft at the prices it shows: reserve its stock and give it a number.

    Raises EmptyOrder, MoveNotAllowed, or OutOfStock naming each short SKU.
    """
    order = lock_order(draft)
    insist(rules.may_place(order))
    lines = list(order.lines.select_related("variant").order_by("position"))
    insist_on_lines(lines)
    inventory.release([line.pk for line in lines])
    reserve(order, lines)
    order.version += 1
    number_and_date(order, now=timezone.now())
    order.save()
    record_placed(order, placed_by)
    return order


def _forget_parts(draft: Order) -> None:
    inventory.forget(list(draft.lines.values_list("pk", flat=True)))
    draft.lines.all().delete()
    draft.adjustments.all().delete()
