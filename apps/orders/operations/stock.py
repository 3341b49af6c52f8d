"""What an order asks of the stock."""

from collections import Counter
from collections.abc import Sequence

from apps.catalog.models import Variant
from apps.inventory import operations as inventory
from apps.orders.models import Order, OrderLine


def demand(lines: Sequence[OrderLine]) -> dict[Variant, int]:
    """Sum up what lines need of each variant: two lines of one variant share its stock."""
    units: Counter[Variant] = Counter()
    for line in lines:
        if line.variant is not None and line.wanted:
            units[line.variant] += line.wanted
    return dict(units)


def needs(lines: Sequence[OrderLine]) -> list[inventory.Need]:
    return [
        inventory.Need(line.pk, line.variant_id, line.wanted)
        for line in lines
        if line.variant_id is not None
    ]


def reserve(order: Order, lines: Sequence[OrderLine]) -> None:
    """Promise saved lines all they need. Raises OutOfStock naming each short SKU."""
    taken = inventory.take(order.organization, demand(lines))
    inventory.assign(order.organization, taken, needs(lines))
