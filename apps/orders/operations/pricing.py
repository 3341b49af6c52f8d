"""What an order comes to: one arithmetic for a quote, a draft, a placed and an edited order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from apps.accounts.models import Organization, TaxRounding
from apps.catalog.models import Variant
from apps.core.errors import InvalidInput
from apps.core.languages import number
from apps.core.money import Taxable, distribute, half_up, taxed, to_minor
from apps.orders.models import Adjustment, Order, OrderLine

LINES_AT_MOST = 500
ADJUSTMENTS_AT_MOST = 20
# A total must stay far from what a bigint holds.
QUANTITY_AT_MOST = 1_000_000
AMOUNT_AT_MOST = 10**13
# The places that columns keep, so that a row reads the same before and after it is written.
PRICE_PLACES = Decimal("0.000001")
RATE_PLACES = Decimal("0.0001")


class TooLarge(InvalidInput):
    pass


class Item(NamedTuple):
    """What somebody wants, before it is a line. Without a variant it is free text."""

    variant: Variant | None
    quantity: int
    # Major unit. Empty: the variant's price.
    unit_price: Decimal | None = None
    sku: str = ""
    name: str = ""
    # Percent, for lines without a variant.
    tax_rate: Decimal = Decimal(0)


class AdjustmentItem(NamedTuple):
    """A discount on the whole order or a charge beside its lines, before it is a row."""

    kind: Adjustment.Kind
    label: str
    # Minor units, in the prices of the order: with tax or without.
    amount: int = 0
    # Of the lines; for discounts alone, instead of an amount.
    percent: Decimal | None = None
    # Percent; a discount has the rates of the lines it is on.
    tax_rate: Decimal = Decimal(0)


class Quote(NamedTuple):
    """An order that exists on paper only, and its parts."""

    order: Order
    lines: list[OrderLine]
    adjustments: list[Adjustment]


def quote_order(
    *,
    organization: Organization,
    items: Sequence[Item],
    adjustments: Sequence[AdjustmentItem] = (),
) -> Quote:
    """
    Return what these items would come to. Nothing is written and nothing is reserved.

    Raises TooLarge.
    """
    order = new_order(organization)
    return Quote(order, *add_up(order, items, adjustments))


def new_order(organization: Organization, **fields: object) -> Order:
    """Return an unsaved order with the organization's ways of pricing frozen in it."""
    return Order(
        organization=organization,
        currency=organization.currency,
        prices_include_tax=organization.prices_include_tax,
        tax_rounding=organization.tax_rounding,
        **fields,
    )


def add_up(
    order: Order, items: Sequence[Item], adjustments: Sequence[AdjustmentItem] = ()
) -> tuple[list[OrderLine], list[Adjustment]]:
    """Make lines and adjustments of the order, and price it. Raises TooLarge."""
    if len(adjustments) > ADJUSTMENTS_AT_MOST:
        raise TooLarge(
            _("An order has at most %(most)s adjustments.") % {"most": ADJUSTMENTS_AT_MOST},
            field="adjustments",
        )
    lines = new_lines(order, items)
    rows = [_adjustment(order, position, one) for position, one in enumerate(adjustments, start=1)]
    price(order, lines, rows)
    return lines, rows


def new_lines(order: Order, items: Sequence[Item], *, after: int = 0) -> list[OrderLine]:
    """Return unsaved lines of the order, placed behind position `after`. Raises TooLarge."""
    if after + len(items) > LINES_AT_MOST:
        raise TooLarge(
            _("An order has at most %(most)s lines.") % {"most": LINES_AT_MOST},
            field="lines",
        )
    return [_line(order, position, item) for position, item in enumerate(items, start=after + 1)]


def price(order: Order, lines: Sequence[OrderLine], adjustments: Sequence[Adjustment]) -> None:
    """
    Set the amounts of every line and charge, and the sums of the order, in minor units.

    Reads what is frozen on them: quantities, prices, rates, and the order's way of rounding.
    Raises TooLarge.
    """
    listed = [to_minor(line.wanted * line.unit_price, order.currency) for line in lines]
    discount = _discount(sum(listed), adjustments)
    charges = [one for one in adjustments if one.is_charge]
    for line, share in zip(lines, distribute(discount, listed), strict=True):
        line.discount = share
    parts = [
        *(Taxable(a - line.discount, line.tax_rate) for a, line in zip(listed, lines, strict=True)),
        *(Taxable(charge.amount, charge.tax_rate) for charge in charges),
    ]
    amounts = taxed(
        parts,
        includes_tax=order.prices_include_tax,
        rounded_once=order.tax_rounding == TaxRounding.TOTAL,
    )
    priced: list[OrderLine | Adjustment] = [*lines, *charges]
    for row, (net, tax, gross) in zip(priced, amounts, strict=True):
        row.net, row.tax, row.gross = net, tax, gross
    order.net = sum(one.net for one in amounts)
    order.tax = sum(one.tax for one in amounts)
    order.total = order.net + order.tax
    if order.total > AMOUNT_AT_MOST:
        raise TooLarge(_("The order comes to more than can be booked."), field="lines")


def _discount(subtotal: int, adjustments: Sequence[Adjustment]) -> int:
    asked = 0
    for one in adjustments:
        if one.percent is not None:
            one.amount = half_up(subtotal * one.percent / 100)
        asked += 0 if one.is_charge else one.amount
    return min(asked, subtotal)


def _line(order: Order, position: int, item: Item) -> OrderLine:
    if not 0 < item.quantity <= QUANTITY_AT_MOST:
        raise TooLarge(
            _("Line %(position)s: a quantity is between 1 and %(most)s.")
            % {"position": position, "most": number(QUANTITY_AT_MOST)},
            field="lines",
        )
    variant = item.variant
    unit_price = item.unit_price
    if unit_price is None:
        unit_price = variant.price if variant else Decimal(0)
    return OrderLine(
        organization=order.organization,
        order=order,
        position=position,
        variant=variant,
        sku=variant.sku if variant else item.sku,
        name=variant.label if variant else item.name,
        quantity=item.quantity,
        unit_price=unit_price.quantize(PRICE_PLACES),
        tax_rate=(variant.tax_rate if variant else item.tax_rate).quantize(RATE_PLACES),
    )


def _adjustment(order: Order, position: int, item: AdjustmentItem) -> Adjustment:
    if not 0 <= item.amount <= AMOUNT_AT_MOST:
        raise TooLarge(
            _("%(item)s: the amount is too large.") % {"item": item.label}, field="adjustments"
        )
    kind, label, amount, percent, tax_rate = item
    return Adjustment(
        organization=order.organization,
        order=order,
        position=position,
        kind=kind,
        label=label,
        amount=amount,
        percent=None if percent is None else percent.quantize(RATE_PLACES),
        tax_rate=tax_rate.quantize(RATE_PLACES),
    )
