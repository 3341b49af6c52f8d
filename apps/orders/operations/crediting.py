"""
What a customer need not pay after all: the value of what came back, or what we gave in.

Parts always sum to the whole: whoever takes the last part takes what is left, to the cent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import InvalidInput
from apps.core.money import distribute, half_up_share
from apps.orders import rules
from apps.orders.models import Adjustment, Credit, Order, OrderLine
from apps.orders.operations.locking import happened, lock_order
from apps.orders.operations.moving import complete_if_done


class CreditTooLarge(InvalidInput):
    pass


@transaction.atomic
def credit_units(
    *, order: Order, units: Mapping[int, int], reason: str = "", actor: User | None
) -> Credit | None:
    """
    Credit the value of units (by line id) that came back, as far as it was not credited before.

    Pro rata of what is left of each line; its last unit takes the rest. Returns None when nothing
    of value came back. Raises CreditTooLarge for more units than the line has left.
    """
    order = lock_order(order)
    shares: list[_Share] = []
    for line in order.lines.filter(pk__in=list(units)).order_by("position"):
        count, left = units[line.pk], line.wanted - line.credited_units
        if not 0 < count <= left:
            raise CreditTooLarge(
                _("%(sku)s has %(left)s left that could be credited.")
                % {"sku": line.sku, "left": left}
            )
        amount = line.worth(count)
        line.credited_units += count
        shares.append((line, amount, count))
    return _book(order, Credit.Kind.RETURN, shares, reason, actor)


@transaction.atomic
def credit_amount(*, order: Order, amount: int, reason: str, actor: User | None) -> Credit:
    """
    Credit an amount (minor units) without goods: spread over all that is left to pay for.

    Raises CreditTooLarge when the order is not worth that much any more.
    """
    order = lock_order(order)
    worth: list[OrderLine | Adjustment] = [
        *order.lines.order_by("position"),
        *order.adjustments.order_by("position"),
    ]
    left = [one.gross - one.credited for one in worth]
    if not 0 < amount <= sum(left):
        raise CreditTooLarge(
            _("More than is left of the order cannot be credited."), field="amount"
        )
    parts = zip(worth, distribute(amount, left), strict=True)
    shares: list[_Share] = [(one, part, None) for one, part in parts if part]
    credit = _book(order, Credit.Kind.GOODWILL, shares, reason, actor)
    assert credit is not None  # noqa: S101 - an amount above zero has shares
    return credit


_Share = tuple[OrderLine | Adjustment, int, int | None]


def _book(
    order: Order, kind: Credit.Kind, shares: Sequence[_Share], reason: str, actor: User | None
) -> Credit | None:
    entries = [_entry(*share) for share in shares]
    OrderLine.objects.bulk_update(
        [one for one, _, _ in shares if isinstance(one, OrderLine)],
        ["credited", "credited_tax", "credited_units"],
    )
    Adjustment.objects.bulk_update(
        [one for one, _, _ in shares if isinstance(one, Adjustment)],
        ["credited", "credited_tax"],
    )
    gross = sum(entry["gross"] for entry in entries)
    if not gross:
        return None
    tax = sum(entry["tax"] for entry in entries)
    credit = Credit.objects.create(
        organization=order.organization,
        order=order,
        kind=kind,
        reason=reason,
        lines=[entry for entry in entries if entry["gross"]],
        net=gross - tax,
        tax=tax,
        gross=gross,
        actor=actor,
    )
    order.credited += gross
    order.payment_status = rules.payment_status(order)
    about = {"credit_id": credit.pk, "amount": gross, "reason": reason}
    happened(order, "order.credited", "credited", "payment_status", actor=actor, **about)
    complete_if_done(order)
    return credit


def _entry(one: OrderLine | Adjustment, amount: int, quantity: int | None) -> dict[str, Any]:
    """Credit `amount` of one line or charge, its tax in proportion, and describe it."""
    left, left_tax = one.gross - one.credited, one.tax - one.credited_tax
    tax = half_up_share(left_tax, amount, left) if left else 0
    one.credited += amount
    one.credited_tax += tax
    is_line = isinstance(one, OrderLine)
    return {
        "order_line": one.pk if is_line else None,
        "sku": one.sku if isinstance(one, OrderLine) else "",
        "name": one.name if isinstance(one, OrderLine) else one.label,
        "quantity": quantity,
        "tax_rate": f"{one.tax_rate:f}",
        "net": amount - tax,
        "tax": tax,
        "gross": amount,
    }
