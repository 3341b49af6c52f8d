"""Changing what a confirmed order is about, while it has not been shipped."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.core.languages import figures, number
from apps.core.money import display
from apps.inventory import operations as inventory
from apps.orders import rules
from apps.orders.models import Order, OrderLine
from apps.orders.operations.locking import MoveNotAllowed, happened, insist, lock_order
from apps.orders.operations.moving import complete_if_done
from apps.orders.operations.pricing import QUANTITY_AT_MOST, Item, Quote, new_lines, price
from apps.orders.operations.stock import demand, needs


class QuantityNotPossible(InvalidInput):
    pass


AMOUNTS = ["quantity", "cancelled", "discount", "net", "tax", "gross"]


@transaction.atomic
def edit_order(
    *,
    order: Order,
    quantities: Mapping[int, int] | None = None,
    added: Sequence[Item] = (),
    reason: str = "",
    edited_by: User | None,
) -> Order:
    """
    Set how many units of lines (by line id) are wanted, and add lines, at the order's own terms.

    Fewer units are closed short: they stay on the line as cancelled, and their stock is free. More
    are reserved. Lines that are not named stay as they are. Raises MoveNotAllowed unless the order
    is confirmed, QuantityNotPossible for less than is shipped or picked, OutOfStock, or TooLarge.
    """
    order = lock_order(order)
    insist(rules.may_edit(order))
    lines = list(order.lines.select_related("variant").order_by("position"))
    changes = _changes(lines, quantities or {})
    if not changes and not added:
        raise QuantityNotPossible(_("Nothing of the order would change."), field="lines")
    former_total = order.total
    fresh = new_lines(order, added, after=lines[-1].position)
    _turn(lines, changes)
    if not any(line.wanted for line in [*lines, *fresh]):
        raise MoveNotAllowed(_("Nothing would be left of the order. Cancel it instead."))
    adjustments = list(order.adjustments.order_by("position"))
    price(order, [*lines, *fresh], adjustments)
    _insist_on_credits(order, lines)
    _move_stock(order, lines, changes, fresh)
    OrderLine.objects.bulk_update(lines, AMOUNTS)
    for one in adjustments:
        one.save(update_fields=["amount", "net", "tax", "gross"])
    order.payment_status = rules.payment_status(order)
    order.fulfillment_status = rules.fulfillment_status([*lines, *fresh])
    happened(
        order,
        "order.edited",
        *["net", "tax", "total", "payment_status", "fulfillment_status"],
        actor=edited_by,
        reason=reason,
        former_total=former_total,
        total=order.total,
        changes=[
            *({"sku": line.sku, "units": changes[line.pk]} for line in lines if line.pk in changes),
            *({"sku": line.sku, "units": line.quantity} for line in fresh),
        ],
    )
    return complete_if_done(order)


def quote_edit(*, order: Order, quantities: Mapping[int, int], added: Sequence[Item] = ()) -> Quote:
    """
    Return what an order would come to if it were edited so. Nothing is written or reserved.

    Raises QuantityNotPossible, or TooLarge.
    """
    lines = list(order.lines.select_related("variant").order_by("position"))
    _turn(lines, _changes(lines, quantities))
    lines += new_lines(order, added, after=lines[-1].position)
    adjustments = list(order.adjustments.order_by("position"))
    price(order, lines, adjustments)
    return Quote(order, lines, adjustments)


def _changes(lines: Sequence[OrderLine], quantities: Mapping[int, int]) -> dict[int, int]:
    """Return by how many units each line changes. Raises QuantityNotPossible."""
    changes = {}
    for line in lines:
        wanted = quantities.get(line.pk, line.wanted)
        least = line.shipped + line.picking
        if not least <= wanted <= QUANTITY_AT_MOST:
            raise QuantityNotPossible(
                _(
                    "%(sku)s: %(least)s are shipped or being picked, so it must be at least that, "
                    "and at most %(most)s."
                )
                % {"sku": line.sku, "least": least, "most": number(QUANTITY_AT_MOST)},
                field=f"quantity-{line.position}",
            )
        if wanted != line.wanted:
            changes[line.pk] = wanted - line.wanted
    unknown = set(quantities) - {line.pk for line in lines}
    if unknown:
        raise QuantityNotPossible(_("The order has no such line."), field="lines")
    return changes


def _turn(lines: Sequence[OrderLine], changes: Mapping[int, int]) -> None:
    for line in lines:
        change = changes.get(line.pk, 0)
        if change > 0:
            line.quantity += change
        line.cancelled -= min(change, 0)


def _insist_on_credits(order: Order, lines: Sequence[OrderLine]) -> None:
    for line in lines:
        if (
            line.gross < line.credited
            or line.tax < line.credited_tax
            or line.wanted < line.credited_units
        ):
            credited = display(line.credited, order.currency, figures(order.organization.locale))
            raise MoveNotAllowed(
                _("%(sku)s: %(credited)s of it has been credited already.")
                % {"sku": line.sku, "credited": credited}
            )


def _move_stock(
    order: Order,
    lines: Sequence[OrderLine],
    changes: Mapping[int, int],
    fresh: Sequence[OrderLine],
) -> None:
    OrderLine.objects.bulk_create(fresh)
    more = [line for line in lines if changes.get(line.pk, 0) > 0]
    touched = [line for line in [*lines, *fresh] if line.pk in changes or line in fresh]
    # All at once and in order, because what follows locks them in two goes.
    inventory.lock_stock({line.variant_id for line in touched if line.variant_id})
    inventory.release_units({pk: -change for pk, change in changes.items() if change < 0})
    wants = [
        *(OrderLine(pk=a.pk, variant=a.variant, quantity=changes[a.pk]) for a in more),
        *fresh,
    ]
    taken = inventory.take(order.organization, demand(wants))
    inventory.assign(order.organization, taken, needs(wants))
