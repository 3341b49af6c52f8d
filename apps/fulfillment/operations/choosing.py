"""Which units of an order somebody means, checked against what is left of each line."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput
from apps.orders.models import OrderLine


class NotSoMany(InvalidInput):
    pass


def chosen_units(
    lines: Sequence[OrderLine], quantities: Mapping[int, int], left: Callable[[OrderLine], int]
) -> dict[int, int]:
    """Return units by line id without the zeros. Raises NotSoMany, naming the line's field."""
    if set(quantities) - {line.pk for line in lines}:
        raise NotSoMany(_("The order has no such line."), field="lines")
    for line in lines:
        if not 0 <= quantities.get(line.pk, 0) <= left(line):
            raise NotSoMany(
                _("%(sku)s: %(left)s are left to choose from.")
                % {"sku": line.sku, "left": left(line)},
                field=f"quantity-{line.position}",
            )
    units = {line_id: count for line_id, count in quantities.items() if count}
    if not units:
        raise NotSoMany(_("Choose at least one unit."), field="lines")
    return units
