"""What an order comes to: the same arithmetic for a quote, a draft and a placed order."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from apps.accounts.models import Organization
from apps.catalog.models import Variant
from apps.core.errors import InvalidInput
from apps.core.money import line_amounts
from apps.orders.models import Order, OrderLine

LINES_AT_MOST = 500
# A total must stay far from what a bigint holds.
QUANTITY_AT_MOST = 1_000_000
MILLIONTH = Decimal("0.000001")


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


class Quote(NamedTuple):
    """An order that exists on paper only, and its lines."""

    order: Order
    lines: list[OrderLine]


def quote_order(*, organization: Organization, items: Sequence[Item]) -> Quote:
    """
    Return what these items would come to. Nothing is written and nothing is reserved.

    Raises TooLarge.
    """
    order = Order(
        organization=organization,
        currency=organization.currency,
        prices_include_tax=organization.prices_include_tax,
    )
    return Quote(order, add_up(order, items))


def add_up(order: Order, items: Sequence[Item]) -> list[OrderLine]:
    """Price the items as lines of the order, and set its sums. Raises TooLarge."""
    if len(items) > LINES_AT_MOST:
        raise TooLarge(f"An order has at most {LINES_AT_MOST} lines.", field="lines")
    lines = [_line(order, position, item) for position, item in enumerate(items, start=1)]
    order.net = sum(line.net for line in lines)
    order.tax = sum(line.tax for line in lines)
    order.total = order.net + order.tax
    return lines


def _line(order: Order, position: int, item: Item) -> OrderLine:
    if not 0 < item.quantity <= QUANTITY_AT_MOST:
        raise TooLarge(
            f"Line {position}: a quantity is between 1 and {QUANTITY_AT_MOST:,}.", field="lines"
        )
    variant = item.variant
    price = item.unit_price
    if price is None:
        price = variant.price if variant else Decimal(0)
    rate = variant.tax_rate if variant else item.tax_rate
    amounts = line_amounts(
        quantity=item.quantity,
        unit_price=price,
        tax_rate=rate,
        includes_tax=order.prices_include_tax,
        currency=order.currency,
    )
    return OrderLine(
        organization=order.organization,
        position=position,
        variant=variant,
        sku=variant.sku if variant else item.sku,
        name=variant.label if variant else item.name,
        quantity=item.quantity,
        # With the places that its column keeps, so that it reads the same before and after.
        unit_price=price.quantize(MILLIONTH),
        tax_rate=rate,
        **amounts._asdict(),
    )
